//! Finding the next hop of a request (RFC 3263), as far as addresses and host names go.

use super::stream::{FromStream, Streams};
use sip::action::LocateId;
use sip::uri::{Host, Uri};
use sip::{Flow, FlowId, Transport};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// How long a name or a connection may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Addresses of a name that are tried.
const MOST: usize = 4;

/// The answer to one question of the core.
pub(crate) struct Located {
    pub(crate) id: LocateId,
    pub(crate) flows: Vec<Flow>,
}

/// What is known of a UDP port.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UdpLocal {
    pub(crate) id: FlowId,
    pub(crate) local: SocketAddr,
}

/// The flow by UDP to a peer: the port of its address family, and the address its packets will carry.
pub(crate) fn udp_flow(ports: &[UdpLocal], peer: SocketAddr) -> Option<Flow> {
    let port = ports
        .iter()
        .find(|port| port.local.is_ipv4() == peer.is_ipv4())?;
    let ip = if port.local.ip().is_unspecified() {
        source_towards(peer, port.local)?
    } else {
        port.local.ip()
    };
    Some(Flow {
        id: port.id,
        transport: Transport::Udp,
        local: SocketAddr::new(ip, port.local.port()),
        peer,
    })
}

/// The addresses that calls to a URI may be sent to, with the port; none when its name is not known.
pub(crate) async fn addresses_of(uri: &Uri) -> Vec<SocketAddr> {
    let Some(transport) = transport(uri) else {
        return Vec::new();
    };
    let found = tokio::time::timeout(PATIENCE, addresses(uri, transport)).await;
    found.unwrap_or_default()
}

/// Our address towards a peer, of those that SIP listens on; `None` when none of its family does.
pub(crate) fn our_address(listening: &[SocketAddr], peer: SocketAddr) -> Option<std::net::IpAddr> {
    let local = listening
        .iter()
        .find(|local| local.is_ipv4() == peer.is_ipv4())?;
    if local.ip().is_unspecified() {
        source_towards(peer, *local)
    } else {
        Some(local.ip())
    }
}

/// The address the system would send from. Connecting a UDP socket sends nothing.
fn source_towards(peer: SocketAddr, any: SocketAddr) -> Option<std::net::IpAddr> {
    let socket = UdpSocket::bind(SocketAddr::new(any.ip(), 0)).ok()?;
    socket.connect(peer).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The transport to use; `None` for one that is not served here.
pub(crate) fn transport(uri: &Uri) -> Option<Transport> {
    match uri.transport().unwrap_or(Transport::Udp) {
        transport @ (Transport::Udp | Transport::Tcp | Transport::Tls) => Some(transport),
        // Browsers are reached on the connection they made.
        Transport::Ws | Transport::Wss => None,
    }
}

/// Asks for the name, connects if needed, and tells the signalling thread.
pub(crate) async fn locate(streams: Streams, ports: Vec<UdpLocal>, id: LocateId, uri: Uri) {
    let found = tokio::time::timeout(PATIENCE, find(&streams, &ports, &uri)).await;
    let flows = found.unwrap_or_default();
    if flows.is_empty() {
        tracing::info!(%uri, "no way to this address was found");
    }
    streams
        .tell(FromStream::Located(Located { id, flows }))
        .await;
}

async fn find(streams: &Streams, ports: &[UdpLocal], uri: &Uri) -> Vec<Flow> {
    let Some(transport) = transport(uri) else {
        return Vec::new();
    };
    let mut flows = Vec::new();
    for peer in addresses(uri, transport).await {
        match transport {
            Transport::Udp => flows.extend(udp_flow(ports, peer)),
            _ => {
                // One connection is enough; the next address is tried when this one fails.
                let host = uri.host.to_string();
                match streams
                    .connect(peer, transport, host.trim_matches(['[', ']']))
                    .await
                {
                    Ok(flow) => return vec![flow],
                    Err(error) => tracing::info!(%uri, %peer, %error, "no connection"),
                }
            }
        }
    }
    flows
}

async fn addresses(uri: &Uri, transport: Transport) -> Vec<SocketAddr> {
    let port = uri.port.unwrap_or_else(|| transport.default_port());
    match &uri.host {
        Host::Ip(ip) => vec![SocketAddr::new(*ip, port)],
        Host::Name(name) if name.is_empty() => Vec::new(),
        Host::Name(name) => match tokio::net::lookup_host((name.as_str(), port)).await {
            Ok(found) => found.take(MOST).collect(),
            Err(_) => Vec::new(),
        },
    }
}

//! Finding the next hop of a request (RFC 3263).

use super::dns::Names;
use super::stream::{FromStream, Streams};
use sip::action::LocateId;
use sip::uri::{Host, Uri};
use sip::{Flow, FlowId, Transport};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// How long a name or a connection may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Addresses that are tried.
const MOST: usize = 8;

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

/// One way to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) transport: Transport,
    pub(crate) peer: SocketAddr,
}

impl Way {
    /// The URI that is reached by this way and no other. Its host is the name that a server must prove over TLS
    /// (RFC 5922 §4).
    pub(crate) fn hop(self, target: &Uri) -> Uri {
        let mut hop = Uri {
            user: None,
            port: Some(self.peer.port()),
            ..target.clone()
        };
        let own = ["maddr", "transport"];
        hop.params
            .retain(|(name, _)| !own.iter().any(|own| name.eq_ignore_ascii_case(own)));
        let address = Host::Ip(self.peer.ip()).to_string();
        let transport = self.transport.via_name().to_ascii_lowercase();
        hop.params.push(("maddr".to_owned(), Some(address)));
        hop.params.push(("transport".to_owned(), Some(transport)));
        hop
    }
}

/// The ways to whom a URI names, best first; none when its name is not known.
pub(crate) async fn ways_to(names: &Names, uri: &Uri) -> Vec<Way> {
    let found = tokio::time::timeout(PATIENCE, find_ways(names, uri)).await;
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

/// Asks for the name, connects if needed, and tells the signalling thread.
pub(crate) async fn locate(
    names: Names,
    streams: Streams,
    ports: Vec<UdpLocal>,
    id: LocateId,
    uri: Uri,
) {
    let found = tokio::time::timeout(PATIENCE, find(&names, &streams, &ports, &uri)).await;
    let flows = found.unwrap_or_default();
    if flows.is_empty() {
        tracing::info!(%uri, "no way to this address was found");
    }
    streams
        .tell(FromStream::Located(Located { id, flows }))
        .await;
}

async fn find(names: &Names, streams: &Streams, ports: &[UdpLocal], uri: &Uri) -> Vec<Flow> {
    let mut flows = Vec::new();
    for Way { transport, peer } in find_ways(names, uri).await {
        if transport == Transport::Udp {
            flows.extend(udp_flow(ports, peer));
            continue;
        }
        // One connection is enough; the next way is tried when this one fails.
        let host = uri.host.to_string();
        let connected = streams.connect(peer, transport, host.trim_matches(['[', ']']));
        match connected.await {
            Ok(flow) => {
                flows.push(flow);
                break;
            }
            Err(error) => tracing::info!(%uri, %peer, %error, "no connection"),
        }
    }
    flows
}

async fn find_ways(names: &Names, uri: &Uri) -> Vec<Way> {
    let mut ways = Vec::new();
    for server in names.servers(uri).await {
        // Browsers are reached on the connection they made.
        if matches!(server.transport, Transport::Ws | Transport::Wss) {
            continue;
        }
        let transport = server.transport;
        let found = addresses(&server.host, server.port).await;
        ways.extend(found.into_iter().map(|peer| Way { transport, peer }));
        if ways.len() >= MOST {
            break;
        }
    }
    ways.truncate(MOST);
    ways
}

async fn addresses(host: &Host, port: u16) -> Vec<SocketAddr> {
    match host {
        Host::Ip(ip) => vec![SocketAddr::new(*ip, port)],
        Host::Name(name) if name.is_empty() => Vec::new(),
        Host::Name(name) => match tokio::net::lookup_host((name.as_str(), port)).await {
            Ok(found) => found.collect(),
            Err(_) => Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn way_keeps_the_name_that_is_to_be_proved() {
        let target = Uri::parse("sip:+44161@lines.example;Transport=udp;x=1").expect("a URI");
        let way = Way {
            transport: Transport::Tls,
            peer: ([192, 0, 2, 7], 5061).into(),
        };
        let hop = way.hop(&target).to_string();
        assert_eq!(
            hop,
            "sip:lines.example:5061;x=1;maddr=192.0.2.7;transport=tls"
        );
    }
}

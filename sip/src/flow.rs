//! Transport flows: where bytes came from and where they go.

use crate::uri::Host;
use std::net::{IpAddr, SocketAddr};

/// A transport protocol (RFC 3261 §18, RFC 7118 for WebSocket).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A TCP connection.
    Tcp,
    /// A TLS connection.
    Tls,
    /// SIP over WebSocket.
    Ws,
    /// SIP over WebSocket over TLS.
    Wss,
}

impl Transport {
    /// Whether the transport itself retransmits; then the transaction layer does not.
    pub fn is_reliable(self) -> bool {
        self != Transport::Udp
    }

    /// Whether messages are cut out of a byte stream by `Content-Length` (RFC 3261 §18.3).
    pub fn is_stream(self) -> bool {
        matches!(self, Transport::Tcp | Transport::Tls)
    }

    /// The name in a `Via` header, such as `UDP`.
    pub fn via_name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// The value of the `transport` URI parameter, `None` for UDP, which is the default.
    pub fn uri_parameter(self) -> Option<&'static str> {
        match self {
            Transport::Udp => None,
            Transport::Tcp => Some("tcp"),
            Transport::Tls => Some("tls"),
            // One parameter for both (RFC 7118 §5.2).
            Transport::Ws | Transport::Wss => Some("ws"),
        }
    }

    /// The port used when a URI names none.
    pub fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }
}

/// The host's name for a socket (UDP) or a connection (everything else).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct FlowId(pub u64);

/// A path between this element and one peer.
///
/// For UDP, `id` names the socket and `peer` the other side; for the others, `id` names the
/// connection. `local` is the address the peer reaches us at on that socket, never an
/// unspecified address such as `0.0.0.0`: it is written into `Via` and `Contact`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Flow {
    /// Socket or connection.
    pub id: FlowId,
    /// Protocol.
    pub transport: Transport,
    /// Our address on this flow.
    pub local: SocketAddr,
    /// The peer's address.
    pub peer: SocketAddr,
}

impl Flow {
    /// The same socket towards another peer.
    pub fn with_peer(self, peer: SocketAddr) -> Flow {
        Flow { peer, ..self }
    }

    /// `host:port` we write about ourselves, `external` replacing the local IP address when set.
    pub(crate) fn advertised(&self, external: Option<IpAddr>) -> String {
        let address = external.unwrap_or_else(|| self.local.ip());
        format!("{}:{}", Host::Ip(address), self.local.port())
    }
}

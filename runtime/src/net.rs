//! Sockets around the SIP core: one thread drives the core, everything else talks to it by messages.

mod dns;
mod locate;
mod messages;
mod patience;
mod places;
mod request;
mod signalling;
mod stream;
mod throttle;
mod tls;
mod udp;

pub(crate) use dns::Names;
pub(crate) use locate::{Way, our_address, ways_to};
pub(crate) use messages::{Heard, Tape};
pub use request::SignallingStats;
pub(crate) use request::{Contact, Incoming, SessionId, Signalling};
pub(crate) use signalling::{Bounds, Host, Sockets, start};
pub(crate) use stream::Ends;
pub(crate) use tls::{Acceptor, Connector, Identity, Proof};
pub use tls::{TlsError, TlsFiles};
pub(crate) use udp::UdpPort;

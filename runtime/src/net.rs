//! Sockets around the SIP core: one thread drives the core, everything else talks to it by messages.

mod locate;
mod request;
mod signalling;
mod stream;
mod tls;
mod udp;

pub(crate) use locate::{addresses_of, our_address};
pub use request::SignallingStats;
pub(crate) use request::{Contact, Incoming, SessionId, Signalling};
pub(crate) use signalling::{Host, Sockets, start};
pub(crate) use stream::Ends;
pub(crate) use tls::{Acceptor, Connector};
pub use tls::{TlsError, TlsFiles};
pub(crate) use udp::UdpPort;

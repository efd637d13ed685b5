//! Keys as telephone events (RFC 4733).

mod receiver;
mod sender;

pub(crate) use receiver::{KeyChange, KeyReceiver};
pub(crate) use sender::{KeySender, KeyStep};

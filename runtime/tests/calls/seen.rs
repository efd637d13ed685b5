//! What a phone of ours notices, and what it can be told to do.

use crate::raw::Raw;
use bytes::Bytes;
use sip::command::Command;
use sip::digest::ClientCredentials;
use sip::event::CallId;
use sip::message::Message;
use sip::replaces::Replaces;
use tokio::sync::oneshot;

/// What a phone noticed.
#[derive(Debug)]
pub enum Seen {
    Incoming(Box<Incoming>),
    Cancelled {
        reason: Option<String>,
    },
    Ringing,
    Early,
    Answered,
    Failed(u16),
    Ended {
        by_us: bool,
    },
    /// The exchange changed the session; the direction it offered.
    Offered(String),
    OfferAnswered(String),
    /// The answer to a REFER.
    Referred(u16),
    Notify {
        package: String,
        body: String,
        /// Subscription-State.
        standing: String,
    },
}

#[derive(Debug)]
pub struct Incoming {
    pub call: CallId,
    /// The whole INVITE.
    pub request: Message,
    pub from: String,
    pub alert_info: Option<String>,
    pub asserted: Option<String>,
}

/// What a phone is told to do.
pub enum Order {
    Raw {
        request: Raw,
        reply: oneshot::Sender<(u16, Message)>,
    },
    Call {
        to: String,
        from: String,
        sdp: Option<Bytes>,
        credentials: Option<ClientCredentials>,
        replaces: Option<Replaces>,
        reply: oneshot::Sender<CallId>,
    },
    Replaces(CallId, oneshot::Sender<Option<Replaces>>),
    Command(CallId, Command),
}

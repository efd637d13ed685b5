//! What the user of the core wants done with a call.

use crate::digest::ClientCredentials;
use crate::flow::Flow;
use crate::header::{NameAddr, Reason};
use crate::register::Binding;
use crate::uri::Uri;
use bytes::Bytes;

/// A call to be made.
#[derive(Clone, Debug)]
pub struct OutgoingCall {
    /// Request-URI: a registered contact, or a number at a carrier.
    pub target: Uri,
    /// How the first request gets there.
    pub hop: Hop,
    /// Caller; a tag is added.
    pub from: NameAddr,
    /// Callee.
    pub to: NameAddr,
    /// Session offered; `None` asks the peer for an offer.
    pub sdp: Option<Bytes>,
    /// Further headers, such as `P-Asserted-Identity`, `Diversion`, `Alert-Info`.
    pub headers: Vec<(String, String)>,
    /// `Route` set to be preloaded (the `Path` of a registration), first hop first.
    pub route: Vec<String>,
    /// Answers a 401 or 407.
    pub credentials: Option<ClientCredentials>,
    /// `Max-Forwards`: 70, or one less than that of the call being forwarded.
    pub max_forwards: u8,
}

impl OutgoingCall {
    /// A call to a registered phone, on the flow it registered on. Headers may be added.
    pub fn to_binding(
        binding: &Binding,
        from: NameAddr,
        to: NameAddr,
        sdp: Option<Bytes>,
    ) -> OutgoingCall {
        OutgoingCall {
            target: binding.contact.clone(),
            hop: Hop::Flow(binding.flow),
            from,
            to,
            sdp,
            headers: Vec::new(),
            route: binding.path.clone(),
            credentials: None,
            max_forwards: 70,
        }
    }
}

/// The way a request takes.
#[derive(Clone, Debug)]
pub enum Hop {
    /// This flow, for the whole call: the flow a phone registered on.
    Flow(Flow),
    /// Wherever this URI leads ([`Action::Locate`](crate::action::Action::Locate)).
    Uri(Uri),
}

/// What to do with a call leg.
#[derive(Clone, Debug)]
pub enum Command {
    /// Sends 180 to the caller.
    Ring,
    /// Sends a provisional response with a session, for ringback or an announcement before the answer.
    Progress {
        /// 180 to 199; 183 as a rule.
        code: u16,
        /// Answer to the caller's offer.
        sdp: Option<Bytes>,
    },
    /// Sends 200.
    Answer {
        /// Answer to the caller's offer, or our offer if it made none.
        sdp: Bytes,
    },
    /// Refuses an incoming call. [`Event::Ended`](crate::event::Event::Ended) follows at once.
    Reject {
        /// 300 to 699.
        code: u16,
        /// Reason phrase; `None` for the usual one.
        phrase: Option<String>,
        /// Further headers, such as `Retry-After` or `Contact`.
        headers: Vec<(String, String)>,
    },
    /// Ends the call whatever its state: CANCEL, BYE or 480.
    /// [`Event::Ended`](crate::event::Event::Ended) follows at once; the core does the rest in silence.
    Hangup {
        /// `Reason` of the BYE or CANCEL; [`Reason::answered_elsewhere`] for the phones of a group that lost.
        reason: Option<Reason>,
    },
    /// Acknowledges an answer that carried an offer.
    Acknowledge {
        /// Our answer.
        sdp: Bytes,
    },
    /// Changes the session of an established call by re-INVITE. Retried by itself after a 491.
    Offer {
        /// The new offer.
        sdp: Bytes,
    },
    /// Accepts [`Event::Offer`](crate::event::Event::Offer).
    AcceptOffer {
        /// The answer, or our offer if the event carried none.
        sdp: Bytes,
    },
    /// Refuses [`Event::Offer`](crate::event::Event::Offer); the session stays as it was.
    RefuseOffer {
        /// 488 as a rule.
        code: u16,
    },
    /// Sends a digit by INFO (`application/dtmf-relay`).
    SendDtmf {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// Length in milliseconds.
        duration_ms: u16,
    },
    /// Asks the peer to call somebody else (RFC 3515). It tells how that goes by NOTIFY, which is acknowledged and not
    /// reported; most end the call once it went well.
    Refer {
        /// Whom; a `Replaces` among the headers of its URI makes it an attended transfer.
        refer_to: Box<NameAddr>,
        /// `Referred-By`: who asks (RFC 3892).
        referred_by: Option<Box<NameAddr>>,
    },
    /// Answers [`Event::Referred`](crate::event::Event::Referred).
    AnswerRefer {
        /// 202 accepts; 501 and 603 refuse.
        code: u16,
    },
    /// Tells the peer how the call it asked for by an accepted REFER goes on (RFC 3515 §2.4.5).
    /// Nothing is sent if it wanted no reports.
    ReportRefer {
        /// Status of that call: 180 it rings, 200 it is answered, 486 busy. The first final code is the last report.
        code: u16,
    },
}

/// Why a command was not carried out. The call is unchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommandError {
    /// The call has ended, or never was.
    NoSuchCall,
    /// The call is not in a state for this, such as an answer to an answered call.
    WrongState,
    /// A code out of range, or a digit that is none.
    BadArgument,
    /// The limit of calls or transactions is reached.
    Overloaded,
}

impl std::fmt::Display for CommandError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            CommandError::NoSuchCall => "the call does not exist (any more)",
            CommandError::WrongState => "the call is not in a state for this command",
            CommandError::BadArgument => "the command has a code or digit out of range",
            CommandError::Overloaded => "the limit of calls is reached; try again later",
        })
    }
}

impl std::error::Error for CommandError {}

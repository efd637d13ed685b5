//! What happened, told to the user of the core.

use crate::flow::Flow;
use crate::header::{NameAddr, Reason};
use crate::message::Message;
use crate::presence::Presence;
use crate::register::Binding;
use crate::subscribe::Package;
use crate::uri::Uri;
use bytes::Bytes;

/// One call leg. Never used twice by one core.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct CallId(pub(crate) u64);

impl CallId {
    /// The number behind the handle, for logs and maps.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// One subscription. Never used twice by one core.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct SubscriptionId(pub(crate) u64);

/// Something that happened.
///
/// A call ends with exactly one of [`Event::Failed`], [`Event::Cancelled`] or [`Event::Ended`];
/// its handle is dead from then on.
#[derive(Clone, Debug)]
pub enum Event {
    /// A peer calls us. 100 has been sent; ring, answer or reject.
    IncomingCall(Box<IncomingCall>),
    /// The caller gave up before we answered.
    Cancelled {
        /// Which leg.
        call: CallId,
        /// `Reason` of the CANCEL: `cause=200` means somebody else answered.
        reason: Option<Reason>,
    },
    /// The next hop has taken a call we made and works on it: 100 came. Until then it may be dead.
    Trying {
        /// Which leg.
        call: CallId,
    },
    /// A provisional response, 101 to 199, to a call we made.
    Progress {
        /// Which leg.
        call: CallId,
        /// 180 is ringing.
        code: u16,
        /// Session of the peer, for early media.
        sdp: Option<Bytes>,
        /// Counts the branches the call was forked into downstream, from 0. Early media of each is its own.
        fork: u32,
    },
    /// The call we made was answered. If it was made without a session, `sdp` is an offer and
    /// [`Command::Acknowledge`](crate::command::Command::Acknowledge) must follow; otherwise the ACK is sent.
    Answered {
        /// Which leg.
        call: CallId,
        /// Answer (or offer). `None` if the answer came in a provisional response.
        sdp: Option<Bytes>,
        /// As in [`Event::Progress`].
        fork: u32,
        /// The response, for its headers (`P-Asserted-Identity`, `Contact`).
        response: Box<Message>,
    },
    /// The call we made was refused or could not be delivered.
    Failed(Box<Failure>),
    /// The ACK of our answer arrived: the call is up on both sides.
    Confirmed {
        /// Which leg.
        call: CallId,
        /// The peer's answer, if our 200 carried the offer.
        sdp: Option<Bytes>,
    },
    /// The peer changes the session (re-INVITE or UPDATE): hold, resume, new codecs, new address.
    /// Answer with [`Command::AcceptOffer`](crate::command::Command::AcceptOffer) or `RefuseOffer`.
    Offer {
        /// Which leg.
        call: CallId,
        /// The offer; `None` asks us for one (its answer then comes as [`Event::OfferAnswered`]).
        sdp: Option<Bytes>,
    },
    /// The peer accepted our [`Command::Offer`](crate::command::Command::Offer).
    OfferAnswered {
        /// Which leg.
        call: CallId,
        /// Its answer.
        sdp: Option<Bytes>,
    },
    /// The peer refused our offer; the session stays as it was.
    OfferRefused {
        /// Which leg.
        call: CallId,
        /// Why, 300 to 699.
        code: u16,
    },
    /// A digit in an INFO request.
    Dtmf {
        /// Which leg.
        call: CallId,
        /// `0`-`9`, `*`, `#`, `A`-`D`, or `!` for a hook flash.
        digit: char,
        /// Length in milliseconds; 160 if the phone names none.
        duration_ms: u16,
    },
    /// The peer asks us to call somebody else (RFC 3515). Answer with
    /// [`Command::AnswerRefer`](crate::command::Command::AnswerRefer).
    Referred {
        /// Which leg.
        call: CallId,
        /// Whom.
        refer_to: Box<NameAddr>,
        /// Which dialog the new call is to take the place of: an attended transfer (RFC 5589 §7).
        replaces: Option<Replaced>,
        /// `Referred-By`, if given.
        referred_by: Option<Box<NameAddr>>,
    },
    /// An established call is over, or we gave up a call ourselves.
    Ended {
        /// Which leg.
        call: CallId,
        /// Who and why.
        cause: EndCause,
    },
    /// A contact was registered or its registration refreshed.
    Registered {
        /// Address of record.
        aor: String,
        /// The contact.
        binding: Box<Binding>,
        /// Whether it was known before.
        refreshed: bool,
    },
    /// A contact is gone.
    Unregistered {
        /// Address of record.
        aor: String,
        /// The contact.
        contact: Uri,
        /// Why.
        cause: UnregisterCause,
    },
    /// Somebody watches a resource.
    Subscribed {
        /// Handle.
        subscription: SubscriptionId,
        /// What is watched of it.
        package: Package,
        /// `user@domain`, the key for [`Core::publish`](crate::Core::publish).
        resource: String,
        /// Who watches.
        watcher: String,
    },
    /// A subscription ended: by the watcher, by time, or because its notifications failed.
    Unsubscribed {
        /// Handle.
        subscription: SubscriptionId,
        /// What was watched.
        package: Package,
        /// `user@domain`.
        resource: String,
    },
    /// What a phone publishes of its user's presence has changed (RFC 3903).
    Published {
        /// Address of record of the verdict that let it in.
        aor: String,
        /// What it said last; `None` when it has withdrawn that, or let it run out.
        presence: Option<Presence>,
    },
    /// A source gave too many wrong passwords and is refused for a while.
    LockedOut {
        /// Where the last one came from. Of an IPv6 address the whole /64 is refused.
        address: std::net::IpAddr,
    },
}

/// The dialog that a `Replaces` names (RFC 3891).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Replaced {
    /// That of this leg.
    Leg(CallId),
    /// One of another element, or one that has ended.
    Unknown,
}

/// A call that reached us, with what a callflow wants to know of it.
#[derive(Clone, Debug)]
pub struct IncomingCall {
    /// Handle of the leg.
    pub call: CallId,
    /// Where it came from.
    pub flow: Flow,
    /// Address of record of the verdict that let it in. Empty if the verdict named none.
    pub identity: String,
    /// Request-URI: what was dialled.
    pub request_uri: Uri,
    /// Caller as the peer names it.
    pub from: NameAddr,
    /// Callee as the peer names it.
    pub to: NameAddr,
    /// The session offered; `None` if we are to make the offer in our answer.
    pub sdp: Option<Bytes>,
    /// The leg whose place it takes (RFC 3891).
    pub replaces: Option<CallId>,
    /// The INVITE, for further headers.
    pub request: Message,
}

/// A call we made that came to nothing.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which leg.
    pub call: CallId,
    /// 300 to 699. 408: no answer at all; 503: no way to the peer; 480: no address for it.
    pub code: u16,
    /// Reason phrase.
    pub phrase: String,
    /// `Reason` header, if any.
    pub reason: Option<Reason>,
    /// `Contact` of a 3xx, best first.
    pub contacts: Vec<Uri>,
    /// `Retry-After`, seconds.
    pub retry_after_s: Option<u32>,
}

/// Why a call ended.
#[derive(Clone, PartialEq, Debug)]
pub enum EndCause {
    /// [`Command::Hangup`](crate::command::Command::Hangup) or `Reject`.
    Local,
    /// BYE of the peer, with its `Reason`.
    Remote(Option<Reason>),
    /// Our answer was never acknowledged (RFC 3261 §13.3.1.4).
    NotAcknowledged,
    /// The session timer ran out (RFC 4028 §10).
    SessionExpired,
    /// The peer forgot the call or does not answer (481 or 408 to a request in it).
    Lost,
    /// The peer never acknowledged a reliable provisional response (RFC 3262 §3).
    NoPrack,
}

/// Why a contact is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnregisterCause {
    /// Its time was over.
    Expired,
    /// The phone removed it.
    Removed,
    /// The connection it was reachable on is closed (RFC 5626 §4.2.2).
    FlowClosed,
    /// Another contact took its place, because of its instance or because there were too many.
    Replaced,
    /// [`Core::revoke`](crate::Core::revoke).
    Revoked,
}

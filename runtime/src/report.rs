//! What the runtime tells the control side.

use crate::registrations::RegistrationChange;
use callflow::command::{Folder, MailboxChange, Notice, Party, PresenceState, StoredMessage};
use callflow::live::LiveChange;
use callflow::trace::Entry;
use callflow::{AccountId, CallflowId};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

mod sip_trace;

pub(crate) use sip_trace::CallName;
pub use sip_trace::{SipMessage, SipTrace};
use tokio::sync::oneshot;

/// Something to store or show. Calls wait when too many reports wait.
#[derive(Debug)]
pub enum Report {
    /// A call began to run a callflow.
    CallStarted(Box<CallStart>),
    /// The caller was answered.
    CallAnswered {
        /// The account.
        account: AccountId,
        /// The call.
        id: String,
        /// When.
        at: Timestamp,
    },
    /// A call is over.
    CallEnded(Box<CallRecord>),
    /// The SIP messages of a call that is over, told some seconds after its end.
    Signalling(Box<SipTrace>),
    /// A voice message to be stored.
    Message(Box<Message>),
    /// A recording of a call to be kept.
    Recording(Box<Recording>),
    /// A fax to be kept, or that it failed.
    Fax {
        /// What came.
        fax: Box<FaxReport>,
        /// To be answered when it is stored.
        done: Ack,
    },
    /// A menu's new greeting to be stored.
    MenuGreeting(Box<MenuGreeting>),
    /// A lamp was set by hand.
    Presence {
        /// The account.
        account: AccountId,
        /// `id@realm`.
        id: String,
        /// Its state from now on.
        state: PresenceState,
        /// To be answered when it is stored.
        done: Ack,
    },
    /// A person turned a switch by phone.
    Live {
        /// The account.
        account: AccountId,
        /// The switch, and where it stands from now on.
        change: LiveChange,
        /// To be answered when it is stored.
        done: Ack,
    },
    /// The messages of a mailbox are asked for.
    Messages {
        /// The account.
        account: AccountId,
        /// The mailbox's id.
        mailbox: String,
        /// Takes them, oldest first.
        reply: Reply<Vec<StoredMessage>>,
    },
    /// The audio of a message is asked for.
    MessageAudio {
        /// The account.
        account: AccountId,
        /// The mailbox's id.
        mailbox: String,
        /// The message's id.
        message: String,
        /// Takes the file, which is only read.
        reply: Reply<PathBuf>,
    },
    /// A mailbox or a message in it is changed by its owner.
    Mailbox(Box<MailboxReport>),
    /// A mail about a call.
    Notice(Box<NoticeReport>),
    /// Contacts that were registered, refreshed or lost, gathered over half a second: to be kept for the next start.
    Registrations(Vec<RegistrationChange>),
    /// A phone registered; refreshed registrations are not reported.
    Registered {
        /// The account.
        account: AccountId,
        /// The registration.
        registration: Box<Registration>,
    },
    /// A phone is no longer reachable at a contact.
    Unregistered {
        /// The account.
        account: AccountId,
        /// The device.
        device: String,
        /// The contact that is gone.
        contact: String,
    },
    /// An address gave too many wrong passwords and is refused for a while.
    LockedOut {
        /// Where from.
        address: std::net::IpAddr,
    },
}

/// Says that a report has been dealt with. Dropped without an answer it counts as failed.
pub type Ack = Reply<()>;

/// Takes what was asked for. Dropped without an answer it counts as failed.
#[derive(Debug)]
pub struct Reply<T>(oneshot::Sender<Result<T, String>>);

impl Reply<()> {
    /// It is stored; the runtime forgets its copy.
    pub fn done(self) {
        self.answer(Ok(()));
    }
}

impl<T> Reply<T> {
    pub(crate) fn new() -> (Self, oneshot::Receiver<Result<T, String>>) {
        let (sender, receiver) = oneshot::channel();
        (Self(sender), receiver)
    }

    /// It could not be done; `reason` goes into the call's trace.
    pub fn failed(self, reason: impl Into<String>) {
        self.answer(Err(reason.into()));
    }

    /// What came of it.
    pub fn answer(self, result: Result<T, String>) {
        // The call that asked may have gone; then nobody is left to tell.
        let _nobody = self.0.send(result);
    }
}

/// A voice message. The file is complete; the receiver moves or copies it before it answers `done`,
/// after which the runtime removes what is left at `file`.
#[derive(Debug)]
pub struct Message {
    /// The account.
    pub account: AccountId,
    /// The call it was left on.
    pub call: String,
    /// The mailbox's id.
    pub mailbox: String,
    /// WAV, 8 kHz, 16 bit, mono.
    pub file: PathBuf,
    /// Its length in milliseconds.
    pub duration_ms: u64,
    /// The caller as told.
    pub caller: Party,
    /// The number that was dialled.
    pub dialled: String,
    /// When the recording began.
    pub at: Timestamp,
    /// To be answered when it is stored.
    pub done: Ack,
}

/// A recording of a call, or of what its caller said. The file is treated as that of a [`Message`].
#[derive(Debug)]
pub struct Recording {
    /// The account.
    pub account: AccountId,
    /// The call that it is of.
    pub call: String,
    /// WAV, 8 kHz, 16 bit; of a whole call stereo, left the caller and right what the caller heard.
    pub file: PathBuf,
    /// Its length in milliseconds.
    pub duration_ms: u64,
    /// It is of the whole call, not of the caller alone.
    pub whole_call: bool,
    /// Who calls.
    pub caller: Party,
    /// The number that was dialled.
    pub dialled: String,
    /// A word to find it by, may be empty.
    pub label: String,
    /// When it began.
    pub at: Timestamp,
    /// To be answered when it is stored.
    pub done: Ack,
}

/// A fax that came, or that did not. The file is treated as that of a [`Message`].
#[derive(Clone, Debug)]
pub struct FaxReport {
    /// The account.
    pub account: AccountId,
    /// The call that it came on.
    pub call: String,
    /// The fax box's id.
    pub fax_box: Option<String>,
    /// The id of the user it is for.
    pub owner: Option<String>,
    /// Who called.
    pub caller: Party,
    /// The number that was dialled.
    pub dialled: String,
    /// When it began.
    pub at: Timestamp,
    /// TIFF, a page each; `None` when no page came.
    pub file: Option<PathBuf>,
    /// Pages received.
    pub pages: u32,
    /// The sender's station id, may be empty.
    pub station_id: String,
    /// Bits per second of the pages.
    pub bit_rate: u32,
    /// With error correction.
    pub corrected: bool,
    /// What went wrong, if anything did.
    pub error: Option<String>,
}

/// A menu's greeting, recorded by phone. The file is treated as that of a [`Message`].
#[derive(Debug)]
pub struct MenuGreeting {
    /// The account.
    pub account: AccountId,
    /// The call it was recorded on.
    pub call: String,
    /// The menu's id.
    pub menu: String,
    /// WAV, 8 kHz, 16 bit, mono.
    pub file: PathBuf,
    /// To be answered when it is stored.
    pub done: Ack,
}

/// A change of a mailbox or of a message in it, made by phone.
#[derive(Debug)]
pub struct MailboxReport {
    /// The account.
    pub account: AccountId,
    /// The mailbox's id.
    pub mailbox: String,
    /// What is changed.
    pub change: MailboxUpdate,
    /// WAV, 8 kHz, 16 bit, mono, where the change brings a recording; treated as that of a [`Message`].
    pub file: Option<PathBuf>,
    /// To be answered when it is stored.
    pub done: Ack,
}

/// What is changed of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailboxUpdate {
    /// The mailbox itself; recordings come as the report's file.
    Itself(MailboxChange),
    /// A message goes to another folder.
    Move {
        /// The message's id.
        message: String,
        /// Where it lies from now on.
        folder: Folder,
    },
    /// A copy of a message goes to another mailbox, with the report's file before it.
    Forward {
        /// The message's id.
        message: String,
        /// The other mailbox's id.
        to: String,
    },
}

/// A mail about a call.
#[derive(Debug)]
pub struct NoticeReport {
    /// The account.
    pub account: AccountId,
    /// The call's record, as far as it is known.
    pub call: String,
    /// The number that was dialled.
    pub dialled: String,
    /// When the call began.
    pub at: Timestamp,
    /// What is told to whom.
    pub notice: Notice,
    /// To be answered when the mail is on its way, or kept.
    pub done: Ack,
}

/// Which way a call goes, seen from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From a carrier.
    Inbound,
    /// From one of the account's phones to a carrier.
    Outbound,
    /// Between the account's own phones.
    Internal,
}

/// A call that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct CallStart {
    /// Unique everywhere.
    pub id: String,
    /// `Call-ID` of the caller's leg.
    pub sip_call_id: String,
    /// The account.
    pub account: AccountId,
    /// Which way.
    pub direction: Direction,
    /// Who calls.
    pub caller: Party,
    /// The calling device, if it is one of the account's.
    pub device: Option<String>,
    /// What was dialled, E.164 for DDIs.
    pub dialled: String,
    /// When the INVITE came.
    pub started_at: Timestamp,
    /// The callflow it runs.
    pub callflow: CallflowId,
    /// Its title at that time.
    pub callflow_name: String,
    /// The published version it runs.
    pub version: u32,
}

/// A call that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    /// How it began.
    pub start: CallStart,
    /// When the first phone rang.
    pub ringing_at: Option<Timestamp>,
    /// When the caller was answered.
    pub answered_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Hang-up cause, for example `NORMAL_CLEARING`.
    pub cause: String,
    /// Final SIP response to an unanswered caller; 487 if the caller gave up.
    pub sip_code: Option<u16>,
    /// The path through the flow.
    pub trace: Vec<Entry>,
    /// The caller's leg and every leg that was called.
    pub legs: Vec<LegRecord>,
    /// Words that the callflow left, by name.
    pub tags: BTreeMap<String, String>,
}

/// Which party a leg leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LegRole {
    /// Who called.
    Caller,
    /// Who was called.
    Callee,
}

/// One leg of a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LegRecord {
    /// Caller or callee.
    pub role: LegRole,
    /// The device, if it is one of the account's.
    pub device: Option<String>,
    /// The carrier it went out by, by id.
    pub carrier: Option<String>,
    /// The number that the carrier was told to dial.
    pub number: Option<String>,
    /// Address of the peer's signalling.
    pub peer: Option<SocketAddr>,
    /// When it was invited, or invited us.
    pub started_at: Timestamp,
    /// When it rang.
    pub ringing_at: Option<Timestamp>,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub cause: String,
    /// The final SIP response of an unanswered leg.
    pub sip_code: Option<u16>,
    /// Audio counters, if it had audio.
    pub media: Option<MediaRecord>,
}

/// Audio counters of a leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct MediaRecord {
    /// RTP packets received.
    pub packets_received: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// Packets that never came.
    pub packets_lost: u64,
    /// Interarrival jitter at the end, in microseconds (RFC 3550 §6.4.1).
    pub jitter_us: u32,
    /// The mean opinion score to be expected of what was received, 1 to 4.5 (ITU-T G.107); `None` when too little was.
    pub mos: Option<f64>,
    /// Time to the peer and back in milliseconds, the mean of what its reports tell (RFC 3550 §6.4.1); `None` without.
    pub round_trip_ms: Option<u32>,
    /// Packets of ours that never came, as the peer last reported.
    pub far_lost: Option<u32>,
    /// Interarrival jitter at the peer in microseconds, as it last reported.
    pub far_jitter_us: Option<u32>,
    /// Its sound was encrypted (RFC 3711).
    pub encrypted: bool,
}

/// A phone that can be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// The device.
    pub device: String,
    /// Its contact.
    pub contact: String,
    /// Where its packets come from.
    pub peer: SocketAddr,
    /// `UDP`, `TCP` …
    pub transport: &'static str,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
    /// When the registration ends, unless refreshed.
    pub expires_at: Timestamp,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// How some call began.
    pub(crate) fn a_start() -> CallStart {
        CallStart {
            id: "1".to_owned(),
            sip_call_id: "1".to_owned(),
            account: "a".into(),
            direction: Direction::Internal,
            caller: Party::default(),
            device: None,
            dialled: "2001".to_owned(),
            started_at: Timestamp::UNIX_EPOCH,
            callflow: CallflowId::from("f"),
            callflow_name: String::new(),
            version: 1,
        }
    }
}

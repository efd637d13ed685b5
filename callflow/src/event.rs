//! What happens on a call, as the host tells the interpreter.

use crate::cause::Cause;
use crate::command::{Left, OpId, RecordingId, StoredMessage, Unparked};
use crate::live::Live;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordEnd {
    /// A key was pressed.
    Key(char),
    /// The caller fell silent.
    Silence,
    /// The longest length was reached.
    Limit,
    /// The caller hung up.
    HungUp,
    /// It was cancelled.
    Cancelled,
}

/// How an attempt to ring phones ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialOutcome {
    /// A phone answered and waits for the bridge.
    Answered {
        /// The device's id; the number, when it was one beyond a carrier.
        device: String,
    },
    /// No phone can answer any more.
    Failed {
        /// The cause that says most (busy before no answer before absent).
        cause: Cause,
        /// The SIP code behind it, if a phone sent one.
        sip: Option<u16>,
    },
    /// The attempt's time is over.
    Timeout,
}

/// Who ended a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The caller.
    Caller,
    /// The called party.
    Callee,
    /// The exchange, for example for want of audio.
    Exchange,
}

/// What happens on a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// An answer or update is done.
    Done {
        /// Operation.
        op: OpId,
    },
    /// An operation could not be done.
    Failed {
        /// Operation.
        op: OpId,
        /// What was attempted and what is wrong.
        reason: String,
    },
    /// Playback has ended.
    PlayEnded {
        /// Operation.
        op: OpId,
    },
    /// A recording has ended.
    Recorded {
        /// Operation.
        op: OpId,
        /// The recording.
        recording: RecordingId,
        /// Its length in milliseconds.
        duration_ms: u64,
        /// Why it ended.
        end: RecordEnd,
    },
    /// An attempt to ring phones has ended.
    Dialed {
        /// Operation.
        op: OpId,
        /// How.
        outcome: DialOutcome,
    },
    /// A conversation has ended. When the caller hung up, [`Event::HungUp`] follows.
    BridgeEnded {
        /// Operation.
        op: OpId,
        /// By whom.
        by: Side,
    },
    /// A timer has run out.
    Timer {
        /// Operation.
        op: OpId,
    },
    /// The answer to a counting question.
    Count {
        /// Operation.
        op: OpId,
        /// The number.
        count: u64,
    },
    /// The messages of a mailbox.
    Messages {
        /// Operation.
        op: OpId,
        /// Oldest first.
        messages: Vec<StoredMessage>,
    },
    /// The switches that people turn by phone.
    Live {
        /// Operation.
        op: OpId,
        /// All of the account.
        live: Arc<Live>,
    },
    /// The caller is no longer in the conference or page.
    Left {
        /// Operation.
        op: OpId,
        /// Why.
        why: Left,
    },
    /// The caller is in a parking slot now; the parking goes on.
    Parked {
        /// Operation.
        op: OpId,
        /// The slot.
        slot: String,
    },
    /// Somebody talks with the parked caller now; the parking goes on until they have talked.
    Fetched {
        /// Operation.
        op: OpId,
    },
    /// The parking has ended.
    Unparked {
        /// Operation.
        op: OpId,
        /// How.
        how: Unparked,
    },
    /// There is no such call, or more than one where one was meant.
    NoCall {
        /// Operation.
        op: OpId,
        /// How many there are.
        found: u32,
    },
    /// A fax has been received, or not.
    FaxEnded {
        /// Operation.
        op: OpId,
        /// Pages received.
        pages: u32,
        /// What went wrong, if anything did.
        error: Option<String>,
    },
    /// A fax machine calls.
    FaxTone {
        /// Operation.
        op: OpId,
    },
    /// The other side has answered a web request.
    HttpAnswered {
        /// Operation.
        op: OpId,
        /// The status.
        status: u16,
        /// The media type of the body.
        content_type: String,
        /// The body, cut to a bound by the host.
        body: String,
    },
    /// The caller pressed a key.
    Digit {
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        key: char,
    },
    /// The caller was put here by a transfer: told before everything else when the call begins with it
    /// (RFC 3515), or when another party takes the caller's place (RFC 3891).
    Transferred {
        /// The device that transferred.
        by: String,
    },
    /// The caller has hung up or cancelled.
    HungUp {
        /// Why.
        cause: Cause,
    },
}

impl Event {
    /// The operation it belongs to.
    #[must_use]
    pub fn op(&self) -> Option<OpId> {
        match self {
            Self::Done { op }
            | Self::Failed { op, .. }
            | Self::PlayEnded { op }
            | Self::Recorded { op, .. }
            | Self::Dialed { op, .. }
            | Self::BridgeEnded { op, .. }
            | Self::Timer { op }
            | Self::Count { op, .. }
            | Self::Messages { op, .. }
            | Self::Live { op, .. }
            | Self::Left { op, .. }
            | Self::Parked { op, .. }
            | Self::Fetched { op }
            | Self::Unparked { op, .. }
            | Self::NoCall { op, .. }
            | Self::FaxEnded { op, .. }
            | Self::FaxTone { op }
            | Self::HttpAnswered { op, .. } => Some(*op),
            Self::Digit { .. } | Self::Transferred { .. } | Self::HungUp { .. } => None,
        }
    }

    /// Whether its operation is over with it.
    #[must_use]
    pub fn is_last(&self) -> bool {
        !matches!(self, Self::Parked { .. } | Self::Fetched { .. })
    }
}

//! What happens on a call, as the host tells the interpreter.

use crate::cause::Cause;
use crate::command::{OpId, RecordingId};

/// How a recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialOutcome {
    /// A phone answered and waits for the bridge.
    Answered {
        /// The device's id.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The caller.
    Caller,
    /// The called party.
    Callee,
    /// The exchange, for example for want of audio.
    Exchange,
}

/// What happens on a call.
#[derive(Clone, Debug, PartialEq)]
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
    /// The caller pressed a key.
    Digit {
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        key: char,
    },
    /// The caller has hung up or cancelled.
    HungUp {
        /// Why.
        cause: Cause,
    },
}

impl Event {
    /// The operation it ends.
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
            | Self::Count { op, .. } => Some(*op),
            Self::Digit { .. } | Self::HungUp { .. } => None,
        }
    }
}

//! What the interpreter asks of its host: a small closed vocabulary.
//!
//! Each command that takes time carries an [`OpId`]; the host answers with an [`Event`](crate::Event) of
//! the same id. The same commands are executed by the exchange, the simulator and the scenario tests.

use crate::cause::Cause;
use std::borrow::Cow;

/// One running operation of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u64);

/// Something audible.
#[derive(Clone, Debug, PartialEq)]
pub enum Sound {
    /// A system prompt by its id, in a language.
    Prompt {
        /// KAZOO's prompt id, for example `vm-record_message`.
        id: Cow<'static, str>,
        /// Prompt language, for example `en-GB`.
        language: String,
    },
    /// Text to speak.
    Speak {
        /// The text.
        text: String,
        /// A voice name; empty is the default.
        voice: String,
        /// The language.
        language: String,
    },
    /// Digits spoken one by one.
    Digits {
        /// The digits.
        digits: String,
        /// The language.
        language: String,
    },
    /// A media resource of the account, by id.
    Media(String),
    /// A recording of this call.
    Recording(RecordingId),
    /// Tones, one after another.
    Tones(Vec<Tone>),
    /// Silence.
    Silence {
        /// Length in milliseconds.
        ms: u32,
    },
    /// An audio stream or file on the web.
    Stream(String),
}

/// One tone.
#[derive(Clone, Debug, PartialEq)]
pub struct Tone {
    /// Frequencies in hertz, mixed.
    pub hertz: Vec<u16>,
    /// Milliseconds of sound.
    pub on_ms: u32,
    /// Milliseconds of silence after it.
    pub off_ms: u32,
    /// How often; 0 is endless.
    pub times: u32,
}

impl Tone {
    /// The tone before a recording: 440 Hz, half a second.
    #[must_use]
    pub fn beep() -> Self {
        Self {
            hertz: vec![440],
            on_ms: 500,
            off_ms: 100,
            times: 1,
        }
    }

    /// Busy: 480+620 Hz, 500/500 ms.
    #[must_use]
    pub fn busy(times: u32) -> Self {
        Self {
            hertz: vec![480, 620],
            on_ms: 500,
            off_ms: 500,
            times,
        }
    }

    /// Reorder: 480+620 Hz, 250/250 ms.
    #[must_use]
    pub fn reorder(times: u32) -> Self {
        Self {
            hertz: vec![480, 620],
            on_ms: 250,
            off_ms: 250,
            times,
        }
    }

    /// Ringback: 440+480 Hz, 2 s on, 4 s off, endless.
    #[must_use]
    pub fn ringback() -> Self {
        Self {
            hertz: vec![440, 480],
            on_ms: 2_000,
            off_ms: 4_000,
            times: 0,
        }
    }
}

/// How often a list of sounds is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// This many times, at least once.
    Times(u32),
    /// Until something ends it.
    Forever,
}

/// A recording kept by the host. It can be played until the call ends, also after an [`Update`] has
/// stored it elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordingId(pub String);

/// How a recording may end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordLimits {
    /// The longest recording, in milliseconds.
    pub max_ms: u64,
    /// Silence that ends it, in milliseconds; 0 never does.
    pub silence_ms: u32,
    /// Keys that end it.
    pub keys: String,
}

/// One phone to ring.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// The device's id.
    pub device: String,
    /// Milliseconds before it is invited.
    pub delay_ms: u64,
    /// Milliseconds that it rings, counted from its invitation; `None` as long as the attempt.
    pub timeout_ms: Option<u64>,
    /// Value of its `Alert-Info` header (RFC 3261 §20.4).
    pub alert_info: Option<String>,
    /// More headers of its INVITE.
    pub headers: Vec<(String, String)>,
    /// Whether a lost race is told as "call completed elsewhere" (RFC 3326), so that the phone does not
    /// list a missed call.
    pub completed_elsewhere: bool,
}

/// Who the called phone is told is calling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// Display name.
    pub name: String,
    /// Number or extension.
    pub number: String,
}

/// Ringing phones: all legs of one attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Dial {
    /// The phones, in order of delay.
    pub legs: Vec<Leg>,
    /// Milliseconds after which the attempt ends; `None` for no limit.
    pub timeout_ms: Option<u64>,
    /// What the caller hears meanwhile; `None` is the ordinary ringback.
    pub ringback: Option<Sound>,
    /// Early media of the phones is not passed to the caller.
    pub ignore_early_media: bool,
    /// One refusal (486, 600, 603) ends the attempt for all.
    pub fail_on_single_reject: bool,
    /// A redirection by the phone (3xx) counts as a failure.
    pub ignore_forward: bool,
    /// The caller as shown.
    pub caller: Party,
}

/// A lamp's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PresenceState {
    /// Nothing is going on (dialog `terminated`).
    Idle,
    /// Ringing (dialog `early`).
    Ringing,
    /// In a call (dialog `confirmed`).
    Busy,
}

/// A change of live state or of stored things that a call asks for. Never a change of configuration.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// A lamp that is set by hand.
    Presence {
        /// `id@realm`.
        id: String,
        /// Its state from now on.
        state: PresenceState,
    },
    /// A voice message for a mailbox; the host stores it, lights the lamp and sends the mails.
    Message {
        /// The mailbox's id.
        mailbox: String,
        /// The recording.
        recording: RecordingId,
        /// Its length in milliseconds.
        duration_ms: u64,
        /// The caller as told, with prefixes.
        caller: Party,
    },
    /// A recording that nobody wants.
    Discard {
        /// The recording.
        recording: RecordingId,
    },
    /// A menu's new greeting, recorded by phone.
    MenuGreeting {
        /// The menu's id.
        menu: String,
        /// The recording.
        recording: RecordingId,
    },
}

/// A question about live or stored state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// How many messages a mailbox holds.
    MessageCount {
        /// The mailbox's id.
        mailbox: String,
    },
}

/// What the interpreter asks of its host.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Answer the call. Answered by [`Event::Done`](crate::Event::Done).
    Answer {
        /// Operation.
        op: OpId,
    },
    /// Play to the caller; before the answer as early media. Ends with
    /// [`Event::PlayEnded`](crate::Event::PlayEnded).
    Play {
        /// Operation.
        op: OpId,
        /// Sounds, in order.
        sounds: Vec<Sound>,
        /// How often the whole list.
        repeat: Repeat,
    },
    /// Record the caller. A key that ends the recording is told by that event only, not as a
    /// [`Event::Digit`](crate::Event::Digit). Ends with [`Event::Recorded`](crate::Event::Recorded); when the caller hangs up,
    /// that event comes before [`Event::HungUp`](crate::Event::HungUp).
    Record {
        /// Operation.
        op: OpId,
        /// How it may end.
        limits: RecordLimits,
    },
    /// Ring phones. Ends with [`Event::Dialed`](crate::Event::Dialed); losers are cancelled by the host.
    Dial {
        /// Operation.
        op: OpId,
        /// Phones and terms.
        dial: Dial,
    },
    /// Connect the caller with the phone that answered the dial; answers the caller first. Ends with
    /// [`Event::BridgeEnded`](crate::Event::BridgeEnded).
    Bridge {
        /// Operation.
        op: OpId,
        /// The dial whose winner is meant.
        dial: OpId,
    },
    /// Send the caller's own audio back, to test the path. Answered calls only; goes on until it is
    /// cancelled or the caller hangs up. [`Event::Failed`](crate::Event::Failed) when it cannot be done,
    /// [`Event::Done`](crate::Event::Done) when the host ends it of its own accord.
    Echo {
        /// Operation.
        op: OpId,
    },
    /// A timer. Ends with [`Event::Timer`](crate::Event::Timer).
    SetTimer {
        /// Operation.
        op: OpId,
        /// Milliseconds from now.
        after_ms: u64,
    },
    /// Ends a running operation. Its end event may still come and is ignored.
    Cancel {
        /// Operation.
        op: OpId,
    },
    /// A change of live or stored state. Answered by [`Event::Done`](crate::Event::Done) or
    /// [`Event::Failed`](crate::Event::Failed). Valid after the caller has gone.
    Update {
        /// Operation.
        op: OpId,
        /// The change.
        update: Update,
    },
    /// A question. Answered by [`Event::Count`](crate::Event::Count) or [`Event::Failed`](crate::Event::Failed).
    Query {
        /// Operation.
        op: OpId,
        /// The question.
        query: Query,
    },
    /// The flow has ended: the last command of a call. An unanswered call gets the final response, an
    /// answered one is hung up; when the caller has gone there is nothing left to do.
    End {
        /// The cause that the call record shows.
        cause: Cause,
        /// Final SIP response of an unanswered call.
        code: u16,
        /// Its reason phrase.
        reason: String,
    },
}

//! What is heard, and what is recorded.

use jiff::Timestamp;
use std::borrow::Cow;

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
    /// Digits, letters, `*`, `#` and `+` spoken one by one.
    Digits {
        /// Them. What has no name is not heard.
        digits: String,
        /// The language.
        language: String,
    },
    /// A media resource of the account, by id.
    Media(String),
    /// A recording of this call.
    Recording(RecordingId),
    /// A message of a mailbox.
    Message {
        /// The mailbox's id.
        mailbox: String,
        /// The message's id.
        message: String,
        /// Milliseconds of it that are left out at the beginning.
        from_ms: u64,
    },
    /// A person's name: as they recorded it, else spoken.
    Name {
        /// The user's id.
        user: String,
        /// What is spoken when there is no recording.
        text: String,
        /// The language.
        language: String,
    },
    /// A whole number, spoken.
    Number {
        /// The number.
        number: u64,
        /// The language.
        language: String,
    },
    /// A date and time of day, spoken.
    Moment {
        /// When.
        at: Timestamp,
        /// What of it is told.
        told: Told,
        /// In which IANA time zone.
        zone: String,
        /// The language.
        language: String,
    },
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

/// What of a moment is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Its date.
    Date,
    /// Its time of day.
    Time,
    /// Both.
    DateTime,
    /// When it was, seen from this later moment: "yesterday at 3 pm".
    Since(Timestamp),
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
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
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

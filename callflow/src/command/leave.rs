//! What a call leaves: recordings, mails, messages, changes of a mailbox.

use super::{HttpMethod, Party, RecordingId};
use jiff::Timestamp;

/// Recording a whole call, both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecording {
    /// Its container.
    pub format: RecordFormat,
    /// Milliseconds after which it ends.
    pub limit_ms: u64,
    /// A shorter recording is dropped, in milliseconds.
    pub shortest_ms: u64,
    /// It begins only when the call is answered.
    pub on_answer: bool,
    /// It begins only when the caller talks with somebody.
    pub on_bridge: bool,
    /// Where it is sent besides; the file name is appended.
    pub upload: Option<(HttpMethod, String)>,
    /// A word to find it by.
    pub label: String,
}

/// A container of recorded sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFormat {
    /// MP3.
    Mp3,
    /// WAV.
    Wav,
}

/// Who gets a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// A user of the account, by id.
    User(String),
    /// A mail address.
    Address(String),
}

/// A mail about the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// Who gets it; empty is the account's own address.
    pub recipients: Vec<Recipient>,
    /// The caller as told, with prefixes.
    pub caller: Party,
    /// More words for the reader.
    pub comments: String,
}

/// What a mail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Nobody took the call.
    MissedCall,
    /// A template of the account, by id.
    Template(String),
    /// A mailbox takes no more messages.
    MailboxFull {
        /// The mailbox's id.
        mailbox: String,
    },
}

/// Where a message of a mailbox lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Folder {
    /// Not yet heard.
    New,
    /// Heard and kept.
    Saved,
    /// To be removed.
    Deleted,
}

/// A message of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StoredMessage {
    /// Its id.
    pub id: String,
    /// Where it lies.
    pub folder: Folder,
    /// Who left it.
    pub caller: Party,
    /// When.
    pub at: Timestamp,
    /// Its length in milliseconds.
    pub duration_ms: u64,
}

/// What the owner of a mailbox changes by phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailboxChange {
    /// The PIN.
    Pin(String),
    /// The ordinary greeting.
    Greeting(RecordingId),
    /// The greeting that comes before the ordinary one.
    TemporaryGreeting(RecordingId),
    /// The temporary greeting is removed.
    NoTemporaryGreeting,
    /// The spoken name of its owner.
    Name(RecordingId),
    /// Its owner has set it up.
    SetUp,
    /// Whether it only plays its greeting and takes no messages.
    AnnouncementOnly(bool),
}

//! What the interpreter asks of its host: a small closed vocabulary.
//!
//! Each command that takes time carries an [`OpId`]; the host answers with an [`Event`](crate::Event) of
//! the same id. The same commands are executed by the exchange, the simulator and the scenario tests.

mod dial;
mod leave;
mod meet;
mod sound;
mod web;

pub use dial::{Dial, Leg, Outside, Party, Privacy, Target};
pub use leave::{
    CallRecording, Folder, MailboxChange, Notice, NoticeKind, Recipient, RecordFormat,
    StoredMessage,
};
pub use meet::{Fax, Join, Left, Page, Park, Pickup, PickupMode, PickupTarget, Unparked};
pub use sound::{RecordLimits, RecordingId, Repeat, Sound, Told, Tone};
pub use web::{HttpMethod, HttpRequest};

use crate::cause::Cause;
use crate::live::LiveChange;

/// One running operation of a call.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct OpId(pub u64);

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
    /// What the caller said is kept with the recordings of calls.
    KeepRecording {
        /// The recording.
        recording: RecordingId,
        /// Its length in milliseconds.
        duration_ms: u64,
        /// Its container.
        format: RecordFormat,
        /// Where it is sent besides; the file name is appended.
        upload: Option<(HttpMethod, String)>,
    },
    /// A menu's new greeting, recorded by phone.
    MenuGreeting {
        /// The menu's id.
        menu: String,
        /// The recording.
        recording: RecordingId,
    },
    /// A message is kept, or removed.
    MoveMessage {
        /// The mailbox's id.
        mailbox: String,
        /// The message's id.
        message: String,
        /// Where it lies from now on.
        folder: Folder,
    },
    /// A copy of a message for another mailbox.
    ForwardMessage {
        /// The mailbox's id.
        mailbox: String,
        /// The message's id.
        message: String,
        /// The other mailbox's id.
        to: String,
        /// Words spoken before it.
        introduction: Option<RecordingId>,
    },
    /// The owner of a mailbox changes it by phone.
    Mailbox {
        /// The mailbox's id.
        mailbox: String,
        /// The change.
        change: MailboxChange,
    },
    /// A switch that people turn by phone.
    Live(LiveChange),
    /// A mail about the call.
    Notice(Notice),
    /// A web request that nobody waits for.
    Webhook(HttpRequest),
    /// The call is recorded from now on.
    StartRecording(CallRecording),
    /// Every recording of the call ends and is kept.
    StopRecording,
    /// The call's recording pauses, or goes on.
    PauseRecording(bool),
    /// Words for the call record, by name.
    Tag {
        /// Names and values; a name told before is replaced.
        values: Vec<(String, String)>,
        /// Legs dialled later carry them too.
        export: bool,
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
    /// The messages of a mailbox, oldest first; deleted ones are left out.
    Messages {
        /// The mailbox's id.
        mailbox: String,
    },
    /// The switches of the account that people turn by phone.
    Live,
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
    /// Put the caller into a conference. Ends with [`Event::Left`](crate::Event::Left).
    Join {
        /// Operation.
        op: OpId,
        /// The room and the caller's part in it.
        join: Join,
    },
    /// Let the caller speak to many phones at once, until the caller hangs up or every phone has gone. Ends with
    /// [`Event::Left`](crate::Event::Left).
    Page {
        /// Operation.
        op: OpId,
        /// Phones and terms.
        page: Page,
    },
    /// Put the caller into a parking slot, with music. The slot taken is told by
    /// [`Event::Parked`](crate::Event::Parked), that somebody talks with the caller by
    /// [`Event::Fetched`](crate::Event::Fetched); ends with [`Event::Unparked`](crate::Event::Unparked). A
    /// [`Command::Play`] beside it is heard instead of the music; a [`Command::Dial`] beside it leaves the music
    /// as it is. Cancelling it frees the slot.
    Park {
        /// Operation.
        op: OpId,
        /// Where.
        park: Park,
    },
    /// Connect the caller with a call that exists. Ends with
    /// [`Event::BridgeEnded`](crate::Event::BridgeEnded), or [`Event::NoCall`](crate::Event::NoCall).
    Pickup {
        /// Operation.
        op: OpId,
        /// Which call, and what for.
        pickup: Pickup,
    },
    /// Receive a fax from the caller. Ends with [`Event::FaxEnded`](crate::Event::FaxEnded).
    Fax {
        /// Operation.
        op: OpId,
        /// For whom.
        fax: Fax,
    },
    /// Listen for the tone of a calling fax machine. [`Event::FaxTone`](crate::Event::FaxTone) when it is heard.
    DetectFax {
        /// Operation.
        op: OpId,
    },
    /// Send keys to the caller's side (RFC 4733). Answered by [`Event::Done`](crate::Event::Done).
    SendDtmf {
        /// Operation.
        op: OpId,
        /// The keys.
        digits: String,
        /// Milliseconds of each.
        duration_ms: u32,
    },
    /// A web request. Ends with [`Event::HttpAnswered`](crate::Event::HttpAnswered).
    Http {
        /// Operation.
        op: OpId,
        /// The request.
        request: HttpRequest,
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
    /// A question. Answered by [`Event::Count`](crate::Event::Count), [`Event::Messages`](crate::Event::Messages)
    /// or [`Event::Live`](crate::Event::Live), or by [`Event::Failed`](crate::Event::Failed).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_an_address_are_not_shown() {
        let request = HttpRequest {
            method: HttpMethod::Get,
            url: "https://u:p@a.example/x?key=1@2".to_owned(),
            headers: Vec::new(),
            fields: Vec::new(),
            json: false,
            timeout_ms: 0,
            retries: 0,
        };
        assert_eq!(request.shown(), "GET https://a.example/x");
    }
}

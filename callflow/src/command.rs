//! What the interpreter asks of its host: a small closed vocabulary.
//!
//! Each command that takes time carries an [`OpId`]; the host answers with an [`Event`](crate::Event) of
//! the same id. The same commands are executed by the exchange, the simulator and the scenario tests.

use crate::cause::Cause;
use crate::live::LiveChange;
use jiff::Timestamp;
use std::borrow::Cow;

/// One running operation of a call.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
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

    /// Dial tone: 350+440 Hz, ten seconds.
    #[must_use]
    pub fn dial() -> Self {
        Self {
            hertz: vec![350, 440],
            on_ms: 10_000,
            off_ms: 0,
            times: 1,
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

/// What a leg rings.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A device of the account, by id.
    Device(String),
    /// A number beyond a carrier.
    Outside(Box<Outside>),
}

/// A call to a number beyond a carrier.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outside {
    /// The number as it is to be dialled.
    pub number: String,
    /// Whose carriers may carry it: an account's id; `None` takes those of the whole system.
    pub carriers_of: Option<String>,
    /// Marks that a carrier must have, all of them.
    pub flags: Vec<String>,
    /// The class of the number, by the account's classes: `emergency` is told to the carrier.
    pub class: Option<String>,
    /// An address for the `Diversion` header (RFC 5806): who forwarded the call.
    pub diverted_from: Option<String>,
    /// The `From` URI carries the dialled account's realm instead of the exchange's address.
    pub from_realm: Option<String>,
    /// The number goes out as it stands; otherwise in international form, as the carrier wants it.
    pub verbatim: bool,
}

/// One phone or number to ring.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// What is rung.
    pub target: Target,
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
    /// The phone is asked to answer by itself: intercom and paging.
    pub auto_answer: bool,
    /// A phone that is asked to answer by itself does so also while it is in a call, which it holds meanwhile.
    pub barge: bool,
    /// Whoever answers must press 1 before the caller is connected; a machine that answers does not.
    pub confirm: bool,
    /// The caller as this phone is shown it, instead of [`Dial::caller`].
    pub caller: Option<Party>,
    /// A phone that is in a call is offered this one too; otherwise it counts as busy and is not invited.
    pub call_waiting: bool,
}

impl Leg {
    /// An ordinary leg to a target: no delay, no limit of its own.
    #[must_use]
    pub fn to(target: Target) -> Self {
        Self {
            target,
            delay_ms: 0,
            timeout_ms: None,
            alert_info: None,
            headers: Vec::new(),
            completed_elsewhere: true,
            auto_answer: false,
            barge: false,
            confirm: false,
            caller: None,
            call_waiting: true,
        }
    }

    /// The device's id, or the number.
    #[must_use]
    pub fn id(&self) -> &str {
        match &self.target {
            Target::Device(id) => id,
            Target::Outside(outside) => &outside.number,
        }
    }

    /// The device's id, if a device is rung.
    #[must_use]
    pub fn device(&self) -> Option<&str> {
        match &self.target {
            Target::Device(id) => Some(id),
            Target::Outside(_) => None,
        }
    }
}

/// What is kept from the called side of who calls (RFC 3323).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Privacy {
    /// The name.
    pub name: bool,
    /// The number.
    pub number: bool,
}

/// Who the called phone is told is calling.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    /// What of it is withheld.
    pub privacy: Privacy,
}

/// Taking part in a conference.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// The conference's id; a room without a resource has the id of the call that opened it.
    pub conference: String,
    /// Whether the caller may lead it.
    pub moderator: bool,
    /// The caller begins muted.
    pub muted: bool,
    /// The caller begins without hearing the others.
    pub deaf: bool,
    /// The caller hears music until a moderator is there.
    pub wait_for_moderator: bool,
    /// Members that may be in the room at once; 0 for no limit.
    pub max_members: u32,
    /// Milliseconds that the room outlives its last moderator; `None` as long as anybody is there.
    pub moderator_gone_ms: Option<u64>,
    /// Played to the others when the caller enters.
    pub entry: Option<Sound>,
    /// Played to the others when the caller leaves.
    pub exit: Option<Sound>,
    /// The caller's recorded name, told to the others on entering and leaving.
    pub name: Option<RecordingId>,
    /// Heard while the caller waits alone or for a moderator.
    pub music: Option<Sound>,
}

/// Why somebody is no longer in a conference or a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// By a key.
    Key,
    /// A moderator put the caller out.
    Removed,
    /// The room was closed.
    Closed,
    /// The room is full: the caller was not let in.
    Full,
    /// The room is locked: the caller was not let in.
    Locked,
}

/// Speaking to many phones at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The phones; each is asked to answer by itself.
    pub legs: Vec<Leg>,
    /// The phones may be heard too.
    pub two_way: bool,
    /// Milliseconds after which phones that did not answer are left out.
    pub timeout_ms: u64,
    /// Phones that are in a call are interrupted.
    pub barge: bool,
    /// The caller as shown.
    pub caller: Party,
}

/// A place to park a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Park {
    /// The slot; `None` takes the lowest free one from 101.
    pub slot: Option<String>,
    /// The last slot that may be taken when none is named; `None` for no limit.
    pub last_slot: Option<u32>,
    /// The lamp that shows the slot, as `id@realm`; `{slot}` stands for the slot.
    pub lamp: String,
    /// The lamp's state while somebody is parked.
    pub lamp_state: PresenceState,
    /// What the parked caller hears; `None` is the account's music.
    pub music: Option<Sound>,
}

/// How a parked call goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unparked {
    /// Somebody has fetched it, and their conversation has ended.
    Retrieved,
    /// No slot is free.
    NoSlot,
    /// The named slot is taken.
    Occupied,
}

/// Which call of somebody else is meant.
#[derive(Clone, Debug, PartialEq)]
pub enum PickupTarget {
    /// A call of one of these devices.
    Devices(Vec<String>),
    /// The call parked in this slot.
    Slot(String),
    /// The call with this id.
    Call(String),
}

/// What is to be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickupMode {
    /// Answer it instead of the phone that rings.
    Ringing,
    /// Take it over, ringing or answered.
    Any,
    /// Bring it here from the device it is on.
    Move,
    /// Only listen.
    Listen,
}

/// Connecting the caller with a call that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Pickup {
    /// Which call.
    pub target: PickupTarget,
    /// What for.
    pub mode: PickupMode,
}

/// Receiving a fax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fax {
    /// The fax box that it is for.
    pub fax_box: Option<String>,
    /// The user that it is for.
    pub owner: Option<String>,
    /// T.38 may be negotiated.
    pub t38: bool,
    /// The station id told to the sender.
    pub station_id: String,
}

/// The method of a web request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// The fields go into the query.
    Get,
    /// The fields go into the body.
    Post,
    /// The fields go into the body.
    Put,
}

impl HttpMethod {
    /// The method's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// A web request. The host refuses addresses inside its own network.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRequest {
    /// The method.
    pub method: HttpMethod,
    /// The address, `http` or `https`.
    pub url: String,
    /// More headers.
    pub headers: Vec<(String, String)>,
    /// What is told.
    pub fields: Vec<(String, String)>,
    /// The body is JSON instead of a form.
    pub json: bool,
    /// Milliseconds that the other side may take.
    pub timeout_ms: u64,
    /// How often it is tried again when the network fails.
    pub retries: u32,
}

impl HttpRequest {
    /// Method and address for a trace: without user, password and query, which may hold secrets.
    #[must_use]
    pub fn shown(&self) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("", &self.url));
        let open = rest.split(['?', '#']).next().unwrap_or_default();
        let (host, path) = open.split_at(open.find('/').unwrap_or(open.len()));
        let host = host.rsplit('@').next().unwrap_or(host);
        format!("{} {scheme}://{host}{path}", self.method.as_str())
    }
}

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

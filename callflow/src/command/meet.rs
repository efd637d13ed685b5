//! Meeting others: conferences, paging, parking, picking up; and faxes.

use super::{Leg, Party, PresenceState, RecordingId, Sound};

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
    /// Prompt language of what is told in the room because of the caller.
    pub language: String,
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

//! Ringing phones and numbers.

use super::sound::Sound;

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
    /// Prompt language in which whoever answers is asked; `None` is the account's.
    pub language: Option<String>,
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
            language: None,
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

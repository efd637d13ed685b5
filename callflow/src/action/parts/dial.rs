//! Ringing phones and branching on how it went.

use crate::action::BranchChoice;
use crate::call::{Call, Dialed, Ended, Next};
use crate::cause::Cause;
use crate::command::{Dial, Leg, Sound, Target};
use crate::limits;
use crate::trace::Step;

/// The terms of an attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The phones. Those of one turn ring together, the turns one after another.
    pub turns: Vec<Vec<Leg>>,
    /// Milliseconds for the whole attempt; `None` for no limit beyond that of the legs.
    pub timeout_ms: Option<u64>,
    /// What the caller hears; `None` is the ordinary ringback.
    pub ringback: Option<Sound>,
    /// Early media of the phones is not passed on.
    pub ignore_early_media: bool,
    /// One refusal ends the attempt.
    pub fail_on_single_reject: bool,
    /// Redirections count as failures.
    pub ignore_forward: bool,
}

impl Attempt {
    /// Phones that ring together, with nothing special.
    #[must_use]
    pub fn together(legs: Vec<Leg>) -> Self {
        Self {
            ignore_early_media: legs.len() > 1,
            turns: vec![legs],
            timeout_ms: None,
            ringback: None,
            fail_on_single_reject: false,
            ignore_forward: true,
        }
    }
}

/// Rings; a conversation that was had is [`Dialed::Talked`].
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn ring(call: &mut Call, attempt: Attempt) -> Result<Dialed, Ended> {
    let caller = call.caller_shown();
    let began = call.now();
    let mut last = Dialed::Timeout;
    for mut legs in attempt.turns {
        legs.sort_by_key(|leg| leg.delay_ms);
        legs.truncate(limits::MAX_LEGS);
        for leg in &mut legs {
            show_caller_outside(call, leg);
        }
        let spent = u64::try_from(call.now().duration_since(began).as_millis()).unwrap_or(0);
        let left = attempt.timeout_ms.map(|all| all.saturating_sub(spent));
        if left == Some(0) {
            return Ok(Dialed::Timeout);
        }
        let dial = Dial {
            timeout_ms: match (turn_ms(&legs), left) {
                (Some(own), Some(left)) => Some(own.min(left)),
                (own, left) => own.or(left),
            },
            legs,
            ringback: attempt.ringback.clone(),
            ignore_early_media: attempt.ignore_early_media,
            fail_on_single_reject: attempt.fail_on_single_reject,
            ignore_forward: attempt.ignore_forward,
            caller: caller.clone(),
            privacy: call.privacy(),
        };
        match call.dial(dial).await? {
            Dialed::Talked => return Ok(Dialed::Talked),
            failed if attempt.fail_on_single_reject && is_refusal(&failed) => return Ok(failed),
            other => last = other,
        }
    }
    Ok(last)
}

/// A number outside is shown the external caller ID, unless the leg says whom it is shown.
fn show_caller_outside(call: &Call, leg: &mut Leg) {
    if let (Target::Outside(outside), None) = (&leg.target, &leg.caller) {
        leg.caller = Some(call.caller_outside(outside.class.as_deref()));
    }
}

/// How long a turn can ring: until its last leg gives up; `None` when one never does.
fn turn_ms(legs: &[Leg]) -> Option<u64> {
    let ends = legs
        .iter()
        .map(|leg| Some(leg.delay_ms.saturating_add(leg.timeout_ms?)));
    ends.collect::<Option<Vec<_>>>()?.into_iter().max()
}

fn is_refusal(dialed: &Dialed) -> bool {
    matches!(
        dialed,
        Dialed::Failed {
            sip: Some(486 | 600 | 603),
            ..
        }
    )
}

/// What the engine does after an attempt: the conversation ends the flow, a failure chooses a branch.
pub(crate) fn after(dialed: Dialed) -> Next {
    match dialed {
        Dialed::Talked => Next::Finished,
        Dialed::Failed { cause, sip } => Next::Failed { cause, sip },
        Dialed::Timeout => Next::Failed {
            cause: Cause::NO_ANSWER,
            sip: None,
        },
    }
}

/// Nothing could be rung: noted, and a branch is chosen by the reason.
pub(crate) fn not_rung(call: &mut Call, cause: Cause) -> Next {
    call.trace(Step::NotReached {
        cause: cause.to_string(),
        sip: None,
    });
    Next::Failed { cause, sip: None }
}

/// The failure branches that may be drawn below a step that rings somebody.
#[must_use]
pub fn failure_branches() -> Vec<BranchChoice> {
    [
        ("_", "Otherwise"),
        ("USER_BUSY", "Busy"),
        ("NO_ANSWER", "No answer"),
        ("CALL_REJECTED", "Rejected"),
        ("SUBSCRIBER_ABSENT", "Not registered"),
        ("NO_USER_RESPONSE", "No response"),
        ("NO_ENDPOINTS", "Nobody to ring"),
        ("DO_NOT_DISTURB", "Do not disturb"),
        ("sip:480", "SIP 480"),
        ("sip:486", "SIP 486"),
        ("sip:603", "SIP 603"),
    ]
    .into_iter()
    .map(|(key, label)| BranchChoice::word(key, label))
    .collect()
}

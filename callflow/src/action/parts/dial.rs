//! Ringing phones and branching on how it went.

use crate::action::BranchChoice;
use crate::call::{Call, Dialed, Ended, Next};
use crate::cause::Cause;
use crate::command::{Dial, Leg};

/// How the legs of an attempt follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// All at once, each after its delay.
    Together,
    /// One after another, each for its own time.
    InTurn,
}

/// The terms of an attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The phones.
    pub legs: Vec<Leg>,
    /// Together or in turn.
    pub order: Order,
    /// Milliseconds for the whole attempt; `None` for no limit.
    pub timeout_ms: Option<u64>,
    /// What the caller hears; `None` is the ordinary ringback.
    pub ringback: Option<crate::command::Sound>,
    /// Early media of the phones is not passed on.
    pub ignore_early_media: bool,
    /// One refusal ends the attempt.
    pub fail_on_single_reject: bool,
    /// Redirections count as failures.
    pub ignore_forward: bool,
}

/// Rings; a conversation that was had is [`Dialed::Talked`].
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn ring(call: &mut Call, attempt: Attempt) -> Result<Dialed, Ended> {
    let caller = call.caller_shown();
    let dial = |legs, timeout_ms| Dial {
        legs,
        timeout_ms,
        ringback: attempt.ringback.clone(),
        ignore_early_media: attempt.ignore_early_media,
        fail_on_single_reject: attempt.fail_on_single_reject,
        ignore_forward: attempt.ignore_forward,
        caller: caller.clone(),
    };
    if attempt.order == Order::Together {
        let mut legs = attempt.legs.clone();
        legs.sort_by_key(|leg| leg.delay_ms);
        return call.dial(dial(legs, attempt.timeout_ms)).await;
    }
    let began = call.now();
    let mut last = Dialed::Timeout;
    for mut leg in attempt.legs.clone() {
        let spent = u64::try_from(call.now().duration_since(began).as_millis()).unwrap_or(0);
        let left = attempt.timeout_ms.map(|all| all.saturating_sub(spent));
        if left == Some(0) {
            return Ok(Dialed::Timeout);
        }
        leg.delay_ms = 0;
        let own = leg.timeout_ms;
        let timeout = match (own, left) {
            (Some(own), Some(left)) => Some(own.min(left)),
            (own, left) => own.or(left),
        };
        match call.dial(dial(vec![leg], timeout)).await? {
            Dialed::Talked => return Ok(Dialed::Talked),
            failed @ Dialed::Failed { .. }
                if attempt.fail_on_single_reject && is_refusal(&failed) =>
            {
                return Ok(failed);
            }
            other => last = other,
        }
    }
    Ok(last)
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

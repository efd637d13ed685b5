//! From users and devices to everything that rings for them: their phones, and the numbers that their calls are
//! forwarded to.

mod search;

use super::dial::{self, Attempt};
use super::endpoint::Terms;
use crate::call::{Call, Dialed, Ended, Next};
use crate::cause::Cause;
use crate::command::Leg;
use crate::live::{Live, Owner};
use crate::trace::Step;
use search::Search;

/// How somebody comes to be rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rung {
    /// By name, or by the extension.
    Directly,
    /// Among others.
    AsMember,
}

/// What rings for somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reach {
    /// Phones and numbers.
    pub(crate) legs: Vec<Leg>,
    /// A number that is forwarded to sends its own ringing, and the caller is not to hear it.
    pub(crate) ignore_early_media: bool,
}

/// What rings for a user or device, forwarding included. What is left out is noted.
///
/// # Errors
/// The key that says why nothing rings.
pub(crate) fn reach(
    call: &mut Call,
    live: &Live,
    owner: &Owner,
    terms: Terms,
    rung: Rung,
) -> Result<Reach, Cause> {
    let mut search = Search::new(call, live, terms, rung);
    let found = search.owner(owner);
    let (notes, ignore_early_media) = (search.notes, search.ignore_early_media);
    note(call, notes);
    found.map(|legs| Reach {
        legs,
        ignore_early_media,
    })
}

/// Rings what [`reach`] found; when that fails, the number for that case.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn ring(
    call: &mut Call,
    live: &Live,
    owner: &Owner,
    reach: Result<Reach, Cause>,
    terms: Terms,
    attempt: impl FnOnce(Vec<Leg>) -> Attempt,
) -> Result<Next, Ended> {
    let (failed, cause) = match reach {
        Ok(reach) => {
            let mut attempt = attempt(reach.legs);
            attempt.ignore_early_media |= reach.ignore_early_media;
            let dialed = dial::ring(call, attempt).await?;
            let cause = after_which(&dialed);
            (dial::after(dialed), cause)
        }
        Err(cause) => (dial::not_rung(call, cause.clone()), Some(cause)),
    };
    let Some(cause) = cause.filter(|_| !call.memory().auto_answer) else {
        return Ok(failed);
    };
    let found = {
        // The delay was waited for already.
        let terms = Terms {
            delay_s: 0,
            ..terms
        };
        let mut search = Search::new(call, live, terms, Rung::Directly);
        search.path.push(owner.clone());
        let legs = search.instead(owner, &cause);
        let (notes, ignore) = (search.notes, search.ignore_early_media);
        note(call, notes);
        legs.map(|legs| (legs, ignore))
    };
    let Some((legs, ignore_early_media)) = found else {
        return Ok(failed);
    };
    let to: Vec<&str> = legs.iter().map(Leg::id).collect();
    call.did(format!("forward to {}, {cause}", to.join(", ")));
    let mut attempt = Attempt::together(legs);
    attempt.ignore_early_media |= ignore_early_media;
    Ok(dial::after(dial::ring(call, attempt).await?))
}

fn note(call: &mut Call, notes: Vec<String>) {
    for message in notes {
        call.trace(Step::Trouble { message });
    }
}

/// The cause of a failure that may be forwarded.
fn after_which(dialed: &Dialed) -> Option<Cause> {
    match dialed {
        Dialed::Talked => None,
        Dialed::Timeout => Some(Cause::NO_ANSWER),
        Dialed::Failed { cause, sip } => Some(match sip {
            Some(486 | 600) => Cause::USER_BUSY,
            Some(603) => Cause::CALL_REJECTED,
            Some(480) if *cause != Cause::SUBSCRIBER_ABSENT => Cause::NO_ANSWER,
            _ => cause.clone(),
        }),
    }
}

/// A number as it is dialled: without what people write between the digits.
pub(crate) fn plain(number: &str) -> String {
    let between = |c: &char| c.is_whitespace() || "-()./".contains(*c);
    number.chars().filter(|c| !between(c)).collect()
}

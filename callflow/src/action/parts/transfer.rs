//! Going on at another number for good: in the callflow that answers it, else beyond a carrier.

use crate::action::parts::dial::{self, Attempt};
use crate::action::parts::restriction;
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::command::{Leg, Outside, Target};
use crate::limits;
use crate::resource::ResourceKind;
use crate::route::Route;

/// How long a number outside rings, in milliseconds.
const OUTSIDE_MS: u64 = 120_000;

/// A number without the spaces and marks that people write in it; `None` when it cannot be dialled.
#[must_use]
pub(crate) fn dialable(text: &str) -> Option<String> {
    let number: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !"-()./".contains(*c))
        .collect();
    let (plus, digits) = match number.strip_prefix('+') {
        Some(digits) => (true, digits),
        None => (false, number.as_str()),
    };
    let fits = |c: char| c.is_ascii_digit() || (!plus && "*#".contains(c));
    let right = !digits.is_empty() && digits.chars().all(fits);
    (right && number.len() <= limits::MAX_NUMBER_LEN).then_some(number)
}

/// Transfers the call. A number that nothing answers and that may not be dialled is noted.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn to(call: &mut Call, number: &str) -> Result<Next, Ended> {
    let Some(number) = dialable(number) else {
        call.trouble(format!(
            "“{number}” is no number; the call is not transferred."
        ));
        return Ok(Next::Continue);
    };
    if let Some(route) = found(call, &number) {
        call.did(format!("transfer to {number}"));
        call.dial_anew(number, &route);
        return Ok(Next::Transfer {
            target: route.callflow,
        });
    }
    let class = call
        .account()
        .directory
        .settings()
        .classes
        .of(&number)
        .to_owned();
    if class == "extension" {
        call.trouble(format!(
            "No callflow answers {number}; the call is not transferred."
        ));
        return Ok(dial::not_rung(call, Cause::UNALLOCATED_NUMBER));
    }
    if restriction::denied(call, &number).is_some() {
        call.trouble(format!(
            "The number {number} ({class}) may not be dialled from here; the call is not transferred."
        ));
        return Ok(dial::not_rung(call, Cause::named("OUTGOING_CALL_BARRED")));
    }
    call.did(format!("transfer to {number} outside"));
    outside(call, number, class).await
}

/// The callflow of a number that has a step to go on at.
fn found(call: &Call, number: &str) -> Option<Route> {
    let route = call.find(number)?;
    let program = call.account().programs.get(&route.callflow)?;
    program.callflow.flow.root().map(|_| route)
}

async fn outside(call: &mut Call, number: String, class: String) -> Result<Next, Ended> {
    let account = call.account();
    // The account's own carriers, where it has some; else those of the whole system.
    let own = account
        .directory
        .all(ResourceKind::Carrier)
        .next()
        .is_some();
    let target = Target::Outside(Box::new(Outside {
        number,
        carriers_of: own.then(|| account.id.0.to_string()),
        class: Some(class),
        ..Outside::default()
    }));
    let leg = Leg {
        headers: call.memory().headers.clone(),
        ..Leg::to(target)
    };
    let attempt = Attempt {
        timeout_ms: Some(OUTSIDE_MS),
        ..Attempt::together(vec![leg])
    };
    Ok(dial::after(dial::ring(call, attempt).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_in_numbers_is_left_out() {
        let right = [
            ("+44 (1632) 960-100", "+441632960100"),
            ("2001", "2001"),
            ("*98", "*98"),
        ];
        for (text, number) in right {
            assert_eq!(dialable(text).as_deref(), Some(number));
        }
        for wrong in ["", "+", "+44*1", "ann", "sip:a@b", &"1".repeat(37)] {
            assert_eq!(dialable(wrong), None, "{wrong}");
        }
    }
}

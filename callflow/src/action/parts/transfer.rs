//! Going on at another number for good: in the callflow that answers it, else beyond a carrier.

use crate::action::parts::dial;
use crate::action::parts::outside::{self, Outgoing, dialable};
use crate::action::parts::restriction;
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::resource::ResourceKind;
use crate::route::Route;

/// How long a number outside rings, in milliseconds.
const OUTSIDE_MS: u64 = 120_000;

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
    outside(call, number).await
}

/// The callflow of a number that has a step to go on at.
fn found(call: &Call, number: &str) -> Option<Route> {
    let route = call.find(number)?;
    let program = call.account().programs.get(&route.callflow)?;
    program.callflow.flow.root().map(|_| route)
}

async fn outside(call: &mut Call, number: String) -> Result<Next, Ended> {
    let account = call.account();
    // The account's own carriers, where it has some; else those of the whole system.
    let own = account
        .directory
        .all(ResourceKind::Carrier)
        .next()
        .is_some();
    let outgoing = Outgoing {
        number,
        carriers_of: own.then(|| account.id.0.to_string()),
        timeout_ms: Some(OUTSIDE_MS),
        ..Outgoing::default()
    };
    outside::dial_out(call, &outgoing).await
}

//! Going on in the callflow of a number, as if the caller had dialled it.

use crate::call::{Call, Next};
use crate::route::Route;

/// The callflow of a number; none when nothing answers it, or when the call is already in that callflow for that
/// number and would go round in a circle.
#[must_use]
pub fn find(call: &Call, number: &str) -> Option<Route> {
    let route = call.find(number)?;
    let circle = route.callflow == call.program().id && number == call.info().dialled;
    (!circle).then_some(route)
}

/// Goes on there; the call comes back to this step's next one when that callflow runs out.
pub(crate) fn go(call: &mut Call, number: &str, route: Route) -> Next {
    call.set_dialled(number.to_owned());
    Next::Callflow {
        target: route.callflow,
        capture: route.capture,
        comes_back: true,
    }
}

//! What may be dialled.

use crate::call::Call;

/// The class of a number and whether it may not be dialled: the calling device's word counts, then its user's, then
/// the account's.
#[must_use]
pub fn denied(call: &Call, number: &str) -> Option<String> {
    let caller = call.calling_endpoint();
    let class = caller.settings.classes.of(number);
    caller.denies(class).then(|| class.to_owned())
}

/// The class of a number and whether the account itself may not dial it; for callers from outside.
#[must_use]
pub fn denied_to_account(call: &Call, number: &str) -> Option<String> {
    let settings = call.account().directory.settings();
    let class = settings.classes.of(number);
    let denied = settings.restrictions.denies(class).unwrap_or(false);
    denied.then(|| class.to_owned())
}

//! From users, devices and groups to the phones that ring.

use crate::call::Call;
use crate::cause::Cause;
use crate::command::{Leg, Target};
use crate::live::{Live, LiveKey, Owner};
use crate::resource::Device;
use crate::route::Origin;

/// How one endpoint is to be rung.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Seconds before ringing.
    pub delay_s: u32,
    /// Seconds of ringing; `None` as long as the attempt.
    pub timeout_s: Option<u32>,
    /// Whether a person may ring their own other phones.
    pub can_call_self: bool,
}

/// The legs of one device: its own, or those that stand in for it.
///
/// # Errors
/// The build-error key (`actions.md` calls them capital-letter keys) that says why it is not rung.
pub fn device_legs(call: &Call, live: &Live, id: &str, terms: Terms) -> Result<Vec<Leg>, Cause> {
    let directory = &call.account().directory;
    let device = directory
        .device(id)
        .ok_or_else(|| Cause::named("NOT_FOUND"))?;
    let owner = device.owner.as_ref().map(crate::value::Ref::id);
    if !terms.can_call_self && owner.is_some() && owner == call.calling_user() {
        return Err(Cause::named("OWNER_CALLED_SELF"));
    }
    // The phone that calls is busy calling, whatever may call itself.
    if call.info().device.as_deref() == Some(id) {
        return Err(Cause::named("ENDPOINT_CALLED_SELF"));
    }
    let user = owner.and_then(|id| directory.user(id));
    if !device.enabled || user.is_some_and(|user| !user.enabled) {
        return Err(Cause::named("ENDPOINT_DISABLED"));
    }
    let disturbs = |owner: Owner, configured: bool| {
        let turned = live.is_on(&LiveKey::DoNotDisturb(owner));
        turned.unwrap_or(configured)
    };
    let quiet = disturbs(Owner::Device(id.to_owned()), device.do_not_disturb)
        || owner
            .zip(user)
            .is_some_and(|(id, user)| disturbs(Owner::User(id.to_owned()), user.do_not_disturb));
    if quiet {
        return Err(Cause::named("DO_NOT_DISTURB"));
    }
    Ok(vec![Leg {
        delay_ms: u64::from(terms.delay_s) * 1_000,
        timeout_ms: terms.timeout_s.map(|s| u64::from(s) * 1_000),
        alert_info: alert_info(call, device),
        headers: call.memory().headers.clone(),
        completed_elsewhere: !device.ignore_completed_elsewhere,
        auto_answer: call.memory().auto_answer,
        ..Leg::to(Target::Device(id.to_owned()))
    }])
}

/// The legs of all phones of a user.
///
/// # Errors
/// The key that says why none is rung: the first device's reason, or `NO_ENDPOINTS` without devices.
pub fn user_legs(call: &Call, live: &Live, id: &str, terms: Terms) -> Result<Vec<Leg>, Cause> {
    let directory = &call.account().directory;
    if directory.user(id).is_none() {
        return Err(Cause::named("NOT_FOUND"));
    }
    let mut legs = Vec::new();
    let mut why = None;
    for (device, _) in directory.devices_of(id) {
        match device_legs(call, live, device, terms) {
            Ok(own) => legs.extend(own),
            Err(cause) => why = why.or(Some(cause)),
        }
    }
    if legs.is_empty() {
        Err(why.unwrap_or(Cause::NO_ENDPOINTS))
    } else {
        Ok(legs)
    }
}

/// What the phone is told about how to ring: an earlier Distinctive Ring, else the phone's own, else its
/// owner's ringtone.
fn alert_info(call: &Call, device: &Device) -> Option<String> {
    if let Some(value) = call.alert_info() {
        return Some(value.to_owned());
    }
    let owner = device
        .owner
        .as_ref()
        .and_then(|id| call.account().directory.user(id.id()));
    let (own, owners) = match call.info().origin {
        Origin::Internal => (&device.ring_internal, owner.map(|user| &user.ring_internal)),
        Origin::External => (&device.ring_external, owner.map(|user| &user.ring_external)),
    };
    let value = if own.0.is_empty() { owners } else { Some(own) };
    value.filter(|v| !v.0.is_empty()).map(|v| v.0.clone())
}

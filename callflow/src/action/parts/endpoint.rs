//! From users and devices to their phones. Forwarding is [`super::forward`]'s.

use crate::call::Call;
use crate::cause::Cause;
use crate::command::{Leg, Target};
use crate::live::Live;
use crate::resource::Endpoint;

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

impl Terms {
    /// A leg on these terms, before it is known what it rings.
    pub(crate) fn leg(self, call: &Call, target: Target) -> Leg {
        Leg {
            delay_ms: u64::from(self.delay_s) * 1_000,
            timeout_ms: self.timeout_s.map(|s| u64::from(s) * 1_000),
            headers: call.memory().headers.clone(),
            ..Leg::to(target)
        }
    }
}

/// The leg of one phone, whoever uses it at the moment.
///
/// # Errors
/// The build-error key (capital letters) that says why it is not rung.
pub fn device_legs(call: &Call, live: &Live, id: &str, terms: Terms) -> Result<Vec<Leg>, Cause> {
    let user = call.account().directory.user_of(live, id);
    phone(call, live, id, user.as_deref(), terms).map(|leg| vec![leg])
}

/// The legs of all phones of a user, and of those where the user has logged in.
///
/// # Errors
/// The key that says why none is rung: the first phone's reason, or `NO_ENDPOINTS` without phones.
pub fn user_legs(call: &Call, live: &Live, id: &str, terms: Terms) -> Result<Vec<Leg>, Cause> {
    let directory = &call.account().directory;
    if directory.user(id).is_none() {
        return Err(Cause::named("NOT_FOUND"));
    }
    let mut legs = Vec::new();
    let mut why = None;
    for device in directory.phones_of(live, id) {
        match phone(call, live, &device, Some(id), terms) {
            Ok(leg) => legs.push(leg),
            Err(cause) => why = why.or(Some(cause)),
        }
    }
    if legs.is_empty() {
        Err(why.unwrap_or(Cause::NO_ENDPOINTS))
    } else {
        Ok(legs)
    }
}

/// The leg of a phone that rings for a user.
pub(crate) fn phone(
    call: &Call,
    live: &Live,
    id: &str,
    user: Option<&str>,
    terms: Terms,
) -> Result<Leg, Cause> {
    let endpoint = call.account().directory.endpoint(Some(id), user);
    let (_, device) = endpoint.device.ok_or_else(|| Cause::named("NOT_FOUND"))?;
    refusal(call, &endpoint, terms)?;
    if endpoint.is_quiet(live) {
        return Err(Cause::named("DO_NOT_DISTURB"));
    }
    // An earlier Distinctive Ring comes before the phone's own ringtone.
    let ringtone = || endpoint.ringtone(call.info().origin).map(str::to_owned);
    Ok(Leg {
        alert_info: call.alert_info().map(str::to_owned).or_else(ringtone),
        completed_elsewhere: !device.ignore_completed_elsewhere,
        auto_answer: call.memory().auto_answer,
        barge: call.memory().barge,
        language: endpoint.language().map(str::to_owned),
        call_waiting: endpoint.call_waiting(live),
        ..terms.leg(call, Target::Device(id.to_owned()))
    })
}

/// Why an endpoint is rung in no way, not even by forwarding.
pub(crate) fn refusal(call: &Call, endpoint: &Endpoint<'_>, terms: Terms) -> Result<(), Cause> {
    let user = endpoint.user.map(|(id, _)| id);
    if !terms.can_call_self && user.is_some() && user == call.calling_user() {
        return Err(Cause::named("OWNER_CALLED_SELF"));
    }
    // The phone that calls is busy calling, whatever may call itself.
    let device = endpoint.device.map(|(id, _)| id);
    if device.is_some() && call.info().device.as_deref() == device {
        return Err(Cause::named("ENDPOINT_CALLED_SELF"));
    }
    let off = endpoint.device.is_some_and(|(_, device)| !device.enabled)
        || endpoint.user.is_some_and(|(_, user)| !user.enabled);
    if off {
        return Err(Cause::named("ENDPOINT_DISABLED"));
    }
    Ok(())
}

//! Dialling numbers beyond a carrier.

use crate::account::Account;
use crate::action::BranchChoice;
use crate::action::parts::announce::announce;
use crate::action::parts::dial::{self, Attempt};
use crate::action::parts::{header, restriction, sound};
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::check::Finding;
use crate::command::{Leg, Outside, Repeat, Target};
use crate::json::{self, Object};
use crate::limits;
use crate::resource::Resource;
use crate::value::{MediaRef, Pairs};
use serde_json::Value;

/// The class of numbers that help comes from.
pub(crate) const EMERGENCY: &str = "emergency";

/// One number to dial and the terms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outgoing {
    /// The number; `{{…}}` places are filled in. Empty is the number that was dialled.
    pub(crate) number: String,
    /// Whose carriers may carry it; `None` takes those of the whole system.
    pub(crate) carriers_of: Option<String>,
    /// Marks that the carrier must have.
    pub(crate) flags: Vec<String>,
    /// Milliseconds to wait for an answer; `None` as long as the carrier.
    pub(crate) timeout_ms: Option<u64>,
    /// What the caller hears meanwhile.
    pub(crate) ringback: MediaRef,
    /// The caller hears ringback, not what the other side sends before it answers.
    pub(crate) ignore_early_media: bool,
    /// Which of the caller IDs is shown: `external`, `internal`, …
    pub(crate) caller_id: String,
    /// The realm of the `From` header.
    pub(crate) from_realm: Option<String>,
    /// The number goes out as it is.
    pub(crate) verbatim: bool,
    /// More headers.
    pub(crate) headers: Vec<(String, String)>,
}

/// Why a number is not dialled.
pub(crate) enum Barred {
    /// It is no number.
    NoNumber,
    /// Its class is denied.
    Class(String),
}

/// Dials, and says how the engine goes on.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn dial_out(call: &mut Call, outgoing: &Outgoing) -> Result<Next, Ended> {
    let leg = match leg(call, outgoing) {
        Ok(leg) => leg,
        Err(barred) => return refuse(call, barred).await,
    };
    let attempt = Attempt {
        timeout_ms: outgoing.timeout_ms,
        ringback: sound::resolve(call, &outgoing.ringback),
        ignore_early_media: outgoing.ignore_early_media,
        ..Attempt::together(vec![leg])
    };
    Ok(dial::after(dial::ring(call, attempt).await?))
}

/// Tells the caller that a number is not dialled.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn refuse(call: &mut Call, barred: Barred) -> Result<Next, Ended> {
    match barred {
        Barred::NoNumber => {
            call.trouble("There is no number to dial.");
            Ok(dial::not_rung(call, Cause::named("INVALID_NUMBER_FORMAT")))
        }
        Barred::Class(class) => {
            call.did(format!("refuse, {class} numbers are denied"));
            let prompt = sound::prompt(call, "cf-unauthorized_call");
            announce(call, vec![prompt], Repeat::Times(1), "").await?;
            Ok(dial::not_rung(call, Cause::named("OUTGOING_CALL_BARRED")))
        }
    }
}

/// The leg to a number, if it may be dialled.
///
/// # Errors
/// When it is no number or may not be dialled.
pub(crate) fn leg(call: &Call, outgoing: &Outgoing) -> Result<Leg, Barred> {
    let wanted = if outgoing.number.trim().is_empty() {
        call.info().dialled.clone()
    } else {
        call.text(&outgoing.number)
    };
    let number = dialable(&wanted).ok_or(Barred::NoNumber)?;
    if let Some(class) = restriction::denied(call, &number) {
        return Err(Barred::Class(class));
    }
    let directory = &call.account().directory;
    let settings = directory.settings();
    let class = settings.classes.of(&number);
    // Ringing shows the external caller ID, and to help the emergency one, unless the leg says otherwise.
    let internal = outgoing.caller_id == "internal" && class != EMERGENCY;
    let mut headers = call.memory().headers.clone();
    headers.extend(outgoing.headers.iter().cloned());
    Ok(Leg {
        timeout_ms: outgoing.timeout_ms,
        headers,
        caller: internal.then(|| call.caller_shown()),
        ..Leg::to(Target::Outside(Box::new(Outside {
            class: Some(class.to_owned()),
            number,
            carriers_of: outgoing.carriers_of.clone(),
            flags: outgoing.flags.clone(),
            from_realm: outgoing.from_realm.clone(),
            verbatim: outgoing.verbatim,
            ..Outside::default()
        })))
    })
}

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

/// Headers as stored: names and values, or (KAZOO) those for outgoing requests below `out`.
#[must_use]
pub(crate) fn headers(source: &Object, pairs: &Pairs) -> Pairs {
    let out = json::get(source, "custom_sip_headers.out").and_then(Value::as_object);
    let Some(out) = out else {
        return pairs.clone();
    };
    let texts = out.iter();
    Pairs(
        texts
            .filter_map(|(name, value)| Some((name.clone(), json::text(value)?)))
            .collect(),
    )
}

/// Those of the headers that may be added; the others are noted.
pub(crate) fn fit_headers(call: &mut Call, pairs: &Pairs) -> Vec<(String, String)> {
    let (fit, wrong): (Vec<_>, Vec<_>) = pairs
        .0
        .iter()
        .cloned()
        .partition(|(name, value)| header::may_be_added(name, value));
    for (name, _) in wrong {
        call.trouble(format!(
            "The header {name} cannot be added; it is left out."
        ));
    }
    fit
}

/// The realm that the caller's address carries: one that is named, else the account's when it is wanted.
#[must_use]
pub(crate) fn realm(account: &Account, own: bool, named: &str) -> Option<String> {
    match named.trim() {
        "" => own.then(|| account.realm.clone()),
        named => Some(named.to_owned()),
    }
}

/// Whether KAZOO's other key says that the number is dialled as it stands.
#[must_use]
pub(crate) fn is_left_alone(source: &Object) -> bool {
    let said = source.get("do_not_normalize").and_then(json::boolean);
    said.unwrap_or(false)
}

/// What is wrong with the fields that both carriers' steps have.
pub(crate) fn check(to: &str, pairs: &Pairs) -> Vec<Finding> {
    let mut found = header::check(
        pairs,
        "custom_sip_headers",
        header::may_be_added,
        "the exchange writes it itself, or it is no header",
    );
    if !to.is_empty() && !to.contains("{{") && dialable(to).is_none() {
        let message = format!("“{to}” is not a number");
        found.push(Finding::error("NUMBER_INVALID", Some("to_did"), message));
    }
    found
}

/// What a block shows: the number, else the flags.
#[must_use]
pub(crate) fn caption(to: &str, flags: &[String]) -> String {
    if to.is_empty() {
        flags.join(", ")
    } else {
        to.to_owned()
    }
}

/// Whether an account has a carrier that takes calls with these flags.
#[must_use]
pub(crate) fn has_carrier(directory: &crate::Directory, flags: &[String]) -> bool {
    directory
        .all(crate::ResourceKind::Carrier)
        .any(|(_, resource)| match &**resource {
            Resource::Carrier(carrier) => carrier.enabled && carrier.has_flags(flags),
            _ => false,
        })
}

/// The failure branches that may be drawn below a step that dials out.
#[must_use]
pub(crate) fn failure_branches() -> Vec<BranchChoice> {
    [
        ("_", "Otherwise"),
        ("USER_BUSY", "Busy"),
        ("NO_ANSWER", "No answer"),
        ("CALL_REJECTED", "Rejected"),
        ("UNALLOCATED_NUMBER", "No such number"),
        ("INVALID_NUMBER_FORMAT", "Not a number"),
        ("NO_ROUTE_DESTINATION", "No carrier takes it"),
        ("NORMAL_TEMPORARY_FAILURE", "Carrier failed"),
        ("OUTGOING_CALL_BARRED", "Not allowed"),
        ("sip:404", "SIP 404"),
        ("sip:480", "SIP 480"),
        ("sip:486", "SIP 486"),
        ("sip:503", "SIP 503"),
        ("sip:603", "SIP 603"),
    ]
    .into_iter()
    .map(|(key, label)| BranchChoice::word(key, label))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_dialled_without_what_people_write_between_digits() {
        assert_eq!(
            dialable("+44 (1632) 960-999").as_deref(),
            Some("+441632960999")
        );
        assert_eq!(dialable("*67").as_deref(), Some("*67"));
        for wrong in ["", "+", "ann", "12+3", &"1".repeat(40)] {
            assert_eq!(dialable(wrong), None, "{wrong}");
        }
    }
}

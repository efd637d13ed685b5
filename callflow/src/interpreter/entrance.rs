//! What happens before the first step: callers who are refused, and the callflow that comes first.

use crate::action::parts::announce::announce;
use crate::action::parts::{restriction, sound};
use crate::call::{Call, Ended};
use crate::cause::Cause;
use crate::command::{Party, Repeat};
use crate::json;
use crate::program::Program;
use crate::resource::ResourceKind;
use crate::route::Origin;
use serde_json::Value;
use std::sync::Arc;

/// Why a call gets no further than the door.
pub(super) struct Refusal {
    pub(super) cause: Cause,
    pub(super) reason: String,
}

/// Lets a call in, or says why not.
pub(super) async fn admit(call: &mut Call) -> Result<Option<Refusal>, Ended> {
    if let Some(list) = blocked_by(call) {
        return Ok(Some(Refusal {
            cause: Cause::CALL_REJECTED,
            reason: format!("the caller is blocked by the list {list}"),
        }));
    }
    let from_own_phone = call
        .info()
        .device
        .as_deref()
        .is_some_and(|id| call.account().directory.device(id).is_some());
    if !from_own_phone {
        return Ok(None);
    }
    let number = call.info().dialled.clone();
    let reason = if let Some(class) = restriction::denied(call, &number) {
        format!("this phone may not dial {class} numbers")
    } else if restriction::is_closed_out(call) {
        "this phone may call only colleagues of its own groups".to_owned()
    } else {
        return Ok(None);
    };
    let prompt = sound::prompt(call, "cf-unauthorized_call");
    announce(call, vec![prompt], Repeat::Times(1), "").await?;
    call.cancel_open();
    Ok(Some(Refusal {
        cause: Cause::named("OUTGOING_CALL_BARRED"),
        reason,
    }))
}

/// The callflow that every call goes through first, unless it is the one that was called. Who was transferred has been
/// there (KAZOO).
pub(super) fn preflow(call: &mut Call) -> Option<Arc<Program>> {
    if call.transferred_by().is_some() {
        return None;
    }
    let first = call.account().directory.settings().preflow.clone()?;
    if &*call.program().id.0 == first.id() {
        return None;
    }
    let program = call.account().programs.get(&first.id().into()).cloned();
    let program = program.filter(|program| program.callflow.flow.root().is_some());
    if program.is_none() {
        call.trouble(format!(
            "The callflow “{}” that comes first is not published or has no steps; the call goes on.",
            first.id()
        ));
    }
    program
}

/// The name of the list that keeps this caller out.
fn blocked_by(call: &Call) -> Option<String> {
    if call.info().origin != Origin::External {
        return None;
    }
    let directory = &call.account().directory;
    let caller = &call.info().caller;
    let anonymous = is_anonymous(caller);
    let number = bare(&caller.number);
    directory.settings().blocklists.0.iter().find_map(|id| {
        let list = directory.get(ResourceKind::List, id)?;
        let document = list.to_object();
        let nobodies = document
            .get("should_block_anonymous")
            .and_then(json::boolean);
        let numbers = document.get("numbers").and_then(Value::as_object);
        let named = numbers.is_some_and(|numbers| numbers.keys().any(|own| bare(own) == number));
        let blocked = (anonymous && nobodies == Some(true)) || (!anonymous && named);
        blocked.then(|| {
            let name = list.name();
            if name.is_empty() { id.clone() } else { name }
        })
    })
}

/// A number without the sign or digits that mark it as international.
fn bare(number: &str) -> &str {
    let number = number.trim();
    let rest = number.strip_prefix('+').or(number.strip_prefix("00"));
    rest.unwrap_or(number)
}

/// Whether the caller does not say who calls: no number, a word instead of one, or nothing but zeros.
fn is_anonymous(caller: &Party) -> bool {
    let hidden = |text: &str| {
        [
            "anonymous",
            "private",
            "restricted",
            "unavailable",
            "unknown",
        ]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
    };
    let digits = caller.number.trim().trim_start_matches('+');
    digits.chars().all(|c| c == '0') || hidden(digits) || hidden(caller.name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_callers_are_told_from_named_ones() {
        let is = |name: &str, number: &str| {
            is_anonymous(&Party {
                name: name.to_owned(),
                number: number.to_owned(),
            })
        };
        assert!(is("", "") && is("", "Anonymous") && is("ANONYMOUS", "+44") && is("", "+00000"));
        assert!(!is("", "+441632960100") && !is("Ann", "2001"));
    }

    #[test]
    fn number_is_the_same_with_any_international_sign() {
        assert_eq!(bare("+441632960100"), bare("00441632960100"));
        assert_eq!(bare(" 441632960100"), "441632960100");
    }
}

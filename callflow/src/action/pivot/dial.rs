//! `<Dial>`: numbers, people, phones and conferences.

use super::xml::Element;
use crate::action::parts::dial::{self, Attempt};
use crate::action::parts::endpoint::{self, Terms};
use crate::action::parts::outside::{self, Barred, Outgoing};
use crate::call::{Call, Dialed, Ended, Next};
use crate::cause::Cause;
use crate::command::{Join, Leg, Party};
use crate::live::Live;
use crate::resource::ResourceKind;
use std::sync::Arc;

/// How it went.
pub(super) enum Dialled {
    /// The call leaves the instructions.
    Leave(Next),
    /// It is over: TwiML's word for how, and the cause when nobody was reached.
    Done(&'static str, Option<Cause>),
}

/// Rings what an instruction names, all together.
///
/// # Errors
/// When the caller has gone.
pub(super) async fn dial(call: &mut Call, element: &Element) -> Result<Dialled, Ended> {
    let timeout_s = element.number("timeout", (1, 600), 30);
    if element.children.is_empty() {
        return one_number(call, element, &element.words(), timeout_s).await;
    }
    if let [only] = element.children.as_slice() {
        match only.name.as_str() {
            "Number" => return one_number(call, element, &only.words(), timeout_s).await,
            "Conference" => return conference(call, only).await,
            _ => {}
        }
    }
    let live = call.live().await?;
    let mut legs = Vec::new();
    for noun in &element.children {
        legs.extend(noun_legs(call, &live, noun, timeout_s));
    }
    ring(call, element, legs, timeout_s).await
}

/// A number of the account leads into its callflow, any other beyond a carrier.
async fn one_number(
    call: &mut Call,
    element: &Element,
    number: &str,
    timeout_s: u32,
) -> Result<Dialled, Ended> {
    let route = call.find(number).filter(|route| !route.catch_all);
    if let Some(route) = route {
        call.did(format!("dial {number}"));
        call.set_dialled(number.to_owned());
        return Ok(Dialled::Leave(Next::Callflow {
            target: route.callflow,
            capture: route.capture,
            comes_back: false,
        }));
    }
    match outside::leg(call, &outgoing(call, number, timeout_s)) {
        Ok(leg) => ring(call, element, vec![leg], timeout_s).await,
        Err(barred) => {
            outside::refuse(call, barred).await?;
            let cause = Cause::named("OUTGOING_CALL_BARRED");
            Ok(Dialled::Done("failed", Some(cause)))
        }
    }
}

fn outgoing(call: &Call, number: &str, timeout_s: u32) -> Outgoing {
    let account = call.account();
    let own = outside::has_carrier(&account.directory, &[]);
    Outgoing {
        // What is empty would be the number that was dialled.
        number: if number.is_empty() { "-" } else { number }.to_owned(),
        carriers_of: own.then(|| account.id.to_string()),
        timeout_ms: Some(u64::from(timeout_s) * 1_000),
        caller_id: "external".to_owned(),
        ..Outgoing::default()
    }
}

fn noun_legs(call: &mut Call, live: &Arc<Live>, noun: &Element, timeout_s: u32) -> Vec<Leg> {
    let terms = Terms {
        delay_s: 0,
        timeout_s: Some(noun.number("timeout", (1, 600), timeout_s)),
        can_call_self: noun.attribute("can-call-self") == Some("true"),
    };
    let id = noun.words();
    let (legs, what) = match noun.name.as_str() {
        "Number" => {
            let leg = outside::leg(call, &outgoing(call, &id, timeout_s));
            let legs = leg.map(|leg| vec![leg]).map_err(|barred| match barred {
                Barred::NoNumber => Cause::named("INVALID_NUMBER_FORMAT"),
                Barred::Class(_) => Cause::named("OUTGOING_CALL_BARRED"),
            });
            (legs, "number")
        }
        "User" => (endpoint::user_legs(call, live, &id, terms), "user"),
        "Device" => (endpoint::device_legs(call, live, &id, terms), "device"),
        other => {
            call.trouble(format!("<{other}> inside <Dial> is passed over."));
            return Vec::new();
        }
    };
    legs.unwrap_or_else(|why| {
        call.trouble(format!("The {what} {id} is not rung: {why}."));
        Vec::new()
    })
}

async fn ring(
    call: &mut Call,
    element: &Element,
    mut legs: Vec<Leg>,
    timeout_s: u32,
) -> Result<Dialled, Ended> {
    if legs.is_empty() {
        dial::not_rung(call, Cause::NO_ENDPOINTS);
        return Ok(Dialled::Done("failed", Some(Cause::NO_ENDPOINTS)));
    }
    if let Some(number) = element.attribute("callerId") {
        for leg in &mut legs {
            leg.caller = Some(Party {
                name: String::new(),
                number: number.to_owned(),
            });
        }
    }
    let attempt = Attempt {
        timeout_ms: Some(u64::from(timeout_s) * 1_000),
        ..Attempt::together(legs)
    };
    Ok(match dial::ring(call, attempt).await? {
        Dialed::Talked => Dialled::Done("completed", None),
        Dialed::Timeout => Dialled::Done("no-answer", Some(Cause::NO_ANSWER)),
        Dialed::Failed { cause, .. } => {
            let status = match cause.as_str() {
                "USER_BUSY" | "CALL_REJECTED" => "busy",
                "NO_ANSWER" | "NO_USER_RESPONSE" => "no-answer",
                _ => "failed",
            };
            Dialled::Done(status, Some(cause))
        }
    })
}

/// A room by its resource's id or name; any other name is a room of the account that lives as long as it is used.
async fn conference(call: &mut Call, noun: &Element) -> Result<Dialled, Ended> {
    let name = noun.words();
    let account = Arc::clone(call.account());
    let mut rooms = account.directory.all(ResourceKind::Conference);
    let found = rooms.find(|(id, room)| *id == name || room.name() == name);
    let conference = found.map_or_else(|| name.clone(), |(id, _)| id.to_owned());
    drop(rooms);
    if conference.is_empty() {
        call.trouble("The conference has no name.");
        return Ok(Dialled::Done("failed", Some(Cause::NO_ENDPOINTS)));
    }
    let starts = noun.attribute("startConferenceOnEnter") != Some("false");
    let ends = noun.attribute("endConferenceOnExit") == Some("true");
    call.answer().await?;
    let left = call
        .join(Join {
            conference,
            moderator: ends,
            muted: noun.attribute("muted") == Some("true"),
            deaf: false,
            wait_for_moderator: !starts,
            max_members: noun.number("maxParticipants", (0, 1_000), 0),
            moderator_gone_ms: ends.then_some(0),
            entry: None,
            exit: None,
            name: None,
            music: None,
            language: call.language().to_owned(),
        })
        .await?;
    Ok(match left {
        Some(_) => Dialled::Done("completed", None),
        None => Dialled::Done("failed", Some(Cause::NORMAL_TEMPORARY_FAILURE)),
    })
}

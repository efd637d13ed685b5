//! The first callflow of an account, made from three answers.

use super::Desk;
use crate::callflows::{Choice, FirstChoices, FirstMade, FirstPlan, Otherwise};
use crate::trouble::Trouble;
use callflow::{Callflow, ResourceKind};
use serde_json::{Value, json};
use store::{NumberFilter, Page};

/// Seconds that phones ring.
const RING_S: u32 = 20;
/// What a caller is told when nobody answers: temporarily unavailable (RFC 3261 §21.4.18).
const NOBODY: u16 = 480;

/// See `load_first_choices` in [`crate::callflows`].
pub(crate) async fn first_choices(account: &str) -> Result<FirstChoices, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let page = Page::largest();
    let spare = NumberFilter { spare: true };
    let numbers = desk.store.numbers(&access, spare, &page).await?;
    let numbers = numbers.items.into_iter().map(|number| Choice {
        kind: String::new(),
        id: number.number,
        name: number.display,
    });
    let mut ringing = Vec::new();
    for kind in [
        ResourceKind::User,
        ResourceKind::RingGroup,
        ResourceKind::Device,
    ] {
        let found = desk.store.resources(&access, kind, &page).await?;
        ringing.extend(found.items.into_iter().map(|it| choice(kind, it)));
    }
    let kind = ResourceKind::VoicemailBox;
    let mailboxes = desk.store.resources(&access, kind, &page).await?;
    let mailboxes = mailboxes.items.into_iter().map(|it| choice(kind, it));
    Ok(FirstChoices {
        numbers: numbers.collect(),
        ringing,
        mailboxes: mailboxes.collect(),
    })
}

fn choice(kind: ResourceKind, resource: store::Resource) -> Choice {
    Choice {
        kind: kind.path().to_owned(),
        id: resource.id,
        name: resource.name,
    }
}

/// See `make_first_callflow` in [`crate::callflows`].
pub(crate) async fn first_callflow(account: &str, plan: FirstPlan) -> Result<FirstMade, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let callflow = match Callflow::from_json(&document(&plan)) {
        Ok(callflow) => callflow,
        Err(why) => return Ok(FirstMade::Refused(format!("{why}."))),
    };
    match desk.store.create_callflow(&access, callflow).await {
        Ok(draft) => Ok(FirstMade::Done(draft.id)),
        Err(error @ (store::Error::Invalid { .. } | store::Error::NumberTaken { .. })) => {
            Ok(FirstMade::Refused(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// The callflow as it is stored.
fn document(plan: &FirstPlan) -> Value {
    let end = || step("response", json!({"code": NOBODY}), None);
    let after = match &plan.otherwise {
        Otherwise::Message(id) => step("voicemail", json!({"id": id, "action": "compose"}), None),
        Otherwise::Ring(other) => ring(std::slice::from_ref(other), end()),
        Otherwise::End => end(),
    };
    json!({
        "name": plan.name,
        "numbers": plan.numbers,
        "flow": ring(&plan.ringing, after),
    })
}

fn step(module: &str, data: Value, next: Option<Value>) -> Value {
    let children = next.map_or_else(|| json!({}), |next| json!({"_": next}));
    json!({"module": module, "data": data, "children": children})
}

/// Rings one by their own action, and several as a group.
fn ring(who: &[Choice], next: Value) -> Value {
    match who {
        [] => next,
        [one] if one.kind == ResourceKind::User.path() => {
            step("user", json!({"id": one.id, "timeout": RING_S}), Some(next))
        }
        [one] if one.kind == ResourceKind::Device.path() => step(
            "device",
            json!({"id": one.id, "timeout": RING_S}),
            Some(next),
        ),
        several => {
            let name = match several {
                [one] => one.name.as_str(),
                _ => "Who rings",
            };
            let members: Vec<Value> = several.iter().map(member).collect();
            let data = json!({"name": name, "endpoints": members});
            step("ring_group", data, Some(next))
        }
    }
}

fn member(choice: &Choice) -> Value {
    let kind = match ResourceKind::from_path(&choice.kind) {
        Some(ResourceKind::Device) => "device",
        Some(ResourceKind::RingGroup) => "group",
        _ => "user",
    };
    json!({"id": choice.id, "endpoint_type": kind, "delay": 0, "timeout": RING_S})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(kind: &str, id: &str) -> Choice {
        Choice {
            kind: kind.to_owned(),
            id: id.to_owned(),
            name: id.to_owned(),
        }
    }

    fn modules(ringing: &[Choice], otherwise: Otherwise) -> Vec<String> {
        let plan = FirstPlan {
            name: "Main line".to_owned(),
            numbers: vec!["2000".to_owned()],
            ringing: ringing.to_vec(),
            otherwise,
        };
        let callflow = Callflow::from_json(&document(&plan)).unwrap();
        assert_eq!(callflow.numbers, ["2000"]);
        let mut modules = Vec::new();
        let mut at = callflow.flow.root();
        while let Some(node) = at.and_then(|id| callflow.flow.node(id)) {
            modules.push(node.action.module().to_owned());
            at = node.branches.first().map(|(_, next)| *next);
        }
        modules
    }

    #[test]
    fn one_who_rings_has_their_own_step_and_several_are_a_group() {
        let (user, phone) = (choice("users", "u1"), choice("devices", "d1"));
        let box_ = || Otherwise::Message("m1".to_owned());
        assert_eq!(
            modules(std::slice::from_ref(&user), box_()),
            ["user", "voicemail"]
        );
        assert_eq!(
            modules(std::slice::from_ref(&phone), Otherwise::End),
            ["device", "response"]
        );
        assert_eq!(
            modules(&[user.clone(), phone], Otherwise::Ring(user)),
            ["ring_group", "user", "response"]
        );
        assert_eq!(modules(&[], box_()), ["voicemail"]);
    }
}

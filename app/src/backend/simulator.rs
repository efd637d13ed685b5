//! What the simulator in the browser knows of an account.

use super::{Desk, system_prompts};
use crate::simulator::{LiveProgram, STAND_IN, SimulatedAccount, zones_in};
use crate::trouble::Trouble;
use callflow::json::Object;
use callflow::secret::is_secret_key;
use callflow::zone::Offsets;
use callflow::{Directory, ResourceKind};
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most time zones that are told.
const MOST_ZONES: usize = 40;
/// How far back from now the clocks are told, in years.
const YEARS_BACK: i32 = 2;
/// How far ahead.
const YEARS_AHEAD: i32 = 10;

/// See [`crate::simulator::load_simulated_account`].
pub(crate) async fn simulated_account(
    account: &str,
    zones: Vec<String>,
) -> Result<SimulatedAccount, Trouble> {
    let desk = Desk::open()?;
    desk.access(account).await?;
    let snapshot = desk.store.snapshot(account).await?;
    let snapshot = snapshot.ok_or_else(|| Trouble::NotFound("account".to_owned()))?;
    let known = &snapshot.account;
    let directory = with_stand_ins(&known.directory);
    let programs: Vec<LiveProgram> = known
        .programs
        .values()
        .map(|program| LiveProgram {
            id: program.id.clone(),
            version: program.version,
            callflow: program.callflow.clone().into(),
        })
        .collect();
    let mut wanted: BTreeSet<String> = zones.into_iter().collect();
    if let Ok(document) = serde_json::to_value(&directory) {
        zones_in(&document, &mut wanted);
    }
    for program in &programs {
        zones_in(&program.callflow.flow.to_json(), &mut wanted);
    }
    wanted.remove(&known.timezone);
    let zone = TimeZone::get(&known.timezone).unwrap_or(TimeZone::UTC);
    let now = Zoned::now().with_time_zone(zone);
    let own = (known.timezone.clone(), offsets(now.time_zone(), &now));
    let others = wanted.into_iter().take(MOST_ZONES).filter_map(|name| {
        let zone = TimeZone::get(&name).ok()?;
        Some((name, offsets(&zone, &now)))
    });
    let told = std::iter::once(own).chain(others).collect();
    let day = |years: i32| now.saturating_add(Span::new().years(years));
    Ok(SimulatedAccount {
        name: known.name.clone(),
        realm: known.realm.clone(),
        time_zone: known.timezone.clone(),
        language: known.language.clone(),
        directory,
        programs,
        live: snapshot
            .live
            .iter()
            .map(|(key, value)| (key.to_string(), value.clone()))
            .collect(),
        zones: told,
        now: minute(&now),
        earliest: minute(&day(-YEARS_BACK)),
        latest: minute(&day(YEARS_AHEAD)),
        prompts: system_prompts(&known.language),
    })
}

/// The offsets of a zone, a day further than times can be chosen, so that every zone's day is inside.
fn offsets(zone: &TimeZone, now: &Zoned) -> Offsets {
    let at = |years: i32, days: i32| {
        let span = Span::new().years(years).days(days);
        now.saturating_add(span).timestamp()
    };
    Offsets::of(zone, at(-YEARS_BACK, -1), at(YEARS_AHEAD, 1))
}

/// A local time as browsers write it: `2026-11-29T03:00`.
fn minute(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The directory with one known PIN in the place of each, so that a simulated caller can pass.
fn with_stand_ins(directory: &Directory) -> Directory {
    let mut public = Directory::default();
    for kind in ResourceKind::ALL {
        for (id, resource) in directory.all(kind) {
            let mut document = resource.to_object();
            stand_in(&mut document);
            public.insert(kind, id, document);
        }
    }
    public
}

fn stand_in(object: &mut Object) {
    for (key, value) in object.iter_mut() {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Array(pins) if is_secret_key(key) => {
                pins.iter_mut().for_each(|pin| *pin = STAND_IN.into());
            }
            secret if is_secret_key(key) => *secret = STAND_IN.into(),
            Value::Object(inner) => stand_in(inner),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_replaced_and_what_is_not_set_stays_so() {
        let mut directory = Directory::default();
        let device = json!({"name": "Desk", "sip": {"username": "desk2001", "password": "secret"}});
        let mailbox = json!({"name": "Box", "mailbox": "2001", "pin": "4711"});
        let open = json!({"name": "Open", "mailbox": "2002"});
        let room = json!({"name": "Room", "member": {"pins": ["8812"]}});
        for (kind, id, value) in [
            (ResourceKind::Device, "d", device),
            (ResourceKind::VoicemailBox, "box", mailbox),
            (ResourceKind::VoicemailBox, "open", open),
            (ResourceKind::Conference, "room", room),
        ] {
            if let Value::Object(object) = value {
                directory.insert(kind, id, object);
            }
        }
        let public = with_stand_ins(&directory);
        let text = serde_json::to_string(&public).unwrap_or_default();
        for secret in ["secret", "4711", "8812"] {
            assert!(!text.contains(secret), "{text}");
        }
        let pin = |id| public.mailbox(id).and_then(|m| m.pin.clone()).map(|p| p.0);
        assert_eq!(pin("box").as_deref(), Some(STAND_IN));
        assert_eq!(pin("open"), None);
    }
}

//! Park, Retrieve, Valet Park and Park Caller: put a call into a slot where anybody may fetch it. KAZOO module
//! `park`.

mod hold;

use crate::action::parts::pickup;
use crate::action::play::answer_gently;
use crate::action::{
    BranchChoice, Branches, Caption, Category, Definition, Family, FreeKey, Needs, Preset,
};
use crate::call::{Call, Ended, Next, PickedUp};
use crate::check::Finding;
use crate::command::{Park, Pickup, PickupMode, PickupTarget, PresenceState};
use crate::directory::Directory;
use crate::json;
use crate::limits;
use crate::value::{Int, Millis, Text};
use serde_json::Value;

crate::choice! {
    /// What is done with the slot.
    pub enum ParkAction {
        /// A slot is reserved; the call transferred to it is parked.
        Park = "park", "Reserve a slot";
        /// The call in the slot is fetched.
        Retrieve = "retrieve", "Fetch";
        /// The call in the slot is fetched; where there is none, a slot is reserved.
        Auto = "auto", "Fetch, else reserve";
        /// The caller is parked.
        Direct = "direct_park", "Park the caller";
    }
}

crate::choice! {
    /// What the lamp of a slot shows while somebody is parked.
    pub enum ParkLamp {
        /// Blinking.
        Early = "early", "Ringing";
        /// On.
        Confirmed = "confirmed", "Busy";
        /// Off.
        Terminated = "terminated", "Idle";
    }
}

impl ParkLamp {
    fn state(self) -> PresenceState {
        match self {
            Self::Early => PresenceState::Ringing,
            Self::Confirmed => PresenceState::Busy,
            Self::Terminated => PresenceState::Idle,
        }
    }
}

crate::fields! {
    /// Parks a call in a slot, or fetches it from there.
    pub struct ToPark {
        /// What is done with the slot.
        action: ParkAction = ParkAction::Park, "action", "What to do";
        /// The slot. Left empty, it is what was dialled after the feature code; without that, the lowest free
        /// one from 101.
        slot: Text<0, 36> = Text::default(), "slot", "Slot";
        /// Milliseconds after which the phone that parked the call is rung; 0 never rings it.
        ringback: Millis<0, 86_400_000> = Millis(120_000), "default_ringback_timeout", "Ring back after";
        /// Milliseconds that the phone rings then.
        callback: Millis<1, 3_600_000> = Millis(30_000), "default_callback_timeout", "Ring it for";
        /// The last slot that may be taken; a call beyond it goes on under “No slot free”.
        last_slot: Option<Int<1, 99_999>> = None, "max_slot_number", "Last slot";
        /// What the lamp of the slot shows while a call is parked.
        lamp: ParkLamp = ParkLamp::Early, "default_presence_type", "Lamp";
        /// Lamps watch *3 and the slot, such as *3101. Otherwise they watch the number dialled.
        star_lamp: bool = true, "force_presence_user", "Lamps watch *3 and the slot";
        /// Lamps watch the presence ID below instead.
        own_lamp: bool = false, "custom_presence_id", "Lamps watch another ID";
        /// What lamps watch then: an extension, or a full address. `{slot}` stands for the slot.
        presence_id: Text<0, 128> = Text::default(), "presence_id", "Presence ID";
    }
}

/// The branch of a call for which no slot is free.
const NO_SLOT: &str = "MAX_SLOT_EXCEEDED";

impl ToPark {
    /// What the step says of one slot alone (KAZOO's `slots`).
    fn of_slot(&self, slot: &str, key: &str) -> Option<&Value> {
        self.source.get("slots")?.get(slot)?.get(key)
    }

    fn milliseconds(&self, slot: &str, key: &str, otherwise: u32) -> u64 {
        let own = self.of_slot(slot, key).and_then(json::integer);
        let own = own.and_then(|ms| u64::try_from(ms).ok());
        own.unwrap_or(u64::from(otherwise))
    }

    /// The slot that is meant; `None` for whichever is free.
    fn wanted(&self, call: &Call) -> Option<String> {
        let own = Some(self.slot.0.clone()).filter(|slot| !slot.is_empty());
        let captured = call.info().capture.clone();
        let captured = captured.filter(|slot| slot.chars().count() <= limits::MAX_NUMBER_LEN);
        own.or(captured)
    }

    fn is_beyond(&self, slot: &str) -> bool {
        let number = slot.parse::<i64>().ok();
        let last = self.last_slot.map(|last| last.0);
        number.zip(last).is_some_and(|(number, last)| number > last)
    }

    /// The lamp of the slot as `id@realm`.
    fn lamp(&self, call: &mut Call, slot: Option<&str>) -> String {
        let starred = "*3{slot}".to_owned();
        let realm = call.account().realm.clone();
        let of_slot = slot.and_then(|slot| self.of_slot(slot, "presence_id"));
        let of_slot = of_slot.and_then(json::text).filter(|id| !id.is_empty());
        let own = (self.own_lamp && !self.presence_id.0.is_empty()).then_some(&self.presence_id.0);
        let id = match of_slot.or_else(|| own.cloned()) {
            Some(id) => id,
            None if self.star_lamp => starred.clone(),
            None => call.info().dialled.clone(),
        };
        match id.rsplit_once('@') {
            None => format!("{id}@{realm}"),
            Some((_, host)) if host.eq_ignore_ascii_case(&realm) => id,
            Some(_) => {
                call.trouble(format!(
                    "The presence id {id} is not of this account's realm {realm}; the lamp of the slot is used."
                ));
                format!("{starred}@{realm}")
            }
        }
    }

    fn terms(&self, call: &mut Call, slot: Option<String>) -> Park {
        let lamp = self.lamp(call, slot.as_deref());
        let of_slot = slot
            .as_deref()
            .and_then(|slot| self.of_slot(slot, "presence_type"));
        let shown = match of_slot.and_then(Value::as_str) {
            Some("early") => ParkLamp::Early,
            Some("confirmed") => ParkLamp::Confirmed,
            Some("terminated") => ParkLamp::Terminated,
            _ => self.lamp,
        };
        Park {
            slot,
            last_slot: self.last_slot.and_then(|last| u32::try_from(last.0).ok()),
            lamp,
            lamp_state: shown.state(),
            music: hold::music(call),
        }
    }

    /// Connects the caller with the call in a slot; `None` when there is none.
    async fn fetch(call: &mut Call, slot: &str) -> Result<Option<Next>, Ended> {
        call.did(format!("fetch the call in slot {slot}"));
        let pickup = Pickup {
            target: PickupTarget::Slot(slot.to_owned()),
            mode: PickupMode::Any,
        };
        Ok(match call.pick_up(pickup).await? {
            PickedUp::Talked => Some(Next::Finished),
            PickedUp::NoCall(_) => None,
            PickedUp::Failed => Some(Next::Continue),
        })
    }
}

const fn face(
    label: &'static str,
    icon: &'static str,
    help: &'static str,
    synonyms: &'static [&'static str],
    action: &'static str,
) -> Preset {
    Preset {
        label,
        category: Category::OtherCalls,
        icon,
        family: Family::Connect,
        help,
        synonyms,
        mark: Some(("action", action)),
    }
}

impl Definition for ToPark {
    const MODULE: &'static str = "park";
    const PRESETS: &'static [Preset] = &[
        face(
            "Park",
            "pause",
            "Reserves a slot for a transfer",
            &["hold", "slot", "orbit", "*4"],
            "park",
        ),
        face(
            "Retrieve",
            "download",
            "Fetches a parked call",
            &["unpark", "fetch", "slot", "*5"],
            "retrieve",
        ),
        face(
            "Valet Park",
            "key-round",
            "Fetches a parked call, or parks",
            &["park and retrieve", "slot", "*3"],
            "auto",
        ),
        face(
            "Park Caller",
            "circle-dot",
            "Holds the caller in a slot",
            &["hold", "slot", "orbit", "direct park"],
            "direct_park",
        ),
    ];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        if self.action == ParkAction::Retrieve {
            return Branches::Next(Vec::new());
        }
        Branches::Fork {
            choices: vec![
                BranchChoice::word(NO_SLOT, "No slot free"),
                BranchChoice::word("_", "Otherwise"),
            ],
            free: Some(FreeKey::Digits(6)),
            add_label: "Slot",
            default: "_",
        }
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        let times = [
            ("default_ringback_timeout", self.ringback.0),
            ("default_callback_timeout", self.callback.0),
        ];
        for (key, ms) in times {
            // Both are milliseconds, whatever a form of another system says.
            if (1..1_000).contains(&ms) {
                let message =
                    format!("{ms} milliseconds are less than a second; {ms} s are {ms}000");
                found.push(Finding::warning("UNIT_DOUBTFUL", Some(key), message));
            }
        }
        if self.is_beyond(&self.slot.0) {
            let message = "The slot lies beyond the last one";
            found.push(Finding::warning("PARK_SLOT_BEYOND", Some("slot"), message));
        }
        if self.own_lamp && self.presence_id.0.is_empty() {
            let message = "No presence ID for the lamp";
            found.push(Finding::warning(
                "PARK_LAMP_MISSING",
                Some("presence_id"),
                message,
            ));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        if self.slot.0.is_empty() {
            Caption::default()
        } else {
            Caption::text(format!("Slot {}", self.slot.0))
        }
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let slot = self.wanted(call);
        // Who was transferred here came to be parked.
        let fetches = match self.action {
            ParkAction::Retrieve => true,
            ParkAction::Auto => slot.is_some() && call.transferred_by().is_none(),
            ParkAction::Park | ParkAction::Direct => false,
        };
        if fetches {
            let fetched = match &slot {
                Some(slot) => Self::fetch(call, slot).await?,
                None => None,
            };
            match fetched {
                Some(next) => return Ok(next),
                None if self.action == ParkAction::Retrieve => {
                    return pickup::say(call, "park-no_caller").await;
                }
                None => {}
            }
        }
        if let Some(slot) = slot.as_deref().filter(|slot| self.is_beyond(slot)) {
            return Ok(hold::no_slot(format!("slot {slot} is beyond the last one")));
        }
        answer_gently(call).await?;
        self.hold(call, slot).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::field::Fields;
    use crate::simulate::{self, Scene, Script};
    use serde_json::json;
    use std::sync::Arc;

    fn codes(data: &Value) -> Vec<&'static str> {
        let (step, _) = ToPark::parse(data.as_object().cloned().unwrap());
        let found = step.check(&Directory::default(), &[]);
        found.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn times_that_are_plainly_seconds_are_told() {
        assert_eq!(
            codes(&json!({"default_callback_timeout": 30})),
            ["UNIT_DOUBTFUL"]
        );
        assert_eq!(codes(&json!({"default_ringback_timeout": 0})), [""; 0]);
        assert_eq!(
            codes(&json!({"slot": "120", "max_slot_number": 110})),
            ["PARK_SLOT_BEYOND"]
        );
        assert_eq!(
            codes(&json!({"custom_presence_id": true})),
            ["PARK_LAMP_MISSING"]
        );
    }

    fn parked(data: &Value) -> Park {
        let file = json!({
            "account": {"name": "A", "realm": "a.example", "timezone": "UTC", "language": "en-GB"},
            "callflows": [{"id": "f", "numbers": ["1"], "flow": {"module": "park", "data": data}}],
        });
        let account = Arc::new(simulate::account(&file).unwrap());
        let outcome = simulate::run(Scene::new(account, "1"), &Script::default()).unwrap();
        let mut parks = outcome
            .commands
            .into_iter()
            .filter_map(|(_, command)| match command {
                Command::Park { park, .. } => Some(park),
                _ => None,
            });
        parks.next().unwrap()
    }

    #[test]
    fn a_ring_back_shows_the_slot_and_the_caller() {
        let file = json!({
            "account": {"name": "A", "realm": "a.example", "timezone": "UTC", "language": "en-GB"},
            "resources": {"devices": {"d": {"sip": {"username": "d"}, "do_not_disturb": {"enabled": true}}}},
            "callflows": [{"id": "f", "numbers": ["1"], "flow": {"module": "park", "data": {}}}],
        });
        let account = Arc::new(simulate::account(&file).unwrap());
        for (name, shown) in [
            ("Carol", "Parking slot 101 - Carol"),
            ("", "Parking slot 101 - 0123"),
        ] {
            let mut scene = Scene::new(Arc::clone(&account), "1");
            scene.transferred_by = Some("d".to_owned());
            scene.caller.name = name.to_owned();
            scene.caller.number = "0123".to_owned();
            let script: Script = "wait 125,hangup".parse().unwrap();
            let outcome = simulate::run(scene, &script).unwrap();
            let mut dials = outcome
                .commands
                .iter()
                .filter_map(|(_, command)| match command {
                    Command::Dial { dial, .. } => Some(dial),
                    _ => None,
                });
            let dial = dials.next().unwrap();
            assert_eq!((dial.caller.name.as_str(), dial.legs.len()), (shown, 1));
            assert_eq!(dial.timeout_ms, Some(30_000));
        }
    }

    #[test]
    fn lamps_watch_what_the_step_says() {
        for (data, lamp, state) in [
            (
                json!({"slot": "101"}),
                "*3{slot}@a.example",
                PresenceState::Ringing,
            ),
            (
                json!({"force_presence_user": false}),
                "1@a.example",
                PresenceState::Ringing,
            ),
            (
                json!({"custom_presence_id": true, "presence_id": "p{slot}", "default_presence_type": "confirmed"}),
                "p{slot}@a.example",
                PresenceState::Busy,
            ),
            (
                json!({"slot": "101", "slots": {"101": {"presence_id": "x@a.example", "presence_type": "terminated"}}}),
                "x@a.example",
                PresenceState::Idle,
            ),
            (
                json!({"custom_presence_id": true, "presence_id": "x@elsewhere.example"}),
                "*3{slot}@a.example",
                PresenceState::Ringing,
            ),
        ] {
            let park = parked(&data);
            assert_eq!(
                (park.lamp.as_str(), park.lamp_state),
                (lamp, state),
                "{data}"
            );
        }
    }
}

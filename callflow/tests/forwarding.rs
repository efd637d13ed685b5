#![allow(clippy::unwrap_used, missing_docs)]
//! What forwarded legs are like: who is shown, who confirms, whose carriers, who is named as the one who forwards.

use callflow::Origin;
use callflow::command::{Command, Dial, Leg, Outside, Party, Sound, Target};
use callflow::json;
use callflow::live::LiveChange;
use callflow::simulate::{self, Scene, Simulation};
use serde_json::{Value, json};
use std::sync::Arc;

const FERNHILL: &str = include_str!("fixtures/fernhill.json");

/// A call to 2000, which rings a user, with changes of resources; its first dial.
struct Ringing {
    file: Value,
    live: Vec<(&'static str, Value)>,
    device: Option<&'static str>,
}

impl Ringing {
    fn user(id: &str) -> Self {
        let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
        let rings = |id: &str, number: &str, user: &str| json!({"id": id, "numbers": [number], "flow": {"module": "user", "data": {"id": user}}});
        file["callflows"] = json!([
            rings("main", "2000", id),
            rings("ben", "2002", "ben"),
            {"id": "out", "numbers": ["no_match"], "flow": {"module": "resources"}},
        ]);
        file["resources"]["settings"] = json!({"settings": {"caller_id": {
            "external": {"name": "Fernhill", "number": "+441632960000"}, "emergency": {"number": "+441632960009"}}}});
        Self {
            file,
            live: Vec::new(),
            device: None,
        }
    }

    fn with(mut self, path: &str, key: &str, value: Value) -> Self {
        let (kind, id) = path.split_once('/').unwrap();
        let resource = self.file["resources"][kind][id].as_object_mut().unwrap();
        json::set(resource, key, value);
        self
    }

    fn live(mut self, key: &'static str, value: Value) -> Self {
        self.live.push((key, value));
        self
    }

    fn from(mut self, device: &'static str) -> Self {
        self.device = Some(device);
        self
    }

    fn dial(self) -> Dial {
        let account = Arc::new(simulate::account(&self.file).unwrap());
        let mut scene = Scene::new(account, "2000");
        for (key, value) in self.live {
            let value = Some(serde_json::from_value(value).unwrap());
            let key = key.parse().unwrap();
            scene.around.live.apply(LiveChange { key, value });
        }
        if let Some(device) = self.device {
            scene.origin = Origin::Internal;
            scene.device = Some(device.to_owned());
            scene.caller = party("Owner", "2009");
        }
        let mut simulation = Simulation::new(scene).unwrap();
        simulation.advance_to(simulation.now());
        let commands = simulation.commands().iter();
        let mut dials = commands.filter_map(|(_, command)| match command {
            Command::Dial { dial, .. } => Some(dial.clone()),
            _ => None,
        });
        dials.next().unwrap()
    }

    fn leg(self) -> (Leg, Party) {
        let mut dial = self.dial();
        assert_eq!(dial.legs.len(), 1, "{:?}", dial.legs);
        (dial.legs.remove(0), dial.caller)
    }
}

fn party(name: &str, number: &str) -> Party {
    Party {
        name: name.into(),
        number: number.into(),
    }
}

fn outside(leg: &Leg) -> &Outside {
    match &leg.target {
        Target::Outside(outside) => outside,
        Target::Device(id) => panic!("{id} is inside"),
    }
}

fn forward_out() -> Ringing {
    Ringing::user("ann").with(
        "users/ann",
        "call_forward",
        json!({"enabled": true, "number": "0770 090-0123"}),
    )
}

#[test]
fn forwarded_leg_goes_by_the_accounts_carriers_and_names_who_forwards() {
    let (leg, _) = forward_out().leg();
    let outside = outside(&leg);
    assert_eq!(outside.number, "07700900123");
    assert_eq!(outside.carriers_of.as_deref(), Some("simulation"));
    assert_eq!(
        outside.diverted_from.as_deref(),
        Some("sip:2001@fernhill.example")
    );
    assert!(leg.confirm);
}

#[test]
fn key_is_not_asked_for_where_the_form_says_so() {
    let ringing = forward_out().with("users/ann", "call_forward.require_keypress", json!(false));
    assert!(!ringing.leg().0.confirm);
}

#[test]
fn caller_from_outside_is_shown_on_a_forwarded_call() {
    let (leg, _) = forward_out().leg();
    assert_eq!(leg.caller, Some(party("", "+441632960100")));
}

#[test]
fn who_forwards_is_shown_where_the_caller_is_not_to_be() {
    let ringing = forward_out()
        .with("users/ann", "call_forward.keep_caller_id", json!(false))
        .with(
            "users/ann",
            "caller_id.external.number",
            json!("+441632960001"),
        );
    assert_eq!(
        ringing.leg().0.caller,
        Some(party("Fernhill", "+441632960001"))
    );
}

#[test]
fn colleague_who_calls_is_shown_outside_by_the_external_number() {
    let (leg, inside) = forward_out().from("ben-desk").leg();
    assert_eq!(leg.caller, Some(party("Fernhill", "+441632960000")));
    assert_eq!(inside, party("Owner", "2009"));
}

#[test]
fn emergency_number_is_shown_the_emergency_caller_id() {
    let ringing = Ringing::user("ann")
        .live(
            "forward/user/ann",
            json!({"enabled": true, "number": "999"}),
        )
        .from("ben-desk");
    let (leg, _) = ringing.leg();
    assert_eq!(outside(&leg).class.as_deref(), Some("emergency"));
    assert_eq!(leg.caller, Some(party("Fernhill", "+441632960009")));
}

#[test]
fn phone_of_the_colleague_confirms_and_shows_the_caller() {
    let ringing = || {
        Ringing::user("ann").live(
            "forward/user/ann",
            json!({"enabled": true, "number": "2002"}),
        )
    };
    let (leg, shown) = ringing().leg();
    assert_eq!(leg.target, Target::Device("ben-desk".into()));
    assert!(leg.confirm);
    assert_eq!((leg.caller, shown), (None, party("", "+441632960100")));
    let hidden = ringing()
        .with("users/ann", "call_forward.keep_caller_id", json!(false))
        .with(
            "users/ann",
            "caller_id.internal",
            json!({"name": "Ann", "number": "2001"}),
        );
    assert_eq!(hidden.leg().0.caller, Some(party("Ann", "2001")));
}

#[test]
fn early_media_of_the_other_number_is_passed_on_where_the_form_says_so() {
    assert!(forward_out().dial().ignore_early_media);
    let passed = forward_out().with("users/ann", "call_forward.ignore_early_media", json!(false));
    assert!(!passed.dial().ignore_early_media);
}

#[test]
fn colleague_sees_the_internal_caller_id() {
    let ringing = Ringing::user("ann")
        .with(
            "users/ben",
            "caller_id.internal",
            json!({"name": "Ben", "number": "2002"}),
        )
        .from("ben-desk");
    let dial = ringing.dial();
    assert_eq!(dial.caller, party("Ben", "2002"));
    assert!(dial.legs.iter().all(|leg| leg.caller.is_none()));
}

#[test]
fn phone_calls_out_as_who_has_logged_in() {
    let ringing = Ringing::user("ann")
        .with("users/ben", "hotdesk.enabled", json!(true))
        .live("hot-desk/lobby", json!(["ben"]))
        .from("lobby");
    assert_eq!(ringing.dial().caller, party("Ben Bright", "2002"));
}

#[test]
fn ringtone_is_that_of_who_has_logged_in() {
    let ringing = Ringing::user("ben")
        .with("users/ben", "hotdesk.enabled", json!(true))
        .with("users/ben", "ringtones.external", json!("bright"))
        .with("devices/ben-desk", "enabled", json!(false))
        .live("hot-desk/dora-desk", json!(["ben"]));
    assert_eq!(ringing.leg().0.alert_info.as_deref(), Some("bright"));
}

#[test]
fn call_waiting_is_told_of_each_phone() {
    let ringing = Ringing::user("ann")
        .with("users/ann", "call_waiting.enabled", json!(false))
        .live("call-waiting/device/ann-mobile", json!(true));
    let dial = ringing.dial();
    let told: Vec<_> = dial
        .legs
        .iter()
        .map(|leg| (leg.id(), leg.call_waiting))
        .collect();
    assert_eq!(told, [("ann-desk", false), ("ann-mobile", true)]);
}

#[test]
fn long_chain_of_forwarding_is_cut_off() {
    let mut ringing = Ringing::user("u0");
    let mut flows = ringing.file["callflows"].as_array().cloned().unwrap();
    for n in 0..9 {
        ringing.file["resources"]["users"][format!("u{n}")] =
            json!({"call_forward": {"enabled": true, "number": format!("30{}", n + 1)}});
        flows.push(json!({"id": format!("f{n}"), "numbers": [format!("30{n}")],
            "flow": {"module": "user", "data": {"id": format!("u{n}")}}}));
    }
    ringing.file["callflows"] = Value::Array(flows);
    let account = Arc::new(simulate::account(&ringing.file).unwrap());
    let mut simulation = Simulation::new(Scene::new(account, "2000")).unwrap();
    simulation.advance_to(simulation.now());
    let end = simulation.end().cloned().unwrap();
    assert_eq!(end.cause.as_str(), "DESTINATION_OUT_OF_ORDER");
}

#[test]
fn phones_that_all_forward_to_their_owner_ring_once() {
    let mut ringing = Ringing::user("ann");
    for n in 0..20 {
        ringing.file["resources"]["devices"][format!("x{n}")] =
            json!({"owner_id": "ann", "call_forward": {"enabled": true, "number": "2000"}});
    }
    let dial = ringing.dial();
    let rung: Vec<&str> = dial.legs.iter().map(Leg::id).collect();
    assert_eq!(rung, ["ann-desk", "ann-mobile"]);
}

#[test]
fn forwarding_for_a_busy_person_to_that_person_is_not_followed() {
    let ringing = Ringing::user("ben").with(
        "users/ben",
        "call_forward.busy",
        json!({"enabled": true, "number": "2002"}),
    );
    let account = Arc::new(simulate::account(&ringing.file).unwrap());
    let mut scene = Scene::new(account, "2000");
    scene.otherwise = simulate::Phone::Busy;
    let outcome = simulate::run(scene, &simulate::Script::default()).unwrap();
    let text = outcome.text();
    assert!(text.contains("goes in a circle at Ben Bright"), "{text}");
    assert_eq!(text.matches("ring ben-desk").count(), 1, "{text}");
}

#[test]
fn whoever_is_asked_for_a_key_is_asked_in_their_own_language() {
    let german = || forward_out().with("users/ann", "language", json!("de-DE"));
    assert_eq!(german().leg().0.language.as_deref(), Some("de-DE"));
    let inside = || german().with("users/ann", "call_forward.number", json!("2002"));
    let (leg, _) = inside().leg();
    assert!(leg.confirm);
    assert_eq!(leg.language.as_deref(), Some("de-DE"), "Ben has none");
    let ringing = inside().with("users/ben", "language", json!("fr"));
    assert_eq!(ringing.leg().0.language.as_deref(), Some("fr"));
    assert_eq!(forward_out().leg().0.language, None);
}

#[test]
fn prompts_are_in_the_language_of_who_calls() {
    let mut ringing = Ringing::user("ann").with("users/ben", "language", json!("de-DE"));
    ringing.file["callflows"][0]["flow"] = json!({"module": "do_not_disturb"});
    let account = Arc::new(simulate::account(&ringing.file).unwrap());
    let mut scene = Scene::new(account, "2000");
    scene.origin = Origin::Internal;
    scene.device = Some("ben-desk".to_owned());
    let outcome = simulate::run(scene, &simulate::Script::default()).unwrap();
    let spoken = outcome
        .commands
        .iter()
        .find_map(|(_, command)| match command {
            Command::Play { sounds, .. } => match &sounds[0] {
                Sound::Prompt { language, .. } => Some(language.clone()),
                _ => None,
            },
            _ => None,
        });
    assert_eq!(spoken.as_deref(), Some("de-DE"));
}

#![allow(clippy::unwrap_used, missing_docs)]
//! Every action of the catalog is complete: described, drawn, with defaults that fit and data that
//! survives.

use callflow::action::{self, Category, Entry, FreeKey};
use callflow::field::{FieldKind, FieldSpec};
use callflow::json;
use callflow::{Action, Branches, Directory, Resource, ResourceKind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn entry(module: &str) -> Entry {
    *action::catalog()
        .iter()
        .find(|e| e.module == module)
        .unwrap()
}

/// Every entry, as the design orders them.
const ORDER: &[&str] = &[
    "Play Media",
    "Ring Group",
    "Conference",
    "User",
    "Voicemail",
    "Menu",
    "Branch Variable",
    "Device",
    "Distinctive Ring",
    "Callflow",
    "Page Group",
    "Set CAV",
    "Missed Call Alert",
    "Manual Presence",
    "TTS",
    "Sleep",
    "Language",
    "Group Pickup",
    "Receive Fax",
    "Pivot",
    "Collect DTMF",
    "DISA",
    "Response",
    "Conference Service",
    "Check Voicemail",
    "Fax Boxes",
    "Global Carrier",
    "Account Carrier",
    "Directory",
    "Webhook",
    "Time of Day",
    "Enable Time of Day",
    "Disable Time of Day",
    "Reset Time of Day",
    "Time of Day Menu",
    "Ring Group Login",
    "Ring Group Logout",
    "Hot-desk Login",
    "Hot-desk Logout",
    "Hot-desk Toggle",
    "Hot-desk Bridge",
    "Enable DND",
    "Disable DND",
    "Toggle DND",
    "Dynamic Caller-ID",
    "Prepend Caller-ID",
    "Reset Prepend",
    "Set Caller-ID",
    "Privacy",
    "Check Caller-ID",
    "Caller in List",
    "Caller Name from List",
    "Route to Caller-ID",
    "Start Recording",
    "Stop Recording",
    "Record Caller",
    "Enable Call Forwarding",
    "Disable Call Forwarding",
    "Update Call Forwarding",
    "Toggle Call Forwarding",
    "Call Forwarding Menu",
    "Park",
    "Retrieve",
    "Valet Park",
    "Park Caller",
    "Intercom",
    "Directed Pickup",
    "Pick Up Call",
    "Intercept",
    "Eavesdrop",
    "Move",
    "Transfer",
    "After Bridge",
    "Enable Call Waiting",
    "Disable Call Waiting",
    "Toggle Call Waiting",
    "Jump",
    "Answer",
    "Hang Up",
    "Branch on Number",
    "Set Variable",
    "Audio Macro",
    "Tones",
    "Echo Test",
    "Dead Air",
    "Fax Detect",
    "Flush DTMF",
    "Send DTMF",
    "Notification",
    "Wait",
    "No-op",
];

#[test]
fn entries_stand_in_the_order_of_the_design() {
    let catalog = action::catalog();
    let labels: Vec<&str> = catalog.iter().map(|entry| entry.preset.label).collect();
    let mut order = ORDER.to_vec();
    order.retain(|label| labels.contains(label));
    assert_eq!(labels, order);
    let groups: Vec<Category> = catalog.iter().map(|entry| entry.preset.category).collect();
    assert!(groups.is_sorted(), "groups are mixed");
}

#[test]
fn ids_and_labels_are_unique() {
    let catalog = action::catalog();
    let ids: BTreeSet<String> = catalog.iter().map(Entry::id).collect();
    let labels: BTreeSet<&str> = catalog.iter().map(|entry| entry.preset.label).collect();
    assert_eq!(ids.len(), catalog.len());
    assert_eq!(labels.len(), catalog.len());
}

#[test]
fn help_is_one_short_line() {
    for entry in action::catalog() {
        let help = entry.preset.help;
        let length = help.chars().count();
        assert!(
            (5..=36).contains(&length),
            "{}: {help} has {length}",
            entry.id()
        );
        assert!(!help.ends_with('.') && !help.contains('\n'), "{help}");
        assert!(
            !entry.preset.synonyms.is_empty(),
            "{} has no other words",
            entry.id()
        );
    }
}

#[test]
fn icons_are_in_the_sprite() {
    let path = folder().join("../style/assets/icons/sprite.svg");
    let sprite = std::fs::read_to_string(path).unwrap();
    for entry in action::catalog() {
        let icon = entry.preset.icon;
        assert!(
            sprite.contains(&format!("id=\"i-{icon}\"")),
            "{icon} is not drawn"
        );
    }
}

#[test]
fn every_action_has_its_page_and_every_page_its_action() {
    let pages: BTreeSet<String> = std::fs::read_dir(folder().join("src/action"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let modules: BTreeSet<String> = action::catalog()
        .iter()
        .map(|e| e.module.to_owned())
        .collect();
    assert_eq!(pages, modules);
    for module in &modules {
        let source = folder().join(format!("src/action/{module}.rs"));
        assert!(source.exists(), "{module} has no file of its own");
        let page =
            std::fs::read_to_string(folder().join(format!("src/action/{module}.md"))).unwrap();
        let main = entry(module).preset.label;
        assert_eq!(page.lines().next(), Some(format!("# {main}").as_str()));
    }
}

#[test]
fn forms_are_described() {
    for entry in action::catalog() {
        let mut keys = BTreeSet::new();
        for spec in entry.make().specs() {
            let at = format!("{} {}", entry.id(), spec.key);
            assert!(keys.insert(spec.key), "{at} is there twice");
            assert!(
                !spec.label.is_empty() && spec.label.chars().count() <= 40,
                "{at}: {}",
                spec.label
            );
            assert!(
                spec.help.ends_with('.') && spec.help.len() > 10,
                "{at}: {}",
                spec.help
            );
        }
    }
}

#[test]
fn new_actions_hold_their_defaults_and_fit() {
    for entry in action::catalog() {
        let action = entry.make();
        assert_eq!(action.module(), entry.module);
        assert_eq!(action.misfits(), [], "{}", entry.id());
        assert_eq!(action.preset().label, entry.preset.label);
        let object = action.to_object();
        for spec in action.specs() {
            // What an entry is known by is its own.
            if entry.preset.mark.is_some_and(|(key, _)| key == spec.key) {
                continue;
            }
            let written = json::get(&object, spec.key).cloned().unwrap_or(Value::Null);
            let mark = entry.preset.mark.filter(|(key, _)| *key == spec.key);
            let expected = match mark {
                Some((_, value)) if !value.is_empty() => json!(value),
                _ => spec.default,
            };
            assert_eq!(written, expected, "{} {}", entry.id(), spec.key);
        }
        let again = Action::from_wire(action.module(), object);
        assert_eq!(again, action, "{}", entry.id());
    }
}

/// A value other than the default that fits a field.
fn other(spec: &FieldSpec) -> Value {
    match &spec.kind {
        FieldKind::Text { min, .. } | FieldKind::LongText { min, .. } if spec.key == "tones" => {
            json!("440 200/100 x2")
                .as_str()
                .map_or(json!(min), Value::from)
        }
        FieldKind::LongText { .. } if spec.key == "macros" => json!("tts other"),
        FieldKind::Text { .. } | FieldKind::LongText { .. } => json!("other"),
        FieldKind::Integer { min, max } => {
            json!(if spec.default == json!(min) { max } else { min })
        }
        FieldKind::Duration { min, max, .. } => {
            json!(if spec.default == json!(min) { max } else { min })
        }
        FieldKind::Bool => json!(spec.default != json!(true)),
        FieldKind::Choice(choices) => json!(choices.last().unwrap().value),
        FieldKind::Resource(_) | FieldKind::Media => json!("some-id"),
        FieldKind::Digits { .. } => json!("1234"),
        FieldKind::Keys => json!(["1", "#"]),
        FieldKind::Pattern => json!("^2"),
        FieldKind::Zone => json!("Europe/Dublin"),
        FieldKind::Language => json!("de-DE"),
        FieldKind::SipCode => json!(404),
        FieldKind::Pairs | FieldKind::Assignments(..) => json!({"a": "b"}),
        FieldKind::Members => {
            json!([{"id": "u", "endpoint_type": "user", "delay": 3, "timeout": 9}])
        }
        FieldKind::Resources(_) => json!(["a", "b"]),
        FieldKind::Step => json!("n7"),
        FieldKind::Recipients => json!([{"type": "email", "id": "a@b.example"}]),
        FieldKind::Clock => json!("09:30"),
        FieldKind::Day => json!("2026-12-25"),
        FieldKind::Several(choices) => json!([choices[0].value]),
        FieldKind::NumberClasses => json!({"premium": "deny"}),
    }
}

#[test]
fn every_field_can_be_changed_and_read_back() {
    for entry in action::catalog() {
        for spec in entry.make().specs() {
            // What makes an entry what it is cannot be changed.
            if entry.preset.mark.is_some_and(|(key, _)| key == spec.key) {
                continue;
            }
            let mut action = entry.make();
            let value = other(&spec);
            action.set(spec.key, &value).unwrap();
            let at = format!("{} {}", entry.id(), spec.key);
            let again = Action::from_wire(action.module(), action.to_object());
            assert_eq!(again.to_object(), action.to_object(), "{at}");
            assert_eq!(again.get(spec.key), action.get(spec.key), "{at}");
            assert_ne!(
                again.get(spec.key),
                entry.make().get(spec.key),
                "{at} did not change"
            );
            assert_eq!(again.misfits(), [], "{at}");
        }
    }
}

#[test]
fn unknown_keys_and_misfits_survive_a_change() {
    for entry in action::catalog() {
        let mut object = entry.make().to_object();
        object.insert("vendor_key".into(), json!({"deep": [1, 2]}));
        let Some(spec) = entry.make().specs().into_iter().next_back() else {
            continue;
        };
        let mut action = Action::from_wire(entry.module, object);
        action.set(spec.key, &other(&spec)).unwrap();
        assert_eq!(action.to_object()["vendor_key"], json!({"deep": [1, 2]}));
    }
    let data = json!({"id": "u", "timeout": "soon"});
    let action = Action::from_wire("user", data.as_object().unwrap().clone());
    assert_eq!(action.misfits().len(), 1);
    assert_eq!(Value::Object(action.to_object()), data);
}

#[test]
fn numbers_and_truth_written_as_text_are_read_and_left_alone() {
    let data = json!({"id": "u", "timeout": "25", "can_call_self": "true"});
    let action = Action::from_wire("user", data.as_object().unwrap().clone());
    assert_eq!(action.get("timeout"), json!(25));
    assert_eq!(action.get("can_call_self"), json!(true));
    assert_eq!(Value::Object(action.to_object()), data);
}

#[test]
fn branches_offer_what_the_design_says() {
    let directory = Directory::default();
    let Branches::Fork {
        choices,
        free,
        add_label,
        default,
    } = entry("menu").make().branches(&directory)
    else {
        panic!("a menu branches");
    };
    let keys: Vec<&str> = choices.iter().map(|c| c.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "1",
            "2",
            "3",
            "4",
            "5",
            "6",
            "7",
            "8",
            "9",
            "0",
            "*",
            "#",
            "timeout",
            "max_retries",
            "_"
        ]
    );
    assert_eq!(
        (free, add_label, default),
        (Some(FreeKey::Digits(4)), "Key", "timeout")
    );
    let mut directory = directory;
    let rule = json!({"name": "Holidays"}).as_object().unwrap().clone();
    directory.insert(ResourceKind::TimeRule, "r1", rule);
    let Branches::Fork {
        choices,
        free,
        add_label,
        default,
    } = entry("temporal_route").make().branches(&directory)
    else {
        panic!("time of day branches");
    };
    let labels: Vec<&str> = choices.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(labels, ["Holidays", "Otherwise"]);
    assert_eq!((free, add_label, default), (None, "Rule", "_"));
    let Branches::Fork { choices, free, .. } = entry("fax_detect").make().branches(&directory)
    else {
        panic!("fax detection branches");
    };
    let keys: Vec<&str> = choices.iter().map(|c| c.key.as_str()).collect();
    assert_eq!((keys, free), (vec!["ON_FAX", "ON_VOICE", "_"], None));
    for terminal in [
        "response",
        "echo",
        "jump",
        "hangup",
        "dead_air",
        "wait_for_hangup",
    ] {
        assert_eq!(
            entry(terminal).make().branches(&directory),
            Branches::None,
            "{terminal}"
        );
    }
}

#[test]
fn captions_tell_steps_apart() {
    let mut directory = Directory::default();
    let mut add = |kind, id: &str, document: Value| {
        directory.insert(kind, id, document.as_object().unwrap().clone());
    };
    add(
        ResourceKind::User,
        "ann",
        json!({"first_name": "Ann", "last_name": "Archer", "presence_id": "2001"}),
    );
    for (id, owner) in [("d1", "ann"), ("d2", "ann"), ("d3", "")] {
        add(
            ResourceKind::Device,
            id,
            json!({"name": id, "owner_id": owner, "sip": {"username": id}}),
        );
    }
    add(
        ResourceKind::RingGroup,
        "vets",
        json!({"name": "Duty vets", "endpoints": {"ann": {"type": "user"}, "d3": {"type": "device"}}}),
    );
    add(ResourceKind::Menu, "m", json!({"name": "Main menu"}));
    add(
        ResourceKind::VoicemailBox,
        "b",
        json!({"name": "Ann", "mailbox": "2001"}),
    );
    add(ResourceKind::Media, "f", json!({"name": "Welcome"}));
    add(ResourceKind::Directory, "n", json!({"name": "Staff"}));
    add(ResourceKind::Callflow, "c", json!({"name": "Night"}));
    add(ResourceKind::FaxBox, "fax", json!({"name": "Front office"}));
    add(ResourceKind::List, "l", json!({"name": "Farms"}));
    let caption = |module: &str, data: Value, keys: &[&str]| {
        let action = Action::from_wire(module, data.as_object().unwrap().clone());
        action.caption_with(&directory, keys).text
    };
    for (module, data, keys, expected) in [
        (
            "ring_group",
            json!({"group_id": "vets"}),
            &[][..],
            "Duty vets · 3 phones",
        ),
        (
            "ring_group",
            json!({"name": "Desk", "endpoints": [{"id": "d3", "endpoint_type": "device"}]}),
            &[],
            "Desk · 1 phone",
        ),
        (
            "menu",
            json!({"id": "m"}),
            &["1", "2", "3", "timeout", "_"],
            "Main menu · 3 choices",
        ),
        (
            "manual_presence",
            json!({"presence_id": "2001", "status": "busy"}),
            &[],
            "2001 · Busy",
        ),
        ("response", json!({"code": 486}), &[], "486 Busy Here"),
        (
            "temporal_route",
            json!({"timezone": "Europe/London"}),
            &[],
            "Europe/London",
        ),
        ("user", json!({"id": "ann"}), &[], "Ann Archer 2001"),
        ("device", json!({"id": "d1"}), &[], "d1"),
        ("voicemail", json!({"id": "b"}), &[], "Ann 2001"),
        (
            "voicemail",
            json!({"id": "b", "action": "check"}),
            &[],
            "Ann 2001",
        ),
        ("directory", json!({"id": "n"}), &[], "Staff"),
        ("play", json!({"id": "f"}), &[], "Welcome"),
        (
            "play",
            json!({"id": "silence_stream://300000"}),
            &[],
            "Silence",
        ),
        ("callflow", json!({"id": "c"}), &[], "Night"),
        ("sleep", json!({"duration": 5}), &[], "5 s"),
        (
            "tones",
            json!({"tones": [{"frequencies": [440, 480], "duration_on": 1, "duration_off": 1}]}),
            &[],
            "440+480 Hz",
        ),
        ("tts", json!({"text": "Hello"}), &[], "“Hello”"),
        (
            "play",
            json!({"id": "tone_stream://%(1,1,440)"}),
            &[],
            "Tone",
        ),
        ("jump", json!({"step": 12}), &[], "n12"),
        ("transfer", json!({"target": "2001"}), &[], "2001"),
        ("after_bridge", json!({"data": "2010"}), &[], "2010"),
        ("after_bridge", json!({"action": "park"}), &[], "Park"),
        ("record_call", json!({}), &[], "MP3"),
        (
            "record_call",
            json!({"url": "https://store.example/in"}),
            &[],
            "store.example",
        ),
        ("record_call", json!({"action": "stop"}), &[], ""),
        ("record_caller", json!({"format": "wav"}), &[], "WAV"),
        ("receive_fax", json!({"owner_id": "ann"}), &[], "Ann Archer"),
        ("faxbox", json!({"faxbox_id": "fax"}), &[], "Front office"),
        ("fax_detect", json!({}), &[], "5 s"),
        ("send_dtmf", json!({"digits": "1#"}), &[], "1#"),
        (
            "audio_macro",
            json!({"macros": [{"macro": "play", "id": "f"}, {"macro": "tts", "text": "Hello"}]}),
            &[],
            "Welcome · 2 sounds",
        ),
        (
            "set_alert_info",
            json!({"alert_info": "<http://127.0.0.1>;info=ring2"}),
            &[],
            "info=ring2",
        ),
        (
            "branch_variable",
            json!({"variable": ["call_forward", "enabled"]}),
            &[],
            "call_forward.enabled",
        ),
        (
            "set_variables",
            json!({"custom_application_vars": {"a": "b"}}),
            &[],
            "a = b",
        ),
        (
            "set_variable",
            json!({"variable": "a", "value": ""}),
            &[],
            "a =",
        ),
        ("language", json!({"language": "cy_gb"}), &[], "cy-GB"),
        (
            "collect_dtmf",
            json!({"collection_name": "pin", "max_digits": 4}),
            &[],
            "pin · 4 digits",
        ),
        ("flush_dtmf", json!({}), &[], "default"),
        ("dynamic_cid", json!({}), &[], "Keyed by the caller"),
        (
            "dynamic_cid",
            json!({"action": "list", "id": "l"}),
            &[],
            "Farms",
        ),
        (
            "prepend_cid",
            json!({"caller_id_name_prefix": "Clinic: "}),
            &[],
            "“Clinic: ”",
        ),
        ("prepend_cid", json!({"action": "reset"}), &[], ""),
        ("set_cid", json!({"caller_id_name": "X"}), &[], "X"),
        ("privacy", json!({"mode": "yes"}), &[], "Name and number"),
        ("check_cid", json!({"regex": "^44"}), &[], "^44"),
        ("cidlistmatch", json!({"id": "l"}), &[], "Farms"),
        ("lookupcidname", json!({"lists": ["l", "x"]}), &[], "Farms"),
        (
            "branch_bnumber",
            json!({"hunt": true}),
            &[],
            "Dials the digits",
        ),
    ] {
        assert_eq!(caption(module, data, keys), expected, "{module}");
    }
}

/// The codes of the findings of an action with these branches.
fn findings(directory: &Directory, module: &str, data: &Value, keys: &[&str]) -> Vec<&'static str> {
    let action = Action::from_wire(module, data.as_object().unwrap().clone());
    let found = action.check(directory, keys);
    found.iter().map(|finding| finding.code).collect()
}

#[test]
fn actions_say_what_is_wrong_with_them() {
    let mut directory = Directory::default();
    let mut add = |kind, id: &str, document: Value| {
        directory.insert(kind, id, document.as_object().unwrap().clone());
    };
    add(ResourceKind::User, "ann", json!({"first_name": "Ann"}));
    add(
        ResourceKind::Device,
        "d1",
        json!({"owner_id": "ann", "sip": {"username": "d1"}}),
    );
    add(ResourceKind::User, "off", json!({"enabled": false}));
    add(ResourceKind::User, "none", json!({}));
    add(
        ResourceKind::Device,
        "dead",
        json!({"enabled": false, "sip": {"username": "d2"}}),
    );
    add(ResourceKind::RingGroup, "empty", json!({"name": "Nobody"}));
    add(
        ResourceKind::Menu,
        "m",
        json!({"name": "M", "media": {"greeting": "f"}}),
    );
    add(ResourceKind::Menu, "mute", json!({"name": "M"}));
    add(
        ResourceKind::Menu,
        "hunt",
        json!({"name": "M", "media": {"greeting": "f"}, "hunt": true}),
    );
    add(ResourceKind::Media, "f", json!({"name": "F"}));
    add(
        ResourceKind::TimeRule,
        "hours",
        json!({"name": "Hours", "wdays": ["monday"]}),
    );
    add(
        ResourceKind::TimeRule,
        "off",
        json!({"name": "Off", "enabled": false}),
    );
    add(
        ResourceKind::TimeRule,
        "always",
        json!({"name": "Always", "cycle": "daily"}),
    );
    add(
        ResourceKind::VoicemailBox,
        "mute",
        json!({"announcement_only": true, "skip_greeting": true}),
    );
    add(
        ResourceKind::Directory,
        "names",
        json!({"name": "N", "min_dtmf": 3, "max_dtmf": 2}),
    );
    add(ResourceKind::List, "empty", json!({"name": "E"}));
    add(
        ResourceKind::List,
        "broken",
        json!({"entries": [{"pattern": "(?<!x)y", "number": "5", "capture_group_key": "1"}]}),
    );
    add(
        ResourceKind::Callflow,
        "c",
        json!({"numbers": ["+441632960100"]}),
    );
    let member = |id: &str, delay: u32| json!({"id": id, "endpoint_type": "user", "delay": delay});
    let cases = [
        ("play", json!({}), &[][..], &["FIELD_REQUIRED"][..]),
        (
            "play",
            json!({"id": "f", "endless_playback": true, "terminators": []}),
            &["_"],
            &["PLAY_NEVER_ENDS"],
        ),
        ("user", json!({"id": "off"}), &[], &["USER_DISABLED"]),
        ("user", json!({"id": "none"}), &[], &["USER_WITHOUT_DEVICE"]),
        ("user", json!({"id": "ann"}), &[], &[]),
        ("device", json!({"id": "dead"}), &[], &["DEVICE_DISABLED"]),
        ("ring_group", json!({}), &[], &["FIELD_REQUIRED"]),
        (
            "ring_group",
            json!({"group_id": "empty"}),
            &[],
            &["RING_GROUP_EMPTY"],
        ),
        (
            "ring_group",
            json!({"endpoints": [member("none", 0)]}),
            &[],
            &["RING_GROUP_EMPTY"],
        ),
        (
            "ring_group",
            json!({"endpoints": [member("ann", 0), member("lost", 0)]}),
            &[],
            &["RESOURCE_MISSING"],
        ),
        (
            "ring_group",
            json!({"endpoints": [member("ann", 20)], "timeout": 20}),
            &[],
            &["MEMBER_NEVER_RINGS"],
        ),
        (
            "ring_group",
            json!({"endpoints": [member("ann", 19)], "timeout": 20}),
            &[],
            &[],
        ),
        (
            "ring_group",
            json!({"endpoints": [member("ann", 0), member("none", 0)], "strategy": "single", "timeout": 20}),
            &[],
            &["MEMBER_NEVER_RINGS"],
        ),
        (
            "menu",
            json!({"id": "m"}),
            &["timeout"],
            &["MENU_WITHOUT_KEYS"],
        ),
        (
            "menu",
            json!({"id": "mute"}),
            &["1"],
            &["MENU_WITHOUT_GREETING"],
        ),
        ("menu", json!({"id": "hunt"}), &[], &[]),
        ("voicemail", json!({"id": "mute"}), &[], &["MAILBOX_SILENT"]),
        (
            "voicemail",
            json!({"id": "mute", "action": "check"}),
            &[],
            &[],
        ),
        (
            "voicemail",
            json!({"interdigit_timeout": 3}),
            &[],
            &["INTERDIGIT_TOO_SHORT"],
        ),
        (
            "directory",
            json!({"id": "names"}),
            &[],
            &["DIRECTORY_EMPTY", "DIRECTORY_LETTERS"],
        ),
        ("callflow", json!({}), &[], &["FIELD_REQUIRED"]),
        (
            "callflow",
            json!({"flow": {"module": "play"}}),
            &[],
            &["CALLFLOW_INLINE"],
        ),
        (
            "manual_presence",
            json!({"presence_id": "a b"}),
            &[],
            &["PRESENCE_ID_INVALID"],
        ),
        (
            "response",
            json!({"code": 302}),
            &[],
            &["RESPONSE_REDIRECTS"],
        ),
        (
            "response",
            json!({"code": 407}),
            &[],
            &["RESPONSE_CHALLENGES"],
        ),
        ("temporal_route", json!({}), &["_"], &["TIME_WITHOUT_RULES"]),
        (
            "temporal_route",
            json!({}),
            &["off", "_"],
            &["TIME_RULE_NEVER"],
        ),
        (
            "temporal_route",
            json!({}),
            &["always", "hours", "_"],
            &["TIME_RULE_HIDDEN"],
        ),
        (
            "temporal_route",
            json!({"rules": ["hours", "off"]}),
            &["off", "hours"],
            &["TIME_RULE_NEVER", "TIME_RULE_ORDER"],
        ),
        (
            "temporal_route",
            json!({"action": "enable", "rules": ["hours"]}),
            &["_"],
            &[],
        ),
        (
            "temporal_route",
            json!({"action": "reset"}),
            &["_"],
            &["FIELD_REQUIRED"],
        ),
        (
            "temporal_route",
            json!({"action": "disable", "rules": ["hours", "lost"]}),
            &["_"],
            &["RESOURCE_MISSING"],
        ),
        (
            "do_not_disturb",
            json!({"id": "lost"}),
            &[],
            &["RESOURCE_MISSING"],
        ),
        ("do_not_disturb", json!({"id": "d1"}), &[], &[]),
        (
            "hotdesk",
            json!({"id": "ann", "interdigit_timeout": 3}),
            &[],
            &["HOTDESK_DISABLED", "INTERDIGIT_SHORT"],
        ),
        (
            "sleep",
            json!({"duration": 2, "unit": "m"}),
            &[],
            &["SLEEP_LONG"],
        ),
        ("tts", json!({"text": "{{a"}), &[], &["VARIABLE_PLACE"]),
        (
            "branch_variable",
            json!({"variable": "x"}),
            &["_"],
            &["BRANCH_WITHOUT_VALUES"],
        ),
        (
            "branch_variable",
            json!({"variable": "pin", "scope": "doc", "id": "lost"}),
            &["1"],
            &["RESOURCE_MISSING", "VARIABLE_PRIVATE"],
        ),
        ("set_variables", json!({}), &[], &["FIELD_REQUIRED"]),
        (
            "set_variables",
            json!({"custom_application_vars": {"": "{{}}"}}),
            &[],
            &["VARIABLE_UNNAMED", "VARIABLE_PLACE"],
        ),
        (
            "set_variable",
            json!({"value": "{{a"}),
            &[],
            &["VARIABLE_PLACE"],
        ),
        ("language", json!({}), &[], &["FIELD_REQUIRED"]),
        (
            "collect_dtmf",
            json!({"timeout": 5, "terminator": "*"}),
            &[],
            &["TIMEOUT_UNIT", "COLLECT_TERMINATOR"],
        ),
        (
            "dynamic_cid",
            json!({"min_digits": 11, "interdigit_timeout": 3}),
            &[],
            &["DIGITS_IMPOSSIBLE", "TIMEOUT_UNIT"],
        ),
        (
            "dynamic_cid",
            json!({"action": "static"}),
            &[],
            &["CALLER_ID_EMPTY"],
        ),
        (
            "dynamic_cid",
            json!({"action": "static", "caller_id": {"number": "441632960100"}}),
            &[],
            &[],
        ),
        (
            "dynamic_cid",
            json!({"action": "static", "caller_id": {"number": "+442079460999"}}),
            &[],
            &["NUMBER_NOT_OWN"],
        ),
        (
            "dynamic_cid",
            json!({"action": "list"}),
            &[],
            &["FIELD_REQUIRED"],
        ),
        (
            "dynamic_cid",
            json!({"action": "list", "id": "empty"}),
            &[],
            &["LIST_WITHOUT_KEYS"],
        ),
        (
            "dynamic_cid",
            json!({"action": "lists", "id": "broken"}),
            &[],
            &["NUMBER_NOT_OWN"],
        ),
        ("prepend_cid", json!({}), &[], &["PREPEND_EMPTY"]),
        ("prepend_cid", json!({"action": "reset"}), &[], &[]),
        (
            "set_cid",
            json!({"caller_id_number": "{{"}),
            &[],
            &["VARIABLE_PLACE"],
        ),
        (
            "check_cid",
            json!({}),
            &["nomatch"],
            &["PATTERN_MATCHES_ALL"],
        ),
        (
            "check_cid",
            json!({"regex": "^4"}),
            &["_"],
            &["BRANCH_WITHOUT_VALUES"],
        ),
        (
            "cidlistmatch",
            json!({"id": "empty"}),
            &["_"],
            &["LIST_EMPTY", "BRANCH_WITHOUT_VALUES"],
        ),
        ("lookupcidname", json!({}), &[], &["FIELD_REQUIRED"]),
        (
            "lookupcidname",
            json!({"lists": ["lost"]}),
            &[],
            &["RESOURCE_MISSING"],
        ),
        (
            "lookupcidname",
            json!({"lists": ["broken"]}),
            &[],
            &["LIST_PATTERN_INVALID"],
        ),
        (
            "branch_bnumber",
            json!({}),
            &["_"],
            &["BRANCH_WITHOUT_VALUES"],
        ),
        ("vendor", json!({}), &[], &["MODULE_UNKNOWN"]),
        (
            "play",
            json!({"id": "local_stream://default", "terminators": []}),
            &["_"],
            &["PLAY_NEVER_ENDS"],
        ),
        (
            "transfer",
            json!({"target": "ann"}),
            &[],
            &["NUMBER_INVALID"],
        ),
        (
            "transfer",
            json!({"target": "{{digits}}"}),
            &[],
            &["TRANSFER_ANYWHERE"],
        ),
        (
            "transfer",
            json!({"target": "2001", "transfer_type": "attended"}),
            &[],
            &["TRANSFER_BLIND"],
        ),
        ("transfer", json!({}), &[], &[]),
        ("after_bridge", json!({}), &["_"], &["FIELD_REQUIRED"]),
        (
            "after_bridge",
            json!({"data": "reception"}),
            &["_"],
            &["NUMBER_INVALID"],
        ),
        (
            "after_bridge",
            json!({"action": "hangup"}),
            &[],
            &["AFTER_BRIDGE_LAST"],
        ),
        (
            "record_call",
            json!({"url": "ftp://store.example"}),
            &["_"],
            &["URL_INVALID"],
        ),
        (
            "record_call",
            json!({"time_limit": 5, "record_min_sec": 5}),
            &["_"],
            &["RECORDING_TOO_SHORT"],
        ),
        ("record_call", json!({}), &[], &["RECORDING_LAST"]),
        ("record_call", json!({"action": "stop"}), &[], &[]),
        (
            "record_caller",
            json!({"url": "store.example"}),
            &[],
            &["URL_INVALID"],
        ),
        (
            "send_dtmf",
            json!({"digits": "12x"}),
            &[],
            &["DTMF_INVALID"],
        ),
        ("send_dtmf", json!({"digits": "1w2#D"}), &[], &[]),
        ("receive_fax", json!({}), &[], &["FAX_WITHOUT_EMAIL"]),
        (
            "receive_fax",
            json!({"owner_id": "ann"}),
            &[],
            &["FAX_WITHOUT_EMAIL"],
        ),
        ("faxbox", json!({}), &[], &["FAX_BOX_BY_NUMBER"]),
        (
            "faxbox",
            json!({"faxbox_id": "lost"}),
            &[],
            &["RESOURCE_MISSING"],
        ),
        (
            "audio_macro",
            json!({"macros": [{"macro": "play", "id": "lost"}, {"macro": "dance"}, {"macro": "play", "id": "f"}]}),
            &[],
            &["RESOURCE_MISSING", "MACRO_UNKNOWN"],
        ),
    ];
    for (module, data, keys, expected) in cases {
        assert_eq!(
            findings(&directory, module, &data, keys),
            expected,
            "{module} {data}"
        );
    }
}

/// Numbers and truth as texts, `children: []` and missing parts mean the same; nothing else does.
fn canonical(node: &Value) -> Value {
    let mut object = node.as_object().unwrap().clone();
    let children = match object.get("children") {
        Some(Value::Object(children)) => children
            .iter()
            .filter(|(_, child)| child.as_object().is_some_and(|c| !c.is_empty()))
            .map(|(key, child)| (key.clone(), canonical(child)))
            .collect(),
        _ => serde_json::Map::new(),
    };
    object.insert("children".into(), Value::Object(children));
    if !object.get("data").is_some_and(Value::is_object) {
        object.insert("data".into(), json!({}));
    }
    Value::Object(object)
}

/// The order of children decides when rules are tried; equality of objects does not look at it.
fn child_order(node: &Value, path: &str, found: &mut BTreeMap<String, Vec<String>>) {
    let children = node["children"].as_object().unwrap();
    found.insert(path.to_owned(), children.keys().cloned().collect());
    for (key, child) in children {
        child_order(child, &format!("{path}/{key}"), found);
    }
}

fn check_golden(name: &str, file: &Value) {
    for document in callflow::kazoo::documents(file).unwrap() {
        let exported = document.callflow.to_kazoo();
        let enveloped = file.get("flow").is_none() && file.get("module").is_none();
        let source = file.get("data").filter(|_| enveloped).unwrap_or(file);
        let flow = source.get("flow").unwrap_or(source);
        let (was, is) = (canonical(flow), canonical(&exported["flow"]));
        assert_eq!(was, is, "{name}");
        let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
        child_order(&was, "", &mut before);
        child_order(&is, "", &mut after);
        assert_eq!(before, after, "{name}: the order of branches");
        if source.get("flow").is_some() {
            for (key, value) in source.as_object().unwrap() {
                let kept =
                    key == "flow" || key == "id" || key.starts_with('_') || key.starts_with("pvt_");
                assert!(
                    kept || exported[key] == *value,
                    "{name}: {key} became {}",
                    exported[key]
                );
            }
        }
        let flat = callflow::Callflow::from_json(&document.callflow.to_json()).unwrap();
        assert_eq!(flat, document.callflow, "{name}: our own form");
    }
}

fn goldens(folder: &Path) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            check_golden(
                &path.display().to_string(),
                &serde_json::from_str(&text).unwrap(),
            );
            count += 1;
        }
    }
    count
}

#[test]
fn kazoo_documents_come_back_out_as_they_went_in() {
    assert!(goldens(&folder().join("tests/fixtures/kazoo")) >= 8);
    // More documents, where the checkout has them.
    let more = folder().join("../../shared/reference/kazoo-examples/shapes");
    if more.is_dir() {
        assert!(goldens(&more) > 0);
    }
}

#[test]
fn kazoo_resources_keep_every_key() {
    let folder = folder().join("tests/fixtures/kazoo/resources");
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let kind = ResourceKind::from_path(&name).unwrap();
        let (resource, errors) = Resource::parse(kind, document.as_object().unwrap().clone());
        assert_eq!(errors, [], "{name}");
        assert_eq!(Value::Object(resource.to_object()), document, "{name}");
        seen.insert(kind);
    }
    assert!(seen.len() >= 6);
}

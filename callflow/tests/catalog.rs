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
    assert_eq!(labels, ORDER);
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

#![allow(clippy::unwrap_used, missing_docs)]
//! The schemas made from the fields: what is written fits them, KAZOO's schemas accept it where they say something
//! about the same key, and a change of them is seen.

#[path = "generate/documents.rs"]
#[allow(dead_code)]
mod documents;
#[path = "generate/golden.rs"]
mod golden;
#[path = "schema/validate.rs"]
mod validate;

use callflow::action::{self, Entry};
use callflow::field::FieldSpec;
use callflow::json::{self, Object};
use callflow::{Callflow, Resource, ResourceKind, schema};
use documents::{Dice, fitting};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use validate::{ANNOTATIONS, CHECKED, Schemas};

fn errors(schema: &Value, value: &Value) -> Vec<String> {
    let schemas = Schemas {
        root: schema,
        by_name: &|_| None,
    };
    schemas.errors(schema, value)
}

fn modules() -> Vec<&'static str> {
    let mut modules = documents::modules();
    modules.retain(|module| *module != "acme");
    modules
}

/// The schema's keys at every level, those of properties aside.
fn words(schema: &Value, found: &mut BTreeSet<String>) {
    let Value::Object(object) = schema else {
        return schema
            .as_array()
            .into_iter()
            .flatten()
            .for_each(|inner| words(inner, found));
    };
    for (word, said) in object {
        found.insert(word.clone());
        match word.as_str() {
            "properties" | "$defs" => said
                .as_object()
                .unwrap()
                .values()
                .for_each(|inner| words(inner, found)),
            "default" | "enum" | "const" | "examples" | "required" => {}
            _ => words(said, found),
        }
    }
}

#[test]
fn schemas_use_only_words_that_are_checked() {
    let mut found = BTreeSet::new();
    words(&schema::callflow(), &mut found);
    for kind in ResourceKind::ALL {
        words(&schema::resource(kind), &mut found);
    }
    found.retain(|word| !ANNOTATIONS.contains(&word.as_str()) && !CHECKED.contains(&word.as_str()));
    assert!(found.is_empty(), "{found:?}");
}

/// The data of a new action. What is null is read as if it were not there.
fn made(entry: &Entry) -> Value {
    let mut data = entry.make().to_object();
    data.retain(|_, value| !value.is_null());
    Value::Object(data)
}

#[test]
fn new_actions_fit_their_schema() {
    for entry in action::catalog() {
        let schema = schema::action(entry.module).unwrap();
        let data = made(&entry);
        assert_eq!(errors(&schema, &data), [""; 0], "{}: {data}", entry.id());
        let skipped = json!({"skip_module": true});
        assert_eq!(errors(&schema, &skipped), [""; 0], "{}", entry.id());
    }
    assert_eq!(schema::action("nobody-knows"), None);
}

/// Everything that a field may hold, as it is stored.
fn stored(spec: &FieldSpec) -> Vec<Value> {
    let mut dice = Dice(5);
    let mut values: Vec<Value> = (0..12)
        .filter_map(|_| (spec.canonical)(&fitting(&mut dice, spec)).ok())
        .filter(|value| !value.is_null())
        .collect();
    values.extend(Some(spec.default.clone()).filter(|value| !value.is_null()));
    values
}

fn with(spec: &FieldSpec, value: Value) -> Object {
    let mut object = Map::new();
    json::set(&mut object, spec.key, value);
    object
}

#[test]
fn what_is_stored_of_a_field_fits_its_schema() {
    let actions = modules().into_iter().map(|module| {
        let specs = callflow::Action::from_wire(module, Map::new()).specs();
        (module, schema::action(module).unwrap(), specs)
    });
    let resources = ResourceKind::ALL
        .into_iter()
        .map(|kind| (kind.path(), schema::resource(kind), Resource::specs(kind)));
    let mut count = 0;
    for (name, schema, specs) in actions.chain(resources) {
        for spec in specs {
            for value in stored(&spec) {
                let object = Value::Object(with(&spec, value));
                assert_eq!(
                    errors(&schema, &object),
                    [""; 0],
                    "{name} {}: {object}",
                    spec.key
                );
                count += 1;
            }
        }
    }
    assert!(count > 500, "{count}");
}

#[test]
fn values_that_do_not_fit_are_refused() {
    for (module, data) in [
        ("user", json!({"timeout": "20"})),
        ("user", json!({"timeout": 0})),
        ("user", json!({"strategy": "chaos"})),
        ("user", json!({"id": ""})),
        ("ring_group", json!({"endpoints": [{"id": "u"}]})),
        (
            "ring_group",
            json!({"endpoints": [{"id": "u", "endpoint_type": "user", "weight": 101}]}),
        ),
        ("ring_group", json!({"ringtones": {"internal": 5}})),
        ("response", json!({"code": 200})),
        ("play", json!({"terminators": ["a"]})),
        ("tones", json!({"tones": [{"frequencies": []}]})),
    ] {
        let schema = schema::action(module).unwrap();
        assert_ne!(errors(&schema, &data), [""; 0], "{module} {data}");
    }
    let rule = schema::resource(ResourceKind::TimeRule);
    for wrong in [
        json!({"wdays": ["wensday"]}),
        json!({"days": [32]}),
        json!({"enabled": "true"}),
    ] {
        assert_ne!(errors(&rule, &wrong), [""; 0], "{wrong}");
    }
}

fn flow_of(entry: &Entry) -> Callflow {
    let below = json!({"_": {"module": "acme", "data": {"x": 1}, "children": {}}});
    let step = json!({"module": entry.module, "data": made(entry), "children": below});
    Callflow::from_json(&json!({"name": "A", "numbers": ["2001"], "patterns": [], "flow": step}))
        .unwrap()
}

#[test]
fn callflows_fit_their_schema_in_both_forms() {
    let schema = schema::callflow();
    for entry in action::catalog() {
        let callflow = flow_of(&entry);
        for document in [callflow.to_json(), callflow.to_kazoo()] {
            assert_eq!(errors(&schema, &document), [""; 0], "{document}");
        }
    }
    for document in [
        Callflow::default().to_json(),
        Callflow::default().to_kazoo(),
    ] {
        assert_eq!(errors(&schema, &document), [""; 0], "{document}");
    }
    for wrong in [
        json!({"flow": {"data": {}}}),
        json!({"flow": {"module": "user", "data": {"timeout": "x"}}}),
        json!({"flow": {"version": 1, "root": "1", "nodes": {}}}),
        json!({"flow": {}, "numbers": ["1", "1"]}),
        json!({"numbers": []}),
    ] {
        assert_ne!(errors(&schema, &wrong), [""; 0], "{wrong}");
    }
}

#[test]
fn schemas_are_as_they_were() {
    let mut files = Vec::new();
    for module in modules() {
        files.push((
            format!("{module}.json"),
            pretty(&schema::action(module).unwrap()),
        ));
    }
    golden::compare("callflow/tests/golden/schema", "json", &files);
    let resources: Vec<_> = ResourceKind::ALL
        .into_iter()
        .map(|kind| {
            (
                format!("{}.json", kind.path()),
                pretty(&schema::resource(kind)),
            )
        })
        .collect();
    golden::compare("callflow/tests/golden/schema/resources", "json", &resources);
}

fn pretty(value: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).unwrap())
}

/// Where we write what KAZOO's schema refuses, on purpose: module or kind, key, why.
const INTENDED: &[(&str, &str, &str)] = &[
    (
        "menus",
        "record_pin",
        "KAZOO's API asks for 3 digits, its telephone for none: short PINs exist",
    ),
    (
        "conference",
        "id",
        "null is a conference that is still to be chosen, unlike none that is meant",
    ),
    (
        "webhook",
        "http_verb",
        "KAZOO's editors offer PUT, which its API refuses: it is read and sent",
    ),
    (
        "users",
        "hotdesk",
        "KAZOO's API asks for 4 digits, its telephone for none: short PINs exist",
    ),
    (
        "voicemail-boxes",
        "pin",
        "KAZOO's API asks for 4 digits, its telephone for none: short PINs exist",
    ),
];

/// KAZOO's schema of each kind of resource.
const RESOURCES: [(ResourceKind, &str); 13] = [
    (ResourceKind::User, "users"),
    (ResourceKind::Device, "devices"),
    (ResourceKind::RingGroup, "groups"),
    (ResourceKind::Menu, "menus"),
    (ResourceKind::Media, "media"),
    (ResourceKind::VoicemailBox, "vmboxes"),
    (ResourceKind::Conference, "conferences"),
    (ResourceKind::TimeRule, "temporal_rules"),
    (ResourceKind::TimeRuleSet, "temporal_rules_sets"),
    (ResourceKind::Directory, "directories"),
    (ResourceKind::FaxBox, "faxbox"),
    (ResourceKind::Carrier, "resources"),
    (ResourceKind::List, "lists"),
];

fn kazoo_schema(folder: &Path, name: &str) -> Option<Value> {
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// Data of an action as it may be exported: new, and with each field changed to something that fits.
fn exports(entry: &Entry) -> Vec<Object> {
    let mut exports = vec![entry.make().to_object()];
    for spec in entry.make().specs() {
        for value in stored(&spec) {
            let mut action = entry.make();
            if action.set(spec.key, &value).is_ok() {
                exports.push(action.to_object());
            }
        }
    }
    exports
}

/// What a schema of KAZOO refuses: module or kind, key, the first error.
type Refused = BTreeSet<(String, String, String)>;

fn compare(
    folder: &Path,
    schema: &str,
    name: &str,
    data: (&Object, bool),
    refused: &mut Refused,
) -> bool {
    // Of a part, nothing else must be there.
    let (data, whole) = data;
    let Some(root) = kazoo_schema(folder, schema) else {
        return false;
    };
    let schemas = Schemas {
        root: &root,
        by_name: &|name| kazoo_schema(folder, name),
    };
    for (key, value) in data {
        let schema = &root["properties"][key];
        let told = refused.iter().any(|(n, k, _)| n == name && k == key);
        if schema.is_null() || told {
            continue;
        }
        let mut errors = schemas.errors(schema, value);
        errors.retain(|error| whole || !error.ends_with("is missing"));
        if let Some(error) = errors.first() {
            let error = format!("{error}, for example {value}");
            refused.insert((name.to_owned(), key.clone(), error));
        }
    }
    true
}

#[test]
fn kazoo_accepts_what_is_exported() {
    // KAZOO's schemas, where the checkout has them.
    let folder: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/kazoo-schemas");
    if !folder.is_dir() {
        return;
    }
    let mut refused = Refused::new();
    let mut compared = BTreeSet::new();
    for entry in action::catalog() {
        let schema = format!("callflows.{}", entry.module);
        for data in exports(&entry) {
            if compare(&folder, &schema, entry.module, (&data, true), &mut refused) {
                compared.insert(entry.module);
            }
        }
    }
    for (kind, schema) in RESOURCES {
        for spec in Resource::specs(kind) {
            for value in stored(&spec) {
                compare(
                    &folder,
                    schema,
                    kind.path(),
                    (&with(&spec, value), false),
                    &mut refused,
                );
            }
        }
    }
    assert!(compared.len() > 10, "{compared:?}");
    let intended = |name: &str, key: &str| INTENDED.iter().any(|(n, k, _)| *n == name && *k == key);
    let unknown: Vec<_> = refused
        .iter()
        .filter(|(name, key, _)| !intended(name, key))
        .collect();
    assert!(unknown.is_empty(), "KAZOO refuses: {unknown:#?}");
}

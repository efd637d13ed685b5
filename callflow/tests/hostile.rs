#![allow(clippy::unwrap_used, missing_docs)]
//! Documents as nobody should send them are refused or read, and never break anything.

use callflow::simulate::{self, Scene};
use callflow::{Account, Action, Callflow, Directory, Flow, Resource, ResourceKind, action, check};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const FERNHILL: &str = include_str!("fixtures/fernhill.json");

fn fernhill(flows: Value) -> Account {
    let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
    file["callflows"] = flows;
    simulate::account(&file).unwrap()
}

fn directory() -> Directory {
    Directory::clone(&fernhill(json!([])).directory)
}

/// So many cases of a property; `PROPTEST_CASES` asks for more.
fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    ProptestConfig {
        cases: asked.and_then(|cases| cases.parse().ok()).unwrap_or(usual),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// JSON as nobody should send it, with words that mean something here and there.
fn hostile() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "null",
            "true",
            "menu",
            "n1",
            "n4294967295",
            "main",
            "9999999999999999999",
            "Europe/London",
            "20260101",
            "wensday",
            "weekly",
            "device",
            "user",
            "group",
            "-1",
            "system_media/",
            "prompt://",
            "silence_stream://-1",
            "^(",
            "2000",
            "ann",
        ])
        .prop_map(Value::from),
    ];
    let key = prop_oneof![
        ".{0,6}",
        prop::sample::select(vec![
            "module",
            "data",
            "children",
            "id",
            "flow",
            "nodes",
            "root",
            "next",
            "numbers",
            "patterns",
            "name",
            "endpoints",
            "timeout",
            "delay",
            "tones",
            "frequencies",
            "duration_on",
            "_",
            "1",
            "rules",
            "rule_set",
            "days",
            "wdays",
            "start_date",
            "end_date",
            "time_window_start",
            "exclude",
            "interval",
            "cycle",
            "code",
            "media",
            "greeting",
            "hunt_allow",
            "retries",
            "strategy",
            "repeats",
            "weight",
            "endpoint_type",
            "skip_module",
            "contact_list",
            "temporal_rules",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(6, 96, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key.clone(), inner), 0..8)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn hostile_documents_are_refused_or_read(value in hostile()) {
        let directory = directory();
        let _ = callflow::kazoo::documents(&value);
        let _ = simulate::account(&value);
        if let Ok(doc) = Callflow::from_json(&value) {
            let _ = check::check(&doc, &directory);
            prop_assert_eq!(doc.flow.well_formed(), Ok(()));
            prop_assert!(Callflow::from_json(&doc.to_json()).is_ok());
        }
        if let Ok(flow) = Flow::from_json(&value) {
            prop_assert_eq!(flow.well_formed(), Ok(()));
        }
    }

    #[test]
    fn hostile_data_is_kept_checked_and_run(value in hostile(), module in 0..16_usize) {
        let Value::Object(object) = value else { return Ok(()) };
        let catalog = action::catalog();
        let module = catalog.get(module).map_or("vendor", |entry| entry.module);
        let mut directory = directory();
        for kind in ResourceKind::ALL {
            let (resource, _) = Resource::parse(kind, object.clone());
            prop_assert_eq!(resource.to_object(), object.clone());
            // What others refer to is as bad.
            for id in ["main", "ann", "hours", "vets", "box2001"] {
                directory.insert(kind, id, object.clone());
            }
        }
        let action = Action::from_wire(module, object.clone());
        prop_assert_eq!(action.to_object(), object.clone());
        let _ = (action.branches(&directory), action.caption(&directory), action.check(&directory, &["_", "hours"]));
        let flow = json!({"module": module, "data": object, "children": {
            "hours": {"module": "menu", "data": {"id": "main"}},
            "_": {"module": "user", "data": {"id": "ann"}, "children": {
                "_": {"module": "temporal_route", "children": {"hours": {"module": "voicemail", "data": {"id": "box2001"}}}}}}}});
        let mut account = fernhill(json!([{"id": "main", "numbers": ["2000"], "flow": flow}]));
        account.directory = Arc::new(directory);
        let outcome = simulate::run(Scene::new(Arc::new(account), "2000"), &"1,2,#".parse().unwrap());
        prop_assert!(outcome.unwrap().end.is_some());
    }
}

#[test]
fn documents_beyond_the_limits_are_refused() {
    let mut deep = json!({"module": "sleep"});
    for _ in 0..=callflow::limits::MAX_DEPTH {
        deep = json!({"module": "sleep", "children": {"_": deep}});
    }
    assert!(Flow::from_json(&deep).is_err());
    let wide: Map<String, Value> = (0..=callflow::limits::MAX_BRANCHES)
        .map(|n| (n.to_string(), json!({"module": "sleep"})))
        .collect();
    assert!(Flow::from_json(&json!({"module": "menu", "children": wide})).is_err());
    let nodes: Map<String, Value> = (1..=callflow::limits::MAX_NODES + 1)
        .map(|n| {
            (
                format!("n{n}"),
                json!({"module": "sleep", "children": {"_": format!("n{}", n + 1)}}),
            )
        })
        .collect();
    assert!(Flow::from_json(&json!({"root": "n1", "nodes": nodes})).is_err());
    for broken in [
        json!({"root": "n1", "nodes": {}}),
        json!({"root": null, "nodes": {"n1": {"module": "play"}}}),
        json!({"root": "n1", "nodes": {"n1": {"module": "play", "children": {"_": "n1"}}}}),
        json!({"root": "n1", "nodes": {"n1": {"module": "play", "children": {"_": "n2", "1": "n2"}}, "n2": {"module": "play"}}}),
        json!({"root": "n1", "nodes": {"n1": {"module": "play", "children": {"_": 5}}}}),
    ] {
        assert!(Flow::from_json(&broken).is_err(), "{broken}");
    }
}

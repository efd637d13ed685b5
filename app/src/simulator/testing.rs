//! An account and a draft for the tests of the simulator.

use super::SimulatedAccount;
use super::remote::LiveProgram;
use callflow::zone::Offsets;
use callflow::{Callflow, Directory};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

fn callflow(document: &Value) -> Callflow {
    Callflow::from_json(document).unwrap_or_else(|error| panic!("{error}"))
}

/// An hour east of UTC all year; the published callflow `main` refuses at once.
pub(super) fn account() -> SimulatedAccount {
    let hour_east = json!({"first": 3_600, "changes": []});
    let hour_east: Offsets = serde_json::from_value(hour_east).unwrap_or_else(|e| panic!("{e}"));
    SimulatedAccount {
        name: "Fernhill".to_owned(),
        realm: "fernhill.example".to_owned(),
        time_zone: "Test/Hour".to_owned(),
        language: "en-GB".to_owned(),
        directory: Directory::default(),
        programs: vec![LiveProgram {
            id: "main".into(),
            version: 3,
            callflow: Arc::new(callflow(
                &json!({"numbers": ["2000"], "flow": {"module": "response", "data": {"code": 486}}}),
            )),
        }],
        live: Vec::new(),
        zones: BTreeMap::from([("Test/Hour".to_owned(), hour_east)]),
        now: "2026-11-25T10:00".to_owned(),
        earliest: "2024-11-25T10:00".to_owned(),
        latest: "2036-11-25T10:00".to_owned(),
        prompts: BTreeMap::new(),
    }
}

/// Answers, then waits for keys for a long time: step 1, then step 2, and a third on key 1.
pub(super) fn draft() -> Callflow {
    callflow(
        &json!({"numbers": ["2000"], "flow": {"version": 1, "root": "n1", "nodes": {
            "n1": {"module": "answer", "data": {}, "children": {"_": "n2"}},
            "n2": {"module": "collect_dtmf", "data": {}, "children": {"_": "n3"}},
            "n3": {"module": "hangup", "data": {}, "children": {}},
        }}}),
    )
}

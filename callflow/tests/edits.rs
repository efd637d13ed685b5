#![allow(clippy::unwrap_used, missing_docs)]
//! What edits keep: ids, the order of branches, and where jumps lead.

use callflow::edit::{self, Edit, Place};
use callflow::{Action, Callflow, Directory, Flow, NodeId, check, outline};
use serde_json::{Map, json};
use std::sync::Arc;

fn keys_of(flow: &Flow, node: NodeId) -> Vec<String> {
    let node = flow.node(node).unwrap();
    node.branches
        .iter()
        .map(|(key, _)| key.to_string())
        .collect()
}

#[test]
fn last_id_there_is_does_not_break_the_next_step() {
    let flow = json!({"root": "n4294967295", "nodes": {"n4294967295": {"module": "sleep"}}});
    let doc = Callflow::from_json(&json!({"flow": flow})).unwrap();
    let directory = Directory::default();
    let sleep = Action::from_wire("sleep", Map::new());
    let once = edit::apply(
        &doc,
        Edit::Insert {
            at: Place::first(),
            action: sleep.clone(),
        },
        &directory,
    )
    .unwrap();
    let twice = edit::apply(
        &once.callflow,
        Edit::Insert {
            at: Place::first(),
            action: sleep,
        },
        &directory,
    )
    .unwrap();
    assert_eq!(twice.callflow.flow.len(), 3);
    assert_eq!(twice.callflow.flow.well_formed(), Ok(()));
}

#[test]
fn new_branches_find_their_place_and_move_no_other() {
    let directory = Directory::default();
    let put = |text: &str, key: &str| {
        let flow = Arc::new(outline::read(text).unwrap());
        let doc = Callflow {
            flow,
            ..Callflow::default()
        };
        let sleep = Action::from_wire("sleep", Map::new());
        let wanted = Edit::Insert {
            at: Place::on(NodeId(1), key),
            action: sleep,
        };
        keys_of(
            &edit::apply(&doc, wanted, &directory).unwrap().callflow.flow,
            NodeId(1),
        )
        .join(" ")
    };
    let menu = "menu\n  2: play\n  0: play\n  timeout: play\n";
    assert_eq!(put(menu, "1"), "1 2 0 timeout");
    assert_eq!(put(menu, "9"), "2 9 0 timeout");
    assert_eq!(put(menu, "*"), "2 0 * timeout");
    assert_eq!(put(menu, "#"), "2 0 # timeout");
    assert_eq!(put(menu, "_"), "2 0 timeout _");
    let times = "temporal_route\n  b: play\n  a: play\n  _: play\n";
    assert_eq!(put(times, "0"), "b a 0 _");
    assert_eq!(put("menu\n  9: play\n  1: play\n", "5"), "5 9 1");
}

fn document(text: &str) -> Callflow {
    Callflow {
        flow: Arc::new(outline::read(text).unwrap()),
        ..Callflow::default()
    }
}

#[test]
fn jump_leads_to_the_same_step_after_a_way_through_kazoos_form() {
    let directory = Directory::default();
    // Ids in another order than the steps stand.
    let mut doc = document("menu\n  1: play\n    jump {\"step\":\"n1\"}\n");
    for module in ["answer", "sleep"] {
        let action = Action::from_wire(module, Map::new());
        let at = Place::first();
        doc = edit::apply(&doc, Edit::Insert { at, action }, &directory)
            .unwrap()
            .callflow;
    }
    let sent = doc.to_kazoo().to_string();
    let again = Callflow::from_json(&serde_json::from_str(&sent).unwrap()).unwrap();
    assert_eq!(again, doc);
    // Without jumps there is nothing in it that KAZOO has no name for.
    let plain = document("menu\n  1: play\n");
    assert!(!plain.to_kazoo().to_string().contains("step_id"));
}

#[test]
fn steps_without_an_id_keep_clear_of_the_others() {
    let flow = json!({"module": "menu", "children": {
        "1": {"module": "answer", "step_id": "n1", "id": "theirs"},
        "2": {"module": "jump", "data": {"step": "n1"}, "step_id": "n1"}}});
    let flow = Flow::from_json(&flow).unwrap();
    assert_eq!(flow.node(NodeId(1)).unwrap().action.module(), "answer");
    assert_eq!(flow.node(NodeId(1)).unwrap().extra["id"], json!("theirs"));
    let text = "menu\n  1: answer {} \"\" {\"id\":\"theirs\"}\n  2: jump {\"step\":\"n2\"}\n";
    assert_eq!(outline::write(&flow), text);
}

#[test]
fn jumps_inside_what_is_copied_stay_inside_the_copy() {
    let directory = Directory::default();
    let text = "menu\n  1: play\n    jump {\"step\":\"n2\"}\n  2: jump {\"step\":\"n1\"}\n";
    let doc = document(text);
    let paste = |node: u32, key: &str| {
        let fragment = edit::copy(&doc.flow, NodeId(node), true).unwrap();
        let at = Place::on(NodeId(1), key);
        let pasted = edit::apply(&doc, Edit::Paste { at, fragment }, &directory).unwrap();
        outline::write(&pasted.callflow.flow)
    };
    // The copied Play is the fourth line.
    let copied = "menu\n  1: play\n    jump {\"step\":\"n2\"}\n  2: jump {\"step\":\"n1\"}\n  \
                  3: play\n    jump {\"step\":\"n5\"}\n";
    assert_eq!(paste(2, "3"), copied);
    // A jump out of what is copied goes where it went.
    let out = "menu\n  1: play\n    jump {\"step\":\"n2\"}\n  2: jump {\"step\":\"n1\"}\n  3: jump {\"step\":\"n1\"}\n";
    assert_eq!(paste(4, "3"), out);
}

#[test]
fn jump_to_a_step_that_is_deleted_is_an_error() {
    let directory = Directory::default();
    let doc = document("answer\nplay {\"id\":\"silence_stream://5\"}\njump {\"step\":\"n2\"}\n");
    let codes = |doc: &Callflow| -> Vec<String> {
        let mut problems = check::check(doc, &directory);
        problems.retain(|problem| problem.severity != callflow::Severity::Hint);
        problems.into_iter().map(|p| p.code.into_owned()).collect()
    };
    assert!(codes(&doc).is_empty(), "{:?}", codes(&doc));
    let node = NodeId(2);
    let gone = edit::apply(&doc, Edit::Delete { node }, &directory).unwrap();
    assert_eq!(codes(&gone.callflow), ["JUMP_TARGET_MISSING"]);
    let circle = document("answer\njump {\"step\":\"n1\"}\n");
    assert_eq!(codes(&circle), ["JUMP_IN_CIRCLE"]);
}

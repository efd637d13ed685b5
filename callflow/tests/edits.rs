#![allow(clippy::unwrap_used, missing_docs)]
//! What edits keep: ids, the order of branches, and where jumps lead.

use callflow::edit::{self, Edit, Place};
use callflow::{Action, Callflow, Directory, Flow, NodeId, check, outline};
use serde_json::{Map, json};
use std::collections::BTreeSet;
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

/// What an edit of several steps makes of a flow, as an outline; or why it was refused.
fn several(text: &str, edit: impl FnOnce(BTreeSet<NodeId>) -> Edit, ids: &[u32]) -> String {
    let nodes = ids.iter().map(|id| NodeId(*id)).collect();
    match edit::apply(&document(text), edit(nodes), &Directory::default()) {
        Ok(applied) => {
            assert_eq!(applied.callflow.flow.well_formed(), Ok(()));
            outline::write(&applied.callflow.flow)
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn several_steps_are_deleted_at_once_and_their_neighbours_join() {
    let delete = |nodes| Edit::DeleteSeveral { nodes };
    let chain = "answer\nsleep\nplay\nsleep\nhangup\n";
    assert_eq!(several(chain, delete, &[2, 4]), "answer\nplay\nhangup\n");
    assert_eq!(several(chain, delete, &[1, 2]), "play\nsleep\nhangup\n");
    // A step that branches goes with its branches.
    let menu = "answer\nmenu\n  1: play\n  2: sleep\n";
    assert_eq!(several(menu, delete, &[2]), "answer\n");
    assert_eq!(several(menu, delete, &[3, 4]), "answer\nmenu\n");
    let gone = "These steps are no longer there.";
    assert_eq!(several(chain, delete, &[9]), gone);
}

#[test]
fn several_steps_move_together_in_their_order() {
    let to = |place: Place| move |nodes| Edit::MoveSeveral { nodes, to: place };
    let chain = "answer\nsleep\nplay\nsleep\ntts\n";
    let first = to(Place::first());
    assert_eq!(
        several(chain, first, &[3, 5]),
        "play\ntts\nanswer\nsleep\nsleep\n"
    );
    // Between two that move: where they stand now.
    let between = to(Place::on(NodeId(2), "_"));
    assert_eq!(
        several(chain, between, &[3, 5]),
        "answer\nsleep\nplay\ntts\nsleep\n"
    );
    let own = to(Place::on(NodeId(3), "_"));
    let refused = "Steps cannot be moved below themselves.";
    assert_eq!(several(chain, own, &[3, 5]), refused);
    let menu = "menu\n  1: play\n  2: hangup\n  3: sleep\n";
    let onto = to(Place::on(NodeId(1), "3"));
    let ends = "Nothing can follow Hang Up. Choose steps that stand one below the other.";
    let sleeping = "menu\n  1: play\n    sleep\n  2: hangup\n";
    let away = to(Place::on(NodeId(2), "_"));
    assert_eq!(several(menu, away, &[4]), sleeping);
    let last_refused = "These steps end the call. Put them last.";
    assert_eq!(several(menu, onto, &[2, 3]), last_refused);
    let last = to(Place::first());
    assert_eq!(several(menu, last, &[3, 4]), ends);
}

#[test]
fn several_steps_are_switched_off_and_on() {
    let switch = |enabled| move |nodes| Edit::EnableSeveral { nodes, enabled };
    let chain = "answer\nsleep\nplay\n";
    let off = several(chain, switch(false), &[1, 3]);
    assert_eq!(off, "off answer\nsleep\noff play\n");
    assert_eq!(several(&off, switch(true), &[1, 3]), chain);
    let gone = several(chain, switch(false), &[1, 9]);
    assert_eq!(gone, "This step is no longer there.");
}

#[test]
fn several_steps_are_copied_as_one_piece() {
    let directory = Directory::default();
    let doc = document("answer\nsleep\nmenu\n  1: play\n  2: jump {\"step\":\"n2\"}\n");
    let copy = |ids: &[u32]| {
        let ids = ids.iter().map(|id| NodeId(*id)).collect();
        edit::copy_several(&doc.flow, &ids, &directory)
    };
    let fragment = copy(&[2, 3]).unwrap();
    let at = Place::on(NodeId(4), "_");
    let pasted = edit::apply(&doc, Edit::Paste { at, fragment }, &directory).unwrap();
    assert_eq!(pasted.callflow.flow.len(), 9);
    let one = outline::write(&copy(&[1, 4]).unwrap().0);
    assert_eq!(one, "answer\nplay\n");
    assert!(copy(&[]).is_err());
}

#[test]
fn jump_shows_the_step_that_it_leads_to() {
    let directory = Directory::default();
    let doc = document("sleep {\"duration\":5}\njump {\"step\":\"n1\"}\n");
    assert_eq!(doc.flow.caption(NodeId(2), &directory).text, "Sleep · 5 s");
    let lost = document("answer\njump {\"step\":\"n7\"}\n");
    assert_eq!(lost.flow.caption(NodeId(2), &directory).text, "n7");
}

#![allow(clippy::unwrap_used, missing_docs)]
//! A call driven by hand, as the simulator in the browser drives it.

use callflow::simulate::{self, Answer, Input, Scene, Simulation, replay};
use callflow::trace::Step;
use callflow::zone::Offsets;
use callflow::{Account, NodeId};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::sync::Arc;

const FERNHILL: &str = include_str!("fixtures/fernhill.json");

fn account(flow: &Value) -> Account {
    let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
    file["callflows"] = json!([{"id": "main", "numbers": ["2000"], "flow": flow}]);
    simulate::account(&file).unwrap()
}

fn scene(flow: &Value) -> Scene {
    Scene::new(Arc::new(account(flow)), "2000")
}

/// A menu; on 1 Ben's phone rings, then the caller may leave a message.
fn front_desk() -> Value {
    json!({"module": "menu", "data": {"id": "main"}, "children": {
        "1": {"module": "user", "data": {"id": "ben", "timeout": 20}, "children": {
            "_": {"module": "voicemail", "data": {"id": "box2002"}}}}}})
}

/// The call after these inputs, from the greeting on: the menu listens a moment after it has answered.
fn after(inputs: &[Input]) -> Simulation {
    let mut call = replay(scene(&front_desk()), &[Input::Run]).unwrap();
    inputs.iter().for_each(|input| call.take(input));
    call
}

fn told(call: &Simulation) -> Vec<String> {
    let start = call.start();
    let trace = call.trace().iter();
    trace.map(|entry| simulate::line(start, entry)).collect()
}

fn seconds(call: &Simulation) -> i64 {
    call.now().duration_since(call.start()).as_secs()
}

fn pick_up() -> Input {
    Input::PickUp("ben-desk".to_owned())
}

#[test]
fn call_waits_for_a_key_a_phone_a_talker_and_a_recording() {
    let call = after(&[]);
    assert!(call.waits().key && call.waits().for_a_person());
    let call = after(&[Input::Press('1')]);
    let waits = call.waits();
    assert!(!waits.key, "a key is kept, not taken, while phones ring");
    assert_eq!(waits.phones, ["ben-desk"]);
    let call = after(&[Input::Press('1'), pick_up()]);
    assert!(call.waits().talking);
    let busy = Input::Refuse {
        device: "ben-desk".to_owned(),
        code: 486,
    };
    let call = after(&[Input::Press('1'), busy, Input::Run]);
    assert!(call.waits().recording, "{:?}", told(&call));
    let call = after(&[Input::Press('1'), pick_up(), Input::HangUp]);
    assert!(call.finished() && !call.waits().for_a_person());
}

#[test]
fn running_on_stops_wherever_a_person_may_act() {
    let call = after(&[Input::Press('1')]);
    assert_eq!(seconds(&call), 0);
    // It rings for 20 s; a key cuts the announcement short, which takes 5 s.
    let call = after(&[Input::Press('1'), Input::Run]);
    assert_eq!((seconds(&call), call.waits().key), (20, true));
    let call = after(&[Input::Press('1'), Input::Run, Input::Run]);
    assert_eq!((seconds(&call), call.waits().recording), (25, true));
    // The greeting; then the silence in which a key is still awaited.
    let call = after(&[Input::Run]);
    assert_eq!(seconds(&call), 5);
    assert!(call.waits().key);
    let call = after(&[Input::Run, Input::Run]);
    assert_eq!(seconds(&call), 15, "the menu asks again");
}

#[test]
fn running_on_ends_with_the_call() {
    let mut inputs = Vec::new();
    while !after(&inputs).finished() {
        inputs.push(Input::Run);
        assert!(inputs.len() < 100, "{:?}", told(&after(&inputs)));
    }
    let before = told(&after(&inputs));
    inputs.extend([Input::Run, Input::Step, Input::Press('1'), Input::HangUp]);
    assert_eq!(
        told(&after(&inputs)),
        before,
        "nothing happens after the end"
    );
}

#[test]
fn each_step_shows_something_new() {
    let mut inputs = Vec::new();
    let mut before = after(&inputs);
    while !before.finished() {
        inputs.push(Input::Step);
        let now = after(&inputs);
        let grew = now.trace().len() > before.trace().len();
        assert!(grew || now.waits() != before.waits(), "{:?}", told(&now));
        before = now;
        assert!(inputs.len() < 1_000);
    }
}

#[test]
fn one_step_back_is_the_same_call_with_one_input_less() {
    let all = [
        Input::Step,
        Input::Press('1'),
        Input::Step,
        pick_up(),
        Input::CalledPartyHangsUp,
    ];
    let scene = scene(&front_desk());
    let after = |inputs: &[Input]| replay(scene.clone(), inputs).unwrap();
    for most in 0..all.len() {
        let (once, again) = (after(&all[..most]), after(&all[..most]));
        assert_eq!((told(&once), once.now()), (told(&again), again.now()));
        let further = after(&all[..=most]);
        assert_eq!(told(&further)[..told(&once).len()], told(&once)[..]);
    }
}

#[test]
fn what_cannot_be_done_does_nothing() {
    let before = told(&after(&[]));
    let nothing = [
        pick_up(),
        Input::CalledPartyHangsUp,
        Input::Leave,
        Input::Retrieve,
    ];
    assert_eq!(told(&after(&nothing)), before);
}

#[test]
fn call_begins_at_another_step() {
    let mut scene = scene(&front_desk());
    let flow = &scene.account.programs[&"main".into()].callflow.flow;
    let user = flow.node(flow.root().unwrap()).unwrap().child("1");
    scene.first_step = user;
    let call = replay(scene.clone(), &[]).unwrap();
    assert_eq!(call.trace()[0].node, user);
    assert_eq!(call.ringing(), ["ben-desk"]);
    // A step that is not there any more: from the top.
    scene.first_step = Some(NodeId(4_711));
    let call = replay(scene, &[Input::Run]).unwrap();
    assert!(call.waits().key);
}

#[test]
fn opening_hours_follow_the_offsets_that_a_host_without_zones_was_told() {
    let flow = json!({"module": "temporal_route", "children": {
        "hours": {"module": "response", "data": {"code": 486}},
        "_": {"module": "response", "data": {"code": 480}}}});
    let london = TimeZone::get("Europe/London").unwrap();
    let (from, until) = ("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
    let offsets = Offsets::of(&london, from.parse().unwrap(), until.parse().unwrap());
    let mut account = account(&flow);
    account.timezone = "Nowhere/Known".to_owned();
    account
        .zones
        .insert("Nowhere/Known".to_owned(), offsets.clone());
    // Opening hours are Monday to Friday, 09:00 to 17:00; in summer London is an hour ahead of UTC.
    for (local, branch) in [
        ("2026-01-05T08:59", "_"),
        ("2026-01-05T09:00", "hours"),
        ("2026-07-06T08:59", "_"),
        ("2026-07-06T09:00", "hours"),
        ("2026-07-05T10:00", "_"),
    ] {
        let mut scene = Scene::new(Arc::new(account.clone()), "2000");
        scene.start = offsets.read(local).unwrap();
        let call = replay(scene, &[]).unwrap();
        let took = call.trace().iter().find_map(|entry| match &entry.step {
            Step::Took { key, .. } => Some(key.to_string()),
            _ => None,
        });
        assert_eq!(took.as_deref(), Some(branch), "{local}");
    }
}

#[test]
fn other_systems_give_the_same_answer_again_and_again() {
    let pivot = json!({"module": "pivot", "data": {"voice_url": "https://pivot.example/", "req_format": "kazoo"},
        "children": {"_": {"module": "response", "data": {"code": 480}}}});
    let mut scene = scene(&pivot);
    scene.around.answer = Answer {
        status: 200,
        content_type: "application/json".to_owned(),
        body: r#"{"module": "response", "data": {"code": 486}}"#.to_owned(),
    };
    let mut call = replay(scene, &[]).unwrap();
    while !call.finished() {
        call.take(&Input::Run);
    }
    let response = call.end().unwrap().response.clone();
    assert_eq!(
        response.map(|(code, _)| code),
        Some(486),
        "{:?}",
        told(&call)
    );
}

#![allow(clippy::unwrap_used, missing_docs)]
//! The simulation as a program sees it, and what the commands of an action hold beyond its trace.

use callflow::call::CallInfo;
use callflow::cause::Cause;
use callflow::command::{
    Command, Dial, HttpMethod, HttpRequest, Leg, Outside, Party, Sound, Target, Update,
};
use callflow::event::DialOutcome;
use callflow::simulate::{self, Answer, Outcome, Phone, Scene, Script, Simulation};
use callflow::{
    Account, Callflow, CallflowId, Directory, Event, Interpreter, Origin, check, compile,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

const FERNHILL: &str = include_str!("fixtures/fernhill.json");

fn account(flow: &Value) -> Arc<Account> {
    let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
    file["callflows"] = json!([{"id": "main", "numbers": ["2000"], "flow": flow}]);
    Arc::new(simulate::account(&file).unwrap())
}

fn scene(flow: &Value) -> Scene {
    Scene::new(account(flow), "2000")
}

fn run(scene: Scene, script: &str) -> Outcome {
    simulate::run(scene, &script.parse::<Script>().unwrap()).unwrap()
}

fn dials(outcome: &Outcome) -> Vec<&Dial> {
    let commands = outcome.commands.iter();
    commands
        .filter_map(|(_, command)| match command {
            Command::Dial { dial, .. } => Some(dial),
            _ => None,
        })
        .collect()
}

#[test]
fn trace_reads_as_text_with_times_steps_and_response() {
    let flow = json!({"module": "menu", "data": {"id": "main"}, "children": {
        "1": {"module": "user", "data": {"id": "ben", "timeout": 5}, "children": {
            "_": {"module": "response", "data": {"code": 480}}}}}});
    let outcome = run(scene(&flow), "wait 2,1");
    assert_eq!(
        outcome.text(),
        "   0.0 s  n1    enter menu\n   0.0 s  n1    answer\n   0.1 s  n1    play Welcome\n   \
         2.0 s  n1    keys 1\n   2.0 s  n1    branch 1: the caller pressed 1\n   2.0 s  n2    enter user\n   \
         2.0 s  n2    ring ben-desk\n   7.0 s  n2    not reached: NO_ANSWER\n   \
         7.0 s  n2    branch _: not reached, NO_ANSWER; there is no branch “NO_ANSWER”\n   \
         7.0 s  n3    enter response\n   7.0 s  n3    end NO_ANSWER: answered with 480\n"
    );
    let refused = run(scene(&json!({"module": "response"})), "");
    assert!(refused.text().ends_with("response 486 Busy Here\n"));
}

#[test]
fn caller_for_whom_nothing_happens_hangs_up() {
    let outcome = run(scene(&json!({"module": "echo"})), "");
    assert_eq!(outcome.end.unwrap().cause.as_str(), "NORMAL_CLEARING");
}

#[test]
fn hang_up_of_the_script_ends_the_call_then() {
    let outcome = run(
        scene(&json!({"module": "user", "data": {"id": "ben"}})),
        "wait 3,hangup",
    );
    let end = outcome.end.clone().unwrap();
    assert_eq!(
        (end.cause.as_str(), end.response),
        ("ORIGINATOR_CANCEL", None)
    );
    assert_eq!(
        outcome.trace.last().unwrap().at,
        outcome.start + jiff::SignedDuration::from_secs(3)
    );
}

#[test]
fn number_that_nobody_answers_is_told() {
    let mut scene = scene(&json!({"module": "sleep"}));
    scene.dialled = "999".into();
    let error = simulate::run(scene.clone(), &Script::default()).unwrap_err();
    assert!(error.to_string().contains("999"));
    scene.callflow = Some(CallflowId::from("main"));
    assert!(simulate::run(scene, &Script::default()).is_ok());
}

#[test]
fn file_may_be_a_bare_step_and_resources_stand_beside() {
    let file = json!({"numbers": ["100"], "flow": {"module": "device", "data": {"id": "d"}},
        "resources": {"devices": [{"id": "d", "name": "Desk", "sip": {"username": "d"}}]}});
    let account = simulate::account(&file).unwrap();
    let program = account.programs.values().next().unwrap();
    assert!(program.callflow.extra.is_empty());
    let mut scene = Scene::new(Arc::new(account), "100");
    scene.otherwise = Phone::Answers { after_ms: 1_000 };
    assert!(run(scene, "").text().contains("answered by d"));
    assert!(simulate::account(&json!({"module": "play"})).is_ok());
    for wrong in [
        json!({"flow": {}, "resources": {"cars": {}}}),
        json!({"flow": {}, "resources": {"users": [{}]}}),
        json!(1),
    ] {
        assert!(simulate::account(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn simulation_is_driven_by_hand() {
    let mut call = Simulation::new(scene(
        &json!({"module": "ring_group", "data": {"group_id": "vets"}}),
    ))
    .unwrap();
    call.advance_to(call.now());
    assert_eq!(call.ringing(), ["ann-desk", "ann-mobile", "ben-desk"]);
    assert!(call.refuse("ann-desk", 486));
    assert!(!call.refuse("lobby", 486));
    assert_eq!(call.ringing(), ["ann-mobile", "ben-desk"]);
    assert!(call.pick_up("ben-desk"));
    assert!(call.ringing().is_empty());
    assert!(call.called_party_hangs_up());
    assert!(call.finished());
    assert!(!call.called_party_hangs_up());
}

#[test]
fn distinctive_ring_wins_over_the_phones_own_ring() {
    let flow = json!({"module": "set_alert_info", "data": {"alert_info": "Bellcore-dr2"}, "children": {"_":
        {"module": "device", "data": {"id": "lobby"}}}});
    let outcome = run(scene(&flow), "");
    let leg = &dials(&outcome)[0].legs[0];
    assert_eq!(leg.alert_info.as_deref(), Some("Bellcore-dr2"));
}

#[test]
fn ringtone_of_the_group_depends_on_where_the_call_comes_from() {
    let flow = json!({"module": "ring_group", "data": {"endpoints": [{"id": "lobby", "endpoint_type": "device"}],
        "ringtones": {"internal": "in", "external": "out"}}});
    for (origin, expected) in [(Origin::Internal, "in"), (Origin::External, "out")] {
        let mut scene = scene(&flow);
        scene.origin = origin;
        let outcome = run(scene, "");
        assert_eq!(
            dials(&outcome)[0].legs[0].alert_info.as_deref(),
            Some(expected)
        );
    }
}

#[test]
fn ring_group_hands_its_terms_to_the_phones() {
    let flow = json!({"module": "ring_group", "data": {"timeout": 30, "ringback": "sales", "ignore_forward": false,
        "ignore_early_media": false, "fail_on_single_reject": true, "endpoints": [
            {"id": "lobby", "endpoint_type": "device", "delay": 25, "timeout": 5},
            {"id": "ben", "endpoint_type": "user", "delay": 5}]}});
    let outcome = run(scene(&flow), "");
    let dial = dials(&outcome)[0];
    let legs: Vec<_> = dial
        .legs
        .iter()
        .map(|l| (l.id(), l.delay_ms, l.timeout_ms))
        .collect();
    assert_eq!(
        legs,
        [
            ("ben-desk", 5_000, Some(20_000)),
            ("lobby", 25_000, Some(5_000))
        ]
    );
    assert_eq!(dial.timeout_ms, Some(30_000));
    assert_eq!(dial.ringback, Some(Sound::Media("sales".into())));
    assert!(!dial.ignore_forward && !dial.ignore_early_media && dial.fail_on_single_reject);
}

#[test]
fn delay_of_a_person_is_waited_once_in_order() {
    let flow = json!({"module": "user", "data": {"id": "ann", "strategy": "single", "delay": 3, "timeout": 10}});
    let outcome = run(scene(&flow), "");
    let delays: Vec<u64> = dials(&outcome)
        .iter()
        .map(|dial| dial.legs[0].delay_ms)
        .collect();
    assert_eq!(delays, [3_000, 0]);
}

#[test]
fn weights_decide_who_rings_first_in_the_long_run() {
    let flow = json!({"module": "ring_group", "data": {"strategy": "weighted_random", "endpoints": [
        {"id": "lobby", "endpoint_type": "device", "weight": 30, "timeout": 1},
        {"id": "ben", "endpoint_type": "user", "weight": 10, "timeout": 1}]}});
    let account = account(&flow);
    let first = (0..1_000).filter(|seed| {
        let mut scene = Scene::new(Arc::clone(&account), "2000");
        scene.seed = *seed;
        let outcome = run(scene, "");
        dials(&outcome)[0].legs[0].id() == "lobby"
    });
    let count = first.count();
    assert!((680..820).contains(&count), "{count} of 1000, 750 expected");
}

#[test]
fn message_tells_who_called_and_how_long() {
    let flow = json!({"module": "voicemail", "data": {"id": "box2001"}});
    let mut scene = scene(&flow);
    scene.caller.name = "Mr Fox".into();
    scene.speak_ms = 4_000;
    let outcome = run(scene, "");
    let message = outcome
        .commands
        .iter()
        .find_map(|(_, command)| match command {
            Command::Update {
                update:
                    Update::Message {
                        mailbox,
                        duration_ms,
                        caller,
                        ..
                    },
                ..
            } => Some((mailbox.clone(), *duration_ms, caller.name.clone())),
            _ => None,
        });
    // Four seconds of speech and the silence that ends it.
    assert_eq!(message, Some(("box2001".into(), 9_000, "Mr Fox".into())));
}

#[test]
fn spoken_media_are_spoken() {
    let outcome = run(
        scene(&json!({"module": "play", "data": {"id": "spoken"}})),
        "",
    );
    let spoken = outcome.commands.iter().any(|(_, command)| {
        matches!(command, Command::Play { sounds, .. } if matches!(&sounds[..], [Sound::Speak { text, .. }] if text == "Good morning"))
    });
    assert!(spoken, "{:?}", outcome.commands);
}

#[test]
fn pattern_names_the_mailbox() {
    let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
    file["callflows"] =
        json!([{"id": "vm", "patterns": ["^\\*\\*([0-9]+)$"], "flow": {"module": "voicemail"}}]);
    let account = Arc::new(simulate::account(&file).unwrap());
    let outcome = run(Scene::new(Arc::clone(&account), "**2002"), "");
    assert!(
        outcome.text().contains("play Ann is away"),
        "{}",
        outcome.text()
    );
    let none = run(Scene::new(account, "**777"), "");
    assert!(
        none.text().contains("There is no such mailbox"),
        "{}",
        none.text()
    );
}

fn severities(document: &Value) -> Vec<(String, String)> {
    let callflow = Callflow::from_json(document).unwrap();
    let problems = check::check(&callflow, &Directory::default());
    problems
        .iter()
        .map(|p| (p.code.to_string(), p.severity.to_string()))
        .collect()
}

#[test]
fn mailbox_is_required_where_no_digits_are_captured() {
    let flow = json!({"module": "voicemail"});
    let error = severities(&json!({"numbers": ["1"], "flow": flow}));
    assert_eq!(error, [("FIELD_REQUIRED".to_owned(), "error".to_owned())]);
    assert_eq!(
        severities(&json!({"patterns": ["^\\*\\*([0-9]*)$"], "flow": flow})),
        []
    );
    let part = severities(&json!({"flow": flow}));
    assert!(
        part.contains(&("MAILBOX_MISSING".to_owned(), "warning".to_owned())),
        "{part:?}"
    );
}

#[test]
fn broken_flow_does_not_compile_and_says_all_that_is_wrong() {
    let document = json!({"numbers": ["1"], "flow": {"module": "user", "data": {"timeout": "soon"}, "children": {"_":
        {"module": "response", "data": {"code": 200}, "children": {"_": {"module": "play"}}}}}});
    let callflow = Callflow::from_json(&document).unwrap();
    let problems = compile("c".into(), 1, &callflow, &Directory::default()).unwrap_err();
    let codes: Vec<_> = problems
        .iter()
        .map(|p| (p.node.unwrap().0, p.code.as_ref()))
        .collect();
    for expected in [
        (1, "FIELD_REQUIRED"),
        (1, "FIELD_INVALID"),
        (2, "FIELD_INVALID"),
        (2, "BRANCH_UNREACHABLE"),
        (3, "FIELD_REQUIRED"),
    ] {
        assert!(
            codes.contains(&expected),
            "{expected:?} is not in {codes:?}"
        );
    }
}

#[test]
fn every_kazoo_document_runs_to_an_end_without_its_resources() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kazoo");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let account = Arc::new(simulate::account(&file).unwrap());
        for id in account.programs.keys() {
            let mut scene = Scene::new(Arc::clone(&account), "1");
            scene.callflow = Some(id.clone());
            assert!(
                run(scene, "1,wait 30,9").end.is_some(),
                "{}",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count >= 8);
}

#[test]
fn phones_that_rang_in_vain_are_tried_again_whoever_counted_the_time() {
    let flow = json!({"module": "ring_group", "data": {"repeats": 2, "group_id": "vets"}, "children": {
        "NO_ANSWER": {"module": "response", "data": {"code": 480}}}});
    let account = account(&flow);
    let program = Arc::clone(&account.programs[&CallflowId::from("main")]);
    let info = CallInfo {
        id: "c".into(),
        caller: Party::default(),
        dialled: "2000".into(),
        origin: Origin::External,
        device: None,
        capture: None,
        captures: std::collections::BTreeMap::default(),
    };
    let now = Timestamp::UNIX_EPOCH;
    let mut call = Interpreter::new(account, program, info, 1);
    let mut commands = call.start(now);
    for _ in 0..2 {
        if let [Command::Query { op, .. }] = commands[..] {
            let live = Arc::default();
            commands = call.handle(now, Event::Live { op, live });
        }
        let [Command::Dial { op, .. }] = commands[..] else {
            panic!("{commands:?}");
        };
        // A host may say that every phone gave up, or that the time of the attempt is over.
        let (cause, sip) = (Cause::NO_ANSWER, None);
        let outcome = DialOutcome::Failed { cause, sip };
        commands = call.handle(now, Event::Dialed { op, outcome });
    }
    assert!(
        matches!(commands[..], [Command::End { code: 480, .. }]),
        "{commands:?}"
    );
}

#[test]
fn switches_are_asked_for_only_where_there_is_something_to_look_at() {
    let asks = |flow: Value| {
        let outcome = run(scene(&flow), "");
        let mut commands = outcome.commands.iter();
        commands.any(|(_, command)| matches!(command, Command::Query { .. }))
    };
    let after = json!({"_": {"module": "response"}});
    assert!(!asks(
        json!({"module": "temporal_route", "children": after})
    ));
    let rules = json!({"hours": {"module": "response"}});
    assert!(asks(json!({"module": "temporal_route", "children": rules})));
}

#[test]
fn pin_of_a_hot_desk_stands_in_no_trace() {
    let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
    file["resources"]["users"]["ben"]["hotdesk"] =
        json!({"enabled": true, "id": "77", "require_pin": true, "pin": "86420"});
    file["callflows"] = json!([{"id": "main", "numbers": ["2000"], "flow": {"module": "hotdesk"}}]);
    let mut scene = Scene::new(Arc::new(simulate::account(&file).unwrap()), "2000");
    scene.origin = Origin::Internal;
    scene.device = Some("lobby".to_owned());
    let outcome = run(scene, "7,7,#,8,6,4,2,0,#");
    let text = outcome.text();
    assert!(text.contains("logged in"), "{text}");
    assert!(
        !text.contains("86420") && text.contains("keys •••••"),
        "{text}"
    );
}

fn webhooks(outcome: &Outcome) -> Vec<&HttpRequest> {
    let commands = outcome.commands.iter();
    commands
        .filter_map(|(_, command)| match command {
            Command::Http { request, .. }
            | Command::Update {
                update: Update::Webhook(request),
                ..
            } => Some(request),
            _ => None,
        })
        .collect()
}

fn told<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let mut fields = request.fields.iter();
    fields.find_map(|(own, value)| (own == name).then_some(value.as_str()))
}

/// A scene with more in its resources than Fernhill has.
fn scene_with(flow: &Value, resources: &[(&str, &str, Value)]) -> Scene {
    let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
    file["callflows"] = json!([{"id": "main", "numbers": ["2000"], "flow": flow}]);
    for (kind, id, document) in resources {
        let slot = &mut file["resources"][kind][id];
        if slot.is_null() {
            *slot = json!({});
        }
        let slot = slot.as_object_mut().unwrap();
        slot.extend(document.as_object().unwrap().clone());
    }
    Scene::new(Arc::new(simulate::account(&file).unwrap()), "2000")
}

fn outside(outcome: &Outcome) -> (&Leg, &Outside) {
    let leg = &dials(outcome)[0].legs[0];
    let Target::Outside(outside) = &leg.target else {
        panic!("a number is dialled");
    };
    (leg, outside)
}

#[test]
fn carriers_are_told_everything_about_a_call() {
    let flow = json!({"module": "resources", "data": {"to_did": "+44 1632 960999", "hunt_account_id": "reseller",
        "outbound_flags": ["fax", "cheap"], "timeout": 25, "ignore_early_media": true, "ringback": "sales",
        "do_not_normalize": true, "format_from_uri": true, "emit_account_id": true,
        "custom_sip_headers": {"out": {"X-Branch": "north"}}}});
    let outcome = run(scene(&flow), "");
    let (leg, outside) = outside(&outcome);
    assert_eq!(outside.number, "+441632960999");
    assert_eq!(outside.carriers_of.as_deref(), Some("reseller"));
    assert_eq!(outside.flags, ["fax", "cheap"]);
    assert_eq!(outside.class.as_deref(), Some("national"));
    assert_eq!(outside.from_realm.as_deref(), Some("fernhill.example"));
    assert!(outside.verbatim);
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = [
        header("X-Branch", "north"),
        header("X-Account-ID", "simulation"),
    ];
    assert_eq!(leg.headers, expected);
    assert_eq!(leg.timeout_ms, Some(25_000));
    let dial = dials(&outcome)[0];
    assert!(dial.ignore_early_media);
    assert_eq!(dial.ringback, Some(Sound::Media("sales".into())));
}

#[test]
fn carriers_of_the_account_are_its_own_unless_the_step_says_otherwise() {
    for (module, data, expected) in [
        ("resources", json!({}), Some("simulation")),
        ("resources", json!({"use_local_resources": false}), None),
        ("offnet", json!({"use_local_resources": true}), None),
    ] {
        let outcome = run(scene(&json!({"module": module, "data": data})), "");
        let (_, outside) = outside(&outcome);
        assert_eq!(outside.carriers_of.as_deref(), expected, "{module} {data}");
        assert!(!outside.verbatim);
    }
}

#[test]
fn caller_from_inside_shows_the_nearest_external_number_and_help_sees_the_building() {
    let external = |name: &str, number: &str| json!({"caller_id": {"external": {"name": name, "number": number}}});
    let account = json!({"caller_id": {"external": {"name": "Fernhill", "number": "+441632960001"},
        "emergency": {"number": "+441632960002"}}});
    let cases = [
        (
            vec![("settings", "settings", account.clone())],
            "Fernhill",
            "+441632960001",
        ),
        (
            vec![
                ("settings", "settings", account.clone()),
                ("users", "ann", external("Ann", "+441632960003")),
            ],
            "Ann",
            "+441632960003",
        ),
        (
            vec![
                ("users", "ann", external("Ann", "+441632960003")),
                ("devices", "ann-desk", external("", "+441632960004")),
            ],
            "Ann",
            "+441632960004",
        ),
    ];
    let call = |number: &str, resources: &[(&str, &str, Value)], inside: bool| {
        let flow = json!({"module": "offnet", "data": {"to_did": number}});
        let mut scene = scene_with(&flow, resources);
        if inside {
            scene.origin = Origin::Internal;
            scene.device = Some("ann-desk".into());
        }
        let outcome = run(scene, "");
        outside(&outcome).0.caller.clone()
    };
    for (resources, name, number) in &cases {
        let shown = call("+33123456789", resources, true).unwrap();
        assert_eq!(
            (shown.name.as_str(), shown.number.as_str()),
            (*name, *number)
        );
        let passed_on = call("+33123456789", resources, false).unwrap();
        assert_eq!(passed_on.number, "+441632960100");
    }
    let resources = [("settings", "settings", account)];
    assert_eq!(
        call("112", &resources, true).unwrap().number,
        "+441632960002"
    );
}

#[test]
fn webhook_tells_the_call_the_variables_and_its_own_fields() {
    let flow = json!({"module": "webhook", "data": {"uri": "https://crm.example/", "http_verb": "put", "format": "json",
        "retries": 3, "custom_data": {"team": "vets", "callee_number": "n/a", "who": "from {{caller_id_number}}"},
        "custom_request_headers": {"X-Key": "1"}}});
    let outcome = run(scene(&flow), "");
    let request = webhooks(&outcome)[0];
    assert_eq!(
        (request.method, request.json, request.retries),
        (HttpMethod::Put, true, 3)
    );
    assert_eq!(request.headers, [("X-Key".to_owned(), "1".to_owned())]);
    for (name, value) in [
        ("account_name", "Fernhill Veterinary"),
        ("caller_id_number", "+441632960100"),
        ("direction", "inbound"),
        ("state", "ringing"),
        ("team", "vets"),
        ("callee_number", "n/a"),
        ("who", "from +441632960100"),
    ] {
        assert_eq!(told(request, name), Some(value), "{name}");
    }
}

#[test]
fn server_is_told_in_its_own_words_and_the_keys_that_were_pressed() {
    let gather =
        "<Response><Gather numDigits='2' action='next'><Say>Two keys</Say></Gather></Response>";
    for (format, digits, number, dialled) in [
        (
            "kazoo",
            "Digits",
            "Caller-ID-Number",
            "2000@fernhill.example",
        ),
        ("twiml", "Digits", "From", "2000"),
    ] {
        let flow = json!({"module": "pivot", "data": {"voice_url": "https://ivr.example/a/", "method": "post",
            "req_format": format, "req_body_format": "json"}});
        let mut scene = scene(&flow);
        scene.around.answers.push_back(Answer {
            status: 200,
            content_type: "text/xml".into(),
            body: gather.into(),
        });
        let outcome = run(scene, "wait 2,42");
        let requests = webhooks(&outcome);
        assert_eq!(requests.len(), 2, "{}", outcome.text());
        assert!(requests.iter().all(|request| request.json));
        assert_eq!(told(requests[0], digits), None);
        assert_eq!(told(requests[0], "To"), Some(dialled));
        assert_eq!(told(requests[0], number), Some("+441632960100"));
        assert_eq!(requests[1].url, "https://ivr.example/a/next");
        assert_eq!(told(requests[1], digits), Some("42"));
    }
}

#[test]
fn instructions_that_go_round_in_a_circle_come_to_an_end() {
    let flow = json!({"module": "pivot", "data": {"voice_url": "https://ivr.example/"}, "children": {"_":
        {"module": "response"}}});
    let mut scene = scene(&flow);
    for _ in 0..200 {
        scene.around.answers.push_back(Answer {
            status: 200,
            content_type: "application/xml".into(),
            body: "<Response><Redirect/></Response>".into(),
        });
    }
    let outcome = run(scene, "");
    assert_eq!(webhooks(&outcome).len(), 100);
    assert!(outcome.text().contains("asked too often"));
    assert!(outcome.text().ends_with("response 486 Busy Here\n"));
}

#[test]
fn pin_stands_in_no_trace() {
    let outcome = run(
        scene(&json!({"module": "disa", "data": {"pin": "8642"}})),
        "8642#,hangup",
    );
    assert!(outcome.text().contains("keys •••"));
    assert!(!outcome.text().contains("8642"));
}

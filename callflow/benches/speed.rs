#![allow(clippy::unwrap_used, missing_docs)]
//! How fast the domain is: `cargo bench -p callflow`, or `make bench`. Figures stand in bench/callflow.md.

use callflow::call::CallInfo;
use callflow::check::{self, Checker};
use callflow::command::{Command, OpId, Party};
use callflow::edit::{self, Edit};
use callflow::event::Event;
use callflow::{
    Account, Callflow, CallflowId, Directory, Interpreter, NodeId, Origin, Program, ResourceKind,
    Routes, compile, diff, outline, simulate,
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::sync::Arc;

const FERNHILL: &str = include_str!("../tests/fixtures/fernhill.json");

fn account(flows: Value) -> Account {
    let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
    file["callflows"] = flows;
    simulate::account(&file).unwrap()
}

/// Resources of a firm: the fixture's and 500 users with a phone and a mailbox each.
fn directory() -> Directory {
    let mut directory = Directory::clone(&account(json!([])).directory);
    for number in 3_000..3_500 {
        let mut put = |kind, id: String, document: Value| {
            directory.insert(kind, id, document.as_object().unwrap().clone());
        };
        put(
            ResourceKind::User,
            format!("u{number}"),
            json!({"first_name": "User", "last_name": number.to_string(), "presence_id": number.to_string()}),
        );
        put(
            ResourceKind::Device,
            format!("d{number}"),
            json!({"name": "Desk", "owner_id": format!("u{number}"), "sip": {"username": number.to_string()}}),
        );
        put(
            ResourceKind::VoicemailBox,
            format!("b{number}"),
            json!({"name": "Box", "mailbox": number.to_string(), "owner_id": format!("u{number}")}),
        );
    }
    directory
}

/// The largest flow there may be, of ten kinds of steps in the mixture of a firm's main number.
fn large() -> Callflow {
    let mut text = String::from(
        "manual_presence {\"presence_id\":\"2001\",\"status\":\"busy\"}\ntemporal_route\n",
    );
    text.push_str("  christmas: response {\"code\":480}\n");
    let mut steps = 3;
    let mut number = 0;
    text.push_str("  hours: menu {\"id\":\"main\"}\n");
    while steps + 20 * 9 < 2_000 {
        let key = 10 + number;
        text.push_str(&format!("    {key}: menu {{\"id\":\"main\"}}\n"));
        for branch in 1..=20 {
            let user = 3_000 + (number * 20 + branch) % 500;
            text.push_str(&format!(
                "      {branch}: set_alert_info {{\"alert_info\":\"Bellcore-dr2\"}}\n\
                 \x20       play {{\"id\":\"sales\"}}\n\
                 \x20       user {{\"id\":\"u{user}\",\"timeout\":20}}\n\
                 \x20       ring_group {{\"name\":\"Team\",\"endpoints\":[{{\"id\":\"ann\",\"endpoint_type\":\"user\",\"timeout\":20}},{{\"id\":\"ben\",\"endpoint_type\":\"user\",\"timeout\":20}}],\"timeout\":20}}\n\
                 \x20       device {{\"id\":\"d{user}\"}}\n\
                 \x20       tts {{\"text\":\"Nobody is here\"}}\n\
                 \x20       sleep {{\"duration\":1}}\n\
                 \x20       temporal_route\n\
                 \x20         hours: response {{\"code\":480}}\n\
                 \x20         _: voicemail {{\"id\":\"b{user}\"}}\n"
            ));
            steps += 10;
        }
        text.push_str("      timeout: response {\"code\":480}\n");
        steps += 2;
        number += 1;
    }
    text.push_str("    timeout: response {\"code\":480}\n  _: response {\"code\":480}\n");
    steps += 2;
    let mut flow = outline::read(&text).unwrap_or_else(|error| panic!("{error}"));
    assert!(flow.len() + 200 > 2_000, "{} {steps}", flow.len());
    // Up to the last step there may be.
    let directory = Directory::default();
    let mut doc = Callflow {
        name: "Large".into(),
        numbers: vec!["2000".into(), "+441632960100".into()],
        flow: Arc::new(std::mem::take(&mut flow)),
        ..Callflow::default()
    };
    while doc.flow.len() < 2_000 {
        let action = callflow::Action::from_wire("sleep", serde_json::Map::new());
        let at = edit::Place::first();
        doc = edit::apply(&doc, Edit::Insert { at, action }, &directory)
            .unwrap()
            .callflow;
    }
    doc
}

fn flows(c: &mut Criterion) {
    let directory = Arc::new(directory());
    let doc = large();
    let id = CallflowId::from("large");
    let problems = check::check(&doc, &directory);
    assert_eq!(problems, [], "the large flow is without problems");
    c.bench_function("compile a flow of 2000 steps", |b| {
        b.iter(|| compile(id.clone(), 1, black_box(&doc), &directory).unwrap());
    });
    let mut checker = Checker::default();
    checker.check(Some(&id), &doc, &directory);
    let deep = doc.flow.preorder().into_iter().rev().nth(20).unwrap();
    let mut name = 0_u32;
    let mut now = doc.clone();
    c.bench_function("change a step of 2000 and check", |b| {
        b.iter(|| {
            name += 1;
            let note = name.to_string();
            let edit = Edit::SetNote { node: deep, note };
            now = edit::apply(&now, edit, &directory).unwrap().callflow;
            checker.check(Some(&id), &now, &directory)
        });
    });
    let move_back = [NodeId(1), NodeId(3)];
    c.bench_function("insert and delete a step of 2000, each checked", |b| {
        b.iter(|| {
            let action = callflow::Action::from_wire("sleep", serde_json::Map::new());
            let at = edit::Place::on(move_back[0], "_");
            let put = edit::apply(&now, Edit::Insert { at, action }, &directory);
            // The flow is full: the refusal is quick; below it is not full.
            black_box(put.is_err());
            let edit = Edit::Delete {
                node: doc.flow.root().unwrap(),
            };
            let less = edit::apply(&doc, edit, &directory).unwrap().callflow;
            let found = checker.check(Some(&id), &less, &directory);
            let action = callflow::Action::from_wire("sleep", serde_json::Map::new());
            let at = edit::Place::first();
            let more = edit::apply(&less, Edit::Insert { at, action }, &directory).unwrap();
            (found, checker.check(Some(&id), &more.callflow, &directory))
        });
    });
    let changed = now.clone();
    c.bench_function("tell two versions of 2000 steps apart", |b| {
        b.iter(|| diff::changes_in(black_box(&doc), &changed, &directory));
    });
    let json = doc.to_json();
    c.bench_function("read a flow of 2000 steps", |b| {
        b.iter(|| Callflow::from_json(black_box(&json)).unwrap());
    });
}

fn numbers(c: &mut Criterion) {
    let mut accounts: HashMap<String, Routes> = HashMap::new();
    for account in 0..10_000_u32 {
        let mut routes = Routes::default();
        for own in 0..10_u32 {
            let number = format!("+4416{:08}", account * 10 + own);
            routes.add(&"main".into(), &[number], &[]);
        }
        let patterns = [
            r"^\*97([0-9]*)$",
            r"^\*98(?P<box>[0-9]+)$",
            r"^\*3([0-9]+)$",
        ];
        routes.add(
            &"features".into(),
            &["no_match".into()],
            &patterns.map(String::from),
        );
        accounts.insert(format!("a{account}.example"), routes);
    }
    let mut at = 0_u32;
    let mut dialled = |outside: bool| {
        at = (at + 7_919) % 100_000;
        let number = if outside {
            format!("+4416{at:08}")
        } else {
            "*982001".to_owned()
        };
        (format!("a{}.example", at / 10), number)
    };
    let mut bench = |name: &str, outside: bool| {
        c.bench_function(name, |b| {
            b.iter_batched(
                || dialled(outside),
                |(realm, number)| accounts[&realm].find(&number, Origin::External).unwrap(),
                BatchSize::SmallInput,
            );
        });
    };
    bench("look up one of 100000 numbers of 10000 accounts", true);
    bench("look up a feature code by its pattern", false);
}

fn info() -> CallInfo {
    CallInfo {
        id: "c".into(),
        caller: Party::default(),
        dialled: "2000".into(),
        origin: Origin::External,
        device: None,
        capture: None,
        captures: BTreeMap::new(),
    }
}

fn playing(commands: &[Command]) -> OpId {
    let op = commands.iter().find_map(|command| match command {
        Command::Play { op, .. } | Command::SetTimer { op, .. } => Some(*op),
        _ => None,
    });
    op.unwrap()
}

fn answered(account: &Arc<Account>, program: &Arc<Program>) -> (Interpreter, OpId) {
    let now = Timestamp::UNIX_EPOCH;
    let mut call = Interpreter::new(Arc::clone(account), Arc::clone(program), info(), 1);
    call.start(now);
    let commands = call.handle(now, Event::Done { op: OpId(1) });
    let op = playing(&commands);
    let commands = call.handle(now, Event::Timer { op });
    let op = playing(&commands);
    call.take_trace();
    (call, op)
}

fn events(c: &mut Criterion) {
    let account = Arc::new(account(json!([{"id": "main", "numbers": ["2000"], "flow":
        {"module": "menu", "data": {"id": "main"}, "children": {
            "12": {"module": "response", "data": {"code": 480}},
            "1234": {"module": "sleep", "data": {}},
            "3": {"module": "menu", "data": {"id": "main"}, "children": {"1": {"module": "sleep", "data": {}}}}}}}])));
    let program = Arc::clone(&account.programs[&CallflowId::from("main")]);
    let now = Timestamp::UNIX_EPOCH;
    let mut bench = |name: &str, event: fn(OpId) -> Event| {
        c.bench_function(name, |b| {
            b.iter_batched_ref(
                || answered(&account, &program),
                |(call, op)| call.handle(now, event(*op)),
                BatchSize::SmallInput,
            );
        });
    };
    bench("event: a key of several", |_| Event::Digit { key: '1' });
    bench("event: the greeting has ended", |op| Event::PlayEnded {
        op,
    });
    bench("event: a key that leads to the next step", |_| {
        Event::Digit { key: '3' }
    });
    bench("event: a late answer", |_| Event::Timer { op: OpId(1) });
    c.bench_function("begin a call", |b| {
        b.iter(|| {
            let mut call = Interpreter::new(Arc::clone(&account), Arc::clone(&program), info(), 1);
            call.start(now)
        });
    });
}

criterion_group!(speed, flows, numbers, events);
criterion_main!(speed);

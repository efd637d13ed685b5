#![allow(clippy::unwrap_used, missing_docs)]
//! Mutated documents: whatever comes in, reading it does no harm, and what was read runs to an end.
//!
//! The same documents in every run. `PATCHCORD_FUZZ=100` tries a hundred times as many.

#[path = "generate/documents.rs"]
#[allow(dead_code)]
mod documents;

use callflow::call::CallInfo;
use callflow::cause::Cause;
use callflow::command::{Command, OpId, Party};
use callflow::event::{DialOutcome, Event};
use callflow::kazoo;
use callflow::simulate::{self, Phone, Scene, Script};
use callflow::{
    Account, Callflow, CallflowId, Directory, Interpreter, Origin, Resource, ResourceKind, check,
    outline,
};
use documents::{Dice, anything, document, modules};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;

const FERNHILL: &str = include_str!("fixtures/fernhill.json");

fn cases(usual: usize) -> usize {
    let more = std::env::var("PATCHCORD_FUZZ")
        .ok()
        .and_then(|n| n.parse::<usize>().ok());
    usual * more.unwrap_or(1)
}

const FRAGMENTS: [&str; 30] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "99999999999999999999999",
    "\"\"",
    "\"_\":",
    "\"id\":",
    "\"flow\":",
    "\"data\":",
    "\"module\":",
    "\"children\":{",
    "\"nodes\":{\"n1\":",
    "\"pvt_type\":\"user\",",
    "\"version\":2,",
    "\\u0000",
    "\\ud800",
    "\u{0}",
    "é🐈",
    "{\"module\":\"echo\"}",
    "[[[[[[[[[[[[[[[[[[[[",
];

/// Damages a text in a few places.
fn mutate(dice: &mut Dice, text: &[u8]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len());
        let end = (at + dice.roll(80)).min(bytes.len());
        match dice.roll(7) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(dice.roll(256)).unwrap(),
            1 => drop(bytes.splice(at..at, dice.pick(&FRAGMENTS).bytes())),
            2 => drop(bytes.splice(at..end, dice.pick(&FRAGMENTS).bytes())),
            3 if dice.one_in(4) => bytes.truncate(at),
            4 => {
                let copy = bytes[at..end].to_vec();
                let to = dice.roll(bytes.len());
                bytes.splice(to..to, copy);
            }
            5 => drop(bytes.drain(at..end)),
            _ => {
                // A digit, which leaves the document well formed.
                if let Some(digit) = bytes.iter().skip(at).position(u8::is_ascii_digit) {
                    bytes[at + digit] = b'0' + u8::try_from(dice.roll(10)).unwrap();
                }
            }
        }
    }
    bytes
}

/// Changes values somewhere in a document, which stays well formed.
fn change(dice: &mut Dice, value: &mut Value, odds: usize) {
    if dice.one_in(odds) {
        *value = match dice.roll(3) {
            0 => document(dice, "menu")["flow"].take(),
            _ => anything(dice, 3),
        };
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| change(dice, item, odds)),
        Value::Object(map) => {
            map.values_mut().for_each(|item| change(dice, item, odds));
            if dice.one_in(odds)
                && let Some(key) = map.keys().nth(dice.roll(map.len())).cloned()
            {
                let moved = map.shift_remove(&key).unwrap_or_default();
                map.insert((*dice.pick(&documents::KEYS)).to_owned(), moved);
            }
        }
        _ => {}
    }
}

fn corpus() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kazoo");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    let mut corpus: Vec<String> = paths
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    corpus.push(FERNHILL.to_owned());
    let mut dice = Dice(3);
    let everything: Vec<Value> = modules()
        .iter()
        .map(|module| document(&mut dice, module))
        .collect();
    corpus.extend(everything.iter().map(ToString::to_string));
    for source in everything {
        let (set, _) = kazoo::read(&source);
        corpus.extend(
            set.callflows
                .iter()
                .map(|d| d.callflow.to_json().to_string()),
        );
    }
    corpus
}

/// Everything that is done with what was read, and what holds then.
fn used(value: &Value) -> bool {
    let directory = Directory::default();
    let (mut set, _) = kazoo::read(value);
    for document in &set.callflows {
        let callflow = &document.callflow;
        assert_eq!(callflow.flow.well_formed(), Ok(()));
        assert_eq!(&Callflow::from_json(&callflow.to_json()).unwrap(), callflow);
        let nested = callflow.to_kazoo();
        assert_eq!(Callflow::from_json(&nested).unwrap().to_kazoo(), nested);
        let _ = (
            check::check(callflow, &directory),
            outline::write(&callflow.flow),
        );
    }
    let file = kazoo::export(&set);
    let (again, _) = kazoo::read(&file);
    assert_eq!(kazoo::export(&again), file, "{value}");
    set.remap(|kind, id| Some(format!("{}.{id}", kind.path())));
    assert_eq!(again.callflows.len(), set.callflows.len());
    !set.callflows.is_empty()
}

#[test]
fn mutated_texts_do_no_harm_to_the_import() {
    let corpus = corpus();
    let mut dice = Dice(42);
    let (mut read, mut used) = (0, 0);
    for _ in 0..cases(4_000) {
        let text = dice.pick(&corpus);
        let bytes = mutate(&mut dice, text.as_bytes());
        let _ = kazoo::read_text(&bytes);
        if let Ok(text) = callflow::json::read(&bytes) {
            read += 1;
            used += usize::from(self::used(&text.value));
        }
    }
    assert!(read > 500 && used > 300, "{read} {used}");
}

#[test]
fn changed_documents_do_no_harm_to_the_import() {
    let corpus: Vec<Value> = corpus()
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    let mut dice = Dice(7);
    for _ in 0..cases(1_500) {
        let mut value = dice.pick(&corpus).clone();
        let odds = 5 + dice.roll(60);
        change(&mut dice, &mut value, odds);
        used(&value);
        let _ = (kazoo::documents(&value), simulate::account(&value));
    }
}

/// The account of the help pages with a random callflow and damaged resources.
fn account(dice: &mut Dice) -> Arc<Account> {
    let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
    let module = *dice.pick(&modules());
    let mut flow = document(dice, module)["flow"].take();
    name_resources(dice, &mut flow);
    let other = document(dice, "menu")["flow"].take();
    file["callflows"] = json!([
        {"id": "main", "numbers": ["2000"], "flow": flow},
        {"id": "other", "numbers": ["2002"], "patterns": ["^3(.*)$"], "flow": other},
    ]);
    for kind in ResourceKind::ALL {
        let specs = Resource::specs(kind);
        let by_id = file["resources"]
            .get_mut(kind.path())
            .and_then(Value::as_object_mut);
        for document in by_id.into_iter().flat_map(Map::values_mut) {
            let Value::Object(document) = document else {
                continue;
            };
            while dice.one_in(3) && !specs.is_empty() {
                let spec = dice.pick(&specs);
                let value = match dice.one_in(2) {
                    true => documents::fitting(dice, spec),
                    false => anything(dice, 2),
                };
                callflow::json::set(document, spec.key, value);
            }
        }
    }
    Arc::new(simulate::account(&file).unwrap())
}

/// Lets steps refer to what there is.
fn name_resources(dice: &mut Dice, step: &mut Value) {
    const IDS: [&str; 10] = [
        "ann", "ben", "lobby", "vets", "main", "hunting", "welcome", "box2001", "holidays", "other",
    ];
    if let Some(data) = step.get_mut("data").and_then(Value::as_object_mut) {
        for (key, value) in data.iter_mut() {
            let id = key == "id" || key.ends_with("_id") || key == "rule_set";
            if id && !dice.one_in(4) {
                *value = json!(dice.pick(&IDS));
            }
        }
    }
    let children = step.get_mut("children").and_then(Value::as_object_mut);
    for child in children.into_iter().flat_map(Map::values_mut) {
        name_resources(dice, child);
    }
}

#[test]
fn random_flows_simulate_to_an_end() {
    let mut dice = Dice(11);
    for case in 0..cases(600) {
        let account = account(&mut dice);
        let mut scene = Scene::new(account, "2000");
        scene.otherwise = match dice.roll(4) {
            0 => Phone::Answers { after_ms: 3_000 },
            1 => Phone::Busy,
            2 => Phone::Unregistered,
            _ => Phone::NoAnswer,
        };
        let keys: String = (0..dice.roll(12))
            .map(|_| *dice.pick(&['0', '1', '2', '*', '#', '9']))
            .collect();
        let script: Script = keys.parse().unwrap();
        let outcome = simulate::run(scene, &script).unwrap();
        assert!(outcome.end.is_some(), "case {case}\n{}", outcome.text());
    }
}

/// Keeps the operations that run.
fn note(commands: &[Command], open: &mut Vec<OpId>, ended: &mut bool) {
    for command in commands {
        assert!(!*ended, "{command:?} comes after the end");
        match command {
            Command::Cancel { op } => open.retain(|other| other != op),
            Command::End { .. } => *ended = true,
            other => open.extend(started(other)),
        }
    }
}

/// The operation that a command starts: every such command names it first.
fn started(command: &Command) -> Option<OpId> {
    let text = format!("{command:?}");
    let rest = text.split_once("op: OpId(")?.1;
    rest.split_once(')')?.0.parse().ok().map(OpId)
}

fn event(dice: &mut Dice, open: &[OpId]) -> Event {
    let stray = OpId(dice.roll(40) as u64);
    let op = match open.is_empty() || dice.one_in(8) {
        true => stray,
        false => *dice.pick(open),
    };
    match dice.roll(12) {
        0..=3 => Event::Digit {
            key: *dice.pick(&['0', '1', '2', '5', '*', '#', 'A', '🐈']),
        },
        4 => Event::PlayEnded { op },
        5 | 6 => Event::Timer { op },
        7 => Event::Done { op },
        8 => Event::Failed {
            op,
            reason: "no\u{0} \u{202e}reason".into(),
        },
        9 => Event::Dialed {
            op,
            outcome: DialOutcome::Failed {
                cause: Cause::USER_BUSY,
                sip: Some(*dice.pick(&[0, 200, 486, 999, u16::MAX])),
            },
        },
        10 => Event::Dialed {
            op,
            outcome: DialOutcome::Answered {
                device: "nobody".into(),
            },
        },
        _ => Event::HttpAnswered {
            op,
            status: 200,
            content_type: "application/json".into(),
            body: document(dice, "menu")["flow"].to_string(),
        },
    }
}

fn info() -> CallInfo {
    CallInfo {
        id: "c".into(),
        caller: Party::default(),
        dialled: "2000".into(),
        origin: Origin::Internal,
        device: Some("ann-desk".into()),
        capture: None,
        captures: std::collections::BTreeMap::default(),
    }
}

#[test]
fn random_events_in_random_flows_end_with_the_caller() {
    let mut dice = Dice(13);
    for case in 0..cases(600) {
        let account = account(&mut dice);
        let program = Arc::clone(&account.programs[&CallflowId::from("main")]);
        let mut interpreter = Interpreter::new(account, program, info(), case as u64);
        let mut now = Timestamp::from_second(1_767_607_200).unwrap();
        let (mut open, mut ended) = (Vec::new(), false);
        note(&interpreter.start(now), &mut open, &mut ended);
        for _ in 0..dice.roll(60) {
            now += SignedDuration::from_millis(i64::try_from(dice.roll(5_000)).unwrap());
            let event = event(&mut dice, &open);
            if let Some(op) = event.op().filter(|_| event.is_last()) {
                open.retain(|other| *other != op);
            }
            note(&interpreter.handle(now, event), &mut open, &mut ended);
        }
        let gone = Event::HungUp {
            cause: Cause::NORMAL_CLEARING,
        };
        note(&interpreter.handle(now, gone), &mut open, &mut ended);
        for _ in 0..50 {
            let Some(op) = open.pop().filter(|_| !ended) else {
                break;
            };
            note(
                &interpreter.handle(now, Event::Done { op }),
                &mut open,
                &mut ended,
            );
        }
        assert!(interpreter.finished() && ended, "case {case}");
        assert!(interpreter.take_trace().len() <= callflow::limits::MAX_TRACE);
    }
}

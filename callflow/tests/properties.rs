#![allow(clippy::unwrap_used, missing_docs)]
//! What holds for any edits, any events and any document.

use callflow::action;
use callflow::call::CallInfo;
use callflow::cause::Cause;
use callflow::command::{Command, Folder, Left, OpId, Party, RecordingId, StoredMessage, Unparked};
use callflow::edit::{self, Applied, Edit, Place};
use callflow::event::{DialOutcome, Event, RecordEnd, Side};
use callflow::flow::Delta;
use callflow::replay::{self, Recorder, Recording};
use callflow::simulate::{self, Phone, Scene, Script};
use callflow::trace::Step;
use callflow::{
    Account, Action, Callflow, CallflowId, Directory, Flow, Interpreter, NodeId, Origin, check,
    diff, outline,
};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

const FERNHILL: &str = include_str!("fixtures/fernhill.json");

fn fernhill(flows: Value) -> Account {
    let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
    file["callflows"] = flows;
    simulate::account(&file).unwrap()
}

fn directory() -> Arc<Directory> {
    static DIRECTORY: LazyLock<Arc<Directory>> = LazyLock::new(|| fernhill(json!([])).directory);
    Arc::clone(&DIRECTORY)
}

/// So many cases of a property; `PROPTEST_CASES` asks for more. All of them together are more than 10,000.
fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    ProptestConfig {
        cases: asked.and_then(|cases| cases.parse().ok()).unwrap_or(usual),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Steps that a random flow is made of: every entry of the catalog as it is new, some filled in, and one that
/// nobody knows.
static STEPS: LazyLock<Vec<Action>> = LazyLock::new(|| {
    let filled = [
        ("play", json!({"id": "sales"})),
        (
            "play",
            json!({"id": "lost", "endless_playback": true, "terminators": []}),
        ),
        ("tts", json!({"text": "Hello"})),
        ("pivot", json!({"voice_url": "https://ivr.example/"})),
        (
            "pivot",
            json!({"voice_url": "https://ivr.example/", "serverless": {"flow_type": "text/xml", "flow_doc":
                "<Response><Gather numDigits='2'><Say>Keys</Say></Gather><Dial><User>ben</User>\
                 <Number>+441632960999</Number></Dial><Dial><Conference>r</Conference></Dial><Record/></Response>"}}),
        ),
        ("disa", json!({"pin": "12"})),
        ("offnet", json!({"to_did": "+441632960999"})),
        (
            "missed_call_alert",
            json!({"recipients": [{"type": "user", "id": "ann"}]}),
        ),
        (
            "tones",
            json!({"tones": [{"frequencies": [440], "duration_on": 100, "duration_off": 0}]}),
        ),
        ("menu", json!({"id": "main"})),
        ("menu", json!({"id": "hunting"})),
        ("menu", json!({"id": "recordable"})),
        ("device", json!({"id": "lobby"})),
        ("user", json!({"id": "ann", "strategy": "single"})),
        ("user", json!({"id": "dora"})),
        ("ring_group", json!({"group_id": "vets", "repeats": 3})),
        (
            "ring_group",
            json!({"strategy": "weighted_random", "group_id": "vets", "timeout": 7}),
        ),
        ("voicemail", json!({"id": "box2001"})),
        ("voicemail", json!({"id": "notice"})),
        ("voicemail", json!({"id": "box2001", "action": "check"})),
        ("voicemail", json!({"action": "check"})),
        ("conference", json!({"id": "boardroom"})),
        ("conference", json!({"id": "open", "moderator": true})),
        (
            "page_group",
            json!({"endpoints": [{"id": "vets", "endpoint_type": "group"}]}),
        ),
        ("group_pickup", json!({"group_id": "vets"})),
        ("intercept", json!({"user_id": "ann"})),
        (
            "park",
            json!({"default_ringback_timeout": 2000, "default_callback_timeout": 1000}),
        ),
        ("park", json!({"action": "auto", "slot": "105"})),
        ("call_pickup", json!({"target_call_id": "c"})),
        (
            "manual_presence",
            json!({"presence_id": "2001", "status": "busy"}),
        ),
        ("set_alert_info", json!({"alert_info": "x"})),
        ("sleep", json!({"duration": 1})),
        ("temporal_route", json!({"rule_set": "holidays"})),
        ("callflow", json!({"id": "main"})),
        ("callflow", json!({"id": "lost"})),
        ("response", json!({"code": 480, "media": "closed"})),
        ("echo", json!({})),
        ("directory", json!({"id": "lost"})),
        ("jump", json!({"step": "n1"})),
        ("jump", json!({"step": 3})),
        ("jump", json!({"step": "n40"})),
        ("jump", json!({"step": "elsewhere"})),
        ("fax_detect", json!({"duration": 1})),
        ("faxbox", json!({"id": "front"})),
        ("receive_fax", json!({"owner_id": "ann"})),
        ("record_caller", json!({"time_limit": 5, "record_min_sec": 1})),
        ("after_bridge", json!({"action": "transfer", "data": "2002"})),
        ("after_bridge", json!({"action": "park", "data": true})),
        ("transfer", json!({"target": "2000"})),
        ("transfer", json!({"target": "+441632960200"})),
        (
            "audio_macro",
            json!({"macros": [{"macro": "play", "id": "sales"}, {"macro": "say", "type": "number", "text": "5"}]}),
        ),
        ("send_dtmf", json!({"digits": "1w2", "duration_ms": 100})),
        (
            "set_variables",
            json!({"custom_application_vars": {"a": "{{a}}{{digits}}x"}}),
        ),
        ("set_variable", json!({"variable": "b", "value": "{{a}}"})),
        ("branch_variable", json!({"variable": "digits"})),
        (
            "branch_variable",
            json!({"variable": "enabled", "scope": "merged"}),
        ),
        ("collect_dtmf", json!({"max_digits": 3})),
        ("language", json!({"language": "de"})),
        ("dynamic_cid", json!({"action": "list", "id": "shown"})),
        (
            "prepend_cid",
            json!({"caller_id_name_prefix": "{{caller_id_name}}"}),
        ),
        ("cidlistmatch", json!({"id": "farms"})),
        ("lookupcidname", json!({"lists": ["farms", "lost"]})),
        ("branch_bnumber", json!({"hunt": true})),
        ("acme", json!({"x": 1})),
    ]
    .into_iter()
    .map(|(module, data)| Action::from_wire(module, data.as_object().unwrap().clone()));
    let fresh = action::catalog().into_iter().map(|entry| entry.make());
    filled.chain(fresh).collect()
});

/// Branch keys that a random flow uses.
const KEYS: [&str; 10] = [
    "_",
    "1",
    "2",
    "12",
    "timeout",
    "max_retries",
    "hours",
    "USER_BUSY",
    "sip:480",
    "rule_set",
];

/// One random edit, to be interpreted against the document at hand.
#[derive(Clone, Debug)]
struct Wish {
    kind: u8,
    node: usize,
    place: usize,
    key: usize,
    action: usize,
    flag: bool,
}

fn wish() -> impl Strategy<Value = Wish> {
    (
        0..12_u8,
        0..64_usize,
        0..64_usize,
        0..10_usize,
        0..128_usize,
        any::<bool>(),
    )
        .prop_map(|(kind, node, place, key, action, flag)| Wish {
            kind,
            node,
            place,
            key,
            action,
            flag,
        })
}

fn pick(flow: &Flow, index: usize) -> NodeId {
    let ids: Vec<NodeId> = flow.nodes().map(|(id, _)| id).collect();
    // Now and then an id that is not there.
    let id = ids.get(index % (ids.len() + 1)).copied();
    id.unwrap_or(NodeId(u32::try_from(index).unwrap()))
}

fn to_edit(doc: &Callflow, directory: &Directory, wish: &Wish) -> Edit {
    let flow = &doc.flow;
    let node = pick(flow, wish.node);
    let places = edit::places(flow, directory);
    let place = if wish.flag {
        places[wish.place % places.len()].clone()
    } else {
        Place::on(pick(flow, wish.place), KEYS[wish.key])
    };
    let action = STEPS[wish.action % STEPS.len()].clone();
    let key = |index: usize| KEYS[index % KEYS.len()].into();
    match wish.kind {
        0..=2 => Edit::Insert { at: place, action },
        3 => match edit::copy(flow, node, wish.flag) {
            Some(fragment) => Edit::Paste {
                at: place,
                fragment,
            },
            None => Edit::Delete { node },
        },
        4 => Edit::Change { node, action },
        5 => Edit::Move {
            node,
            to: place,
            alone: wish.action.is_multiple_of(2),
        },
        6 => Edit::Delete { node },
        7 => Edit::Duplicate { node },
        8 => Edit::RenameBranch {
            node,
            from: key(wish.key),
            to: key(wish.place),
        },
        9 => Edit::MoveBranch {
            node,
            key: key(wish.key),
            index: wish.place,
        },
        10 => {
            let nodes = [node, pick(flow, wish.place), pick(flow, wish.key)].into();
            match wish.action % 3 {
                0 => Edit::DeleteSeveral { nodes },
                1 => Edit::MoveSeveral { nodes, to: place },
                _ => Edit::EnableSeveral {
                    nodes,
                    enabled: wish.flag,
                },
            }
        }
        _ => Edit::SetEnabled {
            node,
            enabled: wish.flag,
        },
    }
}

/// The document after the wishes that could be granted, with every version on the way.
fn edited(wishes: &[Wish]) -> Vec<Callflow> {
    let directory = directory();
    let mut versions = vec![Callflow::default()];
    for wish in wishes {
        let now = versions.last().unwrap();
        let wanted = to_edit(now, &directory, wish);
        if let Ok(applied) = edit::apply(now, wanted, &directory) {
            versions.push(applied.callflow);
        }
    }
    versions
}

fn keys_of(flow: &Flow, node: NodeId) -> Vec<String> {
    let node = flow.node(node).unwrap();
    node.branches
        .iter()
        .map(|(key, _)| key.to_string())
        .collect()
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn any_edits_leave_a_tree(wishes in vec(wish(), 1..60)) {
        let directory = directory();
        let mut doc = Callflow::default();
        for wish in &wishes {
            let before = doc.to_json();
            let wanted = to_edit(&doc, &directory, wish);
            let label = wanted.label(&doc);
            let outcome = edit::apply(&doc, wanted.clone(), &directory);
            prop_assert_eq!(&doc.to_json(), &before, "{} changed the old document", label);
            let Ok(Applied { callflow, focus, deleted }) = outcome else { continue };
            prop_assert_eq!(callflow.flow.well_formed(), Ok(()), "{}", label);
            let (old, new) = (doc.flow.len(), callflow.flow.len());
            prop_assert!(focus.is_none_or(|id| callflow.flow.node(id).is_some()), "{}", label);
            match &wanted {
                Edit::Insert { .. } | Edit::Duplicate { .. } => prop_assert_eq!(new, old + 1),
                Edit::Paste { fragment, .. } => prop_assert_eq!(new, old + fragment.0.len()),
                Edit::Delete { .. } | Edit::DeleteSeveral { .. } => prop_assert_eq!(new + deleted, old),
                _ => prop_assert_eq!(new, old, "{}", label),
            }
            if let Edit::Move { node, alone: false, .. } = wanted {
                let kept = keys_of(&doc.flow, node);
                let now = keys_of(&callflow.flow, node);
                prop_assert!(kept.iter().all(|key| now.contains(key)), "{:?} {:?}", kept, now);
            }
            doc = callflow;
        }
        // Checks work on whatever came out, and every problem has its page.
        for problem in check::check(&doc, &directory) {
            prop_assert!(check::explain(&problem.code).is_some(), "{}", problem.code);
            for fix in &problem.fixes {
                let mended = fix.apply(&doc, &directory);
                prop_assert!(mended.is_ok_and(|doc| doc.flow.well_formed().is_ok()), "{:?}", fix);
            }
        }
    }

    #[test]
    fn checker_says_what_a_fresh_check_says(wishes in vec(wish(), 1..40)) {
        let directory = directory();
        let mut checker = check::Checker::default();
        let id = CallflowId::from("main");
        for version in edited(&wishes) {
            let fresh = check::check_as(Some(&id), &version, &directory);
            prop_assert_eq!(checker.check(Some(&id), &version, &directory), fresh);
        }
    }

    #[test]
    fn way_back_and_forth_is_kept_as_what_differs(wishes in vec(wish(), 1..40)) {
        let versions = edited(&wishes);
        let kept = |from: &Callflow, to: &Callflow| {
            let text = serde_json::to_string(&Delta::between(from, to)).unwrap();
            serde_json::from_str::<Delta>(&text).unwrap()
        };
        for pair in versions.windows(2) {
            let [old, new] = pair else { unreachable!() };
            prop_assert_eq!(&kept(old, new).apply(old).unwrap(), new);
            prop_assert_eq!(&kept(new, old).apply(new).unwrap(), old);
        }
        let (first, last) = (versions.first().unwrap(), versions.last().unwrap());
        prop_assert_eq!(kept(last, first).apply(last).unwrap().to_json(), first.to_json());
    }

    #[test]
    fn undo_is_identity(wishes in vec(wish(), 1..40)) {
        let versions = edited(&wishes);
        let texts: Vec<Value> = versions.iter().map(Callflow::to_json).collect();
        // What was kept for undo still says what it said, and nothing differs from itself.
        for (version, text) in versions.iter().zip(&texts).rev() {
            prop_assert_eq!(&version.to_json(), text);
            prop_assert_eq!(diff::changes(version, version), []);
        }
    }

    #[test]
    fn put_in_and_taken_out_is_as_before(wishes in vec(wish(), 0..40), place in 0..64_usize) {
        let directory = directory();
        let doc = edited(&wishes).pop().unwrap();
        let places = edit::places(&doc.flow, &directory);
        let at = places[place % places.len()].clone();
        let sleep = Action::from_wire("sleep", Map::new());
        let put = edit::apply(&doc, Edit::Insert { at, action: sleep }, &directory).unwrap();
        let node = put.focus.unwrap();
        prop_assert_eq!(diff::changes(&doc, &put.callflow).len(), 1);
        let out = edit::apply(&put.callflow, Edit::Delete { node }, &directory).unwrap();
        prop_assert_eq!(outline::write(&out.callflow.flow), outline::write(&doc.flow));
        prop_assert_eq!(diff::changes(&doc, &out.callflow), []);
    }

    #[test]
    fn every_form_of_a_flow_reads_back(wishes in vec(wish(), 0..60)) {
        let doc = edited(&wishes).pop().unwrap();
        let flow = &*doc.flow;
        let flat = Flow::from_json(&flow.to_json()).unwrap();
        // A jump that was copied with its step keeps what it was read from beside what it means now.
        prop_assert_eq!(flat.to_json(), flow.to_json());
        let text = outline::write(flow);
        // Through text, as it is sent and stored: the order of branches survives.
        let sent: Value = serde_json::from_str(&flow.to_json().to_string()).unwrap();
        prop_assert_eq!(outline::write(&Flow::from_json(&sent).unwrap()), text.clone());
        let nested = Flow::from_json(&flow.to_kazoo()).unwrap();
        prop_assert_eq!(outline::write(&nested), text.clone());
        prop_assert_eq!(outline::write(&outline::read(&text).unwrap()), text);
    }

    #[test]
    fn differences_name_only_steps_that_are_there(one in vec(wish(), 0..25), two in vec(wish(), 0..25)) {
        let old = edited(&one).pop().unwrap();
        let all: Vec<Wish> = one.into_iter().chain(two).collect();
        let new = edited(&all).pop().unwrap();
        let changes = diff::changes(&old, &new);
        for change in &changes {
            let Some(node) = change.node else { continue };
            let (before, after) = (old.flow.node(node).is_some(), new.flow.node(node).is_some());
            let expected = match change.kind {
                diff::Kind::Added => (false, true),
                diff::Kind::Removed => (true, false),
                _ => (true, true),
            };
            prop_assert_eq!((before, after), expected, "{}", change.text);
        }
        let same = outline::write(&old.flow) == outline::write(&new.flow);
        prop_assert!(same || !changes.is_empty());
    }
}

/// One random event, to be interpreted against what runs.
#[derive(Clone, Debug)]
struct Hap {
    kind: u8,
    op: usize,
    value: u64,
}

fn hap() -> impl Strategy<Value = Hap> {
    (0..34_u8, 0..8_usize, 0..200_000_u64).prop_map(|(kind, op, value)| Hap { kind, op, value })
}

/// The operation that a command starts.
fn started(command: &Command) -> Option<OpId> {
    match command {
        Command::Answer { op }
        | Command::Play { op, .. }
        | Command::Record { op, .. }
        | Command::Dial { op, .. }
        | Command::Bridge { op, .. }
        | Command::Echo { op }
        | Command::Join { op, .. }
        | Command::Page { op, .. }
        | Command::Park { op, .. }
        | Command::Pickup { op, .. }
        | Command::Fax { op, .. }
        | Command::DetectFax { op }
        | Command::SendDtmf { op, .. }
        | Command::Http { op, .. }
        | Command::SetTimer { op, .. }
        | Command::Query { op, .. }
        | Command::Update { op, .. } => Some(*op),
        Command::Cancel { .. } | Command::End { .. } => None,
    }
}

/// Follows the books of one call: what was started, what ended.
#[derive(Default)]
struct Books {
    open: BTreeSet<OpId>,
    updates: BTreeSet<OpId>,
    last: u64,
    ended: bool,
}

impl Books {
    fn note(&mut self, commands: &[Command]) -> Result<(), String> {
        for command in commands {
            if self.ended {
                return Err(format!("{command:?} comes after the end"));
            }
            let started = match command {
                Command::Cancel { op } => {
                    if !self.open.remove(op) {
                        return Err(format!("{op:?} is cancelled and does not run"));
                    }
                    continue;
                }
                Command::End { code, .. } => {
                    if !(300..700).contains(code) {
                        return Err(format!("{code} is no final failure"));
                    }
                    if !self.open.is_empty() {
                        return Err(format!("{:?} still run at the end", self.open));
                    }
                    self.ended = true;
                    continue;
                }
                other => started(other).ok_or_else(|| format!("{other:?} has no operation"))?,
            };
            if matches!(command, Command::Update { .. }) {
                self.updates.insert(started);
            }
            if !self.open.insert(started) {
                return Err(format!("{started:?} is started twice"));
            }
            self.last = self.last.max(started.0);
        }
        Ok(())
    }

    /// An event, of an operation that runs, ran, or never was.
    fn event(&mut self, hap: &Hap) -> Event {
        let op = match self.open.iter().nth(hap.op) {
            Some(op) => *op,
            None => OpId(hap.value % (self.last + 3)),
        };
        let keys = ['0', '1', '2', '3', '*', '#', 'A'];
        let event = match hap.kind {
            0..=3 => Event::Digit {
                key: keys[usize::try_from(hap.value).unwrap() % keys.len()],
            },
            4..=6 => Event::PlayEnded { op },
            7..=9 => Event::Timer { op },
            10..=12 => Event::Done { op },
            13 => Event::Failed {
                op,
                reason: "because".into(),
            },
            14 | 15 => Event::Recorded {
                op,
                recording: RecordingId(format!("r{}", hap.value)),
                duration_ms: hap.value,
                end: RecordEnd::Key('#'),
            },
            16 | 17 => Event::Dialed {
                op,
                outcome: match hap.value % 3 {
                    0 => DialOutcome::Timeout,
                    1 => DialOutcome::Answered {
                        device: "lobby".into(),
                    },
                    _ => DialOutcome::Failed {
                        cause: Cause::USER_BUSY,
                        sip: Some(486),
                    },
                },
            },
            18 => Event::BridgeEnded {
                op,
                by: Side::Callee,
            },
            19 => Event::BridgeEnded {
                op,
                by: Side::Caller,
            },
            20 => Event::Count {
                op,
                count: hap.value,
            },
            21 | 22 => Event::Live {
                op,
                live: Arc::default(),
            },
            23 => Event::Messages {
                op,
                messages: vec![message(hap.value)],
            },
            24 => Event::Left {
                op,
                why: Left::Closed,
            },
            25 => Event::Parked {
                op,
                slot: "101".into(),
            },
            26 => Event::Unparked {
                op,
                how: Unparked::Retrieved,
            },
            27 => Event::NoCall { op, found: 0 },
            28 => Event::FaxEnded {
                op,
                pages: 1,
                error: None,
            },
            29 => Event::FaxTone { op },
            30 => Event::HttpAnswered {
                op,
                status: 200,
                content_type: "application/json".into(),
                body: r#"{"module":"answer","data":{}}"#.into(),
            },
            31 => Event::Fetched { op },
            32 => Event::Transferred { by: "lobby".into() },
            _ => Event::HungUp {
                cause: Cause::NORMAL_CLEARING,
            },
        };
        if let Some(op) = event.op().filter(|_| event.is_last()) {
            self.open.remove(&op);
        }
        event
    }
}

fn message(value: u64) -> StoredMessage {
    StoredMessage {
        id: format!("m{value}"),
        folder: Folder::New,
        caller: Party::default(),
        at: Timestamp::UNIX_EPOCH,
        duration_ms: value,
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

/// An account whose callflow `main`, reached by 2000 and 2002, is the document.
fn account_of(doc: &Callflow) -> Arc<Account> {
    let flow = doc.flow.to_json();
    Arc::new(fernhill(
        json!([{"id": "main", "numbers": ["2000", "2002"], "flow": flow}]),
    ))
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn any_events_end_the_call_and_what_it_started(
        wishes in vec(wish(), 1..40),
        haps in vec(hap(), 0..120),
        seed in any::<u64>(),
    ) {
        let doc = edited(&wishes).pop().unwrap();
        let account = account_of(&doc);
        let program = Arc::clone(&account.programs[&CallflowId::from("main")]);
        let mut interpreter = Interpreter::new(account, program, info(), seed);
        let mut books = Books::default();
        let mut now = Timestamp::from_second(1_767_607_200).unwrap();
        let fails = TestCaseError::fail;
        books.note(&interpreter.start(now)).map_err(fails)?;
        for hap in &haps {
            now += jiff::SignedDuration::from_millis(i64::try_from(hap.value % 5_000).unwrap());
            let event = books.event(hap);
            books.note(&interpreter.handle(now, event)).map_err(fails)?;
        }
        // The caller hangs up: only what must be stored may still be waited for.
        let gone = Event::HungUp { cause: Cause::NORMAL_CLEARING };
        books.note(&interpreter.handle(now, gone)).map_err(fails)?;
        for _ in 0..50 {
            let Some(op) = books.open.iter().next().copied().filter(|_| !books.ended) else { break };
            prop_assert!(books.updates.contains(&op), "{:?} still runs after the hang-up", op);
            books.open.remove(&op);
            books.note(&interpreter.handle(now, Event::Done { op })).map_err(fails)?;
        }
        prop_assert!(interpreter.finished());
        prop_assert!(books.ended);
        let trace = interpreter.take_trace();
        prop_assert!(trace.len() <= callflow::limits::MAX_TRACE);
    }

    #[test]
    fn any_recorded_call_repeats_itself(
        wishes in vec(wish(), 1..40),
        haps in vec(hap(), 0..60),
        seed in any::<u64>(),
    ) {
        let doc = edited(&wishes).pop().unwrap();
        let account = account_of(&doc);
        let program = Arc::clone(&account.programs[&CallflowId::from("main")]);
        let mut call = Recorder::new(Arc::clone(&account), program, info(), seed);
        let mut books = Books::default();
        let mut now = Timestamp::from_second(1_767_607_200).unwrap();
        let fails = TestCaseError::fail;
        let first = call.start(now);
        books.note(&first).map_err(fails)?;
        let mut commands: Vec<_> = first.into_iter().map(|c| (now, c)).collect();
        let mut trace = call.take_trace();
        for hap in &haps {
            now += jiff::SignedDuration::from_millis(i64::try_from(hap.value % 5_000).unwrap());
            let event = books.event(hap);
            let next = call.handle(now, event);
            books.note(&next).map_err(fails)?;
            commands.extend(next.into_iter().map(|c| (now, c)));
            trace.extend(call.take_trace());
        }
        let finished = call.finished();
        // On disk and back.
        let told = serde_json::to_string(call.recording()).unwrap();
        let recording: Recording = serde_json::from_str(&told).unwrap();
        prop_assert_eq!(&recording, call.recording());
        let again = replay::replay(account, &recording).unwrap();
        prop_assert_eq!(again.commands, commands);
        prop_assert_eq!(again.trace, trace);
        prop_assert_eq!(again.finished, finished);
    }

    #[test]
    fn any_flow_simulates_to_an_end(
        wishes in vec(wish(), 1..40),
        keys in "[0-9*#]{0,12}",
        answers in any::<bool>(),
    ) {
        let doc = edited(&wishes).pop().unwrap();
        let mut scene = Scene::new(account_of(&doc), "2000");
        scene.otherwise = if answers { Phone::Answers { after_ms: 3_000 } } else { Phone::NoAnswer };
        let script: Script = keys.parse().unwrap();
        let outcome = simulate::run(scene.clone(), &script).unwrap();
        prop_assert!(outcome.end.is_some(), "{}", outcome.text());
        // The same scene is the same call.
        let again = simulate::run(scene, &script).unwrap();
        prop_assert_eq!(outcome.text(), again.text());
        prop_assert_eq!(outcome.commands, again.commands);
    }
}

#[test]
fn flow_that_goes_round_in_circles_is_ended() {
    let around = |id: &str| json!({"module": "callflow", "data": {"id": id}});
    let account = fernhill(json!([
        {"id": "a", "numbers": ["2000"], "flow": around("b")},
        {"id": "b", "numbers": ["2001"], "flow": around("a")},
    ]));
    let outcome = simulate::run(Scene::new(Arc::new(account), "2000"), &Script::default()).unwrap();
    let end = outcome.end.clone().unwrap();
    assert_eq!(
        end.cause,
        Cause::EXCHANGE_ROUTING_ERROR,
        "{}",
        outcome.text()
    );
    assert_eq!(end.response.map(|(code, _)| code), Some(483));
    let entered = outcome
        .trace
        .iter()
        .filter(|entry| matches!(entry.step, Step::Into { .. }));
    let most = usize::try_from(callflow::limits::MAX_CALLFLOW_BRANCHES).unwrap();
    assert_eq!(entered.count(), most);
}

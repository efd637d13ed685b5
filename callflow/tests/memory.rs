#![allow(clippy::unwrap_used, missing_docs)]
//! What an event costs in memory, and that a finished call leaves nothing behind.

use callflow::call::CallInfo;
use callflow::cause::Cause;
use callflow::command::{Command, OpId, Party};
use callflow::event::Event;
use callflow::{Account, CallflowId, Interpreter, Origin, simulate};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

/// Counts what this thread asks for and gives back.
struct Counting;

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
}

fn note(asked: u64, held: i64) {
    // A thread that is ending has no counters any more.
    let _ = ASKED.try_with(|count| count.set(count.get() + asked));
    let _ = HELD.try_with(|bytes| bytes.set(bytes.get() + held));
}

fn size(layout: Layout) -> i64 {
    i64::try_from(layout.size()).unwrap_or(i64::MAX)
}

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, size(layout));
        // SAFETY: as for this function.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        note(0, -size(layout));
        // SAFETY: as for this function.
        unsafe { System.dealloc(ptr, layout) }
    }
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new: usize) -> *mut u8 {
        note(1, i64::try_from(new).unwrap_or(i64::MAX) - size(layout));
        // SAFETY: as for this function.
        unsafe { System.realloc(ptr, layout, new) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn asked() -> u64 {
    ASKED.with(Cell::get)
}

fn held() -> i64 {
    HELD.with(Cell::get)
}

fn account() -> Arc<Account> {
    let mut file: Value = serde_json::from_str(include_str!("fixtures/fernhill.json")).unwrap();
    file["callflows"] = json!([{"id": "main", "numbers": ["2000"], "flow":
        {"module": "menu", "data": {"id": "main"}, "children": {
            "1234": {"module": "response", "data": {"code": 480}},
            "2": {"module": "user", "data": {"id": "ann"}, "children": {
                "_": {"module": "voicemail", "data": {"id": "box2001"}}}}}}}]);
    Arc::new(simulate::account(&file).unwrap())
}

fn begin(account: &Arc<Account>) -> Interpreter {
    let program = Arc::clone(&account.programs[&CallflowId::from("main")]);
    let info = CallInfo {
        id: "c".into(),
        caller: Party::default(),
        dialled: "2000".into(),
        origin: Origin::External,
        device: None,
        capture: None,
        captures: std::collections::BTreeMap::new(),
    };
    Interpreter::new(Arc::clone(account), program, info, 1)
}

fn started(commands: &[Command]) -> OpId {
    let op = commands.iter().find_map(|command| match command {
        Command::Answer { op }
        | Command::Play { op, .. }
        | Command::SetTimer { op, .. }
        | Command::Query { op, .. }
        | Command::Dial { op, .. } => Some(*op),
        _ => None,
    });
    op.unwrap()
}

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A call in its menu, while the greeting plays.
fn in_menu(account: &Arc<Account>) -> (Interpreter, OpId) {
    let mut call = begin(account);
    let op = started(&call.start(NOW));
    let op = started(&call.handle(NOW, Event::Done { op }));
    let op = started(&call.handle(NOW, Event::Timer { op }));
    (call, op)
}

#[test]
fn an_event_allocates_its_commands_and_nothing_else() {
    let account = account();
    let (mut call, greeting) = in_menu(&account);
    // Room for what comes, once a call.
    call.handle(NOW, Event::PlayEnded { op: greeting });
    let mut cost = |event: Event| {
        let before = asked();
        let commands = call.handle(NOW, event);
        (asked() - before, commands.len())
    };
    // The list of commands is one allocation; "cancel the timer, set another" needs no more.
    assert_eq!(cost(Event::Digit { key: '1' }), (1, 2));
    assert_eq!(cost(Event::Digit { key: '2' }), (1, 2));
    // A late answer, and one that is too much.
    assert_eq!(cost(Event::PlayEnded { op: greeting }), (0, 0));
    assert_eq!(cost(Event::Timer { op: OpId(99) }), (0, 0));
}

#[test]
fn finished_call_holds_nothing_but_its_last_words() {
    let account = account();
    let before = held();
    let (mut call, _) = in_menu(&account);
    let op = started(&call.handle(NOW, Event::Digit { key: '2' }));
    let live = Arc::default();
    drop(call.handle(NOW, Event::Live { op, live }));
    let running = held() - before;
    let cause = Cause::NORMAL_CLEARING;
    drop(call.handle(NOW, Event::HungUp { cause }));
    assert!(call.finished());
    drop(call.take_trace());
    let left = held() - before;
    // The two mailboxes between interpreter and host, empty.
    assert!(
        left < 1_024 && left < running / 4,
        "{left} of {running} bytes"
    );
    // What still comes in is not kept.
    for _ in 0..1_000 {
        call.handle(NOW, Event::Digit { key: '1' });
        call.handle(
            NOW,
            Event::HungUp {
                cause: Cause::NORMAL_CLEARING,
            },
        );
    }
    assert_eq!(held() - before, left);
    drop(call);
    assert_eq!(held(), before);
}

#[test]
fn abandoned_call_frees_everything() {
    let account = account();
    let before = held();
    let (call, _) = in_menu(&account);
    assert!(held() > before);
    drop(call);
    assert_eq!(held(), before);
    assert_eq!(Arc::strong_count(&account), 1);
}

//! Simulation: the interpreter in virtual time, with a caller and phones that do as they are told.
//!
//! The same interpreter as on real calls. A [`Scene`] says who calls and how the phones react; a
//! [`Simulation`] is driven step by step, or [`run`] to its end. Nothing here waits: time jumps to the next
//! thing that happens.

mod around;
mod dial;
mod duration;
mod host;
mod load;
mod replay;
mod script;

pub use around::{Answer, Around, FaxCaller, Room};
pub use load::{LoadError, account};
pub use replay::{Input, Waits, replay};
pub use script::{Act, Script, ScriptError};

use crate::account::Account;
use crate::call::CallInfo;
use crate::cause::Cause;
use crate::command::{Command, Left, OpId, Party};
use crate::document::CallflowId;
use crate::event::{Event, Side};
use crate::flow::NodeId;
use crate::interpreter::Interpreter;
use crate::program::Program;
use crate::route::Origin;
use crate::trace::Entry;
use host::Host;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// How a phone reacts when it rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phone {
    /// It is answered after so many milliseconds of ringing.
    Answers {
        /// Milliseconds of ringing.
        after_ms: u64,
    },
    /// It rings and nobody answers.
    NoAnswer,
    /// It is busy (486).
    Busy,
    /// It is refused (603) after so many milliseconds of ringing.
    Rejects {
        /// Milliseconds of ringing.
        after_ms: u64,
    },
    /// It is not registered.
    Unregistered,
    /// It answers with this code at once.
    Fails {
        /// A final SIP code, 300 to 699.
        code: u16,
    },
}

/// Who calls, whom, when, and how everybody else reacts.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The account.
    pub account: Arc<Account>,
    /// The callflow that runs; `None` looks the dialled number up.
    pub callflow: Option<CallflowId>,
    /// The step at which it begins; `None` at the first.
    pub first_step: Option<NodeId>,
    /// The number dialled.
    pub dialled: String,
    /// The caller.
    pub caller: Party,
    /// From inside or outside.
    pub origin: Origin,
    /// The calling device of the account.
    pub device: Option<String>,
    /// The device that transferred the caller here, when the call begins with that.
    pub transferred_by: Option<String>,
    /// When the call begins.
    pub start: Timestamp,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// How devices react, by id.
    pub phones: BTreeMap<String, Phone>,
    /// How the other devices react.
    pub otherwise: Phone,
    /// Milliseconds after which the called party ends a conversation; `None` never.
    pub talk_ms: Option<u64>,
    /// Milliseconds that the caller speaks when recorded, before falling silent.
    pub speak_ms: u64,
    /// What the rest of the exchange is like.
    pub around: Around,
    /// Lengths of media in milliseconds, by id; others are taken as five seconds.
    pub lengths: BTreeMap<String, u64>,
}

impl Scene {
    /// A call from outside to a number, on a Monday morning; nobody answers.
    #[must_use]
    pub fn new(account: Arc<Account>, dialled: impl Into<String>) -> Self {
        Self {
            account,
            callflow: None,
            first_step: None,
            dialled: dialled.into(),
            caller: Party {
                name: String::new(),
                number: "+441632960100".to_owned(),
            },
            origin: Origin::External,
            device: None,
            transferred_by: None,
            // 2026-01-05 10:00 UTC
            start: Timestamp::from_second(1_767_607_200).unwrap_or_default(),
            seed: 1,
            phones: BTreeMap::new(),
            otherwise: Phone::NoAnswer,
            talk_ms: Some(60_000),
            speak_ms: 5_000,
            around: Around::default(),
            lengths: BTreeMap::new(),
        }
    }
}

/// Why a simulation cannot begin: nothing answers the number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRoute(pub String);

impl fmt::Display for NoRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no callflow answers {}; give one of the flow's numbers",
            self.0
        )
    }
}

impl std::error::Error for NoRoute {}

/// How a simulated call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The cause in the call record.
    pub cause: Cause,
    /// The final response, when the call was not answered and the caller was still there.
    pub response: Option<(u16, String)>,
}

/// What a simulated call was.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// When it began.
    pub start: Timestamp,
    /// The trace.
    pub trace: Vec<Entry>,
    /// Every command, with its time.
    pub commands: Vec<(Timestamp, Command)>,
    /// The end; `None` when the simulation was cut off.
    pub end: Option<End>,
}

impl Outcome {
    /// The trace as text: seconds since the start, the step, what happened.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for entry in &self.trace {
            text.push_str(&line(self.start, entry));
            text.push('\n');
        }
        match &self.end {
            Some(End {
                response: Some((code, reason)),
                ..
            }) => {
                text.push_str(&format!("response {code} {reason}\n"));
            }
            Some(_) => {}
            None => text.push_str("cut off\n"),
        }
        text
    }
}

/// One line of a trace: `   4.5 s  n3    keys 1`.
#[must_use]
pub fn line(start: Timestamp, entry: &Entry) -> String {
    let since = entry.at.duration_since(start).as_millis();
    let node = entry.node.map(|id| id.to_string()).unwrap_or_default();
    format!(
        "{:>4}.{} s  {node:<5} {}",
        since / 1_000,
        (since % 1_000) / 100,
        entry.step.text()
    )
}

/// Things that may happen in one simulation before it is cut off.
const MOST_STEPS: usize = 100_000;
/// How long a call is simulated, in hours.
const MOST_HOURS: i64 = 48;

/// Runs a scene to its end, pressing the script's keys. A caller for whom nothing happens any more hangs
/// up.
///
/// # Errors
/// When no callflow answers the number.
pub fn run(scene: Scene, script: &Script) -> Result<Outcome, NoRoute> {
    let mut simulation = Simulation::new(scene)?;
    let mut steps = 0;
    let mut acts = script.0.iter();
    let mut next = acts.next();
    let mut from = simulation.start();
    while !simulation.finished() && steps < MOST_STEPS {
        steps += 1;
        let due = next.map(|(after_ms, act)| (later(from, *after_ms), *act));
        match (due, simulation.next_at()) {
            (Some((at, act)), upcoming) if upcoming.is_none_or(|other| at <= other) => {
                simulation.advance_to(at);
                match act {
                    Act::Press(key) => simulation.press(key),
                    Act::HangUp => simulation.hang_up(),
                }
                from = at;
                next = acts.next();
            }
            (_, Some(at)) if hours(simulation.start(), at) < MOST_HOURS => simulation.advance(),
            _ => simulation.hang_up(),
        }
    }
    Ok(simulation.outcome())
}

fn hours(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_hours()
}

/// So many milliseconds later; the end of time when that lies beyond it.
fn later(from: Timestamp, ms: u64) -> Timestamp {
    let span = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    from.saturating_add(span).unwrap_or(Timestamp::MAX)
}

/// The program from another step on; as it is when there is no such step.
fn beginning_at(program: Arc<Program>, first: NodeId) -> Arc<Program> {
    match program.callflow.flow.beginning_at(first) {
        Some(flow) => {
            let mut callflow = program.callflow.clone();
            callflow.flow = Arc::new(flow);
            Arc::new(Program::trusted(
                program.id.clone(),
                program.version,
                callflow,
            ))
        }
        None => program,
    }
}

/// A call in virtual time.
pub struct Simulation {
    interpreter: Interpreter,
    host: Host,
    trace: Vec<Entry>,
}

impl Simulation {
    /// Begins the call.
    ///
    /// # Errors
    /// When no callflow answers the number.
    pub fn new(scene: Scene) -> Result<Self, NoRoute> {
        let account = Arc::clone(&scene.account);
        let route = account.routes.find(&scene.dialled, scene.origin);
        let target = scene
            .callflow
            .clone()
            .or_else(|| route.as_ref().map(|route| route.callflow.clone()));
        let program = target.and_then(|id| account.programs.get(&id).cloned());
        let program = program.ok_or_else(|| NoRoute(scene.dialled.clone()))?;
        let program = match scene.first_step {
            Some(first) => beginning_at(program, first),
            None => program,
        };
        let info = CallInfo {
            id: "simulation".to_owned(),
            caller: scene.caller.clone(),
            dialled: scene.dialled.clone(),
            origin: scene.origin,
            device: scene.device.clone(),
            capture: route.as_ref().and_then(|route| route.capture.clone()),
            captures: route.map(|route| route.captures).unwrap_or_default(),
        };
        let seed = scene.seed;
        let transferred = scene.transferred_by.clone();
        let mut simulation = Self {
            interpreter: Interpreter::new(account, program, info, seed),
            host: Host::new(scene),
            trace: Vec::new(),
        };
        match transferred {
            Some(by) => simulation.transfer(&by),
            None => {
                let commands = simulation.interpreter.start(simulation.host.now());
                simulation.execute(commands);
            }
        }
        Ok(simulation)
    }

    /// When the call began.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.host.start()
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.host.now()
    }

    /// Whether the call is over.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.interpreter.finished()
    }

    /// When something happens next by itself; `None` when everything waits for the caller or a phone.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        self.host.next_at()
    }

    /// Jumps to the next thing that happens, and lets it happen.
    pub fn advance(&mut self) {
        if let Some(event) = self.host.advance() {
            self.feed(event);
        }
    }

    /// Lets happen what happens until a time.
    pub fn advance_to(&mut self, until: Timestamp) {
        let mut steps = 0;
        while steps < MOST_STEPS && self.next_at().is_some_and(|at| at <= until) {
            self.advance();
            steps += 1;
        }
        self.host.wait_until(until);
    }

    /// The caller presses a key.
    pub fn press(&mut self, key: char) {
        match self.host.key_for_recording(key) {
            Some(recorded) => self.feed(recorded),
            None => self.feed(Event::Digit { key }),
        }
    }

    /// The caller hangs up or gives up.
    pub fn hang_up(&mut self) {
        if self.finished() {
            return;
        }
        for event in self.host.hang_up() {
            self.feed(event);
        }
    }

    /// A ringing phone is answered. Says whether it was ringing.
    pub fn pick_up(&mut self, device: &str) -> bool {
        let event = self.host.pick_up(device);
        let rang = event.is_some();
        event.into_iter().for_each(|event| self.feed(event));
        rang
    }

    /// A ringing phone refuses with a final SIP code. Says whether it was ringing.
    pub fn refuse(&mut self, device: &str, code: u16) -> bool {
        let (rang, event) = self.host.refuse(device, code);
        event.into_iter().for_each(|event| self.feed(event));
        rang
    }

    /// The called party ends the conversation. Says whether there was one.
    pub fn called_party_hangs_up(&mut self) -> bool {
        let event = self.host.end_bridge(Side::Callee);
        let talked = event.is_some();
        event.into_iter().for_each(|event| self.feed(event));
        talked
    }

    /// The caller leaves the conference or the page without hanging up. Says whether there was one.
    pub fn leave(&mut self, why: Left) -> bool {
        let event = self.host.leave(why);
        let was_in = event.is_some();
        event.into_iter().for_each(|event| self.feed(event));
        was_in
    }

    /// A device transfers another party into the caller's place.
    pub fn transfer(&mut self, by: &str) {
        let by = by.to_owned();
        self.feed(Event::Transferred { by });
    }

    /// Somebody fetches the parked caller; they talk. Says whether the caller was parked.
    pub fn fetch(&mut self) -> bool {
        let event = self.host.fetch();
        let parked = event.is_some();
        event.into_iter().for_each(|event| self.feed(event));
        parked
    }

    /// The conversation of the parked caller ends; somebody fetches the caller for it first, unless that is
    /// done. Says whether the caller was parked.
    pub fn retrieve(&mut self) -> bool {
        self.fetch();
        let event = self.host.retrieve();
        let parked = event.is_some();
        event.into_iter().for_each(|event| self.feed(event));
        parked
    }

    /// What the rest of the exchange is like now.
    #[must_use]
    pub fn around(&self) -> &Around {
        self.host.around()
    }

    /// The devices that ring now.
    #[must_use]
    pub fn ringing(&self) -> Vec<String> {
        self.host.ringing()
    }

    /// The trace so far.
    #[must_use]
    pub fn trace(&self) -> &[Entry] {
        &self.trace
    }

    /// The commands so far.
    #[must_use]
    pub fn commands(&self) -> &[(Timestamp, Command)] {
        self.host.commands()
    }

    /// The operations that run.
    #[must_use]
    pub fn open(&self) -> Vec<OpId> {
        self.host.open()
    }

    /// How it ended, once it has.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        self.host.end()
    }

    /// Everything about the call.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        Outcome {
            start: self.host.start(),
            trace: self.trace,
            end: self.host.end().cloned(),
            commands: self.host.into_commands(),
        }
    }

    fn feed(&mut self, event: Event) {
        let commands = self.interpreter.handle(self.host.now(), event);
        self.execute(commands);
    }

    fn execute(&mut self, commands: Vec<Command>) {
        self.trace.extend(self.interpreter.take_trace());
        for command in commands {
            self.host.execute(command);
        }
    }
}

//! Replay: the events of a call, written down, make the same call again, step by step.
//!
//! A [`Recording`] holds everything that a call depends on beside the account as it was: what was known when
//! it began, the seed of what is drawn, and each event with its time. It is JSON on disk and in a report.

use crate::account::Account;
use crate::call::CallInfo;
use crate::command::Command;
use crate::document::CallflowId;
use crate::event::Event;
use crate::interpreter::Interpreter;
use crate::limits;
use crate::program::Program;
use crate::trace::Entry;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A call as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// The callflow that the call began in.
    pub callflow: CallflowId,
    /// Its published version.
    pub version: u32,
    /// What was known when the call began.
    pub info: CallInfo,
    /// The seed of what is drawn.
    pub seed: u64,
    /// When it began.
    pub start: Timestamp,
    /// What happened, in order.
    pub events: Vec<Moment>,
    /// Events that were too many to keep; such a call is repeated up to there.
    #[serde(default)]
    pub dropped: u64,
}

/// An event and when it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// An interpreter that writes down what it is told.
pub struct Recorder {
    interpreter: Interpreter,
    recording: Recording,
}

impl Recorder {
    /// A call that is about to begin. See [`Interpreter::new`].
    #[must_use]
    pub fn new(account: Arc<Account>, program: Arc<Program>, info: CallInfo, seed: u64) -> Self {
        let recording = Recording {
            callflow: program.id.clone(),
            version: program.version,
            info: info.clone(),
            seed,
            start: Timestamp::UNIX_EPOCH,
            events: Vec::new(),
            dropped: 0,
        };
        Self {
            interpreter: Interpreter::new(account, program, info, seed),
            recording,
        }
    }

    /// Begins. Returns the first commands.
    pub fn start(&mut self, now: Timestamp) -> Vec<Command> {
        self.recording.start = now;
        self.interpreter.start(now)
    }

    /// Takes an event and returns what to do next.
    pub fn handle(&mut self, now: Timestamp, event: Event) -> Vec<Command> {
        if !self.interpreter.finished() {
            if self.recording.events.len() < limits::MAX_RECORDED_EVENTS {
                let event = event.clone();
                self.recording.events.push(Moment { at: now, event });
            } else {
                self.recording.dropped += 1;
            }
        }
        self.interpreter.handle(now, event)
    }

    /// Whether the flow has ended.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.interpreter.finished()
    }

    /// The trace since the last time it was taken.
    pub fn take_trace(&mut self) -> Vec<Entry> {
        self.interpreter.take_trace()
    }

    /// What was written down so far.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// What was written down.
    #[must_use]
    pub fn into_recording(self) -> Recording {
        self.recording
    }
}

/// A recording that the account cannot repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRepeatable {
    /// The callflow is not in the account.
    NoCallflow(CallflowId),
    /// The account has another version of the callflow.
    OtherVersion {
        /// Which callflow.
        callflow: CallflowId,
        /// The version of the call.
        recorded: u32,
        /// The version in the account.
        present: u32,
    },
}

impl fmt::Display for NotRepeatable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCallflow(id) => write!(f, "the callflow “{id}” of the call is not there"),
            Self::OtherVersion {
                callflow,
                recorded,
                present,
            } => write!(
                f,
                "the call went through version {recorded} of “{callflow}”, and version {present} is there"
            ),
        }
    }
}

impl std::error::Error for NotRepeatable {}

/// A call repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeated {
    /// Every command, with its time.
    pub commands: Vec<(Timestamp, Command)>,
    /// The trace.
    pub trace: Vec<Entry>,
    /// Whether the flow ended.
    pub finished: bool,
}

/// Repeats a call on the account as it was.
///
/// # Errors
/// When the account does not hold the callflow in the version of the call.
pub fn replay(account: Arc<Account>, recording: &Recording) -> Result<Repeated, NotRepeatable> {
    let mut replay = Replay::new(account, recording)?;
    while replay.step() {}
    Ok(replay.repeated)
}

/// A call that is repeated event by event: to look at it between two of them.
pub struct Replay<'a> {
    interpreter: Interpreter,
    left: std::slice::Iter<'a, Moment>,
    repeated: Repeated,
}

impl<'a> Replay<'a> {
    /// Begins a call again, up to its first event.
    ///
    /// # Errors
    /// When the account does not hold the callflow in the version of the call.
    pub fn new(account: Arc<Account>, recording: &'a Recording) -> Result<Self, NotRepeatable> {
        let callflow = &recording.callflow;
        let program = account.programs.get(callflow).cloned();
        let program = program.ok_or_else(|| NotRepeatable::NoCallflow(callflow.clone()))?;
        if program.version != recording.version {
            return Err(NotRepeatable::OtherVersion {
                callflow: callflow.clone(),
                recorded: recording.version,
                present: program.version,
            });
        }
        let info = recording.info.clone();
        let mut replay = Self {
            interpreter: Interpreter::new(account, program, info, recording.seed),
            left: recording.events.iter(),
            repeated: Repeated {
                commands: Vec::new(),
                trace: Vec::new(),
                finished: false,
            },
        };
        let commands = replay.interpreter.start(recording.start);
        replay.note(recording.start, commands);
        Ok(replay)
    }

    /// Lets the next event happen. Says whether there was one.
    pub fn step(&mut self) -> bool {
        let Some(moment) = self.left.next() else {
            return false;
        };
        let commands = self.interpreter.handle(moment.at, moment.event.clone());
        self.note(moment.at, commands);
        true
    }

    /// The call so far.
    #[must_use]
    pub fn so_far(&self) -> &Repeated {
        &self.repeated
    }

    fn note(&mut self, at: Timestamp, commands: Vec<Command>) {
        let commands = commands.into_iter().map(|command| (at, command));
        self.repeated.commands.extend(commands);
        self.repeated.trace.extend(self.interpreter.take_trace());
        self.repeated.finished = self.interpreter.finished();
    }
}

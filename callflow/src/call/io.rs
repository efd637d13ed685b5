//! The two mailboxes between interpreter and host, and the books on what runs.

use crate::call::Ended;
use crate::cause::Cause;
use crate::command::{Command, OpId};
use crate::event::Event;
use crate::limits;
use crate::trace::Entry;
use jiff::Timestamp;
use std::collections::{BTreeSet, VecDeque};

/// Shared between a call's future and its interpreter.
#[derive(Default)]
pub(crate) struct Io {
    /// Now, as the host said last.
    pub(crate) now: Timestamp,
    /// Whether an action waits for a key.
    pub(crate) listens: bool,
    inbox: VecDeque<Event>,
    outbox: Vec<Command>,
    trace: Vec<Entry>,
    traced: usize,
    digits: VecDeque<char>,
    open: BTreeSet<OpId>,
    last_op: u64,
    hung_up: Option<Cause>,
}

impl Io {
    /// Takes an event from the host. What belongs to no running operation is dropped here, so that late
    /// and duplicate answers never reach an action.
    pub(crate) fn accept(&mut self, event: Event) {
        match event.op() {
            Some(op) if !self.open.contains(&op) => {}
            op => {
                if event.is_last() {
                    op.inspect(|op| {
                        self.open.remove(op);
                    });
                }
                self.inbox.push_back(event);
            }
        }
    }

    pub(crate) fn next(&mut self) -> Option<Result<Event, Ended>> {
        match self.inbox.pop_front() {
            Some(Event::HungUp { cause }) => {
                self.hung_up.get_or_insert(cause);
                Some(Err(Ended))
            }
            Some(event) => Some(Ok(event)),
            None => self.hung_up.is_some().then_some(Err(Ended)),
        }
    }

    /// The end of one operation, also after the hang-up.
    pub(crate) fn next_for(&mut self, op: OpId) -> Option<Event> {
        while let Some(event) = self.inbox.pop_front() {
            match event {
                Event::HungUp { cause } => {
                    self.hung_up.get_or_insert(cause);
                }
                Event::Digit { key } => self.keep_digit(key),
                event if event.op() == Some(op) => return Some(event),
                _ => {}
            }
        }
        None
    }

    pub(crate) fn hung_up(&self) -> Option<Cause> {
        let told = self.inbox.iter().find_map(|event| match event {
            Event::HungUp { cause } => Some(cause.clone()),
            _ => None,
        });
        self.hung_up.clone().or(told)
    }

    pub(crate) fn start(&mut self, make: impl FnOnce(OpId) -> Command) -> OpId {
        self.last_op += 1;
        let op = OpId(self.last_op);
        self.open.insert(op);
        self.outbox.push(make(op));
        op
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.outbox.push(command);
    }

    pub(crate) fn cancel(&mut self, op: OpId) {
        if self.open.remove(&op) {
            self.outbox.push(Command::Cancel { op });
        }
        self.inbox.retain(|event| event.op() != Some(op));
    }

    pub(crate) fn cancel_open(&mut self) {
        for op in std::mem::take(&mut self.open) {
            self.outbox.push(Command::Cancel { op });
        }
        self.inbox.retain(|event| event.op().is_none());
    }

    pub(crate) fn keep_digit(&mut self, key: char) {
        if self.digits.len() < limits::MAX_BUFFERED_DIGITS {
            self.digits.push_back(key);
        }
    }

    pub(crate) fn take_digit(&mut self) -> Option<char> {
        self.digits.pop_front()
    }

    pub(crate) fn trace(&mut self, entry: Entry) {
        self.traced += 1;
        if self.traced <= limits::MAX_TRACE {
            self.trace.push(entry);
        }
    }

    pub(crate) fn take_trace(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.trace)
    }

    pub(crate) fn take_commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.outbox)
    }
}

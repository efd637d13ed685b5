//! The two mailboxes between interpreter and host, and the books on what runs.

use crate::call::Ended;
use crate::cause::Cause;
use crate::command::{Command, OpId};
use crate::event::Event;
use crate::limits;
use crate::trace::Entry;
use jiff::Timestamp;
use std::collections::VecDeque;

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
    /// Operations that run, in order; seldom more than three, and a list keeps its room.
    open: Vec<OpId>,
    last_op: u64,
    hung_up: Option<Cause>,
    transferred_by: Option<String>,
}

impl Io {
    /// Takes an event from the host. What belongs to no running operation is dropped here, so that late
    /// and duplicate answers never reach an action.
    pub(crate) fn accept(&mut self, event: Event) {
        if let Event::Transferred { by } = &event {
            self.transferred_by = Some(by.clone());
        }
        match event.op() {
            Some(op) if !self.open.contains(&op) => {}
            op => {
                if event.is_last() {
                    self.open.retain(|own| Some(*own) != op);
                }
                self.inbox.push_back(event);
            }
        }
    }

    pub(crate) fn next(&mut self) -> Option<Result<Event, Ended>> {
        match self.inbox.pop_front() {
            Some(Event::HungUp { cause }) => {
                self.gone(cause, None);
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
                Event::HungUp { cause } => self.gone(cause, Some(op)),
                Event::Digit { key } => self.keep_digit(key),
                event if event.op() == Some(op) => return Some(event),
                _ => {}
            }
        }
        None
    }

    /// The caller has gone: what plays or waits for them ends now, not when the action notices. What is
    /// stored meanwhile goes on.
    fn gone(&mut self, cause: Cause, stored: Option<OpId>) {
        self.hung_up.get_or_insert(cause);
        let ends = self.open.iter().filter(|op| Some(**op) != stored);
        let cancels = ends.map(|op| Command::Cancel { op: *op });
        self.outbox.extend(cancels);
        self.open.retain(|op| Some(*op) == stored);
        self.inbox
            .retain(|event| event.op().is_none() || event.op() == stored);
    }

    pub(crate) fn hung_up(&self) -> Option<Cause> {
        let told = self.inbox.iter().find_map(|event| match event {
            Event::HungUp { cause } => Some(cause.clone()),
            _ => None,
        });
        self.hung_up.clone().or(told)
    }

    pub(crate) fn transferred_by(&self) -> Option<&str> {
        self.transferred_by.as_deref()
    }

    /// Numbers operations after those of another interpreter of the same call.
    pub(crate) fn number_after(&mut self, other: u64) {
        self.last_op = self.last_op.max(other);
    }

    pub(crate) fn last_op(&self) -> u64 {
        self.last_op
    }

    pub(crate) fn start(&mut self, make: impl FnOnce(OpId) -> Command) -> OpId {
        self.last_op += 1;
        let op = OpId(self.last_op);
        self.open.push(op);
        self.outbox.push(make(op));
        op
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.outbox.push(command);
    }

    pub(crate) fn cancel(&mut self, op: OpId) {
        if let Some(at) = self.open.iter().position(|own| *own == op) {
            self.open.remove(at);
            self.outbox.push(Command::Cancel { op });
        }
        self.inbox.retain(|event| event.op() != Some(op));
    }

    pub(crate) fn cancel_open(&mut self) {
        let cancelled = self.open.drain(..);
        self.outbox
            .extend(cancelled.map(|op| Command::Cancel { op }));
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

    /// The call is over: nothing comes in any more.
    pub(crate) fn close(&mut self) {
        self.inbox = VecDeque::new();
        self.digits = VecDeque::new();
        self.open = Vec::new();
    }

    pub(crate) fn take_commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.outbox)
    }
}

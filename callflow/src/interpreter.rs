//! The interpreter: events in, commands out. Time and randomness are inputs; nothing else happens.
//!
//! Inside, each action is a plain `async fn` over [`Call`]. There is no async runtime below it: the
//! interpreter polls the one future itself, whenever an event has arrived.

mod engine;
mod entrance;

use crate::account::Account;
use crate::call::{Call, CallInfo, Io};
use crate::command::Command;
use crate::event::Event;
use crate::program::Program;
use crate::trace;
use jiff::Timestamp;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

type Run = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One call's interpreter.
pub struct Interpreter {
    io: Arc<Mutex<Io>>,
    run: Option<Run>,
}

impl Interpreter {
    /// An interpreter for one call. `account` is kept to the end: what is published meanwhile does not
    /// change this call.
    #[must_use]
    pub fn new(account: Arc<Account>, program: Arc<Program>, info: CallInfo, seed: u64) -> Self {
        let io = Arc::new(Mutex::new(Io::default()));
        let call = Call::new(account, program, info, seed, Arc::clone(&io));
        Self {
            io,
            run: Some(Box::pin(engine::run(call))),
        }
    }

    /// Takes a call over from another interpreter, which may still be told of what it began: no operation of this one
    /// has the number of one of those.
    pub fn follow(&mut self, other: &Self) {
        let last = other.lock().last_op();
        self.lock().number_after(last);
    }

    /// Begins. Returns the first commands. A call that a transfer put here begins by handling
    /// [`Event::Transferred`] instead.
    pub fn start(&mut self, now: Timestamp) -> Vec<Command> {
        self.advance(now)
    }

    /// Takes an event and returns what to do next. Events of operations that are over are ignored.
    pub fn handle(&mut self, now: Timestamp, event: Event) -> Vec<Command> {
        if self.finished() {
            return Vec::new();
        }
        self.lock().accept(event);
        self.advance(now)
    }

    /// Whether the flow has ended; [`Command::End`] has been given then.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.run.is_none()
    }

    /// Whether a key pressed now would be taken at once.
    #[must_use]
    pub fn listens(&self) -> bool {
        self.run.is_some() && self.lock().listens
    }

    /// The trace since the last time it was taken.
    pub fn take_trace(&mut self) -> Vec<trace::Entry> {
        self.lock().take_trace()
    }

    fn advance(&mut self, now: Timestamp) -> Vec<Command> {
        self.lock().now = now;
        if let Some(run) = self.run.as_mut() {
            // The future waits for nothing but the inbox, so no waker is needed.
            if let Poll::Ready(()) = run.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                self.run = None;
                self.lock().close();
            }
        }
        self.lock().take_commands()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Io> {
        // One thread at a time drives a call; a poisoned lock only means that an action panicked.
        self.io.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! The core: everything the modules below it do, behind one door.

use crate::action::{Action, AuthId, LocateId, Verdict};
use crate::command::{Command, CommandError, OutgoingCall};
use crate::config::Config;
use crate::event::CallId;
use crate::flow::{Flow, FlowId};
use crate::register::Binding;
use crate::subscribe::State;
use crate::time::Time;
use bytes::Bytes;

/// The SIP core of one element. See the [crate documentation](crate).
#[derive(Debug)]
pub struct Core {
    config: Config,
}

/// What a core remembers at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Call legs, those being wound up included.
    pub calls: usize,
    /// Server transactions.
    pub server_transactions: usize,
    /// Client transactions.
    pub client_transactions: usize,
    /// Subscriptions.
    pub subscriptions: usize,
    /// Addresses of record with contacts.
    pub registrations: usize,
    /// Messages dropped because they could not be read or belonged to nothing.
    pub dropped: u64,
}

impl Core {
    /// A core; `seed` must come from the operating system's random source.
    pub fn new(config: Config, seed: [u8; 32]) -> Core {
        let _ = seed;
        Core { config }
    }
    /// Takes one message: a datagram, a WebSocket message, or what [`Framer`](crate::message::Framer) cut out of a stream.
    pub fn input(&mut self, now: Time, flow: Flow, bytes: Bytes) {
        let _ = (now, flow, bytes);
    }
    /// A connection is gone. Contacts registered on it and requests waiting on it go with it.
    pub fn flow_closed(&mut self, now: Time, flow: FlowId) {
        let _ = (now, flow);
    }
    /// Answers [`Action::Authorize`]. An answer that comes too late is ignored.
    pub fn authorize(&mut self, now: Time, id: AuthId, verdict: Verdict) {
        let _ = (now, id, verdict);
    }
    /// Answers [`Action::Locate`] with flows in order of preference; none means it cannot be reached.
    pub fn located(&mut self, now: Time, id: LocateId, flows: Vec<Flow>) {
        let _ = (now, id, flows);
    }
    /// Makes a call.
    ///
    /// # Errors
    /// [`CommandError::Overloaded`] at the limit of calls.
    pub fn call(&mut self, now: Time, call: OutgoingCall) -> Result<CallId, CommandError> {
        let _ = (now, call);
        Err(CommandError::Overloaded)
    }
    /// Does something with a call.
    ///
    /// # Errors
    /// The call is then unchanged.
    pub fn command(
        &mut self,
        now: Time,
        call: CallId,
        command: Command,
    ) -> Result<(), CommandError> {
        let _ = (now, call, command);
        Err(CommandError::NoSuchCall)
    }
    /// Contacts of an address of record, best first.
    pub fn bindings(&self, aor: &str) -> &[Binding] {
        let _ = aor;
        &[]
    }
    /// Sets the state of a resource (`user@domain`); whoever watches it is told.
    pub fn publish(&mut self, now: Time, resource: &str, state: State) {
        let _ = (now, resource, state);
    }
    /// Fires the timers due at `now`.
    pub fn poll(&mut self, now: Time) {
        let _ = now;
    }
    /// When [`Core::poll`] wants to be called next; `None` while nothing waits.
    pub fn next_timeout(&self) -> Option<Time> {
        None
    }
    /// What is to be done since the last time, in order.
    pub fn actions(&mut self) -> impl Iterator<Item = Action> + '_ {
        std::iter::empty()
    }
    /// What is remembered at the moment.
    pub fn stats(&self) -> Stats {
        Stats::default()
    }
    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }
}

//! The core: everything the modules below it do, behind one door.

mod authorize;
mod incoming;
mod notify;
mod outgoing;
mod publication;
mod receive;
mod refer;
mod session;
mod transact;

use crate::action::{Action, LocateId};
use crate::command::{Command, CommandError};
use crate::config::Config;
use crate::digest::{Guard, Nonces};
use crate::event::{CallId, Event, SubscriptionId};
use crate::flow::{Flow, FlowId};
use crate::invite::{Call, Stage};
use crate::message::Message;
use crate::publish::Publications;
use crate::random::Random;
use crate::register::{Binding, Change, Registrar};
use crate::subscribe::{Package, State};
use crate::time::Time;
use crate::timer::{Deadlines, Owner};
use crate::transaction::{ClientTx, ServerTx};
use bytes::Bytes;
use notify::{Pace, Subscription};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The SIP core of one element. See the [crate documentation](crate).
pub struct Core {
    config: Config,
    random: Random,
    /// Makes the tags of answers given without memory.
    tag_secret: [u8; 32],
    nonces: Nonces,
    guard: Guard,
    last_id: u64,
    servers: BTreeMap<u64, ServerTx>,
    server_keys: BTreeMap<String, u64>,
    merges: BTreeMap<String, u64>,
    clients: BTreeMap<u64, ClientTx>,
    client_keys: BTreeMap<String, u64>,
    calls: BTreeMap<CallId, Box<Call>>,
    /// Nothing new is begun.
    draining: bool,
    dialogs: BTreeMap<String, DialogUser>,
    subscriptions: BTreeMap<SubscriptionId, Box<Subscription>>,
    watched: BTreeMap<(Package, String), BTreeSet<SubscriptionId>>,
    states: BTreeMap<(Package, String), State>,
    pace: Pace,
    authorizing: BTreeMap<u64, u64>,
    locating: BTreeMap<LocateId, Locating>,
    registrar: Registrar,
    publications: Publications,
    deadlines: Deadlines,
    actions: VecDeque<Action>,
    dropped: u64,
    retransmissions: u64,
}

/// Whose dialog it is.
#[derive(Clone, Copy, Debug)]
enum DialogUser {
    Call(CallId),
    Subscription(SubscriptionId),
}

/// What a location is wanted for.
#[derive(Clone, Copy, Debug)]
enum Locating {
    /// The first request of a call.
    Call(CallId),
    /// Later requests of a call.
    Dialog(CallId),
}

/// What a core remembers at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Call legs, those being wound up included.
    pub calls: usize,
    /// Dialogs, of calls and of subscriptions.
    pub dialogs: usize,
    /// Server transactions.
    pub server_transactions: usize,
    /// Client transactions.
    pub client_transactions: usize,
    /// Subscriptions.
    pub subscriptions: usize,
    /// Addresses of record with contacts.
    pub registrations: usize,
    /// Addresses of record with something published.
    pub publications: usize,
    /// Messages dropped because they could not be read or belonged to nothing.
    pub dropped: u64,
    /// Messages sent once more, because nothing came in answer (RFC 3261 §17, §13.3.1.4, RFC 3262 §3).
    pub retransmissions: u64,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl Core {
    /// A core; `seed` must come from the operating system's random source.
    pub fn new(config: Config, seed: [u8; 32]) -> Core {
        let mut random = Random::new(seed);
        let digest = &config.digest;
        let limits = &config.limits;
        Core {
            tag_secret: random.secret(),
            nonces: Nonces::new(random.secret(), digest.nonce_lifetime),
            guard: Guard::new(digest.max_failures, digest.window, digest.lockout),
            registrar: Registrar::new(
                config.registration,
                limits.contacts_per_aor,
                limits.registrations,
            ),
            publications: Publications::new(
                config.publication,
                limits.publications_per_aor,
                limits.publications,
            ),
            random,
            config,
            last_id: 0,
            servers: BTreeMap::new(),
            server_keys: BTreeMap::new(),
            merges: BTreeMap::new(),
            clients: BTreeMap::new(),
            client_keys: BTreeMap::new(),
            calls: BTreeMap::new(),
            draining: false,
            dialogs: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            watched: BTreeMap::new(),
            states: BTreeMap::new(),
            pace: Pace::default(),
            authorizing: BTreeMap::new(),
            locating: BTreeMap::new(),
            deadlines: Deadlines::default(),
            actions: VecDeque::new(),
            dropped: 0,
            retransmissions: 0,
        }
    }

    /// Takes one message: a datagram, a WebSocket message, or what
    /// [`Framer`](crate::message::Framer) cut out of a stream.
    pub fn input(&mut self, now: Time, flow: Flow, bytes: Bytes) {
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            // Keep-alive (RFC 5626 §4.4.1); over UDP it needs no answer.
            if flow.transport.is_reliable() && bytes.starts_with(b"\r\n\r\n") {
                self.send(flow, Bytes::from_static(b"\r\n"));
            }
            return;
        }
        match Message::parse(bytes) {
            Ok(message) if message.method().is_some() => self.request(now, flow, message),
            Ok(message) => self.response(now, &message),
            Err(_) => {
                self.dropped += 1;
                if flow.transport.is_stream() {
                    self.actions.push_back(Action::Close { flow });
                }
            }
        }
    }

    /// A connection is gone. Contacts registered on it and requests waiting on it go with it, at
    /// once and not only when they would time out.
    ///
    /// Calls that are up stay: the peer may come back on another connection. A request that was on
    /// its way to the host when the connection closed is not covered; a host that is given one for
    /// a connection it does not have calls this again.
    pub fn flow_closed(&mut self, now: Time, flow: FlowId) {
        for (aor, change) in self.registrar.flow_closed(flow) {
            self.report_registration(aor, change);
        }
        self.schedule_registrar();
        self.fail_clients_of(now, flow);
        // Whoever rang here over that connection cannot be answered any more.
        let gone = |call: &Call| {
            call.stage == Stage::Ringing
                && call.dialog.flow.id == flow
                && call.dialog.flow.transport.is_reliable()
        };
        let callers: Vec<CallId> = self
            .calls
            .values()
            .filter(|call| gone(call))
            .map(|call| call.id)
            .collect();
        for id in callers {
            if let Some(call) = self.calls.remove(&id) {
                self.refuse_call(now, &call, 487, &[], None);
                self.emit(Event::Cancelled {
                    call: id,
                    reason: None,
                });
            }
        }
    }

    /// From now on new calls and subscriptions are refused with 503, and so are OPTIONS, by which peers ask whether we
    /// take calls. What is there goes on.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// Puts back a contact from before a restart, unless the phone has registered since; no event tells of it. Whether
    /// it was put back.
    pub fn restore(&mut self, aor: &str, binding: Binding) -> bool {
        let restored = self.registrar.restore(aor, binding);
        self.schedule_registrar();
        restored
    }

    /// Ends what some addresses of record have, because they may no longer have it or must prove anew
    /// who they are: contacts and what was published are forgotten, subscriptions end with a last NOTIFY. Calls go on.
    pub fn revoke(&mut self, now: Time, aors: &BTreeSet<String>) {
        for aor in aors {
            for (aor, change) in self.registrar.revoke(aor) {
                self.report_registration(aor, change);
            }
        }
        self.schedule_registrar();
        self.revoke_publications(aors);
        self.end_subscriptions(now, aors);
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
        let Some(mut taken) = self.calls.remove(&call) else {
            return Err(CommandError::NoSuchCall);
        };
        if taken.muted {
            self.keep(taken);
            return Err(CommandError::NoSuchCall);
        }
        let result = match command {
            Command::Ring => self.progress(now, &mut taken, 180, None),
            Command::Progress { code, sdp } => self.progress(now, &mut taken, code, sdp),
            Command::Answer { sdp } => self.answer(now, &mut taken, sdp),
            Command::Reject {
                code,
                phrase,
                headers,
            } => {
                return self.reject(now, taken, code, phrase.as_deref(), &headers);
            }
            Command::Hangup { reason } => {
                self.hang_up(now, taken, reason);
                return Ok(());
            }
            Command::Acknowledge { sdp } => self.acknowledge(&mut taken, &sdp),
            Command::Offer { sdp } => self.make_offer(now, &mut taken, sdp),
            Command::AcceptOffer { sdp } => self.accept_offer(now, &mut taken, sdp),
            Command::RefuseOffer { code } => self.refuse_offer(now, &mut taken, code),
            Command::SendDtmf { digit, duration_ms } => {
                self.send_dtmf(now, &mut taken, digit, duration_ms)
            }
            Command::Refer {
                refer_to,
                referred_by,
            } => self.refer(now, &mut taken, &refer_to, referred_by.as_deref()),
            Command::AnswerRefer { code } => self.answer_refer(now, &mut taken, code),
            Command::ReportRefer { code } => self.report_refer(now, &mut taken, code),
        };
        self.keep(taken);
        result
    }

    /// The `Call-ID` of a leg (RFC 3261 §8.1.1.4), by which its messages are found. `None` once the leg is gone.
    pub fn sip_call_id(&self, call: CallId) -> Option<&str> {
        self.calls
            .get(&call)
            .map(|call| call.dialog.call_id.as_str())
    }

    /// Contacts of an address of record, best first.
    pub fn bindings(&self, aor: &str) -> &[Binding] {
        self.registrar.bindings(aor)
    }

    /// Fires the timers due at `now`.
    pub fn poll(&mut self, now: Time) {
        while let Some(owner) = self.deadlines.take_due(now) {
            match owner {
                Owner::Server(id) => self.fire_server(now, id),
                Owner::Client(id) => self.fire_client(now, id),
                Owner::Call(id) => self.fire_call(now, CallId(id)),
                Owner::Subscription(id) => self.fire_subscription(now, SubscriptionId(id)),
                Owner::Registrar => {
                    for (aor, change) in self.registrar.expire(now) {
                        self.report_registration(aor, change);
                    }
                    self.schedule_registrar();
                }
                Owner::Publications => self.expire_publications(now),
                Owner::Notifies => self.fire_notifies(now),
            }
        }
    }

    /// When [`Core::poll`] wants to be called next, which may be at once; `None` while nothing waits.
    pub fn next_timeout(&self) -> Option<Time> {
        self.deadlines.next()
    }

    /// What is to be done since the last time, in order.
    pub fn actions(&mut self) -> impl Iterator<Item = Action> + '_ {
        self.actions.drain(..)
    }

    /// What is remembered at the moment.
    pub fn stats(&self) -> Stats {
        Stats {
            calls: self.calls.len(),
            dialogs: self.dialogs.len(),
            server_transactions: self.servers.len(),
            client_transactions: self.clients.len(),
            subscriptions: self.subscriptions.len(),
            registrations: self.registrar.len(),
            publications: self.publications.len(),
            dropped: self.dropped,
            retransmissions: self.retransmissions,
        }
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Sends what has been sent before.
    fn send_again(&mut self, flow: Flow, bytes: Bytes) {
        self.retransmissions += 1;
        self.send(flow, bytes);
    }

    fn send(&mut self, flow: Flow, bytes: Bytes) {
        self.actions.push_back(Action::Send { flow, bytes });
    }

    fn emit(&mut self, event: Event) {
        self.actions.push_back(Action::Event(event));
    }

    /// Puts a call back after it was worked on.
    fn keep(&mut self, call: Box<Call>) {
        self.deadlines.set(Owner::Call(call.id.0), call.deadline());
        self.calls.insert(call.id, call);
    }

    /// Lets go of a call that was taken out to be worked on.
    fn forget(&mut self, now: Time, call: &Call) {
        self.deadlines.set(Owner::Call(call.id.0), None);
        self.dialogs.remove(&call.dialog.key());
        for open in [call.offer_in, call.refer].into_iter().flatten() {
            self.reply(now, open, 487, &[], None);
        }
    }

    fn report_registration(&mut self, aor: String, change: Change) {
        self.emit(match change {
            Change::Added { binding, refreshed } => Event::Registered {
                aor,
                binding,
                refreshed,
            },
            Change::Removed { contact, cause } => Event::Unregistered {
                aor,
                contact,
                cause,
            },
        });
    }

    fn schedule_registrar(&mut self) {
        self.deadlines
            .set(Owner::Registrar, self.registrar.next_expiry());
    }
}

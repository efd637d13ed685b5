//! The signalling thread: drives the SIP core, knows nothing of callflows.

use super::dns::{self, Names};
use super::locate::{self, Located, UdpLocal};
use super::messages::{Messages, Tape};
use super::places::Places;
use super::request::{Begun, Connection, Contact, Incoming, Request, SessionId, SignallingStats};
use super::stream::{FromStream, Listener, Streams};
use super::throttle::Throttle;
use super::tls::{Acceptor, Connector, Identity, Proof};
use super::udp::{Batch, Datagram, UdpPort};
use crate::live::{Change, Live};
use crate::registrations::KeptRegistration;
use crate::report::CallName;
use bytes::Bytes;
use sip::action::{Action, AuthRequest, Verdict};
use sip::command::Command;
use sip::event::{CallId, Event, UnregisterCause};
use sip::register::Binding;
use sip::uri::Uri;
use sip::{Core, Flow, FlowId, Time, Transport};
use std::collections::HashMap;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Events of one call's legs that may wait. A call that lets more pile up is being flooded and is given up.
const EVENTS: usize = 512;
/// Messages of connections that may wait; then connections are read no further.
const FROM_STREAMS: usize = 1_024;
/// Batches, messages or requests handled before the others have their turn.
const TURN: usize = 64;

/// Who decides what the signalling thread does not: may this request pass, what becomes of a call.
///
/// Called on the signalling thread, so nothing here may wait.
pub(crate) trait Host: Send + Sync + 'static {
    /// Who may make a request. `proof` is what a certificate proves of who sent it.
    fn authorize(&self, request: &AuthRequest, proof: Option<&Proof>) -> Verdict;
    /// A call has come in.
    fn incoming(&self, incoming: Incoming);
    /// A contact was registered, or refreshed.
    fn registered(&self, aor: &str, binding: &Binding, expires_in: Duration, refreshed: bool);
    /// A contact is gone.
    fn unregistered(&self, aor: &str, contact: &Uri, cause: UnregisterCause);
    /// An address is refused for a while.
    fn locked_out(&self, address: IpAddr);
    /// The messages of a call that is over are complete.
    fn traced(&self, of: CallName, messages: Tape);
}

/// Open sockets.
pub(crate) struct Sockets {
    pub(crate) udp: Vec<std::net::UdpSocket>,
    pub(crate) tcp: Vec<std::net::TcpListener>,
    /// For TLS.
    pub(crate) tls: Option<(Vec<std::net::TcpListener>, Acceptor)>,
    /// Our certificate, to be renewed.
    pub(crate) identity: Option<Identity>,
    /// For TLS towards others.
    pub(crate) connector: Connector,
    /// For the names of others.
    pub(crate) names: Names,
}

/// What the thread may keep.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// Connections at once.
    pub(crate) connections: usize,
    /// The messages of calls.
    pub(crate) messages: bool,
}

/// Starts the thread.
pub(crate) fn start(
    config: sip::Config,
    seed: [u8; 32],
    sockets: Sockets,
    bounds: Bounds,
    requests: mpsc::Receiver<Request>,
    host: Arc<dyn Host>,
    connections: tokio::runtime::Handle,
) -> std::io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::Builder::new()
        .name("signalling".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                let core = Core::new(config, seed);
                match Thread::new(core, sockets, bounds, requests, host, connections) {
                    Ok(thread) => thread.run().await,
                    Err(error) => tracing::error!(%error, "the SIP sockets could not be used"),
                }
            });
        })
}

/// A call and its legs.
struct Session {
    events: mpsc::Sender<Event>,
    legs: Vec<CallId>,
}

struct Thread {
    core: Core,
    started: Instant,
    udp: Vec<UdpPort>,
    outbox: HashMap<FlowId, Vec<Datagram>>,
    streams: Streams,
    from_streams: mpsc::Receiver<FromStream>,
    connections: HashMap<FlowId, Connection>,
    by_peer: HashMap<SocketAddr, Flow>,
    requests: mpsc::Receiver<Request>,
    sessions: HashMap<SessionId, Session>,
    legs: HashMap<CallId, SessionId>,
    last_session: u64,
    messages: Messages,
    throttle: Throttle,
    places: Places,
    names: Names,
    live: Live,
    host: Arc<dyn Host>,
    tasks: tokio::runtime::Handle,
    stop: CancellationToken,
}

/// What woke the thread.
enum Woken {
    Udp,
    Stream(FromStream),
    Request(Option<Request>),
    Timer,
}

impl Thread {
    fn new(
        core: Core,
        sockets: Sockets,
        bounds: Bounds,
        requests: mpsc::Receiver<Request>,
        host: Arc<dyn Host>,
        tasks: tokio::runtime::Handle,
    ) -> std::io::Result<Self> {
        let udp = sockets
            .udp
            .into_iter()
            .zip(1..)
            .map(|(socket, id)| UdpPort::new(FlowId(id), socket))
            .collect::<Result<Vec<_>, _>>()?;
        let (to_core, from_streams) = mpsc::channel(FROM_STREAMS);
        let stop = CancellationToken::new();
        let first = udp.len() as u64 + 1;
        let places = Places::new(bounds.connections);
        let streams = Streams::new(
            to_core,
            first,
            places.clone(),
            sockets.connector,
            stop.clone(),
        );
        {
            // Connections are served by the threads that serve calls.
            let _inside = tasks.enter();
            let plain = sockets.tcp.into_iter().map(|listener| (listener, None));
            let (secure, acceptor) = sockets.tls.unzip();
            let secure = secure.into_iter().flatten();
            let secure = secure.map(|listener| (listener, acceptor.clone()));
            for (listener, tls) in plain.chain(secure) {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                tasks.spawn(Listener::new(listener, tls).run(streams.clone()));
            }
            if let Some(identity) = sockets.identity {
                tasks.spawn(identity.renew(stop.clone()));
            }
        }
        Ok(Self {
            core,
            started: Instant::now(),
            udp,
            outbox: HashMap::new(),
            streams,
            from_streams,
            connections: HashMap::new(),
            by_peer: HashMap::new(),
            requests,
            sessions: HashMap::new(),
            legs: HashMap::new(),
            last_session: 0,
            messages: Messages::new(bounds.messages),
            throttle: Throttle::default(),
            places,
            names: sockets.names,
            live: Live::default(),
            host,
            tasks,
            stop,
        })
    }

    fn now(&self) -> Time {
        Time::from_duration(self.started.elapsed())
    }

    async fn run(mut self) {
        let mut batch = Batch::new();
        loop {
            let going_on = match self.wait().await {
                Woken::Udp => {
                    self.receive(&mut batch);
                    true
                }
                Woken::Stream(news) => {
                    self.take_streams(news);
                    true
                }
                Woken::Request(request) => self.take_requests(request),
                Woken::Timer => true,
            };
            let now = self.now();
            if self.core.next_timeout().is_some_and(|due| due <= now) {
                self.core.poll(now);
            }
            self.act();
            self.flush();
            while let Some((of, messages)) = self.messages.take_due(now) {
                self.host.traced(of, messages);
            }
            if !going_on {
                for (of, messages) in self.messages.take_rest() {
                    self.host.traced(of, messages);
                }
                // Connections end by themselves once they have written what is left.
                self.stop.cancel();
                return;
            }
        }
    }

    async fn wait(&mut self) -> Woken {
        let due = [self.core.next_timeout(), self.messages.due()];
        let due = due.into_iter().flatten().min();
        let due = due.map(|due| self.started + due.as_duration());
        let timer = async {
            match due {
                Some(due) => tokio::time::sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        let udp = &self.udp;
        let readable = poll_fn(|cx| {
            for port in udp {
                if port.poll_readable(cx).is_ready() {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        });
        tokio::select! {
            () = readable => Woken::Udp,
            Some(news) = self.from_streams.recv() => Woken::Stream(news),
            request = self.requests.recv() => Woken::Request(request),
            () = timer => Woken::Timer,
        }
    }

    fn receive(&mut self, batch: &mut Batch) {
        let now = self.now();
        let Self {
            udp,
            core,
            messages,
            throttle,
            ..
        } = self;
        for port in udp.iter() {
            // A few batches, then answers have their turn: a queue that never empties must not keep the
            // others waiting.
            for _ in 0..4 {
                let received = port.receive(batch, |flow, bytes| {
                    if throttle.takes(now, flow.peer.ip()) {
                        messages.received(flow, &bytes);
                        input(core, now, flow, bytes);
                    }
                });
                if received == 0 {
                    break;
                }
            }
        }
    }

    fn take_streams(&mut self, first: FromStream) {
        self.take_stream(first);
        for _ in 1..TURN {
            match self.from_streams.try_recv() {
                Ok(news) => self.take_stream(news),
                Err(_) => return,
            }
        }
    }

    fn take_stream(&mut self, news: FromStream) {
        let now = self.now();
        match news {
            FromStream::Opened {
                flow,
                writer,
                place,
                proof,
            } => {
                let peer = flow.peer;
                let connection = Connection {
                    writer,
                    peer,
                    place,
                    proof,
                };
                self.connections.insert(flow.id, connection);
                self.by_peer.insert(peer, flow);
            }
            FromStream::Message { flow, bytes } => {
                // What came on a connection that we have closed meanwhile is not answered.
                if self.connections.contains_key(&flow.id) {
                    self.messages.received(flow, &bytes);
                    input(&mut self.core, now, flow, bytes);
                }
            }
            FromStream::Closed { flow } => self.forget(flow),
            FromStream::Located(Located { id, flows }) => self.core.located(now, id, flows),
        }
    }

    /// A connection is gone, or is given up.
    fn forget(&mut self, flow: FlowId) {
        if let Some(connection) = self.connections.remove(&flow) {
            if self
                .by_peer
                .get(&connection.peer)
                .is_some_and(|known| known.id == flow)
            {
                self.by_peer.remove(&connection.peer);
            }
            self.core.flow_closed(self.now(), flow);
        }
    }

    /// Whether the thread goes on.
    fn take_requests(&mut self, first: Option<Request>) -> bool {
        let Some(first) = first else {
            return false;
        };
        if !self.take_request(first) {
            return false;
        }
        for _ in 1..TURN {
            match self.requests.try_recv() {
                Ok(request) => {
                    if !self.take_request(request) {
                        return false;
                    }
                }
                Err(_) => break,
            }
        }
        true
    }

    fn take_request(&mut self, request: Request) -> bool {
        let now = self.now();
        // Nobody waits for a reply whose receiver is gone.
        match request {
            Request::Contacts { aors, reply } => {
                let of = |aor: &String| {
                    let bindings = self.core.bindings(aor).iter();
                    bindings.map(|binding| contact(binding, now)).collect()
                };
                let _gone = reply.send(aors.iter().map(of).collect());
            }
            Request::Begin { reply } => {
                let (session, events) = self.session(Vec::new());
                self.messages.begun(session);
                if reply.send(Begun { session, events }).is_err() {
                    self.close(session);
                    self.messages.closed(now, session, None);
                }
            }
            Request::Calls {
                session,
                calls,
                reply,
            } => {
                let Some(known) = self.sessions.get_mut(&session) else {
                    return true;
                };
                let mut made = Vec::with_capacity(calls.len());
                for call in calls {
                    let leg = self.core.call(now, call);
                    if let Ok(leg) = leg {
                        known.legs.push(leg);
                        self.legs.insert(leg, session);
                        if let Some(call_id) = self.core.sip_call_id(leg) {
                            self.messages.joined(session, call_id);
                        }
                    }
                    made.push(leg);
                }
                let _gone = reply.send(made);
            }
            Request::Command {
                call,
                command,
                reply,
            } => {
                let result = self.core.command(now, call, *command);
                match (reply, result) {
                    (Some(reply), result) => {
                        let _gone = reply.send(result);
                    }
                    (None, Err(error)) => tracing::debug!(%error, "a leg did not take a command"),
                    (None, Ok(())) => {}
                }
            }
            Request::Close { session, of } => {
                self.close(session);
                self.messages.closed(now, session, of);
            }
            Request::Messages { session, reply } => {
                let _gone = reply.send(self.messages.of(session));
            }
            Request::Live(change) => self.show(change),
            Request::Revoke { aors } => self.core.revoke(now, &aors),
            Request::Restore { kept, reply } => {
                let _gone = reply.send(self.restore(kept));
            }
            Request::Streams { reply } => {
                let _gone = reply.send(self.streams.clone());
            }
            Request::Stats { reply } => {
                let _gone = reply.send(SignallingStats {
                    calls: self.sessions.len(),
                    connections: self.connections.len(),
                    dropped_datagrams: self.throttle.dropped(),
                    refused_connections: self.places.refused(),
                    core: self.core.stats(),
                });
            }
            Request::Drain => self.core.drain(),
            Request::Stop => {
                let all: Vec<SessionId> = self.sessions.keys().copied().collect();
                for session in all {
                    self.close(session);
                }
                return false;
            }
        }
        true
    }

    /// Tells watchers what has changed.
    fn show(&mut self, change: Change) {
        let now = self.now();
        for (resource, state) in self.live.apply(change) {
            self.core.publish(now, &resource, state);
        }
    }

    /// Tells watchers whether a phone can be reached.
    fn show_registered(&mut self, aor: String) {
        let registered = !self.core.bindings(&aor).is_empty();
        self.show(Change::Registered { aor, registered });
    }

    fn close(&mut self, session: SessionId) {
        let Some(session) = self.sessions.remove(&session) else {
            return;
        };
        let now = self.now();
        for leg in session.legs {
            self.legs.remove(&leg);
            // A leg that has ended by itself is what we want.
            let _ended = self
                .core
                .command(now, leg, Command::Hangup { reason: None });
        }
    }

    /// Does what the core wants done, until it wants nothing more.
    fn act(&mut self) {
        loop {
            let actions: Vec<Action> = self.core.actions().collect();
            if actions.is_empty() {
                return;
            }
            for action in actions {
                match action {
                    Action::Send { flow, bytes } => self.send(flow, bytes),
                    Action::Close { flow } => self.forget(flow.id),
                    Action::Authorize(request) => {
                        let connection = self.connections.get(&request.flow.id);
                        let proof = connection.and_then(|it| it.proof.as_ref());
                        let verdict = self.host.authorize(&request, proof);
                        self.core.authorize(self.now(), request.id, verdict);
                    }
                    Action::Locate { id, uri } => self.locate(id, uri),
                    Action::Event(event) => self.tell(event),
                }
            }
        }
    }

    fn send(&mut self, flow: Flow, bytes: Bytes) {
        self.messages.sent(flow, &bytes);
        if flow.transport == Transport::Udp {
            // Whom we ask may answer.
            if !bytes.starts_with(b"SIP/2.0") {
                self.throttle.knows(self.now(), flow.peer.ip());
            }
            self.outbox.entry(flow.id).or_default().push(Datagram {
                from: flow.local.ip(),
                to: flow.peer,
                bytes,
            });
            return;
        }
        let Some(connection) = self.connections.get(&flow.id) else {
            // What the core sends behind the close would wait half a minute for an answer. Only requests wait.
            if !bytes.starts_with(b"SIP/2.0") {
                self.core.flow_closed(self.now(), flow.id);
            }
            return;
        };
        if connection.writer.try_send(bytes).is_err() {
            tracing::info!(peer = %flow.peer, "a SIP connection takes nothing any more; it is closed");
            self.forget(flow.id);
        }
    }

    fn flush(&mut self) {
        for port in &self.udp {
            if let Some(datagrams) = self.outbox.get_mut(&port.id())
                && !datagrams.is_empty()
            {
                port.send(datagrams);
                datagrams.clear();
            }
        }
    }

    fn locate(&mut self, id: sip::action::LocateId, uri: Uri) {
        let ports: Vec<UdpLocal> = self
            .udp
            .iter()
            .map(|port| UdpLocal {
                id: port.id(),
                local: port.local(),
            })
            .collect();
        let transport = uri.transport().unwrap_or(Transport::Udp);
        let peer = dns::literal(&uri, transport.default_port());
        let known = match transport {
            Transport::Udp => peer.map(|peer| locate::udp_flow(&ports, peer)),
            Transport::Tcp | Transport::Tls => peer
                .and_then(|peer| self.by_peer.get(&peer).copied())
                .filter(|flow| flow.transport == transport)
                .map(Some),
            // Browsers are reached on the connection they made.
            Transport::Ws | Transport::Wss => Some(None),
        };
        match known {
            Some(flow) => {
                let now = self.now();
                self.core.located(now, id, flow.into_iter().collect());
            }
            None => {
                let (names, streams) = (self.names.clone(), self.streams.clone());
                self.tasks
                    .spawn(locate::locate(names, streams, ports, id, uri));
            }
        }
    }

    fn restore(&mut self, kept: Vec<KeptRegistration>) -> usize {
        let now = self.now();
        let sockets = self.udp.iter().map(|port| (port.id(), port.local()));
        let sockets: Vec<_> = sockets.collect();
        let mut restored = 0;
        for kept in kept {
            let aor = kept.aor.clone();
            let binding = kept.binding(now, &sockets);
            if let Some(binding) = &binding {
                self.throttle.knows(now, binding.flow.peer.ip());
            }
            if binding.is_some_and(|it| self.core.restore(&aor, it)) {
                restored += 1;
                self.show_registered(aor);
            }
        }
        restored
    }

    /// Who is at the other end has been proved.
    fn know(&mut self, flow: Flow) {
        self.throttle.knows(self.now(), flow.peer.ip());
        if let Some(connection) = self.connections.get(&flow.id) {
            connection.place.know();
        }
    }

    fn tell(&mut self, event: Event) {
        match event {
            Event::IncomingCall(call) => self.open(call),
            Event::Registered {
                aor,
                binding,
                refreshed,
            } => {
                let now = self.now();
                let expires_in = binding.expires_at.since(now);
                self.know(binding.flow);
                self.host.registered(&aor, &binding, expires_in, refreshed);
                self.show_registered(aor);
            }
            Event::Unregistered {
                aor,
                contact,
                cause,
            } => {
                self.host.unregistered(&aor, &contact, cause);
                self.show_registered(aor);
            }
            Event::Published { aor, presence } => self.show(Change::Published { aor, presence }),
            Event::Subscribed {
                resource, package, ..
            } => tracing::debug!(resource, package = package.name(), "watched"),
            Event::Unsubscribed { .. } => {}
            Event::LockedOut { address } => self.host.locked_out(address),
            event => self.tell_session(event),
        }
    }

    /// A call with these legs, and what is told of them.
    fn session(&mut self, legs: Vec<CallId>) -> (SessionId, mpsc::Receiver<Event>) {
        self.last_session += 1;
        let session = SessionId(self.last_session);
        let (events, inbox) = mpsc::channel(EVENTS);
        self.sessions.insert(session, Session { events, legs });
        (session, inbox)
    }

    fn open(&mut self, call: Box<sip::event::IncomingCall>) {
        let (session, inbox) = self.session(vec![call.call]);
        self.legs.insert(call.call, session);
        self.know(call.flow);
        if let Some(call_id) = call.request.call_id() {
            self.messages.opened(session, call_id);
        }
        self.host.incoming(Incoming {
            session,
            call,
            events: inbox,
        });
    }

    fn tell_session(&mut self, event: Event) {
        let Some((leg, last)) = leg_of(&event) else {
            return;
        };
        let Some(id) = self.legs.get(&leg).copied() else {
            return;
        };
        if last {
            self.legs.remove(&leg);
        }
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        if last {
            session.legs.retain(|known| *known != leg);
        }
        if session.events.try_send(event).is_err() {
            // Its queue ends with it, which the call takes for the end of everything.
            self.close(id);
        }
    }
}

/// Gives a message to the core. Nothing a network sends should make it panic; should it nevertheless, that
/// message is lost and no other.
fn input(core: &mut Core, now: Time, flow: Flow, bytes: Bytes) {
    let taken = catch_unwind(AssertUnwindSafe(|| core.input(now, flow, bytes)));
    if taken.is_err() {
        tracing::error!(peer = %flow.peer, "a message made the SIP core fail; please report this");
    }
}

fn contact(binding: &Binding, now: Time) -> Contact {
    Contact {
        uri: binding.contact.clone(),
        flow: binding.flow,
        path: binding.path.clone(),
        user_agent: binding.user_agent.clone(),
        expires_in: binding.expires_at.since(now),
    }
}

/// The leg an event belongs to, and whether it is the leg's last.
fn leg_of(event: &Event) -> Option<(CallId, bool)> {
    match event {
        Event::Cancelled { call, .. } | Event::Ended { call, .. } => Some((*call, true)),
        Event::Failed(failure) => Some((failure.call, true)),
        Event::Trying { call }
        | Event::Progress { call, .. }
        | Event::Answered { call, .. }
        | Event::Confirmed { call, .. }
        | Event::Offer { call, .. }
        | Event::OfferAnswered { call, .. }
        | Event::OfferRefused { call, .. }
        | Event::Dtmf { call, .. }
        | Event::Referred { call, .. } => Some((*call, false)),
        Event::IncomingCall(_)
        | Event::Registered { .. }
        | Event::Unregistered { .. }
        | Event::Subscribed { .. }
        | Event::Unsubscribed { .. }
        | Event::Published { .. }
        | Event::LockedOut { .. } => None,
    }
}

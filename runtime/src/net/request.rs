//! What the rest of the runtime asks of the signalling thread.

use super::messages::Tape;
use super::places::Place;
use super::stream::Streams;
use super::tls::Proof;
use crate::live::Change;
use crate::registrations::KeptRegistration;
use crate::report::CallName;
use bytes::Bytes;
use sip::Flow;
use sip::command::{Command, CommandError, OutgoingCall};
use sip::event::{CallId, Event, IncomingCall};
use sip::uri::Uri;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Requests that may wait; who asks then waits too.
const QUEUE: usize = 8_192;

/// One call with all its legs, as the signalling thread knows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct SessionId(pub(crate) u64);

/// A call that came in, with the queue on which all its legs report.
pub(crate) struct Incoming {
    pub(crate) session: SessionId,
    pub(crate) call: Box<IncomingCall>,
    /// Ends when the peer floods it; the call is then given up.
    pub(crate) events: mpsc::Receiver<Event>,
}

/// Where a device can be reached.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) uri: Uri,
    pub(crate) flow: Flow,
    pub(crate) path: Vec<String>,
    pub(crate) user_agent: Option<String>,
    /// How long the registration lasts from now.
    pub(crate) expires_in: Duration,
}

/// What signalling remembers at the moment: for monitoring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignallingStats {
    /// Calls with at least one leg.
    pub calls: usize,
    /// TCP connections.
    pub connections: usize,
    /// Datagrams of strangers that were dropped because they sent too many.
    pub dropped_datagrams: u64,
    /// Connections that were refused because too many were there, of their source or of strangers or at all.
    pub refused_connections: u64,
    /// What the SIP core remembers. Its legs and transactions outlive a call by the timers of RFC 3261.
    pub core: sip::Stats,
}

/// A call that begins here, with the queue on which all its legs report.
pub(crate) struct Begun {
    pub(crate) session: SessionId,
    /// Ends when the peer floods it; the call is then given up.
    pub(crate) events: mpsc::Receiver<Event>,
}

/// A request.
pub(crate) enum Request {
    Contacts {
        aors: Vec<String>,
        reply: oneshot::Sender<Vec<Vec<Contact>>>,
    },
    /// A call that has no leg yet.
    Begin {
        reply: oneshot::Sender<Begun>,
    },
    Calls {
        session: SessionId,
        calls: Vec<OutgoingCall>,
        reply: oneshot::Sender<Vec<Result<CallId, CommandError>>>,
    },
    Command {
        call: CallId,
        command: Box<Command>,
        /// `None` when nobody waits for it.
        reply: Option<oneshot::Sender<Result<(), CommandError>>>,
    },
    /// The call is over: what is left of its legs is hung up.
    Close {
        session: SessionId,
        /// Whose messages its legs' are; `None` when it never began to run a callflow.
        of: Option<CallName>,
    },
    /// The messages of a running call so far.
    Messages {
        session: SessionId,
        reply: oneshot::Sender<Option<Tape>>,
    },
    Live(Change),
    /// Addresses of record that may no longer have what they have.
    Revoke {
        aors: BTreeSet<String>,
    },
    /// Contacts from before a restart.
    Restore {
        kept: Vec<KeptRegistration>,
        reply: oneshot::Sender<usize>,
    },
    /// What new connections join.
    Streams {
        reply: oneshot::Sender<Streams>,
    },
    Stats {
        reply: oneshot::Sender<SignallingStats>,
    },
    /// Nothing new is begun from now on.
    Drain,
    /// Ends the thread, once what is to be sent has been sent.
    Stop,
}

/// The way to the signalling thread.
#[derive(Clone, Debug)]
pub(crate) struct Signalling(mpsc::Sender<Request>);

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Request")
    }
}

impl Signalling {
    pub(crate) fn channel() -> (Self, mpsc::Receiver<Request>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), receiver)
    }

    /// The contacts of each address of record, best first; none when the thread has ended.
    pub(crate) async fn contacts(&self, aors: Vec<String>) -> Vec<Vec<Contact>> {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Contacts { aors, reply }).await;
        answer.await.unwrap_or_default()
    }

    /// Begins a call that nobody has made; none when the thread has ended.
    pub(crate) async fn begin(&self) -> Option<Begun> {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Begin { reply }).await;
        answer.await.ok()
    }

    /// Makes call legs whose events go to the session; one result for each, in order. Empty when the
    /// session or the thread has ended.
    pub(crate) async fn calls(
        &self,
        session: SessionId,
        calls: Vec<OutgoingCall>,
    ) -> Vec<Result<CallId, CommandError>> {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Calls {
            session,
            calls,
            reply,
        })
        .await;
        answer.await.unwrap_or_default()
    }

    /// Does something with a leg.
    ///
    /// # Errors
    /// The leg is then unchanged.
    pub(crate) async fn command(&self, call: CallId, command: Command) -> Result<(), CommandError> {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Command {
            call,
            command: Box::new(command),
            reply: Some(reply),
        })
        .await;
        answer.await.unwrap_or(Err(CommandError::NoSuchCall))
    }

    /// Does something with a leg; a leg that has gone says so by an event of its own.
    pub(crate) async fn tell(&self, call: CallId, command: Command) {
        self.send(Request::Command {
            call,
            command: Box::new(command),
            reply: None,
        })
        .await;
    }

    /// Hangs up what is left of a session's legs and forgets it. Its messages are told a few seconds later, if it has
    /// a name.
    pub(crate) async fn close(&self, session: SessionId, of: Option<CallName>) {
        self.send(Request::Close { session, of }).await;
    }

    /// The messages of a running call so far; none when it is over or they are not kept.
    pub(crate) async fn messages(&self, session: SessionId) -> Option<Tape> {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Messages { session, reply }).await;
        answer.await.ok().flatten()
    }

    /// Changes what watchers see.
    pub(crate) async fn live(&self, change: Change) {
        self.send(Request::Live(change)).await;
    }

    /// Ends registrations and subscriptions of phones that may no longer have them.
    pub(crate) async fn revoke(&self, aors: BTreeSet<String>) {
        if !aors.is_empty() {
            self.send(Request::Revoke { aors }).await;
        }
    }

    /// Puts back contacts from before a restart; how many could be.
    pub(crate) async fn restore(&self, kept: Vec<KeptRegistration>) -> usize {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Restore { kept, reply }).await;
        answer.await.unwrap_or_default()
    }

    /// What new connections join; none when the thread has ended.
    pub(crate) async fn streams(&self) -> Option<Streams> {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Streams { reply }).await;
        answer.await.ok()
    }

    /// What is remembered; nothing when the thread has ended.
    pub(crate) async fn stats(&self) -> SignallingStats {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Stats { reply }).await;
        answer.await.unwrap_or_default()
    }

    /// Refuses new calls and subscriptions from now on, and says so to those who ask by OPTIONS.
    pub(crate) async fn drain(&self) {
        self.send(Request::Drain).await;
    }

    /// As [`Signalling::stop`], for those who cannot wait.
    pub(crate) fn try_stop(&self) {
        // A full queue or an ended thread: then it is too late for order.
        let _late = self.0.try_send(Request::Stop);
    }

    pub(crate) async fn stop(&self) {
        self.send(Request::Stop).await;
    }

    async fn send(&self, request: Request) {
        // When the thread has ended, the reply's sender is dropped, which says it.
        let _ended = self.0.send(request).await;
    }
}

/// A connection as the signalling thread keeps it.
pub(crate) struct Connection {
    pub(crate) writer: mpsc::Sender<Bytes>,
    pub(crate) peer: SocketAddr,
    /// Its place among all connections.
    pub(crate) place: Arc<Place>,
    /// Who connected, if a certificate proves it.
    pub(crate) proof: Option<Proof>,
}

//! Transactions (RFC 3261 §17, RFC 6026): state and timers, no more.
//!
//! A transaction keeps only what its remaining life needs: after the final response that is the
//! response (server) or the ACKs (client), and over reliable transports mostly nothing at all.

use crate::config::Timers;
use crate::event::{CallId, SubscriptionId};
use crate::flow::Flow;
use crate::header::{Name, Via};
use crate::message::Message;
use crate::method::Method;
use crate::time::Time;
use crate::timer::earlier;
use bytes::Bytes;
use smallvec::SmallVec;
use std::time::Duration;

/// Every branch of ours starts so (RFC 3261 §8.1.1.7).
pub(crate) const COOKIE: &str = "z9hG4bK";

/// Retransmissions with doubling intervals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pub(crate) at: Time,
    interval: Duration,
    cap: Duration,
}

impl Backoff {
    /// First after `first`, then doubling up to `cap`.
    pub(crate) fn new(now: Time, first: Duration, cap: Duration) -> Backoff {
        Backoff {
            at: now + first,
            interval: first,
            cap,
        }
    }

    /// Whether one is due; sets the next.
    pub(crate) fn is_due(&mut self, now: Time) -> bool {
        if now < self.at {
            return false;
        }
        self.interval = (self.interval * 2).min(self.cap);
        // From the time it was due: a host that polls late does not stretch the schedule.
        self.at += self.interval;
        if self.at <= now {
            self.at = now + self.interval;
        }
        true
    }
}

/// Who is told about a server transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ServerOwner {
    None,
    Authorizing(u64),
    Invite(CallId),
    Offer(CallId),
    Refer(CallId),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ServerState {
    /// No final response yet.
    Proceeding,
    /// Final response sent; INVITE: 300 to 699.
    Completed,
    /// ACK received.
    Confirmed,
    /// 2xx to INVITE sent (RFC 6026 §7.1).
    Accepted,
}

#[derive(Debug)]
pub(crate) struct ServerTx {
    pub(crate) key: String,
    pub(crate) merge: Option<String>,
    pub(crate) flow: Flow,
    pub(crate) reply_to: Flow,
    pub(crate) method: Method,
    pub(crate) state: ServerState,
    /// Kept until the final response.
    pub(crate) request: Option<Message>,
    pub(crate) to_tag: String,
    pub(crate) last: Option<Bytes>,
    pub(crate) retransmit: Option<Backoff>,
    /// When it is over; before the final response: when we answer 500 ourselves.
    pub(crate) ends: Option<Time>,
    pub(crate) owner: ServerOwner,
}

/// What a deadline of a transaction means.
#[derive(Debug)]
pub(crate) enum Fired {
    Nothing,
    Resend(Bytes),
    /// Nobody answered the request in time.
    TimedOut,
    Gone,
}

impl ServerTx {
    /// Takes note of a response about to be sent.
    pub(crate) fn respond(&mut self, now: Time, code: u16, bytes: Bytes, timers: &Timers) {
        if code < 200 {
            self.last = Some(bytes);
            return;
        }
        self.request = None;
        self.owner = ServerOwner::None;
        let reliable = self.flow.transport.is_reliable();
        if self.method == Method::Invite && code < 300 {
            // The user of the transaction repeats a 2xx; we only absorb (Timer L).
            self.state = ServerState::Accepted;
            self.last = None;
            self.ends = Some(now + timers.timeout());
            return;
        }
        self.state = ServerState::Completed;
        self.last = Some(bytes);
        let invite = self.method == Method::Invite;
        // Timer G
        self.retransmit = (invite && !reliable).then(|| Backoff::new(now, timers.t1, timers.t2));
        // Timer H, or Timer J
        let wait = if invite || !reliable {
            timers.timeout()
        } else {
            Duration::ZERO
        };
        self.ends = Some(now + wait);
    }

    /// The ACK of a 300 to 699 arrived. Whether it was awaited.
    pub(crate) fn acknowledge(&mut self, now: Time, timers: &Timers) -> bool {
        if self.state != ServerState::Completed {
            return false;
        }
        self.state = ServerState::Confirmed;
        self.last = None;
        self.retransmit = None;
        let reliable = self.flow.transport.is_reliable();
        // Timer I
        self.ends = Some(now + if reliable { Duration::ZERO } else { timers.t4 });
        true
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        earlier(self.retransmit.map(|backoff| backoff.at), self.ends)
    }

    pub(crate) fn fire(&mut self, now: Time) -> Fired {
        if self.ends.is_some_and(|at| at <= now) {
            return match self.state {
                ServerState::Proceeding => Fired::TimedOut,
                _ => Fired::Gone,
            };
        }
        let due = self
            .retransmit
            .as_mut()
            .is_some_and(|backoff| backoff.is_due(now));
        match &self.last {
            Some(last) if due => Fired::Resend(last.clone()),
            _ => Fired::Nothing,
        }
    }
}

/// Who is told about a client transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ClientOwner {
    /// Nobody: CANCEL, BYE of a stray fork.
    None,
    Invite(CallId),
    Offer(CallId),
    Refresh(CallId),
    Bye(CallId),
    InDialog(CallId),
    Notify(SubscriptionId),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ClientState {
    /// Nothing heard yet.
    Calling,
    /// A provisional response was heard.
    Proceeding,
    /// A final response was heard; INVITE: 300 to 699.
    Completed,
    /// 2xx to INVITE heard (RFC 6026 §7.2).
    Accepted,
}

#[derive(Debug)]
pub(crate) struct ClientTx {
    pub(crate) key: String,
    pub(crate) branch: String,
    pub(crate) flow: Flow,
    pub(crate) method: Method,
    pub(crate) state: ClientState,
    /// Kept until the final response; INVITE: for its CANCEL and ACK, too.
    pub(crate) request: Option<Message>,
    retransmit: Option<Backoff>,
    pub(crate) ends: Option<Time>,
    pub(crate) owner: ClientOwner,
    /// ACKs sent, by To tag, to be repeated when the final response is.
    pub(crate) acks: SmallVec<[(String, Flow, Bytes); 1]>,
}

/// What to do with a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Heard {
    /// Nothing: a repetition, or one that comes too late.
    Ignore,
    /// Tell the owner.
    Provisional,
    /// Tell the owner; INVITE: acknowledge first.
    Final,
    /// A 2xx to INVITE: tell the owner, unless an ACK for its tag was sent, which then is repeated.
    Success,
    /// Repeat the ACK of a 300 to 699.
    Repeated,
}

impl ClientTx {
    pub(crate) fn new(
        now: Time,
        flow: Flow,
        branch: String,
        request: Message,
        owner: ClientOwner,
        timers: &Timers,
    ) -> ClientTx {
        let method = request.method().unwrap_or(Method::Other);
        // Timer A has no cap, Timer E has T2.
        let cap = match method {
            Method::Invite => Duration::MAX / 4,
            _ => timers.t2,
        };
        ClientTx {
            key: client_key(&branch, method.name()),
            branch,
            flow,
            method,
            state: ClientState::Calling,
            request: Some(request),
            retransmit: (!flow.transport.is_reliable()).then(|| Backoff::new(now, timers.t1, cap)),
            // Timer B, Timer F
            ends: Some(now + timers.timeout()),
            owner,
            acks: SmallVec::new(),
        }
    }

    pub(crate) fn hear(&mut self, now: Time, code: u16, timers: &Timers) -> Heard {
        let invite = self.method == Method::Invite;
        let open = matches!(self.state, ClientState::Calling | ClientState::Proceeding);
        let reliable = self.flow.transport.is_reliable();
        match code {
            ..200 if open => {
                self.state = ClientState::Proceeding;
                if invite {
                    self.retransmit = None;
                    // A call may ring as long as its user likes; a change of session may not
                    // (three minutes, as Timer C of RFC 3261 §16.6).
                    let rings = matches!(self.owner, ClientOwner::Invite(_));
                    self.ends = (!rings).then(|| now + Duration::from_secs(180));
                } else if let Some(backoff) = &mut self.retransmit {
                    // Timer E stays at T2 from now on (RFC 3261 §17.1.2.2).
                    backoff.interval = timers.t2;
                }
                Heard::Provisional
            }
            200..300 if invite && (open || self.state == ClientState::Accepted) => {
                if open {
                    self.state = ClientState::Accepted;
                    self.retransmit = None;
                    self.ends = Some(now + timers.timeout()); // Timer M
                }
                Heard::Success
            }
            200.. if open => {
                self.state = ClientState::Completed;
                self.retransmit = None;
                let wait = match (invite, reliable) {
                    (_, true) => Duration::ZERO,
                    (true, false) => timers.timeout().max(Duration::from_secs(32)), // Timer D
                    (false, false) => timers.t4,                                    // Timer K
                };
                self.ends = Some(now + wait);
                Heard::Final
            }
            300.. if invite && self.state == ClientState::Completed => Heard::Repeated,
            _ => Heard::Ignore,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        earlier(self.retransmit.map(|backoff| backoff.at), self.ends)
    }

    pub(crate) fn fire(&mut self, now: Time) -> Fired {
        if self.ends.is_some_and(|at| at <= now) {
            return match self.state {
                ClientState::Calling | ClientState::Proceeding => Fired::TimedOut,
                _ => Fired::Gone,
            };
        }
        let due = self
            .retransmit
            .as_mut()
            .is_some_and(|backoff| backoff.is_due(now));
        match &self.request {
            Some(request) if due => Fired::Resend(request.bytes().clone()),
            _ => Fired::Nothing,
        }
    }
}

pub(crate) fn client_key(branch: &str, method: &str) -> String {
    format!("{branch}\0{method}")
}

/// The key of the server transaction a request belongs to (RFC 3261 §17.2.3); `method` is INVITE
/// for an ACK or to find what a CANCEL cancels.
pub(crate) fn server_key(request: &Message, via: &Via, method: &str) -> String {
    let branch = via.branch();
    let port = via.port.unwrap_or(0);
    if branch.len() > COOKIE.len() && branch.starts_with(COOKIE) {
        return format!("{branch}\0{}:{port}\0{method}", via.host);
    }
    // Peers of RFC 2543 have no unique branch.
    let from = request.from();
    let tag = from.as_ref().and_then(|from| from.tag()).unwrap_or("");
    let number = request.cseq().map_or(0, |cseq| cseq.number);
    let call_id = request.call_id().unwrap_or("");
    format!(
        "\0{call_id}\0{tag}\0{number}\0{}:{port}\0{branch}\0{method}",
        via.host
    )
}

/// Same request by another path (RFC 3261 §8.2.2.2).
pub(crate) fn merge_key(request: &Message) -> Option<String> {
    let from = request
        .header(Name::From)
        .and_then(crate::header::NameAddr::parse)?;
    let cseq = request.cseq()?;
    Some(format!(
        "{}\0{}\0{}\0{}",
        request.call_id()?,
        from.tag()?,
        cseq.number,
        cseq.method
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_to_its_cap() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(Time::ZERO, ms(500), ms(4000));
        let mut times = Vec::new();
        for now in (0..20_000).step_by(100).map(Time::from_millis) {
            if backoff.is_due(now) {
                times.push(now.as_duration().as_millis());
            }
        }
        assert_eq!(times, [500, 1500, 3500, 7500, 11500, 15500, 19500]);
    }
}

//! Opening, answering and ending transactions.

use super::Core;
use crate::flow::{Flow, FlowId};
use crate::header::{Name, Via};
use crate::message::{Message, ResponseBuilder};
use crate::method::{ALLOW, Method};
use crate::time::Time;
use crate::timer::Owner;
use crate::transaction::{
    COOKIE, ClientOwner, ClientState, ClientTx, Fired, Heard, ServerOwner, ServerState, ServerTx,
    merge_key, server_key,
};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;

/// A header to be added: name and value.
pub(super) type Extra<'a> = (&'a str, &'a str);

/// What we support of what a peer may `Require`.
const SUPPORTED: [&str; 5] = ["100rel", "timer", "path", "norefersub", "replaces"];

impl Core {
    /// A branch no other transaction has.
    pub(super) fn branch(&mut self) -> String {
        format!("{COOKIE}{}", self.random.token())
    }

    /// Starts a server transaction. An INVITE is answered 100 at once.
    pub(super) fn open_server(
        &mut self,
        now: Time,
        flow: Flow,
        request: Message,
        via: &Via,
        owner: ServerOwner,
    ) -> u64 {
        let id = self.id();
        let method = request.method().unwrap_or(Method::Other);
        let key = server_key(&request, via, method.name());
        let in_dialog = request.to().is_some_and(|to| to.tag().is_some());
        let merge = if in_dialog { None } else { merge_key(&request) };
        self.server_keys.insert(key.clone(), id);
        if let Some(merge) = &merge {
            self.merges.insert(merge.clone(), id);
        }
        let server = ServerTx {
            key,
            merge,
            flow,
            reply_to: reply_to(via, flow),
            method,
            state: ServerState::Proceeding,
            request: Some(request),
            to_tag: self.random.token(),
            last: None,
            retransmit: None,
            ends: Some(now + self.config.timers.timeout()),
            owner,
        };
        self.servers.insert(id, server);
        self.schedule_server(id);
        if method == Method::Invite {
            self.reply(now, id, 100, &[], None);
        }
        id
    }

    /// Starts a response to an open server transaction. `None` if it was answered already.
    pub(super) fn response_to(
        &self,
        id: u64,
        code: u16,
        phrase: Option<&str>,
    ) -> Option<ResponseBuilder> {
        let server = self.servers.get(&id)?;
        let request = server.request.as_ref()?;
        // 100 opens no dialog and so has no tag.
        let tag = if code == 100 { "" } else { &server.to_tag };
        let mut builder = ResponseBuilder::new(request, &server.flow, code, phrase, tag);
        if !self.config.product.is_empty() {
            builder = builder.header("Server", &self.config.product);
        }
        Some(builder)
    }

    /// Answers with a response that needs nothing else.
    pub(super) fn reply(
        &mut self,
        now: Time,
        id: u64,
        code: u16,
        extra: &[Extra<'_>],
        phrase: Option<&str>,
    ) {
        if let Some(builder) = self.response_to(id, code, phrase) {
            let bytes = builder.headers(extra.iter().copied()).empty();
            self.respond(now, id, code, bytes);
        }
    }

    /// Sends a response and moves the transaction on.
    pub(super) fn respond(&mut self, now: Time, id: u64, code: u16, bytes: Bytes) {
        let Some(server) = self.servers.get_mut(&id) else {
            return;
        };
        if server.state != ServerState::Proceeding {
            return;
        }
        server.respond(now, code, bytes.clone(), &self.config.timers);
        let flow = server.reply_to;
        self.send(flow, bytes);
        self.schedule_server(id);
    }

    pub(super) fn schedule_server(&mut self, id: u64) {
        let at = self.servers.get(&id).and_then(ServerTx::deadline);
        self.deadlines.set(Owner::Server(id), at);
    }

    fn remove_server(&mut self, id: u64) {
        self.deadlines.set(Owner::Server(id), None);
        let Some(server) = self.servers.remove(&id) else {
            return;
        };
        self.server_keys.remove(&server.key);
        if let Some(merge) = &server.merge
            && self.merges.get(merge) == Some(&id)
        {
            self.merges.remove(merge);
        }
    }

    pub(super) fn fire_server(&mut self, now: Time, id: u64) {
        let Some(server) = self.servers.get_mut(&id) else {
            return;
        };
        let (flow, owner) = (server.reply_to, server.owner);
        match server.fire(now) {
            Fired::Nothing => self.schedule_server(id),
            Fired::Resend(bytes) => {
                self.send_again(flow, bytes);
                self.schedule_server(id);
            }
            Fired::Gone => self.remove_server(id),
            Fired::TimedOut => {
                // Whoever should have decided did not.
                match owner {
                    ServerOwner::Authorizing(auth) => drop(self.authorizing.remove(&auth)),
                    ServerOwner::Offer(call) | ServerOwner::Refer(call) => {
                        if let Some(call) = self.calls.get_mut(&call) {
                            call.offer_in = call.offer_in.filter(|tx| *tx != id);
                            if call.refer == Some(id) {
                                (call.refer, call.referral) = (None, None);
                            }
                        }
                    }
                    ServerOwner::Invite(_) | ServerOwner::None => {}
                }
                self.reply(now, id, 500, &[], None);
            }
        }
    }

    /// Answers without remembering anything; the same request gets the same answer (RFC 3261 §8.2.7).
    pub(super) fn refuse(
        &mut self,
        flow: Flow,
        request: &Message,
        code: u16,
        extra: &[Extra<'_>],
        phrase: Option<&str>,
    ) {
        let mut hash = Sha256::new();
        hash.update(self.tag_secret);
        hash.update(request.header(Name::Via).unwrap_or(""));
        hash.update(request.call_id().unwrap_or(""));
        let tag: String = crate::digest::hex(&hash.finalize())
            .chars()
            .take(16)
            .collect();
        self.refuse_as(flow, request, code, extra, phrase, &tag);
    }

    /// As [`Core::refuse`], with a To tag of choice.
    pub(super) fn refuse_as(
        &mut self,
        flow: Flow,
        request: &Message,
        code: u16,
        extra: &[Extra<'_>],
        phrase: Option<&str>,
        tag: &str,
    ) {
        let Some(via) = request.via() else {
            self.dropped += 1;
            return;
        };
        let mut builder = ResponseBuilder::new(request, &flow, code, phrase, tag);
        if !self.config.product.is_empty() {
            builder = builder.header("Server", &self.config.product);
        }
        let bytes = builder.headers(extra.iter().copied()).empty();
        self.send(reply_to(&via, flow), bytes);
    }

    /// 503, so that the peer tries elsewhere or later.
    pub(super) fn refuse_overload(&mut self, flow: Flow, request: &Message) {
        let wait = self.config.limits.retry_after_s.to_string();
        self.refuse(flow, request, 503, &[("Retry-After", &wait)], None);
    }

    /// 405 with what we do know.
    pub(super) fn refuse_method(&mut self, flow: Flow, request: &Message, code: u16) {
        self.refuse(flow, request, code, &[("Allow", ALLOW)], None);
    }

    /// Options of `Require` we do not know, comma-separated; `None` if there are none.
    pub(super) fn unsupported(request: &Message) -> Option<String> {
        let known = |option: &&str| {
            !SUPPORTED
                .iter()
                .any(|name| name.eq_ignore_ascii_case(option))
        };
        let unknown: Vec<&str> = request.values(Name::Require).filter(known).collect();
        (!unknown.is_empty()).then(|| unknown.join(", "))
    }

    /// Sends a request in a transaction of its own. `branch` is the one in its `Via`.
    pub(super) fn send_request(
        &mut self,
        now: Time,
        flow: Flow,
        branch: String,
        bytes: Bytes,
        owner: ClientOwner,
    ) -> u64 {
        let id = self.id();
        // What we write can be read; if ever not, the transaction runs into its time-out.
        let Ok(request) = Message::parse(bytes.clone()) else {
            debug_assert!(false, "a request of ours cannot be parsed");
            return id;
        };
        let client = ClientTx::new(now, flow, branch, request, owner, &self.config.timers);
        self.client_keys.insert(client.key.clone(), id);
        self.deadlines.set(Owner::Client(id), client.deadline());
        self.clients.insert(id, client);
        self.send(flow, bytes);
        id
    }

    pub(super) fn schedule_client(&mut self, id: u64) {
        let at = self.clients.get(&id).and_then(ClientTx::deadline);
        self.deadlines.set(Owner::Client(id), at);
    }

    pub(super) fn remove_client(&mut self, id: u64) {
        self.deadlines.set(Owner::Client(id), None);
        if let Some(client) = self.clients.remove(&id) {
            self.client_keys.remove(&client.key);
        }
    }

    pub(super) fn fire_client(&mut self, now: Time, id: u64) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let (flow, owner) = (client.flow, client.owner);
        match client.fire(now) {
            Fired::Nothing => self.schedule_client(id),
            Fired::Resend(bytes) => {
                self.send_again(flow, bytes);
                self.schedule_client(id);
            }
            Fired::Gone => self.remove_client(id),
            Fired::TimedOut => {
                self.remove_client(id);
                self.without_answer(now, owner, 408);
            }
        }
    }

    /// Requests that wait on a connection that is gone will not be answered.
    pub(super) fn fail_clients_of(&mut self, now: Time, flow: FlowId) {
        // A failure may send once more on the same connection, such as the BYE of a call whose
        // re-INVITE failed. It ends: each owner has one such request left at most, and a call its
        // remaining ways.
        while self.fail_waiting(now, flow) {}
    }

    /// Fails what waits on that connection now; whether anything did.
    fn fail_waiting(&mut self, now: Time, flow: FlowId) -> bool {
        let waiting: Vec<(u64, ClientOwner)> = self
            .clients
            .iter()
            .filter(|(_, client)| {
                client.flow.id == flow
                    && client.flow.transport.is_reliable()
                    && matches!(client.state, ClientState::Calling | ClientState::Proceeding)
            })
            .map(|(id, client)| (*id, client.owner))
            .collect();
        let any = !waiting.is_empty();
        for (id, owner) in waiting {
            self.remove_client(id);
            self.without_answer(now, owner, 503);
        }
        any
    }

    /// A response arrived: to its transaction, and on to whoever owns that.
    pub(super) fn response(&mut self, now: Time, response: &Message) {
        let read = || {
            let via = response.via()?;
            let cseq = response.cseq()?;
            let key = crate::transaction::client_key(via.branch(), cseq.method);
            Some((response.code()?, *self.client_keys.get(&key)?))
        };
        let Some((code, id)) = read().filter(|_| response.problem().is_none()) else {
            self.dropped += 1;
            return;
        };
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let owner = client.owner;
        let heard = client.hear(now, code, &self.config.timers);
        let tag = response
            .to()
            .and_then(|to| to.tag().map(str::to_owned))
            .unwrap_or_default();
        let ack = client.acks.iter().find(|(to, ..)| *to == tag).cloned();
        if client.method == Method::Invite && matches!(heard, Heard::Final | Heard::Repeated) {
            self.acknowledge_failure(id, response);
        }
        self.schedule_client(id);
        match (heard, ack) {
            (Heard::Ignore | Heard::Repeated, _) => {}
            (Heard::Success, Some((_, flow, ack))) => self.send(flow, ack),
            _ => self.heard(now, id, owner, code, response),
        }
    }

    /// ACK of a 300 to 699: hop by hop, in the transaction (RFC 3261 §17.1.1.3).
    fn acknowledge_failure(&mut self, id: u64, response: &Message) {
        let Some(client) = self.clients.get(&id) else {
            return;
        };
        let Some(request) = &client.request else {
            return;
        };
        let mut builder = crate::message::RequestBuilder::new("ACK", request.request_uri_text());
        for name in [Name::Via, Name::From] {
            builder = builder.header(name.as_str(), request.header(name).unwrap_or(""));
        }
        let number = request.cseq().map_or(0, |cseq| cseq.number);
        builder = builder
            .header("To", response.header(Name::To).unwrap_or(""))
            .header("Call-ID", request.call_id().unwrap_or(""))
            .header("CSeq", format_args!("{number} ACK"))
            .header("Max-Forwards", 70);
        for route in request.all(Name::Route) {
            builder = builder.header("Route", route);
        }
        let (flow, ack) = (client.flow, builder.empty());
        self.send(flow, ack);
    }
}

/// Where responses go (RFC 3261 §18.2.2, RFC 3581 §4).
pub(super) fn reply_to(via: &Via, flow: Flow) -> Flow {
    if flow.transport.is_reliable() || via.wants_rport() {
        return flow;
    }
    let port = via.port.unwrap_or_else(|| flow.transport.default_port());
    flow.with_peer(SocketAddr::new(flow.peer.ip(), port))
}

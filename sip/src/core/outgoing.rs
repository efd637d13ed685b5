//! Calls we make: INVITE, its responses, forks, challenges, CANCEL (RFC 3261 §13.2, §9.1).

use super::incoming::SDP;
use super::{Core, DialogUser, Locating};
use crate::action::{Action, LocateId};
use crate::command::{CommandError, Hop, OutgoingCall};
use crate::dialog::{Dialog, contact, via};
use crate::digest::{self, ClientCredentials};
use crate::event::{CallId, Event, Failure};
use crate::flow::Flow;
use crate::header::{AuthValue, Name, NameAddr, Reason};
use crate::invite::{Call, Fork, Outgoing, SessionTimer, Stage};
use crate::message::{Message, RequestBuilder, reason_phrase};
use crate::method::{ALLOW, Method};
use crate::time::Time;
use crate::transaction::{ClientOwner, ClientState};
use crate::uri::Uri;
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;

/// Branches of one call followed at most.
const MAX_FORKS: usize = 16;
/// Challenges answered in a row: the first, and one for a stale nonce.
const MAX_CHALLENGES: u8 = 2;

impl Core {
    /// Makes a call.
    ///
    /// # Errors
    /// [`CommandError::Overloaded`] at the limit of calls.
    pub fn call(&mut self, now: Time, outgoing: OutgoingCall) -> Result<CallId, CommandError> {
        if self.calls.len() >= self.config.limits.calls {
            return Err(CommandError::Overloaded);
        }
        let id = CallId(self.id());
        let tag = self.random.token();
        let mut from = outgoing.from.clone();
        from.params
            .retain(|(name, _)| !name.eq_ignore_ascii_case("tag"));
        from.params.push(("tag".to_owned(), Some(tag.clone())));
        let nowhere = Flow {
            id: crate::flow::FlowId(0),
            transport: crate::flow::Transport::Udp,
            local: ([0, 0, 0, 0], 0).into(),
            peer: ([0, 0, 0, 0], 0).into(),
        };
        let (flow, pinned) = match &outgoing.hop {
            Hop::Flow(flow) => (*flow, true),
            Hop::Uri(_) => (nowhere, false),
        };
        let dialog = Dialog {
            call_id: format!("{}{}", self.random.token(), self.random.token()),
            local: from.to_string(),
            remote: outgoing.to.to_string(),
            local_tag: tag,
            remote_tag: String::new(),
            local_cseq: 0,
            remote_cseq: None,
            target: outgoing.target.clone(),
            routes: outgoing.route.clone(),
            flow,
            pinned,
            contact: String::new(),
        };
        self.dialogs.insert(dialog.key(), DialogUser::Call(id));
        let mut call = Box::new(Call::new(id, Stage::Calling, dialog));
        call.sdp.clone_from(&outgoing.sdp);
        call.credentials.clone_from(&outgoing.credentials);
        let hop = outgoing.hop.clone();
        call.outgoing = Some(Box::new(Outgoing {
            session_expires: self.config.session_expires,
            call: outgoing,
            authorization: Vec::new(),
            min_se: None,
            ways: VecDeque::new(),
            cancel: false,
            cancelled: false,
        }));
        match hop {
            Hop::Flow(flow) => self.send_invite(now, &mut call, flow),
            Hop::Uri(uri) => self.locate(uri, Locating::Call(id)),
        }
        self.keep(call);
        Ok(id)
    }

    pub(super) fn locate(&mut self, uri: Uri, purpose: Locating) {
        let id = LocateId(self.id());
        self.locating.insert(id, purpose);
        self.actions.push_back(Action::Locate { id, uri });
    }

    /// Answers [`Action::Locate`] with flows in order of preference; none means it cannot be reached.
    pub fn located(&mut self, now: Time, id: LocateId, flows: Vec<Flow>) {
        match self.locating.remove(&id) {
            Some(Locating::Call(id)) => {
                let Some(mut call) = self.calls.remove(&id) else {
                    return;
                };
                if let Some(outgoing) = &mut call.outgoing {
                    outgoing.ways = flows.into_iter().take(8).collect();
                }
                self.try_next_way(now, call, 503);
            }
            Some(Locating::Dialog(id)) => {
                if let (Some(call), Some(flow)) = (self.calls.get_mut(&id), flows.first()) {
                    call.dialog.flow = *flow;
                    call.dialog.pinned |= flow.transport.is_reliable();
                }
            }
            None => {}
        }
    }

    /// Another address of the same destination (RFC 3263 §4.3), or the end of it.
    fn try_next_way(&mut self, now: Time, mut call: Box<Call>, code: u16) {
        let cancel = call
            .outgoing
            .as_ref()
            .is_some_and(|outgoing| outgoing.cancel);
        let way = call
            .outgoing
            .as_mut()
            .and_then(|outgoing| outgoing.ways.pop_front());
        match way.filter(|_| !cancel) {
            Some(flow) => {
                self.send_invite(now, &mut call, flow);
                self.keep(call);
            }
            None => self.fail(now, &call, code, reason_phrase(code), None),
        }
    }

    fn send_invite(&mut self, now: Time, call: &mut Call, flow: Flow) {
        let external = self.config.external_address;
        let Some(outgoing) = &call.outgoing else {
            return;
        };
        let from = &outgoing.call.from;
        call.forks.clear();
        let pinned = matches!(outgoing.call.hop, Hop::Flow(_));
        call.dialog.pinned = pinned || flow.transport.is_reliable();
        call.dialog.flow = flow;
        call.dialog.contact = contact(from.uri.user(), &flow, external);
        call.dialog.local_cseq += 1;
        let branch = format!("{}{}", crate::transaction::COOKIE, self.random.token());
        let target = call.dialog.target_text();
        let mut builder = RequestBuilder::new("INVITE", &target)
            .header("Via", via(&flow, external, &branch))
            .header("Max-Forwards", outgoing.call.max_forwards)
            .header("From", &call.dialog.local)
            .header("To", &call.dialog.remote)
            .header("Call-ID", &call.dialog.call_id)
            .header("CSeq", format_args!("{} INVITE", call.dialog.local_cseq))
            .header("Contact", &call.dialog.contact)
            .header("Allow", ALLOW);
        for route in &call.dialog.routes {
            builder = builder.header("Route", route);
        }
        // Without an offer of ours, a reliable response would carry theirs, to be answered in the PRACK.
        let supported = if call.sdp.is_some() {
            "100rel, timer, norefersub, replaces"
        } else {
            "timer, norefersub, replaces"
        };
        builder = builder.header("Supported", supported);
        if let Some(interval) = outgoing.session_expires {
            builder = builder.header("Session-Expires", interval.as_secs());
        }
        if let Some(min) = outgoing.min_se {
            builder = builder.header("Min-SE", min.as_secs());
        }
        if !self.config.product.is_empty() {
            builder = builder.header("User-Agent", &self.config.product);
        }
        for (name, value) in &outgoing.authorization {
            builder = builder.header(name, value);
        }
        for (name, value) in &outgoing.call.headers {
            builder = builder.header(name, value);
        }
        let bytes = match &call.sdp {
            Some(sdp) => builder.body(SDP, sdp),
            None => builder.empty(),
        };
        let owner = ClientOwner::Invite(call.id);
        call.invite = Some(self.send_request(now, flow, branch, bytes, owner));
    }

    /// A response, other than those the transaction deals with.
    pub(super) fn heard(
        &mut self,
        now: Time,
        tx: u64,
        owner: ClientOwner,
        code: u16,
        response: &Message,
    ) {
        match owner {
            ClientOwner::Invite(id) => match self.calls.remove(&id) {
                Some(call) if code < 200 => self.heard_progress(now, call, code, response),
                Some(call) if code < 300 => self.heard_answer(now, tx, call, response),
                Some(call) => self.heard_failure(now, call, code, response),
                None if (200..300).contains(&code) => self.end_stray(now, tx, response),
                None => {}
            },
            _ if code < 200 => {}
            ClientOwner::Offer(id) => self.heard_offer(now, tx, id, code, response),
            ClientOwner::Bye(id) => self.heard_bye(now, id, code, response),
            ClientOwner::Refresh(id) | ClientOwner::InDialog(id) => {
                self.heard_in_dialog(now, id, owner, code, response);
            }
            ClientOwner::Notify(id) => self.notified(now, id, code, Some(response)),
            ClientOwner::None => {}
        }
    }

    /// A request got no final response: 408 by time, 503 by a lost connection.
    pub(super) fn without_answer(&mut self, now: Time, owner: ClientOwner, code: u16) {
        match owner {
            ClientOwner::Invite(id) => {
                if let Some(call) = self.calls.remove(&id) {
                    if call.stage == Stage::Calling {
                        self.try_next_way(now, call, code);
                    } else {
                        self.keep(call);
                    }
                }
            }
            ClientOwner::Bye(id) => {
                if let Some(call) = self.calls.remove(&id) {
                    self.forget(now, &call);
                }
            }
            ClientOwner::Offer(id) | ClientOwner::Refresh(id) | ClientOwner::InDialog(id) => {
                self.lost(now, id);
            }
            ClientOwner::Notify(id) => self.notified(now, id, code, None),
            ClientOwner::None => {}
        }
    }

    fn heard_progress(&mut self, now: Time, mut call: Box<Call>, code: u16, response: &Message) {
        let wants_cancel = call
            .outgoing
            .as_ref()
            .is_some_and(|outgoing| outgoing.cancel);
        if wants_cancel {
            self.send_cancel(now, &mut call);
            return self.keep(call);
        }
        let tag = response.to().and_then(|to| to.tag().map(str::to_owned));
        if call.stage != Stage::Calling {
            return self.keep(call);
        }
        if code == 100 {
            let id = call.id;
            self.keep(call);
            return self.emit(Event::Trying { call: id });
        }
        call.learn(response);
        let fork = match tag {
            Some(tag) => self.fork_of(&mut call, &tag, response),
            None => Some(0),
        };
        let Some(fork) = fork else {
            return self.keep(call);
        };
        if response.has_token(Name::Require, "100rel")
            && let Some(rseq) = response.number(Name::RSeq)
            && !self.acknowledge_progress(now, &mut call, fork, rseq, response)
        {
            return self.keep(call);
        }
        let id = call.id;
        self.keep(call);
        let (sdp, fork) = (response.sdp(), fork as u32);
        self.emit(Event::Progress {
            call: id,
            code,
            sdp,
            fork,
        });
    }

    /// The early dialog with that tag, made if it is new. `None` if there are too many.
    fn fork_of(&self, call: &mut Call, tag: &str, response: &Message) -> Option<usize> {
        let known = call
            .forks
            .iter()
            .position(|fork| fork.dialog.remote_tag == tag);
        if known.is_some() {
            return known;
        }
        if call.forks.len() >= MAX_FORKS {
            return None;
        }
        let dialog = call.dialog.opened_by(response)?;
        call.forks.push(Fork { dialog, rseq: None });
        Some(call.forks.len() - 1)
    }

    /// Sends PRACK (RFC 3262 §4). Whether the response is new and in order.
    fn acknowledge_progress(
        &mut self,
        now: Time,
        call: &mut Call,
        fork: usize,
        rseq: u32,
        response: &Message,
    ) -> bool {
        let number = response.cseq().map_or(0, |cseq| cseq.number);
        let Some(fork) = call.forks.get_mut(fork) else {
            return false;
        };
        if fork.rseq.is_some_and(|last| rseq != last.wrapping_add(1)) {
            return false;
        }
        fork.rseq = Some(rseq);
        let _ = fork.dialog.aim();
        fork.dialog.local_cseq += 1;
        let dialog = &fork.dialog;
        let branch = self.branch();
        let bytes = dialog
            .request(
                "PRACK",
                dialog.local_cseq,
                &branch,
                self.config.external_address,
            )
            .header("RAck", format_args!("{rseq} {number} INVITE"))
            .empty();
        self.send_request(now, dialog.flow, branch, bytes, ClientOwner::None);
        true
    }

    fn heard_answer(&mut self, now: Time, tx: u64, mut call: Box<Call>, response: &Message) {
        let tag = response
            .to()
            .and_then(|to| to.tag().map(str::to_owned))
            .unwrap_or_default();
        if call.stage != Stage::Calling {
            // Answered before: by the same, whose ACK is still unsent, or by another fork.
            let same = call.dialog.remote_tag == tag;
            self.keep(call);
            if !same {
                self.end_stray(now, tx, response);
            }
            return;
        }
        let fork = self.fork_of(&mut call, &tag, response).unwrap_or(0);
        let Some(mut dialog) = call.dialog.opened_by(response) else {
            return self.keep(call);
        };
        if let Some(early) = call.forks.iter().find(|fork| fork.dialog.remote_tag == tag) {
            dialog.local_cseq = early.dialog.local_cseq;
            dialog.remote_cseq = early.dialog.remote_cseq;
        }
        let number = response.cseq().map_or(0, |cseq| cseq.number);
        call.dialog = dialog;
        call.forks.clear();
        call.invite = None;
        call.give_up = None;
        call.stage = Stage::Up;
        call.challenges = 0;
        call.learn(response);
        call.session = SessionTimer::of_response(now, response);
        self.aim(&mut call);
        let offered = call.sdp.is_none();
        if call.muted {
            self.send_ack(&call, tx, number, None);
            let reason = call.bye_reason.take();
            return self.leave(now, call, reason);
        }
        if offered {
            call.unsent_ack = Some(number);
            call.invite = Some(tx);
        } else {
            self.send_ack(&call, tx, number, None);
        }
        let id = call.id;
        self.keep(call);
        self.emit(Event::Answered {
            call: id,
            sdp: response.sdp(),
            fork: fork as u32,
            response: Box::new(response.clone()),
        });
    }

    /// ACK of a 2xx: a request of the dialog, repeated by the transaction whenever the 2xx is.
    pub(super) fn send_ack(&mut self, call: &Call, tx: u64, number: u32, sdp: Option<&Bytes>) {
        let branch = self.branch();
        let external = self.config.external_address;
        let builder = call.dialog.request("ACK", number, &branch, external);
        let bytes = match sdp {
            Some(sdp) => builder.body(SDP, sdp),
            None => builder.empty(),
        };
        let flow = call.dialog.flow;
        if let Some(client) = self.clients.get_mut(&tx) {
            client
                .acks
                .push((call.dialog.remote_tag.clone(), flow, bytes.clone()));
            client.request = None;
        }
        self.send(flow, bytes);
    }

    pub(super) fn acknowledge(&mut self, call: &mut Call, sdp: &Bytes) -> Result<(), CommandError> {
        let (Some(number), Some(tx)) = (call.unsent_ack.take(), call.invite.take()) else {
            return Err(CommandError::WrongState);
        };
        call.sdp = Some(sdp.clone());
        self.send_ack(call, tx, number, Some(sdp));
        Ok(())
    }

    /// A 2xx nobody waits for: a fork that answered later, or an answer that crossed our CANCEL
    /// after we gave it up. It is acknowledged and ended (RFC 3261 §13.2.2.4).
    fn end_stray(&mut self, now: Time, tx: u64, response: &Message) {
        let Some(client) = self.clients.get(&tx) else {
            return;
        };
        let (Some(from), Some(to), Some(id), Some(target), Some(cseq)) = (
            response.header(Name::From),
            response.header(Name::To),
            response.call_id(),
            response.contact(),
            response.cseq(),
        ) else {
            return;
        };
        let tag = |value: &str| NameAddr::parse(value).and_then(|it| it.tag().map(str::to_owned));
        let template = Dialog {
            call_id: id.to_owned(),
            local: from.to_owned(),
            remote: to.to_owned(),
            local_tag: tag(from).unwrap_or_default(),
            remote_tag: tag(to).unwrap_or_default(),
            local_cseq: cseq.number,
            remote_cseq: None,
            target: target.uri,
            routes: Vec::new(),
            flow: client.flow,
            pinned: client.flow.transport.is_reliable(),
            contact: String::new(),
        };
        let Some(mut dialog) = template.opened_by(response) else {
            return;
        };
        let _ = dialog.aim();
        let number = cseq.number;
        let mut call = Call::new(CallId(0), Stage::Up, dialog);
        self.send_ack(&call, tx, number, None);
        call.dialog.local_cseq += 1;
        let branch = self.branch();
        let external = self.config.external_address;
        let bytes = call
            .dialog
            .request("BYE", call.dialog.local_cseq, &branch, external)
            .empty();
        self.send_request(now, call.dialog.flow, branch, bytes, ClientOwner::None);
    }

    fn heard_failure(&mut self, now: Time, mut call: Box<Call>, code: u16, response: &Message) {
        if call.stage != Stage::Calling {
            return self.keep(call);
        }
        let cancel = call
            .outgoing
            .as_ref()
            .is_some_and(|outgoing| outgoing.cancel);
        if !cancel {
            if matches!(code, 401 | 407) && self.answer_challenge(&mut call, response) {
                let flow = call.dialog.flow;
                self.send_invite(now, &mut call, flow);
                return self.keep(call);
            }
            if let (422, Some(outgoing)) = (code, &mut call.outgoing)
                && let Some(min) = response.number(Name::MinSe)
                && outgoing.min_se.is_none()
            {
                let min = Duration::from_secs(min.into());
                outgoing.min_se = Some(min);
                outgoing.session_expires = outgoing.session_expires.map(|asked| asked.max(min));
                let flow = call.dialog.flow;
                self.send_invite(now, &mut call, flow);
                return self.keep(call);
            }
            if code == 503 && call.forks.is_empty() {
                let more = call
                    .outgoing
                    .as_ref()
                    .is_some_and(|outgoing| !outgoing.ways.is_empty());
                if more {
                    return self.try_next_way(now, call, code);
                }
            }
        }
        self.fail(now, &call, code, response.phrase(), Some(response));
    }

    /// Prepares the answer to a challenge. Whether there is one.
    fn answer_challenge(&mut self, call: &mut Call, response: &Message) -> bool {
        let Some(credentials) = call.credentials.clone() else {
            return false;
        };
        if call.challenges >= MAX_CHALLENGES {
            return false;
        }
        let uri = call.dialog.target_text();
        let Some(answer) = self.authorization(response, &credentials, Method::Invite, &uri) else {
            return false;
        };
        // A second challenge means the password is wrong, unless the nonce was stale.
        if call.challenges > 0 && !is_stale(response) {
            return false;
        }
        call.challenges += 1;
        if let Some(outgoing) = &mut call.outgoing {
            outgoing.authorization.retain(|(name, _)| *name != answer.0);
            outgoing.authorization.push(answer);
        }
        true
    }

    /// The header that answers a 401 or 407, its first challenge we know how to answer.
    pub(super) fn authorization(
        &mut self,
        response: &Message,
        credentials: &ClientCredentials,
        method: Method,
        uri: &str,
    ) -> Option<(&'static str, String)> {
        let cnonce = self.random.token();
        [
            (Name::WwwAuthenticate, "Authorization"),
            (Name::ProxyAuthenticate, "Proxy-Authorization"),
        ]
        .into_iter()
        .find_map(|(asked, answer)| {
            let value = response
                .all(asked)
                .filter_map(AuthValue::parse)
                .find_map(|challenge| {
                    digest::answer(&challenge, credentials, method.name(), uri, &cnonce)
                })?;
            Some((answer, value))
        })
    }

    fn fail(
        &mut self,
        now: Time,
        call: &Call,
        code: u16,
        phrase: &str,
        response: Option<&Message>,
    ) {
        self.forget(now, call);
        if call.muted {
            return;
        }
        let mut contacts: Vec<NameAddr> = response
            .filter(|_| code / 100 == 3)
            .map(|response| {
                response
                    .values(Name::Contact)
                    .take(16)
                    .filter_map(NameAddr::parse)
                    .collect()
            })
            .unwrap_or_default();
        let q = |contact: &NameAddr| {
            contact
                .param("q")
                .and_then(|q| q.parse().ok())
                .unwrap_or(1.0_f32)
        };
        contacts.sort_by(|a, b| q(b).total_cmp(&q(a)));
        self.emit(Event::Failed(Box::new(Failure {
            call: call.id,
            code,
            phrase: phrase.to_owned(),
            reason: response
                .and_then(|response| response.values(Name::Reason).find_map(Reason::parse)),
            contacts: contacts.into_iter().map(|contact| contact.uri).collect(),
            retry_after_s: response.and_then(|response| response.number(Name::RetryAfter)),
        })));
    }

    /// Gives up a call that is not answered yet. `call` is muted by then.
    pub(super) fn cancel_call(&mut self, now: Time, mut call: Box<Call>, reason: Option<Reason>) {
        call.bye_reason = reason;
        let state = call
            .invite
            .and_then(|tx| self.clients.get(&tx))
            .map(|client| client.state);
        if let Some(outgoing) = &mut call.outgoing {
            outgoing.cancel = true;
        }
        match state {
            Some(ClientState::Proceeding) => self.send_cancel(now, &mut call),
            // No CANCEL before a provisional response (RFC 3261 §9.1).
            Some(_) => {}
            None => return self.forget(now, &call), // not located yet
        }
        self.keep(call);
    }

    fn send_cancel(&mut self, now: Time, call: &mut Call) {
        let Some(outgoing) = &mut call.outgoing else {
            return;
        };
        if outgoing.cancelled {
            return;
        }
        outgoing.cancelled = true;
        let Some(client) = call.invite.and_then(|tx| self.clients.get(&tx)) else {
            return;
        };
        let Some(request) = &client.request else {
            return;
        };
        let mut builder = RequestBuilder::new("CANCEL", request.request_uri_text());
        for name in [Name::Via, Name::From, Name::To, Name::CallId] {
            builder = builder.header(name.as_str(), request.header(name).unwrap_or(""));
        }
        builder = builder
            .header("CSeq", format_args!("{} CANCEL", call.dialog.local_cseq))
            .header("Max-Forwards", 70);
        for route in request.all(Name::Route) {
            builder = builder.header("Route", route);
        }
        if let Some(reason) = &call.bye_reason {
            builder = builder.header("Reason", reason);
        }
        let (flow, branch) = (client.flow, client.branch.clone());
        self.send_request(now, flow, branch, builder.empty(), ClientOwner::None);
        call.give_up = Some(now + self.config.timers.timeout());
    }
}

pub(super) fn is_stale(response: &Message) -> bool {
    response
        .all(Name::WwwAuthenticate)
        .chain(response.all(Name::ProxyAuthenticate))
        .filter_map(AuthValue::parse)
        .any(|challenge| {
            challenge
                .param("stale")
                .is_some_and(|stale| stale.eq_ignore_ascii_case("true"))
        })
}

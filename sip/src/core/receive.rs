//! Requests: to their transaction, their dialog, or whoever deals with new ones.

use super::{Core, DialogUser};
use crate::action::Action;
use crate::dialog::dialog_key;
use crate::event::Event;
use crate::flow::Flow;
use crate::header::{Name, NameAddr, Reason, Via};
use crate::message::Message;
use crate::method::{ALLOW, Method};
use crate::subscribe::ALLOW_EVENTS;
use crate::time::Time;
use crate::transaction::{ServerOwner, ServerState, merge_key, server_key};
use crate::uri::Scheme;

impl Core {
    pub(super) fn request(&mut self, now: Time, flow: Flow, request: Message) {
        let Some(via) = request.via() else {
            self.dropped += 1;
            return;
        };
        if request.method() == Some(Method::Ack) {
            return self.ack(now, &request, &via);
        }
        let key = server_key(&request, &via, request.method_name().unwrap_or(""));
        if let Some(server) = self
            .server_keys
            .get(&key)
            .and_then(|id| self.servers.get(id))
        {
            // A repetition. Without anything to repeat, it is absorbed.
            if let Some(last) = server.last.clone() {
                let reply_to = server.reply_to;
                self.send(reply_to, last);
            }
            return;
        }
        if flow.transport.is_stream() && !request.has_content_length() {
            // Its end is unknown, so nothing behind it can be read (RFC 3261 §18.3).
            self.refuse(flow, &request, 400, &[], Some("Missing Content-Length"));
            self.actions.push_back(Action::Close { flow });
            return;
        }
        if let Some(problem) = request.problem() {
            return self.refuse(flow, &request, problem.code, &[], Some(problem.phrase));
        }
        if request.method() == Some(Method::Cancel) {
            return self.cancel(now, flow, &request, &via);
        }
        let to_tag = request.to().and_then(|to| to.tag().map(str::to_owned));
        let limit = self.config.limits.transactions;
        match to_tag {
            // Room for a quarter more, so that calls can be ended under load.
            Some(_) if self.servers.len() >= limit + limit / 4 => {
                self.refuse_overload(flow, &request);
            }
            Some(tag) => self.inside(now, flow, request, &via, &tag),
            None if self.servers.len() >= limit => self.refuse_overload(flow, &request),
            None => self.outside(now, flow, request, &via),
        }
    }

    /// A request outside any dialog.
    fn outside(&mut self, now: Time, flow: Flow, request: Message, via: &Via) {
        let method = request.method().unwrap_or(Method::Other);
        match method {
            Method::Other => return self.refuse_method(flow, &request, 501),
            Method::Message => return self.refuse_method(flow, &request, 405),
            Method::Bye
            | Method::Info
            | Method::Update
            | Method::Prack
            | Method::Refer
            | Method::Notify => return self.refuse(flow, &request, 481, &[], None),
            _ => {}
        }
        if matches!(request.request_uri(), Some(uri) if matches!(uri.scheme, Scheme::Other(_))) {
            return self.refuse(flow, &request, 416, &[], None);
        }
        if request.number(Name::MaxForwards) == Some(0) && method != Method::Options {
            return self.refuse(flow, &request, 483, &[], None);
        }
        if let Some(unknown) = Core::unsupported(&request) {
            return self.refuse(flow, &request, 420, &[("Unsupported", &unknown)], None);
        }
        if merge_key(&request).is_some_and(|key| self.merges.contains_key(&key)) {
            return self.refuse(flow, &request, 482, &[], None);
        }
        let begins = matches!(method, Method::Invite | Method::Subscribe | Method::Options);
        if self.draining && begins {
            return self.refuse_overload(flow, &request);
        }
        if method == Method::Options {
            return self.options(flow, &request);
        }
        if request.from().is_none_or(|from| from.tag().is_none()) && method != Method::Register {
            return self.refuse(flow, &request, 400, &[], Some("Missing From Tag"));
        }
        let full = match method {
            Method::Invite => self.calls.len() >= self.config.limits.calls,
            Method::Subscribe => self.subscriptions.len() >= self.config.limits.subscriptions,
            _ => false,
        };
        if full {
            return self.refuse_overload(flow, &request);
        }
        let answers_alone = matches!(method, Method::Register | Method::Publish);
        if !answers_alone && request.contact().is_none() {
            return self.refuse(flow, &request, 400, &[], Some("Missing Contact"));
        }
        self.ask_who(now, flow, request, via);
    }

    fn options(&mut self, flow: Flow, request: &Message) {
        let headers = [
            ("Allow", ALLOW),
            ("Accept", "application/sdp, application/pidf+xml"),
            ("Supported", "100rel, timer, path, norefersub, replaces"),
            ("Allow-Events", ALLOW_EVENTS),
        ];
        self.refuse(flow, request, 200, &headers, None);
    }

    /// A request inside a dialog.
    fn inside(&mut self, now: Time, flow: Flow, request: Message, via: &Via, to_tag: &str) {
        let method = request.method().unwrap_or(Method::Other);
        let key = dialog_key(request.call_id().unwrap_or(""), to_tag);
        let Some(user) = self.dialogs.get(&key).copied() else {
            return self.refuse(flow, &request, 481, &[], None);
        };
        match method {
            Method::Other => return self.refuse_method(flow, &request, 501),
            Method::Message | Method::Publish | Method::Register => {
                return self.refuse_method(flow, &request, 405);
            }
            _ => {}
        }
        if let Some(unknown) = Core::unsupported(&request) {
            return self.refuse(flow, &request, 420, &[("Unsupported", &unknown)], None);
        }
        let from = request.from();
        let remote = from.as_ref().and_then(NameAddr::tag).unwrap_or("");
        let number = request.cseq().map_or(0, |cseq| cseq.number);
        match user {
            DialogUser::Call(id) => {
                let Some(call) = self.calls.get_mut(&id) else {
                    return;
                };
                let Some(dialog) = call.dialog_with(remote) else {
                    return self.refuse(flow, &request, 481, &[], None);
                };
                if !dialog.accept_cseq(number) {
                    return self.refuse(flow, &request, 500, &[], Some("CSeq Out Of Order"));
                }
                dialog.heard_on(flow);
                self.inside_call(now, flow, request, via, id);
            }
            DialogUser::Subscription(id) => {
                let Some(subscription) = self.subscriptions.get_mut(&id) else {
                    return;
                };
                if subscription.dialog.remote_tag != remote {
                    return self.refuse(flow, &request, 481, &[], None);
                }
                if !subscription.dialog.accept_cseq(number) {
                    return self.refuse(flow, &request, 500, &[], Some("CSeq Out Of Order"));
                }
                subscription.dialog.heard_on(flow);
                match method {
                    Method::Subscribe => self.resubscribe(now, flow, &request, via, id),
                    Method::Options => self.options(flow, &request),
                    _ => self.refuse_method(flow, &request, 405),
                }
            }
        }
    }

    fn inside_call(
        &mut self,
        now: Time,
        flow: Flow,
        request: Message,
        via: &Via,
        id: crate::event::CallId,
    ) {
        let method = request.method().unwrap_or(Method::Other);
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        match method {
            Method::Bye => return self.bye(now, flow, request, via, call),
            Method::Options => self.options(flow, &request),
            Method::Invite | Method::Update => {
                self.offered(now, flow, &request, via, &mut call);
            }
            Method::Prack => self.prack(now, flow, &request, &mut call),
            Method::Info => self.info(now, flow, request, via, &mut call),
            Method::Refer => self.referred(now, flow, request, via, &mut call),
            // No subscription was made in this dialog.
            Method::Notify => self.refuse(flow, &request, 481, &[], None),
            _ => self.refuse_method(flow, &request, 405),
        }
        self.keep(call);
    }

    /// ACK: of a failure, to its transaction; of a 2xx, to its call. It is never answered.
    fn ack(&mut self, now: Time, request: &Message, via: &Via) {
        let key = server_key(request, via, Method::Invite.name());
        if let Some(id) = self.server_keys.get(&key).copied()
            && let Some(server) = self.servers.get_mut(&id)
            && server.acknowledge(now, &self.config.timers)
        {
            return self.schedule_server(id);
        }
        let read = || {
            let to = request.to()?;
            let key = dialog_key(request.call_id()?, to.tag()?);
            match self.dialogs.get(&key)? {
                DialogUser::Call(id) => Some((*id, request.cseq()?.number)),
                DialogUser::Subscription(_) => None,
            }
        };
        match read() {
            Some((id, number)) => self.acknowledged(now, id, number, request),
            None => self.dropped += 1,
        }
    }

    /// CANCEL (RFC 3261 §9.2).
    fn cancel(&mut self, now: Time, flow: Flow, request: &Message, via: &Via) {
        let key = server_key(request, via, Method::Invite.name());
        let Some(id) = self.server_keys.get(&key).copied() else {
            return self.refuse(flow, request, 481, &[], None);
        };
        let Some(server) = self.servers.get(&id) else {
            return;
        };
        let (state, owner, tag) = (server.state, server.owner, server.to_tag.clone());
        self.refuse_as(flow, request, 200, &[], None, &tag);
        if state != ServerState::Proceeding {
            return; // too late
        }
        self.reply(now, id, 487, &[], None);
        match owner {
            ServerOwner::Authorizing(auth) => drop(self.authorizing.remove(&auth)),
            ServerOwner::Invite(call) => {
                if let Some(call) = self.calls.remove(&call) {
                    self.forget(now, &call);
                    let reason = request.values(Name::Reason).find_map(Reason::parse);
                    self.emit(Event::Cancelled {
                        call: call.id,
                        reason,
                    });
                }
            }
            ServerOwner::Offer(call) => {
                if let Some(call) = self.calls.get_mut(&call) {
                    call.offer_in = None;
                }
            }
            ServerOwner::Refer(_) | ServerOwner::None => {}
        }
    }
}

//! Calls made to us: ringing, answering, refusing (RFC 3261 §13.3, RFC 3262 §3).

use super::transact::Extra;
use super::{Core, DialogUser};
use crate::command::CommandError;
use crate::dialog::{Aim, Dialog, contact};
use crate::event::{CallId, EndCause, Event, IncomingCall};
use crate::flow::Flow;
use crate::header::{Name, RAck, SessionExpires};
use crate::invite::{Call, PendingPrack, SessionTimer, Stage, Unacked, takes_timer};
use crate::message::Message;
use crate::method::{ALLOW, Method};
use crate::time::Time;
use crate::transaction::{Backoff, ServerOwner};
use bytes::Bytes;
use std::time::Duration;

/// A provisional response is repeated each minute (RFC 3261 §13.3.1.1).
pub(super) const REMIND: Duration = Duration::from_secs(60);

/// Reliable provisional responses waiting for their turn.
const MAX_QUEUED: usize = 8;

pub(super) const SDP: &str = "application/sdp";

impl Core {
    /// A call was admitted.
    pub(super) fn invited(&mut self, now: Time, tx: u64, request: Message, identity: String) {
        if self.interval_too_small(now, tx, &request) {
            return;
        }
        let Some(server) = self.servers.get(&tx) else {
            return;
        };
        let (flow, to_tag) = (server.flow, server.to_tag.clone());
        let (Some(request_uri), Some(from), Some(to)) =
            (request.request_uri(), request.from(), request.to())
        else {
            return self.reply(now, tx, 400, &[], None);
        };
        let replaces = match self.replaced_by(&request) {
            Ok(replaces) => replaces,
            Err(code) => return self.reply(now, tx, code, &[], None),
        };
        let ours = contact(request_uri.user(), &flow, self.config.external_address);
        let Some(dialog) = Dialog::answering(&request, flow, &to_tag, ours) else {
            return self.reply(now, tx, 400, &[], None);
        };
        let id = CallId(self.id());
        let mut call = Box::new(Call::new(id, Stage::Ringing, dialog));
        call.invite = Some(tx);
        call.reliable.required = request.has_token(Name::Require, "100rel");
        call.learn(&request);
        if let Some(server) = self.servers.get_mut(&tx) {
            server.owner = ServerOwner::Invite(id);
            server.ends = None; // a phone may ring as long as its user likes
        }
        self.schedule_server(tx);
        self.dialogs.insert(call.dialog.key(), DialogUser::Call(id));
        self.aim(&mut call);
        self.keep(call);
        self.emit(Event::IncomingCall(Box::new(IncomingCall {
            call: id,
            flow,
            identity,
            request_uri,
            from,
            to,
            sdp: request.sdp(),
            replaces,
            request,
        })));
    }

    /// Answers 422 to a session interval below our minimum (RFC 4028 §6). Whether it did.
    pub(super) fn interval_too_small(&mut self, now: Time, tx: u64, request: &Message) -> bool {
        let asked = request
            .header(Name::SessionExpires)
            .and_then(SessionExpires::parse);
        let min = self.config.min_session_expires;
        let small = takes_timer(request) && asked.is_some_and(|asked| asked.interval < min);
        if small {
            let min = min.as_secs().to_string();
            self.reply(now, tx, 422, &[("Min-SE", &min)], None);
        }
        small
    }

    /// Points a call's dialog at its next hop; what cannot be told from addresses is looked up.
    pub(super) fn aim(&mut self, call: &mut Call) {
        if let Aim::Lookup(uri) = call.dialog.aim() {
            self.locate(uri, super::Locating::Dialog(call.id));
        }
    }

    pub(super) fn progress(
        &mut self,
        now: Time,
        call: &mut Call,
        code: u16,
        sdp: Option<Bytes>,
    ) -> Result<(), CommandError> {
        if call.stage != Stage::Ringing || call.reliable.answer.is_some() {
            return Err(CommandError::WrongState);
        }
        if !(101..200).contains(&code) {
            return Err(CommandError::BadArgument);
        }
        if sdp.is_some() {
            call.sdp.clone_from(&sdp);
        }
        if call.reliable.pending.is_some() {
            // One at a time (RFC 3262 §3).
            if call.reliable.queue.len() < MAX_QUEUED {
                call.reliable.queue.push_back((code, sdp));
            }
            return Ok(());
        }
        self.send_progress(now, call, code, sdp);
        Ok(())
    }

    fn send_progress(&mut self, now: Time, call: &mut Call, code: u16, sdp: Option<Bytes>) {
        let Some(tx) = call.invite else { return };
        let Some(request) = self
            .servers
            .get(&tx)
            .and_then(|server| server.request.clone())
        else {
            return;
        };
        let reliable = call.reliable.required;
        // An offer in a reliable response would be answered in the PRACK; ours waits for the 200.
        let sdp = sdp.filter(|_| !reliable || request.sdp().is_some());
        let Some(mut builder) = self.response_to(tx, code, None) else {
            return;
        };
        builder = builder
            .repeat(&request, Name::RecordRoute)
            .header("Contact", &call.dialog.contact)
            .header("Allow", ALLOW);
        if reliable {
            call.reliable.rseq += 1;
            builder = builder
                .header("Require", "100rel")
                .header("RSeq", call.reliable.rseq);
        }
        let bytes = match &sdp {
            Some(sdp) => builder.body(SDP, sdp),
            None => builder.empty(),
        };
        if reliable {
            let timers = self.config.timers;
            call.reliable.pending = Some(PendingPrack {
                response: bytes.clone(),
                backoff: Backoff::new(now, timers.t1, Duration::MAX / 4),
                until: now + timers.timeout(),
                has_sdp: sdp.is_some(),
            });
        }
        call.remind = (!reliable).then(|| now + REMIND);
        self.respond(now, tx, code, bytes);
    }

    pub(super) fn prack(&mut self, now: Time, flow: Flow, request: &Message, call: &mut Call) {
        let rack = request.header(Name::RAck).and_then(RAck::parse);
        let matches = rack.is_some_and(|rack| {
            rack.rseq == call.reliable.rseq
                && rack.method == Method::Invite
                && Some(rack.cseq) <= call.dialog.remote_cseq
        });
        if !matches || (call.reliable.pending.is_none() && !call.reliable.late) {
            return self.refuse(flow, request, 481, &[], None);
        }
        if request.sdp().is_some() {
            // We offer nothing in reliable responses, and take no offers before the answer.
            return self.refuse(flow, request, 488, &[], None);
        }
        // A repetition of this PRACK finds nothing pending; a transaction repeats the 200 to it.
        if let Some(via) = request.via() {
            let tx = self.open_server(now, flow, request.clone(), &via, ServerOwner::None);
            self.reply(now, tx, 200, &[], None);
        }
        call.reliable.pending = None;
        call.reliable.late = false;
        if let Some((code, sdp)) = call.reliable.queue.pop_front() {
            self.send_progress(now, call, code, sdp);
        } else if let Some(sdp) = call.reliable.answer.take() {
            self.send_answer(now, call, sdp);
        }
    }

    pub(super) fn answer(
        &mut self,
        now: Time,
        call: &mut Call,
        sdp: Bytes,
    ) -> Result<(), CommandError> {
        if call.stage != Stage::Ringing || call.reliable.answer.is_some() {
            return Err(CommandError::WrongState);
        }
        call.reliable.queue.clear();
        if call
            .reliable
            .pending
            .as_ref()
            .is_some_and(|pending| pending.has_sdp)
        {
            // Its session must be known to have arrived first (RFC 3262 §3).
            call.reliable.answer = Some(sdp);
            return Ok(());
        }
        self.send_answer(now, call, sdp);
        Ok(())
    }

    fn send_answer(&mut self, now: Time, call: &mut Call, sdp: Bytes) {
        let Some(tx) = call.invite.take() else { return };
        call.reliable.late = call.reliable.pending.take().is_some();
        call.stage = Stage::Up;
        self.send_success(now, call, tx, Some(sdp), true);
    }

    /// Sends 200 to an INVITE or UPDATE of the call, and repeats that to an INVITE until acknowledged.
    pub(super) fn send_success(
        &mut self,
        now: Time,
        call: &mut Call,
        tx: u64,
        sdp: Option<Bytes>,
        first: bool,
    ) {
        let Some(server) = self.servers.get(&tx) else {
            return;
        };
        let reply_to = server.reply_to;
        let Some(request) = server.request.clone() else {
            return;
        };
        let invite = server.method == Method::Invite;
        let Some(mut builder) = self.response_to(tx, 200, None) else {
            return;
        };
        if first {
            builder = builder.repeat(&request, Name::RecordRoute);
        }
        builder = builder
            .header("Contact", &call.dialog.contact)
            .header("Allow", ALLOW)
            .header("Supported", "100rel, timer, norefersub, replaces");
        if first || request.header(Name::SessionExpires).is_some() {
            call.session = SessionTimer::of_request(now, &request, &self.config);
            if let Some(session) = &call.session {
                if takes_timer(&request) {
                    builder = builder.header("Require", "timer");
                }
                builder = builder.header("Session-Expires", session.header(false));
            }
        } else if let Some(session) = &mut call.session {
            *session = SessionTimer::new(now, session.interval, session.ours);
        }
        let bytes = match &sdp {
            Some(sdp) => builder.body(SDP, sdp),
            None => builder.empty(),
        };
        if sdp.is_some() {
            call.sdp = sdp;
        }
        self.respond(now, tx, 200, bytes.clone());
        if invite {
            let timers = self.config.timers;
            call.unacked = Some(Unacked {
                cseq: request.cseq().map_or(0, |cseq| cseq.number),
                response: bytes,
                reply_to,
                backoff: Backoff::new(now, timers.t1, timers.t2),
                until: now + timers.timeout(),
                first,
                offers: request.sdp().is_none(),
            });
        }
    }

    /// The ACK of a 2xx.
    pub(super) fn acknowledged(&mut self, now: Time, id: CallId, number: u32, request: &Message) {
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        if call
            .unacked
            .as_ref()
            .is_none_or(|unacked| unacked.cseq != number)
        {
            return self.keep(call);
        }
        let Some(unacked) = call.unacked.take() else {
            return self.keep(call);
        };
        if !call.muted {
            let sdp = request.sdp().filter(|_| unacked.offers);
            if unacked.first {
                self.emit(Event::Confirmed { call: id, sdp });
            } else if unacked.offers {
                self.emit(Event::OfferAnswered { call: id, sdp });
            }
        }
        if let Some(reason) = call.bye_after_ack.take() {
            return self.leave(now, call, reason);
        }
        self.keep(call);
    }

    pub(super) fn reject(
        &mut self,
        now: Time,
        call: Box<Call>,
        code: u16,
        phrase: Option<&str>,
        headers: &[(String, String)],
    ) -> Result<(), CommandError> {
        if call.stage != Stage::Ringing {
            self.keep(call);
            return Err(CommandError::WrongState);
        }
        if !(300..700).contains(&code) {
            self.keep(call);
            return Err(CommandError::BadArgument);
        }
        let extra: Vec<Extra<'_>> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.refuse_call(now, &call, code, &extra, phrase);
        self.emit(Event::Ended {
            call: call.id,
            cause: EndCause::Local,
        });
        Ok(())
    }

    /// Gives an unanswered call its final answer and lets go of it.
    pub(super) fn refuse_call(
        &mut self,
        now: Time,
        call: &Call,
        code: u16,
        extra: &[Extra<'_>],
        phrase: Option<&str>,
    ) {
        if let Some(tx) = call.invite {
            self.reply(now, tx, code, extra, phrase);
        }
        self.forget(now, call);
    }
}

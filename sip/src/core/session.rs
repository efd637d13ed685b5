//! Answered calls: changes of session, session timers, digits, the end
//! (RFC 3261 §14–15, RFC 3311, RFC 4028, RFC 6086).

use super::Core;
use super::incoming::{REMIND, SDP};
use super::outgoing::is_stale;
use crate::command::CommandError;
use crate::event::{CallId, EndCause, Event};
use crate::flow::Flow;
use crate::header::{Name, Reason, Via};
use crate::invite::{Call, OfferOut, SessionTimer, Stage};
use crate::message::Message;
use crate::method::{ALLOW, Method};
use crate::time::Time;
use crate::transaction::{ClientOwner, ServerOwner};
use bytes::Bytes;
use std::time::Duration;

const DTMF_RELAY: &str = "application/dtmf-relay";

impl Core {
    /// Ends a call from our side, whatever its state.
    pub(super) fn hang_up(&mut self, now: Time, mut call: Box<Call>, reason: Option<Reason>) {
        let id = call.id;
        call.muted = true;
        match call.stage {
            Stage::Ringing => {
                let text = reason.as_ref().map(ToString::to_string);
                let extra: Vec<_> = text.iter().map(|text| ("Reason", text.as_str())).collect();
                self.refuse_call(now, &call, 480, &extra, None);
            }
            Stage::Calling => self.cancel_call(now, call, reason),
            // The callee must wait for the ACK (RFC 3261 §15).
            Stage::Up if call.unacked.as_ref().is_some_and(|unacked| unacked.first) => {
                call.bye_after_ack = Some(reason);
                self.keep(call);
            }
            Stage::Up => self.leave(now, call, reason),
            Stage::Leaving => self.keep(call),
        }
        self.emit(Event::Ended {
            call: id,
            cause: EndCause::Local,
        });
    }

    /// Ends an answered call for a reason of the core's own.
    fn give_up(&mut self, now: Time, mut call: Box<Call>, cause: EndCause, reason: &Reason) {
        if !call.muted {
            self.emit(Event::Ended {
                call: call.id,
                cause,
            });
        }
        call.muted = true;
        self.leave(now, call, Some(reason.clone()));
    }

    /// The peer does not know the call any more, or answers nothing.
    pub(super) fn lost(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.remove(&id) else {
            return;
        };
        match call.stage {
            Stage::Up => self.give_up(now, call, EndCause::Lost, &Reason::sip(408, "Peer lost")),
            _ => self.keep(call),
        }
    }

    /// Sends BYE. The call is muted by now.
    pub(super) fn leave(&mut self, now: Time, mut call: Box<Call>, reason: Option<Reason>) {
        call.muted = true;
        call.unacked = None;
        if let (Some(number), Some(tx)) = (call.unsent_ack.take(), call.invite.take()) {
            self.send_ack(&call, tx, number, None);
        }
        for open in [call.offer_in.take(), call.refer.take()]
            .into_iter()
            .flatten()
        {
            self.reply(now, open, 487, &[], None);
        }
        call.stage = Stage::Leaving;
        call.challenges = 0;
        call.bye_reason = reason;
        self.send_bye(now, &mut call, None);
        self.keep(call);
    }

    fn send_bye(
        &mut self,
        now: Time,
        call: &mut Call,
        authorization: Option<&(&'static str, String)>,
    ) {
        let reason = call.bye_reason.as_ref().map(ToString::to_string);
        let reason = reason.iter().map(|reason| ("Reason", reason.as_str()));
        let headers = authorization
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .chain(reason);
        let headers: Vec<(&str, &str)> = headers.collect();
        self.send_in_dialog(
            now,
            call,
            Method::Bye,
            &headers,
            None,
            ClientOwner::Bye(call.id),
        );
    }

    /// Sends a request of the call's dialog.
    pub(super) fn send_in_dialog(
        &mut self,
        now: Time,
        call: &mut Call,
        method: Method,
        headers: &[(&str, &str)],
        body: Option<(&str, &[u8])>,
        owner: ClientOwner,
    ) -> u64 {
        call.dialog.local_cseq += 1;
        let branch = self.branch();
        let external = self.config.external_address;
        let builder = call
            .dialog
            .request(method.name(), call.dialog.local_cseq, &branch, external)
            .headers(headers.iter().copied());
        let bytes = match body {
            Some((kind, body)) => builder.body(kind, body),
            None => builder.empty(),
        };
        self.send_request(now, call.dialog.flow, branch, bytes, owner)
    }

    pub(super) fn heard_bye(&mut self, now: Time, id: CallId, code: u16, response: &Message) {
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        let answer = self.answer_in_dialog(&mut call, code, response, Method::Bye);
        match answer {
            Some(answer) => {
                self.send_bye(now, &mut call, Some(&answer));
                self.keep(call);
            }
            None => self.forget(now, &call),
        }
    }

    /// The answer to a challenge inside the dialog, once.
    fn answer_in_dialog(
        &mut self,
        call: &mut Call,
        code: u16,
        response: &Message,
        method: Method,
    ) -> Option<(&'static str, String)> {
        if !matches!(code, 401 | 407)
            || (call.challenges > 0 && !is_stale(response))
            || call.challenges > 1
        {
            return None;
        }
        let credentials = call.credentials.clone()?;
        call.challenges += 1;
        let uri = call.dialog.target_text();
        self.authorization(response, &credentials, method, &uri)
    }

    /// BYE of the peer.
    pub(super) fn bye(
        &mut self,
        now: Time,
        flow: Flow,
        request: Message,
        via: &Via,
        mut call: Box<Call>,
    ) {
        let reason = request.values(Name::Reason).find_map(Reason::parse);
        let tx = self.open_server(now, flow, request, via, ServerOwner::None);
        self.reply(now, tx, 200, &[], None);
        match call.stage {
            Stage::Ringing => {
                // The caller may end an early dialog so (RFC 3261 §15); the INVITE gets its 487.
                self.refuse_call(now, &call, 487, &[], None);
                self.emit(Event::Cancelled {
                    call: call.id,
                    reason,
                });
            }
            // The callee may not; its answer to the INVITE will tell.
            Stage::Calling => self.keep(call),
            Stage::Up => {
                if let (Some(number), Some(tx)) = (call.unsent_ack.take(), call.invite.take()) {
                    self.send_ack(&call, tx, number, None);
                }
                self.forget(now, &call);
                if !call.muted {
                    self.emit(Event::Ended {
                        call: call.id,
                        cause: EndCause::Remote(reason),
                    });
                }
            }
            // Our BYE is under way, too; its end ends the call.
            Stage::Leaving => {
                call.muted = true;
                self.keep(call);
            }
        }
    }

    /// INVITE or UPDATE inside the call.
    pub(super) fn offered(
        &mut self,
        now: Time,
        flow: Flow,
        request: &Message,
        via: &Via,
        call: &mut Call,
    ) {
        let invite = request.method() == Some(Method::Invite);
        let sdp = request.sdp();
        let carries_offer = invite || sdp.is_some();
        let refused = match call.stage {
            Stage::Leaving => Some(481),
            Stage::Ringing if invite => Some(500),
            Stage::Calling if invite => Some(491),
            // Before the answer the first offer is still open (RFC 3311 §5.1).
            Stage::Ringing | Stage::Calling if carries_offer => Some(491),
            _ if call.muted => Some(487),
            _ if !carries_offer => None,
            _ if call.offer_in.is_some() => Some(500),
            _ if call.unsent_ack.is_some() || call.unacked.is_some() => Some(491),
            // Both at once (RFC 3261 §14.2).
            _ if call.reinvite => Some(491),
            _ => None,
        };
        match refused {
            Some(500) => {
                let wait = (self.random.next_u64() % 10).to_string();
                return self.refuse(flow, request, 500, &[("Retry-After", &wait)], None);
            }
            Some(code) => return self.refuse(flow, request, code, &[], None),
            None => {}
        }
        if call.stage == Stage::Up {
            call.dialog.refresh(request);
            self.aim(call);
        }
        call.learn(request);
        let tx = self.open_server(now, flow, request.clone(), via, ServerOwner::Offer(call.id));
        if self.interval_too_small(now, tx, request) {
            return;
        }
        if !carries_offer {
            return self.send_success(now, call, tx, None, false);
        }
        call.offer_in = Some(tx);
        self.emit(Event::Offer { call: call.id, sdp });
    }

    pub(super) fn accept_offer(
        &mut self,
        now: Time,
        call: &mut Call,
        sdp: Bytes,
    ) -> Result<(), CommandError> {
        let tx = call.offer_in.take().ok_or(CommandError::WrongState)?;
        self.send_success(now, call, tx, Some(sdp), false);
        Ok(())
    }

    pub(super) fn refuse_offer(
        &mut self,
        now: Time,
        call: &mut Call,
        code: u16,
    ) -> Result<(), CommandError> {
        if !(300..700).contains(&code) {
            return Err(CommandError::BadArgument);
        }
        let tx = call.offer_in.take().ok_or(CommandError::WrongState)?;
        self.reply(now, tx, code, &[], None);
        Ok(())
    }

    pub(super) fn make_offer(
        &mut self,
        now: Time,
        call: &mut Call,
        sdp: Bytes,
    ) -> Result<(), CommandError> {
        let busy = call.reinvite && call.offer_out.as_ref().is_some_and(|offer| !offer.refresh);
        if call.stage != Stage::Up || busy || call.offer_in.is_some() || call.unsent_ack.is_some() {
            return Err(CommandError::WrongState);
        }
        let offer = OfferOut {
            sdp,
            refresh: false,
            authorization: None,
            retry_at: None,
        };
        let waits = call.offer_out.as_ref().and_then(|offer| offer.retry_at);
        if call.reinvite || call.unacked.is_some() || waits.is_some() {
            // One INVITE at a time (RFC 3261 §14.1), and after a 491 not before its time.
            let retry_at = waits.or(Some(now + self.config.timers.t1));
            call.offer_out = Some(OfferOut { retry_at, ..offer });
        } else {
            self.send_offer(now, call, offer);
        }
        Ok(())
    }

    fn send_offer(&mut self, now: Time, call: &mut Call, offer: OfferOut) {
        let contact = call.dialog.contact.clone();
        let timer = call.session.map(|session| session.header(true));
        let mut headers = vec![
            ("Contact", contact.as_str()),
            ("Allow", ALLOW),
            ("Supported", "timer"),
        ];
        if let Some(timer) = &timer {
            headers.push(("Session-Expires", timer));
        }
        if let Some((name, value)) = &offer.authorization {
            headers.push((name, value));
        }
        let body = Some((SDP, &offer.sdp[..]));
        self.send_in_dialog(
            now,
            call,
            Method::Invite,
            &headers,
            body,
            ClientOwner::Offer(call.id),
        );
        call.reinvite = true;
        call.offer_out = Some(OfferOut {
            retry_at: None,
            ..offer
        });
    }

    /// A final response to our re-INVITE.
    pub(super) fn heard_offer(
        &mut self,
        now: Time,
        tx: u64,
        id: CallId,
        code: u16,
        response: &Message,
    ) {
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        call.reinvite = false;
        if (200..300).contains(&code) {
            call.dialog.refresh(response);
            self.aim(&mut call);
            let number = response.cseq().map_or(0, |cseq| cseq.number);
            self.send_ack(&call, tx, number, None);
            call.challenges = 0;
            call.session = SessionTimer::of_response(now, response);
        }
        if call.stage != Stage::Up || call.muted {
            return self.keep(call);
        }
        if matches!(code, 408 | 481) {
            self.keep(call);
            return self.lost(now, id);
        }
        // If an offer waits for its turn, what was answered is a refresh.
        if let Some(offer) = call.offer_out.take_if(|offer| offer.retry_at.is_none()) {
            self.offer_answered(now, &mut call, offer, code, response);
        }
        self.keep(call);
    }

    fn offer_answered(
        &mut self,
        now: Time,
        call: &mut Call,
        mut offer: OfferOut,
        code: u16,
        response: &Message,
    ) {
        let id = call.id;
        match code {
            200..300 => {
                call.sdp = Some(offer.sdp);
                if !offer.refresh {
                    let sdp = response.sdp();
                    self.emit(Event::OfferAnswered { call: id, sdp });
                }
            }
            491 => {
                // The owner of the Call-ID waits longer (RFC 3261 §14.1).
                let ms = Duration::from_millis;
                let wait = match call.outgoing {
                    Some(_) => self.random.between(ms(2100), ms(4000)),
                    None => self.random.between(ms(0), ms(2000)),
                };
                offer.retry_at = Some(now + wait);
                call.offer_out = Some(offer);
            }
            _ => {
                let answer = self.answer_in_dialog(call, code, response, Method::Invite);
                if answer.is_some() {
                    offer.authorization = answer;
                    self.send_offer(now, call, offer);
                } else if !offer.refresh {
                    self.emit(Event::OfferRefused { call: id, code });
                }
            }
        }
    }

    /// A final response to UPDATE or INFO.
    pub(super) fn heard_in_dialog(
        &mut self,
        now: Time,
        id: CallId,
        owner: ClientOwner,
        code: u16,
        response: &Message,
    ) {
        if matches!(code, 408 | 481) {
            return self.lost(now, id);
        }
        if !matches!(owner, ClientOwner::Refresh(_)) {
            return;
        }
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        if (200..300).contains(&code) {
            call.challenges = 0;
            call.session = SessionTimer::of_response(now, response);
        } else if let (Stage::Up, Some(session)) = (call.stage, call.session) {
            match self.answer_in_dialog(&mut call, code, response, Method::Update) {
                Some(answer) => self.send_update(now, &mut call, session, Some(&answer)),
                // It said it takes UPDATE and does not: by re-INVITE, then.
                None => {
                    call.peer_takes_update = false;
                    self.send_refresh(now, &mut call);
                }
            }
        }
        self.keep(call);
    }

    pub(super) fn info(
        &mut self,
        now: Time,
        flow: Flow,
        request: Message,
        via: &Via,
        call: &mut Call,
    ) {
        let digit = if let Some(body) = request.body_of(DTMF_RELAY) {
            dtmf_relay(&String::from_utf8_lossy(&body))
        } else if let Some(body) = request.body_of("application/dtmf") {
            signal(&String::from_utf8_lossy(&body)).map(|digit| (digit, 160))
        } else {
            let empty = request.body().is_empty();
            let tx = self.open_server(now, flow, request, via, ServerOwner::None);
            let accept = [("Accept", DTMF_RELAY)];
            match empty {
                true => self.reply(now, tx, 200, &[], None),
                false => self.reply(now, tx, 415, &accept, None),
            }
            return;
        };
        let tx = self.open_server(now, flow, request, via, ServerOwner::None);
        match digit {
            Some((digit, duration_ms)) => {
                self.reply(now, tx, 200, &[], None);
                if !call.muted {
                    self.emit(Event::Dtmf {
                        call: call.id,
                        digit,
                        duration_ms,
                    });
                }
            }
            None => self.reply(now, tx, 400, &[], Some("Bad Signal")),
        }
    }

    pub(super) fn send_dtmf(
        &mut self,
        now: Time,
        call: &mut Call,
        digit: char,
        duration_ms: u16,
    ) -> Result<(), CommandError> {
        if call.stage != Stage::Up {
            return Err(CommandError::WrongState);
        }
        if !matches!(digit, '0'..='9' | 'A'..='D' | '*' | '#') {
            return Err(CommandError::BadArgument);
        }
        let body = format!("Signal={digit}\r\nDuration={duration_ms}\r\n");
        let body = Some((DTMF_RELAY, body.as_bytes()));
        self.send_in_dialog(
            now,
            call,
            Method::Info,
            &[],
            body,
            ClientOwner::InDialog(call.id),
        );
        Ok(())
    }

    pub(super) fn fire_call(&mut self, now: Time, id: CallId) {
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        if call.give_up.is_some_and(|at| at <= now) {
            if let Some(tx) = call.invite {
                self.remove_client(tx);
            }
            return self.forget(now, &call);
        }
        if let Some(unacked) = &mut call.unacked {
            if unacked.until <= now {
                return self.never_acknowledged(now, call);
            }
            if unacked.backoff.is_due(now) {
                let (flow, bytes) = (unacked.reply_to, unacked.response.clone());
                self.send_again(flow, bytes);
            }
        }
        if let Some(pending) = &mut call.reliable.pending {
            if pending.until <= now {
                self.refuse_call(now, &call, 504, &[], None);
                return self.emit(Event::Ended {
                    call: id,
                    cause: EndCause::NoPrack,
                });
            }
            if pending.backoff.is_due(now) {
                let bytes = pending.response.clone();
                if let Some(server) = call.invite.and_then(|tx| self.servers.get(&tx)) {
                    let flow = server.reply_to;
                    self.send_again(flow, bytes);
                }
            }
        }
        if call.stage == Stage::Ringing && call.remind.is_some_and(|at| at <= now) {
            call.remind = Some(now + REMIND);
            if let Some(server) = call.invite.and_then(|tx| self.servers.get(&tx))
                && let Some(last) = server.last.clone()
            {
                let flow = server.reply_to;
                self.send(flow, last);
            }
        }
        if call.stage == Stage::Up && !call.muted {
            let due = |offer: &mut OfferOut| offer.retry_at.is_some_and(|at| at <= now);
            let free = call.offer_in.is_none() && call.unacked.is_none() && !call.reinvite;
            if let Some(mut offer) = call.offer_out.take_if(due) {
                if free {
                    self.send_offer(now, &mut call, offer);
                } else {
                    offer.retry_at = Some(now + self.config.timers.t1);
                    call.offer_out = Some(offer);
                }
            }
            if let Some(session) = call.session.filter(|session| session.at <= now) {
                if !session.ours || session.refreshing {
                    let reason = Reason::sip(408, "Session timer expired");
                    return self.give_up(now, call, EndCause::SessionExpired, &reason);
                }
                self.refresh_session(now, &mut call, session);
            }
        }
        self.keep(call);
    }

    /// An answer nobody acknowledged ends the call (RFC 3261 §13.3.1.4).
    fn never_acknowledged(&mut self, now: Time, mut call: Box<Call>) {
        call.unacked = None;
        match call.bye_after_ack.take() {
            Some(reason) => self.leave(now, call, reason),
            None => {
                let reason = Reason::sip(408, "ACK not received");
                self.give_up(now, call, EndCause::NotAcknowledged, &reason);
            }
        }
    }

    /// Our turn to refresh (RFC 4028 §10): by UPDATE if the peer takes it, else by re-INVITE.
    fn refresh_session(&mut self, now: Time, call: &mut Call, session: SessionTimer) {
        // If the refresh gets no answer in time, the call ends as if it were the peer's turn.
        let rest = session.interval / 2 - (session.interval / 3).min(Duration::from_secs(32));
        call.session = Some(SessionTimer {
            at: now + rest,
            refreshing: true,
            ..session
        });
        if call.peer_takes_update {
            self.send_update(now, call, session, None);
        } else {
            self.send_refresh(now, call);
        }
    }

    fn send_update(
        &mut self,
        now: Time,
        call: &mut Call,
        session: SessionTimer,
        authorization: Option<&(&'static str, String)>,
    ) {
        let timer = session.header(true);
        let contact = call.dialog.contact.clone();
        let mut headers = vec![
            ("Contact", contact.as_str()),
            ("Supported", "timer"),
            ("Session-Expires", timer.as_str()),
        ];
        if let Some((name, value)) = authorization {
            headers.push((name, value));
        }
        let owner = ClientOwner::Refresh(call.id);
        self.send_in_dialog(now, call, Method::Update, &headers, None, owner);
    }

    /// A re-INVITE that changes nothing. If another is open, that refreshes as well.
    fn send_refresh(&mut self, now: Time, call: &mut Call) {
        let busy = call.reinvite || call.offer_out.is_some() || call.offer_in.is_some();
        if let (false, Some(sdp)) = (busy, call.sdp.clone()) {
            let offer = OfferOut {
                sdp,
                refresh: true,
                authorization: None,
                retry_at: None,
            };
            self.send_offer(now, call, offer);
        }
    }
}

/// `Signal=5\r\nDuration=160`
fn dtmf_relay(body: &str) -> Option<(char, u16)> {
    let value = |name: &str| {
        body.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let duration = value("Duration")
        .and_then(|text| text.parse().ok())
        .unwrap_or(160);
    Some((signal(value("Signal")?)?, duration))
}

/// A digit, by itself or as the event number of RFC 4733.
fn signal(text: &str) -> Option<char> {
    let text = text.trim();
    match text {
        "10" => return Some('*'),
        "11" => return Some('#'),
        "12" => return Some('A'),
        "13" => return Some('B'),
        "14" => return Some('C'),
        "15" => return Some('D'),
        "16" | "flash" | "hf" => return Some('!'),
        _ => {}
    }
    let mut chars = text.chars();
    let digit = chars.next()?.to_ascii_uppercase();
    let known = matches!(digit, '0'..='9' | 'A'..='D' | '*' | '#' | '!');
    (known && chars.next().is_none()).then_some(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_in_several_spellings() {
        assert_eq!(
            dtmf_relay("Signal= 5\r\nDuration= 250\r\n"),
            Some(('5', 250))
        );
        assert_eq!(dtmf_relay("signal=*"), Some(('*', 160)));
        assert_eq!(dtmf_relay("Signal=11\nDuration=x"), Some(('#', 160)));
        assert_eq!(dtmf_relay("Signal=d"), Some(('D', 160)));
        assert_eq!(dtmf_relay("Signal=55"), None);
        assert_eq!(dtmf_relay("Duration=1"), None);
    }
}

//! Requests of a peer to call somebody else, and what it is told of their progress
//! (RFC 3515, RFC 4488).

use super::{Core, DialogUser};
use crate::command::CommandError;
use crate::dialog::dialog_key;
use crate::event::{CallId, Event, Replaced};
use crate::flow::Flow;
use crate::header::{Name, NameAddr, Via};
use crate::invite::{Call, Referral, Stage};
use crate::message::{Message, reason_phrase};
use crate::method::Method;
use crate::replaces::Replaces;
use crate::time::Time;
use crate::transaction::{ClientOwner, ServerOwner};
use std::time::Duration;

/// How long the implicit subscription is promised to last; longer than any attempt to reach a target.
const LASTS: Duration = Duration::from_secs(300);

impl Core {
    /// Asks the peer to call somebody else.
    pub(super) fn refer(
        &mut self,
        now: Time,
        call: &mut Call,
        refer_to: &NameAddr,
        referred_by: Option<&NameAddr>,
    ) -> Result<(), CommandError> {
        if call.stage != Stage::Up {
            return Err(CommandError::WrongState);
        }
        let contact = call.dialog.contact.clone();
        let target = refer_to.to_string();
        let by = referred_by.map(NameAddr::to_string);
        let mut headers = vec![("Contact", contact.as_str()), ("Refer-To", target.as_str())];
        headers.extend(by.as_deref().map(|by| ("Referred-By", by)));
        // A refusal leaves the call as it is.
        let owner = ClientOwner::None;
        self.send_in_dialog(now, call, Method::Refer, &headers, None, owner);
        Ok(())
    }

    /// REFER of the peer. One at a time: a second would compete for the same call.
    pub(super) fn referred(
        &mut self,
        now: Time,
        flow: Flow,
        request: Message,
        via: &Via,
        call: &mut Call,
    ) {
        let busy = call
            .referral
            .as_ref()
            .is_some_and(|referral| now < referral.until);
        if call.stage != Stage::Up || call.muted || call.refer.is_some() || busy {
            return self.refuse(flow, &request, 403, &[], None);
        }
        let mut targets = request.values(Name::ReferTo);
        let target = targets.next().and_then(NameAddr::parse);
        let (Some(refer_to), None) = (target, targets.next()) else {
            return self.refuse(flow, &request, 400, &[], Some("Bad Refer-To"));
        };
        drop(targets);
        let referred_by = request
            .header(Name::ReferredBy)
            .and_then(NameAddr::parse)
            .map(Box::new);
        let replaces = match Replaces::of_uri(&refer_to.uri) {
            Some(Some(named)) => Some(self.replaced_either_way(named)),
            Some(None) => return self.refuse(flow, &request, 400, &[], Some("Bad Replaces")),
            None => None,
        };
        let referral = Referral {
            cseq: request.cseq().map_or(0, |cseq| cseq.number),
            silent: is_silent(&request),
            until: now + LASTS,
        };
        let owner = ServerOwner::Refer(call.id);
        call.refer = Some(self.open_server(now, flow, request, via, owner));
        call.referral = Some(referral);
        self.emit(Event::Referred {
            call: call.id,
            refer_to: Box::new(refer_to),
            referred_by,
            replaces,
        });
    }

    /// The leg that an INVITE takes the place of.
    ///
    /// # Errors
    /// The response to it (RFC 3891 §3).
    pub(super) fn replaced_by(&self, request: &Message) -> Result<Option<CallId>, u16> {
        let mut values = request.all(Name::Replaces);
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let named = Replaces::parse(value).ok_or(400_u16)?;
        if values.next().is_some() {
            return Err(400);
        }
        let Replaced::Leg(id) = self.replaced(&named) else {
            return Err(481);
        };
        match self.calls.get(&id).map(|call| call.stage) {
            Some(Stage::Up) if named.early_only => Err(486),
            Some(Stage::Calling | Stage::Up) => Ok(Some(id)),
            // Who rings here must not be kept from an answer by somebody else.
            _ => Err(481),
        }
    }

    /// The leg of a dialog as a peer names it.
    fn replaced(&self, named: &Replaces) -> Replaced {
        let key = dialog_key(&named.call_id, &named.to_tag);
        let Some(DialogUser::Call(id)) = self.dialogs.get(&key) else {
            return Replaced::Unknown;
        };
        let call = self.calls.get(id).filter(|call| !call.muted);
        match call {
            Some(call) if call.has_peer(&named.from_tag) => Replaced::Leg(*id),
            _ => Replaced::Unknown,
        }
    }

    /// The same for `Refer-To`, where phones differ in whose end they take for theirs. Our tags cannot be guessed.
    fn replaced_either_way(&self, mut named: Replaces) -> Replaced {
        let found = self.replaced(&named);
        if found != Replaced::Unknown {
            return found;
        }
        std::mem::swap(&mut named.to_tag, &mut named.from_tag);
        self.replaced(&named)
    }

    /// How a leg's dialog is named in `Replaces`, as the peer is to be told; `None` before there is one.
    pub fn replaces(&self, call: CallId) -> Option<Replaces> {
        let call = self.calls.get(&call)?;
        let dialog = match call.stage {
            Stage::Up => &call.dialog,
            Stage::Calling => &call.forks.first()?.dialog,
            Stage::Ringing | Stage::Leaving => return None,
        };
        Some(Replaces {
            call_id: dialog.call_id.clone(),
            to_tag: dialog.remote_tag.clone(),
            from_tag: dialog.local_tag.clone(),
            early_only: false,
        })
    }

    /// Accepts or refuses the REFER. The first NOTIFY follows an acceptance at once (RFC 3515 §2.4.4).
    pub(super) fn answer_refer(
        &mut self,
        now: Time,
        call: &mut Call,
        code: u16,
    ) -> Result<(), CommandError> {
        if !(200..700).contains(&code) {
            return Err(CommandError::BadArgument);
        }
        let tx = call.refer.take().ok_or(CommandError::WrongState)?;
        let contact = call.dialog.contact.clone();
        let mut headers = vec![("Contact", contact.as_str())];
        let accepted = code < 300;
        if accepted && call.referral.as_ref().is_some_and(|it| it.silent) {
            headers.push(("Refer-Sub", "false")); // RFC 4488 §4
        }
        self.reply(now, tx, code, &headers, None);
        if !accepted {
            call.referral = None;
            return Ok(());
        }
        self.report_refer(now, call, 100)
    }

    /// Tells the peer how far the call it asked for has come. A final code ends the subscription.
    pub(super) fn report_refer(
        &mut self,
        now: Time,
        call: &mut Call,
        code: u16,
    ) -> Result<(), CommandError> {
        if !(100..700).contains(&code) {
            return Err(CommandError::BadArgument);
        }
        if call.refer.is_some() || call.stage != Stage::Up {
            return Err(CommandError::WrongState);
        }
        let referral = call.referral.take().ok_or(CommandError::WrongState)?;
        if !referral.silent {
            self.notify_refer(now, call, &referral, code);
        }
        if code < 200 {
            call.referral = Some(referral);
        }
        Ok(())
    }

    fn notify_refer(&mut self, now: Time, call: &mut Call, referral: &Referral, code: u16) {
        let state = if code < 200 {
            let left = referral.until.since(now).as_secs();
            format!("active;expires={left}")
        } else {
            "terminated;reason=noresource".to_owned()
        };
        let event = format!("refer;id={}", referral.cseq);
        let contact = call.dialog.contact.clone();
        let headers = [
            ("Event", event.as_str()),
            ("Subscription-State", state.as_str()),
            ("Contact", contact.as_str()),
        ];
        let phrase = reason_phrase(code);
        let status = format!("SIP/2.0 {code} {phrase}\r\n");
        let body = Some(("message/sipfrag;version=2.0", status.as_bytes()));
        // A refused NOTIFY ends the subscription, never the call (RFC 5057 §5.1).
        let owner = ClientOwner::None;
        self.send_in_dialog(now, call, Method::Notify, &headers, body, owner);
    }
}

/// Whether the peer wants no notifications (RFC 4488 §4).
fn is_silent(request: &Message) -> bool {
    request
        .header_named("Refer-Sub")
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("false"))
}

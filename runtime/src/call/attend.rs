//! Attended transfer: a phone that has two conversations here asks that their other parties be joined, and leaves both
//! (RFC 5589 §7, RFC 3891).
//!
//! The call that is asked takes the other one's party as a pickup does, in place of the transferor.

use super::bridge::Bridged;
use super::line::{Far, Line, Request, Said, Taker};
use super::party::Party;
use super::{Call, Due, audio};
use crate::report::LegRole;
use callflow::command::PickupMode;
use callflow::event::Side;
use callflow::{Callflow, CallflowId, Cause, Program};
use serde_json::json;
use sip::command::Command as SipCommand;
use sip::event::{CallId, Replaced};
use std::sync::Arc;

/// How long the other call may take to give its party away, in milliseconds.
const PATIENCE_MS: u64 = 10_000;
/// Told when the other call has nobody to give (RFC 3891 §3).
const GONE: u16 = 481;

/// Waiting for the party of the transferor's other call.
pub(crate) struct Attending {
    /// The transferor's leg in this call.
    leg: CallId,
    device: String,
    line: Line,
}

/// What a call does that is to take the place of a leg.
pub(super) fn replacement() -> Option<Arc<Program>> {
    let document = json!({
        "name": "Take the place of a call",
        // Which call is meant is told by its INVITE.
        "flow": {"module": "call_pickup", "data": {"target_call_id": "Replaces"}, "children": {}},
    });
    let callflow = Callflow::from_json(&document).ok()?;
    Some(Arc::new(Program::trusted(
        CallflowId::from("replaces"),
        1,
        callflow,
    )))
}

impl Attending {
    pub(crate) fn line_mut(&mut self) -> &mut Line {
        &mut self.line
    }
}

fn attended_transfer() -> Cause {
    Cause::named("ATTENDED_TRANSFER")
}

impl Call {
    /// A phone asks for an attended transfer. What cannot be done is refused, and both calls stay as they are.
    pub(super) async fn attend(&mut self, leg: CallId, replaced: Replaced) {
        let asked = self.transferor(leg).and_then(|device| match replaced {
            Replaced::Leg(other) if self.asks_for(leg, &device, other) => Ok(()),
            Replaced::Leg(_) | Replaced::Unknown => Err(GONE),
        });
        let code = asked.err().unwrap_or(202);
        self.tell(leg, SipCommand::AnswerRefer { code }).await;
    }

    /// Asks the call that has the transferor's other leg for its party. Whether there is such a call.
    fn asks_for(&mut self, leg: CallId, device: &str, other: CallId) -> bool {
        let board = &self.shared.switchboard;
        let Some(found) = board.with_leg(&self.account.id, other) else {
            return false;
        };
        let far = self.far_of(leg);
        let (own, line) = Line::new();
        let request = Request {
            mode: PickupMode::Any,
            wanted: found.wanted,
            transfer: true,
            taker: Taker {
                number: far.device.clone().unwrap_or_default(),
                device: far.device,
                peer: far.peer,
            },
            line,
        };
        if found.requests.try_send(request).is_err() {
            return false;
        }
        self.timers.set(PATIENCE_MS, Due::Attend);
        self.attending = Some(Attending {
            leg,
            device: device.to_owned(),
            line: own,
        });
        true
    }

    /// The party that a leg of the conversation talks with.
    fn far_of(&self, leg: CallId) -> Far {
        let bridged = self.bridged.as_ref();
        let neighbour = bridged.and_then(Bridged::neighbour);
        if let Some(far) = neighbour.and_then(|it| it.line.far.clone()) {
            return far;
        }
        match bridged.and_then(|it| it.party.phone()) {
            Some(phone) if leg == self.caller.leg => self.phone_as_far(phone),
            _ => self.caller_as_far(),
        }
    }

    fn take_attending(&mut self) -> Option<Attending> {
        self.timers.forget(Due::Attend);
        self.attending.take()
    }

    /// The other call has nobody to give, or says nothing: everything stays as it is.
    pub(super) async fn not_attended(&mut self) {
        if let Some(attending) = self.take_attending() {
            let report = SipCommand::ReportRefer { code: GONE };
            self.tell(attending.leg, report).await;
        }
    }

    /// The party of the other call is there: the one of this call goes to it, and the transferor goes.
    pub(super) async fn attended(&mut self, instead: Option<Line>, far: Far) {
        let Some(attending) = self.take_attending() else {
            return;
        };
        let leg = attending.leg;
        let mut line = instead.unwrap_or(attending.line);
        line.far = Some(far.clone());
        if self.bridged.as_ref().and_then(Bridged::neighbour).is_some() {
            self.pass_on(leg, line).await;
            return;
        }
        let from_caller = leg == self.caller.leg;
        audio::warn(self.caller.audio.leg.unbridge());
        let bridged = self.bridged.as_mut();
        let near = match bridged.and_then(|it| it.party.phone_mut()) {
            Some(phone) if from_caller => phone.audio.leg.move_to(&far.leg).await,
            Some(_) => self.caller.audio.leg.move_to(&far.leg).await,
            None => return, // they have hung up meanwhile: the line ends with this
        };
        audio::warn(near);
        let report = SipCommand::ReportRefer { code: 200 };
        self.tell(leg, report).await;
        line.say(Said::Here(self.far_of(leg)));
        if from_caller {
            self.attended_by_caller(line, far).await;
        } else {
            self.attended_by_party(line, far).await;
        }
        let side = self.own_side();
        self.hold(side, false, None).await;
        if self.audio_of(side).is_some_and(|audio| audio.is_held()) {
            self.pass_hold(side, true).await;
        }
    }

    /// The party that goes there is in a third call: the two calls go on with each other.
    async fn pass_on(&mut self, leg: CallId, line: Line) {
        let report = SipCommand::ReportRefer { code: 200 };
        self.tell(leg, report).await;
        let Some(bridged) = self.bridged.take() else {
            return;
        };
        if let Some(neighbour) = bridged.neighbour() {
            neighbour.line.say(Said::Instead(Box::new(line)));
        }
        let cause = attended_transfer();
        let told = bridged.over(Side::Caller);
        if leg == self.caller.leg {
            self.record.ended(self.caller.record, cause.as_str(), None);
        }
        if let Some(stand_in) = bridged.stand_in {
            self.record.ended(stand_in.record, cause.as_str(), None);
        }
        self.leave(bridged.party, &cause).await;
        self.events.extend(told);
        if leg == self.caller.leg {
            self.hang_up_caller(Cause::NORMAL_CLEARING).await;
        }
    }

    /// The other call goes, and its party talks with somebody else: the one here follows.
    pub(super) async fn follow(&mut self, line: Line) {
        let Some(far) = line.far.clone() else {
            return;
        };
        let side = self.own_side();
        let Some(audio) = self.audio_of(side) else {
            return;
        };
        audio::warn(audio.leg.unbridge());
        audio::warn(audio.leg.move_to(&far.leg).await);
        let here = match self.bridged.as_ref().and_then(|it| it.party.phone()) {
            Some(phone) if phone.call == side => self.phone_as_far(phone),
            _ => self.caller_as_far(),
        };
        line.say(Said::Here(here));
        let joined = self.record.joined(LegRole::Callee, far.device, far.peer);
        let bridged = self.bridged.as_mut();
        let Some(neighbour) = bridged.and_then(Bridged::neighbour_mut) else {
            return;
        };
        neighbour.line = line;
        let before = std::mem::replace(&mut neighbour.record, joined);
        let cause = attended_transfer();
        self.record.ended(before, cause.as_str(), None);
        self.hold(side, false, None).await;
        if self.audio_of(side).is_some_and(|audio| audio.is_held()) {
            self.pass_hold(side, true).await;
        }
    }

    async fn attended_by_caller(&mut self, line: Line, far: Far) {
        let stand_in = self.neighbour(LegRole::Caller, line, far.device, far.peer);
        if let Some(bridged) = &mut self.bridged {
            let told = bridged.over(Side::Caller);
            bridged.stand_in = Some(stand_in);
            bridged.listeners.clear();
            self.events.extend(told);
        }
        let cause = attended_transfer();
        self.record.ended(self.caller.record, cause.as_str(), None);
        self.hang_up_caller(Cause::NORMAL_CLEARING).await;
    }

    async fn attended_by_party(&mut self, line: Line, far: Far) {
        let neighbour = self.neighbour(LegRole::Callee, line, far.device, far.peer);
        if let Some(bridged) = &mut self.bridged {
            bridged.listeners.clear();
            let party = std::mem::replace(&mut bridged.party, Party::Call(neighbour));
            self.leave(party, &attended_transfer()).await;
        }
    }

    /// The transferor talked with nobody in the other call: the party that is transferred dials what the transferor had
    /// dialled, as in a blind transfer.
    pub(super) async fn attend_elsewhere(&mut self, dialled: &str, capture: Option<String>) {
        let Some(attending) = self.take_attending() else {
            return;
        };
        match self.target(dialled) {
            Ok(mut target) if self.bridged.is_some() => {
                if capture.is_some() {
                    target.route.capture = capture;
                }
                self.transfer_far(attending.leg, attending.device, target)
                    .await;
            }
            outcome => {
                let code = outcome.err().unwrap_or(GONE);
                let report = SipCommand::ReportRefer { code };
                self.tell(attending.leg, report).await;
            }
        }
    }
}

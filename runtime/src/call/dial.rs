//! Ringing phones: one attempt forks to all contacts of its devices; the first answer wins.

mod confirm;
mod devices;
mod outgoing;
mod outside;
mod page;
mod ringback;

use super::audio::{self, Audio};
use super::party::{Neighbour, Party};
use super::record::LegIndex;
use super::{Call, Due};
use crate::limits::Room;
use crate::live::{self, Change};
use crate::occupied::Part;
use callflow::command::{Dial, OpId};
use callflow::event::DialOutcome;
use callflow::{Cause, Event};
pub(crate) use outgoing::{Abroad, request_uri};
use outside::Hunt;
pub(crate) use outside::is_of_carrier;
pub(crate) use page::Paging;
use ringback::Ringback;
use sip::command::Command as SipCommand;
use sip::event::{CallId, Failure};
use sip::header::Reason;
use sip::subscribe::{DialogPhase, DialogState};
use std::collections::BTreeMap;

/// Responses by which a person says no for everybody (actions: `fail_on_single_reject`).
const REFUSALS: [u16; 3] = [486, 600, 603];

/// An attempt in progress.
pub(crate) struct Dialling {
    op: OpId,
    terms: Dial,
    legs: Vec<Leg>,
    forks: Vec<Fork>,
    /// The carriers that the legs to numbers outside try, by leg.
    hunts: BTreeMap<usize, Hunt>,
    ringback: Ringback,
    /// The fork whose early audio the caller hears.
    early: Option<CallId>,
    /// Its time is over; somebody who has answered may still press the key.
    over: bool,
}

/// One device of an attempt.
enum Leg {
    /// Its time has not come.
    Waiting,
    /// Its contacts have been invited; the worst of them so far.
    Invited(Option<Why>),
    /// None of them can answer any more.
    Failed(Why),
}

/// Why a device cannot answer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Why {
    cause: Cause,
    sip: Option<u16>,
}

/// One contact of a device, or one server of a carrier, that is being rung.
pub(crate) struct Fork {
    pub(crate) call: CallId,
    /// The device; `None` for a number outside.
    pub(crate) device: Option<String>,
    pub(crate) audio: Audio,
    pub(crate) record: LegIndex,
    /// It has said that it rings.
    rings: bool,
    leg: usize,
    /// Something has come back: whoever was invited lives.
    heard: bool,
    /// It has answered, and whoever holds it is asked to press a key.
    confirming: bool,
    /// Its part in the call once it has answered.
    part: Option<Part>,
    /// Outside: its part in what the account may have there.
    room: Option<Box<Room>>,
}

/// Who answered and waits for the bridge.
pub(crate) struct Winner {
    pub(crate) dial: OpId,
    pub(crate) party: Party,
    /// They have hung up meanwhile.
    pub(crate) ended: bool,
}

impl Fork {
    /// A phone that has answered.
    pub(crate) fn talking(
        call: CallId,
        device: Option<String>,
        audio: Audio,
        record: LegIndex,
        part: Option<Part>,
    ) -> Self {
        Self {
            call,
            device,
            audio,
            record,
            rings: true,
            leg: 0,
            heard: true,
            confirming: false,
            part,
            room: None,
        }
    }

    /// Takes the phone's part in the call, which ends when that is dropped.
    pub(crate) fn take_part(&mut self) -> Option<Part> {
        self.part.take()
    }
}

impl Why {
    /// A reason that no response told.
    fn own(cause: Cause) -> Self {
        Self { cause, sip: None }
    }

    fn response(code: u16) -> Self {
        Self {
            cause: Cause::from_sip(code),
            sip: Some(code),
        }
    }
}

impl Dialling {
    pub(crate) fn op(&self) -> OpId {
        self.op
    }

    /// The legs of all that are rung.
    pub(crate) fn legs(&self) -> impl Iterator<Item = CallId> {
        self.forks.iter().map(|fork| fork.call)
    }

    /// The devices that have said that they ring.
    pub(crate) fn ringing(&self) -> impl Iterator<Item = &str> {
        let rings = self.forks.iter().filter(|fork| fork.rings);
        rings.filter_map(|fork| fork.device.as_deref())
    }
}

impl Call {
    /// Begins an attempt.
    pub(crate) async fn start_dial(&mut self, op: OpId, terms: Dial) {
        self.drop_dialling().await;
        for (at, leg) in terms.legs.iter().enumerate() {
            if leg.delay_ms > 0 {
                self.timers.set(leg.delay_ms, Due::Invite(op, at));
            }
        }
        if let Some(timeout_ms) = terms.timeout_ms {
            self.timers.set(timeout_ms, Due::Attempt(op));
        }
        let now: Vec<usize> = (0..terms.legs.len())
            .filter(|at| terms.legs.get(*at).is_some_and(|leg| leg.delay_ms == 0))
            .collect();
        self.start_ringback(op, terms.ringback.as_ref());
        self.dialling = Some(Dialling {
            op,
            legs: terms.legs.iter().map(|_| Leg::Waiting).collect(),
            ringback: Ringback::new(&terms),
            terms,
            forks: Vec::new(),
            hunts: BTreeMap::new(),
            early: None,
            over: false,
        });
        self.invite(op, &now).await;
        self.conclude_if_hopeless().await;
        let waits = self.dialling.as_ref().is_some_and(|it| {
            let mut legs = it.legs.iter();
            !legs.any(|leg| matches!(leg, Leg::Invited(_)))
        });
        if waits {
            // Every phone has a delay: the caller is not left in silence until it has passed.
            self.ring_back().await;
        }
    }

    /// Rings devices, all their contacts at once, and numbers outside.
    pub(crate) async fn invite(&mut self, op: OpId, which: &[usize]) {
        let Some(dialling) = self.dialling.as_ref().filter(|dial| dial.op == op) else {
            return;
        };
        let legs = which
            .iter()
            .filter_map(|at| Some((*at, dialling.terms.legs.get(*at)?.clone())));
        let (devices, outside): (Vec<_>, Vec<_>) =
            legs.partition(|(_, leg)| leg.device().is_some());
        self.invite_devices(op, devices).await;
        for (at, leg) in outside {
            self.start_hunt(op, at, &leg).await;
        }
    }

    /// A leg rings, or has failed at once.
    fn note_invited(&mut self, op: OpId, at: usize, failed: Option<Why>) {
        let dialling = self.dialling.as_mut().filter(|dial| dial.op == op);
        if let Some(leg) = dialling.and_then(|dial| dial.legs.get_mut(at)) {
            *leg = match failed {
                None => Leg::Invited(None),
                Some(why) => Leg::Failed(why),
            };
        }
    }

    /// The next hop has taken an invitation.
    pub(crate) fn fork_heard(&mut self, call: CallId) {
        let mut forks = self.dialling.iter_mut().flat_map(|it| &mut it.forks);
        if let Some(fork) = forks.find(|fork| fork.call == call) {
            fork.heard = true;
        }
    }

    /// A provisional response of a phone.
    pub(crate) async fn fork_progress(&mut self, call: CallId, code: u16, sdp: Option<&[u8]>) {
        self.fork_heard(call);
        let Some(dialling) = &mut self.dialling else {
            return;
        };
        let Some(fork) = dialling.forks.iter_mut().find(|fork| fork.call == call) else {
            return;
        };
        if code < 180 {
            return;
        }
        fork.rings = true;
        self.record.ringing(fork.record);
        let device = fork.device.clone();
        let may_pass = !dialling.terms.ignore_early_media
            && self.parked.is_none()
            && dialling.terms.ringback.is_none()
            && dialling.early.is_none_or(|early| early == call);
        let described = sdp.is_some_and(|sdp| fork.audio.accept(sdp).is_ok());
        let passes = may_pass && described && self.open_early().await;
        self.report_transfer(180).await;
        self.show_callee(device.as_deref(), DialogPhase::Early)
            .await;
        if passes {
            self.pass_early(call);
        } else {
            self.ring_back().await;
        }
    }

    /// Lets the caller hear what a phone plays before it answers.
    fn pass_early(&mut self, call: CallId) {
        if let Some(dialling) = &mut self.dialling
            && let Some(fork) = dialling.forks.iter().find(|fork| fork.call == call)
        {
            dialling.early = Some(call);
            dialling.ringback.stop(&self.caller.audio);
            audio::warn(self.caller.audio.leg.bridge(&fork.audio.leg));
        }
    }

    /// A phone has answered.
    pub(crate) async fn fork_answered(&mut self, call: CallId, sdp: Option<&[u8]>) {
        let Some(dialling) = &mut self.dialling else {
            return;
        };
        let Some(at) = dialling.forks.iter().position(|fork| fork.call == call) else {
            return;
        };
        let mut fork = dialling.forks.swap_remove(at);
        let described = sdp.is_none_or(|sdp| fork.audio.accept(sdp).is_ok());
        if !described || !fork.audio.is_agreed() {
            // It talks of codecs that were not offered: as if it had refused.
            let (leg, op) = (fork.leg, dialling.op);
            let silenced = self.forget_early(call);
            self.hang_up(fork, &Cause::BEARERCAPABILITY_NOTIMPL, None)
                .await;
            let why = Why::response(488);
            self.leg_lost(op, leg, why).await;
            if silenced {
                self.ring_back().await;
            }
            return;
        }
        self.record.answered(fork.record);
        let (op, terms) = (dialling.op, dialling.terms.legs.get(fork.leg));
        let confirms = terms.is_some_and(|leg| leg.confirm);
        let occupied = &self.shared.occupied;
        let device = fork.device.as_ref();
        fork.part = device.map(|device| occupied.enter(&self.account.id, device));
        if confirms {
            self.ask_to_confirm(op, fork).await;
        } else {
            self.win(op, fork).await;
        }
    }

    /// The caller is to talk with this one; the others are told.
    async fn win(&mut self, op: OpId, mut fork: Fork) {
        fork.room = self.room_of_hunt(op, fork.leg).map(Box::new);
        let legs = self.dialling.as_ref().map(|it| &it.terms.legs);
        let won = legs.and_then(|legs| legs.get(fork.leg));
        let device = won.map_or_else(String::new, |leg| leg.id().to_owned());
        let lamp = fork.device.clone();
        self.winner = Some(Winner {
            dial: op,
            party: Party::Phone(fork),
            ended: false,
        });
        self.end_attempt(&Cause::LOSE_RACE, true).await;
        self.show_callee(lamp.as_deref(), DialogPhase::Confirmed)
            .await;
        let outcome = DialOutcome::Answered { device };
        self.events.push_back(Event::Dialed { op, outcome });
    }

    /// Somebody in another call has answered instead of the phones that ring.
    pub(crate) async fn answered_elsewhere(&mut self, neighbour: Neighbour, who: String) {
        let Some(dial) = self.dialling.as_ref().map(Dialling::op) else {
            return;
        };
        self.winner = Some(Winner {
            dial,
            party: Party::Call(neighbour),
            ended: false,
        });
        self.end_attempt(&Cause::named("PICKED_OFF"), true).await;
        let outcome = DialOutcome::Answered { device: who };
        self.events.push_back(Event::Dialed { op: dial, outcome });
    }

    /// A phone has refused, or cannot be reached.
    pub(crate) async fn fork_failed(&mut self, failure: &Failure) {
        let Some(dialling) = &mut self.dialling else {
            return;
        };
        let call = failure.call;
        let Some(at) = dialling.forks.iter().position(|fork| fork.call == call) else {
            return;
        };
        let fork = dialling.forks.swap_remove(at);
        let why = Why::response(failure.code);
        let refused = REFUSALS.contains(&failure.code) && dialling.terms.fail_on_single_reject;
        let op = dialling.op;
        self.record
            .ended(fork.record, why.cause.as_str(), Some(failure.code));
        let silenced = self.forget_early(call);
        let leg = fork.leg;
        self.let_go(fork).await;
        if refused {
            self.end_attempt(&why.cause.clone(), false).await;
            self.fail(op, why);
            return;
        }
        if !self.hunts_on(op, leg, &why).await {
            self.leg_lost(op, leg, why).await;
        }
        if silenced {
            self.ring_back().await;
        }
    }

    /// A contact of a device is out; with the last one, the device is.
    async fn leg_lost(&mut self, op: OpId, at: usize, why: Why) {
        let Some(dialling) = self.dialling.as_mut().filter(|dial| dial.op == op) else {
            return;
        };
        let others = dialling.forks.iter().any(|fork| fork.leg == at);
        if let Some(state) = dialling.legs.get_mut(at) {
            let worst = match std::mem::replace(state, Leg::Waiting) {
                Leg::Invited(Some(before)) | Leg::Failed(before) => worst(before, why),
                Leg::Invited(None) | Leg::Waiting => why,
            };
            *state = if others {
                Leg::Invited(Some(worst))
            } else {
                Leg::Failed(worst)
            };
        }
        self.conclude_if_hopeless().await;
    }

    /// A device has rung long enough.
    pub(crate) async fn leg_over(&mut self, op: OpId, at: usize) {
        let Some(dialling) = self.dialling.as_mut().filter(|dial| dial.op == op) else {
            return;
        };
        let hunted = dialling.hunts.remove(&at).is_some();
        // Whoever has answered keeps the time to press the key.
        let (rung, others) = std::mem::take(&mut dialling.forks)
            .into_iter()
            .partition(|fork| fork.leg == at && !fork.confirming);
        dialling.forks = others;
        let rung: Vec<Fork> = rung;
        if rung.is_empty() && !hunted {
            return;
        }
        let mut silenced = false;
        for fork in rung {
            silenced |= self.forget_early(fork.call);
            self.hang_up(fork, &Cause::NO_ANSWER, None).await;
        }
        self.leg_lost(op, at, Why::own(Cause::NO_ANSWER)).await;
        if silenced {
            self.ring_back().await;
        }
    }

    /// The attempt has lasted long enough.
    pub(crate) async fn attempt_over(&mut self, op: OpId) {
        let Some(dialling) = self.dialling.as_mut().filter(|dial| dial.op == op) else {
            return;
        };
        let forks = std::mem::take(&mut dialling.forks);
        let (confirming, rung): (Vec<_>, Vec<_>) =
            forks.into_iter().partition(|fork| fork.confirming);
        dialling.over = true;
        dialling.hunts.clear();
        for (at, leg) in dialling.legs.iter_mut().enumerate() {
            if !confirming.iter().any(|fork| fork.leg == at) {
                *leg = Leg::Failed(Why::own(Cause::NO_ANSWER));
            }
        }
        dialling.forks = confirming;
        for fork in rung {
            self.hang_up(fork, &Cause::NO_ANSWER, None).await;
        }
        self.conclude_if_hopeless().await;
    }

    /// Ends the attempt when no device can answer any more.
    pub(crate) async fn conclude_if_hopeless(&mut self) {
        let Some(dialling) = &self.dialling else {
            return;
        };
        let mut all = Vec::new();
        for leg in &dialling.legs {
            match leg {
                Leg::Failed(why) => all.push(why.clone()),
                Leg::Waiting | Leg::Invited(_) => return,
            }
        }
        let none = || Why::own(Cause::NO_ENDPOINTS);
        let why = all.into_iter().reduce(worst).unwrap_or_else(none);
        let (op, over) = (dialling.op, dialling.over);
        self.end_attempt(&why.cause.clone(), false).await;
        if over {
            let outcome = DialOutcome::Timeout;
            self.events.push_back(Event::Dialed { op, outcome });
        } else {
            self.fail(op, why);
        }
    }

    fn fail(&mut self, op: OpId, why: Why) {
        let outcome = DialOutcome::Failed {
            cause: why.cause,
            sip: why.sip,
        };
        self.events.push_back(Event::Dialed { op, outcome });
    }

    /// Ends the attempt for its phones and the caller's ear; nobody is told.
    async fn end_attempt(&mut self, cause: &Cause, elsewhere: bool) {
        let Some(mut dialling) = self.dialling.take() else {
            return;
        };
        self.timers.cancel(dialling.op);
        dialling.ringback.stop(&self.caller.audio);
        if dialling.early.is_some() {
            audio::warn(self.caller.audio.leg.unbridge());
        }
        for fork in dialling.forks {
            let told = dialling
                .terms
                .legs
                .get(fork.leg)
                .is_some_and(|leg| leg.completed_elsewhere);
            let reason = (elsewhere && told).then(Reason::answered_elsewhere);
            self.hang_up(fork, cause, reason).await;
        }
    }

    /// The callflow wants the attempt no longer.
    pub(crate) async fn drop_dialling(&mut self) {
        self.end_attempt(&Cause::ORIGINATOR_CANCEL, false).await;
    }

    /// Ends everything that was called.
    pub(crate) async fn drop_phones(&mut self) {
        self.drop_dialling().await;
        self.drop_page().await;
        self.end_bridge(None).await;
        self.drop_winner().await;
        self.drop_transfer().await;
    }

    /// Ends the leg of who answered and waits for the bridge.
    pub(crate) async fn drop_winner(&mut self) {
        if let Some(winner) = self.winner.take() {
            self.leave(winner.party, &Cause::ORIGINATOR_CANCEL).await;
        }
    }

    /// Takes the early audio of a phone from the caller. Whether there was any: then the caller is to hear again
    /// that the others ring.
    fn forget_early(&mut self, call: CallId) -> bool {
        let Some(dialling) = &mut self.dialling else {
            return false;
        };
        let heard = dialling.early.take_if(|early| *early == call).is_some();
        if heard {
            audio::warn(self.caller.audio.leg.unbridge());
        }
        heard
    }

    /// Ends a phone's leg.
    pub(crate) async fn hang_up(&mut self, fork: Fork, cause: &Cause, reason: Option<Reason>) {
        let hangup = SipCommand::Hangup { reason };
        self.tell(fork.call, hangup).await;
        self.record.ended(fork.record, cause.as_str(), None);
        self.let_go(fork).await;
    }

    /// Closes what a leg that is over still has.
    pub(crate) async fn let_go(&mut self, fork: Fork) {
        if fork.audio.is_agreed()
            && let Ok(stats) = fork.audio.leg.stats().await
        {
            self.record.media(fork.record, stats);
        }
        let Some(device) = &fork.device else {
            return;
        };
        let others = self.dialling.as_ref().is_some_and(|dialling| {
            let mut forks = dialling.forks.iter();
            forks.any(|other| other.device == fork.device)
        });
        let winner = self.winner.as_ref().map(|it| &it.party);
        let talking = winner.or(self.bridged.as_ref().map(|it| &it.party));
        let talks = talking.and_then(Party::phone);
        // Another contact of the same phone may still ring or talk.
        if !others && talks.is_none_or(|it| it.device != fork.device) {
            self.stop_showing(device).await;
        }
    }

    /// Lights the lamp of a called phone; a number outside has none.
    pub(crate) async fn show_callee(&mut self, device: Option<&str>, phase: DialogPhase) {
        let Some(device) = device else {
            return;
        };
        let caller = &self.caller.party;
        let dialog = DialogState {
            id: self.lamp(device),
            initiator: false,
            phase,
            remote: Some((
                caller.name.clone(),
                format!("sip:{}@{}", caller.number, self.account.realm),
            )),
        };
        let resources = live::device_resources(&self.account, device);
        let change = Change::Dialog { resources, dialog };
        self.shared.signalling.live(change).await;
    }
}

/// Of two reasons the one that says more about the person called.
fn worst(a: Why, b: Why) -> Why {
    if rank(&b.cause) > rank(&a.cause) {
        b
    } else {
        a
    }
}

fn rank(cause: &Cause) -> u8 {
    match cause.as_str() {
        "USER_BUSY" => 5,
        "CALL_REJECTED" => 4,
        "NO_ANSWER" => 3,
        "NO_USER_RESPONSE" => 2,
        "SUBSCRIBER_ABSENT" => 0,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_says_more_than_no_answer_and_that_more_than_absent() {
        let why = |cause: Cause, sip| Why { cause, sip };
        let all = [
            why(Cause::SUBSCRIBER_ABSENT, None),
            why(Cause::NO_ANSWER, None),
            why(Cause::USER_BUSY, Some(486)),
            why(Cause::NORMAL_TEMPORARY_FAILURE, Some(503)),
        ];
        let most = all.clone().into_iter().reduce(worst);
        assert_eq!(most, Some(why(Cause::USER_BUSY, Some(486))));
        let without_busy = [all[3].clone(), all[0].clone(), all[1].clone()];
        assert_eq!(
            without_busy.into_iter().reduce(worst),
            Some(why(Cause::NO_ANSWER, None))
        );
    }
}

//! What another call takes from this one: the caller of phones that ring, a side of a conversation, a parked caller.

use super::Call;
use super::audio;
use super::bridge::{Bridged, Kind};
use super::dial::Dialling;
use super::line::{Request, Said};
use super::park::Parked;
use super::party::Party;
use crate::report::LegRole;
use crate::switchboard::{Phones, Wanted};
use callflow::command::PickupMode;
use callflow::event::Side;
use callflow::{Cause, Event};
use sip::event::CallId;

/// What of this call is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meant {
    /// The caller, in place of phones that ring.
    Ringing,
    /// The caller, in place of the party of the conversation.
    Party,
    /// The party of the conversation, in place of the caller.
    Caller,
    /// The parked caller.
    Parked,
    /// To hear both sides of the conversation.
    Listen,
    /// What the caller dialled, in place of the caller.
    Dialled,
}

/// The cause of a leg whose place another call has taken.
fn picked_off(by_transfer: bool) -> Cause {
    Cause::named(if by_transfer {
        "ATTENDED_TRANSFER"
    } else {
        "PICKED_OFF"
    })
}

impl Call {
    /// What the call's devices do at the moment.
    pub(crate) fn phones(&self) -> Phones {
        let mut phones = Phones::default();
        if let Some(dialling) = &self.dialling {
            phones.ringing = dialling.ringing().map(str::to_owned).collect();
        }
        if let Some(bridged) = &self.bridged {
            let phone = bridged.party.phone().and_then(|fork| fork.device.clone());
            let caller = self.caller.device.clone();
            let caller = caller.filter(|_| bridged.stand_in.is_none());
            phones.talking = caller.into_iter().chain(phone).collect();
        }
        phones.legs = self.legs();
        phones
    }

    /// The legs whose place another call may take.
    fn legs(&self) -> Vec<CallId> {
        let caller = (!self.caller.is_gone()).then_some(self.caller.leg);
        let party = self.bridged.as_ref().and_then(|it| it.party.phone());
        let rings = self.dialling.iter().flat_map(Dialling::legs);
        let phones = party.map(|fork| fork.call).into_iter().chain(rings);
        caller.into_iter().chain(phones).collect()
    }

    /// Whether the conversation goes on with somebody in the caller's place.
    pub(crate) fn goes_on_without_caller(&self) -> bool {
        self.bridged
            .as_ref()
            .is_some_and(|it| it.stand_in.is_some())
    }

    /// Another call asks for a party of this one. Dropping the request says no.
    pub(crate) async fn asked(&mut self, request: Request) {
        if request.line.is_closed() {
            return; // whoever asked has gone
        }
        match self.meant(&request) {
            Some(Meant::Ringing) => self.give_dialling(request).await,
            Some(Meant::Party) => self.replace_party(request).await,
            Some(Meant::Caller) => self.replace_caller(request).await,
            Some(Meant::Parked) => self.give_parked(request).await,
            Some(Meant::Listen) => self.let_listen(request),
            Some(Meant::Dialled) => self.leave_to(request).await,
            None => {}
        }
    }

    /// Says no to whoever asks from now on.
    pub(crate) fn refuse_requests(&mut self) {
        self.requests.close();
        while self.requests.try_recv().is_ok() {}
    }

    /// What is meant by a leg whose place is to be taken.
    fn meant_by(&self, leg: CallId, transfer: bool) -> Option<Meant> {
        let is_caller = leg == self.caller.leg && !self.caller.is_gone();
        if let Some(bridged) = &self.bridged {
            if bridged.neighbour().is_some_and(|it| it.line.far.is_none()) {
                return None; // they are just being connected
            }
            let party = bridged.party.phone().is_some_and(|it| it.call == leg);
            let caller = is_caller && bridged.stand_in.is_none();
            return match (party, caller) {
                (true, _) => Some(Meant::Party),
                (false, true) => Some(Meant::Caller),
                (false, false) => None,
            };
        }
        let mut ringing = self.dialling.iter().flat_map(Dialling::legs);
        if ringing.any(|own| own == leg) {
            return Some(Meant::Ringing);
        }
        // Whoever is in a menu, rings or is parked has nobody to give; somebody else may stand there instead.
        (is_caller && transfer && self.transfer.is_none()).then_some(Meant::Dialled)
    }

    fn meant(&self, request: &Request) -> Option<Meant> {
        let wanted = &request.wanted;
        if let Wanted::Leg(leg) = wanted {
            return self.meant_by(*leg, request.transfer);
        }
        let is = |device: &str| matches!(wanted, Wanted::Device(name) if name == device);
        let anything = *wanted == Wanted::Anything;
        let in_slot =
            |parked: &Parked| matches!(wanted, Wanted::Slot(slot) if slot == parked.slot());
        let listens = request.mode == PickupMode::Listen;
        let parked = self.parked.as_ref().filter(|_| !listens);
        if parked.is_some_and(|it| anything || in_slot(it)) {
            return Some(Meant::Parked);
        }
        let rings = |dialling: &Dialling| anything || dialling.ringing().any(is);
        let may_ring = matches!(request.mode, PickupMode::Ringing | PickupMode::Any);
        if may_ring && self.dialling.as_ref().is_some_and(rings) {
            return Some(Meant::Ringing);
        }
        let bridged = self.bridged.as_ref()?;
        if bridged.neighbour().is_some_and(|it| it.line.far.is_none()) {
            return None; // they are just being connected
        }
        let phone = bridged
            .party
            .phone()
            .and_then(|fork| fork.device.as_deref());
        let party = phone.is_some_and(is);
        let caller = self.caller.device.as_deref().is_some_and(is);
        let caller = caller && bridged.stand_in.is_none();
        match request.mode {
            PickupMode::Ringing => None,
            PickupMode::Listen => (party || caller || anything).then_some(Meant::Listen),
            PickupMode::Any | PickupMode::Move if party || anything => Some(Meant::Party),
            PickupMode::Any | PickupMode::Move => caller.then_some(Meant::Caller),
        }
    }

    /// Somebody answers instead of the phones that ring.
    async fn give_dialling(&mut self, request: Request) {
        let (taker, line) = (request.taker, request.line);
        if !line.say(Said::Taken(self.caller_as_far())) {
            return;
        }
        let who = taker.device.clone().unwrap_or(taker.number);
        let neighbour = self.neighbour(LegRole::Callee, line, taker.device, taker.peer);
        self.answered_elsewhere(neighbour, who).await;
    }

    /// The caller goes on with whoever asks; the party of the conversation is hung up.
    async fn replace_party(&mut self, request: Request) {
        let cause = picked_off(request.transfer);
        let (taker, line) = (request.taker, request.line);
        if self.goes_on_without_caller() {
            // Whoever has the caller's place belongs to a third call: the two go on with each other.
            if let Some(bridged) = self.bridged.take()
                && let Some(stand_in) = bridged.stand_in
            {
                line.say(Said::Instead(Box::new(stand_in.line)));
                self.record.ended(stand_in.record, cause.as_str(), None);
                self.leave(bridged.party, &cause).await;
            }
            return;
        }
        if !line.say(Said::Taken(self.caller_as_far())) {
            return;
        }
        audio::warn(self.caller.audio.leg.unbridge());
        let neighbour = self.neighbour(LegRole::Callee, line, taker.device, taker.peer);
        if let Some(bridged) = &mut self.bridged {
            bridged.listeners.clear();
            let party = std::mem::replace(&mut bridged.party, Party::Call(neighbour));
            self.leave(party, &cause).await;
        }
    }

    /// The party of the conversation goes on with whoever asks; the caller is hung up, which ends the callflow.
    async fn replace_caller(&mut self, request: Request) {
        let Some(mut bridged) = self.bridged.take() else {
            return;
        };
        let cause = picked_off(request.transfer);
        let (taker, line) = (request.taker, request.line);
        let told = bridged.over(Side::Caller);
        match bridged.party {
            Party::Phone(fork) => {
                let taken = line.say(Said::Taken(self.phone_as_far(&fork)));
                bridged.party = Party::Phone(fork);
                if taken {
                    let stand_in = self.neighbour(LegRole::Caller, line, taker.device, taker.peer);
                    bridged.stand_in = Some(stand_in);
                    bridged.listeners.clear();
                }
                self.bridged = Some(bridged);
                if !taken {
                    return;
                }
            }
            Party::Call(neighbour) => {
                line.say(Said::Instead(Box::new(neighbour.line)));
                self.record.ended(neighbour.record, cause.as_str(), None);
            }
        }
        audio::warn(self.caller.audio.leg.unbridge());
        self.events.extend(told);
        let leg = self.caller.record;
        self.record.ended(leg, cause.as_str(), None);
        self.hang_up_caller(Cause::NORMAL_CLEARING).await;
    }

    /// Somebody else is to stand where the caller does: they dial what the caller dialled, and the caller goes.
    async fn leave_to(&mut self, request: Request) {
        let slot = self.parked.as_ref().map(|it| it.slot().to_owned());
        self.stop_parking().await; // the slot is for whoever comes
        let said = Said::Dial {
            dialled: self.record.start().dialled.clone(),
            capture: slot,
        };
        if request.line.say(said) {
            let leg = self.caller.record;
            let cause = picked_off(true);
            self.record.ended(leg, cause.as_str(), None);
            self.hang_up_caller(Cause::NORMAL_CLEARING).await;
        }
    }

    /// Somebody fetches the parked caller.
    async fn give_parked(&mut self, request: Request) {
        let (taker, line) = (request.taker, request.line);
        let Some(op) = self.parked.as_ref().map(Parked::op) else {
            return;
        };
        if self.answer().await.is_err() || !line.say(Said::Taken(self.caller_as_far())) {
            return;
        }
        self.stop_parking().await;
        let neighbour = self.neighbour(LegRole::Callee, line, taker.device, taker.peer);
        let party = Party::Call(neighbour);
        self.bridged = Some(Bridged::new(op, Kind::Fetched, party));
        self.begin_tapes();
        self.events.push_back(Event::Fetched { op });
    }

    /// Somebody listens until the conversation is over, or another one.
    fn let_listen(&mut self, request: Request) {
        let caller = self.caller.audio.leg.reference();
        let Some(bridged) = &mut self.bridged else {
            return;
        };
        let phone = bridged.party.phone();
        let phone = phone.map(|fork| fork.audio.leg.reference());
        let far = bridged.neighbour().and_then(|it| it.line.far.as_ref());
        let legs = match (phone, far.map(|far| far.leg.clone())) {
            (Some(phone), None) => [caller, phone],
            (Some(phone), Some(far)) => [far, phone],
            (None, Some(far)) => [caller, far],
            (None, None) => return,
        };
        bridged.listeners.retain(|line| !line.is_closed());
        if request.line.say(Said::Listen(legs)) {
            bridged.listeners.push(request.line);
        }
    }
}

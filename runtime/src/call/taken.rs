//! What another call takes from this one: the caller of phones that ring, a side of a conversation, a parked caller.

use super::Call;
use super::audio;
use super::bridge::{Bridged, Kind};
use super::line::{Line, Request, Said};
use super::park::Parked;
use super::party::Party;
use crate::media::LegRef;
use crate::report::LegRole;
use crate::switchboard::{Phones, Wanted};
use callflow::command::PickupMode;
use callflow::event::Side;
use callflow::{Cause, Event};

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
}

/// The cause of a leg whose place another call has taken.
fn picked_off() -> Cause {
    Cause::named("PICKED_OFF")
}

impl Call {
    /// What the call's devices do at the moment.
    pub(crate) fn phones(&self) -> Phones {
        let mut phones = Phones::default();
        if let Some(dialling) = &self.dialling {
            phones.ringing = dialling.ringing().map(str::to_owned).collect();
        }
        if let Some(bridged) = &self.bridged {
            let phone = bridged.party.phone().map(|fork| fork.device.clone());
            let caller = self.record.start().device.clone();
            let caller = caller.filter(|_| bridged.stand_in.is_none());
            phones.talking = caller.into_iter().chain(phone).collect();
        }
        phones
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
            None => {}
        }
    }

    fn meant(&self, request: &Request) -> Option<Meant> {
        let wanted = &request.wanted;
        let is = |device: &str| matches!(wanted, Wanted::Device(name) if name == device);
        let anything = *wanted == Wanted::Anything;
        let in_slot =
            |parked: &Parked| matches!(wanted, Wanted::Slot(slot) if slot == parked.slot());
        if self
            .parked
            .as_ref()
            .is_some_and(|it| anything || in_slot(it))
        {
            return Some(Meant::Parked);
        }
        let rings = |dialling: &super::dial::Dialling| anything || dialling.ringing().any(is);
        let may_ring = matches!(request.mode, PickupMode::Ringing | PickupMode::Any);
        if may_ring && self.dialling.as_ref().is_some_and(rings) {
            return Some(Meant::Ringing);
        }
        let bridged = self.bridged.as_ref()?;
        let party = bridged.party.phone().is_some_and(|fork| is(&fork.device));
        let caller = self.record.start().device.as_deref().is_some_and(is);
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
        let Some(bridged) = self.bridged.as_mut() else {
            return;
        };
        bridged.listeners.clear();
        let (taker, line) = (request.taker, request.line);
        if let Some(stand_in) = bridged.stand_in.take() {
            // Whoever has the caller's place belongs to a third call: the two go on with each other.
            self.record
                .ended(stand_in.record, picked_off().as_str(), None);
            let bridged = self.bridged.take();
            give_line(&line, stand_in.line);
            if let Some(bridged) = bridged {
                self.leave(bridged.party, &picked_off()).await;
            }
            return;
        }
        if !line.say(Said::Taken(self.caller_as_far())) {
            return;
        }
        audio::warn(self.caller.audio.leg.unbridge());
        let neighbour = self.neighbour(LegRole::Callee, line, taker.device, taker.peer);
        if let Some(bridged) = &mut self.bridged {
            let party = std::mem::replace(&mut bridged.party, Party::Call(neighbour));
            self.leave(party, &picked_off()).await;
        }
    }

    /// The party of the conversation goes on with whoever asks; the caller is hung up, which ends the callflow.
    async fn replace_caller(&mut self, request: Request) {
        let Some(mut bridged) = self.bridged.take() else {
            return;
        };
        bridged.listeners.clear();
        let (taker, line) = (request.taker, request.line);
        audio::warn(self.caller.audio.leg.unbridge());
        self.events.extend(bridged.over(Side::Caller));
        match bridged.party {
            Party::Phone(fork) => {
                line.say(Said::Taken(self.phone_as_far(&fork)));
                let stand_in = self.neighbour(LegRole::Caller, line, taker.device, taker.peer);
                bridged.party = Party::Phone(fork);
                bridged.stand_in = Some(stand_in);
                self.bridged = Some(bridged);
            }
            Party::Call(neighbour) => {
                self.record
                    .ended(neighbour.record, picked_off().as_str(), None);
                give_line(&line, neighbour.line);
            }
        }
        self.record
            .ended(super::record::CALLER, picked_off().as_str(), None);
        self.hang_up_caller(Cause::NORMAL_CLEARING).await;
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
        self.events.push_back(Event::Fetched { op });
    }

    /// Somebody listens until the conversation is over, or another one.
    fn let_listen(&mut self, request: Request) {
        let caller = self.caller.audio.leg.reference();
        let Some(bridged) = &mut self.bridged else {
            return;
        };
        let phone = bridged.party.phone();
        let phone: Option<LegRef> = phone.map(|fork| fork.audio.leg.reference());
        let neighbour = bridged.neighbour_mut().map(|it| it.line.far.as_ref());
        let legs = match (phone, neighbour) {
            (Some(phone), None) => [caller, phone],
            (Some(phone), Some(Some(far))) => [far.leg.clone(), phone],
            (None, Some(Some(far))) => [caller, far.leg.clone()],
            // They are just being connected.
            (None, None) | (_, Some(None)) => return,
        };
        bridged.listeners.retain(|line| !line.is_closed());
        if request.line.say(Said::Listen(legs)) {
            bridged.listeners.push(request.line);
        }
    }
}

/// Gives one's end of a line to a third call.
fn give_line(to: &Line, line: Line) {
    // Who is on it must be known; while they are just being connected it is closed, which ends the conversation.
    if line.far.is_some() {
        to.say(Said::Instead(Box::new(line)));
    }
}

//! Asking another call for its party, and what is said on the line to it.

use super::audio;
use super::bridge::{Bridged, Kind};
use super::line::{Far, Line, Request, Said, Taker};
use super::party::Party;
use super::{Call, Due};
use crate::media::LegRef;
use crate::report::LegRole;
use crate::switchboard::Found;
use callflow::command::{OpId, Pickup, PickupMode};
use callflow::event::Side;
use callflow::{Cause, Event};
use sip::event::CallId;
use std::collections::VecDeque;

/// How long a call may take to give its party away, in milliseconds.
const PATIENCE_MS: u64 = 10_000;

/// Looking for a call to be connected with, or listening to one.
pub(crate) struct Asking {
    op: OpId,
    mode: PickupMode,
    /// Those that are asked if this one says no.
    others: VecDeque<Found>,
    line: Option<Line>,
    listens: bool,
}

impl Asking {
    pub(crate) fn op(&self) -> OpId {
        self.op
    }

    pub(crate) fn line_mut(&mut self) -> Option<&mut Line> {
        self.line.as_mut()
    }
}

impl Call {
    /// Begins to look for a call to connect the caller with.
    pub(crate) fn start_pickup(&mut self, op: OpId, pickup: &Pickup) {
        let board = &self.shared.switchboard;
        let found = match self.replaces {
            Some(leg) => Vec::from_iter(board.with_leg(&self.account.id, leg)),
            None => board.find(&self.account.id, pickup),
        };
        if pickup.mode == PickupMode::Move && found.len() > 1 {
            // Which of them is to come here cannot be guessed.
            let found = u32::try_from(found.len()).unwrap_or(u32::MAX);
            self.events.push_back(Event::NoCall { op, found });
            return;
        }
        self.drop_pickup();
        self.pickup = Some(Asking {
            op,
            mode: pickup.mode,
            others: found.into(),
            line: None,
            listens: false,
        });
        self.ask_next();
    }

    /// Asks the next call that may be meant. Without one there is none.
    fn ask_next(&mut self) {
        let taker = Taker {
            device: self.caller.device.clone(),
            number: self.caller.party.number.clone(),
            peer: self.record.peer(self.caller.record),
        };
        let Some(asking) = &mut self.pickup else {
            return;
        };
        let (op, mode) = (asking.op, asking.mode);
        self.timers.cancel(op);
        asking.line = None;
        while let Some(found) = asking.others.pop_front() {
            let (own, line) = Line::new();
            let request = Request {
                mode,
                wanted: found.wanted,
                transfer: false,
                taker: taker.clone(),
                line,
            };
            // A call that has ended, or that very many ask at once, has nothing to give.
            if found.requests.try_send(request).is_ok() {
                asking.line = Some(own);
                self.timers.set(PATIENCE_MS, Due::Pickup(op));
                return;
            }
        }
        self.pickup = None;
        self.events.push_back(Event::NoCall { op, found: 0 });
    }

    /// The call that was asked has said nothing for too long.
    pub(crate) fn pickup_over(&mut self, op: OpId) {
        let waits = |asking: &Asking| asking.op == op && !asking.listens;
        if self.pickup.as_ref().is_some_and(waits) {
            self.ask_next();
        }
    }

    /// The caller wants no other call any more.
    pub(crate) fn drop_pickup(&mut self) {
        if let Some(asking) = self.pickup.take() {
            self.timers.cancel(asking.op);
            if asking.listens {
                audio::warn(self.caller.audio.leg.unbridge());
            }
        }
    }

    /// The other call has said something.
    pub(crate) async fn heard(&mut self, said: Said) {
        if self.hears_transferor() {
            return; // what the transferor does meanwhile concerns nobody
        }
        let side = self.own_side();
        let attends = self.attending.is_some();
        match said {
            Said::Instead(line) if !attends && self.pickup.is_none() => self.follow(*line).await,
            Said::Transfer {
                by,
                dialled,
                capture,
            } => self.transfer_for(by, &dialled, capture).await,
            Said::Progress(code) => self.transfer_goes(code).await,
            Said::Taken(far) if attends => self.attended(None, far).await,
            Said::Taken(far) => self.join(None, far).await,
            Said::Instead(line) => match line.far.clone() {
                Some(far) if attends => self.attended(Some(*line), far).await,
                Some(far) => self.join(Some(*line), far).await,
                None => {}
            },
            Said::Dial { dialled, capture } => self.attend_elsewhere(&dialled, capture).await,
            Said::Listen(legs) => self.listen(legs).await,
            Said::Here(far) => self.neighbour_is_here(far).await,
            Said::Hold(music) => self.hold(side, true, music).await,
            Said::Resume => self.hold(side, false, None).await,
            Said::Key(key) => self.send_key(side, key),
        }
    }

    /// The side of the conversation that is a leg of this call.
    pub(crate) fn own_side(&self) -> CallId {
        let bridged = self.bridged.as_ref().filter(|it| it.stand_in.is_some());
        let phone = bridged.and_then(|it| it.party.phone());
        phone.map_or(self.caller.leg, |fork| fork.call)
    }

    /// The other call gives its party: the caller goes there, is answered and connected.
    async fn join(&mut self, instead: Option<Line>, far: Far) {
        let Some(asking) = self.pickup.take() else {
            return;
        };
        let op = asking.op;
        self.timers.cancel(op);
        let Some(mut line) = instead.or(asking.line) else {
            return;
        };
        if let Err(reason) = self.come_near(&far.leg).await {
            self.events.push_back(Event::Failed { op, reason });
            return;
        }
        line.far = Some(far.clone());
        let neighbour = self.neighbour(LegRole::Callee, line, far.device, far.peer);
        neighbour.line.say(Said::Here(self.caller_as_far()));
        let party = Party::Call(neighbour);
        self.bridged = Some(Bridged::new(op, Kind::Bridge, party));
        self.begin_tapes();
    }

    /// Answers the caller and brings its audio to where that of another call is.
    pub(crate) async fn come_near(&mut self, leg: &LegRef) -> Result<(), String> {
        let moved = self.caller.audio.leg.move_to(leg).await;
        moved.map_err(|error| error.to_string())?;
        self.answer().await
    }

    /// The other call lets the caller listen to both of its sides.
    async fn listen(&mut self, legs: [LegRef; 2]) {
        let [one, other] = &legs;
        let near = self.come_near(one).await;
        let listens = near.and_then(|()| {
            let listens = self.caller.audio.leg.listen(one, other);
            listens.map_err(|error| error.to_string())
        });
        let Some(asking) = &mut self.pickup else {
            return;
        };
        let op = asking.op;
        self.timers.cancel(op);
        match listens {
            Ok(()) => asking.listens = true,
            Err(reason) => {
                self.pickup = None;
                self.events.push_back(Event::Failed { op, reason });
            }
        }
    }

    /// The party of the other call is near: first of all, or in place of another one.
    async fn neighbour_is_here(&mut self, far: Far) {
        let winner = self.winner.as_mut().map(|winner| &mut winner.party);
        if let Some(neighbour) = winner.and_then(Party::neighbour_mut) {
            // Connected as soon as the callflow wants it.
            neighbour.line.far = Some(far);
            return;
        }
        let Some(bridged) = &mut self.bridged else {
            return;
        };
        let role = match bridged.stand_in {
            Some(_) => LegRole::Caller,
            None => LegRole::Callee,
        };
        let Some(neighbour) = bridged.neighbour_mut() else {
            return;
        };
        if neighbour.line.far.is_some() {
            let before = neighbour.record;
            self.record.ended(before, "PICKED_OFF", None);
            neighbour.record = self.record.joined(role, far.device.clone(), far.peer);
            bridged.listeners.clear();
        }
        if let Some(neighbour) = bridged.neighbour_mut() {
            neighbour.line.far = Some(far);
        }
        self.connect().await;
    }

    /// Connects this call's side of the conversation with the party of the other call. The side that stays where it was
    /// does that: it knows whether the conversation still is one.
    pub(crate) async fn connect(&mut self) {
        let bridged = self.bridged.as_mut();
        let neighbour = bridged.and_then(Bridged::neighbour_mut);
        let Some(far) = neighbour.and_then(|it| it.line.far.clone()) else {
            return;
        };
        let side = self.own_side();
        let Some(audio) = self.audio_of(side) else {
            return;
        };
        audio::warn(audio.leg.bridge_with(&far.leg));
        let holds = audio.is_held();
        self.hold(side, false, None).await;
        if holds {
            self.pass_hold(side, true).await;
        }
    }

    /// The call at the other end has gone, or its party has.
    pub(crate) async fn line_closed(&mut self) {
        if self.attending.is_some() {
            self.not_attended().await;
            return;
        }
        if self.hears_transferor() {
            self.transferor_gone().await;
            return;
        }
        let bridged = self.bridged.as_mut();
        if bridged.and_then(Bridged::neighbour_mut).is_some() {
            self.end_bridge(Some(Side::Callee)).await;
            return;
        }
        if let Some(winner) = &mut self.winner {
            winner.ended = true;
            if let Some(neighbour) = winner.party.neighbour_mut() {
                let cause = Cause::NORMAL_CLEARING;
                self.record.ended(neighbour.record, cause.as_str(), None);
            }
            return;
        }
        let listened = self.pickup.as_ref().filter(|asking| asking.listens);
        if let Some(op) = listened.map(Asking::op) {
            self.drop_pickup();
            let by = Side::Callee;
            self.events.push_back(Event::BridgeEnded { op, by });
        } else {
            self.ask_next();
        }
    }
}

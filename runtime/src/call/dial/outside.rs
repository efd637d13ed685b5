//! Legs to numbers outside: the servers of carriers are tried one after another, until one takes the call.

use super::super::{Call, Due, Work};
use super::outgoing::Abroad;
use super::{Fork, Leg, Why, outgoing};
use crate::carriers::{self, Candidate, EMERGENCY};
use crate::limits::{Reached, Room};
use crate::net::{self, Way};
use callflow::Cause;
use callflow::command::{self, OpId, Target};
use sip::event::CallId;
use std::collections::VecDeque;

/// Responses that are the carrier's and not of whoever was called: another carrier may do better. It refuses us (401,
/// 402, 403, 407), is too slow (408), sends the call elsewhere (3xx), or fails (5xx).
pub(crate) fn is_of_carrier(code: u16) -> bool {
    matches!(code, 300..=399 | 401 | 402 | 403 | 407 | 408 | 500..=599)
}

/// The servers that a leg has left.
pub(super) struct Hunt {
    left: VecDeque<Candidate>,
    /// The one being tried, and its addresses that have not been.
    now: Option<Candidate>,
    ways: VecDeque<Way>,
    /// Counts look-ups, so that the answer to an earlier one is told from that to the last.
    turn: u32,
    /// Its part in what the account may have outside; none for a call for help.
    room: Option<Room>,
}

impl Call {
    /// The part of an attempt outside in what the account may have, for whoever answered.
    pub(super) fn room_of_hunt(&mut self, op: OpId, at: usize) -> Option<Room> {
        self.hunt(op, at)?.room.take()
    }

    /// A part in what the account may have outside. A call for help needs none.
    fn room_outside(&self, outside: &command::Outside) -> Result<Option<Room>, Reached> {
        if outside.class.as_deref() == Some(EMERGENCY) {
            return Ok(None);
        }
        let limits = self.shared.registry.load().limits(&self.account.id);
        let room = self.shared.meter.go_outside(&self.account.id, &limits);
        room.map(Some)
    }

    /// Begins to dial a number outside.
    pub(super) async fn start_hunt(&mut self, op: OpId, at: usize, leg: &command::Leg) {
        let Target::Outside(outside) = &leg.target else {
            return;
        };
        let accounts = self.shared.registry.load();
        let country_code = &self.shared.config.country_code;
        let found = carriers::candidates(&accounts, &self.account.id, outside, country_code);
        drop(accounts);
        if found.is_empty() {
            tracing::info!(
                call = self.id(),
                number = outside.number,
                "no carrier takes a number"
            );
            let why = Why::own(Cause::named("NO_ROUTE_DESTINATION"));
            self.note_invited(op, at, Some(why));
            return;
        }
        let room = match self.room_outside(outside) {
            Ok(room) => room,
            Err(reached) => {
                tracing::warn!(call = self.id(), account = %self.account.id, limit = reached.name(), "a call does not go outside");
                self.record.note(&format!("Not outside: {reached}"));
                let why = Why::own(Cause::named("NORMAL_CIRCUIT_CONGESTION"));
                self.note_invited(op, at, Some(why));
                return;
            }
        };
        self.note_invited(op, at, None);
        if let Some(timeout_ms) = leg.timeout_ms {
            self.timers.set(timeout_ms, Due::Leg(op, at));
        }
        let hunt = Hunt {
            left: found.into(),
            now: None,
            ways: VecDeque::new(),
            turn: 0,
            room,
        };
        if let Some(dialling) = self.dialling.as_mut().filter(|dial| dial.op == op) {
            dialling.hunts.insert(at, hunt);
        }
        self.try_next(op, at).await;
    }

    /// Whether a leg goes on with another server after this response.
    pub(super) async fn hunts_on(&mut self, op: OpId, at: usize, why: &Why) -> bool {
        let may = why.sip.is_none_or(is_of_carrier);
        may && self.try_next(op, at).await
    }

    /// Sends the call to the next address, or looks the next server up. Whether there was one.
    async fn try_next(&mut self, op: OpId, at: usize) -> bool {
        loop {
            let Some(hunt) = self.hunt(op, at) else {
                return false;
            };
            if let (Some(way), Some(candidate)) = (hunt.ways.pop_front(), hunt.now.clone()) {
                match self.invite_outside(op, at, &candidate, way).await {
                    Ok(()) => return true,
                    Err(error) => {
                        let peer = way.peer;
                        tracing::warn!(carrier = candidate.name, %peer, error, "a carrier is passed over");
                    }
                }
                continue;
            }
            let Some(next) = hunt.left.pop_front() else {
                return false;
            };
            match outgoing::request_uri(&next) {
                Ok(uri) => {
                    hunt.turn += 1;
                    hunt.now = Some(next);
                    let turn = hunt.turn;
                    self.look_up(op, at, turn, uri);
                    return true;
                }
                Err(error) => {
                    tracing::warn!(carrier = next.name, error, "a carrier is passed over");
                }
            }
        }
    }

    fn hunt(&mut self, op: OpId, at: usize) -> Option<&mut Hunt> {
        let dialling = self.dialling.as_mut().filter(|dial| dial.op == op)?;
        dialling.hunts.get_mut(&at)
    }

    /// Asks for the addresses of a server beside the call.
    fn look_up(&self, op: OpId, leg: usize, turn: u32, uri: sip::uri::Uri) {
        let done = self.work.0.clone();
        let names = self.shared.names.clone();
        tokio::spawn(async move {
            let ways = net::ways_to(&names, &uri).await;
            let found = Work::Found {
                op,
                leg,
                turn,
                ways,
            };
            // The call may have ended meanwhile.
            let _ended = done.send(found).await;
        });
    }

    /// The addresses of a server are known.
    pub(crate) async fn server_found(&mut self, op: OpId, at: usize, turn: u32, ways: Vec<Way>) {
        let Some(hunt) = self.hunt(op, at).filter(|hunt| hunt.turn == turn) else {
            return;
        };
        if let (true, Some(candidate)) = (ways.is_empty(), &hunt.now) {
            let server = &candidate.gateway.server.server.0;
            tracing::warn!(
                carrier = candidate.name,
                server,
                "the name of a carrier's server is not known"
            );
        }
        hunt.ways = ways.into();
        if !self.try_next(op, at).await {
            self.leg_lost(op, at, unreachable()).await;
        }
    }

    /// Sends the call to one address of a server.
    async fn invite_outside(
        &mut self,
        op: OpId,
        at: usize,
        candidate: &Candidate,
        way: Way,
    ) -> Result<(), String> {
        let over = || "the attempt is over".to_owned();
        let dialling = self.dialling.as_ref().ok_or_else(over)?;
        let leg = dialling.terms.legs.get(at).ok_or_else(over)?;
        let Target::Outside(outside) = &leg.target else {
            return Err(over());
        };
        let abroad = Abroad {
            outside,
            caller: leg.caller.as_ref().unwrap_or(&dialling.terms.caller),
            privacy: dialling.terms.privacy,
            headers: &leg.headers,
            max_forwards: self.caller.max_forwards,
            modem: false,
        };
        let (near, events) = (Some(&self.caller.audio), self.media.0.clone());
        let (call, audio) = abroad.invitation(&self.shared, candidate, way, near, events)?;
        let made = self.shared.signalling.calls(self.session, vec![call]).await;
        let made = made.into_iter().next().ok_or_else(over)?;
        let call = made.map_err(|error| error.to_string())?;
        tracing::debug!(
            call = self.id(),
            carrier = candidate.name,
            peer = %way.peer,
            number = candidate.number,
            "a carrier is tried"
        );
        let (carrier, number) = (candidate.carrier.clone(), candidate.number.clone());
        let fork = Fork {
            call,
            device: None,
            audio,
            record: self.record.carrier_leg(carrier, number, way.peer),
            leg: at,
            rings: false,
            heard: false,
            confirming: false,
            part: None,
            room: None,
        };
        let patience = self.shared.config.carrier_patience.as_millis();
        let patience_ms = u64::try_from(patience).unwrap_or(u64::MAX);
        self.timers.set(patience_ms, Due::Unheard(op, call));
        if let Some(dialling) = &mut self.dialling {
            dialling.forks.push(fork);
            if let Some(state @ Leg::Waiting) = dialling.legs.get_mut(at) {
                *state = Leg::Invited(None);
            }
        }
        Ok(())
    }

    /// Nothing has come from a server in time: it is given up. Should it answer yet, its call is ended.
    pub(crate) async fn unheard(&mut self, op: OpId, call: CallId) {
        let Some(dialling) = self.dialling.as_mut().filter(|dial| dial.op == op) else {
            return;
        };
        let mut forks = dialling.forks.iter();
        let Some(at) = forks.position(|fork| fork.call == call && !fork.heard) else {
            return;
        };
        let fork = dialling.forks.swap_remove(at);
        let (leg, why) = (fork.leg, unreachable());
        tracing::warn!(call = self.id(), "a carrier's server does not answer");
        self.hang_up(fork, &why.cause, None).await;
        if !self.hunts_on(op, leg, &why).await {
            self.leg_lost(op, leg, why).await;
        }
    }
}

/// No server could be reached.
fn unreachable() -> Why {
    Why::own(Cause::NORMAL_TEMPORARY_FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_person_called_says_is_final_and_what_the_carrier_says_is_not() {
        for code in [302, 401, 403, 407, 408, 500, 503, 504] {
            assert!(is_of_carrier(code), "{code}");
        }
        for code in [404, 410, 480, 484, 486, 487, 488, 600, 603, 604] {
            assert!(!is_of_carrier(code), "{code}");
        }
    }
}

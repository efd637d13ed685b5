//! What the call record says, collected while the call runs.

use crate::media::LegStats;
use crate::report::{CallRecord, CallStart, Direction, LegRecord, LegRole, MediaRecord};
use callflow::trace::{Entry, Step};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// The record of a call in progress. Leg 0 is the caller's; it signals from nowhere when the exchange itself calls.
#[derive(Debug)]
pub(crate) struct Record {
    record: CallRecord,
}

/// A leg of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LegIndex(usize);

/// The caller's leg.
pub(crate) const CALLER: LegIndex = LegIndex(0);

impl Record {
    pub(crate) fn new(start: CallStart, peer: Option<SocketAddr>) -> Self {
        let device = start.device.clone();
        let started_at = start.started_at;
        let mut record = Self {
            record: CallRecord {
                start,
                ringing_at: None,
                answered_at: None,
                ended_at: started_at,
                cause: String::new(),
                sip_code: None,
                trace: Vec::new(),
                legs: Vec::new(),
                tags: BTreeMap::new(),
            },
        };
        record.leg(LegRole::Caller, device, peer, started_at);
        record
    }

    /// Adds a leg.
    pub(crate) fn leg(
        &mut self,
        role: LegRole,
        device: Option<String>,
        peer: Option<SocketAddr>,
        started_at: Timestamp,
    ) -> LegIndex {
        self.record.legs.push(LegRecord {
            role,
            device,
            carrier: None,
            number: None,
            peer,
            started_at,
            ringing_at: None,
            answered_at: None,
            ended_at: None,
            cause: String::new(),
            sip_code: None,
            media: None,
        });
        LegIndex(self.record.legs.len() - 1)
    }

    /// Adds the leg of another call, whose party takes part in this one from now on.
    pub(crate) fn joined(
        &mut self,
        role: LegRole,
        device: Option<String>,
        peer: Option<SocketAddr>,
    ) -> LegIndex {
        let leg = self.leg(role, device, peer, Timestamp::now());
        self.answered(leg);
        leg
    }

    /// Adds a leg to a number outside.
    pub(crate) fn carrier_leg(
        &mut self,
        carrier: String,
        number: String,
        peer: SocketAddr,
    ) -> LegIndex {
        let index = self.leg(LegRole::Callee, None, Some(peer), Timestamp::now());
        if let Some(leg) = self.record.legs.get_mut(index.0) {
            leg.carrier = Some(carrier);
            leg.number = Some(number);
        }
        index
    }

    pub(crate) fn ringing(&mut self, leg: LegIndex) {
        let now = Timestamp::now();
        self.record.ringing_at.get_or_insert(now);
        if let Some(leg) = self.record.legs.get_mut(leg.0) {
            leg.ringing_at.get_or_insert(now);
        }
    }

    pub(crate) fn answered(&mut self, leg: LegIndex) {
        let now = Timestamp::now();
        if leg == CALLER {
            self.record.answered_at.get_or_insert(now);
        }
        if let Some(leg) = self.record.legs.get_mut(leg.0) {
            leg.answered_at.get_or_insert(now);
        }
    }

    /// A leg has ended; only the first end counts.
    pub(crate) fn ended(&mut self, leg: LegIndex, cause: &str, sip_code: Option<u16>) {
        if let Some(leg) = self.record.legs.get_mut(leg.0)
            && leg.ended_at.is_none()
        {
            leg.ended_at = Some(Timestamp::now());
            cause.clone_into(&mut leg.cause);
            leg.sip_code = sip_code;
        }
    }

    pub(crate) fn media(&mut self, leg: LegIndex, stats: LegStats) {
        if let Some(leg) = self.record.legs.get_mut(leg.0) {
            leg.media = Some(MediaRecord {
                packets_received: stats.packets_received,
                packets_sent: stats.packets_sent,
                packets_lost: stats.packets_lost,
                jitter_us: stats.jitter_us,
                mos: crate::media::mos(&stats),
                round_trip_ms: stats.round_trip_us.map(|us| (us + 500) / 1_000),
                far_lost: stats.far.map(|far| far.packets_lost),
                far_jitter_us: stats.far.map(|far| far.jitter_us),
                encrypted: stats.encrypted,
            });
        }
    }

    /// Says in the trace what the exchange has done of its own accord.
    pub(crate) fn note(&mut self, what: &str) {
        let start = &self.record.start;
        let entry = Entry {
            at: Timestamp::now(),
            callflow: start.callflow.clone(),
            version: start.version,
            node: None,
            step: Step::Did {
                what: what.to_owned(),
            },
        };
        self.record.trace.push(entry);
    }

    pub(crate) fn trace(&mut self, entries: Vec<Entry>) {
        self.record.trace.extend(entries);
    }

    /// Words for the record; a name told before is replaced.
    pub(crate) fn tag(&mut self, values: Vec<(String, String)>) {
        self.record.tags.extend(values);
    }

    /// The number that the carrier of a leg was told to dial.
    pub(crate) fn number(&self, leg: LegIndex) -> Option<String> {
        self.record
            .legs
            .get(leg.0)
            .and_then(|leg| leg.number.clone())
    }

    /// Where a leg signals from.
    pub(crate) fn peer(&self, leg: LegIndex) -> Option<SocketAddr> {
        self.record.legs.get(leg.0).and_then(|leg| leg.peer)
    }

    pub(crate) fn start(&self) -> &CallStart {
        &self.record.start
    }

    pub(crate) fn answered_at(&self) -> Option<Timestamp> {
        self.record.answered_at
    }

    /// Whether one of the account's phones talked with a number outside or, when nobody answered, rang nothing else.
    fn went_outside(&self) -> bool {
        let legs = &self.record.legs;
        let called = legs.iter().filter(|leg| leg.role == LegRole::Callee);
        // Whoever answered and pressed no key, or was too late, has not talked.
        let cleared = callflow::Cause::NORMAL_CLEARING.as_str();
        let mut talked = called
            .clone()
            .filter(|leg| leg.answered_at.is_some() && leg.cause == cleared);
        let mut called = called.peekable();
        self.record.start.direction == Direction::Internal
            && match talked.next_back() {
                Some(leg) => leg.carrier.is_some(),
                None => called.peek().is_some() && called.all(|leg| leg.carrier.is_some()),
            }
    }

    /// The whole record of a call that is over.
    pub(crate) fn finish(mut self, cause: &str, sip_code: Option<u16>) -> CallRecord {
        self.ended(CALLER, cause, sip_code);
        let now = Timestamp::now();
        for leg in &mut self.record.legs {
            leg.ended_at.get_or_insert(now);
        }
        if self.went_outside() {
            self.record.start.direction = Direction::Outbound;
        }
        cause.clone_into(&mut self.record.cause);
        self.record.sip_code = sip_code;
        self.record.ended_at = now;
        self.record
    }
}

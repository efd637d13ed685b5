//! The legs of one worker, found by place for packets and by name for commands.

use std::collections::HashMap;

use crate::media::event::LegId;
use crate::media::session::Session;

/// A place in the table together with how often it had been used before, so
/// that a key of a closed leg never finds its successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LegKey {
    place: u32,
    generation: u32,
}

/// Which socket of a leg has something to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Port {
    Rtp,
    Rtcp,
}

/// Set in the number epoll carries for the port of RTCP; places stay far below.
const RTCP: u32 = 1 << 31;

impl LegKey {
    /// As the number epoll carries.
    pub(super) fn to_data(self, port: Port) -> u64 {
        let place = match port {
            Port::Rtp => self.place,
            Port::Rtcp => self.place | RTCP,
        };
        u64::from(self.generation) << 32 | u64::from(place)
    }

    pub(super) fn from_data(data: u64) -> (Self, Port) {
        // The two halves of the number.
        let (generation, place) = ((data >> 32) as u32, data as u32);
        let port = if place & RTCP == 0 {
            Port::Rtp
        } else {
            Port::Rtcp
        };
        let place = place & !RTCP;
        (Self { place, generation }, port)
    }
}

#[derive(Debug, Default)]
pub(super) struct Legs {
    places: Vec<Place>,
    free: Vec<u32>,
    by_id: HashMap<LegId, LegKey>,
}

#[derive(Debug, Default)]
struct Place {
    generation: u32,
    session: Option<Box<Session>>,
}

impl Legs {
    pub(super) fn insert(&mut self, session: Box<Session>) -> LegKey {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place::default());
            (self.places.len() - 1) as u32
        });
        let slot = &mut self.places[place as usize];
        let key = LegKey {
            place,
            generation: slot.generation,
        };
        self.by_id.insert(session.id, key);
        slot.session = Some(session);
        key
    }

    pub(super) fn remove(&mut self, key: LegKey) -> Option<Box<Session>> {
        let slot = self.places.get_mut(key.place as usize)?;
        if slot.generation != key.generation {
            return None;
        }
        let session = slot.session.take()?;
        // The highest generations are those of the worker's own epoll numbers.
        slot.generation = (slot.generation + 1) % (u32::MAX - 1);
        self.free.push(key.place);
        self.by_id.remove(&session.id);
        Some(session)
    }

    pub(super) fn key(&self, leg: LegId) -> Option<LegKey> {
        self.by_id.get(&leg).copied()
    }

    pub(super) fn get_mut(&mut self, key: LegKey) -> Option<&mut Session> {
        let slot = self.places.get_mut(key.place as usize)?;
        if slot.generation != key.generation {
            return None;
        }
        slot.session.as_deref_mut()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Session> {
        self.places
            .iter_mut()
            .filter_map(|place| place.session.as_deref_mut())
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = Session> {
        self.by_id.clear();
        self.free.clear();
        self.places
            .drain(..)
            .filter_map(|place| place.session)
            .map(|session| *session)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

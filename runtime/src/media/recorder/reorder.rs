//! A small buffer that puts packets into order again.

use crate::media::codec::Codec;
use crate::media::rtp::{HEADER, Header, MAX_PACKET};

/// Packets held back while an earlier one is missing: 100 ms at 20 ms each.
pub(super) const REORDER: usize = 5;

/// Packets waiting for an earlier one. Buffers are kept and used again.
#[derive(Debug, Default)]
pub(super) struct Reorder {
    places: [Option<Held>; REORDER],
    used: usize,
    buffers: Vec<Vec<u8>>,
}

#[derive(Debug)]
pub(super) struct Held {
    pub(super) codec: Codec,
    pub(super) head: Header,
    pub(super) payload: Vec<u8>,
}

impl Reorder {
    /// How many packets are held.
    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// Keeps a packet; false when there is no room. A duplicate is forgotten.
    pub(super) fn put(&mut self, codec: Codec, head: Header, payload: &[u8]) -> bool {
        let same = |held: &Held| held.head.timestamp == head.timestamp;
        if self.places.iter().flatten().any(same) {
            return true;
        }
        let Some(place) = self.places.iter_mut().find(|place| place.is_none()) else {
            return false;
        };
        let mut buffer = self
            .buffers
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(MAX_PACKET - HEADER));
        buffer.extend_from_slice(payload);
        *place = Some(Held {
            codec,
            head,
            payload: buffer,
        });
        self.used += 1;
        true
    }

    pub(super) fn take(&mut self, timestamp: u32) -> Option<Held> {
        self.take_where(|held| held.head.timestamp == timestamp)
    }

    pub(super) fn take_earliest(&mut self, from: u32) -> Option<Held> {
        let distance = |held: &Held| held.head.timestamp.wrapping_sub(from);
        let earliest = self.places.iter().flatten().map(distance).min()?;
        self.take_where(|held| distance(held) == earliest)
    }

    fn take_where(&mut self, wanted: impl Fn(&Held) -> bool) -> Option<Held> {
        let place = self
            .places
            .iter_mut()
            .find(|place| place.as_ref().is_some_and(&wanted))?;
        self.used -= 1;
        place.take()
    }

    pub(super) fn give_back(&mut self, mut payload: Vec<u8>) {
        payload.clear();
        self.buffers.push(payload);
    }
}

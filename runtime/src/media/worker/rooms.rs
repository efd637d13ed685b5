//! The rooms of one worker: who is in them, and what is heard there every 20 ms.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::legs::{LegKey, Legs};
use crate::media::FRAME_SAMPLES;
use crate::media::codec::Codec;
use crate::media::event::{LegId, OpId};
use crate::media::jitter::Frame;
use crate::media::mix::Mix;
use crate::media::player::Player;
use crate::media::request::{PlayRequest, PlaySource};
use crate::media::room::RoomId;
use crate::media::session::SendBuffer;

/// Announcements that may wait in a room.
const ANNOUNCEMENTS: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Rooms {
    rooms: Vec<Room>,
    opened: usize,
}

#[derive(Debug)]
struct Room {
    id: RoomId,
    /// Which slot mixes it; any number, to be taken by the number of slots.
    slot: usize,
    released: Arc<AtomicBool>,
    members: Vec<Member>,
    announcements: VecDeque<(Player, Option<LegId>)>,
    announced: Frame,
    mix: Mix,
}

#[derive(Debug)]
struct Member {
    key: LegKey,
    leg: LegId,
    /// What it said last, if anything.
    voice: Frame,
    audible: bool,
}

impl Rooms {
    pub(super) fn open(&mut self, id: RoomId, released: Arc<AtomicBool>) {
        self.opened = self.opened.wrapping_add(1);
        self.rooms.push(Room {
            id,
            slot: self.opened,
            released,
            members: Vec::new(),
            announcements: VecDeque::with_capacity(ANNOUNCEMENTS),
            announced: [0; FRAME_SAMPLES],
            mix: Mix::new(),
        });
    }

    fn find(&mut self, id: RoomId) -> Option<&mut Room> {
        self.rooms.iter_mut().find(|room| room.id == id)
    }

    /// Seats a leg; false when the room is gone.
    pub(super) fn enter(&mut self, id: RoomId, key: LegKey, leg: LegId) -> bool {
        let Some(room) = self.find(id) else {
            return false;
        };
        room.members.push(Member {
            key,
            leg,
            voice: [0; FRAME_SAMPLES],
            audible: false,
        });
        true
    }

    pub(super) fn leave(&mut self, id: RoomId, key: LegKey) {
        if let Some(room) = self.find(id) {
            room.members.retain(|member| member.key != key);
        }
    }

    pub(super) fn announce(&mut self, id: RoomId, sources: Vec<PlaySource>, except: Option<LegId>) {
        if let Some(room) = self.find(id)
            && room.announcements.len() < ANNOUNCEMENTS
        {
            // Nobody is told of its end.
            let player = Player::new(PlayRequest::new(OpId(0), sources));
            room.announcements.push_back((player, except));
        }
    }

    /// Closes one room; its members are left without a seat.
    pub(super) fn close(&mut self, id: RoomId, legs: &mut Legs) {
        if let Some(room) = self.find(id) {
            for member in &room.members {
                if let Some(session) = legs.get_mut(member.key) {
                    session.stand_up();
                }
            }
        }
        self.rooms.retain(|room| room.id != id);
    }

    /// Closes rooms whose handles are gone.
    pub(super) fn sweep(&mut self, legs: &mut Legs) {
        let released = |room: &Room| room.released.load(Ordering::Relaxed).then_some(room.id);
        while let Some(id) = self.rooms.iter().find_map(released) {
            self.close(id, legs);
        }
    }

    /// Mixes the rooms of one of `slots` slots.
    pub(super) fn tick(
        &mut self,
        now: Instant,
        slot: usize,
        slots: usize,
        legs: &mut Legs,
        buffer: &mut SendBuffer,
    ) {
        for room in &mut self.rooms {
            if room.slot % slots == slot && !room.members.is_empty() {
                room.tick(now, legs, buffer);
            }
        }
    }
}

impl Room {
    fn tick(&mut self, now: Instant, legs: &mut Legs, buffer: &mut SendBuffer) {
        self.mix.clear();
        for member in &mut self.members {
            let session = legs.get_mut(member.key);
            member.audible = session.is_some_and(|session| session.hear(&mut member.voice));
            if member.audible {
                self.mix.add(&member.voice);
            }
        }
        let spared = self.next_announcement();
        for member in &self.members {
            let Some(session) = legs.get_mut(member.key) else {
                continue;
            };
            let Some((codec, hears)) = session.listens() else {
                continue;
            };
            let own = member.audible.then_some(&member.voice);
            let announced = (spared == Some(member.leg)).then_some(&self.announced);
            if !hears {
                let silence = [codec.encode(0); FRAME_SAMPLES];
                session.send_mix(now, codec, &silence, buffer);
                continue;
            }
            match (own, announced) {
                (None, None) => session.send_mix(now, codec, self.mix.whole(codec), buffer),
                (Some(one), None) | (None, Some(one)) => {
                    let rest = self.mix.without(&[one], codec);
                    session.send_mix(now, codec, &rest, buffer);
                }
                (Some(one), Some(other)) => {
                    let rest = self.mix.without(&[one, other], codec);
                    session.send_mix(now, codec, &rest, buffer);
                }
            }
        }
    }

    /// Adds the next 20 ms of what is announced; who is not to hear it.
    fn next_announcement(&mut self) -> Option<LegId> {
        let mut encoded = [0; FRAME_SAMPLES];
        while let Some((player, except)) = self.announcements.front_mut() {
            if player.next_frame(Codec::Pcma, &mut encoded) {
                let except = *except;
                self.announced = encoded.map(|byte| Codec::Pcma.decode(byte));
                self.mix.add(&self.announced);
                return except;
            }
            self.announcements.pop_front();
        }
        None
    }
}

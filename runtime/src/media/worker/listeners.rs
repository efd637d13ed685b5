//! Legs that hear what two others receive, every 20 ms, and are heard by nobody.

use std::time::Instant;

use super::legs::{LegKey, Legs};
use crate::media::FRAME_SAMPLES;
use crate::media::event::LegId;
use crate::media::jitter::Frame;
use crate::media::mix::Mix;
use crate::media::session::SendBuffer;

#[derive(Debug, Default)]
pub(super) struct Listeners {
    listeners: Vec<Listener>,
    added: usize,
}

#[derive(Debug)]
struct Listener {
    key: LegKey,
    sources: [Option<LegKey>; 2],
    /// Which slot serves it; any number, to be taken by the number of slots.
    slot: usize,
    voice: Frame,
    mix: Mix,
}

impl Listeners {
    /// Lets a leg listen to two others, as far as they are here.
    pub(super) fn add(&mut self, leg: LegId, sources: [LegId; 2], legs: &mut Legs) {
        let Some(key) = legs.key(leg) else {
            return;
        };
        let sources = sources.map(|source| {
            let source = legs.key(source).filter(|source| *source != key)?;
            legs.get_mut(source)?.tap(key);
            Some(source)
        });
        self.added = self.added.wrapping_add(1);
        self.listeners.push(Listener {
            key,
            sources,
            slot: self.added,
            voice: [0; FRAME_SAMPLES],
            mix: Mix::new(),
        });
    }

    /// Ends the listening of a leg, if it listens.
    pub(super) fn remove(&mut self, key: LegKey, legs: &mut Legs) {
        let Some(at) = self.listeners.iter().position(|it| it.key == key) else {
            return;
        };
        let listener = self.listeners.swap_remove(at);
        for source in listener.sources.into_iter().flatten() {
            if let Some(session) = legs.get_mut(source) {
                session.stop_tap(key);
            }
        }
        if let Some(session) = legs.get_mut(key) {
            session.listen_no_more();
        }
    }

    /// Serves the listeners of one of `slots` slots.
    pub(super) fn tick(
        &mut self,
        now: Instant,
        slot: usize,
        slots: usize,
        legs: &mut Legs,
        buffer: &mut SendBuffer,
    ) {
        for listener in &mut self.listeners {
            if listener.slot % slots == slot {
                listener.tick(now, legs, buffer);
            }
        }
    }
}

impl Listener {
    fn tick(&mut self, now: Instant, legs: &mut Legs, buffer: &mut SendBuffer) {
        self.mix.clear();
        for source in self.sources.into_iter().flatten() {
            if let Some(session) = legs.get_mut(source)
                && session.tapped(self.key, &mut self.voice)
            {
                self.mix.add(&self.voice);
            }
        }
        if let Some(session) = legs.get_mut(self.key)
            && let Some(codec) = session.may_send_mix()
        {
            session.send_mix(now, codec, self.mix.whole(codec), buffer);
        }
    }
}

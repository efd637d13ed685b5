//! What the caller hears while phones ring.

use super::super::audio::{self, Audio};
use super::super::play::OWN;
use super::super::{Call, Work};
use crate::media::{self, Loops, PlayRequest, PlaySource};
use crate::sound::{Prepared, add_tones};
use callflow::Tones;
use callflow::command::{Dial, OpId, Sound};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The number of the playback.
const RINGBACK: media::OpId = media::OpId(OWN);

/// One ring in the tones of a country; computed once for each.
fn rings(tones: Tones) -> Vec<PlaySource> {
    static KNOWN: Mutex<Option<HashMap<Tones, Vec<PlaySource>>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default().entry(tones);
    known
        .or_insert_with(|| {
            let mut ring = Prepared::default();
            if let Err(error) = add_tones(&tones.ringback(1), &mut ring) {
                tracing::error!(error, ?tones, "nobody hears it ring");
            }
            ring.sources
        })
        .clone()
}

/// What the caller hears.
#[derive(Debug)]
pub(super) struct Ringback {
    /// The callflow's own sound takes the place of the ordinary ringback.
    own: bool,
    playing: bool,
}

impl Ringback {
    pub(super) fn new(terms: &Dial) -> Self {
        Self {
            own: terms.ringback.is_some(),
            playing: false,
        }
    }

    fn play(&mut self, caller: &Audio, sources: Vec<PlaySource>) {
        if !self.playing {
            self.playing = true;
            let request = PlayRequest::new(RINGBACK, sources).with_loops(Loops::Endless);
            audio::warn(caller.leg.play(request));
        }
    }

    pub(super) fn stop(&mut self, caller: &Audio) {
        if std::mem::take(&mut self.playing) {
            audio::warn(caller.leg.cancel(RINGBACK));
        }
    }
}

impl Call {
    /// Gets the callflow's own ringback ready.
    pub(super) fn start_ringback(&self, op: OpId, sound: Option<&Sound>) {
        let Some(sound) = sound.cloned().filter(|_| self.parked.is_none()) else {
            return;
        };
        let shared = Arc::clone(&self.shared);
        let account = Arc::clone(&self.account);
        let done = self.work.0.clone();
        tokio::spawn(async move {
            let sounds = shared.sounds.prepare(&account, &[sound]).await;
            // The call may have ended meanwhile.
            let _ended = done.send(Work::Ringback { op, sounds }).await;
        });
    }

    pub(crate) async fn ringback_prepared(&mut self, op: OpId, sounds: Result<Prepared, String>) {
        if self.dialling.as_ref().is_none_or(|dial| dial.op() != op) {
            return;
        }
        match sounds {
            Ok(sounds) if self.open_early().await => {
                if let Some(dialling) = &mut self.dialling {
                    dialling.ringback.play(&self.caller.audio, sounds.sources);
                }
            }
            _ => {
                // Then the ordinary ringback has to do.
                if let Some(dialling) = &mut self.dialling {
                    dialling.ringback.own = false;
                }
                self.ring_back().await;
            }
        }
    }

    /// Another caller is to hear what is going on.
    pub(crate) async fn ring_anew(&mut self) {
        let Some(dialling) = &mut self.dialling else {
            return;
        };
        dialling.ringback.playing = false;
        match dialling.early {
            Some(early) => self.pass_early(early),
            None => self.ring_back().await,
        }
    }

    /// A phone rings: so the caller hears it ring, by the caller's own phone or, once audio is open,
    /// by ours.
    pub(super) async fn ring_back(&mut self) {
        let Some(dialling) = self.dialling.as_mut().filter(|_| self.parked.is_none()) else {
            return; // who is parked hears music
        };
        if dialling.ringback.own || dialling.early.is_some() {
            return;
        }
        if !self.caller.hears() {
            self.ring_caller().await;
            return;
        }
        let rings = rings(Tones::of(&self.account));
        dialling.ringback.play(&self.caller.audio, rings);
    }
}

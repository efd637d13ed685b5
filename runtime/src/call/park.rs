//! A caller in a parking slot.

use super::audio;
use super::hold::MUSIC;
use super::{Call, Work};
use crate::live::{self, Change};
use crate::media::{Loops, PlayRequest, PlaySource};
use crate::sound::Prepared;
use crate::switchboard::Slot;
use callflow::Event;
use callflow::command::{OpId, Park, PresenceState};
use sip::subscribe::{DialogPhase, DialogState};
use std::sync::Arc;

/// A parked caller.
pub(crate) struct Parked {
    op: OpId,
    /// Free again when this is dropped.
    slot: Slot,
    /// The lamp that is lit, `id@realm`.
    lamp: Option<String>,
    /// What the caller hears, once it is ready.
    music: Vec<PlaySource>,
}

impl Parked {
    pub(crate) fn op(&self) -> OpId {
        self.op
    }

    pub(crate) fn slot(&self) -> &str {
        self.slot.name()
    }
}

impl Call {
    /// Puts the caller into a slot.
    pub(crate) async fn start_park(&mut self, op: OpId, park: Park) {
        self.stop_parking().await;
        let slot = match self.place.take_slot(park.slot, park.last_slot) {
            Ok(slot) => slot,
            Err(how) => {
                self.events.push_back(Event::Unparked { op, how });
                return;
            }
        };
        let name = slot.name().to_owned();
        let lamp = park.lamp.replace("{slot}", &name);
        let lamp = self.light_slot(&lamp, park.lamp_state).await;
        self.parked = Some(Parked {
            op,
            slot,
            lamp,
            music: Vec::new(),
        });
        self.events.push_back(Event::Parked { op, slot: name });
        let settings = self.account.directory.settings();
        let music = park
            .music
            .or_else(|| self.medium(&settings.music_on_hold.0));
        let Some(music) = music else {
            return;
        };
        let shared = Arc::clone(&self.shared);
        let account = Arc::clone(&self.account);
        let done = self.work.0.clone();
        tokio::spawn(async move {
            let sounds = shared.sounds.prepare(&account, &[music]).await;
            // The call may have ended meanwhile.
            let _ended = done.send(Work::ParkingMusic { op, sounds }).await;
        });
    }

    pub(crate) async fn parking_music_prepared(
        &mut self,
        op: OpId,
        sounds: Result<Prepared, String>,
    ) {
        let Ok(sounds) = sounds else {
            return; // silence, then
        };
        if self.parked.as_ref().is_some_and(|it| it.op == op) && self.open_early().await {
            if let Some(parked) = &mut self.parked {
                parked.music = sounds.sources;
            }
            self.play_parking_music();
        }
    }

    /// Plays to a parked caller, unless the callflow plays something.
    pub(crate) fn play_parking_music(&self) {
        if let Some(parked) = &self.parked
            && self.play.is_none()
            && !parked.music.is_empty()
        {
            let request = PlayRequest::new(MUSIC, parked.music.clone());
            let request = request.with_loops(Loops::Endless);
            audio::warn(self.caller.audio.leg.play(request));
        }
    }

    /// Takes the caller out of the slot.
    pub(crate) async fn stop_parking(&mut self) {
        let Some(parked) = self.parked.take() else {
            return;
        };
        audio::warn(self.caller.audio.leg.cancel(MUSIC));
        if let Some(lamp) = parked.lamp {
            let change = Change::DialogEnded {
                resources: vec![lamp],
                id: self.slot_lamp(),
            };
            self.shared.signalling.live(change).await;
        }
    }

    /// Lights the lamp of a slot; the lamp, if it can be lit.
    async fn light_slot(&mut self, lamp: &str, state: PresenceState) -> Option<String> {
        let phase = match state {
            PresenceState::Idle => return None,
            PresenceState::Ringing => DialogPhase::Early,
            PresenceState::Busy => DialogPhase::Confirmed,
        };
        let lamp = live::qualified(lamp, &self.account.realm)?;
        let caller = &self.caller.party;
        let dialog = DialogState {
            id: self.slot_lamp(),
            initiator: false,
            phase,
            remote: Some((
                caller.name.clone(),
                format!("sip:{}@{}", caller.number, self.account.realm),
            )),
        };
        let change = Change::Dialog {
            resources: vec![lamp.clone()],
            dialog,
        };
        self.shared.signalling.live(change).await;
        Some(lamp)
    }

    /// Names the parked caller among what is shown of this call.
    fn slot_lamp(&self) -> String {
        format!("{}/park", self.id())
    }
}

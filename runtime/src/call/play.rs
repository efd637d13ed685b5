//! Playing to the caller.

use super::audio;
use super::{Call, Work};
use crate::media::{self, Loops, PlayRequest};
use crate::sound::Prepared;
use callflow::Event;
use callflow::command::{OpId, Repeat, Sound};
use std::sync::Arc;

/// Playbacks that the callflow did not ask for have numbers from here on.
pub(crate) const OWN: u64 = 1 << 63;

impl Call {
    /// Gets sounds ready beside the call, then plays them.
    pub(crate) fn start_play(&mut self, op: OpId, sounds: Vec<Sound>, repeat: Repeat) {
        if let Some(before) = self.play.replace(op) {
            // A leg plays one thing at a time.
            self.events.push_back(Event::PlayEnded { op: before });
        }
        let shared = Arc::clone(&self.shared);
        let account = Arc::clone(&self.account);
        let done = self.work.0.clone();
        tokio::spawn(async move {
            let sounds = shared.sounds.prepare(&account, &sounds).await;
            // The call may have ended meanwhile.
            let _ended = done.send(Work::Prepared { op, repeat, sounds }).await;
        });
    }

    pub(crate) async fn play_prepared(
        &mut self,
        op: OpId,
        repeat: Repeat,
        sounds: Result<Prepared, String>,
    ) {
        if self.play != Some(op) {
            return;
        }
        if let Err(reason) = self.play_now(op, repeat, sounds).await {
            self.play = None;
            self.events.push_back(Event::Failed { op, reason });
            self.play_parking_music();
        }
    }

    async fn play_now(
        &mut self,
        op: OpId,
        repeat: Repeat,
        sounds: Result<Prepared, String>,
    ) -> Result<(), String> {
        let sounds = sounds?;
        if !self.open_early().await {
            return Err("the caller can hear nothing before the answer".to_owned());
        }
        let loops = match repeat {
            _ if sounds.endless => Loops::Endless,
            Repeat::Forever => Loops::Endless,
            Repeat::Times(times) => Loops::Times(times),
        };
        let request = PlayRequest::new(media::OpId(op.0), sounds.sources).with_loops(loops);
        let played = self.caller.audio.leg.play(request);
        played.map_err(|error| error.to_string())
    }

    pub(crate) fn play_finished(&mut self, op: media::OpId) {
        let op = OpId(op.0);
        if self.play == Some(op) {
            self.play = None;
            self.events.push_back(Event::PlayEnded { op });
            self.play_parking_music();
        }
    }

    pub(crate) fn stop_play(&mut self) {
        if let Some(op) = self.play.take() {
            audio::warn(self.caller.audio.leg.cancel(media::OpId(op.0)));
            self.play_parking_music();
        }
    }
}

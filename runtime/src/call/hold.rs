//! What a side of a conversation changes of its session: hold, resume, another address or codec; and music on hold.

use super::audio;
use super::bridge::Bridged;
use super::line::Said;
use super::play::OWN;
use super::transfer::Transfer;
use super::{Call, Due, Work};
use crate::media::{self, Loops, PlayRequest};
use crate::sound::Prepared;
use callflow::command::Sound;
use sip::command::{Command as SipCommand, CommandError};
use sip::event::CallId;
use std::sync::Arc;

/// The number of the playback of music on hold.
pub(crate) const MUSIC: media::OpId = media::OpId(OWN + 2);

/// After how many milliseconds a phone that could not take an offer is offered again.
const OFFER_AGAIN_MS: u64 = 500;

impl Call {
    /// A side changes its session: hold, resume, another address or codec.
    pub(crate) async fn offered(&mut self, call: CallId, sdp: Option<&[u8]>) {
        let Some(audio) = self.audio_of(call) else {
            self.tell(call, SipCommand::RefuseOffer { code: 488 }).await;
            return;
        };
        let held = audio.is_held();
        let response = audio.respond(sdp);
        // As before, when the offer is refused.
        let holds = audio.is_held();
        self.tell(call, response).await;
        if held != holds {
            self.hold_in_room(holds);
            self.pass_hold(call, holds).await;
        }
        self.offer_direction(call).await;
    }

    /// Offers a side the direction that it does not know yet. A side that cannot take an offer now is asked later.
    pub(crate) async fn offer_direction(&mut self, call: CallId) {
        let Some(audio) = self.audio_of(call).filter(|audio| audio.must_offer()) else {
            return;
        };
        let sdp = audio.offer();
        let offer = SipCommand::Offer { sdp };
        let made = self.shared.signalling.command(call, offer).await;
        let Err(error) = made else {
            return;
        };
        if let Some(audio) = self.audio_of(call) {
            audio.offer_unsent();
        }
        // A leg that has gone says so by an event of its own.
        if matches!(error, CommandError::WrongState | CommandError::Overloaded) {
            self.timers.set(OFFER_AGAIN_MS, Due::Offer(call));
        }
    }

    /// The side that is put on hold is told, so that it can say so and need not send.
    pub(crate) async fn pass_hold(&mut self, from: CallId, hold: bool) {
        let Some(bridged) = &mut self.bridged else {
            return;
        };
        let holder = match bridged.party.phone().filter(|fork| fork.call == from) {
            Some(fork) => fork.device.clone(),
            None => self.caller.device.clone(),
        };
        let music = holder.filter(|_| hold).and_then(|it| self.music_of(&it));
        let Some(bridged) = &mut self.bridged else {
            return;
        };
        if let Some(neighbour) = bridged.neighbour_mut() {
            neighbour.line.say(if hold {
                Said::Hold(music)
            } else {
                Said::Resume
            });
            return;
        }
        let other = match bridged.party.phone() {
            Some(fork) if from == self.caller.leg => fork.call,
            _ => self.caller.leg,
        };
        self.hold(other, hold, music).await;
    }

    /// Puts a side of the conversation on hold, or takes it back.
    pub(crate) async fn hold(&mut self, side: CallId, hold: bool, music: Option<Sound>) {
        if let Some(conversation) = self.conversation_of(side) {
            conversation.music = hold.then_some(side);
        }
        let Some(audio) = self.audio_of(side) else {
            return;
        };
        if !hold {
            audio::warn(audio.leg.cancel(MUSIC));
        }
        audio.hold(hold);
        self.offer_direction(side).await;
        if let Some(music) = music.filter(|_| hold) {
            self.start_music(side, music);
        }
    }

    /// The conversation that a side is in: one that waits, or the one that goes on.
    fn conversation_of(&mut self, side: CallId) -> Option<&mut Bridged> {
        let waiting = self.transfer.as_mut().and_then(Transfer::conversation_mut);
        let waiting = waiting.filter(|it| it.party.phone().is_some_and(|phone| phone.call == side));
        waiting.or(self.bridged.as_mut())
    }

    /// What those hear who are put on hold by a device: its owner's music.
    pub(crate) fn music_of(&self, device: &str) -> Option<Sound> {
        let directory = &self.account.directory;
        let owner = directory.device(device)?.owner.as_ref()?;
        self.medium(&directory.user(owner.id())?.music_on_hold.0)
    }

    fn start_music(&self, leg: CallId, music: Sound) {
        let shared = Arc::clone(&self.shared);
        let account = Arc::clone(&self.account);
        let done = self.work.0.clone();
        tokio::spawn(async move {
            let sounds = shared.sounds.prepare(&account, &[music]).await;
            // The call may have ended meanwhile.
            let _ended = done.send(Work::Music { leg, sounds }).await;
        });
    }

    pub(crate) fn music_prepared(&mut self, leg: CallId, sounds: Result<Prepared, String>) {
        let conversation = self.conversation_of(leg);
        if conversation.is_none_or(|it| it.music != Some(leg)) {
            return;
        }
        let Some(audio) = self.audio_of(leg) else {
            return;
        };
        if let Ok(sounds) = sounds {
            let request = PlayRequest::new(MUSIC, sounds.sources).with_loops(Loops::Endless);
            audio::warn(audio.leg.play(request));
        }
    }

    /// A side has answered our offer. What was wanted of it may have changed meanwhile.
    pub(crate) async fn offer_answered(&mut self, call: CallId, sdp: Option<&[u8]>) {
        let Some(audio) = self.audio_of(call) else {
            return;
        };
        audio.offer_settled();
        if sdp.is_some_and(|sdp| audio.accept(sdp).is_err()) {
            tracing::info!(
                call = self.id(),
                "an answer cannot be used; the session stays as it was"
            );
        }
        self.offer_direction(call).await;
    }

    /// A side has refused our offer. The same is not offered again.
    pub(crate) async fn offer_refused(&mut self, call: CallId, code: u16) {
        let Some(audio) = self.audio_of(call) else {
            return;
        };
        audio.offer_settled();
        tracing::info!(call = self.id(), code, "a phone has refused an offer");
        self.offer_direction(call).await;
    }

    /// The music that a medium's reference names, if the account has it.
    pub(crate) fn medium(&self, reference: &str) -> Option<Sound> {
        // A path `/account/id` names the medium by its last part.
        let id = reference.rsplit('/').next().filter(|id| !id.is_empty())?;
        self.account.directory.media(id)?;
        Some(Sound::Media(id.to_owned()))
    }
}

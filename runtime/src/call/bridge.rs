//! A conversation: two legs connected until one of them goes.

use super::audio::{self, Audio};
use super::caller::Caller;
use super::dial::{self, Fork};
use super::play::OWN;
use super::{Call, Due, Work};
use crate::media::{self, Key, LegId, Loops, PlayRequest};
use crate::sound::Prepared;
use callflow::command::{OpId, Sound};
use callflow::event::Side;
use callflow::{Cause, Event};
use sip::command::{Command as SipCommand, CommandError};
use sip::event::CallId;
use std::sync::Arc;

/// The number of the sending of relayed keys.
const RELAYED: media::OpId = media::OpId(OWN + 1);
/// The number of the playback of music on hold.
const MUSIC: media::OpId = media::OpId(OWN + 2);

/// After how many milliseconds a phone that could not take an offer is offered again.
const OFFER_AGAIN_MS: u64 = 500;

/// A conversation.
pub(crate) struct Bridged {
    op: OpId,
    pub(crate) fork: Fork,
    /// The side that is on hold and hears music.
    music: Option<CallId>,
}

impl Bridged {
    pub(crate) fn op(&self) -> OpId {
        self.op
    }

    /// Gives a key told by INFO to the other side. Keys in RTP are relayed by the media plane.
    pub(crate) fn relay_key(&self, caller: &Caller, from: CallId, key: Key) {
        let other = if from == self.fork.call {
            &caller.audio
        } else {
            &self.fork.audio
        };
        audio::warn(other.leg.send_digits(RELAYED, vec![key]));
    }
}

impl Call {
    /// Connects the caller with the phone that answered.
    pub(crate) async fn start_bridge(&mut self, op: OpId, dial: OpId) {
        let Some(winner) = self.winner.take_if(|winner| winner.dial == dial) else {
            let reason = "no phone has answered this attempt".to_owned();
            self.events.push_back(Event::Failed { op, reason });
            return;
        };
        if winner.ended {
            let by = Side::Callee;
            self.let_go(winner.fork).await;
            self.events.push_back(Event::BridgeEnded { op, by });
            return;
        }
        if let Err(reason) = self.answer().await {
            self.hang_up(winner.fork, &Cause::ORIGINATOR_CANCEL, None)
                .await;
            self.events.push_back(Event::Failed { op, reason });
            return;
        }
        let fork = winner.fork;
        audio::warn(self.caller.audio.leg.bridge(&fork.audio.leg));
        let timeout = self.shared.config.rtp_timeout;
        audio::warn(fork.audio.leg.set_rtp_timeout(timeout));
        self.bridged = Some(Bridged {
            op,
            fork,
            music: None,
        });
    }

    /// Ends the conversation and the callee's leg. `by` is told to the callflow.
    pub(crate) async fn end_bridge(&mut self, by: Option<Side>) {
        let Some(bridged) = self.bridged.take() else {
            return;
        };
        audio::warn(self.caller.audio.leg.unbridge());
        let op = bridged.op;
        self.hang_up(bridged.fork, &Cause::NORMAL_CLEARING, None)
            .await;
        if let Some(by) = by {
            self.events.push_back(Event::BridgeEnded { op, by });
        }
    }

    /// A called phone has hung up.
    pub(crate) async fn callee_ended(&mut self, call: CallId) {
        self.confirming_ended(call).await;
        if let Some(winner) = &mut self.winner
            && winner.fork.call == call
        {
            winner.ended = true;
            self.record
                .ended(winner.fork.record, Cause::NORMAL_CLEARING.as_str(), None);
            return;
        }
        if let Some(bridged) = self.bridged.take_if(|it| it.fork.call == call) {
            audio::warn(self.caller.audio.leg.unbridge());
            let (op, by) = (bridged.op, Side::Callee);
            let cause = Cause::NORMAL_CLEARING;
            self.record.ended(bridged.fork.record, cause.as_str(), None);
            self.let_go(bridged.fork).await;
            self.events.push_back(Event::BridgeEnded { op, by });
        }
    }

    /// No audio has come on a leg for too long. On hold that means nothing; session timers watch over such a leg.
    pub(crate) async fn silent(&mut self, leg: LegId) {
        let bridged = self.bridged.as_ref().map(|it| &it.fork.audio);
        let mut audios = std::iter::once(&self.caller.audio).chain(bridged);
        if audios.any(|audio| audio.leg.id() == leg && audio.may_be_silent()) {
            return;
        }
        if leg == self.caller.audio.leg.id() {
            tracing::info!(call = self.id(), "the caller has been silent for too long");
            self.hang_up_caller(Cause::MEDIA_TIMEOUT).await;
        } else if self
            .bridged
            .as_ref()
            .is_some_and(|it| it.fork.audio.leg.id() == leg)
        {
            tracing::info!(call = self.id(), "the callee has been silent for too long");
            self.end_bridge(Some(Side::Exchange)).await;
        }
    }

    /// A side changes its session: hold, resume, another address or codec.
    pub(crate) async fn offered(&mut self, call: CallId, sdp: Option<&[u8]>) {
        let Some(audio) = self.audio_of(call) else {
            self.tell(call, SipCommand::RefuseOffer { code: 488 }).await;
            return;
        };
        let held = audio.is_held();
        let answer = match sdp {
            Some(offer) => audio.answer(offer),
            None => Ok(audio.offer()),
        };
        let holds = audio.is_held();
        match answer {
            Ok(sdp) => {
                self.tell(call, SipCommand::AcceptOffer { sdp }).await;
                if held != holds {
                    self.pass_hold(call, holds).await;
                }
            }
            Err(_) => self.tell(call, SipCommand::RefuseOffer { code: 488 }).await,
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
    async fn pass_hold(&mut self, from: CallId, hold: bool) {
        let caller = self.caller.leg;
        let Some(bridged) = &mut self.bridged else {
            return;
        };
        let callee = bridged.fork.device.clone();
        let (other, audio) = if from == caller {
            (bridged.fork.call, &mut bridged.fork.audio)
        } else {
            (caller, &mut self.caller.audio)
        };
        bridged.music = hold.then_some(other);
        if !hold {
            audio::warn(audio.leg.cancel(MUSIC));
        }
        audio.hold(hold);
        self.offer_direction(other).await;
        let holder = if from == caller {
            self.record.start().device.clone()
        } else {
            callee
        };
        if let Some(music) = holder.filter(|_| hold).and_then(|it| self.music_of(&it)) {
            self.start_music(other, music);
        }
    }

    /// What those hear who are put on hold by a device: its owner's music.
    fn music_of(&self, device: &str) -> Option<Sound> {
        let directory = &self.account.directory;
        let owner = directory.device(device)?.owner.as_ref()?;
        let music = &directory.user(owner.id())?.music_on_hold.0;
        // A path `/account/id` names the medium by its last part.
        let id = music.rsplit('/').next().filter(|id| !id.is_empty())?;
        directory.media(id)?;
        Some(Sound::Media(id.to_owned()))
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
        let Some(bridged) = self.bridged.as_ref().filter(|it| it.music == Some(leg)) else {
            return;
        };
        let audio = if leg == self.caller.leg {
            &self.caller.audio
        } else {
            &bridged.fork.audio
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

    fn audio_of(&mut self, call: CallId) -> Option<&mut Audio> {
        if call == self.caller.leg {
            return Some(&mut self.caller.audio);
        }
        let bridged = self.bridged.as_mut().map(|it| &mut it.fork);
        let winner = self.winner.as_mut().map(|it| &mut it.fork);
        let confirming = self
            .dialling
            .iter_mut()
            .flat_map(dial::Dialling::confirming);
        bridged
            .into_iter()
            .chain(winner)
            .chain(confirming)
            .find(|fork| fork.call == call)
            .map(|fork| &mut fork.audio)
    }
}

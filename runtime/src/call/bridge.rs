//! A conversation: two legs connected until one of them goes. One of them may belong to another call, at the other
//! end of a line.

use super::audio::{self, Audio};
use super::line::{Line, Said};
use super::party::{Neighbour, Party};
use super::play::OWN;
use super::{Call, Due, Work};
use crate::media::{self, Key, LegId, Loops, PlayRequest};
use crate::sound::Prepared;
use callflow::command::{OpId, Sound, Unparked};
use callflow::event::Side;
use callflow::{Cause, Event};
use sip::command::{Command as SipCommand, CommandError};
use sip::event::CallId;
use std::sync::Arc;

/// The number of the sending of relayed keys.
const RELAYED: media::OpId = media::OpId(OWN + 1);
/// The number of the playback of music on hold.
pub(crate) const MUSIC: media::OpId = media::OpId(OWN + 2);

/// After how many milliseconds a phone that could not take an offer is offered again.
const OFFER_AGAIN_MS: u64 = 500;

/// A conversation.
pub(crate) struct Bridged {
    pub(crate) op: OpId,
    pub(crate) kind: Kind,
    pub(crate) party: Party,
    /// Who has taken the caller's place: the conversation goes on without the caller and without the callflow.
    pub(crate) stand_in: Option<Neighbour>,
    /// The side that is on hold and hears music.
    pub(crate) music: Option<CallId>,
    /// Other calls that listen. They are told by the end of their lines.
    pub(crate) listeners: Vec<Line>,
}

/// What a conversation is to the callflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What it asked for.
    Bridge,
    /// The end of a parking: somebody has fetched the caller.
    Fetched,
}

impl Bridged {
    pub(crate) fn new(op: OpId, kind: Kind, party: Party) -> Self {
        Self {
            op,
            kind,
            party,
            stand_in: None,
            music: None,
            listeners: Vec::new(),
        }
    }

    /// The operation of the callflow, if it still takes part.
    pub(crate) fn op(&self) -> Option<OpId> {
        self.stand_in.is_none().then_some(self.op)
    }

    /// The other call that takes part.
    pub(crate) fn neighbour_mut(&mut self) -> Option<&mut Neighbour> {
        match &mut self.stand_in {
            Some(stand_in) => Some(stand_in),
            None => self.party.neighbour_mut(),
        }
    }

    /// How the callflow is told that it is over.
    pub(crate) fn over(&self, by: Side) -> Option<Event> {
        let op = self.op()?;
        match self.kind {
            Kind::Bridge => Some(Event::BridgeEnded { op, by }),
            // The hang-up of the caller says enough.
            Kind::Fetched if by == Side::Caller => None,
            Kind::Fetched => Some(Event::Unparked {
                op,
                how: Unparked::Retrieved,
            }),
        }
    }
}

impl Call {
    /// Connects the caller with whoever answered.
    pub(crate) async fn start_bridge(&mut self, op: OpId, dial: OpId) {
        let Some(mut winner) = self.winner.take_if(|winner| winner.dial == dial) else {
            let reason = "no phone has answered this attempt".to_owned();
            self.events.push_back(Event::Failed { op, reason });
            return;
        };
        if winner.ended {
            let by = Side::Callee;
            if let Party::Phone(fork) = winner.party {
                self.let_go(fork).await;
            }
            self.events.push_back(Event::BridgeEnded { op, by });
            return;
        }
        if let Err(reason) = self.answer().await {
            self.leave(winner.party, &Cause::ORIGINATOR_CANCEL).await;
            self.events.push_back(Event::Failed { op, reason });
            return;
        }
        if let Some(fork) = winner.party.phone_mut() {
            // A conference may have moved the caller meanwhile.
            let near = fork.audio.leg.move_near(&self.caller.audio.leg).await;
            audio::warn(near);
            audio::warn(self.caller.audio.leg.bridge(&fork.audio.leg));
            let timeout = self.shared.config.rtp_timeout;
            audio::warn(fork.audio.leg.set_rtp_timeout(timeout));
        }
        self.bridged = Some(Bridged::new(op, Kind::Bridge, winner.party));
        self.connect().await;
    }

    /// Ends the conversation and the callee's leg. `by` is told to the callflow.
    pub(crate) async fn end_bridge(&mut self, by: Option<Side>) {
        let Some(bridged) = self.bridged.take() else {
            return;
        };
        audio::warn(self.caller.audio.leg.unbridge());
        let told = by.and_then(|by| bridged.over(by));
        let cause = Cause::NORMAL_CLEARING;
        if let Some(stand_in) = bridged.stand_in {
            self.record.ended(stand_in.record, cause.as_str(), None);
        }
        self.leave(bridged.party, &cause).await;
        self.events.extend(told);
    }

    /// A called phone has hung up.
    pub(crate) async fn callee_ended(&mut self, call: CallId) {
        let is_it = |party: &Party| party.phone().is_some_and(|fork| fork.call == call);
        let cause = Cause::NORMAL_CLEARING;
        if let Some(winner) = &mut self.winner
            && let Some(fork) = winner.party.phone()
            && fork.call == call
        {
            winner.ended = true;
            self.record.ended(fork.record, cause.as_str(), None);
            return;
        }
        if let Some(bridged) = self.bridged.take_if(|it| is_it(&it.party)) {
            audio::warn(self.caller.audio.leg.unbridge());
            let told = bridged.over(Side::Callee);
            if let Some(stand_in) = &bridged.stand_in {
                self.record.ended(stand_in.record, cause.as_str(), None);
            }
            if let Party::Phone(fork) = bridged.party {
                self.record.ended(fork.record, cause.as_str(), None);
                self.let_go(fork).await;
            }
            self.events.extend(told);
        }
    }

    /// No audio has come on a leg for too long. On hold that means nothing; session timers watch over such a leg.
    pub(crate) async fn silent(&mut self, leg: LegId) {
        let phone = self.bridged.as_ref().and_then(|it| it.party.phone());
        let bridged = phone.map(|fork| &fork.audio);
        let mut audios = std::iter::once(&self.caller.audio).chain(bridged);
        if audios.any(|audio| audio.leg.id() == leg && audio.may_be_silent()) {
            return;
        }
        if leg == self.caller.audio.leg.id() {
            tracing::info!(call = self.id(), "the caller has been silent for too long");
            self.hang_up_caller(Cause::MEDIA_TIMEOUT).await;
        } else if bridged.is_some_and(|audio| audio.leg.id() == leg) {
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
                    self.hold_in_room(holds);
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
    pub(crate) async fn pass_hold(&mut self, from: CallId, hold: bool) {
        let Some(bridged) = &mut self.bridged else {
            return;
        };
        let holder = match bridged.party.phone().filter(|fork| fork.call == from) {
            Some(fork) => Some(fork.device.clone()),
            None => self.record.start().device.clone(),
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
        if let Some(bridged) = &mut self.bridged {
            bridged.music = hold.then_some(side);
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
        if self.bridged.as_ref().is_none_or(|it| it.music != Some(leg)) {
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

    /// The audio of the caller or of a phone that has answered.
    pub(crate) fn audio_of(&mut self, call: CallId) -> Option<&mut Audio> {
        if call == self.caller.leg {
            return Some(&mut self.caller.audio);
        }
        let bridged = self.bridged.as_mut().map(|it| &mut it.party);
        let winner = self.winner.as_mut().map(|it| &mut it.party);
        let mut phones = bridged
            .into_iter()
            .chain(winner)
            .filter_map(Party::phone_mut);
        let fork = phones.find(|fork| fork.call == call)?;
        Some(&mut fork.audio)
    }

    /// Gives a key told by INFO to the other side. Keys in RTP are relayed by the media plane.
    pub(crate) fn relay_key(&mut self, from: CallId, key: Key) {
        let caller = self.caller.leg;
        let Some(bridged) = &mut self.bridged else {
            return;
        };
        if let Some(neighbour) = bridged.neighbour_mut() {
            neighbour.line.say(Said::Key(key));
            return;
        }
        let other = match bridged.party.phone() {
            Some(fork) if from == caller => fork.call,
            _ => caller,
        };
        self.send_key(other, key);
    }

    /// Sends one key to a side of the conversation.
    pub(crate) fn send_key(&mut self, side: CallId, key: Key) {
        if let Some(audio) = self.audio_of(side) {
            audio::warn(audio.leg.send_digits(RELAYED, vec![key]));
        }
    }
}

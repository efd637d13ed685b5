//! A conversation: two legs connected until one of them goes. One of them may belong to another call, at the other
//! end of a line.

use super::Call;
use super::audio::{self, Audio};
use super::dial::Dialling;
use super::line::{Line, Said};
use super::party::{Neighbour, Party};
use super::play::OWN;
use super::transfer::Transfer;
use crate::media::{self, Key, LegId};
use callflow::command::{OpId, Unparked};
use callflow::event::Side;
use callflow::{Cause, Event};
use sip::event::CallId;

/// The number of the sending of relayed keys.
const RELAYED: media::OpId = media::OpId(OWN + 1);
/// A conversation.
pub(crate) struct Bridged {
    pub(crate) op: OpId,
    pub(crate) kind: Kind,
    pub(crate) party: Party,
    /// Who has taken the caller's place: the conversation goes on without the caller and without the callflow.
    pub(crate) stand_in: Option<Neighbour>,
    /// The side that is on hold and hears music.
    pub(crate) music: Option<CallId>,
    /// Who has put the other side on hold by keys, and the key that takes it back.
    pub(crate) held_by_keys: Option<(CallId, char)>,
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
            held_by_keys: None,
            listeners: Vec::new(),
        }
    }

    /// The operation of the callflow, if it still takes part.
    pub(crate) fn op(&self) -> Option<OpId> {
        self.stand_in.is_none().then_some(self.op)
    }

    /// The other call that takes part.
    pub(crate) fn neighbour(&self) -> Option<&Neighbour> {
        match (&self.stand_in, &self.party) {
            (Some(neighbour), _) | (None, Party::Call(neighbour)) => Some(neighbour),
            (None, Party::Phone(_)) => None,
        }
    }

    /// The same, to speak with it.
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
        self.begin_tapes();
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
        self.confirming_ended(call).await;
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

    /// The audio of the caller or of a phone that has answered.
    pub(crate) fn audio_of(&mut self, call: CallId) -> Option<&mut Audio> {
        if call == self.caller.leg {
            return Some(&mut self.caller.audio);
        }
        let paged = self.paging.as_mut().and_then(|it| it.audio_of(call));
        if paged.is_some() {
            return paged;
        }
        let before = self.transfer.as_mut().and_then(Transfer::conversation_mut);
        let bridged = self.bridged.as_mut().into_iter().chain(before);
        let bridged = bridged.map(|it| &mut it.party);
        let winner = self.winner.as_mut().map(|it| &mut it.party);
        let asked = self.dialling.iter_mut().flat_map(Dialling::confirming);
        let mut phones = bridged
            .chain(winner)
            .filter_map(Party::phone_mut)
            .chain(asked);
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

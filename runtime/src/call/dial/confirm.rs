//! Whoever answers is asked to press a key before the caller is connected: a machine that answers does not.

use super::super::play::OWN;
use super::super::{Call, Due, Work, audio};
use super::{Dialling, Fork, Why};
use crate::media::{self, LegId, PlayRequest};
use crate::sound::Prepared;
use callflow::Cause;
use callflow::command::{OpId, Sound};
use sip::event::CallId;
use std::sync::Arc;

/// The question.
const PROMPT: &str = "ivr-group_confirm";
/// The key that takes the call.
const KEY: char = '1';
/// How long the key is waited for once the question was asked, in milliseconds.
const PATIENCE_MS: u64 = 7_000;
/// The number of the playback.
const QUESTION: media::OpId = media::OpId(OWN + 3);

impl Dialling {
    /// Those who have answered and are asked.
    pub(crate) fn confirming(&mut self) -> impl Iterator<Item = &mut Fork> {
        self.forks.iter_mut().filter(|fork| fork.confirming)
    }
}

impl Call {
    /// Asks whoever has answered. The others ring on.
    pub(super) async fn ask_to_confirm(&mut self, op: OpId, mut fork: Fork) {
        let (leg, at) = (fork.call, fork.leg);
        let silenced = self.forget_early(leg);
        fork.confirming = true;
        if let Some(dialling) = &mut self.dialling {
            dialling.forks.push(fork);
        }
        if silenced {
            self.ring_back().await;
        }
        let asked = self.dialling.as_ref().and_then(|it| it.terms.legs.get(at));
        let language = asked.and_then(|leg| leg.language.clone());
        let sound = Sound::Prompt {
            id: PROMPT.into(),
            language: language.unwrap_or_else(|| self.account.language.clone()),
        };
        let shared = Arc::clone(&self.shared);
        let account = Arc::clone(&self.account);
        let done = self.work.0.clone();
        tokio::spawn(async move {
            let sounds = shared.sounds.prepare(&account, &[sound]).await;
            // The call may have ended meanwhile.
            let _ended = done.send(Work::Question { op, leg, sounds }).await;
        });
    }

    pub(crate) fn question_prepared(
        &mut self,
        op: OpId,
        leg: CallId,
        sounds: Result<Prepared, String>,
    ) {
        let mut asked = self.dialling.iter_mut().flat_map(Dialling::confirming);
        let Some(fork) = asked.find(|fork| fork.call == leg) else {
            return;
        };
        let request = sounds.map(|sounds| PlayRequest::new(QUESTION, sounds.sources));
        let played = request.is_ok_and(|request| fork.audio.leg.play(request).is_ok());
        if !played {
            // Who is used to it presses the key without being asked.
            self.timers.set(PATIENCE_MS, Due::Unconfirmed(op, leg));
        }
    }

    /// Something was played to a leg that is not the caller's.
    pub(crate) fn fork_played(&mut self, leg: LegId, played: media::OpId) {
        let Some(dialling) = self.dialling.as_mut().filter(|_| played == QUESTION) else {
            return;
        };
        let op = dialling.op;
        if let Some(fork) = dialling.confirming().find(|it| it.audio.leg.id() == leg) {
            let due = Due::Unconfirmed(op, fork.call);
            self.timers.set(PATIENCE_MS, due);
        }
    }

    /// A key of a leg that is not the caller's.
    pub(crate) async fn fork_key(&mut self, leg: LegId, key: char) {
        let asked = self.dialling.iter_mut().flat_map(Dialling::confirming);
        let asked: Vec<CallId> = asked
            .filter(|fork| fork.audio.leg.id() == leg)
            .map(|fork| fork.call)
            .collect();
        for call in asked {
            self.confirm_by(call, key).await;
        }
    }

    /// Whoever was asked has pressed a key.
    pub(crate) async fn confirm_by(&mut self, call: CallId, key: char) {
        if key == KEY
            && let Some((op, fork)) = self.take_confirming(call)
        {
            audio::warn(fork.audio.leg.cancel(QUESTION));
            self.win(op, fork).await;
        }
    }

    /// The key was not pressed in time.
    pub(crate) async fn unconfirmed(&mut self, call: CallId) {
        if let Some((op, fork)) = self.take_confirming(call) {
            let at = fork.leg;
            self.hang_up(fork, &Cause::NO_ANSWER, None).await;
            self.leg_lost(op, at, Why::own(Cause::NO_ANSWER)).await;
        }
    }

    /// Whoever was asked has hung up instead.
    pub(crate) async fn confirming_ended(&mut self, call: CallId) {
        if let Some((op, fork)) = self.take_confirming(call) {
            let at = fork.leg;
            let cause = Cause::NO_ANSWER;
            self.record.ended(fork.record, cause.as_str(), None);
            self.let_go(fork).await;
            self.leg_lost(op, at, Why::own(cause)).await;
        }
    }

    fn take_confirming(&mut self, call: CallId) -> Option<(OpId, Fork)> {
        let dialling = self.dialling.as_mut()?;
        let mut forks = dialling.forks.iter();
        let at = forks.position(|fork| fork.call == call && fork.confirming)?;
        Some((dialling.op, dialling.forks.swap_remove(at)))
    }
}

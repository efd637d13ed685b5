//! Keys pressed in a conversation that mean something to the exchange (KAZOO's metaflows).
//!
//! The other side hears them all the same: only when more keys have come is it known that they were not for it.

use super::bridge::Bridged;
use super::{Call, Due, audio};
use callflow::Cause;
use callflow::command::OpId;
use callflow::event::Side;
use callflow::metaflow::{KeyAction, ListenOn, Metaflows, RecordKey};
use sip::event::CallId;

/// Keys that one sequence may have.
const MOST: usize = 32;
/// The number of operations that no callflow has asked for.
const NOBODY: OpId = OpId(0);

/// Keys that have come after a binding digit.
pub(crate) struct Pressed {
    /// Who pressed them.
    by: CallId,
    /// Whose meaning they have.
    owner: CallId,
    flows: Metaflows,
    keys: String,
}

impl Call {
    /// A side of the conversation has pressed a key.
    pub(super) async fn conversation_key(&mut self, by: CallId, key: char) {
        if self.resumes(by, key).await {
            return;
        }
        match &mut self.pressed {
            Some(pressed) if pressed.by == by => pressed.keys.push(key),
            Some(_) => return, // the two do not mix
            None => match self.bound(by, key) {
                Some(pressed) => self.pressed = Some(pressed),
                None => return,
            },
        }
        let Some(pressed) = &self.pressed else {
            return;
        };
        let complete = pressed.keys.len() >= MOST
            || (!pressed.keys.is_empty() && !pressed.flows.may_go_on(&pressed.keys));
        self.timers.forget(Due::Keys);
        if complete {
            self.keys_complete().await;
        } else {
            self.timers.set(pressed.flows.digit_timeout_ms, Due::Keys);
        }
    }

    /// The beginning of a sequence, if the key is the binding digit of somebody who listens to this side.
    fn bound(&self, by: CallId, key: char) -> Option<Pressed> {
        let bridged = self.bridged.as_ref()?;
        let other = match bridged.party.phone() {
            Some(phone) if by == self.caller.leg => Some(phone.call),
            Some(_) if bridged.stand_in.is_none() => Some(self.caller.leg),
            _ => None,
        };
        let sides = [
            (Some(by), [ListenOn::Own, ListenOn::Both]),
            (other, [ListenOn::Peer, ListenOn::Both]),
        ];
        sides.into_iter().find_map(|(owner, listening)| {
            let owner = owner?;
            let flows = self.metaflows_of(owner)?;
            let bound = flows.binding_digit == key && listening.contains(&flows.listen_on);
            bound.then(|| Pressed {
                by,
                owner,
                flows,
                keys: String::new(),
            })
        })
    }

    /// What keys do for a phone of the account; whoever is outside has none.
    fn metaflows_of(&self, leg: CallId) -> Option<Metaflows> {
        let phone = self.bridged.as_ref().and_then(|it| it.party.phone());
        let device = if leg == self.caller.leg {
            self.caller.device.as_deref()
        } else {
            phone.and_then(|it| it.device.as_deref())
        };
        let directory = &self.account.directory;
        let owner = directory.device(device?)?.owner.as_ref();
        let user = owner.map(callflow::value::Ref::id);
        directory.endpoint(device, user).metaflows()
    }

    /// No further key has come in time, or none could change the meaning.
    pub(super) async fn keys_complete(&mut self) {
        self.timers.forget(Due::Keys);
        let Some(pressed) = self.pressed.take() else {
            return;
        };
        let there = self.bridged.is_some() && self.audio_of(pressed.owner).is_some();
        if !there || pressed.keys.is_empty() {
            return; // the key was for the other side after all, or nobody is left
        }
        let Some(action) = pressed.flows.find(&pressed.keys) else {
            return;
        };
        let keys = format!("{}{}", pressed.flows.binding_digit, pressed.keys);
        self.act(pressed.owner, &keys, action).await;
    }

    async fn act(&mut self, leg: CallId, keys: &str, action: KeyAction) {
        let done = match action {
            KeyAction::Transfer {
                target,
                attended,
                take_back,
            } => {
                let take_back = attended.then_some(take_back);
                return self.transfer_by(leg, keys, &target, take_back).await;
            }
            KeyAction::Hold { resume } => {
                self.hold_by(leg, resume).await;
                "hold"
            }
            KeyAction::HangUp => {
                self.hang_up_by(leg).await;
                "hang up"
            }
            KeyAction::Record(what) => self.record_by(what),
            KeyAction::Unknown(what) => {
                let text = format!("keys {keys}: “{what}” is not done in a conversation here");
                return self.record.note(&text);
            }
        };
        self.record.note(&format!("keys {keys}: {done}"));
    }

    /// Transfers the other side: at once, or after a word with the target, which `take_back` ends.
    async fn transfer_by(
        &mut self,
        leg: CallId,
        keys: &str,
        number: &str,
        take_back: Option<String>,
    ) {
        let found = self.transferor(leg);
        let found = found.and_then(|device| Ok((device, self.target(number)?)));
        match found {
            Ok((device, target)) => {
                self.record
                    .note(&format!("keys {keys}: transfer to {number}"));
                match take_back {
                    Some(keys) => Box::pin(self.consult(leg, device, target, keys)).await,
                    None => self.transfer_far(leg, device, target).await,
                }
            }
            Err(code) => self
                .record
                .note(&format!("keys {keys}: no transfer to {number} ({code})")),
        }
    }

    fn record_by(&mut self, what: RecordKey) -> &'static str {
        match what {
            RecordKey::Toggle(_) if self.tapes.is_running() => self.record_by(RecordKey::Stop),
            RecordKey::Start(wanted) | RecordKey::Toggle(wanted) => {
                self.start_tape(NOBODY, wanted);
                "record"
            }
            RecordKey::Stop => {
                self.stop_tapes();
                "record no longer"
            }
            RecordKey::Pause(paused) => {
                self.pause_tapes(paused);
                if paused {
                    "pause the recording"
                } else {
                    "go on recording"
                }
            }
        }
    }

    async fn hang_up_by(&mut self, leg: CallId) {
        if leg == self.caller.leg {
            self.hang_up_caller(Cause::NORMAL_CLEARING).await;
        } else {
            self.end_bridge(Some(Side::Callee)).await;
        }
    }

    /// Puts the other side on hold, or takes it back if that is done.
    async fn hold_by(&mut self, leg: CallId, resume: char) {
        let held = self.bridged.as_ref().and_then(|it| it.held_by_keys);
        if held.is_some_and(|(by, _)| by == leg) {
            self.take_back(leg).await;
            return;
        }
        let Some(bridged) = &mut self.bridged else {
            return;
        };
        bridged.held_by_keys = Some((leg, resume));
        if let Some(audio) = self.audio_of(leg) {
            audio::warn(audio.leg.unbridge());
        }
        self.pass_hold(leg, true).await;
    }

    async fn take_back(&mut self, leg: CallId) {
        if let Some(bridged) = &mut self.bridged {
            bridged.held_by_keys = None;
        }
        self.pass_hold(leg, false).await;
        self.reconnect().await;
    }

    /// Whether the key takes a side back that was put on hold by keys.
    async fn resumes(&mut self, by: CallId, key: char) -> bool {
        let held = self.bridged.as_ref().and_then(|it| it.held_by_keys);
        let resumes = held == Some((by, key)) && self.pressed.is_none();
        if resumes {
            self.take_back(by).await;
        }
        resumes
    }

    /// The leg of a conversation that has this audio.
    pub(super) fn side_with(&self, audio: crate::media::LegId) -> Option<CallId> {
        let bridged: &Bridged = self.bridged.as_ref()?;
        if audio == self.caller.audio.leg.id() {
            return Some(self.caller.leg);
        }
        let phone = bridged.party.phone()?;
        (phone.audio.leg.id() == audio).then_some(phone.call)
    }
}

//! Legs to phones of the account: each contact is rung, unless the phone is busy.

use super::super::{Call, Due, callee_leg};
use super::{Fork, Why, outgoing};
use callflow::Cause;
use callflow::command::{Leg, OpId};

impl Call {
    /// Rings phones: all their contacts at once.
    pub(super) async fn invite_devices(&mut self, op: OpId, legs: Vec<(usize, Leg)>) {
        let Some(dialling) = self.dialling.as_ref().filter(|_| !legs.is_empty()) else {
            return;
        };
        let (caller, privacy) = (dialling.terms.caller.clone(), dialling.terms.privacy);
        let (busy, legs): (Vec<_>, Vec<_>) =
            legs.into_iter().partition(|(_, leg)| self.is_busy(leg));
        let aors = legs.iter();
        let aors = aors.map(|(_, leg)| outgoing::aor(&self.account, leg));
        let contacts = self.shared.signalling.contacts(aors.collect()).await;
        let mut calls = Vec::new();
        let mut audios = Vec::new();
        let mut why: Vec<Cause> = legs.iter().map(|_| Cause::SUBSCRIBER_ABSENT).collect();
        for (((at, leg), contacts), why) in legs.iter().zip(contacts).zip(&mut why) {
            for contact in contacts {
                match self.invitation(leg, &caller, privacy, &contact) {
                    Ok((call, audio)) => {
                        calls.push(call);
                        audios.push((*at, leg.id().to_owned(), contact.flow.peer, audio));
                    }
                    Err(error) => {
                        tracing::warn!(device = leg.id(), error, "a phone is not rung");
                        *why = Cause::NORMAL_TEMPORARY_FAILURE;
                    }
                }
            }
        }
        let made = self.shared.signalling.calls(self.session, calls).await;
        let mut forks = Vec::new();
        for ((leg, device, peer, audio), made) in audios.into_iter().zip(made) {
            match made {
                Ok(call) => forks.push(Fork {
                    call,
                    record: callee_leg(&mut self.record, &device, peer),
                    device: Some(device),
                    audio,
                    rings: false,
                    leg,
                    heard: false,
                    confirming: false,
                    part: None,
                    room: None,
                }),
                Err(error) => tracing::warn!(device, %error, "a phone is not rung"),
            }
        }
        for ((at, leg), cause) in legs.into_iter().zip(why) {
            let rings = forks.iter().any(|fork| fork.leg == at);
            self.note_invited(op, at, (!rings).then(|| Why::own(cause)));
            if let Some(timeout_ms) = leg.timeout_ms.filter(|_| rings) {
                self.timers.set(timeout_ms, Due::Leg(op, at));
            }
        }
        if let Some(dialling) = &mut self.dialling {
            dialling.forks.append(&mut forks);
        }
        self.note_busy(op, busy).await;
    }

    /// Whether a phone is in a call and wants no second one.
    fn is_busy(&self, leg: &Leg) -> bool {
        let device = leg.device().filter(|_| !leg.call_waiting);
        device.is_some_and(|device| self.shared.occupied.is_busy(&self.account.id, device))
    }

    /// Phones that were not invited because they are busy count as if they had said so.
    async fn note_busy(&mut self, op: OpId, busy: Vec<(usize, Leg)>) {
        for (at, _) in &busy {
            self.note_invited(op, *at, Some(Why::response(486)));
        }
        let strict = self
            .dialling
            .as_ref()
            .is_some_and(|dialling| dialling.terms.fail_on_single_reject);
        if strict && !busy.is_empty() {
            self.end_attempt(&Cause::USER_BUSY, false).await;
            self.fail(op, Why::response(486));
        }
    }
}

//! One attempt to ring phones.

use crate::cause::Cause;
use crate::command::Dial;
use crate::event::DialOutcome;

/// Where a leg stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Ringing,
    Failed(Cause, u16),
    TimedOut,
}

/// The legs of an attempt and where they stand.
#[derive(Clone, Debug)]
pub(super) struct Dialing {
    pub(super) dial: Dial,
    states: Vec<State>,
}

impl Dialing {
    pub(super) fn new(dial: Dial) -> Self {
        let states = dial.legs.iter().map(|_| State::Waiting).collect();
        Self { dial, states }
    }

    pub(super) fn ring(&mut self, leg: usize) {
        self.change(leg, &State::Waiting, State::Ringing);
    }

    /// A leg that rings, by its device.
    pub(super) fn ringing(&self, device: &str) -> Option<usize> {
        let mut legs = self.dial.legs.iter().zip(&self.states);
        legs.position(|(leg, state)| leg.id() == device && *state == State::Ringing)
    }

    /// The devices that ring.
    pub(super) fn devices(&self) -> impl Iterator<Item = &str> {
        let legs = self.dial.legs.iter().zip(&self.states);
        legs.filter(|(_, state)| **state == State::Ringing)
            .map(|(leg, _)| leg.id())
    }

    pub(super) fn answer(&self, leg: usize) -> Option<DialOutcome> {
        let rings = self.states.get(leg) == Some(&State::Ringing);
        let device = self.dial.legs.get(leg)?.id().to_owned();
        rings.then_some(DialOutcome::Answered { device })
    }

    /// A leg fails; the outcome when that ends the attempt.
    pub(super) fn fail(&mut self, leg: usize, cause: Cause, code: u16) -> Option<DialOutcome> {
        let refusal = matches!(code, 486 | 600 | 603);
        self.change(leg, &State::Ringing, State::Failed(cause.clone(), code));
        if self.dial.fail_on_single_reject && refusal {
            let sip = Some(code);
            return Some(DialOutcome::Failed { cause, sip });
        }
        self.outcome()
    }

    /// A leg has rung long enough; the outcome when that ends the attempt.
    pub(super) fn time_out(&mut self, leg: usize) -> Option<DialOutcome> {
        self.change(leg, &State::Ringing, State::TimedOut);
        self.outcome()
    }

    fn change(&mut self, leg: usize, from: &State, to: State) {
        if let Some(state) = self.states.get_mut(leg).filter(|state| *state == from) {
            *state = to;
        }
    }

    /// The outcome once no leg can answer any more: the cause that says most.
    fn outcome(&self) -> Option<DialOutcome> {
        let open = |state: &State| matches!(state, State::Waiting | State::Ringing);
        if self.states.iter().any(open) {
            return None;
        }
        let rank = |cause: &Cause| match cause.as_str() {
            "USER_BUSY" => 0,
            "CALL_REJECTED" => 1,
            "SUBSCRIBER_ABSENT" => 4,
            _ => 2,
        };
        let timed_out = self.states.contains(&State::TimedOut);
        let failed = self.states.iter().filter_map(|state| match state {
            State::Failed(cause, code) => Some((cause.clone(), *code)),
            _ => None,
        });
        let best = failed.min_by_key(|(cause, _)| rank(cause));
        Some(match best {
            // That it rang says more than that another phone is not there.
            Some((cause, code)) if !timed_out || rank(&cause) < 3 => DialOutcome::Failed {
                cause,
                sip: Some(code),
            },
            _ => DialOutcome::Timeout,
        })
    }
}

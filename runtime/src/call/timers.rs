//! The timers of one call.

use callflow::command::OpId;
use sip::event::CallId;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A timer of the callflow.
    Timer(OpId),
    /// An attempt to ring phones is over.
    Attempt(OpId),
    /// A phone of an attempt is to be rung.
    Invite(OpId, usize),
    /// A phone of an attempt has rung long enough.
    Leg(OpId, usize),
    /// The call that was asked for its party should have answered by now.
    Pickup(OpId),
    /// The call that a party is to be transferred to should have answered by now.
    Attend,
    /// The phones of a page have had time to answer.
    Page(OpId),
    /// A carrier of an attempt should have answered something by now.
    Unheard(OpId, CallId),
    /// Whoever answered should have pressed the key by now.
    Unconfirmed(OpId, CallId),
    /// No further key has come.
    Keys,
    /// A side of a conversation can perhaps take an offer now.
    Offer(CallId),
    /// A recording should have been closed by now.
    Recordings,
}

impl Due {
    fn op(self) -> Option<OpId> {
        match self {
            Self::Timer(op)
            | Self::Attempt(op)
            | Self::Invite(op, _)
            | Self::Leg(op, _)
            | Self::Pickup(op)
            | Self::Page(op)
            | Self::Unheard(op, _)
            | Self::Unconfirmed(op, _) => Some(op),
            Self::Attend | Self::Keys | Self::Offer(_) | Self::Recordings => None,
        }
    }
}

/// Timers in order of time; those of the same moment in the order they were set.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeMap<(Instant, u64), Due>,
    last: u64,
}

impl Timers {
    pub(crate) fn set(&mut self, after_ms: u64, due: Due) {
        // A callflow's longest time is far below a century.
        let century = 100 * 365 * 86_400_000;
        let at = Instant::now() + Duration::from_millis(after_ms.min(century));
        self.last += 1;
        self.due.insert((at, self.last), due);
    }

    /// Forgets the timers of an operation.
    pub(crate) fn cancel(&mut self, op: OpId) {
        self.due.retain(|_, due| due.op() != Some(op));
    }

    /// Forgets one that belongs to no operation.
    pub(crate) fn forget(&mut self, forgotten: Due) {
        self.due.retain(|_, due| *due != forgotten);
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the first one that is due.
    pub(crate) fn take(&mut self, now: Instant) -> Option<Due> {
        let first = self.due.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_of_one_moment_come_in_order_and_cancelled_ones_do_not() {
        let mut timers = Timers::default();
        let now = Instant::now() + Duration::from_secs(10);
        timers.set(0, Due::Timer(OpId(1)));
        timers.set(0, Due::Leg(OpId(2), 0));
        timers.set(0, Due::Attempt(OpId(2)));
        timers.set(3_600_000, Due::Recordings);
        timers.cancel(OpId(1));
        assert_eq!(timers.take(now), Some(Due::Leg(OpId(2), 0)));
        assert_eq!(timers.take(now), Some(Due::Attempt(OpId(2))));
        assert_eq!(timers.take(now), None);
        assert!(timers.next().is_some_and(|at| at > now));
    }
}

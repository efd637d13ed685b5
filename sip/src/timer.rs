//! Deadlines: at most one per owner, found in order.

use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Whose deadline it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Owner {
    Server(u64),
    Client(u64),
    Call(u64),
    Subscription(u64),
    Registrar,
    Publications,
    Notifies,
}

#[derive(Default, Debug)]
pub(crate) struct Deadlines {
    by_time: BTreeSet<(Time, Owner)>,
    by_owner: BTreeMap<Owner, Time>,
}

impl Deadlines {
    /// Replaces the deadline of `owner`; `None` removes it.
    pub(crate) fn set(&mut self, owner: Owner, at: Option<Time>) {
        let old = match at {
            Some(at) => self.by_owner.insert(owner, at),
            None => self.by_owner.remove(&owner),
        };
        if old == at {
            return;
        }
        if let Some(old) = old {
            self.by_time.remove(&(old, owner));
        }
        if let Some(at) = at {
            self.by_time.insert((at, owner));
        }
    }

    pub(crate) fn next(&self) -> Option<Time> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the first deadline that is due.
    pub(crate) fn take_due(&mut self, now: Time) -> Option<Owner> {
        let (at, owner) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.set(owner, None);
        Some(owner)
    }
}

/// The earlier of two deadlines that may be absent.
pub(crate) fn earlier(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

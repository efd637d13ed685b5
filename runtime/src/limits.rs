//! How many calls an account may have, and how fast they may begin.

use callflow::AccountId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What an account may do; `None` sets no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Calls at once.
    pub calls: Option<u32>,
    /// Calls to and from outside at once.
    pub outside_calls: Option<u32>,
    /// Calls that begin within a minute.
    pub calls_per_minute: Option<u32>,
}

/// A limit that has been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    Calls(u32),
    OutsideCalls(u32),
    Rate(u32),
}

impl Reached {
    /// What it is called in metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Calls(_) => "calls",
            Self::OutsideCalls(_) => "outside_calls",
            Self::Rate(_) => "calls_per_minute",
        }
    }
}

impl std::fmt::Display for Reached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Calls(most) => write!(f, "the limit of {most} at once is reached"),
            Self::OutsideCalls(most) => {
                write!(
                    f,
                    "the limit of {most} to and from outside at once is reached"
                )
            }
            Self::Rate(most) => write!(f, "the limit of {most} a minute is reached"),
        }
    }
}

/// What each account uses now, and how often each limit was reached.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    used: HashMap<AccountId, Used>,
    reached: [u64; 3],
}

#[derive(Default)]
struct Used {
    calls: u32,
    outside: u32,
    /// What is left of the minute's calls, and when that was so.
    rate: Option<(f64, Instant)>,
}

impl Used {
    /// Whether one more call may begin at this rate; takes it if so.
    fn begins(&mut self, most: u32, now: Instant) -> bool {
        let most = f64::from(most);
        let (left, at) = self.rate.unwrap_or((most, now));
        let grown = now.saturating_duration_since(at).as_secs_f64() * most / 60.0;
        let left = (left + grown).min(most);
        let may = left >= 1.0;
        self.rate = Some((if may { left - 1.0 } else { left }, now));
        may
    }

    fn is_idle(&self) -> bool {
        self.calls == 0 && self.outside == 0 && self.rate.is_none()
    }
}

/// A call's part in what its account uses; dropping it gives it back.
pub(crate) struct Room {
    meter: Meter,
    account: AccountId,
    call: bool,
    outside: bool,
}

impl Meter {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call begins, from outside or not.
    pub(crate) fn begin(
        &self,
        account: &AccountId,
        limits: &Limits,
        outside: bool,
        now: Instant,
    ) -> Result<Room, Reached> {
        self.enter(account, limits, (true, outside), Some(now))
    }

    /// A call goes outside.
    pub(crate) fn go_outside(&self, account: &AccountId, limits: &Limits) -> Result<Room, Reached> {
        self.enter(account, limits, (false, true), None)
    }

    fn enter(
        &self,
        account: &AccountId,
        limits: &Limits,
        (call, outside): (bool, bool),
        begins: Option<Instant>,
    ) -> Result<Room, Reached> {
        let mut state = self.lock();
        let used = state.used.entry(account.clone()).or_default();
        let reached = match (limits.calls, limits.outside_calls) {
            (Some(most), _) if call && used.calls >= most => Some(Reached::Calls(most)),
            (_, Some(most)) if outside && used.outside >= most => Some(Reached::OutsideCalls(most)),
            _ => match (limits.calls_per_minute, begins) {
                (Some(most), Some(now)) => (!used.begins(most, now)).then_some(Reached::Rate(most)),
                _ => {
                    used.rate = used.rate.filter(|_| limits.calls_per_minute.is_some());
                    None
                }
            },
        };
        if let Some(reached) = reached {
            let at = match reached {
                Reached::Calls(_) => 0,
                Reached::OutsideCalls(_) => 1,
                Reached::Rate(_) => 2,
            };
            if let Some(count) = state.reached.get_mut(at) {
                *count += 1;
            }
            return Err(reached);
        }
        used.calls += u32::from(call);
        used.outside += u32::from(outside);
        drop(state);
        Ok(Room {
            meter: self.clone(),
            account: account.clone(),
            call,
            outside,
        })
    }

    /// How often each limit was reached, by its name.
    pub(crate) fn reached(&self) -> [(&'static str, u64); 3] {
        let [calls, outside, rate] = self.lock().reached;
        [
            (Reached::Calls(0).name(), calls),
            (Reached::OutsideCalls(0).name(), outside),
            (Reached::Rate(0).name(), rate),
        ]
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut state = self.meter.lock();
        if let Some(used) = state.used.get_mut(&self.account) {
            used.calls = used.calls.saturating_sub(u32::from(self.call));
            used.outside = used.outside.saturating_sub(u32::from(self.outside));
            if used.is_idle() {
                state.used.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn limits(calls: u32, outside: u32, rate: u32) -> Limits {
        let some = |most: u32| (most > 0).then_some(most);
        Limits {
            calls: some(calls),
            outside_calls: some(outside),
            calls_per_minute: some(rate),
        }
    }

    #[test]
    fn call_more_than_the_account_may_have_is_refused_until_one_ends() {
        let meter = Meter::default();
        let (one, other) = (AccountId::from("one"), AccountId::from("other"));
        let now = Instant::now();
        let limits = limits(2, 1, 0);
        let first = meter.begin(&one, &limits, true, now);
        let second = meter.begin(&one, &limits, false, now);
        let third = meter.begin(&one, &limits, false, now);
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(third.err(), Some(Reached::Calls(2)));
        assert!(meter.begin(&other, &limits, false, now).is_ok());
        let out = meter.go_outside(&one, &limits).err();
        assert_eq!(out, Some(Reached::OutsideCalls(1)));
        drop(first);
        let out = meter.go_outside(&one, &limits);
        assert!(out.is_ok());
        let from_outside = meter.begin(&one, &limits, true, now).err();
        assert_eq!(from_outside, Some(Reached::OutsideCalls(1)));
        assert_eq!(meter.reached().map(|it| it.1), [1, 2, 0]);
        drop((second, out));
        assert!(meter.lock().used.is_empty());
    }

    #[test]
    fn calls_begin_no_faster_than_the_account_may() {
        let meter = Meter::default();
        let account = AccountId::from("one");
        let limits = limits(0, 0, 6);
        let mut now = Instant::now();
        let begun = |now| {
            let tries = (0..20).map(|_| meter.begin(&account, &limits, false, now));
            tries.filter(Result::is_ok).count()
        };
        assert_eq!(begun(now), 6);
        now += Duration::from_secs(10);
        assert_eq!(begun(now), 1);
        now += Duration::from_secs(25);
        assert_eq!(begun(now), 2);
        now += Duration::from_hours(1);
        assert_eq!(begun(now), 6);
    }

    #[test]
    fn account_without_limits_is_not_limited() {
        let meter = Meter::default();
        let account = AccountId::from("one");
        let rooms: Vec<_> = (0..1_000)
            .map(|_| meter.begin(&account, &Limits::default(), true, Instant::now()))
            .collect();
        assert!(rooms.iter().all(Result::is_ok));
        drop(rooms);
        assert!(meter.lock().used.is_empty());
    }
}

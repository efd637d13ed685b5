//! Slowing down people who guess passwords, in bounded memory.
//!
//! What is refused depends on the source alone, so that nobody can lock somebody else out from afar: one source may
//! fail so often for one address, and so often in all. Guesses from many sources for one address make sign-in slower for
//! sources that never signed in with it; the right password is taken all the same.

use crate::moment::Moment;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;
use std::time::Duration;

/// Failures of one source for one address before waiting begins.
const FREE_PER_PAIR: f64 = 8.0;
/// Failures of one source before waiting begins: offices share one.
const FREE_PER_SOURCE: f64 = 30.0;
/// Failures for one address, from everywhere, before it becomes slow.
const FREE_PER_EMAIL: f64 = 24.0;
/// Each failure beyond makes it slower by this.
const SLOWER_MS: f64 = 200.0;
/// It is never slower than this.
const SLOWEST_MS: f64 = 4_000.0;
/// One failure is forgiven in this time.
const FORGIVEN_MS: f64 = 30_000.0;
/// Keys remembered, of failures and of successes; the longest quiet are forgotten first.
const KEYS_KEPT: usize = 20_000;

#[derive(Clone, Copy, Debug)]
struct Bucket {
    failures: f64,
    at: Moment,
}

#[derive(Debug, Default)]
struct Memory {
    /// Failed sign-ins by key, as leaking buckets.
    buckets: HashMap<String, Bucket>,
    /// Sources that signed in with an address, and when they did so last.
    familiar: HashMap<String, Moment>,
}

/// Failed sign-ins.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    memory: Mutex<Memory>,
}

impl Attempts {
    /// Counts one attempt in advance and says how long its answer is to be held back, or how many seconds to wait before
    /// another is taken. Counting first means that many attempts at the same instant cannot all slip through; success
    /// gives the count back.
    pub(crate) fn begin(&self, email: &str, source: &str, now: Moment) -> Result<Duration, u64> {
        let mut memory = self.lock();
        let keys = Keys::new(email, source);
        let mut wait = 0_u64;
        for (key, free) in [(&keys.pair, FREE_PER_PAIR), (&keys.source, FREE_PER_SOURCE)] {
            let failures = memory.failures(key, now);
            if failures + 1.0 > free {
                let ms = (failures + 1.0 - free) * FORGIVEN_MS;
                wait = wait.max((ms / 1000.0).ceil() as u64);
            }
        }
        if wait > 0 {
            return Err(wait);
        }
        let delay = if memory.familiar.contains_key(&keys.pair) {
            Duration::ZERO
        } else {
            let beyond = (memory.failures(&keys.email, now) - FREE_PER_EMAIL).max(0.0);
            Duration::from_millis((beyond * SLOWER_MS).min(SLOWEST_MS) as u64)
        };
        for key in [keys.pair, keys.source, keys.email] {
            let failures = memory.failures(&key, now) + 1.0;
            memory.buckets.insert(key, Bucket { failures, at: now });
        }
        if memory.buckets.len() > KEYS_KEPT {
            memory.buckets.retain(|_, bucket| leaked(bucket, now) > 0.0);
            forget(&mut memory.buckets, |bucket| bucket.at);
        }
        Ok(delay)
    }

    /// The attempt succeeded: forget the source's failures for the address, and give its other counts back.
    pub(crate) fn succeeded(&self, email: &str, source: &str, now: Moment) {
        let mut memory = self.lock();
        let keys = Keys::new(email, source);
        memory.buckets.remove(&keys.pair);
        for key in [&keys.source, &keys.email] {
            if let Some(bucket) = memory.buckets.get_mut(key) {
                bucket.failures = (bucket.failures - 1.0).max(0.0);
            }
        }
        memory.familiar.insert(keys.pair, now);
        forget(&mut memory.familiar, |at| *at);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Memory {
    fn failures(&self, key: &str, now: Moment) -> f64 {
        self.buckets
            .get(key)
            .map_or(0.0, |bucket| leaked(bucket, now))
    }
}

/// What an attempt is counted by.
struct Keys {
    email: String,
    source: String,
    pair: String,
}

impl Keys {
    fn new(email: &str, source: &str) -> Keys {
        // Bounded: an attacker chooses this text.
        let email: String = email.trim().to_lowercase().chars().take(254).collect();
        let source = network(source);
        Keys {
            pair: format!("p:{source} {email}"),
            source: format!("s:{source}"),
            email: format!("e:{email}"),
        }
    }
}

/// The network a source stands for: an IPv4 address, or an IPv6 /64, which one customer has to themselves.
fn network(source: &str) -> String {
    match source.parse().map(|address: IpAddr| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let prefix = address.to_bits() & (u128::MAX << 64);
            Ipv6Addr::from_bits(prefix).to_string()
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => source.chars().take(64).collect(),
    }
}

fn leaked(bucket: &Bucket, now: Moment) -> f64 {
    let passed = now.millis().saturating_sub(bucket.at.millis()).max(0);
    (bucket.failures - passed as f64 / FORGIVEN_MS).max(0.0)
}

/// Drops the older half of what is too much.
fn forget<T>(kept: &mut HashMap<String, T>, at: impl Fn(&T) -> Moment) {
    if kept.len() > KEYS_KEPT {
        let mut times: Vec<i64> = kept.values().map(|it| at(it).millis()).collect();
        let middle = times.len() / 2;
        let (_, median, _) = times.select_nth_unstable(middle);
        let median = *median;
        kept.retain(|_, it| at(it).millis() > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Result<Duration, u64> = Ok(Duration::ZERO);

    fn at(s: i64) -> Moment {
        Moment::from_millis(s * 1000)
    }

    #[test]
    fn failures_of_one_source_for_one_address_are_slowed_and_forgiven_with_time() {
        let attempts = Attempts::default();
        for _ in 0..8 {
            assert_eq!(attempts.begin("a@b.c", "1.2.3.4", at(0)), NOW);
        }
        assert_eq!(attempts.begin("A@b.c ", "1.2.3.4", at(0)), Err(30));
        assert_eq!(attempts.begin("other@b.c", "1.2.3.4", at(0)), NOW);
        assert_eq!(attempts.begin("a@b.c", "1.2.3.4", at(31)), NOW);
    }

    #[test]
    fn nobody_is_locked_out_by_failures_from_elsewhere() {
        let attempts = Attempts::default();
        attempts.begin("a@b.c", "10.0.0.1", at(0)).unwrap();
        attempts.succeeded("a@b.c", "10.0.0.1", at(0));
        let guess = |source: String| {
            for _ in 0..8 {
                attempts.begin("a@b.c", &source, at(0)).unwrap();
            }
        };
        (0..3).for_each(|n| guess(format!("192.0.2.{n}")));
        assert_eq!(attempts.begin("a@b.c", "198.51.100.1", at(0)), NOW);
        (3..100).for_each(|n| guess(format!("192.0.2.{n}")));
        let slowest = Duration::from_millis(SLOWEST_MS as u64);
        assert_eq!(attempts.begin("a@b.c", "198.51.100.1", at(0)), Ok(slowest));
        assert_eq!(attempts.begin("a@b.c", "10.0.0.1", at(0)), NOW);
        assert_eq!(attempts.begin("other@b.c", "198.51.100.1", at(0)), NOW);
    }

    #[test]
    fn one_source_cannot_try_many_addresses() {
        let attempts = Attempts::default();
        for n in 0..30 {
            assert_eq!(attempts.begin(&format!("{n}@b.c"), "1.2.3.4", at(0)), NOW);
        }
        assert!(attempts.begin("31@b.c", "1.2.3.4", at(0)).is_err());
        // The same, written as an IPv6 address.
        assert!(attempts.begin("31@b.c", "::ffff:1.2.3.4", at(0)).is_err());
    }

    #[test]
    fn ipv6_addresses_of_one_network_are_one_source() {
        let attempts = Attempts::default();
        for n in 0..8 {
            let source = format!("2001:db8:1:2::{n}");
            assert_eq!(attempts.begin("a@b.c", &source, at(0)), NOW);
        }
        let inside = attempts.begin("a@b.c", "2001:db8:1:2:ffff::1", at(0));
        assert_eq!(inside, Err(30));
        let outside = attempts.begin("a@b.c", "2001:db8:1:3::1", at(0));
        assert_eq!(outside, NOW);
    }

    #[test]
    fn success_forgets_the_failures() {
        let attempts = Attempts::default();
        for _ in 0..8 {
            attempts.begin("a@b.c", "1.2.3.4", at(0)).unwrap();
        }
        attempts.succeeded("a@b.c", "1.2.3.4", at(0));
        assert_eq!(attempts.begin("a@b.c", "1.2.3.4", at(0)), NOW);
    }

    #[test]
    fn memory_stays_bounded_when_addresses_are_invented() {
        let attempts = Attempts::default();
        for n in 0..(KEYS_KEPT as i64 + 5_000) {
            let (email, source) = (format!("{n}@b.c"), format!("s{n}"));
            let _ = attempts.begin(&email, &source, Moment::from_millis(n));
            attempts.succeeded(&email, &source, Moment::from_millis(n));
        }
        let memory = attempts.lock();
        assert!(memory.buckets.len() <= KEYS_KEPT + 3);
        assert!(memory.familiar.len() <= KEYS_KEPT);
    }
}

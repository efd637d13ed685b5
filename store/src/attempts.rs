//! Slowing down people who guess passwords, in bounded memory.

use crate::moment::Moment;
use std::collections::HashMap;
use std::sync::Mutex;

/// Failures allowed before waiting begins, per address signed in with.
const FREE_PER_EMAIL: f64 = 8.0;
/// Failures allowed before waiting begins, per source address: offices share one.
const FREE_PER_SOURCE: f64 = 30.0;
/// One failure is forgiven in this time.
const FORGIVEN_MS: f64 = 30_000.0;
/// Keys remembered; the longest quiet are forgotten first.
const KEYS_KEPT: usize = 20_000;

#[derive(Clone, Copy, Debug)]
struct Bucket {
    failures: f64,
    at: Moment,
}

/// Failed sign-ins by key, as leaking buckets.
#[derive(Debug)]
pub(crate) struct Attempts {
    buckets: Mutex<HashMap<String, Bucket>>,
}

impl Attempts {
    pub(crate) fn new() -> Attempts {
        Attempts {
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Counts one attempt in advance for the address and the source, or says how many seconds to wait. Counting first
    /// means that many attempts at the same instant cannot all slip through; success gives the count back.
    pub(crate) fn begin(&self, email: &str, source: &str, now: Moment) -> Result<(), u64> {
        let mut buckets = self.lock();
        let keys = [
            (email_key(email), FREE_PER_EMAIL),
            (source_key(source), FREE_PER_SOURCE),
        ];
        let mut wait = 0_u64;
        for (key, free) in &keys {
            let failures = buckets.get(key).map_or(0.0, |b| leaked(b, now));
            if failures + 1.0 > *free {
                let ms = (failures + 1.0 - free) * FORGIVEN_MS;
                wait = wait.max((ms / 1000.0).ceil() as u64);
            }
        }
        if wait > 0 {
            return Err(wait);
        }
        for (key, _) in keys {
            let failures = buckets.get(&key).map_or(0.0, |b| leaked(b, now)) + 1.0;
            buckets.insert(key, Bucket { failures, at: now });
        }
        if buckets.len() > KEYS_KEPT {
            forget(&mut buckets, now);
        }
        Ok(())
    }

    /// The attempt succeeded: forget the address's failures and give the source its count back.
    pub(crate) fn succeeded(&self, email: &str, source: &str) {
        let mut buckets = self.lock();
        buckets.remove(&email_key(email));
        if let Some(bucket) = buckets.get_mut(&source_key(source)) {
            bucket.failures = (bucket.failures - 1.0).max(0.0);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Bucket>> {
        self.buckets
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn email_key(email: &str) -> String {
    // Bounded: an attacker chooses this text.
    let email: String = email.trim().to_lowercase().chars().take(254).collect();
    format!("e:{email}")
}

fn source_key(source: &str) -> String {
    let source: String = source.chars().take(64).collect();
    format!("s:{source}")
}

fn leaked(bucket: &Bucket, now: Moment) -> f64 {
    let passed = now.millis().saturating_sub(bucket.at.millis()).max(0);
    (bucket.failures - passed as f64 / FORGIVEN_MS).max(0.0)
}

/// Drops what has leaked empty, and if that is not enough the older half.
fn forget(buckets: &mut HashMap<String, Bucket>, now: Moment) {
    buckets.retain(|_, bucket| leaked(bucket, now) > 0.0);
    if buckets.len() > KEYS_KEPT {
        let mut times: Vec<i64> = buckets.values().map(|b| b.at.millis()).collect();
        let middle = times.len() / 2;
        let (_, median, _) = times.select_nth_unstable(middle);
        let median = *median;
        buckets.retain(|_, bucket| bucket.at.millis() > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Moment {
        Moment::from_millis(s * 1000)
    }

    #[test]
    fn failures_of_one_address_are_slowed_and_forgiven_with_time() {
        let attempts = Attempts::new();
        for _ in 0..8 {
            assert_eq!(attempts.begin("a@b.c", "1.2.3.4", at(0)), Ok(()));
        }
        assert_eq!(attempts.begin("A@b.c ", "5.6.7.8", at(0)), Err(30));
        assert_eq!(attempts.begin("other@b.c", "5.6.7.8", at(0)), Ok(()));
        assert_eq!(attempts.begin("a@b.c", "1.2.3.4", at(31)), Ok(()));
    }

    #[test]
    fn one_source_cannot_try_many_addresses() {
        let attempts = Attempts::new();
        for n in 0..30 {
            assert_eq!(
                attempts.begin(&format!("{n}@b.c"), "1.2.3.4", at(0)),
                Ok(())
            );
        }
        assert!(attempts.begin("31@b.c", "1.2.3.4", at(0)).is_err());
    }

    #[test]
    fn success_forgets_the_failures() {
        let attempts = Attempts::new();
        for _ in 0..8 {
            attempts.begin("a@b.c", "1.2.3.4", at(0)).unwrap();
        }
        attempts.succeeded("a@b.c", "1.2.3.4");
        assert_eq!(attempts.begin("a@b.c", "1.2.3.4", at(0)), Ok(()));
    }

    #[test]
    fn memory_stays_bounded_when_addresses_are_invented() {
        let attempts = Attempts::new();
        for n in 0..(KEYS_KEPT as i64 + 5_000) {
            let _ = attempts.begin(
                &format!("{n}@b.c"),
                &format!("s{n}"),
                Moment::from_millis(n),
            );
        }
        assert!(attempts.lock().len() <= KEYS_KEPT + 2);
    }
}

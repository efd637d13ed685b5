//! Lock-out of addresses that guess passwords.

use crate::time::Time;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Sources remembered at most.
const MAX_SOURCES: usize = 10_000;

#[derive(Clone, Copy, Debug)]
struct Record {
    since: Time,
    failures: u32,
    locked_until: Option<Time>,
}

/// Counts wrong passwords per source: an IPv4 address, or an IPv6 /64, within which one host may
/// take any address it likes (RFC 4291 §2.5.1).
///
/// A right password in between clears nothing, or one valid account would allow endless guessing
/// at the others. What was counted ends with its window.
#[derive(Debug)]
pub(crate) struct Guard {
    max_failures: u32,
    window: Duration,
    lockout: Duration,
    records: BTreeMap<IpAddr, Record>,
}

impl Guard {
    /// `max_failures` of 0 never locks.
    pub(crate) fn new(max_failures: u32, window: Duration, lockout: Duration) -> Guard {
        Guard {
            max_failures,
            window,
            lockout,
            records: BTreeMap::new(),
        }
    }

    pub(crate) fn is_locked(&self, now: Time, address: IpAddr) -> bool {
        self.records
            .get(&source(address))
            .and_then(|record| record.locked_until)
            .is_some_and(|until| now < until)
    }

    /// Counts a wrong password; whether it locks the source out.
    pub(crate) fn failed(&mut self, now: Time, address: IpAddr) -> bool {
        if self.max_failures == 0 {
            return false;
        }
        let source = source(address);
        if self.records.len() >= MAX_SOURCES && !self.records.contains_key(&source) {
            self.make_room(now);
        }
        let new = Record {
            since: now,
            failures: 0,
            locked_until: None,
        };
        let record = self.records.entry(source).or_insert(new);
        let over = record.locked_until.is_some_and(|until| now >= until);
        if over || now.since(record.since) > self.window {
            *record = new;
        }
        record.failures += 1;
        if record.failures < self.max_failures || record.locked_until.is_some() {
            return false;
        }
        record.locked_until = Some(now + self.lockout);
        true
    }

    /// Forgets what is over; if nothing is, the oldest record.
    fn make_room(&mut self, now: Time) {
        let window = self.window;
        self.records.retain(|_, record| match record.locked_until {
            Some(until) => now < until,
            None => now.since(record.since) <= window,
        });
        if self.records.len() >= MAX_SOURCES
            && let Some(oldest) = self
                .records
                .iter()
                .min_by_key(|(_, record)| record.since)
                .map(|(source, _)| *source)
        {
            self.records.remove(&oldest);
        }
    }
}

/// What an address is counted under. IPv4 written as IPv6 is IPv4: all of it is in one /64.
fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_locked_out_after_its_last_failure_and_free_again_later() {
        let s = |s: u64| Time::from_millis(s * 1000);
        let mut guard = Guard::new(3, Duration::from_secs(60), Duration::from_secs(300));
        let (bad, good) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        assert!(!guard.failed(s(0), bad));
        assert!(!guard.failed(s(1), bad));
        assert!(!guard.is_locked(s(1), bad));
        assert!(guard.failed(s(2), bad));
        assert!(guard.is_locked(s(301), bad));
        assert!(!guard.is_locked(s(2), good));
        assert!(!guard.is_locked(s(302), bad));
        assert!(!guard.failed(s(400), bad), "counting starts anew");
    }

    #[test]
    fn an_ipv6_network_of_64_bits_is_one_source_and_mapped_ipv4_addresses_are_not() {
        let mut guard = Guard::new(2, Duration::from_secs(60), Duration::from_secs(300));
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(!guard.failed(Time::ZERO, at("2001:db8:0:1::1")));
        assert!(guard.failed(Time::ZERO, at("2001:db8:0:1:ffff::2")));
        assert!(guard.is_locked(Time::ZERO, at("2001:db8:0:1::3")));
        assert!(!guard.is_locked(Time::ZERO, at("2001:db8:0:2::1")));

        assert!(!guard.failed(Time::ZERO, at("::ffff:192.0.2.1")));
        assert!(!guard.failed(Time::ZERO, at("::ffff:192.0.2.2")));
        assert!(guard.failed(Time::ZERO, at("192.0.2.1")), "the same host");
        assert!(!guard.is_locked(Time::ZERO, at("::ffff:192.0.2.2")));
    }

    #[test]
    fn failures_far_apart_do_not_add_up() {
        let mut guard = Guard::new(2, Duration::from_secs(60), Duration::from_secs(300));
        let address = [192, 0, 2, 1].into();
        assert!(!guard.failed(Time::ZERO, address));
        assert!(!guard.failed(Time::from_millis(60_001), address));
    }
}

//! How much is taken from those nobody knows: a flood of datagrams must not keep phones and carriers waiting.
//!
//! A source is known once it has registered or called with leave, or we have asked something of it; of known sources
//! everything is taken. Of every other one, and of all others together, datagrams beyond a rate are dropped before
//! they are read: UDP loses packets anyway, and whoever means it sends again (RFC 3261 §17). Connections are slowed
//! down by their windows instead, and strangers have few places for them (`places.rs`).

use sip::Time;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// Between two datagrams of a stranger, in the long run: 100 in a second.
const APART: Duration = Duration::from_millis(10);
/// Datagrams of a stranger taken at once: an office whose phones all come back after a power cut.
const AT_ONCE: u32 = 1_000;
/// Between two datagrams of all strangers together: 5,000 in a second.
const ALL_APART: Duration = Duration::from_micros(200);
/// Datagrams of all strangers taken at once.
const ALL_AT_ONCE: u32 = 10_000;
/// A source stays known for so long.
const KNOWN: Duration = Duration::from_secs(60 * 60);
/// Sources remembered.
const MOST: usize = 65_536;
/// Between two clearings of sources that need not be remembered.
const CLEARING: Duration = Duration::from_secs(10);

/// A rate, as the time at which everything taken so far will have been paid for (ITU-T I.371's virtual scheduling).
#[derive(Clone, Copy, Default)]
struct Rate(Time);

impl Rate {
    /// Whether one more may be taken.
    fn has_room(self, now: Time, apart: Duration, at_once: u32) -> bool {
        self.0.since(now) < apart * at_once
    }

    fn take(&mut self, now: Time, apart: Duration) {
        self.0 = self.0.max(now) + apart;
    }
}

/// What is remembered of a source.
#[derive(Clone, Copy, Default)]
struct Source {
    rate: Rate,
    known_until: Time,
}

/// Rates of sources.
#[derive(Default)]
pub(crate) struct Throttle {
    sources: HashMap<IpAddr, Source>,
    strangers: Rate,
    cleared: Time,
    dropped: u64,
}

/// A provider gives a customer a whole /64.
pub(super) fn source(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => four.into(),
            None => std::net::Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
        },
    }
}

impl Throttle {
    /// Whether a datagram is to be read.
    pub(crate) fn takes(&mut self, now: Time, from: IpAddr) -> bool {
        let from = source(from);
        if let Some(known) = self.sources.get(&from)
            && known.known_until > now
        {
            return true;
        }
        let taken = self.takes_stranger(now, from);
        self.dropped += u64::from(!taken);
        taken
    }

    fn takes_stranger(&mut self, now: Time, from: IpAddr) -> bool {
        if !self.strangers.has_room(now, ALL_APART, ALL_AT_ONCE) {
            return false;
        }
        self.clear(now);
        // Those for whom there is no room share what all have.
        if self.sources.len() < MOST || self.sources.contains_key(&from) {
            let rate = &mut self.sources.entry(from).or_default().rate;
            if !rate.has_room(now, APART, AT_ONCE) {
                return false;
            }
            rate.take(now, APART);
        }
        self.strangers.take(now, ALL_APART);
        true
    }

    /// Who this is has been proved, or it was us who began to talk.
    pub(crate) fn knows(&mut self, now: Time, from: IpAddr) {
        self.sources.entry(source(from)).or_default().known_until = now + KNOWN;
    }

    /// Datagrams dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    fn clear(&mut self, now: Time) {
        if now.since(self.cleared) < CLEARING {
            return;
        }
        self.cleared = now;
        self.sources
            .retain(|_, source| source.known_until > now || source.rate.0 > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Time {
        Time::from_duration(Duration::from_millis(ms))
    }

    fn taken(throttle: &mut Throttle, now: Time, from: &str, datagrams: usize) -> usize {
        let from = from.parse().unwrap();
        (0..datagrams).filter(|_| throttle.takes(now, from)).count()
    }

    #[test]
    fn flood_of_a_stranger_is_dropped_and_others_are_heard() {
        let mut throttle = Throttle::default();
        assert_eq!(taken(&mut throttle, at(0), "192.0.2.9", 50_000), 1_000);
        assert_eq!(taken(&mut throttle, at(0), "192.0.2.1", 10), 10);
        assert_eq!(taken(&mut throttle, at(1_000), "192.0.2.9", 50_000), 100);
        assert_eq!(throttle.dropped(), 49_000 + 49_900);
    }

    #[test]
    fn who_is_known_is_heard_in_every_flood() {
        let mut throttle = Throttle::default();
        throttle.knows(at(0), "192.0.2.1".parse().unwrap());
        // Invented senders exhaust what strangers have together.
        let strangers: usize = (0..20_000_u32)
            .map(|n| {
                let from = std::net::Ipv4Addr::from_bits(0x0a00_0000 + n).to_string();
                taken(&mut throttle, at(0), &from, 1)
            })
            .sum();
        assert_eq!(strangers, 10_000);
        assert_eq!(taken(&mut throttle, at(1), "192.0.2.1", 30_000), 30_000);
        assert_eq!(taken(&mut throttle, at(1), "::ffff:192.0.2.1", 10), 10);
        // Nobody is known for ever.
        let later = at(3_600_001);
        assert_eq!(taken(&mut throttle, later, "192.0.2.1", 30_000), 1_000);
    }

    #[test]
    fn network_of_one_customer_is_one_source() {
        let mut throttle = Throttle::default();
        let both: usize = ["2001:db8::1", "2001:db8::ffff:2"]
            .into_iter()
            .map(|from| taken(&mut throttle, at(0), from, 900))
            .sum();
        assert_eq!(both, 1_000);
        assert_eq!(taken(&mut throttle, at(0), "2001:db8:0:1::1", 900), 900);
    }

    #[test]
    fn sources_that_are_quiet_are_forgotten() {
        let mut throttle = Throttle::default();
        taken(&mut throttle, at(0), "192.0.2.9", 1);
        throttle.knows(at(0), "192.0.2.1".parse().unwrap());
        taken(&mut throttle, at(20_000), "192.0.2.7", 1);
        assert_eq!(throttle.sources.len(), 2);
    }
}

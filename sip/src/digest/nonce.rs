//! Nonces: signed time stamps, and the counts of those in use.

use super::hex;
use crate::header::AuthValue;
use crate::time::Time;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// Nonces whose counts are remembered at most.
const MAX_TRACKED: usize = 20_000;

/// What is to be thought of the nonce in an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NonceState {
    /// Ours, in time, and this count was not used before.
    Fresh,
    /// Ours, but too old or used before: challenge again with `stale=true`.
    Stale,
    /// Not ours, or issued to another address.
    Foreign,
}

/// Counts seen of one nonce: the highest, and a window of 64 below it, so that
/// datagrams may overtake each other without a count being good twice.
#[derive(Clone, Copy, Debug)]
struct Counts {
    highest: u32,
    seen: u64,
}

/// Issues and judges nonces.
#[derive(Debug)]
pub(crate) struct Nonces {
    secret: [u8; 32],
    lifetime: Duration,
    /// Keyed by time of issue first, so that the oldest are forgotten first.
    used: BTreeMap<(u64, u64), Counts>,
    /// Nonces issued up to then may have been forgotten; unless remembered they are stale.
    forgotten_until: u64,
}

impl Nonces {
    pub(crate) fn new(secret: [u8; 32], lifetime: Duration) -> Nonces {
        Nonces {
            secret,
            lifetime,
            used: BTreeMap::new(),
            forgotten_until: 0,
        }
    }

    /// A nonce: milliseconds of issue, a random part, and a signature over both, the address it
    /// is sent to and the realm.
    ///
    /// Only `peer` can answer it, so nobody who forges that source address can have wrong
    /// passwords counted against it.
    pub(crate) fn issue(&self, now: Time, random: u64, peer: IpAddr, realm: &str) -> String {
        let issued = millis(now);
        let signature = self.sign(issued, random, peer, realm);
        format!("{issued:016x}{random:016x}{signature}")
    }

    /// HMAC-SHA-256 (RFC 2104), cut to 128 bits.
    fn sign(&self, issued: u64, random: u64, peer: IpAddr, realm: &str) -> String {
        let pad = |byte: u8| {
            let mut block = [byte; 64];
            for (to, from) in block.iter_mut().zip(self.secret) {
                *to ^= from;
            }
            block
        };
        let mut inner = Sha256::new();
        inner.update(pad(0x36));
        inner.update(issued.to_be_bytes());
        inner.update(random.to_be_bytes());
        inner.update(octets(peer));
        inner.update(realm.as_bytes());
        let mut outer = Sha256::new();
        outer.update(pad(0x5c));
        outer.update(inner.finalize());
        let mut text = hex(&outer.finalize());
        text.truncate(32);
        text
    }

    fn open(&self, peer: IpAddr, answer: &AuthValue) -> Option<(u64, u64)> {
        let (nonce, realm) = (answer.param("nonce")?, answer.param("realm")?);
        let issued = u64::from_str_radix(nonce.get(..16)?, 16).ok()?;
        let random = u64::from_str_radix(nonce.get(16..32)?, 16).ok()?;
        let signature = self.sign(issued, random, peer, realm);
        let same = signature.as_bytes().ct_eq(nonce.get(32..)?.as_bytes());
        bool::from(same).then_some((issued, random))
    }

    /// Judges an answer that came from `peer`, without taking note.
    pub(crate) fn judge(&self, now: Time, peer: IpAddr, answer: &AuthValue) -> NonceState {
        let Some(key) = self.open(peer, answer) else {
            return NonceState::Foreign;
        };
        let age = millis(now).saturating_sub(key.0);
        let fresh = age <= self.lifetime.as_millis() as u64
            && match (self.used.get(&key), count(answer)) {
                (_, None) => false,
                (Some(counts), Some(nc)) => !counts.has(nc),
                (None, Some(_)) => key.0 > self.forgotten_until || self.forgotten_until == 0,
            };
        if fresh {
            NonceState::Fresh
        } else {
            NonceState::Stale
        }
    }

    /// Takes note that this count was used, once its password was found right.
    pub(crate) fn note(&mut self, now: Time, peer: IpAddr, answer: &AuthValue) {
        let (Some(key), Some(nc)) = (self.open(peer, answer), count(answer)) else {
            return;
        };
        let oldest = millis(now).saturating_sub(self.lifetime.as_millis() as u64);
        self.used = self.used.split_off(&(oldest, 0));
        while self.used.len() >= MAX_TRACKED {
            if let Some(((issued, _), _)) = self.used.pop_first() {
                self.forgotten_until = self.forgotten_until.max(issued);
            }
        }
        self.used
            .entry(key)
            .or_insert(Counts {
                highest: 0,
                seen: 0,
            })
            .add(nc);
    }
}

impl Counts {
    fn has(&self, nc: u32) -> bool {
        if nc > self.highest {
            return false;
        }
        let below = self.highest - nc;
        below >= 64 || self.seen & (1 << below) != 0
    }

    fn add(&mut self, nc: u32) {
        if nc > self.highest {
            let by = nc - self.highest;
            self.seen = if by >= 64 { 0 } else { self.seen << by };
            self.highest = nc;
        }
        let below = self.highest - nc;
        if below < 64 {
            self.seen |= 1 << below;
        }
    }
}

/// `nc`; an answer without `qop` has none and may be used once.
fn count(answer: &AuthValue) -> Option<u32> {
    match answer.param("qop") {
        Some(_) => u32::from_str_radix(answer.param("nc")?, 16)
            .ok()
            .filter(|nc| *nc > 0),
        None => Some(1),
    }
}

/// Always 16 octets, so that address and realm cannot run into each other; the same for an IPv4
/// address whether or not the socket wrote it as IPv6.
fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

fn millis(time: Time) -> u64 {
    u64::try_from(time.as_duration().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const LIFE: Duration = Duration::from_secs(300);
    const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9));

    fn answer(nonce: &str, nc: &str) -> AuthValue {
        AuthValue::parse(&format!(
            r#"Digest realm="r", nonce="{nonce}", qop=auth, nc={nc}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_nonce_is_good_for_its_lifetime_and_no_other_realm() {
        let nonces = Nonces::new([7; 32], LIFE);
        let nonce = nonces.issue(Time::from_millis(1000), 9, PEER, "r");
        let at = |ms| nonces.judge(Time::from_millis(ms), PEER, &answer(&nonce, "00000001"));
        assert_eq!(at(1001), NonceState::Fresh);
        assert_eq!(at(301_000), NonceState::Fresh);
        assert_eq!(at(301_001), NonceState::Stale);
        let other = nonces.issue(Time::from_millis(1000), 9, PEER, "x");
        assert_eq!(
            nonces.judge(Time::ZERO, PEER, &answer(&other, "1")),
            NonceState::Foreign
        );
        assert_eq!(
            nonces.judge(Time::ZERO, PEER, &answer("0123", "1")),
            NonceState::Foreign
        );
        assert_eq!(
            nonces.judge(Time::ZERO, PEER, &answer(&"é".repeat(40), "1")),
            NonceState::Foreign
        );
    }

    #[test]
    fn a_nonce_is_good_only_from_the_address_it_was_sent_to() {
        let nonces = Nonces::new([7; 32], LIFE);
        let own = answer(&nonces.issue(Time::ZERO, 9, PEER, "r"), "1");
        let from = |peer: &str| nonces.judge(Time::ZERO, peer.parse().unwrap(), &own);
        assert_eq!(from("192.0.2.9"), NonceState::Fresh);
        assert_eq!(from("::ffff:192.0.2.9"), NonceState::Fresh, "the same host");
        assert_eq!(from("192.0.2.10"), NonceState::Foreign);
        assert_eq!(from("2001:db8::9"), NonceState::Foreign);
    }

    #[test]
    fn a_nonce_count_is_good_once_and_may_be_overtaken() {
        let mut nonces = Nonces::new([7; 32], LIFE);
        let nonce = nonces.issue(Time::ZERO, 9, PEER, "r");
        let mut take = |nc: &str| {
            let answer = answer(&nonce, nc);
            let state = nonces.judge(Time::ZERO, PEER, &answer);
            nonces.note(Time::ZERO, PEER, &answer);
            state
        };
        assert_eq!(take("00000002"), NonceState::Fresh);
        assert_eq!(take("00000002"), NonceState::Stale);
        assert_eq!(take("00000001"), NonceState::Fresh);
        assert_eq!(take("00000001"), NonceState::Stale);
        assert_eq!(take("00000100"), NonceState::Fresh);
        assert_eq!(take("00000003"), NonceState::Stale, "outside the window");
        assert_eq!(take("ffffffff"), NonceState::Fresh);
        assert_eq!(take("00000000"), NonceState::Stale);
    }

    #[test]
    fn memory_of_counts_is_bounded_and_forgetting_never_lets_a_replay_in() {
        let mut nonces = Nonces::new([7; 32], LIFE);
        let first = answer(&nonces.issue(Time::from_millis(1), 1, PEER, "r"), "1");
        nonces.note(Time::from_millis(1), PEER, &first);
        for n in 0..MAX_TRACKED as u64 {
            let next = answer(&nonces.issue(Time::from_millis(2), n, PEER, "r"), "1");
            nonces.note(Time::from_millis(2), PEER, &next);
        }
        assert!(nonces.used.len() <= MAX_TRACKED);
        assert_eq!(
            nonces.judge(Time::from_millis(3), PEER, &first),
            NonceState::Stale
        );
    }
}

//! Which source address a leg listens to: symmetric RTP with protection
//! against injected packets.
//!
//! A phone behind a network address translator announces an address that is
//! not the one its packets come from, so the real one is learned (RFC 7362 §4).
//! Once learned it is locked: packets from elsewhere are ignored. Another
//! source may take over only after the locked one has been silent for a while,
//! after a few packets in sequence, and from a host that is known: the locked
//! one, whose translator may have chosen another port, the announced one, or
//! the one that signals. The announced address itself needs less proof, because
//! the signalling vouches for it.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// Packets in sequence that an unknown source must show while none is locked.
const PROOF_FIRST: u8 = 2;
/// Packets in sequence for a change of SSRC from the locked address, and for
/// the announced address to take over.
const PROOF_TRUSTED: u8 = 2;
/// Packets in sequence for another source to take over from a silent source.
const PROOF_STRANGER: u8 = 4;
/// Sources watched at a time, so that one cannot crowd out another.
const CANDIDATES: usize = 4;

/// What to do with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// From the locked source.
    Accept,
    /// From a source that has just been locked.
    NewSource,
    /// Not to be used.
    Reject,
}

#[derive(Debug)]
pub(crate) struct Latch {
    announced: Option<SocketAddr>,
    /// The host that signals.
    signals: Option<IpAddr>,
    locked: Option<Locked>,
    candidates: [Option<Candidate>; CANDIDATES],
    relatch_after: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Locked {
    source: SocketAddr,
    ssrc: u32,
    heard: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    source: SocketAddr,
    ssrc: u32,
    next_sequence: u16,
    in_sequence: u8,
    heard: Instant,
}

impl Latch {
    pub(crate) fn new(relatch_after: Duration) -> Self {
        Self {
            announced: None,
            signals: None,
            locked: None,
            candidates: [None; CANDIDATES],
            relatch_after,
        }
    }

    /// Notes the address in the remote description. A changed one starts the
    /// learning anew.
    pub(crate) fn announce(&mut self, remote: SocketAddr) {
        let remote = canonical(remote);
        if self.announced != Some(remote) {
            self.announced = Some(remote);
            // A held call announces 0.0.0.0; its packets still come from the
            // same place when it is resumed.
            if !remote.ip().is_unspecified() {
                self.locked = None;
            }
            self.candidates = [None; CANDIDATES];
        }
    }

    /// Notes the host that signals.
    pub(crate) fn signals_from(&mut self, host: IpAddr) {
        self.signals = Some(host.to_canonical());
    }

    /// Whether a packet comes from the locked source. Changes no lock: for while nothing is to be received.
    pub(crate) fn is_locked_to(&mut self, now: Instant, source: SocketAddr) -> bool {
        let source = canonical(source);
        match &mut self.locked {
            Some(locked) if locked.source == source => {
                locked.heard = now;
                true
            }
            _ => false,
        }
    }

    /// The locked source and the SSRC it speaks under.
    pub(crate) fn locked(&self) -> Option<(SocketAddr, u32)> {
        self.locked.map(|locked| (locked.source, locked.ssrc))
    }

    /// Receiving goes on: silence counts from now on.
    pub(crate) fn resume(&mut self, now: Instant) {
        if let Some(locked) = &mut self.locked {
            locked.heard = now;
        }
    }

    /// Where to send: the locked source, before that the announced address.
    pub(crate) fn destination(&self) -> Option<SocketAddr> {
        self.locked.map(|locked| locked.source).or(self.announced)
    }

    /// Judges a valid packet.
    pub(crate) fn judge(
        &mut self,
        now: Instant,
        source: SocketAddr,
        ssrc: u32,
        sequence: u16,
    ) -> Verdict {
        let Some(announced) = self.announced else {
            return Verdict::Reject;
        };
        let source = canonical(source);
        let needed = match &mut self.locked {
            Some(locked) if locked.source == source => {
                if locked.ssrc == ssrc {
                    locked.heard = now;
                    return Verdict::Accept;
                }
                PROOF_TRUSTED
            }
            Some(_) if source == announced => PROOF_TRUSTED,
            Some(locked) => {
                let hosts = [Some(locked.source.ip()), Some(announced.ip()), self.signals];
                let known = hosts.contains(&Some(source.ip()));
                let speaks = now.saturating_duration_since(locked.heard) < self.relatch_after;
                if speaks || !known {
                    return Verdict::Reject;
                }
                PROOF_STRANGER
            }
            None if source == announced => 1,
            None => PROOF_FIRST,
        };
        if self.proven(now, source, ssrc, sequence) < needed {
            return Verdict::Reject;
        }
        let known = self.locked.is_some_and(|locked| locked.source == source);
        self.candidates = [None; CANDIDATES];
        self.locked = Some(Locked {
            source,
            ssrc,
            heard: now,
        });
        if known {
            Verdict::Accept
        } else {
            Verdict::NewSource
        }
    }

    /// Notes a packet of a source under observation and returns how many it has
    /// sent in sequence.
    fn proven(&mut self, now: Instant, source: SocketAddr, ssrc: u32, sequence: u16) -> u8 {
        let fresh = Candidate {
            source,
            ssrc,
            next_sequence: sequence.wrapping_add(1),
            in_sequence: 1,
            heard: now,
        };
        let same = |known: &&mut Candidate| known.source == source && known.ssrc == ssrc;
        if let Some(known) = self.candidates.iter_mut().flatten().find(same) {
            let in_sequence = if known.next_sequence == sequence {
                known.in_sequence.saturating_add(1)
            } else {
                1
            };
            *known = Candidate {
                in_sequence,
                ..fresh
            };
            return in_sequence;
        }
        // An empty place, else that of the one not heard for longest.
        let oldest = self
            .candidates
            .iter_mut()
            .min_by_key(|place| place.map(|known| known.heard));
        if let Some(place) = oldest {
            *place = Some(fresh);
        }
        1
    }
}

/// The IPv4 address of an IPv4-mapped one, as a socket bound to `::` reports.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNOUNCED: &str = "192.168.1.7:4000";
    const PHONE: &str = "203.0.113.9:50000";
    const ATTACKER: &str = "198.51.100.66:6666";

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn latch() -> (Latch, Instant) {
        let mut latch = Latch::new(Duration::from_secs(2));
        latch.announce(address(ANNOUNCED));
        (latch, Instant::now())
    }

    fn after(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    #[test]
    fn announced_address_is_locked_at_its_first_packet() {
        let (mut latch, now) = latch();
        assert_eq!(
            latch.judge(now, address(ANNOUNCED), 1, 100),
            Verdict::NewSource
        );
        assert_eq!(
            latch.judge(now, address(ANNOUNCED), 1, 101),
            Verdict::Accept
        );
    }

    #[test]
    fn phone_behind_nat_is_learned_from_two_packets_in_sequence() {
        let (mut latch, now) = latch();
        assert_eq!(latch.destination(), Some(address(ANNOUNCED)));
        assert_eq!(latch.judge(now, address(PHONE), 1, 65535), Verdict::Reject);
        assert_eq!(latch.judge(now, address(PHONE), 1, 0), Verdict::NewSource);
        assert_eq!(latch.destination(), Some(address(PHONE)));
    }

    #[test]
    fn other_source_is_ignored_while_the_locked_one_speaks() {
        let (mut latch, start) = latch();
        for n in 0..500u16 {
            let now = after(start, u64::from(n) * 20);
            latch.judge(now, address(PHONE), 1, n);
            assert_eq!(latch.judge(now, address(ATTACKER), 2, n), Verdict::Reject);
            // Not even with the right SSRC.
            assert_eq!(latch.judge(now, address(ATTACKER), 1, n), Verdict::Reject);
        }
        assert_eq!(latch.destination(), Some(address(PHONE)));
    }

    #[test]
    fn known_host_takes_over_after_silence_and_four_packets() {
        let (mut latch, start) = latch();
        latch.judge(start, address(PHONE), 1, 1);
        latch.judge(start, address(PHONE), 1, 2);
        let moved = address("203.0.113.9:50001");
        let late = after(start, 2000);
        for sequence in 10..13 {
            assert_eq!(latch.judge(late, moved, 2, sequence), Verdict::Reject);
        }
        assert_eq!(latch.judge(late, moved, 2, 13), Verdict::NewSource);
        assert_eq!(latch.judge(late, address(PHONE), 1, 3), Verdict::Reject);
    }

    #[test]
    fn stranger_never_takes_over_but_the_host_that_signals_does() {
        let (mut latch, start) = latch();
        latch.judge(start, address(PHONE), 1, 1);
        latch.judge(start, address(PHONE), 1, 2);
        let late = after(start, 60_000);
        for sequence in 1..100 {
            let verdict = latch.judge(late, address(ATTACKER), 2, sequence);
            assert_eq!(verdict, Verdict::Reject);
        }
        let moved = address("203.0.113.77:5000");
        latch.signals_from(moved.ip());
        let verdicts = [1, 2, 3, 4].map(|sequence| latch.judge(late, moved, 2, sequence));
        assert_eq!(verdicts[3], Verdict::NewSource);
    }

    #[test]
    fn hold_changes_no_lock_and_silence_counts_anew_after_it() {
        let (mut latch, start) = latch();
        latch.judge(start, address(PHONE), 1, 1);
        latch.judge(start, address(PHONE), 1, 2);
        let late = after(start, 60_000);
        assert!(latch.is_locked_to(late, address(PHONE)));
        let other = address("203.0.113.9:6000");
        assert!(!latch.is_locked_to(late, other));
        let resumed = after(start, 120_000);
        latch.resume(resumed);
        for sequence in 1..100 {
            let verdict = latch.judge(resumed, other, 2, sequence);
            assert_eq!(verdict, Verdict::Reject);
        }
        assert_eq!(latch.judge(resumed, address(PHONE), 1, 3), Verdict::Accept);
    }

    #[test]
    fn packets_out_of_sequence_prove_nothing() {
        let (mut latch, now) = latch();
        for sequence in [1, 3, 5, 7, 7, 7] {
            let verdict = latch.judge(now, address(ATTACKER), 1, sequence);
            assert_eq!(verdict, Verdict::Reject);
        }
    }

    #[test]
    fn flood_of_sources_does_not_keep_a_phone_from_being_learned() {
        let (mut latch, start) = latch();
        latch.judge(start, address(PHONE), 1, 1);
        latch.judge(after(start, 1), address("198.51.100.1:1"), 1, 1);
        latch.judge(after(start, 2), address("198.51.100.2:1"), 1, 1);
        let verdict = latch.judge(after(start, 20), address(PHONE), 1, 2);
        assert_eq!(verdict, Verdict::NewSource);
    }

    #[test]
    fn new_stream_from_the_locked_address_needs_two_packets() {
        let (mut latch, now) = latch();
        latch.judge(now, address(ANNOUNCED), 1, 1);
        let verdict = latch.judge(now, address(ANNOUNCED), 2, 900);
        assert_eq!(verdict, Verdict::Reject);
        let verdict = latch.judge(now, address(ANNOUNCED), 2, 901);
        assert_eq!(verdict, Verdict::Accept);
    }

    #[test]
    fn announced_address_takes_over_from_a_faster_stranger() {
        let (mut latch, now) = latch();
        latch.judge(now, address(ATTACKER), 9, 1);
        latch.judge(now, address(ATTACKER), 9, 2);
        assert_eq!(latch.destination(), Some(address(ATTACKER)));
        latch.judge(now, address(ANNOUNCED), 1, 1);
        latch.judge(now, address(ANNOUNCED), 1, 2);
        assert_eq!(latch.destination(), Some(address(ANNOUNCED)));
    }

    #[test]
    fn changed_description_starts_anew_but_hold_does_not() {
        let (mut latch, now) = latch();
        latch.judge(now, address(PHONE), 1, 1);
        latch.judge(now, address(PHONE), 1, 2);
        latch.announce(address("0.0.0.0:4000"));
        assert_eq!(latch.judge(now, address(PHONE), 1, 3), Verdict::Accept);
        latch.announce(address("192.0.2.1:7000"));
        assert_eq!(latch.destination(), Some(address("192.0.2.1:7000")));
    }

    #[test]
    fn nothing_is_accepted_before_a_description() {
        let mut latch = Latch::new(Duration::from_secs(2));
        for sequence in 0..10 {
            let verdict = latch.judge(Instant::now(), address(PHONE), 1, sequence);
            assert_eq!(verdict, Verdict::Reject);
        }
        assert_eq!(latch.destination(), None);
    }
}

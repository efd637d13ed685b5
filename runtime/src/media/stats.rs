//! Counting what a leg receives: sequence numbers, loss and jitter.

use std::time::Instant;

use super::SAMPLE_RATE;

/// Counters of one leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LegStats {
    /// RTP packets accepted from the remote side.
    pub packets_received: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// Packets the sequence numbers say should have come but did not (RFC 3550
    /// §A.3); never below zero.
    pub packets_lost: u64,
    /// Packets thrown away: not RTP, not from the accepted source, or of a
    /// payload type that was not agreed.
    pub packets_rejected: u64,
    /// Interarrival jitter in microseconds (RFC 3550 §6.4.1).
    pub jitter_us: u32,
    /// Time to the peer and back in microseconds, the mean of what its reports tell (RFC 3550 §6.4.1); `None` without.
    pub round_trip_us: Option<u32>,
    /// How the peer hears us, as it last reported.
    pub far: Option<FarEnd>,
    /// Sound is encrypted (RFC 3711).
    pub encrypted: bool,
}

/// How the peer hears us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FarEnd {
    /// Packets of ours that never came.
    pub packets_lost: u32,
    /// Interarrival jitter in microseconds.
    pub jitter_us: u32,
}

/// What is counted of the source that is being heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) ssrc: u32,
    /// Packets that should have come.
    pub(crate) expected: u64,
    /// Packets that came, each counted once.
    pub(crate) received: u64,
    /// The highest sequence number, with the number of its cycles above (RFC 3550 §6.4.1).
    pub(crate) highest: u32,
    /// Interarrival jitter in timestamp units.
    pub(crate) jitter: u32,
}

/// A jump of more packets than this starts the count anew (RFC 3550 §A.1).
const MAX_DROPOUT: u16 = 3000;

/// Receive counters of one synchronization source (RFC 3550 §A.1, §A.3, §A.8).
#[derive(Debug, Default)]
pub(crate) struct ReceiveCounter {
    source: Option<Source>,
    received: u64,
    lost_before: u64,
    /// Jitter in timestamp units, scaled by 16 as in RFC 3550 §A.8.
    jitter: i64,
}

#[derive(Debug)]
struct Source {
    ssrc: u32,
    first: u16,
    highest: u16,
    expected: u64,
    /// Packets that came, each counted once.
    received: u64,
    /// Which of the last 64 have come; the lowest bit is the highest sequence number. A packet that comes twice must not
    /// stand for one that never came.
    seen: u64,
    last_arrival: Instant,
    last_timestamp: u32,
}

impl Source {
    /// Counts a packet that is so far ahead of the highest one, or behind it.
    fn note(&mut self, sequence: u16, ahead: u16) {
        if (1..MAX_DROPOUT).contains(&ahead) {
            self.seen = self.seen.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
            self.expected += u64::from(ahead);
            self.received += 1;
            self.highest = sequence;
            return;
        }
        let behind = self.highest.wrapping_sub(sequence);
        // One that is older than is remembered counts as new.
        let bit = 1_u64.checked_shl(u32::from(behind)).unwrap_or(0);
        if self.seen & bit == 0 {
            self.seen |= bit;
            self.received += 1;
        }
    }
}

impl ReceiveCounter {
    /// Counts one accepted packet. `audio` is false for packets whose timestamp
    /// does not advance with time (telephone events), which say nothing about
    /// jitter.
    pub(crate) fn on_packet(
        &mut self,
        now: Instant,
        ssrc: u32,
        sequence: u16,
        timestamp: u32,
        audio: bool,
    ) {
        self.received += 1;
        let Some(source) = self.source.as_mut().filter(|known| known.ssrc == ssrc) else {
            self.restart(now, ssrc, sequence, timestamp);
            return;
        };
        let ahead = sequence.wrapping_sub(source.highest);
        if (MAX_DROPOUT..u16::MAX - MAX_DROPOUT).contains(&ahead) {
            self.restart(now, ssrc, sequence, timestamp);
            return;
        }
        source.note(sequence, ahead);
        if audio {
            let elapsed = now.saturating_duration_since(source.last_arrival);
            let arrival = i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX / 8000)
                * i64::from(SAMPLE_RATE)
                / 1_000_000;
            let sent = timestamp.wrapping_sub(source.last_timestamp).cast_signed();
            let difference = (arrival - i64::from(sent))
                .abs()
                .min(i64::from(SAMPLE_RATE));
            self.jitter += difference - ((self.jitter + 8) >> 4);
            source.last_arrival = now;
            source.last_timestamp = timestamp;
        }
    }

    fn restart(&mut self, now: Instant, ssrc: u32, sequence: u16, timestamp: u32) {
        self.lost_before = self.lost();
        self.source = Some(Source {
            ssrc,
            first: sequence,
            highest: sequence,
            expected: 1,
            received: 1,
            seen: 1,
            last_arrival: now,
            last_timestamp: timestamp,
        });
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    pub(crate) fn lost(&self) -> u64 {
        let current = self
            .source
            .as_ref()
            .map_or(0, |source| source.expected.saturating_sub(source.received));
        self.lost_before + current
    }

    /// What a report says of the source that is being heard.
    pub(crate) fn heard(&self) -> Option<Heard> {
        let source = self.source.as_ref()?;
        Some(Heard {
            ssrc: source.ssrc,
            expected: source.expected,
            received: source.received,
            // The low 32 bits, as of every counter in a report.
            highest: u32::from(source.first).wrapping_add((source.expected - 1) as u32),
            jitter: u32::try_from(self.jitter >> 4).unwrap_or(0),
        })
    }

    /// Jitter in microseconds.
    pub(crate) fn jitter_us(&self) -> u32 {
        in_us(u32::try_from(self.jitter >> 4).unwrap_or(0))
    }
}

/// Microseconds of timestamp units.
pub(crate) fn in_us(units: u32) -> u32 {
    let us = u64::from(units) * 1_000_000 / u64::from(SAMPLE_RATE);
    u32::try_from(us).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn feed(counter: &mut ReceiveCounter, start: Instant, packets: &[(u64, u16)]) {
        for (arrival_ms, sequence) in packets {
            let now = start + Duration::from_millis(*arrival_ms);
            counter.on_packet(now, 1, *sequence, u32::from(*sequence) * 160, true);
        }
    }

    #[test]
    fn lost_packets_are_counted_across_the_wrap_of_the_sequence_number() {
        let mut counter = ReceiveCounter::default();
        let start = Instant::now();
        for (index, sequence) in [65533u16, 65534, 1, 2, 4, 3].into_iter().enumerate() {
            let now = start + Duration::from_millis(20 * index as u64);
            counter.on_packet(now, 1, sequence, 0, false);
        }
        assert_eq!(counter.received(), 6);
        assert_eq!(counter.lost(), 2, "65535 and 0 are missing");
        let heard = counter.heard().expect("a source");
        assert_eq!((heard.expected, heard.received), (8, 6));
        assert_eq!(heard.highest, 0x1_0004, "once around");
    }

    #[test]
    fn steady_stream_has_no_jitter() {
        let mut counter = ReceiveCounter::default();
        let packets: Vec<_> = (0..50).map(|n| (u64::from(n) * 20, n)).collect();
        feed(&mut counter, Instant::now(), &packets);
        assert_eq!(counter.jitter_us(), 0);
    }

    #[test]
    fn jitter_approaches_the_mean_deviation() {
        // Alternately 10 ms early and late: consecutive transit times differ by
        // 10 ms each time, which is what the estimate converges to.
        let mut counter = ReceiveCounter::default();
        let packets: Vec<_> = (0..400u16)
            .map(|n| (u64::from(n) * 20 + u64::from(n % 2) * 10, n))
            .collect();
        feed(&mut counter, Instant::now(), &packets);
        let jitter = counter.jitter_us();
        assert!((9_000..=11_000).contains(&jitter), "{jitter} µs");
    }

    #[test]
    fn new_source_keeps_the_loss_of_the_old_one() {
        let mut counter = ReceiveCounter::default();
        let now = Instant::now();
        counter.on_packet(now, 1, 10, 0, true);
        counter.on_packet(now, 1, 12, 320, true);
        counter.on_packet(now, 2, 50_000, 0, true);
        counter.on_packet(now, 2, 50_001, 160, true);
        assert_eq!((counter.received(), counter.lost()), (4, 1));
    }

    #[test]
    fn packets_that_come_twice_do_not_hide_those_that_never_come() {
        let mut counter = ReceiveCounter::default();
        let now = Instant::now();
        let take = |counter: &mut ReceiveCounter, sequence: u16| {
            counter.on_packet(now, 1, sequence, u32::from(sequence) * 160, true);
        };
        for sequence in 0..1_000_u16 {
            match sequence % 10 {
                // The third is lost, and the one after comes three times; the seventh came with the sixth.
                3 | 7 => {}
                4 => (0..3).for_each(|_| take(&mut counter, sequence)),
                // Changes places with the next.
                6 => {
                    take(&mut counter, sequence + 1);
                    take(&mut counter, sequence);
                }
                _ => take(&mut counter, sequence),
            }
        }
        assert_eq!(counter.lost(), 100);
    }
}

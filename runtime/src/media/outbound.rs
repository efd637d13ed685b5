//! The stream a leg sends: one SSRC whose sequence numbers and timestamps stay
//! continuous while its content changes between own audio and relayed packets.

use std::time::Instant;

use super::rtp::Header;
use super::{FRAME_SAMPLES, SAMPLE_RATE};

/// A relayed sequence number further ahead than this is a new beginning
/// (RFC 3550 §A.1).
const MAX_DROPOUT: u16 = 3000;
/// How far back a relayed packet may come late.
const MAX_LATE: u16 = 500;

/// Numbers the packets of one leg.
#[derive(Debug)]
pub(crate) struct Outbound {
    ssrc: u32,
    next_sequence: u16,
    /// Timestamp that belongs to `epoch`; time goes on from there during pauses.
    epoch_timestamp: u32,
    epoch: Instant,
    next_timestamp: u32,
    /// The timestamp of the last audio packet and when it was sent.
    last: (u32, Instant),
    flow: Flow,
}

#[derive(Debug, Clone, Copy)]
enum Flow {
    /// Nothing is being sent.
    Idle,
    /// Audio, tones or keys of our own.
    Local,
    /// Packets of the bridged leg.
    Relay(Mapping),
}

/// How the numbers of a relayed stream become ours.
#[derive(Debug, Clone, Copy)]
struct Mapping {
    ssrc: u32,
    /// Sequence numbers before this one came before the mapping or too late.
    floor: u16,
    sequence_offset: u16,
    timestamp_offset: u32,
}

impl Outbound {
    /// Starts at random numbers (RFC 3550 §5.1). The sequence does so in the lower half: whoever missed that it began
    /// anew could not decrypt what follows (RFC 3711 §3.3.1).
    pub(crate) fn new(now: Instant) -> Self {
        let timestamp = rand::random();
        Self {
            ssrc: rand::random(),
            next_sequence: rand::random::<u16>() >> 1,
            epoch_timestamp: timestamp,
            epoch: now,
            next_timestamp: timestamp,
            last: (timestamp, now),
            flow: Flow::Idle,
        }
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The timestamp that a packet sampled at this moment would have (RFC 3550 §6.4.1).
    pub(crate) fn timestamp_at(&self, now: Instant) -> u32 {
        let (timestamp, sent) = self.last;
        timestamp.wrapping_add(samples_between(sent, now))
    }

    /// Notes that sending pauses, so that what follows is marked as the
    /// beginning of a talkspurt.
    pub(crate) fn pause(&mut self) {
        self.flow = Flow::Idle;
    }

    /// The header of one 20 ms frame of our own audio.
    pub(crate) fn audio(&mut self, now: Instant, payload_type: u8) -> Header {
        let marker = !matches!(self.flow, Flow::Local);
        let timestamp = self.begin_local(now);
        self.last = (timestamp, now);
        self.advance_frame();
        self.header(marker, payload_type, timestamp)
    }

    /// Switches to own content and returns the timestamp it starts with.
    pub(crate) fn begin_local(&mut self, now: Instant) -> u32 {
        if !matches!(self.flow, Flow::Local) {
            self.next_timestamp = self.current(now);
            self.flow = Flow::Local;
        }
        self.next_timestamp
    }

    /// Lets 20 ms pass for the timestamps of own content.
    pub(crate) fn advance_frame(&mut self) {
        self.next_timestamp = self.next_timestamp.wrapping_add(FRAME_SAMPLES as u32);
    }

    /// The header of one packet of a telephone event that began at `timestamp`.
    pub(crate) fn event(&mut self, marker: bool, payload_type: u8, timestamp: u32) -> Header {
        self.header(marker, payload_type, timestamp)
    }

    /// The header of a relayed packet of `samples` samples, `None` when it is
    /// too old to be placed. The first audio packet of a mapping is marked; the
    /// marker of a telephone event means something else and stays as it came
    /// (`audio` false).
    pub(crate) fn relay(
        &mut self,
        now: Instant,
        received: Header,
        payload_type: u8,
        samples: u32,
        audio: bool,
    ) -> Option<Header> {
        let (mapping, begins) = self.mapping(now, received)?;
        let sequence = received.sequence.wrapping_add(mapping.sequence_offset);
        let timestamp = received.timestamp.wrapping_add(mapping.timestamp_offset);
        let after = sequence.wrapping_add(1);
        if after.wrapping_sub(self.next_sequence) < 0x8000 {
            self.next_sequence = after;
            if audio {
                self.last = (timestamp, now);
            }
        }
        self.next_timestamp = later(self.next_timestamp, timestamp.wrapping_add(samples));
        Some(Header {
            marker: received.marker || (begins && audio),
            payload_type,
            sequence,
            timestamp,
            ssrc: self.ssrc,
        })
    }

    /// Leaves out a packet of the relayed stream without leaving a gap in the
    /// sequence numbers, which would count as loss.
    pub(crate) fn skip(&mut self, received: Header) {
        if let Flow::Relay(mapping) = &mut self.flow
            && mapping.ssrc == received.ssrc
            && received.sequence.wrapping_add(mapping.sequence_offset) == self.next_sequence
        {
            mapping.sequence_offset = mapping.sequence_offset.wrapping_sub(1);
            mapping.floor = received.sequence.wrapping_add(1);
        }
    }

    /// The mapping for a packet and whether it is new.
    fn mapping(&mut self, now: Instant, received: Header) -> Option<(Mapping, bool)> {
        if let Flow::Relay(mapping) = &mut self.flow
            && mapping.ssrc == received.ssrc
        {
            let ahead = received.sequence.wrapping_sub(mapping.floor);
            if ahead <= MAX_DROPOUT {
                if ahead > 2 * MAX_LATE {
                    mapping.floor = received.sequence.wrapping_sub(MAX_LATE);
                }
                return Some((*mapping, false));
            }
            if ahead > u16::MAX - MAX_DROPOUT {
                return None;
            }
        }
        let mapping = Mapping {
            ssrc: received.ssrc,
            floor: received.sequence,
            sequence_offset: self.next_sequence.wrapping_sub(received.sequence),
            timestamp_offset: self.current(now).wrapping_sub(received.timestamp),
        };
        self.flow = Flow::Relay(mapping);
        Some((mapping, true))
    }

    fn header(&mut self, marker: bool, payload_type: u8, timestamp: u32) -> Header {
        let sequence = self.next_sequence;
        self.next_sequence = sequence.wrapping_add(1);
        Header {
            marker,
            payload_type,
            sequence,
            timestamp,
            ssrc: self.ssrc,
        }
    }

    /// The timestamp of this moment, never before what was already sent.
    fn current(&self, now: Instant) -> u32 {
        let clock = self
            .epoch_timestamp
            .wrapping_add(samples_between(self.epoch, now));
        later(self.next_timestamp, clock)
    }
}

/// Timestamps wrap: only the low 32 bits matter.
fn samples_between(earlier: Instant, now: Instant) -> u32 {
    let elapsed = now.saturating_duration_since(earlier).as_micros();
    (elapsed * u128::from(SAMPLE_RATE) / 1_000_000) as u32
}

fn later(one: u32, other: u32) -> u32 {
    if one.wrapping_sub(other) < 0x8000_0000 {
        one
    } else {
        other
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn received(sequence: u16, timestamp: u32) -> Header {
        Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp,
            ssrc: 77,
        }
    }

    #[test]
    fn own_frames_follow_each_other_and_a_pause_shows_in_the_timestamp() {
        let start = Instant::now();
        let mut outbound = Outbound::new(start);
        let first = outbound.audio(start, 0);
        let second = outbound.audio(start, 0);
        assert!(first.marker && !second.marker);
        assert_eq!(second.sequence, first.sequence.wrapping_add(1));
        assert_eq!(second.timestamp, first.timestamp.wrapping_add(160));
        outbound.pause();
        let later = outbound.audio(start + Duration::from_secs(1), 0);
        assert!(later.marker);
        assert_eq!(later.sequence, first.sequence.wrapping_add(2));
        assert_eq!(later.timestamp, first.timestamp.wrapping_add(8000));
    }

    #[test]
    fn relay_keeps_gaps_and_order_of_the_received_stream() {
        let now = Instant::now();
        let mut outbound = Outbound::new(now);
        let mut relay =
            |sequence, timestamp| outbound.relay(now, received(sequence, timestamp), 8, 160, true);
        let first = relay(65_534, 1000).expect("mapped");
        let third = relay(0, 1320).expect("mapped");
        let second = relay(65_535, 1160).expect("late, but placed");
        assert!(first.marker && !second.marker && !third.marker);
        assert_eq!(second.sequence, first.sequence.wrapping_add(1));
        assert_eq!(third.sequence, first.sequence.wrapping_add(2));
        assert_eq!(third.timestamp, first.timestamp.wrapping_add(320));
        assert_eq!(third.payload_type, 8);
        assert!(relay(65_533, 840).is_none(), "older than the mapping");
    }

    #[test]
    fn switching_between_relay_and_own_audio_stays_continuous() {
        let now = Instant::now();
        let mut outbound = Outbound::new(now);
        let relayed = outbound
            .relay(now, received(10, 5000), 0, 160, true)
            .expect("mapped");
        let own = outbound.audio(now, 0);
        let again = outbound
            .relay(now, received(12, 5320), 0, 160, true)
            .expect("mapped");
        assert_eq!(own.sequence, relayed.sequence.wrapping_add(1));
        assert_eq!(again.sequence, own.sequence.wrapping_add(1));
        assert_eq!(own.timestamp, relayed.timestamp.wrapping_add(160));
        assert_eq!(again.timestamp, own.timestamp.wrapping_add(160));
        assert!(own.marker && again.marker);
        assert_eq!(again.ssrc, relayed.ssrc);
    }

    #[test]
    fn reports_name_the_timestamp_of_the_moment() {
        let start = Instant::now();
        let mut outbound = Outbound::new(start);
        let second = start + Duration::from_secs(1);
        let own = outbound.audio(second, 0);
        let later = second + Duration::from_millis(500);
        assert_eq!(
            outbound.timestamp_at(later),
            own.timestamp.wrapping_add(4000)
        );
        let relayed = outbound
            .relay(later, received(9, 77), 0, 160, true)
            .expect("mapped");
        assert_eq!(outbound.timestamp_at(later), relayed.timestamp);
    }

    #[test]
    fn relay_lasts_longer_than_the_sequence_numbers() {
        let now = Instant::now();
        let mut outbound = Outbound::new(now);
        let mut last = None;
        for n in 0..200_000u32 {
            let head = outbound
                .relay(now, received(n as u16, n.wrapping_mul(160)), 0, 160, true)
                .expect("mapped");
            if let Some(last) = last {
                assert_eq!(head.sequence, u16::wrapping_add(last, 1));
                assert!(!head.marker);
            }
            last = Some(head.sequence);
        }
    }

    #[test]
    fn skipped_packets_leave_no_gap() {
        let now = Instant::now();
        let mut outbound = Outbound::new(now);
        let mut sequences = Vec::new();
        for sequence in 100..110 {
            let head = received(sequence, u32::from(sequence) * 160);
            if sequence % 3 == 0 {
                outbound.skip(head);
            } else {
                let head = outbound.relay(now, head, 0, 160, true).expect("mapped");
                sequences.push(head.sequence);
            }
        }
        let gaps = sequences
            .windows(2)
            .any(|pair| pair[1] != pair[0].wrapping_add(1));
        assert!(!gaps, "{sequences:?}");
    }
}

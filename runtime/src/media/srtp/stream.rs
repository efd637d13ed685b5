//! Where a stream is: the whole number of its packets, and which of them have been seen.

/// Packets back from the newest that may come late: 2.5 seconds of sound. At least 64 (RFC 3711 §3.3.2).
const WINDOW: u64 = u128::BITS as u64;
/// Streams of one peer whose place is kept: a phone has one, and one more each time that it begins anew.
const MOST: usize = 8;

/// One stream. Its packets are numbered with 48 bits, of which 16 are sent (RFC 3711 §3.3.1); reports with 31, all sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    ssrc: u32,
    highest: u64,
    /// Bit n is set when the packet n before the highest has been seen.
    seen: u128,
}

impl Stream {
    pub(super) fn new(ssrc: u32, index: u64) -> Self {
        Self {
            ssrc,
            highest: index,
            seen: 1,
        }
    }

    /// One that is to begin with this packet.
    pub(super) fn unseen(ssrc: u32, index: u64) -> Self {
        Self {
            ssrc,
            highest: index,
            seen: 0,
        }
    }

    pub(super) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The whole number of a packet: the one nearest to the highest. `None` when it would be before the beginning, or is
    /// not one any more.
    pub(super) fn place(&self, sequence: u16) -> Option<u64> {
        let half = 1 << 15;
        let ahead = sequence.wrapping_sub(self.highest as u16);
        let index = if ahead < half {
            self.highest.checked_add(u64::from(ahead))?
        } else {
            self.highest.checked_sub(u64::from(ahead.wrapping_neg()))?
        };
        (index < 1 << 48).then_some(index)
    }

    /// Whether a packet may still come and has not been seen.
    pub(super) fn is_new(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => true,
            Some(back) => back < WINDOW && self.seen >> back & 1 == 0,
        }
    }

    /// Notes that a packet has been seen.
    pub(super) fn see(&mut self, index: u64) {
        match index.checked_sub(self.highest) {
            Some(ahead) => {
                let shift = u32::try_from(ahead).unwrap_or(u32::MAX);
                self.seen = self.seen.checked_shl(shift).unwrap_or(0) | 1;
                self.highest = index;
            }
            None => {
                let back = self.highest - index;
                if back < WINDOW {
                    self.seen |= 1 << back;
                }
            }
        }
    }
}

/// The streams of a peer that have proved to be its own.
#[derive(Debug, Default)]
pub(super) struct Streams(Vec<Stream>);

impl Streams {
    pub(super) fn get(&self, ssrc: u32) -> Option<&Stream> {
        self.0.iter().find(|stream| stream.ssrc == ssrc)
    }

    /// Notes a packet that has been proved to be the peer's. Of too many streams the one that was not heard for longest
    /// is forgotten.
    pub(super) fn see(&mut self, ssrc: u32, index: u64) {
        match self.0.iter().position(|stream| stream.ssrc == ssrc) {
            Some(at) => {
                if let Some(known) = self.0.get_mut(at..) {
                    known.rotate_left(1);
                }
                if let Some(stream) = self.0.last_mut() {
                    stream.see(index);
                }
            }
            None => {
                if self.0.len() >= MOST {
                    self.0.remove(0);
                }
                self.0.push(Stream::new(ssrc, index));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn number_goes_on_where_the_sent_half_begins_anew() {
        let mut stream = Stream::new(1, 65_534);
        for (sequence, place) in [(65_535, 65_535), (0, 65_536), (65_533, 65_533), (1, 65_537)] {
            let index = stream.place(sequence).expect("a place");
            assert_eq!(index, place);
            assert!(stream.is_new(index));
            stream.see(index);
            assert!(!stream.is_new(index));
        }
        assert_eq!(Stream::new(1, 3).place(65_530), None);
        assert_eq!(Stream::new(1, (1 << 48) - 1).place(0), None);
    }

    #[test]
    fn late_packet_is_taken_within_the_window_and_once() {
        let mut stream = Stream::new(1, 1_000);
        stream.see(1_127);
        assert!(!stream.is_new(1_000), "seen, and just in the window");
        assert!(stream.is_new(1_001));
        stream.see(1_001);
        assert!(!stream.is_new(1_001));
        stream.see(1_128);
        assert!(!stream.is_new(1_000), "out of the window");
        stream.see(90_000);
        assert!(stream.is_new(89_999));
        assert!(!stream.is_new(90_000));
    }

    #[test]
    fn of_many_streams_the_one_silent_for_longest_is_forgotten() {
        let mut streams = Streams::default();
        for ssrc in 0..8 {
            streams.see(ssrc, 5);
        }
        streams.see(0, 6);
        streams.see(8, 5);
        let kept: Vec<u32> = streams.0.iter().map(Stream::ssrc).collect();
        assert_eq!(kept, [2, 3, 4, 5, 6, 7, 0, 8]);
    }

    proptest! {
        /// Told by a list of all numbers.
        #[test]
        fn no_packet_is_taken_twice(sequences in prop::collection::vec(0..400_u64, 1..300)) {
            let mut stream = Stream::new(1, 1_000);
            let mut taken = vec![1_000];
            for index in sequences.into_iter().map(|it| it + 800) {
                let highest = taken.iter().copied().max().unwrap_or_default();
                let expected = !taken.contains(&index) && index + WINDOW > highest;
                prop_assert_eq!(stream.is_new(index), expected);
                if expected {
                    stream.see(index);
                    taken.push(index);
                }
            }
        }
    }
}

//! A short queue between packets that come when they like and a tick that comes every 20 ms.

use super::FRAME_SAMPLES;
use super::codec::Codec;
use super::rtp::Header;

/// 20 ms of linear samples.
pub type Frame = [i16; FRAME_SAMPLES];

/// Samples the queue holds: 512 ms. A power of two.
const RING: usize = 4096;

/// Puts received audio in its place by its timestamp; what never came is silence.
///
/// Allocates once, when it is made.
#[derive(Debug)]
pub(crate) struct Jitter {
    ring: Box<[i16]>,
    /// Where the next frame begins.
    read: usize,
    /// How far behind the newest packet reading begins, in samples.
    delay: u32,
    stream: Option<Stream>,
}

#[derive(Debug, Clone, Copy)]
struct Stream {
    ssrc: u32,
    /// Timestamp of the sample at `read`.
    next: u32,
    /// Timestamp after the last sample known.
    end: u32,
}

impl Jitter {
    /// A queue that evens out `delay` samples of jitter, at most a quarter of a second.
    pub(crate) fn new(delay: u32) -> Self {
        Self {
            ring: vec![0; RING].into_boxed_slice(),
            read: 0,
            delay: delay.min(RING as u32 / 2),
            stream: None,
        }
    }

    /// Takes one audio packet.
    pub(crate) fn put(&mut self, head: Header, codec: Codec, payload: &[u8]) {
        let length = payload.len().min(RING / 4) as u32;
        if length == 0 {
            return;
        }
        let after = head.timestamp.wrapping_add(length);
        let known = self.stream.filter(|stream| stream.ssrc == head.ssrc);
        let mut stream = match known {
            Some(stream) => {
                let ahead = distance(stream.next, head.timestamp);
                let newest = distance(stream.end, after) > 0;
                if ahead < 0 && !newest {
                    return; // late or twice
                }
                // Newest and yet late: the clock of the sender or the network has slowed down. Far ahead: it has
                // gained, or jumped. Either way reading begins anew behind this packet.
                let room = (RING as u32 - length) as i32;
                let far = ahead > room || ahead > 4 * self.delay as i32;
                if ahead < 0 || far {
                    self.begin(head)
                } else {
                    stream
                }
            }
            None => self.begin(head),
        };
        let offset = distance(stream.next, head.timestamp).max(0) as usize;
        for (index, byte) in payload.iter().take(length as usize).enumerate() {
            if let Some(place) = self.ring.get_mut((self.read + offset + index) % RING) {
                *place = codec.decode(*byte);
            }
        }
        if distance(stream.end, after) > 0 {
            stream.end = after;
        }
        self.stream = Some(stream);
    }

    fn begin(&mut self, head: Header) -> Stream {
        self.ring.fill(0);
        Stream {
            ssrc: head.ssrc,
            next: head.timestamp.wrapping_sub(self.delay),
            end: head.timestamp,
        }
    }

    /// Whether there is anything yet to be taken.
    pub(crate) fn holds(&self) -> bool {
        let stream = self.stream.as_ref();
        stream.is_some_and(|stream| distance(stream.next, stream.end) > 0)
    }

    /// The next 20 ms. False, and silence, when there is nothing.
    pub(crate) fn take(&mut self, frame: &mut Frame) -> bool {
        let any = self.holds();
        let Some(stream) = &mut self.stream else {
            frame.fill(0);
            return false;
        };
        for (index, sample) in frame.iter_mut().enumerate() {
            if let Some(place) = self.ring.get_mut((self.read + index) % RING) {
                *sample = std::mem::take(place);
            }
        }
        self.read = (self.read + FRAME_SAMPLES) % RING;
        stream.next = stream.next.wrapping_add(FRAME_SAMPLES as u32);
        any
    }
}

/// From one timestamp to another; they wrap (RFC 3550 §5.1).
fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: u32 = 320;

    fn put(jitter: &mut Jitter, ssrc: u32, timestamp: u32, value: i16) {
        let head = Header {
            marker: false,
            payload_type: 8,
            sequence: 0,
            timestamp,
            ssrc,
        };
        jitter.put(head, Codec::Pcma, &[Codec::Pcma.encode(value); 160]);
    }

    /// The next frames, each as one value in thousands.
    fn take(jitter: &mut Jitter, count: usize) -> Vec<i16> {
        let mut frame = [1; FRAME_SAMPLES];
        (0..count)
            .map(|_| {
                jitter.take(&mut frame);
                (frame[80] + 500) / 1000
            })
            .collect()
    }

    #[test]
    fn packets_come_out_in_order_and_what_is_lost_is_silence() {
        let mut jitter = Jitter::new(DELAY);
        for n in [0u32, 2, 1, 1, 4] {
            let timestamp = (u32::MAX - 200).wrapping_add(n * 160);
            put(&mut jitter, 1, timestamp, 1000 * (n as i16 + 1));
        }
        assert_eq!(take(&mut jitter, 8), [0, 0, 1, 2, 3, 0, 5, 0]);
        assert!(!jitter.take(&mut [0; FRAME_SAMPLES]));
    }

    #[test]
    fn sender_that_is_late_for_good_is_heard_again_and_a_late_packet_is_not() {
        let mut jitter = Jitter::new(DELAY);
        put(&mut jitter, 1, 0, 1000);
        assert_eq!(take(&mut jitter, 10), [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        put(&mut jitter, 1, 160, 2000);
        put(&mut jitter, 1, 320, 3000);
        assert_eq!(take(&mut jitter, 2), [0, 0]);
        put(&mut jitter, 1, 0, 9000);
        assert_eq!(take(&mut jitter, 2), [2, 3]);
    }

    #[test]
    fn flood_never_adds_more_delay_than_the_queue_is_long() {
        let mut jitter = Jitter::new(DELAY);
        for n in 0..1000 {
            put(&mut jitter, 1, n * 160, 1000);
        }
        put(&mut jitter, 1, 160_000, 7000);
        let heard = take(&mut jitter, 12);
        assert!(heard.contains(&7), "{heard:?}");
    }

    #[test]
    fn another_stream_begins_anew() {
        let mut jitter = Jitter::new(DELAY);
        put(&mut jitter, 1, 5000, 1000);
        put(&mut jitter, 2, 0x8000_0000, 2000);
        assert_eq!(take(&mut jitter, 4), [0, 0, 2, 0]);
    }

    #[test]
    fn packets_of_any_length_are_taken() {
        let mut jitter = Jitter::new(DELAY);
        let head = |timestamp| Header {
            marker: false,
            payload_type: 0,
            sequence: 0,
            timestamp,
            ssrc: 1,
        };
        let byte = Codec::Pcmu.encode(4000);
        jitter.put(head(0), Codec::Pcmu, &[byte; 240]);
        jitter.put(head(240), Codec::Pcmu, &[byte; 80]);
        jitter.put(head(320), Codec::Pcmu, &[byte; 1500]);
        jitter.put(head(99_999), Codec::Pcmu, &[]);
        assert_eq!(take(&mut jitter, 5), [0, 0, 4, 4, 4]);
    }
}

//! Reporting each received key once.

use std::time::{Duration, Instant};

use crate::media::SAMPLE_RATE;
use crate::media::key::Key;

/// A key whose end got lost counts as released after this time without packets.
const LOST_END: Duration = Duration::from_millis(500);

/// What happened to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyChange {
    Down(Key),
    /// With the milliseconds it was held.
    Up(Key, u32),
}

/// Follows the telephone events of one received stream.
#[derive(Debug, Default)]
pub(crate) struct KeyReceiver {
    pressed: Option<Press>,
    /// Timestamp of the last key that was released.
    released: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Press {
    key: Key,
    timestamp: u32,
    /// Duration so far in the current segment, in samples.
    duration: u16,
    /// Samples in earlier segments of a very long press (RFC 4733 §2.5.1.3).
    earlier: u32,
    heard: Instant,
}

/// A segment of a very long press is so long at least, in samples: senders fill the duration field as far as their packets
/// allow.
const SHORTEST_SEGMENT: u32 = 0xf000;

impl Press {
    /// Whether a segment that begins there continues this one. The packets before it may be lost, so it need not begin where
    /// the last one that was heard ended.
    fn goes_on_at(&self, timestamp: u32) -> bool {
        let segment = timestamp.wrapping_sub(self.timestamp);
        let lost = segment.checked_sub(u32::from(self.duration));
        let gap = u128::from(SAMPLE_RATE) * LOST_END.as_millis() / 1_000;
        (SHORTEST_SEGMENT..=u32::from(u16::MAX)).contains(&segment)
            && lost.is_some_and(|lost| u128::from(lost) < gap)
    }

    fn up(&self) -> KeyChange {
        let samples = u64::from(self.earlier) + u64::from(self.duration);
        let ms = samples * 1000 / u64::from(SAMPLE_RATE);
        KeyChange::Up(self.key, u32::try_from(ms).unwrap_or(u32::MAX))
    }
}

impl KeyReceiver {
    /// Takes the payload of one packet. Repetitions change nothing; malformed
    /// payloads and events that are not keys are ignored. Returns up to two
    /// changes, in order.
    pub(crate) fn on_packet(
        &mut self,
        now: Instant,
        timestamp: u32,
        marker: bool,
        payload: &[u8],
    ) -> [Option<KeyChange>; 3] {
        let Some(([code, flags, d0, d1], _)) = payload.split_first_chunk::<4>() else {
            return [None; 3];
        };
        let Some(key) = Key::from_event(*code) else {
            return [None; 3];
        };
        let end = flags & 0x80 != 0;
        let duration = u16::from_be_bytes([*d0, *d1]);
        let mut changes = [None; 3];
        if !self.is_current(now, key, timestamp, marker, duration) {
            if self.is_old(timestamp) {
                return changes;
            }
            changes[0] = self.release();
            changes[1] = Some(KeyChange::Down(key));
            self.pressed = Some(Press {
                key,
                timestamp,
                duration,
                earlier: 0,
                heard: now,
            });
        }
        if end {
            changes[2] = self.release();
        }
        changes
    }

    /// Releases a key whose end was lost.
    pub(crate) fn on_time(&mut self, now: Instant) -> Option<KeyChange> {
        let heard = self.pressed.as_ref()?.heard;
        if now.saturating_duration_since(heard) >= LOST_END {
            self.release()
        } else {
            None
        }
    }

    /// Forgets the past because the stream changed its SSRC.
    pub(crate) fn restart(&mut self) -> Option<KeyChange> {
        let change = self.release();
        self.released = None;
        change
    }

    /// Whether the packet continues the key that is down; notes its progress.
    fn is_current(
        &mut self,
        now: Instant,
        key: Key,
        timestamp: u32,
        marker: bool,
        duration: u16,
    ) -> bool {
        let Some(press) = &mut self.pressed else {
            return false;
        };
        if press.key != key {
            return false;
        }
        if press.timestamp == timestamp {
            press.duration = press.duration.max(duration);
        } else if !marker && press.goes_on_at(timestamp) {
            // The next segment of a press longer than the duration field holds.
            let segment = timestamp.wrapping_sub(press.timestamp);
            press.earlier = press.earlier.saturating_add(segment);
            press.timestamp = timestamp;
            press.duration = duration;
        } else {
            return false;
        }
        press.heard = now;
        true
    }

    /// Whether the packet belongs to a key that has already come and gone.
    fn is_old(&self, timestamp: u32) -> bool {
        let before = |known: u32| known.wrapping_sub(timestamp) < 0x8000_0000;
        self.released.is_some_and(before) || self.pressed.is_some_and(|p| before(p.timestamp))
    }

    fn release(&mut self) -> Option<KeyChange> {
        let press = self.pressed.take()?;
        self.released = Some(press.timestamp);
        Some(press.up())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(symbol: char) -> Key {
        Key::from_char(symbol).expect("a key")
    }

    fn packet(code: u8, end: bool, duration: u16) -> [u8; 4] {
        let [d0, d1] = duration.to_be_bytes();
        [code, if end { 0x8a } else { 0x0a }, d0, d1]
    }

    fn feed(receiver: &mut KeyReceiver, timestamp: u32, payload: &[u8]) -> Vec<KeyChange> {
        let changes = receiver.on_packet(Instant::now(), timestamp, false, payload);
        changes.into_iter().flatten().collect()
    }

    #[test]
    fn key_is_reported_at_its_first_packet_and_once_at_its_end() {
        let mut receiver = KeyReceiver::default();
        let first = feed(&mut receiver, 1000, &packet(5, false, 160));
        assert_eq!(first, [KeyChange::Down(key('5'))]);
        assert!(feed(&mut receiver, 1000, &packet(5, false, 320)).is_empty());
        let end = feed(&mut receiver, 1000, &packet(5, true, 800));
        assert_eq!(end, [KeyChange::Up(key('5'), 100)]);
        for _ in 0..2 {
            assert!(feed(&mut receiver, 1000, &packet(5, true, 800)).is_empty());
        }
        assert!(
            feed(&mut receiver, 1000, &packet(5, false, 320)).is_empty(),
            "a late packet of a key that is gone"
        );
    }

    #[test]
    fn same_key_pressed_twice_is_two_keys_even_when_an_end_is_lost() {
        let mut receiver = KeyReceiver::default();
        feed(&mut receiver, 1000, &packet(1, false, 160));
        let changes = feed(&mut receiver, 3000, &packet(1, false, 160));
        assert_eq!(
            changes,
            [KeyChange::Up(key('1'), 20), KeyChange::Down(key('1'))]
        );
    }

    #[test]
    fn only_the_end_packet_arrived() {
        let mut receiver = KeyReceiver::default();
        let changes = feed(&mut receiver, 1000, &packet(11, true, 800));
        assert_eq!(
            changes,
            [KeyChange::Down(key('#')), KeyChange::Up(key('#'), 100)]
        );
    }

    #[test]
    fn very_long_press_in_segments_is_one_key() {
        let mut receiver = KeyReceiver::default();
        feed(&mut receiver, 0, &packet(2, false, 0xffff));
        assert!(feed(&mut receiver, 0xffff, &packet(2, false, 160)).is_empty());
        let end = feed(&mut receiver, 0xffff, &packet(2, true, 1600));
        assert_eq!(end, [KeyChange::Up(key('2'), 8391)]);
    }

    #[test]
    fn key_without_an_end_is_released_in_time() {
        let mut receiver = KeyReceiver::default();
        let start = Instant::now();
        receiver.on_packet(start, 1, true, &packet(3, false, 160));
        assert_eq!(receiver.on_time(start + Duration::from_millis(499)), None);
        let change = receiver.on_time(start + Duration::from_millis(500));
        assert_eq!(change, Some(KeyChange::Up(key('3'), 20)));
    }

    #[test]
    fn malformed_and_foreign_events_are_ignored() {
        let mut receiver = KeyReceiver::default();
        for payload in [&[][..], &[1], &[1, 2, 3], &[16, 0, 0, 1], &[255, 255, 0, 1]] {
            assert!(feed(&mut receiver, 9, payload).is_empty());
        }
    }

    /// The packets of a press of so many samples, 20 ms apart, with a new segment where the duration field is full; the
    /// last packet is sent three times. RFC 4733 §2.5.1.
    fn press(samples: u32, segment: u32) -> Vec<(u32, Instant, [u8; 4])> {
        const STEP: u32 = SAMPLE_RATE / 50;
        let start = Instant::now();
        let mut packets = Vec::new();
        let (mut at, mut begun) = (0, 0);
        while at < samples {
            at = (at + STEP).min(samples);
            if at - begun > segment {
                begun += segment;
            }
            let when = start + Duration::from_millis(u64::from(at / (SAMPLE_RATE / 1_000)));
            let duration = u16::try_from(at - begun).expect("a segment");
            let end = at == samples;
            for _ in 0..if end { 3 } else { 1 } {
                packets.push((begun, when, packet(7, end, duration)));
            }
        }
        packets
    }

    proptest::proptest! {
        #[test]
        fn press_is_one_key_however_long_it_is_and_whatever_is_lost_on_the_way(
            samples in 160..200_000_u32,
            segment in proptest::sample::select(vec![0xffff_u32, 0xff00, 65_440, 62_000]),
            fates in proptest::collection::vec(0..10_u8, 200),
        ) {
            let mut receiver = KeyReceiver::default();
            let mut heard = Vec::new();
            let mut late = None;
            let mut lost = 0;
            let mut last = Instant::now();
            for (at, (timestamp, when, payload)) in press(samples, segment).into_iter().enumerate() {
                let fate = fates[at % fates.len()];
                // No gap is so long that the key counts as released.
                if fate < 3 && lost < 15 && at > 0 {
                    lost += 1;
                    continue;
                }
                lost = 0;
                last = when;
                let mut take = |timestamp, payload: &[u8; 4]| {
                    heard.extend(receiver.on_packet(when, timestamp, at == 0, payload).into_iter().flatten());
                };
                take(timestamp, &payload);
                if fate == 9 {
                    take(timestamp, &payload);
                }
                if let Some((timestamp, payload)) = late.take() {
                    take(timestamp, &payload);
                }
                late = (fate == 8).then_some((timestamp, payload));
            }
            heard.extend(receiver.on_time(last + LOST_END));
            proptest::prop_assert_eq!(heard.len(), 2, "{:?}", heard);
            let KeyChange::Up(_, ms) = heard[1] else { panic!("{heard:?}") };
            let held = samples / (SAMPLE_RATE / 1_000);
            proptest::prop_assert!(ms <= held && ms + 320 >= held, "{} of {}", ms, held);
        }
    }
}

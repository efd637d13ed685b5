//! A recording in progress, on the worker's side: puts received packets into
//! order and onto a time line, detects its end, and hands samples to the
//! writer.

mod reorder;
mod silence;

use std::time::{Duration, Instant};

use super::SAMPLE_RATE;
use super::codec::Codec;
use super::event::{OpId, RecordEnd};
use super::key::{Key, KeySet};
use super::request::RecordRequest;
use super::rtp::{Header, Packet};
use super::wav_writer::{Disk, RecordingId};
use reorder::{Held, REORDER, Reorder};
use silence::SilenceMeter;

/// Without packets for this long, what is held back is used and time passes as
/// silence.
const QUIET: Duration = Duration::from_millis(200);
/// A timestamp may run ahead of the clock by this much, else it is a jump.
const TRUST: u64 = SAMPLE_RATE as u64;
/// A timestamp this far behind the clock stood still during a pause and says
/// nothing about its length.
const STOOD_STILL: u128 = 3 * SAMPLE_RATE as u128;
/// Samples handed to the writer at a time: half a second.
pub(crate) const CHUNK: usize = SAMPLE_RATE as usize / 2;

/// Turns received packets into samples in time.
#[derive(Debug)]
pub(crate) struct Recorder {
    op: OpId,
    stop_keys: KeySet,
    id: RecordingId,
    samples: Vec<i16>,
    /// Samples recorded so far, those in `samples` included.
    length: u64,
    max_length: u64,
    silence: Option<SilenceMeter>,
    /// Silence since the last packet that is not yet recorded: the next packet's
    /// timestamp tells how long it really was.
    pending: u64,
    stream: Option<Position>,
    heard: Instant,
    held: Reorder,
    broken: bool,
}

/// Where in the received stream the recording is.
#[derive(Debug, Clone, Copy)]
struct Position {
    ssrc: u32,
    next_timestamp: u32,
}

impl Recorder {
    pub(crate) fn new(now: Instant, request: RecordRequest, disk: &mut Disk) -> Self {
        let samples_in = |time: Duration| {
            let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
            micros.saturating_mul(u64::from(SAMPLE_RATE)) / 1_000_000
        };
        Self {
            op: request.op,
            stop_keys: request.stop_keys,
            id: disk.begin(request.path, 1),
            samples: disk.chunk(),
            length: 0,
            max_length: samples_in(request.max_length),
            silence: request
                .silence
                .map(|end| SilenceMeter::new(end, samples_in(end.after))),
            pending: 0,
            stream: None,
            heard: now,
            held: Reorder::default(),
            broken: false,
        }
    }

    pub(crate) fn op(&self) -> OpId {
        self.op
    }

    pub(crate) fn id(&self) -> RecordingId {
        self.id
    }

    /// Whether `key` ends the recording.
    pub(crate) fn stops_on(&self, key: Key) -> bool {
        self.stop_keys.contains(key)
    }

    /// Takes one audio packet. Returns why the recording is over, if it is.
    pub(crate) fn on_audio(
        &mut self,
        now: Instant,
        codec: Codec,
        packet: Packet<'_>,
        disk: &mut Disk,
    ) -> Option<RecordEnd> {
        let head = packet.header;
        let elapsed = now.saturating_duration_since(self.heard);
        self.heard = now;
        let end = match self.place(head, elapsed) {
            Place::Next => self.record(codec, head, packet.payload, disk),
            Place::Ahead if self.held.put(codec, head, packet.payload) => None,
            Place::Ahead => {
                let end = self.use_held(REORDER - 1, disk);
                if end.is_none() && !self.held.put(codec, head, packet.payload) {
                    self.record(codec, head, packet.payload, disk)
                } else {
                    end
                }
            }
            Place::Jump => {
                let end = self.use_held(0, disk).or_else(|| self.record_pending(disk));
                self.stream = None;
                end.or_else(|| self.record(codec, head, packet.payload, disk))
            }
            Place::Late => None,
        };
        end.or_else(|| self.use_next_held(disk))
    }

    /// Lets time pass; to be called every 20 ms.
    pub(crate) fn on_tick(&mut self, now: Instant, disk: &mut Disk) -> Option<RecordEnd> {
        let quiet = now.saturating_duration_since(self.heard);
        if quiet < QUIET {
            return None;
        }
        if let Some(end) = self.use_held(0, disk) {
            return Some(end);
        }
        let passed = quiet.as_micros() * u128::from(SAMPLE_RATE) / 1_000_000;
        self.pending = u64::try_from(passed).unwrap_or(u64::MAX / 2);
        if self.length + self.pending >= self.max_length {
            self.record_pending(disk);
            return Some(RecordEnd::MaxLength);
        }
        if let Some(meter) = &self.silence
            && meter.is_over_after(self.pending)
        {
            self.record_pending(disk);
            return Some(RecordEnd::Silence);
        }
        None
    }

    /// Hands over what is left; the caller then finishes the file.
    pub(crate) fn close(&mut self, disk: &mut Disk) -> bool {
        if self.use_held(0, disk).is_none() {
            self.record_pending(disk);
        }
        let rest = std::mem::take(&mut self.samples);
        if !rest.is_empty() && !disk.samples(self.id, rest) {
            self.broken = true;
        }
        !self.broken
    }

    /// Where a packet belongs in relation to what has been recorded.
    fn place(&self, head: Header, elapsed: Duration) -> Place {
        let Some(position) = self.stream else {
            return Place::Jump;
        };
        if position.ssrc != head.ssrc {
            return Place::Jump;
        }
        let ahead = head.timestamp.wrapping_sub(position.next_timestamp);
        let behind = position.next_timestamp.wrapping_sub(head.timestamp);
        let clock = elapsed.as_micros() * u128::from(SAMPLE_RATE) / 1_000_000;
        if u128::from(ahead) + STOOD_STILL < clock {
            Place::Jump
        } else if ahead == 0 {
            Place::Next
        } else if u128::from(ahead) <= clock + u128::from(TRUST) {
            // After a pause in transmission nothing earlier is to be expected.
            if elapsed >= QUIET {
                Place::Next
            } else {
                Place::Ahead
            }
        } else if u64::from(behind) <= TRUST {
            Place::Late
        } else {
            Place::Jump
        }
    }

    /// Records a packet at its place, with silence for what is missing before.
    fn record(
        &mut self,
        codec: Codec,
        head: Header,
        payload: &[u8],
        disk: &mut Disk,
    ) -> Option<RecordEnd> {
        let gap = self.stream.map_or(0, |position| {
            head.timestamp.wrapping_sub(position.next_timestamp)
        });
        self.pending = 0;
        let length = u32::try_from(payload.len()).unwrap_or(0);
        self.stream = Some(Position {
            ssrc: head.ssrc,
            next_timestamp: head.timestamp.wrapping_add(length),
        });
        let silence = std::iter::repeat_n(0, gap as usize);
        let speech = payload.iter().map(|byte| codec.decode(*byte));
        self.append(silence.chain(speech), disk)
    }

    fn record_pending(&mut self, disk: &mut Disk) -> Option<RecordEnd> {
        let pending = std::mem::take(&mut self.pending);
        if let Some(position) = &mut self.stream {
            // The low 32 bits are what a timestamp has.
            position.next_timestamp = position.next_timestamp.wrapping_add(pending as u32);
        }
        let room = self.max_length.saturating_sub(self.length);
        let count = usize::try_from(pending.min(room)).unwrap_or(usize::MAX);
        self.append(std::iter::repeat_n(0, count), disk)
    }

    fn append(&mut self, samples: impl Iterator<Item = i16>, disk: &mut Disk) -> Option<RecordEnd> {
        for sample in samples {
            if self.length >= self.max_length {
                return Some(RecordEnd::MaxLength);
            }
            self.samples.push(sample);
            self.length += 1;
            if self.samples.len() >= CHUNK {
                let full = std::mem::replace(&mut self.samples, disk.chunk());
                self.broken |= !disk.samples(self.id, full);
            }
            if let Some(meter) = &mut self.silence
                && meter.on_sample(sample)
            {
                return Some(RecordEnd::Silence);
            }
        }
        (self.length >= self.max_length).then_some(RecordEnd::MaxLength)
    }

    /// Records held packets as long as they directly follow.
    fn use_next_held(&mut self, disk: &mut Disk) -> Option<RecordEnd> {
        while let Some(position) = self.stream {
            let Some(held) = self.held.take(position.next_timestamp) else {
                break;
            };
            if let Some(end) = self.use_one(held, disk) {
                return Some(end);
            }
        }
        None
    }

    /// Gives up on missing packets until at most `keep` are held.
    fn use_held(&mut self, keep: usize, disk: &mut Disk) -> Option<RecordEnd> {
        while self.held.len() > keep {
            let from = self.stream.map_or(0, |position| position.next_timestamp);
            let Some(held) = self.held.take_earliest(from) else {
                break;
            };
            if let Some(end) = self.use_one(held, disk) {
                return Some(end);
            }
        }
        None
    }

    fn use_one(&mut self, held: Held, disk: &mut Disk) -> Option<RecordEnd> {
        let end = self.record(held.codec, held.head, &held.payload, disk);
        self.held.give_back(held.payload);
        end
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Directly follows, or follows a pause.
    Next,
    /// Something before it is missing.
    Ahead,
    /// Was already given up on.
    Late,
    /// Has nothing to do with what came before.
    Jump,
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use super::*;
    use crate::media::SilenceEnd;
    use crate::media::wav_writer::Message;

    /// A recorder, the time of its world, and what it wrote.
    struct Bench {
        recorder: Recorder,
        disk: Disk,
        messages: Receiver<Message>,
        now: Instant,
        ssrc: u32,
    }

    impl Bench {
        fn new(request: impl FnOnce(RecordRequest) -> RecordRequest) -> Self {
            let (queue, messages) = sync_channel(1000);
            let mut disk = Disk::new(queue);
            let now = Instant::now();
            let hour = Duration::from_secs(3600);
            let request = request(RecordRequest::new(OpId(1), "unused.wav", hour));
            Self {
                recorder: Recorder::new(now, request, &mut disk),
                disk,
                messages,
                now,
                ssrc: 1,
            }
        }

        fn wait(&mut self, ms: u64) -> Option<RecordEnd> {
            for _ in 0..ms / 20 {
                self.now += Duration::from_millis(20);
                let end = self.recorder.on_tick(self.now, &mut self.disk);
                if end.is_some() {
                    return end;
                }
            }
            None
        }

        /// A frame of 160 samples of about `value`.
        fn frame(&mut self, timestamp: u32, value: i16) -> Option<RecordEnd> {
            let header = Header {
                marker: false,
                payload_type: 8,
                sequence: 0,
                timestamp,
                ssrc: self.ssrc,
            };
            let payload = [Codec::Pcma.encode(value); 160];
            let packet = Packet {
                header,
                payload: &payload,
            };
            self.recorder
                .on_audio(self.now, Codec::Pcma, packet, &mut self.disk)
        }

        /// The recording as one rounded value per 20 ms.
        fn written(mut self) -> Vec<i16> {
            assert!(self.recorder.close(&mut self.disk));
            let mut samples = Vec::new();
            for message in self.messages.try_iter() {
                if let Message::Samples(_, chunk) = message {
                    samples.extend(chunk);
                }
            }
            samples
                .chunks(160)
                .map(|frame| (frame[frame.len() / 2] + 50) / 100)
                .collect()
        }
    }

    #[test]
    fn lost_packets_leave_silence_of_their_length() {
        let mut bench = Bench::new(|request| request);
        for n in [0, 1, 4, 5, 6, 7, 8, 9, 10] {
            bench.frame(n * 160, 1000);
        }
        assert_eq!(bench.written(), [10, 10, 0, 0, 10, 10, 10, 10, 10, 10, 10]);
    }

    #[test]
    fn packets_out_of_order_and_twice_are_recorded_in_order_and_once() {
        let mut bench = Bench::new(|request| request);
        for n in [0u32, 2, 1, 1, 5, 4, 3, 3, 0, 6] {
            bench.frame(n * 160, (n as i16 + 1) * 1000);
        }
        let rounded: Vec<_> = bench.written().iter().map(|v| (v + 5) / 10).collect();
        assert_eq!(rounded, [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn pause_in_transmission_lasts_as_long_as_the_timestamps_say() {
        let mut bench = Bench::new(|request| request);
        bench.frame(u32::MAX - 159, 1000);
        assert_eq!(bench.wait(2000), None);
        bench.frame(98 * 160, 1000);
        let written = bench.written();
        assert_eq!(written.len(), 100);
        assert_eq!(written.iter().filter(|v| **v == 10).count(), 2);
    }

    #[test]
    fn packets_delayed_by_the_network_do_not_lengthen_the_recording() {
        let mut bench = Bench::new(|request| request);
        bench.frame(0, 1000);
        bench.wait(1000);
        for n in 1..=50 {
            bench.frame(n * 160, 1000);
        }
        assert_eq!(bench.written(), [10; 51]);
    }

    #[test]
    fn new_stream_goes_on_after_the_time_that_passed() {
        let mut bench = Bench::new(|request| request);
        bench.frame(0, 1000);
        bench.wait(1000);
        bench.ssrc = 2;
        bench.frame(0x8000_0000, 1000);
        assert_eq!(bench.written().len(), 52);
    }

    #[test]
    fn jump_of_the_timestamps_does_not_make_hours_of_silence() {
        let mut bench = Bench::new(|request| request);
        bench.frame(0, 1000);
        bench.frame(0x4000_0000, 1000);
        bench.frame(0x4000_0000 + 160, 1000);
        assert_eq!(bench.written(), [10; 3]);
    }

    #[test]
    fn silence_ends_the_recording_whether_sent_or_not() {
        let silence = SilenceEnd {
            threshold: 200,
            after: Duration::from_secs(1),
        };
        let mut sent = Bench::new(|request| request.with_silence(silence));
        let mut end = None;
        let mut frames = 0;
        while end.is_none() && frames < 1000 {
            let value = if frames < 10 { 1000 } else { 20 };
            end = sent.frame(frames * 160, value);
            frames += 1;
        }
        assert_eq!((end, frames), (Some(RecordEnd::Silence), 60));

        let mut unsent = Bench::new(|request| request.with_silence(silence));
        unsent.frame(0, 1000);
        assert_eq!(unsent.wait(980), None);
        assert_eq!(unsent.wait(20), Some(RecordEnd::Silence));
    }

    #[test]
    fn recording_is_cut_at_its_maximum_length() {
        let mut bench = Bench::new(|mut request| {
            request.max_length = Duration::from_millis(1010);
            request
        });
        let mut end = None;
        let mut frames = 0;
        while end.is_none() && frames < 1000 {
            end = bench.frame(frames * 160, 1000);
            frames += 1;
        }
        assert_eq!((end, frames), (Some(RecordEnd::MaxLength), 51));
        assert_eq!(bench.recorder.length, 8080);

        let mut silent = Bench::new(|mut request| {
            request.max_length = Duration::from_secs(1);
            request
        });
        assert_eq!(silent.wait(5000), Some(RecordEnd::MaxLength));
        assert_eq!(silent.written().len(), 50);
    }
}

//! A recording in progress, on the worker's side: puts received packets into
//! order and onto a time line, detects its end, and hands samples to the
//! writer.

use std::time::{Duration, Instant};

use super::codec::Codec;
use super::event::{OpId, RecordEnd};
use super::key::{Key, KeySet};
use super::request::{RecordRequest, SilenceEnd};
use super::rtp::{HEADER, Header, MAX_PACKET, Packet};
use super::wav_writer::{Disk, RecordingId};
use super::{FRAME_SAMPLES, SAMPLE_RATE};

/// Packets held back while an earlier one is missing: 100 ms at 20 ms each.
const REORDER: usize = 5;
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
            u64::try_from(time.as_micros()).unwrap_or(u64::MAX / 8000) * u64::from(SAMPLE_RATE)
                / 1_000_000
        };
        Self {
            op: request.op,
            stop_keys: request.stop_keys,
            id: disk.begin(request.path),
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
            && meter.quiet + self.pending >= meter.limit
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
        while self.held.used > keep {
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

/// Packets waiting for an earlier one. Buffers are kept and used again.
#[derive(Debug, Default)]
struct Reorder {
    places: [Option<Held>; REORDER],
    used: usize,
    buffers: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Held {
    codec: Codec,
    head: Header,
    payload: Vec<u8>,
}

impl Reorder {
    /// Keeps a packet; false when there is no room. A duplicate is forgotten.
    fn put(&mut self, codec: Codec, head: Header, payload: &[u8]) -> bool {
        let same = |held: &Held| held.head.timestamp == head.timestamp;
        if self.places.iter().flatten().any(same) {
            return true;
        }
        let Some(place) = self.places.iter_mut().find(|place| place.is_none()) else {
            return false;
        };
        let mut buffer = self
            .buffers
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(MAX_PACKET - HEADER));
        buffer.extend_from_slice(payload);
        *place = Some(Held {
            codec,
            head,
            payload: buffer,
        });
        self.used += 1;
        true
    }

    fn take(&mut self, timestamp: u32) -> Option<Held> {
        self.take_where(|held| held.head.timestamp == timestamp)
    }

    fn take_earliest(&mut self, from: u32) -> Option<Held> {
        let distance = |held: &Held| held.head.timestamp.wrapping_sub(from);
        let earliest = self.places.iter().flatten().map(distance).min()?;
        self.take_where(|held| distance(held) == earliest)
    }

    fn take_where(&mut self, wanted: impl Fn(&Held) -> bool) -> Option<Held> {
        let place = self
            .places
            .iter_mut()
            .find(|place| place.as_ref().is_some_and(&wanted))?;
        self.used -= 1;
        place.take()
    }

    fn give_back(&mut self, mut payload: Vec<u8>) {
        payload.clear();
        self.buffers.push(payload);
    }
}

/// Measures how long it has been quiet, frame by frame.
#[derive(Debug)]
struct SilenceMeter {
    threshold: u64,
    limit: u64,
    /// Samples of silence so far.
    quiet: u64,
    frame_sum: u64,
    frame_length: u64,
}

impl SilenceMeter {
    fn new(end: SilenceEnd, limit: u64) -> Self {
        Self {
            threshold: u64::from(end.threshold),
            limit,
            quiet: 0,
            frame_sum: 0,
            frame_length: 0,
        }
    }

    /// True when it has been quiet long enough.
    fn on_sample(&mut self, sample: i16) -> bool {
        self.frame_sum += u64::from(sample.unsigned_abs());
        self.frame_length += 1;
        if self.frame_length < FRAME_SAMPLES as u64 {
            return false;
        }
        if self.frame_sum / self.frame_length < self.threshold {
            self.quiet += self.frame_length;
        } else {
            self.quiet = 0;
        }
        self.frame_sum = 0;
        self.frame_length = 0;
        self.quiet >= self.limit
    }
}

//! A recording of both sides of a leg in progress, on the worker's side: what is received is the left channel, what is
//! sent the right one.

use std::time::{Duration, Instant};

use super::FRAME_SAMPLES;
use super::codec::Codec;
use super::event::{OpId, RecordEnd};
use super::jitter::{Frame, Jitter};
use super::recorder::CHUNK;
use super::request::TapeRequest;
use super::rtp::Header;
use super::wav_writer::{Disk, RecordingId};

/// Length of a frame.
const FRAME: Duration = Duration::from_millis(20);
/// Frames by which a recording is behind the clock, so that late packets find their place: 200 ms.
const LAG: u64 = 10;
/// Frames recorded in one tick at most; after a stall the rest follows with the next ones.
const MAKE_UP: u64 = 50;

/// Puts both directions of a leg onto one time line.
#[derive(Debug)]
pub(crate) struct Tape {
    op: OpId,
    id: RecordingId,
    began: Instant,
    /// Frames taken out of the queues so far; the first ones, in which nothing can be yet, are not recorded.
    taken: u64,
    most: u64,
    paused: bool,
    received: Jitter,
    sent: Jitter,
    /// Both channels, sample by sample.
    samples: Vec<i16>,
    broken: bool,
}

/// A side of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// What comes from the peer.
    Received,
    /// What the peer is sent.
    Sent,
}

impl Tape {
    pub(crate) fn new(now: Instant, request: TapeRequest, disk: &mut Disk) -> Self {
        let lag = (LAG as u32) * FRAME_SAMPLES as u32;
        Self {
            op: request.op,
            id: disk.begin(request.path, 2),
            began: now,
            taken: 0,
            most: frames_in(request.max_length).max(1),
            paused: false,
            received: Jitter::new(lag),
            sent: Jitter::new(lag),
            samples: disk.chunk(),
            broken: false,
        }
    }

    pub(crate) fn op(&self) -> OpId {
        self.op
    }

    pub(crate) fn id(&self) -> RecordingId {
        self.id
    }

    /// Records silence from now on, or sound again.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Takes one audio packet.
    pub(crate) fn on_audio(&mut self, side: Side, head: Header, codec: Codec, payload: &[u8]) {
        // What is said during a pause is not even kept for a moment.
        if self.paused {
            return;
        }
        match side {
            Side::Received => self.received.put(head, codec, payload),
            Side::Sent => self.sent.put(head, codec, payload),
        }
    }

    /// Records what is due; to be called every 20 ms.
    pub(crate) fn on_tick(&mut self, now: Instant, disk: &mut Disk) -> Option<RecordEnd> {
        let elapsed = frames_in(now.saturating_duration_since(self.began));
        self.take(elapsed, disk);
        (self.taken >= LAG.saturating_add(self.most)).then_some(RecordEnd::MaxLength)
    }

    /// Hands over what is left; the caller then finishes the file.
    pub(crate) fn close(&mut self, now: Instant, disk: &mut Disk) -> bool {
        let elapsed = frames_in(now.saturating_duration_since(self.began));
        self.take(elapsed.saturating_add(LAG), disk);
        // What came so late that it is still waiting.
        while self.taken < LAG.saturating_add(self.most) && self.waits() {
            self.take(self.taken + 1, disk);
        }
        let rest = std::mem::take(&mut self.samples);
        self.broken |= !rest.is_empty() && !disk.samples(self.id, rest);
        !self.broken
    }

    fn waits(&self) -> bool {
        self.received.holds() || self.sent.holds()
    }

    fn take(&mut self, due: u64, disk: &mut Disk) {
        let mut left: Frame = [0; FRAME_SAMPLES];
        let mut right: Frame = [0; FRAME_SAMPLES];
        let due = due
            .min(self.taken + MAKE_UP)
            .min(LAG.saturating_add(self.most));
        while self.taken < due {
            self.received.take(&mut left);
            self.sent.take(&mut right);
            self.taken += 1;
            if self.taken <= LAG {
                continue;
            }
            for (left, right) in left.iter().zip(&right) {
                self.samples.extend([*left, *right]);
            }
            if self.samples.len() + 2 * FRAME_SAMPLES > CHUNK {
                let full = std::mem::replace(&mut self.samples, disk.chunk());
                self.broken |= !disk.samples(self.id, full);
            }
        }
    }
}

fn frames_in(time: Duration) -> u64 {
    u64::try_from(time.as_micros() / FRAME.as_micros()).unwrap_or(u64::MAX)
}

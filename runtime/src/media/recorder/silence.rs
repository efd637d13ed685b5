//! Noticing that a speaker has stopped.

use crate::media::FRAME_SAMPLES;
use crate::media::request::SilenceEnd;

/// Measures how long it has been quiet, frame by frame.
#[derive(Debug)]
pub(super) struct SilenceMeter {
    threshold: u64,
    limit: u64,
    /// Samples of silence so far.
    quiet: u64,
    frame_sum: u64,
    frame_length: u64,
}

impl SilenceMeter {
    pub(super) fn new(end: SilenceEnd, limit: u64) -> Self {
        Self {
            threshold: u64::from(end.threshold),
            limit,
            quiet: 0,
            frame_sum: 0,
            frame_length: 0,
        }
    }

    /// Whether it would be quiet long enough after so many more samples of
    /// silence.
    pub(super) fn is_over_after(&self, more: u64) -> bool {
        self.quiet + more >= self.limit
    }

    /// True when it has been quiet long enough.
    pub(super) fn on_sample(&mut self, sample: i16) -> bool {
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

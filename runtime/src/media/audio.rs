//! Audio that is ready to be sent: encoded beforehand, shared by all calls.

use std::time::Duration;

use super::codec::Codec;
use super::{FRAME_SAMPLES, SAMPLE_RATE, g711};

/// A prompt, file or tone as codec frames.
///
/// Held behind an `Arc`; playing it is a copy of 160 bytes per frame and
/// listener. The last frame is filled up with silence.
pub struct PreparedAudio {
    ulaw: Box<[u8]>,
    alaw: Box<[u8]>,
    samples: usize,
}

impl PreparedAudio {
    /// Encodes 8 kHz linear samples.
    #[must_use]
    pub fn from_samples(samples: &[i16]) -> Self {
        let whole = samples.len().next_multiple_of(FRAME_SAMPLES);
        let padded = || {
            let padding = std::iter::repeat_n(0, whole - samples.len());
            samples.iter().copied().chain(padding)
        };
        Self {
            ulaw: padded().map(g711::linear_to_ulaw).collect(),
            alaw: padded().map(g711::linear_to_alaw).collect(),
            samples: samples.len(),
        }
    }

    /// Length without the padding of the last frame.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.samples as f64 / f64::from(SAMPLE_RATE))
    }

    /// The same without its first milliseconds, to the 20 ms frame.
    #[must_use]
    pub fn from_ms(&self, ms: u64) -> Self {
        let frames = usize::try_from(ms / 20).unwrap_or(usize::MAX);
        let start = frames.saturating_mul(FRAME_SAMPLES).min(self.ulaw.len());
        let rest = |encoded: &[u8]| encoded.get(start..).unwrap_or_default().into();
        Self {
            ulaw: rest(&self.ulaw),
            alaw: rest(&self.alaw),
            samples: self.samples.saturating_sub(start),
        }
    }

    /// Memory held, in bytes; what caches count.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.ulaw.len() + self.alaw.len() + size_of::<Self>()
    }

    /// Number of 20 ms frames.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.ulaw.len() / FRAME_SAMPLES
    }

    /// One 20 ms frame, `None` past the end.
    pub(crate) fn frame(&self, codec: Codec, index: usize) -> Option<&[u8]> {
        let encoded = match codec {
            Codec::Pcmu => &self.ulaw,
            Codec::Pcma => &self.alaw,
        };
        let start = index.checked_mul(FRAME_SAMPLES)?;
        encoded.get(start..start.checked_add(FRAME_SAMPLES)?)
    }
}

impl std::fmt::Debug for PreparedAudio {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "PreparedAudio({:?})", self.duration())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_frame_is_filled_with_silence() {
        let audio = PreparedAudio::from_samples(&[10_000; 200]);
        assert_eq!(audio.frames(), 2);
        assert_eq!(audio.duration(), Duration::from_millis(25));
        for codec in [Codec::Pcmu, Codec::Pcma] {
            let frame = audio.frame(codec, 1).expect("second frame");
            assert!(codec.decode(frame[39]) > 9_000);
            assert!(codec.decode(frame[40]).abs() <= 8);
            assert!(audio.frame(codec, 2).is_none());
        }
    }

    #[test]
    fn start_that_is_left_out_shortens_it_to_nothing_at_most() {
        let audio = PreparedAudio::from_samples(&[10_000; 16_000]);
        assert_eq!(audio.from_ms(500).duration(), Duration::from_millis(1_500));
        assert_eq!(audio.from_ms(u64::MAX).frames(), 0);
        assert_eq!(audio.from_ms(0).frames(), audio.frames());
    }

    #[test]
    fn nothing_has_no_frames() {
        assert_eq!(PreparedAudio::from_samples(&[]).frames(), 0);
    }
}

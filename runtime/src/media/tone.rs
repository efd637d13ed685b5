//! Tones that are the same everywhere, and tones described by their frequencies.

use std::f64::consts::TAU;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::audio::PreparedAudio;
use super::key::Key;
use super::{FRAME_SAMPLES, SAMPLE_RATE};

/// Amplitude of a sine at 0 dBm0: 3.17 dB below the loudest µ-law sine
/// (ITU-T G.711 §5).
const ZERO_DBM0: f64 = 32124.0 / 1.440_47;

/// A standard tone. [`Tone::prepared`] gives one period of its cadence; play it
/// in a loop to have it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// 350+440 Hz, continuous.
    Dial,
    /// 440 Hz for half a second: "record after the beep".
    Beep,
    /// 1004 Hz at 0 dBm0, continuous: the digital milliwatt for line tests.
    Milliwatt,
}

impl Tone {
    /// The prepared tone; computed once per process.
    #[must_use]
    pub fn prepared(self) -> Arc<PreparedAudio> {
        static CACHE: [OnceLock<Arc<PreparedAudio>>; 3] = [const { OnceLock::new() }; 3];
        let render = || Arc::new(PreparedAudio::from_samples(&render(&self.segments())));
        CACHE[self as usize].get_or_init(render).clone()
    }

    fn segments(self) -> Vec<ToneSegment> {
        match self {
            // A whole second of whole frequencies joins its own beginning
            // without a click.
            Self::Dial => vec![ToneSegment {
                frequencies: vec![350.0, 440.0],
                level_db: -13.0,
                on_ms: 1000,
                off_ms: 0,
            }],
            Self::Beep => vec![ToneSegment {
                frequencies: vec![440.0],
                level_db: -10.0,
                on_ms: 500,
                off_ms: 0,
            }],
            Self::Milliwatt => vec![ToneSegment {
                frequencies: vec![1004.0],
                level_db: 0.0,
                on_ms: 1000,
                off_ms: 0,
            }],
        }
    }
}

/// A stretch of tone followed by a pause.
#[derive(Debug, Clone, PartialEq)]
pub struct ToneSegment {
    /// Frequencies sounded together, in Hz: one to four, each above 0 and up to
    /// 4000.
    pub frequencies: Vec<f64>,
    /// Level of each frequency in dBm0: −60 to 0.
    pub level_db: f64,
    /// How long it sounds, in milliseconds.
    pub on_ms: u32,
    /// How long the pause after it lasts, in milliseconds.
    pub off_ms: u32,
}

/// A tone composed of segments.
#[derive(Debug, Clone, PartialEq)]
pub struct ToneSpec {
    /// Sounded one after the other; one to 64.
    pub segments: Vec<ToneSegment>,
}

/// Why a tone cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ToneError {
    /// Not between 1 and 64 segments.
    #[error("a tone needs 1 to 64 segments; this one has {0}")]
    Segments(usize),
    /// A segment with no frequency, more than four, or one outside 1–4000 Hz.
    #[error("a tone segment needs one to four frequencies between 1 and 4000 Hz")]
    Frequencies,
    /// A level outside −60 to 0 dBm0.
    #[error("the level of a tone must lie between -60 and 0 dB")]
    Level,
    /// Longer than a minute in all; play it in a loop instead.
    #[error("one period of a tone may last at most 60 seconds; repeat it in a loop instead")]
    TooLong,
}

impl ToneSpec {
    /// Computes the tone. Takes a few milliseconds for a minute of tone.
    ///
    /// # Errors
    /// When a value is outside the limits stated at the fields.
    pub fn prepare(&self) -> Result<PreparedAudio, ToneError> {
        if self.segments.is_empty() || self.segments.len() > 64 {
            return Err(ToneError::Segments(self.segments.len()));
        }
        let mut total = Duration::ZERO;
        for segment in &self.segments {
            let frequencies = &segment.frequencies;
            let heard = |hz: &f64| (1.0..=4000.0).contains(hz);
            if frequencies.is_empty() || frequencies.len() > 4 || !frequencies.iter().all(heard) {
                return Err(ToneError::Frequencies);
            }
            if !(-60.0..=0.0).contains(&segment.level_db) {
                return Err(ToneError::Level);
            }
            total += Duration::from_millis(u64::from(segment.on_ms) + u64::from(segment.off_ms));
        }
        if total > Duration::from_secs(60) {
            return Err(ToneError::TooLong);
        }
        Ok(PreparedAudio::from_samples(&render(&self.segments)))
    }
}

/// One 20 ms frame of a key's tone pair; `index` keeps the phase going from
/// frame to frame (ITU-T Q.23 levels, about −6 and −8 dBm0).
pub(crate) fn key_frame(key: Key, index: u32) -> [i16; FRAME_SAMPLES] {
    let (low, high) = key.frequencies();
    let first = f64::from(index) * FRAME_SAMPLES as f64;
    std::array::from_fn(|offset| {
        let time = (first + offset as f64) / f64::from(SAMPLE_RATE);
        let wave = |hz: u16, amplitude: f64| amplitude * (TAU * f64::from(hz) * time).sin();
        (wave(low, ZERO_DBM0 * 0.4) + wave(high, ZERO_DBM0 * 0.5)) as i16
    })
}

fn render(segments: &[ToneSegment]) -> Vec<i16> {
    let samples_in = |ms: u32| (u64::from(ms) * u64::from(SAMPLE_RATE) / 1000) as usize;
    let mut samples = Vec::new();
    for segment in segments {
        let amplitude = ZERO_DBM0 * 10f64.powf(segment.level_db / 20.0);
        let steps: Vec<f64> = segment
            .frequencies
            .iter()
            .map(|hz| TAU * hz / f64::from(SAMPLE_RATE))
            .collect();
        samples.extend((0..samples_in(segment.on_ms)).map(|index| {
            let sum: f64 = steps.iter().map(|step| (step * index as f64).sin()).sum();
            // A float to integer cast saturates: four loud tones clip, not wrap.
            (amplitude * sum) as i16
        }));
        samples.resize(samples.len() + samples_in(segment.off_ms), 0);
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Codec;

    #[test]
    fn cadences_have_the_length_of_their_period() {
        for (tone, ms) in [
            (Tone::Dial, 1000),
            (Tone::Beep, 500),
            (Tone::Milliwatt, 1000),
        ] {
            assert_eq!(tone.prepared().duration(), Duration::from_millis(ms));
        }
    }

    #[test]
    fn milliwatt_has_the_power_of_zero_dbm0() {
        let audio = Tone::Milliwatt.prepared();
        let mut energy = 0.0;
        for index in 0..audio.frames() {
            for byte in audio.frame(Codec::Pcmu, index).expect("frame") {
                energy += f64::from(Codec::Pcmu.decode(*byte)).powi(2);
            }
        }
        let rms = (energy / 8000.0).sqrt();
        let dbm0 = 20.0 * (rms / (ZERO_DBM0 / 2f64.sqrt())).log10();
        assert!(dbm0.abs() < 0.1, "{dbm0} dBm0");
    }

    #[test]
    fn tone_outside_its_limits_is_refused() {
        let segment = |frequencies: &[f64], level_db, on_ms| ToneSegment {
            frequencies: frequencies.to_vec(),
            level_db,
            on_ms,
            off_ms: 0,
        };
        let refused = |segments| ToneSpec { segments }.prepare().err();
        assert_eq!(refused(vec![]), Some(ToneError::Segments(0)));
        let cases = [
            (segment(&[], 0.0, 10), ToneError::Frequencies),
            (segment(&[f64::NAN], 0.0, 10), ToneError::Frequencies),
            (segment(&[4001.0], 0.0, 10), ToneError::Frequencies),
            (segment(&[440.0], 1.0, 10), ToneError::Level),
            (segment(&[440.0], 0.0, 60_001), ToneError::TooLong),
        ];
        for (segment, error) in cases {
            assert_eq!(refused(vec![segment]), Some(error));
        }
        assert_eq!(refused(vec![segment(&[440.0], -13.0, 500)]), None);
    }
}

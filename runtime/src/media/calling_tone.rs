//! The tone of a calling fax machine: 1100 Hz, half a second on and three seconds off (ITU-T T.30 §4.1).

use super::jitter::Frame;
use super::{FRAME_SAMPLES, SAMPLE_RATE};

/// Where it is looked for, in Hz: it may be off by 38.
const PLACES: [f64; 3] = [1_070.0, 1_100.0, 1_130.0];
/// The share of the sound that the tone must be. Voices and music spread theirs.
const SHARE: f64 = 0.6;
/// Mean square of the quietest tone: about −43 dBm0.
const QUIETEST: f64 = 2.5e4;
/// Frames of tone that are believed: 380 ms; the shortest tone lasts 425 ms and covers that many whole frames.
const ENOUGH: u32 = 19;

/// Listens for a fax machine, frame by frame.
#[derive(Debug, Default)]
pub(crate) struct CallingTone {
    frames: u32,
}

impl CallingTone {
    /// Hears 20 ms. Whether this was enough of the tone.
    pub(crate) fn hear(&mut self, frame: &Frame) -> bool {
        self.frames = if is_tone(frame) { self.frames + 1 } else { 0 };
        self.frames >= ENOUGH
    }
}

fn is_tone(frame: &Frame) -> bool {
    let length = FRAME_SAMPLES as f64;
    let energy: f64 = frame.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    if energy / length < QUIETEST {
        return false;
    }
    PLACES
        .iter()
        .any(|hertz| energy_at(frame, *hertz) > SHARE * energy)
}

/// The energy of one frequency, after Goertzel.
fn energy_at(frame: &Frame, hertz: f64) -> f64 {
    let turn = 2.0 * (std::f64::consts::TAU * hertz / f64::from(SAMPLE_RATE)).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in frame {
        (last, before) = (f64::from(*sample) + turn * last - before, last);
    }
    let power = last * last + before * before - turn * last * before;
    2.0 * power / FRAME_SAMPLES as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a machine is heard in so many milliseconds of a sound.
    fn heard(ms: usize, sound: impl Fn(f64) -> f64) -> bool {
        let mut listening = CallingTone::default();
        let sample = |index: usize| sound(index as f64 / f64::from(SAMPLE_RATE)) as i16;
        // Silence on both sides, and a beginning within a frame.
        let mut samples = vec![0; 1_000];
        samples.extend((0..ms * 8).map(sample));
        samples.extend([0; 1_000]);
        let frames = samples.as_chunks::<FRAME_SAMPLES>().0;
        frames.iter().any(|frame| listening.hear(frame))
    }

    fn tone(hertz: f64, loud: f64) -> impl Fn(f64) -> f64 {
        move |at| (std::f64::consts::TAU * hertz * at).sin() * loud
    }

    #[test]
    fn calling_tone_is_heard_within_its_tolerances() {
        for hertz in [1_062.0, 1_085.0, 1_100.0, 1_115.0, 1_138.0] {
            for loud in [300.0, 3_000.0, 30_000.0] {
                assert!(heard(425, tone(hertz, loud)), "{hertz} Hz, {loud}");
            }
        }
    }

    #[test]
    fn other_sounds_are_no_fax_machine() {
        let voice = |at: f64| {
            (1..20)
                .map(|n| tone(120.0 * f64::from(n), 1_500.0)(at))
                .sum()
        };
        assert!(!heard(2_000, voice), "a voice has many tones");
        assert!(
            !heard(2_000, |at| tone(941.0, 8_000.0)(at)
                + tone(1_209.0, 8_000.0)(at)),
            "a key"
        );
        assert!(!heard(2_000, tone(1_004.0, 8_000.0)), "a test tone");
        assert!(!heard(2_000, tone(2_100.0, 8_000.0)), "the answering tone");
        assert!(!heard(300, tone(1_100.0, 8_000.0)), "too short");
        assert!(!heard(2_000, tone(1_100.0, 100.0)), "too quiet");
        assert!(!heard(2_000, |_| 0.0), "silence");
    }
}

//! From a WAV file of any usual kind to audio that can be played.

use std::io::Read;

use rubato::audioadapter_buffers::owned::InterleavedOwned;
use rubato::{Fft, FixedSync, Resampler};

use super::audio::PreparedAudio;
use super::{FRAME_SAMPLES, SAMPLE_RATE};

/// Most sampling instants a file may have: an hour at 8 kHz, ten minutes at
/// 48 kHz.
pub(super) const MAX_LENGTH: u32 = 30_000_000;
/// Level that speech is brought to, as RMS of full scale (−20 dB).
const TARGET_RMS: f32 = 0.1;
/// Frames quieter than this (−50 dB) are pauses and do not count for the level.
const PAUSE_RMS: f32 = 0.003_16;
/// No sample is raised above this.
const PEAK: f32 = 0.95;
/// A quiet recording is raised by at most this factor (20 dB), so that its
/// noise stays bearable.
const MAX_GAIN: f32 = 10.0;

/// Why a file cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// Not a WAV file, damaged, or in an encoding other than PCM and float.
    #[error("the file is not a readable WAV file ({0}); store it as PCM with 8 to 32 bits")]
    Unreadable(#[from] hound::Error),
    /// More channels or another rate than can be converted.
    #[error("WAV files need 1 to 8 channels at 4 to 192 kHz; this one has {channels} at {rate} Hz")]
    Unsupported {
        /// Channels in the file.
        channels: u16,
        /// Sample rate in the file.
        rate: u32,
    },
    /// The file is too long to be kept in memory.
    #[error("the recording is too long; an hour at 8 kHz or ten minutes at 48 kHz is the limit")]
    TooLong,
    /// The resampler refused the material.
    #[error("converting the recording to another rate failed: {0}")]
    Resample(String),
}

impl PreparedAudio {
    /// Reads a WAV file, mixes its channels to one, converts it to 8 kHz and
    /// brings it to the usual loudness. Takes milliseconds per minute of audio:
    /// not to be called where blocking hurts.
    ///
    /// # Errors
    /// When it is not a WAV file or exceeds the limits stated by the errors. A
    /// file that ends too early is played as far as it goes.
    pub fn from_wav(file: impl Read) -> Result<Self, WavError> {
        let (samples, rate) = read_mono(file)?;
        let mut samples = resample(samples, rate, SAMPLE_RATE)?;
        normalize(&mut samples);
        let linear: Vec<i16> = samples
            .iter()
            .map(|sample| (sample * 32767.0) as i16)
            .collect();
        Ok(Self::from_samples(&linear))
    }
}

/// Samples from −1 to 1 and their rate in Hz.
fn read_mono(file: impl Read) -> Result<(Vec<f32>, u32), WavError> {
    let reader = hound::WavReader::new(file)?;
    let spec = reader.spec();
    let (channels, rate) = (spec.channels, spec.sample_rate);
    if !(1..=8).contains(&channels) || !(4_000..=192_000).contains(&rate) {
        return Err(WavError::Unsupported { channels, rate });
    }
    if reader.duration() > MAX_LENGTH {
        return Err(WavError::TooLong);
    }
    let mono = match spec.sample_format {
        hound::SampleFormat::Float => mix(reader.into_samples::<f32>(), channels, 1.0)?,
        hound::SampleFormat::Int => {
            let full_scale = (1_u64 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f32;
            let samples = reader.into_samples::<i32>();
            let scaled = samples.map(|sample| sample.map(|value| value as f32));
            mix(scaled, channels, full_scale)?
        }
    };
    Ok((mono, rate))
}

/// The mean of all channels. Ends quietly where the file is cut off.
fn mix(
    mut samples: impl Iterator<Item = Result<f32, hound::Error>>,
    channels: u16,
    full_scale: f32,
) -> Result<Vec<f32>, WavError> {
    let scale = 1.0 / (full_scale * f32::from(channels));
    let mut mono = Vec::new();
    loop {
        let mut sum = 0.0;
        for _ in 0..channels {
            match samples.next() {
                // Not-a-number and infinities occur in damaged float files.
                Some(Ok(sample)) if sample.is_finite() => sum += sample,
                Some(Ok(_)) => {}
                Some(Err(error)) if mono.is_empty() => return Err(error.into()),
                Some(Err(_)) | None => return Ok(mono),
            }
        }
        mono.push((sum * scale).clamp(-1.0, 1.0));
    }
}

/// The same sound at another rate.
pub(super) fn resample(samples: Vec<f32>, from: u32, to: u32) -> Result<Vec<f32>, WavError> {
    if from == to || samples.is_empty() {
        return Ok(samples);
    }
    let failed = |error: &dyn std::fmt::Display| WavError::Resample(error.to_string());
    let length = samples.len();
    let input = InterleavedOwned::new_from(samples, 1, length).map_err(|e| failed(&e))?;
    let mut resampler = Fft::<f32>::new(from as usize, to as usize, 1024, 1, FixedSync::Input)
        .map_err(|e| failed(&e))?;
    let output = resampler
        .process_all(&input, length, None)
        .map_err(|e| failed(&e))?;
    Ok(output.take_data())
}

/// Brings the level of what is not a pause to [`TARGET_RMS`], within what the
/// peaks allow.
fn normalize(samples: &mut [f32]) {
    let mut energy = 0.0_f64;
    let mut frames = 0_u32;
    let mut peak = 0.0_f32;
    for frame in samples.chunks(FRAME_SAMPLES) {
        let power = frame.iter().map(|s| s * s).sum::<f32>() / frame.len() as f32;
        peak = frame.iter().fold(peak, |peak, s| peak.max(s.abs()));
        if power > PAUSE_RMS * PAUSE_RMS {
            energy += f64::from(power);
            frames += 1;
        }
    }
    if frames == 0 || peak == 0.0 {
        return;
    }
    let rms = (energy / f64::from(frames)).sqrt() as f32;
    let gain = (TARGET_RMS / rms).min(PEAK / peak).min(MAX_GAIN);
    for sample in samples {
        *sample *= gain;
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;
    use std::io::Cursor;
    use std::time::Duration;

    use super::*;
    use crate::media::Codec;

    fn wav(spec: hound::WavSpec, seconds: f32, amplitude: f32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).expect("valid spec");
        for index in 0..(seconds * spec.sample_rate as f32) as u32 {
            let wave = amplitude * (TAU * 440.0 * index as f32 / spec.sample_rate as f32).sin();
            for _ in 0..spec.channels {
                if spec.sample_format == hound::SampleFormat::Float {
                    writer.write_sample(wave).expect("written");
                } else {
                    let full = (1_u64 << (spec.bits_per_sample - 1)) as f32 - 1.0;
                    writer.write_sample((wave * full) as i32).expect("written");
                }
            }
        }
        writer.finalize().expect("complete");
        bytes.into_inner()
    }

    fn spec(rate: u32, channels: u16, bits: u16) -> hound::WavSpec {
        hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits,
            sample_format: hound::SampleFormat::Int,
        }
    }

    fn decoded(audio: &PreparedAudio) -> Vec<f32> {
        (0..audio.frames())
            .flat_map(|index| audio.frame(Codec::Pcmu, index).expect("frame"))
            .map(|byte| f32::from(Codec::Pcmu.decode(*byte)) / 32768.0)
            .collect()
    }

    #[test]
    fn every_depth_rate_and_channel_count_keeps_length_pitch_and_level() {
        let float = hound::WavSpec {
            sample_format: hound::SampleFormat::Float,
            ..spec(48_000, 2, 32)
        };
        for spec in [
            spec(8_000, 1, 8),
            spec(8_000, 1, 16),
            spec(16_000, 2, 16),
            spec(22_050, 1, 24),
            spec(44_100, 2, 16),
            spec(48_000, 6, 32),
            float,
        ] {
            let audio =
                PreparedAudio::from_wav(Cursor::new(wav(spec, 1.0, 0.5))).expect("readable");
            let off = audio.duration().abs_diff(Duration::from_secs(1));
            assert!(off < Duration::from_millis(2), "{spec:?}: {off:?}");
            let samples = decoded(&audio);
            let middle = &samples[800..7200];
            let rms = (middle.iter().map(|s| s * s).sum::<f32>() / 6400.0).sqrt();
            assert!((0.09..0.11).contains(&rms), "{spec:?}: {rms}");
            let rising = middle.windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0);
            let crossings = rising.count();
            assert!((351..=353).contains(&crossings), "{spec:?}: {crossings}");
        }
    }

    #[test]
    fn quiet_recording_is_raised_but_silence_is_left_alone() {
        let quiet = wav(spec(8_000, 1, 16), 1.0, 0.02);
        let peak = |bytes| {
            let audio = PreparedAudio::from_wav(Cursor::new(bytes)).expect("readable");
            decoded(&audio).into_iter().fold(0.0, f32::max)
        };
        assert!((0.12..0.15).contains(&peak(quiet)));
        assert!(peak(wav(spec(8_000, 1, 16), 1.0, 0.0)) < 0.001);
    }

    #[test]
    fn damaged_files_are_refused_or_played_as_far_as_they_go() {
        let whole = wav(spec(8_000, 1, 16), 1.0, 0.5);
        for length in 0..whole.len().min(60) {
            let _ = PreparedAudio::from_wav(Cursor::new(&whole[..length]));
        }
        let cut = PreparedAudio::from_wav(Cursor::new(&whole[..8044])).expect("playable");
        assert_eq!(cut.duration(), Duration::from_millis(500));
        assert!(PreparedAudio::from_wav(Cursor::new(b"OggS....")).is_err());
        let slow = wav(spec(1_000, 1, 16), 0.1, 0.5);
        let error = PreparedAudio::from_wav(Cursor::new(slow)).expect_err("too slow");
        assert!(error.to_string().contains("1000 Hz"), "{error}");
    }
}

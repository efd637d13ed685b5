//! From a sound file that somebody has to one that calls can play.

use super::wav::{MAX_LENGTH, WavError, resample};
use std::io::Cursor;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// Samples per second that are kept at most: what wide-band telephony carries.
const KEPT_RATE: u32 = 16_000;

/// Why a file cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// None of the kinds that are understood, or damaged.
    #[error("the file is not a sound that can be read ({0}); take WAV, MP3, OGG (Vorbis) or FLAC")]
    Unreadable(String),
    /// There is nothing in it.
    #[error("there is no sound in the file")]
    Empty,
    /// It is too long, or has channels or rates out of bounds.
    #[error(transparent)]
    Unsuitable(#[from] WavError),
    /// It could not be written again.
    #[error("the sound could not be converted: {0}")]
    Convert(#[from] hound::Error),
}

/// A sound as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedSound {
    /// A WAV file: one channel, 16 bits, 16 kHz or less.
    pub wav: Vec<u8>,
    /// Its length in milliseconds.
    pub duration_ms: u64,
}

/// Reads WAV, MP3, OGG (Vorbis) or FLAC, whatever it is called. A file that ends too early is taken as far as it goes.
/// Takes up to a second per minute of sound: not to be called where blocking hurts.
///
/// # Errors
/// When it is none of these, is empty or exceeds the limits that the errors state.
pub fn import_sound(bytes: Vec<u8>) -> Result<ImportedSound, ImportError> {
    let (samples, rate) = decode(bytes)?;
    if samples.is_empty() {
        return Err(ImportError::Empty);
    }
    let kept = rate.min(KEPT_RATE);
    let samples = resample(samples, rate, kept)?;
    let duration_ms = samples.len() as u64 * 1_000 / u64::from(kept);
    let mut file = Cursor::new(Vec::new());
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: kept,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::new(&mut file, spec)?;
    for sample in samples {
        writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0) as i16)?;
    }
    writer.finalize()?;
    Ok(ImportedSound {
        wav: file.into_inner(),
        duration_ms,
    })
}

/// Samples from −1 to 1 of all channels together, and their rate in Hz.
fn decode(bytes: Vec<u8>) -> Result<(Vec<f32>, u32), ImportError> {
    let unreadable = |error: Error| ImportError::Unreadable(error.to_string());
    let none = || ImportError::Unreadable("there is no sound track".to_owned());
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let (format, meta) = (FormatOptions::default(), MetadataOptions::default());
    let mut reader = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, format, meta)
        .map_err(unreadable)?;
    let track = reader.default_track(TrackType::Audio).ok_or_else(none)?;
    let id = track.id;
    let parameters = track.codec_params.as_ref().and_then(|it| it.audio());
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(
            parameters.ok_or_else(none)?,
            &AudioDecoderOptions::default(),
        )
        .map_err(unreadable)?;
    let mut mono = Vec::new();
    let mut known = None;
    let mut packet_samples: Vec<f32> = Vec::new();
    // What is damaged or cut off at the end is left out.
    while let Ok(Some(packet)) = reader.next_packet() {
        if packet.track_id != id {
            continue;
        }
        let decoded = match decoder.decode(&packet) {
            Ok(decoded) => decoded,
            Err(Error::DecodeError(_)) => continue,
            Err(_) => break,
        };
        let (rate, channels) = (decoded.spec().rate(), decoded.spec().channels().count());
        let first = *known.get_or_insert(rate);
        if first != rate || !(1..=8).contains(&channels) || !(4_000..=192_000).contains(&rate) {
            let channels = u16::try_from(channels).unwrap_or(u16::MAX);
            return Err(WavError::Unsupported { channels, rate }.into());
        }
        decoded.copy_to_vec_interleaved(&mut packet_samples);
        let scale = 1.0 / channels as f32;
        mono.extend(packet_samples.chunks_exact(channels).map(|frame| {
            let sum: f32 = frame.iter().filter(|sample| sample.is_finite()).sum();
            (sum * scale).clamp(-1.0, 1.0)
        }));
        if mono.len() > MAX_LENGTH as usize {
            return Err(WavError::TooLong.into());
        }
    }
    Ok((mono, known.unwrap_or(KEPT_RATE)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn wav(rate: u32, channels: u16, seconds: u32) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
        for at in 0..rate * seconds {
            let wave = 0.5 * (TAU * 440.0 * at as f32 / rate as f32).sin();
            for _ in 0..channels {
                writer.write_sample((wave * 32_767.0) as i16).unwrap();
            }
        }
        writer.finalize().unwrap();
        file.into_inner()
    }

    #[test]
    fn sound_of_any_rate_and_channels_becomes_one_channel_of_16_khz_at_most() {
        for (rate, channels, kept) in [(44_100, 2, 16_000), (8_000, 1, 8_000), (48_000, 6, 16_000)]
        {
            let imported = import_sound(wav(rate, channels, 1)).unwrap();
            assert!(
                imported.duration_ms.abs_diff(1_000) <= 2,
                "{}",
                imported.duration_ms
            );
            let reader = hound::WavReader::new(Cursor::new(&imported.wav)).unwrap();
            let spec = reader.spec();
            assert_eq!((spec.channels, spec.sample_rate), (1, kept));
            let samples: Vec<i16> = reader.into_samples().map(Result::unwrap).collect();
            let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
            let rising = middle.windows(2).filter(|it| it[0] < 0 && it[1] >= 0);
            let crossings = rising.count();
            assert!((219..=221).contains(&crossings), "{rate} Hz: {crossings}");
            let peak = middle.iter().copied().max().unwrap();
            assert!((15_500..17_000).contains(&peak), "{rate} Hz: {peak}");
        }
    }

    #[test]
    fn what_is_no_sound_is_refused_and_damage_never_fails_otherwise() {
        for bytes in [
            &b""[..],
            b"RIFF",
            b"hello, world",
            &[0xff; 5_000],
            &[0; 5_000],
        ] {
            let error = import_sound(bytes.to_vec()).unwrap_err();
            assert!(!error.to_string().is_empty());
        }
        let whole = wav(8_000, 1, 1);
        for length in 0..200 {
            let _any = import_sound(whole[..length].to_vec());
        }
        let mut bent = whole.clone();
        for at in (0..bent.len().min(400)).step_by(3) {
            bent[at] ^= 0x55;
            let _any = import_sound(bent.clone());
        }
        let cut = import_sound(whole[..8_044].to_vec()).unwrap();
        assert_eq!(cut.duration_ms, 500);
    }

    #[test]
    fn file_without_samples_is_empty() {
        let error = import_sound(wav(8_000, 1, 0)).unwrap_err();
        assert!(
            matches!(error, ImportError::Empty | ImportError::Unreadable(_)),
            "{error}"
        );
    }
}

//! G.722 beside G.711: a leg that speaks it hears and says G.711 inside, at the telephone's bandwidth, and is relayed
//! as it is to another leg that speaks it.

use std::fmt;

use audio_codec::g722::{Bitrate, G722Decoder, G722Encoder};
use audio_codec::{Decoder, Encoder};

use super::codec::Codec;
use super::rtp::MAX_PACKET;

/// What G.722 becomes inside, and what becomes G.722.
pub(crate) const INSIDE: Codec = Codec::Pcmu;

/// Samples that the interpolation looks at.
const TAPS: usize = 16;
/// The value halfway between the eighth and the ninth of sixteen samples, in 32768ths: a sine cardinal under a Hann
/// window. The other half is its mirror.
const HALFWAY: [i32; TAPS / 2] = [-47, 209, -526, 1052, -1898, 3343, -6433, 20_684];

/// Both directions of one leg. One byte of either codec stands for 125 µs.
pub(crate) struct G722 {
    decoder: G722Decoder,
    encoder: G722Encoder,
    /// The last samples that were encoded, the newest last.
    before: [i16; TAPS],
    narrow: [i16; MAX_PACKET],
    wide: [i16; 2 * MAX_PACKET],
}

impl fmt::Debug for G722 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("G722")
    }
}

impl G722 {
    pub(crate) fn new() -> Self {
        Self {
            // The lower of the two bands alone is the sound of 8000 samples in a second.
            decoder: G722Decoder::with_options(Bitrate::Mode1_64000, false, true),
            encoder: G722Encoder::new(),
            before: [0; TAPS],
            narrow: [0; MAX_PACKET],
            wide: [0; 2 * MAX_PACKET],
        }
    }

    /// What G.722 is inside, as many bytes. What neither slice holds is left out.
    pub(crate) fn hear(&mut self, payload: &[u8], out: &mut [u8]) {
        let length = payload.len().min(out.len()).min(MAX_PACKET);
        let payload = payload.get(..length).unwrap_or_default();
        let samples = &mut self.narrow[..length];
        // Fails only where the samples have no room.
        if self.decoder.decode_into(payload, samples).is_ok() {
            for (byte, sample) in out.iter_mut().zip(samples) {
                *byte = INSIDE.encode(*sample);
            }
        }
    }

    /// Makes G.722 of what is inside, in its place.
    pub(crate) fn say(&mut self, payload: &mut [u8]) {
        let length = payload.len().min(MAX_PACKET);
        let wide = &mut self.wide[..2 * length];
        for (byte, pair) in payload.iter().zip(wide.as_chunks_mut::<2>().0) {
            self.before.copy_within(1.., 0);
            self.before[TAPS - 1] = INSIDE.decode(*byte);
            *pair = doubled(&self.before);
        }
        // Fails only where the bytes have no room: there are half as many as samples.
        let _ = self.encoder.encode_into(wide, payload);
    }
}

/// The sample in the middle and the one halfway to the next.
fn doubled(samples: &[i16; TAPS]) -> [i16; 2] {
    let mirrored = samples.iter().zip(samples.iter().rev());
    let halfway: i32 = mirrored
        .zip(HALFWAY)
        .map(|((one, other), weight)| (i32::from(*one) + i32::from(*other)) * weight)
        .sum();
    let halfway = (halfway >> 15).clamp(i16::MIN.into(), i16::MAX.into());
    // Within the range now.
    [samples[TAPS / 2 - 1], halfway as i16]
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use proptest::prelude::*;

    use super::*;

    fn tone(hz: f64, rate: f64, samples: usize) -> Vec<i16> {
        (0..samples)
            .map(|n| (8000.0 * (TAU * hz * n as f64 / rate).sin()) as i16)
            .collect()
    }

    /// The power of `samples` at `hz`, as that of a sine of this peak.
    fn peak_at(samples: &[i16], hz: f64, rate: f64) -> f64 {
        let step = TAU * hz / rate;
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (n, sample) in samples.iter().enumerate() {
            let (sine, cosine) = (step * n as f64).sin_cos();
            real += f64::from(*sample) * cosine;
            imaginary += f64::from(*sample) * sine;
        }
        2.0 * f64::hypot(real, imaginary) / samples.len() as f64
    }

    #[test]
    fn tone_from_a_wide_band_phone_is_heard_at_its_loudness() {
        for hz in [300.0, 1000.0, 3000.0] {
            let mut sent = vec![0; 8000];
            let spoken = tone(hz, 16_000.0, 16_000);
            let length = G722Encoder::new().encode_into(&spoken, &mut sent);
            assert_eq!(length.ok(), Some(8000));
            let mut leg = G722::new();
            let mut heard = Vec::new();
            for packet in sent.chunks(160) {
                let mut inside = [0; 160];
                leg.hear(packet, &mut inside);
                heard.extend(inside.map(|byte| INSIDE.decode(byte)));
            }
            let peak = peak_at(&heard[800..], hz, 8000.0);
            assert!((7000.0..9000.0).contains(&peak), "{hz} Hz: {peak}");
        }
    }

    #[test]
    fn wide_band_phone_hears_a_tone_and_not_its_mirror_image() {
        for hz in [300.0, 1000.0, 3000.0] {
            let mut leg = G722::new();
            let mut phone = G722Decoder::new();
            let mut heard = Vec::new();
            for frame in tone(hz, 8000.0, 8000).chunks(160) {
                let mut payload: Vec<u8> = frame.iter().map(|it| INSIDE.encode(*it)).collect();
                leg.say(&mut payload);
                let mut samples = [0; 320];
                let length = phone.decode_into(&payload, &mut samples);
                assert_eq!(length.ok(), Some(320));
                heard.extend(samples);
            }
            let heard = &heard[1600..];
            let peak = peak_at(heard, hz, 16_000.0);
            assert!((7000.0..9000.0).contains(&peak), "{hz} Hz: {peak}");
            let image = peak_at(heard, 8000.0 - hz, 16_000.0);
            assert!(image < peak / 30.0, "{hz} Hz: {image}");
        }
    }

    proptest! {
        #[test]
        fn any_payload_is_survived(payload in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let mut leg = G722::new();
            let mut out = payload.clone();
            leg.hear(&payload, &mut out);
            leg.say(&mut out);
            prop_assert_eq!(out.len(), payload.len());
        }
    }
}

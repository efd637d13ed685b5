//! What is heard in a room during one tick: the sum of all voices, for each listener without the own one.

use super::FRAME_SAMPLES;
use super::codec::Codec;
use super::jitter::Frame;

/// Sample values up to this are silence: what is left of zero in A-law.
const FLOOR: u16 = 8;

/// The sum of the voices of one tick.
#[derive(Debug)]
pub(crate) struct Mix {
    sum: [i32; FRAME_SAMPLES],
    /// The whole sum in µ-law and A-law, encoded when first asked for.
    whole: [Option<[u8; FRAME_SAMPLES]>; 2],
}

impl Mix {
    pub(crate) fn new() -> Self {
        Self {
            sum: [0; FRAME_SAMPLES],
            whole: [None; 2],
        }
    }

    /// Begins the next tick.
    pub(crate) fn clear(&mut self) {
        self.sum.fill(0);
        self.whole = [None; 2];
    }

    /// Adds a voice.
    pub(crate) fn add(&mut self, voice: &Frame) {
        for (sum, sample) in self.sum.iter_mut().zip(voice) {
            *sum += i32::from(*sample);
        }
    }

    /// What those hear who have said nothing: encoded once for all of them.
    pub(crate) fn whole(&mut self, codec: Codec) -> &[u8; FRAME_SAMPLES] {
        let [ulaw, alaw] = &mut self.whole;
        let sum = &self.sum;
        let encoded = match codec {
            Codec::Pcmu => ulaw,
            Codec::Pcma => alaw,
        };
        encoded.get_or_insert_with(|| sum.map(|sample| codec.encode(clamp(sample))))
    }

    /// What somebody hears who must not hear some of what was added.
    pub(crate) fn without(&self, own: &[&Frame], codec: Codec) -> [u8; FRAME_SAMPLES] {
        let mut encoded = [0; FRAME_SAMPLES];
        for (index, (byte, sum)) in encoded.iter_mut().zip(&self.sum).enumerate() {
            let own = own.iter().filter_map(|frame| frame.get(index));
            let own: i32 = own.copied().map(i32::from).sum();
            *byte = codec.encode(clamp(sum - own));
        }
        encoded
    }
}

/// Whether there is anything to be heard in a frame.
pub(crate) fn is_audible(frame: &Frame) -> bool {
    frame.iter().any(|sample| sample.unsigned_abs() > FLOOR)
}

fn clamp(sample: i32) -> i16 {
    sample.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(encoded: &[u8], codec: Codec) -> i32 {
        encoded.first().map_or(0, |byte| codec.decode(*byte).into())
    }

    #[test]
    fn everybody_hears_the_others_and_not_themselves() {
        let voices = [[1000; FRAME_SAMPLES], [-3000; FRAME_SAMPLES]];
        let mut mix = Mix::new();
        for _ in 0..2 {
            mix.clear();
            voices.iter().for_each(|voice| mix.add(voice));
            for codec in [Codec::Pcma, Codec::Pcmu] {
                let near = |heard: i32, wanted: i32| (heard - wanted).abs() < 80;
                assert!(near(heard(mix.whole(codec), codec), -2000));
                assert!(near(
                    heard(&mix.without(&[&voices[0]], codec), codec),
                    -3000
                ));
                assert!(near(heard(&mix.without(&[&voices[1]], codec), codec), 1000));
                let nobody = mix.without(&[&voices[0], &voices[1]], codec);
                assert!(near(heard(&nobody, codec), 0));
            }
        }
    }

    #[test]
    fn loud_voices_together_are_cut_and_never_wrap() {
        let loud = [30_000; FRAME_SAMPLES];
        let mut mix = Mix::new();
        for _ in 0..200 {
            mix.add(&loud);
        }
        assert!(heard(mix.whole(Codec::Pcmu), Codec::Pcmu) > 30_000);
        let less = mix.without(&[&loud], Codec::Pcma);
        assert!(heard(&less, Codec::Pcma) > 30_000);
    }

    #[test]
    fn silence_of_either_codec_is_not_audible() {
        for codec in [Codec::Pcma, Codec::Pcmu] {
            let silence = codec.decode(codec.encode(0));
            assert!(!is_audible(&[silence; FRAME_SAMPLES]));
            assert!(is_audible(&[codec.decode(codec.encode(40)); FRAME_SAMPLES]));
        }
    }
}

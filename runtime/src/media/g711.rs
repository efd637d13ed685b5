//! ITU-T G.711: µ-law and A-law as tables.
//!
//! µ-law codes 14-bit samples and A-law 13-bit ones, so the encode tables are
//! indexed by the upper bits of a 16-bit sample and lose nothing. All tables
//! are computed at compile time from the definitions below.

/// Linear value of each µ-law byte.
pub(crate) static ULAW_TO_LINEAR: [i16; 256] = decode_table(true);
/// Linear value of each A-law byte.
pub(crate) static ALAW_TO_LINEAR: [i16; 256] = decode_table(false);
/// A-law byte for each µ-law byte.
pub(crate) static ULAW_TO_ALAW: [u8; 256] = cross_table(true);
/// µ-law byte for each A-law byte.
pub(crate) static ALAW_TO_ULAW: [u8; 256] = cross_table(false);

static LINEAR_TO_ULAW: [u8; 16384] = {
    let mut table = [0; 16384];
    let mut index = 0;
    while index < table.len() {
        table[index] = encode_ulaw(((index as u16) << 2) as i16);
        index += 1;
    }
    table
};

static LINEAR_TO_ALAW: [u8; 8192] = {
    let mut table = [0; 8192];
    let mut index = 0;
    while index < table.len() {
        table[index] = encode_alaw(((index as u16) << 3) as i16);
        index += 1;
    }
    table
};

/// Encodes a 16-bit sample as µ-law.
pub(crate) fn linear_to_ulaw(sample: i16) -> u8 {
    LINEAR_TO_ULAW[usize::from(sample.cast_unsigned() >> 2)]
}

/// Encodes a 16-bit sample as A-law.
pub(crate) fn linear_to_alaw(sample: i16) -> u8 {
    LINEAR_TO_ALAW[usize::from(sample.cast_unsigned() >> 3)]
}

const fn decode_table(ulaw: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        table[index] = if ulaw {
            decode_ulaw(index as u8)
        } else {
            decode_alaw(index as u8)
        };
        index += 1;
    }
    table
}

const fn cross_table(from_ulaw: bool) -> [u8; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        table[index] = if from_ulaw {
            encode_alaw(decode_ulaw(index as u8))
        } else {
            encode_ulaw(decode_alaw(index as u8))
        };
        index += 1;
    }
    table
}

/// G.711 §3.2. Works on the 14-bit magnitude with the bias of 33 that makes
/// every segment start at a power of two.
const fn encode_ulaw(sample: i16) -> u8 {
    let negative = sample < 0;
    let sample = sample as i32 >> 2;
    let magnitude = if negative { -sample } else { sample };
    let biased = if magnitude > 8158 { 8158 } else { magnitude } + 33;
    let segment = 26 - biased.leading_zeros() as i32;
    let step = (biased >> (segment + 1)) & 0x0f;
    let code = (segment << 4 | step) as u8;
    if negative { !(code | 0x80) } else { !code }
}

const fn decode_ulaw(byte: u8) -> i16 {
    let code = !byte;
    let segment = (code >> 4) & 7;
    let step = (code & 0x0f) as i32;
    let magnitude = (((step << 1) + 33) << segment) - 33;
    let sample = (magnitude << 2) as i16;
    if code & 0x80 != 0 { -sample } else { sample }
}

/// G.711 §3.1. Even bits are inverted on the line (XOR 0x55).
const fn encode_alaw(sample: i16) -> u8 {
    let negative = sample < 0;
    let sample = sample as i32 >> 3;
    // -1 is the smallest negative magnitude: G.711 has no negative zero step.
    let magnitude = if negative { -sample - 1 } else { sample };
    let code = if magnitude < 32 {
        magnitude >> 1
    } else {
        let segment = 27 - magnitude.leading_zeros() as i32;
        segment << 4 | ((magnitude >> segment) & 0x0f)
    } as u8;
    if negative { code ^ 0x55 } else { code ^ 0xd5 }
}

const fn decode_alaw(byte: u8) -> i16 {
    let code = byte ^ 0x55;
    let segment = (code >> 4) & 7;
    let step = (code & 0x0f) as i32;
    let magnitude = if segment == 0 {
        (step << 1) + 1
    } else {
        ((step << 1) + 33) << (segment - 1)
    };
    let sample = (magnitude << 3) as i16;
    if code & 0x80 != 0 { sample } else { -sample }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ulaw_matches_the_values_of_g711_table_2a() {
        // First and last value of some segments, positive side, scaled to 16 bits.
        for (byte, value) in [
            (0xff, 0),
            (0xfe, 2 * 4),
            (0xef, 33 * 4),
            (0xdf, 99 * 4),
            (0x8f, 4191 * 4),
            (0x80, 8031 * 4),
        ] {
            assert_eq!(ULAW_TO_LINEAR[byte], value, "byte {byte:#x}");
            assert_eq!(ULAW_TO_LINEAR[byte & 0x7f], -value, "byte {byte:#x}");
        }
    }

    #[test]
    fn alaw_matches_the_values_of_g711_table_1a() {
        for (byte, value) in [
            (0xd5, 8),
            (0xd4, 24),
            (0xc5, 33 * 8),
            (0xf5, 66 * 8),
            (0xaa, 4032 * 8),
        ] {
            assert_eq!(ALAW_TO_LINEAR[byte], value, "byte {byte:#x}");
            assert_eq!(ALAW_TO_LINEAR[byte & 0x7f], -value, "byte {byte:#x}");
        }
    }

    #[test]
    fn decoding_then_encoding_gives_the_same_byte() {
        for byte in 0..=255u8 {
            assert_eq!(linear_to_alaw(ALAW_TO_LINEAR[usize::from(byte)]), byte);
            // µ-law has two zeros; negative zero comes back as the positive one.
            let expected = if byte == 0x7f { 0xff } else { byte };
            assert_eq!(linear_to_ulaw(ULAW_TO_LINEAR[usize::from(byte)]), expected);
        }
    }

    #[test]
    fn coding_error_stays_within_half_a_step() {
        for sample in (i16::MIN..=i16::MAX).step_by(7) {
            let magnitude = i32::from(sample).abs();
            let allowed = 16 + magnitude / 16;
            if magnitude > 32124 {
                continue; // clipped
            }
            for decoded in [
                ULAW_TO_LINEAR[usize::from(linear_to_ulaw(sample))],
                ALAW_TO_LINEAR[usize::from(linear_to_alaw(sample))],
            ] {
                let error = (i32::from(decoded) - i32::from(sample)).abs();
                assert!(error <= allowed, "{sample} became {decoded}");
            }
        }
    }

    #[test]
    fn loudest_samples_do_not_overflow() {
        assert_eq!(ULAW_TO_LINEAR[usize::from(linear_to_ulaw(i16::MAX))], 32124);
        assert_eq!(
            ULAW_TO_LINEAR[usize::from(linear_to_ulaw(i16::MIN))],
            -32124
        );
        assert_eq!(ALAW_TO_LINEAR[usize::from(linear_to_alaw(i16::MAX))], 32256);
        assert_eq!(
            ALAW_TO_LINEAR[usize::from(linear_to_alaw(i16::MIN))],
            -32256
        );
    }
}

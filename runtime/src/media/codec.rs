//! The audio codecs a leg can speak.

use super::{g711, g722};

/// How sound goes to the peer: the encodings of RTP that we know (RFC 3551 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// G.711, which is what sound is inside as well.
    G711(Codec),
    /// G.722 at 64 kbit/s, payload type 9. Its clock is 8000 in RTP although it has 16 000 samples in a second (RFC 3551
    /// §4.5.2): a byte of payload is one unit of timestamp, as with G.711.
    G722,
}

impl Encoding {
    /// The payload type of G.722 (RFC 3551 table 4).
    pub(crate) const G722_TYPE: u8 = 9;

    /// What sound for the peer is before it is sent.
    pub(crate) fn inside(self) -> Codec {
        match self {
            Self::G711(codec) => codec,
            Self::G722 => g722::INSIDE,
        }
    }
}

impl From<Codec> for Encoding {
    fn from(codec: Codec) -> Self {
        Self::G711(codec)
    }
}

/// A codec that sound can be inside the media plane. Both are G.711 at 8 kHz
/// with one byte per sample and have a static payload type (RFC 3551 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 µ-law, payload type 0.
    Pcmu,
    /// G.711 A-law, payload type 8.
    Pcma,
}

impl Codec {
    /// The RTP payload type (RFC 3551 table 4).
    #[must_use]
    pub fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
        }
    }

    /// The codec with this static payload type, if it is one of ours.
    #[must_use]
    pub fn from_payload_type(payload_type: u8) -> Option<Self> {
        match payload_type {
            0 => Some(Self::Pcmu),
            8 => Some(Self::Pcma),
            _ => None,
        }
    }

    /// The encoding name used in SDP `a=rtpmap` (RFC 3551 table 4).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    /// Encodes one linear sample.
    #[must_use]
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Pcmu => g711::linear_to_ulaw(sample),
            Self::Pcma => g711::linear_to_alaw(sample),
        }
    }

    /// Decodes one byte to a linear sample.
    #[must_use]
    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Self::Pcmu => g711::ULAW_TO_LINEAR[usize::from(byte)],
            Self::Pcma => g711::ALAW_TO_LINEAR[usize::from(byte)],
        }
    }

    /// Copies `payload` into `out` in codec `to`, byte for byte when the codecs
    /// are equal, else through a 256-entry table. Copies as many bytes as both
    /// slices hold.
    pub(crate) fn transcode(self, to: Self, payload: &[u8], out: &mut [u8]) {
        let table = match (self, to) {
            (Self::Pcmu, Self::Pcma) => &g711::ULAW_TO_ALAW,
            (Self::Pcma, Self::Pcmu) => &g711::ALAW_TO_ULAW,
            _ => {
                let length = payload.len().min(out.len());
                out[..length].copy_from_slice(&payload[..length]);
                return;
            }
        };
        for (to, from) in out.iter_mut().zip(payload) {
            *to = table[usize::from(*from)];
        }
    }
}

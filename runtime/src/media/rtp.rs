//! RTP packets: reading and writing the header (RFC 3550 §5.1).

/// Length of the header we write: no contributing sources, no extension.
pub(crate) const HEADER: usize = 12;
/// Longest packet read or written; more than an Ethernet frame carries.
pub(crate) const MAX_PACKET: usize = 1600;

/// The header fields that differ from packet to packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) marker: bool,
    pub(crate) payload_type: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
}

/// A received packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packet<'a> {
    pub(crate) header: Header,
    pub(crate) payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a packet, checking its validity as RFC 3550 §A.1 asks: version 2,
    /// and room for contributing sources, extension and padding. Padding and
    /// extension are cut away. RTCP on the same port (RFC 5761 §4) is refused.
    pub(crate) fn parse(datagram: &'a [u8]) -> Option<Self> {
        let (fixed, mut rest) = datagram.split_first_chunk::<HEADER>()?;
        let [first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *fixed;
        if first >> 6 != 2 || (192..=223).contains(&second) {
            return None;
        }
        rest = rest.get(usize::from(first & 0x0f) * 4..)?;
        if first & 0x10 != 0 {
            let (extension, after) = rest.split_first_chunk::<4>()?;
            let words = u16::from_be_bytes([extension[2], extension[3]]);
            rest = after.get(usize::from(words) * 4..)?;
        }
        if first & 0x20 != 0 {
            let padding = usize::from(*rest.last()?);
            if padding == 0 {
                return None;
            }
            rest = rest.get(..rest.len().checked_sub(padding)?)?;
        }
        Some(Self {
            header: Header {
                marker: second & 0x80 != 0,
                payload_type: second & 0x7f,
                sequence: u16::from_be_bytes([s0, s1]),
                timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
                ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            },
            payload: rest,
        })
    }
}

impl Header {
    /// The header as it goes onto the wire.
    pub(crate) fn to_bytes(self) -> [u8; HEADER] {
        let marker = if self.marker { 0x80 } else { 0 };
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [c0, c1, c2, c3] = self.ssrc.to_be_bytes();
        let second = marker | (self.payload_type & 0x7f);
        [0x80, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Header = Header {
        marker: true,
        payload_type: 101,
        sequence: 0xfffe,
        timestamp: 0x1234_5678,
        ssrc: 0x9abc_def0,
    };

    #[test]
    fn written_header_reads_back() {
        let mut datagram = HEAD.to_bytes().to_vec();
        datagram.extend([1, 2, 3]);
        let packet = Packet::parse(&datagram).expect("valid");
        assert_eq!(packet.header, HEAD);
        assert_eq!(packet.payload, [1, 2, 3]);
    }

    #[test]
    fn contributing_sources_extension_and_padding_are_cut_away() {
        let mut datagram = HEAD.to_bytes().to_vec();
        datagram[0] = 0x80 | 0x20 | 0x10 | 2;
        datagram.extend([0; 8]); // two contributing sources
        datagram.extend([0xbe, 0xde, 0, 1, 9, 9, 9, 9]); // extension of one word
        datagram.extend([7, 8]); // payload
        datagram.extend([0, 0, 3]); // padding
        assert_eq!(Packet::parse(&datagram).expect("valid").payload, [7, 8]);
    }

    #[test]
    fn every_truncation_and_bit_flip_is_handled() {
        let mut datagram = HEAD.to_bytes().to_vec();
        datagram[0] = 0xb2;
        datagram.extend([5; 30]);
        for length in 0..datagram.len() {
            let _ = Packet::parse(&datagram[..length]);
        }
        for first in 0..=255 {
            for last in 0..=255 {
                datagram[0] = first;
                datagram[41] = last;
                if let Some(packet) = Packet::parse(&datagram) {
                    assert_eq!(first >> 6, 2);
                    assert!(packet.payload.len() <= 30);
                }
            }
        }
        assert!(Packet::parse(&datagram[..11]).is_none());
    }

    #[test]
    fn rtcp_on_the_rtp_port_is_not_taken_for_rtp() {
        let mut report = HEAD.to_bytes();
        report[1] = 200; // sender report
        assert!(Packet::parse(&report).is_none());
    }
}

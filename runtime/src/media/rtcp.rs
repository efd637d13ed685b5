//! RTCP packets: what is read of the peer's reports, and how ours are written (RFC 3550 §6).

use rtcp_types::{Compound, Packet, ReportBlock};

/// Length of a canonical name: 96 random bits in base64 (RFC 7022 §4.2).
pub(crate) const CNAME: usize = 16;
/// Longest report that we write: sender report with one block, description, goodbye.
pub(crate) const LONGEST: usize = 28 + 24 + 28 + 8;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
/// The item of a source description that every compound packet has (RFC 3550 §6.5.1).
const CNAME_ITEM: u8 = 1;

/// Whether a datagram on a port for RTP and RTCP is RTCP (RFC 5761 §4).
pub(crate) fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [first, 192..=223, ..] if first >> 6 == 2)
}

/// How one side hears the other: a report block (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reception {
    /// Who is heard.
    pub(crate) ssrc: u32,
    /// Lost since the report before, in 256ths.
    pub(crate) fraction_lost: u8,
    /// Lost since the beginning; below zero when packets came twice. 24 bits.
    pub(crate) lost: i32,
    /// The highest sequence number with its cycles.
    pub(crate) highest: u32,
    /// Jitter in timestamp units.
    pub(crate) jitter: u32,
    /// The middle of the NTP time of the last sender report that came; 0 when none has.
    pub(crate) last_report: u32,
    /// How long ago that came, in 65536ths of a second.
    pub(crate) delay: u32,
}

/// What a sender says of its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sending {
    /// This moment as NTP has it: seconds since 1900, in 2^32ths.
    pub(crate) ntp: u64,
    /// This moment in the timestamps of the stream.
    pub(crate) timestamp: u32,
    /// Packets sent.
    pub(crate) packets: u32,
    /// Bytes of payload sent.
    pub(crate) octets: u32,
}

/// A report, as read or as to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    /// Who reports.
    pub(crate) ssrc: u32,
    /// Its stream, if it sends.
    pub(crate) sending: Option<Sending>,
    /// How it hears the other side, if it does.
    pub(crate) reception: Option<Reception>,
}

impl Report {
    /// Reads the report that a compound packet begins with (RFC 3550 §6.1), with the block about `ours`. What follows it is
    /// not looked at.
    pub(crate) fn read(datagram: &[u8], ours: u32) -> Option<Self> {
        match Compound::parse(datagram).ok()?.next()?.ok()? {
            Packet::Sr(report) => Some(Self {
                ssrc: report.ssrc(),
                sending: Some(Sending {
                    ntp: report.ntp_timestamp(),
                    timestamp: report.rtp_timestamp(),
                    packets: report.packet_count(),
                    octets: report.octet_count(),
                }),
                reception: reception(report.report_blocks(), ours),
            }),
            Packet::Rr(report) => Some(Self {
                ssrc: report.ssrc(),
                sending: None,
                reception: reception(report.report_blocks(), ours),
            }),
            _ => None,
        }
    }

    /// The compound packet: the report, the canonical name and, at the end, goodbye.
    pub(crate) fn write(&self, cname: &[u8; CNAME], goodbye: bool) -> Written {
        let mut out = Written {
            bytes: [0; LONGEST],
            length: 0,
        };
        let kind = if self.sending.is_some() {
            SENDER_REPORT
        } else {
            RECEIVER_REPORT
        };
        let blocks = u8::from(self.reception.is_some());
        let words = 1 + 5 * u8::from(self.sending.is_some()) + 6 * blocks;
        out.put(&[0x80 | blocks, kind, 0, words]);
        out.put(&self.ssrc.to_be_bytes());
        if let Some(sending) = &self.sending {
            out.put(&sending.ntp.to_be_bytes());
            for word in [sending.timestamp, sending.packets, sending.octets] {
                out.put(&word.to_be_bytes());
            }
        }
        if let Some(reception) = &self.reception {
            out.put(&reception.ssrc.to_be_bytes());
            let [_, l0, l1, l2] = reception.lost.clamp(-0x80_0000, 0x7f_ffff).to_be_bytes();
            out.put(&[reception.fraction_lost, l0, l1, l2]);
            let numbers = [reception.highest, reception.jitter];
            for word in numbers
                .into_iter()
                .chain([reception.last_report, reception.delay])
            {
                out.put(&word.to_be_bytes());
            }
        }
        out.put(&[0x81, SOURCE_DESCRIPTION, 0, 6]);
        out.put(&self.ssrc.to_be_bytes());
        out.put(&[CNAME_ITEM, CNAME as u8]);
        out.put(cname);
        // The end of the items, and up to a whole word.
        out.put(&[0, 0]);
        if goodbye {
            out.put(&[0x81, GOODBYE, 0, 1]);
            out.put(&self.ssrc.to_be_bytes());
        }
        out
    }
}

fn reception<'a>(
    mut blocks: impl Iterator<Item = ReportBlock<'a>>,
    ours: u32,
) -> Option<Reception> {
    let block = blocks.find(|block| block.ssrc() == ours)?;
    Some(Reception {
        ssrc: ours,
        fraction_lost: block.fraction_lost(),
        // 24 bits with a sign.
        lost: (block.cumulative_lost() << 8).cast_signed() >> 8,
        highest: block.extended_sequence_number(),
        jitter: block.interarrival_jitter(),
        last_report: block.last_sender_report_timestamp(),
        delay: block.delay_since_last_sender_report_timestamp(),
    })
}

/// A packet to be sent.
#[derive(Debug)]
pub(crate) struct Written {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Written {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn put(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
            self.length = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAME: &[u8; CNAME] = b"abcdefghijklmnop";

    prop_compose! {
        fn receptions()(
            ssrc: u32, fraction_lost: u8, lost in -0x80_0000..0x80_0000_i32,
            highest: u32, jitter: u32, last_report: u32, delay: u32,
        ) -> Reception {
            Reception { ssrc, fraction_lost, lost, highest, jitter, last_report, delay }
        }
    }

    prop_compose! {
        fn sendings()(ntp: u64, timestamp: u32, packets: u32, octets: u32) -> Sending {
            Sending { ntp, timestamp, packets, octets }
        }
    }

    proptest! {
        #[test]
        fn written_reports_read_back(
            ssrc: u32,
            sending in proptest::option::of(sendings()),
            reception in proptest::option::of(receptions()),
            goodbye: bool,
        ) {
            let report = Report { ssrc, sending, reception };
            let written = report.write(NAME, goodbye);
            let ours = reception.map_or(0, |it| it.ssrc);
            prop_assert_eq!(Report::read(written.as_bytes(), ours), Some(report));
            prop_assert!(is_rtcp(written.as_bytes()));
            // Every part of it is well-formed, in the order of RFC 3550 §6.1.
            let parts: Vec<_> = Compound::parse(written.as_bytes()).unwrap().map(Result::unwrap).collect();
            prop_assert_eq!(parts.len(), 2 + usize::from(goodbye));
            let Packet::Sdes(description) = &parts[1] else { panic!("no description") };
            let chunk = description.chunks().next().unwrap();
            prop_assert_eq!(chunk.ssrc(), ssrc);
            prop_assert_eq!(chunk.items().next().unwrap().value(), NAME);
            if let Some(Packet::Bye(bye)) = parts.get(2) {
                prop_assert_eq!(bye.ssrcs().collect::<Vec<_>>(), [ssrc]);
            }
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300), ours: u32) {
            let _ = Report::read(&bytes, ours);
        }

        #[test]
        fn damaged_reports_are_survived(
            sending in proptest::option::of(sendings()), reception in receptions(),
            cut in 0..LONGEST, at in 0..LONGEST, with: u8,
        ) {
            let written = Report { ssrc: 7, sending, reception: Some(reception) }.write(NAME, true);
            let mut bytes = written.as_bytes().to_vec();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = with;
            }
            bytes.truncate(cut);
            let _ = Report::read(&bytes, reception.ssrc);
        }
    }

    #[test]
    fn block_about_somebody_else_is_not_taken() {
        let reception = Reception {
            ssrc: 1,
            fraction_lost: 0,
            lost: 0,
            highest: 0,
            jitter: 0,
            last_report: 0,
            delay: 0,
        };
        let report = Report {
            ssrc: 7,
            sending: None,
            reception: Some(reception),
        };
        let written = report.write(NAME, false);
        let read = Report::read(written.as_bytes(), 2).expect("a report");
        assert_eq!(read.reception, None);
    }
}

//! One direction of a leg: its keys and where its streams are.

use std::fmt;

use super::key::{Secret, Suite};
use super::stream::{Stream, Streams};
use super::transform::{Kind, Transform};
use crate::media::rtp::HEADER;

/// What is heard of a stream first may be of its second round of numbers: it began before the keys were known.
const FIRST_ROUNDS: [u64; 2] = [0, 1 << 16];
/// Reports have numbers of 31 bits, from 1.
const LAST_REPORT: u32 = (1 << 31) - 1;

struct Side {
    suite: Suite,
    secret: Secret,
    sound: Transform,
    reports: Transform,
}

impl Side {
    fn new(suite: Suite, secret: Secret) -> Self {
        Self {
            sound: Transform::new(suite, &secret, Kind::Sound),
            reports: Transform::new(suite, &secret, Kind::Reports),
            suite,
            secret,
        }
    }

    fn is_of(&self, suite: Suite, secret: &Secret) -> bool {
        self.suite == suite && self.secret == *secret
    }
}

/// What we send.
pub(super) struct Outbound {
    side: Side,
    stream: Option<Stream>,
    reports: u32,
}

impl Outbound {
    pub(super) fn new(suite: Suite, secret: Secret) -> Self {
        Self {
            side: Side::new(suite, secret),
            stream: None,
            reports: 0,
        }
    }

    pub(super) fn is_of(&self, suite: Suite, secret: &Secret) -> bool {
        self.side.is_of(suite, secret)
    }

    pub(super) fn seal(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let head = Head::read(buffer.get(..length)?)?;
        let stream = self.stream.filter(|stream| stream.ssrc() == head.ssrc);
        let mut stream =
            stream.unwrap_or_else(|| Stream::unseen(head.ssrc, u64::from(head.sequence)));
        let index = stream.place(head.sequence)?;
        if !stream.is_new(index) {
            return None;
        }
        stream.see(index);
        self.stream = Some(stream);
        let range = (head.length, length);
        self.side.sound.seal(buffer, range, head.ssrc, index)
    }

    pub(super) fn seal_report(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let ssrc = reporter(buffer.get(..length)?)?;
        if self.reports >= LAST_REPORT {
            return None;
        }
        self.reports += 1;
        let reports = &self.side.reports;
        reports.seal_report(buffer, length, ssrc, self.reports)
    }
}

/// What the peer sends.
pub(super) struct Inbound {
    side: Side,
    sound: Streams,
    reports: Streams,
}

impl Inbound {
    pub(super) fn new(suite: Suite, secret: Secret) -> Self {
        Self {
            side: Side::new(suite, secret),
            sound: Streams::default(),
            reports: Streams::default(),
        }
    }

    pub(super) fn is_of(&self, suite: Suite, secret: &Secret) -> bool {
        self.side.is_of(suite, secret)
    }

    /// Decrypts a packet of sound. Nothing is kept of one that is not the peer's. Where a stream that is new to these
    /// keys is may be known from the keys `before`: whether numbers go on under new ones or begin anew is not agreed
    /// upon, so both are tried.
    pub(super) fn open(&mut self, packet: &mut [u8], before: Option<&Self>) -> Option<usize> {
        let head = Head::read(packet)?;
        let transform = &self.side.sound;
        let mut open = |index| {
            let length = transform.open(packet, head.length, head.ssrc, index)?;
            Some((index, length))
        };
        let opened = match self.sound.get(head.ssrc) {
            Some(stream) => {
                let index = stream.place(head.sequence)?;
                stream.is_new(index).then(|| open(index))?
            }
            None => {
                let sequence = u64::from(head.sequence);
                let first = FIRST_ROUNDS.into_iter().map(|round| round + sequence);
                let known = before.and_then(|before| before.sound.get(head.ssrc));
                let known = known.and_then(|stream| stream.place(head.sequence));
                first.chain(known).find_map(open)
            }
        };
        let (index, length) = opened?;
        self.sound.see(head.ssrc, index);
        Some(length)
    }

    pub(super) fn open_report(&mut self, report: &mut [u8]) -> Option<usize> {
        let ssrc = reporter(report)?;
        let transform = &self.side.reports;
        let number = transform.number(report)?;
        let index = u64::from(number);
        let known = self.reports.get(ssrc);
        if known.is_some_and(|stream| !stream.is_new(index)) {
            return None;
        }
        let length = transform.open_report(report, ssrc, number)?;
        self.reports.see(ssrc, index);
        Some(length)
    }
}

/// What of a packet is not encrypted and says how the rest is.
struct Head {
    ssrc: u32,
    sequence: u16,
    /// Bytes, with contributing sources and extension.
    length: usize,
}

impl Head {
    fn read(packet: &[u8]) -> Option<Self> {
        let (fixed, rest) = packet.split_first_chunk::<HEADER>()?;
        let [first, _, s0, s1, _, _, _, _, c0, c1, c2, c3] = *fixed;
        if first >> 6 != 2 {
            return None;
        }
        let sources = usize::from(first & 0x0f) * 4;
        let mut length = HEADER + sources;
        if first & 0x10 != 0 {
            let extension = rest.get(sources..)?.first_chunk::<4>()?;
            length += 4 + usize::from(u16::from_be_bytes([extension[2], extension[3]])) * 4;
        }
        (length <= packet.len()).then_some(Self {
            ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            sequence: u16::from_be_bytes([s0, s1]),
            length,
        })
    }
}

/// Whose report it is.
fn reporter(report: &[u8]) -> Option<u32> {
    let ssrc = report.get(4..8)?.try_into().ok()?;
    Some(u32::from_be_bytes(ssrc))
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").finish_non_exhaustive()
    }
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound").finish_non_exhaustive()
    }
}

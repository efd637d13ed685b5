//! What a call asks of a leg.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::audio::PreparedAudio;
use super::codec::Encoding;
use super::event::OpId;
use super::key::KeySet;
use super::tone::Tone;

/// Which way media may flow, seen from this side: the answer's direction when
/// we answered, the mirror of the remote's when we offered (RFC 3264 §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// We send and ignore what arrives.
    SendOnly,
    /// We receive and send nothing.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// Whether we may send.
    #[must_use]
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether we use what arrives.
    #[must_use]
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

/// The payload types agreed for telephone events (RFC 4733). They may differ:
/// each side sends with the number the other one put into its description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// Payload type on packets we send: the one in the remote description.
    pub send: u8,
    /// Payload type on packets we receive: the one in our description.
    pub receive: u8,
}

/// Where reports about the sound (RTCP) are exchanged with the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportPath {
    /// On ports of their own: ours is the one after the RTP port, the peer's is this one (RFC 3550 §11, RFC 3605).
    Beside(SocketAddr),
    /// On the ports of RTP (RFC 5761).
    Multiplexed,
}

/// The outcome of an offer/answer exchange for one leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaSettings {
    /// Where the remote description says to send. An unspecified address
    /// (`0.0.0.0`, the hold of RFC 2543) or port 0 stops sending.
    pub remote: SocketAddr,
    /// What we send. Both G.711 codecs are always understood on receipt, G.722 when it is what we send.
    pub encoding: Encoding,
    /// Payload types of telephone events, when agreed. Without them digits are
    /// sent as tones in the audio.
    pub telephone_event: Option<TelephoneEvent>,
    /// Which way media flows.
    pub direction: Direction,
    /// Where reports are exchanged; `None` sends and reads none.
    pub reports: Option<ReportPath>,
}

impl MediaSettings {
    /// Two-way audio without telephone events and reports.
    #[must_use]
    pub fn new(remote: SocketAddr, encoding: impl Into<Encoding>) -> Self {
        Self {
            remote,
            encoding: encoding.into(),
            telephone_event: None,
            direction: Direction::SendRecv,
            reports: None,
        }
    }

    /// The same with telephone events, one payload type for both directions.
    #[must_use]
    pub fn with_telephone_event(mut self, payload_type: u8) -> Self {
        self.telephone_event = Some(TelephoneEvent {
            send: payload_type,
            receive: payload_type,
        });
        self
    }

    /// The same with another direction.
    #[must_use]
    pub fn with_direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// The same with reports.
    #[must_use]
    pub fn with_reports(mut self, path: ReportPath) -> Self {
        self.reports = Some(path);
        self
    }

    /// Whether the direction and the address permit sending.
    pub(crate) fn sends(&self) -> bool {
        self.direction.sends() && !self.remote.ip().is_unspecified() && self.remote.port() != 0
    }
}

/// One piece of a playback.
#[derive(Debug, Clone)]
pub enum PlaySource {
    /// A prepared prompt, file or tone.
    Audio(Arc<PreparedAudio>),
    /// The same, several times: music after a greeting, a tone with a cadence.
    Repeated(Arc<PreparedAudio>, Loops),
    /// Silence of this many milliseconds, rounded up to whole frames.
    Silence(u32),
}

impl PlaySource {
    /// One of the standard tones: a whole period of its cadence.
    #[must_use]
    pub fn tone(tone: Tone) -> Self {
        Self::Audio(tone.prepared())
    }
}

impl From<Arc<PreparedAudio>> for PlaySource {
    fn from(audio: Arc<PreparedAudio>) -> Self {
        Self::Audio(audio)
    }
}

/// How often a play list is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loops {
    /// This many times; 0 counts as 1.
    Times(u32),
    /// Until cancelled, replaced, or a stop key is pressed.
    Endless,
}

/// A playback: a list of sources, played in order.
///
/// A leg plays one thing at a time; a new request replaces the old one. While
/// the direction forbids sending (hold), the playback stands still and goes on
/// from there. What a bridged peer says is not sent while a playback lasts.
#[derive(Debug, Clone)]
pub struct PlayRequest {
    /// Given back in [`PlayFinished`](super::MediaEvent::PlayFinished).
    pub op: OpId,
    /// What to play.
    pub sources: Vec<PlaySource>,
    /// How often to play the whole list.
    pub loops: Loops,
    /// Keys that end the playback at once.
    pub stop_keys: KeySet,
}

impl PlayRequest {
    /// Plays `sources` once; no key stops it.
    pub fn new(op: OpId, sources: impl IntoIterator<Item = PlaySource>) -> Self {
        Self {
            op,
            sources: sources.into_iter().collect(),
            loops: Loops::Times(1),
            stop_keys: KeySet::NONE,
        }
    }

    /// The same, repeated.
    #[must_use]
    pub fn with_loops(mut self, loops: Loops) -> Self {
        self.loops = loops;
        self
    }

    /// The same, stopped by any of `keys`.
    #[must_use]
    pub fn with_stop_keys(mut self, keys: KeySet) -> Self {
        self.stop_keys = keys;
        self
    }
}

/// When silence ends a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SilenceEnd {
    /// A 20 ms frame is silent when the mean of its absolute sample values is
    /// below this; 0 to 32767. 200 suits a telephone line.
    pub threshold: u16,
    /// How long silence must last.
    pub after: Duration,
}

/// A recording of what a leg receives, as WAV, 8 kHz, 16-bit, mono.
///
/// The file is written under a temporary name next to `path` and appears under
/// its own name when complete. Lost packets and pauses in transmission become
/// silence, so positions in the file are positions in time.
#[derive(Debug, Clone)]
pub struct RecordRequest {
    /// Given back in [`RecordFinished`](super::MediaEvent::RecordFinished).
    pub op: OpId,
    /// Where the file shall be. Its directory must exist; an existing file is
    /// replaced.
    pub path: PathBuf,
    /// Longest recording; at most 24 hours.
    pub max_length: Duration,
    /// Ends the recording on silence, when given.
    pub silence: Option<SilenceEnd>,
    /// Keys that end the recording.
    pub stop_keys: KeySet,
}

impl RecordRequest {
    /// Records until stopped or `max_length` is reached.
    pub fn new(op: OpId, path: impl Into<PathBuf>, max_length: Duration) -> Self {
        Self {
            op,
            path: path.into(),
            max_length,
            silence: None,
            stop_keys: KeySet::NONE,
        }
    }

    /// The same, ended by silence.
    #[must_use]
    pub fn with_silence(mut self, silence: SilenceEnd) -> Self {
        self.silence = Some(silence);
        self
    }

    /// The same, ended by any of `keys`.
    #[must_use]
    pub fn with_stop_keys(mut self, keys: KeySet) -> Self {
        self.stop_keys = keys;
        self
    }
}

/// A recording of both sides of a leg, as WAV, 8 kHz, 16-bit, stereo: left what is received, right what is sent.
///
/// Written like a [`RecordRequest`]'s file; lost packets, pauses in transmission and the time in which nothing is sent
/// become silence.
#[derive(Debug, Clone)]
pub struct TapeRequest {
    /// Given back in [`RecordFinished`](super::MediaEvent::RecordFinished).
    pub op: OpId,
    /// Where the file shall be. Its directory must exist; an existing file is replaced.
    pub path: PathBuf,
    /// Longest recording; at most 24 hours.
    pub max_length: Duration,
}

/// What a member of a [`Room`](super::Room) may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The others hear the member.
    pub speaks: bool,
    /// The member hears the others; otherwise silence.
    pub hears: bool,
}

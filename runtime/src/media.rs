//! The media plane: RTP sockets, playback, recording, keys, bridging and mixing.
//!
//! A [`MediaPlane`] owns a few worker threads that share nothing. Every
//! [`Leg`] (one RTP session with one phone or carrier) lives on one worker.
//! Packets between bridged legs are relayed the moment they arrive; playback
//! and rooms ([`Room`]), in which everybody hears the others, run on a 20 ms
//! tick that is spread over four slots of 5 ms. A worker never
//! touches a disk, takes no lock and allocates nothing per packet: prompts are
//! prepared as codec frames beforehand ([`PreparedAudio`]), and recordings are
//! handed to a writer thread.
//!
//! Each leg tells its peer how well it hears, and is told so (RTCP, RFC 3550 §6). What goes over the wire is encrypted
//! where keys were agreed (SRTP, RFC 3711); what is relayed, mixed and recorded is plain inside.
//!
//! A call talks to its legs through [`Leg`] methods, which only queue a command
//! and return at once, and hears from them through [`MediaEvent`]s on the
//! channel it gave to [`MediaPlane::allocate`].
//!
//! ```no_run
//! # use runtime::media::*;
//! # async fn example(remote: std::net::SocketAddr) -> Result<(), MediaError> {
//! let plane = MediaPlane::new(MediaConfig::default())?;
//! let (events, mut inbox) = tokio::sync::mpsc::channel(64);
//! let leg = plane.allocate(events)?;
//! leg.set_media(MediaSettings::new(remote, Codec::Pcmu).with_telephone_event(101))?;
//! leg.play(PlayRequest::new(OpId(1), [PlaySource::tone(Tone::Beep)]))?;
//! while let Some(event) = inbox.recv().await {
//!     if matches!(event, MediaEvent::PlayFinished { .. }) {
//!         break;
//!     }
//! }
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod apparatus;
mod audio;
mod calling_tone;
mod codec;
mod command;
mod error;
mod event;
mod g711;
mod g722;
mod import;
mod jitter;
mod key;
mod latch;
mod leg;
mod mix;
mod outbound;
mod plane;
mod player;
mod ports;
mod quality;
mod recorder;
mod reporter;
mod request;
mod room;
mod rtcp;
mod rtp;
mod session;
mod srtp;
mod stats;
mod tape;
mod telephone_event;
mod tone;
mod wav;
mod wav_writer;
mod worker;

pub use apparatus::{APPARATUS_QUEUE, ApparatusRequest};
pub use audio::PreparedAudio;
pub(crate) use calling_tone::CallingTone;
pub use codec::{Codec, Encoding};
pub use error::MediaError;
pub use event::{LegId, MediaEvent, OpId, PlayEnd, RecordEnd};
pub use import::{ImportError, ImportedSound, import_sound};
pub use jitter::Frame;
pub use key::{Key, KeySet};
pub use leg::{Leg, LegRef};
pub use plane::{MediaConfig, MediaPlane, PortRange};
pub(crate) use quality::mos;
pub use request::{
    Direction, Loops, MediaSettings, Part, PlayRequest, PlaySource, RecordRequest, ReportPath,
    SilenceEnd, TapeRequest, TelephoneEvent,
};
pub use room::Room;
pub use srtp::{Keys, Secret, Suite};
pub use stats::{FarEnd, LegStats};
pub use tone::{Tone, ToneError, ToneSegment, ToneSpec};
pub use wav::WavError;

/// Samples per second of every codec and file on the media plane.
pub const SAMPLE_RATE: u32 = 8000;

/// Samples in one 20 ms frame at [`SAMPLE_RATE`].
pub const FRAME_SAMPLES: usize = 160;

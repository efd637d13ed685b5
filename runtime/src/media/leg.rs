//! A call's handle to one RTP session.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;

use super::apparatus::ApparatusRequest;
use super::command::{Command, WorkerQueue};
use super::error::MediaError;
use super::event::{LegId, OpId};
use super::key::Key;
use super::request::{MediaSettings, Part, PlayRequest, RecordRequest, TapeRequest};
use super::room::Room;
use super::srtp::Keys;
use super::stats::LegStats;

/// Longest recording that can be asked for.
const MAX_RECORDING: Duration = Duration::from_secs(24 * 3600);
/// Most digits one `send_digits` takes.
const MAX_DIGITS: usize = 128;
/// Most sources one playback takes.
const MAX_SOURCES: usize = 1024;

/// One RTP session. Dropping the handle closes it: what plays or records ends
/// with reason `Closed`, a bridge is undone, and the last event is
/// [`Closed`](super::MediaEvent::Closed).
///
/// Methods queue a command and return at once. They fail with
/// [`MediaError::Overloaded`] when the worker is flooded and with
/// [`MediaError::ShutDown`] when the plane is gone. Commands of one handle take
/// effect in order.
#[derive(Debug)]
pub struct Leg {
    pub(crate) id: LegId,
    pub(crate) local: SocketAddr,
    pub(crate) worker: Arc<WorkerQueue>,
    pub(crate) released: Arc<AtomicBool>,
}

/// A leg as other calls may speak of it: enough to be bridged with it, not to keep it open. It leads nowhere once the
/// leg has closed or moved to another worker.
#[derive(Debug, Clone)]
pub struct LegRef {
    id: LegId,
    worker: Arc<WorkerQueue>,
}

impl Leg {
    /// What other calls may be told of the leg.
    #[must_use]
    pub fn reference(&self) -> LegRef {
        LegRef {
            id: self.id,
            worker: self.worker.clone(),
        }
    }

    /// The leg's name in events.
    #[must_use]
    pub fn id(&self) -> LegId {
        self.id
    }

    /// The address the RTP socket is bound to. Its IP is the configured bind
    /// address, which may be unspecified; what goes into SDP is for the
    /// signalling side to decide.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Applies the outcome of an offer/answer exchange. May be repeated; what
    /// plays, records or is bridged goes on under the new settings.
    ///
    /// # Errors
    /// See [`Leg`].
    pub fn set_media(&self, settings: MediaSettings) -> Result<(), MediaError> {
        self.worker.send(Command::SetMedia(self.id, settings, None))
    }

    /// The same for encrypted sound: nothing leaves in the clear, and nothing is used that the peer's key does not
    /// prove. Keys that stay the same go on where they were; a key of ours must never be given up and taken up again.
    ///
    /// # Errors
    /// See [`Leg`].
    pub fn set_encrypted_media(
        &self,
        settings: MediaSettings,
        keys: Keys,
    ) -> Result<(), MediaError> {
        let keys = Some(Box::new(keys));
        self.worker.send(Command::SetMedia(self.id, settings, keys))
    }

    /// Names the host that signals for the peer. Should the peer's audio fall
    /// silent, it may go on from there, as from the hosts that are known by
    /// their audio or from the description; from no other.
    ///
    /// # Errors
    /// See [`Leg`].
    pub fn signals_from(&self, host: IpAddr) -> Result<(), MediaError> {
        self.worker.send(Command::SignalsFrom(self.id, host))
    }

    /// Reports [`RtpTimeout`](super::MediaEvent::RtpTimeout) when media is due
    /// but none arrives for `timeout`; `None`, the default, never does. Checked
    /// four times a second.
    ///
    /// # Errors
    /// See [`Leg`].
    pub fn set_rtp_timeout(&self, timeout: Option<Duration>) -> Result<(), MediaError> {
        self.worker.send(Command::SetRtpTimeout(self.id, timeout))
    }

    /// Starts a playback, replacing the current one.
    ///
    /// # Errors
    /// `Invalid` when there are more than 1024 sources; see [`Leg`] for others.
    pub fn play(&self, request: PlayRequest) -> Result<(), MediaError> {
        if request.sources.len() > MAX_SOURCES {
            return Err(MediaError::Invalid("a playback takes at most 1024 sources"));
        }
        self.worker.send(Command::Play(self.id, request))
    }

    /// Starts a recording. Several may run at once on one leg, for instance a
    /// voicemail message within a recorded call.
    ///
    /// # Errors
    /// `Invalid` when the length is zero or above 24 hours; see [`Leg`].
    pub fn record(&self, request: RecordRequest) -> Result<(), MediaError> {
        if request.max_length.is_zero() || request.max_length > MAX_RECORDING {
            return Err(MediaError::Invalid("a recording lasts at most 24 hours"));
        }
        self.worker.send(Command::Record(self.id, request))
    }

    /// Starts a recording of both sides. Ends like one of [`Leg::record`].
    ///
    /// # Errors
    /// `Invalid` when the length is zero or above 24 hours; see [`Leg`].
    pub fn tape(&self, request: TapeRequest) -> Result<(), MediaError> {
        if request.max_length.is_zero() || request.max_length > MAX_RECORDING {
            return Err(MediaError::Invalid("a recording lasts at most 24 hours"));
        }
        self.worker.send(Command::Tape(self.id, request))
    }

    /// Puts a machine on the leg, in the place of another, until it is cancelled.
    ///
    /// # Errors
    /// See [`Leg`].
    pub fn attach(&self, request: ApparatusRequest) -> Result<(), MediaError> {
        self.worker.send(Command::Attach(self.id, request))
    }

    /// Lets a recording of both sides record silence, or sound again.
    ///
    /// # Errors
    /// See [`Leg`].
    pub fn pause_tape(&self, op: OpId, paused: bool) -> Result<(), MediaError> {
        self.worker.send(Command::PauseTape(self.id, op, paused))
    }

    /// Sends keys to the remote side, each for 100 ms with 60 ms between:
    /// as telephone events (RFC 4733) when agreed, else as tones. Ends with
    /// [`DigitsSent`](super::MediaEvent::DigitsSent); further digits queue up.
    ///
    /// # Errors
    /// `Invalid` when there are more than 128 keys; see [`Leg`] for others.
    pub fn send_digits(&self, op: OpId, digits: Vec<Key>) -> Result<(), MediaError> {
        if digits.len() > MAX_DIGITS {
            return Err(MediaError::Invalid("at most 128 digits are sent at once"));
        }
        self.worker.send(Command::SendDigits(self.id, op, digits))
    }

    /// Ends a playback, recording or sending of digits; its finishing event
    /// follows. An unknown operation is ignored: it may just have ended.
    ///
    /// # Errors
    /// See [`Leg`].
    pub fn cancel(&self, op: OpId) -> Result<(), MediaError> {
        self.worker.send(Command::Cancel(self.id, op))
    }

    /// Connects two legs: what one receives the other sends, audio and keys.
    /// Undoes earlier bridges and echoes of both.
    ///
    /// # Errors
    /// `DifferentWorkers` when they do not share a worker; see
    /// [`MediaPlane::allocate_near`](super::MediaPlane::allocate_near) and
    /// [`Leg::move_near`].
    pub fn bridge(&self, other: &Leg) -> Result<(), MediaError> {
        self.bridge_with(&other.reference())
    }

    /// As [`Leg::bridge`], with a leg of another call. A leg that is gone is bridged with nothing.
    ///
    /// # Errors
    /// As [`Leg::bridge`].
    pub fn bridge_with(&self, other: &LegRef) -> Result<(), MediaError> {
        if !Arc::ptr_eq(&self.worker, &other.worker) {
            return Err(MediaError::DifferentWorkers(self.id.0, other.id.0));
        }
        self.worker.send(Command::Bridge(self.id, other.id))
    }

    /// Puts the leg into a room, on whose worker it lives from then on. Undoes a bridge or an echo, and takes it out of
    /// another room. What the leg itself plays is heard by its peer instead of the room.
    ///
    /// # Errors
    /// See [`Leg`]. The leg is lost when the room's worker refuses it.
    pub async fn join(&mut self, room: &Room, part: Part) -> Result<(), MediaError> {
        self.move_to_worker(&room.worker).await?;
        self.worker.send(Command::Join(self.id, room.id, part))
    }

    /// Changes what the leg may do in its room; nothing happens without one.
    ///
    /// # Errors
    /// See [`Leg`].
    pub fn set_part(&self, part: Part) -> Result<(), MediaError> {
        self.worker.send(Command::SetPart(self.id, part))
    }

    /// Lets the peer hear what two legs receive, mixed, until [`Leg::unbridge`]. Nobody hears the peer. The two go on as
    /// they are; a leg that closes or moves away is heard no more. Undoes a bridge or an echo.
    ///
    /// # Errors
    /// As [`Leg::bridge`].
    pub fn listen(&self, one: &LegRef, other: &LegRef) -> Result<(), MediaError> {
        for leg in [one, other] {
            if !Arc::ptr_eq(&self.worker, &leg.worker) {
                return Err(MediaError::DifferentWorkers(self.id.0, leg.id.0));
            }
        }
        let command = Command::Listen(self.id, [one.id, other.id]);
        self.worker.send(command)
    }

    /// Undoes a bridge or an echo, stops listening, and takes the leg out of its room; nothing happens without any.
    ///
    /// # Errors
    /// See [`Leg`].
    pub fn unbridge(&self) -> Result<(), MediaError> {
        self.worker.send(Command::Unbridge(self.id))
    }

    /// Sends back what arrives until [`Leg::unbridge`].
    ///
    /// # Errors
    /// See [`Leg`].
    pub fn echo(&self) -> Result<(), MediaError> {
        self.worker.send(Command::Echo(self.id))
    }

    /// The counters so far.
    ///
    /// # Errors
    /// See [`Leg`].
    pub async fn stats(&self) -> Result<LegStats, MediaError> {
        let (reply, stats) = oneshot::channel();
        self.worker.send(Command::Stats(self.id, reply))?;
        stats.await.map_err(|_| MediaError::ShutDown)
    }

    /// Moves this leg to the worker of `other` so that the two can be bridged.
    /// A bridge or echo of this leg is undone; everything else goes on.
    ///
    /// # Errors
    /// See [`Leg`]. The leg is lost when the other worker refuses it.
    pub async fn move_near(&mut self, other: &Leg) -> Result<(), MediaError> {
        self.move_to(&other.reference()).await
    }

    /// As [`Leg::move_near`], to a leg of another call.
    ///
    /// # Errors
    /// As [`Leg::move_near`].
    pub async fn move_to(&mut self, other: &LegRef) -> Result<(), MediaError> {
        self.move_to_worker(&other.worker).await
    }

    async fn move_to_worker(&mut self, worker: &Arc<WorkerQueue>) -> Result<(), MediaError> {
        if Arc::ptr_eq(&self.worker, worker) {
            return Ok(());
        }
        let (reply, session) = oneshot::channel();
        self.worker.send(Command::Release(self.id, reply))?;
        let session = session.await.map_err(|_| MediaError::ShutDown)?;
        self.worker = worker.clone();
        self.worker.send(Command::Adopt(session))
    }
}

impl Drop for Leg {
    fn drop(&mut self) {
        // The flag is what closes the leg should the queue be full: the worker
        // looks at it four times a second.
        self.released.store(true, Ordering::Relaxed);
        let _ = self.worker.send(Command::Remove(self.id));
    }
}

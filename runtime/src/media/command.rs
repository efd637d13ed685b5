//! The queue from calls to a worker.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

use nix::sys::eventfd::EventFd;
use tokio::sync::oneshot;

use super::apparatus::ApparatusRequest;
use super::error::MediaError;
use super::event::{LegId, OpId};
use super::key::Key;
use super::request::{MediaSettings, Part, PlayRequest, PlaySource, RecordRequest, TapeRequest};
use super::room::RoomId;
use super::session::Session;
use super::srtp::Keys;
use super::stats::LegStats;

/// Commands a worker may have waiting before it refuses more.
pub(crate) const QUEUE: usize = 4096;

/// What a worker can be told.
#[derive(Debug)]
pub(crate) enum Command {
    /// Take over a leg: a new one, or one that moves here.
    Adopt(Box<Session>),
    /// Give a leg away so that it can move to another worker.
    Release(LegId, oneshot::Sender<Box<Session>>),
    /// Close a leg.
    Remove(LegId),
    /// With the keys of encrypted sound.
    SetMedia(LegId, MediaSettings, Option<Box<Keys>>),
    SignalsFrom(LegId, IpAddr),
    SetRtpTimeout(LegId, Option<Duration>),
    Play(LegId, PlayRequest),
    Record(LegId, RecordRequest),
    Tape(LegId, TapeRequest),
    Attach(LegId, ApparatusRequest),
    PauseTape(LegId, OpId, bool),
    SendDigits(LegId, OpId, Vec<Key>),
    Cancel(LegId, OpId),
    Bridge(LegId, LegId),
    Unbridge(LegId),
    Echo(LegId),
    /// Let the first leg's peer hear what the two others receive.
    Listen(LegId, [LegId; 2]),
    OpenRoom(RoomId, Arc<AtomicBool>),
    /// Say something to a room, except to one of its members.
    Announce(RoomId, Vec<PlaySource>, Option<LegId>),
    CloseRoom(RoomId),
    Join(LegId, RoomId, Part),
    SetPart(LegId, Part),
    Stats(LegId, oneshot::Sender<LegStats>),
    Stop,
}

/// A worker as seen from outside.
#[derive(Debug)]
pub(crate) struct WorkerQueue {
    commands: SyncSender<Command>,
    wake: Arc<EventFd>,
}

impl WorkerQueue {
    pub(crate) fn new(commands: SyncSender<Command>, wake: Arc<EventFd>) -> Self {
        Self { commands, wake }
    }

    /// Queues a command without waiting.
    pub(crate) fn send(&self, command: Command) -> Result<(), MediaError> {
        self.commands
            .try_send(command)
            .map_err(|error| match error {
                TrySendError::Full(_) => MediaError::Overloaded,
                TrySendError::Disconnected(_) => MediaError::ShutDown,
            })?;
        self.wake();
        Ok(())
    }

    /// Makes the worker look around soon.
    pub(crate) fn wake(&self) {
        // Fails only when the counter would overflow, and then the worker has
        // plenty of wake-ups waiting.
        let _ = self.wake.write(1);
    }
}

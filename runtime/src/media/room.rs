//! A handle to a room: legs that hear each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::command::{Command, WorkerQueue};
use super::error::MediaError;
use super::event::LegId;
use super::request::PlaySource;

/// Most sources one announcement takes.
const MAX_SOURCES: usize = 64;

/// Names a room for as long as the process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RoomId(u64);

/// A room whose members hear each other, mixed every 20 ms on one worker. Legs come in by
/// [`Leg::join`](super::Leg::join) and go out by [`Leg::unbridge`](super::Leg::unbridge), by a bridge, or when they are
/// closed. Dropping the handle closes the room: its members stay legs, and hear nothing more.
#[derive(Debug)]
pub struct Room {
    pub(crate) id: RoomId,
    pub(crate) worker: Arc<WorkerQueue>,
    released: Arc<AtomicBool>,
}

impl Room {
    pub(super) fn open(worker: &Arc<WorkerQueue>) -> Result<Self, MediaError> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = RoomId(NEXT.fetch_add(1, Ordering::Relaxed));
        let released = Arc::new(AtomicBool::new(false));
        worker.send(Command::OpenRoom(id, released.clone()))?;
        Ok(Self {
            id,
            worker: worker.clone(),
            released,
        })
    }

    /// Says something to all members who hear the room, except to one. What is being said already comes first; when
    /// too much waits, it is not said.
    ///
    /// # Errors
    /// `Invalid` when there are more than 64 sources; `Overloaded` and `ShutDown` as with a [`Leg`](super::Leg).
    pub fn announce(
        &self,
        sources: Vec<PlaySource>,
        except: Option<LegId>,
    ) -> Result<(), MediaError> {
        if sources.len() > MAX_SOURCES {
            return Err(MediaError::Invalid(
                "an announcement takes at most 64 sources",
            ));
        }
        self.worker
            .send(Command::Announce(self.id, sources, except))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // As with a leg, the flag closes it should the queue be full.
        self.released.store(true, Ordering::Relaxed);
        let _ = self.worker.send(Command::CloseRoom(self.id));
    }
}

//! What the media plane tells a call.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::key::Key;
use super::stats::LegStats;

/// Identifies a leg for as long as the process runs; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub(crate) u64);

impl LegId {
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The bare number, for logs.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for LegId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

/// Names one operation of a leg; chosen by the caller, unique per leg while the
/// operation lasts, and given back in the event that ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub u64);

/// Why a playback ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayEnd {
    /// Everything was played, all loops included.
    Completed,
    /// One of the request's stop keys was pressed.
    Key(Key),
    /// The caller cancelled it.
    Cancelled,
    /// A newer playback on the same leg took its place.
    Replaced,
    /// The leg was closed.
    Closed,
}

/// Why a recording ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordEnd {
    /// The maximum length was reached.
    MaxLength,
    /// The speaker was silent for the requested time.
    Silence,
    /// One of the request's stop keys was pressed.
    Key(Key),
    /// The caller stopped it.
    Stopped,
    /// The leg was closed, usually because its party hung up.
    Closed,
    /// The file could not be written; the text says what failed.
    Failed(String),
}

/// Something that happened on a leg.
#[derive(Debug, Clone, PartialEq)]
pub enum MediaEvent {
    /// Valid RTP arrived and its source was accepted; the leg now sends there.
    Connected {
        /// The leg.
        leg: LegId,
        /// Where the packets come from.
        source: SocketAddr,
    },
    /// A key went down. Reported once per press, at its first packet.
    Key {
        /// The leg.
        leg: LegId,
        /// The key.
        key: Key,
    },
    /// A key came up again.
    KeyReleased {
        /// The leg.
        leg: LegId,
        /// The key.
        key: Key,
        /// How long it was held, in milliseconds, as its sender reported.
        duration_ms: u32,
    },
    /// A playback ended.
    PlayFinished {
        /// The leg.
        leg: LegId,
        /// The operation.
        op: OpId,
        /// Why.
        reason: PlayEnd,
    },
    /// A recording ended and its file, if any, is complete on disk.
    RecordFinished {
        /// The leg.
        leg: LegId,
        /// The operation.
        op: OpId,
        /// The finished file.
        path: PathBuf,
        /// Length of the audio in milliseconds.
        duration_ms: u64,
        /// Why.
        reason: RecordEnd,
    },
    /// All digits of a `send_digits` have been sent, or it was cancelled.
    DigitsSent {
        /// The leg.
        leg: LegId,
        /// The operation.
        op: OpId,
    },
    /// No packet arrived for the configured time although media was expected.
    /// Reported once per silence.
    RtpTimeout {
        /// The leg.
        leg: LegId,
    },
    /// The leg is gone. Its last event, except for the end of a recording that
    /// was still being written.
    Closed {
        /// The leg.
        leg: LegId,
        /// Final counters.
        stats: LegStats,
    },
}

/// How many undelivered events a leg keeps for a slow receiver before it drops
/// key events. Ends of operations are always kept: their number is bounded by
/// the operations asked for.
const BACKLOG: usize = 64;

/// Sends events without ever blocking a worker.
#[derive(Debug)]
pub(crate) struct EventSink {
    sender: mpsc::Sender<MediaEvent>,
    backlog: VecDeque<MediaEvent>,
}

impl EventSink {
    pub(crate) fn new(sender: mpsc::Sender<MediaEvent>) -> Self {
        Self {
            sender,
            backlog: VecDeque::new(),
        }
    }

    pub(crate) fn sender(&self) -> mpsc::Sender<MediaEvent> {
        self.sender.clone()
    }

    pub(crate) fn send(&mut self, event: MediaEvent) {
        self.flush();
        if !self.backlog.is_empty() {
            self.keep(event);
        } else if let Err(TrySendError::Full(event)) = self.sender.try_send(event) {
            self.keep(event);
        }
    }

    /// Tries again to deliver what the receiver had no room for. Returns whether
    /// nothing is left to deliver; a receiver that is gone wants nothing.
    pub(crate) fn flush(&mut self) -> bool {
        while let Some(event) = self.backlog.pop_front() {
            match self.sender.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.backlog.push_front(event);
                    return false;
                }
                Err(TrySendError::Closed(_)) => self.backlog.clear(),
            }
        }
        true
    }

    fn keep(&mut self, event: MediaEvent) {
        let droppable = matches!(
            event,
            MediaEvent::Key { .. } | MediaEvent::KeyReleased { .. }
        );
        if !droppable || self.backlog.len() < BACKLOG {
            self.backlog.push_back(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: u8) -> MediaEvent {
        MediaEvent::Key {
            leg: LegId(1),
            key: Key::from_event(code).expect("a key"),
        }
    }

    #[test]
    fn events_for_a_slow_receiver_arrive_in_order() {
        let (sender, mut receiver) = mpsc::channel(1);
        let mut sink = EventSink::new(sender);
        for code in 0..4 {
            sink.send(key(code));
        }
        for code in 0..4 {
            assert_eq!(receiver.try_recv().ok(), Some(key(code)));
            sink.flush();
        }
        assert!(receiver.try_recv().is_err());
    }

    #[test]
    fn flood_of_keys_never_pushes_out_the_end_of_an_operation() {
        let (sender, mut receiver) = mpsc::channel(1);
        let mut sink = EventSink::new(sender);
        for _ in 0..1000 {
            sink.send(key(1));
        }
        let end = MediaEvent::DigitsSent {
            leg: LegId(1),
            op: OpId(7),
        };
        sink.send(end.clone());
        let mut seen = Vec::new();
        while let Ok(event) = receiver.try_recv() {
            seen.push(event);
            sink.flush();
        }
        assert!(seen.len() <= BACKLOG + 2);
        assert_eq!(seen.last(), Some(&end));
    }
}

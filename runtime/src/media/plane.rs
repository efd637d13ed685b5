//! The workers and the ports they serve.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;

use super::command::{Command, WorkerQueue};
use super::error::MediaError;
use super::event::{EventSink, LegId, MediaEvent};
use super::leg::Leg;
use super::ports::PortPool;
use super::room::Room;
use super::session::Session;
use super::wav_writer::WavWriter;
use super::worker;

/// UDP ports for RTP, both ends included. Even ports carry RTP, the odd ones
/// after them RTCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    /// First port; 0 lets the operating system choose every port.
    pub first: u16,
    /// Last port.
    pub last: u16,
}

impl PortRange {
    pub(crate) fn is_ephemeral(self) -> bool {
        self.first == 0
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.first, self.last)
    }
}

impl FromStr for PortRange {
    type Err = String;

    /// Reads `20000-29999`, or `0` for ports chosen by the operating system.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` is not a range of RTP ports; write for instance 20000-29999, or 0")
        };
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| text.trim().parse::<u16>().map_err(|_| wrong());
        let range = Self {
            first: port(first)?,
            last: port(last)?,
        };
        let ephemeral = range.first == 0 && range.last == 0;
        let has_pair = range.first > 0 && range.last.saturating_sub(range.first) >= 2;
        if ephemeral || has_pair {
            Ok(range)
        } else {
            Err(wrong())
        }
    }
}

/// How the media plane is set up.
#[derive(Debug, Clone, Copy)]
pub struct MediaConfig {
    /// Address the RTP sockets are bound to.
    pub bind: IpAddr,
    /// Ports for RTP.
    pub ports: PortRange,
    /// Worker threads; 0 means one per processor, at most 16.
    pub workers: usize,
    /// How long the accepted source of a leg must be silent before another
    /// source may take its place.
    pub relatch_after: Duration,
    /// Time between two reports of a leg to its peer, before it is varied at random; 5 s at least on a network
    /// (RFC 3550 §6.2).
    pub report_every: Duration,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            ports: PortRange {
                first: 20_000,
                last: 29_999,
            },
            workers: 0,
            relatch_after: Duration::from_secs(2),
            report_every: Duration::from_secs(5),
        }
    }
}

/// The media workers. Dropping the plane closes all legs, finishes their
/// recordings and waits for the threads.
#[derive(Debug)]
pub struct MediaPlane {
    workers: Vec<Arc<WorkerQueue>>,
    threads: Vec<JoinHandle<()>>,
    /// Dropped last: the writer thread ends when no worker can reach it.
    writer: Option<WavWriter>,
    ports: Arc<PortPool>,
    relatch_after: Duration,
    report_every: Duration,
    next: AtomicUsize,
}

impl MediaPlane {
    /// Starts the worker threads and the thread that writes recordings.
    ///
    /// # Errors
    /// When the system refuses a thread, an epoll instance or a timer.
    pub fn new(config: MediaConfig) -> Result<Self, MediaError> {
        let count = match config.workers {
            0 => std::thread::available_parallelism().map_or(1, |cores| cores.get().min(16)),
            count => count.min(256),
        };
        let mut plane = Self {
            workers: Vec::with_capacity(count),
            threads: Vec::with_capacity(count),
            writer: Some(WavWriter::start().map_err(MediaError::Start)?),
            ports: PortPool::new(config.bind, config.ports),
            relatch_after: config.relatch_after,
            report_every: config.report_every,
            next: AtomicUsize::new(0),
        };
        let to_writer = plane.writer.as_ref().and_then(WavWriter::queue);
        for index in 0..count {
            if let Some(to_writer) = &to_writer {
                let (queue, thread) = worker::start(index, to_writer.clone())?;
                plane.workers.push(queue);
                plane.threads.push(thread);
            }
        }
        Ok(plane)
    }

    /// Opens a leg on the next worker in turn. What happens on it is sent to
    /// `events`, which several legs may share. A channel of 64 is ample for a
    /// call; while it is full, key events beyond another 64 are dropped and all
    /// others wait.
    ///
    /// # Errors
    /// `NoPort` or `Bind` when no socket could be had, `Overloaded` when the
    /// worker is flooded.
    pub fn allocate(&self, events: mpsc::Sender<MediaEvent>) -> Result<Leg, MediaError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let worker = self.workers.get(turn % self.workers.len().max(1));
        self.open(worker.ok_or(MediaError::ShutDown)?, events)
    }

    /// Opens a leg on the worker of `other`, so that the two can be bridged.
    ///
    /// # Errors
    /// As [`MediaPlane::allocate`].
    pub fn allocate_near(
        &self,
        other: &Leg,
        events: mpsc::Sender<MediaEvent>,
    ) -> Result<Leg, MediaError> {
        self.open(&other.worker, events)
    }

    /// Opens a room on the next worker in turn. Legs that join move there.
    ///
    /// # Errors
    /// `Overloaded` when the worker is flooded.
    pub fn room(&self) -> Result<Room, MediaError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let worker = self.workers.get(turn % self.workers.len().max(1));
        Room::open(worker.ok_or(MediaError::ShutDown)?)
    }

    fn open(
        &self,
        worker: &Arc<WorkerQueue>,
        events: mpsc::Sender<MediaEvent>,
    ) -> Result<Leg, MediaError> {
        let rtp = self.ports.bind()?;
        let id = LegId::next();
        let local = rtp.local;
        let released = Arc::new(AtomicBool::new(false));
        let session = Session::new(
            id,
            rtp,
            EventSink::new(events),
            released.clone(),
            self.relatch_after,
            self.report_every,
        );
        worker.send(Command::Adopt(Box::new(session)))?;
        Ok(Leg {
            id,
            local,
            worker: worker.clone(),
            released,
        })
    }
}

impl Drop for MediaPlane {
    fn drop(&mut self) {
        for worker in &self.workers {
            // A full queue drains quickly; the worker must get this one.
            while let Err(MediaError::Overloaded) = worker.send(Command::Stop) {
                std::thread::yield_now();
            }
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a media worker had panicked");
            }
        }
        self.writer = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_range_is_read_and_written() {
        let range: PortRange = "20000-29999".parse().expect("a range");
        assert_eq!(range.to_string(), "20000-29999");
        assert_eq!("0".parse(), Ok(PortRange { first: 0, last: 0 }));
        for wrong in ["", "x", "5000", "30000-20000", "0-100", "1-70000", "7-8"] {
            assert!(wrong.parse::<PortRange>().is_err(), "{wrong}");
        }
    }
}

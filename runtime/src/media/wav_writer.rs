//! The thread that writes recordings, and the worker's side of its queue.
//!
//! A file grows as `.<name>.part` beside its final place. Its header is brought
//! up to date with every chunk, so what a crash leaves behind is a valid WAV
//! file. When the recording ends it is synced and renamed.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;

use super::SAMPLE_RATE;
use super::event::{EventSink, LegId, MediaEvent, OpId, RecordEnd};
use super::recorder::CHUNK;

/// Messages the writer may have waiting.
const QUEUE: usize = 1024;
/// Messages a worker keeps beyond that before it gives recordings up.
const OUTBOX: usize = 1024;
/// Emptied buffers kept for use again.
const SPARE: usize = 256;
/// How often undelivered events are tried again.
const RETRY: Duration = Duration::from_millis(50);

/// Names a recording between worker and writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RecordingId(u64);

/// What a worker tells the writer.
#[derive(Debug)]
pub(crate) enum Message {
    Begin(RecordingId, PathBuf, u16, SyncSender<Vec<i16>>),
    Samples(RecordingId, Vec<i16>),
    Finish(RecordingId, Finish),
}

/// The end of a recording and whom to tell.
#[derive(Debug)]
pub(crate) struct Finish {
    pub(crate) leg: LegId,
    pub(crate) op: OpId,
    pub(crate) reason: RecordEnd,
    pub(crate) events: mpsc::Sender<MediaEvent>,
}

/// The writer thread. Dropping it waits until everything queued is on disk.
#[derive(Debug)]
pub(crate) struct WavWriter {
    queue: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl WavWriter {
    pub(crate) fn start() -> io::Result<Self> {
        let (queue, messages) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("wav-writer".into())
            .spawn(move || Files::default().run(&messages))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// A new way into the queue. The thread ends when all are gone.
    pub(crate) fn queue(&self) -> Option<SyncSender<Message>> {
        self.queue.clone()
    }
}

impl Drop for WavWriter {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes recordings had panicked");
        }
    }
}

/// A worker's side: never blocks.
#[derive(Debug)]
pub(crate) struct Disk {
    queue: SyncSender<Message>,
    outbox: VecDeque<Message>,
    spare: Receiver<Vec<i16>>,
    give_back: SyncSender<Vec<i16>>,
}

impl Disk {
    pub(crate) fn new(queue: SyncSender<Message>) -> Self {
        let (give_back, spare) = sync_channel(SPARE);
        Self {
            queue,
            outbox: VecDeque::new(),
            spare,
            give_back,
        }
    }

    /// Opens a recording of one or two channels, whose samples come in turn.
    /// Should that fail, its finish event will say so.
    pub(crate) fn begin(&mut self, path: PathBuf, channels: u16) -> RecordingId {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = RecordingId(NEXT.fetch_add(1, Ordering::Relaxed));
        let give_back = self.give_back.clone();
        self.send(Message::Begin(id, path, channels, give_back));
        id
    }

    /// An empty buffer for [`CHUNK`] samples.
    pub(crate) fn chunk(&mut self) -> Vec<i16> {
        self.spare
            .try_recv()
            .unwrap_or_else(|_| Vec::with_capacity(CHUNK))
    }

    /// Hands over samples; false when the disk is so far behind that they had
    /// to be dropped.
    pub(crate) fn samples(&mut self, id: RecordingId, samples: Vec<i16>) -> bool {
        if self.outbox.len() >= OUTBOX {
            return false;
        }
        self.send(Message::Samples(id, samples));
        true
    }

    pub(crate) fn finish(&mut self, id: RecordingId, finish: Finish) {
        self.send(Message::Finish(id, finish));
    }

    /// Tries again to queue what found no room. Returns whether all is queued.
    pub(crate) fn flush(&mut self) -> bool {
        while let Some(message) = self.outbox.pop_front() {
            if let Err(TrySendError::Full(message)) = self.queue.try_send(message) {
                self.outbox.push_front(message);
                return false;
            }
        }
        true
    }

    /// Queues everything, waiting for room. For the end of a worker.
    pub(crate) fn drain(&mut self) {
        for message in self.outbox.drain(..) {
            // The writer outlives the workers; if it is gone, so are the files.
            let _ = self.queue.send(message);
        }
    }

    fn send(&mut self, message: Message) {
        self.outbox.push_back(message);
        self.flush();
    }
}

type WavFile = hound::WavWriter<BufWriter<File>>;

/// The recordings being written.
#[derive(Default)]
struct Files {
    open: HashMap<RecordingId, Recording>,
    undelivered: Vec<EventSink>,
}

struct Recording {
    path: PathBuf,
    state: Result<Open, String>,
    channels: u16,
    samples: u64,
    give_back: SyncSender<Vec<i16>>,
}

struct Open {
    wav: WavFile,
    /// The same open file, for syncing it after `wav` has let go of it.
    file: File,
    part: PathBuf,
}

impl Files {
    fn run(mut self, messages: &Receiver<Message>) {
        loop {
            let message = if self.undelivered.is_empty() {
                messages.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                messages.recv_timeout(RETRY)
            };
            match message {
                Ok(message) => self.handle(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.undelivered.retain_mut(|sink| !sink.flush());
        }
        for (_, recording) in self.open.drain() {
            // Only when a worker died without closing its legs.
            let path = recording.path.clone();
            if let Err(error) = recording.finish() {
                tracing::error!("recording {} was lost: {error}", path.display());
            }
        }
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Begin(id, path, channels, give_back) => {
                let state = Open::create(&path, channels)
                    .map_err(|error| describe("creating", &path, &error));
                let recording = Recording {
                    path,
                    state,
                    channels,
                    samples: 0,
                    give_back,
                };
                self.open.insert(id, recording);
            }
            Message::Samples(id, samples) => {
                if let Some(recording) = self.open.get_mut(&id) {
                    recording.append(samples);
                }
            }
            Message::Finish(id, finish) => {
                if let Some(recording) = self.open.remove(&id) {
                    self.report(recording, finish);
                }
            }
        }
    }

    fn report(&mut self, recording: Recording, finish: Finish) {
        let path = recording.path.clone();
        let frames = recording.samples / u64::from(recording.channels.max(1));
        let duration_ms = frames * 1000 / u64::from(SAMPLE_RATE);
        let reason = match recording.finish() {
            Ok(()) => finish.reason,
            Err(error) => {
                tracing::error!("{error}");
                RecordEnd::Failed(error)
            }
        };
        let mut sink = EventSink::new(finish.events);
        sink.send(MediaEvent::RecordFinished {
            leg: finish.leg,
            op: finish.op,
            path,
            duration_ms,
            reason,
        });
        self.undelivered.push(sink);
    }
}

impl Recording {
    fn append(&mut self, mut samples: Vec<i16>) {
        if let Ok(open) = &mut self.state {
            match open.append(&samples) {
                Ok(()) => self.samples += samples.len() as u64,
                Err(error) => {
                    let _ = fs::remove_file(&open.part);
                    self.state = Err(describe("writing", &self.path, &error));
                }
            }
        }
        samples.clear();
        let _ = self.give_back.try_send(samples);
    }

    fn finish(self) -> Result<(), String> {
        let open = self.state?;
        open.finish(&self.path)
            .map_err(|error| describe("completing", &self.path, &error))
    }
}

impl Open {
    fn create(path: &Path, channels: u16) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut part_name = std::ffi::OsString::from(".");
        part_name.push(name);
        part_name.push(".part");
        let part = path.with_file_name(part_name);
        let file = File::create(&part)?;
        let spec = hound::WavSpec {
            channels,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let wav = WavFile::new(BufWriter::new(file.try_clone()?), spec).map_err(to_io)?;
        Ok(Self { wav, file, part })
    }

    fn append(&mut self, samples: &[i16]) -> io::Result<()> {
        for sample in samples {
            self.wav.write_sample(*sample).map_err(to_io)?;
        }
        self.wav.flush().map_err(to_io)
    }

    fn finish(self, path: &Path) -> io::Result<()> {
        self.wav.finalize().map_err(to_io)?;
        self.file.sync_all()?;
        fs::rename(&self.part, path)?;
        match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
            _ => Ok(()),
        }
    }
}

fn describe(doing: &str, path: &Path, error: &io::Error) -> String {
    format!(
        "{doing} the recording {} failed: {error}; check that its directory exists and has room",
        path.display()
    )
}

fn to_io(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}

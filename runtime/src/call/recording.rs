//! Recording the caller.

use super::audio::{self, Audio};
use super::{ByOp, Call};
use crate::media::{self, Key, KeySet, RecordEnd as MediaEnd, RecordRequest, SilenceEnd};
use crate::sound::Sounds;
use callflow::Event;
use callflow::command::{OpId, RecordLimits, RecordingId};
use callflow::event::RecordEnd;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// Mean sample value below which a frame is silent.
const SILENCE: u16 = 200;

/// A recording that runs.
#[derive(Debug)]
struct Running {
    id: RecordingId,
    keys: String,
    /// Forgotten by the callflow: nobody is told of its end.
    forgotten: bool,
    /// The key told by INFO that ended it.
    key: Option<char>,
}

/// The recordings of a call.
#[derive(Debug, Default)]
pub(crate) struct Recordings {
    running: ByOp<Running>,
    /// All there are files of, with the time they began.
    files: BTreeMap<String, Timestamp>,
    /// The caller has gone: an end is the caller's doing.
    caller_gone: bool,
}

impl Recordings {
    /// Whether the key ends a recording and is nothing else.
    pub(crate) fn stops_on(&self, key: char) -> bool {
        self.running
            .values()
            .any(|running| running.keys.contains(key))
    }

    /// When a recording began, if this call made it.
    pub(crate) fn began(&self, id: &RecordingId) -> Option<Timestamp> {
        self.files.get(&id.0).copied()
    }

    /// Ends all that run. Whether there are any to wait for.
    pub(crate) fn finish_all(&mut self, audio: &Audio) -> bool {
        self.caller_gone = true;
        for op in self.running.keys() {
            audio::warn(audio.leg.cancel(media::OpId(op.0)));
        }
        !self.running.is_empty()
    }

    /// Removes the files that this call made; what was stored has a link of its own.
    pub(crate) async fn remove_files(&mut self, sounds: &Sounds) {
        for id in std::mem::take(&mut self.files).into_keys() {
            remove(sounds, &RecordingId(id)).await;
        }
    }
}

/// Removes the file of a recording.
pub(crate) async fn remove(sounds: &Sounds, id: &RecordingId) {
    let path = sounds.recording(id);
    if let Err(error) = tokio::fs::remove_file(&path).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "a recording could not be removed");
    }
}

impl Call {
    pub(crate) fn start_recording(&mut self, op: OpId, limits: RecordLimits) {
        let id = RecordingId(format!("{}-{}", self.id(), op.0));
        let path = self.shared.sounds.recording(&id);
        let longest = Duration::from_millis(limits.max_ms);
        let keys = limits.keys.chars().filter_map(Key::from_char);
        let keys = keys.fold(KeySet::NONE, KeySet::with);
        let mut request = RecordRequest::new(media::OpId(op.0), path, longest).with_stop_keys(keys);
        if limits.silence_ms > 0 {
            request = request.with_silence(SilenceEnd {
                threshold: SILENCE,
                after: Duration::from_millis(limits.silence_ms.into()),
            });
        }
        if let Err(error) = self.caller.audio.leg.record(request) {
            let reason = error.to_string();
            self.events.push_back(Event::Failed { op, reason });
            return;
        }
        self.recordings.files.insert(id.0.clone(), Timestamp::now());
        let running = Running {
            id,
            keys: limits.keys,
            forgotten: false,
            key: None,
        };
        self.recordings.running.insert(op, running);
    }

    /// A key told by INFO, which the media plane does not see, may end a recording.
    pub(crate) fn recording_key(&mut self, key: char) {
        for (op, running) in &mut self.recordings.running {
            if running.keys.contains(key) {
                running.key = Some(key);
                audio::warn(self.caller.audio.leg.cancel(media::OpId(op.0)));
            }
        }
    }

    pub(crate) fn record_finished(&mut self, op: media::OpId, duration_ms: u64, reason: MediaEnd) {
        let op = OpId(op.0);
        let Some(running) = self.recordings.running.remove(&op) else {
            return;
        };
        if !running.forgotten {
            let event = match reason {
                MediaEnd::Failed(reason) => Event::Failed { op, reason },
                ended => Event::Recorded {
                    op,
                    recording: running.id,
                    duration_ms,
                    end: self.end_of(&ended, running.key),
                },
            };
            self.events.push_back(event);
        }
        if self.recordings.running.is_empty() && self.recordings.caller_gone {
            self.tell_gone();
        }
    }

    fn end_of(&self, ended: &MediaEnd, key: Option<char>) -> RecordEnd {
        if self.recordings.caller_gone {
            return RecordEnd::HungUp;
        }
        match ended {
            MediaEnd::MaxLength => RecordEnd::Limit,
            MediaEnd::Silence => RecordEnd::Silence,
            MediaEnd::Key(key) => RecordEnd::Key(key.as_char()),
            MediaEnd::Stopped | MediaEnd::Closed | MediaEnd::Failed(_) => {
                key.map_or(RecordEnd::Cancelled, RecordEnd::Key)
            }
        }
    }

    pub(crate) fn cancel_recording(&mut self, op: OpId) {
        if let Some(running) = self.recordings.running.get_mut(&op) {
            running.forgotten = true;
            audio::warn(self.caller.audio.leg.cancel(media::OpId(op.0)));
        }
    }

    /// The files of recordings were not closed in time after the caller had gone.
    pub(crate) fn give_up_recordings(&mut self) {
        for (op, running) in std::mem::take(&mut self.recordings.running) {
            if !running.forgotten {
                let reason = "the file of the recording was not closed in time".to_owned();
                self.events.push_back(Event::Failed { op, reason });
            }
        }
        self.tell_gone();
    }
}

//! Recording the whole call: both sides, from the caller's leg.

use super::play::OWN;
use super::update::{hand_over, keep};
use super::{Call, audio, recording};
use crate::media::{self, MediaEvent, RecordEnd, TapeRequest};
use crate::node::Shared;
use crate::report::{Recording, Report};
use callflow::command::{CallRecording, HttpMethod, OpId, RecordFormat, RecordingId};
use callflow::{AccountId, Event};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Recordings of a call have the numbers from here on.
const FIRST: u64 = OWN + 1_000;
/// Recordings of one call that may run or wait at once.
const MOST: usize = 8;
/// How long the files of recordings may take to close and to be stored when the call is over.
const CLOSING: Duration = Duration::from_secs(5);

/// How the names of copies end that are on their way to a web server.
const UPLOAD: &str = "upload.wav";

/// A recording of the call that is wanted.
#[derive(Debug)]
struct Tape {
    wanted: CallRecording,
    /// What is recorded, once it has begun.
    running: Option<(RecordingId, Timestamp)>,
}

/// The recordings of a call.
#[derive(Debug, Default)]
pub(crate) struct Tapes {
    tapes: BTreeMap<u64, Tape>,
    made: u64,
    paused: bool,
    keeping: Vec<JoinHandle<()>>,
}

impl Tapes {
    pub(super) fn is_running(&self) -> bool {
        self.tapes.values().any(|tape| tape.running.is_some())
    }
}

/// Where a copy of a recording goes.
pub(crate) type Upload = Option<(HttpMethod, String)>;

impl Call {
    /// Begins a recording of both sides, or has it begin when its time comes.
    pub(crate) fn start_tape(&mut self, op: OpId, wanted: CallRecording) {
        let reason = if self.caller.is_gone() {
            "the caller has gone"
        } else if self.tapes.tapes.len() >= MOST {
            "the call is being recorded often enough"
        } else {
            self.note_format(wanted.format);
            self.tapes.made += 1;
            let number = FIRST + self.tapes.made;
            let running = None;
            self.tapes.tapes.insert(number, Tape { wanted, running });
            self.begin_tapes();
            self.events.push_back(Event::Done { op });
            return;
        };
        let reason = format!("the call is not recorded: {reason}");
        self.events.push_back(Event::Failed { op, reason });
    }

    /// Says in the trace when a recording is not of the format asked for.
    pub(crate) fn note_format(&mut self, format: RecordFormat) {
        if format == RecordFormat::Mp3 {
            self.record
                .note("record as WAV: this exchange does not write MP3");
        }
    }

    /// Begins the recordings whose time has come.
    pub(crate) fn begin_tapes(&mut self) {
        let answered = self.caller.is_answered();
        let bridged = self.bridged.is_some() || self.seated.is_some();
        let id = self.id().to_owned();
        let paused = self.tapes.paused;
        let leg = &self.caller.audio.leg;
        self.tapes.tapes.retain(|number, tape| {
            let wanted = &tape.wanted;
            let due = (answered || !wanted.on_answer) && (bridged || !wanted.on_bridge);
            if tape.running.is_some() || !due {
                return true;
            }
            let recording = RecordingId(format!("{id}-call-{}", number - FIRST));
            let op = media::OpId(*number);
            let request = TapeRequest {
                op,
                path: self.shared.sounds.recording(&recording),
                max_length: Duration::from_millis(wanted.limit_ms),
            };
            if let Err(error) = leg.tape(request) {
                tracing::error!(call = id, %error, "a call is not recorded");
                return false;
            }
            if paused {
                audio::warn(leg.pause_tape(op, true));
            }
            tape.running = Some((recording, Timestamp::now()));
            true
        });
    }

    /// Ends the recordings; those that had not begun are forgotten.
    pub(crate) fn stop_tapes(&mut self) {
        self.tapes.tapes.retain(|_, tape| tape.running.is_some());
        for number in self.tapes.tapes.keys() {
            audio::warn(self.caller.audio.leg.cancel(media::OpId(*number)));
        }
    }

    /// Lets the recordings be silent, or sound again.
    pub(crate) fn pause_tapes(&mut self, paused: bool) {
        self.tapes.paused = paused;
        for (number, tape) in &self.tapes.tapes {
            if tape.running.is_some() {
                let op = media::OpId(*number);
                audio::warn(self.caller.audio.leg.pause_tape(op, paused));
            }
        }
    }

    /// The file of a recording is complete. Whether it was one of the whole call.
    pub(crate) fn tape_finished(
        &mut self,
        op: media::OpId,
        duration_ms: u64,
        reason: &RecordEnd,
    ) -> bool {
        let Some(tape) = self.tapes.tapes.remove(&op.0) else {
            return false;
        };
        let Some((id, at)) = tape.running else {
            return true;
        };
        if let RecordEnd::Failed(reason) = reason {
            tracing::error!(call = self.id(), reason, "a recording of a call is lost");
            return true;
        }
        let shared = Arc::clone(&self.shared);
        if duration_ms < tape.wanted.shortest_ms {
            let removing = async move { recording::remove(&shared.sounds, &id).await };
            self.tapes.keeping.push(tokio::spawn(removing));
            return true;
        }
        let CallRecording { upload, label, .. } = tape.wanted;
        let kept = self.kept(duration_ms, at, true, label, upload);
        self.tapes.keeping.push(tokio::spawn(async move {
            if let Err(why) = kept.store(&shared, &id).await {
                tracing::error!(why, "a recording of a call could not be stored");
                return;
            }
            recording::remove(&shared.sounds, &id).await;
        }));
        true
    }

    /// What is told of a recording that is to be kept.
    pub(crate) fn kept(
        &self,
        duration_ms: u64,
        at: Timestamp,
        whole_call: bool,
        label: String,
        upload: Upload,
    ) -> Kept {
        let start = self.record.start();
        Kept {
            account: self.account.id.clone(),
            call: start.id.clone(),
            duration_ms,
            whole_call,
            caller: start.caller.clone(),
            dialled: start.dialled.clone(),
            label,
            at,
            upload,
        }
    }

    /// Ends the recordings of a call that is over, and waits until they are stored.
    pub(crate) async fn close_tapes(&mut self) {
        self.stop_tapes();
        let closing = async {
            while self.tapes.is_running() {
                match self.media.1.recv().await {
                    Some(MediaEvent::RecordFinished {
                        op,
                        duration_ms,
                        reason,
                        ..
                    }) => {
                        self.tape_finished(op, duration_ms, &reason);
                    }
                    Some(_) => {}
                    None => return,
                }
            }
            for keeping in std::mem::take(&mut self.tapes.keeping) {
                // A task that failed has taken its recording with it; there is nothing more to wait for.
                let _over = keeping.await;
            }
        };
        if tokio::time::timeout(CLOSING, closing).await.is_err() {
            tracing::warn!(call = self.id(), "a recording is still being stored");
        }
    }
}

/// A recording on its way to where it is kept.
pub(crate) struct Kept {
    account: AccountId,
    call: String,
    duration_ms: u64,
    whole_call: bool,
    caller: callflow::command::Party,
    dialled: String,
    label: String,
    at: Timestamp,
    upload: Upload,
}

impl Kept {
    /// Has a recording stored, and sends a copy where it is wanted besides; that goes on beside the call.
    ///
    /// # Errors
    /// Why it is not stored. The file stays where it is.
    pub(crate) async fn store(self, shared: &Arc<Shared>, id: &RecordingId) -> Result<(), String> {
        if let Some((method, address)) = &self.upload {
            // A name of its own: the stored one is moved away.
            let copy = hand_over(shared, id, UPLOAD).await?;
            send(Arc::clone(shared), *method, address.clone(), copy);
        }
        let report = |done, file| {
            Report::Recording(Box::new(Recording {
                account: self.account,
                call: self.call,
                file,
                duration_ms: self.duration_ms,
                whole_call: self.whole_call,
                caller: self.caller,
                dialled: self.dialled,
                label: self.label,
                at: self.at,
                done,
            }))
        };
        keep(shared, Some(id.clone()), report).await
    }
}

/// Sends a file beside the call, then removes it.
fn send(shared: Arc<Shared>, method: HttpMethod, address: String, file: PathBuf) {
    tokio::spawn(async move {
        let stem = file.file_stem().map(Path::new).and_then(Path::file_stem);
        let name = format!("{}.wav", stem.unwrap_or_default().to_string_lossy());
        let sent = shared.web.upload(method, &address, &name, &file).await;
        if let Err(why) = sent {
            tracing::error!(
                name,
                why,
                "a recording could not be sent; it is kept here only"
            );
        }
        let _gone = tokio::fs::remove_file(&file).await;
    });
}

/// Removes copies whose sending the end of the last process has cut off; the recordings themselves are kept elsewhere.
pub(crate) async fn remove_unsent(directory: &Path) -> std::io::Result<()> {
    let mut entries = tokio::fs::read_dir(directory).await?;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        if name.to_string_lossy().ends_with(&format!(".{UPLOAD}")) {
            tracing::warn!(?name, "a recording was not sent before the program ended");
            tokio::fs::remove_file(entry.path()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn copy_that_was_not_sent_is_removed_and_what_nobody_stored_stays() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a-call-1.upload.wav", "a-1.out.wav", "a-1.wav"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        remove_unsent(directory.path()).await.unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
    }
}

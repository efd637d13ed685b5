//! Changes that outlive the call: lamps, messages, greetings. Told to the control side, which stores them.

use super::recording;
use super::{Call, Work};
use crate::live::{self, Change};
use crate::node::Shared;
use crate::report::{Ack, MenuGreeting, Message, Report};
use callflow::Event;
use callflow::command::{OpId, Query, RecordingId, Update};
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long the control side may take to store something.
const PATIENCE: Duration = Duration::from_secs(30);

impl Call {
    /// Makes a change; the callflow is told when it is stored.
    pub(crate) async fn update(&mut self, op: OpId, update: Update) {
        match update {
            Update::Presence { id, state } => {
                let Some(resource) = live::qualified(&id, &self.account.realm) else {
                    let reason = format!("the lamp {id} is of another realm");
                    self.events.push_back(Event::Failed { op, reason });
                    return;
                };
                let change = Change::Manual { resource, state };
                self.shared.signalling.live(change).await;
                let account = self.account.id.clone();
                self.store(op, None, move |done, _| Report::Presence {
                    account,
                    id,
                    state,
                    done,
                });
            }
            Update::Message {
                mailbox,
                recording,
                duration_ms,
                caller,
            } => {
                let (account, call) = (self.account.id.clone(), self.id().to_owned());
                let dialled = self.record.start().dialled.clone();
                let at = self.recordings.began(&recording);
                let at = at.unwrap_or_else(Timestamp::now);
                self.store(op, Some(recording), move |done, file| {
                    Report::Message(Box::new(Message {
                        account,
                        call,
                        mailbox,
                        file,
                        duration_ms,
                        caller,
                        dialled,
                        at,
                        done,
                    }))
                });
            }
            Update::MenuGreeting { menu, recording } => {
                let (account, call) = (self.account.id.clone(), self.id().to_owned());
                self.store(op, Some(recording), move |done, file| {
                    Report::MenuGreeting(Box::new(MenuGreeting {
                        account,
                        call,
                        menu,
                        file,
                        done,
                    }))
                });
            }
            Update::Discard { recording } => {
                if self.recordings.began(&recording).is_some() {
                    recording::remove(&self.shared.sounds, &recording).await;
                }
                self.events.push_back(Event::Done { op });
            }
        }
    }

    /// Answers a question of the callflow.
    pub(crate) fn query(&mut self, op: OpId, query: &Query) {
        match query {
            Query::MessageCount { mailbox } => {
                let counts = self.shared.mailboxes.get(&self.account.id, mailbox);
                let count = u64::from(counts.new) + u64::from(counts.saved);
                self.events.push_back(Event::Count { op, count });
            }
        }
    }

    /// Has something stored beside the call.
    fn store(
        &self,
        op: OpId,
        recording: Option<RecordingId>,
        report: impl FnOnce(Ack, PathBuf) -> Report + Send + 'static,
    ) {
        let shared = Arc::clone(&self.shared);
        let done = self.work.0.clone();
        tokio::spawn(async move {
            let result = stored(&shared, recording, report).await;
            if let Err(reason) = &result {
                tracing::error!(reason, "something a call left could not be stored");
            }
            answer(done, op, result).await;
        });
    }
}

async fn answer(done: mpsc::Sender<Work>, op: OpId, result: Result<(), String>) {
    // The call may have ended meanwhile.
    let _ended = done.send(Work::Updated { op, result }).await;
}

async fn stored(
    shared: &Shared,
    recording: Option<RecordingId>,
    report: impl FnOnce(Ack, PathBuf) -> Report,
) -> Result<(), String> {
    let file = match recording {
        Some(recording) => Some(hand_over(shared, &recording).await?),
        None => None,
    };
    let (ack, answered) = Ack::new();
    shared
        .report(report(ack, file.clone().unwrap_or_default()))
        .await;
    let result = wait_for(answered).await;
    if let (Err(_), Some(file)) = (&result, &file) {
        tracing::error!(file = %file.display(), "a recording is kept: nobody stored it");
    }
    result?;
    if let Some(file) = file {
        // Moved away, as a rule.
        let _moved = tokio::fs::remove_file(file).await;
    }
    Ok(())
}

/// A second name for a recording: the receiver may move it, while the call can still play its own. It
/// stays when storing fails, so that no message is lost.
async fn hand_over(shared: &Shared, recording: &RecordingId) -> Result<PathBuf, String> {
    let path = shared.sounds.recording(recording);
    let copy = path.with_extension("out.wav");
    let linked = tokio::fs::hard_link(&path, &copy).await;
    linked.map_err(|error| format!("the recording {} is not there: {error}", path.display()))?;
    Ok(copy)
}

async fn wait_for(answered: oneshot::Receiver<Result<(), String>>) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err("nobody stored it".to_owned()),
        Err(_) => Err(format!(
            "storing it took longer than {} s",
            PATIENCE.as_secs()
        )),
    }
}

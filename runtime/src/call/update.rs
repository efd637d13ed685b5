//! Changes that outlive the call: lamps, messages, greetings. Told to the control side, which stores them.

use super::recording;
use super::{Call, Work};
use crate::live::{self, Change};
use crate::node::Shared;
use crate::report::{
    Ack, MailboxReport, MailboxUpdate, MenuGreeting, Message, NoticeReport, Reply, Report,
};
use callflow::Event;
use callflow::command::{HttpRequest, MailboxChange, Notice, OpId, Query, RecordingId, Update};
use callflow::live::{LiveChange, LiveKey};
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
            Update::Live(change) => self.turn(op, change),
            Update::MoveMessage {
                mailbox,
                message,
                folder,
            } => {
                let update = MailboxUpdate::Move { message, folder };
                self.change_mailbox(op, mailbox, update, None);
            }
            Update::ForwardMessage {
                mailbox,
                message,
                to,
                introduction,
            } => {
                let update = MailboxUpdate::Forward { message, to };
                self.change_mailbox(op, mailbox, update, introduction);
            }
            Update::Mailbox { mailbox, change } => {
                let recording = match &change {
                    MailboxChange::Greeting(recording)
                    | MailboxChange::TemporaryGreeting(recording)
                    | MailboxChange::Name(recording) => Some(recording.clone()),
                    _ => None,
                };
                let update = MailboxUpdate::Itself(change);
                self.change_mailbox(op, mailbox, update, recording);
            }
            Update::Notice(notice) => self.notice(op, notice),
            Update::Webhook(request) => self.webhook(op, request),
            Update::Tag { values, .. } => {
                self.record.tag(values);
                self.events.push_back(Event::Done { op });
            }
            Update::StartRecording(wanted) => self.start_tape(op, wanted),
            Update::StopRecording => {
                self.stop_tapes();
                self.events.push_back(Event::Done { op });
            }
            Update::PauseRecording(paused) => {
                self.pause_tapes(paused);
                self.events.push_back(Event::Done { op });
            }
            Update::KeepRecording {
                recording,
                duration_ms,
                format,
                upload,
            } => {
                self.note_format(format);
                let at = self.recordings.began(&recording);
                let at = at.unwrap_or_else(Timestamp::now);
                let kept = self.kept(duration_ms, at, false, String::new(), upload);
                let shared = Arc::clone(&self.shared);
                let done = self.work.0.clone();
                tokio::spawn(async move {
                    let result = kept.store(&shared, &recording).await;
                    answer(done, op, result).await;
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
    pub(crate) fn query(&mut self, op: OpId, query: Query) {
        match query {
            Query::MessageCount { mailbox } => {
                let counts = self.shared.mailboxes.get(&self.account.id, &mailbox);
                let count = u64::from(counts.new) + u64::from(counts.saved);
                self.events.push_back(Event::Count { op, count });
            }
            Query::Live => {
                let live = self.shared.switches.get(&self.account.id);
                self.events.push_back(Event::Live { op, live });
            }
            Query::Messages { mailbox } => {
                let account = self.account.id.clone();
                let (reply, answered) = Reply::new();
                let report = Report::Messages {
                    account,
                    mailbox,
                    reply,
                };
                self.beside(op, report, answered, move |messages| Event::Messages {
                    op,
                    messages,
                });
            }
        }
    }

    /// Has the control side asked beside the call.
    fn beside<T: Send + 'static>(
        &self,
        op: OpId,
        report: Report,
        answered: oneshot::Receiver<Result<T, String>>,
        event: impl FnOnce(T) -> Event + Send + 'static,
    ) {
        let shared = Arc::clone(&self.shared);
        let done = self.work.0.clone();
        tokio::spawn(async move {
            shared.report(report).await;
            let event = match wait_for(answered).await {
                Ok(found) => event(found),
                Err(reason) => Event::Failed { op, reason },
            };
            tell(done, event).await;
        });
    }

    /// A person turns a switch; the next question sees it.
    fn turn(&self, op: OpId, change: LiveChange) {
        let account = self.account.id.clone();
        let shared = Arc::clone(&self.shared);
        let done = self.work.0.clone();
        tokio::spawn(async move {
            let (ack, answered) = Ack::new();
            let report = Report::Live {
                account: account.clone(),
                change: change.clone(),
                done: ack,
            };
            shared.report(report).await;
            let result = wait_for(answered).await;
            if result.is_ok() {
                let seen = matches!(change.key, LiveKey::DoNotDisturb(_));
                shared.switches.turn(&account, change);
                if seen {
                    shared.show_phones(&account).await;
                }
            }
            answer(done, op, result).await;
        });
    }

    fn change_mailbox(
        &self,
        op: OpId,
        mailbox: String,
        change: MailboxUpdate,
        recording: Option<RecordingId>,
    ) {
        let account = self.account.id.clone();
        let recorded = recording.is_some();
        self.store(op, recording, move |done, file| {
            Report::Mailbox(Box::new(MailboxReport {
                account,
                mailbox,
                change,
                file: recorded.then_some(file),
                done,
            }))
        });
    }

    fn notice(&self, op: OpId, notice: Notice) {
        let (account, call) = (self.account.id.clone(), self.id().to_owned());
        let start = self.record.start();
        let (dialled, at) = (start.dialled.clone(), start.started_at);
        self.store(op, None, move |done, _| {
            Report::Notice(Box::new(NoticeReport {
                account,
                call,
                dialled,
                at,
                notice,
                done,
            }))
        });
    }

    /// Nobody waits for what a webhook is answered.
    fn webhook(&mut self, op: OpId, request: HttpRequest) {
        let shared = Arc::clone(&self.shared);
        let call = self.id().to_owned();
        tokio::spawn(async move {
            match shared.web.ask(&request).await {
                Ok(answer) => {
                    tracing::debug!(call, status = answer.status, "a webhook was answered");
                }
                Err(why) => tracing::warn!(call, url = request.url, why, "a webhook failed"),
            }
        });
        self.events.push_back(Event::Done { op });
    }

    /// Asks a web server beside the call.
    pub(crate) fn ask_web(&self, op: OpId, request: HttpRequest) {
        let shared = Arc::clone(&self.shared);
        let done = self.work.0.clone();
        tokio::spawn(async move {
            let event = match shared.web.ask(&request).await {
                Ok(answer) => Event::HttpAnswered {
                    op,
                    status: answer.status,
                    content_type: answer.content_type,
                    body: answer.body,
                },
                Err(reason) => Event::Failed { op, reason },
            };
            tell(done, event).await;
        });
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
            let result = keep(&shared, recording, report).await;
            if let Err(reason) = &result {
                tracing::error!(reason, "something a call left could not be stored");
            }
            answer(done, op, result).await;
        });
    }
}

async fn answer(done: mpsc::Sender<Work>, op: OpId, result: Result<(), String>) {
    let event = match result {
        Ok(()) => Event::Done { op },
        Err(reason) => Event::Failed { op, reason },
    };
    tell(done, event).await;
}

pub(super) async fn tell(done: mpsc::Sender<Work>, event: Event) {
    // The call may have ended meanwhile.
    let _ended = done.send(Work::Told(event)).await;
}

/// Has something stored, with the file of a recording if it has one.
///
/// # Errors
/// Why it is not stored. The file then stays where it was handed over.
pub(super) async fn keep(
    shared: &Shared,
    recording: Option<RecordingId>,
    report: impl FnOnce(Ack, PathBuf) -> Report,
) -> Result<(), String> {
    let file = match recording {
        Some(recording) => Some(hand_over(shared, &recording, "out.wav").await?),
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
pub(super) async fn hand_over(
    shared: &Shared,
    recording: &RecordingId,
    extension: &str,
) -> Result<PathBuf, String> {
    let path = shared.sounds.recording(recording);
    let copy = path.with_extension(extension);
    let linked = tokio::fs::hard_link(&path, &copy).await;
    linked.map_err(|error| format!("the recording {} is not there: {error}", path.display()))?;
    Ok(copy)
}

pub(crate) async fn wait_for<T>(
    answered: oneshot::Receiver<Result<T, String>>,
) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err("nobody took care of it".to_owned()),
        Err(_) => Err(format!("it took longer than {} s", PATIENCE.as_secs())),
    }
}

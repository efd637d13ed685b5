//! Reports on their way in: calls, messages and lamps reach the store.

use crate::feed::accounts::counts;
use crate::feed::registrations;
use crate::mail::Post;
use callflow::command::PresenceState;
use callflow::{AccountId, ResourceKind};
use runtime::{CallRecord, CallStart, MenuGreeting, Message, Report, RuntimeHandle, SipTrace};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::{Access, CallEnd, Direction, Moment, NewMessage, Store};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How often something is tried before it is given up.
const TRIES: u32 = 7;

/// Does something with the store again while the database is away, with growing pauses: about 13 seconds in all, less
/// than the runtime waits for an acknowledgement.
pub(super) async fn insist<T, F>(mut work: impl FnMut() -> F) -> store::Result<T>
where
    F: Future<Output = store::Result<T>>,
{
    let mut pause = Duration::from_millis(200);
    for _ in 1..TRIES {
        match work().await {
            Err(store::Error::Database(error)) => {
                tracing::warn!(%error, "the database did not answer; trying again");
            }
            done => return done,
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    work().await
}

/// The SIP messages of a call as they are stored.
pub(crate) fn kept(trace: &SipTrace) -> store::SipTrace {
    store::SipTrace {
        messages: trace.messages.iter().map(|it| json!(it)).collect(),
        left_out: trace.left_out.into(),
    }
}

/// Takes the runtime's reports and stores them, in the order they came.
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) handle: RuntimeHandle,
    pub(super) data: PathBuf,
    pub(super) post: Arc<Post>,
}

impl Desk {
    pub(super) async fn take(self, mut inbox: mpsc::Receiver<Report>, stop: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                report = inbox.recv() => match report {
                    Some(report) => self.one(report).await,
                    None => return,
                },
                () = stop.cancelled() => return,
            }
        }
    }

    async fn one(&self, report: Report) {
        let stored = match report {
            Report::CallStarted(start) => insist(|| self.started(&start)).await,
            Report::CallAnswered { account, id, at } => {
                let access = access(&account);
                insist(|| self.store.call_answered(&access, &id, moment(at))).await
            }
            Report::CallEnded(record) => insist(|| self.ended(&record)).await,
            Report::Signalling(trace) => {
                let access = access(&trace.account);
                let kept = kept(&trace);
                insist(|| self.store.keep_sip_trace(&access, &trace.call, &kept)).await
            }
            Report::Message(message) => {
                self.message(*message).await;
                Ok(())
            }
            Report::Recording(recording) => {
                self.recording(*recording).await;
                Ok(())
            }
            Report::Fax { fax, done } => {
                done.answer(self.fax(*fax).await);
                Ok(())
            }
            Report::MenuGreeting(greeting) => {
                self.greeting(*greeting).await;
                Ok(())
            }
            Report::Presence {
                account,
                id,
                state,
                done,
            } => {
                let text = match state {
                    PresenceState::Idle => "idle",
                    PresenceState::Ringing => "ringing",
                    PresenceState::Busy => "busy",
                };
                match self.store.set_presence(&access(&account), &id, text).await {
                    Ok(()) => done.done(),
                    Err(error) => done.failed(error.to_string()),
                }
                Ok(())
            }
            Report::Live {
                account,
                change,
                done,
            } => {
                let access = access(&account);
                let turned = insist(|| self.store.turn(&access, &change)).await;
                done.answer(turned.map_err(|error| error.to_string()));
                Ok(())
            }
            Report::Messages {
                account,
                mailbox,
                reply,
            } => {
                reply.answer(self.messages(&account, &mailbox).await);
                Ok(())
            }
            Report::MessageAudio {
                account,
                mailbox,
                message,
                reply,
            } => {
                reply.answer(self.message_audio(&account, &mailbox, &message).await);
                Ok(())
            }
            Report::Mailbox(report) => {
                self.mailbox(*report).await;
                Ok(())
            }
            Report::Notice(report) => {
                // A slow mail server must not hold up what comes after.
                let (post, store) = (Arc::clone(&self.post), self.store.clone());
                tokio::spawn(async move {
                    let sent = post.notice(&store, &access(&report.account), &report).await;
                    report.done.answer(sent);
                });
                Ok(())
            }
            Report::Registrations(changes) => {
                registrations::keep(&self.store, changes).await;
                Ok(())
            }
            Report::Registered {
                account,
                registration,
            } => {
                tracing::info!(%account, device = %registration.device, peer = %registration.peer, "phone registered");
                Ok(())
            }
            Report::Unregistered {
                account, device, ..
            } => {
                tracing::info!(%account, %device, "phone is no longer registered");
                Ok(())
            }
            Report::LockedOut { address } => {
                tracing::warn!(%address, "too many wrong SIP passwords; the address is refused for a while");
                Ok(())
            }
        };
        if let Err(error) = stored {
            tracing::error!(%error, "a call record could not be stored");
        }
    }

    async fn started(&self, start: &CallStart) -> store::Result<()> {
        let call = store::CallStart {
            id: start.id.clone(),
            sip_call_id: start.sip_call_id.clone(),
            direction: direction(start.direction),
            caller_number: start.caller.number.clone(),
            caller_name: start.caller.name.clone(),
            callee_number: start.dialled.clone(),
            started_at: moment(start.started_at),
            callflow_id: Some(start.callflow.to_string()),
            callflow_name: Some(start.callflow_name.clone()),
            callflow_version: Some(i64::from(start.version)),
        };
        self.store
            .call_started(&access(&start.account), &call)
            .await
    }

    async fn ended(&self, record: &CallRecord) -> store::Result<()> {
        // Its beginning may not have been stored, when the database was away then.
        self.started(&record.start).await?;
        let legs = record.legs.iter().map(|leg| json!(leg)).collect();
        let end = CallEnd {
            direction: direction(record.start.direction),
            answered_at: record.answered_at.map(moment),
            ended_at: moment(record.ended_at),
            hangup_cause: record.cause.clone(),
            sip_code: record.sip_code,
            trace: json!(record.trace),
            legs,
            tags: record.tags.clone(),
        };
        self.store
            .call_ended(&access(&record.start.account), &record.start.id, &end)
            .await
    }

    async fn message(&self, message: Message) {
        match self.keep_message(&message).await {
            Ok(stored) => {
                message.done.done();
                self.count(&message.account, &message.mailbox).await;
                let post = Arc::clone(&self.post);
                let (store, handle) = (self.store.clone(), self.handle.clone());
                let account = message.account;
                // A slow mail server must not hold up the records of other calls.
                tokio::spawn(async move {
                    if post.voice_message(&store, &access(&account), &stored).await {
                        tell_counts(&store, &handle, &account, &stored.box_id).await;
                    }
                });
            }
            Err(why) => {
                tracing::error!(account = %message.account, mailbox = %message.mailbox, %why, "a voice message could not be stored");
                message.done.failed(why);
            }
        }
    }

    async fn keep_message(&self, message: &Message) -> Result<store::Message, String> {
        let file = self
            .keep_file(&message.file, "voicemail", &message.account)
            .await?;
        let new = NewMessage {
            box_id: message.mailbox.clone(),
            caller_number: message.caller.number.clone(),
            caller_name: message.caller.name.clone(),
            callee_number: message.dialled.clone(),
            duration_ms: i64::try_from(message.duration_ms).unwrap_or(i64::MAX),
            file,
        };
        let access = access(&message.account);
        match insist(|| self.store.add_message(&access, new.clone())).await {
            Ok(stored) => Ok(stored),
            Err(error) => {
                self.give_back(&new.file, &message.file).await;
                Err(error.to_string())
            }
        }
    }

    /// Puts a file back where the runtime left it, so that a message that could not be stored is found there.
    pub(super) async fn give_back(&self, below: &str, file: &Path) {
        if let Err(error) = tokio::fs::rename(self.data.join(below), file).await {
            tracing::error!(%error, file = below, "a recording stays here, and nothing refers to it");
        }
    }

    /// Moves a finished recording below `<data>/<directory>/<account>` and returns its path below the data directory.
    pub(super) async fn keep_file(
        &self,
        file: &Path,
        directory: &str,
        account: &AccountId,
    ) -> Result<String, String> {
        self.keep_file_as(file, directory, account, "wav").await
    }

    /// As [`Desk::keep_file`], for a file of another kind.
    pub(super) async fn keep_file_as(
        &self,
        file: &Path,
        directory: &str,
        account: &AccountId,
        extension: &str,
    ) -> Result<String, String> {
        let name = format!("{:032x}.{extension}", rand::random::<u128>());
        let below = format!("{directory}/{account}/{name}");
        let target = self.data.join(&below);
        let failed = |error: std::io::Error| {
            format!(
                "Keeping the recording at {} failed: {error}. Check the data directory.",
                target.display()
            )
        };
        if let Some(parent) = target.parent() {
            tokio::fs::create_dir_all(parent).await.map_err(failed)?;
        }
        if tokio::fs::rename(file, &target).await.is_err() {
            // On another file system it is copied; the runtime removes its own.
            tokio::fs::copy(file, &target).await.map_err(failed)?;
        }
        Ok(below)
    }

    pub(super) async fn count(&self, account: &AccountId, mailbox: &str) {
        tell_counts(&self.store, &self.handle, account, mailbox).await;
    }

    async fn greeting(&self, greeting: MenuGreeting) {
        match self.keep_greeting(&greeting).await {
            Ok(()) => greeting.done.done(),
            Err(why) => {
                tracing::error!(account = %greeting.account, menu = %greeting.menu, %why, "a menu's greeting could not be stored");
                greeting.done.failed(why);
            }
        }
    }

    /// The recording becomes a media resource, and the menu's greeting.
    async fn keep_greeting(&self, greeting: &MenuGreeting) -> Result<(), String> {
        let access = access(&greeting.account);
        let kind = ResourceKind::Menu;
        let media = self
            .keep_medium(&greeting.account, kind, &greeting.menu, &greeting.file)
            .await?;
        let keys = [("media.greeting", Value::from(media))];
        self.set_keys(&access, kind, &greeting.menu, &keys).await
    }

    /// A recording becomes a media resource that is named after what it is for; its id.
    pub(super) async fn keep_medium(
        &self,
        account: &AccountId,
        kind: ResourceKind,
        id: &str,
        file: &Path,
    ) -> Result<String, String> {
        let access = access(account);
        let said = |error: store::Error| error.to_string();
        let owner = self.store.resource(&access, kind, id).await.map_err(said)?;
        let below = self.keep_file(file, "media", account).await?;
        let name: String = format!("{} greeting", owner.name)
            .chars()
            .take(128)
            .collect();
        let file = below.rsplit('/').next().unwrap_or_default().to_owned();
        let media = json!({"name": name, "media_source": "recording", "file": file});
        let Value::Object(media) = media else {
            return Err("making the media document failed".into());
        };
        let media = self
            .store
            .create_resource(&access, ResourceKind::Media, media)
            .await
            .map_err(said)?;
        Ok(media.id)
    }

    /// Changes keys of a resource, on top of whatever somebody else saves meanwhile.
    pub(super) async fn set_keys(
        &self,
        access: &Access,
        kind: ResourceKind,
        id: &str,
        keys: &[(&str, Value)],
    ) -> Result<(), String> {
        for _ in 0..TRIES {
            let said = |error: store::Error| error.to_string();
            let stored = self.store.resource(access, kind, id).await.map_err(said)?;
            let mut document = stored.document;
            for (key, value) in keys {
                callflow::json::set(&mut document, key, value.clone());
            }
            let base = Some(stored.revision);
            match self
                .store
                .replace_resource(access, kind, id, base, document)
                .await
            {
                Err(store::Error::Stale { .. }) => {}
                done => return done.map(|_| ()).map_err(said),
            }
        }
        Err("somebody else kept changing it".into())
    }
}

/// Tells the runtime how many messages a mailbox holds: lamps follow.
async fn tell_counts(store: &Store, handle: &RuntimeHandle, account: &AccountId, mailbox: &str) {
    match store.message_counts(&access(account)).await {
        Ok(all) => {
            let held = all
                .into_iter()
                .find(|(id, _)| id == mailbox)
                .map(|(_, held)| held);
            handle
                .mailbox_counts(account, mailbox, counts(held.unwrap_or_default()))
                .await;
        }
        Err(error) => {
            tracing::error!(%error, "messages could not be counted; lamps stay as they are");
        }
    }
}

pub(super) fn access(account: &AccountId) -> Access {
    Access::of_program(&account.0)
}

fn direction(direction: runtime::Direction) -> Direction {
    match direction {
        runtime::Direction::Inbound => Direction::Inbound,
        runtime::Direction::Outbound => Direction::Outbound,
        runtime::Direction::Internal => Direction::Internal,
    }
}

pub(super) fn moment(at: jiff::Timestamp) -> Moment {
    Moment::from_millis(at.as_millisecond())
}

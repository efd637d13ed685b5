//! Between store and runtime: what is published goes out, what happens on calls comes in.

use crate::config::Config;
use crate::mail::Post;
use callflow::command::PresenceState;
use callflow::{AccountId, ResourceKind};
use runtime::{
    CallRecord, CallStart, Carrier, DeviceCredentials, DigestCredentials, MailboxCounts,
    MenuGreeting, Message, Publication, Report, Runtime, RuntimeConfig, RuntimeHandle,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::{
    Access, AccountSnapshot, Backend, CallEnd, Credential, Direction, MessageCounts, Moment,
    NewMessage, Store,
};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often a shared database is asked for what other machines published.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Calls in progress may go on for this long when the program stops.
const GRACE: Duration = Duration::from_secs(5);

/// The runtime of this process and the tasks that feed it.
pub(crate) struct Feed {
    handle: RuntimeHandle,
    stop: CancellationToken,
    accounts: JoinHandle<()>,
    reports: JoinHandle<()>,
}

/// Starts the runtime with every account the store knows.
pub(crate) async fn start(store: &Store, config: &Config) -> Result<Feed, runtime::StartError> {
    let (first, last) = (*config.rtp_ports.start(), *config.rtp_ports.end());
    let (handle, inbox) = Runtime::start(RuntimeConfig {
        sip: vec![config.sip],
        external_address: config.external_address,
        rtp_ports: runtime::media::PortRange { first, last },
        data: config.data.clone(),
        tts: config.tts.clone(),
        ..RuntimeConfig::default()
    })
    .await?;
    let stop = CancellationToken::new();
    let mut accounts = Accounts {
        store: store.clone(),
        handle: handle.clone(),
        known: HashMap::new(),
    };
    // Listening begins before the first reading, so that nothing published in between is missed.
    let announcements = store.announcements();
    accounts.read_all().await;
    let accounts = tokio::spawn(accounts.follow(announcements, stop.clone()));
    let desk = Desk {
        store: store.clone(),
        handle: handle.clone(),
        data: config.data.clone(),
        post: Arc::new(Post::new(config)),
    };
    let reports = tokio::spawn(desk.take(inbox, stop.clone()));
    Ok(Feed {
        handle,
        stop,
        accounts,
        reports,
    })
}

impl Feed {
    /// The runtime.
    pub(crate) fn runtime(&self) -> &RuntimeHandle {
        &self.handle
    }

    /// Ends calls and sockets, then stores what they still reported.
    pub(crate) async fn stop(self) {
        self.handle.shutdown(GRACE).await;
        self.stop.cancel();
        for task in [self.accounts, self.reports] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task between store and runtime broke off");
            }
        }
    }
}

/// Keeps the runtime's accounts as the store has them.
struct Accounts {
    store: Store,
    handle: RuntimeHandle,
    /// Generation of each account the runtime has.
    known: HashMap<String, i64>,
}

impl Accounts {
    async fn follow(
        mut self,
        mut announcements: tokio::sync::broadcast::Receiver<store::Announcement>,
        stop: CancellationToken,
    ) {
        let shared = self.store.backend() == Backend::Postgres;
        let mut ask = tokio::time::interval(ASK_EVERY);
        ask.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                heard = announcements.recv() => match heard {
                    Ok(announcement) => {
                        let seen = self.known.get(&announcement.account_id).copied();
                        // Several changes at once are one reading.
                        if seen.is_none_or(|seen| seen < announcement.generation) {
                            self.read(&announcement.account_id).await;
                        }
                    }
                    Err(RecvError::Lagged(_)) => self.read_all().await,
                    Err(RecvError::Closed) => return,
                },
                _ = ask.tick(), if shared => self.read_changed().await,
                () = stop.cancelled() => return,
            }
        }
    }

    async fn read_all(&mut self) {
        self.known.clear();
        self.read_changed().await;
    }

    /// Reads what another process changed.
    async fn read_changed(&mut self) {
        let generations = match self.store.generations().await {
            Ok(generations) => generations,
            Err(error) => {
                tracing::error!(%error, "the accounts could not be read; calls go on as published before");
                return;
            }
        };
        let gone: Vec<String> = self
            .known
            .keys()
            .filter(|id| !generations.iter().any(|(known, _)| known == *id))
            .cloned()
            .collect();
        for id in gone {
            self.read(&id).await;
        }
        for (id, generation) in generations {
            if self.known.get(&id).is_none_or(|known| *known < generation) {
                self.read(&id).await;
            }
        }
    }

    async fn read(&mut self, account_id: &str) {
        match self.store.snapshot(account_id).await {
            Ok(Some(snapshot)) => {
                self.known
                    .insert(account_id.to_owned(), snapshot.generation);
                self.handle.publish(publication(snapshot)).await;
            }
            Ok(None) => {
                self.known.remove(account_id);
                self.handle.remove(&AccountId::from(account_id));
            }
            Err(error) => {
                tracing::error!(%error, account_id, "an account could not be read; its calls go on as published before")
            }
        }
    }
}

/// The store's snapshot in the runtime's words.
fn publication(snapshot: AccountSnapshot) -> Publication {
    let directory = &snapshot.account.directory;
    let devices = snapshot
        .devices
        .iter()
        .map(|credential| DeviceCredentials {
            device: credential.resource_id.clone(),
            digest: digest(credential),
            enabled: directory
                .device(&credential.resource_id)
                .is_none_or(|device| device.enabled),
        })
        .collect();
    let carriers = snapshot.carriers.iter().map(carrier).collect();
    let presence = snapshot
        .presence
        .iter()
        .filter_map(|presence| {
            Some((
                presence.presence_id.clone(),
                presence_state(&presence.state)?,
            ))
        })
        .collect();
    Publication {
        devices,
        carriers,
        presence,
        enabled: snapshot.enabled,
        numbers: snapshot.numbers,
        mailboxes: snapshot
            .messages
            .into_iter()
            .map(|(id, held)| (id, counts(held)))
            .collect(),
        account: snapshot.account,
    }
}

fn carrier(route: &store::CarrierRoute) -> Carrier {
    let allowed = route.allowed_addresses.iter().filter_map(|text| {
        text.parse()
            .inspect_err(|why: &String| tracing::warn!(carrier = %route.name, %why, "an allowed address is left out"))
            .ok()
    });
    Carrier {
        id: route.id.clone(),
        name: route.name.clone(),
        digest: route.credential.as_ref().map(digest),
        allowed: allowed.collect(),
    }
}

fn digest(credential: &Credential) -> DigestCredentials {
    DigestCredentials {
        username: credential.username.clone(),
        realm: credential.realm.clone(),
        ha1_md5: credential.ha1_md5.clone(),
        ha1_sha256: credential.ha1_sha256.clone(),
    }
}

fn counts(held: MessageCounts) -> MailboxCounts {
    MailboxCounts {
        new: u32::try_from(held.new).unwrap_or(u32::MAX),
        saved: u32::try_from(held.saved).unwrap_or(u32::MAX),
    }
}

fn presence_state(text: &str) -> Option<PresenceState> {
    serde_json::from_value(Value::String(text.to_owned())).ok()
}

/// Takes the runtime's reports and stores them, in the order they came.
struct Desk {
    store: Store,
    handle: RuntimeHandle,
    data: PathBuf,
    post: Arc<Post>,
}

impl Desk {
    async fn take(self, mut inbox: mpsc::Receiver<Report>, stop: CancellationToken) {
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
            Report::CallStarted(start) => self.started(&start).await,
            Report::CallAnswered { account, id, at } => {
                self.store
                    .call_answered(&access(&account), &id, moment(at))
                    .await
            }
            Report::CallEnded(record) => self.ended(&record).await,
            Report::Message(message) => {
                self.message(*message).await;
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
            direction: match start.direction {
                runtime::Direction::Inbound => Direction::Inbound,
                runtime::Direction::Internal => Direction::Internal,
            },
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
            answered_at: record.answered_at.map(moment),
            ended_at: moment(record.ended_at),
            hangup_cause: record.cause.clone(),
            sip_code: record.sip_code,
            trace: json!(record.trace),
            legs,
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
        self.store
            .add_message(&access(&message.account), new)
            .await
            .map_err(|error| error.to_string())
    }

    /// Moves a finished recording below `<data>/<directory>/<account>` and returns its path below the data directory.
    async fn keep_file(
        &self,
        file: &Path,
        directory: &str,
        account: &AccountId,
    ) -> Result<String, String> {
        let name = format!("{:032x}.wav", rand::random::<u128>());
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

    async fn count(&self, account: &AccountId, mailbox: &str) {
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
        let said = |error: store::Error| error.to_string();
        let menu = self
            .store
            .resource(&access, ResourceKind::Menu, &greeting.menu)
            .await
            .map_err(said)?;
        let below = self
            .keep_file(&greeting.file, "media", &greeting.account)
            .await?;
        let name: String = format!("{} greeting", menu.name)
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
        let mut document = menu.document;
        callflow::json::set(&mut document, "media.greeting", Value::String(media.id));
        self.store
            .replace_resource(&access, ResourceKind::Menu, &greeting.menu, None, document)
            .await
            .map_err(said)?;
        Ok(())
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
            tracing::error!(%error, "messages could not be counted; lamps stay as they are")
        }
    }
}

fn access(account: &AccountId) -> Access {
    Access::of_program(&account.0)
}

fn moment(at: jiff::Timestamp) -> Moment {
    Moment::from_millis(at.as_millisecond())
}

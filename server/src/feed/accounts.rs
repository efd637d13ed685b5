//! Accounts on their way out: what is published reaches the runtime.

use callflow::AccountId;
use callflow::command::PresenceState;
use runtime::{
    Carrier, DeviceCredentials, DigestCredentials, Gateway, MailboxCounts, Password, Publication,
    RuntimeHandle,
};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::{Access, AccountSnapshot, Announcement, Credential, MessageCounts, Store};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// How often a shared database is asked for what other machines published.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// Accounts above one that are looked at.
const MAX_ABOVE: usize = 64;

/// Keeps the runtime's accounts as the store has them.
pub(super) struct Accounts {
    pub(super) store: Store,
    pub(super) handle: RuntimeHandle,
    /// Generation of each account the runtime has.
    pub(super) known: HashMap<String, i64>,
}

impl Accounts {
    pub(super) async fn follow(
        mut self,
        mut announcements: Receiver<Announcement>,
        stop: CancellationToken,
    ) {
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
                // Also with one process: a reading that failed is tried again, and nothing published waits for the next
                // change to go live.
                _ = ask.tick() => self.read_changed().await,
                () = stop.cancelled() => return,
            }
        }
    }

    pub(super) async fn read_all(&mut self) {
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

    /// An account and those above it, nearest first.
    async fn snapshot(
        &self,
        account_id: &str,
    ) -> store::Result<Option<(AccountSnapshot, Vec<AccountId>)>> {
        let Some(snapshot) = self.store.snapshot(account_id).await? else {
            return Ok(None);
        };
        let mut ancestors = Vec::new();
        let mut below = account_id.to_owned();
        while ancestors.len() < MAX_ABOVE {
            let account = self.store.account(&Access::of_program(&below)).await?;
            let Some(above) = account.parent_id else {
                break;
            };
            ancestors.push(AccountId::from(above.as_str()));
            below = above;
        }
        Ok(Some((snapshot, ancestors)))
    }

    async fn read(&mut self, account_id: &str) {
        match self.snapshot(account_id).await {
            Ok(Some((snapshot, ancestors))) => {
                self.known
                    .insert(account_id.to_owned(), snapshot.generation);
                self.handle.publish(publication(snapshot, ancestors)).await;
            }
            Ok(None) => {
                self.known.remove(account_id);
                self.handle.remove(&AccountId::from(account_id)).await;
            }
            Err(error) => {
                tracing::error!(%error, account_id, "an account could not be read; its calls go on as published before");
            }
        }
    }
}

/// The store's snapshot in the runtime's words.
fn publication(snapshot: AccountSnapshot, ancestors: Vec<AccountId>) -> Publication {
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
    let carriers = snapshot.carriers.iter().filter_map(carrier).collect();
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
        ancestors,
        carriers,
        presence,
        live: Arc::new(snapshot.live),
        limits: runtime::Limits {
            calls: snapshot.limits.calls,
            outside_calls: snapshot.limits.outside_calls,
            calls_per_minute: snapshot.limits.calls_per_minute,
        },
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

/// A carrier with an allowed address that cannot be read is left out: an empty list would allow every address.
fn carrier(route: &store::CarrierRoute) -> Option<Carrier> {
    let allowed = route
        .allowed_addresses
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, String>>()
        .inspect_err(|why| {
            tracing::error!(carrier = %route.name, %why, "a carrier is left out; correct its allowed addresses");
        })
        .ok()?;
    Some(Carrier {
        id: route.id.clone(),
        name: route.name.clone(),
        digest: route.credential.as_ref().map(digest),
        allowed,
        terms: Arc::new(route.terms.clone()),
        gateways: route.gateways.iter().map(gateway).collect(),
    })
}

fn gateway((server, password): &(callflow::resource::Gateway, Option<store::Secret>)) -> Gateway {
    Gateway {
        server: server.clone(),
        password: password
            .as_ref()
            .map(|password| Password(password.expose().to_owned())),
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

pub(super) fn counts(held: MessageCounts) -> MailboxCounts {
    MailboxCounts {
        new: u32::try_from(held.new).unwrap_or(u32::MAX),
        saved: u32::try_from(held.saved).unwrap_or(u32::MAX),
    }
}

fn presence_state(text: &str) -> Option<PresenceState> {
    serde_json::from_value(Value::String(text.to_owned())).ok()
}

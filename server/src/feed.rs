//! Between store and runtime: what is published goes out, what happens on calls comes in.

mod accounts;
mod faxes;
mod mailboxes;
mod outgoing_faxes;
mod recordings;
mod registrations;
mod reports;

use crate::config::Config;
use crate::mail::Post;
use accounts::Accounts;
use outgoing_faxes::FaxDesk;
pub(crate) use outgoing_faxes::FaxQueue;
use reports::Desk;
pub(crate) use reports::kept;
use runtime::{Runtime, RuntimeConfig, RuntimeHandle};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The runtime of this process and the tasks that feed it.
pub(crate) struct Feed {
    handle: RuntimeHandle,
    stop: CancellationToken,
    accounts: JoinHandle<()>,
    reports: JoinHandle<()>,
    faxes: JoinHandle<()>,
    queue: Arc<FaxQueue>,
}

/// Starts the runtime with every account the store knows.
pub(crate) async fn start(store: &Store, config: &Config) -> Result<Feed, runtime::StartError> {
    let (first, last) = (*config.rtp_ports.start(), *config.rtp_ports.end());
    let mut runtime = RuntimeConfig::default();
    runtime.sip_core.digest.algorithms = config.sip_digest.clone();
    let (handle, inbox) = Runtime::start(RuntimeConfig {
        sip: vec![config.sip],
        sips: config.sips.into_iter().collect(),
        tls: config.tls.clone(),
        tls_authorities: config.tls_authorities.clone(),
        tls_client_authorities: config.tls_client_authorities.clone(),
        external_address: config.external_address,
        dns: config.dns,
        rtp_ports: runtime::media::PortRange { first, last },
        data: config.data.clone(),
        tts: config.tts.clone(),
        web_private: config.web_private,
        sip_messages: !config.sip_traces.is_zero(),
        ..runtime
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
    registrations::restore(store, &handle).await;
    let accounts = tokio::spawn(accounts.follow(announcements, stop.clone()));
    let desk = Desk {
        store: store.clone(),
        handle: handle.clone(),
        data: config.data.clone(),
        post: Arc::new(Post::new(config)),
    };
    let queue = Arc::new(FaxQueue::default());
    let faxes = FaxDesk {
        store: store.clone(),
        handle: handle.clone(),
        data: config.data.clone(),
        post: Arc::clone(&desk.post),
        queue: Arc::clone(&queue),
        pause: config.fax_pause,
    };
    let reports = tokio::spawn(desk.take(inbox, stop.clone()));
    let faxes = tokio::spawn(faxes.work(stop.clone()));
    Ok(Feed {
        handle,
        stop,
        accounts,
        reports,
        faxes,
        queue,
    })
}

impl Feed {
    /// The runtime.
    pub(crate) fn runtime(&self) -> &RuntimeHandle {
        &self.handle
    }

    /// The faxes to be sent.
    pub(crate) fn faxes(&self) -> &Arc<FaxQueue> {
        &self.queue
    }

    /// Ends calls and sockets, then stores what they still reported.
    pub(crate) async fn stop(self) {
        self.handle.shutdown(Duration::ZERO).await;
        self.stop.cancel();
        for task in [self.accounts, self.reports, self.faxes] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task between store and runtime broke off");
            }
        }
    }
}

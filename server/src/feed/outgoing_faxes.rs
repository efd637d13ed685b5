//! Sending the faxes that wait.

use crate::feed::reports::insist;
use crate::mail::Post;
use callflow::AccountId;
use runtime::{FaxEnd, FaxOrder, FaxSent, RuntimeHandle};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::{Access, FaxAttempt, FaxState, OutgoingFax, Store};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Faxes sent at a time. The modem of each takes some percent of a core.
const AT_ONCE: usize = 8;
/// How long an attempt is this program's without a word of it.
const LEASE: Duration = Duration::from_secs(60);
/// How often it is looked for faxes that nobody told of: another program may have left them.
const LOOK: Duration = Duration::from_secs(15);
/// Pause after the database did not answer.
const AWAY: Duration = Duration::from_secs(5);

/// What others may ask of whoever sends.
#[derive(Default)]
pub(crate) struct FaxQueue {
    news: Notify,
    /// What ends the calls that are on, by fax.
    sending: Mutex<HashMap<String, CancellationToken>>,
}

impl FaxQueue {
    /// A fax waits.
    pub(crate) fn look(&self) {
        self.news.notify_one();
    }

    /// A fax is to be sent no longer: hangs up.
    pub(crate) fn end(&self, fax: &str) {
        if let Some(end) = self.lock().get(fax) {
            end.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends faxes.
#[derive(Clone)]
pub(super) struct FaxDesk {
    pub(super) store: Store,
    pub(super) handle: RuntimeHandle,
    pub(super) data: PathBuf,
    pub(super) post: Arc<Post>,
    pub(super) queue: Arc<FaxQueue>,
    /// Between the attempts of a fax.
    pub(super) pause: Duration,
}

impl FaxDesk {
    /// Sends what waits, until it is to stop; then until the calls that are on have ended.
    pub(super) async fn work(self, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut calls = JoinSet::new();
        loop {
            let work = async {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                    return std::future::pending().await;
                };
                (self.next().await, place)
            };
            let (fax, place) = tokio::select! {
                next = work => next,
                () = stop.cancelled() => break,
            };
            calls.spawn(self.clone().attempt(fax, place));
            while calls.try_join_next().is_some() {}
        }
        while calls.join_next().await.is_some() {}
    }

    /// Waits for a fax and takes it.
    async fn next(&self) -> OutgoingFax {
        loop {
            if self.handle.is_draining() {
                return std::future::pending().await;
            }
            let wait = match self.store.take_fax(milliseconds(LEASE)).await {
                Ok(Some(fax)) => return fax,
                Ok(None) => self.until_due().await,
                Err(error) => {
                    tracing::error!(%error, "faxes to be sent could not be looked up");
                    AWAY
                }
            };
            // Told or not, the next look is at all of them.
            let _told = tokio::time::timeout(wait, self.queue.news.notified()).await;
        }
    }

    async fn until_due(&self) -> Duration {
        let Ok(Some(due)) = self.store.next_fax_due().await else {
            return LOOK;
        };
        let wait = due.millis() - jiff::Timestamp::now().as_millisecond();
        let wait = u64::try_from(wait).unwrap_or_default();
        // At least a breath: what is due may be another program's by now.
        Duration::from_millis(wait.max(50)).min(LOOK)
    }

    /// Makes one attempt, and tells how it went.
    async fn attempt(self, fax: OutgoingFax, place: OwnedSemaphorePermit) {
        let end = CancellationToken::new();
        self.queue.lock().insert(fax.id.clone(), end.clone());
        let order = FaxOrder {
            account: AccountId::from(fax.account_id.as_str()),
            fax_box: fax.fax.box_id.clone(),
            number: fax.fax.number.clone(),
            file: self.data.join(&fax.fax.file),
            pages: u32::try_from(fax.fax.pages).unwrap_or_default(),
        };
        let sent = tokio::select! {
            sent = self.handle.send_fax(order, end.clone()) => sent,
            () = self.keep(&fax, &end) => return,
        };
        self.queue.lock().remove(&fax.id);
        drop(place);
        let Some((went, pause)) = self.went(sent) else {
            // Whoever starts next finds it cut off, and sends it.
            return;
        };
        let ended = insist(|| self.store.end_fax_attempt(&fax, &went, pause)).await;
        match ended {
            Ok(ended) => {
                // It may be due again before anything that was known.
                self.queue.look();
                self.tell(&ended).await;
            }
            Err(error) => {
                tracing::error!(fax = fax.id, %error, "how a fax went could not be stored; it may be sent again");
            }
        }
    }

    /// Says again and again that the attempt is on, and ends it when it is wanted no longer. Never returns.
    async fn keep(&self, fax: &OutgoingFax, end: &CancellationToken) {
        loop {
            tokio::time::sleep(LEASE / 3).await;
            match self.store.keep_fax_taken(fax, milliseconds(LEASE)).await {
                Ok(true) => {}
                Ok(false) => end.cancel(),
                Err(error) => tracing::warn!(fax = fax.id, %error, "a fax could not be kept"),
            }
        }
    }

    /// How it went, and after which pause it may be tried again; nothing when the exchange stops.
    fn went(&self, sent: FaxSent) -> Option<(FaxAttempt, Option<i64>)> {
        let (reason, pause) = match sent.end {
            FaxEnd::Sent => (String::new(), None),
            FaxEnd::Failed(why) => (why, Some(milliseconds(self.pause))),
            FaxEnd::Hopeless(why) => (why, None),
            FaxEnd::Stopped => return None,
        };
        let went = FaxAttempt {
            call_id: sent.call.unwrap_or_default(),
            pages_sent: sent.pages.into(),
            station_id: sent.station_id,
            bit_rate: sent.bit_rate.into(),
            error_correction: sent.corrected,
            reason,
        };
        Some((went, pause))
    }

    /// Mails how a fax went that is over.
    async fn tell(&self, fax: &OutgoingFax) {
        if matches!(fax.state, FaxState::Sent | FaxState::Failed) {
            let access = Access::of_program(&fax.account_id);
            self.post.sent_fax(&self.store, &access, fax).await;
        }
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

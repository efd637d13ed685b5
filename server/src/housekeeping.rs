//! What is done now and then without anybody asking: taking away what was kept long enough.

use std::time::Duration;
use store::Store;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Keeps house, at once and then every hour.
pub(crate) async fn keep(store: Store, stop: CancellationToken) {
    let mut clock = interval(EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = clock.tick() => purge(&store).await,
            () = stop.cancelled() => return,
        }
    }
}

/// Takes away deleted callflows that can no longer be restored.
async fn purge(store: &Store) {
    loop {
        match store.purge_deleted_callflows().await {
            Ok(0) => return,
            Ok(purged) => tracing::info!(purged, "deleted callflows were kept long enough"),
            Err(error) => {
                tracing::error!(%error, "deleted callflows could not be taken away; they are tried again in an hour");
                return;
            }
        }
    }
}

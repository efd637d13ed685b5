//! What is done now and then without anybody asking: taking away what was kept long enough.

use std::time::Duration;
use store::Store;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Keeps house, at once and then every hour. The SIP messages of calls are kept for as long as `sip_traces` says.
pub(crate) async fn keep(store: Store, sip_traces: Duration, stop: CancellationToken) {
    let mut clock = interval(EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = clock.tick() => {
                until_done("deleted callflows", || store.purge_deleted_callflows()).await;
                until_done("SIP messages of calls", || store.purge_sip_traces(sip_traces)).await;
            }
            () = stop.cancelled() => return,
        }
    }
}

/// Takes away piece by piece what was kept long enough; one piece answers how much it was.
async fn until_done<F>(what: &str, mut purge: impl FnMut() -> F)
where
    F: Future<Output = store::Result<u64>>,
{
    loop {
        match purge().await {
            Ok(0) => return,
            Ok(purged) => tracing::info!(purged, "{what} were kept long enough"),
            Err(error) => {
                tracing::error!(%error, "{what} could not be taken away; they are tried again in an hour");
                return;
            }
        }
    }
}

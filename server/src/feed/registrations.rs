//! Registrations over a restart.

use super::reports::insist;
use runtime::{KeptRegistration, RegistrationChange, RuntimeHandle};
use store::{Moment, Store};

/// Gives the runtime what was kept. A phone that cannot be restored registers again by itself.
pub(super) async fn restore(store: &Store, handle: &RuntimeHandle) {
    let kept = match store.kept_registrations().await {
        Ok(kept) => kept,
        Err(error) => {
            tracing::error!(%error, "registrations could not be read; phones are called once they register again");
            return;
        }
    };
    let kept: Vec<KeptRegistration> = kept
        .into_iter()
        .filter_map(|document| serde_json::from_value(document).ok())
        .collect();
    let count = handle.restore(kept).await;
    if count > 0 {
        tracing::info!(count, "registrations from before the start are valid again");
    }
}

/// Stores what has changed. One that is lost costs a phone its calls until it refreshes, after a restart.
pub(super) async fn keep(store: &Store, changes: Vec<RegistrationChange>) {
    let changes: Vec<store::RegistrationChange> = changes.into_iter().filter_map(row).collect();
    match insist(|| store.keep_registrations(&changes)).await {
        Ok(()) => tracing::debug!(changes = changes.len(), "registrations are kept"),
        Err(error) => tracing::error!(%error, "registrations could not be stored"),
    }
}

fn row(change: RegistrationChange) -> Option<store::RegistrationChange> {
    let kept = match change.kept {
        Some(kept) => {
            let until = Moment::from_millis(kept.expires_at.as_millisecond());
            Some((serde_json::to_value(kept).ok()?, until))
        }
        None => None,
    };
    Some(store::RegistrationChange {
        account_id: change.account.to_string(),
        aor: change.aor,
        contact: change.contact,
        kept,
    })
}

//! Deleting callflows, and taking that back.

use super::when::told;
use super::{Desk, all};
use crate::callflows::{DeletedRow, RestoredView};
use crate::trouble::Trouble;

/// See [`crate::callflows::delete_callflow`].
pub(crate) async fn delete_callflow(account: &str, callflow: &str) -> Result<(), Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    Ok(desk.store.delete_callflow(&access, callflow, None).await?)
}

/// See [`crate::callflows::load_deleted`].
pub(crate) async fn deleted_callflows(account: &str) -> Result<Vec<DeletedRow>, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let zone = desk.store.account(&access).await?.time_zone;
    let found = all(|page| {
        let (store, access) = (desk.store.clone(), access.clone());
        async move { store.deleted_callflows(&access, &page).await }
    })
    .await?;
    let row = |deleted: store::DeletedCallflow| DeletedRow {
        title: title(&deleted.name, &deleted.numbers),
        id: deleted.id,
        numbers: deleted.numbers,
        when: told(deleted.deleted_at, &zone),
        by: deleted.deleted_by,
        until: told(deleted.kept_until, &zone),
    };
    Ok(found.into_iter().map(row).collect())
}

/// The name, else the numbers.
fn title(name: &str, numbers: &[String]) -> String {
    match (name, numbers) {
        ("", []) => "Callflow without a name".to_owned(),
        ("", numbers) => numbers.join(", "),
        (name, _) => name.to_owned(),
    }
}

/// See [`crate::callflows::restore_callflow`].
pub(crate) async fn restore_callflow(
    account: &str,
    callflow: &str,
) -> Result<RestoredView, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let restored = desk.store.restore_callflow(&access, callflow).await?;
    let lost = restored.lost.into_iter();
    Ok(RestoredView {
        title: title(
            &restored.draft.callflow.name,
            &restored.draft.callflow.numbers,
        ),
        live: restored.draft.live_version,
        lost: lost.map(|lost| (lost.number, lost.callflow_name)).collect(),
    })
}

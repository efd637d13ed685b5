//! Deleting a callflow, and taking that back.

use crate::bench::{Bench, each};
use crate::drafts::flow;
use callflow::Origin;
use store::{Access, LiveState, Page};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A published callflow on 3000 that was deleted.
async fn deleted(bench: &Bench, access: &Access) -> String {
    let made = bench
        .store
        .create_callflow(access, flow("Night", &["3000"]))
        .await
        .unwrap();
    bench
        .store
        .publish(access, &made.id, None, "first")
        .await
        .unwrap();
    bench
        .store
        .delete_callflow(access, &made.id, None)
        .await
        .unwrap();
    made.id
}

async fn names(bench: &Bench, access: &Access) -> Vec<String> {
    let page = Page::default();
    let listed = bench.store.deleted_callflows(access, &page).await.unwrap();
    listed.items.into_iter().map(|item| item.name).collect()
}

async fn is_reached(bench: &Bench, access: &Access, number: &str) -> bool {
    let snapshot = bench.store.snapshot(access.account_id()).await.unwrap();
    let account = snapshot.unwrap().account;
    account.routes.find(number, Origin::Internal).is_some()
}

#[tokio::test]
async fn restored_callflow_is_live_again_with_its_versions() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let id = deleted(&bench, &access).await;
        assert!(!is_reached(&bench, &access, "3000").await);
        assert!(bench.store.callflow(&access, &id).await.is_err());
        assert_eq!(names(&bench, &access).await, ["Night"]);
        let back = bench.store.restore_callflow(&access, &id).await.unwrap();
        assert_eq!(back.lost, []);
        assert_eq!(
            (back.draft.live_version, back.draft.state()),
            (Some(1), LiveState::Live)
        );
        assert!(is_reached(&bench, &access, "3000").await);
        let versions = bench
            .store
            .versions(&access, &id, &Page::default())
            .await
            .unwrap();
        assert_eq!(versions.items[0].note, "first");
        assert_eq!(names(&bench, &access).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn number_that_leads_elsewhere_by_now_is_lost_and_named() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let id = deleted(&bench, &access).await;
        let other = bench
            .store
            .create_callflow(&access, flow("Day", &["3000"]))
            .await
            .unwrap();
        bench
            .store
            .publish(&access, &other.id, None, "")
            .await
            .unwrap();
        let back = bench.store.restore_callflow(&access, &id).await.unwrap();
        let lost: Vec<_> = back
            .lost
            .iter()
            .map(|l| (l.number.as_str(), l.callflow_name.as_deref()))
            .collect();
        assert_eq!(lost, [("3000", Some("Day"))]);
        assert_eq!(back.draft.callflow.numbers, [""; 0]);
        assert_eq!(
            back.draft.live_version, None,
            "what was live needs the number"
        );
        let kept = bench.store.callflow(&access, &other.id).await.unwrap();
        assert_eq!(kept.live_version, Some(1));
    })
    .await;
}

#[tokio::test]
async fn after_thirty_days_nothing_is_left() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let id = deleted(&bench, &access).await;
        bench.advance_ms(29 * DAY_MS);
        assert_eq!(bench.store.purge_deleted_callflows().await.unwrap(), 0);
        assert_eq!(names(&bench, &access).await, ["Night"]);
        bench.advance_ms(DAY_MS + 1);
        assert_eq!(names(&bench, &access).await, [""; 0]);
        assert!(bench.store.restore_callflow(&access, &id).await.is_err());
        assert_eq!(bench.store.purge_deleted_callflows().await.unwrap(), 1);
        assert_eq!(bench.store.purge_deleted_callflows().await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn other_accounts_neither_see_nor_restore_it() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let id = deleted(&bench, &access).await;
        let other = bench.oakfield().await;
        assert_eq!(names(&bench, &other).await, [""; 0]);
        assert!(bench.store.restore_callflow(&other, &id).await.is_err());
        assert!(bench.store.restore_callflow(&access, &id).await.is_ok());
    })
    .await;
}

//! A callflow's versions, and the way back to them.

use crate::bench::{Bench, each};
use crate::drafts::flow;
use store::{Access, LiveState, Page, Save};

/// A callflow published as "Night", then as "Late", with the draft "Never".
async fn three_states(bench: &Bench, access: &Access) -> String {
    let made = bench
        .store
        .create_callflow(access, flow("Night", &["3000"]))
        .await
        .unwrap();
    for (at, (name, note)) in [("Night", "first"), ("Late", "second")].iter().enumerate() {
        if at > 0 {
            save(bench, access, &made.id, name).await;
        }
        bench
            .store
            .publish(access, &made.id, None, note)
            .await
            .unwrap();
    }
    save(bench, access, &made.id, "Never").await;
    made.id
}

async fn save(bench: &Bench, access: &Access, id: &str, name: &str) {
    let base = bench.store.callflow(access, id).await.unwrap().revision;
    let saved = bench
        .store
        .save_callflow(access, id, base, flow(name, &["3000"]))
        .await
        .unwrap();
    assert!(matches!(saved, Save::Saved(_)), "{saved:?}");
}

#[tokio::test]
async fn history_tells_versions_with_their_documents_newest_first() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let id = three_states(&bench, &access).await;
        let mut page = Page {
            limit: Some(1),
            ..Page::default()
        };
        let first = bench.store.history(&access, &id, &page).await.unwrap();
        page.cursor = first.next.clone();
        let second = bench.store.history(&access, &id, &page).await.unwrap();
        let told: Vec<_> = first
            .items
            .iter()
            .chain(&second.items)
            .map(|p| {
                (
                    p.summary.version,
                    p.summary.note.as_str(),
                    p.callflow.name.as_str(),
                    p.summary.live,
                )
            })
            .collect();
        assert_eq!(
            told,
            [(2, "second", "Late", true), (1, "first", "Night", false)]
        );
        assert_eq!(second.next, None);
    })
    .await;
}

#[tokio::test]
async fn discarding_the_draft_leaves_what_is_live_with_nothing_to_publish() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let id = three_states(&bench, &access).await;
        let stale = bench.store.discard_draft(&access, &id, Some(1)).await;
        assert!(matches!(stale, Ok(Save::Conflict(_))), "{stale:?}");
        let Save::Saved(draft) = bench.store.discard_draft(&access, &id, None).await.unwrap()
        else {
            panic!("not discarded");
        };
        assert_eq!(
            (draft.callflow.name.as_str(), draft.state()),
            ("Late", LiveState::Live)
        );
        assert_eq!(draft.live_version, Some(2));
    })
    .await;
}

#[tokio::test]
async fn draft_that_was_never_published_cannot_be_discarded() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(&access, flow("Night", &["3000"]))
            .await
            .unwrap();
        let refused = bench.store.discard_draft(&access, &made.id, None).await;
        let told = refused.unwrap_err().to_string();
        assert!(told.contains("never published"), "{told}");
    })
    .await;
}

#[tokio::test]
async fn history_of_another_account_is_not_found() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let id = three_states(&bench, &access).await;
        let other = bench.oakfield().await;
        let page = Page::default();
        assert!(bench.store.history(&other, &id, &page).await.is_err());
        assert!(bench.store.discard_draft(&other, &id, None).await.is_err());
        let kept = bench.store.callflow(&access, &id).await.unwrap();
        assert_eq!(kept.callflow.name, "Never");
    })
    .await;
}

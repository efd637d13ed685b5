//! From draft to live.

use crate::bench::each;
use crate::drafts::flow;
use callflow::{Callflow, CallflowId, Origin};
use serde_json::json;
use store::{LiveState, Page, Publish};

fn broken() -> Callflow {
    Callflow::from_json(&json!({
        "name": "Broken",
        "flow": {"module": "user", "data": {"id": "0123456789abcdef0123456789abcdef"}, "children": {}},
    }))
    .unwrap()
}

#[tokio::test]
async fn publishing_makes_version_one_and_announces_the_account() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(&access, flow("Night", &["3000"]))
            .await
            .unwrap();
        let before = bench.store.account(&access).await.unwrap().generation;
        let mut heard = bench.store.announcements();
        let outcome = bench
            .store
            .publish(&access, &made.id, Some(1), "first")
            .await
            .unwrap();
        assert!(
            matches!(outcome, Publish::Live { version: 1, .. }),
            "{outcome:?}"
        );
        let announcement = heard.recv().await.unwrap();
        assert_eq!(announcement.account_id, access.account_id());
        assert_eq!(announcement.generation, before + 1);
        let draft = bench.store.callflow(&access, &made.id).await.unwrap();
        assert_eq!(
            (draft.state(), draft.live_version),
            (LiveState::Live, Some(1))
        );
        let snapshot = bench
            .store
            .snapshot(access.account_id())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(snapshot.generation, before + 1);
        let route = snapshot
            .account
            .routes
            .find("3000", Origin::Internal)
            .unwrap();
        assert_eq!(route.callflow, CallflowId::from(made.id.as_str()));
    })
    .await;
}

#[tokio::test]
async fn flow_with_errors_is_refused_with_its_problems_and_nothing_changes() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(&access, broken())
            .await
            .unwrap();
        let before = bench.store.account(&access).await.unwrap().generation;
        let outcome = bench
            .store
            .publish(&access, &made.id, None, "")
            .await
            .unwrap();
        let Publish::Refused(problems) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            problems,
            bench
                .store
                .problems(&access, &made.id, &broken())
                .await
                .unwrap()
        );
        assert!(!problems.is_empty());
        assert_eq!(
            bench.store.account(&access).await.unwrap().generation,
            before
        );
        assert!(
            bench
                .store
                .versions(&access, &made.id, &Page::default())
                .await
                .unwrap()
                .items
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn saving_a_draft_leaves_what_is_live_alone() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(&access, flow("Night", &["3000"]))
            .await
            .unwrap();
        bench
            .store
            .publish(&access, &made.id, None, "")
            .await
            .unwrap();
        bench
            .store
            .save_callflow(&access, &made.id, 1, flow("Changed", &["3001"]))
            .await
            .unwrap();
        let draft = bench.store.callflow(&access, &made.id).await.unwrap();
        assert_eq!(draft.state(), LiveState::Changed);
        let snapshot = bench
            .store
            .snapshot(access.account_id())
            .await
            .unwrap()
            .unwrap();
        assert!(
            snapshot
                .account
                .routes
                .find("3000", Origin::Internal)
                .is_some()
        );
        assert!(
            snapshot
                .account
                .routes
                .find("3001", Origin::Internal)
                .is_none()
        );
        let program = &snapshot.account.programs[&CallflowId::from(made.id.as_str())];
        assert_eq!(
            (program.version, program.callflow.name.as_str()),
            (1, "Night")
        );
    })
    .await;
}

#[tokio::test]
async fn publishing_from_an_old_revision_is_a_conflict() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(&access, flow("Night", &[]))
            .await
            .unwrap();
        bench
            .store
            .save_callflow(&access, &made.id, 1, flow("Newer", &[]))
            .await
            .unwrap();
        let outcome = bench
            .store
            .publish(&access, &made.id, Some(1), "")
            .await
            .unwrap();
        let Publish::Conflict(draft) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(draft.callflow.name, "Newer");
    })
    .await;
}

#[tokio::test]
async fn rollback_makes_the_old_version_live_as_a_new_one() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(&access, flow("One", &["3000"]))
            .await
            .unwrap();
        bench
            .store
            .publish(&access, &made.id, None, "one")
            .await
            .unwrap();
        bench
            .store
            .save_callflow(&access, &made.id, 1, flow("Two", &["3000"]))
            .await
            .unwrap();
        bench
            .store
            .publish(&access, &made.id, None, "two")
            .await
            .unwrap();
        let outcome = bench.store.rollback(&access, &made.id, 1).await.unwrap();
        assert!(matches!(outcome, Publish::Live { version: 3, .. }));
        let versions = bench
            .store
            .versions(&access, &made.id, &Page::default())
            .await
            .unwrap()
            .items;
        let told: Vec<_> = versions
            .iter()
            .map(|v| (v.version, v.live, v.note.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (3, true, "Back to version 1"),
                (2, false, "two"),
                (1, false, "one")
            ]
        );
        let draft = bench.store.callflow(&access, &made.id).await.unwrap();
        assert_eq!(
            (draft.callflow.name.as_str(), draft.state()),
            ("One", LiveState::Live)
        );
        let third = bench.store.version(&access, &made.id, 3).await.unwrap();
        assert_eq!(third.callflow, flow("One", &["3000"]));
    })
    .await;
}

#[tokio::test]
async fn rollback_keeps_a_draft_with_unpublished_changes() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(&access, flow("One", &[]))
            .await
            .unwrap();
        bench
            .store
            .publish(&access, &made.id, None, "")
            .await
            .unwrap();
        bench
            .store
            .save_callflow(&access, &made.id, 1, flow("Working on it", &[]))
            .await
            .unwrap();
        bench.store.rollback(&access, &made.id, 1).await.unwrap();
        let draft = bench.store.callflow(&access, &made.id).await.unwrap();
        assert_eq!(
            (draft.callflow.name.as_str(), draft.state()),
            ("Working on it", LiveState::Changed)
        );
    })
    .await;
}

#[tokio::test]
async fn simultaneous_publications_get_different_versions() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(&access, flow("Night", &["3000"]))
            .await
            .unwrap();
        let jobs: Vec<_> = (0..4)
            .map(|_| {
                let (store, access, id) = (bench.store.clone(), access.clone(), made.id.clone());
                tokio::spawn(async move { store.publish(&access, &id, None, "").await })
            })
            .collect();
        let mut versions = Vec::new();
        for job in jobs {
            // PostgreSQL may refuse one of two at the same instant; none may share a version.
            if let Ok(Publish::Live { version, .. }) = job.await.unwrap() {
                versions.push(version);
            }
        }
        let listed = bench
            .store
            .versions(&access, &made.id, &Page::default())
            .await
            .unwrap()
            .items;
        assert!(!versions.is_empty());
        assert_eq!(listed.len(), versions.len());
    })
    .await;
}

/// A callflow that goes on in another one at once.
fn onward(name: &str, to: &str, patterns: &[&str]) -> Callflow {
    Callflow::from_json(&json!({
        "name": name,
        "patterns": patterns,
        "flow": {"module": "callflow", "data": {"id": to}, "children": {}},
    }))
    .unwrap()
}

#[tokio::test]
async fn callflow_is_checked_beside_the_others_of_the_account() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let store = &bench.store;
        let first = store
            .create_callflow(&access, flow("First", &[]))
            .await
            .unwrap();
        let second = onward("Second", &first.id, &["^8[0-9]+$"]);
        let second = store.create_callflow(&access, second).await.unwrap();
        let codes = async |id: &str, callflow: &Callflow| -> Vec<String> {
            let found = store.problems(&access, id, callflow).await.unwrap();
            found
                .iter()
                .map(|problem| problem.code.to_string())
                .collect()
        };
        let found = codes(&second.id, &second.callflow).await;
        assert!(
            !found.iter().any(|code| code == "PATTERN_TAKEN"),
            "its own pattern is no other callflow's: {found:?}"
        );
        let circle = onward("First", &second.id, &["^8[0-9]+$"]);
        let found = codes(&first.id, &circle).await;
        for code in ["LOOP_WITHOUT_CALLER", "PATTERN_TAKEN"] {
            assert!(found.iter().any(|own| own == code), "{code}: {found:?}");
        }
    })
    .await;
}

//! The demo is what the documentation says.

use crate::bench::{PASSWORD, each};
use callflow::{Origin, ResourceKind};
use store::{LiveState, Page, TokenKind};

#[tokio::test]
async fn demo_is_seeded_only_into_an_empty_database() {
    each(async |bench| {
        assert!(bench.store.seed_demo("other").await.unwrap().is_none());
        assert_eq!(bench.store.all_accounts().await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn demo_password_signs_everybody_in_and_is_the_resellers_token() {
    each(async |bench| {
        for email in [
            "reseller@harbourvoice.example",
            "admin@fernhill.example",
            "admin@oakfield.example",
        ] {
            assert!(
                bench
                    .store
                    .sign_in(email, PASSWORD, "192.0.2.1", TokenKind::Cookie)
                    .await
                    .is_ok()
            );
        }
        let caller = bench
            .store
            .caller(PASSWORD, TokenKind::Api)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(caller.email, "reseller@harbourvoice.example");
    })
    .await;
}

#[tokio::test]
async fn demo_numbers_are_live() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let snapshot = bench
            .store
            .snapshot(access.account_id())
            .await
            .unwrap()
            .unwrap();
        for number in [
            "2000",
            "2001",
            "2002",
            "2003",
            "2004",
            "2005",
            "+441614960120",
            "+441614960125",
        ] {
            assert!(
                snapshot
                    .account
                    .routes
                    .find(number, Origin::External)
                    .is_some(),
                "{number}"
            );
        }
        assert_eq!(snapshot.numbers.len(), 10);
        let names: Vec<_> = snapshot
            .devices
            .iter()
            .map(|d| d.username.as_str())
            .collect();
        assert_eq!(
            names,
            ["desk2001", "desk2002", "desk2003", "desk2004", "desk2005"]
        );
    })
    .await;
}

#[tokio::test]
async fn demo_flows_have_no_problems_beyond_modules_still_unknown() {
    each(async |bench| {
        let access = bench.fernhill().await;
        for summary in bench
            .store
            .callflows(&access, &Page::largest())
            .await
            .unwrap()
            .items
        {
            let draft = bench.store.callflow(&access, &summary.id).await.unwrap();
            let problems = bench
                .store
                .problems(&access, &draft.id, &draft.callflow)
                .await
                .unwrap();
            if summary.state == LiveState::Live {
                assert_eq!(problems, [], "{}", summary.name);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn demo_has_one_of_everything_the_documentation_names() {
    each(async |bench| {
        let access = bench.fernhill().await;
        for (kind, least) in [
            (ResourceKind::User, 5),
            (ResourceKind::Device, 5),
            (ResourceKind::VoicemailBox, 5),
            (ResourceKind::RingGroup, 1),
            (ResourceKind::Menu, 1),
            (ResourceKind::TimeRule, 1),
            (ResourceKind::Conference, 1),
            (ResourceKind::Directory, 1),
            (ResourceKind::FaxBox, 1),
        ] {
            let found = bench
                .store
                .resources(&access, kind, &Page::default())
                .await
                .unwrap()
                .items
                .len();
            assert!(found >= least, "{}: {found}", kind.label());
        }
        let reseller = bench.reseller().await;
        let snapshot = bench
            .store
            .snapshot(&reseller.account_id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(snapshot.carriers[0].name, "trunk");
        let credential = snapshot.carriers[0].credential.as_ref().unwrap();
        assert_eq!(credential.username, "trunk");
    })
    .await;
}

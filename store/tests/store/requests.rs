//! Requests that may be repeated.

use crate::bench::{Bench, each};
use callflow::{Callflow, ResourceKind};
use serde_json::{Map, Value, json};
use std::pin::pin;
use std::task::Poll;
use store::{
    Access, Account, Caller, Draft, Error, Made, NewAccount, Number, Once, Page, Resource,
    StoredAnswer,
};

fn document(name: &str) -> Map<String, Value> {
    [("name".to_owned(), json!(name))].into_iter().collect()
}

fn told(id: &str) -> StoredAnswer {
    StoredAnswer {
        status: 201,
        body: id.to_owned(),
    }
}

fn once<'a>(caller: &'a Caller, key: &'a str) -> Once<'a, Resource> {
    Once::new(caller, key, "POST /lists {}", |list: &Resource| {
        told(&list.id)
    })
    .unwrap()
}

async fn make(bench: &Bench, access: &Access, once: &Once<'_, Resource>) -> Made<Resource> {
    let kind = ResourceKind::List;
    bench
        .store
        .create_resource_once(access, kind, document("Once"), Some(once))
        .await
        .unwrap()
}

async fn lists(bench: &Bench, access: &Access) -> usize {
    let page = Page {
        search: Some("once".to_owned()),
        ..Page::largest()
    };
    let found = bench.store.resources(access, ResourceKind::List, &page);
    found.await.unwrap().items.len()
}

/// Lets work go on until it has waited `waits` times, then gives it up. Whether it came to its end.
async fn broken_off<T>(work: impl Future<Output = T>, waits: u32) -> bool {
    let mut work = pin!(work);
    let mut left = waits;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        work.as_mut().poll(cx).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn repeated_request_gets_the_first_answer_and_makes_nothing() {
    each(async |bench| {
        let caller = bench.fernhill_admin().await;
        let access = bench.access(&caller).await;
        let Made::New(made) = make(&bench, &access, &once(&caller, "key-1")).await else {
            panic!("it is the first");
        };
        let again = make(&bench, &access, &once(&caller, "key-1")).await;
        assert_eq!(again, Made::Again(told(&made.id)));
        assert_eq!(lists(&bench, &access).await, 1);
        let other = Once::new(&caller, "key-1", "POST /lists {1}", |_: &Resource| told(""));
        let other = bench
            .store
            .create_resource_once(
                &access,
                ResourceKind::List,
                document("Once"),
                Some(&other.unwrap()),
            )
            .await;
        assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
        let stranger = bench.oakfield_admin().await;
        let theirs = bench.access(&stranger).await;
        let made = make(&bench, &theirs, &once(&stranger, "key-1")).await;
        assert!(matches!(made, Made::New(_)));
    })
    .await;
}

#[tokio::test]
async fn request_that_breaks_off_anywhere_makes_its_thing_once_when_it_is_repeated() {
    each(async |bench| {
        let caller = bench.fernhill_admin().await;
        let access = bench.access(&caller).await;
        let (mut made, mut broken) = (0, 0);
        // Where it waits depends on how quick the database is: every place is met in several rounds.
        for round in 0..5 {
            for waits in 0.. {
                let key = format!("key-{round}-{waits}");
                let once = once(&caller, &key);
                let done = broken_off(make(&bench, &access, &once), waits).await;
                let before = lists(&bench, &access).await;
                let again = make(&bench, &access, &once).await;
                assert_eq!(matches!(again, Made::Again(_)), before > made);
                made += 1;
                assert_eq!(lists(&bench, &access).await, made);
                if done {
                    break;
                }
                broken += 1;
            }
        }
        assert!(broken >= 10, "{broken}");
    })
    .await;
}

#[tokio::test]
async fn simultaneous_requests_with_one_key_make_one_thing() {
    each(async |bench| {
        let caller = bench.fernhill_admin().await;
        let access = bench.access(&caller).await;
        let once = once(&caller, "key-1");
        let make = || make(&bench, &access, &once);
        let made = tokio::join!(make(), make(), make());
        let new = [made.0, made.1, made.2]
            .iter()
            .filter(|made| matches!(made, Made::New(_)))
            .count();
        assert_eq!((new, lists(&bench, &access).await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn callflows_accounts_and_numbers_are_made_once_too() {
    each(async |bench| {
        let caller = bench.reseller().await;
        let access = bench.access(&caller).await;
        let callflow = Once::new(&caller, "c", "", |draft: &Draft| told(&draft.id)).unwrap();
        let copy = Once::new(&caller, "d", "", |draft: &Draft| told(&draft.id)).unwrap();
        let account = Once::new(&caller, "a", "", |it: &Account| told(&it.id)).unwrap();
        let number = Once::new(&caller, "n", "", |it: &Number| told(&it.number)).unwrap();
        let mut original = String::new();
        for first in [true, false] {
            let made = bench
                .store
                .create_callflow_once(&access, Callflow::default(), Some(&callflow))
                .await
                .unwrap();
            assert_eq!(matches!(made, Made::New(_)), first);
            if let Made::New(draft) = made {
                original = draft.id;
            }
            let made = bench
                .store
                .duplicate_callflow_once(&access, &original, Some(&copy))
                .await
                .unwrap();
            assert_eq!(matches!(made, Made::New(_)), first);
            let new = NewAccount {
                limits: store::AccountLimits::default(),
                name: "Hill Farm".into(),
                realm: "hill.example".into(),
                time_zone: "Etc/UTC".into(),
                language: "en-GB".into(),
                kind: store::AccountKind::Customer,
            };
            let made = bench
                .store
                .create_account_once(&caller, &access, new, Some(&account))
                .await
                .unwrap();
            assert_eq!(matches!(made, Made::New(_)), first);
            let made = bench
                .store
                .add_number_once(&caller, "+441614960199", Some(&access), Some(&number))
                .await
                .unwrap();
            assert_eq!(matches!(made, Made::New(_)), first);
        }
    })
    .await;
}

#[tokio::test]
async fn failed_request_frees_its_key_and_answers_are_forgotten_after_a_day() {
    each(async |bench| {
        let caller = bench.fernhill_admin().await;
        let access = bench.access(&caller).await;
        let once = once(&caller, "k");
        let refused = bench
            .store
            .create_resource_once(&access, ResourceKind::List, Map::new(), Some(&once))
            .await;
        assert!(matches!(refused, Err(Error::Invalid { .. })));
        assert!(matches!(make(&bench, &access, &once).await, Made::New(_)));
        assert!(matches!(make(&bench, &access, &once).await, Made::Again(_)));
        bench.advance_ms(25 * 3_600_000);
        assert!(matches!(make(&bench, &access, &once).await, Made::New(_)));
    })
    .await;
}

#[tokio::test]
async fn key_that_no_program_would_send_is_refused() {
    each(async |bench| {
        let caller = bench.fernhill_admin().await;
        for key in ["", "two words", "ü", &"k".repeat(256)] {
            let once = Once::new(&caller, key, "", |_: &Resource| told(""));
            assert!(matches!(once, Err(Error::Invalid { .. })), "{key}");
        }
    })
    .await;
}

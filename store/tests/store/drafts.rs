//! Editing callflows.

use crate::bench::each;
use callflow::Callflow;
use serde_json::json;
use store::{Error, LiveState, Page, Save};

pub fn flow(name: &str, numbers: &[&str]) -> Callflow {
    Callflow::from_json(&json!({
        "name": name,
        "numbers": numbers,
        "flow": {"module": "sleep", "data": {"duration": 1, "vendor_key": "kept"}, "children": {}},
        "vendor": {"kept": true},
    }))
    .unwrap()
}

#[tokio::test]
async fn draft_comes_back_as_it_was_saved_with_unknown_keys() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(&access, flow("Night", &["3000"]))
            .await
            .unwrap();
        let read = bench.store.callflow(&access, &made.id).await.unwrap();
        assert_eq!(read, made);
        assert_eq!(read.callflow, flow("Night", &["3000"]));
        assert_eq!((read.revision, read.state()), (1, LiveState::Never));
        assert_eq!(read.updated_by, "admin@fernhill.example");
    })
    .await;
}

#[tokio::test]
async fn second_save_from_the_same_revision_is_a_conflict_that_shows_what_is_there() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(&access, flow("Night", &[]))
            .await
            .unwrap();
        let first = bench
            .store
            .save_callflow(&access, &made.id, 1, flow("First", &[]))
            .await
            .unwrap();
        let Save::Saved(first) = first else {
            panic!("{first:?}")
        };
        assert_eq!(first.revision, 2);
        let second = bench
            .store
            .save_callflow(&access, &made.id, 1, flow("Second", &[]))
            .await
            .unwrap();
        let Save::Conflict(current) = second else {
            panic!("{second:?}")
        };
        assert_eq!(*current, *first);
        let read = bench.store.callflow(&access, &made.id).await.unwrap();
        assert_eq!(read.callflow.name, "First");
    })
    .await;
}

#[tokio::test]
async fn simultaneous_saves_let_exactly_one_through() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(&access, flow("Night", &[]))
            .await
            .unwrap();
        let saves = (0..6).map(|n| {
            let (store, access, id) = (bench.store.clone(), access.clone(), made.id.clone());
            tokio::spawn(async move {
                store
                    .save_callflow(&access, &id, 1, flow(&format!("Save {n}"), &[]))
                    .await
                    .unwrap()
            })
        });
        let mut saved = 0;
        for save in saves.collect::<Vec<_>>() {
            if matches!(save.await.unwrap(), Save::Saved(_)) {
                saved += 1;
            }
        }
        assert_eq!(saved, 1);
    })
    .await;
}

#[tokio::test]
async fn number_of_another_callflow_is_refused_by_name() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let taken = bench
            .store
            .create_callflow(&access, flow("Copycat", &["2000"]))
            .await;
        match taken {
            Err(Error::NumberTaken {
                number,
                callflow_name,
                ..
            }) => {
                assert_eq!(
                    (number.as_str(), callflow_name.as_str()),
                    ("2000", "Main line")
                );
            }
            other => panic!("{other:?}"),
        }
        let left = bench
            .store
            .callflows(&access, &Page::searching("Copycat"))
            .await
            .unwrap();
        assert!(left.items.is_empty());
    })
    .await;
}

#[tokio::test]
async fn number_freed_by_a_draft_can_be_taken_but_not_published_while_it_is_live() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let first = bench
            .store
            .create_callflow(&access, flow("First", &["3000"]))
            .await
            .unwrap();
        bench
            .store
            .publish(&access, &first.id, None, "")
            .await
            .unwrap();
        bench
            .store
            .save_callflow(&access, &first.id, 1, flow("First", &[]))
            .await
            .unwrap();
        let second = bench
            .store
            .create_callflow(&access, flow("Second", &["3000"]))
            .await
            .unwrap();
        let early = bench.store.publish(&access, &second.id, None, "").await;
        assert!(matches!(early, Err(Error::NumberTaken { .. })), "{early:?}");
        bench
            .store
            .publish(&access, &first.id, None, "")
            .await
            .unwrap();
        bench
            .store
            .publish(&access, &second.id, None, "")
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn numbers_are_kept_without_the_signs_people_write() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let made = bench
            .store
            .create_callflow(
                &access,
                flow("Spaced", &["+44 161 496 0127", "*55", "+441614960127"]),
            )
            .await
            .unwrap();
        assert_eq!(made.callflow.numbers, ["+441614960127", "*55"]);
    })
    .await;
}

#[tokio::test]
async fn search_finds_by_name_and_by_national_number() {
    each(async |bench| {
        let access = bench.fernhill().await;
        for (text, found) in [
            ("main", "Main line"),
            ("0161 496 0120", "Main line"),
            ("2003", "Helen Marsh"),
            ("*97", "Check voicemail"),
        ] {
            let page = bench
                .store
                .callflows(&access, &Page::searching(text))
                .await
                .unwrap();
            let names: Vec<_> = page.items.iter().map(|c| c.name.as_str()).collect();
            assert_eq!(names, [found], "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn list_in_pieces_gives_every_callflow_once() {
    each(async |bench| {
        let access = bench.oakfield().await;
        for n in 0..12 {
            bench
                .store
                .create_callflow(&access, flow(&format!("Flow {}", n % 4), &[]))
                .await
                .unwrap();
        }
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = Page {
                cursor,
                limit: Some(5),
                search: None,
            };
            let piece = bench.store.callflows(&access, &page).await.unwrap();
            assert!(piece.items.len() <= 5);
            seen.extend(piece.items.into_iter().map(|c| (c.name, c.id)));
            cursor = piece.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 13);
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(seen, sorted);
    })
    .await;
}

#[tokio::test]
async fn duplicate_is_called_copy_and_has_no_numbers() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let page = bench
            .store
            .callflows(&access, &Page::searching("Main line"))
            .await
            .unwrap();
        let copy = bench
            .store
            .duplicate_callflow(&access, &page.items[0].id)
            .await
            .unwrap();
        assert_eq!(copy.callflow.name, "Main line copy");
        assert!(copy.callflow.numbers.is_empty());
        let original = bench
            .store
            .callflow(&access, &page.items[0].id)
            .await
            .unwrap();
        assert_eq!(copy.callflow.flow, original.callflow.flow);
    })
    .await;
}

#[tokio::test]
async fn callflow_used_by_another_is_not_deleted() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let inner = bench
            .store
            .create_callflow(&access, flow("Inner", &[]))
            .await
            .unwrap();
        let outer = Callflow::from_json(&json!({
            "name": "Outer",
            "flow": {"module": "callflow", "data": {"id": inner.id}, "children": {}},
        }))
        .unwrap();
        let outer = bench.store.create_callflow(&access, outer).await.unwrap();
        match bench.store.delete_callflow(&access, &inner.id, None).await {
            Err(Error::InUse { users, .. }) => assert_eq!(users[0].name, "Outer"),
            other => panic!("{other:?}"),
        }
        let stale = bench
            .store
            .delete_callflow(&access, &outer.id, Some(7))
            .await;
        assert!(matches!(stale, Err(Error::Stale { .. })));
        bench
            .store
            .delete_callflow(&access, &outer.id, Some(1))
            .await
            .unwrap();
        bench
            .store
            .delete_callflow(&access, &inner.id, None)
            .await
            .unwrap();
        assert!(bench.store.callflow(&access, &inner.id).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn cursor_of_a_stranger_is_refused() {
    each(async |bench| {
        let access = bench.fernhill().await;
        for cursor in ["%%%", "AAAA", "eA"] {
            let page = Page {
                cursor: Some(cursor.into()),
                ..Page::default()
            };
            let listed = bench.store.callflows(&access, &page).await;
            assert!(matches!(listed, Err(Error::Invalid { .. })), "{cursor}");
        }
    })
    .await;
}

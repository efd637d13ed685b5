//! What numbers lead to, and leading them elsewhere.

use crate::bench::each;
use crate::drafts::flow;
use store::{Access, Error, NumberFilter, NumberUse, Page, Store};

const SPARE: &str = "+441614960129";

async fn number(store: &Store, access: &Access, number: &str) -> NumberUse {
    let page = Page::searching(number);
    let found = store
        .number_uses(access, NumberFilter::default(), &page)
        .await
        .unwrap();
    assert_eq!(found.items.len(), 1, "{number}");
    found.items.into_iter().next().unwrap()
}

fn told(used: &NumberUse) -> [Option<&str>; 2] {
    [&used.draft, &used.live].map(|holder| holder.as_ref().map(|it| it.title.as_str()))
}

#[tokio::test]
async fn number_leads_to_a_draft_first_and_to_callers_once_it_is_published() {
    each(async |bench| {
        let (store, access) = (&bench.store, bench.fernhill().await);
        let made = store
            .create_callflow(&access, flow("Fax", &["2777"]))
            .await
            .unwrap();
        assert_eq!(told(&number(store, &access, SPARE).await), [None, None]);
        let led = store
            .lead_number(&access, SPARE, Some(&made.id), None)
            .await
            .unwrap();
        assert_eq!(led.before, None);
        assert_eq!(told(&led.now), [Some("Fax"), None]);
        let draft = store.callflow(&access, &made.id).await.unwrap();
        assert_eq!(draft.callflow.numbers, ["2777", SPARE]);
        store.publish(&access, &made.id, None, "").await.unwrap();
        assert_eq!(
            told(&number(store, &access, SPARE).await),
            [Some("Fax"), Some("Fax")]
        );
        store.lead_number(&access, SPARE, None, None).await.unwrap();
        assert_eq!(
            told(&number(store, &access, SPARE).await),
            [None, Some("Fax")]
        );
        let spare = store
            .number_uses(&access, NumberFilter { spare: true }, &Page::default())
            .await
            .unwrap();
        assert!(spare.items.iter().all(|number| number.number != SPARE));
    })
    .await;
}

#[tokio::test]
async fn number_that_was_taken_away_goes_back_to_its_place() {
    each(async |bench| {
        let (store, access) = (&bench.store, bench.fernhill().await);
        let made = store
            .create_callflow(&access, flow("Fax", &["2777", SPARE, "2778"]))
            .await
            .unwrap();
        let led = store.lead_number(&access, SPARE, None, None).await.unwrap();
        let (holder, place) = led.before.unwrap();
        assert_eq!((holder.callflow_id.as_str(), place), (made.id.as_str(), 1));
        store
            .lead_number(&access, SPARE, Some(&holder.callflow_id), Some(place))
            .await
            .unwrap();
        let draft = store.callflow(&access, &made.id).await.unwrap();
        assert_eq!(draft.callflow.numbers, ["2777", SPARE, "2778"]);
    })
    .await;
}

#[tokio::test]
async fn number_moves_from_one_draft_to_another_in_one_step() {
    each(async |bench| {
        let (store, access) = (&bench.store, bench.fernhill().await);
        let one = store
            .create_callflow(&access, flow("One", &[SPARE]))
            .await
            .unwrap();
        let other = store
            .create_callflow(&access, flow("Other", &[]))
            .await
            .unwrap();
        let led = store
            .lead_number(&access, SPARE, Some(&other.id), None)
            .await
            .unwrap();
        assert_eq!(led.before.unwrap().0.callflow_id, one.id);
        assert_eq!(told(&led.now), [Some("Other"), None]);
        let left = store.callflow(&access, &one.id).await.unwrap();
        assert_eq!(left.callflow.numbers, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn numbers_of_others_and_extensions_are_not_led() {
    each(async |bench| {
        let (store, access) = (&bench.store, bench.fernhill().await);
        let oakfield = bench.oakfield().await;
        let theirs = store
            .create_callflow(&oakfield, flow("Yard", &[]))
            .await
            .unwrap();
        for (who, what, target) in [
            (&oakfield, SPARE, Some(&theirs.id)),
            (&access, "2001", None),
            (&access, SPARE, Some(&theirs.id)),
        ] {
            let refused = store
                .lead_number(who, what, target.map(String::as_str), None)
                .await;
            assert!(
                matches!(refused, Err(Error::NotFound { .. })),
                "{what}: {refused:?}"
            );
        }
        assert_eq!(told(&number(store, &access, SPARE).await), [None, None]);
    })
    .await;
}

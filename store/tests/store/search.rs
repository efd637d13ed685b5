//! Looking for something without knowing what it is.

use crate::bench::each;
use callflow::ResourceKind;
use serde_json::json;
use store::{Access, Hit, Store};

async fn found(store: &Store, access: &Access, text: &str) -> Vec<String> {
    let hits = store.search(access, text).await.unwrap();
    let told = |hit: Hit| match hit {
        Hit::Callflow { name, numbers, .. } => format!("callflow {name} {}", numbers.join(" ")),
        Hit::Resource { kind, name, .. } => format!("{kind} {name}"),
        Hit::SpareNumber(number) => format!("spare {number}"),
    };
    hits.into_iter().map(told).collect()
}

#[tokio::test]
async fn callflows_resources_and_spare_numbers_are_found_by_name_and_number() {
    each(async |bench| {
        let (fernhill, oakfield) = (bench.fernhill().await, bench.oakfield().await);
        let store = &bench.store;
        let priya = found(store, &fernhill, "priya").await;
        assert!(
            priya[0].starts_with("callflow Priya Nair 2001"),
            "{priya:?}"
        );
        for thing in ["users Priya Nair", "devices Priya's desk phone"] {
            assert!(priya.contains(&thing.to_owned()), "{thing} in {priya:?}");
        }
        let spare = found(store, &fernhill, "0161 496 0129").await;
        assert_eq!(spare, ["spare +441614960129"]);
        let taken = found(store, &fernhill, "0161 496 0120").await;
        assert!(
            taken.len() == 1 && taken[0].starts_with("callflow Main line"),
            "{taken:?}"
        );
        assert_eq!(found(store, &oakfield, "priya").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn what_is_looked_for_is_text_and_no_pattern() {
    each(async |bench| {
        let fernhill = bench.fernhill().await;
        for text in ["", "  ", "%", "_____", "!", "\0"] {
            assert_eq!(
                found(&bench.store, &fernhill, text).await,
                [""; 0],
                "{text:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn some_are_found_and_not_everything() {
    each(async |bench| {
        let fernhill = bench.fernhill().await;
        for number in 0..20 {
            let document = json!({"name": format!("Extra {number}")});
            let document = document.as_object().unwrap().clone();
            let made = bench
                .store
                .create_resource(&fernhill, ResourceKind::List, document)
                .await;
            made.unwrap();
        }
        assert_eq!(found(&bench.store, &fernhill, "extra").await.len(), 16);
    })
    .await;
}

//! Switches that people turn by phone.

use crate::bench::each;
use callflow::live::{LiveChange, LiveKey, LiveValue, Owner};

#[tokio::test]
async fn switch_stays_as_turned_until_it_is_put_back_and_is_nobody_elses() {
    each(async |bench| {
        let (fernhill, oakfield) = (bench.fernhill().await, bench.oakfield().await);
        let store = &bench.store;
        let key = LiveKey::DoNotDisturb(Owner::User("ann".into()));
        let turn = |value| LiveChange {
            key: key.clone(),
            value,
        };
        for on in [true, false, true] {
            let change = turn(Some(LiveValue::On(on)));
            store.turn(&fernhill, &change).await.unwrap();
            let live = store.live(&fernhill).await.unwrap();
            assert_eq!(live.is_on(&key), Some(on));
        }
        assert_eq!(store.live(&oakfield).await.unwrap().iter().count(), 0);
        store.turn(&fernhill, &turn(None)).await.unwrap();
        assert_eq!(store.live(&fernhill).await.unwrap().is_on(&key), None);
    })
    .await;
}

#[tokio::test]
async fn runtimes_are_told_of_a_turned_switch() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let id = access.account_id().to_owned();
        let before = bench.store.snapshot(&id).await.unwrap().unwrap();
        let change = LiveChange {
            key: LiveKey::TimeRule("holidays".into()),
            value: Some(LiveValue::On(true)),
        };
        bench.store.turn(&access, &change).await.unwrap();
        let after = bench.store.snapshot(&id).await.unwrap().unwrap();
        assert!(after.generation > before.generation);
        assert_eq!(after.live.is_on(&change.key), Some(true));
    })
    .await;
}

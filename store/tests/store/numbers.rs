//! The number inventory.

use crate::bench::each;
use crate::drafts::flow;
use store::{Error, NumberFilter, Page};

#[tokio::test]
async fn three_of_ten_numbers_are_spare() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let all = bench
            .store
            .numbers(&access, NumberFilter::default(), &Page::default())
            .await
            .unwrap();
        assert_eq!(all.items.len(), 10);
        assert_eq!(all.items[0].display, "+44 161 496 0120");
        assert_eq!(all.items[0].callflow_name.as_deref(), Some("Main line"));
        let spare = bench
            .store
            .numbers(&access, NumberFilter { spare: true }, &Page::default())
            .await
            .unwrap();
        let numbers: Vec<_> = spare.items.iter().map(|n| n.number.as_str()).collect();
        assert_eq!(numbers, ["+441614960127", "+441614960128", "+441614960129"]);
    })
    .await;
}

#[tokio::test]
async fn attached_number_is_no_longer_spare_and_cannot_be_taken_back() {
    each(async |bench| {
        let (access, reseller) = (bench.fernhill().await, bench.reseller().await);
        bench
            .store
            .create_callflow(&access, flow("Fax", &["+441614960129"]))
            .await
            .unwrap();
        let spare = bench
            .store
            .numbers(&access, NumberFilter { spare: true }, &Page::default())
            .await
            .unwrap();
        assert_eq!(spare.items.len(), 2);
        let back = bench
            .store
            .assign_number(&reseller, "+441614960129", None)
            .await;
        assert!(matches!(back, Err(Error::NumberTaken { .. })), "{back:?}");
    })
    .await;
}

#[tokio::test]
async fn number_moves_between_accounts_through_the_reseller() {
    each(async |bench| {
        let (oakfield, reseller) = (bench.oakfield().await, bench.reseller().await);
        let before = bench
            .store
            .create_callflow(&oakfield, flow("Yard", &["+441614960128"]))
            .await;
        assert!(matches!(before, Err(Error::Invalid { .. })), "{before:?}");
        let moved = bench
            .store
            .assign_number(&reseller, "+44 161 496 0128", Some(&oakfield))
            .await
            .unwrap();
        assert_eq!(moved.account_name.as_deref(), Some("Oakfield Stables"));
        bench
            .store
            .create_callflow(&oakfield, flow("Yard", &["+441614960128"]))
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn account_that_another_assignment_overtakes_is_told_that_its_number_is_gone() {
    each(async |bench| {
        let reseller = bench.reseller().await;
        let (fernhill, oakfield) = (bench.fernhill().await, bench.oakfield().await);
        bench
            .store
            .add_number(&reseller, "+441614960199")
            .await
            .unwrap();
        let mut heard = bench.store.announcements();
        let assign = |access| {
            bench
                .store
                .assign_number(&reseller, "+441614960199", Some(access))
        };
        let (one, other) = tokio::join!(assign(&fernhill), assign(&oakfield));
        assert_eq!(one.unwrap().account_id.unwrap(), fernhill.account_id());
        assert_eq!(other.unwrap().account_id.unwrap(), oakfield.account_id());
        let number = bench.store.inventory_number(&reseller, "+441614960199");
        let owner = number.await.unwrap().account_id.unwrap();
        let mut told = Vec::new();
        while let Ok(announcement) = heard.try_recv() {
            told.push(announcement.account_id);
        }
        let of_loser = told.iter().filter(|id| **id != owner).count();
        assert_eq!((told.len(), of_loser), (3, 2), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn number_is_not_taken_away_from_an_account_that_attaches_it_at_that_moment() {
    each(async |bench| {
        let reseller = bench.reseller().await;
        let (fernhill, oakfield) = (bench.fernhill().await, bench.oakfield().await);
        for number in ["+441614960127", "+441614960128", "+441614960129"] {
            let attached = bench
                .store
                .create_callflow(&fernhill, flow("Fax", &[number]));
            let moved = bench
                .store
                .assign_number(&reseller, number, Some(&oakfield));
            let (attached, moved) = tokio::join!(attached, moved);
            assert!(attached.is_ok() != moved.is_ok(), "{attached:?} {moved:?}");
            let found = bench.store.inventory_number(&reseller, number).await;
            assert_eq!(found.unwrap().callflow_id.is_some(), attached.is_ok());
        }
    })
    .await;
}

#[tokio::test]
async fn inventory_takes_only_new_e164_numbers() {
    each(async |bench| {
        let reseller = bench.reseller().await;
        for bad in ["01614960199", "+0161", "+44abc", ""] {
            let added = bench.store.add_number(&reseller, bad).await;
            assert!(matches!(added, Err(Error::Invalid { .. })), "{bad}");
        }
        let added = bench
            .store
            .add_number(&reseller, "+44 161 496 0199")
            .await
            .unwrap();
        assert_eq!(added.number, "+441614960199");
        let again = bench.store.add_number(&reseller, "+441614960199").await;
        assert!(matches!(again, Err(Error::Taken(_))));
        bench
            .store
            .remove_number(&reseller, "+441614960199")
            .await
            .unwrap();
        let kept = bench.store.remove_number(&reseller, "+441614960120").await;
        assert!(matches!(kept, Err(Error::InUse { .. })));
    })
    .await;
}

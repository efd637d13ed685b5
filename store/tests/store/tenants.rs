//! Nobody reaches a neighbour's account.

use crate::bench::each;
use callflow::ResourceKind;
use store::{AccountChange, AccountKind, CallFilter, Error, NewAccount, NumberFilter, Page};

#[tokio::test]
async fn admin_reaches_only_their_own_account() {
    each(async |bench| {
        let admin = bench.fernhill_admin().await;
        let (oakfield, reseller) = (bench.oakfield_admin().await, bench.reseller().await);
        for foreign in [&oakfield.account_id, &reseller.account_id] {
            let refused = bench.store.access(&admin, foreign).await;
            assert!(
                matches!(refused, Err(Error::NotFound { .. })),
                "{refused:?}"
            );
        }
        let seen = bench
            .store
            .accounts(&admin, &Page::default())
            .await
            .unwrap();
        let names: Vec<_> = seen.items.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["Fernhill Veterinary"]);
    })
    .await;
}

#[tokio::test]
async fn reseller_reaches_the_accounts_below() {
    each(async |bench| {
        let reseller = bench.reseller().await;
        let seen = bench
            .store
            .accounts(&reseller, &Page::default())
            .await
            .unwrap();
        let names: Vec<_> = seen.items.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(
            names,
            ["Fernhill Veterinary", "Harbour Voice", "Oakfield Stables"]
        );
        for account in &seen.items {
            assert!(bench.store.access(&reseller, &account.id).await.is_ok());
        }
    })
    .await;
}

#[tokio::test]
async fn counts_of_all_accounts_within_reach_are_one_question() {
    each(async |bench| {
        let (reseller, admin) = (bench.reseller().await, bench.fernhill_admin().await);
        let of_reseller = bench.store.account_counts(&reseller).await.unwrap();
        assert_eq!(of_reseller.len(), 3);
        for (id, counts) in &of_reseller {
            let access = bench.store.access(&reseller, id).await.unwrap();
            let directory = bench.store.directory(&access).await.unwrap();
            let numbers = bench
                .store
                .numbers(&access, NumberFilter::default(), &Page::largest())
                .await
                .unwrap();
            let kinds = [ResourceKind::User, ResourceKind::Device];
            let [users, devices] = kinds.map(|kind| directory.all(kind).count() as u64);
            assert_eq!((counts.users, counts.devices), (users, devices));
            assert_eq!(counts.numbers, numbers.items.len() as u64);
            let by_kind = bench.store.counts(&access).await.unwrap();
            for kind in ResourceKind::ALL {
                let there = directory.all(kind).count() as u64;
                let counted = by_kind.get(kind.path()).copied();
                assert_eq!(counted, (there > 0).then_some(there), "{kind:?}");
            }
            let counted = by_kind.get("numbers").copied();
            assert_eq!(counted.unwrap_or(0), counts.numbers);
        }
        let of_admin = bench.store.account_counts(&admin).await.unwrap();
        let fernhill = &of_reseller[&admin.account_id];
        assert!(
            fernhill.users >= 5 && fernhill.numbers == 10,
            "{fernhill:?}"
        );
        let own = [(admin.account_id.clone(), *fernhill)].into();
        assert_eq!(of_admin, own, "an admin counts their own account alone");
    })
    .await;
}

#[tokio::test]
async fn one_resellers_customers_are_hidden_from_another_reseller() {
    each(async |bench| {
        let reseller = bench.reseller().await;
        let top = bench.access(&reseller).await;
        let new = NewAccount {
            limits: store::AccountLimits::default(),
            name: "Tidewater".into(),
            realm: "tidewater.example".into(),
            time_zone: "Europe/Dublin".into(),
            language: "en-IE".into(),
            kind: AccountKind::Reseller,
        };
        let below = bench
            .store
            .create_account(&reseller, &top, new)
            .await
            .unwrap();
        let mut other = reseller.clone();
        other.account_id = below.id.clone();
        let fernhill = bench.fernhill_admin().await;
        assert!(
            bench
                .store
                .access(&other, &fernhill.account_id)
                .await
                .is_err()
        );
        assert!(
            bench
                .store
                .access(&other, &reseller.account_id)
                .await
                .is_err()
        );
        assert!(bench.store.access(&other, &below.id).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn rows_of_another_account_are_not_found_by_their_identifier() {
    each(async |bench| {
        let (fernhill, oakfield) = (bench.fernhill().await, bench.oakfield().await);
        let page = Page::default();
        let theirs = bench.store.callflows(&fernhill, &page).await.unwrap().items;
        let id = &theirs[0].id;
        assert!(bench.store.callflow(&oakfield, id).await.is_err());
        assert!(bench.store.publish(&oakfield, id, None, "").await.is_err());
        assert!(
            bench
                .store
                .delete_callflow(&oakfield, id, None)
                .await
                .is_err()
        );
        assert!(bench.store.duplicate_callflow(&oakfield, id).await.is_err());
        assert!(bench.store.versions(&oakfield, id, &page).await.is_err());
        assert!(bench.store.version(&oakfield, id, 1).await.is_err());
        assert!(bench.store.rollback(&oakfield, id, 1).await.is_err());
        for kind in ResourceKind::ALL {
            if kind == ResourceKind::Callflow {
                continue;
            }
            for resource in bench
                .store
                .resources(&fernhill, kind, &page)
                .await
                .unwrap()
                .items
            {
                assert!(
                    bench
                        .store
                        .resource(&oakfield, kind, &resource.id)
                        .await
                        .is_err()
                );
                assert!(
                    bench
                        .store
                        .delete_resource(&oakfield, kind, &resource.id, None)
                        .await
                        .is_err()
                );
            }
        }
        let numbers = bench
            .store
            .numbers(&oakfield, NumberFilter::default(), &page)
            .await
            .unwrap();
        assert!(numbers.items.is_empty());
        let calls = bench
            .store
            .calls(&oakfield, &CallFilter::default(), &page)
            .await
            .unwrap();
        assert!(calls.items.is_empty());
    })
    .await;
}

#[tokio::test]
async fn disabled_account_is_closed_to_its_admin_and_open_to_the_reseller() {
    each(async |bench| {
        let (admin, reseller) = (bench.fernhill_admin().await, bench.reseller().await);
        let access = bench
            .store
            .access(&reseller, &admin.account_id)
            .await
            .unwrap();
        let off = AccountChange {
            enabled: Some(false),
            ..AccountChange::default()
        };
        bench.store.change_account(&access, 1, off).await.unwrap();
        assert!(bench.store.access(&admin, &admin.account_id).await.is_err());
        assert!(
            bench
                .store
                .access(&reseller, &admin.account_id)
                .await
                .is_ok()
        );
    })
    .await;
}

#[tokio::test]
async fn admin_may_not_manage_accounts_or_inventory() {
    each(async |bench| {
        let admin = bench.fernhill_admin().await;
        let access = bench.access(&admin).await;
        let new = NewAccount {
            limits: store::AccountLimits::default(),
            name: "X".into(),
            realm: "x.example".into(),
            time_zone: "Etc/UTC".into(),
            language: "en".into(),
            kind: AccountKind::Customer,
        };
        let made = bench.store.create_account(&admin, &access, new).await;
        assert!(matches!(made, Err(Error::Forbidden(_))));
        let added = bench.store.add_number(&admin, "+441614960199").await;
        assert!(matches!(added, Err(Error::Forbidden(_))));
        let deleted = bench.store.delete_account(&admin, &access).await;
        assert!(matches!(deleted, Err(Error::Forbidden(_))));
    })
    .await;
}

#[tokio::test]
async fn account_in_use_is_not_deleted_and_an_empty_one_is() {
    each(async |bench| {
        let reseller = bench.reseller().await;
        let top = bench.access(&reseller).await;
        let admin = bench.fernhill_admin().await;
        let fernhill = bench
            .store
            .access(&reseller, &admin.account_id)
            .await
            .unwrap();
        let refused = bench.store.delete_account(&reseller, &fernhill).await;
        assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");
        let new = NewAccount {
            limits: store::AccountLimits::default(),
            name: "Empty".into(),
            realm: "empty.example".into(),
            time_zone: "Etc/UTC".into(),
            language: "en".into(),
            kind: AccountKind::Customer,
        };
        let empty = bench
            .store
            .create_account(&reseller, &top, new.clone())
            .await
            .unwrap();
        let again = bench.store.create_account(&reseller, &top, new).await;
        assert!(matches!(again, Err(Error::Taken(_))));
        let access = bench.store.access(&reseller, &empty.id).await.unwrap();
        bench
            .store
            .delete_account(&reseller, &access)
            .await
            .unwrap();
        assert!(bench.store.access(&reseller, &empty.id).await.is_err());
    })
    .await;
}

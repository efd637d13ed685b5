//! Users, devices and the rest.

use crate::bench::each;
use callflow::ResourceKind;
use serde_json::{Map, Value, json};
use store::{Error, Page, SecretKey};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[tokio::test]
async fn sip_password_is_hashed_for_the_realm_and_never_returned() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let phone =
            json!({"name": "Lab", "sip": {"username": "Mufasa", "password": "Circle of Life"}});
        let made = bench
            .store
            .create_resource(&access, ResourceKind::Device, object(phone))
            .await
            .unwrap();
        assert!(
            !serde_json::to_string(&made)
                .unwrap()
                .contains("Circle of Life")
        );
        let snapshot = bench
            .store
            .snapshot(access.account_id())
            .await
            .unwrap()
            .unwrap();
        let credential = snapshot
            .devices
            .iter()
            .find(|c| c.username == "Mufasa")
            .unwrap();
        assert_eq!(credential.resource_id, made.id);
        assert_eq!(credential.realm, "fernhill.example");
        // echo -n 'Mufasa:fernhill.example:Circle of Life' | md5sum, and sha256sum.
        assert_eq!(credential.ha1_md5, "6c815739bee057c878d3c1fe5ff2413f");
        assert_eq!(
            credential.ha1_sha256,
            "71c323e23e2bba0f3855960ad2fa53acd3d25d0470b4a0c7174ec71262901d39"
        );
        let plain = object(json!({"name": "Bell", "sip": {}}));
        let plain = bench
            .store
            .create_resource(&access, ResourceKind::Device, plain)
            .await
            .unwrap();
        for (id, there) in [(&made.id, true), (&plain.id, false)] {
            let found = bench.store.has_password(&access, ResourceKind::Device, id);
            assert_eq!(found.await.unwrap(), there);
        }
    })
    .await;
}

#[tokio::test]
async fn passwords_that_a_carrier_asks_for_are_given_to_runtimes_and_to_nobody_else() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let kind = ResourceKind::Carrier;
        let document = json!({
            "name": "Lines", "server": "sip.example", "username": "us", "password": "Circle of Life",
            "gateways": [
                {"server": "one.example", "username": "one", "password": "Hakuna Matata"},
                {"server": "two.example"},
            ],
        });
        let made = bench
            .store
            .create_resource(&access, kind, object(document))
            .await
            .unwrap();
        let shown = serde_json::to_string(&made).unwrap();
        assert!(!shown.contains("Circle") && !shown.contains("Hakuna"), "{shown}");
        let passwords = async || {
            let snapshot = bench.store.snapshot(access.account_id()).await.unwrap();
            let carriers = snapshot.unwrap().carriers;
            let gateways = carriers[0].gateways.iter();
            gateways
                .map(|(gateway, password)| {
                    let password = password.as_ref().map(|it| it.expose().to_owned());
                    (gateway.server.0.clone(), password)
                })
                .collect::<Vec<_>>()
        };
        let of = |server: &str, password: Option<&str>| {
            (server.to_owned(), password.map(str::to_owned))
        };
        let all = [
            of("sip.example", Some("Circle of Life")),
            of("one.example", Some("Hakuna Matata")),
            of("two.example", None),
        ];
        assert_eq!(passwords().await, all);
        // What was read and is written back names no password: they stay, as long as their server does.
        let mut document = made.document.clone();
        document["gateways"][1]["server"] = json!("elsewhere.example");
        document["gateways"][0]["server"] = json!("stranger.example");
        bench
            .store
            .replace_resource(&access, kind, &made.id, None, document)
            .await
            .unwrap();
        assert_eq!(
            passwords().await,
            [
                of("sip.example", Some("Circle of Life")),
                of("stranger.example", None),
                of("elsewhere.example", None),
            ]
        );
        let other = bench.store.clone().with_key(SecretKey::from_bytes([8; 32]));
        let snapshot = other.snapshot(access.account_id()).await.unwrap().unwrap();
        assert_eq!(snapshot.carriers[0].gateways[0].1, None, "another key");
        bench
            .store
            .delete_resource(&access, kind, &made.id, None)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn password_survives_a_replacement_that_does_not_name_it() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let devices = bench
            .store
            .resources(&access, ResourceKind::Device, &Page::searching("desk2001"))
            .await
            .unwrap();
        let device = &devices.items[0];
        let before = bench
            .store
            .snapshot(access.account_id())
            .await
            .unwrap()
            .unwrap()
            .devices;
        let mut document = device.document.clone();
        document.insert("name".into(), json!("Front desk"));
        bench
            .store
            .replace_resource(
                &access,
                ResourceKind::Device,
                &device.id,
                Some(1),
                document.clone(),
            )
            .await
            .unwrap();
        assert_eq!(
            bench
                .store
                .snapshot(access.account_id())
                .await
                .unwrap()
                .unwrap()
                .devices,
            before
        );
        callflow::json::set(&mut document, "sip.username", json!("renamed"));
        let renamed = bench
            .store
            .replace_resource(&access, ResourceKind::Device, &device.id, None, document)
            .await;
        assert!(matches!(renamed, Err(Error::Invalid { .. })), "{renamed:?}");
    })
    .await;
}

#[tokio::test]
async fn two_phones_cannot_share_a_sip_user_name_within_an_account() {
    each(async |bench| {
        let phone = || {
            object(json!({"name": "Twin", "sip": {"username": "desk2001", "password": "secret"}}))
        };
        let fernhill = bench.fernhill().await;
        let twin = bench
            .store
            .create_resource(&fernhill, ResourceKind::Device, phone())
            .await;
        assert!(matches!(twin, Err(Error::Taken(_))), "{twin:?}");
        let oakfield = bench.oakfield().await;
        bench
            .store
            .create_resource(&oakfield, ResourceKind::Device, phone())
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn resource_in_use_is_not_deleted_and_says_by_whom() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let menus = bench
            .store
            .resources(&access, ResourceKind::Menu, &Page::searching("main menu"))
            .await
            .unwrap();
        match bench
            .store
            .delete_resource(&access, ResourceKind::Menu, &menus.items[0].id, None)
            .await
        {
            Err(Error::InUse { users, .. }) => {
                assert_eq!(users.len(), 1);
                assert_eq!(
                    (users[0].kind.as_str(), users[0].name.as_str()),
                    ("callflows", "Main line")
                );
            }
            other => panic!("{other:?}"),
        }
        let users = bench
            .store
            .resources(&access, ResourceKind::User, &Page::searching("tom"))
            .await
            .unwrap();
        match bench
            .store
            .delete_resource(&access, ResourceKind::User, &users.items[0].id, None)
            .await
        {
            Err(Error::InUse { users, .. }) => {
                let kinds: Vec<_> = users.iter().map(|u| u.kind.as_str()).collect();
                assert_eq!(
                    kinds,
                    ["callflows", "devices", "ring-groups", "voicemail-boxes"]
                );
            }
            other => panic!("{other:?}"),
        }
    })
    .await;
}

#[tokio::test]
async fn replacing_from_an_old_revision_is_stale() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let list = object(json!({"name": "Friends", "vendor": [1, 2]}));
        let made = bench
            .store
            .create_resource(&access, ResourceKind::List, list.clone())
            .await
            .unwrap();
        assert_eq!(made.document, list);
        let again = bench
            .store
            .replace_resource(&access, ResourceKind::List, &made.id, Some(1), list.clone())
            .await
            .unwrap();
        assert_eq!(again.revision, 2);
        let stale = bench
            .store
            .replace_resource(&access, ResourceKind::List, &made.id, Some(1), list)
            .await;
        assert!(
            matches!(
                stale,
                Err(Error::Stale {
                    base: 1,
                    current: 2
                })
            ),
            "{stale:?}"
        );
        bench
            .store
            .delete_resource(&access, ResourceKind::List, &made.id, Some(2))
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn document_that_does_not_fit_its_kind_names_the_field() {
    each(async |bench| {
        let access = bench.fernhill().await;
        for (kind, document, field) in [
            (
                ResourceKind::Menu,
                json!({"name": "M", "retries": 99}),
                "retries",
            ),
            (ResourceKind::User, json!({"last_name": ""}), "first_name"),
            (
                ResourceKind::Conference,
                json!({"max_participants": 3}),
                "name",
            ),
            (
                ResourceKind::Device,
                json!({"name": "D", "sip": {"username": "a b", "password": "x"}}),
                "sip.username",
            ),
            (
                ResourceKind::List,
                json!({"name": "nul", "text": "a\u{0}b"}),
                "document",
            ),
        ] {
            match bench
                .store
                .create_resource(&access, kind, object(document))
                .await
            {
                Err(Error::Invalid { field: named, .. }) => assert_eq!(named, field),
                other => panic!("{field}: {other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn changing_a_resource_is_announced_to_runtimes() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let mut heard = bench.store.announcements();
        let group = object(json!({"name": "Night shift", "endpoints": {}}));
        let made = bench
            .store
            .create_resource(&access, ResourceKind::RingGroup, group)
            .await
            .unwrap();
        let announced = heard.recv().await.unwrap();
        assert_eq!(announced.account_id, access.account_id());
        let snapshot = bench
            .store
            .snapshot(access.account_id())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(snapshot.generation, announced.generation);
        let name = snapshot
            .account
            .directory
            .name(ResourceKind::RingGroup, &made.id);
        assert_eq!(name.as_deref(), Some("Night shift"));
    })
    .await;
}

#[tokio::test]
async fn document_may_name_two_thousand_others_and_no_more() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let list = |count: u32| {
            let named: Vec<String> = (0..count).map(|n| format!("{n:032x}")).collect();
            object(json!({"name": "Names", "entries": named}))
        };
        let kind = ResourceKind::Menu;
        let most = bench
            .store
            .create_resource(&access, kind, list(2_000))
            .await
            .unwrap();
        for n in [0, 249, 250, 1_999] {
            let users = bench.store.where_used(&access, &format!("{n:032x}")).await;
            let users: Vec<String> = users.unwrap().into_iter().map(|it| it.id).collect();
            assert_eq!(users, [most.id.as_str()], "{n}");
        }
        let more = bench
            .store
            .replace_resource(&access, kind, &most.id, None, list(2_001))
            .await;
        match more {
            Err(Error::Invalid { field, message }) => {
                assert_eq!(field, "document");
                assert!(message.contains("2001"), "{message}");
            }
            other => panic!("{other:?}"),
        }
        let kept = bench.store.resource(&access, kind, &most.id).await.unwrap();
        assert_eq!(kept, most);
    })
    .await;
}

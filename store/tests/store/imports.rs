//! Whole sets: in as they are, all or nothing, and out again.

use crate::bench::{Bench, each};
use callflow::ResourceKind;
use callflow::kazoo::{self, Line, Set};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::{Access, ImportOptions, Imported, Page};

const USER: &str = "11111111111111111111111111111111";
const DEVICE: &str = "22222222222222222222222222222222";
const GROUP: &str = "33333333333333333333333333333333";
const MENU: &str = "44444444444444444444444444444444";
const MAILBOX: &str = "55555555555555555555555555555555";
const RULE: &str = "66666666666666666666666666666666";
const MEDIA: &str = "88888888888888888888888888888888";
const MAIN: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const SUPPORT: &str = "99999999999999999999999999999999";

/// A customer's account as a dump of KAZOO's database has it.
fn account() -> Value {
    json!([
        {"_id": MAIN, "_rev": "3-x", "pvt_type": "callflow", "name": "Reception", "numbers": ["3000", "+4420 7946 0000"],
            "featurecode": {"number": "5"}, "flow":
            {"module": "temporal_route", "data": {"rules": [RULE], "vendor": {"deep": [USER]}}, "children": {
                RULE: {"module": "menu", "data": {"id": MENU}, "children": {
                    "1": {"module": "ring_group", "data": {"endpoints": [{"id": USER, "endpoint_type": "user"}]}, "children": {}},
                    "2": {"module": "acme_queue", "data": {"agent": USER}, "children": {}}}},
                "_": {"module": "callflow", "data": {"id": SUPPORT}, "children": {}}}}},
        {"_id": SUPPORT, "pvt_type": "callflow", "numbers": ["3001"], "owner_id": USER, "flow":
            {"module": "user", "data": {"id": USER, "timeout": "20"}, "children": {
                "_": {"module": "voicemail", "data": {"id": MAILBOX}, "children": {}}}}},
        {"_id": USER, "pvt_type": "user", "first_name": "Ann", "last_name": "Ash", "password": "top secret", "vendor": 1},
        {"_id": DEVICE, "pvt_type": "device", "name": "Desk", "owner_id": USER,
            "sip": {"username": "ash", "password": "Circle of Life", "method": "password"}},
        {"_id": GROUP, "pvt_type": "group", "name": "All", "endpoints": {DEVICE: {"type": "device"}, USER: {"type": "user"}}},
        {"_id": MENU, "pvt_type": "menu", "name": "Day", "media": {"greeting": MEDIA}},
        // A mailbox without a name, with a field that does not fit.
        {"_id": MAILBOX, "pvt_type": "vmbox", "mailbox": "3001", "owner_id": USER, "pin": "4711", "timezone": 5},
        {"_id": RULE, "pvt_type": "temporal_rule", "name": "Hours", "cycle": "weekly", "wdays": ["monday"],
            "time_window_start": "32400"},
        {"_id": MEDIA, "pvt_type": "media", "name": "Welcome", "media_source": "upload"},
        {"_id": "a", "pvt_type": "account", "call_restriction": {"international": {"action": "deny"}}},
        {"_id": "p", "pvt_type": "dialplan", "system": ["+44"]},
    ])
}

async fn import(bench: &Bench, access: &Access, file: &Value, options: ImportOptions) -> Imported {
    let (set, report) = kazoo::read(file);
    bench
        .store
        .import(access, set, report, options)
        .await
        .unwrap()
}

const NOW: ImportOptions = ImportOptions {
    dry_run: false,
    partial: false,
};
const DRY: ImportOptions = ImportOptions {
    dry_run: true,
    partial: false,
};

/// The set with the ids that its documents had before the import.
fn with_old_ids(mut set: Set, imported: &Imported) -> Set {
    let flows = imported.callflows.iter().map(|flow| {
        let old = flow.source_id.clone().unwrap();
        ((ResourceKind::Callflow, flow.id.clone()), old)
    });
    let things = imported
        .resources
        .iter()
        .map(|thing| ((thing.kind, thing.id.clone()), thing.source_id.clone()));
    let old: BTreeMap<_, _> = flows.chain(things).collect();
    set.remap(|kind, id| old.get(&(kind, id.to_owned())).cloned());
    set
}

fn told(lines: &[Line], document: &str, text: &str) -> bool {
    lines
        .iter()
        .any(|line| line.document == document && line.text.contains(text))
}

#[tokio::test]
async fn set_comes_out_of_another_account_as_it_went_in() {
    each(async |bench| {
        let (oakfield, fernhill) = (bench.oakfield().await, bench.fernhill().await);
        let before = bench.store.export(&oakfield).await.unwrap();
        let imported = import(&bench, &oakfield, &account(), NOW).await;
        assert!(imported.written, "{:?}", imported.report.refused);
        let mut exported = bench.store.export(&oakfield).await.unwrap();
        exported.callflows.drain(..before.callflows.len());
        exported
            .resources
            .retain(|item| !before.resources.contains(item));
        let mut expected = kazoo::read(&account()).0;
        // Of passwords nothing is left; numbers are written as they are dialled.
        for item in &mut expected.resources {
            item.document.shift_remove("password");
            callflow::json::set(&mut item.document, "sip.password", Value::Null);
        }
        expected.callflows[0].callflow.numbers[1] = "+442079460000".into();
        let exported = with_old_ids(exported, &imported);
        assert_eq!(kazoo::export(&exported), kazoo::export(&expected));
        // And once more, from one of ours to another, in both forms.
        for write in [kazoo::export, kazoo::export_own] {
            let first = bench.store.export(&oakfield).await.unwrap();
            let there = import(&bench, &fernhill, &write(&first), NOW).await;
            let second = bench.store.export(&fernhill).await.unwrap();
            let flow = |set: &Set, id: &str| {
                let found = set
                    .callflows
                    .iter()
                    .find(|document| document.id.as_ref().is_some_and(|own| &*own.0 == id));
                found.unwrap().callflow.flow.to_kazoo()
            };
            let second = with_old_ids(second, &there);
            for document in &first.callflows {
                let id = &*document.id.as_ref().unwrap().0;
                assert_eq!(document.callflow.flow.to_kazoo(), flow(&second, id));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn imported_documents_refer_to_each_other_and_are_found_to_be_in_use() {
    each(async |bench| {
        let access = bench.oakfield().await;
        let imported = import(&bench, &access, &account(), NOW).await;
        let new = |kind: ResourceKind| {
            let found = imported.resources.iter().find(|thing| thing.kind == kind);
            found.unwrap().id.clone()
        };
        let users = bench
            .store
            .where_used(&access, &new(ResourceKind::Menu))
            .await
            .unwrap();
        assert_eq!(users.len(), 1);
        assert_eq!(users[0].id, imported.callflows[0].id);
        let device = bench
            .store
            .resource(&access, ResourceKind::Device, &new(ResourceKind::Device))
            .await
            .unwrap();
        assert_eq!(device.document["owner_id"], new(ResourceKind::User));
        let mailbox = new(ResourceKind::VoicemailBox);
        let mailbox = bench
            .store
            .resource(&access, ResourceKind::VoicemailBox, &mailbox)
            .await
            .unwrap();
        assert_eq!(mailbox.name, "Mailbox without a name");
        assert_eq!(mailbox.held, ["pin"]);
        // Everything that is referred to is there; only the flow's own problems are left.
        let codes: Vec<&str> = imported
            .callflows
            .iter()
            .flat_map(|flow| &flow.problems)
            .map(|problem| &*problem.code)
            .collect();
        assert!(!codes.contains(&"RESOURCE_MISSING"), "{codes:?}");
        assert!(codes.contains(&"MODULE_UNKNOWN"), "{codes:?}");
        assert_eq!(imported.callflows[0].title, "Reception");
    })
    .await;
}

#[tokio::test]
async fn sip_password_signs_in_and_is_never_seen_again() {
    each(async |bench| {
        let access = bench.oakfield().await;
        let imported = import(&bench, &access, &account(), NOW).await;
        let snapshot = bench.store.snapshot(access.account_id()).await.unwrap();
        let devices = snapshot.unwrap().devices;
        let credential = devices.iter().find(|c| c.username == "ash").unwrap();
        let device = imported
            .resources
            .iter()
            .find(|thing| thing.kind == ResourceKind::Device);
        assert_eq!(credential.resource_id, device.unwrap().id);
        let set = bench.store.export(&access).await.unwrap();
        let text = format!("{}{}", kazoo::export(&set), kazoo::export_own(&set));
        assert!(!text.contains("Circle of Life") && !text.contains("top secret"));
        assert!(told(
            &imported.report.adapted,
            "Desk",
            "neither shown nor exported"
        ));
        assert!(told(
            &imported.report.left_out,
            "Ann Ash",
            "password was not taken"
        ));
        assert!(told(&imported.report.missing, "Welcome", "upload it"));
    })
    .await;
}

#[tokio::test]
async fn dry_run_tells_everything_and_writes_nothing() {
    each(async |bench| {
        let access = bench.oakfield().await;
        let before = bench.store.export(&access).await.unwrap();
        let mut file = account();
        file[1]["numbers"] = json!(["3000", "3001"]);
        let dry = import(&bench, &access, &file, DRY).await;
        assert!(!dry.written);
        assert_eq!(bench.store.export(&access).await.unwrap(), before);
        assert_eq!(dry.callflows[1].numbers_left_out, ["3000"]);
        let real = import(&bench, &access, &file, NOW).await;
        assert!(real.written);
        assert_eq!(real.report, dry.report);
    })
    .await;
}

#[tokio::test]
async fn document_that_is_refused_keeps_the_others_out_unless_a_part_is_enough() {
    each(async |bench| {
        let access = bench.oakfield().await;
        let before = bench.store.export(&access).await.unwrap();
        for bad in [
            json!({"id": "bad", "name": "Bad", "flow": {"data": {}}}),
            // Read well, and too large to be kept.
            json!({"id": "bad", "pvt_type": "user", "first_name": "Bad", "notes": "x".repeat(300_000)}),
            json!({"id": "bad", "name": "Bad", "flow": {"module": "tts", "data": {"text": "\0"}}}),
        ] {
            let mut file = account();
            file.as_array_mut().unwrap().push(bad);
            let refused = import(&bench, &access, &file, NOW).await;
            assert!(!refused.written);
            assert_eq!(refused.report.refused.len(), 1, "{:?}", refused.report.refused);
            assert_eq!(bench.store.export(&access).await.unwrap(), before);
            let dry = import(&bench, &access, &file, DRY).await;
            assert_eq!((dry.callflows.len(), dry.report.refused.len()), (2, 1));
        }
        let mut file = account();
        file.as_array_mut().unwrap().push(json!(5));
        let partial = ImportOptions {
            dry_run: false,
            partial: true,
        };
        let imported = import(&bench, &access, &file, partial).await;
        assert!(imported.written);
        assert_eq!(imported.callflows.len(), 2);
        assert_eq!(imported.report.refused.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn numbers_of_others_are_left_out_and_said() {
    each(async |bench| {
        let access = bench.oakfield().await;
        let file = json!([
            {"id": "1", "name": "First", "numbers": ["3000", "3001"], "flow": {}},
            {"id": "2", "name": "Second", "numbers": ["30 01", "3002", " ", "+44 161 496 0120"], "flow": {}},
        ]);
        let imported = import(&bench, &access, &file, NOW).await;
        assert_eq!(imported.callflows[0].numbers_left_out, [""; 0]);
        assert_eq!(
            imported.callflows[1].numbers_left_out,
            ["3001", "+441614960120"]
        );
        let second = &imported.callflows[1].id;
        let second = bench.store.callflow(&access, second).await.unwrap();
        assert_eq!(second.callflow.numbers, ["3002"]);
        let left_out = &imported.report.left_out;
        assert!(told(left_out, "Second", "attached to the callflow “First”"));
        assert!(told(left_out, "Second", "not assigned to this account"));
        assert!(told(left_out, "Second", "without any sign"));
    })
    .await;
}

#[tokio::test]
async fn second_import_stands_beside_the_first_and_overwrites_nothing() {
    each(async |bench| {
        let access = bench.oakfield().await;
        import(&bench, &access, &account(), NOW).await;
        let first = bench.store.export(&access).await.unwrap();
        let again = import(&bench, &access, &account(), NOW).await;
        let second = bench.store.export(&access).await.unwrap();
        assert!(again.written);
        assert_eq!(second.callflows.len(), first.callflows.len() + 2);
        assert_eq!(second.callflows[..first.callflows.len()], first.callflows);
        assert_eq!(second.resources.len(), first.resources.len() + 7);
        assert_eq!(second.others, first.others);
        let report = &again.report;
        assert!(told(&report.adapted, "Day", "a menu of this name already"));
        assert!(told(
            &report.adapted,
            "Reception",
            "a callflow of this name already"
        ));
        assert!(told(
            &report.left_out,
            "Account settings",
            "stay as they are"
        ));
        assert!(told(
            &report.left_out,
            "Desk",
            "has the SIP user name “ash”"
        ));
        assert!(told(
            &report.left_out,
            "Reception",
            "3000 is already attached"
        ));
        let snapshot = bench.store.snapshot(access.account_id()).await.unwrap();
        let ash = snapshot.unwrap().devices;
        assert_eq!(ash.iter().filter(|c| c.username == "ash").count(), 1);
    })
    .await;
}

#[tokio::test]
async fn single_callflow_of_the_same_account_keeps_what_it_refers_to() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let found = bench
            .store
            .callflows(&access, &Page::searching("Main line"))
            .await
            .unwrap();
        let draft = bench
            .store
            .callflow(&access, &found.items[0].id)
            .await
            .unwrap();
        let imported = import(&bench, &access, &draft.callflow.to_kazoo(), NOW).await;
        assert_eq!(imported.report.missing, []);
        assert_eq!(imported.callflows[0].source_id, None);
        let copy = &imported.callflows[0].id;
        let copy = bench.store.callflow(&access, copy).await.unwrap();
        assert_eq!(
            copy.callflow.flow.to_kazoo(),
            draft.callflow.flow.to_kazoo()
        );
    })
    .await;
}

#[tokio::test]
async fn import_is_announced_once() {
    each(async |bench| {
        let access = bench.oakfield().await;
        let mut announcements = bench.store.announcements();
        import(&bench, &access, &account(), DRY).await;
        import(&bench, &access, &account(), NOW).await;
        let announced = announcements.recv().await.unwrap();
        assert_eq!(announced.account_id, access.account_id());
        assert!(announcements.try_recv().is_err());
    })
    .await;
}

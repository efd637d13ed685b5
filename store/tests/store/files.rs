//! Files that deletions leave behind.

use crate::bench::{Bench, each};
use callflow::ResourceKind;
use callflow::live::{LiveChange, LiveKey, LiveValue};
use serde_json::{Value, json};
use store::{Access, Error, NewAccount, NewMessage};

async fn make(bench: &Bench, access: &Access, kind: ResourceKind, document: Value) -> String {
    let document = document.as_object().unwrap().clone();
    let made = bench.store.create_resource(access, kind, document).await;
    made.unwrap().id
}

async fn message(bench: &Bench, access: &Access, box_id: &str, file: &str) {
    let new = NewMessage {
        box_id: box_id.into(),
        caller_number: "2001".into(),
        caller_name: String::new(),
        callee_number: "2002".into(),
        duration_ms: 1_000,
        file: file.into(),
    };
    bench.store.add_message(access, new).await.unwrap();
}

async fn left(bench: &Bench) -> Vec<String> {
    bench.store.files_to_remove("").await.unwrap()
}

#[tokio::test]
async fn deleted_mailbox_leaves_the_files_of_its_messages_to_be_removed() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let kind = ResourceKind::VoicemailBox;
        let document = json!({"name": "Box", "mailbox": "7001"});
        let mailbox = make(&bench, &access, kind, document).await;
        message(&bench, &access, &mailbox, "voicemail/f/a.wav").await;
        message(&bench, &access, &mailbox, "voicemail/f/b.wav").await;
        message(&bench, &access, "another", "voicemail/f/c.wav").await;
        bench
            .store
            .delete_resource(&access, kind, &mailbox, None)
            .await
            .unwrap();
        assert_eq!(
            left(&bench).await,
            ["voicemail/f/a.wav", "voicemail/f/b.wav"]
        );
        let counts = bench.store.message_counts(&access).await.unwrap();
        let boxes: Vec<&str> = counts.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(boxes, ["another"]);
        bench.store.file_removed("voicemail/f/a.wav").await.unwrap();
        assert_eq!(left(&bench).await, ["voicemail/f/b.wav"]);
        assert!(
            bench
                .store
                .files_to_remove("voicemail/f/b.wav")
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn file_of_a_deleted_medium_stays_while_another_names_it() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let kind = ResourceKind::Media;
        let document = |name: &str, file: &str| json!({"name": name, "file": file});
        let first = make(&bench, &access, kind, document("First", "a_b.wav")).await;
        let second = make(&bench, &access, kind, document("Second", "a_b.wav")).await;
        make(&bench, &access, kind, document("Other", "a-b.wav")).await;
        let foreign = make(&bench, &access, kind, document("Foreign", "../x.wav")).await;
        let delete = async |id: &str| {
            let deleted = bench.store.delete_resource(&access, kind, id, None).await;
            deleted.unwrap();
        };
        delete(&first).await;
        delete(&foreign).await;
        assert!(left(&bench).await.is_empty());
        delete(&second).await;
        let file = format!("media/{}/a_b.wav", access.account_id());
        assert_eq!(left(&bench).await, [file]);
    })
    .await;
}

#[tokio::test]
async fn deletion_that_is_refused_leaves_everything() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let kind = ResourceKind::VoicemailBox;
        let page = store::Page::searching("2001");
        let boxes = bench.store.resources(&access, kind, &page).await.unwrap();
        let mailbox = &boxes.items[0].id;
        message(&bench, &access, mailbox, "voicemail/f/a.wav").await;
        let refused = bench
            .store
            .delete_resource(&access, kind, mailbox, None)
            .await;
        assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");
        assert!(left(&bench).await.is_empty());
        let counts = bench.store.message_counts(&access).await.unwrap();
        assert_eq!(counts[0].1.new, 1);
    })
    .await;
}

#[tokio::test]
async fn deleted_account_leaves_its_directories_whatever_its_people_had_switched() {
    each(async |bench| {
        let reseller = bench.reseller().await;
        let top = bench.access(&reseller).await;
        let new = NewAccount {
            limits: store::AccountLimits::default(),
            name: "Tidewater".into(),
            realm: "tidewater.example".into(),
            time_zone: "Europe/Dublin".into(),
            language: "en-IE".into(),
            kind: store::AccountKind::Customer,
        };
        let account = bench
            .store
            .create_account(&reseller, &top, new)
            .await
            .unwrap();
        let access = bench.store.access(&reseller, &account.id).await.unwrap();
        let change = LiveChange {
            key: LiveKey::TimeRule("holidays".into()),
            value: Some(LiveValue::On(true)),
        };
        bench.store.turn(&access, &change).await.unwrap();
        bench
            .store
            .delete_account(&reseller, &access)
            .await
            .unwrap();
        let directories = ["faxes", "media", "recordings", "voicemail"]
            .map(|place| format!("{place}/{}", account.id));
        assert_eq!(left(&bench).await, directories);
    })
    .await;
}

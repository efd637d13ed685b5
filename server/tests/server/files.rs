//! Sound files go with what they belong to.

use crate::bench::{ADMIN, Session, TestServer};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use store::{Access, NewMessage};

pub async fn gone(path: &Path) {
    let looking = async {
        while path.exists() {
            tokio::task::yield_now().await;
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(20), looking).await;
    assert!(gone.is_ok(), "{} is still there", path.display());
}

async fn delete(session: &Session<'_>, path: &str) {
    let answer = session.request(Method::DELETE, path).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{path}");
}

fn id(made: &Value) -> &str {
    made["id"].as_str().unwrap()
}

/// Leaves a message in a mailbox; its file below the data directory.
async fn message(server: &TestServer, account: &str, mailbox: &str) -> String {
    let file = format!("voicemail/{account}/{mailbox}.wav");
    let path = server.dir.path().join("data").join(&file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, "RIFF").unwrap();
    let new = NewMessage {
        box_id: mailbox.into(),
        caller_number: "2001".into(),
        caller_name: String::new(),
        callee_number: "2002".into(),
        duration_ms: 1_000,
        file: file.clone(),
    };
    let access = Access::of_program(account);
    server
        .running
        .store
        .add_message(&access, new)
        .await
        .unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_goes_with_its_mailbox_its_medium_and_its_account() {
    let server = TestServer::start().await;
    let data = server.dir.path().join("data");
    let admin = server.sign_in(ADMIN).await;
    let document = json!({"name": "Box", "mailbox": "7001"});
    let mailbox = admin.post("~/voicemail-boxes", &document).await;
    let deleted = message(&server, &admin.account, id(&mailbox)).await;
    let kept = message(&server, &admin.account, "another").await;
    delete(&admin, &format!("~/voicemail-boxes/{}", id(&mailbox))).await;
    gone(&data.join(deleted)).await;

    let document = json!({"name": "Jingle", "media_source": "upload"});
    let medium = admin.post("~/media", &document).await;
    let wav = crate::api::a_sound();
    let audio = format!("~/media/{}/audio", id(&medium));
    let uploaded = admin.request(Method::PUT, &audio).body(wav).send().await;
    let uploaded: Value = uploaded.unwrap().json().await.unwrap();
    let file = uploaded["file"].as_str().unwrap();
    let file = data.join("media").join(&admin.account).join(file);
    assert!(file.exists());
    delete(&admin, &format!("~/media/{}", id(&medium))).await;
    gone(&file).await;

    let reseller = server.sign_in("reseller@harbourvoice.example").await;
    let document = json!({"name": "Tidewater", "realm": "tidewater.example"});
    let account = reseller.post("/accounts", &document).await;
    message(&server, id(&account), "box").await;
    delete(&reseller, &format!("/accounts/{}", id(&account))).await;
    gone(&data.join("voicemail").join(id(&account))).await;
    assert!(data.join(kept).exists());
}

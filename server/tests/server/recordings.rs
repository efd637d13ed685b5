//! Recordings of calls, and conferences that are going on, by API.

use crate::bench::{ADMIN, TestServer};
use reqwest::{Method, StatusCode};
use serde_json::json;
use store::{Access, Moment, NewRecording};

#[tokio::test(flavor = "multi_thread")]
async fn recording_is_listed_heard_and_deleted_with_its_file() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let data = server.dir.path().join("data");
    let access = Access::of_program(&admin.account);
    for (call, at) in [("one", 1_000), ("two", 2_000)] {
        let file = format!("recordings/{}/{call}.wav", admin.account);
        std::fs::create_dir_all(data.join(&file).parent().unwrap()).unwrap();
        std::fs::write(data.join(&file), call).unwrap();
        let new = NewRecording {
            call_id: call.into(),
            whole_call: true,
            caller_number: "2001".into(),
            caller_name: "Ann".into(),
            callee_number: "2002".into(),
            label: "sales".into(),
            duration_ms: 4_200,
            file,
            started_at: Moment::from_millis(at),
        };
        let store = &server.running.store;
        store.add_recording(&access, new).await.unwrap();
    }
    let all = admin.get("~/recordings").await;
    let calls = all["items"].as_array().unwrap().iter();
    let calls: Vec<_> = calls.map(|item| item["call_id"].clone()).collect();
    assert_eq!(calls, ["two", "one"]);
    let one = admin.get("~/recordings?call=one").await["items"][0].clone();
    assert_eq!(one["label"], "sales");
    assert_eq!(one["whole_call"], true);
    assert!(one.get("file").is_none(), "paths are nobody's business");
    let path = format!("~/recordings/{}", one["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await, one);
    let audio = format!("{path}/audio");
    let heard = admin.request(Method::GET, &audio).send().await.unwrap();
    assert_eq!(heard.headers()["content-type"], "audio/wav");
    assert_eq!(heard.headers()["content-length"], "3");
    assert_eq!(heard.bytes().await.unwrap(), "one");
    let gone = admin.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(admin.refused(Method::GET, &audio, None).await.0, 404);
    let file = format!("recordings/{}/one.wav", admin.account);
    crate::files::gone(&data.join(file)).await;
    let anonymous = server.request(
        Method::GET,
        &format!("/api/v1/accounts/{}/recordings", admin.account),
    );
    assert_eq!(
        anonymous.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn conference_without_members_is_empty_and_nobody_can_be_put_out_of_it() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let room = admin.post("~/conferences", &json!({"name": "Room"})).await;
    let path = format!("~/conferences/{}", room["id"].as_str().unwrap());
    let members = admin.get(&format!("{path}/members")).await;
    assert_eq!(members["items"], json!([]));
    for what in [
        "lock",
        "unlock",
        "members/x/mute",
        "members/x/unmute",
        "members/x/kick",
    ] {
        let refused = admin
            .refused(Method::POST, &format!("{path}/{what}"), None)
            .await;
        assert_eq!(refused.0, 404, "{what}");
        assert_eq!(refused.1["code"], "not_in_conference", "{what}");
    }
    let nowhere = "~/conferences/nowhere/members";
    assert_eq!(admin.refused(Method::GET, nowhere, None).await.0, 404);
}

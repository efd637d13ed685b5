//! What changed between versions, and the way back, through the API.

use crate::bench::{ADMIN, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

fn sleep(seconds: i64) -> Value {
    json!({
        "name": "Nap",
        "numbers": [],
        "flow": {"version": 1, "root": "n1", "nodes": {"n1": {
            "module": "sleep", "data": {"duration": seconds, "unit": "s"}, "children": {"_": "n2"},
        }, "n2": {"module": "response", "data": {"code": 480}, "children": {}}}},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn difference_between_draft_and_live_names_the_values_and_goes_with_the_draft() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let made = admin.post("~/callflows", &sleep(5)).await;
    let one = format!("~/callflows/{}", made["id"].as_str().unwrap());
    let (status, _) = admin
        .refused(Method::POST, &format!("{one}/discard"), None)
        .await;
    assert_eq!(status, 422, "nothing is live yet");
    admin
        .post(&format!("{one}/publish"), &json!({"note": "First try"}))
        .await;
    let versions = admin.get(&format!("{one}/versions")).await;
    assert_eq!(versions["items"][0]["note"], "First try");

    let mut longer = sleep(9);
    longer["revision"] = made["revision"].clone();
    let answer = admin
        .request(Method::PUT, &one)
        .json(&longer)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let diff = admin.get(&format!("{one}/diff")).await;
    assert_eq!(
        (&diff["from"], &diff["to"]),
        (&json!(1), &json!("draft")),
        "{diff}"
    );
    let change = &diff["changes"][0];
    assert_eq!(
        (&change["node"], &change["kind"]),
        (&json!("n1"), &json!("changed"))
    );
    assert_eq!(
        change["fields"],
        json!([{"key": "duration", "label": change["fields"][0]["label"], "from": 5, "to": 9}])
    );

    let back = admin.post(&format!("{one}/discard"), &json!({})).await;
    assert_eq!(
        (&back["state"], &back["live_version"]),
        (&json!("live"), &json!(1))
    );
    let diff = admin.get(&format!("{one}/diff?from=1&to=draft")).await;
    assert_eq!(diff["changes"], json!([]));
    let (status, _) = admin
        .refused(Method::GET, &format!("{one}/diff?from=7"), None)
        .await;
    assert_eq!(status, 404);
}

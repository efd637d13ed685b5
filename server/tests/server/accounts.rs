//! Who may see and do what.

use crate::bench::{ADMIN, PASSWORD, TestServer, problem};
use reqwest::{Method, StatusCode};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn request_without_a_good_token_is_401() {
    let server = TestServer::start().await;
    for token in [None, Some("wrong"), Some("")] {
        let mut request = server.request(Method::GET, "/api/v1/accounts");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let (status, body) = problem(request.send().await.unwrap()).await;
        assert_eq!((status, body["code"].as_str()), (401, Some("unauthorized")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neighbours_account_looks_as_if_it_did_not_exist() {
    let server = TestServer::start().await;
    let fernhill = server.sign_in(ADMIN).await;
    let oakfield = server.sign_in("admin@oakfield.example").await;
    let theirs = format!("/accounts/{}", oakfield.account);
    let callflows = oakfield.get("~/callflows").await;
    let callflow = callflows["items"][0]["id"].as_str().unwrap();
    for path in [
        "",
        "/callflows",
        "/users",
        "/devices",
        "/voicemail-boxes",
        "/numbers",
        "/calls",
        "/time-rules",
        "/carriers",
    ] {
        let (status, _) = fernhill
            .refused(Method::GET, &format!("{theirs}{path}"), None)
            .await;
        assert_eq!(status, 404, "{path}");
    }
    let one = format!("{theirs}/callflows/{callflow}");
    for (method, path, body) in [
        (Method::GET, String::new(), None),
        (
            Method::PUT,
            String::new(),
            Some(json!({"flow": {}, "revision": 1})),
        ),
        (Method::DELETE, String::new(), None),
        (Method::POST, "/publish".into(), None),
        (Method::POST, "/duplicate".into(), None),
        (Method::GET, "/export".into(), None),
        (Method::GET, "/versions/1".into(), None),
    ] {
        let (status, _) = fernhill
            .refused(method, &format!("{one}{path}"), body.as_ref())
            .await;
        assert_eq!(status, 404, "{path}");
    }
    // The same identifier below one's own account is no way in either.
    let (status, _) = fernhill
        .refused(Method::GET, &format!("~/callflows/{callflow}"), None)
        .await;
    assert_eq!(status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_reseller_may_do_is_403_for_an_admin() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let new = json!({"name": "New", "realm": "new.example"});
    for (method, path, body) in [
        (Method::POST, "/accounts", Some(&new)),
        (Method::GET, "/numbers", None),
        (Method::POST, "/numbers", Some(&new)),
        (Method::DELETE, "~", None),
    ] {
        let (status, body) = admin.refused(method, path, body).await;
        assert_eq!(
            (status, body["code"].as_str()),
            (403, Some("forbidden")),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reseller_creates_changes_and_deletes_an_account() {
    let server = TestServer::start().await;
    let reseller = server.sign_in("reseller@harbourvoice.example").await;
    let made = reseller
        .post(
            "/accounts",
            &json!({"name": "Tidewater", "realm": "tidewater.example"}),
        )
        .await;
    let path = format!("/accounts/{}", made["id"].as_str().unwrap());
    let change = json!({"name": "Tidewater Sailing", "time_zone": "Europe/Dublin"});
    let named = reseller
        .request(Method::PATCH, &path)
        .header("if-match", "\"1\"")
        .json(&change);
    let named = named.send().await.unwrap();
    assert_eq!(named.headers()["etag"], "\"2\"");
    let stale = reseller
        .request(Method::PATCH, &path)
        .header("if-match", "\"1\"")
        .json(&change);
    assert_eq!(problem(stale.send().await.unwrap()).await.0, 412);
    assert_eq!(
        reseller
            .refused(Method::PATCH, &path, Some(&change))
            .await
            .0,
        428
    );
    let taken = reseller
        .refused(
            Method::POST,
            "/accounts",
            Some(&json!({"name": "X", "realm": "fernhill.example"})),
        )
        .await;
    assert_eq!((taken.0, taken.1["code"].as_str()), (409, Some("taken")));
    let wrong = reseller
        .refused(
            Method::POST,
            "/accounts",
            Some(&json!({"name": "X", "realm": "no spaces.example"})),
        )
        .await;
    assert_eq!((wrong.0, wrong.1["field"].as_str()), (422, Some("realm")));
    let deleted = reseller
        .request(Method::DELETE, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(reseller.refused(Method::GET, &path, None).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_answered_429_with_a_time() {
    let server = TestServer::start().await;
    let attempt = async |password: &str| {
        let body = json!({"email": ADMIN, "password": password});
        server
            .request(Method::POST, "/api/v1/sign-in")
            .json(&body)
            .send()
            .await
            .unwrap()
    };
    for _ in 0..8 {
        assert_eq!(attempt("wrong").await.status(), StatusCode::UNAUTHORIZED);
    }
    let slowed = attempt(PASSWORD).await;
    assert!(slowed.headers().contains_key("retry-after"));
    assert_eq!(problem(slowed).await.0, 429);
    // Somebody else may still sign in.
    server.sign_in("admin@oakfield.example").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_move_through_the_inventory() {
    let server = TestServer::start().await;
    let reseller = server.sign_in("reseller@harbourvoice.example").await;
    let oakfield = server.sign_in("admin@oakfield.example").await;
    let assign = json!({"account_id": oakfield.account});
    let moved = reseller
        .request(Method::PUT, "/numbers/+441614960129")
        .json(&assign)
        .send()
        .await
        .unwrap();
    assert_eq!(moved.status(), StatusCode::OK);
    let numbers = oakfield.get("~/numbers?spare=true").await;
    assert_eq!(numbers["items"][0]["display"], "+44 161 496 0129");
    let attached = reseller
        .refused(Method::PUT, "/numbers/+441614960120", Some(&assign))
        .await;
    assert_eq!(
        (attached.0, attached.1["code"].as_str()),
        (409, Some("number_taken"))
    );
    let back = reseller
        .request(Method::PUT, "/numbers/+441614960129")
        .json(&json!({"account_id": null}))
        .send()
        .await
        .unwrap();
    assert_eq!(back.status(), StatusCode::OK);
    let added = reseller
        .post(
            "/numbers",
            &json!({"number": "+44 161 496 0150", "account_id": oakfield.account}),
        )
        .await;
    assert_eq!(added["account_name"], "Oakfield Stables");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_an_account_are_set_by_the_account_above_it_alone() {
    let server = TestServer::start().await;
    let reseller = server.sign_in("reseller@harbourvoice.example").await;
    let admin = server.sign_in(ADMIN).await;
    let account = format!("/accounts/{}", admin.account);
    let none = json!({"calls": null, "outside_calls": null, "calls_per_minute": null});
    assert_eq!(reseller.get(&account).await["limits"], none);
    let limits = json!({"limits": {"calls": 10, "calls_per_minute": 60}, "revision": 1});
    let (status, _) = admin.refused(Method::PATCH, "~", Some(&limits)).await;
    assert_eq!(status, 403);
    let sent = reseller.request(Method::PATCH, &account).json(&limits);
    assert_eq!(sent.send().await.unwrap().status(), StatusCode::OK);
    let kept = json!({"calls": 10, "outside_calls": null, "calls_per_minute": 60});
    assert_eq!(admin.get("~").await["limits"], kept);
    // The same limits in a whole document are no change.
    let mut whole = admin.get("~").await;
    whole["name"] = json!("Fernhill Vets");
    let sent = admin.request(Method::PUT, "~").json(&whole);
    assert_eq!(sent.send().await.unwrap().status(), StatusCode::OK);
    for wrong in [
        json!({"calls": -1}),
        json!({"calls": 1_000_001}),
        json!({"lines": 3}),
    ] {
        let wrong = json!({"limits": wrong, "revision": 3});
        let (status, _) = reseller
            .refused(Method::PATCH, &account, Some(&wrong))
            .await;
        assert_eq!(status, 422, "{wrong}");
    }
    let new = json!({"name": "New", "realm": "limited.example", "limits": {"calls": 2}});
    let made = reseller.request(Method::POST, "/accounts").json(&new);
    let made: serde_json::Value = made.send().await.unwrap().json().await.unwrap();
    assert_eq!(made["limits"]["calls"], 2);
}

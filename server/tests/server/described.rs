//! The OpenAPI document is what the program does.

use crate::bench::{ADMIN, TestServer};
use reqwest::Method;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn every_described_operation_is_there_and_needs_a_token_unless_it_says_otherwise() {
    let server = TestServer::start().await;
    let document: Value = server
        .request(Method::GET, "/api/v1/openapi.json")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let filled: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "0" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for (method, described) in methods.as_object().unwrap() {
            let verb: Method = method.to_uppercase().parse().unwrap();
            let answer = server
                .request(verb, &format!("/api/v1{filled}"))
                .send()
                .await
                .unwrap();
            let status = answer.status().as_u16();
            let open = described["security"] == serde_json::json!([]);
            assert_eq!(status == 401, !open, "{method} {path}: {status}");
            assert!(status != 404 && status != 405, "{method} {path}: {status}");
            operations += 1;
        }
    }
    assert!(operations > 90, "{operations}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_described_keys() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let document = admin.get("/openapi.json").await;
    for (path, schema) in [
        ("/accounts", "Account"),
        ("~/callflows", "CallflowSummary"),
        ("~/numbers", "Number"),
        ("~/users", "User"),
        ("~/menus", "Menu"),
    ] {
        let properties = document["components"]["schemas"][schema]["properties"]
            .as_object()
            .unwrap()
            .clone();
        for item in admin.get(path).await["items"].as_array().unwrap() {
            for key in item.as_object().unwrap().keys() {
                assert!(
                    properties.contains_key(key) || schema == "User" || schema == "Menu",
                    "{path}: {key}"
                );
            }
            assert!(item["id"].is_string() || item["number"].is_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readable_page_lists_the_operations_without_scripts() {
    let server = TestServer::start().await;
    let page = server
        .request(Method::GET, "/api/docs")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for part in [
        "/accounts/{account}/callflows/{callflow}/publish",
        "If-Match",
        "Idempotency-Key",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
}

//! What browsers meet: sessions, origins, policies, files.

use crate::bench::{ADMIN, PASSWORD, TestServer, problem};
use reqwest::{Method, StatusCode};

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let server = TestServer::start().await;
    let form = [
        ("email", ADMIN),
        ("password", PASSWORD),
        ("next", "/a/1/calls"),
    ];
    let answer = server
        .request(Method::POST, "/sign-in")
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "/a/1/calls");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    for part in ["patchcord_session=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(
        !cookie.contains("Secure") && !cookie.contains("Domain"),
        "{cookie}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_https_the_cookie_is_secure_and_bound_to_the_host() {
    let server = TestServer::with(|s| s.public_url = Some("https://phones.example".into())).await;
    let form = [("email", ADMIN), ("password", PASSWORD)];
    let answer = server
        .request(Method::POST, "/sign-in")
        .form(&form)
        .send()
        .await
        .unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-patchcord_session=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    assert!(answer.headers().contains_key("strict-transport-security"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_password_and_foreign_next_lead_nowhere_else() {
    let server = TestServer::start().await;
    let form = [
        ("email", ADMIN),
        ("password", "wrong"),
        ("next", "//evil.example"),
    ];
    let answer = server
        .request(Method::POST, "/sign-in")
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["location"], "/sign-in?failed=credentials");
    assert!(!answer.headers().contains_key("set-cookie"));
    let form = [
        ("email", ADMIN),
        ("password", PASSWORD),
        ("next", "https://evil.example/"),
    ];
    let answer = server
        .request(Method::POST, "/sign-in")
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["location"], "/accounts");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_need_a_session_and_lose_it_on_sign_out() {
    let server = TestServer::start().await;
    let page = async |cookie: Option<&str>| {
        let mut request = server.request(Method::GET, "/accounts");
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        request.send().await.unwrap()
    };
    let turned_away = page(None).await;
    assert_eq!(turned_away.status(), StatusCode::SEE_OTHER);
    assert_eq!(turned_away.headers()["location"], "/sign-in");
    let cookie = server.cookie().await;
    let seen = page(Some(&cookie)).await;
    assert_eq!(seen.status(), StatusCode::OK);
    assert_eq!(seen.headers()["cache-control"], "no-store");
    assert!(seen.text().await.unwrap().contains("Fernhill Veterinary"));
    let out = server
        .request(Method::POST, "/sign-out")
        .header("cookie", &cookie)
        .send()
        .await
        .unwrap();
    assert_eq!(out.headers()["location"], "/sign-in");
    assert_eq!(page(Some(&cookie)).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_again_ends_the_session_before() {
    let server = TestServer::start().await;
    let old = server.cookie().await;
    let form = [("email", ADMIN), ("password", PASSWORD)];
    let again = server
        .request(Method::POST, "/sign-in")
        .header("cookie", &old)
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
    let page = server
        .request(Method::GET, "/accounts")
        .header("cookie", &old)
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn state_is_not_changed_from_another_site() {
    let server = TestServer::start().await;
    let cookie = server.cookie().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        for path in ["/sign-out", "/sign-in", "/ui/anything", "/api/v1/accounts"] {
            let request = server
                .request(Method::POST, path)
                .header("cookie", &cookie)
                .header(name, value);
            let (status, body) = problem(request.send().await.unwrap()).await;
            assert_eq!(
                (status, body["code"].as_str()),
                (403, Some("foreign_origin")),
                "{name} {value} {path}"
            );
        }
    }
    // The session is still there.
    let page = server
        .request(Method::GET, "/accounts")
        .header("cookie", &cookie)
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let own = server
        .request(Method::POST, "/sign-out")
        .header("cookie", &cookie)
        .header("origin", &server.base);
    assert_eq!(own.send().await.unwrap().status(), StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn page_runs_only_scripts_with_its_own_nonce() {
    let server = TestServer::start().await;
    let read = async || {
        let answer = server
            .request(Method::GET, "/sign-in")
            .send()
            .await
            .unwrap();
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        (policy, answer.text().await.unwrap())
    };
    let (policy, page) = read().await;
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .unwrap()
        .split('\'')
        .next()
        .unwrap();
    assert!(page.contains(&format!("nonce=\"{nonce}\"")));
    for script in page.split("<script").skip(1) {
        assert!(
            script.split('>').next().unwrap().contains(nonce),
            "{}",
            &script[..80]
        );
    }
    for part in [
        "frame-ancestors 'none'",
        "'wasm-unsafe-eval'",
        "default-src 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    let script_rule = policy
        .split(';')
        .find(|rule| rule.trim().starts_with("script-src"))
        .unwrap();
    assert!(!script_rule.contains("unsafe-inline") && !script_rule.contains("'unsafe-eval'"));
    assert_ne!(read().await.0, policy, "each page has its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_headers_that_close_the_site() {
    let server = TestServer::start().await;
    for path in [
        "/",
        "/sign-in",
        "/nothing",
        "/api/v1/accounts",
        "/api/docs",
        "/healthz",
        "/mark.svg",
    ] {
        let answer = server.request(Method::GET, path).send().await.unwrap();
        assert_eq!(
            answer.headers()["x-content-type-options"],
            "nosniff",
            "{path}"
        );
        assert_eq!(answer.headers()["referrer-policy"], "same-origin", "{path}");
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_found_by_content_and_never_above_the_site() {
    let server = TestServer::start().await;
    let page = server
        .request(Method::GET, "/sign-in")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let path = page
        .split('"')
        .find(|part| part.starts_with("/pkg-") && part.ends_with(".js"))
        .unwrap();
    let file = server.request(Method::GET, path).send().await.unwrap();
    assert_eq!(
        file.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(file.text().await.unwrap(), "export default 1;");
    for path in [
        "/pkg-0000000000000000/patchcord.js",
        "/pkg/patchcord.js",
        "/../data/patchcord.db",
        "/%2e%2e/data/patchcord.db",
    ] {
        let answer = server.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_open_and_metrics_count() {
    let server = TestServer::start().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(
            server
                .request(Method::GET, path)
                .send()
                .await
                .unwrap()
                .status(),
            StatusCode::OK
        );
    }
    let text = server
        .request(Method::GET, "/metrics")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        text.contains("patchcord_http_answers_total{class=\"2xx\"} 2"),
        "{text}"
    );
    assert!(server.dir.path().join("data/patchcord.db").exists());
    server.running.stop(std::future::ready(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_not_for_those_whom_a_proxy_on_this_machine_asks_for() {
    let status = async |server: &TestServer, forwarded: &[&str]| {
        let mut request = server.request(Method::GET, "/metrics");
        for line in forwarded {
            request = request.header("x-forwarded-for", *line);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let behind_proxy = TestServer::with(|settings| settings.trust_forwarded = Some(true)).await;
    for (forwarded, answered) in [
        (&[][..], 200),
        (&["127.0.0.1"], 200),
        (&["203.0.113.5", "::1"], 200),
        (&["203.0.113.5"], 404),
        (&["127.0.0.1, 203.0.113.5"], 404),
        (&["127.0.0.1", "203.0.113.5:4711"], 404),
        (&["unknown"], 404),
    ] {
        assert_eq!(
            status(&behind_proxy, forwarded).await,
            answered,
            "{forwarded:?}"
        );
    }
    // Without a proxy the header is only somebody's claim.
    let alone = TestServer::start().await;
    assert_eq!(status(&alone, &["203.0.113.5"]).await, 200);
}

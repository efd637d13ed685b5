//! Callflows and resources by script.

use crate::bench::{ADMIN, Session, TestServer, problem};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn document(name: &str, numbers: &[&str]) -> Value {
    json!({
        "name": name,
        "numbers": numbers,
        "flags": ["by script"],
        "flow": {"module": "sleep", "data": {"duration": 1}, "children": {"_": {"module": "vendor_thing", "data": {"kept": [1]}}}},
    })
}

async fn replace(
    session: &Session<'_>,
    path: &str,
    revision: &str,
    body: &Value,
) -> reqwest::Response {
    session
        .request(Method::PUT, path)
        .header("if-match", revision)
        .json(body)
        .send()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn callflow_is_created_read_replaced_published_and_deleted() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let made = admin
        .request(Method::POST, "~/callflows")
        .json(&document("Night", &["3000"]))
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    assert_eq!(made.headers()["etag"], "\"1\"");
    let location = made.headers()["location"].to_str().unwrap().to_owned();
    let made: Value = made.json().await.unwrap();
    let path = format!("~/callflows/{}", made["id"].as_str().unwrap());
    assert_eq!(
        location,
        format!(
            "/api/v1{}",
            path.replace('~', &format!("/accounts/{}", admin.account))
        )
    );
    let read = admin.get(&path).await;
    assert_eq!(read, made);
    assert_eq!(read["flags"], json!(["by script"]));
    assert_eq!(read["state"], "never");

    let mut changed = read.clone();
    changed["name"] = json!("Night line");
    let saved = replace(&admin, &path, "\"1\"", &changed).await;
    assert_eq!(saved.headers()["etag"], "\"2\"");
    let live = admin
        .post(&format!("{path}/publish"), &json!({"note": "first"}))
        .await;
    assert_eq!(live["version"], 1);
    assert_eq!(admin.get(&path).await["state"], "live");
    let versions = admin.get(&format!("{path}/versions")).await;
    assert_eq!(versions["items"][0]["note"], "first");
    assert_eq!(versions["items"][0]["published_by"], ADMIN);
    let first = admin.get(&format!("{path}/versions/1")).await;
    assert_eq!(first["callflow"]["name"], "Night line");
    let deleted = admin.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(admin.refused(Method::GET, &path, None).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn second_writer_gets_412_with_the_present_document() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let made = admin.post("~/callflows", &document("Night", &[])).await;
    let path = format!("~/callflows/{}", made["id"].as_str().unwrap());
    let first = replace(&admin, &path, "\"1\"", &document("First", &[])).await;
    assert_eq!(first.status(), StatusCode::OK);
    let (status, body) =
        problem(replace(&admin, &path, "\"1\"", &document("Second", &[])).await).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (412, Some("stale_revision"))
    );
    assert_eq!(body["current"]["name"], "First");
    assert_eq!(body["current_revision"], 2);
    let (status, _) = admin
        .refused(Method::PUT, &path, Some(&document("Third", &[])))
        .await;
    assert_eq!(status, 428);
    let by_document = json!({"name": "By its own revision", "flow": {}, "revision": 2});
    let saved = admin
        .request(Method::PUT, &path)
        .json(&by_document)
        .send()
        .await
        .unwrap();
    assert_eq!(saved.status(), StatusCode::OK);
    let meant = replace(&admin, &path, "*", &document("Whatever", &[])).await;
    assert_eq!(meant.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_errors_answers_the_same_problems_as_checking() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let broken = json!({"name": "Broken", "flow": {"module": "menu", "data": {}, "children": {}}});
    let made = admin.post("~/callflows", &broken).await;
    let path = format!("~/callflows/{}", made["id"].as_str().unwrap());
    let checked = admin.post(&format!("{path}/problems"), &Value::Null).await;
    let (status, body) = admin
        .refused(Method::POST, &format!("{path}/publish"), None)
        .await;
    assert_eq!(
        (status, body["code"].as_str()),
        (422, Some("flow_has_problems"))
    );
    assert_eq!(body["problems"], checked["problems"]);
    let first = &body["problems"][0];
    assert!(
        first["code"].is_string() && first["severity"] == "error" && first["node"].is_string(),
        "{first}"
    );
    // Checking a document does not store it.
    let unsaved = admin
        .post(&format!("{path}/problems"), &document("Fine", &[]))
        .await;
    assert!(
        unsaved["problems"]
            .as_array()
            .unwrap()
            .iter()
            .all(|p| p["severity"] == "warning")
    );
    assert_eq!(admin.get(&path).await["name"], "Broken");
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_create_with_one_key_makes_one_thing() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let create = async |key: &str, body: &Value| {
        let request = admin
            .request(Method::POST, "~/callflows")
            .header("idempotency-key", key)
            .json(body);
        request.send().await.unwrap()
    };
    let first = create("k1", &document("Once", &["3100"])).await;
    let location = first.headers()["location"].clone();
    let first: Value = first.json().await.unwrap();
    let again = create("k1", &document("Once", &["3100"])).await;
    assert_eq!(again.status(), StatusCode::CREATED);
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.headers()["location"], location);
    assert_eq!(again.json::<Value>().await.unwrap(), first);
    let (status, body) = problem(create("k1", &document("Other", &[])).await).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (422, Some("idempotency_key_reused"))
    );
    let found = admin.get("~/callflows?search=Once").await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    // A refused create frees its key.
    let (status, _) = problem(create("k2", &document("Taken", &["2000"])).await).await;
    assert_eq!(status, 409);
    assert_eq!(
        create("k2", &document("Free", &[])).await.status(),
        StatusCode::CREATED
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_resource_is_created_read_replaced_and_deleted() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    for kind in callflow::ResourceKind::ALL {
        if matches!(
            kind,
            callflow::ResourceKind::Callflow | callflow::ResourceKind::Settings
        ) {
            continue;
        }
        let path = format!("~/{}", kind.path());
        let mut body = json!({"name": "Made by script", "vendor": {"kept": true}});
        if kind == callflow::ResourceKind::User {
            body =
                json!({"first_name": "Made", "last_name": "by script", "vendor": {"kept": true}});
        }
        let made = admin.post(&path, &body).await;
        assert_eq!(made["name"], "Made by script", "{path}");
        assert_eq!(made["vendor"], json!({"kept": true}), "{path}");
        let one = format!("{path}/{}", made["id"].as_str().unwrap());
        assert_eq!(admin.get(&one).await, made);
        let replaced = admin
            .request(Method::PUT, &one)
            .json(&made)
            .send()
            .await
            .unwrap();
        assert_eq!(replaced.headers()["etag"], "\"2\"", "{path}");
        let stale = admin.refused(Method::PUT, &one, Some(&made)).await;
        assert_eq!(stale.0, 412, "{path}");
        let listed = admin.get(&format!("{path}?search=by%20script")).await;
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{path}");
        let deleted = admin.request(Method::DELETE, &one).send().await.unwrap();
        assert_eq!(deleted.status(), StatusCode::NO_CONTENT, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_there_from_the_beginning_and_second_of_two_editors_is_told() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let mut settings = admin.get("~/settings").await;
    assert_eq!(settings["revision"], 0);
    settings["caller_id"] = json!({"external": {"number": "+441614960120"}});
    let first = admin.request(Method::PUT, "~/settings").json(&settings);
    assert_eq!(first.send().await.unwrap().status(), StatusCode::OK);
    let (status, _) = admin
        .refused(Method::PUT, "~/settings", Some(&settings))
        .await;
    assert_eq!(status, 412);
    let settings = admin.get("~/settings").await;
    assert_eq!(settings["revision"], 1);
    assert_eq!(settings["caller_id"]["external"]["number"], "+441614960120");
    let oakfield = server.sign_in("admin@oakfield.example").await;
    assert_eq!(oakfield.get("~/settings").await["revision"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn thing_in_use_is_not_deleted_and_passwords_are_not_shown() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let devices = admin.get("~/devices").await;
    assert!(!devices.to_string().contains("password\":"), "{devices}");
    let menus = admin.get("~/menus?search=main").await;
    let path = format!("~/menus/{}", menus["items"][0]["id"].as_str().unwrap());
    let (status, body) = admin.refused(Method::DELETE, &path, None).await;
    assert_eq!((status, body["code"].as_str()), (409, Some("in_use")));
    assert_eq!(body["used_by"][0]["name"], "Main line");
}

#[tokio::test(flavor = "multi_thread")]
async fn pins_and_passwords_are_written_and_never_read_back() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let account = store::Access::of_program(&admin.account);
    let cases = [
        (
            "users",
            json!({"first_name": "Ann", "hotdesk": {"enabled": true, "id": "7", "pin": "907531"}}),
        ),
        ("menus", json!({"name": "Menu", "record_pin": "907531"})),
        (
            "voicemail-boxes",
            json!({"name": "Box", "mailbox": "7001", "pin": "907531"}),
        ),
        (
            "conferences",
            json!({"name": "Room", "member": {"pins": ["907531"]}, "moderator": {"pins": ["907531"]}}),
        ),
        (
            "carriers",
            json!({"name": "Trunk", "gateways": [{"server": "sip.example", "password": "907531"}]}),
        ),
    ];
    for (path, document) in cases {
        let kind = callflow::ResourceKind::from_path(path).unwrap();
        let made = admin.post(&format!("~/{path}"), &document).await;
        let one = format!("~/{path}/{}", made["id"].as_str().unwrap());
        let read = admin.get(&one).await;
        let listed = admin.get(&format!("~/{path}")).await;
        let replaced = admin.request(Method::PUT, &one).json(&read).send().await;
        let replaced = replaced.unwrap();
        assert_eq!(replaced.status(), StatusCode::OK, "{path}");
        let replaced: Value = replaced.json().await.unwrap();
        for answer in [&made, &read, &listed, &replaced] {
            assert!(!answer.to_string().contains("907531"), "{answer}");
        }
        // What calls are answered with still has it.
        let directory = server.running.store.directory(&account).await.unwrap();
        let stored = directory.get(kind, made["id"].as_str().unwrap()).unwrap();
        let mut kept = document.clone();
        if kind == callflow::ResourceKind::Carrier {
            // Encrypted, beside the document.
            kept["gateways"][0] = json!({"server": "sip.example"});
        }
        assert_eq!(stored.to_object(), *kept.as_object().unwrap(), "{path}");
    }
    let openapi = admin.get("/openapi.json").await;
    let schemas = &openapi["components"]["schemas"];
    assert_eq!(schemas["Mailbox"]["properties"]["pin"]["writeOnly"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn export_and_import_keep_everything() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let made = admin
        .post("~/callflows", &document("Travels", &["3200"]))
        .await;
    let path = format!("~/callflows/{}", made["id"].as_str().unwrap());
    let kazoo = admin.get(&format!("{path}/export?format=kazoo")).await;
    assert_eq!(kazoo["flow"]["children"]["_"]["module"], "vendor_thing");
    assert_eq!(kazoo["flow"]["children"]["_"]["data"], json!({"kept": [1]}));
    let oakfield = server.sign_in("admin@oakfield.example").await;
    let imported = oakfield
        .post("~/import", &json!({"data": kazoo, "auth_token": "x"}))
        .await;
    let copy = format!(
        "~/callflows/{}",
        imported["items"][0]["id"].as_str().unwrap()
    );
    assert_eq!(
        oakfield.get(&format!("{copy}/export?format=kazoo")).await,
        kazoo
    );
    // In the first account the number is taken: it is left out and said.
    let again = admin.post("~/import", &json!([kazoo])).await;
    assert_eq!(again["items"][0]["numbers_left_out"], json!(["3200"]));
    let (status, _) = admin
        .refused(Method::GET, &format!("{path}/export?format=xml"), None)
        .await;
    assert_eq!(status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_or_no_callflow_is_refused_in_words() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let broken = admin
        .request(Method::POST, "~/callflows")
        .body("{\"name\": ")
        .send()
        .await
        .unwrap();
    assert_eq!(problem(broken).await.0, 400);
    for (body, code) in [
        (json!([1]), "invalid_json"),
        (json!({"flow": 7}), "not_a_callflow"),
        (json!({"flow": {"module": ""}}), "not_a_callflow"),
        (
            json!({"name": "x".repeat(500), "flow": {}}),
            "not_a_callflow",
        ),
    ] {
        let (status, problem) = admin
            .refused(Method::POST, "~/callflows", Some(&body))
            .await;
        assert!((400..500).contains(&status));
        assert_eq!(problem["code"], code, "{body}");
    }
    let huge = admin
        .request(Method::POST, "~/callflows")
        // Nothing more can be asked on a connection whose request was not read to its end.
        .header("connection", "close")
        .body(vec![b' '; 9 * 1024 * 1024])
        .send()
        .await
        .unwrap();
    assert_eq!(problem(huge).await.0, 413);
    for query in ["cursor=%25", "limit=none"] {
        let (status, _) = admin
            .refused(Method::GET, &format!("~/callflows?{query}"), None)
            .await;
        assert!(status == 400 || status == 422, "{query}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_a_problem_with_a_code() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    for (method, path, status, code) in [
        (
            Method::GET,
            "/v1/accounts/%ff/users",
            400,
            "invalid_request",
        ),
        (Method::GET, "/v1/accounts/%ff", 400, "invalid_request"),
        (
            Method::GET,
            "/v1/accounts?limit=1&limit=2",
            400,
            "invalid_query",
        ),
        (Method::DELETE, "/v1/accounts", 405, "method_not_allowed"),
        (Method::POST, "/v1/openapi.json", 405, "method_not_allowed"),
        (Method::POST, "/docs", 405, "method_not_allowed"),
        (Method::GET, "/v1/nothing/here", 404, "no_such_path"),
        (Method::POST, "/v2/accounts", 404, "no_such_path"),
        (Method::GET, "", 404, "no_such_path"),
        (Method::GET, "/", 404, "no_such_path"),
        (Method::GET, "/v1", 404, "no_such_path"),
        (Method::GET, "/v1/", 404, "no_such_path"),
    ] {
        let request = server.request(method.clone(), &format!("/api{path}"));
        let answer = request.bearer_auth(&admin.token).send().await.unwrap();
        let allow = answer.headers().contains_key("allow");
        let (answered, body) = problem(answer).await;
        assert_eq!(
            (answered, body["code"].as_str()),
            (status, Some(code)),
            "{method} {path}"
        );
        assert_eq!(allow, status == 405, "{method} {path}");
    }
    let sound = admin
        .request(Method::PUT, "~/media/some/audio")
        .header("connection", "close")
        .body(vec![0; 12 * 1024 * 1024]);
    let (status, body) = problem(sound.send().await.unwrap()).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (413, Some("body_too_large"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_of_a_medium_is_uploaded_and_heard() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let made = admin
        .post(
            "~/media",
            &json!({"name": "Jingle", "media_source": "upload"}),
        )
        .await;
    let path = format!("~/media/{}/audio", made["id"].as_str().unwrap());
    assert_eq!(admin.refused(Method::GET, &path, None).await.0, 404);
    let text = admin
        .request(Method::PUT, &path)
        .body("not a sound")
        .send()
        .await
        .unwrap();
    assert_eq!(problem(text).await.0, 422);
    let wav = a_sound();
    let kept = admin
        .request(Method::PUT, &path)
        .body(wav.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(kept.status(), StatusCode::OK);
    let heard = admin.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(heard.headers()["content-type"], "audio/wav");
    assert_eq!(heard.bytes().await.unwrap(), wav);
}

/// A WAV file of a tenth of a second of silence, as it is also kept.
pub fn a_sound() -> Vec<u8> {
    let header = [
        b"RIFF\x64\x06\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".as_slice(),
        &8_000_u32.to_le_bytes(),
        &16_000_u32.to_le_bytes(),
        b"\x02\0\x10\0data\x40\x06\0\0",
    ];
    [header.concat(), vec![0; 1_600]].concat()
}

//! Whole sets of documents by script: in, out, and in again.

use crate::bench::{ADMIN, Session, TestServer, problem};
use callflow::ResourceKind;
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The example documents of the domain's own tests, as one file of KAZOO.
fn examples() -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../callflow/tests/fixtures/kazoo");
    let mut file = Map::new();
    for path in json_files(&folder) {
        let document = json_file(&path);
        // Envelopes and lists come by themselves; documents by id.
        let (name, list) = (
            stem(&path),
            document.get("data").is_some_and(Value::is_array),
        );
        if document.is_array() || list || document.get("module").is_some() {
            continue;
        }
        let mut document = document.get("data").cloned().unwrap_or(document);
        document["id"] = json!(name);
        let list = file.entry("callflows").or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().push(document);
    }
    for path in json_files(&folder.join("resources")) {
        file.insert(stem(&path), json!([json_file(&path)]));
    }
    Value::Object(file)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn json_file(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "json"));
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

async fn counts(session: &Session<'_>) -> Vec<usize> {
    let exported = session.get("~/export").await;
    let count = |value: &Value| match value {
        Value::Array(items) => items.len(),
        Value::Object(by_id) => by_id.len(),
        _ => 0,
    };
    let resources = exported["resources"].as_object().into_iter().flatten();
    std::iter::once(count(&exported["callflows"]))
        .chain(resources.map(|(_, of_kind)| count(of_kind)))
        .collect()
}

/// What an answer's report says in one part.
fn told(answer: &Value, part: &str) -> String {
    answer["report"][part].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn example_set_comes_out_of_another_account_equal() {
    let server = TestServer::start().await;
    let oakfield = server.sign_in("admin@oakfield.example").await;
    let file = examples();
    let imported = oakfield.post("~/import", &file).await;
    assert_eq!(imported["written"], true);
    assert_eq!(told(&imported, "refused"), "[]");
    let callflows = file["callflows"].as_array().unwrap();
    assert_eq!(imported["items"].as_array().unwrap().len(), callflows.len());
    // Every document, under its new id, says what it said under the old one.
    let (mut expected, _) = callflow::kazoo::read(&file);
    let new_id = |list: &str, kind: Option<ResourceKind>, old: &str| {
        let found = imported[list].as_array().unwrap().iter().find(|item| {
            item["source_id"] == old && kind.is_none_or(|kind| item["kind"] == json!(kind))
        });
        found.and_then(|item| item["id"].as_str().map(str::to_owned))
    };
    expected.remap(|kind, old| match kind {
        ResourceKind::Callflow => new_id("items", None, old),
        kind => new_id("resources", Some(kind), old),
    });
    for item in &mut expected.resources {
        for secret in ["sip.password", "password"] {
            let is_secret = matches!(
                item.kind,
                ResourceKind::User | ResourceKind::Device | ResourceKind::Carrier
            );
            if is_secret {
                callflow::json::set(&mut item.document, secret, Value::Null);
            }
        }
    }
    let exported = oakfield.get("~/export?format=kazoo").await;
    let (mut found, report) = callflow::kazoo::read(&exported);
    assert_eq!(report.refused, []);
    found
        .resources
        .retain(|item| expected.resources.iter().any(|own| own.id == item.id));
    assert_eq!(found.resources.len(), expected.resources.len());
    for item in &expected.resources {
        let other = found.resources.iter().find(|other| other.id == item.id);
        assert_eq!(other.unwrap(), item);
    }
    for (document, answer) in expected
        .callflows
        .iter_mut()
        .zip(imported["items"].as_array().unwrap())
    {
        let gone = answer["numbers_left_out"].as_array().unwrap();
        let numbers = document.callflow.numbers.iter().map(|n| store::dialled(n));
        let numbers: Vec<Value> = numbers.map(Value::from).collect();
        let id = document.id.clone();
        let other = found.callflows.iter().find(|other| other.id == id).unwrap();
        assert_eq!(
            other.callflow.flow.to_kazoo(),
            document.callflow.flow.to_kazoo()
        );
        assert_eq!(other.callflow.extra, document.callflow.extra);
        let kept: Vec<&Value> = numbers.iter().filter(|n| !gone.contains(n)).collect();
        assert_eq!(json!(other.callflow.numbers), json!(kept));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_account_moves_to_another_one_in_both_forms() {
    let server = TestServer::start().await;
    let (fernhill, oakfield) = (
        server.sign_in(ADMIN).await,
        server.sign_in("admin@oakfield.example").await,
    );
    for format in ["patchcord", "kazoo"] {
        let path = format!("~/export?format={format}");
        let sent = fernhill.request(Method::GET, &path).send().await.unwrap();
        let disposition = sent.headers()["content-disposition"].to_str().unwrap();
        assert!(disposition.contains(".json"), "{disposition}");
        let file: Value = sent.json().await.unwrap();
        assert!(!file.to_string().contains("correct horse"), "{format}");
        let imported = oakfield.post("~/import", &file).await;
        let items = imported["items"].as_array().unwrap();
        assert_eq!(items.len(), file["callflows"].as_array().unwrap().len());
        for item in items {
            let errors = item["problems"].as_array().unwrap();
            let missing = errors.iter().any(|p| p["code"] == "RESOURCE_MISSING");
            assert!(!missing, "{item}");
        }
        let main = items.iter().find(|item| item["name"] == "Main line");
        let main = main.unwrap()["id"].as_str().unwrap().to_owned();
        let copy = format!("~/callflows/{main}/export?format=kazoo");
        let copy = oakfield.get(&copy).await;
        assert_eq!(copy["flow"]["module"], "temporal_route");
    }
    let (status, _) = oakfield
        .refused(Method::GET, "~/export?format=xml", None)
        .await;
    assert_eq!(status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_reports_and_writes_nothing() {
    let server = TestServer::start().await;
    let oakfield = server.sign_in("admin@oakfield.example").await;
    let before = counts(&oakfield).await;
    let file = json!([
        {"id": "c", "name": "Day", "numbers": ["3000"], "flow": {"module": "menu", "data": {"id": "m"}}},
        {"id": "x", "name": "Wrong", "flow": 7},
    ]);
    let answer = oakfield
        .request(Method::POST, "~/import?dry_run=true")
        .json(&file)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["written"], false);
    assert_eq!(answer["items"][0]["name"], "Day");
    assert_eq!(answer["items"][0]["id"], Value::Null);
    assert!(told(&answer, "missing").contains("The menu m is not there"));
    assert!(told(&answer, "refused").contains("It is no callflow"));
    assert_eq!(counts(&oakfield).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn document_that_fails_keeps_everything_out_unless_a_part_is_enough() {
    let server = TestServer::start().await;
    let oakfield = server.sign_in("admin@oakfield.example").await;
    let before = counts(&oakfield).await;
    let file = json!([
        {"id": "u", "pvt_type": "user", "first_name": "Ann", "last_name": "Ash"},
        {"id": "c", "name": "Day", "numbers": ["3000"], "flow": {"module": "user", "data": {"id": "u"}}},
        {"id": "x", "name": "Wrong", "flow": {"data": {}}},
    ]);
    let (status, body) = oakfield
        .refused(Method::POST, "~/import", Some(&file))
        .await;
    assert_eq!(
        (status, body["code"].as_str()),
        (422, Some("documents_refused"))
    );
    assert_eq!(body["report"]["refused"][0]["id"], "x");
    assert_eq!(counts(&oakfield).await, before);
    let partial = oakfield.post("~/import?partial=true", &file).await;
    assert_eq!(partial["items"].as_array().unwrap().len(), 1);
    assert_eq!(partial["resources"][0]["name"], "Ann Ash");
    assert_eq!(partial["resources"][0]["kind"], "user");
    let user = partial["resources"][0]["id"].as_str().unwrap();
    let flow = partial["items"][0]["id"].as_str().unwrap();
    let flow = oakfield.get(&format!("~/callflows/{flow}")).await;
    let root = flow["flow"]["root"].as_str().unwrap();
    assert_eq!(flow["flow"]["nodes"][root]["data"]["id"], user);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_no_document_is_refused_and_so_is_what_is_too_large() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    for (body, code, status) in [
        ("{\"flow\": ", "invalid_json", 400),
        ("", "invalid_json", 400),
        ("{}", "not_a_callflow", 422),
        ("[]", "not_a_callflow", 422),
        ("7", "not_a_callflow", 422),
        (r#"{"hello": "world"}"#, "not_a_callflow", 422),
        (
            r#"{"data": [{"id": "c", "name": "A summary", "numbers": []}]}"#,
            "not_a_callflow",
            422,
        ),
    ] {
        let sent = admin.request(Method::POST, "~/import").body(body);
        let (found, problem) = problem(sent.send().await.unwrap()).await;
        assert_eq!(
            (found, problem["code"].as_str()),
            (status, Some(code)),
            "{body}"
        );
    }
    let mut large = br#"{"flow": {"module": "echo"}}"#.to_vec();
    large.resize(9 << 20, b' ');
    let sent = admin.request(Method::POST, "~/import").body(large.clone());
    assert_eq!(sent.send().await.unwrap().status(), StatusCode::CREATED);
    large.resize(33 << 20, b' ');
    let sent = admin.request(Method::POST, "~/import").body(large);
    assert_eq!(problem(sent.send().await.unwrap()).await.0, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn import_repeated_with_one_key_is_done_once() {
    let server = TestServer::start().await;
    let oakfield = server.sign_in("admin@oakfield.example").await;
    let file = json!({"users": [{"first_name": "Ann", "last_name": "Ash"}]});
    let send = async || {
        let request = oakfield.request(Method::POST, "~/import").json(&file);
        let request = request.header("idempotency-key", "import-1");
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let first = send().await;
    assert_eq!(send().await, first);
    let found = oakfield.get("~/users?search=Ash").await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_imports_into_or_exports_from_an_account_of_others() {
    let server = TestServer::start().await;
    let (admin, oakfield) = (
        server.sign_in(ADMIN).await,
        server.sign_in("admin@oakfield.example").await,
    );
    let foreign = format!("/accounts/{}", oakfield.account);
    let file = json!({"flow": {"module": "echo"}});
    let import = format!("{foreign}/import");
    assert_eq!(
        admin.refused(Method::POST, &import, Some(&file)).await.0,
        404
    );
    let export = format!("{foreign}/export");
    assert_eq!(admin.refused(Method::GET, &export, None).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn deepest_flow_comes_back() {
    let server = TestServer::start().await;
    let oakfield = server.sign_in("admin@oakfield.example").await;
    let mut text = String::new();
    for _ in 1..callflow::limits::MAX_DEPTH {
        text.push_str(r#"{"module":"sleep","data":{"duration":1},"children":{"_":"#);
    }
    text.push_str(r#"{"module":"echo","data":{},"children":{}}"#);
    text.push_str(&"}}".repeat(callflow::limits::MAX_DEPTH - 1));
    let sent = oakfield
        .request(Method::POST, "~/import")
        .body(format!(r#"{{"data":[{{"name":"Deep","flow":{text}}}]}}"#));
    let sent = sent.send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::CREATED);
    let exported = oakfield.request(Method::GET, "~/export?format=kazoo");
    let exported = exported.send().await.unwrap().bytes().await.unwrap();
    let (set, report) = callflow::kazoo::read_text(&exported).unwrap();
    assert_eq!(report.refused, []);
    let deep = set.callflows.iter().find(|d| d.callflow.name == "Deep");
    assert_eq!(
        deep.unwrap().callflow.flow.len(),
        callflow::limits::MAX_DEPTH
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_far_too_much_before_listening_still_hears_why_it_is_refused() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = TestServer::start().await;
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = vec![b' '; 24 << 20];
    let head = format!(
        "POST /api/v1/sign-in HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("body_too_large"), "{answer}");
}

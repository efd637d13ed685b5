//! One running program with the demo, and a client that follows nothing by itself.

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use server::config::Settings;
use server::serve::{Running, start};
use tempfile::TempDir;

pub const PASSWORD: &str = "correct horse battery";
pub const ADMIN: &str = "admin@fernhill.example";

/// A running program. It ends with the test's runtime.
pub struct TestServer {
    pub base: String,
    pub client: Client,
    pub running: Running,
    pub dir: TempDir,
}

impl TestServer {
    pub async fn start() -> TestServer {
        TestServer::with(|_| {}).await
    }

    /// Starts it with changed settings.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> TestServer {
        let dir = tempfile::tempdir().unwrap();
        let site = dir.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        std::fs::write(site.join("pkg/patchcord.js"), "export default 1;").unwrap();
        std::fs::write(site.join("mark.svg"), "<svg/>").unwrap();
        let mut settings = Settings {
            data: Some(dir.path().join("data")),
            http: Some("127.0.0.1:0".into()),
            sip: Some("127.0.0.1:0".into()),
            demo: Some(true),
            demo_password: Some(PASSWORD.into()),
            site: Some(site),
            ..Settings::default()
        };
        change(&mut settings);
        let running = start(settings.complete().unwrap()).await.unwrap();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        TestServer {
            base: format!("http://{}", running.http),
            client,
            running,
            dir,
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub async fn sign_in(&self, email: &str) -> Session<'_> {
        let body = serde_json::json!({"email": email, "password": PASSWORD});
        let answer = self
            .request(Method::POST, "/api/v1/sign-in")
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().await.unwrap();
        Session {
            server: self,
            token: answer["token"].as_str().unwrap().to_owned(),
            account: answer["account_id"].as_str().unwrap().to_owned(),
        }
    }

    /// Signs in as a browser does and returns the cookie's `name=value`.
    pub async fn cookie(&self) -> String {
        let form = [("email", ADMIN), ("password", PASSWORD)];
        let answer = self
            .request(Method::POST, "/sign-in")
            .form(&form)
            .send()
            .await
            .unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

/// Somebody's token.
pub struct Session<'a> {
    pub server: &'a TestServer,
    pub token: String,
    pub account: String,
}

impl Session<'_> {
    /// A request below `/api/v1`; `~` stands for the caller's own account.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path = path.replace('~', &format!("/accounts/{}", self.account));
        self.server
            .request(method, &format!("/api/v1{path}"))
            .bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Value {
        good(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        good(
            self.request(Method::POST, path)
                .json(body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// The answer to a request that is refused: status and problem.
    pub async fn refused(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        problem(request.send().await.unwrap()).await
    }
}

async fn good(answer: Response) -> Value {
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// Checks that an answer is a problem (RFC 9457) and reads it.
pub async fn problem(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    assert_eq!(
        answer.headers()["content-type"],
        "application/problem+json",
        "{status}"
    );
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["status"], status);
    assert!(body["code"].is_string() && body["detail"].is_string());
    (status, body)
}

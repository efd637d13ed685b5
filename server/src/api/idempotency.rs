//! `Idempotency-Key`: a create that may be repeated.

use crate::api::body::answer;
use crate::api::problem::Problem;
use crate::state::App;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;
use store::{Begun, Caller, StoredAnswer};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Does `work` once for the request's key and gives the same answer to every repetition. Without a key it just does it.
/// `collection` is the address of the list the new thing joins; `request` its body.
pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    collection: &str,
    request: &Value,
    work: impl Future<Output = Result<Value, Problem>>,
) -> Result<Response, Problem> {
    let Some(key) = headers.get(KEY) else {
        return Ok(created(collection, work.await?));
    };
    let key = key.to_str().unwrap_or("");
    let print = format!("{collection}\n{request}");
    if let Begun::Again(stored) = app.store.begin_idempotent(caller, key, &print).await? {
        let body = serde_json::from_str(&stored.body).unwrap_or(Value::Null);
        let mut response = created(collection, body);
        *response.status_mut() = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::CREATED);
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
        return Ok(response);
    }
    match work.await {
        Ok(body) => {
            let stored = StoredAnswer {
                status: StatusCode::CREATED.as_u16(),
                body: body.to_string(),
            };
            app.store
                .finish_idempotent(caller, key, Some(&stored))
                .await?;
            Ok(created(collection, body))
        }
        Err(problem) => {
            app.store.finish_idempotent(caller, key, None).await?;
            Err(problem)
        }
    }
}

fn created(collection: &str, body: Value) -> Response {
    let id = body
        .get("id")
        .or_else(|| body.get("number"))
        .and_then(Value::as_str);
    let location = id.map(|id| format!("/api/v1{collection}/{id}"));
    let mut response = answer(StatusCode::CREATED, body);
    if let Some(location) = location.and_then(|l| HeaderValue::from_str(&l).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

//! `Idempotency-Key`: a create that may be repeated.

use crate::api::body::answer;
use crate::api::problem::Problem;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;
use store::{Caller, Made, Once, StoredAnswer};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What can be made by a request that may be repeated.
pub(super) trait Shown {
    /// As the API writes it.
    fn shown(&self) -> Value;
}

/// The request's key, if it has one. `collection` is the address of the list the new thing joins; `request` its body.
pub(super) fn once<'a, T: Shown>(
    caller: &'a Caller,
    headers: &'a HeaderMap,
    collection: &str,
    request: &Value,
) -> Result<Option<Once<'a, T>>, Problem> {
    let Some(key) = headers.get(KEY) else {
        return Ok(None);
    };
    let key = key.to_str().unwrap_or("");
    let once = Once::new(caller, key, &format!("{collection}\n{request}"), stored)?;
    Ok(Some(once))
}

fn stored<T: Shown>(made: &T) -> StoredAnswer {
    StoredAnswer {
        status: StatusCode::CREATED.as_u16(),
        body: made.shown().to_string(),
    }
}

/// The answer to a create; the same to every repetition.
pub(super) fn created<T: Shown>(collection: &str, made: &Made<T>) -> Response {
    let stored = match made {
        Made::New(made) => return located(collection, made.shown()),
        Made::Again(stored) => stored,
    };
    let body = serde_json::from_str(&stored.body).unwrap_or(Value::Null);
    let mut response = located(collection, body);
    *response.status_mut() = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::CREATED);
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn located(collection: &str, body: Value) -> Response {
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

//! Reading requests and writing answers, the same everywhere.

use crate::api::problem::Problem;
use crate::documents::Format;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{CallFilter, Direction, Listed, Moment, Page};

/// A request body as it came.
pub(crate) struct Text(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Text, Problem> {
        let bytes = Bytes::from_request(request, state).await;
        bytes.map(Text).map_err(|rejection| {
            let status = rejection.status();
            let code = if status == StatusCode::PAYLOAD_TOO_LARGE {
                "body_too_large"
            } else {
                "body_unreadable"
            };
            Problem::new(
                status,
                code,
                format!("The request body could not be read: {rejection}."),
            )
        })
    }
}

/// A JSON request body. An empty body reads as `null`.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Body<T>, Problem> {
        let Text(bytes) = Text::from_request(request, state).await?;
        let bytes: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        callflow::json::read(bytes)
            .map_err(|error| error.to_string())
            .and_then(|text| serde_json::from_value(text.value).map_err(|error| error.to_string()))
            .map(Body)
            .map_err(|why| {
                Problem::bad_request(
                    "invalid_json",
                    format!("The request body is not the JSON that is needed here: {why}. /api/docs shows it."),
                )
            })
    }
}

/// A JSON object as request body.
pub(crate) fn object(value: Value) -> Result<Map<String, Value>, Problem> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Problem::bad_request(
            "invalid_json",
            "The request body must be a JSON object. /api/docs shows it.",
        )),
    }
}

/// What lists can be asked.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ListQuery {
    cursor: Option<String>,
    limit: Option<String>,
    search: Option<String>,
    spare: Option<String>,
    active: Option<String>,
    pub(crate) callflow: Option<String>,
    pub(crate) call: Option<String>,
    pub(crate) fax_box: Option<String>,
    pub(crate) number: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    format: Option<String>,
    dry_run: Option<String>,
    partial: Option<String>,
    direction: Option<String>,
    answered: Option<String>,
    since: Option<String>,
    before: Option<String>,
}

impl ListQuery {
    /// The piece of the list.
    pub(crate) fn page(&self) -> Result<Page, Problem> {
        let limit = match self.limit.as_deref() {
            None | Some("") => None,
            Some(text) => Some(text.parse().ok().filter(|n| *n > 0).ok_or_else(|| {
                Problem::bad_request("invalid_query", "limit must be a number from 1 to 200")
            })?),
        };
        let clean = |text: &Option<String>| text.clone().filter(|t| !t.contains('\0'));
        Ok(Page {
            cursor: clean(&self.cursor),
            limit,
            search: clean(&self.search),
        })
    }

    /// Only numbers without callflow.
    pub(crate) fn spare(&self) -> bool {
        is_yes(self.spare.as_deref())
    }

    /// How documents are written.
    pub(crate) fn format(&self) -> Result<Format, Problem> {
        Format::parse(self.format.as_deref().unwrap_or("patchcord")).ok_or_else(|| {
            Problem::bad_request("invalid_query", "format must be patchcord or kazoo")
        })
    }

    /// Nothing is to be written.
    pub(crate) fn dry_run(&self) -> bool {
        is_yes(self.dry_run.as_deref())
    }

    /// Some of it is enough.
    pub(crate) fn partial(&self) -> bool {
        is_yes(self.partial.as_deref())
    }

    /// Which calls are wanted.
    pub(crate) fn calls(&self) -> Result<CallFilter, Problem> {
        let wrong = |what: &str| Problem::bad_request("invalid_query", what);
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let direction = match given(&self.direction).as_deref() {
            None => None,
            Some("inbound") => Some(Direction::Inbound),
            Some("outbound") => Some(Direction::Outbound),
            Some("internal") => Some(Direction::Internal),
            Some(_) => return Err(wrong("direction must be inbound, outbound or internal")),
        };
        let answered = match given(&self.answered).as_deref() {
            None => None,
            Some("true" | "1" | "yes") => Some(true),
            Some("false" | "0" | "no") => Some(false),
            Some(_) => return Err(wrong("answered must be true or false")),
        };
        let moment = |text: &Option<String>, what: &str| match given(text) {
            None => Ok(None),
            Some(text) => Moment::parse(&text).map(Some).ok_or_else(|| wrong(what)),
        };
        Ok(CallFilter {
            active: is_yes(self.active.as_deref()),
            callflow_id: self.callflow.clone(),
            direction,
            answered,
            since: moment(
                &self.since,
                "since must be a time such as 2026-11-27T08:00:00Z",
            )?,
            before: moment(
                &self.before,
                "before must be a time such as 2026-11-27T08:00:00Z",
            )?,
        })
    }
}

fn is_yes(text: Option<&str>) -> bool {
    matches!(text, Some("" | "1" | "true" | "yes"))
}

/// The query of a request.
pub(crate) struct Query(pub(crate) ListQuery);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Query, Problem> {
        axum::extract::Query::<ListQuery>::from_request_parts(parts, state)
            .await
            .map(|query| Query(query.0))
            .map_err(|rejection| Problem::bad_request("invalid_query", rejection.to_string()))
    }
}

/// The revision named by `If-Match`; `*` and absence name none.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or("").trim();
    if text == "*" {
        return Ok(None);
    }
    text.trim_start_matches("W/")
        .trim_matches('"')
        .parse()
        .map(Some)
        .map_err(|_| {
            Problem::bad_request(
                "invalid_if_match",
                "If-Match must be a revision number, such as \"3\"",
            )
        })
}

/// The revision a replacement starts from: `If-Match`, else the document's own `revision`. One of them is needed, so
/// that nobody overwrites what they have not seen; `If-Match: *` says it is meant.
pub(crate) fn base_revision(
    headers: &HeaderMap,
    document: &Map<String, Value>,
) -> Result<Option<i64>, Problem> {
    if headers.contains_key(header::IF_MATCH) {
        return if_match(headers);
    }
    match document.get("revision").and_then(Value::as_i64) {
        Some(revision) => Ok(Some(revision)),
        None => Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "revision_required",
            "Name the revision you changed, in If-Match or as revision in the document.",
        )),
    }
}

/// A JSON answer with the revision as `ETag`.
pub(crate) fn answer(status: StatusCode, body: Value) -> Response {
    let revision = body.get("revision").and_then(Value::as_i64);
    let mut response = (status, Json(body)).into_response();
    if let Some(etag) = revision.and_then(|r| HeaderValue::from_str(&format!("\"{r}\"")).ok()) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// A list answer.
pub(crate) fn list(items: Vec<Value>, next: Option<String>) -> Response {
    let mut body = Map::new();
    body.insert("items".into(), Value::Array(items));
    body.insert("next".into(), next.map_or(Value::Null, Value::String));
    Json(Value::Object(body)).into_response()
}

/// A piece of a list, as the store found it.
pub(crate) fn listed<T: Serialize>(found: Listed<T>) -> Response {
    let items = found.items.into_iter().map(|item| json!(item));
    list(items.collect(), found.next)
}

/// Done, nothing to say.
pub(crate) fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

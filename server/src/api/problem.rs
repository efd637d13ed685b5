//! Errors as `application/problem+json` (RFC 9457).

use axum::body::to_bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use store::Error;

/// Longest text of a refusal that is kept, in bytes.
const LONGEST_TEXT: usize = 4_096;

/// An error answer. `code` is stable; `detail` is for people.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    extra: Vec<(String, Value)>,
    retry_after_s: Option<u64>,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Problem {
        Problem {
            status,
            code,
            detail: detail.into(),
            extra: Vec::new(),
            retry_after_s: None,
        }
    }

    /// Nobody, or somebody whose token is not known or over.
    pub(crate) fn unauthorized() -> Problem {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "This needs a token that is known and not expired. Get one from POST /api/v1/sign-in and send it as \
             Authorization: Bearer.",
        )
    }

    /// Something about the request itself.
    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// Adds a member to the answer.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Problem {
        self.extra.push((key.to_owned(), value.into()));
        self
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        let status = match &error {
            Error::NotFound { .. } => StatusCode::NOT_FOUND,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::Invalid { .. } | Error::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Error::NumberTaken { .. } | Error::Taken(_) | Error::InUse { .. } | Error::KeyBusy => {
                StatusCode::CONFLICT
            }
            Error::Stale { .. } => StatusCode::PRECONDITION_FAILED,
            Error::BadCredentials => StatusCode::UNAUTHORIZED,
            Error::TooManyAttempts { .. } | Error::Full(_) => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            // What exactly failed is for the log; it may name tables and paths.
            tracing::error!(%error, "a request failed");
            return Problem::new(
                status,
                "internal",
                "The server could not do this now. Try again; if it stays so, look into its log.",
            );
        }
        let problem = Problem::new(status, error.code(), error.to_string());
        match error {
            Error::Invalid { field, .. } => problem.with("field", field),
            Error::NumberTaken {
                number,
                callflow_id,
                callflow_name,
            } => problem.with("number", number).with(
                "callflow",
                json!({"id": callflow_id, "name": callflow_name}),
            ),
            Error::InUse { users, .. } => problem.with("used_by", json!(users)),
            Error::Stale { current, .. } => problem.with("current_revision", current),
            Error::TooManyAttempts { retry_after_s } => Problem {
                retry_after_s: Some(retry_after_s),
                ..problem
            },
            _ => problem,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        body.insert("type".into(), "about:blank".into());
        let title = self.status.canonical_reason().unwrap_or("Error");
        body.insert("title".into(), title.into());
        body.insert("status".into(), self.status.as_u16().into());
        body.insert("code".into(), self.code.into());
        body.insert("detail".into(), self.detail.into());
        body.extend(self.extra);
        let mut response = (self.status, Value::Object(body).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Gives refusals that did not come from a handler, such as those of paths and bodies that cannot be read, the form
/// of all others.
pub(super) async fn in_one_form(response: Response) -> Response {
    let status = response.status();
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/problem+json");
    if is_problem || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let text = to_bytes(body, LONGEST_TEXT).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let code = match status {
        StatusCode::NOT_FOUND => "no_such_path",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        status if status.is_server_error() => "internal",
        _ => "invalid_request",
    };
    let detail = match text.trim().trim_end_matches('.') {
        "" => "The request could not be answered. /api/docs shows what is needed.".to_owned(),
        text => format!("{text}. /api/docs shows what is needed."),
    };
    let mut response = Problem::new(status, code, detail).into_response();
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = parts.headers.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

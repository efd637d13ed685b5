//! `/api/docs`: the API for people, without scripts and without anything from elsewhere.

use crate::api::openapi::meaning;
use crate::api::operation::Operation;
use crate::api::operations;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use std::fmt::Write;
use std::sync::LazyLock;

static PAGE: LazyLock<String> = LazyLock::new(build);

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
    color-scheme:light dark}code,pre{font-family:ui-monospace,monospace;font-size:.92em}\
    article{border-top:1px solid #8886;padding:.6rem 0}h3{font-size:1rem;margin:.2rem 0}\
    .m{display:inline-block;min-width:4.5rem;font-weight:700}dt{font-weight:600}dd{margin:0 0 .3rem 1rem}\
    pre{overflow-x:auto;padding:.8rem;border:1px solid #8886;border-radius:6px}";

/// The page.
pub(super) async fn page() -> Response {
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    (
        [(header::CONTENT_SECURITY_POLICY, policy)],
        Html(PAGE.as_str()),
    )
        .into_response()
}

fn build() -> String {
    let mut page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Patchcord API</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head><body><main>\
         <h1>Patchcord API</h1>\
         <p>All paths begin with <code>/api/v1</code>. The same as <a href=\"/api/v1/openapi.json\">OpenAPI 3.1</a>.</p>\
         <h2>Getting started</h2>\
         <pre>curl -s localhost:3000/api/v1/sign-in -d '{{\"email\":\"…\",\"password\":\"…\"}}'\n\
         curl -s localhost:3000/api/v1/accounts -H 'Authorization: Bearer …'</pre>\
         <ul><li>Lists take <code>cursor</code>, <code>limit</code>, <code>search</code> and answer \
         <code>{{\"items\": […], \"next\": …}}</code>; <code>next</code> is the next cursor.</li>\
         <li>Documents carry <code>revision</code>; a replacement names the one it started from in <code>If-Match</code> \
         and gets 412 when somebody else was first.</li>\
         <li>A create with <code>Idempotency-Key</code> may be repeated for a day.</li>\
         <li>Errors are <code>application/problem+json</code> with a stable <code>code</code>.</li>\
         <li>Times are RFC 3339 UTC. Durations are whole numbers with the unit in the name.</li></ul>"
    );
    let mut tag = "";
    for operation in operations() {
        if operation.tag != tag {
            tag = operation.tag;
            let _ = write!(page, "<h2>{}</h2>", escape(tag));
        }
        write_operation(&mut page, &operation);
    }
    page.push_str("</main></body></html>");
    page
}

fn write_operation(page: &mut String, operation: &Operation) {
    let _ = write!(
        page,
        "<article><h3><span class=\"m\">{}</span> <code>{}</code></h3><p>{}.{}{}</p><dl>",
        operation.method.to_uppercase(),
        escape(&operation.path),
        escape(&operation.summary),
        if operation.detail.is_empty() { "" } else { " " },
        escape(operation.detail),
    );
    for parameter in &operation.parameters {
        let _ = write!(
            page,
            "<dt><code>?{}=</code></dt><dd>{}</dd>",
            parameter.name,
            escape(parameter.help)
        );
    }
    if operation.takes_revision {
        page.push_str("<dt><code>If-Match</code></dt><dd>The revision this starts from.</dd>");
    }
    if operation.takes_key {
        page.push_str("<dt><code>Idempotency-Key</code></dt><dd>Makes it safe to repeat.</dd>");
    }
    if let Some(body) = &operation.body {
        let _ = write!(page, "<dt>Body</dt><dd>{}</dd>", escape(body));
    }
    let (status, schema) = &operation.answer;
    let schema = operation.media.unwrap_or(schema);
    let _ = write!(page, "<dt>{status}</dt><dd>{}</dd>", escape(schema));
    for status in &operation.refusals {
        let _ = write!(
            page,
            "<dt>{status}</dt><dd>{}</dd>",
            escape(meaning(*status))
        );
    }
    page.push_str("</dl></article>");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

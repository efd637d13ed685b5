//! Refusing what another web site makes a browser send.
//!
//! Cookies travel with requests that other sites cause. Browsers say where a request comes from: `Sec-Fetch-Site`
//! (Fetch Metadata) or at least `Origin` (RFC 6454). A request with neither is not from a browser and carries no
//! cookie by somebody else's doing.

use crate::api::problem::Problem;
use crate::state::App;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Refuses state-changing requests from other origins. Requests with a bearer token are not the browser's own idea.
pub(crate) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let bearer = request.headers().contains_key(header::AUTHORIZATION);
    if safe || bearer || same_origin(request.headers(), app.config.public_url.as_deref()) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::FORBIDDEN,
        "foreign_origin",
        "The request was started by another web site. Open the page in Patchcord itself and try again.",
    )
    .into_response()
}

fn same_origin(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text("origin") else {
        return true;
    };
    if public_url.is_some_and(|url| url.trim_end_matches('/') == origin) {
        return true;
    }
    let host = text("host").unwrap_or("");
    let from: Option<Uri> = origin.parse().ok();
    from.as_ref()
        .and_then(Uri::authority)
        .is_some_and(|authority| !host.is_empty() && authority.as_str().eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", "phones.example:3000".parse().unwrap());
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        same_origin(&headers, Some("https://phones.example/"))
    }

    #[test]
    fn own_pages_and_programs_pass() {
        assert!(verdict(&[]));
        assert!(verdict(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://other.example")
        ]));
        assert!(verdict(&[("sec-fetch-site", "none")]));
        assert!(verdict(&[("origin", "http://phones.example:3000")]));
        assert!(verdict(&[("origin", "https://phones.example")]));
    }

    #[test]
    fn other_sites_and_hidden_origins_are_refused() {
        assert!(!verdict(&[("sec-fetch-site", "cross-site")]));
        assert!(!verdict(&[("sec-fetch-site", "same-site")]));
        assert!(!verdict(&[("origin", "http://evil.example")]));
        assert!(!verdict(&[("origin", "http://phones.example:3001")]));
        assert!(!verdict(&[("origin", "null")]));
    }
}

//! Who sends a request: a session cookie for browsers, a bearer token for programs.

use crate::api::problem::Problem;
use crate::state::App;
use axum::Form;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use store::{Caller, Error, TokenKind};

const COOKIE: &str = "patchcord_session";
/// The `__Host-` prefix binds a Secure cookie to this host and path (RFC 6265bis §4.1.3.2).
const SECURE_COOKIE: &str = "__Host-patchcord_session";
const LONGEST_PATH: usize = 2_000;

/// Whether the browser reached us, or the proxy in front, by HTTPS.
pub(crate) fn secure(app: &App, headers: &HeaderMap) -> bool {
    let forwarded = headers
        .get("x-forwarded-proto")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
    app.config.is_https() || (app.config.trust_forwarded && forwarded)
}

fn cookie_name(secure: bool) -> &'static str {
    if secure { SECURE_COOKIE } else { COOKIE }
}

/// The network address behind a request: the peer, or what a trusted proxy says.
pub(crate) fn source(app: &App, headers: &HeaderMap, peer: SocketAddr) -> IpAddr {
    forwarded(app, headers)
        .flatten()
        .unwrap_or_else(|| peer.ip())
}

/// Whether a request was made on this machine, and not only handed on by a proxy here.
pub(crate) fn is_local(app: &App, headers: &HeaderMap, peer: SocketAddr) -> bool {
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    let behind = forwarded(app, headers);
    is_loopback(peer.ip()) && behind.is_none_or(|address| address.is_some_and(is_loopback))
}

/// Whom a trusted proxy asks for, if it says so; inside, none for what is no address.
fn forwarded(app: &App, headers: &HeaderMap) -> Option<Option<IpAddr>> {
    if !app.config.trust_forwarded {
        return None;
    }
    // The proxy in front appends the address it saw; earlier entries are the client's own claim.
    let lines = headers.get_all("x-forwarded-for");
    let text = lines.iter().next_back()?.to_str().unwrap_or("");
    let last = text.rsplit(',').next().unwrap_or("").trim();
    let with_port = || last.parse().map(|address: SocketAddr| address.ip());
    Some(last.parse().or_else(|_| with_port()).ok())
}

async fn from_cookie(app: &App, headers: &HeaderMap) -> Result<Option<Caller>, Error> {
    let jar = CookieJar::from_headers(headers);
    match jar.get(cookie_name(secure(app, headers))) {
        Some(cookie) => app.store.caller(cookie.value(), TokenKind::Cookie).await,
        None => Ok(None),
    }
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The caller of an API request; without one the request is refused.
pub(crate) struct Signed(pub(crate) Caller);

impl FromRequestParts<App> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Signed, Problem> {
        let headers = &parts.headers;
        let caller = if headers.contains_key(header::AUTHORIZATION) {
            match bearer(headers) {
                Some(token) => app.store.caller(token, TokenKind::Api).await?,
                None => None,
            }
        } else {
            from_cookie(app, headers).await?
        };
        caller.map(Signed).ok_or_else(Problem::unauthorized)
    }
}

/// Looks up the session of a page's request and keeps the caller with it. Pages without one lead to sign-in.
pub(crate) async fn session(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let caller = match from_cookie(&app, request.headers()).await {
        Ok(caller) => caller,
        Err(error) => return Problem::from(error).into_response(),
    };
    let path = request.uri().path();
    let open = path == "/sign-in" || path.starts_with("/ui/");
    match caller {
        Some(caller) => {
            request.extensions_mut().insert(caller);
        }
        // Server functions answer for themselves, in a form their pages understand.
        None if !open => {
            let wanted = request.uri().path_and_query().map_or("/", |p| p.as_str());
            return Redirect::to(&sign_in_address(wanted, None)).into_response();
        }
        None => {}
    }
    let mut response = next.run(request).await;
    // What a signed-in person saw must not come back from a cache after they left.
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The sign-in form.
#[derive(Deserialize)]
pub(crate) struct SignInForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`: a new session, whatever cookie was there before.
pub(crate) async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Response {
    let source = source(&app, &headers, peer).to_string();
    let signed = app
        .store
        .sign_in(&form.email, &form.password, &source, TokenKind::Cookie)
        .await;
    let failed = |why: &str| Redirect::to(&sign_in_address(&form.next, Some(why))).into_response();
    match signed {
        Ok(signed) => {
            if let Some(old) =
                CookieJar::from_headers(&headers).get(cookie_name(secure(&app, &headers)))
            {
                // A session somebody may have planted or left behind ends here.
                let _ = app.store.revoke_token(old.value()).await;
            }
            let cookie = session_cookie(&app, &headers, signed.issued.token);
            (
                CookieJar::new().add(cookie),
                Redirect::to(landing(&form.next)),
            )
                .into_response()
        }
        Err(Error::BadCredentials) => failed("credentials"),
        Err(Error::TooManyAttempts { retry_after_s }) => {
            let mut response = failed("wait");
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
            response
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

/// `POST /sign-out`: ends the session.
pub(crate) async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Response {
    if let Some(cookie) = CookieJar::from_headers(&headers).get(cookie_name(secure(&app, &headers)))
        && let Err(error) = app.store.revoke_token(cookie.value()).await
    {
        return Problem::from(error).into_response();
    }
    let mut gone = session_cookie(&app, &headers, String::new());
    gone.make_removal();
    (CookieJar::new().add(gone), Redirect::to("/sign-in")).into_response()
}

fn session_cookie(app: &App, headers: &HeaderMap, token: String) -> Cookie<'static> {
    let secure = secure(app, headers);
    Cookie::build((cookie_name(secure), token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .build()
}

fn sign_in_address(wanted: &str, failed: Option<&str>) -> String {
    let mut address = String::from("/sign-in");
    let mut joint = '?';
    if let Some(why) = failed {
        address.push_str(&format!("?failed={why}"));
        joint = '&';
    }
    let wanted = landing(wanted);
    if wanted != "/accounts" {
        let escaped: String = wanted
            .bytes()
            .map(|b| match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                    char::from(b).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect();
        address.push_str(&format!("{joint}next={escaped}"));
    }
    address
}

/// Where to go after signing in: a path of this site and nothing else.
fn landing(next: &str) -> &str {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= LONGEST_PATH
        && next.is_ascii()
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
        && next != "/"
        && !next.starts_with("/sign-");
    if own { next } else { "/accounts" }
}

/// `/`: the accounts, or sign-in.
pub(crate) async fn home() -> Redirect {
    Redirect::to("/accounts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn landing_stays_on_this_site() {
        assert_eq!(landing("/a/1/callflows?x=1"), "/a/1/callflows?x=1");
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "/",
            "/sign-in",
            "/a\nb",
        ] {
            assert_eq!(landing(foreign), "/accounts", "{foreign:?}");
        }
    }

    #[test]
    fn sign_in_address_keeps_the_wanted_page() {
        assert_eq!(
            sign_in_address("/a/1/calls?x=1&y", None),
            "/sign-in?next=/a/1/calls%3Fx%3D1%26y"
        );
        assert_eq!(sign_in_address("", Some("wait")), "/sign-in?failed=wait");
    }
}

//! `/sign-in`.

use crate::api::body::Body;
use crate::api::operation::Operation;
use crate::api::problem::Problem;
use crate::auth;
use crate::state::App;
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, post};
use serde::Deserialize;
use serde_json::json;
use std::net::SocketAddr;
use store::TokenKind;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::post("/sign-in", "Sign-in", "Exchange email and password for a token", post(sign_in))
            .detail("The token goes into `Authorization: Bearer …` and ends after 30 days. Failed attempts of one source are refused for a while.")
            .body("Credentials")
            .answers(200, "Token")
            .refuses(&[429])
            .open(),
        Operation::delete("/token", "Sign-in", "End the token this request carries", delete(revoke)),
    ]
}

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
}

async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(credentials): Body<Credentials>,
) -> Result<Response, Problem> {
    let source = auth::source(&app, &headers, peer).to_string();
    let signed = app
        .store
        .sign_in(
            &credentials.email,
            &credentials.password,
            &source,
            TokenKind::Api,
        )
        .await?;
    let answer = json!({
        "token": signed.issued.token,
        "expires_at": signed.issued.expires_at,
        "account_id": signed.caller.account_id,
        "role": signed.caller.role,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

async fn revoke(
    State(app): State<App>,
    _signed: auth::Signed,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = auth::bearer(&headers) {
        app.store.revoke_token(token).await?;
    }
    Ok(super::body::done())
}

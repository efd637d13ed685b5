//! The REST API below `/api/v1`.
//!
//! One table of operations makes the router, the OpenAPI document and the readable page, so that they cannot differ.
//! Handlers read the request, call the store, and write the answer; every decision is the store's.

mod accounts;
mod body;
mod callflows;
mod calls;
mod conferences;
mod deleted;
mod docs;
mod faxes;
mod history;
mod idempotency;
mod import;
mod live;
mod media;
mod messages;
mod numbers;
mod openapi;
mod operation;
mod outgoing_faxes;
pub(crate) mod problem;
mod recordings;
mod resources;
mod schema;
mod settings;
mod sign_in;
mod signalling;

use crate::state::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::map_response;
use axum::routing::get;
use operation::Operation;
use problem::Problem;

/// Largest request body, in bytes.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// Every operation there is.
fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    all.extend(sign_in::operations());
    all.extend(accounts::operations());
    all.extend(callflows::operations());
    all.extend(history::operations());
    all.extend(deleted::operations());
    all.extend(import::operations());
    all.extend(resources::operations());
    all.extend(settings::operations());
    all.extend(media::operations());
    all.extend(messages::operations());
    all.extend(numbers::operations());
    all.extend(calls::operations());
    all.extend(live::operations());
    all.extend(signalling::operations());
    all.extend(recordings::operations());
    all.extend(faxes::operations());
    all.extend(outgoing_faxes::operations());
    all.extend(conferences::operations());
    all
}

/// The router below `/api`.
pub(crate) fn router() -> Router<App> {
    let mut v1 = Router::new();
    for operation in operations() {
        v1 = v1.route(&operation.path, operation.handler);
    }
    v1 = v1
        .route("/openapi.json", get(openapi::document))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method);
    Router::new()
        .nest("/v1", v1)
        .route("/docs", get(docs::page))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(map_response(problem::in_one_form))
}

pub(crate) async fn no_such_path() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no_such_path",
        "There is nothing at this address. /api/docs lists what there is.",
    )
}

async fn no_such_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This address does not take this method. /api/docs lists what there is.",
    )
}

//! `/accounts/{account}/settings`: what holds for the whole account.

use crate::api::body::{Body, answer, base_revision, object};
use crate::api::operation::Operation;
use crate::api::problem::Problem;
use crate::api::{resources, schema};
use crate::auth::Signed;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, put};
use callflow::ResourceKind;
use serde_json::Value;

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Accounts";
    let schema = schema::resource_name(ResourceKind::Settings);
    vec![
        Operation::get(
            "/accounts/{account}/settings",
            TAG,
            "Read the settings",
            get(read),
        )
        .answers(200, &schema),
        Operation::put(
            "/accounts/{account}/settings",
            TAG,
            "Replace the settings",
            put(replace),
        )
        .detail("The revision is 0 until they are changed for the first time.")
        .body(&schema)
        .answers(200, &schema)
        .refuses(&[409, 422, 428])
        .with_revision(),
    ]
}

async fn read(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let settings = app.store.settings(&access).await?;
    Ok(answer(StatusCode::OK, resources::write(settings)))
}

async fn replace(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    headers: HeaderMap,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let mut document = object(value)?;
    let base = base_revision(&headers, &document)?;
    // The name that reading added is not part of the document.
    document.shift_remove("name");
    let settings = app.store.replace_settings(&access, base, document).await?;
    Ok(answer(StatusCode::OK, resources::write(settings)))
}

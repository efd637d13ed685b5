//! `…/deleted-callflows`: what was deleted within the last 30 days, and the way back.

use crate::api::body::{Query, answer, listed};
use crate::api::callflows::write;
use crate::api::operation::Operation;
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::json;

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Callflows";
    const ALL: &str = "/accounts/{account}/deleted-callflows";
    vec![
        Operation::list(
            ALL,
            TAG,
            "List callflows that were deleted within the last 30 days, the latest first",
            "DeletedCallflow",
            get(all),
        ),
        Operation::post(
            format!("{ALL}/{{callflow}}/restore"),
            TAG,
            "Bring a deleted callflow back, with its versions",
            post(restore),
        )
        .detail(
            "Numbers that another callflow has by now, or that left the account, are taken off and listed in \
             `lost_numbers`. What was live is live again unless it lost a number or has errors by now.",
        )
        .answers(200, "RestoredCallflow"),
    ]
}

async fn all(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let found = app.store.deleted_callflows(&access, &query.page()?).await?;
    Ok(listed(found))
}

async fn restore(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let restored = app.store.restore_callflow(&access, &id).await?;
    let mut body = write(&restored.draft);
    body["lost_numbers"] = json!(restored.lost);
    Ok(answer(StatusCode::OK, body))
}

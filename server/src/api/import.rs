//! `…/import`: documents from another account, from KAZOO, from a file.

use crate::api::body::Body;
use crate::api::operation::Operation;
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::documents;
use crate::state::App;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::post("/accounts/{account}/import", "Callflows", "Import callflow documents as drafts", post(import))
            .detail(
                "Takes a document, a bare flow, KAZOO's envelope `{data: …}`, or a list of them. Numbers that another \
                 callflow has are left out and reported. Unknown modules and keys are kept.",
            )
            .body("ImportDocuments")
            .answers(201, "ImportReport")
            .refuses(&[422]),
    ]
}

async fn import(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let callflows = documents::read(&value)
        .map_err(|why| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "not_a_callflow", why))?;
    let mut imported = Vec::with_capacity(callflows.len());
    for callflow in callflows {
        let done = documents::import(&app.store, &access, callflow).await?;
        let problems = app.store.problems(&access, &done.draft.callflow).await?;
        imported.push(json!({
            "id": done.draft.id,
            "name": done.draft.callflow.title(),
            "numbers_left_out": done.numbers_left_out,
            "problems": problems,
        }));
    }
    Ok((StatusCode::CREATED, Json(json!({"items": imported}))).into_response())
}

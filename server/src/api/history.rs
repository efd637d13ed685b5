//! `…/callflows/{callflow}/diff` and `/discard`: what changed between versions, and back to what is live.

use crate::api::body::{Body, Query, answer, if_match};
use crate::api::callflows::{conflict, write};
use crate::api::operation::{Operation, Parameter};
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::state::App;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use callflow::Callflow;
use callflow::diff::{Change, Kind, changes_in};
use serde_json::{Value, json};
use store::{Access, Save};

const FROM: &Parameter = &Parameter {
    name: "from",
    help: "The older side: a version number or `draft`. Default: what is live.",
    kind: "string",
};

const TO: &Parameter = &Parameter {
    name: "to",
    help: "The newer side: a version number or `draft` (default).",
    kind: "string",
};

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Callflows";
    const ONE: &str = "/accounts/{account}/callflows/{callflow}";
    vec![
        Operation::get(format!("{ONE}/diff"), TAG, "What differs between two versions", get(diff))
            .detail("Steps are told apart by their id: added, removed, moved, or changed with the values from and to.")
            .parameter(FROM)
            .parameter(TO)
            .answers(200, "Diff"),
        Operation::post(format!("{ONE}/discard"), TAG, "Make the draft what is live again", post(discard))
            .detail("What was not published is dropped. 422 when the callflow was never published.")
            .answers(200, "Callflow")
            .refuses(&[422])
            .with_revision(),
    ]
}

/// One side of a comparison, with its name in the answer.
async fn side(
    app: &App,
    access: &Access,
    id: &str,
    name: Option<&str>,
    default: Option<i64>,
) -> Result<(Value, Callflow), Problem> {
    let version = match name {
        None | Some("") => default,
        Some("draft") => None,
        // A version that is no number is one that does not exist.
        Some(text) => Some(text.parse().unwrap_or(0)),
    };
    Ok(match version {
        None => {
            let draft = app.store.callflow(access, id).await?;
            (json!("draft"), draft.callflow)
        }
        Some(version) => {
            let found = app.store.version(access, id, version).await?;
            (json!(version), found.callflow)
        }
    })
}

async fn diff(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let live = app.store.callflow(&access, &id).await?.live_version;
    let (from, old) = side(&app, &access, &id, query.from.as_deref(), live).await?;
    let (to, new) = side(&app, &access, &id, query.to.as_deref(), None).await?;
    let directory = app.store.directory(&access).await?;
    let changes: Vec<Value> = changes_in(&old, &new, &directory)
        .iter()
        .map(written)
        .collect();
    Ok(Json(json!({"from": from, "to": to, "changes": changes})).into_response())
}

fn written(change: &Change) -> Value {
    let kind = match change.kind {
        Kind::Main => "main",
        Kind::Added => "added",
        Kind::Removed => "removed",
        Kind::Changed => "changed",
        Kind::Moved => "moved",
    };
    let fields: Vec<Value> = change
        .fields
        .iter()
        .map(|field| {
            json!({"key": field.key, "label": field.label, "from": field.from, "to": field.to})
        })
        .collect();
    json!({
        "node": change.node.map(|node| node.to_string()),
        "kind": kind,
        "text": change.text,
        "fields": fields,
    })
}

async fn discard(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
    Body(_): Body<Value>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let base = if_match(&headers)?;
    match app.store.discard_draft(&access, &id, base).await? {
        Save::Saved(draft) => Ok(answer(StatusCode::OK, write(&draft))),
        Save::Conflict(draft) => Err(conflict(&draft)),
    }
}

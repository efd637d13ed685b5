//! `…/callflows`: drafts, checks, publications.

use crate::api::body::{Body, Query, answer, base_revision, done, if_match, listed, object};
use crate::api::idempotency::{self, Shown};
use crate::api::operation::{Operation, Parameter};
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::documents;
use crate::state::App;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use callflow::Callflow;
use serde_json::{Map, Value, json};
use std::sync::atomic::Ordering;
use store::{Draft, Publish, Save};

pub(super) const FORMAT: &Parameter = &Parameter {
    name: "format",
    help: "`patchcord` (default) or `kazoo`.",
    kind: "string",
};

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Callflows";
    const ALL: &str = "/accounts/{account}/callflows";
    let one = |rest: &str| format!("{ALL}/{{callflow}}{rest}");
    vec![
        Operation::list(ALL, TAG, "List callflows; the search looks into names and numbers", "CallflowSummary", get(all)),
        Operation::create(ALL, TAG, "Create a callflow", "Callflow", post(create))
            .detail("`flow` may be our flat form or KAZOO's nested `{module, data, children}`. It is a draft until it is published."),
        Operation::get(one(""), TAG, "Read a callflow's draft", get(read)).answers(200, "Callflow"),
        Operation::put(one(""), TAG, "Replace a callflow's draft", put(replace))
            .detail("412 carries the document that is there now, who saved it and when.")
            .body("Callflow")
            .answers(200, "Callflow")
            .refuses(&[409, 422, 428])
            .with_revision(),
        Operation::delete(one(""), TAG, "Delete a callflow that nothing uses", delete(remove))
            .refuses(&[409])
            .with_revision(),
        Operation::post(one("/problems"), TAG, "Check without saving", post(problems))
            .detail("Checks the document sent, or the stored draft when the body is empty.")
            .body("Callflow")
            .answers(200, "Problems"),
        Operation::post(one("/publish"), TAG, "Make the draft live", post(publish))
            .detail("Live for the next call in under a second; calls in progress keep theirs. 422 carries the problems.")
            .body("PublishRequest")
            .answers(200, "Published")
            .refuses(&[409, 422])
            .with_revision(),
        Operation::list(one("/versions"), TAG, "List published versions, newest first", "Version", get(versions)),
        Operation::get(one("/versions/{version}"), TAG, "Read a published version", get(version))
            .answers(200, "VersionDocument"),
        Operation::post(one("/rollback"), TAG, "Make an old version live again, as a new version", post(rollback))
            .detail("A draft with unpublished changes stays as it is.")
            .body("RollbackRequest")
            .answers(200, "Published")
            .refuses(&[409, 422]),
        Operation::post(one("/duplicate"), TAG, "Copy a callflow, without its numbers", post(duplicate))
            .answers(201, "Callflow"),
        Operation::get(one("/export"), TAG, "The document alone, for another account or system", get(export))
            .parameter(FORMAT)
            .answers(200, "CallflowDocument"),
    ]
}

/// The draft as the API writes it: the document, with its place in history.
pub(super) fn write(draft: &Draft) -> Value {
    let mut body = Map::new();
    body.insert("id".into(), json!(draft.id));
    if let Value::Object(document) = draft.callflow.to_json() {
        body.extend(document);
    }
    body.insert("revision".into(), json!(draft.revision));
    body.insert("state".into(), json!(draft.state()));
    body.insert("live_version".into(), json!(draft.live_version));
    body.insert("created_at".into(), json!(draft.created_at));
    body.insert("updated_at".into(), json!(draft.updated_at));
    body.insert("updated_by".into(), json!(draft.updated_by));
    Value::Object(body)
}

impl Shown for Draft {
    fn shown(&self) -> Value {
        write(self)
    }
}

/// Reads a document as the API takes it: [`write`]'s additions are dropped.
fn parse(mut document: Map<String, Value>) -> Result<Callflow, Problem> {
    for key in [
        "id",
        "revision",
        "state",
        "live_version",
        "created_at",
        "updated_at",
        "updated_by",
    ] {
        document.shift_remove(key);
    }
    Callflow::from_json(&Value::Object(document)).map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not_a_callflow",
            format!("The document is not a callflow: {error}. Correct it and send it again."),
        )
    })
}

async fn all(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let found = app.store.callflows(&access, &query.page()?).await?;
    Ok(listed(found))
}

async fn create(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    headers: HeaderMap,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let callflow = parse(object(value.clone())?)?;
    let collection = format!("/accounts/{account}/callflows");
    let once = idempotency::once(&caller, &headers, &collection, &value)?;
    let made = app
        .store
        .create_callflow_once(&access, callflow, once.as_ref())
        .await?;
    Ok(idempotency::created(&collection, &made))
}

async fn read(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let draft = app.store.callflow(&access, &id).await?;
    Ok(answer(StatusCode::OK, write(&draft)))
}

/// 412 with what is there now.
pub(super) fn conflict(draft: &Draft) -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "stale_revision",
        format!(
            "{} saved this callflow at {}; it has revision {} now. Look at the current document, then repeat your change.",
            draft.updated_by, draft.updated_at, draft.revision
        ),
    )
    .with("current_revision", draft.revision)
    .with("current", write(draft))
}

async fn replace(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let document = object(value)?;
    let base = match base_revision(&headers, &document)? {
        Some(base) => base,
        None => app.store.callflow(&access, &id).await?.revision,
    };
    let callflow = parse(document)?;
    match app
        .store
        .save_callflow(&access, &id, base, callflow)
        .await?
    {
        Save::Saved(draft) => Ok(answer(StatusCode::OK, write(&draft))),
        Save::Conflict(draft) => Err(conflict(&draft)),
    }
}

async fn remove(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    app.store
        .delete_callflow(&access, &id, if_match(&headers)?)
        .await?;
    Ok(done())
}

async fn problems(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let stored = app.store.callflow(&access, &id).await?;
    let callflow = match value {
        Value::Object(document) if !document.is_empty() => parse(document)?,
        _ => stored.callflow,
    };
    let problems = app.store.problems(&access, &id, &callflow).await?;
    Ok(Json(json!({"problems": problems})).into_response())
}

async fn publish(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let named = value.get("revision").and_then(Value::as_i64);
    let base = if_match(&headers)?.or(named);
    let note = value.get("note").and_then(Value::as_str).unwrap_or("");
    let outcome = app.store.publish(&access, &id, base, note).await?;
    published(&app, outcome)
}

async fn rollback(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let version = value
        .get("version")
        .and_then(Value::as_i64)
        .ok_or_else(|| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Name the version to go back to: {\"version\": 3}.",
            )
            .with("field", "version")
        })?;
    let outcome = app.store.rollback(&access, &id, version).await?;
    published(&app, outcome)
}

fn published(app: &App, outcome: Publish) -> Result<Response, Problem> {
    match outcome {
        Publish::Live { version, warnings } => {
            app.metrics.publications.fetch_add(1, Ordering::Relaxed);
            Ok(Json(json!({"version": version, "problems": warnings})).into_response())
        }
        Publish::Refused(problems) => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "flow_has_problems",
            "The callflow was not published because it has errors. Correct the listed problems and publish again.",
        )
        .with("problems", json!(problems))),
        Publish::Conflict(draft) => Err(conflict(&draft)),
    }
}

async fn versions(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let found = app.store.versions(&access, &id, &query.page()?).await?;
    Ok(listed(found))
}

async fn version(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id, version)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    // A version that is no number is one that does not exist.
    let number = version.parse().unwrap_or(0);
    let found = app.store.version(&access, &id, number).await?;
    let mut body = Map::new();
    if let Value::Object(summary) = json!(found.summary) {
        body.extend(summary);
    }
    body.insert("callflow".into(), found.callflow.to_json());
    Ok(Json(Value::Object(body)).into_response())
}

async fn duplicate(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let collection = format!("/accounts/{account}/callflows");
    let request = json!({"duplicate": id});
    let once = idempotency::once(&caller, &headers, &collection, &request)?;
    let made = app
        .store
        .duplicate_callflow_once(&access, &id, once.as_ref())
        .await?;
    Ok(idempotency::created(&collection, &made))
}

async fn export(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let draft = app.store.callflow(&access, &id).await?;
    let format = query.format()?;
    let name = format!("attachment; filename=\"{}.json\"", draft.id);
    let document = documents::write(&draft.callflow, format);
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(document)).into_response())
}

//! `/accounts`: the tree below the caller.

use crate::api::body::{Body, Query, answer, base_revision, done, listed, object};
use crate::api::idempotency::{self, Shown};
use crate::api::operation::Operation;
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{delete, get, patch, post, put};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::{Account, AccountChange, NewAccount};

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Accounts";
    vec![
        Operation::list("/accounts", TAG, "List the accounts within reach", "Account", get(all)),
        Operation::create("/accounts", TAG, "Create an account", "Account", post(create))
            .detail("Resellers only. `parent_id` names the reseller account above; the caller's own when absent.")
            .refuses(&[403]),
        Operation::get("/accounts/{account}", TAG, "Read an account", get(read)).answers(200, "Account"),
        Operation::put("/accounts/{account}", TAG, "Change an account", put(change))
            .body("Account")
            .answers(200, "Account")
            .refuses(&[409, 422])
            .with_revision(),
        Operation::patch("/accounts/{account}", TAG, "Change some of an account", patch(change))
            .detail(
                "Absent keys stay. `enabled: false` turns its phones and administrators away. `limits` are set by \
                 the account above, all together: an absent one sets no limit.",
            )
            .body("Account")
            .answers(200, "Account")
            .refuses(&[409, 422])
            .with_revision(),
        Operation::delete("/accounts/{account}", TAG, "Delete an account that has nothing left", delete(remove))
            .refuses(&[403, 409]),
    ]
}

/// Reads a JSON value into what the store takes.
pub(super) fn read_as<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            format!("{error}. /api/docs shows what is needed."),
        )
    })
}

impl Shown for Account {
    fn shown(&self) -> Value {
        json!(self)
    }
}

async fn all(
    State(app): State<App>,
    Signed(caller): Signed,
    Query(query): Query,
) -> Result<Response, Problem> {
    let found = app.store.accounts(&caller, &query.page()?).await?;
    Ok(listed(found))
}

async fn create(
    State(app): State<App>,
    Signed(caller): Signed,
    headers: HeaderMap,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    caller.require_reseller("create accounts")?;
    let parent = match value.get("parent_id").and_then(Value::as_str) {
        Some(parent) => parent.to_owned(),
        None => caller.account_id.clone(),
    };
    let parent = app.store.access(&caller, &parent).await?;
    let new: NewAccount = read_as(value.clone())?;
    let once = idempotency::once(&caller, &headers, "/accounts", &value)?;
    let made = app
        .store
        .create_account_once(&caller, &parent, new, once.as_ref())
        .await?;
    Ok(idempotency::created("/accounts", &made))
}

async fn read(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    Ok(answer(
        StatusCode::OK,
        json!(app.store.account(&access).await?),
    ))
}

async fn change(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    headers: HeaderMap,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let document = object(value.clone())?;
    let change: AccountChange = read_as(value)?;
    let before = app.store.account(&access).await?;
    change.allow(&caller, &before)?;
    let base = base_revision(&headers, &document)?.unwrap_or(before.revision);
    let account = app.store.change_account(&access, base, change).await?;
    Ok(answer(StatusCode::OK, json!(account)))
}

async fn remove(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    app.store.delete_account(&caller, &access).await?;
    Ok(done())
}

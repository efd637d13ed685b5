//! `…/numbers`: the account's numbers, and the reseller's inventory.

use crate::api::body::{Body, Query, answer, done, listed};
use crate::api::idempotency::{self, Shown};
use crate::api::operation::{Operation, Parameter};
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{delete, get, post, put};
use serde_json::{Value, json};
use store::{Access, Caller, Number, NumberFilter};

const SPARE: &Parameter = &Parameter {
    name: "spare",
    help: "`true`: only numbers that no callflow has.",
    kind: "boolean",
};

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Numbers";
    vec![
        Operation::list(
            "/accounts/{account}/numbers",
            TAG,
            "List the account's numbers",
            "Number",
            get(of_account),
        )
        .parameter(SPARE),
        Operation::list(
            "/numbers",
            TAG,
            "List the reseller's inventory",
            "Number",
            get(inventory),
        )
        .parameter(SPARE)
        .refuses(&[403]),
        Operation::create(
            "/numbers",
            TAG,
            "Add a number to the inventory",
            "Number",
            post(add),
        )
        .detail("With `account_id` it is assigned at once.")
        .refuses(&[403]),
        Operation::get(
            "/numbers/{number}",
            TAG,
            "Read a number of the inventory",
            get(read),
        )
        .answers(200, "Number")
        .refuses(&[403]),
        Operation::put(
            "/numbers/{number}",
            TAG,
            "Assign a number to an account, or release it",
            put(assign),
        )
        .detail("`account_id: null` takes it back into stock. Refused while a callflow has it.")
        .body("Number")
        .answers(200, "Number")
        .refuses(&[403, 409]),
        Operation::delete(
            "/numbers/{number}",
            TAG,
            "Remove a number in stock from the inventory",
            delete(remove),
        )
        .refuses(&[403, 409]),
    ]
}

async fn of_account(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let filter = NumberFilter {
        spare: query.spare(),
    };
    let found = app.store.numbers(&access, filter, &query.page()?).await?;
    Ok(listed(found))
}

async fn inventory(
    State(app): State<App>,
    Signed(caller): Signed,
    Query(query): Query,
) -> Result<Response, Problem> {
    let filter = NumberFilter {
        spare: query.spare(),
    };
    let found = app.store.inventory(&caller, filter, &query.page()?).await?;
    Ok(listed(found))
}

impl Shown for Number {
    fn shown(&self) -> Value {
        json!(self)
    }
}

async fn target(app: &App, caller: &Caller, value: &Value) -> Result<Option<Access>, Problem> {
    match value.get("account_id") {
        Some(Value::String(account)) => Ok(Some(app.store.access(caller, account).await?)),
        _ => Ok(None),
    }
}

async fn add(
    State(app): State<App>,
    Signed(caller): Signed,
    headers: HeaderMap,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    let target = target(&app, &caller, &value).await?;
    let number = value
        .get("number")
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_owned();
    let once = idempotency::once(&caller, &headers, "/numbers", &value)?;
    let made = app
        .store
        .add_number_once(&caller, &number, target.as_ref(), once.as_ref())
        .await?;
    Ok(idempotency::created("/numbers", &made))
}

async fn read(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let number = app.store.inventory_number(&caller, &number).await?;
    Ok(answer(StatusCode::OK, json!(number)))
}

async fn assign(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(number): Path<String>,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    if !value
        .get("account_id")
        .is_some_and(|v| v.is_string() || v.is_null())
    {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "Name the account: {\"account_id\": \"…\"}, or null to take the number back.",
        )
        .with("field", "account_id"));
    }
    let target = target(&app, &caller, &value).await?;
    let number = app
        .store
        .assign_number(&caller, &number, target.as_ref())
        .await?;
    Ok(answer(StatusCode::OK, json!(number)))
}

async fn remove(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    app.store.remove_number(&caller, &number).await?;
    Ok(done())
}

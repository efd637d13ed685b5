//! `…/calls`: running and past calls, each with its path through the flow.

use crate::api::body::{Query, answer, list, listed};
use crate::api::operation::{Operation, Parameter};
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use callflow::AccountId;
use serde_json::{Value, json};

const ACTIVE: &Parameter = &Parameter {
    name: "active",
    help: "`true`: only calls that still run.",
    kind: "boolean",
};
const CALLFLOW: &Parameter = &Parameter {
    name: "callflow",
    help: "Only calls of this callflow.",
    kind: "string",
};

const DIRECTION: &Parameter = &Parameter {
    name: "direction",
    help: "`inbound`, `outbound` or `internal`.",
    kind: "string",
};
const ANSWERED: &Parameter = &Parameter {
    name: "answered",
    help: "`true`: only calls that were answered; `false`: only those that ended without.",
    kind: "boolean",
};
const SINCE: &Parameter = &Parameter {
    name: "since",
    help: "Only calls that began then or later, RFC 3339.",
    kind: "string",
};
const BEFORE: &Parameter = &Parameter {
    name: "before",
    help: "Only calls that began before, RFC 3339.",
    kind: "string",
};

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Calls";
    const ALL: &str = "/accounts/{account}/calls";
    vec![
        Operation::list(ALL, TAG, "List calls, newest first", "Call", get(all))
            .parameter(ACTIVE)
            .parameter(CALLFLOW)
            .parameter(DIRECTION)
            .parameter(ANSWERED)
            .parameter(SINCE)
            .parameter(BEFORE),
        Operation::get(
            format!("{ALL}/{{call}}"),
            TAG,
            "Read a call with its legs",
            get(read),
        )
        .detail("`call` is the identifier or the SIP Call-ID of the caller's leg.")
        .answers(200, "Call"),
        Operation::get(
            format!("{ALL}/{{call}}/trace"),
            TAG,
            "Read a call's path through the flow, with reasons",
            get(trace),
        )
        .answers(200, "[TraceEntry]"),
        Operation::get(
            "/accounts/{account}/registrations",
            TAG,
            "List the phones that can be reached",
            get(registrations),
        )
        .answers(200, "[Registration]"),
    ]
}

async fn all(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let filter = query.calls()?;
    let found = app.store.calls(&access, &filter, &query.page()?).await?;
    Ok(listed(found))
}

async fn read(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let call = app.store.call(&access, &id).await?;
    let legs = app.store.call_legs(&access, &call.id).await?;
    let mut body = json!(call);
    if let Value::Object(map) = &mut body {
        map.insert("legs".into(), json!(legs));
    }
    Ok(answer(StatusCode::OK, body))
}

async fn trace(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let entries = match app.store.call_trace(&access, &id).await? {
        Value::Array(entries) => entries,
        _ => Vec::new(),
    };
    Ok(list(entries, None))
}

async fn registrations(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let account = AccountId::from(access.account_id());
    let found = app.runtime.registrations(&account).await;
    let items = found.into_iter().map(|phone| {
        json!({
            "device_id": phone.device,
            "contact": phone.contact,
            "peer": phone.peer,
            "transport": phone.transport,
            "user_agent": phone.user_agent,
            "expires_at": phone.expires_at.to_string(),
        })
    });
    Ok(list(items.collect(), None))
}

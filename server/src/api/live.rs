//! `…/calls/live`: the calls in progress as server-sent events, for those who watch.
//!
//! Each event holds all calls of the account, so that nothing is lost with an event: whoever comes back sees what is.

use crate::api::body::done;
use crate::api::operation::Operation;
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use callflow::AccountId;
use futures_util::stream::{self, Stream};
use jiff::Timestamp;
use runtime::{ActiveCall, Doing};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;
use store::Caller;
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::Instant;

/// Calls told of in one event.
const MOST: usize = 500;
/// Changes wait this long for others.
const GATHER: Duration = Duration::from_millis(250);
/// How often it is looked whether the watcher still may, and whether the program stops.
const LOOK: Duration = Duration::from_secs(15);
/// Watchers at once.
const WATCHERS: usize = 1_000;

/// Room for watchers.
static ROOM: Semaphore = Semaphore::const_new(WATCHERS);

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get(
            "/accounts/{account}/calls/live",
            "Calls",
            "Watch the calls in progress",
            get(watch),
        )
        .detail(
            "Server-sent events named `calls`, the first at once and one after each change: `{now_ms, calls: [{id, caller, \
             dialled, callflow, path, doing, …}]}`, at most 500 calls. `path` are the steps the call went through, \
             the last is where it is.",
        )
        .media("text/event-stream"),
        Operation::post(
            "/accounts/{account}/calls/{call}/hang-up",
            "Calls",
            "Hang up a call in progress",
            post(hang_up),
        )
        .answers(204, ""),
    ]
}

async fn watch(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let Ok(room) = ROOM.try_acquire() else {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_watchers",
            "Too many people watch calls at the moment. Try again later.",
        ));
    };
    let watcher = Watcher {
        account: AccountId::from(access.account_id()),
        changes: app.runtime.call_changes(),
        looked: Instant::now(),
        told: None,
        caller,
        app,
        _room: room,
    };
    let alive = KeepAlive::new().interval(LOOK);
    Ok(Sse::new(events(watcher)).keep_alive(alive).into_response())
}

async fn hang_up(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, call)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let account = AccountId::from(access.account_id());
    if app.runtime.hang_up(&account, &call) {
        tracing::info!(%account, call, by = access.actor(), "a call is hung up by request");
        return Ok(done());
    }
    Err(Problem::new(
        StatusCode::NOT_FOUND,
        "call_not_active",
        "There is no such call in progress. It may have ended meanwhile.",
    ))
}

/// Somebody who watches.
struct Watcher {
    app: App,
    caller: Caller,
    account: AccountId,
    changes: watch::Receiver<u64>,
    looked: Instant,
    /// What was told last.
    told: Option<Value>,
    _room: SemaphorePermit<'static>,
}

fn events(watcher: Watcher) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watcher, async |mut watcher| {
        let calls = watcher.next().await?;
        let event = Event::default().event("calls").data(calls.to_string());
        Some((Ok(event), watcher))
    })
}

impl Watcher {
    /// What is told next; none when the watching is over.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if self.told.is_some() {
                self.wait().await;
            }
            if !self.may_go_on().await {
                return None;
            }
            self.changes.mark_unchanged();
            let calls = self.app.runtime.calls_of(&self.account, MOST);
            let calls: Value = calls.iter().map(shown).collect();
            // Most changes are those of other accounts.
            if self.told.as_ref() != Some(&calls) {
                self.told = Some(calls.clone());
                let now = Timestamp::now().as_millisecond();
                return Some(json!({"now_ms": now, "calls": calls}));
            }
        }
    }

    /// Waits for a change and those that follow it at once, or until it is time to look.
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.changes.changed() => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep_until(self.looked + LOOK) => {}
        }
    }

    async fn may_go_on(&mut self) -> bool {
        if self.looked.elapsed() < LOOK {
            return true;
        }
        self.looked = Instant::now();
        let store = &self.app.store;
        let access = store.access(&self.caller, &self.account.0).await;
        access.is_ok() && !self.app.runtime.is_draining()
    }
}

fn shown(call: &ActiveCall) -> Value {
    let start = &call.start;
    let (doing, phones, device) = match &call.doing {
        Doing::Nothing => (None, None, None),
        Doing::Listening => (Some("listening"), None, None),
        Doing::Ringing { phones } => (Some("ringing"), Some(*phones), None),
        Doing::Talking { device } => (Some("talking"), None, Some(device)),
    };
    let path = call.path.iter();
    let path = path.map(|(callflow, node)| json!({"callflow": callflow, "node": node}));
    json!({
        "id": start.id,
        "caller": {"name": start.caller.name, "number": start.caller.number},
        "dialled": start.dialled,
        "callflow": {"id": start.callflow, "name": start.callflow_name, "version": start.version},
        "started_ms": start.started_at.as_millisecond(),
        "started_at": start.started_at.to_string(),
        "answered_at": call.answered_at.map(|at| at.to_string()),
        "path": path.collect::<Vec<_>>(),
        "doing": doing,
        "phones": phones,
        "device": device,
    })
}

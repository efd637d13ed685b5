//! `…/conferences/{id}/members` and what may be done in a conference that is going on.

use crate::api::body::{done, list};
use crate::api::operation::Operation;
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use callflow::{AccountId, ResourceKind};
use runtime::ConferenceChange;
use serde_json::json;
use store::Caller;

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Conferences";
    const ONE: &str = "/accounts/{account}/conferences/{id}";
    let room = |rest: &str, summary: &str, handler| {
        Operation::post(format!("{ONE}/{rest}"), TAG, summary, handler).answers(204, "")
    };
    let member = |rest: &str, summary: &str, handler| {
        let path = format!("{ONE}/members/{{call}}/{rest}");
        Operation::post(path, TAG, summary, handler).answers(204, "")
    };
    vec![
        Operation::get(
            format!("{ONE}/members"),
            TAG,
            "List who is in a conference, in the order they came",
            get(members),
        )
        .detail("Empty while nobody is in it.")
        .answers(200, "[ConferenceMember]"),
        room("lock", "Let nobody but moderators in", post(lock)),
        room("unlock", "Let everybody in again", post(unlock)),
        member("mute", "Mute a member", post(mute)),
        member("unmute", "Let a member be heard", post(unmute)),
        member("kick", "Put a member out of the conference", post(kick)),
    ]
}

type Room = Path<(String, String)>;
type Member = Path<(String, String, String)>;

async fn members(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Room,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let going_on = app
        .runtime
        .conferences(&AccountId::from(access.account_id()));
    let members = match going_on.into_iter().find(|room| room.id == id) {
        Some(room) => room.members,
        None => {
            // An unknown conference is 404, not an empty one.
            app.store
                .resource(&access, ResourceKind::Conference, &id)
                .await?;
            Vec::new()
        }
    };
    Ok(list(members.iter().map(|it| json!(it)).collect(), None))
}

async fn lock(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Room,
) -> Result<Response, Problem> {
    change(&app, &caller, &account, &id, ConferenceChange::Lock(true)).await
}

async fn unlock(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Room,
) -> Result<Response, Problem> {
    change(&app, &caller, &account, &id, ConferenceChange::Lock(false)).await
}

async fn mute(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id, call)): Member,
) -> Result<Response, Problem> {
    let mute = ConferenceChange::Mute(call, true);
    change(&app, &caller, &account, &id, mute).await
}

async fn unmute(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id, call)): Member,
) -> Result<Response, Problem> {
    let unmute = ConferenceChange::Mute(call, false);
    change(&app, &caller, &account, &id, unmute).await
}

async fn kick(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id, call)): Member,
) -> Result<Response, Problem> {
    let remove = ConferenceChange::Remove(call);
    change(&app, &caller, &account, &id, remove).await
}

async fn change(
    app: &App,
    caller: &Caller,
    account: &str,
    id: &str,
    change: ConferenceChange,
) -> Result<Response, Problem> {
    let access = app.store.access(caller, account).await?;
    let account = AccountId::from(access.account_id());
    if app.runtime.change_conference(&account, id, &change) {
        return Ok(done());
    }
    Err(Problem::new(
        StatusCode::NOT_FOUND,
        "not_in_conference",
        "Nobody like that is in this conference now. …/members lists who is.",
    ))
}

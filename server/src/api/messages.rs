//! `…/voicemail-boxes/{id}/messages`.

use crate::api::body::{Body, Query, answer, done, listed};
use crate::api::operation::Operation;
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::files;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch};
use callflow::ResourceKind;
use serde_json::{Value, json};
use store::{Access, Caller, Folder};

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Voicemail";
    const ALL: &str = "/accounts/{account}/voicemail-boxes/{id}/messages";
    let one = |rest: &str| format!("{ALL}/{{message}}{rest}");
    vec![
        Operation::list(
            ALL,
            TAG,
            "List a mailbox's messages, newest first",
            "Message",
            get(all),
        ),
        Operation::get(one(""), TAG, "Read about a message", get(read)).answers(200, "Message"),
        Operation::patch(
            one(""),
            TAG,
            "Move a message to another folder",
            patch(change),
        )
        .body("Message")
        .answers(200, "Message")
        .refuses(&[422]),
        Operation::delete(one(""), TAG, "Delete a message", delete(remove)),
        Operation::get(one("/audio"), TAG, "Listen to a message", get(audio)).media("audio/wav"),
    ]
}

async fn mailbox(app: &App, caller: &Caller, account: &str, id: &str) -> Result<Access, Problem> {
    let access = app.store.access(caller, account).await?;
    // An unknown mailbox is 404, not an empty list.
    app.store
        .resource(&access, ResourceKind::VoicemailBox, id)
        .await?;
    Ok(access)
}

async fn all(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = mailbox(&app, &caller, &account, &id).await?;
    let found = app.store.messages(&access, &id, &query.page()?).await?;
    Ok(listed(found))
}

type Ids = Path<(String, String, String)>;

async fn read(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id, message)): Ids,
) -> Result<Response, Problem> {
    let access = mailbox(&app, &caller, &account, &id).await?;
    let message = app.store.message(&access, &id, &message).await?;
    Ok(answer(StatusCode::OK, json!(message)))
}

async fn change(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id, message)): Ids,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    let access = mailbox(&app, &caller, &account, &id).await?;
    let folder = value
        .get("folder")
        .and_then(Value::as_str)
        .and_then(Folder::parse)
        .ok_or_else(|| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "folder must be new or saved",
            )
            .with("field", "folder")
        })?;
    app.store
        .move_message(&access, &id, &message, folder)
        .await?;
    let message = app.store.message(&access, &id, &message).await?;
    Ok(answer(StatusCode::OK, json!(message)))
}

async fn remove(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id, message)): Ids,
) -> Result<Response, Problem> {
    let access = mailbox(&app, &caller, &account, &id).await?;
    app.store.delete_message(&access, &id, &message).await?;
    files::remove_left(&app.store, &app.config.data).await;
    Ok(done())
}

async fn audio(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id, message)): Ids,
) -> Result<Response, Problem> {
    let access = mailbox(&app, &caller, &account, &id).await?;
    let message = app.store.message(&access, &id, &message).await?;
    let bytes = tokio::fs::read(app.config.data.join(&message.file)).await.map_err(|error| {
        tracing::warn!(file = %message.file, %error, "a message's recording cannot be read");
        Problem::new(
            StatusCode::NOT_FOUND,
            "audio_missing",
            "The recording of this message is gone. Delete the message, or restore the file from a backup.",
        )
    })?;
    Ok((
        [
            (header::CONTENT_TYPE, "audio/wav"),
            (header::CACHE_CONTROL, "private, no-store"),
        ],
        bytes,
    )
        .into_response())
}

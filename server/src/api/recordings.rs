//! `…/recordings`: recordings of calls.

use crate::api::body::{Query, answer, done, listed};
use crate::api::operation::{Operation, Parameter};
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use serde_json::json;

const CALL: &Parameter = &Parameter {
    name: "call",
    help: "Only recordings of the call with this identifier.",
    kind: "string",
};

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Recordings";
    const ALL: &str = "/accounts/{account}/recordings";
    let one = |rest: &str| format!("{ALL}/{{recording}}{rest}");
    vec![
        Operation::list(
            ALL,
            TAG,
            "List recordings of calls, newest first",
            "Recording",
            get(all),
        )
        .parameter(CALL),
        Operation::get(one(""), TAG, "Read about a recording", get(read)).answers(200, "Recording"),
        Operation::delete(one(""), TAG, "Delete a recording", delete(remove)),
        Operation::get(one("/audio"), TAG, "Listen to a recording", get(audio))
            .detail("A recording of a whole call is stereo: left the caller, right what the caller heard.")
            .media("audio/wav"),
    ]
}

async fn all(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let call = query.call.as_deref();
    let found = app.store.recordings(&access, call, &query.page()?).await?;
    Ok(listed(found))
}

type Ids = Path<(String, String)>;

async fn read(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let recording = app.store.recording(&access, &id).await?;
    Ok(answer(StatusCode::OK, json!(recording)))
}

async fn remove(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    app.store.delete_recording(&access, &id).await?;
    Ok(done())
}

async fn audio(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let recording = app.store.recording(&access, &id).await?;
    let file = app.config.data.join(&recording.file);
    let gone = |error: std::io::Error| {
        tracing::warn!(file = %recording.file, %error, "a recording cannot be read");
        Problem::new(
            StatusCode::NOT_FOUND,
            "audio_missing",
            "The file of this recording is gone. Delete the recording, or restore the file from a backup.",
        )
    };
    // Hours of sound do not fit into memory for every listener.
    let file = tokio::fs::File::open(file).await.map_err(gone)?;
    let length = file.metadata().await.map_err(gone)?.len();
    let body = axum::body::Body::from_stream(tokio_util::io::ReaderStream::new(file));
    Ok((
        [
            (header::CONTENT_TYPE, "audio/wav".to_owned()),
            (header::CONTENT_LENGTH, length.to_string()),
            (header::CACHE_CONTROL, "private, no-store".to_owned()),
        ],
        body,
    )
        .into_response())
}

//! `…/outgoing-faxes`: faxes to be sent, and those that were.

use crate::api::body::{Query, answer, done, listed};
use crate::api::faxes::{as_pdf, kept};
use crate::api::operation::{Operation, Parameter};
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::state::App;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::{delete, get, post};
use callflow::FaxBarred;
use fax::{ConvertError, LARGEST_PDF};
use serde_json::json;
use std::path::Path as FilePath;
use store::{Access, NewOutgoingFax};
use tokio::io::AsyncWriteExt;

/// This program, which converts files in a process of its own.
const PROGRAM: &str = "/proc/self/exe";

const BOX: &Parameter = &Parameter {
    name: "fax_box",
    help: "The identifier of a fax box: only its faxes or, for a new fax, the one it is sent from.",
    kind: "string",
};
const NUMBER: &Parameter = &Parameter {
    name: "number",
    help: "The number that the fax goes to.",
    kind: "string",
};

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Faxes";
    const ALL: &str = "/accounts/{account}/outgoing-faxes";
    let one = |rest: &str| format!("{ALL}/{{fax}}{rest}");
    let taking = post(send).layer(DefaultBodyLimit::max(LARGEST_PDF));
    vec![
        Operation::post(ALL, TAG, "Send a fax", taking)
            .detail(
                "The body is a PDF file of at most 32 MB and 200 pages. The fax is sent as soon as it can be, and again as \
                 often as its box says when it does not get through.",
            )
            .parameter(BOX)
            .parameter(NUMBER)
            .takes("application/pdf")
            .answers(202, "OutgoingFax")
            .refuses(&[413, 422, 429]),
        Operation::list(
            ALL,
            TAG,
            "List faxes to be sent and those that were, newest first",
            "OutgoingFax",
            get(all),
        )
        .parameter(BOX),
        Operation::get(one(""), TAG, "Read about a fax that is to be sent", get(read)).answers(200, "OutgoingFax"),
        Operation::post(one("/cancel"), TAG, "Send a fax no longer", post(cancel))
            .detail("A fax that is being sent is cut off. One that is over stays as it is.")
            .answers(200, "OutgoingFax"),
        Operation::delete(one(""), TAG, "Delete a fax that is to be sent, or was", delete(remove))
            .detail("One that is not over is cancelled."),
        Operation::get(one("/pdf"), TAG, "Get the pages of a fax that is to be sent as PDF", get(pdf))
            .detail("The dots that the other machine gets.")
            .media("application/pdf"),
    ]
}

async fn all(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let fax_box = query.fax_box.as_deref();
    let page = query.page()?;
    let found = app.store.outgoing_faxes(&access, fax_box, &page).await?;
    Ok(listed(found))
}

async fn send(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    Query(query): Query,
    body: Bytes,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let wanted = query.fax_box.as_deref().unwrap_or_default();
    let (retries, number) = sendable(&app, &access, wanted, query.number.as_deref()).await?;
    let (file, pages) = converted(&app, &access, &body).await?;
    drop(body);
    let new = NewOutgoingFax {
        box_id: wanted.to_owned(),
        number,
        file: file.clone(),
        pages: i64::try_from(pages).unwrap_or(i64::MAX),
        retries,
    };
    let queued = app.store.queue_fax(&access, new).await;
    if queued.is_err() {
        forget(&app.config.data.join(&file)).await;
    }
    let queued = queued?;
    app.faxes.look();
    let place = format!(
        "/api/v1/accounts/{}/outgoing-faxes/{}",
        access.account_id(),
        queued.id
    );
    let mut response = answer(StatusCode::ACCEPTED, json!(queued));
    if let Ok(place) = place.parse() {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// How often a fax box sends again, and the number as it is dialled, when a fax may go there.
async fn sendable(
    app: &App,
    access: &Access,
    fax_box: &str,
    number: Option<&str>,
) -> Result<(i64, String), Problem> {
    let refused = |field: &str, said: String| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", said).with("field", field)
    };
    let directory = app.store.directory(access).await?;
    let number = number.unwrap_or_default();
    let wanted = callflow::outgoing_fax(&directory, fax_box, number);
    let wanted = wanted.map_err(|barred| {
        let (field, todo) = match barred {
            FaxBarred::NoBox => ("fax_box", "Name one of the account's in fax_box."),
            FaxBarred::NoNumber => (
                "number",
                "Write digits, with + and the country code for a number abroad.",
            ),
            FaxBarred::Class(_) => (
                "number",
                "Choose another number, or have the restrictions changed.",
            ),
        };
        refused(field, format!("The fax is not sent: {barred}. {todo}"))
    })?;
    let retries = directory.fax_box(fax_box).map_or(0, |own| own.retries.0);
    Ok((retries, wanted.outside.number))
}

/// Makes pages of a PDF; their file below the data directory, and how many they are.
async fn converted(app: &App, access: &Access, pdf: &[u8]) -> Result<(String, usize), Problem> {
    let name = format!("{:032x}", rand::random::<u128>());
    let below = format!("faxes/{}", access.account_id());
    let directory = app.config.data.join(&below);
    let (given, made) = (
        directory.join(format!("{name}.pdf.part")),
        directory.join(format!("{name}.tif.part")),
    );
    let pages = write(&directory, &given, pdf).await;
    let pages = match pages {
        Ok(()) => {
            let pages = fax::convert(FilePath::new(PROGRAM), &given, &made).await;
            forget(&given).await;
            pages.map_err(|error| refusal(&error))
        }
        Err(error) => Err(internal(&directory, &error)),
    };
    let file = format!("{below}/{name}.tif");
    let kept = match pages {
        Ok(pages) => settle(&made, &app.config.data.join(&file))
            .await
            .map(|()| (file, pages))
            .map_err(|error| internal(&directory, &error)),
        Err(problem) => Err(problem),
    };
    if kept.is_err() {
        forget(&made).await;
    }
    kept
}

async fn write(directory: &FilePath, file: &FilePath, bytes: &[u8]) -> std::io::Result<()> {
    tokio::fs::create_dir_all(directory).await?;
    let mut file = tokio::fs::File::create(file).await?;
    file.write_all(bytes).await?;
    file.flush().await
}

/// A whole file or none, also when the program dies.
async fn settle(made: &FilePath, file: &FilePath) -> std::io::Result<()> {
    tokio::fs::File::open(made).await?.sync_all().await?;
    tokio::fs::rename(made, file).await
}

async fn forget(file: &FilePath) {
    // Not there is as good as gone.
    let _gone = tokio::fs::remove_file(file).await;
}

fn internal(directory: &FilePath, error: &std::io::Error) -> Problem {
    tracing::error!(%error, directory = %directory.display(), "a fax to be sent could not be kept");
    let said = "The fax could not be kept. Look into the server's log.";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", said)
}

fn refusal(error: &ConvertError) -> Problem {
    if let ConvertError::NoWorker(why) = error {
        tracing::error!(why, "a PDF could not be read");
        let said = "The PDF could not be read. Look into the server's log.";
        return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", said);
    }
    let said = format!("The fax is not sent: {error}.");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "pdf_unreadable", said)
}

type Ids = Path<(String, String)>;

async fn read(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let fax = app.store.outgoing_fax(&access, &id).await?;
    Ok(answer(StatusCode::OK, json!(fax)))
}

async fn cancel(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    app.store.cancel_fax(&access, &id).await?;
    app.faxes.end(&id);
    let fax = app.store.outgoing_fax(&access, &id).await?;
    Ok(answer(StatusCode::OK, json!(fax)))
}

async fn remove(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    app.store.delete_outgoing_fax(&access, &id).await?;
    app.faxes.end(&id);
    Ok(done())
}

async fn pdf(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let fax = app.store.outgoing_fax(&access, &id).await?;
    as_pdf(&id, &kept(&app, &fax.fax.file).await?)
}

//! `…/faxes`: faxes received, and those that failed.

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

const BOX: &Parameter = &Parameter {
    name: "fax_box",
    help: "Only faxes of the fax box with this identifier.",
    kind: "string",
};

/// Bytes of the largest fax that is read at once: thousands of pages.
const LARGEST: u64 = 256 << 20;

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Faxes";
    const ALL: &str = "/accounts/{account}/faxes";
    let one = |rest: &str| format!("{ALL}/{{fax}}{rest}");
    vec![
        Operation::list(ALL, TAG, "List faxes, newest first", "Fax", get(all)).parameter(BOX),
        Operation::get(one(""), TAG, "Read about a fax", get(read)).answers(200, "Fax"),
        Operation::delete(one(""), TAG, "Delete a fax", delete(remove)),
        Operation::get(
            one("/tiff"),
            TAG,
            "Get the pages of a fax as it came",
            get(tiff),
        )
        .media("image/tiff"),
        Operation::get(one("/pdf"), TAG, "Get the pages of a fax as PDF", get(pdf))
            .detail("The same dots as in the TIFF file, at the size of the sender's paper.")
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
    let found = app.store.faxes(&access, fax_box, &query.page()?).await?;
    Ok(listed(found))
}

type Ids = Path<(String, String)>;

async fn read(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let fax = app.store.fax(&access, &id).await?;
    Ok(answer(StatusCode::OK, json!(fax)))
}

async fn remove(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    app.store.delete_fax(&access, &id).await?;
    Ok(done())
}

async fn tiff(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let pages = pages(&app, &caller, &account, &id).await?;
    Ok(file("image/tiff", pages))
}

async fn pdf(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let pages = pages(&app, &caller, &account, &id).await?;
    as_pdf(&id, &pages)
}

/// The pages of a fax as PDF.
pub(super) fn as_pdf(id: &str, pages: &[u8]) -> Result<Response, Problem> {
    let pdf = fax::pdf(pages).map_err(|error| {
        tracing::warn!(fax = id, %error, "a fax cannot be made a PDF");
        Problem::new(
            StatusCode::NOT_FOUND,
            "fax_unreadable",
            "The file of this fax is damaged. Get it as TIFF instead.",
        )
    })?;
    Ok(file("application/pdf", pdf))
}

/// The TIFF file of a fax.
async fn pages(
    app: &App,
    caller: &store::Caller,
    account: &str,
    id: &str,
) -> Result<Vec<u8>, Problem> {
    let access = app.store.access(caller, account).await?;
    let path = app.store.fax(&access, id).await?.fax.file;
    if path.is_empty() {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "no_pages",
            "No page of this fax got through.",
        ));
    }
    kept(app, &path).await
}

/// The file of a fax, by its path below the data directory.
pub(super) async fn kept(app: &App, path: &str) -> Result<Vec<u8>, Problem> {
    let file = app.config.data.join(path);
    let read = async {
        if tokio::fs::metadata(&file).await?.len() > LARGEST {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        tokio::fs::read(&file).await
    };
    read.await.map_err(|error| {
        tracing::warn!(file = path, %error, "a fax cannot be read");
        Problem::new(
            StatusCode::NOT_FOUND,
            "pages_missing",
            "The file of this fax is gone. Delete the fax, or restore the file from a backup.",
        )
    })
}

fn file(kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    (headers, bytes).into_response()
}

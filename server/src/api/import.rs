//! `…/import` and `…/export`: whole sets of documents from KAZOO, from another account, from a file, and out again.

use crate::api::body::{Query, Text};
use crate::api::callflows::FORMAT;
use crate::api::idempotency::{self, Shown};
use crate::api::operation::{Operation, Parameter};
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::documents;
use crate::state::App;
use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use callflow::kazoo::{Report, Set};
use serde_json::{Value, json};
use store::{Access, ImportOptions, Imported, Made, Once};

/// Largest text that is imported at once, in bytes.
const LARGEST: usize = 32 * 1024 * 1024;

const DRY_RUN: &Parameter = &Parameter {
    name: "dry_run",
    help: "`true` tells what would be done, and writes nothing.",
    kind: "boolean",
};
const PARTIAL: &Parameter = &Parameter {
    name: "partial",
    help: "`true` takes the other documents when some are refused.",
    kind: "boolean",
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::create(
            "/accounts/{account}/import",
            "Callflows",
            "Import callflows, as drafts, with the users, devices, menus and so on that belong to them",
            "ImportReport",
            post(import).layer(DefaultBodyLimit::max(LARGEST)),
        )
        .detail(
            "Takes documents of KAZOO and of Patchcord in every container they come in: one document, a bare flow, \
             lists, objects with a list for each kind, KAZOO's envelope `{data: …}`, rows of its database. At most \
             32 MiB at once. All of it is written, or nothing: a document that is refused answers 422 with the report. \
             Everything gets a new id and stands beside what is there; documents that mention each other are told the \
             new ids. Numbers that another callflow or account has are left out and reported. Unknown modules, keys \
             and documents are kept. `dry_run` answers 200 with the report.",
        )
        .body("ImportDocuments")
        .parameter(DRY_RUN)
        .parameter(PARTIAL)
        .refuses(&[400, 413]),
        Operation::get(
            "/accounts/{account}/export",
            "Callflows",
            "Everything of the account that an import takes: callflows and resources",
            get(export),
        )
        .detail("Drafts, not what is live. SIP passwords and sounds are not in it.")
        .parameter(FORMAT)
        .answers(200, "ExportedDocuments")
        .refuses(&[400]),
    ]
}

async fn import(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    Query(query): Query,
    headers: HeaderMap,
    Text(bytes): Text,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let options = ImportOptions {
        dry_run: query.dry_run(),
        partial: query.partial(),
    };
    let print = match headers.contains_key("idempotency-key") {
        true => Value::from(String::from_utf8_lossy(&bytes)),
        false => Value::Null,
    };
    let read = app.store.read_documents(bytes).await?;
    let (set, report) = read.map_err(|why| {
        Problem::bad_request(
            "invalid_json",
            format!("The request body is not JSON: {why}. Correct it and send it again."),
        )
    })?;
    let collection = format!("/accounts/{account}/import");
    let once = idempotency::once(&caller, &headers, &collection, &print)?;
    let made = take(&app, &access, set, report, options, once.as_ref()).await?;
    Ok(match made {
        Made::New(imported) if options.dry_run => Json(imported.shown()).into_response(),
        made => idempotency::created(&collection, &made),
    })
}

async fn take(
    app: &App,
    access: &Access,
    set: Set,
    report: Report,
    options: ImportOptions,
    once: Option<&Once<'_, Imported>>,
) -> Result<Made<Imported>, Problem> {
    if documents::is_empty(&set) && !options.dry_run {
        let first = report.refused.first();
        let why = first.map_or_else(
            || documents::NOTHING.to_owned(),
            |line| format!("{} was refused: {}.", line.document, line.text),
        );
        return Err(refused("not_a_callflow", why, &report));
    }
    let made = app.store.import_once(access, set, report, options, once);
    let made = made.await?;
    if let Made::New(imported) = &made
        && !imported.written
        && !options.dry_run
    {
        let count = imported.report.refused.len();
        let why = format!(
            "Nothing was imported, because {count} of the documents cannot be taken. Correct or remove them, or send \
             ?partial=true to take the others."
        );
        return Err(refused("documents_refused", why, &imported.report));
    }
    Ok(made)
}

impl Shown for Imported {
    fn shown(&self) -> Value {
        answer(self.clone())
    }
}

fn refused(code: &'static str, why: String, report: &Report) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, why).with("report", json!(report))
}

fn answer(imported: Imported) -> Value {
    // What was not written has no id.
    let id = |id: String| imported.written.then_some(id);
    let callflows = imported.callflows.into_iter().map(|flow| {
        json!({
            "id": id(flow.id),
            "source_id": flow.source_id,
            "name": flow.title,
            "numbers_left_out": flow.numbers_left_out,
            "problems": flow.problems,
        })
    });
    let items: Vec<Value> = callflows.collect();
    let resources = imported.resources.into_iter().map(|resource| {
        json!({
            "kind": resource.kind,
            "id": id(resource.id),
            "source_id": resource.source_id,
            "name": resource.name,
        })
    });
    let resources: Vec<Value> = resources.collect();
    json!({
        "written": imported.written,
        "items": items,
        "resources": resources,
        "report": imported.report,
    })
}

async fn export(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(account): Path<String>,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let format = query.format()?;
    let set = app.store.export(&access).await?;
    let name = format!("attachment; filename=\"{}.json\"", access.account_id());
    let document = documents::write_set(&set, format);
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(document)).into_response())
}

//! Users, devices, menus and every other kind of resource: the same five operations each.

use crate::api::body::{Body, Query, answer, base_revision, done, if_match, list, object};
use crate::api::idempotency::{self, Shown};
use crate::api::operation::Operation;
use crate::api::problem::Problem;
use crate::api::schema;
use crate::auth::Signed;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{delete, get, post, put};
use callflow::ResourceKind;
use serde_json::{Map, Value, json};
use store::{Caller, Resource};

/// The kinds that are kept as resources.
pub(super) fn kinds() -> impl Iterator<Item = ResourceKind> {
    ResourceKind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, ResourceKind::Callflow | ResourceKind::Settings))
}

pub(super) fn operations() -> Vec<Operation> {
    kinds().flat_map(of_kind).collect()
}

fn of_kind(kind: ResourceKind) -> Vec<Operation> {
    const TAG: &str = "Resources";
    let (noun, schema) = (kind.label(), schema::resource_name(kind));
    let all = format!("/accounts/{{account}}/{}", kind.path());
    let one = format!("{all}/{{id}}");
    vec![
        Operation::list(
            &all,
            TAG,
            format!("List: {noun}"),
            &schema,
            get(
                move |State(app): State<App>,
                      Signed(caller): Signed,
                      Path(account): Path<String>,
                      query: Query| { read_all(app, caller, kind, account, query) },
            ),
        ),
        Operation::create(
            &all,
            TAG,
            format!("Create: {noun}"),
            &schema,
            post(
                move |State(app): State<App>,
                      Signed(caller): Signed,
                      Path(account): Path<String>,
                      headers: HeaderMap,
                      Body(value): Body<Value>| {
                    create(app, caller, kind, account, headers, value)
                },
            ),
        ),
        Operation::get(
            &one,
            TAG,
            format!("Read: {noun}"),
            get(
                move |State(app): State<App>,
                      Signed(caller): Signed,
                      Path(ids): Path<(String, String)>| {
                    read(app, caller, kind, ids)
                },
            ),
        )
        .answers(200, &schema),
        Operation::put(
            &one,
            TAG,
            format!("Replace: {noun}"),
            put(
                move |State(app): State<App>,
                      Signed(caller): Signed,
                      Path(ids): Path<(String, String)>,
                      headers: HeaderMap,
                      Body(value): Body<Value>| {
                    replace(app, caller, kind, ids, headers, value)
                },
            ),
        )
        .detail("PINs and passwords are written and never read: one that is left out stays as it is, null removes it.")
        .body(&schema)
        .answers(200, &schema)
        .refuses(&[409, 422, 428])
        .with_revision(),
        Operation::delete(
            &one,
            TAG,
            format!("Delete, unless it is in use: {noun}"),
            delete(
                move |State(app): State<App>,
                      Signed(caller): Signed,
                      Path(ids): Path<(String, String)>,
                      headers: HeaderMap| {
                    remove(app, caller, kind, ids, headers)
                },
            ),
        )
        .refuses(&[409])
        .with_revision(),
    ]
}

pub(super) fn write(resource: Resource) -> Value {
    let mut body = Map::new();
    body.insert("id".into(), json!(resource.id));
    // KAZOO's users have no name of their own; lists need one.
    body.insert("name".into(), json!(resource.name));
    body.extend(resource.document);
    body.insert("revision".into(), json!(resource.revision));
    body.insert("created_at".into(), json!(resource.created_at));
    body.insert("updated_at".into(), json!(resource.updated_at));
    body.insert("updated_by".into(), json!(resource.updated_by));
    Value::Object(body)
}

impl Shown for Resource {
    fn shown(&self) -> Value {
        write(self.clone())
    }
}

/// The name that [`write`] added to a user is not part of the document.
fn parse(kind: ResourceKind, value: Value) -> Result<Map<String, Value>, Problem> {
    let mut document = object(value)?;
    if kind == ResourceKind::User {
        document.shift_remove("name");
    }
    Ok(document)
}

async fn read_all(
    app: App,
    caller: Caller,
    kind: ResourceKind,
    account: String,
    Query(query): Query,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let found = app.store.resources(&access, kind, &query.page()?).await?;
    Ok(list(
        found.items.into_iter().map(write).collect(),
        found.next,
    ))
}

async fn create(
    app: App,
    caller: Caller,
    kind: ResourceKind,
    account: String,
    headers: HeaderMap,
    value: Value,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let document = parse(kind, value.clone())?;
    let collection = format!("/accounts/{account}/{}", kind.path());
    let once = idempotency::once(&caller, &headers, &collection, &value)?;
    let made = app
        .store
        .create_resource_once(&access, kind, document, once.as_ref())
        .await?;
    Ok(idempotency::created(&collection, &made))
}

async fn read(
    app: App,
    caller: Caller,
    kind: ResourceKind,
    (account, id): (String, String),
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let resource = app.store.resource(&access, kind, &id).await?;
    Ok(answer(StatusCode::OK, write(resource)))
}

async fn replace(
    app: App,
    caller: Caller,
    kind: ResourceKind,
    (account, id): (String, String),
    headers: HeaderMap,
    value: Value,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let document = parse(kind, value)?;
    let base = base_revision(&headers, &document)?;
    let resource = app
        .store
        .replace_resource(&access, kind, &id, base, document)
        .await?;
    Ok(answer(StatusCode::OK, write(resource)))
}

async fn remove(
    app: App,
    caller: Caller,
    kind: ResourceKind,
    (account, id): (String, String),
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    app.store
        .delete_resource(&access, kind, &id, if_match(&headers)?)
        .await?;
    Ok(done())
}

//! Whole sets of callflows and resources, taken in at once and handed out again.
//!
//! An import is one transaction: all of it is there afterwards, or nothing. Everything gets a new id, so that nothing
//! is ever overwritten, and documents that mention each other are told the new ones.

mod prepare;

use crate::access::Access;
use crate::carrier;
use crate::credential;
use crate::database::Store;
use crate::draft::{self, Written};
use crate::error::{Error, Result};
use crate::idempotency::{self, Made, Once};
use crate::mention;
use crate::moment::Moment;
use crate::resource::{self, Checked};
use crate::secret::SecretKey;
use callflow::json::TextError;
use callflow::kazoo::{self, Document, Item, Line, Part, Report, Set};
use callflow::{CallflowId, Directory, Problem, ResourceKind};
use prepare::Prepared;
use serde_json::{Map, Value};
use sqlx::{AnyConnection, Row};

/// Kind of the rows that hold documents without a place here. It is the kind of no resource.
const OTHERS: &str = "others";

/// How an import is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Everything is tried and nothing written.
    pub dry_run: bool,
    /// Documents that are refused do not keep the others from being taken.
    pub partial: bool,
}

/// What became of an import.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Whether it was written. If not, the ids below are those of nothing.
    pub written: bool,
    /// The callflows, as drafts. Empty when documents were refused and nothing was tried.
    pub callflows: Vec<ImportedCallflow>,
    /// Everything else, likewise.
    pub resources: Vec<ImportedResource>,
    /// What was made of the documents. Its lines name them by their old ids.
    pub report: Report,
}

/// A callflow that was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedCallflow {
    /// Its new identifier.
    pub id: String,
    /// The one that it had before, where the document said one.
    pub source_id: Option<String>,
    /// Name, else numbers.
    pub title: String,
    /// Numbers that another callflow or another account has.
    pub numbers_left_out: Vec<String>,
    /// What its check says, with everything of the account and of the import to refer to.
    pub problems: Vec<Problem>,
}

/// A resource that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedResource {
    /// What it is.
    pub kind: ResourceKind,
    /// Its new identifier.
    pub id: String,
    /// The one that it had before, or that stood for it when it had none.
    pub source_id: String,
    /// Display name.
    pub name: String,
}

/// A callflow on its way in.
struct Flow {
    id: String,
    source_id: Option<String>,
    written: Written,
    numbers_left_out: Vec<String>,
}

/// A resource on its way in.
struct Thing {
    kind: ResourceKind,
    id: String,
    source_id: String,
    checked: Checked,
}

impl Flow {
    fn line(&self, place: &str, text: impl Into<String>) -> Line {
        let id = self.source_id.as_deref().unwrap_or_default();
        let title = self.written.callflow.title();
        Line::new(ResourceKind::Callflow, id, &title, place, text)
    }
}

impl Thing {
    fn line(&self, place: &str, text: impl Into<String>) -> Line {
        Line::new(self.kind, &self.source_id, &self.checked.name, place, text)
    }
}

impl Store {
    /// Reads documents with [`callflow::kazoo::read_text`], on a thread that nothing waits for. Nothing is written.
    ///
    /// # Errors
    /// The inner error says that the text is no JSON within the bounds.
    pub async fn read_documents(
        &self,
        text: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<std::result::Result<(Set, Report), TextError>> {
        apart(move || kazoo::read_text(text.as_ref())).await
    }

    /// Takes in a set that [`callflow::kazoo::read`] read, and adds to its report what is missing, left out or
    /// refused here. A number that another callflow or account has is left out; so is a SIP password whose user name
    /// another device has, and settings when the account has some.
    ///
    /// When documents were refused, nothing is written unless the import may be partial: see [`Imported::written`].
    ///
    /// # Errors
    /// When the account is gone or the database fails. Nothing is written then.
    pub async fn import(
        &self,
        access: &Access,
        set: Set,
        report: Report,
        options: ImportOptions,
    ) -> Result<Imported> {
        self.import_once(access, set, report, options, None)
            .await?
            .first()
    }

    /// As [`Store::import`], for a request that may be repeated. A dry run is not remembered.
    pub async fn import_once(
        &self,
        access: &Access,
        set: Set,
        report: Report,
        options: ImportOptions,
        once: Option<&Once<'_, Imported>>,
    ) -> Result<Made<Imported>> {
        let directory = self.directory(access).await?;
        let prepare = move || (prepare::prepare(set, report, &directory), directory);
        let (mut prepared, directory) = apart(prepare).await?;
        if !(prepared.report.refused.is_empty() || options.partial || options.dry_run) {
            return Ok(Made::New(Imported {
                written: false,
                callflows: Vec::new(),
                resources: Vec::new(),
                report: prepared.report,
            }));
        }
        let mut tx = self.begin_on(access.account_id()).await?;
        let book = Book {
            key: self.key(),
            now: self.now(),
        };
        let once = once.filter(|_| !options.dry_run);
        if let Some(answer) = idempotency::begin(once, &mut tx, book.now).await? {
            return Ok(Made::Again(answer));
        }
        write(&mut tx, access, &mut prepared, &book).await?;
        let announcement = Store::bump(&mut tx, access.account_id()).await?;
        let written = !options.dry_run;
        let imported = apart(move || answer(prepared, directory, written)).await?;
        if written {
            idempotency::finish(once, &mut tx, &imported).await?;
            self.commit(tx, announcement).await?;
        } else {
            tx.rollback().await?;
        }
        Ok(Made::New(imported))
    }

    /// The callflows and resources of the account, in the order in which they were made. SIP passwords are not known
    /// and not in it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export(&self, access: &Access) -> Result<Set> {
        let mut set = Set::default();
        let mut connection = self.db.acquire().await?;
        let rows =
            sqlx::query("SELECT id, document FROM callflows WHERE account_id = $1 ORDER BY id")
                .bind(access.account_id())
                .fetch_all(&mut *connection)
                .await?;
        for row in rows {
            let id: String = row.try_get(0)?;
            let text: String = row.try_get(1)?;
            set.callflows.push(Document {
                id: Some(CallflowId::from(id.as_str())),
                callflow: draft::parse(&text)?,
            });
        }
        let rows = sqlx::query(
            "SELECT kind, id, document FROM resources WHERE account_id = $1 ORDER BY id",
        )
        .bind(access.account_id())
        .fetch_all(&mut *connection)
        .await?;
        for row in rows {
            let kind: String = row.try_get(0)?;
            let text: String = row.try_get(2)?;
            let document: Map<String, Value> =
                serde_json::from_str(&text).map_err(|source| Error::Corrupt {
                    what: "resource",
                    source,
                })?;
            match ResourceKind::from_path(&kind) {
                Some(kind) => set.resources.push(Item {
                    kind,
                    id: row.try_get(1)?,
                    document,
                }),
                None => set.others.push(Value::Object(document)),
            }
        }
        Ok(set)
    }
}

/// Does long work that waits for nothing, out of the way of work that waits.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Database(sqlx::Error::Io(std::io::Error::other(error))))
}

/// What everything is written with.
struct Book<'a> {
    key: Option<&'a SecretKey>,
    now: Moment,
}

/// Writes everything within one transaction, and tells what could not be written as it came.
async fn write(
    connection: &mut AnyConnection,
    access: &Access,
    prepared: &mut Prepared,
    book: &Book<'_>,
) -> Result<()> {
    let things = std::mem::take(&mut prepared.resources);
    for thing in things {
        if write_thing(connection, access, &thing, &mut prepared.report, book).await? {
            prepared.resources.push(thing);
        }
    }
    for flow in &mut prepared.callflows {
        write_flow(connection, access, flow, &mut prepared.report, book.now).await?;
    }
    write_others(connection, access, &prepared.others, book.now).await
}

/// Writes a resource; false when it has to stay out.
async fn write_thing(
    connection: &mut AnyConnection,
    access: &Access,
    thing: &Thing,
    report: &mut Report,
    book: &Book<'_>,
) -> Result<bool> {
    let (account_id, kind, checked) = (access.account_id(), thing.kind, &thing.checked);
    if !resource::insert(
        connection,
        access,
        kind.path(),
        &thing.id,
        checked,
        book.now,
    )
    .await?
    {
        // Everything else has an id that is new.
        let text = "The account has settings already; they stay as they are";
        report.push(Part::LeftOut, thing.line("", text));
        return Ok(false);
    }
    let refusal = credential::write_imported(
        connection,
        account_id,
        kind,
        &thing.id,
        &checked.document,
        checked.password.as_deref(),
    )
    .await?;
    if let Some((_, path)) = credential::paths(kind) {
        match refusal {
            Some(why) => {
                let text = format!("The password was not taken: {why}");
                report.push(Part::LeftOut, thing.line(path, text));
            }
            None if checked.password.is_some() => {
                let text = "It is kept for signing in, and neither shown nor exported";
                report.push(Part::Adapted, thing.line(path, text));
            }
            None => {}
        }
    }
    if kind == ResourceKind::Carrier {
        let (own, listed) = (
            checked.password.as_deref(),
            checked.gateway_passwords.clone(),
        );
        let of = (account_id, thing.id.as_str());
        carrier::write(connection, book.key, of, &checked.document, own, listed).await?;
    }
    let document = Value::Object(checked.document.clone());
    mention::add(connection, account_id, kind.path(), &thing.id, &document).await?;
    Ok(true)
}

/// Writes a callflow with the numbers that are free.
async fn write_flow(
    connection: &mut AnyConnection,
    access: &Access,
    flow: &mut Flow,
    report: &mut Report,
    now: Moment,
) -> Result<()> {
    for number in flow.written.callflow.numbers.clone() {
        let refusal = draft::refusal(connection, access.account_id(), &number, "draft").await?;
        let why = match refusal {
            None => continue,
            Some(Error::Invalid { message, .. }) => message,
            Some(other) => other.to_string(),
        };
        report.push(Part::LeftOut, flow.line("numbers", why));
        flow.numbers_left_out.push(number);
    }
    if !flow.numbers_left_out.is_empty() {
        let mut callflow = flow.written.callflow.clone();
        callflow
            .numbers
            .retain(|number| !flow.numbers_left_out.contains(number));
        flow.written = draft::prepare(callflow)?;
    }
    draft::insert(connection, access, &flow.id, &flow.written, now).await
}

/// Keeps the documents that have no place here, those that are not there already.
async fn write_others(
    connection: &mut AnyConnection,
    access: &Access,
    others: &[(String, Checked)],
    now: Moment,
) -> Result<()> {
    if others.is_empty() {
        return Ok(());
    }
    let mut there: Vec<String> =
        sqlx::query_scalar("SELECT document FROM resources WHERE account_id = $1 AND kind = $2")
            .bind(access.account_id())
            .bind(OTHERS)
            .fetch_all(&mut *connection)
            .await?;
    there.sort_unstable();
    for (id, checked) in others {
        if there.binary_search(&checked.text).is_err() {
            resource::insert(connection, access, OTHERS, id, checked, now).await?;
        }
    }
    Ok(())
}

/// Checks the callflows with everything there is now.
fn answer(prepared: Prepared, mut directory: Directory, written: bool) -> Imported {
    let mut resources = Vec::with_capacity(prepared.resources.len());
    for thing in prepared.resources {
        directory.insert(thing.kind, &thing.id, thing.checked.document);
        resources.push(ImportedResource {
            kind: thing.kind,
            id: thing.id,
            source_id: thing.source_id,
            name: thing.checked.name,
        });
    }
    for flow in &prepared.callflows {
        let callflow = &flow.written.callflow;
        let mut entry = Map::new();
        entry.insert("name".into(), Value::from(callflow.name.as_str()));
        entry.insert("numbers".into(), serde_json::json!(callflow.numbers));
        entry.insert("patterns".into(), serde_json::json!(callflow.patterns));
        let leads_to = callflow::check::leads_to(&callflow.flow);
        entry.insert("leads_to".into(), serde_json::json!(leads_to));
        directory.insert(ResourceKind::Callflow, &flow.id, entry);
    }
    let callflows = prepared.callflows.into_iter().map(|flow| {
        let own = CallflowId::from(flow.id.as_str());
        let callflow = &flow.written.callflow;
        ImportedCallflow {
            problems: callflow::check::check_as(Some(&own), callflow, &directory),
            title: callflow.title(),
            id: flow.id,
            source_id: flow.source_id,
            numbers_left_out: flow.numbers_left_out,
        }
    });
    Imported {
        written,
        callflows: callflows.collect(),
        resources,
        report: prepared.report,
    }
}

//! Publishing: from draft to what callers meet, in one transaction. A publication never changes.

use crate::access::Access;
use crate::database::Store;
use crate::draft::{self, Draft, claim_numbers};
use crate::error::{Error, Result};
use crate::mention;
use crate::moment::Moment;
use crate::page::{Listed, Page, listed};
use crate::resource;
use callflow::{Callflow, CallflowId, Problem};
use serde::Serialize;
use sqlx::AnyConnection;
use sqlx::Row;

/// Longest note, in characters.
const LONGEST_NOTE: usize = 500;

/// A published version.
#[derive(Clone, Debug, PartialEq)]
pub struct Publication {
    /// Who, when, what number.
    pub summary: PublicationSummary,
    /// The document as published.
    pub callflow: Callflow,
}

/// A published version in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicationSummary {
    /// From 1, without gaps.
    pub version: i64,
    /// The draft's revision it was made from.
    pub revision: i64,
    /// Whether callers meet this one.
    pub live: bool,
    /// When it was published.
    pub published_at: Moment,
    /// By whom.
    pub published_by: String,
    /// What they wrote about it; may be empty.
    pub note: String,
}

/// What became of a wish to publish.
#[derive(Clone, Debug, PartialEq)]
pub enum Publish {
    /// It is live.
    Live {
        /// Its number.
        version: i64,
        /// Warnings that did not stop it.
        warnings: Vec<Problem>,
    },
    /// It has errors; nothing was changed.
    Refused(Vec<Problem>),
    /// Somebody saved since the revision that was to be published; this is the draft now.
    Conflict(Box<Draft>),
}

impl Store {
    /// Problems of a callflow, as a draft of the one with this id, against the account's present resources. Nothing is
    /// saved.
    pub async fn problems(
        &self,
        access: &Access,
        id: &str,
        callflow: &Callflow,
    ) -> Result<Vec<Problem>> {
        let directory = self.directory(access).await?;
        let id = CallflowId::from(id);
        Ok(callflow::check::check_as(Some(&id), callflow, &directory))
    }

    /// Makes the draft live. With a `base` revision only that one is published. Runtimes are told at once.
    pub async fn publish(
        &self,
        access: &Access,
        id: &str,
        base: Option<i64>,
        note: &str,
    ) -> Result<Publish> {
        check_note(note)?;
        let mut tx = self.begin_on(access.account_id()).await?;
        let draft = draft::load(&mut tx, access.account_id(), id).await?;
        if base.is_some_and(|base| base != draft.revision) {
            return Ok(Publish::Conflict(Box::new(draft)));
        }
        let outcome = self
            .insert_publication(
                &mut tx,
                access,
                &draft,
                &draft.callflow,
                Some(draft.revision),
                note,
            )
            .await?;
        self.finish_publication(tx, access, outcome).await
    }

    /// Makes an old version live again, as a new version. A draft with unpublished changes stays as it is; otherwise it
    /// becomes the old version too.
    pub async fn rollback(&self, access: &Access, id: &str, version: i64) -> Result<Publish> {
        let mut tx = self.begin_on(access.account_id()).await?;
        let account_id = access.account_id();
        let old = load(&mut tx, account_id, id, version).await?;
        let mut draft = draft::load(&mut tx, account_id, id).await?;
        let untouched = draft.live_revision == Some(draft.revision);
        if untouched {
            self.overwrite_callflow(&mut tx, access, id, draft.revision, old.callflow.clone())
                .await?;
            draft = draft::load(&mut tx, account_id, id).await?;
        }
        let note = format!("Back to version {version}");
        let revision = untouched.then_some(draft.revision);
        let outcome = self
            .insert_publication(&mut tx, access, &draft, &old.callflow, revision, &note)
            .await?;
        self.finish_publication(tx, access, outcome).await
    }

    /// `revision` is the draft's when it is what goes live, none when something else does.
    async fn insert_publication(
        &self,
        connection: &mut AnyConnection,
        access: &Access,
        draft: &Draft,
        callflow: &Callflow,
        revision: Option<i64>,
        note: &str,
    ) -> Result<Publish> {
        let account_id = access.account_id();
        let last: Option<i64> = sqlx::query_scalar(
            "SELECT MAX(version) FROM publications WHERE account_id = $1 AND callflow_id = $2",
        )
        .bind(account_id)
        .bind(&draft.id)
        .fetch_one(&mut *connection)
        .await?;
        let version = last.unwrap_or(0) + 1;
        let directory = resource::directory(connection, account_id).await?;
        let number = u32::try_from(version).unwrap_or(u32::MAX);
        let key = CallflowId::from(draft.id.as_str());
        if let Err(problems) = callflow::compile(key.clone(), number, callflow, &directory) {
            return Ok(Publish::Refused(problems));
        }
        let warnings = callflow::check::check_as(Some(&key), callflow, &directory);
        claim_numbers(connection, account_id, &draft.id, &callflow.numbers, "live").await?;
        let document = callflow.to_json();
        sqlx::query(
            "INSERT INTO publications (account_id, callflow_id, version, revision, document, note, published_at, \
             published_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(account_id)
        .bind(&draft.id)
        .bind(version)
        .bind(revision.unwrap_or(0))
        .bind(document.to_string())
        .bind(note)
        .bind(self.now().millis())
        .bind(access.actor())
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "UPDATE callflows SET live_version = $1, live_revision = $2 WHERE account_id = $3 AND id = $4",
        )
        .bind(version)
        .bind(revision.unwrap_or(0))
        .bind(account_id)
        .bind(&draft.id)
        .execute(&mut *connection)
        .await?;
        mention::record(
            connection,
            account_id,
            mention::PUBLICATION,
            &draft.id,
            &document,
        )
        .await?;
        Ok(Publish::Live { version, warnings })
    }

    async fn finish_publication(
        &self,
        mut tx: sqlx::Transaction<'static, sqlx::Any>,
        access: &Access,
        outcome: Publish,
    ) -> Result<Publish> {
        if let Publish::Live { .. } = outcome {
            let announcement = Store::bump(&mut tx, access.account_id()).await?;
            tx.commit().await?;
            self.announce(announcement);
        }
        Ok(outcome)
    }

    /// A callflow's versions, newest first.
    pub async fn versions(
        &self,
        access: &Access,
        id: &str,
        page: &Page,
    ) -> Result<Listed<PublicationSummary>> {
        let draft = self.callflow(access, id).await?;
        let rows = sqlx::query(
            "SELECT version, revision, published_at, published_by, note FROM publications \
             WHERE account_id = $1 AND callflow_id = $2 AND version < $3 ORDER BY version DESC LIMIT $4",
        )
        .bind(access.account_id())
        .bind(id)
        .bind(below(page)?)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows
            .iter()
            .map(|row| read(row, draft.live_version))
            .collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |v| {
            (v.version.to_string(), String::new())
        }))
    }

    /// One version with its document.
    pub async fn version(&self, access: &Access, id: &str, version: i64) -> Result<Publication> {
        let mut connection = self.db.acquire().await?;
        load(&mut connection, access.account_id(), id, version).await
    }
}

/// The version before which a piece of the list begins.
pub(crate) fn below(page: &Page) -> Result<i64> {
    match page.after()? {
        None => Ok(i64::MAX),
        Some((version, _)) => version
            .parse()
            .map_err(|_| Error::invalid("cursor", "use the `next` value of the previous answer")),
    }
}

fn check_note(note: &str) -> Result<()> {
    if note.chars().count() > LONGEST_NOTE || note.contains('\0') {
        return Err(Error::invalid(
            "note",
            format!("write at most {LONGEST_NOTE} characters"),
        ));
    }
    Ok(())
}

fn read(row: &sqlx::any::AnyRow, live: Option<i64>) -> Result<PublicationSummary> {
    let version: i64 = row.try_get("version")?;
    Ok(PublicationSummary {
        version,
        revision: row.try_get("revision")?,
        live: live == Some(version),
        published_at: Moment::from_millis(row.try_get("published_at")?),
        published_by: row.try_get("published_by")?,
        note: row.try_get("note")?,
    })
}

/// As [`read`], with the document.
pub(crate) fn read_whole(row: &sqlx::any::AnyRow, live: Option<i64>) -> Result<Publication> {
    let text: String = row.try_get("document")?;
    Ok(Publication {
        summary: read(row, live)?,
        callflow: draft::parse(&text)?,
    })
}

pub(crate) async fn load(
    connection: &mut AnyConnection,
    account_id: &str,
    id: &str,
    version: i64,
) -> Result<Publication> {
    let row = sqlx::query(
        "SELECT p.version, p.revision, p.published_at, p.published_by, p.note, p.document, c.live_version \
         FROM publications p JOIN callflows c ON c.id = p.callflow_id \
         WHERE p.account_id = $1 AND p.callflow_id = $2 AND p.version = $3",
    )
    .bind(account_id)
    .bind(id)
    .bind(version)
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::not_found("version", &format!("{id}/{version}")))?;
    read_whole(&row, row.try_get("live_version")?)
}

//! Deleted callflows, kept for a while so that deleting can be undone.

use crate::access::Access;
use crate::database::Store;
use crate::draft::{self, Draft, claim_numbers, refusal};
use crate::error::{Error, Result};
use crate::mention;
use crate::moment::Moment;
use crate::page::{Listed, Page, listed};
use crate::publish;
use crate::resource;
use callflow::{Callflow, CallflowId};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

/// How long a deleted callflow is kept: 30 days.
pub const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// Most deleted callflows that one sweep takes away; the next one goes on.
const MOST_PURGED: i64 = 500;

/// Sets the versions aside and removes what other queries would find.
const ASIDE: [&str; 4] = [
    "INSERT INTO deleted_publications (account_id, callflow_id, version, revision, document, note, published_at, \
     published_by) SELECT account_id, callflow_id, version, revision, document, note, published_at, published_by \
     FROM publications WHERE account_id = $1 AND callflow_id = $2",
    "DELETE FROM callflow_numbers WHERE account_id = $1 AND callflow_id = $2",
    "DELETE FROM publications WHERE account_id = $1 AND callflow_id = $2",
    "DELETE FROM callflows WHERE account_id = $1 AND id = $2",
];

/// Brings the versions back.
const BACK: [&str; 3] = [
    "INSERT INTO publications (account_id, callflow_id, version, revision, document, note, published_at, \
     published_by) SELECT account_id, callflow_id, version, revision, document, note, published_at, published_by \
     FROM deleted_publications WHERE account_id = $1 AND callflow_id = $2",
    "DELETE FROM deleted_publications WHERE account_id = $1 AND callflow_id = $2",
    "DELETE FROM deleted_callflows WHERE account_id = $1 AND id = $2",
];

/// A deleted callflow in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedCallflow {
    /// Identifier; it comes back with it.
    pub id: String,
    /// Name; may be empty, then the numbers are shown.
    pub name: String,
    /// The numbers it had.
    pub numbers: Vec<String>,
    /// The version that was live.
    pub live_version: Option<i64>,
    /// When it was deleted.
    pub deleted_at: Moment,
    /// By whom.
    pub deleted_by: String,
    /// Until when it can be restored.
    pub kept_until: Moment,
}

/// A callflow that is back.
#[derive(Clone, Debug, PartialEq)]
pub struct Restored {
    /// Its draft.
    pub draft: Draft,
    /// Numbers that it has lost: another callflow has them by now, or they left the account.
    pub lost: Vec<LostNumber>,
}

/// A number that a restored callflow no longer has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostNumber {
    /// The number.
    pub number: String,
    /// The callflow that has it now; none when the number left the account.
    pub callflow_id: Option<String>,
    /// That callflow's name.
    pub callflow_name: Option<String>,
}

/// Moves a callflow's rows out of the way of everything that reads callflows. The numbers are free at once.
pub(crate) async fn set_aside(
    connection: &mut AnyConnection,
    access: &Access,
    id: &str,
    now: Moment,
) -> Result<()> {
    let account_id = access.account_id();
    sqlx::query(
        "INSERT INTO deleted_callflows (id, account_id, name, numbers, document, revision, live_version, \
         live_revision, created_at, updated_at, updated_by, deleted_at, deleted_by) \
         SELECT id, account_id, name, numbers, document, revision, live_version, live_revision, created_at, \
         updated_at, updated_by, $3, $4 FROM callflows WHERE account_id = $1 AND id = $2",
    )
    .bind(account_id)
    .bind(id)
    .bind(now.millis())
    .bind(access.actor())
    .execute(&mut *connection)
    .await?;
    each(connection, account_id, id, &ASIDE).await
}

/// Statements that take the account and the callflow, in their order.
async fn each(
    connection: &mut AnyConnection,
    account_id: &str,
    id: &str,
    statements: &[&'static str],
) -> Result<()> {
    for statement in statements {
        sqlx::query(*statement)
            .bind(account_id)
            .bind(id)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// What was kept of a callflow beside its versions.
struct Kept {
    document: String,
    revision: i64,
    live_version: Option<i64>,
    live_revision: Option<i64>,
    created_at: i64,
}

async fn kept(
    connection: &mut AnyConnection,
    account_id: &str,
    id: &str,
    now: Moment,
) -> Result<Kept> {
    let row = sqlx::query(
        "SELECT document, revision, live_version, live_revision, created_at FROM deleted_callflows \
         WHERE account_id = $1 AND id = $2 AND deleted_at > $3",
    )
    .bind(account_id)
    .bind(id)
    .bind(now.millis().saturating_sub(KEPT_MS))
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::not_found("deleted callflow", id))?;
    Ok(Kept {
        document: row.try_get("document")?,
        revision: row.try_get("revision")?,
        live_version: row.try_get("live_version")?,
        live_revision: row.try_get("live_revision")?,
        created_at: row.try_get("created_at")?,
    })
}

/// Takes the numbers off a draft that it may not have any more.
async fn drop_lost(
    connection: &mut AnyConnection,
    account_id: &str,
    callflow: &mut Callflow,
) -> Result<Vec<LostNumber>> {
    let mut lost = Vec::new();
    for number in std::mem::take(&mut callflow.numbers) {
        match refusal(connection, account_id, &number, "draft").await? {
            None => callflow.numbers.push(number),
            Some(Error::NumberTaken {
                callflow_id,
                callflow_name,
                ..
            }) => lost.push(LostNumber {
                number,
                callflow_id: Some(callflow_id),
                callflow_name: Some(callflow_name),
            }),
            Some(_) => lost.push(LostNumber {
                number,
                callflow_id: None,
                callflow_name: None,
            }),
        }
    }
    Ok(lost)
}

/// Makes a version what callers meet again, if they can: its numbers are free and it has no errors.
async fn live_again(
    connection: &mut AnyConnection,
    account_id: &str,
    id: &str,
    version: i64,
    revision: i64,
) -> Result<()> {
    let callflow = publish::load(connection, account_id, id, version)
        .await?
        .callflow;
    for number in &callflow.numbers {
        if refusal(connection, account_id, number, "live")
            .await?
            .is_some()
        {
            return Ok(());
        }
    }
    let directory = resource::directory(connection, account_id).await?;
    let number = u32::try_from(version).unwrap_or(u32::MAX);
    if callflow::compile(CallflowId::from(id), number, &callflow, &directory).is_err() {
        return Ok(());
    }
    claim_numbers(connection, account_id, id, &callflow.numbers, "live").await?;
    sqlx::query(
        "UPDATE callflows SET live_version = $1, live_revision = $2 WHERE account_id = $3 AND id = $4",
    )
    .bind(version)
    .bind(revision)
    .bind(account_id)
    .bind(id)
    .execute(&mut *connection)
    .await?;
    let document = callflow.to_json();
    mention::record(connection, account_id, mention::PUBLICATION, id, &document).await
}

fn read(row: &AnyRow) -> Result<DeletedCallflow> {
    let numbers: String = row.try_get("numbers")?;
    let deleted_at: i64 = row.try_get("deleted_at")?;
    Ok(DeletedCallflow {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        numbers: serde_json::from_str(&numbers).map_err(|source| Error::Corrupt {
            what: "list of numbers",
            source,
        })?,
        live_version: row.try_get("live_version")?,
        deleted_at: Moment::from_millis(deleted_at),
        deleted_by: row.try_get("deleted_by")?,
        kept_until: Moment::from_millis(deleted_at.saturating_add(KEPT_MS)),
    })
}

impl Store {
    /// Callflows that were deleted within the last 30 days, the latest first.
    pub async fn deleted_callflows(
        &self,
        access: &Access,
        page: &Page,
    ) -> Result<Listed<DeletedCallflow>> {
        let (before, id) = match page.after()? {
            None => (i64::MAX, String::new()),
            Some((at, id)) => {
                let at = at.parse().map_err(|_| {
                    Error::invalid("cursor", "use the `next` value of the previous answer")
                })?;
                (at, id)
            }
        };
        let rows = sqlx::query(
            "SELECT id, name, numbers, live_version, deleted_at, deleted_by FROM deleted_callflows \
             WHERE account_id = $1 AND deleted_at > $2 AND (deleted_at < $3 OR (deleted_at = $3 AND id > $4)) \
             ORDER BY deleted_at DESC, id LIMIT $5",
        )
        .bind(access.account_id())
        .bind(self.now().millis().saturating_sub(KEPT_MS))
        .bind(before)
        .bind(id)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |item| {
            (item.deleted_at.millis().to_string(), item.id.clone())
        }))
    }

    /// Brings a deleted callflow back with its versions, under its old id. Numbers that lead elsewhere by now are taken
    /// off its draft and named. What was live is live again, unless one of its numbers is lost or it has errors by now.
    pub async fn restore_callflow(&self, access: &Access, id: &str) -> Result<Restored> {
        let account_id = access.account_id();
        let now = self.now();
        let mut tx = self.begin_on(account_id).await?;
        let kept = kept(&mut tx, account_id, id, now).await?;
        let mut callflow = draft::parse(&kept.document)?;
        let lost = drop_lost(&mut tx, account_id, &mut callflow).await?;
        let written = draft::prepare(callflow)?;
        draft::insert(&mut tx, access, id, &written, now).await?;
        // The count of saves goes on where it stopped, for those who still have the old draft open.
        sqlx::query(
            "UPDATE callflows SET revision = $1, created_at = $2 WHERE account_id = $3 AND id = $4",
        )
        .bind(kept.revision + 1)
        .bind(kept.created_at)
        .bind(account_id)
        .bind(id)
        .execute(&mut *tx)
        .await?;
        each(&mut tx, account_id, id, &BACK).await?;
        if let Some(version) = kept.live_version {
            let published = kept.live_revision == Some(kept.revision) && lost.is_empty();
            let revision = if published { kept.revision + 1 } else { 0 };
            live_again(&mut tx, account_id, id, version, revision).await?;
        }
        let draft = draft::load(&mut tx, account_id, id).await?;
        let announcement = Store::bump(&mut tx, account_id).await?;
        self.commit(tx, announcement).await?;
        Ok(Restored { draft, lost })
    }

    /// Takes away for good what was deleted more than 30 days ago, in all accounts. Answers how many callflows that
    /// were.
    pub async fn purge_deleted_callflows(&self) -> Result<u64> {
        let before = self.now().millis().saturating_sub(KEPT_MS);
        let mut tx = self.begin().await?;
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM deleted_callflows WHERE deleted_at <= $1 ORDER BY deleted_at LIMIT $2",
        )
        .bind(before)
        .bind(MOST_PURGED)
        .fetch_all(&mut *tx)
        .await?;
        for id in &ids {
            for statement in [
                "DELETE FROM deleted_publications WHERE callflow_id = $1",
                "DELETE FROM deleted_callflows WHERE id = $1",
            ] {
                sqlx::query(statement).bind(id).execute(&mut *tx).await?;
            }
        }
        tx.commit().await?;
        Ok(ids.len() as u64)
    }
}

//! Callflows as people edit them. What callers meet is a publication, see [`crate::Publication`].

use crate::access::Access;
use crate::database::{Store, folded, new_id};
use crate::deleted;
use crate::error::{Error, Result};
use crate::idempotency::{self, Made, Once};
use crate::mention;
use crate::moment::Moment;
use crate::number::dialled;
use crate::page::{Listed, Page, listed};
use crate::resource::refuse_stale;
use callflow::Callflow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::AnyConnection;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Largest document kept, in bytes of JSON.
const LARGEST: usize = 4 * 1024 * 1024;

/// How a draft compares with what is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LiveState {
    /// Never published.
    Never,
    /// The draft is what is live.
    Live,
    /// The draft was changed since it was published.
    Changed,
}

/// A callflow's draft with its place in history.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Identifier.
    pub id: String,
    /// The document.
    pub callflow: Callflow,
    /// Counts saves, from 1.
    pub revision: i64,
    /// The version that is live; none when it was never published.
    pub live_version: Option<i64>,
    /// The revision that version was made from.
    pub live_revision: Option<i64>,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last saved.
    pub updated_at: Moment,
    /// By whom.
    pub updated_by: String,
}

impl Draft {
    /// How it compares with what is live.
    pub fn state(&self) -> LiveState {
        state(self.revision, self.live_revision)
    }
}

/// A callflow in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftSummary {
    /// Identifier.
    pub id: String,
    /// Name; may be empty, then the numbers are shown.
    pub name: String,
    /// The draft's numbers.
    pub numbers: Vec<String>,
    /// How many steps the draft has.
    pub steps: i64,
    /// Counts saves.
    pub revision: i64,
    /// How it compares with what is live.
    pub state: LiveState,
    /// The version that is live.
    pub live_version: Option<i64>,
    /// When it was last saved.
    pub updated_at: Moment,
    /// By whom.
    pub updated_by: String,
}

/// What became of a save.
#[derive(Clone, Debug, PartialEq)]
pub enum Save {
    /// It was saved; this is the draft now.
    Saved(Box<Draft>),
    /// Somebody else saved since; this is what they saved, when, and who.
    Conflict(Box<Draft>),
}

fn state(revision: i64, live_revision: Option<i64>) -> LiveState {
    match live_revision {
        None => LiveState::Never,
        Some(live) if live == revision => LiveState::Live,
        Some(_) => LiveState::Changed,
    }
}

fn read(row: &AnyRow) -> Result<Draft> {
    let text: String = row.try_get("document")?;
    Ok(Draft {
        id: row.try_get("id")?,
        callflow: parse(&text)?,
        revision: row.try_get("revision")?,
        live_version: row.try_get("live_version")?,
        live_revision: row.try_get("live_revision")?,
        created_at: Moment::from_millis(row.try_get("created_at")?),
        updated_at: Moment::from_millis(row.try_get("updated_at")?),
        updated_by: row.try_get("updated_by")?,
    })
}

/// Reads a stored document.
pub(crate) fn parse(text: &str) -> Result<Callflow> {
    serde_json::from_str(text).map_err(|source| Error::Corrupt {
        what: "callflow",
        source,
    })
}

fn read_summary(row: &AnyRow) -> Result<DraftSummary> {
    let numbers: String = row.try_get("numbers")?;
    let revision: i64 = row.try_get("revision")?;
    Ok(DraftSummary {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        numbers: serde_json::from_str(&numbers).map_err(|source| Error::Corrupt {
            what: "list of numbers",
            source,
        })?,
        steps: row.try_get("steps")?,
        revision,
        state: state(revision, row.try_get("live_revision")?),
        live_version: row.try_get("live_version")?,
        updated_at: Moment::from_millis(row.try_get("updated_at")?),
        updated_by: row.try_get("updated_by")?,
    })
}

/// What is written to the row of a draft.
pub(crate) struct Written {
    pub(crate) callflow: Callflow,
    document: Value,
    text: String,
    numbers: String,
    patterns: String,
    leads_to: String,
    sort_name: String,
    search: String,
    steps: i64,
}

/// Brings a callflow into the form that is stored, if it fits.
pub(crate) fn prepare(mut callflow: Callflow) -> Result<Written> {
    callflow.name = callflow.name.trim().to_owned();
    let mut numbers: Vec<String> = Vec::with_capacity(callflow.numbers.len());
    for number in callflow.numbers.iter().map(|n| dialled(n)) {
        if number.is_empty() {
            return Err(Error::invalid("numbers", "a number is empty; remove it"));
        }
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    callflow.numbers = numbers;
    for key in ["id", "revision", "_id", "_rev"] {
        callflow.extra.shift_remove(key);
    }
    let document = callflow.to_json();
    let text = document.to_string();
    if text.len() > LARGEST {
        return Err(Error::invalid(
            "flow",
            format!(
                "it is {} bytes of JSON; at most {LARGEST} are kept",
                text.len()
            ),
        ));
    }
    if text.contains("\\u0000") {
        return Err(Error::invalid(
            "flow",
            "remove the NUL characters from the texts",
        ));
    }
    let mut search = folded(&callflow.name);
    for number in &callflow.numbers {
        search.push('\n');
        search.push_str(&folded(number));
    }
    Ok(Written {
        numbers: serde_json::json!(callflow.numbers).to_string(),
        patterns: serde_json::json!(callflow.patterns).to_string(),
        leads_to: serde_json::json!(callflow::check::leads_to(&callflow.flow)).to_string(),
        sort_name: folded(&callflow.title()),
        steps: i64::try_from(callflow.flow.len()).unwrap_or(i64::MAX),
        search,
        text,
        document,
        callflow,
    })
}

pub(crate) async fn load(
    connection: &mut AnyConnection,
    account_id: &str,
    id: &str,
) -> Result<Draft> {
    let row = sqlx::query(
        "SELECT id, document, revision, live_version, live_revision, created_at, updated_at, updated_by \
         FROM callflows WHERE account_id = $1 AND id = $2",
    )
    .bind(account_id)
    .bind(id)
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::not_found("callflow", id))?;
    read(&row)
}

/// Writes the rows of a callflow's numbers. `table_state` is `draft` or `live`.
pub(crate) async fn claim_numbers(
    connection: &mut AnyConnection,
    account_id: &str,
    callflow_id: &str,
    numbers: &[String],
    table_state: &'static str,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM callflow_numbers WHERE account_id = $1 AND callflow_id = $2 AND state = $3",
    )
    .bind(account_id)
    .bind(callflow_id)
    .bind(table_state)
    .execute(&mut *connection)
    .await?;
    for number in numbers {
        if let Some(refusal) = refusal(connection, account_id, number, table_state).await? {
            return Err(refusal);
        }
        insert_number(connection, account_id, callflow_id, number, table_state).await?;
    }
    Ok(())
}

async fn insert_number(
    connection: &mut AnyConnection,
    account_id: &str,
    callflow_id: &str,
    number: &str,
    table_state: &'static str,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO callflow_numbers (account_id, number, callflow_id, state) VALUES ($1, $2, $3, $4)",
    )
    .bind(account_id)
    .bind(number)
    .bind(callflow_id)
    .bind(table_state)
    .execute(connection)
    .await?;
    Ok(())
}

/// Why no further callflow of the account may have a number: another one has it, or it is a number of the inventory
/// that is not assigned to this account. `table_state` is `draft` or `live`.
pub(crate) async fn refusal(
    connection: &mut AnyConnection,
    account_id: &str,
    number: &str,
    table_state: &'static str,
) -> Result<Option<Error>> {
    let holder = sqlx::query(
        "SELECT c.id, CASE WHEN c.name = '' THEN c.numbers ELSE c.name END FROM callflow_numbers u \
         JOIN callflows c ON c.id = u.callflow_id WHERE u.account_id = $1 AND u.number = $2 AND u.state = $3",
    )
    .bind(account_id)
    .bind(number)
    .bind(table_state)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(holder) = holder {
        return Ok(Some(Error::NumberTaken {
            number: number.to_owned(),
            callflow_id: holder.try_get(0)?,
            callflow_name: holder.try_get(1)?,
        }));
    }
    let elsewhere: Option<String> = sqlx::query_scalar(
        "SELECT number FROM numbers WHERE number = $1 AND (account_id IS NULL OR account_id <> $2)",
    )
    .bind(number)
    .bind(account_id)
    .fetch_optional(&mut *connection)
    .await?;
    Ok(elsewhere.map(|_| {
        Error::invalid(
            "numbers",
            format!(
                "{number} is not assigned to this account. Choose one of the account's numbers"
            ),
        )
    }))
}

/// Inserts a draft under an id that no callflow has yet. Its numbers were found to be free: see [`refusal`].
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    access: &Access,
    id: &str,
    written: &Written,
    now: Moment,
) -> Result<()> {
    let account_id = access.account_id();
    sqlx::query(
        "INSERT INTO callflows (id, account_id, name, sort_name, search, numbers, steps, document, revision, \
         live_version, live_revision, created_at, updated_at, updated_by, patterns, leads_to) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, NULL, NULL, $9, $9, $10, $11, $12)",
    )
    .bind(id)
    .bind(account_id)
    .bind(&written.callflow.name)
    .bind(&written.sort_name)
    .bind(&written.search)
    .bind(&written.numbers)
    .bind(written.steps)
    .bind(&written.text)
    .bind(now.millis())
    .bind(access.actor())
    .bind(&written.patterns)
    .bind(&written.leads_to)
    .execute(&mut *connection)
    .await?;
    for number in &written.callflow.numbers {
        insert_number(connection, account_id, id, number, "draft").await?;
    }
    mention::add(
        connection,
        account_id,
        mention::CALLFLOW,
        id,
        &written.document,
    )
    .await
}

/// Updates the row and everything derived from it. Returns false when `base` is not the stored revision.
async fn write(
    connection: &mut AnyConnection,
    access: &Access,
    id: &str,
    written: &Written,
    base: i64,
    now: Moment,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE callflows SET name = $1, sort_name = $2, search = $3, numbers = $4, steps = $5, document = $6, \
         revision = revision + 1, updated_at = $7, updated_by = $8, patterns = $9, leads_to = $10 WHERE account_id = $11 AND id = $12 AND revision = $13",
    )
    .bind(&written.callflow.name)
    .bind(&written.sort_name)
    .bind(&written.search)
    .bind(&written.numbers)
    .bind(written.steps)
    .bind(&written.text)
    .bind(now.millis())
    .bind(access.actor())
    .bind(&written.patterns)
    .bind(&written.leads_to)
    .bind(access.account_id())
    .bind(id)
    .bind(base)
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let account_id = access.account_id();
    claim_numbers(
        connection,
        account_id,
        id,
        &written.callflow.numbers,
        "draft",
    )
    .await?;
    mention::record(
        connection,
        account_id,
        mention::CALLFLOW,
        id,
        &written.document,
    )
    .await?;
    Ok(true)
}

impl Store {
    /// Callflows by name; the search looks into names and numbers.
    pub async fn callflows(&self, access: &Access, page: &Page) -> Result<Listed<DraftSummary>> {
        let (sort, id) = page.after_text()?;
        let rows = sqlx::query(
            "SELECT id, name, sort_name, numbers, steps, revision, live_version, live_revision, updated_at, updated_by \
             FROM callflows WHERE account_id = $1 \
             AND ($2 = '' OR search LIKE $2 ESCAPE '!' OR search LIKE $3 ESCAPE '!') \
             AND (sort_name > $4 OR (sort_name = $4 AND id > $5)) ORDER BY sort_name, id LIMIT $6",
        )
        .bind(access.account_id())
        .bind(page.pattern())
        .bind(page.number_pattern())
        .bind(sort)
        .bind(id)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows
            .iter()
            .map(|row| Ok((row.try_get::<String, _>("sort_name")?, read_summary(row)?)))
            .collect::<Result<Vec<_>>>()?;
        let page = listed(items, page.limit(), |(sort, s)| {
            (sort.clone(), s.id.clone())
        });
        Ok(Listed {
            items: page.items.into_iter().map(|(_, s)| s).collect(),
            next: page.next,
        })
    }

    /// One callflow's draft.
    pub async fn callflow(&self, access: &Access, id: &str) -> Result<Draft> {
        let mut connection = self.db.acquire().await?;
        load(&mut connection, access.account_id(), id).await
    }

    /// Makes a callflow. It is not live before it is published.
    pub async fn create_callflow(&self, access: &Access, callflow: Callflow) -> Result<Draft> {
        self.create_callflow_once(access, callflow, None)
            .await?
            .first()
    }

    /// As [`Store::create_callflow`], for a request that may be repeated.
    pub async fn create_callflow_once(
        &self,
        access: &Access,
        callflow: Callflow,
        once: Option<&Once<'_, Draft>>,
    ) -> Result<Made<Draft>> {
        let written = prepare(callflow)?;
        let (id, now) = (new_id(), self.now());
        let mut tx = self.begin_on(access.account_id()).await?;
        if let Some(answer) = idempotency::begin(once, &mut tx, now).await? {
            return Ok(Made::Again(answer));
        }
        for number in &written.callflow.numbers {
            if let Some(refusal) = refusal(&mut tx, access.account_id(), number, "draft").await? {
                return Err(refusal);
            }
        }
        insert(&mut tx, access, &id, &written, now).await?;
        let draft = load(&mut tx, access.account_id(), &id).await?;
        idempotency::finish(once, &mut tx, &draft).await?;
        tx.commit().await?;
        Ok(Made::New(draft))
    }

    /// Saves a draft made from revision `base`. Nothing is written when somebody else saved since.
    pub async fn save_callflow(
        &self,
        access: &Access,
        id: &str,
        base: i64,
        callflow: Callflow,
    ) -> Result<Save> {
        let written = prepare(callflow)?;
        let mut tx = self.begin_on(access.account_id()).await?;
        let saved = write(&mut tx, access, id, &written, base, self.now()).await?;
        let draft = Box::new(load(&mut tx, access.account_id(), id).await?);
        if !saved {
            return Ok(Save::Conflict(draft));
        }
        tx.commit().await?;
        Ok(Save::Saved(draft))
    }

    /// Replaces the draft within the given transaction, whatever its revision.
    pub(crate) async fn overwrite_callflow(
        &self,
        connection: &mut AnyConnection,
        access: &Access,
        id: &str,
        base: i64,
        callflow: Callflow,
    ) -> Result<()> {
        let written = prepare(callflow)?;
        write(connection, access, id, &written, base, self.now()).await?;
        Ok(())
    }

    /// Makes a copy called "<name> copy", with an empty number block.
    pub async fn duplicate_callflow(&self, access: &Access, id: &str) -> Result<Draft> {
        self.duplicate_callflow_once(access, id, None)
            .await?
            .first()
    }

    /// As [`Store::duplicate_callflow`], for a request that may be repeated.
    pub async fn duplicate_callflow_once(
        &self,
        access: &Access,
        id: &str,
        once: Option<&Once<'_, Draft>>,
    ) -> Result<Made<Draft>> {
        let mut copy = self.callflow(access, id).await?.callflow;
        let title: String = copy
            .title()
            .chars()
            .take(callflow::limits::MAX_NAME_LEN - 5)
            .collect();
        copy.name = format!("{title} copy");
        copy.numbers.clear();
        copy.patterns.clear();
        copy.main_number = false;
        self.create_callflow_once(access, copy, once).await
    }

    /// Deletes a callflow, its versions and its claim on numbers; it can be restored for 30 days. Refused while another
    /// callflow or resource uses it.
    pub async fn delete_callflow(
        &self,
        access: &Access,
        id: &str,
        base: Option<i64>,
    ) -> Result<()> {
        let account_id = access.account_id();
        let mut tx = self.begin_on(access.account_id()).await?;
        let draft = load(&mut tx, account_id, id).await?;
        refuse_stale(base, draft.revision)?;
        let users = mention::users(&mut tx, account_id, id).await?;
        if !users.is_empty() {
            return Err(Error::InUse {
                what: format!("The callflow “{}”", draft.callflow.title()),
                users,
            });
        }
        mention::forget(&mut tx, account_id, mention::CALLFLOW, id).await?;
        mention::forget(&mut tx, account_id, mention::PUBLICATION, id).await?;
        deleted::set_aside(&mut tx, access, id, self.now()).await?;
        let announcement = Store::bump(&mut tx, account_id).await?;
        tx.commit().await?;
        self.announce(announcement);
        Ok(())
    }
}

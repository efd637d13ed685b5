//! What the numbers of an account lead to, and letting one lead elsewhere.

use crate::access::Access;
use crate::database::Store;
use crate::draft::load;
use crate::error::{Error, Result};
use crate::number::{NumberFilter, dialled};
use crate::page::{Listed, Page, listed};
use callflow::limits::MAX_NUMBERS;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

/// A callflow that has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberHolder {
    /// The callflow.
    pub callflow_id: String,
    /// Its name, or its numbers when it has none.
    pub title: String,
}

/// A number of an account and what it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberUse {
    /// E.164 with the plus sign.
    pub number: String,
    /// The same with spaces, for people.
    pub display: String,
    /// The callflow whose draft has it.
    pub draft: Option<NumberHolder>,
    /// The callflow where calls to it arrive now.
    pub live: Option<NumberHolder>,
}

/// What became of leading a number elsewhere, and what it takes to go back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberLed {
    /// The number as it is now.
    pub now: NumberUse,
    /// The callflow whose draft had it, and its place among that callflow's numbers.
    pub before: Option<(NumberHolder, usize)>,
}

/// Numbers with the callflow of the draft (d) and of the live version (l), and which of them.
macro_rules! uses {
    ($which:literal) => {
        concat!(
            "SELECT n.number, n.display, d.callflow_id AS draft_id, df.name AS draft_name, \
             df.numbers AS draft_numbers, l.callflow_id AS live_id, lf.name AS live_name, \
             lf.numbers AS live_numbers FROM numbers n \
             LEFT JOIN callflow_numbers d ON d.account_id = n.account_id AND d.number = n.number AND d.state = 'draft' \
             LEFT JOIN callflows df ON df.id = d.callflow_id \
             LEFT JOIN callflow_numbers l ON l.account_id = n.account_id AND l.number = n.number AND l.state = 'live' \
             LEFT JOIN callflows lf ON lf.id = l.callflow_id WHERE n.account_id = $1 AND ",
            $which
        )
    };
}

fn read(row: &AnyRow) -> Result<NumberUse> {
    let holder = |id: &str, name: &str, numbers: &str| -> Result<Option<NumberHolder>> {
        let Some(callflow_id) = row.try_get::<Option<String>, _>(id)? else {
            return Ok(None);
        };
        let name: Option<String> = row.try_get(name)?;
        let title = match name.filter(|name| !name.is_empty()) {
            Some(name) => name,
            None => {
                let numbers: Option<String> = row.try_get(numbers)?;
                let numbers: Vec<String> =
                    serde_json::from_str(&numbers.unwrap_or_default()).unwrap_or_default();
                numbers.join(", ")
            }
        };
        Ok(Some(NumberHolder { callflow_id, title }))
    };
    Ok(NumberUse {
        number: row.try_get("number")?,
        display: row.try_get("display")?,
        draft: holder("draft_id", "draft_name", "draft_numbers")?,
        live: holder("live_id", "live_name", "live_numbers")?,
    })
}

async fn one(connection: &mut AnyConnection, account_id: &str, number: &str) -> Result<NumberUse> {
    let row = sqlx::query(uses!("n.number = $2"))
        .bind(account_id)
        .bind(number)
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| Error::not_found("number", number))?;
    read(&row)
}

impl Store {
    /// The numbers assigned to the account with what each leads to. Spare are those that neither a draft nor a live
    /// version has.
    pub async fn number_uses(
        &self,
        access: &Access,
        filter: NumberFilter,
        page: &Page,
    ) -> Result<Listed<NumberUse>> {
        let (after, _) = page.after_text()?;
        let rows = sqlx::query(uses!(
            "($2 = 0 OR (d.callflow_id IS NULL AND l.callflow_id IS NULL)) \
             AND ($3 = '' OR n.number LIKE $3 ESCAPE '!') AND n.number > $4 ORDER BY n.number LIMIT $5"
        ))
        .bind(access.account_id())
        .bind(i64::from(filter.spare))
        .bind(page.number_pattern())
        .bind(after)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |number| {
            (number.number.clone(), String::new())
        }))
    }

    /// Gives a number of the account to the draft of a callflow, at a place among its numbers or else behind them, or
    /// takes it away. The draft that had it loses it in the same step. Calls follow once the drafts are published.
    pub async fn lead_number(
        &self,
        access: &Access,
        number: &str,
        callflow: Option<&str>,
        place: Option<usize>,
    ) -> Result<NumberLed> {
        let account_id = access.account_id();
        let number = dialled(number);
        let mut tx = self.begin_on(account_id).await?;
        let before = one(&mut tx, account_id, &number).await?;
        let holder = before
            .draft
            .as_ref()
            .map(|holder| holder.callflow_id.as_str());
        if holder == callflow {
            return Ok(NumberLed {
                now: before,
                before: None,
            });
        }
        let mut had = None;
        if let Some(holder) = before.draft {
            let draft = load(&mut tx, account_id, &holder.callflow_id).await?;
            let (id, base, mut document) = (draft.id, draft.revision, draft.callflow);
            let at = document.numbers.iter().position(|own| *own == number);
            let at = at.unwrap_or(document.numbers.len());
            document.numbers.retain(|own| *own != number);
            self.overwrite_callflow(&mut tx, access, &id, base, document)
                .await?;
            had = Some((holder, at));
        }
        if let Some(target) = callflow {
            let draft = load(&mut tx, account_id, target).await?;
            let (id, base, mut document) = (draft.id, draft.revision, draft.callflow);
            let count = document.numbers.len();
            if count >= MAX_NUMBERS {
                return Err(Error::invalid(
                    "numbers",
                    format!("the callflow has {MAX_NUMBERS} numbers, which is the most"),
                ));
            }
            let at = place.unwrap_or(count).min(count);
            document.numbers.insert(at, number.clone());
            self.overwrite_callflow(&mut tx, access, &id, base, document)
                .await?;
        }
        let now = one(&mut tx, account_id, &number).await?;
        tx.commit().await?;
        Ok(NumberLed { now, before: had })
    }
}

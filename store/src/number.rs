//! Telephone numbers: the reseller's inventory and which account and callflow has each.

use crate::access::{Access, Caller};
use crate::database::Store;
use crate::error::{Error, Result, is_duplicate};
use crate::idempotency::{self, Made, Once};
use crate::moment::Moment;
use crate::page::{Listed, Page, listed};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use std::collections::BTreeSet;

/// A number of the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// E.164 with the plus sign.
    pub number: String,
    /// The same with spaces, for people.
    pub display: String,
    /// Account it is assigned to; none while it is in the reseller's stock.
    pub account_id: Option<String>,
    /// That account's name.
    pub account_name: Option<String>,
    /// Callflow it is attached to, draft or live.
    pub callflow_id: Option<String>,
    /// That callflow's name.
    pub callflow_name: Option<String>,
    /// When it came into the inventory.
    pub created_at: Moment,
}

/// Which numbers are wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct NumberFilter {
    /// Only numbers that no callflow has.
    #[serde(default)]
    pub spare: bool,
}

/// A dialled number without the signs people write: spaces, dashes and brackets go when the rest is digits.
/// Feature codes and words such as `no_match` stay as they are.
pub fn dialled(text: &str) -> String {
    let text = text.trim();
    let bare: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}'))
        .collect();
    let digits = bare.strip_prefix('+').unwrap_or(&bare);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        bare
    } else {
        text.to_owned()
    }
}

/// A number as people read it: E.164 with the spaces of its country, anything else unchanged.
pub fn spaced(number: &str) -> String {
    match parse(number) {
        Some(parsed) => parsed
            .format()
            .mode(phonenumber::Mode::International)
            .to_string(),
        None => number.to_owned(),
    }
}

fn parse(number: &str) -> Option<phonenumber::PhoneNumber> {
    if number.len() > 20 || !number.starts_with('+') {
        return None;
    }
    phonenumber::parse(None, number).ok()
}

/// E.164 (ITU-T E.164 §6): a plus sign and 3 to 15 digits, the first not zero.
fn e164(text: &str) -> Result<String> {
    let number = dialled(text);
    let digits = number.strip_prefix('+').unwrap_or("");
    if (3..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit())
    {
        Ok(number)
    } else {
        Err(Error::invalid(
            "number",
            "write it with plus sign and country code, such as +441614960120",
        ))
    }
}

fn read(row: &AnyRow) -> Result<Number> {
    Ok(Number {
        number: row.try_get("number")?,
        display: row.try_get("display")?,
        account_id: row.try_get("account_id")?,
        account_name: row.try_get("account_name")?,
        callflow_id: row.try_get("callflow_id")?,
        callflow_name: row.try_get("callflow_name")?,
        created_at: Moment::from_millis(row.try_get("created_at")?),
    })
}

/// A number of the inventory of an account and everything below it.
async fn load(connection: &mut AnyConnection, reseller_id: &str, number: &str) -> Result<Number> {
    let number = dialled(number);
    let row = sqlx::query(
        "SELECT n.number, n.display, n.account_id, a.name AS account_name, MAX(c.id) AS callflow_id, \
         MAX(c.name) AS callflow_name, n.created_at FROM accounts mine \
         JOIN accounts owner ON owner.path LIKE mine.path || '%' JOIN numbers n ON n.reseller_id = owner.id \
         LEFT JOIN accounts a ON a.id = n.account_id \
         LEFT JOIN callflow_numbers u ON u.account_id = n.account_id AND u.number = n.number \
         LEFT JOIN callflows c ON c.id = u.callflow_id \
         WHERE mine.id = $1 AND n.number = $2 \
         GROUP BY n.number, n.display, n.account_id, a.name, n.created_at",
    )
    .bind(reseller_id)
    .bind(&number)
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::not_found("number", &number))?;
    read(&row)
}

/// As [`load`]; nobody else assigns or removes the number before the transaction ends.
async fn lock(connection: &mut AnyConnection, reseller_id: &str, number: &str) -> Result<Number> {
    sqlx::query("UPDATE numbers SET updated_at = updated_at WHERE number = $1")
        .bind(dialled(number))
        .execute(&mut *connection)
        .await?;
    load(connection, reseller_id, number).await
}

impl Store {
    /// The numbers assigned to the account.
    pub async fn numbers(
        &self,
        access: &Access,
        filter: NumberFilter,
        page: &Page,
    ) -> Result<Listed<Number>> {
        let (after, _) = page.after_text()?;
        let rows = sqlx::query(
            "SELECT n.number, n.display, n.account_id, a.name AS account_name, MAX(c.id) AS callflow_id, \
             MAX(c.name) AS callflow_name, n.created_at FROM numbers n \
             JOIN accounts a ON a.id = n.account_id \
             LEFT JOIN callflow_numbers u ON u.account_id = n.account_id AND u.number = n.number \
             LEFT JOIN callflows c ON c.id = u.callflow_id \
             WHERE n.account_id = $1 AND ($2 = 0 OR c.id IS NULL) AND ($3 = '' OR n.number LIKE $3 ESCAPE '!') \
             AND n.number > $4 GROUP BY n.number, n.display, n.account_id, a.name, n.created_at ORDER BY n.number LIMIT $5",
        )
        .bind(access.account_id())
        .bind(i64::from(filter.spare))
        .bind(page.number_pattern())
        .bind(after)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |n| {
            (n.number.clone(), String::new())
        }))
    }

    /// The inventory of the caller's own account and everything below it.
    pub async fn inventory(
        &self,
        caller: &Caller,
        filter: NumberFilter,
        page: &Page,
    ) -> Result<Listed<Number>> {
        caller.require_reseller("see the number inventory")?;
        let (after, _) = page.after_text()?;
        let rows = sqlx::query(
            "SELECT n.number, n.display, n.account_id, a.name AS account_name, MAX(c.id) AS callflow_id, \
             MAX(c.name) AS callflow_name, n.created_at FROM accounts mine \
             JOIN accounts owner ON owner.path LIKE mine.path || '%' JOIN numbers n ON n.reseller_id = owner.id \
             LEFT JOIN accounts a ON a.id = n.account_id \
             LEFT JOIN callflow_numbers u ON u.account_id = n.account_id AND u.number = n.number \
             LEFT JOIN callflows c ON c.id = u.callflow_id \
             WHERE mine.id = $1 AND ($2 = 0 OR c.id IS NULL) AND ($3 = '' OR n.number LIKE $3 ESCAPE '!') \
             AND n.number > $4 GROUP BY n.number, n.display, n.account_id, a.name, n.created_at ORDER BY n.number LIMIT $5",
        )
        .bind(&caller.account_id)
        .bind(i64::from(filter.spare))
        .bind(page.number_pattern())
        .bind(after)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |n| {
            (n.number.clone(), String::new())
        }))
    }

    /// Takes a number into the caller's inventory.
    pub async fn add_number(&self, caller: &Caller, number: &str) -> Result<Number> {
        self.add_number_once(caller, number, None, None)
            .await?
            .first()
    }

    /// As [`Store::add_number`], for a request that may be repeated; with `account` the number is assigned at once.
    pub async fn add_number_once(
        &self,
        caller: &Caller,
        number: &str,
        account: Option<&Access>,
        once: Option<&Once<'_, Number>>,
    ) -> Result<Made<Number>> {
        caller.require_reseller("add numbers")?;
        let number = e164(number)?;
        let now = self.now();
        let target = account.map(|access| access.account_id().to_owned());
        let mut tx = self.begin().await?;
        if let Some(answer) = idempotency::begin(once, &mut tx, now).await? {
            return Ok(Made::Again(answer));
        }
        sqlx::query(
            "INSERT INTO numbers (number, reseller_id, account_id, display, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $5)",
        )
        .bind(&number)
        .bind(&caller.account_id)
        .bind(target.clone())
        .bind(spaced(&number))
        .bind(now.millis())
        .execute(&mut *tx)
        .await
        .map_err(|error| {
            if is_duplicate(&error) {
                Error::Taken(format!("{number} is in an inventory already."))
            } else {
                error.into()
            }
        })?;
        let added = load(&mut tx, &caller.account_id, &number).await?;
        idempotency::finish(once, &mut tx, &added).await?;
        match target {
            Some(account_id) => {
                let announcement = Store::bump(&mut tx, &account_id).await?;
                self.commit(tx, announcement).await?;
            }
            None => tx.commit().await?,
        }
        Ok(Made::New(added))
    }

    /// A number of the caller's inventory.
    pub async fn inventory_number(&self, caller: &Caller, number: &str) -> Result<Number> {
        caller.require_reseller("see the number inventory")?;
        let mut connection = self.db.acquire().await?;
        load(&mut connection, &caller.account_id, number).await
    }

    /// Assigns a number of the caller's inventory to an account, or takes it back into stock. Refused while a callflow
    /// has it.
    pub async fn assign_number(
        &self,
        caller: &Caller,
        number: &str,
        account: Option<&Access>,
    ) -> Result<Number> {
        caller.require_reseller("assign numbers")?;
        let mut tx = self.begin().await?;
        let before = lock(&mut tx, &caller.account_id, number).await?;
        let target = account.map(|access| access.account_id().to_owned());
        if before.account_id == target {
            return Ok(before);
        }
        // This also waits for whoever attaches or detaches numbers of these accounts. In order, so that two who move
        // numbers to and fro do not wait for each other.
        let accounts: BTreeSet<&String> = before.account_id.iter().chain(&target).collect();
        let mut announcements = Vec::new();
        for account_id in accounts {
            announcements.push(Store::bump(&mut tx, account_id).await?);
        }
        let before = load(&mut tx, &caller.account_id, number).await?;
        if let (Some(callflow_id), Some(callflow_name)) = (before.callflow_id, before.callflow_name)
        {
            return Err(Error::NumberTaken {
                number: before.number,
                callflow_id,
                callflow_name,
            });
        }
        sqlx::query("UPDATE numbers SET account_id = $1, updated_at = $2 WHERE number = $3")
            .bind(target)
            .bind(self.now().millis())
            .bind(&before.number)
            .execute(&mut *tx)
            .await?;
        let assigned = load(&mut tx, &caller.account_id, &before.number).await?;
        tx.commit().await?;
        for announcement in announcements {
            self.announce(announcement);
        }
        Ok(assigned)
    }

    /// Takes a number out of the inventory. It must be in stock.
    pub async fn remove_number(&self, caller: &Caller, number: &str) -> Result<()> {
        caller.require_reseller("remove numbers")?;
        let mut tx = self.begin().await?;
        let number = lock(&mut tx, &caller.account_id, number).await?;
        if let Some(name) = number.account_name {
            return Err(Error::InUse {
                what: number.number,
                users: vec![crate::error::Use {
                    kind: "accounts".into(),
                    id: number.account_id.unwrap_or_default(),
                    name,
                }],
            });
        }
        sqlx::query("DELETE FROM numbers WHERE number = $1")
            .bind(&number.number)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialled_drops_what_people_write_between_digits() {
        assert_eq!(dialled(" +44 (161) 496-0120 "), "+441614960120");
        assert_eq!(dialled("20 01"), "2001");
        assert_eq!(dialled("*97"), "*97");
        assert_eq!(dialled("no_match"), "no_match");
    }

    #[test]
    fn spaced_uses_the_countrys_grouping() {
        assert_eq!(spaced("+441614960120"), "+44 161 496 0120");
        assert_eq!(spaced("2001"), "2001");
    }
}

//! Accounts: a reseller and the customers below it.

use crate::access::{Access, Caller};
use crate::announce::Announcement;
use crate::database::{Store, folded, new_id};
use crate::error::{Error, Result, Use, is_duplicate};
use crate::files;
use crate::idempotency::{self, Made, Once};
use crate::moment::Moment;
use crate::page::{Listed, Page, listed};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// Owns the number inventory and the carriers, and has accounts below it.
    Reseller,
    /// A customer with phones and callflows.
    Customer,
}

impl AccountKind {
    /// As written in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            AccountKind::Reseller => "reseller",
            AccountKind::Customer => "customer",
        }
    }
}

/// How many calls an account may have; what is absent has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountLimits {
    /// Calls at once.
    #[serde(default)]
    pub calls: Option<u32>,
    /// Calls to and from outside at once.
    #[serde(default)]
    pub outside_calls: Option<u32>,
    /// Calls that begin within a minute.
    #[serde(default)]
    pub calls_per_minute: Option<u32>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Identifier, 32 hexadecimal digits.
    pub id: String,
    /// The account above; none for a root.
    pub parent_id: Option<String>,
    /// Reseller or customer.
    pub kind: AccountKind,
    /// Display name.
    pub name: String,
    /// SIP domain of its phones, unique.
    pub realm: String,
    /// IANA name, `Europe/London`.
    pub time_zone: String,
    /// Language of prompts, `en-GB`.
    pub language: String,
    /// A disabled account's phones and admins are turned away.
    pub enabled: bool,
    /// How many calls it may have.
    pub limits: AccountLimits,
    /// Counts changes of this record.
    pub revision: i64,
    /// Counts changes a runtime has to know of.
    pub generation: i64,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
}

/// What it takes to make an account.
#[derive(Clone, Debug, Deserialize)]
pub struct NewAccount {
    /// Display name, 1 to 128 characters.
    pub name: String,
    /// SIP domain, 4 to 253 characters.
    pub realm: String,
    /// IANA name.
    #[serde(default = "default_zone")]
    pub time_zone: String,
    /// Language tag.
    #[serde(default = "default_language")]
    pub language: String,
    /// Reseller or customer.
    #[serde(default = "default_kind")]
    pub kind: AccountKind,
    /// How many calls it may have.
    #[serde(default)]
    pub limits: AccountLimits,
}

/// What may be changed of an account; absent keys stay.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AccountChange {
    /// New name.
    #[serde(default)]
    pub name: Option<String>,
    /// New SIP domain; refused while phones have passwords for the old one.
    #[serde(default)]
    pub realm: Option<String>,
    /// New time zone.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// New language.
    #[serde(default)]
    pub language: Option<String>,
    /// Switch the account off or on.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// How many calls it may have, all limits together; for the reseller above it.
    #[serde(default)]
    pub limits: Option<AccountLimits>,
}

fn default_zone() -> String {
    "Etc/UTC".into()
}

fn default_language() -> String {
    "en-GB".into()
}

fn default_kind() -> AccountKind {
    AccountKind::Customer
}

const COLUMNS: &str = "SELECT id, parent_id, kind, name, realm, time_zone, language, enabled, max_calls, \
     max_outside_calls, max_calls_per_minute, revision, generation, created_at, updated_at FROM accounts";

fn read(row: &AnyRow) -> Result<Account> {
    let kind: String = row.try_get("kind")?;
    Ok(Account {
        id: row.try_get("id")?,
        parent_id: row.try_get("parent_id")?,
        kind: if kind == "reseller" {
            AccountKind::Reseller
        } else {
            AccountKind::Customer
        },
        name: row.try_get("name")?,
        realm: row.try_get("realm")?,
        time_zone: row.try_get("time_zone")?,
        language: row.try_get("language")?,
        enabled: row.try_get::<i64, _>("enabled")? != 0,
        limits: AccountLimits {
            calls: limit(row, "max_calls")?,
            outside_calls: limit(row, "max_outside_calls")?,
            calls_per_minute: limit(row, "max_calls_per_minute")?,
        },
        revision: row.try_get("revision")?,
        generation: row.try_get("generation")?,
        created_at: Moment::from_millis(row.try_get("created_at")?),
        updated_at: Moment::from_millis(row.try_get("updated_at")?),
    })
}

fn limit(row: &AnyRow, column: &str) -> Result<Option<u32>> {
    let stored: Option<i64> = row.try_get(column)?;
    Ok(stored.and_then(|most| u32::try_from(most).ok()))
}

impl AccountChange {
    /// Whether `caller` may do this to an account that is now as `before`.
    ///
    /// # Errors
    /// When it takes a reseller, or the account above.
    pub fn allow(&self, caller: &Caller, before: &Account) -> Result<()> {
        let other_realm = self
            .realm
            .as_ref()
            .is_some_and(|realm| *realm != before.realm);
        let disabled = self.enabled == Some(false) && before.enabled;
        let other_limits = self.limits.is_some_and(|limits| limits != before.limits);
        if disabled || other_realm || other_limits {
            caller.require_reseller("disable an account, or change its realm or limits")?;
        }
        let own = before.id == caller.account_id;
        // Nobody could sign in to enable it again.
        if disabled && own {
            return Err(Error::invalid(
                "enabled",
                "an account cannot be disabled from inside; the account above it can",
            ));
        }
        if other_limits && own && before.parent_id.is_some() {
            return Err(Error::Forbidden(
                "The limits of an account are set by the account above it.".into(),
            ));
        }
        Ok(())
    }
}

impl Store {
    /// The accounts `caller` may reach, by name.
    pub async fn accounts(&self, caller: &Caller, page: &Page) -> Result<Listed<Account>> {
        let (sort, id) = page.after_text()?;
        let rows = sqlx::query(
            "SELECT a.id, a.parent_id, a.kind, a.name, a.realm, a.time_zone, a.language, a.enabled, a.max_calls, \
             a.max_outside_calls, a.max_calls_per_minute, a.revision, a.generation, a.created_at, a.updated_at FROM accounts a, accounts mine \
             WHERE mine.id = $1 AND mine.enabled = 1 \
             AND (a.id = mine.id OR ($2 = 'reseller' AND a.path LIKE mine.path || '%')) \
             AND ($3 = '' OR a.sort_name LIKE $3 ESCAPE '!' OR a.realm LIKE $3 ESCAPE '!') \
             AND (a.sort_name > $4 OR (a.sort_name = $4 AND a.id > $5)) \
             ORDER BY a.sort_name, a.id LIMIT $6",
        )
        .bind(&caller.account_id)
        .bind(caller.role.as_str())
        .bind(page.pattern())
        .bind(sort)
        .bind(id)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |a| {
            (folded(&a.name), a.id.clone())
        }))
    }

    /// Every account, for the program itself: runtimes, tools.
    pub async fn all_accounts(&self) -> Result<Vec<Account>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY path")))
            .fetch_all(&self.db)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Each account's generation: cheap enough to ask every second where several machines share the database.
    pub async fn generations(&self) -> Result<Vec<(String, i64)>> {
        let rows = sqlx::query("SELECT id, generation FROM accounts")
            .fetch_all(&self.db)
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// The account.
    pub async fn account(&self, access: &Access) -> Result<Account> {
        let mut connection = self.db.acquire().await?;
        load(&mut connection, access.account_id()).await
    }

    /// Makes an account below the one of `access`.
    pub async fn create_account(
        &self,
        caller: &Caller,
        parent: &Access,
        new: NewAccount,
    ) -> Result<Account> {
        self.create_account_once(caller, parent, new, None)
            .await?
            .first()
    }

    /// As [`Store::create_account`], for a request that may be repeated.
    pub async fn create_account_once(
        &self,
        caller: &Caller,
        parent: &Access,
        new: NewAccount,
        once: Option<&Once<'_, Account>>,
    ) -> Result<Made<Account>> {
        caller.require_reseller("create accounts")?;
        let above = self.account(parent).await?;
        if above.kind != AccountKind::Reseller {
            return Err(Error::invalid(
                "parent_id",
                "only a reseller account can have accounts below it",
            ));
        }
        self.insert_account(Some(parent.account_id()), new, once)
            .await
    }

    /// Makes an account; a root when `parent_id` is none. For the program itself.
    pub(crate) async fn insert_account(
        &self,
        parent_id: Option<&str>,
        new: NewAccount,
        once: Option<&Once<'_, Account>>,
    ) -> Result<Made<Account>> {
        check_name(&new.name)?;
        let realm = check_realm(&new.realm)?;
        check_zone(&new.time_zone)?;
        check_language(&new.language)?;
        check_limits(&new.limits)?;
        let id = new_id();
        let now = self.now();
        let mut tx = self.begin().await?;
        if let Some(answer) = idempotency::begin(once, &mut tx, now).await? {
            return Ok(Made::Again(answer));
        }
        let above: String = match parent_id {
            Some(parent) => {
                sqlx::query_scalar("SELECT path FROM accounts WHERE id = $1")
                    .bind(parent)
                    .fetch_one(&mut *tx)
                    .await?
            }
            None => "/".to_owned(),
        };
        sqlx::query(
            "INSERT INTO accounts (id, parent_id, path, kind, name, sort_name, realm, time_zone, language, enabled, \
             max_calls, max_outside_calls, max_calls_per_minute, revision, generation, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, $12, 1, 1, $13, $13)",
        )
        .bind(&id)
        .bind(parent_id.map(str::to_owned))
        .bind(format!("{above}{id}/"))
        .bind(new.kind.as_str())
        .bind(new.name.trim())
        .bind(folded(new.name.trim()))
        .bind(&realm)
        .bind(&new.time_zone)
        .bind(&new.language)
        .bind(new.limits.calls.map(i64::from))
        .bind(new.limits.outside_calls.map(i64::from))
        .bind(new.limits.calls_per_minute.map(i64::from))
        .bind(now.millis())
        .execute(&mut *tx)
        .await
        .map_err(|error| taken_realm(error, &realm))?;
        let account = load(&mut tx, &id).await?;
        idempotency::finish(once, &mut tx, &account).await?;
        let announcement = Announcement {
            account_id: id,
            generation: account.generation,
        };
        self.commit(tx, announcement).await?;
        Ok(Made::New(account))
    }

    /// Changes the account; `base` is the revision the change was made from.
    pub async fn change_account(
        &self,
        access: &Access,
        base: i64,
        change: AccountChange,
    ) -> Result<Account> {
        let before = self.account(access).await?;
        if before.revision != base {
            return Err(Error::Stale {
                base,
                current: before.revision,
            });
        }
        let name = change.name.unwrap_or_else(|| before.name.clone());
        check_name(&name)?;
        let realm = check_realm(change.realm.as_deref().unwrap_or(&before.realm))?;
        let zone = change.time_zone.unwrap_or_else(|| before.time_zone.clone());
        check_zone(&zone)?;
        let language = change.language.unwrap_or_else(|| before.language.clone());
        check_language(&language)?;
        let limits = change.limits.unwrap_or(before.limits);
        check_limits(&limits)?;
        if realm != before.realm {
            self.refuse_realm_with_credentials(access).await?;
        }
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE accounts SET name = $1, sort_name = $2, realm = $3, time_zone = $4, language = $5, enabled = $6, \
             max_calls = $7, max_outside_calls = $8, max_calls_per_minute = $9, \
             revision = revision + 1, updated_at = $10 WHERE id = $11 AND revision = $12",
        )
        .bind(name.trim())
        .bind(folded(name.trim()))
        .bind(&realm)
        .bind(&zone)
        .bind(&language)
        .bind(i64::from(change.enabled.unwrap_or(before.enabled)))
        .bind(limits.calls.map(i64::from))
        .bind(limits.outside_calls.map(i64::from))
        .bind(limits.calls_per_minute.map(i64::from))
        .bind(self.now().millis())
        .bind(access.account_id())
        .bind(base)
        .execute(&mut *tx)
        .await
        .map_err(|error| taken_realm(error, &realm))?;
        if done.rows_affected() == 0 {
            return Err(Error::Stale {
                base,
                current: base + 1,
            });
        }
        let announcement = Store::bump(&mut tx, access.account_id()).await?;
        tx.commit().await?;
        self.announce(announcement);
        self.account(access).await
    }

    async fn refuse_realm_with_credentials(&self, access: &Access) -> Result<()> {
        let phones: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM sip_credentials WHERE account_id = $1")
                .bind(access.account_id())
                .fetch_one(&self.db)
                .await?;
        if phones > 0 {
            return Err(Error::invalid(
                "realm",
                format!(
                    "{phones} devices or carriers have passwords made for the present realm, which cannot be read \
                     back. Delete them or make a new account with the new realm"
                ),
            ));
        }
        Ok(())
    }

    /// Deletes an account that has no accounts, numbers or callflows left. Its files are then to be removed, see
    /// [`Store::files_to_remove`].
    pub async fn delete_account(&self, caller: &Caller, access: &Access) -> Result<()> {
        caller.require_reseller("delete accounts")?;
        if access.account_id() == caller.account_id {
            return Err(Error::Forbidden(
                "You cannot delete the account you are signed in with.".into(),
            ));
        }
        let account = self.account(access).await?;
        let users = self.account_users(access).await?;
        if !users.is_empty() {
            return Err(Error::InUse {
                what: format!("The account “{}”", account.name),
                users,
            });
        }
        let mut tx = self.begin().await?;
        for statement in [
            "DELETE FROM voicemail_messages WHERE account_id = $1",
            "DELETE FROM recordings WHERE account_id = $1",
            "DELETE FROM faxes WHERE account_id = $1",
            "DELETE FROM outgoing_faxes WHERE account_id = $1",
            "DELETE FROM sip_traces WHERE account_id = $1",
            "DELETE FROM live_values WHERE account_id = $1",
            "DELETE FROM deleted_publications WHERE account_id = $1",
            "DELETE FROM deleted_callflows WHERE account_id = $1",
            "DELETE FROM calls WHERE account_id = $1",
            "DELETE FROM presence WHERE account_id = $1",
            "DELETE FROM mentions WHERE account_id = $1",
            "DELETE FROM sip_credentials WHERE account_id = $1",
            "DELETE FROM carrier_passwords WHERE account_id = $1",
            "DELETE FROM resources WHERE account_id = $1",
            "DELETE FROM people WHERE account_id = $1",
            "DELETE FROM accounts WHERE id = $1",
        ] {
            sqlx::query(statement)
                .bind(access.account_id())
                .execute(&mut *tx)
                .await?;
        }
        files::leave_of_account(&mut tx, access.account_id(), self.now()).await?;
        tx.commit().await?;
        self.announce(Announcement {
            account_id: access.account_id().to_owned(),
            generation: account.generation + 1,
        });
        Ok(())
    }

    async fn account_users(&self, access: &Access) -> Result<Vec<Use>> {
        let rows = sqlx::query(
            "SELECT 'accounts' AS kind, id, name FROM accounts WHERE parent_id = $1 \
             UNION ALL SELECT 'numbers', number, display FROM numbers WHERE account_id = $1 OR reseller_id = $1 \
             UNION ALL SELECT 'callflows', id, name FROM callflows WHERE account_id = $1 LIMIT 50",
        )
        .bind(access.account_id())
        .fetch_all(&self.db)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Use {
                    kind: row.try_get(0)?,
                    id: row.try_get(1)?,
                    name: row.try_get(2)?,
                })
            })
            .collect()
    }
}

async fn load(connection: &mut AnyConnection, id: &str) -> Result<Account> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
        .bind(id)
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| Error::not_found("account", id))?;
    read(&row)
}

fn taken_realm(error: sqlx::Error, realm: &str) -> Error {
    if is_duplicate(&error) {
        Error::Taken(format!(
            "The realm “{realm}” belongs to another account. Choose another one."
        ))
    } else {
        error.into()
    }
}

fn check_name(name: &str) -> Result<()> {
    let length = name.trim().chars().count();
    if !(1..=128).contains(&length) || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "write 1 to 128 characters"));
    }
    Ok(())
}

fn check_realm(realm: &str) -> Result<String> {
    let realm = realm.trim().to_ascii_lowercase();
    let good = (4..=253).contains(&realm.len())
        && realm.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
    if good {
        Ok(realm)
    } else {
        Err(Error::invalid(
            "realm",
            "write a domain name of 4 to 253 characters, such as example.com",
        ))
    }
}

fn check_zone(zone: &str) -> Result<()> {
    if zone.len() <= 64 && jiff::tz::TimeZone::get(zone).is_ok() {
        Ok(())
    } else {
        Err(Error::invalid(
            "time_zone",
            "write an IANA time zone such as Europe/London",
        ))
    }
}

/// A larger limit is none.
const LARGEST_LIMIT: u32 = 1_000_000;

fn check_limits(limits: &AccountLimits) -> Result<()> {
    let all = [limits.calls, limits.outside_calls, limits.calls_per_minute];
    if all.into_iter().flatten().any(|most| most > LARGEST_LIMIT) {
        return Err(Error::invalid(
            "limits",
            format!("a limit is a whole number from 0 to {LARGEST_LIMIT}, or null for none"),
        ));
    }
    Ok(())
}

fn check_language(language: &str) -> Result<()> {
    let good = (2..=16).contains(&language.len())
        && language
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if good {
        Ok(())
    } else {
        Err(Error::invalid(
            "language",
            "write a language tag such as en-GB",
        ))
    }
}

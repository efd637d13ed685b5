//! Who is asking, and which account they may touch.

use crate::account::AccountKind;
use crate::database::Store;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use sqlx::Row;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Their own account and every account below it, including its numbers.
    Reseller,
    /// Their own account only.
    Admin,
}

impl Role {
    /// As written in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Reseller => "reseller",
            Role::Admin => "admin",
        }
    }

    /// Reads [`Role::as_str`].
    pub fn parse(text: &str) -> Option<Role> {
        match text {
            "reseller" => Some(Role::Reseller),
            "admin" => Some(Role::Admin),
            _ => None,
        }
    }
}

/// The person behind a request, as sign-in or a token established it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The person.
    pub person_id: String,
    /// Their own account.
    pub account_id: String,
    /// Their address.
    pub email: String,
    /// Their name, may be empty.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

impl Caller {
    /// Refuses people who are not resellers; `what` completes "Only a reseller may …".
    pub fn require_reseller(&self, what: &str) -> Result<()> {
        match self.role {
            Role::Reseller => Ok(()),
            Role::Admin => Err(Error::Forbidden(format!(
                "Only a reseller may {what}. Ask your reseller to do it."
            ))),
        }
    }
}

/// Leave to touch one account's rows. Handed out by [`Store::access`] after the check, so that no query can be written
/// without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    account_id: String,
    actor: String,
}

impl Access {
    /// For the program's own work: seeding, command line, what the runtime reports. Never for a request.
    pub fn of_program(account_id: &str) -> Access {
        Access {
            account_id: account_id.to_owned(),
            actor: "patchcord".to_owned(),
        }
    }

    /// The account.
    pub fn account_id(&self) -> &str {
        &self.account_id
    }

    /// Who acts, as shown in histories: an email address, or `patchcord` for the program itself.
    pub fn actor(&self) -> &str {
        &self.actor
    }
}

impl Store {
    /// Checks that `caller` may reach the account `account_id`: an admin their own, a reseller their own and all below.
    /// Any other account looks as if it did not exist. A disabled account is closed to its own admins.
    pub async fn access(&self, caller: &Caller, account_id: &str) -> Result<Access> {
        let refused = || Error::not_found("account", account_id);
        let row = sqlx::query(
            "SELECT a.enabled, a.kind FROM accounts a, accounts mine \
             WHERE a.id = $1 AND mine.id = $2 AND mine.enabled = 1 \
             AND (a.id = mine.id OR ($3 = 'reseller' AND a.path LIKE mine.path || '%'))",
        )
        .bind(account_id)
        .bind(&caller.account_id)
        .bind(caller.role.as_str())
        .fetch_optional(&self.db)
        .await?
        .ok_or_else(refused)?;
        let enabled: i64 = row.try_get(0)?;
        let kind: String = row.try_get(1)?;
        if enabled == 0 && caller.role == Role::Admin && kind != AccountKind::Reseller.as_str() {
            return Err(refused());
        }
        Ok(Access {
            account_id: account_id.to_owned(),
            actor: caller.email.clone(),
        })
    }
}

//! People who sign in.

use crate::access::{Access, Caller, Role};
use crate::database::{Store, new_id};
use crate::error::{Error, Result, is_duplicate};
use crate::moment::Moment;
use crate::password;
use serde::{Deserialize, Serialize};
use sqlx::Row;

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Identifier.
    pub id: String,
    /// Their account.
    pub account_id: String,
    /// Address they sign in with, lower case.
    pub email: String,
    /// Display name, may be empty.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in.
    pub enabled: bool,
    /// When they were added.
    pub created_at: Moment,
}

/// What it takes to add a person.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Address they sign in with.
    pub email: String,
    /// Display name, may be empty.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Their password, 8 to 256 characters.
    pub password: String,
}

impl Store {
    /// Adds a person to the account of `access`.
    pub async fn add_person(&self, access: &Access, new: NewPerson) -> Result<Person> {
        password::check(&new.password)?;
        self.insert_person(access, new).await
    }

    /// As [`Store::add_person`] without the length rule: the demo takes whatever password it is given.
    pub(crate) async fn insert_person(&self, access: &Access, new: NewPerson) -> Result<Person> {
        let email = check_email(&new.email)?;
        let hash = self.hash_password(&new.password).await?;
        let (id, now) = (new_id(), self.now());
        sqlx::query(
            "INSERT INTO people (id, account_id, email, name, role, password_hash, enabled, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)",
        )
        .bind(&id)
        .bind(access.account_id())
        .bind(&email)
        .bind(&new.name)
        .bind(new.role.as_str())
        .bind(&hash)
        .bind(now.millis())
        .execute(&self.db)
        .await
        .map_err(|error| {
            if is_duplicate(&error) {
                Error::Taken(format!("Somebody signs in as {email} already. Use another address."))
            } else {
                error.into()
            }
        })?;
        Ok(Person {
            id,
            account_id: access.account_id().to_owned(),
            email,
            name: new.name,
            role: new.role,
            enabled: true,
            created_at: now,
        })
    }

    /// Sets a person's password and ends all their sessions and tokens.
    pub async fn set_password(&self, email: &str, password: &str) -> Result<()> {
        password::check(password)?;
        let email = check_email(email)?;
        let hash = self.hash_password(password).await?;
        let mut tx = self.begin().await?;
        let done =
            sqlx::query("UPDATE people SET password_hash = $1, updated_at = $2 WHERE email = $3")
                .bind(&hash)
                .bind(self.now().millis())
                .bind(&email)
                .execute(&mut *tx)
                .await?;
        if done.rows_affected() == 0 {
            return Err(Error::not_found("person", &email));
        }
        sqlx::query(
            "DELETE FROM tokens WHERE person_id IN (SELECT id FROM people WHERE email = $1)",
        )
        .bind(&email)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The person with this address, as a caller; for tools that act in somebody's name.
    pub async fn caller_by_email(&self, email: &str) -> Result<Caller> {
        let email = check_email(email)?;
        let row = sqlx::query(
            "SELECT id, account_id, email, name, role FROM people WHERE email = $1 AND enabled = 1",
        )
        .bind(&email)
        .fetch_optional(&self.db)
        .await?
        .ok_or_else(|| Error::not_found("person", &email))?;
        caller(&row)
    }
}

/// Reads a caller from a row with the columns id, account_id, email, name, role.
pub(crate) fn caller(row: &sqlx::any::AnyRow) -> Result<Caller> {
    let role: String = row.try_get("role")?;
    Ok(Caller {
        person_id: row.try_get("id")?,
        account_id: row.try_get("account_id")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        // An unknown role is the least one.
        role: Role::parse(&role).unwrap_or(Role::Admin),
    })
}

/// Lower-cases an address and refuses what cannot be one.
pub(crate) fn check_email(email: &str) -> Result<String> {
    let email = email.trim().to_lowercase();
    let good = email.len() <= 254
        && email
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && domain.len() >= 3)
        && !email.chars().any(|c| c.is_control() || c.is_whitespace());
    if good {
        Ok(email)
    } else {
        Err(Error::invalid(
            "email",
            "write an email address such as name@example.com",
        ))
    }
}

//! Where phones can be reached, over a restart of the program. What it takes is the runtime's knowledge alone.

use crate::database::Store;
use crate::error::{Error, Result};
use crate::moment::Moment;
use serde_json::Value;
use sqlx::Row;

/// A contact of a phone that was registered, refreshed or lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationChange {
    /// The account.
    pub account_id: String,
    /// The address of record.
    pub aor: String,
    /// The contact, as a URI.
    pub contact: String,
    /// What is to be kept, and until when; none when it is gone.
    pub kept: Option<(Value, Moment)>,
}

impl Store {
    /// Keeps or forgets contacts, all in one transaction. Those of an account that is gone are passed over.
    pub async fn keep_registrations(&self, changes: &[RegistrationChange]) -> Result<()> {
        let mut tx = self.begin().await?;
        for change in changes {
            let Some((document, until)) = &change.kept else {
                sqlx::query(
                    "DELETE FROM registrations WHERE aor = $1 AND contact = $2 AND account_id = $3",
                )
                .bind(&change.aor)
                .bind(&change.contact)
                .bind(&change.account_id)
                .execute(&mut *tx)
                .await?;
                continue;
            };
            sqlx::query(
                "INSERT INTO registrations (aor, contact, account_id, document, expires_at) \
                 SELECT $1, $2, id, $3, $4 FROM accounts WHERE id = $5 \
                 ON CONFLICT (aor, contact) DO UPDATE SET account_id = excluded.account_id, \
                 document = excluded.document, expires_at = excluded.expires_at",
            )
            .bind(&change.aor)
            .bind(&change.contact)
            .bind(document.to_string())
            .bind(until.millis())
            .bind(&change.account_id)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// What was kept of all contacts that are not over; those that are, are forgotten.
    pub async fn kept_registrations(&self) -> Result<Vec<Value>> {
        sqlx::query("DELETE FROM registrations WHERE expires_at <= $1")
            .bind(self.now().millis())
            .execute(&self.db)
            .await?;
        let rows = sqlx::query("SELECT document FROM registrations ORDER BY aor, contact")
            .fetch_all(&self.db)
            .await?;
        let document = |row| -> Result<Value> {
            let text: String = sqlx::any::AnyRow::try_get(row, 0)?;
            serde_json::from_str(&text).map_err(|source| Error::Corrupt {
                what: "registration",
                source,
            })
        };
        rows.iter().map(document).collect()
    }
}

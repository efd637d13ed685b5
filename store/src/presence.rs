//! Presence set by hand: what Manual Presence stored last, for lamps that subscribe later.

use crate::access::Access;
use crate::database::Store;
use crate::error::Result;
use crate::moment::Moment;
use serde::Serialize;
use sqlx::Row;

/// One stored state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManualPresence {
    /// `2001@fernhill.example`.
    pub presence_id: String,
    /// `idle`, `ringing` or `busy`.
    pub state: String,
    /// Since when.
    pub updated_at: Moment,
}

impl Store {
    /// Remembers a state until it is set again.
    pub async fn set_presence(
        &self,
        access: &Access,
        presence_id: &str,
        state: &str,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO presence (account_id, presence_id, state, updated_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account_id, presence_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
        )
        .bind(access.account_id())
        .bind(presence_id)
        .bind(state)
        .bind(self.now().millis())
        .execute(&self.db)
        .await?;
        Ok(())
    }

    /// All states of the account.
    pub async fn presence(&self, access: &Access) -> Result<Vec<ManualPresence>> {
        let rows = sqlx::query(
            "SELECT presence_id, state, updated_at FROM presence WHERE account_id = $1 ORDER BY presence_id",
        )
        .bind(access.account_id())
        .fetch_all(&self.db)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ManualPresence {
                    presence_id: row.try_get(0)?,
                    state: row.try_get(1)?,
                    updated_at: Moment::from_millis(row.try_get(2)?),
                })
            })
            .collect()
    }
}

//! Switches that people turn by phone: kept apart from the resources they belong to.

use crate::access::Access;
use crate::database::Store;
use crate::error::Result;
use callflow::live::{Live, LiveChange};
use sqlx::Row;

impl Store {
    /// Turns a switch. Runtimes are told.
    pub async fn turn(&self, access: &Access, change: &LiveChange) -> Result<()> {
        let mut tx = self.begin_on(access.account_id()).await?;
        match &change.value {
            Some(value) => {
                sqlx::query(
                    "INSERT INTO live_values (account_id, live_key, value, updated_at) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (account_id, live_key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
                )
                .bind(access.account_id())
                .bind(change.key.to_string())
                .bind(serde_json::to_string(value).unwrap_or_default())
                .bind(self.now().millis())
                .execute(&mut *tx)
                .await?;
            }
            None => {
                sqlx::query("DELETE FROM live_values WHERE account_id = $1 AND live_key = $2")
                    .bind(access.account_id())
                    .bind(change.key.to_string())
                    .execute(&mut *tx)
                    .await?;
            }
        }
        let announcement = Self::bump(&mut tx, access.account_id()).await?;
        tx.commit().await?;
        self.announce(announcement);
        Ok(())
    }

    /// All switches of the account that have been turned. One that this version cannot read is left out.
    pub async fn live(&self, access: &Access) -> Result<Live> {
        let rows = sqlx::query("SELECT live_key, value FROM live_values WHERE account_id = $1")
            .bind(access.account_id())
            .fetch_all(&self.db)
            .await?;
        let mut live = Live::default();
        for row in &rows {
            let (key, value): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            if let (Ok(key), Ok(value)) = (key.parse(), serde_json::from_str(&value)) {
                live.apply(LiveChange {
                    key,
                    value: Some(value),
                });
            } else {
                tracing::warn!(key, "a switch cannot be read and counts as never turned");
            }
        }
        Ok(live)
    }
}

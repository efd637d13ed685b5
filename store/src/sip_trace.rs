//! The SIP messages of calls, for some days.

use crate::access::Access;
use crate::database::Store;
use crate::error::{Error, Result};
use serde_json::Value;
use sqlx::Row;
use std::time::Duration;

/// Most traces that one sweep takes away; the next one goes on.
const MOST_PURGED: i64 = 500;

/// The SIP messages of one call.
#[derive(Clone, Debug, PartialEq)]
pub struct SipTrace {
    /// In the order they went over the wire.
    pub messages: Vec<Value>,
    /// Further messages that were not kept, because there were too many.
    pub left_out: i64,
}

impl Store {
    /// Keeps the messages of a call. They are kept once: what is there stays.
    pub async fn keep_sip_trace(
        &self,
        access: &Access,
        call_id: &str,
        trace: &SipTrace,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO sip_traces (call_id, account_id, messages, left_out, kept_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (call_id) DO NOTHING",
        )
        .bind(call_id)
        .bind(access.account_id())
        .bind(serde_json::json!(trace.messages).to_string())
        .bind(trace.left_out)
        .bind(self.now().millis())
        .execute(&self.db)
        .await?;
        Ok(())
    }

    /// The messages of a call, by its identifier; none when they are not kept, no longer, or not yet.
    pub async fn sip_trace(&self, access: &Access, call_id: &str) -> Result<Option<SipTrace>> {
        let row = sqlx::query(
            "SELECT messages, left_out FROM sip_traces WHERE account_id = $1 AND call_id = $2",
        )
        .bind(access.account_id())
        .bind(call_id)
        .fetch_optional(&self.db)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let messages: String = row.try_get("messages")?;
        let messages = serde_json::from_str(&messages).map_err(|source| Error::Corrupt {
            what: "SIP messages",
            source,
        })?;
        Ok(Some(SipTrace {
            messages,
            left_out: row.try_get("left_out")?,
        }))
    }

    /// Takes away the messages of calls that were kept for so long, in all accounts. Answers of how many calls; 0 when
    /// nothing is left to take away.
    pub async fn purge_sip_traces(&self, kept: Duration) -> Result<u64> {
        let kept = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
        let done = sqlx::query(
            "DELETE FROM sip_traces WHERE call_id IN \
             (SELECT call_id FROM sip_traces WHERE kept_at <= $1 ORDER BY kept_at LIMIT $2)",
        )
        .bind(self.now().millis().saturating_sub(kept))
        .bind(MOST_PURGED)
        .execute(&self.db)
        .await?;
        Ok(done.rows_affected())
    }
}

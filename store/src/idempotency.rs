//! Requests that may be repeated: the first answer is kept and given again.

use crate::access::Caller;
use crate::database::Store;
use crate::error::{Error, Result, is_duplicate};
use sha2::{Digest, Sha256};
use sqlx::Row;

/// Answers are kept this long.
const KEPT_MS: i64 = 24 * 3_600_000;
/// A first request that has not been answered after this long is taken for lost with its process.
const ABANDONED_MS: i64 = 60_000;
const LONGEST_KEY: usize = 255;

/// An answer given before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// Body as sent.
    pub body: String,
}

/// What to do with a request that carries a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// First time: do the work, then [`Store::finish_idempotent`].
    First,
    /// Done before: give this answer.
    Again(StoredAnswer),
}

/// Fingerprint of what was asked: the same key with another fingerprint is refused.
fn fingerprint(request: &str) -> String {
    let digest = Sha256::digest(request.as_bytes());
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

impl Store {
    /// Reserves `key` for this caller. `request` is everything that makes the request what it is.
    pub async fn begin_idempotent(
        &self,
        caller: &Caller,
        key: &str,
        request: &str,
    ) -> Result<Begun> {
        if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::invalid(
                "Idempotency-Key",
                format!("write 1 to {LONGEST_KEY} visible characters, such as a UUID"),
            ));
        }
        let (now, print) = (self.now().millis(), fingerprint(request));
        sqlx::query(
            "DELETE FROM idempotent_answers WHERE created_at < $1 OR (status = 0 AND created_at < $2)",
        )
        .bind(now - KEPT_MS)
        .bind(now - ABANDONED_MS)
        .execute(&self.db)
        .await?;
        let inserted = sqlx::query(
            "INSERT INTO idempotent_answers (scope, request_key, request_hash, status, body, created_at) \
             VALUES ($1, $2, $3, 0, '', $4)",
        )
        .bind(&caller.person_id)
        .bind(key)
        .bind(&print)
        .bind(now)
        .execute(&self.db)
        .await;
        match inserted {
            Ok(_) => return Ok(Begun::First),
            Err(error) if is_duplicate(&error) => {}
            Err(error) => return Err(error.into()),
        }
        let row = sqlx::query(
            "SELECT request_hash, status, body FROM idempotent_answers WHERE scope = $1 AND request_key = $2",
        )
        .bind(&caller.person_id)
        .bind(key)
        .fetch_optional(&self.db)
        .await?
        .ok_or(Error::KeyBusy)?;
        if row.try_get::<String, _>("request_hash")? != print {
            return Err(Error::KeyReused);
        }
        match u16::try_from(row.try_get::<i64, _>("status")?) {
            Ok(status) if status > 0 => Ok(Begun::Again(StoredAnswer {
                status,
                body: row.try_get("body")?,
            })),
            _ => Err(Error::KeyBusy),
        }
    }

    /// Keeps the answer; without one (the request failed) the key is free again.
    pub async fn finish_idempotent(
        &self,
        caller: &Caller,
        key: &str,
        answer: Option<&StoredAnswer>,
    ) -> Result<()> {
        let statement = match answer {
            Some(_) => {
                "UPDATE idempotent_answers SET status = $3, body = $4 WHERE scope = $1 AND request_key = $2"
            }
            None => "DELETE FROM idempotent_answers WHERE scope = $1 AND request_key = $2",
        };
        let mut query = sqlx::query(statement).bind(&caller.person_id).bind(key);
        if let Some(answer) = answer {
            query = query.bind(i64::from(answer.status)).bind(&answer.body);
        }
        query.execute(&self.db).await?;
        Ok(())
    }
}

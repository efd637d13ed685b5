//! Requests that may be repeated: the first answer is kept and given again.
//!
//! The answer is written in the transaction that makes the thing. A request that breaks off in between leaves neither,
//! and whoever repeats it meanwhile waits for that transaction.

use crate::access::Caller;
use crate::error::{Error, Result};
use crate::moment::Moment;
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Row};

/// Answers are kept this long.
const KEPT_MS: i64 = 24 * 3_600_000;
/// Versions before this one wrote a row without answer first. Such a row is taken for lost with its process after this.
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

/// A request that makes a `T` once, however often it is repeated.
pub struct Once<'a, T> {
    caller: &'a Caller,
    key: &'a str,
    /// The same key with another fingerprint is refused.
    fingerprint: String,
    answer: fn(&T) -> StoredAnswer,
}

/// What became of a request to make something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made<T> {
    /// It was made.
    New(T),
    /// It had been made by an earlier request with the same key; this was its answer.
    Again(StoredAnswer),
}

impl<T> Made<T> {
    /// What was made by a request without key.
    pub(crate) fn first(self) -> Result<T> {
        match self {
            Made::New(made) => Ok(made),
            Made::Again(_) => Err(Error::KeyReused),
        }
    }
}

impl<'a, T> Once<'a, T> {
    /// `key` is this caller's own name for the request, `request` everything that makes it what it is, `answer` what is
    /// told of the thing made.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the key is empty, longer than 255 characters, or has other than visible ones.
    pub fn new(
        caller: &'a Caller,
        key: &'a str,
        request: &str,
        answer: fn(&T) -> StoredAnswer,
    ) -> Result<Once<'a, T>> {
        if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::invalid(
                "Idempotency-Key",
                format!("write 1 to {LONGEST_KEY} visible characters, such as a UUID"),
            ));
        }
        let digest = Sha256::digest(request.as_bytes());
        Ok(Once {
            caller,
            key,
            fingerprint: digest.iter().map(|b| format!("{b:02x}")).collect(),
            answer,
        })
    }

    /// Reserves the key until the transaction ends; or the answer that was given before.
    async fn claim(&self, tx: &mut AnyConnection, now: Moment) -> Result<Option<StoredAnswer>> {
        let now = now.millis();
        sqlx::query("DELETE FROM idempotent_answers WHERE created_at < $1")
            .bind(now - KEPT_MS)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "DELETE FROM idempotent_answers WHERE scope = $1 AND request_key = $2 AND status = 0 AND created_at < $3",
        )
        .bind(&self.caller.person_id)
        .bind(self.key)
        .bind(now - ABANDONED_MS)
        .execute(&mut *tx)
        .await?;
        // Waits for another transaction that has reserved the key.
        let claimed = sqlx::query(
            "INSERT INTO idempotent_answers (scope, request_key, request_hash, status, body, created_at) \
             VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (scope, request_key) DO NOTHING",
        )
        .bind(&self.caller.person_id)
        .bind(self.key)
        .bind(&self.fingerprint)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        if claimed.rows_affected() > 0 {
            return Ok(None);
        }
        let row = sqlx::query(
            "SELECT request_hash, status, body FROM idempotent_answers WHERE scope = $1 AND request_key = $2",
        )
        .bind(&self.caller.person_id)
        .bind(self.key)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::KeyBusy)?;
        if row.try_get::<String, _>("request_hash")? != self.fingerprint {
            return Err(Error::KeyReused);
        }
        match u16::try_from(row.try_get::<i64, _>("status")?) {
            Ok(status) if status > 0 => Ok(Some(StoredAnswer {
                status,
                body: row.try_get("body")?,
            })),
            _ => Err(Error::KeyBusy),
        }
    }

    async fn keep(&self, tx: &mut AnyConnection, made: &T) -> Result<()> {
        let answer = (self.answer)(made);
        sqlx::query(
            "UPDATE idempotent_answers SET status = $3, body = $4 WHERE scope = $1 AND request_key = $2",
        )
        .bind(&self.caller.person_id)
        .bind(self.key)
        .bind(i64::from(answer.status))
        .bind(&answer.body)
        .execute(tx)
        .await?;
        Ok(())
    }
}

/// Begins what a request makes, within its transaction: the answer to give instead, if it was made before.
pub(crate) async fn begin<T>(
    once: Option<&Once<'_, T>>,
    tx: &mut AnyConnection,
    now: Moment,
) -> Result<Option<StoredAnswer>> {
    match once {
        Some(once) => once.claim(tx, now).await,
        None => Ok(None),
    }
}

/// Keeps the answer to the request that made it, within the same transaction.
pub(crate) async fn finish<T>(
    once: Option<&Once<'_, T>>,
    tx: &mut AnyConnection,
    made: &T,
) -> Result<()> {
    match once {
        Some(once) => once.keep(tx, made).await,
        None => Ok(()),
    }
}

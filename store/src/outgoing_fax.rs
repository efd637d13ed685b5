//! Faxes to be sent. Each is a job that one program at a time works on, and that another takes over should it stop.

use crate::access::Access;
use crate::database::{Store, new_id};
use crate::error::{Error, Result};
use crate::message::before;
use crate::moment::Moment;
use crate::page::{Listed, Page, listed};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Attempts that may be cut off by the end of the program before the fax is given up: it may be what ends it.
const MOST_INTERRUPTED: i64 = 3;

/// Faxes of one account that may wait or be sent at a time.
const MOST_WAITING: i64 = 200;

/// How far a fax is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaxState {
    /// It waits for its next attempt.
    Queued,
    /// An attempt is on.
    Sending,
    /// All pages have got through.
    Sent,
    /// It is given up.
    Failed,
    /// Somebody wants it sent no longer.
    Cancelled,
}

impl FaxState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "queued" => Self::Queued,
            "sending" => Self::Sending,
            "sent" => Self::Sent,
            "cancelled" => Self::Cancelled,
            // A state of a later version is none to work on.
            _ => Self::Failed,
        }
    }
}

/// A fax to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewOutgoingFax {
    /// The fax box it is sent from.
    pub box_id: String,
    /// The number it goes to.
    pub number: String,
    /// Path of the pages below the data directory.
    #[serde(skip)]
    pub file: String,
    /// How many pages there are.
    pub pages: i64,
    /// Attempts that may follow the first.
    pub retries: i64,
}

/// How an attempt went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FaxAttempt {
    /// The call, empty when there was none.
    pub call_id: String,
    /// Pages that got through.
    pub pages_sent: i64,
    /// What the other machine says it is, may be empty.
    pub station_id: String,
    /// Bits per second.
    pub bit_rate: i64,
    /// With error correction.
    pub error_correction: bool,
    /// What went wrong; empty when all pages got through.
    pub reason: String,
}

/// A fax that is to be sent, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutgoingFax {
    /// Identifier.
    pub id: String,
    /// The account it belongs to.
    #[serde(skip)]
    pub account_id: String,
    /// What is to be sent.
    #[serde(flatten)]
    pub fax: NewOutgoingFax,
    /// How far it is.
    pub state: FaxState,
    /// Attempts begun.
    pub attempts: i64,
    /// When the next is due, while it is queued.
    pub next_attempt_at: Option<Moment>,
    /// When it was given to be sent.
    pub created_at: Moment,
    /// When it was sent, given up or cancelled.
    pub ended_at: Option<Moment>,
    /// How the last attempt went.
    #[serde(flatten)]
    pub last: FaxAttempt,
}

fn read(row: &AnyRow) -> Result<OutgoingFax> {
    let corrected: i64 = row.try_get("corrected")?;
    let state = FaxState::read(row.try_get("state")?);
    let due = Moment::from_millis(row.try_get("due_at")?);
    let ended: i64 = row.try_get("ended_at")?;
    Ok(OutgoingFax {
        id: row.try_get("id")?,
        account_id: row.try_get("account_id")?,
        fax: NewOutgoingFax {
            box_id: row.try_get("box_id")?,
            number: row.try_get("number")?,
            file: row.try_get("file")?,
            pages: row.try_get("pages")?,
            retries: row.try_get("retries")?,
        },
        state,
        attempts: row.try_get("attempts")?,
        next_attempt_at: (state == FaxState::Queued).then_some(due),
        created_at: Moment::from_millis(row.try_get("created_at")?),
        ended_at: (ended != 0).then(|| Moment::from_millis(ended)),
        last: FaxAttempt {
            call_id: row.try_get("call_id")?,
            pages_sent: row.try_get("pages_sent")?,
            station_id: row.try_get("station_id")?,
            bit_rate: row.try_get("bit_rate")?,
            error_correction: corrected != 0,
            reason: row.try_get("reason")?,
        },
    })
}

impl Store {
    /// Takes a fax to be sent at once.
    ///
    /// # Errors
    /// [`Error::Full`] when too many of the account wait already.
    pub async fn queue_fax(&self, access: &Access, fax: NewOutgoingFax) -> Result<OutgoingFax> {
        let (id, now) = (new_id(), self.now().millis());
        let queued = sqlx::query(
            "INSERT INTO outgoing_faxes (id, account_id, box_id, number, state, reason, file, pages, attempts, \
             interrupted, retries, due_at, created_at, ended_at, call_id, pages_sent, station_id, bit_rate, corrected) \
             SELECT $1, $2, $3, $4, 'queued', '', $5, $6, 0, 0, $7, $8, $8, 0, '', 0, '', 0, 0 \
             WHERE (SELECT COUNT(*) FROM outgoing_faxes WHERE account_id = $2 AND state IN ('queued', 'sending')) < $9",
        )
        .bind(&id)
        .bind(access.account_id())
        .bind(&fax.box_id)
        .bind(&fax.number)
        .bind(&fax.file)
        .bind(fax.pages)
        .bind(fax.retries)
        .bind(now)
        .bind(MOST_WAITING)
        .execute(&self.db)
        .await?;
        if queued.rows_affected() == 0 {
            return Err(Error::Full(format!(
                "{MOST_WAITING} faxes of the account wait already. Send this one when some of them are done, or cancel some."
            )));
        }
        self.outgoing_fax(access, &id).await
    }

    /// The account's faxes that were given to be sent, newest first; of one fax box only, when it is named. The search
    /// looks at numbers.
    pub async fn outgoing_faxes(
        &self,
        access: &Access,
        fax_box: Option<&str>,
        page: &Page,
    ) -> Result<Listed<OutgoingFax>> {
        let (at, id) = before(page)?;
        let rows = sqlx::query(
            "SELECT * FROM outgoing_faxes WHERE account_id = $1 AND ($2 = '' OR box_id = $2) \
             AND ($3 = '' OR number LIKE $3 ESCAPE '!') \
             AND (created_at < $4 OR (created_at = $4 AND id < $5)) ORDER BY created_at DESC, id DESC LIMIT $6",
        )
        .bind(access.account_id())
        .bind(fax_box.unwrap_or_default())
        .bind(page.number_pattern())
        .bind(at)
        .bind(id)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |fax| {
            (fax.created_at.millis().to_string(), fax.id.clone())
        }))
    }

    /// One fax that was given to be sent.
    pub async fn outgoing_fax(&self, access: &Access, id: &str) -> Result<OutgoingFax> {
        let row = sqlx::query("SELECT * FROM outgoing_faxes WHERE account_id = $1 AND id = $2")
            .bind(access.account_id())
            .bind(id)
            .fetch_optional(&self.db)
            .await?
            .ok_or_else(|| Error::not_found("fax to be sent", id))?;
        read(&row)
    }

    /// Has a fax sent no longer. One that is over stays as it is. The fax as it was: when it was being sent, its call is
    /// to be ended.
    pub async fn cancel_fax(&self, access: &Access, id: &str) -> Result<OutgoingFax> {
        loop {
            let before = self.outgoing_fax(access, id).await?;
            if !matches!(before.state, FaxState::Queued | FaxState::Sending) {
                return Ok(before);
            }
            let cancelled = sqlx::query(
                "UPDATE outgoing_faxes SET state = 'cancelled', ended_at = $1 \
                 WHERE account_id = $2 AND id = $3 AND state = $4 AND attempts = $5",
            )
            .bind(self.now().millis())
            .bind(access.account_id())
            .bind(id)
            .bind(before.state.as_str())
            .bind(before.attempts)
            .execute(&self.db)
            .await?;
            // Otherwise it has gone on meanwhile.
            if cancelled.rows_affected() == 1 {
                return Ok(before);
            }
        }
    }

    /// Begins the attempt that is due longest, of any account: for the program's own work. Whoever takes it has it for
    /// `lease_ms`, or longer by [`Store::keep_fax_taken`]; then it counts as cut off and may be taken again.
    pub async fn take_fax(&self, lease_ms: i64) -> Result<Option<OutgoingFax>> {
        loop {
            let now = self.now();
            let due = sqlx::query(
                "SELECT * FROM outgoing_faxes WHERE state IN ('queued', 'sending') AND due_at <= $1 \
                 ORDER BY due_at, id LIMIT 1",
            )
            .bind(now.millis())
            .fetch_optional(&self.db)
            .await?;
            let Some(row) = due else {
                return Ok(None);
            };
            let fax = read(&row)?;
            let cut_off = fax.state == FaxState::Sending;
            let interrupted: i64 = row.try_get("interrupted")?;
            let given_up = cut_off && interrupted >= MOST_INTERRUPTED;
            let access = Access::of_program(&fax.account_id);
            // The attempts tell whether another program was first.
            let changed = if given_up {
                sqlx::query(
                    "UPDATE outgoing_faxes SET state = 'failed', ended_at = $1, \
                     reason = 'the program stopped again and again while it was sent' \
                     WHERE id = $2 AND state = 'sending' AND attempts = $3 AND due_at <= $1",
                )
                .bind(now.millis())
                .bind(&fax.id)
                .bind(fax.attempts)
            } else {
                sqlx::query(
                    "UPDATE outgoing_faxes SET state = 'sending', attempts = attempts + 1, \
                     interrupted = interrupted + $4, due_at = $5 \
                     WHERE id = $2 AND state = $6 AND attempts = $3 AND due_at <= $1",
                )
                .bind(now.millis())
                .bind(&fax.id)
                .bind(fax.attempts)
                .bind(i64::from(cut_off))
                .bind(now.plus_millis(lease_ms).millis())
                .bind(fax.state.as_str())
            };
            let changed = changed.execute(&self.db).await?.rows_affected() == 1;
            if changed && !given_up {
                return self.outgoing_fax(&access, &fax.id).await.map(Some);
            }
        }
    }

    /// Keeps an attempt from counting as cut off for `lease_ms` from now. False when it is no longer wanted.
    pub async fn keep_fax_taken(&self, fax: &OutgoingFax, lease_ms: i64) -> Result<bool> {
        let kept = sqlx::query(
            "UPDATE outgoing_faxes SET due_at = $1 \
             WHERE account_id = $2 AND id = $3 AND state = 'sending' AND attempts = $4",
        )
        .bind(self.now().plus_millis(lease_ms).millis())
        .bind(&fax.account_id)
        .bind(&fax.id)
        .bind(fax.attempts)
        .execute(&self.db)
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Notes how an attempt went. One that failed is followed by another `pause_ms` later, as often as the fax may be
    /// sent again; by none without a pause. The fax as it is then; nothing changes when it was cancelled or the attempt counts as cut off.
    pub async fn end_fax_attempt(
        &self,
        fax: &OutgoingFax,
        went: &FaxAttempt,
        pause_ms: Option<i64>,
    ) -> Result<OutgoingFax> {
        let now = self.now();
        sqlx::query(
            "UPDATE outgoing_faxes SET call_id = $4, pages_sent = $5, station_id = $6, bit_rate = $7, corrected = $8, \
             reason = $9, \
             state = CASE WHEN $9 = '' THEN 'sent' WHEN $12 = 0 OR attempts - interrupted > retries THEN 'failed' ELSE 'queued' END, \
             ended_at = CASE WHEN $9 = '' OR $12 = 0 OR attempts - interrupted > retries THEN $10 ELSE ended_at END, due_at = $11 \
             WHERE account_id = $1 AND id = $2 AND state = 'sending' AND attempts = $3",
        )
        .bind(&fax.account_id)
        .bind(&fax.id)
        .bind(fax.attempts)
        .bind(&went.call_id)
        .bind(went.pages_sent)
        .bind(&went.station_id)
        .bind(went.bit_rate)
        .bind(i64::from(went.error_correction))
        .bind(&went.reason)
        .bind(now.millis())
        .bind(now.plus_millis(pause_ms.unwrap_or_default()).millis())
        .bind(i64::from(pause_ms.is_some()))
        .execute(&self.db)
        .await?;
        let access = Access::of_program(&fax.account_id);
        self.outgoing_fax(&access, &fax.id).await
    }

    /// When the next attempt of any account is due; `None` when no fax waits.
    pub async fn next_fax_due(&self) -> Result<Option<Moment>> {
        let at: Option<i64> = sqlx::query_scalar(
            "SELECT MIN(due_at) FROM outgoing_faxes WHERE state IN ('queued', 'sending')",
        )
        .fetch_one(&self.db)
        .await?;
        Ok(at.map(Moment::from_millis))
    }

    /// Deletes a fax that is over. Its file is then to be removed, see [`Store::files_to_remove`].
    pub async fn delete_outgoing_fax(&self, access: &Access, id: &str) -> Result<()> {
        let fax = self.cancel_fax(access, id).await?;
        let statement = "DELETE FROM outgoing_faxes WHERE account_id = $1 AND id = $2";
        self.delete_owner(access, statement, id, &fax.fax.file)
            .await
    }
}

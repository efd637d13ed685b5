//! Recordings of calls. The sound itself is a file below the data directory.

use crate::access::Access;
use crate::database::{Store, folded, new_id};
use crate::error::{Error, Result};
use crate::message::before;
use crate::moment::Moment;
use crate::page::{Listed, Page, listed};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A recording of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recording {
    /// Identifier.
    pub id: String,
    /// The call it is of.
    pub call_id: String,
    /// Both sides in stereo, left the caller; otherwise the caller alone.
    pub whole_call: bool,
    /// Who called.
    pub caller_number: String,
    /// Their name, may be empty.
    pub caller_name: String,
    /// Number they dialled.
    pub callee_number: String,
    /// A word to find it by, may be empty.
    pub label: String,
    /// Length in milliseconds.
    pub duration_ms: i64,
    /// Path of the sound below the data directory.
    #[serde(skip)]
    pub file: String,
    /// When it began.
    pub started_at: Moment,
}

/// A recording to be kept.
#[derive(Clone, Debug)]
pub struct NewRecording {
    /// The call it is of.
    pub call_id: String,
    /// Both sides in stereo, left the caller; otherwise the caller alone.
    pub whole_call: bool,
    /// Who called.
    pub caller_number: String,
    /// Their name, may be empty.
    pub caller_name: String,
    /// Number they dialled.
    pub callee_number: String,
    /// A word to find it by, may be empty.
    pub label: String,
    /// Length in milliseconds.
    pub duration_ms: i64,
    /// Path of the sound below the data directory.
    pub file: String,
    /// When it began.
    pub started_at: Moment,
}

fn read(row: &AnyRow) -> Result<Recording> {
    let whole_call: i64 = row.try_get("whole_call")?;
    Ok(Recording {
        id: row.try_get("id")?,
        call_id: row.try_get("call_id")?,
        whole_call: whole_call != 0,
        caller_number: row.try_get("caller_number")?,
        caller_name: row.try_get("caller_name")?,
        callee_number: row.try_get("callee_number")?,
        label: row.try_get("label")?,
        duration_ms: row.try_get("duration_ms")?,
        file: row.try_get("file")?,
        started_at: Moment::from_millis(row.try_get("started_at")?),
    })
}

impl Store {
    /// Keeps a recording.
    pub async fn add_recording(&self, access: &Access, new: NewRecording) -> Result<Recording> {
        let recording = Recording {
            id: new_id(),
            call_id: new.call_id,
            whole_call: new.whole_call,
            caller_number: new.caller_number,
            caller_name: new.caller_name,
            callee_number: new.callee_number,
            label: new.label,
            duration_ms: new.duration_ms,
            file: new.file,
            started_at: new.started_at,
        };
        sqlx::query(
            "INSERT INTO recordings (id, account_id, call_id, whole_call, caller_number, caller_name, callee_number, \
             label, label_folded, duration_ms, file, started_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(&recording.id)
        .bind(access.account_id())
        .bind(&recording.call_id)
        .bind(i64::from(recording.whole_call))
        .bind(&recording.caller_number)
        .bind(&recording.caller_name)
        .bind(&recording.callee_number)
        .bind(&recording.label)
        .bind(folded(&recording.label))
        .bind(recording.duration_ms)
        .bind(&recording.file)
        .bind(recording.started_at.millis())
        .execute(&self.db)
        .await?;
        Ok(recording)
    }

    /// The account's recordings, newest first; of one call only, when it is named. The search looks at labels and
    /// numbers.
    pub async fn recordings(
        &self,
        access: &Access,
        call: Option<&str>,
        page: &Page,
    ) -> Result<Listed<Recording>> {
        let (at, id) = before(page)?;
        let rows = sqlx::query(
            "SELECT id, call_id, whole_call, caller_number, caller_name, callee_number, label, duration_ms, file, \
             started_at FROM recordings WHERE account_id = $1 AND ($2 = '' OR call_id = $2) \
             AND ($3 = '' OR label_folded LIKE $3 ESCAPE '!' OR caller_number LIKE $4 ESCAPE '!' \
             OR callee_number LIKE $4 ESCAPE '!') \
             AND (started_at < $5 OR (started_at = $5 AND id < $6)) ORDER BY started_at DESC, id DESC LIMIT $7",
        )
        .bind(access.account_id())
        .bind(call.unwrap_or_default())
        .bind(page.pattern())
        .bind(page.number_pattern())
        .bind(at)
        .bind(id)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |recording| {
            let at = recording.started_at.millis().to_string();
            (at, recording.id.clone())
        }))
    }

    /// One recording.
    pub async fn recording(&self, access: &Access, id: &str) -> Result<Recording> {
        let row = sqlx::query(
            "SELECT id, call_id, whole_call, caller_number, caller_name, callee_number, label, duration_ms, file, \
             started_at FROM recordings WHERE account_id = $1 AND id = $2",
        )
        .bind(access.account_id())
        .bind(id)
        .fetch_optional(&self.db)
        .await?
        .ok_or_else(|| Error::not_found("recording", id))?;
        read(&row)
    }

    /// Deletes a recording. Its file is then to be removed, see [`Store::files_to_remove`].
    pub async fn delete_recording(&self, access: &Access, id: &str) -> Result<()> {
        let file = self.recording(access, id).await?.file;
        let statement = "DELETE FROM recordings WHERE account_id = $1 AND id = $2";
        self.delete_owner(access, statement, id, &file).await
    }
}

//! Files below the data directory that deletions left without owner.
//!
//! They are noted in the transaction that deletes their owner, and removed by the program once it is committed. So none
//! is removed while a row names it, and none is forgotten by a program that stops in between.

use crate::access::Access;
use crate::database::Store;
use crate::error::Result;
use crate::moment::Moment;
use callflow::ResourceKind;
use serde_json::{Map, Value};
use sqlx::{AnyConnection, Row};

/// The sound file of a medium in its account's directory, if the document names one that stays there.
pub fn media_file(document: &Map<String, Value>) -> Option<&str> {
    let name = document.get("file")?.as_str()?;
    let plain = !name.is_empty()
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    plain.then_some(name)
}

async fn leave(connection: &mut AnyConnection, path: &str, now: Moment) -> Result<()> {
    sqlx::query(
        "INSERT INTO files_to_remove (path, created_at) VALUES ($1, $2) ON CONFLICT (path) DO NOTHING",
    )
    .bind(path)
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(())
}

impl Store {
    /// Deletes what owns a file, by a statement that binds the account and the identifier, and notes the file; an empty
    /// path is none. Runtimes are told, and with them whoever removes files.
    pub(crate) async fn delete_owner(
        &self,
        access: &Access,
        statement: &'static str,
        id: &str,
        file: &str,
    ) -> Result<()> {
        let account_id = access.account_id();
        let mut tx = self.begin_on(account_id).await?;
        if !file.is_empty() {
            leave(&mut tx, file, self.now()).await?;
        }
        sqlx::query(statement)
            .bind(account_id)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        let announcement = Store::bump(&mut tx, account_id).await?;
        self.commit(tx, announcement).await
    }
}

/// Notes the files of a resource that was deleted, and deletes the messages of a mailbox.
pub(crate) async fn leave_of_resource(
    connection: &mut AnyConnection,
    account_id: &str,
    kind: ResourceKind,
    id: &str,
    document: &Map<String, Value>,
    now: Moment,
) -> Result<()> {
    match kind {
        ResourceKind::VoicemailBox => {
            leave_of_messages(connection, account_id, id, None, now).await?;
            Ok(())
        }
        ResourceKind::Media => match media_file(document) {
            Some(name) if !is_named(connection, account_id, name).await? => {
                leave(connection, &format!("media/{account_id}/{name}"), now).await
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Deletes the messages of a mailbox, or one of them, and notes their files. How many.
pub(crate) async fn leave_of_messages(
    connection: &mut AnyConnection,
    account_id: &str,
    box_id: &str,
    id: Option<&str>,
    now: Moment,
) -> Result<u64> {
    let all = i64::from(id.is_none());
    sqlx::query(
        "INSERT INTO files_to_remove (path, created_at) SELECT DISTINCT file, CAST($5 AS BIGINT) FROM voicemail_messages \
         WHERE account_id = $1 AND box_id = $2 AND ($3 = 1 OR id = $4) ON CONFLICT (path) DO NOTHING",
    )
    .bind(account_id)
    .bind(box_id)
    .bind(all)
    .bind(id.unwrap_or(""))
    .bind(now.millis())
    .execute(&mut *connection)
    .await?;
    let deleted = sqlx::query(
        "DELETE FROM voicemail_messages WHERE account_id = $1 AND box_id = $2 AND ($3 = 1 OR id = $4)",
    )
    .bind(account_id)
    .bind(box_id)
    .bind(all)
    .bind(id.unwrap_or(""))
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}

/// Notes all files of an account that was deleted.
pub(crate) async fn leave_of_account(
    connection: &mut AnyConnection,
    account_id: &str,
    now: Moment,
) -> Result<()> {
    for directory in ["faxes", "media", "recordings", "voicemail"] {
        leave(connection, &format!("{directory}/{account_id}"), now).await?;
    }
    Ok(())
}

/// Whether a medium of the account names the file.
async fn is_named(connection: &mut AnyConnection, account_id: &str, name: &str) -> Result<bool> {
    let rows = sqlx::query(
        "SELECT document FROM resources WHERE account_id = $1 AND kind = $2 AND document LIKE $3",
    )
    .bind(account_id)
    .bind(ResourceKind::Media.path())
    // An underscore stands for any character here; what is found is looked at again.
    .bind(format!("%{name}%"))
    .fetch_all(connection)
    .await?;
    for row in rows {
        let text: String = row.try_get(0)?;
        let document: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
        if media_file(&document) == Some(name) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Store {
    /// Files and directories below the data directory that are to be removed, in order, behind `after`; at most 200.
    pub async fn files_to_remove(&self, after: &str) -> Result<Vec<String>> {
        let paths = sqlx::query_scalar(
            "SELECT path FROM files_to_remove WHERE path > $1 ORDER BY path LIMIT 200",
        )
        .bind(after)
        .fetch_all(&self.db)
        .await?;
        Ok(paths)
    }

    /// One of [`Store::files_to_remove`] is gone.
    pub async fn file_removed(&self, path: &str) -> Result<()> {
        sqlx::query("DELETE FROM files_to_remove WHERE path = $1")
            .bind(path)
            .execute(&self.db)
            .await?;
        Ok(())
    }
}

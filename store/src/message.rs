//! Voicemail messages. The sound itself is a file below the data directory.

use crate::access::Access;
use crate::database::{Store, new_id};
use crate::error::{Error, Result};
use crate::files;
use crate::moment::Moment;
use crate::page::{Listed, Page, listed};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Folder {
    /// Not heard yet.
    New,
    /// Heard and kept.
    Saved,
}

impl Folder {
    /// As written in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Folder::New => "new",
            Folder::Saved => "saved",
        }
    }

    /// Reads [`Folder::as_str`].
    pub fn parse(text: &str) -> Option<Folder> {
        match text {
            "new" => Some(Folder::New),
            "saved" => Some(Folder::Saved),
            _ => None,
        }
    }
}

/// A message somebody left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Identifier.
    pub id: String,
    /// The mailbox.
    pub box_id: String,
    /// New or saved.
    pub folder: Folder,
    /// Who called.
    pub caller_number: String,
    /// Their name, may be empty.
    pub caller_name: String,
    /// Number they dialled.
    pub callee_number: String,
    /// Length in milliseconds.
    pub duration_ms: i64,
    /// Path of the recording below the data directory.
    #[serde(skip)]
    pub file: String,
    /// When it was left.
    pub created_at: Moment,
}

/// A message to be kept.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// The mailbox.
    pub box_id: String,
    /// Who called.
    pub caller_number: String,
    /// Their name, may be empty.
    pub caller_name: String,
    /// Number they dialled.
    pub callee_number: String,
    /// Length in milliseconds.
    pub duration_ms: i64,
    /// Path of the recording below the data directory.
    pub file: String,
}

/// What the message-waiting lamp needs (RFC 3842).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MessageCounts {
    /// Not heard yet.
    pub new: i64,
    /// Heard and kept.
    pub saved: i64,
}

fn read(row: &AnyRow) -> Result<Message> {
    let folder: String = row.try_get("folder")?;
    Ok(Message {
        id: row.try_get("id")?,
        box_id: row.try_get("box_id")?,
        folder: Folder::parse(&folder).unwrap_or(Folder::New),
        caller_number: row.try_get("caller_number")?,
        caller_name: row.try_get("caller_name")?,
        callee_number: row.try_get("callee_number")?,
        duration_ms: row.try_get("duration_ms")?,
        file: row.try_get("file")?,
        created_at: Moment::from_millis(row.try_get("created_at")?),
    })
}

impl Store {
    /// Keeps a message as new.
    pub async fn add_message(&self, access: &Access, new: NewMessage) -> Result<Message> {
        let message = Message {
            id: new_id(),
            box_id: new.box_id,
            folder: Folder::New,
            caller_number: new.caller_number,
            caller_name: new.caller_name,
            callee_number: new.callee_number,
            duration_ms: new.duration_ms,
            file: new.file,
            created_at: self.now(),
        };
        sqlx::query(
            "INSERT INTO voicemail_messages (id, account_id, box_id, folder, caller_number, caller_name, \
             callee_number, duration_ms, file, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&message.id)
        .bind(access.account_id())
        .bind(&message.box_id)
        .bind(message.folder.as_str())
        .bind(&message.caller_number)
        .bind(&message.caller_name)
        .bind(&message.callee_number)
        .bind(message.duration_ms)
        .bind(&message.file)
        .bind(message.created_at.millis())
        .execute(&self.db)
        .await?;
        Ok(message)
    }

    /// A mailbox's messages, newest first.
    pub async fn messages(
        &self,
        access: &Access,
        box_id: &str,
        page: &Page,
    ) -> Result<Listed<Message>> {
        let (at, id) = before(page)?;
        let rows = sqlx::query(
            "SELECT id, box_id, folder, caller_number, caller_name, callee_number, duration_ms, file, created_at \
             FROM voicemail_messages WHERE account_id = $1 AND box_id = $2 \
             AND (created_at < $3 OR (created_at = $3 AND id < $4)) ORDER BY created_at DESC, id DESC LIMIT $5",
        )
        .bind(access.account_id())
        .bind(box_id)
        .bind(at)
        .bind(id)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |m| {
            (m.created_at.millis().to_string(), m.id.clone())
        }))
    }

    /// One message of a mailbox.
    pub async fn message(&self, access: &Access, box_id: &str, id: &str) -> Result<Message> {
        let row = sqlx::query(
            "SELECT id, box_id, folder, caller_number, caller_name, callee_number, duration_ms, file, created_at \
             FROM voicemail_messages WHERE account_id = $1 AND box_id = $2 AND id = $3",
        )
        .bind(access.account_id())
        .bind(box_id)
        .bind(id)
        .fetch_optional(&self.db)
        .await?
        .ok_or_else(|| Error::not_found("message", id))?;
        read(&row)
    }

    /// Moves a message to a folder. Runtimes are told, for the lamps.
    pub async fn move_message(
        &self,
        access: &Access,
        box_id: &str,
        id: &str,
        folder: Folder,
    ) -> Result<()> {
        let mut tx = self.begin_on(access.account_id()).await?;
        let done = sqlx::query(
            "UPDATE voicemail_messages SET folder = $1 WHERE account_id = $2 AND box_id = $3 AND id = $4",
        )
        .bind(folder.as_str())
        .bind(access.account_id())
        .bind(box_id)
        .bind(id)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Err(Error::not_found("message", id));
        }
        let announcement = Store::bump(&mut tx, access.account_id()).await?;
        tx.commit().await?;
        self.announce(announcement);
        Ok(())
    }

    /// Deletes a message. Its file is then to be removed, see [`Store::files_to_remove`]. Runtimes are told, for the lamps.
    pub async fn delete_message(&self, access: &Access, box_id: &str, id: &str) -> Result<()> {
        let account_id = access.account_id();
        let mut tx = self.begin_on(account_id).await?;
        let deleted =
            files::leave_of_messages(&mut tx, account_id, box_id, Some(id), self.now()).await?;
        if deleted == 0 {
            return Err(Error::not_found("message", id));
        }
        let announcement = Store::bump(&mut tx, account_id).await?;
        self.commit(tx, announcement).await
    }

    /// How many messages each mailbox of the account holds; boxes without messages are left out.
    pub async fn message_counts(&self, access: &Access) -> Result<Vec<(String, MessageCounts)>> {
        let rows = sqlx::query(
            "SELECT box_id, COUNT(CASE WHEN folder = 'new' THEN 1 END), COUNT(CASE WHEN folder <> 'new' THEN 1 END) \
             FROM voicemail_messages WHERE account_id = $1 GROUP BY box_id ORDER BY box_id",
        )
        .bind(access.account_id())
        .fetch_all(&self.db)
        .await?;
        rows.iter()
            .map(|row| {
                Ok((
                    row.try_get(0)?,
                    MessageCounts {
                        new: row.try_get(1)?,
                        saved: row.try_get(2)?,
                    },
                ))
            })
            .collect()
    }
}

/// Where a list sorted by falling time goes on; beyond everything at the beginning.
pub(crate) fn before(page: &Page) -> Result<(i64, String)> {
    match page.after()? {
        None => Ok((i64::MAX, String::new())),
        Some((at, id)) => at
            .parse()
            .map(|at| (at, id))
            .map_err(|_| Error::invalid("cursor", "use the `next` value of the previous answer")),
    }
}

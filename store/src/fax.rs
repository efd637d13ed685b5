//! Faxes. The pages themselves are a TIFF file below the data directory.

use crate::access::Access;
use crate::database::{Store, new_id};
use crate::error::{Error, Result};
use crate::message::before;
use crate::moment::Moment;
use crate::page::{Listed, Page, listed};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A fax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fax {
    /// Identifier.
    pub id: String,
    /// What is known of it.
    #[serde(flatten)]
    pub fax: NewFax,
}

/// A fax to be kept, or that it failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewFax {
    /// The call it came on.
    pub call_id: String,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// The fax box it is for, may be empty.
    pub box_id: String,
    /// The user it is for, may be empty.
    pub owner_id: String,
    /// Who called.
    pub caller_number: String,
    /// Their name, may be empty.
    pub caller_name: String,
    /// Number they dialled.
    pub callee_number: String,
    /// What the other machine says it is, may be empty.
    pub station_id: String,
    /// Pages that got through.
    pub pages: i64,
    /// Bits per second.
    pub bit_rate: i64,
    /// With error correction.
    pub error_correction: bool,
    /// What went wrong; empty when nothing did.
    pub error: String,
    /// Path of the pages below the data directory; empty when no page came.
    #[serde(skip)]
    pub file: String,
    /// When it began.
    pub started_at: Moment,
}

fn read(row: &AnyRow) -> Result<Fax> {
    let corrected: i64 = row.try_get("corrected")?;
    Ok(Fax {
        id: row.try_get("id")?,
        fax: NewFax {
            call_id: row.try_get("call_id")?,
            direction: row.try_get("direction")?,
            box_id: row.try_get("box_id")?,
            owner_id: row.try_get("owner_id")?,
            caller_number: row.try_get("caller_number")?,
            caller_name: row.try_get("caller_name")?,
            callee_number: row.try_get("callee_number")?,
            station_id: row.try_get("station_id")?,
            pages: row.try_get("pages")?,
            bit_rate: row.try_get("bit_rate")?,
            error_correction: corrected != 0,
            error: row.try_get("error")?,
            file: row.try_get("file")?,
            started_at: Moment::from_millis(row.try_get("started_at")?),
        },
    })
}

impl Store {
    /// Keeps a fax.
    pub async fn add_fax(&self, access: &Access, fax: NewFax) -> Result<Fax> {
        let id = new_id();
        sqlx::query(
            "INSERT INTO faxes (id, account_id, call_id, direction, box_id, owner_id, caller_number, caller_name, \
             callee_number, station_id, pages, bit_rate, corrected, error, file, started_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        )
        .bind(&id)
        .bind(access.account_id())
        .bind(&fax.call_id)
        .bind(&fax.direction)
        .bind(&fax.box_id)
        .bind(&fax.owner_id)
        .bind(&fax.caller_number)
        .bind(&fax.caller_name)
        .bind(&fax.callee_number)
        .bind(&fax.station_id)
        .bind(fax.pages)
        .bind(fax.bit_rate)
        .bind(i64::from(fax.error_correction))
        .bind(&fax.error)
        .bind(&fax.file)
        .bind(fax.started_at.millis())
        .execute(&self.db)
        .await?;
        Ok(Fax { id, fax })
    }

    /// The account's faxes, newest first; of one fax box only, when it is named. The search looks at numbers.
    pub async fn faxes(
        &self,
        access: &Access,
        fax_box: Option<&str>,
        page: &Page,
    ) -> Result<Listed<Fax>> {
        let (at, id) = before(page)?;
        let rows = sqlx::query(
            "SELECT * FROM faxes WHERE account_id = $1 AND ($2 = '' OR box_id = $2) \
             AND ($3 = '' OR caller_number LIKE $3 ESCAPE '!' OR callee_number LIKE $3 ESCAPE '!') \
             AND (started_at < $4 OR (started_at = $4 AND id < $5)) ORDER BY started_at DESC, id DESC LIMIT $6",
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
            (fax.fax.started_at.millis().to_string(), fax.id.clone())
        }))
    }

    /// One fax.
    pub async fn fax(&self, access: &Access, id: &str) -> Result<Fax> {
        let row = sqlx::query("SELECT * FROM faxes WHERE account_id = $1 AND id = $2")
            .bind(access.account_id())
            .bind(id)
            .fetch_optional(&self.db)
            .await?
            .ok_or_else(|| Error::not_found("fax", id))?;
        read(&row)
    }

    /// Deletes a fax. Its file, if it has one, is then to be removed, see [`Store::files_to_remove`].
    pub async fn delete_fax(&self, access: &Access, id: &str) -> Result<()> {
        let file = self.fax(access, id).await?.fax.file;
        let statement = "DELETE FROM faxes WHERE account_id = $1 AND id = $2";
        self.delete_owner(access, statement, id, &file).await
    }
}

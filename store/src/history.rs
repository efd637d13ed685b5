//! What became of a callflow over time: its versions with their documents, and the way from a draft back to what is live.

use crate::access::Access;
use crate::database::Store;
use crate::draft::{self, Save};
use crate::error::{Error, Result};
use crate::page::{Listed, Page, listed};
use crate::publish::{self, Publication};

impl Store {
    /// A callflow's versions with their documents, newest first. A document may be large: ask for few.
    pub async fn history(
        &self,
        access: &Access,
        id: &str,
        page: &Page,
    ) -> Result<Listed<Publication>> {
        let draft = self.callflow(access, id).await?;
        let rows = sqlx::query(
            "SELECT version, revision, published_at, published_by, note, document FROM publications \
             WHERE account_id = $1 AND callflow_id = $2 AND version < $3 ORDER BY version DESC LIMIT $4",
        )
        .bind(access.account_id())
        .bind(id)
        .bind(publish::below(page)?)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows
            .iter()
            .map(|row| publish::read_whole(row, draft.live_version))
            .collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |v| {
            (v.summary.version.to_string(), String::new())
        }))
    }

    /// Makes the draft what is live, dropping what was not published. With a `base` revision only that one is dropped.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the callflow was never published; when a number of the live version belongs to another
    /// callflow's draft by now.
    pub async fn discard_draft(
        &self,
        access: &Access,
        id: &str,
        base: Option<i64>,
    ) -> Result<Save> {
        let account_id = access.account_id();
        let mut tx = self.begin_on(account_id).await?;
        let draft = draft::load(&mut tx, account_id, id).await?;
        if base.is_some_and(|base| base != draft.revision) {
            return Ok(Save::Conflict(Box::new(draft)));
        }
        let Some(version) = draft.live_version else {
            return Err(Error::invalid(
                "version",
                "the callflow was never published, so there is no version to go back to; delete it instead",
            ));
        };
        let live = publish::load(&mut tx, account_id, id, version).await?;
        self.overwrite_callflow(&mut tx, access, id, draft.revision, live.callflow)
            .await?;
        sqlx::query(
            "UPDATE callflows SET live_revision = revision WHERE account_id = $1 AND id = $2",
        )
        .bind(account_id)
        .bind(id)
        .execute(&mut *tx)
        .await?;
        let draft = draft::load(&mut tx, account_id, id).await?;
        tx.commit().await?;
        Ok(Save::Saved(Box::new(draft)))
    }
}

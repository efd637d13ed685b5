//! Settings of an account: the one resource of its kind. It is there from the beginning, with nothing in it.

use crate::access::Access;
use crate::database::Store;
use crate::error::{Error, Result};
use crate::resource::{Resource, check, finish_write, insert, refuse_stale};
use callflow::ResourceKind;
use callflow::resource::Settings;
use serde_json::{Map, Value};

const KIND: ResourceKind = ResourceKind::Settings;

impl Store {
    /// The account's settings; revision 0 until somebody changes them.
    pub async fn settings(&self, access: &Access) -> Result<Resource> {
        match self.resource(access, KIND, Settings::ID).await {
            Err(Error::NotFound { .. }) => {
                let account = self.account(access).await?;
                Ok(Resource {
                    id: Settings::ID.to_owned(),
                    kind: KIND,
                    name: "Account settings".to_owned(),
                    document: Map::new(),
                    revision: 0,
                    created_at: account.created_at,
                    updated_at: account.created_at,
                    updated_by: String::new(),
                    held: Vec::new(),
                })
            }
            found => found,
        }
    }

    /// Replaces the account's settings. With a `base` revision it is refused as [`Error::Stale`] when somebody else was
    /// first.
    pub async fn replace_settings(
        &self,
        access: &Access,
        base: Option<i64>,
        document: Map<String, Value>,
    ) -> Result<Resource> {
        let checked = check(KIND, document.clone())?;
        let mut tx = self.begin_on(access.account_id()).await?;
        let now = self.now();
        if !insert(&mut tx, access, KIND.path(), Settings::ID, &checked, now).await? {
            tx.rollback().await?;
            return self
                .replace_resource(access, KIND, Settings::ID, base, document)
                .await;
        }
        refuse_stale(base, 0)?;
        let settings =
            finish_write(&mut tx, self.key(), access, KIND, Settings::ID, checked).await?;
        let announcement = Store::bump(&mut tx, access.account_id()).await?;
        self.commit(tx, announcement).await?;
        Ok(settings)
    }
}

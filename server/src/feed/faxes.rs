//! Faxes on their way in.

use crate::feed::reports::{Desk, access, insist, moment};
use runtime::FaxReport;
use std::sync::Arc;
use store::NewFax;

impl Desk {
    /// Keeps a fax, or that one failed.
    pub(super) async fn fax(&self, fax: FaxReport) -> Result<(), String> {
        match self.keep_fax(&fax).await {
            Ok(kept) => {
                let (post, store) = (Arc::clone(&self.post), self.store.clone());
                // A slow mail server must not hold up the records of other calls.
                tokio::spawn(async move { post.fax(&store, &access(&fax.account), &kept).await });
                Ok(())
            }
            Err(why) => {
                tracing::error!(account = %fax.account, call = fax.call, why, "a fax could not be stored");
                Err(why)
            }
        }
    }

    async fn keep_fax(&self, fax: &FaxReport) -> Result<store::Fax, String> {
        let file = match &fax.file {
            Some(file) => {
                self.keep_file_as(file, "faxes", &fax.account, "tif")
                    .await?
            }
            None => String::new(),
        };
        let new = NewFax {
            call_id: fax.call.clone(),
            direction: "inbound".to_owned(),
            box_id: fax.fax_box.clone().unwrap_or_default(),
            owner_id: fax.owner.clone().unwrap_or_default(),
            caller_number: fax.caller.number.clone(),
            caller_name: fax.caller.name.clone(),
            callee_number: fax.dialled.clone(),
            station_id: fax.station_id.clone(),
            pages: i64::from(fax.pages),
            bit_rate: i64::from(fax.bit_rate),
            error_correction: fax.corrected,
            error: fax.error.clone().unwrap_or_default(),
            file,
            started_at: moment(fax.at),
        };
        let access = access(&fax.account);
        match insist(|| self.store.add_fax(&access, new.clone())).await {
            Ok(kept) => Ok(kept),
            Err(error) => {
                if let Some(file) = &fax.file {
                    self.give_back(&new.file, file).await;
                }
                Err(error.to_string())
            }
        }
    }
}

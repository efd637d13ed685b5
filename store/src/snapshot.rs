//! What a runtime knows of an account at one moment.

use crate::access::Access;
use crate::account::AccountLimits;
use crate::carrier::CarrierRoute;
use crate::credential::{Credential, CredentialKind};
use crate::database::Store;
use crate::draft;
use crate::error::Result;
use crate::message::MessageCounts;
use crate::presence::ManualPresence;
use crate::resource;
use callflow::{AccountId, CallflowId, Program};
use sqlx::Row;
use std::sync::Arc;

/// An account as calls see it. Immutable; a newer one has a larger generation.
#[derive(Clone, Debug)]
pub struct AccountSnapshot {
    /// Which state of the account this is.
    pub generation: i64,
    /// A disabled account's phones may not register and its numbers are not answered.
    pub enabled: bool,
    /// How many calls it may have.
    pub limits: AccountLimits,
    /// Directory, programs and routes.
    pub account: Arc<callflow::Account>,
    /// DDIs assigned to the account, E.164.
    pub numbers: Vec<String>,
    /// Digest credentials of its devices.
    pub devices: Vec<Credential>,
    /// Its carriers.
    pub carriers: Vec<CarrierRoute>,
    /// Messages held by each mailbox.
    pub messages: Vec<(String, MessageCounts)>,
    /// States set by hand.
    pub presence: Vec<ManualPresence>,
    /// Switches that people have turned by phone.
    pub live: callflow::live::Live,
}

impl Store {
    /// Reads an account for the runtime; none when it is gone.
    ///
    /// A publication was checked when it was made. If a resource has gone since, the interpreter meets the gap with a
    /// trace entry and the default branch, so every stored publication runs.
    pub async fn snapshot(&self, account_id: &str) -> Result<Option<AccountSnapshot>> {
        let access = Access::of_program(account_id);
        // The generation first: if something changes while the rest is read, its announcement brings us back.
        let account = match self.account(&access).await {
            Ok(account) => account,
            Err(crate::error::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut connection = self.db.acquire().await?;
        let directory = resource::directory(&mut connection, account_id).await?;
        let rows = sqlx::query(
            "SELECT p.callflow_id, p.version, p.document FROM callflows c \
             JOIN publications p ON p.callflow_id = c.id AND p.version = c.live_version \
             WHERE c.account_id = $1 ORDER BY c.id",
        )
        .bind(account_id)
        .fetch_all(&mut *connection)
        .await?;
        let mut programs = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: String = row.try_get(0)?;
            let version: i64 = row.try_get(1)?;
            let text: String = row.try_get(2)?;
            programs.push(Arc::new(Program::trusted(
                CallflowId::from(id.as_str()),
                u32::try_from(version).unwrap_or(u32::MAX),
                draft::parse(&text)?,
            )));
        }
        let numbers =
            sqlx::query_scalar("SELECT number FROM numbers WHERE account_id = $1 ORDER BY number")
                .bind(account_id)
                .fetch_all(&mut *connection)
                .await?;
        drop(connection);
        let credentials = self.credentials(account_id).await?;
        let carriers = self.carrier_routes(account_id, &credentials).await?;
        let mut messages = self.message_counts(&access).await?;
        for (id, _) in directory.all(callflow::ResourceKind::VoicemailBox) {
            // An empty box is told too: its lamp may have to go out.
            if !messages.iter().any(|(held, _)| held == id) {
                messages.push((id.to_owned(), MessageCounts::default()));
            }
        }
        Ok(Some(AccountSnapshot {
            generation: account.generation,
            enabled: account.enabled,
            limits: account.limits,
            account: Arc::new(callflow::Account::new(
                AccountId::from(account_id),
                account.name,
                account.realm,
                account.time_zone,
                account.language,
                Arc::new(directory),
                programs,
            )),
            numbers,
            devices: credentials
                .into_iter()
                .filter(|c| c.kind == CredentialKind::Device)
                .collect(),
            carriers,
            messages,
            presence: self.presence(&access).await?,
            live: self.live(&access).await?,
        }))
    }
}

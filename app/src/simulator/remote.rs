//! What the simulator asks of the server: the account as calls see it.

use crate::trouble::Trouble;
use callflow::live::{Live, LiveKey, LiveValue};
use callflow::zone::Offsets;
use callflow::{Account, AccountId, Callflow, CallflowId, Directory, Program};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the system prompts say in a language, by KAZOO's ids. The program around this crate puts it into the context of
/// pages.
#[derive(Clone, Copy, Debug)]
pub struct SystemPrompts(pub fn(&str) -> BTreeMap<String, String>);

/// Stands for every PIN, which browsers are not told.
pub(crate) const STAND_IN: &str = "0000";
/// The version of a draft in a trace; published versions begin at 1.
pub(crate) const DRAFT: u32 = 0;

/// A callflow that calls follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LiveProgram {
    /// Its id.
    pub(crate) id: CallflowId,
    /// The version.
    pub(crate) version: u32,
    /// The callflow as published.
    pub(crate) callflow: Arc<Callflow>,
}

/// The account as calls see it, without secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SimulatedAccount {
    /// Its name.
    pub(crate) name: String,
    /// Its SIP realm.
    pub(crate) realm: String,
    /// Its IANA time zone.
    pub(crate) time_zone: String,
    /// Its prompt language.
    pub(crate) language: String,
    /// Its resources; every PIN is [`STAND_IN`].
    pub(crate) directory: Directory,
    /// Its published callflows.
    pub(crate) programs: Vec<LiveProgram>,
    /// Switches that people have turned by phone.
    pub(crate) live: Vec<(String, LiveValue)>,
    /// Offsets of its time zone, and of those that its resources and callflows name.
    pub(crate) zones: BTreeMap<String, Offsets>,
    /// The time there, such as `2026-11-29T03:00`.
    pub(crate) now: String,
    /// The first time that can be simulated.
    pub(crate) earliest: String,
    /// The last.
    pub(crate) latest: String,
    /// What the system prompts say in its language.
    pub(crate) prompts: BTreeMap<String, String>,
}

impl SimulatedAccount {
    /// What calls run on: as published, or with a draft in the place of what is published of it.
    pub(crate) fn with(&self, draft: Option<&Callflow>, id: &str) -> Account {
        let published = self
            .programs
            .iter()
            .filter(|p| draft.is_none() || *p.id.0 != *id);
        let published = published.map(|p| (p.id.clone(), p.version, Callflow::clone(&p.callflow)));
        let draft = draft.map(|draft| (id.into(), DRAFT, draft.clone()));
        // The draft first: a number that it shares with another callflow leads to it.
        let programs = draft.into_iter().chain(published);
        let mut account = Account::new(
            AccountId::from("simulation"),
            &self.name,
            &self.realm,
            &self.time_zone,
            &self.language,
            Arc::new(self.directory.clone()),
            programs
                .map(|(id, version, callflow)| Arc::new(Program::trusted(id, version, callflow))),
        );
        account.zones.clone_from(&self.zones);
        account
    }

    /// The switches.
    pub(crate) fn live(&self) -> Live {
        let known = self.live.iter();
        known
            .filter_map(|(key, value)| Some((key.parse::<LiveKey>().ok()?, value.clone())))
            .collect()
    }
}

/// The names of all time zones in a document.
pub(crate) fn zones_in(document: &Value, found: &mut BTreeSet<String>) {
    match document {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(zone) if key == "timezone" && zone.len() <= 64 => {
                        found.insert(zone.clone());
                    }
                    inner => zones_in(inner, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| zones_in(item, found)),
        _ => {}
    }
}

/// Loads what the simulator needs to know of an account. `zones` are time zones of the draft.
///
/// # Errors
/// When the person may not see the account.
#[server(prefix = "/ui", endpoint = "simulated_account", input = Json)]
pub(crate) async fn load_simulated_account(
    account: String,
    zones: Vec<String>,
) -> Result<SimulatedAccount, Trouble> {
    crate::backend::simulated_account(&account, zones).await
}

//! What the exchange knows of one account at one moment.

use crate::action::resolve_zone;
use crate::directory::Directory;
use crate::document::CallflowId;
use crate::program::Program;
use crate::route::Routes;
use crate::zone::Offsets;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The id of an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub Arc<str>);

impl From<&str> for AccountId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An immutable snapshot: a call keeps the one it began with, so a publication never changes a call in
/// progress.
#[derive(Clone, Debug)]
pub struct Account {
    /// The id.
    pub id: AccountId,
    /// The name.
    pub name: String,
    /// The SIP realm, for example `fernhill.example`.
    pub realm: String,
    /// IANA time zone.
    pub timezone: String,
    /// Prompt language, for example `en-GB`.
    pub language: String,
    /// The resources.
    pub directory: Arc<Directory>,
    /// The published flows.
    pub programs: BTreeMap<CallflowId, Arc<Program>>,
    /// Numbers and patterns of the published flows.
    pub routes: Routes,
    /// Offsets of time zones by IANA name, where the host has no database of its own.
    pub zones: BTreeMap<String, Offsets>,
}

impl Account {
    /// A snapshot of these programs; their numbers become the routes.
    #[must_use]
    pub fn new(
        id: AccountId,
        name: impl Into<String>,
        realm: impl Into<String>,
        timezone: impl Into<String>,
        language: impl Into<String>,
        directory: Arc<Directory>,
        programs: impl IntoIterator<Item = Arc<Program>>,
    ) -> Self {
        let mut routes = Routes::default();
        let mut by_id = BTreeMap::new();
        for program in programs {
            routes.add(
                &program.id,
                &program.callflow.numbers,
                &program.callflow.patterns,
            );
            by_id.insert(program.id.clone(), program);
        }
        Self {
            id,
            name: name.into(),
            realm: realm.into(),
            timezone: timezone.into(),
            language: language.into(),
            directory,
            programs: by_id,
            routes,
            zones: BTreeMap::new(),
        }
    }

    /// The time of day in a zone; `None` when the zone is not known.
    #[must_use]
    pub fn local(&self, zone: &str, at: Timestamp) -> Option<DateTime> {
        match self.zones.get(zone) {
            Some(offsets) => Some(offsets.local(at)),
            None => resolve_zone(zone).map(|zone| zone.to_datetime(at)),
        }
    }
}

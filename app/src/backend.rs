//! The server's side of the pages: who asks, and what the store answers.
//!
//! The program around this crate puts a [`store::Store`] into the reactive context of every page and server
//! function, and a [`store::Caller`] into the request's extensions when somebody is signed in.

mod accounts;
mod callflows;
mod calls;
mod deleted;
mod first;
mod help;
mod history;
mod ladder;
mod numbers;
mod phones;
mod resources;
mod schedule;
mod search;
mod simulator;
mod when;

pub(crate) use accounts::{account_view, accounts_view, save_account};
pub(crate) use callflows::{
    create_callflow, duplicate_callflow, editor_data, import_documents, publish, save_draft,
};
pub(crate) use calls::{call, calls};
pub(crate) use deleted::{delete_callflow, deleted_callflows, restore_callflow};
pub(crate) use first::{first_callflow, first_choices};
pub(crate) use help::help;
pub(crate) use history::{discard_draft, history, roll_back};
pub use ladder::SipMessages;
pub(crate) use ladder::ladder;
pub(crate) use numbers::{add_number, assign_number, inventory, lead_number, own_numbers};
pub use phones::{Phones, Reachable};
pub(crate) use resources::{
    delete_resource, faxes, messages, resource_table, resource_view, save_resource, sent_faxes,
};
pub(crate) use schedule::schedule;
pub(crate) use search::search;
pub(crate) use simulator::simulated_account;

use crate::trouble::Trouble;
use axum::http::StatusCode;
use axum::http::request::Parts;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use std::collections::BTreeMap;
use store::{Access, Caller, Listed, Page, Store};

/// Most pieces of a list that one page reads; with 200 items each.
const MOST_PIECES: usize = 25;

/// The store and the person, when somebody is signed in.
struct Desk {
    store: Store,
    caller: Caller,
}

impl Desk {
    fn open() -> Result<Self, Trouble> {
        let store = use_context::<Store>()
            .ok_or_else(|| Trouble::Unreachable("no store in the context".to_owned()))?;
        let caller =
            use_context::<Parts>().and_then(|parts| parts.extensions.get::<Caller>().cloned());
        let caller = caller.ok_or_else(|| {
            answer_with(StatusCode::UNAUTHORIZED);
            Trouble::SignedOut
        })?;
        Ok(Self { store, caller })
    }

    /// Leave to touch an account, after the check.
    async fn access(&self, account: &str) -> Result<Access, Trouble> {
        Ok(self.store.access(&self.caller, account).await?)
    }

    fn person(&self) -> crate::account::Person {
        let name = if self.caller.name.is_empty() {
            &self.caller.email
        } else {
            &self.caller.name
        };
        crate::account::Person { name: name.clone() }
    }
}

impl From<store::Error> for Trouble {
    fn from(error: store::Error) -> Self {
        let (status, trouble) = match error {
            store::Error::NotFound { what, .. } => {
                (StatusCode::NOT_FOUND, Self::NotFound(what.to_owned()))
            }
            store::Error::Forbidden(why) => (StatusCode::FORBIDDEN, Self::Refused(why)),
            store::Error::Corrupt { .. } | store::Error::Open(_) | store::Error::Database(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Self::Unreachable(error.to_string()),
            ),
            other => (StatusCode::CONFLICT, Self::Refused(other.to_string())),
        };
        answer_with(status);
        trouble
    }
}

fn answer_with(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

/// What the system prompts say in a language; nothing where nobody has told.
fn system_prompts(language: &str) -> BTreeMap<String, String> {
    let told: Option<crate::SystemPrompts> = use_context();
    told.map(|told| told.0(language)).unwrap_or_default()
}

/// Reads a list to its end, within bounds.
async fn all<T, F>(mut piece: impl FnMut(Page) -> F) -> Result<Vec<T>, Trouble>
where
    F: Future<Output = store::Result<Listed<T>>>,
{
    let mut items = Vec::new();
    let mut page = Page::largest();
    for _ in 0..MOST_PIECES {
        let listed = piece(page.clone()).await?;
        items.extend(listed.items);
        match listed.next {
            Some(next) => page.cursor = Some(next),
            None => break,
        }
    }
    Ok(items)
}

/// The page is answered with 404.
pub(crate) fn answer_not_found() {
    answer_with(StatusCode::NOT_FOUND);
}

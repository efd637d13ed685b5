//! An account's users, devices, numbers and so on: lists, and a page for each.

mod beside;
mod dialog;
mod faxes;
mod form;
mod host;
mod layout;
mod list;
mod messages;
mod neighbours;
mod page;
mod remove;
mod sent_faxes;
mod sound;

pub(crate) use beside::{Around, PhoneRow};
#[cfg(feature = "ssr")]
pub(crate) use beside::{MailboxRow, Switch};
pub(crate) use dialog::ResourceDialog;
pub(crate) use faxes::FaxList;
#[cfg(feature = "ssr")]
pub(crate) use faxes::FaxRow;
#[cfg(feature = "ssr")]
pub(crate) use layout::{password, specs};
pub(crate) use list::ResourcesPage;
pub(crate) use messages::MessageList;
#[cfg(feature = "ssr")]
pub(crate) use messages::MessageRow;
pub(crate) use page::{ResourcePage, SettingsPage};
pub(crate) use sent_faxes::SentList;
#[cfg(feature = "ssr")]
pub(crate) use sent_faxes::{SentRow, SentState};

use crate::account::SECTIONS;
use crate::trouble::Trouble;
use callflow::{Directory, ResourceKind};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ListQuery {
    /// Only what contains this text.
    pub(crate) search: String,
    /// The column that the list is sorted by.
    pub(crate) sort: usize,
    /// From the end of the alphabet.
    pub(crate) falling: bool,
    /// The page, from 0.
    pub(crate) page: usize,
}

/// One line of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResourceRow {
    /// Its id; `None` where there is no page about it.
    pub(crate) id: Option<String>,
    /// One text for every column.
    pub(crate) cells: Vec<String>,
    /// Whether a phone of it is registered; `None` where there is none.
    pub(crate) registered: Option<bool>,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResourceTable {
    /// Titles of the columns.
    pub(crate) columns: Vec<String>,
    /// Whether the lines are about things that register.
    pub(crate) phones: bool,
    /// The lines.
    pub(crate) rows: Vec<ResourceRow>,
    /// How many lines there are on all pages.
    pub(crate) total: usize,
    /// How many pages there are, at least 1.
    pub(crate) pages: usize,
    /// Which part this is.
    pub(crate) query: ListQuery,
}

/// Something that refers to a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UsedBy {
    /// Its name.
    pub(crate) name: String,
    /// What it is, such as "ring group".
    pub(crate) what: String,
    /// Its page within the account, such as `users/…`.
    pub(crate) place: String,
}

/// Who changed a thing last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Change {
    /// The revision that it made.
    pub(crate) revision: i64,
    /// When, as people say it.
    pub(crate) when: String,
    /// Who.
    pub(crate) by: String,
}

/// A resource as its page shows it. Secrets are not in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResourceView {
    /// What it is.
    pub(crate) kind: ResourceKind,
    /// Its id; `None` before it is made.
    pub(crate) id: Option<String>,
    /// Its name.
    pub(crate) name: String,
    /// The last change; `None` when it was never changed.
    pub(crate) change: Option<Change>,
    /// The fields as a form edits them, by key.
    pub(crate) values: Vec<(String, Value)>,
    /// Values that do not fit their fields, by key, with what is wrong.
    pub(crate) complaints: Vec<(String, String)>,
    /// The keys of secrets that are stored.
    pub(crate) kept: Vec<String>,
    /// The names of what fields choose from.
    pub(crate) directory: Directory,
    /// Who refers to it.
    pub(crate) used_by: Vec<UsedBy>,
    /// What is known of it at the moment.
    pub(crate) around: Around,
}

/// What saving led to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum SaveResult {
    /// It is stored.
    Saved {
        /// Its id.
        id: String,
        /// The revision that this made.
        revision: i64,
    },
    /// Values do not fit: keys and what is wrong.
    Wrong(Vec<(String, String)>),
    /// Somebody else was first.
    Stale(Change),
}

/// What deleting led to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum DeleteResult {
    /// It is gone.
    Deleted,
    /// It is still used.
    InUse(Vec<UsedBy>),
    /// Somebody else changed it.
    Stale(Change),
}

/// Loads a page of a section of an account.
///
/// # Errors
/// When there is no such section, or the person may not see the account.
#[server(prefix = "/ui", endpoint = "resources", input = Json)]
pub(crate) async fn load_resources(
    account: String,
    section: String,
    query: ListQuery,
) -> Result<ResourceTable, Trouble> {
    crate::backend::resource_table(&account, &section, query).await
}

/// Loads a resource, or what a new one starts with when there is no id.
///
/// # Errors
/// When there is no such resource in the account.
#[server(prefix = "/ui", endpoint = "resource", input = Json)]
pub(crate) async fn load_resource(
    account: String,
    section: String,
    id: Option<String>,
) -> Result<ResourceView, Trouble> {
    crate::backend::resource_view(&account, &section, id).await
}

/// Stores the changed fields of a resource, by key, or makes one when there is no id. `Null` empties a field; empty
/// text takes a secret away.
///
/// # Errors
/// When there is no such resource in the account.
#[server(prefix = "/ui", endpoint = "save-resource", input = Json)]
pub(crate) async fn save_resource(
    account: String,
    section: String,
    id: Option<String>,
    base: i64,
    changes: Vec<(String, Value)>,
) -> Result<SaveResult, Trouble> {
    crate::backend::save_resource(&account, &section, id, base, changes).await
}

/// Deletes a resource that nothing uses.
///
/// # Errors
/// When there is no such resource in the account.
#[server(prefix = "/ui", endpoint = "delete-resource", input = Json)]
pub(crate) async fn delete_resource(
    account: String,
    section: String,
    id: String,
    base: i64,
) -> Result<DeleteResult, Trouble> {
    crate::backend::delete_resource(&account, &section, &id, base).await
}

/// Loads a piece of a mailbox's messages.
///
/// # Errors
/// When there is no such mailbox in the account.
#[server(prefix = "/ui", endpoint = "messages", input = Json)]
pub(crate) async fn load_messages(
    account: String,
    mailbox: String,
    cursor: Option<String>,
) -> Result<MessageList, Trouble> {
    crate::backend::messages(&account, &mailbox, cursor).await
}

/// Loads a piece of a fax box.
///
/// # Errors
/// When there is no such fax box in the account.
#[server(prefix = "/ui", endpoint = "faxes", input = Json)]
pub(crate) async fn load_faxes(
    account: String,
    fax_box: String,
    cursor: Option<String>,
) -> Result<FaxList, Trouble> {
    crate::backend::faxes(&account, &fax_box, cursor).await
}

/// Loads a piece of what was sent from a fax box.
///
/// # Errors
/// When there is no such fax box in the account.
#[server(prefix = "/ui", endpoint = "sent-faxes", input = Json)]
pub(crate) async fn load_sent_faxes(
    account: String,
    fax_box: String,
    cursor: Option<String>,
) -> Result<SentList, Trouble> {
    crate::backend::sent_faxes(&account, &fax_box, cursor).await
}

/// The title of a section, "Not found" where there is none.
fn title_of(section: &str) -> &'static str {
    SECTIONS
        .iter()
        .find(|(slug, ..)| *slug == section)
        .map_or("Not found", |(_, title, _)| *title)
}

/// The icon of a section.
fn icon_of(section: &str) -> &'static str {
    SECTIONS
        .iter()
        .find(|(slug, ..)| *slug == section)
        .map_or("workflow", |(.., icon)| *icon)
}

/// "1 device", "2 devices".
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

//! What the editor asks of the server.

use super::document::Live;
use super::session::Conflict;
use crate::trouble::Trouble;
use callflow::{Callflow, Directory, Problem};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything an editor begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EditorData {
    /// The draft as last saved.
    pub(crate) draft: Arc<Callflow>,
    /// Its revision.
    pub(crate) revision: i64,
    /// The version that calls follow.
    pub(crate) live: Option<Live>,
    /// The account's resources, without passwords and PINs.
    pub(crate) directory: Directory,
    /// Numbers of the account that nothing uses.
    pub(crate) spare_numbers: Vec<String>,
}

/// How saving ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum SaveOutcome {
    /// The draft is this revision now.
    Saved {
        /// The new revision.
        revision: i64,
    },
    /// Somebody else saved first; nothing was changed.
    Conflict(Box<Conflict>),
}

/// How publishing ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Published {
    /// New calls follow this version.
    Live {
        /// The version.
        version: i64,
    },
    /// The draft has problems.
    Problems(Vec<Problem>),
    /// Somebody else saved meanwhile; nothing was published.
    Conflict(Box<Conflict>),
}

/// Loads a callflow for editing.
///
/// # Errors
/// When there is no such callflow in the account.
#[server(prefix = "/ui", endpoint = "editor", input = Json)]
pub(crate) async fn load_editor(account: String, callflow: String) -> Result<EditorData, Trouble> {
    crate::backend::editor_data(&account, &callflow).await
}

/// Saves a draft that was made from the revision `base`.
///
/// # Errors
/// When the draft is refused, for example because another callflow has one of its numbers.
#[server(prefix = "/ui", endpoint = "save", input = Json)]
pub(crate) async fn save_draft(
    account: String,
    callflow: String,
    base: i64,
    draft: Arc<Callflow>,
) -> Result<SaveOutcome, Trouble> {
    crate::backend::save_draft(&account, &callflow, base, &draft).await
}

/// Makes the saved draft live.
///
/// # Errors
/// When the person may not.
#[server(prefix = "/ui", endpoint = "publish", input = Json)]
pub(crate) async fn publish(
    account: String,
    callflow: String,
    base: i64,
    note: String,
) -> Result<Published, Trouble> {
    crate::backend::publish(&account, &callflow, base, &note).await
}

/// Copies a callflow: its name with "copy", no numbers. Answers the id of the copy.
///
/// # Errors
/// When there is no such callflow.
#[server(prefix = "/ui", endpoint = "duplicate", input = Json)]
pub(crate) async fn duplicate(account: String, callflow: String) -> Result<String, Trouble> {
    crate::backend::duplicate_callflow(&account, &callflow).await
}

/// Makes an empty callflow and answers its id.
///
/// # Errors
/// When the person may not change the account.
#[server(prefix = "/ui", endpoint = "new_callflow", input = Json)]
pub(crate) async fn new_callflow(account: String) -> Result<String, Trouble> {
    crate::backend::create_callflow(&account).await
}

//! The account a page is about: its name, callflows and sections, loaded once for all its pages.

use crate::search::{SearchHost, SearchOpen};
use crate::trouble::Trouble;
use crate::ui::toast::Toasts;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};

/// An account by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountName {
    /// Its id, as in addresses.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
}

/// The person who is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Person {
    /// Name, or the e-mail address when there is none.
    pub(crate) name: String,
}

/// A callflow in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CallflowRow {
    /// Its id.
    pub(crate) id: String,
    /// Its name, or its numbers.
    pub(crate) title: String,
    /// Numbers that reach it, as stored.
    pub(crate) numbers: Vec<String>,
    /// The version that calls follow now; `None` when it was never published.
    pub(crate) live: Option<i64>,
    /// Whether the draft differs from that version.
    pub(crate) unpublished: bool,
}

/// How many things a section holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SectionCount {
    /// The section's place in the address, as in [`SECTIONS`].
    pub(crate) slug: String,
    /// How many.
    pub(crate) count: u64,
}

/// What every page of an account shows around its content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountView {
    /// Who is looking.
    pub(crate) person: Person,
    /// The reseller above, when this person may see it.
    pub(crate) reseller: Option<AccountName>,
    /// The account.
    pub(crate) account: AccountName,
    /// Its callflows by title.
    pub(crate) callflows: Vec<CallflowRow>,
    /// Its sections with their sizes.
    pub(crate) sections: Vec<SectionCount>,
}

/// Sections of an account: place in the address, title, icon.
pub(crate) const SECTIONS: &[(&str, &str, &str)] = &[
    ("calls", "Calls", "list"),
    ("users", "Users", "user-round"),
    ("devices", "Devices", "smartphone"),
    ("ring-groups", "Ring groups", "pc-ringgroup"),
    ("menus", "Menus", "pc-dialpad"),
    ("media", "Media", "file-audio"),
    ("voicemail-boxes", "Voicemail boxes", "voicemail"),
    ("conferences", "Conferences", "pc-conference"),
    ("time-rules", "Time of day", "calendar-clock"),
    ("time-rule-sets", "Time of day sets", "calendar-sync"),
    ("directories", "Directories", "book-user"),
    ("fax-boxes", "Fax boxes", "inbox"),
    ("carriers", "Carriers", "radio-tower"),
    ("lists", "Lists", "list"),
    ("numbers", "Numbers", "hash"),
    ("settings", "Settings", "settings"),
];

/// Loads what stands around the pages of an account.
///
/// # Errors
/// When the account does not exist or the person may not see it.
#[server(prefix = "/ui", endpoint = "account", input = Json)]
pub(crate) async fn load_account(account: String) -> Result<AccountView, Trouble> {
    crate::backend::account_view(&account).await
}

/// The account's frame as pages find it in their context.
pub(crate) type AccountResource = Resource<Result<AccountView, Trouble>>;

/// The route around all pages of an account.
#[component]
pub(crate) fn AccountFrame() -> impl IntoView {
    let params = use_params_map();
    let account = Memo::new(move |_| params.with(|p| p.get("account").unwrap_or_default()));
    let view: AccountResource = Resource::new_blocking(move || account.get(), load_account);
    provide_context(view);
    let account = AccountId(account);
    provide_context(account);
    provide_context(SearchOpen(RwSignal::new(false)));
    // A message outlives the page on which it began: "Device added" is read on the device's own page.
    provide_context(Toasts::new());
    view! {
        <Outlet />
        <SearchHost account />
    }
}

/// The id in the address.
#[derive(Clone, Copy)]
pub(crate) struct AccountId(pub(crate) Memo<String>);

/// The address of a page of the account.
pub(crate) fn path(account: &str, rest: &str) -> String {
    format!("/a/{account}/{rest}")
}

//! Pages that a browser loads when they are first shown: the editor, the forms of resources, accounts and calls.
//!
//! Everything else comes with the first page. What only these need, above all the catalog of actions, does not.

use crate::accounts::AccountsPage;
use crate::calls::{CallPage, CallsPage};
use crate::editor::EditorPage;
use crate::numbers::{NumbersPage, OwnNumbersPage};
use crate::resources::{ResourcePage, SettingsPage};
use crate::versions::VersionsPage;
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The editor.
pub(crate) struct EditorPart;

#[lazy_route]
impl LazyRoute for EditorPart {
    fn data() -> Self {
        Self
    }
    fn view(_this: Self) -> AnyView {
        view! { <EditorPage /> }.into_any()
    }
}

/// The reseller's numbers.
pub(crate) struct NumbersPart;

#[lazy_route]
impl LazyRoute for NumbersPart {
    fn data() -> Self {
        Self
    }
    fn view(_this: Self) -> AnyView {
        view! { <NumbersPage /> }.into_any()
    }
}

/// The numbers of an account.
pub(crate) struct OwnNumbersPart;

#[lazy_route]
impl LazyRoute for OwnNumbersPart {
    fn data() -> Self {
        Self
    }
    fn view(_this: Self) -> AnyView {
        view! { <OwnNumbersPage /> }.into_any()
    }
}

/// The versions of a callflow.
pub(crate) struct VersionsPart;

#[lazy_route]
impl LazyRoute for VersionsPart {
    fn data() -> Self {
        Self
    }
    fn view(_this: Self) -> AnyView {
        view! { <VersionsPage /> }.into_any()
    }
}

/// Loads the editor ahead, once the page that asks for it has nothing else to do: most who see a list of callflows
/// open one.
pub(crate) fn load_editor_ahead() {
    Effect::new(|_| {
        request_idle_callback(|| leptos::task::spawn_local(EditorPart::preload()));
    });
}

/// One resource.
pub(crate) struct ResourcePart;

#[lazy_route]
impl LazyRoute for ResourcePart {
    fn data() -> Self {
        Self
    }
    fn view(_this: Self) -> AnyView {
        view! { <ResourcePage /> }.into_any()
    }
}

/// The account's settings.
pub(crate) struct SettingsPart;

#[lazy_route]
impl LazyRoute for SettingsPart {
    fn data() -> Self {
        Self
    }
    fn view(_this: Self) -> AnyView {
        view! { <SettingsPage /> }.into_any()
    }
}

/// The list of accounts.
pub(crate) struct AccountsPart;

#[lazy_route]
impl LazyRoute for AccountsPart {
    fn data() -> Self {
        Self
    }
    fn view(_this: Self) -> AnyView {
        view! { <AccountsPage /> }.into_any()
    }
}

/// The list of calls.
pub(crate) struct CallsPart;

#[lazy_route]
impl LazyRoute for CallsPart {
    fn data() -> Self {
        Self
    }
    fn view(_this: Self) -> AnyView {
        view! { <CallsPage /> }.into_any()
    }
}

/// One call.
pub(crate) struct CallPart;

#[lazy_route]
impl LazyRoute for CallPart {
    fn data() -> Self {
        Self
    }
    fn view(_this: Self) -> AnyView {
        view! { <CallPage /> }.into_any()
    }
}

//! The navigation as icons alone, where a panel needs the room.

use super::icon::icon;
use crate::account::{AccountView, SECTIONS, path};
use leptos::prelude::*;

/// The sections of an account, within its callflows. `list` opens the whole navigation.
#[component]
pub(crate) fn Rail(view: AccountView, list: Callback<()>) -> impl IntoView {
    let account = view.account.id;
    let link = move |slug: &str, title: &'static str, glyph: &'static str| {
        let current = (slug == "callflows").then_some("page");
        view! {
            <a href=path(&account, slug) rel="external" aria-label=title title=title aria-current=current>
                {icon(glyph, 18)}
            </a>
        }
    };
    view! {
        <nav class="nav rail-nav scroll" aria-label="Account">
            <button aria-label="Open the list" title="Open the list" on:click=move |_| list.run(())>
                {icon("panel-left", 18)}
            </button>
            <hr />
            {link("callflows", "Callflows", "workflow")}
            {SECTIONS.iter().map(|(slug, title, glyph)| link(slug, title, glyph)).collect_view()}
        </nav>
    }
    .into_any()
}

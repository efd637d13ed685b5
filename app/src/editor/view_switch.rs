//! The ways to look at a callflow.

use super::Editor;
use crate::account::path;
use crate::ui::icon::icon;
use leptos::prelude::*;

/// Editing it, the calls in it, or its versions.
#[component]
pub(crate) fn ViewSwitch(editor: Editor) -> impl IntoView {
    let account = editor.account.get_value();
    let id = editor.id.get_value();
    let here = path(&account, &format!("callflows/{id}"));
    let versions = format!("{here}/versions");
    let live = move || editor.live.open.get();
    view! {
        <nav class="seg" aria-label="View">
            <a
                href=here
                rel="external"
                aria-current=move || (!live()).then_some("page")
                on:click=move |ev| {
                    if live() {
                        // The page is there already.
                        ev.prevent_default();
                        editor.close_live();
                    }
                }
            >
                {icon("pencil", 14)}
                "Edit"
            </a>
            <button
                aria-pressed=move || if live() { "true" } else { "false" }
                on:click=move |_| editor.open_live()
            >
                {icon("activity", 14)}
                "Live"
                {move || {
                    let count = editor.live.count()?;
                    Some(view! { <span class="count">{count}</span> })
                }}
            </button>
            <a href=versions rel="external">
                {icon("history", 14)}
                "Versions"
            </a>
        </nav>
    }
    .into_any()
}

//! The editor's top bar.

use super::Editor;
use super::publish::BUTTON_ID;
use super::save::{SaveMenu, Then};
use super::session::Menu;
use crate::account::{AccountView, path};
use crate::callflows::trail;
use crate::search::SearchButton;
use crate::simulator::OPENER_ID;
use crate::ui::icon::icon;
use crate::ui::top::{Crumbs, PersonMenu, brand};
use leptos::prelude::*;

/// Title, state, undo, publish and save.
#[component]
pub(crate) fn EditorTop(
    editor: Editor,
    frame: AccountView,
    ready: RwSignal<bool>,
) -> impl IntoView {
    let mut trail = trail(&frame);
    trail.push(("Callflows".to_owned(), path(&frame.account.id, "callflows")));
    let back = path(&frame.account.id, "callflows");
    let title = Signal::derive(move || editor.document.current.with(|c| c.title()));
    let document = editor.document;
    let idle = move || ready.get() && editor.busy.with(Option::is_none);
    let undo_name = move || {
        document
            .undo_label()
            .map_or("Undo".to_owned(), |l| format!("Undo: {l}"))
    };
    let redo_name = move || {
        document
            .redo_label()
            .map_or("Redo".to_owned(), |l| format!("Redo: {l}"))
    };
    let publishable = move || idle() && editor.publishable();
    let menu_open = move || editor.session.menu.get() == Some(Menu::Save);
    view! {
        <header class="topbar">
            {brand()} <a class="icon-btn m-only" href=back rel="external" aria-label="Back to callflows">
                {icon("chevron-left", 20)}
            </a> <div class="title-wrap">
                <Crumbs trail here=title leaves=true />
                <StateChip editor />
            </div> <div class="top-actions">
                <span class="pair">
                    <button
                        class="icon-btn"
                        aria-label=undo_name
                        title=undo_name
                        disabled=move || !ready.get() || document.undo_label().is_none()
                        on:click=move |_| editor.undo()
                    >
                        {icon("undo-2", 18)}
                    </button>
                    <button
                        class="icon-btn"
                        aria-label=redo_name
                        title=redo_name
                        disabled=move || !ready.get() || document.redo_label().is_none()
                        on:click=move |_| editor.redo()
                    >
                        {icon("redo-2", 18)}
                    </button>
                </span>
                <span class="divider-v"></span>
                <button
                    class="btn btn-quiet"
                    id=OPENER_ID
                    aria-pressed=move || if editor.simulator.open.get() { "true" } else { "false" }
                    disabled=move || !ready.get()
                    on:click=move |_| editor.toggle_simulator()
                >
                    {icon("play", 16)}
                    "Simulate"
                </button>
                <button
                    class="btn"
                    id=BUTTON_ID
                    class:btn-primary=move || !document.dirty() && publishable()
                    disabled=move || !publishable()
                    on:click=move |_| editor.publish()
                >
                    {icon("upload", 16)}
                    {move || if editor.busy.get() == Some("Publishing") { "Publishing" } else { "Publish" }}
                </button>
                <span class="split">
                    <button
                        class="btn"
                        class:btn-primary=move || document.dirty()
                        disabled=move || !idle() || !document.dirty()
                        on:click=move |_| editor.save(Then::Stay)
                    >
                        {move || if editor.busy.get() == Some("Saving") { "Saving" } else { "Save" }}
                    </button>
                    <button
                        class="btn"
                        class:btn-primary=move || document.dirty()
                        aria-label="More ways to save"
                        title="More ways to save"
                        aria-haspopup="menu"
                        aria-expanded=move || if menu_open() { "true" } else { "false" }
                        disabled=move || !idle()
                        on:click=move |_| editor.session.menu.set(Some(Menu::Save))
                    >
                        {icon("chevron-down", 16)}
                    </button>
                </span>
                <SearchButton />
                <PersonMenu person=frame.person />
                <SaveMenu editor />
            </div>
        </header>
    }
    .into_any()
}

/// "Live v12, 2 unpublished changes".
#[component]
fn StateChip(editor: Editor) -> impl IntoView {
    let document = editor.document;
    move || {
        let dirty = document.dirty();
        let (dot, live) = document.live.with(|live| match live {
            Some(live) => ("dot live", format!("Live v{}", live.version)),
            None => ("dot", "Not live yet".to_owned()),
        });
        let count = editor.unpublished.with(|all| all.len());
        let never = document.live.with(Option::is_none);
        let changes = if count == 1 {
            "1 change".to_owned()
        } else {
            format!("{count} changes")
        };
        let pending = match (dirty, never, count) {
            (true, false, 1) => Some("1 unpublished change".to_owned()),
            (true, false, n) if n > 0 => Some(format!("{n} unpublished changes")),
            (true, ..) => Some("Not saved".to_owned()),
            (false, true, _) => Some("Draft saved".to_owned()),
            (false, false, 0) => None,
            (false, false, _) => Some(format!("Draft saved, {changes}")),
        };
        let rest = match pending {
            Some(text) => view! {
                <span class="pend">
                    <span class="dot warn"></span>
                    {text}
                </span>
            }
            .into_any(),
            None => view! { <span class="muted">"No unpublished changes"</span> }.into_any(),
        };
        view! {
            <span class="state" role="status">
                <span class=dot></span>
                {live}
                <span class="sep"></span>
                {rest}
            </span>
        }
    }
}

//! The editor's screen: top bar, navigation, diagram, catalog, and what lies over them.

use super::Editor;
use super::canvas::{self, CanvasArea, Ghost};
use super::catalog::{self, CatalogPanel};
use super::dialog::{DialogHost, ResourceHost};
use super::save::Then;
use super::session::{Dialog, Menu};
use super::step_menu::StepMenu;
use super::top::EditorTop;
use crate::account::AccountView;
use crate::live::LivePanel;
use crate::simulator::SimulatorPanel;
use crate::ui::icon::icon;
use crate::ui::nav::{Nav, Open};
use crate::ui::rail::Rail;
use crate::ui::toast::ToastHost;
use leptos::prelude::*;

/// Everything on the page.
#[component]
pub(crate) fn EditorScreen(editor: Editor, frame: AccountView) -> impl IntoView {
    let ready = RwSignal::new(false);
    super::journal::keep(editor, frame.person.name.clone());
    Effect::new(move |_| {
        ready.set(true);
        // Where there is no room beside the diagram, the catalog waits until it is asked for.
        if canvas::is_narrow() {
            editor.session.catalog.set(false);
        }
        let keys = window_event_listener(leptos::ev::keydown, move |ev| editor.window_key(&ev));
        let leaving = window_event_listener(leptos::ev::beforeunload, move |ev| {
            if untrack(|| editor.document.dirty()) {
                ev.prevent_default();
            }
        });
        on_cleanup(move || {
            keys.remove();
            leaving.remove();
        });
    });
    let open = Open::Callflow(editor.id.get_value());
    let no_catalog = move || !editor.session.catalog.get();
    let chosen = move || editor.session.selected.get().flatten().is_some();
    let simulates = move || editor.simulator.open.get();
    let watches = move || editor.live.open.get();
    let rail = Memo::new(move |_| (simulates() || watches()) && !editor.simulator.listed.get());
    let list = Callback::new(move |()| {
        editor.simulator.listed.set(true);
        editor.resettle();
    });
    let beside = frame.clone();
    view! {
        <div class="app editor" class:no-catalog=no_catalog class:has-step=chosen class:sim=simulates class:live=watches class:rail=move || rail.get()>
            <a class="skip" href="#canvas">
                "Skip to the callflow"
            </a>
            <EditorTop editor frame=frame.clone() ready />
            <Show when=move || rail.get()>
                <Rail view=beside.clone() list />
            </Show>
            <Nav view=frame open />
            <CanvasArea editor />
            <CatalogPanel editor />
            <SimulatorPanel editor />
            <LivePanel editor />
            <Show when=move || no_catalog() && !simulates() && !watches()>
                <button
                    class="btn catalog-tab"
                    aria-label="Show the catalog"
                    title="Show the catalog"
                    on:click=move |_| catalog::focus_search(editor)
                >
                    {icon("plus", 16)}
                    "Actions"
                </button>
            </Show>
            <MobileBar editor />
            <Ghost editor />
            <DialogHost editor />
            <ResourceHost editor />
            <StepMenu editor />
            <ToastHost toasts=editor.toasts />
            <div class="sr" aria-live="assertive" role="status">
                {editor.session.said}
            </div>
        </div>
    }
    .into_any()
}

/// The bar at the bottom of narrow screens.
#[component]
fn MobileBar(editor: Editor) -> impl IntoView {
    view! {
        <nav class="mobile-bar m-only" aria-label="Callflow">
            <button on:click=move |_| editor.session.dialog.set(Some(Dialog::Main))>
                {icon("hash", 20)}
                "Numbers"
            </button>
            <button on:click=move |_| {
                editor.next_problem();
                editor.session.menu.set(None);
            }>
                {icon("circle-alert", 20)}
                "Problems"
                {move || {
                    let count = editor.errors();
                    (count > 0).then(|| view! { <span class="count bad">{count}</span> })
                }}
            </button>
            <button on:click=move |_| editor.toggle_simulator()>
                {icon("play", 20)}
                "Simulate"
            </button>
            <button on:click=move |_| {
                if untrack(|| editor.document.dirty()) {
                    editor.save(Then::Stay);
                } else {
                    editor.session.menu.set(Some(Menu::Save));
                }
            }>
                {icon("save", 20)}
                "Save"
            </button>
            <button on:click=move |_| catalog::focus_search(editor)>
                {icon("plus", 20)}
                "Add"
            </button>
        </nav>
    }
    .into_any()
}

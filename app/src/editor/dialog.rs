//! The frame of every dialog: it takes the focus, keeps it, and gives it back.

use super::Editor;
use super::branch_dialog::{NewBranchDialog, RenameBranchDialog};
use super::conflict::ConflictDialog;
use super::help::HelpDialog;
use super::journal::UnsavedDialog;
use super::keys::KeysDialog;
use super::main_dialog::MainDialog;
use super::note::NoteDialog;
use super::pick_dialog::PickDialog;
use super::places_dialog::PlacesDialog;
use super::publish::PublishDialog;
use super::save::DiscardDialog;
use super::session::Dialog;
use super::step_dialog::StepDialog;
use crate::resources::ResourceDialog;
use crate::ui::icon::icon;
use leptos::html;
use leptos::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use wasm_bindgen::JsCast;

/// Counts the dialogs that were shown.
static DIALOGS: AtomicU32 = AtomicU32::new(0);

const FOCUSABLE: &str =
    "input:not([type=hidden]):not([disabled]),select,textarea,button:not([disabled]),a[href]";

/// Title, body and buttons over a dimmed page. Escape, the cross and the scrim call `close`.
#[component]
pub(crate) fn DialogFrame(
    /// What it is called.
    #[prop(into)]
    title: Signal<String>,
    /// A line below the title.
    #[prop(into, optional)]
    detail: Signal<String>,
    /// Icon and family of the tile beside the title.
    #[prop(optional_no_strip)]
    tile: Option<(&'static str, &'static str)>,
    /// A question that must be answered.
    #[prop(optional)]
    question: bool,
    /// Leaves it.
    close: Callback<()>,
    /// The buttons.
    #[prop(into)]
    foot: ViewFn,
    /// The content.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    // One dialog may stand over another.
    let labelled_by = format!("dialog-title-{}", DIALOGS.fetch_add(1, Ordering::Relaxed));
    let title_id = labelled_by.clone();
    Effect::new(move |_| {
        if let Some(element) = node.get() {
            let wanted = if question {
                ".dialog-foot button"
            } else {
                ".dialog-body input,.dialog-body select,.dialog-body textarea,.dialog-foot .btn-primary"
            };
            let target = element.query_selector(wanted).ok().flatten();
            if let Some(target) = target.and_then(|t| t.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = target.focus();
            }
        }
    });
    let keydown = move |ev: leptos::ev::KeyboardEvent| {
        ev.stop_propagation();
        match ev.key().as_str() {
            "Escape" => {
                ev.prevent_default();
                close.run(());
            }
            "Tab" => keep_focus(&node, &ev),
            _ => {}
        }
    };
    let class = if question { "dialog sm" } else { "dialog" };
    let role = if question { "alertdialog" } else { "dialog" };
    view! {
        <div class="scrim" on:keydown=keydown>
            <div class=class role=role aria-modal="true" aria-labelledby=labelled_by node_ref=node>
                <div class="dialog-head">
                    {tile
                        .map(|(name, family)| {
                            view! { <span class=format!("tile fam-{family}")>{icon(name, 20)}</span> }
                        })} <div>
                        <h2 id=title_id>{title}</h2>
                        <p>{detail}</p>
                    </div> <button class="icon-btn" aria-label="Close" title="Close" on:click=move |_| close.run(())>
                        {icon("x", 18)}
                    </button>
                </div>
                <div class="dialog-body">{children()}</div>
                <div class="dialog-foot">{move || foot.run()}</div>
            </div>
        </div>
    }
    .into_any()
}

/// Tab goes round within the dialog.
fn keep_focus(node: &NodeRef<html::Div>, ev: &leptos::ev::KeyboardEvent) {
    let Some(dialog) = node.get_untracked() else {
        return;
    };
    let Ok(all) = dialog.query_selector_all(FOCUSABLE) else {
        return;
    };
    let element = |at: u32| {
        all.get(at)
            .and_then(|n| n.dyn_into::<web_sys::HtmlElement>().ok())
    };
    let count = all.length();
    let (Some(first), Some(last)) = (element(0), element(count.saturating_sub(1))) else {
        return;
    };
    let active = document().active_element();
    let at =
        |edge: &web_sys::HtmlElement| active.as_ref().is_some_and(|a| edge.is_same_node(Some(a)));
    let target = match (ev.shift_key(), at(&first), at(&last)) {
        (true, true, _) => last,
        (false, _, true) => first,
        _ => return,
    };
    ev.prevent_default();
    let _ = target.focus();
}

/// The form of a resource over the dialog that is open.
#[component]
pub(crate) fn ResourceHost(editor: Editor) -> impl IntoView {
    move || {
        let ask = editor.session.resource.get()?;
        let (kind, id) = (ask.kind, ask.id.clone());
        let account = editor.account.get_value();
        let close = Callback::new(move |()| editor.session.resource.set(None));
        let saved = Callback::new(move |id: String| editor.resource_saved(&ask, id));
        let toasts = editor.toasts;
        Some(view! { <ResourceDialog account kind id toasts close saved /> })
    }
}

/// The dialog that is open.
#[component]
pub(crate) fn DialogHost(editor: Editor) -> impl IntoView {
    move || {
        editor.session.dialog.get().map(|dialog| match dialog {
            Dialog::Step { id, fresh } => view! { <StepDialog editor id fresh /> }.into_any(),
            Dialog::Main => view! { <MainDialog editor /> }.into_any(),
            Dialog::NewBranch { node, load } => {
                view! { <NewBranchDialog editor node load /> }.into_any()
            }
            Dialog::Pick(at) => view! { <PickDialog editor at /> }.into_any(),
            Dialog::Places(load) => view! { <PlacesDialog editor load /> }.into_any(),
            Dialog::RenameBranch { node, key } => {
                view! { <RenameBranchDialog editor node key /> }.into_any()
            }
            Dialog::Discard => view! { <DiscardDialog editor /> }.into_any(),
            Dialog::Conflict(conflict) => {
                view! { <ConflictDialog editor conflict=*conflict /> }.into_any()
            }
            Dialog::Publish => view! { <PublishDialog editor /> }.into_any(),
            Dialog::Keys => view! { <KeysDialog editor /> }.into_any(),
            Dialog::Note(id) => view! { <NoteDialog editor id /> }.into_any(),
            Dialog::Unsaved(kept) => view! { <UnsavedDialog editor kept /> }.into_any(),
            Dialog::Help(topic) => view! { <HelpDialog editor topic /> }.into_any(),
        })
    }
}

impl Editor {
    /// Closes the dialog and gives the focus back to the selected block.
    pub(crate) fn close_dialog(&self) {
        self.session.dialog.set(None);
        let selected = self.session.selected.get_untracked().flatten();
        super::canvas::focus_block(selected);
    }
}

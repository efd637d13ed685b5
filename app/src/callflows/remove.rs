//! Deleting a callflow from the list.

use crate::account::AccountResource;
use crate::editor::DialogFrame;
use crate::trouble::Trouble;
use crate::ui::foot::{Does, Foot};
use crate::ui::icon::icon;
use crate::ui::toast::{Toast, Toasts, Tone};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use std::sync::Arc;

/// Deletes a callflow; it can be restored for 30 days.
///
/// # Errors
/// When other callflows or resources use it; the text names them.
#[server(prefix = "/ui", endpoint = "delete_callflow", input = Json)]
pub(crate) async fn delete_callflow(account: String, callflow: String) -> Result<(), Trouble> {
    crate::backend::delete_callflow(&account, &callflow).await
}

/// A callflow that somebody wants to delete.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Doomed {
    /// Its id.
    pub(super) id: String,
    /// Its name.
    pub(super) title: String,
    /// Whether calls reach it.
    pub(super) live: bool,
}

/// The button of one line.
pub(super) fn remove_button(
    doomed: Doomed,
    asking: RwSignal<Option<Doomed>>,
    ready: RwSignal<bool>,
) -> impl IntoView {
    let name = format!("Delete {}", doomed.title);
    view! {
        <button
            class="icon-btn"
            aria-label=name.clone()
            title=name
            disabled=move || !ready.get()
            on:click=move |_| asking.set(Some(doomed.clone()))
        >
            {icon("trash-2", 16)}
        </button>
    }
    .into_any()
}

/// The question.
#[component]
pub(super) fn RemoveDialog(account: String, asking: RwSignal<Option<Doomed>>) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let frame = expect_context::<AccountResource>();
    let account = StoredValue::new(account);
    let close = Callback::new(move |()| asking.set(None));
    let delete = move |doomed: Doomed| {
        asking.set(None);
        // The list is drawn anew before anybody presses Undo: what that needs is its own.
        let account = account.get_value();
        spawn_local(async move {
            match delete_callflow(account.clone(), doomed.id.clone()).await {
                Ok(()) => {
                    frame.refetch();
                    toasts.show(undoable(account, doomed, toasts, frame));
                }
                Err(trouble) => {
                    toasts.fail(format!("“{}” was not deleted", doomed.title), trouble);
                }
            }
        });
    };
    move || {
        let doomed = asking.get()?;
        let title = format!("Delete “{}”?", doomed.title);
        let text = if doomed.live {
            "Calls to its numbers no longer arrive, from the next call on. It can be restored for 30 days."
        } else {
            "It can be restored for 30 days."
        };
        let foot = move || {
            let doomed = doomed.clone();
            let run = Callback::new(move |()| delete(doomed.clone()));
            view! { <Foot close verb="Delete callflow" does=Does::Run(run) danger=true /> }
                .into_any()
        };
        Some(
            view! {
                <DialogFrame title=Signal::stored(title) question=true close foot>
                    <p class="t2">{text}</p>
                </DialogFrame>
            }
            .into_any(),
        )
    }
}

fn undoable(account: String, doomed: Doomed, toasts: Toasts, frame: AccountResource) -> Toast {
    let id = doomed.id;
    let undo = move || {
        let (account, id) = (account.clone(), id.clone());
        spawn_local(async move {
            super::deleted::restore(account, id, toasts).await;
            frame.refetch();
        });
    };
    Toast {
        tone: Tone::Plain,
        icon: "trash-2",
        title: format!("“{}” is deleted", doomed.title),
        text: "It can be restored for 30 days.".to_owned(),
        action: Some(("Undo".to_owned(), Arc::new(undo))),
    }
}

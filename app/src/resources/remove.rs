//! Asking before something is deleted, and telling why it cannot be.

use super::beside::user;
use super::form::Form;
use super::{DeleteResult, UsedBy, delete_resource};
use crate::account::{AccountResource, path};
use crate::editor::DialogFrame;
use crate::ui::foot::{Does, Foot};
use crate::ui::toast::Toasts;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

/// Where the question stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asking {
    /// Whether to delete it.
    Sure,
    /// Who must let go of it first.
    InUse(Vec<UsedBy>),
}

/// The dialog.
#[component]
pub(super) fn RemoveDialog(form: Form, asking: RwSignal<Option<Asking>>) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let frame = expect_context::<AccountResource>();
    let navigate = StoredValue::new(use_navigate());
    let close = Callback::new(move |()| {
        asking.set(None);
        leptos::task::spawn_local(async move {
            leptos::task::tick().await;
            crate::editor::focus_now("delete-resource");
        });
    });
    let noun = form.view.with_value(|view| view.kind.label());
    let delete = move || {
        let view = form.view.get_value();
        let account = form.account.get_value();
        let Some(id) = view.id.clone() else { return };
        leptos::task::spawn_local(async move {
            let section = view.kind.path().to_owned();
            let base = form.base.get_untracked();
            match delete_resource(account.clone(), section.clone(), id, base).await {
                Ok(DeleteResult::Deleted) => {
                    form.forget();
                    frame.refetch();
                    navigate.with_value(|go| go(&path(&account, &section), Default::default()));
                    toasts.good(format!("“{}” is deleted", view.name), "");
                }
                Ok(DeleteResult::InUse(users)) => asking.set(Some(Asking::InUse(users))),
                Ok(DeleteResult::Stale(change)) => {
                    asking.set(None);
                    form.stale.set(Some(change));
                }
                Err(trouble) => {
                    asking.set(None);
                    toasts.fail(format!("Could not delete the {noun}"), trouble);
                }
            }
        });
    };
    let name = form.view.with_value(|view| view.name.clone());
    let account = form.account.get_value();
    move || {
        let state = asking.get()?;
        let title = match &state {
            Asking::Sure => format!("Delete “{name}”?"),
            Asking::InUse(_) => format!("“{name}” is in use"),
        };
        let body = match &state {
            Asking::Sure => view! { <p>{format!("The {noun} is gone for good, and calls no longer find it.")}</p> }.into_any(),
            Asking::InUse(users) => {
                let users = users.iter().map(|by| user(&account, by)).collect_view();
                view! {
                    <p>{format!("Take the {noun} out there first.")}</p>
                    <ul class="card-list">{users}</ul>
                }
                .into_any()
            }
        };
        let sure = state == Asking::Sure;
        let foot = move || {
            if !sure {
                return view! {
                    <span class="grow"></span>
                    <button class="btn" type="button" on:click=move |_| close.run(())>
                        "Close"
                    </button>
                }
                .into_any();
            }
            let run = Callback::new(move |()| delete());
            view! { <Foot close verb=format!("Delete {noun}") does=Does::Run(run) danger=true /> }
                .into_any()
        };
        Some(
            view! {
                <DialogFrame title=Signal::stored(title) question=true close foot>
                    {body}
                </DialogFrame>
            }
            .into_any(),
        )
    }
}

//! The form of a resource over another page: what is needed there is made or changed without leaving.

use super::form::Form;
use super::page::{Host, advanced, section_view};
use super::{ResourceView, load_resource};
use crate::account::{AccountResource, path};
use crate::editor::DialogFrame;
use crate::trouble::Trouble;
use crate::ui::icon::icon;
use crate::ui::toast::Toasts;
use callflow::ResourceKind;
use leptos::prelude::*;
use std::sync::Arc;

/// The form, of a new resource when there is no id.
#[component]
pub(crate) fn ResourceDialog(
    /// The account.
    account: String,
    /// What it is.
    kind: ResourceKind,
    /// Which one.
    id: Option<String>,
    /// Where messages go.
    toasts: Toasts,
    /// Leaves it.
    close: Callback<()>,
    /// Told the id once it is stored.
    saved: Callback<String>,
) -> impl IntoView {
    let form = RwSignal::new(None::<Form>);
    let failed = RwSignal::new(None::<Trouble>);
    let page = Host::over(toasts, expect_context::<AccountResource>(), saved);
    let place = path(
        &account,
        &format!("{}/{}", kind.path(), id.as_deref().unwrap_or("new")),
    );
    let new = id.is_none();
    leptos::task::spawn_local(async move {
        let loaded = load_resource(account.clone(), kind.path().to_owned(), id).await;
        // The dialog may be closed by now.
        let _gone = match loaded {
            Ok(view) => form.try_set(Some(Form::new(account, view, page))).is_some(),
            Err(trouble) => failed.try_set(Some(trouble)).is_some(),
        };
    });
    let noun = kind.label();
    let title = Signal::derive(move || match form.get() {
        Some(form) if !new => form
            .view
            .with_value(|view: &ResourceView| view.name.clone()),
        _ if new => format!("New {noun}"),
        _ => noun.to_owned(),
    });
    let ready = move || form.with(Option::is_some);
    let saving = move || form.get().is_some_and(|form| form.saving.get());
    let verb = if new {
        format!("Add {noun}")
    } else {
        format!("Save {noun}")
    };
    let foot = move || {
        let verb = verb.clone();
        view! {
            <a class="btn btn-quiet" href=place.clone() target="_blank" rel="external">
                "All settings"
            </a>
            <span class="grow"></span>
            <button class="btn" type="button" on:click=move |_| close.run(())>
                "Cancel"
            </button>
            <button
                class="btn btn-primary"
                type="submit"
                form="resource-over"
                disabled=move || !ready() || saving()
            >
                {verb}
            </button>
        }
        .into_any()
    };
    view! {
        <DialogFrame title tile=Some((super::icon_of(kind.path()), "set")) close foot>
            {move || match (form.get(), failed.get()) {
                (Some(form), _) => fields(form),
                (None, Some(trouble)) => {
                    view! {
                        <p class="err-text" role="alert">
                            {icon("circle-alert", 14)}
                            {trouble.to_string()}
                        </p>
                    }
                        .into_any()
                }
                (None, None) => view! { <p class="muted">"Loading"</p> }.into_any(),
            }}
        </DialogFrame>
    }
    .into_any()
}

/// What stands on the first tab of its page.
fn fields(form: Form) -> AnyView {
    let directory = Arc::new(form.view.with_value(|view| view.directory.clone()));
    let first = form.tabs().first();
    let sections = first.map_or(&[][..], |tab| tab.sections);
    let sections = sections
        .iter()
        .map(|section| section_view(form, section, &directory))
        .collect_view();
    view! {
        <form
            id="resource-over"
            class="over"
            novalidate
            autocomplete="off"
            on:submit=move |ev| {
                ev.prevent_default();
                form.save();
            }
        >
            {sections}
            {advanced(form, &directory)}
        </form>
    }
    .into_any()
}

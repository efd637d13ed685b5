//! The form of a resource over another page: what is needed there is made or changed without leaving.

use super::form::Form;
use super::host::Host;
use super::page::{Stale, advanced, section_view};
use super::{ResourceView, load_resource};
use crate::account::path;
use crate::editor::DialogFrame;
use crate::trouble::Trouble;
use crate::ui::foot::{Does, Foot};
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
    // Counts how often it is loaded: once more to see what somebody else saved meanwhile.
    let loads = RwSignal::new(0_u32);
    let again = Callback::new(move |()| loads.update(|count| *count += 1));
    let host = Host::over(toasts, saved, again);
    let place = path(
        &account,
        &format!("{}/{}", kind.path(), id.as_deref().unwrap_or("new")),
    );
    let new = id.is_none();
    Effect::new(move |_| {
        loads.track();
        let (account, id) = (account.clone(), id.clone());
        leptos::task::spawn_local(async move {
            let loaded = load_resource(account.clone(), kind.path().to_owned(), id).await;
            // The dialog may be closed by now.
            let _gone = match loaded {
                Ok(view) => form.try_set(Some(Form::new(account, view, host))).is_some(),
                Err(trouble) => failed.try_set(Some(trouble)).is_some(),
            };
        });
    });
    let noun = kind.label();
    let title = Signal::derive(move || match form.get() {
        Some(form) if !new => form
            .view
            .with_value(|view: &ResourceView| view.name.clone()),
        _ if new => format!("New {noun}"),
        _ => noun.to_owned(),
    });
    let busy = Signal::derive(move || form.get().is_none_or(|form| form.saving.get()));
    let verb = if new {
        format!("Add {noun}")
    } else {
        format!("Save {noun}")
    };
    let foot = move || {
        let verb = verb.clone();
        let place = place.clone();
        view! {
            <Foot close verb does=Does::Submit("resource-over") disabled=busy>
                <a class="btn btn-quiet" href=place target="_blank" rel="external">
                    "All settings"
                </a>
            </Foot>
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
        <Stale form />
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

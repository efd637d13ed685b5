//! The top bar of plain pages, and its parts for the editor's.

use super::icon::{icon, initials, mark};
use crate::account::Person;
use crate::search::SearchButton;
use leptos::prelude::*;

/// The way back to the list of accounts.
pub(crate) fn brand() -> impl IntoView {
    view! {
        <a class="brand" href="/accounts" rel="external" aria-label="Patchcord, all accounts">
            {mark(28)}
        </a>
    }
    .into_any()
}

/// Where this page stands: names with addresses; the last one is the page itself.
#[component]
pub(crate) fn Crumbs(
    trail: Vec<(String, String)>,
    #[prop(into)] here: Signal<String>,

    /// Whether its links leave the page, so that the browser asks about what is not saved.
    #[prop(optional)]
    leaves: bool,
) -> impl IntoView {
    let rel = leaves.then_some("external");
    let first = trail.is_empty();
    let steps = trail
        .into_iter()
        .enumerate()
        .map(|(at, (name, href))| {
            view! {
                <li>
                    {(at > 0).then(|| icon("chevron-right", 14))}
                    <a href=href rel=rel>{name}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <ol>
                {steps} <li>
                    {(!first).then(|| icon("chevron-right", 14))}
                    <span aria-current="page">{here}</span>
                </li>
            </ol>
        </nav>
    }
    .into_any()
}

/// Who is signed in, with the way out.
#[component]
pub(crate) fn PersonMenu(person: Person) -> impl IntoView {
    let short = initials(&person.name);
    let label = format!("Signed in as {}", person.name);
    view! {
        <details class="person-menu">
            <summary class="avatar" title=person.name.clone()>
                <span aria-hidden="true">{short}</span>
                <span class="sr">{label}</span>
            </summary>
            <div class="menu tight">
                <p class="muted">{person.name}</p>
                <hr />
                <form method="post" action="/sign-out">
                    <button class="btn btn-quiet" type="submit">
                        {icon("log-out", 16)}
                        "Sign out"
                    </button>
                </form>
            </div>
        </details>
    }
    .into_any()
}

/// The top bar of a plain page.
#[component]
pub(crate) fn PlainTop(
    trail: Vec<(String, String)>,
    #[prop(into)] here: Signal<String>,
    person: Person,
) -> impl IntoView {
    view! {
        <header class="topbar">
            {brand()} <div class="title-wrap">
                <Crumbs trail here />
            </div> <div class="top-actions">
                <SearchButton />
                <PersonMenu person />
            </div>
        </header>
    }
    .into_any()
}

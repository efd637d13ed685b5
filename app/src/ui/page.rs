//! What a page shows when there is nothing to show.

use super::icon::{icon, mark};
use crate::trouble::Trouble;
use leptos::prelude::*;
use leptos_meta::Title;

/// A whole page for an address that leads nowhere.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::backend::answer_not_found();
    view! {
        <Title text="Not found" />
        <main class="standalone">
            <a class="brand" href="/">
                {mark(32)} <b>"Patchcord"</b>
            </a>
            <h1>"There is nothing at this address"</h1>
            <p class="t2">"The page may have been deleted, or the address may have a slip in it."</p>
            <a class="btn btn-primary btn-lg" href="/">
                "Go to your callflows"
            </a>
        </main>
    }
    .into_any()
}

/// Stands in the place of a page's content while it is loaded: nothing at first, lines after a moment, a sentence when
/// it takes long.
#[component]
pub(crate) fn Loading() -> impl IntoView {
    let lines = (0..6)
        .map(|_| view! { <div class="sk"></div> })
        .collect_view();
    view! {
        <div class="loading" role="status">
            <div aria-hidden="true">{lines}</div>
            <p class="muted">"This takes longer than usual."</p>
        </div>
    }
    .into_any()
}

/// Said in the place of a page's content when loading it failed.
#[component]
pub(crate) fn Failed(trouble: Trouble) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if matches!(trouble, Trouble::NotFound(_) | Trouble::NotAllowed) {
        crate::backend::answer_not_found();
    }
    let signed_out = trouble == Trouble::SignedOut;
    view! {
        <div class="empty failed" role="alert">
            {icon("circle-alert", 20)} <p>{trouble.to_string()}</p>
            {signed_out
                .then(|| {
                    view! {
                        <a class="btn btn-primary" href="/sign-in" rel="external">
                            "Sign in"
                        </a>
                    }
                })}
        </div>
    }
    .into_any()
}

//! The list of versions.

use super::ask::Ask;
use super::{Counts, History, HistoryView, Side, VersionRow};
use crate::ui::icon::icon;
use leptos::prelude::*;

/// The draft, then the versions from new to old.
#[component]
pub(super) fn VersionList(history: History, view: HistoryView) -> impl IntoView {
    let current = view.compared.as_ref().map(|compared| compared.to);
    let discardable = view.live.is_some() && view.draft.counts != Counts::default();
    let rows = std::iter::once(&view.draft)
        .chain(&view.rows)
        .map(|row| version(history, row, current == Some(row.side)))
        .collect_view();
    let nothing = view.rows.is_empty();
    let older = view.older.map(|cursor| {
        let address = history.address(None, current.unwrap_or(Side::Draft));
        view! {
            <a class="btn btn-sm" href=format!("{address}&older={cursor}")>
                "Older versions"
            </a>
        }
    });
    view! {
        <aside class="vlist" id="versions" aria-label="Version history">
            <div class="side-head">
                <h2>"Versions"</h2>
                {discardable
                    .then(|| {
                        view! {
                            <button
                                class="btn btn-sm end"
                                disabled=move || !history.ready.get()
                                on:click=move |_| history.asking.set(Some(Ask::Discard))
                            >
                                {icon("undo-2", 14)}
                                "Discard draft"
                            </button>
                        }
                    })}
            </div>
            <ol class="scroll grow">{rows}</ol>
            {nothing.then(|| view! { <p class="muted v-none">"Not published yet. Callers meet nothing of it."</p> })}
            {older.map(|older| view! { <p class="v-none">{older}</p> })}
        </aside>
    }
    .into_any()
}

fn version(history: History, row: &VersionRow, current: bool) -> impl IntoView + use<> {
    let kind = match (row.side, row.live) {
        (Side::Draft, _) => "v is-draft",
        (Side::Version(_), true) => "v is-live",
        (Side::Version(_), false) => "v",
    };
    // Where the page is read from top to bottom, the comparison stands below the list.
    let address = history.address(None, row.side);
    view! {
        <li>
            <a class=kind href=format!("{address}#compared") aria-current=current.then_some("true")>
                <span class="v-top">
                    <b>{row.side.to_string()}</b>
                    {row.live.then(|| view! { <span class="chip ok">"Live"</span> })}
                    <time>{row.when.clone()}</time>
                </span>
                {(!row.note.is_empty()).then(|| view! { <p>{row.note.clone()}</p> })}
                <small>{row.by.clone()} {counted(&row.counts)}</small>
            </a>
        </li>
    }
    .into_any()
}

/// "+1 added −1 removed 2 changed".
pub(super) fn counted(counts: &Counts) -> impl IntoView + use<> {
    let parts = [
        ("a", "+", counts.added, "added"),
        ("r", "−", counts.removed, "removed"),
        ("c", "", counts.changed, "changed"),
        ("m", "", counts.moved, "moved"),
    ];
    let shown = parts
        .into_iter()
        .filter(|(.., count, _)| *count > 0)
        .map(|(class, sign, count, word)| {
            view! { <span class=class>{format!("{sign}{count} {word}")}</span> }
        })
        .collect_view();
    view! { <span class="dl">{shown}</span> }.into_any()
}

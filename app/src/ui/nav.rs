//! The navigation of an account: its callflows and sections.

use super::icon::{icon, keys};
use super::number::spaced;
use crate::account::{AccountView, CallflowRow, SECTIONS, path};
use crate::callflows::CREATE_CALLFLOW;
use leptos::prelude::*;

/// What the navigation marks as open.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Open {
    /// A callflow by id.
    Callflow(String),
    /// The list of callflows.
    Callflows,
    /// A section by its place in the address.
    Section(String),
}

/// The element that `F` goes to.
pub(crate) const FIND_ID: &str = "find-callflow";

/// Callflow list and sections.
#[component]
pub(crate) fn Nav(view: AccountView, open: Open) -> impl IntoView {
    let account = view.account.id.clone();
    // The way out of the editor leaves the page, so that the browser asks about what is not saved.
    let rel = matches!(open, Open::Callflow(_)).then_some("external");
    let search = RwSignal::new(String::new());
    let count = view.callflows.len();
    let rows = view.callflows.clone();
    let open_id = match &open {
        Open::Callflow(id) => Some(id.clone()),
        _ => None,
    };
    let list_account = account.clone();
    let listed = move || {
        let wanted = search.get();
        rows.iter()
            .filter(|row| matches(row, &wanted))
            .map(|row| callflow_link(&list_account, row, open_id.as_deref()))
            .collect_view()
    };
    let sections = SECTIONS
        .iter()
        .map(|(slug, title, glyph)| {
            let current = matches!(&open, Open::Section(s) if s == slug).then_some("page");
            let count = view
                .sections
                .iter()
                .find(|s| s.slug == *slug)
                .map(|s| s.count);
            view! {
                <li>
                    <a href=path(&account, slug) rel=rel aria-current=current>
                        {icon(glyph, 16)}
                        {*title}
                        {count.map(|count| view! { <span class="n">{count}</span> })}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="nav" aria-label="Account">
            <form class="nav-find" role="search" method="get" action=path(&account, "callflows")>
                <label class="input search">
                    {icon("search", 16)}
                    <input
                        id=FIND_ID
                        name="search"
                        placeholder="Name or number"
                        aria-label="Find a callflow or number"
                        autocomplete="off"
                        prop:value=search
                        on:input:target=move |ev| search.set(ev.target().value())
                    />
                    {keys(&["F"])}
                </label>
            </form>
            <div class="nav-head">
                <h2>
                    <a href=path(&account, "callflows") rel=rel>"Callflows"</a>
                </h2>
                <span class="n">{count}</span>
                <AddCallflow account=account.clone() small=true />
            </div>
            <ul class="flow-list scroll">{listed}</ul>
            <ul class="sections">{sections}</ul>
        </nav>
    }
    .into_any()
}

/// Starts an empty callflow and opens it: a plain form, so that the editor begins as a page of its own.
#[component]
pub(crate) fn AddCallflow(account: String, #[prop(optional)] small: bool) -> impl IntoView {
    let class = if small {
        "btn btn-sm"
    } else {
        "btn btn-primary"
    };
    view! {
        <form class="add-callflow" method="post" action=CREATE_CALLFLOW>
            <input type="hidden" name="account" value=account />
            <button class=class type="submit">
                {icon("plus", if small { 14 } else { 16 })}
                "Add Callflow"
            </button>
        </form>
    }
    .into_any()
}

/// Whether a callflow answers a search by name or number. Blanks in numbers do not count.
pub(crate) fn matches(row: &CallflowRow, wanted: &str) -> bool {
    let wanted = wanted.trim().to_lowercase();
    if wanted.is_empty() || row.title.to_lowercase().contains(&wanted) {
        return true;
    }
    let digits: String = wanted.chars().filter(|c| !c.is_whitespace()).collect();
    let national = digits.strip_prefix('0').filter(|d| d.len() > 2);
    row.numbers.iter().any(|number| {
        number.contains(&digits)
            || (number.starts_with('+') && national.is_some_and(|d| number.contains(d)))
    })
}

fn callflow_link(account: &str, row: &CallflowRow, open: Option<&str>) -> impl IntoView + use<> {
    let current = (open == Some(row.id.as_str())).then_some("page");
    let numbers = if row.numbers.is_empty() {
        "No number yet".to_owned()
    } else {
        row.numbers
            .iter()
            .map(|n| spaced(n))
            .collect::<Vec<_>>()
            .join(", ")
    };
    view! {
        <li>
            <a href=path(account, &format!("callflows/{}", row.id)) rel="external" aria-current=current>
                <b>{row.title.clone()}</b>
                <small>{numbers}</small>
                {row
                    .unpublished
                    .then(|| {
                        view! {
                            <span class="flag dot warn" title="Unpublished changes">
                                <span class="sr">", unpublished changes"</span>
                            </span>
                        }
                    })}
            </a>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> CallflowRow {
        CallflowRow {
            id: "c1".into(),
            title: "Main line 2000".into(),
            numbers: vec!["+441614960120".into(), "2000".into()],
            live: None,
            unpublished: false,
        }
    }

    #[test]
    fn search_finds_names_and_numbers_in_any_spelling() {
        for wanted in [
            "main", "LINE 20", "2000", "0161 496", "+44 161", "4960120", "",
        ] {
            assert!(matches(&row(), wanted), "{wanted}");
        }
    }

    #[test]
    fn search_leaves_out_what_does_not_match() {
        for wanted in ["night", "0207", "999"] {
            assert!(!matches(&row(), wanted), "{wanted}");
        }
    }
}

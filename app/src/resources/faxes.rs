//! The faxes of a fax box: read, deleted.

use super::beside::{framed, pieces};
use super::load_faxes;
use crate::ui::icon::icon;
use crate::ui::number::spaced;
use crate::ui::request;
use crate::ui::toast::Toasts;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A fax.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FaxRow {
    /// Its id.
    pub(crate) id: String,
    /// Who sent it, by number.
    pub(crate) number: String,
    /// What their machine says it is; may be empty.
    pub(crate) station: String,
    /// When it began, as people say it.
    pub(crate) when: String,
    /// Pages that got through.
    pub(crate) pages: i64,
    /// What went wrong; empty when nothing did.
    pub(crate) error: String,
}

/// A piece of a fax box, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct FaxList {
    /// The faxes.
    pub(crate) faxes: Vec<FaxRow>,
    /// Where the next piece begins.
    pub(crate) next: Option<String>,
}

/// The faxes with what can be done with them. The first piece came with the page.
#[component]
pub(super) fn Faxes(account: String, fax_box: String, inbox: FaxList) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let list = RwSignal::new(inbox);
    let base = StoredValue::new(format!("/api/v1/accounts/{account}/faxes"));
    let load = Callback::new(move |cursor: Option<String>| {
        let (account, fax_box) = (account.clone(), fax_box.clone());
        leptos::task::spawn_local(async move {
            match load_faxes(account, fax_box, cursor).await {
                Ok(found) => list.set(found),
                Err(trouble) => toasts.fail("The faxes were not loaded", trouble),
            }
        });
    });
    let delete = Callback::new(move |id: String| {
        let address = base.with_value(|base| format!("{base}/{id}"));
        request::send("DELETE", &address, None, move |ended| match ended {
            Ok(()) => {
                toasts.good("Fax deleted", "");
                load.run(None);
            }
            Err(why) => toasts.fail("The fax was not deleted", why),
        });
    });
    let content = move || {
        let found = list.get();
        let row = |row: &_| base.with_value(|base| fax(base, row, delete));
        let rows = found.faxes.iter().map(row).collect();
        pieces(rows, found.next, load, "faxes")
    };
    framed("Received", "Newest first.", content.into_any())
}

/// A fax machine by its number and, where it adds anything, by what it says it is.
pub(super) fn machine(number: &str, station: &str) -> String {
    match spaced(number) {
        number if station.is_empty() || number == station => number,
        number => format!("{number} ({station})"),
    }
}

fn fax(base: &str, row: &FaxRow, delete: Callback<String>) -> AnyView {
    let sender = machine(&row.number, &row.station);
    let pages = super::counted(
        usize::try_from(row.pages).unwrap_or_default(),
        "page",
        "pages",
    );
    let said = format!("{}, {pages}", row.when);
    let failed = (!row.error.is_empty()).then(|| {
        view! { <span class="chip bad" title=row.error.clone()>"Failed"</span> }
    });
    let why = (!row.error.is_empty()).then(|| view! { <small>{row.error.clone()}</small> });
    let open = (row.pages > 0).then(|| {
        let name = format!("Open the fax from {sender} as PDF");
        view! {
            <a class="btn btn-sm" href=format!("{base}/{}/pdf", row.id) target="_blank" rel="external" aria-label=name>
                {icon("printer", 14)}
                "PDF"
            </a>
        }
    });
    let remove = format!("Delete the fax from {sender}");
    let id = row.id.clone();
    view! {
        <li>
            <span class="grow">
                <b>{sender}</b>
                <small class="num-t">{said}</small>
                {why}
            </span>
            {failed}
            {open}
            <button
                type="button"
                class="icon-btn"
                aria-label=remove
                title="Delete fax"
                on:click=move |_| delete.run(id.clone())
            >
                {icon("trash-2", 16)}
            </button>
        </li>
    }
    .into_any()
}

//! Callflows that were deleted and can be restored.

use super::trail;
use crate::account::{AccountId, AccountResource, AccountView, path};
use crate::trouble::Trouble;
use crate::ui::icon::icon;
use crate::ui::nav::{Nav, Open};
use crate::ui::number::spaced;
use crate::ui::page::{Failed, Loading};
use crate::ui::toast::{ToastHost, Toasts};
use crate::ui::top::PlainTop;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

/// A deleted callflow in the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeletedRow {
    /// Its id.
    pub(crate) id: String,
    /// Its name, or its numbers.
    pub(crate) title: String,
    /// The numbers it had.
    pub(crate) numbers: Vec<String>,
    /// When it was deleted, in words.
    pub(crate) when: String,
    /// By whom.
    pub(crate) by: String,
    /// Until when it is kept, in words.
    pub(crate) until: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RestoredView {
    /// The callflow's name.
    pub(crate) title: String,
    /// The version that callers meet again.
    pub(crate) live: Option<i64>,
    /// Numbers that lead elsewhere by now, each with the name of who has it.
    pub(crate) lost: Vec<(String, Option<String>)>,
}

/// Loads the deleted callflows.
///
/// # Errors
/// When the person may not see the account.
#[server(prefix = "/ui", endpoint = "deleted_callflows", input = Json)]
pub(crate) async fn load_deleted(account: String) -> Result<Vec<DeletedRow>, Trouble> {
    crate::backend::deleted_callflows(&account).await
}

/// Brings a callflow back.
///
/// # Errors
/// When it is not kept any more.
#[server(prefix = "/ui", endpoint = "restore_callflow", input = Json)]
pub(crate) async fn restore_callflow(
    account: String,
    callflow: String,
) -> Result<RestoredView, Trouble> {
    crate::backend::restore_callflow(&account, &callflow).await
}

/// Restores a callflow and tells how it went.
pub(super) async fn restore(account: String, id: String, toasts: Toasts) {
    match restore_callflow(account, id).await {
        Ok(restored) => {
            let title = format!("“{}” is restored", restored.title);
            if restored.lost.is_empty() {
                let text = match restored.live {
                    Some(version) => format!("v{version} is live again."),
                    None => "It is not live; publish it when it is ready.".to_owned(),
                };
                toasts.good(title, text);
            } else {
                let lost: Vec<_> = restored.lost.iter().map(told).collect();
                // It stays until it is read: calls arrive elsewhere.
                toasts.fail(format!("{title} without all its numbers"), lost.join(" "));
            }
        }
        Err(trouble) => toasts.fail("Not restored", trouble),
    }
}

fn told((number, holder): &(String, Option<String>)) -> String {
    let number = spaced(number);
    match holder {
        Some(holder) => format!("{number} belongs to “{holder}” now."),
        None => format!("{number} is not a number of this account any more."),
    }
}

/// `/a/{account}/deleted-callflows`.
#[component]
pub(crate) fn DeletedPage() -> impl IntoView {
    let frame = expect_context::<AccountResource>();
    let AccountId(account) = expect_context();
    let rows = Resource::new_blocking(move || account.get(), load_deleted);
    view! {
        <Title text="Deleted callflows" />
        <Transition fallback=Loading>
            {move || {
                let (frame, loaded) = (frame.get()?, rows.get()?);
                Some(
                    match (frame, loaded) {
                        (Ok(frame), Ok(found)) => page(&frame, found, rows).into_any(),
                        (Err(trouble), _) | (_, Err(trouble)) => view! { <Failed trouble /> }.into_any(),
                    },
                )
            }}
        </Transition>
    }
    .into_any()
}

fn page(
    view: &AccountView,
    found: Vec<DeletedRow>,
    rows: Resource<Result<Vec<DeletedRow>, Trouble>>,
) -> impl IntoView + use<> {
    let toasts = expect_context::<Toasts>();
    let mut trail = trail(view);
    trail.push(("Callflows".to_owned(), path(&view.account.id, "callflows")));
    let nothing = found.is_empty();
    let account = view.account.id.clone();
    let lines = found
        .into_iter()
        .map(|row| line(account.clone(), row, toasts, rows))
        .collect_view();
    let table = if nothing {
        view! {
            <div class="empty">
                <p>"Nothing was deleted within the last 30 days."</p>
            </div>
        }
        .into_any()
    } else {
        view! {
            <table class="table">
                <thead>
                    <tr>
                        <th>"Name"</th>
                        <th>"Numbers"</th>
                        <th>"Deleted"</th>
                        <th>"Kept until"</th>
                        <th>
                            <span class="sr">"Restore"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <div class="app no-side">
            <a class="skip" href="#main">
                "Skip to the table"
            </a>
            <PlainTop trail here=Signal::stored("Deleted".to_owned()) person=view.person.clone() />
            <Nav view=view.clone() open=Open::Callflows />
            <main class="page" id="main">
                <div class="page-head">
                    <h1>"Deleted callflows"</h1>
                </div>
                <p class="lede">"Deleted callflows are kept for 30 days, with their versions."</p>
                {table}
            </main>
            <ToastHost toasts />
        </div>
    }
    .into_any()
}

fn line(
    account: String,
    row: DeletedRow,
    toasts: Toasts,
    rows: Resource<Result<Vec<DeletedRow>, Trouble>>,
) -> impl IntoView {
    let frame = expect_context::<AccountResource>();
    let numbers: Vec<_> = row.numbers.iter().map(|number| spaced(number)).collect();
    let name = format!("Restore {}", row.title);
    let ready = RwSignal::new(false);
    Effect::new(move |_| ready.set(true));
    let id = row.id;
    let run = move |_| {
        ready.set(false);
        let (account, id) = (account.clone(), id.clone());
        spawn_local(async move {
            restore(account, id, toasts).await;
            frame.refetch();
            rows.refetch();
        });
    };
    view! {
        <tr>
            <td>
                <b>{row.title}</b>
            </td>
            <td>{numbers.join(", ")}</td>
            <td>{format!("{} by {}", row.when, row.by)}</td>
            <td>{row.until}</td>
            <td class="r">
                <button class="btn btn-sm" aria-label=name disabled=move || !ready.get() on:click=run>
                    {icon("rotate-ccw", 14)}
                    "Restore"
                </button>
            </td>
        </tr>
    }
    .into_any()
}

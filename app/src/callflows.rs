//! The list of an account's callflows.

mod deleted;
mod first;
mod import;
mod remove;

pub(crate) use deleted::DeletedPage;
#[cfg(feature = "ssr")]
pub(crate) use deleted::{DeletedRow, RestoredView};
#[cfg(feature = "ssr")]
pub(crate) use first::{Choice, FirstChoices, FirstMade, FirstPlan, Otherwise};
#[cfg(feature = "ssr")]
pub(crate) use import::ImportOutcome;

use crate::account::{AccountResource, AccountView, CallflowRow, path};
use crate::trouble::Trouble;
use crate::ui::nav::{AddCallflow, Nav, Open, matches};
use crate::ui::number::spaced;
use crate::ui::page::Failed;
use crate::ui::toast::{ToastHost, Toasts};
use crate::ui::top::PlainTop;
use first::FirstCallflow;
use import::Import;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use remove::{Doomed, RemoveDialog, remove_button};

/// Where the form that creates a callflow is sent.
pub(crate) const CREATE_CALLFLOW: &str = "/ui/create_callflow";

/// Creates an empty callflow and leads to its editor.
///
/// # Errors
/// When the person may not change the account.
#[server(prefix = "/ui", endpoint = "create_callflow")]
pub(crate) async fn create_callflow(account: String) -> Result<(), Trouble> {
    let id = crate::backend::create_callflow(&account).await?;
    leptos_axum::redirect(&path(&account, &format!("callflows/{id}")));
    Ok(())
}

/// `/a/{account}/callflows`.
#[component]
pub(crate) fn CallflowsPage() -> impl IntoView {
    let view = expect_context::<AccountResource>();
    crate::routes::load_editor_ahead();
    view! {
        <Title text="Callflows" />
        <Suspense>
            {move || {
                view.get()
                    .map(|loaded| match loaded {
                        Ok(view) => callflows(&view).into_any(),
                        Err(trouble) => view! { <Failed trouble /> }.into_any(),
                    })
            }}
        </Suspense>
    }
    .into_any()
}

/// The reseller and the account, as breadcrumbs.
pub(crate) fn trail(view: &AccountView) -> Vec<(String, String)> {
    let mut trail = Vec::new();
    if let Some(reseller) = &view.reseller {
        trail.push((reseller.name.clone(), "/accounts".to_owned()));
    }
    trail.push((
        view.account.name.clone(),
        path(&view.account.id, "callflows"),
    ));
    trail
}

fn callflows(view: &AccountView) -> impl IntoView + use<> {
    let query = use_query_map();
    let search = move || query.with(|q| q.get("search").unwrap_or_default());
    let all = view.callflows.clone();
    let account = view.account.id.clone();
    let nothing = all.is_empty();
    let asking = RwSignal::new(None::<Doomed>);
    let ready = RwSignal::new(false);
    Effect::new(move |_| ready.set(true));
    let toasts = expect_context::<Toasts>();
    let rows = move || {
        let wanted = search();
        all.iter()
            .filter(|row| matches(row, &wanted))
            .map(|row| callflow_row(&account, row, asking, ready))
            .collect_view()
    };
    let table = if nothing {
        view! { <FirstCallflow account=view.account.id.clone() /> }.into_any()
    } else {
        view! {
            <table class="table">
                <thead>
                    <tr>
                        <th aria-sort="ascending">"Name"</th>
                        <th>"Numbers"</th>
                        <th>"Status"</th>
                        <th>
                            <span class="sr">"Delete"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <div class="app no-side">
            <a class="skip" href="#main">
                "Skip to the table"
            </a>
            <PlainTop
                trail=trail(view)
                here=Signal::stored("Callflows".to_owned())
                person=view.person.clone()
            />
            <Nav view=view.clone() open=Open::Callflows />
            <main class="page" id="main">
                <div class="page-head">
                    <h1>"Callflows"</h1>
                    <div class="top-actions">
                        <Import account=view.account.id.clone() />
                        <a
                            class="btn"
                            href=format!("/api/v1/accounts/{}/export?format=kazoo", view.account.id)
                            rel="external"
                            download
                        >
                            "Export"
                        </a>
                        <AddCallflow account=view.account.id.clone() small=nothing />
                    </div>
                </div>
                <p class="lede">
                    {move || {
                        let wanted = search();
                        (!wanted.is_empty())
                            .then(|| view! { "Found for “" {wanted} "”. " <a class="link" href="?">"Show all"</a> })
                    }}
                </p>
                {table}
                <p class="lede">
                    <a class="link" href=path(&view.account.id, "deleted-callflows")>
                        "Deleted callflows"
                    </a>
                </p>
            </main>
            <RemoveDialog account=view.account.id.clone() asking />
            <ToastHost toasts />
        </div>
    }
    .into_any()
}

fn callflow_row(
    account: &str,
    row: &CallflowRow,
    asking: RwSignal<Option<Doomed>>,
    ready: RwSignal<bool>,
) -> impl IntoView + use<> {
    let doomed = Doomed {
        id: row.id.clone(),
        title: row.title.clone(),
        live: row.live.is_some(),
    };
    let numbers = row
        .numbers
        .iter()
        .map(|n| spaced(n))
        .collect::<Vec<_>>()
        .join(", ");
    let live = match row.live {
        Some(version) => {
            view! { <span class="chip ok">{format!("Live v{version}")}</span> }.into_any()
        }
        None => view! { <span class="chip">"Not live yet"</span> }.into_any(),
    };
    view! {
        <tr>
            <td>
                <a href=path(account, &format!("callflows/{}", row.id)) rel="external">
                    <b>{row.title.clone()}</b>
                </a>
            </td>
            <td>
                {if numbers.is_empty() {
                    view! { <span class="muted">"No number yet"</span> }.into_any()
                } else {
                    numbers.into_any()
                }}
            </td>
            <td>
                {live}
                {row
                    .unpublished
                    .then(|| view! { " " <span class="chip warn">"Unpublished changes"</span> })}
            </td>
            <td class="r">{remove_button(doomed, asking, ready)}</td>
        </tr>
    }
    .into_any()
}

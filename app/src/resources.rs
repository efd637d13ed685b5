//! The lists of an account's users, devices, numbers and so on.

use crate::account::{AccountId, AccountResource, AccountView, SECTIONS};
use crate::callflows::trail;
use crate::trouble::Trouble;
use crate::ui::nav::{Nav, Open};
use crate::ui::page::Failed;
use crate::ui::top::PlainTop;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};

/// A list as a table of texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResourceTable {
    /// Titles of the columns.
    pub(crate) columns: Vec<String>,
    /// Rows, each with one text for every column.
    pub(crate) rows: Vec<Vec<String>>,
}

/// Loads a section of an account.
///
/// # Errors
/// When there is no such section, or the person may not see the account.
#[server(prefix = "/ui", endpoint = "resources", input = Json)]
pub(crate) async fn load_resources(
    account: String,
    section: String,
) -> Result<ResourceTable, Trouble> {
    crate::backend::resource_table(&account, &section).await
}

/// `/a/{account}/{section}`.
#[component]
pub(crate) fn ResourcesPage() -> impl IntoView {
    let frame = expect_context::<AccountResource>();
    let AccountId(account) = expect_context();
    let params = use_params_map();
    let section = Memo::new(move |_| params.with(|p| p.get("section").unwrap_or_default()));
    let title = Memo::new(move |_| {
        let slug = section.get();
        SECTIONS
            .iter()
            .find(|(s, ..)| *s == slug)
            .map_or("Not found", |(_, title, _)| *title)
            .to_owned()
    });
    let table = Resource::new_blocking(
        move || (account.get(), section.get()),
        |(account, section)| load_resources(account, section),
    );
    view! {
        <Title text=title />
        <Suspense>
            {move || {
                let (frame, table) = (frame.get()?, table.get()?);
                Some(
                    match (frame, table) {
                        (Ok(frame), Ok(table)) => resources(&frame, section.get(), title.into(), table).into_any(),
                        (Err(trouble), _) | (_, Err(trouble)) => view! { <Failed trouble /> }.into_any(),
                    },
                )
            }}
        </Suspense>
    }
    .into_any()
}

fn resources(
    frame: &AccountView,
    section: String,
    title: Signal<String>,
    table: ResourceTable,
) -> impl IntoView + use<> {
    let search = RwSignal::new(String::new());
    let nothing = table.rows.is_empty();
    let head = table
        .columns
        .into_iter()
        .map(|name| view! { <th>{name}</th> })
        .collect_view();
    let all = table.rows;
    let body = move || {
        let wanted = search.get().trim().to_lowercase();
        all.iter()
            .filter(|row| {
                wanted.is_empty() || row.iter().any(|cell| cell.to_lowercase().contains(&wanted))
            })
            .map(|row| {
                let cells = row
                    .iter()
                    .enumerate()
                    .map(|(at, cell)| {
                        let cell = cell.clone();
                        if at == 0 {
                            view! { <td><b>{cell}</b></td> }.into_any()
                        } else {
                            view! { <td>{cell}</td> }.into_any()
                        }
                    })
                    .collect_view();
                view! { <tr>{cells}</tr> }
            })
            .collect_view()
    };
    let content = if nothing {
        view! {
            <div class="empty">
                <p>{move || format!("No {} yet.", title.get().to_lowercase())}</p>
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="toolbar">
                <label class="input search">
                    {crate::ui::icon::icon("search", 16)}
                    <input
                        placeholder="Find in this list"
                        aria-label="Find in this list"
                        prop:value=search
                        on:input:target=move |ev| search.set(ev.target().value())
                    />
                </label>
            </div>
            <div class="table-wrap" role="region" aria-label="Table" tabindex="0">
                <table class="table">
                    <thead>
                        <tr>{head}</tr>
                    </thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <div class="app no-side">
            <a class="skip" href="#main">
                "Skip to the table"
            </a>
            <PlainTop trail=trail(frame) here=title person=frame.person.clone() />
            <Nav view=frame.clone() open=Open::Section(section) />
            <main class="page" id="main">
                <div class="page-head">
                    <h1>{title}</h1>
                </div>
                {content}
            </main>
        </div>
    }
    .into_any()
}

//! The reseller's list of accounts.

use crate::account::{AccountName, Person, path};
use crate::trouble::Trouble;
use crate::ui::icon::{icon, initials};
use crate::ui::page::Failed;
use crate::ui::top::PlainTop;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

/// One account in the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountRow {
    /// Id and name.
    pub(crate) account: AccountName,
    /// SIP realm.
    pub(crate) realm: String,
    /// How many users.
    pub(crate) users: u64,
    /// How many devices.
    pub(crate) devices: u64,
    /// How many numbers.
    pub(crate) numbers: u64,
    /// Whether calls are refused.
    pub(crate) disabled: bool,
}

/// The page's data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountsView {
    /// Who is looking.
    pub(crate) person: Person,
    /// The reseller whose accounts these are.
    pub(crate) reseller: AccountName,
    /// The accounts by name.
    pub(crate) accounts: Vec<AccountRow>,
}

/// Loads the accounts below the signed-in person.
///
/// # Errors
/// When nobody is signed in.
#[server(prefix = "/ui", endpoint = "accounts", input = Json)]
pub(crate) async fn load_accounts() -> Result<AccountsView, Trouble> {
    crate::backend::accounts_view().await
}

/// `/accounts`.
#[component]
pub(crate) fn AccountsPage() -> impl IntoView {
    let view = Resource::new_blocking(|| (), |()| load_accounts());
    view! {
        <Title text="Accounts" />
        <Suspense>
            {move || {
                view.get()
                    .map(|loaded| match loaded {
                        Ok(view) => accounts(view).into_any(),
                        Err(trouble) => view! { <Failed trouble /> }.into_any(),
                    })
            }}
        </Suspense>
    }
    .into_any()
}

/// Colours of the account tiles, repeated in order.
const FAMILIES: [&str; 6] = ["connect", "prompt", "route", "message", "data", "set"];

fn accounts(view: AccountsView) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let count = view.accounts.len();
    let sum = |of: fn(&AccountRow) -> u64| view.accounts.iter().map(of).sum::<u64>();
    let totals = [
        ("Accounts", count as u64),
        ("Users", sum(|a| a.users)),
        ("Devices", sum(|a| a.devices)),
        ("Numbers", sum(|a| a.numbers)),
    ]
    .into_iter()
    .map(|(label, count)| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd>{count}</dd>
            </div>
        }
    })
    .collect_view();
    let all = view.accounts;
    let rows = move || {
        let wanted = search.get().trim().to_lowercase();
        all.iter()
            .enumerate()
            .filter(|(_, row)| {
                row.account.name.to_lowercase().contains(&wanted)
                    || row.realm.to_lowercase().contains(&wanted)
            })
            .map(|(at, row)| account_row(at, row))
            .collect_view()
    };
    view! {
        <div class="app no-side no-nav">
            <a class="skip" href="#main">
                "Skip to the table"
            </a>
            <PlainTop
                trail=vec![(view.reseller.name, "/accounts".to_owned())]
                here=Signal::stored("Accounts".to_owned())
                person=view.person
            />
            <main class="page" id="main">
                <div class="page-head">
                    <h1>"Accounts"</h1>
                </div>
                <dl class="stats stats-4">{totals}</dl>
                <div class="toolbar">
                    <label class="input search">
                        {icon("search", 16)}
                        <input
                            placeholder="Name or realm"
                            aria-label="Find an account"
                            prop:value=search
                            on:input:target=move |ev| search.set(ev.target().value())
                        />
                    </label>
                </div>
                <table class="table">
                    <thead>
                        <tr>
                            <th aria-sort="ascending">"Name " {icon("arrow-up", 12)}</th>
                            <th>"Realm"</th>
                            <th class="r">"Users"</th>
                            <th class="r">"Devices"</th>
                            <th class="r">"Numbers"</th>
                            <th>"Status"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </main>
        </div>
    }
    .into_any()
}

fn account_row(at: usize, row: &AccountRow) -> impl IntoView + use<> {
    let family = FAMILIES[(at * 5 + 1) % FAMILIES.len()];
    let style = format!("background:var(--f-{family}-bg);color:var(--f-{family})");
    let status = if row.disabled {
        view! { <span class="chip">{icon("pause", 12)} "Disabled"</span> }.into_any()
    } else {
        view! { <span class="chip ok">{icon("check", 12)} "Active"</span> }.into_any()
    };
    view! {
        <tr>
            <td>
                <a class="acct" href=path(&row.account.id, "callflows")>
                    <span class="logo" style=style aria-hidden="true">
                        {initials(&row.account.name)}
                    </span>
                    <b>{row.account.name.clone()}</b>
                </a>
            </td>
            <td class="t2">{row.realm.clone()}</td>
            <td class="r">{row.users}</td>
            <td class="r">{row.devices}</td>
            <td class="r">{row.numbers}</td>
            <td>{status}</td>
        </tr>
    }
    .into_any()
}

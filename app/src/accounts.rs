//! The reseller's list of accounts.

mod form;

pub(crate) use form::LimitsEntry;
#[cfg(feature = "ssr")]
pub(crate) use form::{AccountEntry, AccountSaved};

use crate::account::{AccountName, Person, path};
use crate::trouble::Trouble;
use crate::ui::icon::{icon, initials};
use crate::ui::page::{Failed, Loading};
use crate::ui::toast::{ToastHost, Toasts};
use crate::ui::top::PlainTop;
use form::AccountDialog;
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
    /// Whether it may have accounts below it.
    pub(crate) is_reseller: bool,
    /// The account above, where that is not the reseller whose list this is.
    pub(crate) above: Option<String>,
    /// IANA time zone.
    pub(crate) time_zone: String,
    /// Language of prompts.
    pub(crate) language: String,
    /// How many calls it may have.
    pub(crate) limits: LimitsEntry,
    /// Counts its changes.
    pub(crate) revision: i64,
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
    /// Whether this person may add and change accounts.
    pub(crate) manages: bool,
}

/// Loads the accounts below the signed-in person.
///
/// # Errors
/// When nobody is signed in.
#[server(prefix = "/ui", endpoint = "accounts", input = Json)]
pub(crate) async fn load_accounts() -> Result<AccountsView, Trouble> {
    crate::backend::accounts_view().await
}

/// What the page's parts share.
#[derive(Clone, Copy)]
struct Accounts {
    view: Resource<Result<AccountsView, Trouble>>,
    /// The account whose form is open; `Some(None)` is a new one.
    asking: RwSignal<Option<Option<AccountRow>>>,
    ready: RwSignal<bool>,
    search: RwSignal<String>,
    toasts: Toasts,
}

/// `/accounts`.
#[component]
pub(crate) fn AccountsPage() -> impl IntoView {
    let page = Accounts {
        view: Resource::new_blocking(|| (), |()| load_accounts()),
        asking: RwSignal::new(None),
        ready: RwSignal::new(false),
        search: RwSignal::new(String::new()),
        toasts: Toasts::new(),
    };
    Effect::new(move |_| page.ready.set(true));
    view! {
        <Title text="Accounts" />
        <Transition fallback=Loading>
            {move || {
                page.view
                    .get()
                    .map(|loaded| match loaded {
                        Ok(view) => accounts(page, view).into_any(),
                        Err(trouble) => view! { <Failed trouble /> }.into_any(),
                    })
            }}
        </Transition>
        {move || page.asking.get().map(|row| view! { <AccountDialog accounts=page row /> })}
        <ToastHost toasts=page.toasts />
    }
    .into_any()
}

/// Colours of the account tiles, repeated in order.
const FAMILIES: [&str; 6] = ["connect", "prompt", "route", "message", "data", "set"];

fn accounts(page: Accounts, view: AccountsView) -> impl IntoView {
    let Accounts { search, ready, .. } = page;
    let manages = view.manages;
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
            .map(|(at, row)| account_row(page, manages, at, row))
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
                    <div class="top-actions">
                        <a class="btn" href="/numbers">
                            {icon("hash", 16)}
                            "Numbers"
                        </a>
                        {manages
                            .then(|| {
                                view! {
                                    <button
                                        class="btn btn-primary"
                                        disabled=move || !ready.get()
                                        on:click=move |_| page.asking.set(Some(None))
                                    >
                                        {icon("plus", 16)}
                                        "Add account"
                                    </button>
                                }
                            })}
                    </div>
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
                            <th class="r">"Calls at once"</th>
                            <th>"Status"</th>
                            <th>
                                <span class="sr">"Actions"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </main>
        </div>
    }
    .into_any()
}

fn account_row(
    page: Accounts,
    manages: bool,
    at: usize,
    row: &AccountRow,
) -> impl IntoView + use<> {
    let family = FAMILIES[(at * 5 + 1) % FAMILIES.len()];
    let style = format!("background:var(--f-{family}-bg);color:var(--f-{family})");
    let status = if row.disabled {
        view! { <span class="chip">{icon("pause", 12)} "Disabled"</span> }.into_any()
    } else {
        view! { <span class="chip ok">{icon("check", 12)} "Active"</span> }.into_any()
    };
    let limit = match row.limits.calls {
        Some(most) => view! { {most} }.into_any(),
        None => view! { <span class="muted">"No limit"</span> }.into_any(),
    };
    let own = row.clone();
    let edit = manages.then(|| {
        view! {
            <button
                class="icon-btn"
                aria-label=format!("Change {}", own.account.name)
                title="Change"
                disabled=move || !page.ready.get()
                on:click=move |_| page.asking.set(Some(Some(own.clone())))
            >
                {icon("pencil", 16)}
            </button>
        }
    });
    let reseller = row
        .is_reseller
        .then(|| view! { <span class="chip">"Reseller"</span> });
    let above = row
        .above
        .clone()
        .map(|above| view! { <small class="muted">{format!("below {above}")}</small> });
    view! {
        <tr>
            <td>
                <a class="acct" href=path(&row.account.id, "callflows")>
                    <span class="logo" style=style aria-hidden="true">
                        {initials(&row.account.name)}
                    </span>
                    <b>{row.account.name.clone()}</b>
                    {reseller}
                    {above}
                </a>
            </td>
            <td class="t2">{row.realm.clone()}</td>
            <td class="r">{row.users}</td>
            <td class="r">{row.devices}</td>
            <td class="r">{row.numbers}</td>
            <td class="r">{limit}</td>
            <td>{status}</td>
            <td class="r">{edit}</td>
        </tr>
    }
    .into_any()
}

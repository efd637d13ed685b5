//! The reseller's inventory of numbers: which account has each, and which callflow. The part holds an account's own.

mod own;

pub(crate) use own::OwnNumbersPage;
#[cfg(feature = "ssr")]
pub(crate) use own::{Holder, NumberLed, OwnNumber, OwnNumbers};

use crate::account::{AccountName, Person, path};
use crate::calls::escape;
use crate::editor::DialogFrame;
use crate::trouble::Trouble;
use crate::ui::foot::{Does, Foot};
use crate::ui::icon::icon;
use crate::ui::page::{Failed, Loading};
use crate::ui::toast::{ToastHost, Toasts};
use crate::ui::top::PlainTop;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// Which part of the inventory is wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// Only numbers that contain this.
    pub(crate) search: String,
    /// Only numbers that no callflow has.
    pub(crate) spare: bool,
    /// Where the part begins.
    pub(crate) after: Option<String>,
}

impl Wanted {
    fn read(query: &ParamsMap) -> Self {
        Self {
            search: query.get("search").unwrap_or_default(),
            spare: query.get("spare").is_some(),
            after: query.get("after"),
        }
    }

    /// The address of this part, of the list on this page.
    fn address(&self, page: &str) -> String {
        let mut parts = Vec::new();
        if !self.search.is_empty() {
            parts.push(format!("search={}", escape(&self.search)));
        }
        if self.spare {
            parts.push("spare=1".to_owned());
        }
        if let Some(after) = &self.after {
            parts.push(format!("after={}", escape(after)));
        }
        format!("{page}?{}", parts.join("&"))
    }
}

/// A number in the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NumberRow {
    /// E.164.
    pub(crate) number: String,
    /// With spaces.
    pub(crate) display: String,
    /// The account it is assigned to; none while it is in stock.
    pub(crate) account: Option<AccountName>,
    /// The callflow that it leads to: id and name.
    pub(crate) callflow: Option<(String, String)>,
}

/// The page's data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct InventoryView {
    /// Who is looking.
    pub(crate) person: Person,
    /// Whose inventory it is.
    pub(crate) reseller: AccountName,
    /// The numbers of this part.
    pub(crate) rows: Vec<NumberRow>,
    /// Where the next part begins.
    pub(crate) next: Option<String>,
    /// The accounts that a number can be assigned to.
    pub(crate) accounts: Vec<AccountName>,
}

/// Loads a part of the inventory.
///
/// # Errors
/// When the person is no reseller.
#[server(prefix = "/ui", endpoint = "inventory", input = Json)]
pub(crate) async fn load_inventory(wanted: Wanted) -> Result<InventoryView, Trouble> {
    crate::backend::inventory(wanted).await
}

/// Assigns a number to an account, or takes it back into stock.
///
/// # Errors
/// When a callflow has the number.
#[server(prefix = "/ui", endpoint = "assign_number", input = Json)]
pub(crate) async fn assign_number(number: String, account: Option<String>) -> Result<(), Trouble> {
    crate::backend::assign_number(&number, account.as_deref()).await
}

/// Takes a number into the inventory.
///
/// # Errors
/// When it is no E.164 number, or in an inventory already.
#[server(prefix = "/ui", endpoint = "add_number", input = Json)]
pub(crate) async fn add_number(number: String) -> Result<(), Trouble> {
    crate::backend::add_number(&number).await
}

/// The page's address.
const PAGE: &str = "/numbers";

/// The open dialog.
#[derive(Clone, Debug, PartialEq)]
enum Ask {
    /// Which account gets this number?
    Assign(NumberRow),
    /// Which number is added?
    Add,
}

/// What the page's parts share.
#[derive(Clone, Copy)]
struct Inventory {
    view: Resource<Result<InventoryView, Trouble>>,
    asking: RwSignal<Option<Ask>>,
    ready: RwSignal<bool>,
    toasts: Toasts,
}

impl Inventory {
    fn assign(self, row: NumberRow, account: Option<AccountName>) {
        spawn_local(async move {
            let done = match &account {
                Some(account) => format!("{} belongs to {} now", row.display, account.name),
                None => format!("{} is in stock", row.display),
            };
            match assign_number(row.number, account.map(|account| account.id)).await {
                Ok(()) => self.toasts.good(done, ""),
                Err(trouble) => self
                    .toasts
                    .fail(format!("{} was not assigned", row.display), trouble),
            }
            self.view.refetch();
        });
    }

    fn add(self, number: String) {
        spawn_local(async move {
            match add_number(number.clone()).await {
                Ok(()) => self.toasts.good(format!("{number} is in stock"), ""),
                Err(trouble) => self.toasts.fail(format!("{number} was not added"), trouble),
            }
            self.view.refetch();
        });
    }
}

/// `/numbers`.
#[component]
pub(crate) fn NumbersPage() -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(Wanted::read));
    let inventory = Inventory {
        view: Resource::new_blocking(move || wanted.get(), load_inventory),
        asking: RwSignal::new(None),
        ready: RwSignal::new(false),
        toasts: Toasts::new(),
    };
    Effect::new(move |_| inventory.ready.set(true));
    view! {
        <Title text="Numbers" />
        <Transition fallback=Loading>
            {move || {
                let wanted = wanted.get();
                inventory
                    .view
                    .get()
                    .map(|loaded| match loaded {
                        Ok(view) => page(inventory, &wanted, view).into_any(),
                        Err(trouble) => view! { <Failed trouble /> }.into_any(),
                    })
            }}
        </Transition>
        {move || inventory.asking.get().map(|ask| dialog(inventory, ask))}
        <ToastHost toasts=inventory.toasts />
    }
    .into_any()
}

fn page(inventory: Inventory, wanted: &Wanted, view: InventoryView) -> impl IntoView + use<> {
    let tab = |name: &'static str, spare: bool| {
        let other = Wanted {
            spare,
            after: None,
            ..wanted.clone()
        };
        let current = (wanted.spare == spare).then_some("page");
        view! { <a href=other.address(PAGE) aria-current=current>{name}</a> }
    };
    let next = view.next.map(|after| {
        let other = Wanted {
            after: Some(after),
            ..wanted.clone()
        };
        view! {
            <a class="btn" href=other.address(PAGE)>
                "More numbers"
            </a>
        }
    });
    let nothing = view.rows.is_empty();
    let rows = view
        .rows
        .into_iter()
        .map(|row| number_row(inventory, row))
        .collect_view();
    view! {
        <div class="app no-side no-nav">
            <a class="skip" href="#main">
                "Skip to the table"
            </a>
            <PlainTop
                trail=vec![(view.reseller.name, "/accounts".to_owned())]
                here=Signal::stored("Numbers".to_owned())
                person=view.person
            />
            <main class="page" id="main">
                <div class="page-head">
                    <h1>"Numbers"</h1>
                    <div class="top-actions">
                        <button
                            class="btn btn-primary"
                            disabled=move || !inventory.ready.get()
                            on:click=move |_| inventory.asking.set(Some(Ask::Add))
                        >
                            {icon("plus", 16)}
                            "Add number"
                        </button>
                    </div>
                </div>
                <nav class="tabs-line" aria-label="Numbers by status">
                    {tab("All", false)} {tab("Spare", true)}
                </nav>
                <form class="toolbar" role="search" method="get" action="/numbers">
                    {wanted.spare.then(|| view! { <input type="hidden" name="spare" value="1" /> })}
                    <label class="input search">
                        {icon("search", 16)}
                        <input
                            name="search"
                            placeholder="Number"
                            aria-label="Find a number"
                            autocomplete="off"
                            value=wanted.search.clone()
                        />
                    </label>
                </form>
                <div class="table-wrap" role="region" aria-label="Numbers" tabindex="0">
                    <table class="table">
                        <thead>
                            <tr>
                                <th aria-sort="ascending">"Number " {icon("arrow-up", 12)}</th>
                                <th>"Account"</th>
                                <th>"Used by"</th>
                                <th>"Status"</th>
                                <th>
                                    <span class="sr">"Actions"</span>
                                </th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                {nothing.then(|| view! { <p class="empty">"No number here."</p> })}
                <p class="v-none">{next}</p>
            </main>
        </div>
    }
    .into_any()
}

fn number_row(inventory: Inventory, row: NumberRow) -> impl IntoView {
    let account = match &row.account {
        Some(account) => {
            view! { <a href=path(&account.id, "callflows")>{account.name.clone()}</a> }.into_any()
        }
        None => view! { <span class="muted">"Not assigned"</span> }.into_any(),
    };
    let used = match (&row.account, &row.callflow) {
        (Some(account), Some((id, name))) => view! {
            <a href=path(&account.id, &format!("callflows/{id}")) rel="external">
                {name.clone()}
            </a>
        }
        .into_any(),
        _ => view! { <span class="muted">"Nothing yet"</span> }.into_any(),
    };
    let spare = row.callflow.is_none();
    let status = if spare {
        view! { <span class="chip ok">{icon("circle-dot", 12)} "Spare"</span> }
    } else {
        view! { <span class="chip">{icon("link", 12)} "In use"</span> }
    };
    let (name, assigned) = (row.display.clone(), row.account.is_some());
    let action = spare.then(|| {
        let label = if assigned { "Release" } else { "Assign" };
        let own = row.clone();
        let run = move |_| {
            if assigned {
                inventory.assign(own.clone(), None);
            } else {
                inventory.asking.set(Some(Ask::Assign(own.clone())));
            }
        };
        view! {
            <button
                class="btn btn-sm"
                aria-label=format!("{label} {name}")
                disabled=move || !inventory.ready.get()
                on:click=run
            >
                {label}
            </button>
        }
    });
    view! {
        <tr>
            <td>
                <b>{row.display}</b>
            </td>
            <td>{account}</td>
            <td>{used}</td>
            <td>{status}</td>
            <td class="r">{action}</td>
        </tr>
    }
    .into_any()
}

fn dialog(inventory: Inventory, ask: Ask) -> impl IntoView {
    let close = Callback::new(move |()| inventory.asking.set(None));
    let value = RwSignal::new(String::new());
    let loaded = inventory.view.get_untracked().and_then(Result::ok);
    let accounts = loaded.map(|view| view.accounts).unwrap_or_default();
    let (title, verb) = match &ask {
        Ask::Assign(row) => (format!("Assign {}", row.display), "Assign"),
        Ask::Add => ("Add a number".to_owned(), "Add number"),
    };
    let body = match &ask {
        Ask::Assign(_) => {
            let options = accounts
                .iter()
                .map(|account| view! { <option value=account.id.clone()>{account.name.clone()}</option> })
                .collect_view();
            view! {
                <label class="field">
                    <span class="label">"Account"</span>
                    <select class="input" on:change:target=move |ev| value.set(ev.target().value())>
                        <option value="">"Choose an account"</option>
                        {options}
                    </select>
                </label>
            }
            .into_any()
        }
        Ask::Add => view! {
            <label class="field">
                <span class="label">"Number"</span>
                <input
                    class="input"
                    placeholder="+44 161 496 0120"
                    on:input:target=move |ev| value.set(ev.target().value())
                />
            </label>
        }
        .into_any(),
    };
    let run = move |()| {
        let chosen = value.get_untracked();
        match &ask {
            Ask::Assign(row) => {
                let account = accounts.iter().find(|account| account.id == chosen);
                if let Some(account) = account {
                    inventory.assign(row.clone(), Some(account.clone()));
                }
            }
            Ask::Add => inventory.add(chosen),
        }
        close.run(());
    };
    let run = Callback::new(run);
    let empty = Signal::derive(move || value.with(|value| value.trim().is_empty()));
    let foot = move || view! { <Foot close verb does=Does::Run(run) disabled=empty /> }.into_any();
    view! {
        <DialogFrame title=Signal::stored(title) close foot>
            {body}
        </DialogFrame>
    }
    .into_any()
}

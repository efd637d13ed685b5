//! A section of an account as a table: searched, sorted and paged on the server.

use super::{ListQuery, ResourceRow, ResourceTable, counted, load_resources, title_of};
use crate::account::{AccountId, AccountResource, AccountView, path};
use crate::callflows::trail;
use crate::trouble::Trouble;
use crate::ui::icon::icon;
use crate::ui::nav::{Nav, Open};
use crate::ui::page::{Failed, Loading};
use crate::ui::toast::{ToastHost, Toasts};
use crate::ui::top::PlainTop;
use callflow::ResourceKind;
use leptos::html;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_params_map, use_query_map};
use std::time::Duration;

/// Typing rests this long before the server is asked.
const REST: Duration = Duration::from_millis(250);

type Table = Resource<Result<ResourceTable, Trouble>>;

/// `/a/{account}/{section}`.
#[component]
pub(crate) fn ResourcesPage() -> impl IntoView {
    let frame = expect_context::<AccountResource>();
    let AccountId(account) = expect_context();
    let params = use_params_map();
    let section = Memo::new(move |_| params.with(|p| p.get("section").unwrap_or_default()));
    let title = Memo::new(move |_| title_of(&section.get()).to_owned());
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|q| {
            let number = |key: &str| q.get(key).and_then(|text| text.parse::<usize>().ok());
            ListQuery {
                search: q.get("search").unwrap_or_default(),
                sort: number("sort").unwrap_or(0),
                falling: q.get("falling").is_some(),
                page: number("page").map_or(0, |page| page.saturating_sub(1)),
            }
        })
    });
    let table: Table = Resource::new_blocking(
        move || (account.get(), section.get(), wanted.get()),
        |(account, section, query)| load_resources(account, section, query),
    );
    view! {
        <Title text=title />
        <Suspense fallback=Loading>
            {move || {
                Some(
                    match frame.get()? {
                        Ok(frame) => section_page(&frame, section, title.into(), wanted, table).into_any(),
                        Err(trouble) => view! { <Failed trouble /> }.into_any(),
                    },
                )
            }}
        </Suspense>
    }
    .into_any()
}

fn section_page(
    frame: &AccountView,
    section: Memo<String>,
    title: Signal<String>,
    wanted: Memo<ListQuery>,
    table: Table,
) -> impl IntoView + use<> {
    let account = StoredValue::new(frame.account.id.clone());
    let toasts = expect_context::<Toasts>();
    let nav = frame.clone();
    let add = move || {
        let kind = ResourceKind::from_path(&section.get())?;
        let label = format!("Add {}", kind.label());
        let href = account.with_value(|account| path(account, &format!("{}/new", section.get())));
        Some(view! {
            <a class="btn btn-primary" href=href>
                {icon("plus", 16)}
                {label}
            </a>
        })
    };
    view! {
        <div class="app no-side">
            <a class="skip" href="#main">
                "Skip to the table"
            </a>
            <PlainTop trail=trail(frame) here=title person=frame.person.clone() />
            {move || view! { <Nav view=nav.clone() open=Open::Section(section.get()) /> }}
            <main class="page" id="main">
                <div class="page-head">
                    <h1>{title}</h1>
                    <div class="top-actions">{add}</div>
                </div>
                <Find wanted />
                <Transition fallback=Loading>
                    {move || {
                        Some(
                            match table.get()? {
                                Ok(table) => {
                                    let slug = section.get_untracked();
                                    account
                                        .with_value(|account| table_view(account, &slug, title, table).into_any())
                                }
                                Err(trouble) => view! { <Failed trouble /> }.into_any(),
                            },
                        )
                    }}
                </Transition>
            </main>
            <ToastHost toasts />
        </div>
    }
    .into_any()
}

/// The search. Without script it is a form; with it the list follows the typing.
#[component]
fn Find(wanted: Memo<ListQuery>) -> impl IntoView {
    let navigate = StoredValue::new(use_navigate());
    let here = use_location().pathname;
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(handle) = waiting.get_value() {
            handle.clear();
        }
    };
    on_cleanup(stop);
    let go = move |search: String| {
        stop();
        let query = ListQuery {
            search,
            page: 0,
            ..wanted.get_untracked()
        };
        let start = move || {
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            let place = format!("{}{}", here.get_untracked(), address(&query));
            navigate.with_value(|navigate| navigate(&place, options));
        };
        waiting.set_value(set_timeout_with_handle(start, REST).ok());
    };
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |begun: Option<bool>| {
        let search = wanted.get().search;
        let Some(element) = input.get() else {
            return begun.unwrap_or(false);
        };
        let typed = element.value();
        if begun != Some(true) && typed != search {
            // Typed before the page came alive.
            go(typed);
        } else if document()
            .active_element()
            .is_none_or(|active| !element.is_same_node(Some(&active)))
        {
            element.set_value(&search);
        }
        true
    });
    view! {
        <form class="toolbar" role="search" method="get" on:submit=move |ev| ev.prevent_default()>
            <label class="input search">
                {icon("search", 16)}
                <input
                    name="search"
                    placeholder="Find in this list"
                    aria-label="Find in this list"
                    autocomplete="off"
                    node_ref=input
                    value=wanted.get_untracked().search
                    on:input:target=move |ev| go(ev.target().value())
                />
            </label>
        </form>
    }
    .into_any()
}

/// The address of a part of the list, from the list's own.
fn address(query: &ListQuery) -> String {
    let mut parts = Vec::new();
    if !query.search.is_empty() {
        parts.push(format!("search={}", crate::calls::escape(&query.search)));
    }
    if query.sort > 0 {
        parts.push(format!("sort={}", query.sort));
    }
    if query.falling {
        parts.push("falling=1".to_owned());
    }
    if query.page > 0 {
        parts.push(format!("page={}", query.page + 1));
    }
    format!("?{}", parts.join("&"))
}

fn table_view(
    account: &str,
    section: &str,
    title: Signal<String>,
    table: ResourceTable,
) -> impl IntoView + use<> {
    if table.rows.is_empty() {
        return nothing(account, section, title, &table.query).into_any();
    }
    let head = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, name)| column(at, name, &table.query))
        .collect_view();
    let phones = table.phones;
    let rows = table
        .rows
        .iter()
        .map(|row| line(account, section, phones, row))
        .collect_view();
    let many = title.get_untracked().to_lowercase();
    view! {
        <div class="table-wrap" role="region" aria-label=title tabindex="0">
            <table class="table resources">
                <thead>
                    <tr>{head} {phones.then(|| view! { <th>"Status"</th> })}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {pager(&table, &many)}
    }
    .into_any()
}

fn column(at: usize, name: &str, query: &ListQuery) -> impl IntoView + use<> {
    let sorted = query.sort == at;
    let order = match (sorted, query.falling) {
        (false, _) => None,
        (true, false) => Some("ascending"),
        (true, true) => Some("descending"),
    };
    let next = ListQuery {
        sort: at,
        falling: sorted && !query.falling,
        page: 0,
        ..query.clone()
    };
    let arrow = if query.falling {
        "arrow-down"
    } else {
        "arrow-up"
    };
    view! {
        <th aria-sort=order>
            <a href=address(&next)>{name.to_owned()} {sorted.then(|| icon(arrow, 12))}</a>
        </th>
    }
    .into_any()
}

fn line(account: &str, section: &str, phones: bool, row: &ResourceRow) -> impl IntoView + use<> {
    let href = row
        .id
        .as_ref()
        .map(|id| path(account, &format!("{section}/{id}")));
    let mut cells = row.cells.iter().cloned();
    let first = cells.next().unwrap_or_default();
    let first = match href {
        Some(href) => view! {
            <a href=href>
                <b>{first}</b>
            </a>
        }
        .into_any(),
        None => view! { <b>{first}</b> }.into_any(),
    };
    let rest = cells.map(|cell| view! { <td>{cell}</td> }).collect_view();
    view! {
        <tr>
            <td>{first}</td>
            {rest}
            {phones.then(|| view! { <td>{status(row.registered)}</td> })}
        </tr>
    }
    .into_any()
}

/// Registered or not, in colour and words.
pub(super) fn status(registered: Option<bool>) -> AnyView {
    match registered {
        Some(true) => view! {
            <span class="chip ok">
                <span class="dot live"></span>
                "Registered"
            </span>
        }
        .into_any(),
        Some(false) => {
            view! { <span class="chip">{icon("pause", 12)} "Not registered"</span> }.into_any()
        }
        None => view! { <span class="muted">"No device"</span> }.into_any(),
    }
}

fn nothing(
    account: &str,
    section: &str,
    title: Signal<String>,
    query: &ListQuery,
) -> impl IntoView + use<> {
    let many = title.get_untracked().to_lowercase();
    if !query.search.is_empty() {
        let said = format!("Nothing in {many} has “{}” in it.", query.search);
        return view! {
            <div class="empty">
                <p>{said}</p>
                <a class="link" href="?">
                    "Show all"
                </a>
            </div>
        }
        .into_any();
    }
    let add = ResourceKind::from_path(section).map(|kind| {
        let href = path(account, &format!("{section}/new"));
        view! {
            <a class="btn" href=href>
                {icon("plus", 16)}
                {format!("Add {}", kind.label())}
            </a>
        }
    });
    view! {
        <div class="empty">
            <p>{format!("No {many} yet.")}</p>
            {add}
        </div>
    }
    .into_any()
}

fn pager(table: &ResourceTable, many: &str) -> impl IntoView + use<> {
    let query = table.query.clone();
    let step = |page: usize, label: &'static str, glyph: &'static str, there: bool| {
        let query = ListQuery {
            page,
            ..query.clone()
        };
        if there {
            view! {
                <a class="icon-btn" href=address(&query) aria-label=label title=label>
                    {icon(glyph, 16)}
                </a>
            }
            .into_any()
        } else {
            view! {
                <button class="icon-btn" disabled aria-label=label>
                    {icon(glyph, 16)}
                </button>
            }
            .into_any()
        }
    };
    let said = counted(table.total, "entry", "entries");
    let pages = (table.pages > 1).then(|| {
        view! {
            <span>{format!("Page {} of {}", query.page + 1, table.pages)}</span>
            <span class="pair">
                {step(query.page.saturating_sub(1), "Previous page", "chevron-left", query.page > 0)}
                {step(query.page + 1, "Next page", "chevron-right", query.page + 1 < table.pages)}
            </span>
        }
    });
    view! {
        <nav class="pager" aria-label=format!("Pages of {many}")>
            <span>{said}</span>
            {pages}
        </nav>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_only_what_differs_from_the_beginning() {
        assert_eq!(address(&ListQuery::default()), "?");
        let query = ListQuery {
            search: "a b".into(),
            sort: 2,
            falling: true,
            page: 1,
        };
        assert_eq!(address(&query), "?search=a%20b&sort=2&falling=1&page=2");
    }
}

//! The list beside a page: the others of its kind.

use super::list::status;
use super::{ListQuery, ResourceRow, counted, load_resources, title_of};
use crate::account::path;
use crate::ui::icon::{icon, initials};
use callflow::ResourceKind;
use leptos::prelude::*;

/// Others of the kind, found by name.
#[component]
pub(super) fn Neighbours(
    account: String,
    kind: ResourceKind,
    /// The id of the one whose page this is.
    open: Memo<String>,
    /// Counts what changed the list.
    changes: Signal<u32>,
) -> impl IntoView {
    let section = kind.path();
    let search = RwSignal::new(String::new());
    let asked = account.clone();
    let found = Resource::new_blocking(
        move || (search.get(), changes.get()),
        move |(search, _)| {
            let query = ListQuery {
                search,
                ..ListQuery::default()
            };
            load_resources(asked.clone(), section.to_owned(), query)
        },
    );
    let title = title_of(section);
    let add = path(&account, &format!("{section}/new"));
    let rows = move || {
        let table = found.get()?.ok()?;
        let rows = table.rows.iter();
        let rows = rows.filter_map(|row| entry(&account, kind, row, open));
        let more = (table.pages > 1).then(|| {
            let rest = counted(table.total - table.rows.len(), "more", "more");
            view! { <li class="muted more">{rest} ", search to find them"</li> }
        });
        Some(view! { {rows.collect_view()} {more} }.into_any())
    };
    let total = move || found.get().and_then(Result::ok).map(|table| table.total);
    view! {
        <aside class="plist" aria-label=title>
            <div class="side-head">
                <h2>{title}</h2>
                <span class="muted num-t">
                    <Transition>{total}</Transition>
                </span>
                <a class="btn btn-sm" href=add>
                    {icon("plus", 14)}
                    {format!("Add {}", kind.label())}
                </a>
            </div>
            <div class="side-find">
                <label class="input search">
                    {icon("search", 16)}
                    <input
                        placeholder="Find in this list"
                        aria-label=format!("Find in {}", title.to_lowercase())
                        autocomplete="off"
                        on:input:target=move |ev| search.set(ev.target().value())
                    />
                </label>
            </div>
            <ul class="scroll grow">
                <Transition>{rows.clone()}</Transition>
            </ul>
        </aside>
    }
    .into_any()
}

const FAMILIES: [&str; 6] = ["connect", "prompt", "route", "message", "data", "set"];

fn entry(
    account: &str,
    kind: ResourceKind,
    row: &ResourceRow,
    open: Memo<String>,
) -> Option<impl IntoView + use<>> {
    let id = row.id.clone()?;
    let name = row.cells.first().cloned().unwrap_or_default();
    let detail = row.cells.get(1).cloned().unwrap_or_default();
    let own = id.clone();
    let current = move || open.with(|open| *open == own).then_some("page");
    let family = name.bytes().map(usize::from).sum::<usize>() % FAMILIES.len();
    let family = FAMILIES.get(family).copied().unwrap_or("set");
    let style = format!("background:var(--f-{family}-bg);color:var(--f-{family})");
    let face = if kind == ResourceKind::User {
        view! {
            <span class="avatar" style=style aria-hidden="true">
                {initials(&name)}
            </span>
        }
        .into_any()
    } else {
        view! { <span class="avatar of-kind">{icon(super::icon_of(kind.path()), 16)}</span> }
            .into_any()
    };
    let lamp = row.registered.map(|registered| {
        let (class, said) = if registered {
            ("dot live", "Registered")
        } else {
            ("dot", "Not registered")
        };
        view! {
            <span class=class title=said>
                <span class="sr">{said}</span>
            </span>
        }
    });
    Some(
        view! {
            <li>
                <a class="person" href=path(account, &format!("{}/{id}", kind.path())) aria-current=current>
                    {face}
                    <span class="grow">
                        <b>{name}</b>
                        {(!detail.is_empty()).then(|| view! { <small class="num-t">{detail}</small> })}
                    </span>
                    {lamp}
                </a>
            </li>
        }
        .into_any(),
    )
}

/// A phone of a user with its state.
pub(super) fn phone(account: &str, row: &super::PhoneRow) -> AnyView {
    view! {
        <li>
            <span class="tile fam-connect">{icon("smartphone", 18)}</span>
            <span class="grow">
                <b>{row.name.clone()}</b>
                <small>{row.detail.clone()}</small>
            </span>
            {status(Some(row.registered))}
            <a class="btn btn-quiet btn-sm" href=path(account, &format!("devices/{}", row.id)) aria-label=format!("Open {}", row.name)>
                "Open"
            </a>
        </li>
    }
    .into_any()
}

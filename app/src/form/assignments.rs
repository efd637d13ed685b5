//! Resources of one kind, each with one of another.

use super::adder::adder;
use super::{FormField, framed_group, named, typed};
use crate::ui::icon::icon;
use callflow::{Directory, ResourceKind};
use leptos::prelude::*;
use serde_json::{Map, Value};

type Row = (String, String);

fn rows_of(value: &Value) -> Vec<Row> {
    let rows = value.as_object().into_iter().flatten();
    rows.map(|(of, to)| (of.clone(), typed(to))).collect()
}

/// A row for each resource of the first kind with a selector of the second, and a selector to add one.
pub(super) fn assignments(
    field: &FormField,
    of: ResourceKind,
    to: ResourceKind,
    directory: &Directory,
) -> AnyView {
    let value = field.value;
    let owner = StoredValue::new(field.clone());
    let first = StoredValue::new(named(directory, of));
    let second = StoredValue::new(named(directory, to));
    let set = move |rows: Vec<Row>| {
        let map: Map<String, Value> = rows
            .into_iter()
            .map(|(of, to)| (of, Value::String(to)))
            .collect();
        let value = if map.is_empty() {
            Value::Null
        } else {
            Value::Object(map)
        };
        owner.with_value(|field| field.enter(value));
    };
    let name_of = move |id: &str| {
        first.with_value(|all| {
            let found = all.iter().find(|(own, _)| own == id);
            found.map_or_else(|| format!("Unknown: {id}"), |(_, name)| name.clone())
        })
    };
    let rows = move || {
        rows_of(&value.get())
            .into_iter()
            .map(|(id, chosen)| {
                let name = name_of(&id);
                let (changed, gone) = (id.clone(), id.clone());
                let options = second.with_value(|all| {
                    all.iter()
                        .map(|(own, name)| {
                            view! {
                                <option value=own.clone() selected=*own == chosen>
                                    {name.clone()}
                                </option>
                            }
                        })
                        .collect_view()
                });
                view! {
                    <li>
                        <span class="grow member-name">{name.clone()}</span>
                        <select
                            class="input"
                            aria-label=format!("A {} for {name}", to.label())
                            prop:value=chosen.clone()
                            on:change:target=move |ev| {
                                let mut rows = rows_of(&value.get_untracked());
                                if let Some(row) = rows.iter_mut().find(|(own, _)| *own == changed) {
                                    row.1 = ev.target().value();
                                }
                                set(rows);
                            }
                        >
                            <option value="">{format!("Choose a {}", to.label())}</option>
                            {options}
                        </select>
                        <button
                            type="button"
                            class="icon-btn"
                            aria-label=format!("Remove {name}")
                            on:click=move |_| {
                                let mut rows = rows_of(&value.get_untracked());
                                rows.retain(|(own, _)| *own != gone);
                                set(rows);
                            }
                        >
                            {icon("x", 16)}
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    let options = move || {
        let present = rows_of(&value.get());
        first.with_value(|all| {
            all.iter()
                .filter(|(id, _)| !present.iter().any(|(own, _)| own == id))
                .map(|(id, name)| view! { <option value=id.clone()>{name.clone()}</option> })
                .collect_view()
        })
    };
    let add = adder(
        field.id(),
        format!("Add a {}", of.label()),
        ViewFn::from(options),
        move |id| {
            let mut rows = rows_of(&value.get_untracked());
            rows.push((id, String::new()));
            set(rows);
        },
    );
    let widgets = view! {
        <ul class="picker rows assignments">{rows}</ul>
        {add}
    };
    framed_group(field, widgets.into_any())
}

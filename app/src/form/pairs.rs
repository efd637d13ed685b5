//! Rows of names and values.

use super::{FormField, framed_group, typed};
use crate::ui::icon::icon;
use leptos::prelude::*;
use serde_json::{Map, Value};

type Row = (u32, RwSignal<String>, RwSignal<String>);

/// Name and value rows, in order.
pub(super) fn pairs(field: &FormField) -> AnyView {
    let present: Vec<(String, String)> = field.value.with_untracked(|v| {
        v.as_object()
            .map(|map| map.iter().map(|(k, v)| (k.clone(), typed(v))).collect())
            .unwrap_or_default()
    });
    let count = StoredValue::new(0_u32);
    let row = move |name: String, value: String| -> Row {
        count.update_value(|c| *c += 1);
        (count.get_value(), RwSignal::new(name), RwSignal::new(value))
    };
    let rows: RwSignal<Vec<Row>> =
        RwSignal::new(present.into_iter().map(|(n, v)| row(n, v)).collect());
    let owner = field.clone();
    let store = move || {
        let map: Map<String, Value> = rows.with_untracked(|rows| {
            rows.iter()
                .map(|(_, name, value)| {
                    (name.get_untracked(), Value::String(value.get_untracked()))
                })
                .filter(|(name, _)| !name.is_empty())
                .collect()
        });
        owner.enter(if map.is_empty() {
            Value::Null
        } else {
            Value::Object(map)
        });
    };
    let store = StoredValue::new(store);
    let list = view! {
        <ul class="rows">
            <For
                each=move || rows.get()
                key=|row| row.0
                children=move |(id, name, value)| {
                    view! {
                        <li>
                            <input
                                class="input mono"
                                aria-label="Name"
                                placeholder="Name"
                                prop:value=name
                                on:input:target=move |ev| {
                                    name.set(ev.target().value());
                                    store.with_value(|store| store());
                                }
                            />
                            <input
                                class="input"
                                aria-label="Value"
                                placeholder="Value"
                                prop:value=value
                                on:input:target=move |ev| {
                                    value.set(ev.target().value());
                                    store.with_value(|store| store());
                                }
                            />
                            <button
                                type="button"
                                class="icon-btn"
                                aria-label=move || format!("Remove {}", name.get())
                                on:click=move |_| {
                                    rows.update(|rows| rows.retain(|row| row.0 != id));
                                    store.with_value(|store| store());
                                }
                            >
                                {icon("x", 16)}
                            </button>
                        </li>
                    }
                }
            />
        </ul>
        <button
            type="button"
            class="btn btn-sm"
            on:click=move |_| rows.update(|rows| rows.push(row(String::new(), String::new())))
        >
            {icon("plus", 14)}
            "Add a row"
        </button>
    };
    framed_group(field, list.into_any())
}

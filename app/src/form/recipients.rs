//! Rows of people and mail addresses.

use super::{FormField, framed_group, named};
use crate::ui::icon::icon;
use callflow::{Directory, ResourceKind};
use leptos::prelude::*;
use serde_json::{Value, json};

type Row = (u32, RwSignal<String>);

/// Users by name and mail addresses, in order. What is typed is a user's name, else an address.
pub(super) fn recipients(field: &FormField, directory: &Directory) -> AnyView {
    let users = StoredValue::new(named(directory, ResourceKind::User));
    let present: Vec<String> = field.value.with_untracked(|value| {
        let rows = value.as_array().into_iter().flatten();
        users.with_value(|users| rows.map(|row| shown(row, users)).collect())
    });
    let count = StoredValue::new(0_u32);
    let row = move |text: String| -> Row {
        count.update_value(|c| *c += 1);
        (count.get_value(), RwSignal::new(text))
    };
    let rows: RwSignal<Vec<Row>> = RwSignal::new(present.into_iter().map(row).collect());
    let owner = field.clone();
    let store = move || {
        let typed: Vec<String> =
            rows.with_untracked(|rows| rows.iter().map(|(_, text)| text.get_untracked()).collect());
        let list: Vec<Value> = users.with_value(|users| {
            let filled = typed.iter().map(|text| text.trim());
            filled
                .filter(|text| !text.is_empty())
                .map(|text| meant(text, users))
                .collect()
        });
        owner.enter(if list.is_empty() {
            Value::Null
        } else {
            Value::Array(list)
        });
    };
    let store = StoredValue::new(store);
    let list_id = format!("{}-users", field.id());
    let list_of_rows = list_id.clone();
    let names = users.with_value(|users| {
        users
            .iter()
            .map(|(_, name)| view! { <option value=name.clone()></option> })
            .collect_view()
    });
    let list = view! {
        <ul class="rows">
            <For
                each=move || rows.get()
                key=|row| row.0
                children=move |(id, text)| {
                    view! {
                        <li>
                            <input
                                class="input"
                                aria-label="User or address"
                                placeholder="User or address"
                                autocomplete="off"
                                list=list_of_rows.clone()
                                prop:value=text
                                on:input:target=move |ev| {
                                    text.set(ev.target().value());
                                    store.with_value(|store| store());
                                }
                            />
                            <button
                                type="button"
                                class="icon-btn"
                                aria-label=move || format!("Remove {}", text.get())
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
        <datalist id=list_id>{names}</datalist>
        <button
            type="button"
            class="btn btn-sm"
            on:click=move |_| rows.update(|rows| rows.push(row(String::new())))
        >
            {icon("plus", 14)}
            "Add a recipient"
        </button>
    };
    framed_group(field, list.into_any())
}

/// What a row shows: a user's name, or the address.
fn shown(row: &Value, users: &[(String, String)]) -> String {
    let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
    let is_user = row.get("type").and_then(Value::as_str) == Some("user");
    let user = users.iter().find(|(own, _)| is_user && own == id);
    user.map_or_else(|| id.to_owned(), |(_, name)| name.clone())
}

/// What a typed row stands for.
fn meant(text: &str, users: &[(String, String)]) -> Value {
    match users.iter().find(|(_, name)| name == text) {
        Some((id, _)) => json!({"type": "user", "id": id}),
        None if text.contains('@') => json!({"type": "email", "id": text}),
        None => json!({"type": "user", "id": text}),
    }
}

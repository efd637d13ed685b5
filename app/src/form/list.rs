//! Widgets that choose several things.

use super::adder::adder;
use super::{FormField, framed_group, named, typed};
use crate::ui::icon::icon;
use callflow::value::Keys;
use callflow::{Directory, ResourceKind};
use leptos::prelude::*;
use serde_json::Value;
use std::collections::HashMap;

fn chosen(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(typed).collect(),
        Value::String(text) => text.chars().map(String::from).collect(),
        _ => Vec::new(),
    }
}

fn listed(items: Vec<String>) -> Value {
    Value::Array(items.into_iter().map(Value::String).collect())
}

/// Keys of the telephone pad, each on or off.
pub(super) fn keys(field: &FormField) -> AnyView {
    let value = field.value;
    let buttons = Keys::ALL
        .chars()
        .map(|key| {
            let field = field.clone();
            let name = key.to_string();
            let own = name.clone();
            let on = move || value.with(|v| chosen(v).contains(&own));
            let pressed = on.clone();
            view! {
                <button
                    type="button"
                    aria-pressed=move || if pressed() { "true" } else { "false" }
                    class:is-offer=on
                    on:click=move |_| {
                        let now = chosen(&value.get_untracked());
                        // Kept in the order of the pad.
                        let next = Keys::ALL
                            .chars()
                            .map(String::from)
                            .filter(|k| now.contains(k) != (*k == name))
                            .collect();
                        field.enter(listed(next));
                    }
                >
                    {key}
                </button>
            }
        })
        .collect_view();
    framed_group(
        field,
        view! { <div class="keypad keys-field">{buttons}</div> }.into_any(),
    )
}

/// An ordered list of resources of one kind.
pub(super) fn resources(field: &FormField, kind: ResourceKind, directory: &Directory) -> AnyView {
    let value = field.value;
    let all = named(directory, kind);
    let names: HashMap<String, String> = all.iter().cloned().collect();
    let owner = StoredValue::new(field.clone());
    let set = move |items: Vec<String>| owner.with_value(|field| field.enter(listed(items)));
    let rows = move || {
        let items = chosen(&value.get());
        let last = items.len().saturating_sub(1);
        items
            .iter()
            .enumerate()
            .map(|(at, id)| {
                let name = names
                    .get(id)
                    .cloned()
                    .unwrap_or_else(|| format!("Unknown: {id}"));
                let (up, down, gone) = (items.clone(), items.clone(), items.clone());
                view! {
                    <li>
                        <span class="grow">{name.clone()}</span>
                        <button
                            type="button"
                            class="icon-btn"
                            aria-label=format!("Move {name} up")
                            disabled=at == 0
                            on:click=move |_| {
                                let mut items = up.clone();
                                items.swap(at - 1, at);
                                set(items);
                            }
                        >
                            {icon("arrow-up", 16)}
                        </button>
                        <button
                            type="button"
                            class="icon-btn"
                            aria-label=format!("Move {name} down")
                            disabled=at == last
                            on:click=move |_| {
                                let mut items = down.clone();
                                items.swap(at, at + 1);
                                set(items);
                            }
                        >
                            {icon("arrow-down", 16)}
                        </button>
                        <button
                            type="button"
                            class="icon-btn"
                            aria-label=format!("Remove {name}")
                            on:click=move |_| {
                                let mut items = gone.clone();
                                items.remove(at);
                                set(items);
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
        let items = chosen(&value.get());
        all.iter()
            .filter(|(id, _)| !items.contains(id))
            .map(|(id, name)| view! { <option value=id.clone()>{name.clone()}</option> })
            .collect_view()
    };
    let add = adder(
        field.id(),
        format!("Add a {}", kind.label()),
        ViewFn::from(options),
        move |id| {
            let mut items = chosen(&value.get_untracked());
            items.push(id);
            set(items);
        },
    );
    let widgets = view! {
        <ul class="picker rows">{rows}</ul>
        {add}
    };
    framed_group(field, widgets.into_any())
}

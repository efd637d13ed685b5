//! Whom to ring: users, devices and groups, each with delay and time to ring.

use super::adder::adder;
use super::timeline::bars;
use super::{Entered, FormField, framed_group, named, typed};
use crate::ui::icon::icon;
use callflow::{Directory, ResourceKind};
use leptos::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The stored word for each kind that can ring, with its section title.
const KINDS: [(&str, ResourceKind, &str); 3] = [
    ("user", ResourceKind::User, "Users"),
    ("device", ResourceKind::Device, "Devices"),
    ("group", ResourceKind::RingGroup, "Ring groups"),
];

fn members_of(value: &Value) -> Vec<Map<String, Value>> {
    match value {
        Value::Array(items) => items
            .iter()
            .filter_map(|m| m.as_object().cloned())
            .collect(),
        _ => Vec::new(),
    }
}

/// Seconds as they are stored or typed.
fn whole(value: &Value) -> Option<u32> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64().and_then(|n| u32::try_from(n).ok()),
    }
}

fn key_of(member: &Map<String, Value>) -> (String, String) {
    let text = |key: &str| member.get(key).map(typed).unwrap_or_default();
    (text("endpoint_type"), text("id"))
}

/// A change of the list.
type Change = Box<dyn FnOnce(&mut Vec<Map<String, Value>>)>;

/// The list with a row for each member and a selector to add one.
pub(super) fn members(field: &FormField, directory: &Directory) -> AnyView {
    let value = field.value;
    let groups: Vec<_> = KINDS
        .iter()
        .map(|(word, kind, title)| (*word, *title, named(directory, *kind)))
        .collect();
    let names: HashMap<(String, String), String> = groups
        .iter()
        .flat_map(|(word, _, all)| {
            all.iter()
                .map(|(id, name)| (((*word).to_owned(), id.clone()), name.clone()))
        })
        .collect();
    let names = StoredValue::new(names);
    let owner = StoredValue::new(field.clone());
    let change = move |edit: Change| {
        let mut items = members_of(&value.get_untracked());
        edit(&mut items);
        let value = if items.is_empty() {
            Value::Null
        } else {
            Value::Array(items.into_iter().map(Value::Object).collect())
        };
        owner.with_value(|field| field.enter(value));
    };
    // Rows are kept while their times are typed, so that the caret stays: only who is in the list redraws it.
    let who =
        Memo::new(move |_| value.with(|v| members_of(v).iter().map(key_of).collect::<Vec<_>>()));
    let seconds = move |at: usize, key: &'static str, label: String| {
        let shown = move || {
            value.with(|v| {
                members_of(v)
                    .get(at)
                    .and_then(|m| m.get(key))
                    .map(typed)
                    .unwrap_or_default()
            })
        };
        view! {
            <span class="input sm measured">
                <input
                    inputmode="numeric"
                    maxlength="4"
                    aria-label=label
                    prop:value=shown
                    on:input:target=move |ev| {
                        let text = ev.target().value();
                        change(
                            Box::new(move |items| {
                                if let Some(member) = items.get_mut(at) {
                                    match text.trim().parse::<u32>() {
                                        Ok(n) => {
                                            member.insert(key.to_owned(), json!(n));
                                        }
                                        Err(_) => {
                                            member.shift_remove(key);
                                        }
                                    }
                                }
                            }),
                        );
                    }
                />
                <span class="muted">"s"</span>
            </span>
        }
    };
    let (strategy, limit) = (Entered::value("strategy"), Entered::value("timeout"));
    let times = Memo::new(move |_| {
        let seconds = |member: &Map<String, Value>, key| member.get(key).and_then(whole);
        let times = value.with(|value| {
            let members = members_of(value).into_iter();
            let times = members.map(|m| (seconds(&m, "delay"), seconds(&m, "timeout")));
            times.collect::<Vec<_>>()
        });
        let in_order =
            strategy.with(|it| matches!(it.as_str(), Some("single" | "weighted_random")));
        bars(&times, in_order, limit.with(whole))
    });
    // Where a member's bar begins and how long it is, in parts of the whole line.
    let bar = move |at: usize, name: String| {
        let style = move || {
            times.with(|(bars, end)| {
                let part = |seconds: u32| f64::from(seconds) / f64::from((*end).max(1)) * 100.0;
                let bar = bars.get(at)?;
                let (from, width) = (part(bar.from), part(bar.to - bar.from));
                Some(format!("--from:{from:.2}%;--width:{width:.2}%"))
            })
        };
        let told = move || {
            times.with(|(bars, _)| match bars.get(at) {
                Some(bar) if bar.from < bar.to => {
                    format!("{name} rings from {} s to {} s", bar.from, bar.to)
                }
                _ => format!("{name} does not ring"),
            })
        };
        view! {
            <span class="ring-line" role="img" aria-label=told.clone() title=told>
                <i style=style></i>
            </span>
        }
    };
    let rows = move || {
        who.get()
            .into_iter()
            .enumerate()
            .map(|(at, key)| {
                let name = names
                    .with_value(|names| names.get(&key).cloned())
                    .unwrap_or_else(|| format!("Unknown {}: {}", key.0, key.1));
                let last = who.with_untracked(Vec::len).saturating_sub(1);
                view! {
                    <li>
                        <span class="grow member-name">
                            {name.clone()} <small class="muted">" " {key.0.clone()}</small>
                        </span>
                        {seconds(at, "delay", format!("Delay of {name} in seconds"))}
                        {seconds(at, "timeout", format!("Time to ring {name} in seconds"))}
                        <button
                            type="button"
                            class="icon-btn"
                            aria-label=format!("Move {name} up")
                            disabled=at == 0
                            on:click=move |_| change(Box::new(move |items| items.swap(at - 1, at)))
                        >
                            {icon("arrow-up", 16)}
                        </button>
                        <button
                            type="button"
                            class="icon-btn"
                            aria-label=format!("Move {name} down")
                            disabled=at == last
                            on:click=move |_| change(Box::new(move |items| items.swap(at, at + 1)))
                        >
                            {icon("arrow-down", 16)}
                        </button>
                        <button
                            type="button"
                            class="icon-btn"
                            aria-label=format!("Remove {name}")
                            on:click=move |_| {
                                change(
                                    Box::new(move |items| {
                                        items.remove(at);
                                    }),
                                );
                            }
                        >
                            {icon("x", 16)}
                        </button>
                        {bar(at, name)}
                    </li>
                }
            })
            .collect_view()
    };
    let options = move || {
        let present = who.get();
        groups
            .iter()
            .map(|(word, title, all)| {
                let options = all
                    .iter()
                    .filter(|(id, _)| !present.iter().any(|(w, i)| w == word && i == id))
                    .map(|(id, name)| view! { <option value=format!("{word}:{id}")>{name.clone()}</option> })
                    .collect_view();
                view! { <optgroup label=*title>{options}</optgroup> }
            })
            .collect_view()
    };
    let add = adder(
        field.id(),
        "Add a user, device or group".to_owned(),
        ViewFn::from(options),
        move |chosen| {
            let Some((word, id)) = chosen.split_once(':') else {
                return;
            };
            if let Value::Object(member) = json!({ "id": id, "endpoint_type": word }) {
                change(Box::new(move |items| items.push(member)));
            }
        },
    );
    let widgets = view! {
        <div class="member-head muted" aria-hidden="true">
            <span class="grow">"Phone or person"</span>
            <span>"Delay"</span>
            <span>"Ring for"</span>
        </div>
        <ul class="picker rows members">{rows}</ul>
        {move || {
            let end = times.with(|(_, end)| *end);
            (end > 0)
                .then(|| {
                    view! {
                        <p class="ring-scale muted" aria-hidden="true">
                            <span>"0 s"</span>
                            <span>{format!("{end} s")}</span>
                        </p>
                    }
                })
        }}
        {add}
    };
    framed_group(field, widgets.into_any())
}

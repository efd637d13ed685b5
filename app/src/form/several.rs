//! Any of a fixed list.

use super::{FormField, framed_group, typed};
use callflow::field::Choice;
use leptos::prelude::*;
use serde_json::Value;

fn chosen(value: &Value) -> Vec<String> {
    value
        .as_array()
        .map(|items| items.iter().map(typed).collect())
        .unwrap_or_default()
}

/// A check box for each choice; the value keeps their order.
pub(super) fn several(field: &FormField, choices: &'static [Choice]) -> AnyView {
    let value = field.value;
    let boxes = choices
        .iter()
        .map(|choice| {
            let field = field.clone();
            let change = move |on: bool| {
                let before = chosen(&value.get_untracked());
                let holds = |word: &str| before.iter().any(|own| own == word);
                let wanted = |word: &str| if word == choice.value { on } else { holds(word) };
                let now: Vec<Value> = choices
                    .iter()
                    .filter(|choice| wanted(choice.value))
                    .map(|choice| Value::from(choice.value))
                    .collect();
                field.enter(if now.is_empty() { Value::Null } else { Value::Array(now) });
            };
            view! {
                <label class="check">
                    <input
                        type="checkbox"
                        checked=value.with_untracked(|v| chosen(v).iter().any(|own| own == choice.value))
                        prop:checked=move || value.with(|v| chosen(v).iter().any(|own| own == choice.value))
                        on:change:target=move |ev| change(ev.target().checked())
                    />
                    <span>{choice.label}</span>
                </label>
            }
        })
        .collect_view();
    framed_group(
        field,
        view! { <div class="checks">{boxes}</div> }.into_any(),
    )
}

//! Which classes of numbers may be dialled.

use super::{FormField, framed_group, typed};
use callflow::Directory;
use leptos::prelude::*;
use serde_json::{Map, Value};

const ANSWERS: [(&str, &str); 3] = [("", "Not set"), ("allow", "Allowed"), ("deny", "Denied")];

/// A row for each class of the account's numbers, and for classes that only the value knows.
pub(super) fn classes(field: &FormField, directory: &Directory) -> AnyView {
    let value = field.value;
    let settings = directory.settings();
    let mut names: Vec<String> = settings
        .classes
        .0
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    value.with_untracked(|value| {
        for name in value.as_object().into_iter().flat_map(Map::keys) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    });
    let rows = names
        .into_iter()
        .enumerate()
        .map(|(at, name)| {
            let field = field.clone();
            let id = format!("{}-{at}", field.id());
            let own = name.clone();
            let said = move || value.with(|v| v.get(&own).map(typed).unwrap_or_default());
            let shown = said.clone();
            let answers = ANSWERS
                .map(|(word, label)| {
                    let said = said.clone();
                    view! {
                        <option value=word selected=move || said() == word>
                            {label}
                        </option>
                    }
                })
                .collect_view();
            let class = name.clone();
            view! {
                <li>
                    <label class="grow" for=id.clone()>
                        {capital(&name)}
                    </label>
                    <select
                        class="input"
                        id=id
                        prop:value=shown
                        on:change:target=move |ev| {
                            let word = ev.target().value();
                            let mut map = value.get_untracked().as_object().cloned().unwrap_or_default();
                            if word.is_empty() {
                                map.shift_remove(&class);
                            } else {
                                map.insert(class.clone(), Value::String(word));
                            }
                            field.enter(if map.is_empty() { Value::Null } else { Value::Object(map) });
                        }
                    >
                        {answers}
                    </select>
                </li>
            }
        })
        .collect_view();
    framed_group(
        field,
        view! { <ul class="rows classes">{rows}</ul> }.into_any(),
    )
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

//! A list to choose further things from: choosing adds.

use leptos::prelude::*;

/// A drop-down whose choice is added and then cleared. With the mouse choosing adds at once. By keyboard every letter
/// and arrow changes the choice, so there Enter adds, and leaving the list.
pub(super) fn adder(
    id: String,
    prompt: String,
    options: impl Fn() -> AnyView + Send + Sync + 'static,
    add: impl Fn(String) + Copy + 'static,
) -> AnyView {
    let by_keyboard = StoredValue::new(false);
    let take = move |select: &web_sys::HtmlSelectElement| {
        let chosen = select.value();
        by_keyboard.set_value(false);
        if !chosen.is_empty() {
            select.set_value("");
            add(chosen);
        }
    };
    let label = prompt.clone();
    view! {
        <select
            class="input"
            id=id
            aria-label=label
            prop:value=""
            on:pointerdown=move |_| by_keyboard.set_value(false)
            on:keydown:target=move |ev| {
                if ev.key() == "Enter" {
                    ev.prevent_default();
                    take(&ev.target());
                } else if ev.key() != "Tab" {
                    by_keyboard.set_value(true);
                }
            }
            on:change:target=move |ev| {
                if !by_keyboard.get_value() {
                    take(&ev.target());
                }
            }
            on:blur:target=move |ev| take(&ev.target())
        >
            <option value="">{prompt}</option>
            {options}
        </select>
    }
    .into_any()
}

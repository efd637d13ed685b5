//! A list to choose further things from: choosing adds.

use leptos::prelude::*;

/// A drop-down whose choice is added and then cleared. With the mouse choosing adds at once. By keyboard every letter
/// and arrow changes the choice, so there Enter adds, and leaving the list.
pub(super) fn adder(
    id: String,
    prompt: String,
    options: ViewFn,
    add: impl Fn(String) + Copy + Send + Sync + 'static,
) -> AnyView {
    // A list remembers for a second what was typed into it. After Enter a fresh one takes its place, so that the next
    // name can be typed at once.
    let fresh = RwSignal::new(0_u32);
    let names = StoredValue::new((id, prompt));
    // Keyed, so that the element itself is another one.
    view! {
        <For
            each=move || [fresh.get()]
            key=|n| *n
            children=move |_| {
                let (id, prompt) = names.get_value();
                let own = id.clone();
                let again = Callback::new(move |()| {
                    fresh.update(|n| *n += 1);
                    let id = own.clone();
                    leptos::task::spawn_local(async move {
                        leptos::task::tick().await;
                        crate::editor::focus_now(&id);
                    });
                });
                list(id, prompt, options.clone(), add, again)
            }
        />
    }
    .into_any()
}

fn list(
    id: String,
    prompt: String,
    options: ViewFn,
    add: impl Fn(String) + Copy + Send + Sync + 'static,
    again: Callback<()>,
) -> AnyView {
    let by_keyboard = StoredValue::new(false);
    let take = move |select: &web_sys::HtmlSelectElement| {
        let chosen = select.value();
        by_keyboard.set_value(false);
        let any = !chosen.is_empty();
        if any {
            select.set_value("");
            add(chosen);
        }
        any
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
                    if take(&ev.target()) {
                        again.run(());
                    }
                } else if ev.key() != "Tab" {
                    by_keyboard.set_value(true);
                }
            }
            on:change:target=move |ev| {
                if !by_keyboard.get_value() {
                    take(&ev.target());
                }
            }
            on:blur:target=move |ev| {
                take(&ev.target());
            }
        >
            <option value="">{prompt}</option>
            {move || options.run()}
        </select>
    }
    .into_any()
}

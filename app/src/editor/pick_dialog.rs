//! Which action goes to a place that was chosen first.

use super::Editor;
use super::catalog::search;
use super::dialog::DialogFrame;
use super::drop::{Load, Target};
use crate::ui::icon::icon;
use callflow::action::{Entry, catalog};
use callflow::edit::Place;
use leptos::prelude::*;

/// The catalog as a list; choosing puts the action at `at`.
#[component]
pub(crate) fn PickDialog(editor: Editor, at: Place) -> impl IntoView {
    let all = StoredValue::new(catalog());
    let at = StoredValue::new(at);
    let wanted = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let text = wanted.get();
        let found = all.with_value(|all| {
            if text.trim().is_empty() {
                all.clone()
            } else {
                search(all, &text)
            }
        });
        found.iter().map(Entry::id).collect::<Vec<_>>()
    });
    let close = Callback::new(move |()| editor.close_dialog());
    let take = move |id: String| {
        editor.session.dialog.set(None);
        editor.put(Load::New(id), &Target::At(at.get_value()));
    };
    let rows = move || {
        found
            .get()
            .into_iter()
            .filter_map(|id| {
                let preset = super::carry::entry(&id)?.preset;
                Some(view! {
                    <li>
                        <button type="button" class="act" on:click=move |_| take(id.clone())>
                            <span class=format!("tile fam-{}", preset.family.as_str())>{icon(preset.icon, 16)}</span>
                            <span>
                                <b>{preset.label}</b>
                                <small>{preset.help}</small>
                            </span>
                        </button>
                    </li>
                })
            })
            .collect_view()
    };
    let keydown = move |ev: leptos::ev::KeyboardEvent| {
        if ev.key() == "Enter" {
            ev.prevent_default();
            if let Some(first) = found.with_untracked(|found| found.first().cloned()) {
                take(first);
            }
        }
    };
    let foot = move || {
        view! {
            <span class="grow"></span>
            <button class="btn" on:click=move |_| close.run(())>
                "Cancel"
            </button>
        }
        .into_any()
    };
    view! {
        <DialogFrame title=Signal::stored("Which action?".to_owned()) close foot>
            <label class="input search">
                {icon("search", 16)}
                <input
                    placeholder="Find an action"
                    aria-label="Find an action"
                    autocomplete="off"
                    prop:value=wanted
                    on:input:target=move |ev| wanted.set(ev.target().value())
                    on:keydown=keydown
                />
            </label>
            <ul class="pick-list scroll">{rows}</ul>
        </DialogFrame>
    }
    .into_any()
}

//! The catalog of actions.

use super::Editor;
use super::canvas::focus_now;
use super::drop::Load;
use super::step_card::StepCard;
use crate::ui::icon::{icon, keys};
use callflow::action::{Category, Entry, catalog};
use leptos::prelude::*;
use std::collections::{BTreeSet, HashSet};
use wasm_bindgen::JsCast;

/// The id of the search field.
const SEARCH_ID: &str = "find-action";
/// How many near names a search without hits offers.
const NEAREST: usize = 3;

/// Puts the keyboard into the catalog's search.
pub(crate) fn focus_search(editor: Editor) {
    let shown = editor.session.catalog.get_untracked();
    editor.session.catalog.set(true);
    // At once where possible, so that no key typed right afterwards is lost.
    if !(shown && focus_now(SEARCH_ID)) {
        request_animation_frame(|| {
            focus_now(SEARCH_ID);
        });
    }
}

/// How well an entry answers a search: smaller is better, `None` is not at all.
fn rank(entry: &Entry, wanted: &str) -> Option<u8> {
    let name = entry.preset.label.to_lowercase();
    let help = entry.preset.help.to_lowercase();
    if name.starts_with(wanted) {
        Some(0)
    } else if name.split_whitespace().any(|word| word.starts_with(wanted)) {
        Some(1)
    } else if entry
        .preset
        .synonyms
        .iter()
        .any(|word| word.to_lowercase().starts_with(wanted))
    {
        Some(2)
    } else if name.contains(wanted) {
        Some(3)
    } else if help.contains(wanted) || entry.module.contains(wanted) {
        Some(4)
    } else {
        None
    }
}

/// Entries that answer a search, best first.
pub(crate) fn search(all: &[Entry], wanted: &str) -> Vec<Entry> {
    let wanted = wanted.trim().to_lowercase();
    let mut found: Vec<(u8, Entry)> = all
        .iter()
        .filter_map(|e| Some((rank(e, &wanted)?, *e)))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// The entries whose names share most letter pairs with what was typed.
fn nearest(all: &[Entry], wanted: &str) -> Vec<Entry> {
    let pairs = |text: &str| -> HashSet<(char, char)> {
        let letters: Vec<char> = text.to_lowercase().chars().collect();
        letters.windows(2).map(|pair| (pair[0], pair[1])).collect()
    };
    let wanted = pairs(wanted);
    let mut ranked: Vec<(usize, Entry)> = all
        .iter()
        .map(|e| (pairs(e.preset.label).intersection(&wanted).count(), *e))
        .collect();
    ranked.sort_by_key(|(shared, _)| std::cmp::Reverse(*shared));
    ranked
        .into_iter()
        .take(NEAREST)
        .map(|(_, entry)| entry)
        .collect()
}

/// Everything that can be dragged into the callflow, and the card of the selected step.
#[component]
pub(crate) fn CatalogPanel(editor: Editor) -> impl IntoView {
    let all = StoredValue::new(catalog());
    let wanted = RwSignal::new(String::new());
    let closed = RwSignal::new(BTreeSet::<Category>::new());
    let ready = RwSignal::new(false);
    Effect::new(move |_| ready.set(true));
    let groups = move || {
        let mut categories: Vec<Category> =
            all.with_value(|all| all.iter().map(|e| e.preset.category).collect());
        categories.sort();
        categories.dedup();
        categories
            .into_iter()
            .map(|category| group(editor, all, category, closed, ready))
            .collect_view()
    };
    let found = move || {
        let text = wanted.get();
        let hits = all.with_value(|all| search(all, &text));
        if hits.is_empty() {
            let near = all.with_value(|all| nearest(all, &text));
            view! {
                <p class="muted no-hit" role="status">
                    {format!("No action called “{text}”. The nearest:")}
                </p>
                <ul>{near.into_iter().map(|e| row(editor, e, ready)).collect_view()}</ul>
            }
            .into_any()
        } else {
            view! { <ul>{hits.into_iter().map(|e| row(editor, e, ready)).collect_view()}</ul> }
                .into_any()
        }
    };
    let add_first = move |ev: leptos::ev::KeyboardEvent| match ev.key().as_str() {
        "Enter" => {
            ev.prevent_default();
            let text = wanted.get_untracked();
            let first = all.with_value(|all| search(all, &text)).into_iter().next();
            if let (false, Some(entry)) = (text.trim().is_empty(), first) {
                wanted.set(String::new());
                take(editor, entry);
            }
        }
        "ArrowDown" => {
            ev.prevent_default();
            focus_row(0);
        }
        "Escape" => {
            if wanted.with_untracked(String::is_empty) {
                super::canvas::focus_block(editor.session.selected.get_untracked().flatten());
            } else {
                wanted.set(String::new());
            }
        }
        _ => {}
    };
    view! {
        <aside class="side catalog" aria-label="Catalog of Actions" class:is-closed=move || !editor.session.catalog.get()>
            <div class="side-head">
                <h2>"Actions"</h2>
                <button
                    class="icon-btn"
                    aria-label="Hide the catalog"
                    title="Hide the catalog"
                    on:click=move |_| editor.session.catalog.set(false)
                >
                    {icon("panel-right-close", 18)}
                </button>
            </div>
            <div class="side-find">
                <label class="input search">
                    {icon("search", 16)}
                    <input
                        id=SEARCH_ID
                        placeholder="Find an action"
                        aria-label="Find an action"
                        autocomplete="off"
                        prop:value=wanted
                        on:input:target=move |ev| wanted.set(ev.target().value())
                        on:keydown=add_first
                    />
                    {keys(&["/"])}
                </label>
            </div>
            <div class="cat-scroll scroll" on:keydown=|ev| row_keys(&ev)>
                {move || {
                    if wanted.with(|w| w.trim().is_empty()) { groups().into_any() } else { found().into_any() }
                }}
            </div>
            <StepCard editor />
        </aside>
    }
    .into_any()
}

fn group(
    editor: Editor,
    all: StoredValue<Vec<Entry>>,
    category: Category,
    closed: RwSignal<BTreeSet<Category>>,
    ready: RwSignal<bool>,
) -> impl IntoView {
    let entries: Vec<Entry> = all.with_value(|all| {
        all.iter()
            .filter(|e| e.preset.category == category)
            .copied()
            .collect()
    });
    let count = entries.len();
    let open = move || closed.with(|c| !c.contains(&category));
    let toggle = move |_| {
        closed.update(|c| {
            if !c.remove(&category) {
                c.insert(category);
            }
        });
    };
    view! {
        <section class="cat-group" class:is-closed=move || !open()>
            <h3>
                <button aria-expanded=move || if open() { "true" } else { "false" } on:click=toggle>
                    {icon("chevron-down", 14)}
                    {category.label()}
                    <span class="n">{count}</span>
                </button>
            </h3>
            <ul hidden=move || !open()>{entries.into_iter().map(|e| row(editor, e, ready)).collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// One entry: dragged with the pointer, picked up with Enter.
fn row(editor: Editor, entry: Entry, ready: RwSignal<bool>) -> impl IntoView {
    let preset = entry.preset;
    let id = entry.id();
    let own = id.clone();
    let lifted = move || {
        editor
            .session
            .carry
            .with(|c| c.as_ref().is_some_and(|c| c.load == Load::New(own.clone())))
    };
    let press_id = id.clone();
    view! {
        <li>
            <button
                class="act"
                class:is-lifted=lifted
                disabled=move || !ready.get()
                title=preset.help
                on:pointerdown=move |ev| editor.press(Load::New(press_id.clone()), &ev)
                on:click=move |ev: leptos::ev::MouseEvent| {
                    // A click with no button held is Enter or Space, or a tap.
                    if ev.detail() == 0 || is_tap(&ev) {
                        take(editor, entry);
                    }
                }
                on:dblclick=move |_| editor.add_after(editor.session.selected.get_untracked().flatten(), &id)
            >
                <span class=format!("tile fam-{}", preset.family.as_str())>{icon(preset.icon, 16)}</span>
                <span>
                    <b>{preset.label}</b>
                    <small>{preset.help}</small>
                </span>
            </button>
        </li>
    }
    .into_any()
}

/// Whether a click came from a finger.
fn is_tap(ev: &leptos::ev::MouseEvent) -> bool {
    ev.dyn_ref::<web_sys::PointerEvent>()
        .is_some_and(|p| p.pointer_type() == "touch")
}

/// After the selected step, or picked up where nothing is selected.
fn take(editor: Editor, entry: Entry) {
    match editor.session.selected.get_untracked() {
        Some(step) => editor.add_after(step, &entry.id()),
        None if editor.document.now().flow.is_empty() => editor.add_after(None, &entry.id()),
        None => editor.pick_up_by_keyboard(Load::New(entry.id())),
    }
}

/// Up and down go from row to row.
fn row_keys(ev: &leptos::ev::KeyboardEvent) {
    let step: i32 = match ev.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let rows = rows();
    let active = document().active_element();
    let at = rows
        .iter()
        .position(|row| active.as_ref().is_some_and(|a| row.is_same_node(Some(a))));
    let Some(at) = at else { return };
    ev.prevent_default();
    match usize::try_from(i32::try_from(at).unwrap_or(0) + step) {
        Ok(next) => focus_row(next),
        Err(_) => {
            focus_now(SEARCH_ID);
        }
    }
}

fn rows() -> Vec<web_sys::HtmlElement> {
    let Ok(all) = document().query_selector_all(".catalog .act") else {
        return Vec::new();
    };
    (0..all.length())
        .filter_map(|at| all.get(at)?.dyn_into::<web_sys::HtmlElement>().ok())
        .filter(|row| row.offset_parent().is_some())
        .collect()
}

fn focus_row(at: usize) {
    if let Some(row) = rows().get(at) {
        let _ = row.focus();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_puts_the_beginning_of_a_name_first() {
        let found = search(&catalog(), "us");
        assert_eq!(found.first().map(|e| e.preset.label), Some("User"));
    }

    #[test]
    fn search_knows_the_words_of_other_products() {
        for (word, label) in [("seat", "User"), ("ringtone", "Distinctive Ring")] {
            let found = search(&catalog(), word);
            assert!(
                found.iter().any(|e| e.preset.label == label),
                "{word} finds {label}"
            );
        }
    }

    #[test]
    fn search_without_hits_offers_the_nearest_three() {
        assert!(search(&catalog(), "zzzz").is_empty());
        assert_eq!(
            nearest(&catalog(), "usr").len(),
            NEAREST.min(catalog().len())
        );
    }
}

//! Name, numbers and listing of the callflow.

use super::Editor;
use super::dialog::DialogFrame;
use crate::ui::foot::{Does, Foot};
use crate::ui::icon::icon;
use crate::ui::number::spaced;
use callflow::edit::Edit;
use leptos::prelude::*;

/// Most spare numbers shown at once.
const SHOWN_SPARE: usize = 6;

/// What an extension may consist of.
pub(crate) fn extension_error(text: &str, numbers: &[String]) -> Option<&'static str> {
    if text.is_empty() {
        Some("Enter an extension such as 2000, or a code such as *97.")
    } else if text.len() > callflow::limits::MAX_NUMBER_LEN {
        Some("An extension has at most 36 characters.")
    } else if !text
        .chars()
        .all(|c| c.is_ascii_digit() || c == '*' || c == '#' || c == '+')
    {
        Some("Use digits, * and # without spaces, such as 2000.")
    } else if numbers.iter().any(|n| n == text) {
        Some("This number is already here.")
    } else {
        None
    }
}

/// The dialog behind the main block.
#[component]
pub(crate) fn MainDialog(editor: Editor) -> impl IntoView {
    let callflow = editor.document.now();
    let name = RwSignal::new(callflow.name.clone());
    let numbers = RwSignal::new(callflow.numbers.clone());
    let patterns = RwSignal::new(callflow.patterns.join("\n"));
    let hide = RwSignal::new(callflow.hide_from_contacts);
    let listed = RwSignal::new(callflow.main_number);
    let had_patterns = !callflow.patterns.is_empty();
    let close = Callback::new(move |()| editor.close_dialog());
    let save = move || {
        let patterns = patterns.get_untracked();
        let edit = Edit::SetMain {
            name: name.get_untracked(),
            numbers: numbers.get_untracked(),
            patterns: patterns
                .lines()
                .map(str::trim)
                .filter(|p| !p.is_empty())
                .map(str::to_owned)
                .collect(),
            hide_from_contacts: hide.get_untracked(),
            main_number: listed.get_untracked(),
        };
        if editor.apply(edit) {
            editor.close_dialog();
        }
    };
    let foot =
        move || view! { <Foot close verb="Done" does=Does::Submit("main-form") /> }.into_any();
    view! {
        <DialogFrame
            title=Signal::stored("Name and numbers".to_owned())
            detail=Signal::stored("Who can reach this callflow, and what it is called".to_owned())
            tile=Some(("phone", "main"))
            close
            foot
        >
            <form
                id="main-form"
                class="fields"
                novalidate
                on:submit=move |ev| {
                    ev.prevent_default();
                    save();
                }
            >
                <div class="field">
                    <label for="callflow-name">"Name"</label>
                    <input
                        class="input"
                        id="callflow-name"
                        autocomplete="off"
                        maxlength=callflow::limits::MAX_NAME_LEN.to_string()
                        aria-describedby="callflow-name-help"
                        prop:value=name
                        on:input:target=move |ev| name.set(ev.target().value())
                    />
                    <span class="help" id="callflow-name-help">
                        "Put the extension in the name. A search then finds it either way."
                    </span>
                </div>
                <Numbers numbers />
                <AddNumber editor numbers />
                {had_patterns
                    .then(|| {
                        view! {
                            <div class="field">
                                <label for="callflow-patterns">"Patterns"</label>
                                <textarea
                                    class="input area mono"
                                    id="callflow-patterns"
                                    rows="2"
                                    prop:value=patterns
                                    on:input:target=move |ev| patterns.set(ev.target().value())
                                ></textarea>
                                <span class="help">
                                    "Regular expressions, one a line, tried when no number matches exactly."
                                </span>
                            </div>
                        }
                    })}
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=hide
                        on:change:target=move |ev| hide.set(ev.target().checked())
                    />
                    <span>
                        "Hide from contact list"
                        <span class="help">"The callflow does not show in people’s contacts."</span>
                    </span>
                </label>
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=listed
                        on:change:target=move |ev| listed.set(ev.target().checked())
                    />
                    <span>
                        "List this callflow in Main Number"
                        <span class="help">"Lets incoming call handling send calls here."</span>
                    </span>
                </label>
            </form>
        </DialogFrame>
    }
    .into_any()
}

/// The numbers, each with a cross.
#[component]
fn Numbers(numbers: RwSignal<Vec<String>>) -> impl IntoView {
    view! {
        <div class="field" role="group" aria-label="Numbers">
            <span class="label">"Numbers"</span>
            <div class="rowflex num-list">
                {move || numbers.with(Vec::is_empty).then(|| view! { <span class="muted">"No number yet"</span> })}
                <For
                    each=move || numbers.get()
                    key=Clone::clone
                    children=move |number| {
                        let kind = if number.starts_with('+') { "DDI" } else { "Ext" };
                        let label = format!("Remove {}", spaced(&number));
                        let shown = spaced(&number);
                        view! {
                            <span class="num">
                                <abbr>{kind}</abbr>
                                {shown}
                                <button
                                    type="button"
                                    class="icon-btn num-x"
                                    aria-label=label
                                    on:click=move |_| numbers.update(|all| all.retain(|n| *n != number))
                                >
                                    {icon("x", 12)}
                                </button>
                            </span>
                        }
                    }
                />
            </div>
        </div>
    }
    .into_any()
}

/// Spare numbers of the account, or an extension.
#[component]
fn AddNumber(editor: Editor, numbers: RwSignal<Vec<String>>) -> impl IntoView {
    let spare = editor.spare;
    let extension = RwSignal::new(spare.with_untracked(Vec::is_empty));
    let text = RwSignal::new(String::new());
    let error = RwSignal::new(None::<&'static str>);
    let found = Memo::new(move |_| {
        let wanted: String = text.get().chars().filter(|c| !c.is_whitespace()).collect();
        let national = wanted.strip_prefix('0').unwrap_or(&wanted).to_owned();
        let taken = numbers.get();
        spare.with(|spare| {
            spare
                .iter()
                .filter(|n| !taken.contains(n) && (n.contains(&wanted) || n.contains(&national)))
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let add = move |number: String| {
        numbers.update(|all| all.push(number));
        text.set(String::new());
        error.set(None);
    };
    let add_extension = move || {
        let typed: String = text.get_untracked().trim().to_owned();
        match numbers.with_untracked(|all| extension_error(&typed, all)) {
            Some(wrong) => error.set(Some(wrong)),
            None => add(typed),
        }
    };
    let choose = move |on: bool| {
        extension.set(on);
        text.set(String::new());
        error.set(None);
    };
    let keydown = move |ev: leptos::ev::KeyboardEvent| {
        if ev.key() == "Enter" {
            ev.prevent_default();
            if extension.get_untracked() {
                add_extension();
            } else if let Some(first) = found.with_untracked(|f| f.first().cloned()) {
                add(first);
            }
        }
    };
    let picker = move || {
        if extension.get() {
            return view! {
                <button type="button" class="btn btn-sm add-extension" on:click=move |_| add_extension()>
                    {icon("plus", 14)}
                    "Add extension"
                </button>
            }
            .into_any();
        }
        let all = found.get();
        let (matching, total) = (all.len(), spare.with(Vec::len));
        let rows = all
            .into_iter()
            .take(SHOWN_SPARE)
            .map(|number| {
                let shown = spaced(&number);
                view! {
                    <li>
                        <button type="button" on:click=move |_| add(number.clone())>
                            {icon("plus", 16)}
                            {shown}
                        </button>
                    </li>
                }
            })
            .collect_view();
        view! {
            <ul class="picker" aria-label="Spare numbers">
                {rows}
            </ul>
            <span class="help">
                {format!("{matching} of {total} spare numbers match. A number that is in use does not appear here.")}
            </span>
        }
        .into_any()
    };
    view! {
        <div class="field" role="group" aria-label="Add a number">
            <span class="label">"Add a number"</span>
            <div class="rowflex add-number">
                <span class="seg" role="radiogroup" aria-label="Kind of number">
                    <button
                        type="button"
                        role="radio"
                        aria-checked=move || if extension.get() { "false" } else { "true" }
                        on:click=move |_| choose(false)
                    >
                        "Spare numbers"
                    </button>
                    <button
                        type="button"
                        role="radio"
                        aria-checked=move || if extension.get() { "true" } else { "false" }
                        on:click=move |_| choose(true)
                    >
                        "Extension"
                    </button>
                </span>
                <label class="input search grow">
                    {move || icon(if extension.get() { "hash" } else { "search" }, 16)}
                    <input
                        aria-label=move || if extension.get() { "Extension" } else { "Find a spare number" }
                        autocomplete="off"
                        prop:value=text
                        on:input:target=move |ev| {
                            text.set(ev.target().value());
                            error.set(None);
                        }
                        on:keydown=keydown
                    />
                </label>
            </div>
            {move || {
                error
                    .get()
                    .map(|wrong| {
                        view! {
                            <span class="err-text" role="alert">
                                {icon("circle-alert", 14)}
                                {wrong}
                            </span>
                        }
                    })
            }}
            {picker}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::extension_error;

    #[test]
    fn extensions_are_digits_and_keys() {
        assert_eq!(extension_error("2000", &[]), None);
        assert_eq!(extension_error("*97", &[]), None);
        assert!(extension_error("", &[]).is_some());
        assert!(extension_error("20 00", &[]).is_some());
        assert!(extension_error("2000", &["2000".to_owned()]).is_some());
        assert!(extension_error(&"1".repeat(37), &[]).is_some());
    }
}

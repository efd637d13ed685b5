//! Which key, rule or answer leads to a branch.

use super::Editor;
use super::dialog::DialogFrame;
use super::drop::{Load, Target};
use super::session::Dialog;
use crate::ui::foot::{Does, Foot};
use crate::ui::icon::icon;
use callflow::action::{BranchChoice, FreeKey};
use callflow::edit::{Edit, Place};
use callflow::{BranchKey, Branches, NodeId};
use leptos::prelude::*;
use std::collections::HashSet;

/// The branches that a step offers, which of them are used, and whether others may be typed.
#[derive(Clone)]
struct Offer {
    name: &'static str,
    icon: &'static str,
    family: &'static str,
    choices: Vec<BranchChoice>,
    used: HashSet<String>,
    free: Option<FreeKey>,
}

fn offer(editor: Editor, node: NodeId, except: Option<&BranchKey>) -> Option<Offer> {
    let callflow = editor.document.now();
    let step = callflow.flow.node(node)?;
    let preset = step.action.preset();
    let used = step
        .branches
        .iter()
        .filter(|(key, _)| Some(key) != except)
        .map(|(key, _)| key.to_string())
        .collect();
    let (choices, free) = match editor.directory.with_value(|d| step.action.branches(d)) {
        Branches::None => return None,
        Branches::Next(mut choices) => {
            choices.insert(0, BranchChoice::word("_", "Next"));
            (choices, None)
        }
        Branches::Fork { choices, free, .. } => (choices, free),
    };
    Some(Offer {
        name: preset.label,
        icon: preset.icon,
        family: preset.family.as_str(),
        choices,
        used,
        free,
    })
}

impl Offer {
    fn first_free(&self) -> Option<String> {
        self.choices
            .iter()
            .find(|c| !self.used.contains(&c.key))
            .map(|c| c.key.clone())
    }

    /// Why a key cannot be taken.
    fn refuse(&self, key: &str) -> Option<String> {
        if key.is_empty() {
            return Some("Choose a branch.".to_owned());
        }
        if self.used.contains(key) {
            return Some(format!("The branch “{key}” is already used here."));
        }
        if self.choices.iter().any(|c| c.key == key) {
            return None;
        }
        match self.free {
            None => Some("Choose one of the branches.".to_owned()),
            Some(FreeKey::Digits(most)) => {
                let fits = key.len() <= most
                    && key.chars().all(|c| callflow::value::Keys::ALL.contains(c));
                (!fits).then(|| format!("Use up to {most} of the keys 0 to 9, * and #."))
            }
            Some(FreeKey::Text) => (key.len() > callflow::limits::MAX_BRANCH_KEY_LEN).then(|| {
                format!(
                    "Use at most {} characters.",
                    callflow::limits::MAX_BRANCH_KEY_LEN
                )
            }),
        }
    }
}

/// A step goes to a new branch: which one?
#[component]
pub(crate) fn NewBranchDialog(editor: Editor, node: NodeId, load: Option<Load>) -> impl IntoView {
    let Some(offer) = offer(editor, node, None) else {
        return ().into_any();
    };
    let first = offer.first_free().unwrap_or_default();
    let done = Callback::new(move |key: String| {
        let at = Place::on(node, key.as_str());
        match &load {
            Some(load) => {
                editor.session.dialog.set(None);
                editor.put(load.clone(), &Target::At(at));
            }
            None => editor.session.dialog.set(Some(Dialog::Pick(at))),
        }
    });
    view! { <KeyDialog editor offer first title="New branch" button="Next" done /> }.into_any()
}

/// Whether a step has room for one more branch.
pub(crate) fn has_room(editor: Editor, node: NodeId) -> bool {
    offer(editor, node, None)
        .is_some_and(|offer| offer.free.is_some() || offer.first_free().is_some())
}

/// A branch gets another key.
#[component]
pub(crate) fn RenameBranchDialog(editor: Editor, node: NodeId, key: BranchKey) -> impl IntoView {
    let Some(offer) = offer(editor, node, Some(&key)) else {
        return ().into_any();
    };
    let first = key.to_string();
    let done = Callback::new(move |to: String| {
        let edit = Edit::RenameBranch {
            node,
            from: key.clone(),
            to: to.into(),
        };
        if editor.apply(edit) {
            editor.close_dialog();
        }
    });
    view! { <KeyDialog editor offer first title="Branch" button="Done" done /> }.into_any()
}

#[component]
fn KeyDialog(
    editor: Editor,
    offer: Offer,
    first: String,
    title: &'static str,
    button: &'static str,
    done: Callback<String>,
) -> impl IntoView {
    let listed = offer.choices.iter().any(|c| c.key == first);
    let chosen = RwSignal::new(first.clone());
    let typed = RwSignal::new(if listed { String::new() } else { first });
    let error = RwSignal::new(None::<String>);
    let close = Callback::new(move |()| editor.close_dialog());
    let cards = offer
        .choices
        .iter()
        .map(|choice| {
            let used = offer.used.contains(&choice.key);
            let (key, own) = (choice.key.clone(), choice.key.clone());
            view! {
                <label class="branch-choice" class:key=choice.key_cap>
                    <input
                        type="radio"
                        name="branch"
                        value=choice.key.clone()
                        disabled=used
                        prop:checked=move || chosen.get() == own
                        on:change=move |_| {
                            chosen.set(key.clone());
                            typed.set(String::new());
                            error.set(None);
                        }
                    />
                    <span>
                        {choice.icon.map(|name| icon(name, 14))} {choice.label.clone()}
                        {used.then(|| view! { <small class="muted">" used"</small> })}
                    </span>
                </label>
            }
        })
        .collect_view();
    let free = offer.free.map(|free| {
        let (label, mode) = match free {
            FreeKey::Digits(_) => ("Other keys", "tel"),
            FreeKey::Text => ("Other value", "text"),
        };
        view! {
            <div class="field">
                <label for="branch-key">{label}</label>
                <input
                    class="input"
                    id="branch-key"
                    inputmode=mode
                    autocomplete="off"
                    maxlength=callflow::limits::MAX_BRANCH_KEY_LEN.to_string()
                    prop:value=typed
                    on:input:target=move |ev| {
                        let text = ev.target().value();
                        typed.set(text.clone());
                        chosen.set(text.trim().to_owned());
                        error.set(None);
                    }
                />
            </div>
        }
    });
    let tile = Some((offer.icon, offer.family));
    let detail = offer.name.to_owned();
    let offer = StoredValue::new(offer);
    let save = move || {
        let key = chosen.get_untracked();
        match offer.with_value(|offer| offer.refuse(&key)) {
            Some(wrong) => error.set(Some(wrong)),
            None => done.run(key),
        }
    };
    let foot =
        move || view! { <Foot close verb=button does=Does::Submit("branch-form") /> }.into_any();
    view! {
        <DialogFrame title=Signal::stored(title.to_owned()) detail=Signal::stored(detail) tile close foot>
            <form
                id="branch-form"
                class="fields"
                novalidate
                on:submit=move |ev| {
                    ev.prevent_default();
                    save();
                }
            >
                <div class="field" role="radiogroup" aria-label="Branch">
                    <div class="branch-choices">{cards}</div>
                </div>
                {free}
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
            </form>
        </DialogFrame>
    }
    .into_any()
}

//! The form of a step, made from the descriptions of its fields.

use super::Editor;
use super::dialog::DialogFrame;
use super::help::{HelpBeside, Topic};
use super::session::{Dialog, ResourceAsk};
use crate::form::{Fields, FormField, InPlace, Steps};
use crate::schedule::{ScheduleView, Subject};
use crate::ui::foot::{Does, Foot};
use callflow::edit::{self, Edit};
use callflow::field::FieldKind;
use callflow::flow::Parent;
use callflow::{Callflow, Directory, Flow, NodeId};
use leptos::prelude::*;
use std::sync::Arc;

impl Editor {
    /// Opens the form of a step. A step without fields has none.
    pub(crate) fn open_step(&self, id: NodeId) {
        self.select(Some(id));
        self.session
            .dialog
            .set(Some(Dialog::Step { id, fresh: None }));
    }

    /// The other steps, for one of them to be chosen.
    fn steps_beside(&self, id: NodeId) -> Steps {
        let callflow = self.document.now();
        let flow = &callflow.flow;
        let parents = flow.parents();
        self.directory.with_value(|d| {
            let others = flow.preorder().into_iter().filter(|other| *other != id);
            let named = others.filter_map(|other| {
                let name = flow.step_name(other, d)?;
                let place = place_of(flow, parents.get(&other), other, d);
                Some((other.to_string(), format!("{name} ({place})")))
            });
            Steps(named.collect())
        })
    }

    /// "Main menu, key 1, before Ring Group": where a step stands.
    pub(crate) fn whereabouts(&self, id: NodeId) -> String {
        let callflow = self.document.current.get();
        let flow = &callflow.flow;
        let parent = flow.parent(id);
        self.directory
            .with_value(|d| place_of(flow, parent.as_ref(), id, d))
    }
}

/// Where a step stands below its parent.
fn place_of(flow: &Flow, parent: Option<&Parent>, id: NodeId, directory: &Directory) -> String {
    let mut text = match parent.and_then(|p| Some((flow.node(p.node)?, &p.key))) {
        None => "First step".to_owned(),
        Some((node, key)) => {
            let name = node.action.preset().label;
            if super::diagram::branches_are_labelled(node, directory) {
                let branch = node.action.branch_label(key.as_str(), directory);
                let word = if branch.key_cap { "key " } else { "" };
                format!("{name}, {word}{}", branch.label)
            } else {
                format!("After {name}")
            }
        }
    };
    let next = flow.node(id).and_then(|n| match n.branches.as_slice() {
        [(_, child)] => flow.node(*child).map(|c| c.action.preset().label),
        _ => None,
    });
    if let Some(next) = next {
        text.push_str(", before ");
        text.push_str(next);
    }
    text
}

/// The dialog. Cancelling a step that was just dropped takes it away again.
#[component]
pub(crate) fn StepDialog(
    editor: Editor,
    id: NodeId,
    fresh: Option<(Arc<Callflow>, String)>,
) -> impl IntoView {
    let callflow = editor.document.now();
    let Some(node) = callflow.flow.node(id).cloned() else {
        return ().into_any();
    };
    let preset = node.action.preset();
    let new = fresh.is_some();
    let directory = editor.directory.get_value();
    let marked = preset.mark.map(|(key, _)| key);
    let fields: Vec<FormField> = node
        .action
        .specs()
        .into_iter()
        // What makes the catalog entry what it is cannot be changed here.
        .filter(|spec| marked != Some(spec.key))
        .map(|spec| {
            let value = node.action.get(spec.key);
            FormField::new(spec, value)
        })
        .collect();
    for problem in editor
        .problems
        .get_untracked()
        .iter()
        .filter(|p| p.node == Some(id) && !new)
    {
        let of = fields
            .iter()
            .find(|f| problem.field.as_deref() == Some(f.spec.key));
        if let Some(field) = of {
            field.error.set(Some(problem.message.clone()));
        }
    }
    let fresh = StoredValue::new(fresh);
    let close = Callback::new(move |()| {
        if let Some((before, _)) = fresh.get_value() {
            editor.document.restore(before);
            editor.session.selected.set(None);
        }
        editor.close_dialog();
    });
    let action = StoredValue::new(node.action.clone());
    let form = StoredValue::new(fields.clone());
    let save = move || {
        let mut action = action.get_value();
        let mut fits = true;
        for field in form.get_value() {
            if let Err(error) = action.set(field.spec.key, &field.value.get_untracked()) {
                field.error.set(Some(error.message));
                fits = false;
            }
        }
        if !fits {
            return;
        }
        let edit = Edit::Change { node: id, action };
        match fresh.get_value() {
            None => {
                if editor.apply(edit) {
                    editor.close_dialog();
                }
            }
            Some((before, label)) => {
                let now = editor.document.now();
                match editor.directory.with_value(|d| edit::apply(&now, edit, d)) {
                    Ok(applied) => {
                        editor
                            .document
                            .change_from(before, label, Some(id), applied.callflow);
                        editor.select(Some(id));
                        editor.close_dialog();
                    }
                    Err(error) => editor.toasts.fail("The step was not added", error),
                }
            }
        }
    };
    if fields
        .iter()
        .any(|field| field.spec.kind == FieldKind::Step)
    {
        provide_context(editor.steps_beside(id));
    }
    provide_context(InPlace {
        directory: editor.resources_now(),
        open: Callback::new(move |(kind, id, saved)| {
            let ask = ResourceAsk { kind, id, saved };
            editor.session.resource.set(Some(ask));
        }),
    });
    let nothing = fields.is_empty();
    let module = node.action.module().to_owned();
    let title = if new {
        format!("Add {}", preset.label)
    } else {
        preset.label.to_owned()
    };
    let unknown = matches!(node.action, callflow::Action::Unknown(_));
    let json = unknown.then(|| {
        let data = serde_json::Value::Object(node.action.to_object());
        let text = serde_json::to_string_pretty(&data).unwrap_or_default();
        view! {
            <div class="field">
                <span class="label">{format!("Module {}", node.action.module())}</span>
                <code class="code">{text}</code>
                <span class="help">
                    "This version does not know the module. It is kept as it is, and calls pass it over."
                </span>
            </div>
        }
    });
    // What the step does at which time, while its values are chosen.
    let times = (module == "temporal_route").then(|| {
        let keys: Vec<String> = node
            .branches
            .iter()
            .map(|(key, _)| key.to_string())
            .collect();
        let subject = Signal::derive(move || {
            let mut action = action.get_value();
            for field in form.get_value() {
                // What does not fit is told at its field when the form is left.
                let _unfit = action.set(field.spec.key, &field.value.get());
            }
            Subject::Step {
                data: serde_json::Value::Object(action.to_object()),
                keys: keys.clone(),
            }
        });
        view! {
            <section class="field" aria-label="What happens when">
                <span class="label">"What happens when"</span>
                <ScheduleView account=editor.account.get_value() subject />
            </section>
        }
    });
    let foot = move || {
        if unknown {
            return view! {
                <span class="grow"></span>
                <button class="btn" type="button" on:click=move |_| close.run(())>
                    "Cancel"
                </button>
            }
            .into_any();
        }
        let verb = if new { "Add" } else { "Done" };
        view! { <Foot close verb does=Does::Submit("step-form") /> }.into_any()
    };
    view! {
        <DialogFrame
            title=Signal::stored(title)
            detail=Signal::stored(untrack(|| editor.whereabouts(id)))
            tile=Some((preset.icon, preset.family.as_str()))
            close
            foot
        >
            <form
                id="step-form"
                class="fields"
                novalidate
                on:submit=move |ev| {
                    ev.prevent_default();
                    save();
                }
            >
                <p class="t2">{preset.help}</p>
                <Fields fields directory />
                {(nothing && !unknown).then(|| view! { <p class="muted">"This step has nothing to set."</p> })}
                {json}
                {times}
                {(!unknown).then(|| view! { <HelpBeside topic=Topic::Action(module) /> })}
            </form>
        </DialogFrame>
    }
    .into_any()
}

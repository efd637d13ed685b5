//! The card of the selected step, at the bottom of the catalog and as a sheet on phones.

use super::Editor;
use super::changes::Kind;
use super::drop::Load;
use super::problems::StepProblems;
use crate::ui::icon::icon;
use callflow::NodeId;
use callflow::edit::Edit;
use callflow::field::{FieldKind, Unit};
use leptos::prelude::*;
use serde_json::Value;

/// Most values shown.
const MOST_VALUES: usize = 4;

/// Name, place, values and what can be done with the selected step.
#[component]
pub(crate) fn StepCard(editor: Editor) -> impl IntoView {
    move || {
        if editor.session.carry.with(Option::is_some) || editor.session.dialog.with(Option::is_some)
        {
            return None;
        }
        if editor.session.group.with(|group| !group.is_empty()) {
            return None;
        }
        let id = editor.session.selected.get().flatten()?;
        let callflow = editor.document.current.get();
        let node = callflow.flow.node(id)?.clone();
        let preset = node.action.preset();
        let changed = editor
            .unpublished
            .with(|all| all.iter().find(|c| c.step == Some(id)).map(|c| c.kind));
        let chip = changed.map(|kind| {
            let word = match kind {
                Kind::Added => "Added",
                Kind::Removed => "Removed",
                Kind::Changed => "Changed",
                Kind::Moved => "Moved",
            };
            view! { <span class="chip warn">{word}</span> }
        });
        let mut values = values(editor, id);
        let then = match node.branches.as_slice() {
            [(_, child)] => editor
                .directory
                .with_value(|d| callflow.flow.step_name(*child, d))
                .map(|name| name.replacen(" · ", ", ", 1)),
            _ => None,
        };
        if let Some(then) = then {
            values.push(("Then".to_owned(), then));
        }
        let rows = values
            .into_iter()
            .map(|(term, text)| {
                view! {
                    <dt>{term}</dt>
                    <dd title=text.clone()>{text.clone()}</dd>
                }
            })
            .collect_view();
        Some(view! {
            <section class="inspect" aria-label="Selected step">
                <span class="grab m-only" aria-hidden="true"></span>
                <div class="inspect-head">
                    <span class=format!("tile fam-{}", preset.family.as_str())>{icon(preset.icon, 18)}</span>
                    <span class="grow">
                        <b>{preset.label}</b>
                        <small>{editor.whereabouts(id)}</small>
                    </span>
                    {chip}
                </div>
                <dl>{rows}</dl>
                {(!node.note.is_empty())
                    .then(|| view! { <p class="inspect-note">{icon("sticky-note", 14)} {node.note.clone()}</p> })}
                <StepProblems editor id />
                <div class="inspect-acts">
                    <button class="btn btn-sm" on:click=move |_| editor.open_step(id)>
                        {icon("pencil", 14)}
                        "Edit"
                    </button>
                    {act("arrow-up", "Move up", move || editor.move_by(id, true))}
                    {act("arrow-down", "Move down", move || editor.move_by(id, false))}
                    {act(
                        "copy",
                        "Duplicate",
                        move || {
                            editor.apply(Edit::Duplicate { node: id });
                        },
                    )}
                    {act("trash-2", "Delete step", move || editor.delete(id))}
                </div>
                <div class="sheet-acts m-only" role="menu" aria-label="Step actions">
                    {sheet_act("pencil", "Edit", move || editor.open_step(id))}
                    {sheet_act("arrow-up", "Move up", move || editor.move_by(id, true))}
                    {sheet_act("arrow-down", "Move down", move || editor.move_by(id, false))}
                    {sheet_act(
                        "move",
                        "Move to another place",
                        move || editor.pick_up_by_keyboard(Load::Step { id, alone: false }),
                    )}
                    {sheet_act(
                        "copy",
                        "Duplicate",
                        move || {
                            editor.apply(Edit::Duplicate { node: id });
                        },
                    )}
                    {sheet_act("trash-2", "Delete step", move || editor.delete(id))}
                    {sheet_act("x", "Close", move || editor.session.selected.set(None))}
                </div>
            </section>
        })
    }
}

fn act(glyph: &'static str, name: &'static str, run: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button class="icon-btn" aria-label=name title=name on:click=move |_| run()>
            {icon(glyph, 16)}
        </button>
    }
    .into_any()
}

fn sheet_act(glyph: &'static str, name: &'static str, run: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button role="menuitem" class:danger=name == "Delete step" on:click=move |_| run()>
            {icon(glyph, 18)}
            {name}
        </button>
    }
    .into_any()
}

/// The values of a step that are set, in words.
fn values(editor: Editor, id: NodeId) -> Vec<(String, String)> {
    let callflow = editor.document.current.get();
    let Some(node) = callflow.flow.node(id) else {
        return Vec::new();
    };
    let marked = node.action.preset().mark.map(|(key, _)| key);
    node.action
        .specs()
        .into_iter()
        .filter(|spec| marked != Some(spec.key))
        .filter_map(|spec| {
            let value = node.action.get(spec.key);
            let text = shown(editor, &spec.kind, &value)?;
            Some((spec.label.to_owned(), text))
        })
        .take(MOST_VALUES)
        .collect()
}

/// A value in words; `None` when there is nothing to say.
fn shown(editor: Editor, kind: &FieldKind, value: &Value) -> Option<String> {
    let plain = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(on) => Some(if *on { "Yes" } else { "No" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) => Some(format!("{} chosen", items.len())),
        Value::Object(map) => Some(format!("{} set", map.len())),
    };
    let text = plain(value)?;
    Some(match kind {
        FieldKind::Duration {
            unit: Unit::Seconds,
            ..
        } => format!("{text} s"),
        FieldKind::Duration {
            unit: Unit::Milliseconds,
            ..
        } => format!("{text} ms"),
        FieldKind::Choice(choices) => choices
            .iter()
            .find(|c| c.value == text)
            .map_or(text, |c| c.label.to_owned()),
        FieldKind::Resource(kind) => editor
            .directory
            .with_value(|d| d.name(*kind, &text))
            .unwrap_or_else(|| "Unknown".to_owned()),
        FieldKind::Step => {
            let step = text.parse().ok()?;
            let flow = &editor.document.current.get().flow;
            editor
                .directory
                .with_value(|d| flow.step_name(step, d))
                .unwrap_or_else(|| "A step that is no longer here".to_owned())
        }
        FieldKind::Media => editor
            .directory
            .with_value(|d| d.name(callflow::ResourceKind::Media, &text))
            .unwrap_or(text),
        _ => text,
    })
}

//! The blocks: the main block, steps and folded branches.

use super::Editor;
use super::diagram::Item;
use super::layout::Rect;
use super::session::{Dialog, Menu};
use crate::ui::icon::icon;
use crate::ui::number::spaced;
use callflow::check::Severity;
use callflow::command::PresenceState;
use callflow::{Branches, NodeId};
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

/// The id of a block in the page.
pub(crate) fn block_id(step: Option<NodeId>) -> String {
    step.map_or_else(|| "block-main".to_owned(), |id| format!("block-{id}"))
}

fn place(rect: Rect) -> String {
    format!(
        "--x:{}px;--y:{}px;--w:{}px;--h:{}px",
        rect.x, rect.y, rect.width, rect.height
    )
}

/// What every block does with the keyboard and the pointer.
fn tab_index(editor: Editor, step: Option<NodeId>) -> impl Fn() -> &'static str + Copy {
    move || {
        let selected = editor.session.selected.get();
        // One stop: the selected block, else the main block.
        if selected == Some(step) || (selected.is_none() && step.is_none()) {
            "0"
        } else {
            "-1"
        }
    }
}

fn drop_class(editor: Editor, step: Option<NodeId>) -> impl Fn() -> &'static str + Copy {
    move || {
        editor.session.carry.with(|carry| match carry {
            None => "",
            Some(carry) if matches!(&carry.load, super::drop::Load::Step { id, .. } if Some(*id) == step) => "is-moving",
            Some(carry) if carry.accepting.contains(&step) => "is-target",
            Some(_) => "no-drop",
        })
    }
}

/// Name and numbers.
#[component]
pub(crate) fn MainBlock(editor: Editor) -> impl IntoView {
    let callflow = editor.document.current;
    let style = move || {
        editor.diagram.with(|d| {
            d.items
                .first()
                .map(|item| place(item.rect))
                .unwrap_or_default()
        })
    };
    let selected = move || editor.session.selected.get() == Some(None);
    let target = drop_class(editor, None);
    let open = move |ev: leptos::ev::MouseEvent| {
        ev.stop_propagation();
        editor.session.dialog.set(Some(Dialog::Main));
    };
    let numbers = move || {
        callflow.with(|c| {
            let shown: Vec<_> = c
                .numbers
                .iter()
                .take(SHOWN_NUMBERS)
                .enumerate()
                .map(|(at, n)| number_chip(at, n, &c.numbers))
                .collect();
            let more = c.numbers.len().saturating_sub(SHOWN_NUMBERS);
            view! {
                {shown}
                {(more > 0).then(|| view! { <span class="num">{format!("+{more} more")}</span> })}
            }
        })
    };
    let nothing = move || callflow.with(|c| c.numbers.is_empty());
    let problem = move || {
        editor.problems.with(|all| {
            all.iter()
                .find(|p| p.node.is_none())
                .map(|p| (p.severity, p.message.clone()))
        })
    };
    let name = move || {
        let title = callflow.with(|c| c.title());
        match problem() {
            Some((_, message)) => format!("Callflow {title}. Problem: {message}"),
            None => format!("Callflow {title}"),
        }
    };
    view! {
        <div
            class=move || format!("main-block node {}", target())
            class:is-selected=selected
            id=block_id(None)
            style=style
            role="treeitem"
            {..custom_attribute("aria-level", "1")}
            aria-expanded="true"
            aria-owns="below-main"
            aria-selected=move || if selected() { "true" } else { "false" }
            aria-label=name
            tabindex=tab_index(editor, None)
            on:click=move |_| editor.session.selected.set(Some(None))
            on:dblclick=open
        >
            <div class="mb-head">
                <span class="mb-icon">{icon("phone", 16)}</span>
                <span class="mb-name">{move || callflow.with(|c| c.title())}</span>
                <button class="mb-edit" aria-label="Change name and numbers" title="Change name and numbers" on:click=open>
                    {icon("pencil", 14)}
                </button>
            </div>
            <div class="mb-nums">
                {numbers}
                <button class="num-add" class:wide=nothing aria-label="Add number" title="Add number" on:click=open>
                    {icon("plus", 14)}
                    {move || nothing().then_some("Click to add number")}
                </button>
            </div>
            {move || problem().map(|(severity, message)| badge(severity, message))}
        </div>
    }
}

/// Number chips that fit the main block.
const SHOWN_NUMBERS: usize = 3;

fn number_chip(at: usize, number: &str, all: &[String]) -> impl IntoView + use<> {
    let ddi = number.starts_with('+');
    let first = all.iter().position(|n| n.starts_with('+') == ddi) == Some(at);
    let (short, long) = if ddi {
        ("DDI", "Direct dial number")
    } else {
        ("Ext", "Extension")
    };
    view! {
        <span class="num" title=long>
            {first.then(|| view! { <abbr>{short}</abbr> })}
            {spaced(number)}
        </span>
    }
}

fn badge(severity: Severity, message: String) -> impl IntoView {
    let (class, glyph, name) = match severity {
        Severity::Error => ("err-badge", "circle-alert", "Problem"),
        Severity::Warning => ("err-badge warn", "triangle-alert", "Warning"),
    };
    view! {
        <span class=class role="img" aria-label=name title=message>
            {icon(glyph, 12)}
        </span>
    }
}

fn lamp_class(state: PresenceState) -> &'static str {
    match state {
        PresenceState::Idle => "lamp idle",
        PresenceState::Ringing => "lamp ringing",
        PresenceState::Busy => "lamp busy",
    }
}

/// A step.
#[component]
pub(crate) fn StepBlock(editor: Editor, id: NodeId, item: Memo<Option<Item>>) -> impl IntoView {
    let node = Memo::new(move |_| editor.document.current.with(|c| c.flow.node(id).cloned()));
    let problem = Memo::new(move |_| {
        editor.problems.with(|all| {
            all.iter()
                .find(|p| p.node == Some(id))
                .map(|p| (p.severity, p.message.clone()))
        })
    });
    let fresh = Memo::new(move |_| {
        editor
            .session
            .dialog
            .with(|d| matches!(d, Some(Dialog::Step { id: open, fresh: Some(_) }) if *open == id))
    });
    let changed = Memo::new(move |_| {
        editor
            .unpublished
            .with(|all| all.iter().any(|c| c.step == Some(id)))
    });
    let selected = Memo::new(move |_| editor.session.selected.get() == Some(Some(id)));
    let target = drop_class(editor, Some(id));
    let rect = move || item.with(|i| i.as_ref().map(|i| place(i.rect)).unwrap_or_default());
    let class = move || {
        let mut class = String::from("node");
        node.with(|node| {
            let Some(node) = node else { return };
            class.push_str(" fam-");
            class.push_str(node.action.preset().family.as_str());
            if !node.enabled {
                class.push_str(" is-skipped");
            }
            if editor.directory.with_value(|d| node.action.branches(d)) == Branches::None {
                class.push_str(" is-terminal");
            }
        });
        if fresh.get() {
            class.push_str(" is-new");
        } else {
            match problem.get() {
                Some((Severity::Error, _)) => class.push_str(" has-error"),
                Some((Severity::Warning, _)) => class.push_str(" has-warn"),
                None => {}
            }
        }
        if selected.get() {
            class.push_str(" is-selected");
        }
        let target = target();
        if !target.is_empty() {
            class.push(' ');
            class.push_str(target);
        }
        class
    };
    let text = Memo::new(move |_| step_text(editor, id));
    let detail = move || {
        let text = text.get();
        if fresh.get() {
            return view! { <small>"New step"</small> }.into_any();
        }
        if let Some((_, message)) = problem.get() {
            let title = message.clone();
            return view! { <small title=title>{message}</small> }.into_any();
        }
        if node.with(|n| n.as_ref().is_some_and(|n| !n.enabled)) {
            return view! { <small>"Skipped"</small> }.into_any();
        }
        let lamp = text
            .lamp
            .map(|state| view! { <span class=lamp_class(state)></span> });
        view! {
            <small class:mono=text.mono title=text.caption.clone()>
                {lamp}
                {text.caption.clone()}
            </small>
        }
        .into_any()
    };
    let name = move || {
        let text = text.get();
        let via = item
            .with(|i| i.as_ref().is_some_and(|i| i.labelled))
            .then_some(text.branch.clone())
            .flatten();
        let mut name = via.map_or_else(String::new, |via| format!("{via}: "));
        name.push_str(&text.title);
        if !text.caption.is_empty() {
            name.push_str(", ");
            name.push_str(&text.caption);
        }
        match problem.get().filter(|_| !fresh.get()) {
            Some((Severity::Error, message)) => name.push_str(&format!(". Problem: {message}")),
            Some((Severity::Warning, message)) => name.push_str(&format!(". Warning: {message}")),
            None => {}
        }
        name
    };
    let children = move || item.with(|i| i.as_ref().is_some_and(|i| !i.children.is_empty()));
    let level = move || item.with(|i| i.as_ref().map(|i| i.level.to_string()));
    view! {
        <div
            class=class
            id=block_id(Some(id))
            style=rect
            role="treeitem"
            {..custom_attribute("aria-level", level)}
            aria-expanded=move || children().then_some("true")
            aria-owns=move || children().then(|| format!("below-{id}"))
            aria-selected=move || if selected.get() { "true" } else { "false" }
            aria-label=name
            tabindex=tab_index(editor, Some(id))
            on:click=move |_| editor.session.selected.set(Some(Some(id)))
            on:dblclick=move |_| editor.open_step(id)
            on:pointerdown=move |ev| editor.press_step(id, &ev)
            on:contextmenu=move |ev: leptos::ev::MouseEvent| {
                ev.prevent_default();
                editor.select(Some(id));
                editor
                    .session
                    .menu
                    .set(Some(Menu::Step(id, f64::from(ev.client_x()), f64::from(ev.client_y()))));
            }
        >
            <span class="tile">
                {move || node.with(|n| n.as_ref().map(|n| icon(n.action.preset().icon, 18)))}
            </span>
            <span class="node-text">
                <b title=move || text.with(|t| t.title.clone())>{move || text.with(|t| t.title.clone())}</b>
                {detail}
            </span>
            {move || (!fresh.get()).then(|| problem.get().map(|(severity, message)| badge(severity, message)))}
            {move || {
                (changed.get() && !fresh.get())
                    .then(|| view! { <span class="edit-dot" title="Changed since the live version"></span> })
            }}
            {move || {
                (selected.get() && !fresh.get())
                    .then(|| {
                        view! {
                            <button
                                class="node-more"
                                tabindex="-1"
                                aria-label="Step actions"
                                title="Step actions"
                                on:pointerdown=move |ev| ev.stop_propagation()
                                on:click=move |ev: leptos::ev::MouseEvent| {
                                    ev.stop_propagation();
                                    let (x, y) = (f64::from(ev.client_x()), f64::from(ev.client_y()));
                                    editor.session.menu.set(Some(Menu::Step(id, x, y)));
                                }
                            >
                                {icon("ellipsis", 16)}
                            </button>
                        }
                    })
            }}
        </div>
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct StepText {
    title: String,
    caption: String,
    mono: bool,
    lamp: Option<PresenceState>,
    branch: Option<String>,
}

/// Title, caption and branch of a step, in words.
fn step_text(editor: Editor, id: NodeId) -> StepText {
    let callflow = editor.document.current.get();
    let Some(node) = callflow.flow.node(id) else {
        return StepText::default();
    };
    let via = editor.diagram.with(|d| {
        let item = d.step(id)?;
        Some((d.items.get(item.parent?)?.shown.step()?, item.via.clone()?))
    });
    editor.directory.with_value(|d| {
        let caption = node.action.caption(d);
        let branch = via.and_then(|(parent, key)| {
            let parent = callflow.flow.node(parent)?;
            Some(parent.action.branch_label(key.as_str(), d).label)
        });
        StepText {
            title: node.action.preset().label.to_owned(),
            caption: caption.text,
            mono: caption.mono,
            lamp: caption.lamp,
            branch,
        }
    })
}

/// A step that is folded together with everything below it.
#[component]
pub(crate) fn FoldBlock(editor: Editor, id: NodeId, item: Memo<Option<Item>>) -> impl IntoView {
    let rect = move || item.with(|i| i.as_ref().map(|i| place(i.rect)).unwrap_or_default());
    let hidden = move || item.with(|i| i.as_ref().map_or(0, |i| i.hidden));
    let level = move || item.with(|i| i.as_ref().map(|i| i.level.to_string()));
    let selected = move || editor.session.selected.get() == Some(Some(id));
    let target = drop_class(editor, Some(id));
    view! {
        <div
            class=move || format!("node chip-node {}", target())
            class:is-selected=selected
            id=block_id(Some(id))
            style=rect
            role="treeitem"
            {..custom_attribute("aria-level", level)}
            aria-expanded="false"
            aria-selected=move || if selected() { "true" } else { "false" }
            aria-label=move || format!("{} steps hidden", hidden())
            tabindex=tab_index(editor, Some(id))
            on:click=move |_| editor.unfold(id)
        >
            {icon("unfold-vertical", 16)}
            <span>
                <b>{move || format!("{} steps", hidden())}</b>
                " hidden"
            </span>
        </div>
    }
}

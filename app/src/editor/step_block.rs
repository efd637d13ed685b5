//! The block of a step.

use super::Editor;
use super::block::{badge, block_id, drop_class, place, tab_index};
use super::diagram::Item;
use super::session::{Dialog, Menu};
use crate::simulator::Mark;
use crate::ui::icon::icon;
use callflow::check::Severity;
use callflow::command::PresenceState;
use callflow::{Branches, Node, NodeId};
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;
use std::sync::Arc;

fn lamp_class(state: PresenceState) -> &'static str {
    match state {
        PresenceState::Idle => "lamp idle",
        PresenceState::Ringing => "lamp ringing",
        PresenceState::Busy => "lamp busy",
    }
}

/// What a block knows of its step, each recomputed only when it changes.
#[derive(Clone, Copy)]
struct Known {
    node: Memo<Option<Arc<Node>>>,
    item: Memo<Option<Item>>,
    text: Memo<StepText>,
    problem: Memo<Option<(Severity, String)>>,
    /// Just dropped, its form is open.
    fresh: Memo<bool>,
    changed: Memo<bool>,
    /// The path of a simulated call.
    mark: Memo<Mark>,
    /// Calls that are here now.
    calls: Memo<usize>,
    /// The call that was chosen came through.
    passed: Memo<bool>,
    selected: Signal<bool>,
    /// One of several that are chosen.
    grouped: Memo<bool>,
    /// It has what is looked for.
    hit: Memo<bool>,
}

impl Known {
    fn new(editor: Editor, id: NodeId, item: Memo<Option<Item>>) -> Self {
        Self {
            node: Memo::new(move |_| editor.document.current.with(|c| c.flow.node(id).cloned())),
            item,
            text: Memo::new(move |_| step_text(editor, id)),
            problem: Memo::new(move |_| editor.worst.with(|worst| worst.get(&Some(id)).cloned())),
            fresh: Memo::new(move |_| {
                editor.session.dialog.with(
                    |d| matches!(d, Some(Dialog::Step { id: open, fresh: Some(_) }) if *open == id),
                )
            }),
            changed: Memo::new(move |_| editor.changed.with(|changed| changed.contains(&id))),
            mark: Memo::new(move |_| {
                let path = editor.simulator.path;
                path.with(|path| path.as_ref().map_or(Mark::None, |path| path.mark(id)))
            }),
            calls: Memo::new(move |_| {
                let here = editor.live.here;
                here.with(|here| here.get(&id).copied().unwrap_or_default())
            }),
            passed: Memo::new(move |_| editor.live.path.with(|path| path.contains(&id))),
            selected: Signal::derive(move || editor.is_selected(Some(id))),
            hit: Memo::new(move |_| editor.find.hits(Some(id))),
            grouped: Memo::new(move |_| editor.session.group.with(|group| group.contains(&id))),
        }
    }

    fn class(self, editor: Editor) -> String {
        let mut class = String::from("node");
        self.node.with(|node| {
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
        if self.fresh.get() {
            class.push_str(" is-new");
        } else {
            match self.problem.get() {
                Some((Severity::Error, _)) => class.push_str(" has-error"),
                Some((Severity::Warning | Severity::Hint, _)) => class.push_str(" has-warn"),
                None => {}
            }
        }
        if self.selected.get() {
            class.push_str(" is-selected");
        }
        if self.grouped.get() {
            class.push_str(" is-grouped");
        }
        if self.hit.get() {
            class.push_str(" is-hit");
        }
        if self.calls.get() > 0 {
            class.push_str(" has-calls");
        }
        if self.passed.get() {
            class.push_str(" on-path");
        }
        class.push(' ');
        class.push_str(self.mark.with(Mark::class));
        class
    }

    /// The line below the title, with what joins both when they are read aloud.
    fn detail(self) -> AnyView {
        let text = self.text.get();
        let skipped = self.node.with(|n| n.as_ref().is_some_and(|n| !n.enabled));
        let (joint, shown) = match self.problem.get() {
            _ if self.fresh.get() => (", ", "New step".to_owned()),
            Some((Severity::Error, message)) => (". Problem: ", message),
            Some((Severity::Warning | Severity::Hint, message)) => (". Warning: ", message),
            None if skipped => (", ", "Skipped".to_owned()),
            None if text.caption.is_empty() => return ().into_any(),
            None => {
                let lamp = text
                    .lamp
                    .map(|state| view! { <span class=lamp_class(state)></span> });
                return view! {
                    <span class="sr">", "</span>
                    <small class:mono=text.mono title=text.caption.clone()>
                        {lamp}
                        {text.caption.clone()}
                    </small>
                }
                .into_any();
            }
        };
        view! {
            <span class="sr">{joint}</span>
            <small title=shown.clone()>{shown.clone()}</small>
        }
        .into_any()
    }

    /// "Opening hours: ", where the line to the step carries a label.
    fn branch(self) -> Option<String> {
        let labelled = self.item.with(|i| i.as_ref().is_some_and(|i| i.labelled));
        let branch = self.text.with(|t| t.branch.clone());
        branch
            .filter(|_| labelled)
            .map(|branch| format!("{branch}: "))
    }
}

/// A step.
#[component]
pub(crate) fn StepBlock(editor: Editor, id: NodeId, item: Memo<Option<Item>>) -> impl IntoView {
    let known = Known::new(editor, id, item);
    let target = drop_class(editor, Some(id));
    let rect = move || item.with(|i| i.as_ref().map(|i| place(i.rect)).unwrap_or_default());
    let level = move || item.with(|i| i.as_ref().map(|i| i.level.to_string()));
    let children = move || item.with(|i| i.as_ref().is_some_and(|i| !i.children.is_empty()));
    let open_menu = move |ev: &leptos::ev::MouseEvent| {
        let (x, y) = (f64::from(ev.client_x()), f64::from(ev.client_y()));
        editor.session.menu.set(Some(Menu::Step(id, x, y)));
    };
    let tile = move || {
        known
            .node
            .with(|n| n.as_ref().map(|n| icon(n.action.preset().icon, 18)))
    };
    let title = move || known.text.with(|t| t.title.clone());
    let marks = move || {
        let settled = !known.fresh.get();
        let problem = known.problem.get().filter(|_| settled);
        let changed = known.changed.get() && settled;
        let numbers = known.mark.with(Mark::numbers);
        let note = known.node.with(|n| n.as_ref().map(|n| n.note.clone()));
        let note = note.filter(|note| !note.is_empty());
        view! {
            {numbers
                .map(|numbers| {
                    view! {
                        <span class="step-no">
                            <span class="sr">", simulated step "</span>
                            {numbers}
                        </span>
                    }
                })}
            {match known.calls.get() {
                0 => problem.map(|(severity, message)| badge(severity, message, false)).into_any(),
                calls => live_count(calls).into_any(),
            }}
            {note
                .map(|note| {
                    view! {
                        <span class="node-note" title=note.clone()>
                            <span class="sr">{format!(". Note: {note}")}</span>
                            {icon("sticky-note", 12)}
                        </span>
                    }
                })}
            {changed.then(|| view! { <span class="edit-dot" title="Changed since the live version"></span> })}
        }
    };
    let more = move || {
        (known.selected.get() && !known.fresh.get() && !known.grouped.get()).then(|| {
            view! {
                // For the pointer; the keyboard has Shift F10, and the card shows the same.
                <button
                    class="node-more"
                    tabindex="-1"
                    aria-hidden="true"
                    title="Step actions"
                    on:pointerdown=|ev| ev.stop_propagation()
                    on:click=move |ev: leptos::ev::MouseEvent| {
                        ev.stop_propagation();
                        open_menu(&ev);
                    }
                >
                    {icon("ellipsis", 16)}
                </button>
            }
        })
    };
    view! {
        <div
            class=move || format!("{} {}", known.class(editor), target())
            id=block_id(Some(id))
            style=rect
            role="treeitem"
            {..custom_attribute("aria-level", level)}
            aria-expanded=move || children().then_some("true")
            aria-owns=move || children().then(|| format!("below-{id}"))
            aria-selected=move || if known.selected.get() || known.grouped.get() { "true" } else { "false" }
            tabindex=tab_index(editor, Some(id))
            on:click=move |ev| editor.click_step(id, &ev)
            on:dblclick=move |_| editor.open_step(id)
            on:pointerdown=move |ev| editor.press_step(id, &ev)
            on:contextmenu=move |ev: leptos::ev::MouseEvent| {
                ev.prevent_default();
                if !editor.is_grouped(id) {
                    editor.select(Some(id));
                }
                open_menu(&ev);
            }
        >
            <span class="tile">{tile}</span>
            <span class="node-text">
                <b title=title>
                    {move || known.branch().map(|branch| view! { <span class="sr">{branch}</span> })}
                    {title}
                </b>
                {move || known.detail()}
            </span>
            {marks}
            {more}
        </div>
    }
    .into_any()
}

/// How many calls are at a step now.
fn live_count(calls: usize) -> impl IntoView {
    let words = match calls {
        1 => "1 call here now".to_owned(),
        n => format!("{n} calls here now"),
    };
    view! {
        <span class="live-n" title=words.clone()>
            <span class="sr">{format!(", {words}")}</span>
            {icon("phone", 12)}
            <span aria-hidden="true">{calls}</span>
        </span>
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
    editor.resources.track();
    let Some(node) = callflow.flow.node(id) else {
        return StepText::default();
    };
    let via = editor.diagram.with(|d| {
        let item = d.step(id)?;
        Some((d.items.get(item.parent?)?.shown.step()?, item.via.clone()?))
    });
    editor.directory.with_value(|d| {
        let caption = callflow.flow.caption(id, d);
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

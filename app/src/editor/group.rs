//! Several steps at once: choosing them, and what is done with all of them.

use super::Editor;
use super::canvas;
use super::drop::Load;
use crate::ui::icon::icon;
use crate::ui::toast::{Toast, Tone};
use callflow::NodeId;
use callflow::edit::{self, Edit};
use leptos::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Editor {
    /// The steps that are chosen together; empty unless there are several.
    pub(crate) fn group(&self) -> BTreeSet<NodeId> {
        self.session.group.get_untracked()
    }

    /// Whether a step is one of several that are chosen.
    pub(crate) fn is_grouped(&self, id: NodeId) -> bool {
        self.session
            .group
            .with_untracked(|group| group.contains(&id))
    }

    /// A click on a step: with Ctrl it is chosen besides, with Shift everything up to it.
    pub(crate) fn click_step(&self, id: NodeId, ev: &leptos::ev::MouseEvent) {
        if ev.ctrl_key() || ev.meta_key() {
            self.toggle_grouped(id);
        } else if ev.shift_key() {
            self.group_up_to(id);
        } else {
            self.ungroup();
            self.session.selected.set(Some(Some(id)));
        }
    }

    /// Chooses a step besides those that are, or leaves it out again.
    pub(crate) fn toggle_grouped(&self, id: NodeId) {
        let mut group = self.with_selected();
        if !group.remove(&id) {
            group.insert(id);
        }
        self.choose(group, Some(id));
    }

    /// Chooses the steps between the selected one and another that stands above or below it; else that one besides.
    pub(crate) fn group_up_to(&self, id: NodeId) {
        let mut group = self.with_selected();
        let selected = self.session.selected.get_untracked().flatten();
        let parents = self.document.now().flow.parents();
        // From one step up to the other, both included.
        let path = |from: NodeId, to: NodeId| {
            let mut path = vec![from];
            while path.last() != Some(&to) {
                path.push(parents.get(path.last()?)?.node);
            }
            Some(path)
        };
        let between = selected.and_then(|anchor| path(id, anchor).or_else(|| path(anchor, id)));
        group.extend(between.unwrap_or_default());
        group.insert(id);
        self.choose(group, Some(id));
    }

    /// Chooses every step.
    pub(crate) fn group_all(&self) {
        let all = self.document.now().flow.preorder();
        let selected = self.session.selected.get_untracked().flatten();
        let at = selected.or(all.first().copied());
        self.choose(all.into_iter().collect(), at);
    }

    /// Chooses exactly these steps.
    pub(crate) fn choose(&self, group: BTreeSet<NodeId>, at: Option<NodeId>) {
        let at = at
            .filter(|at| group.contains(at))
            .or(group.first().copied());
        self.session.selected.set(at.map(Some));
        let count = group.len();
        self.session
            .group
            .set(if count > 1 { group } else { BTreeSet::new() });
        if count > 1 {
            self.say(format!("{count} steps chosen"));
        }
    }

    /// One step at a time again.
    pub(crate) fn ungroup(&self) {
        if self.session.group.with_untracked(|group| !group.is_empty()) {
            self.session.group.set(BTreeSet::new());
        }
    }

    pub(crate) fn with_selected(&self) -> BTreeSet<NodeId> {
        let mut group = self.group();
        if group.is_empty() {
            group.extend(self.session.selected.get_untracked().flatten());
        }
        group
    }

    /// Deletes the chosen steps, with a way back.
    pub(crate) fn delete_group(&self) {
        let nodes = self.group();
        let now = self.document.now();
        let edit = Edit::DeleteSeveral { nodes };
        let label = edit.label(&now);
        match self.directory.with_value(|d| edit::apply(&now, edit, d)) {
            Ok(applied) => {
                self.ungroup();
                self.document.change(label, applied.focus, applied.callflow);
                self.focus(applied.focus);
                self.deleted(format!("{} steps deleted", applied.deleted), String::new());
            }
            Err(error) => self.toasts.fail("The steps were not deleted", error),
        }
    }

    /// Says that something was deleted and offers the way back.
    pub(crate) fn deleted(&self, title: String, text: String) {
        let editor = *self;
        self.toasts.show(Toast {
            tone: Tone::Plain,
            icon: "trash-2",
            title,
            text,
            action: Some(("Undo".to_owned(), Arc::new(move || editor.undo()))),
        });
    }

    /// Switches the chosen steps off; on, when all of them are off.
    pub(crate) fn skip_group(&self) {
        let nodes = self.group();
        let enabled = self.group_is_off();
        let at = self.session.selected.get_untracked().flatten();
        let again = nodes.clone();
        if self.apply(Edit::EnableSeveral { nodes, enabled }) {
            self.choose(again, at);
        }
    }

    /// Whether all chosen steps are switched off.
    fn group_is_off(&self) -> bool {
        let now = self.document.now();
        let mut steps = self.group().into_iter();
        steps.all(|id| now.flow.node(id).is_some_and(|node| !node.enabled))
    }

    /// Picks up the chosen steps for the keyboard.
    pub(crate) fn carry_group(&self) {
        self.pick_up_by_keyboard(Load::Several(self.group()));
    }
}

/// What can be done with several steps, as long as several are chosen.
#[component]
pub(crate) fn GroupBar(editor: Editor) -> impl IntoView {
    let count = Memo::new(move |_| {
        let busy = editor.session.carry.with(Option::is_some)
            || editor.session.dialog.with(Option::is_some);
        if busy {
            return 0;
        }
        editor.session.group.with(BTreeSet::len)
    });
    let off = Memo::new(move |_| {
        editor.session.group.track();
        editor.document.current.track();
        editor.group_is_off()
    });
    let act = move |glyph: &'static str, name: &'static str, run: fn(Editor)| {
        view! {
            <button
                class="btn btn-sm"
                on:pointerdown=|ev| ev.stop_propagation()
                on:click=move |ev: leptos::ev::MouseEvent| {
                    ev.stop_propagation();
                    run(editor);
                }
            >
                {icon(glyph, 14)}
                {name}
            </button>
        }
        .into_any()
    };
    let close = move |ev: leptos::ev::MouseEvent| {
        ev.stop_propagation();
        editor.ungroup();
        canvas::focus_block(editor.session.selected.get_untracked().flatten());
    };
    view! {
        <Show when=move || count.get() != 0>
            <div class="bulk" role="region" aria-label="Chosen steps">
                <b>{move || format!("{} steps", count.get())}</b>
                {act("move", "Move", |e| e.carry_group())}
                {act("copy", "Copy", |e| {
                    e.copy_selection();
                })}
                {move || {
                    if off.get() {
                        act("play", "Do not skip", |e| e.skip_group())
                    } else {
                        act("pause", "Skip", |e| e.skip_group())
                    }
                }}
                {act("trash-2", "Delete", |e| e.delete_group())}
                <button class="icon-btn" aria-label="Choose none" title="Choose none" on:pointerdown=|ev| ev.stop_propagation() on:click=close>
                    {icon("x", 18)}
                </button>
            </div>
        </Show>
    }
    .into_any()
}

/// A frame that is drawn around blocks, in pixels of the window: where it began, and where the pointer is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lasso {
    from: (f64, f64),
    to: (f64, f64),
}

impl Lasso {
    /// Begins at a point.
    pub(crate) fn begin(x: f64, y: f64) -> Self {
        Self {
            from: (x, y),
            to: (x, y),
        }
    }

    /// Drawn on to a point.
    pub(crate) fn up_to(self, x: f64, y: f64) -> Self {
        Self { to: (x, y), ..self }
    }

    /// Left, top, right and bottom.
    fn sides(self) -> (f64, f64, f64, f64) {
        let ((x0, y0), (x1, y1)) = (self.from, self.to);
        (x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1))
    }
}

impl Editor {
    /// Chooses the steps that the frame touches.
    pub(crate) fn choose_within(&self, lasso: Lasso) {
        let (left, top, ..) = canvas::bounds();
        let (x0, y0, x1, y1) = lasso.sides();
        let view = self.session.viewport.get_untracked();
        let (x0, y0) = view.to_drawing(x0 - left, y0 - top);
        let (x1, y1) = view.to_drawing(x1 - left, y1 - top);
        let group: BTreeSet<NodeId> = self.diagram.with_untracked(|d| {
            let touched = d.items.iter().filter(|item| {
                let rect = &item.rect;
                rect.x < x1 && rect.x + rect.width > x0 && rect.y < y1 && rect.bottom() > y0
            });
            touched.filter_map(|item| item.shown.step()).collect()
        });
        let at = group.first().copied();
        self.choose(group, at);
        canvas::focus_block(at);
    }
}

/// The frame while it is drawn.
#[component]
pub(crate) fn LassoFrame(editor: Editor) -> impl IntoView {
    move || {
        let (x0, y0, x1, y1) = editor.session.lasso.get()?.sides();
        let style = format!(
            "left:{x0}px;top:{y0}px;width:{}px;height:{}px",
            x1 - x0,
            y1 - y0
        );
        Some(view! { <div class="lasso" style=style aria-hidden="true"></div> })
    }
}

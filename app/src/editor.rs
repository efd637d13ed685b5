//! The callflow editor.

mod block;
mod branch_dialog;
mod canvas;
mod carry;
mod catalog;
mod changes;
mod clipboard;
mod conflict;
mod diagram;
mod dialog;
mod document;
mod drop;
mod edges;
mod find;
mod group;
mod help;
mod journal;
mod keys;
mod layout;
mod main_dialog;
mod navigator;
mod note;
mod pick_dialog;
mod places_dialog;
mod problems;
mod publish;
mod remote;
mod save;
mod screen;
mod session;
mod step_block;
mod step_card;
mod step_dialog;
mod step_menu;
mod top;
mod tree;
mod view_switch;
mod viewport;
mod wires;

pub(crate) use canvas::focus_now;
pub(crate) use dialog::DialogFrame;
pub(crate) use document::Live;
#[cfg(feature = "ssr")]
pub(crate) use help::{HelpText, Topic};
pub(crate) use keys::in_text;
pub(crate) use main_dialog::extension_error;
pub(crate) use publish::note_field;
#[cfg(feature = "ssr")]
pub(crate) use remote::SaveOutcome;
pub(crate) use remote::{EditorData, Published, publish};
#[cfg(feature = "ssr")]
pub(crate) use session::Conflict;

/// How a flow is drawn, for other drawings of it.
#[cfg(feature = "ssr")]
pub(crate) mod plan {
    pub(crate) use super::block::place;
    pub(crate) use super::diagram::branches_are_labelled;
    pub(crate) use super::edges::{LABEL_DROP, edge};
    pub(crate) use super::layout::{
        Block, FOLD_HEIGHT, MAIN_HEIGHT, MAIN_WIDTH, Rect, STEP_HEIGHT, STEP_WIDTH, layout,
    };
}

use crate::account::{AccountId, AccountResource};
use crate::live::LiveCalls;
use crate::simulator::Simulator;
use crate::ui::page::Failed;
use crate::ui::toast::Toasts;
use callflow::check::{Checker, Severity};
use callflow::edit::{self, Edit};
use callflow::{CallflowId, Directory, NodeId, Problem};
use changes::Change;
use diagram::Diagram;
use document::Document;
use find::Find;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use remote::load_editor;
use screen::EditorScreen;
use session::Session;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// One editor: the document, the session, and what follows from both. Every part of the screen shares it.
#[derive(Clone, Copy)]
pub(crate) struct Editor {
    /// The account.
    pub(crate) account: StoredValue<String>,
    /// The callflow.
    pub(crate) id: StoredValue<String>,
    /// What is edited.
    pub(crate) document: Document,
    /// How it is looked at.
    pub(crate) session: Session,
    /// The account's resources.
    pub(crate) directory: StoredValue<Arc<Directory>>,
    /// Counts changes of the resources while the editor is open.
    pub(crate) resources: RwSignal<u32>,
    /// Numbers of the account that nothing uses yet.
    pub(crate) spare: RwSignal<Vec<String>>,
    /// Tells each block alone whether it became or ceased to be the selected one.
    pub(crate) chosen: StoredValue<Selector<Option<Option<NodeId>>>>,
    /// The drawing.
    pub(crate) diagram: Memo<Arc<Diagram>>,
    /// Everything that the checks say, hints too.
    pub(crate) found: Memo<Arc<Vec<Problem>>>,
    /// What is looked for in the flow.
    pub(crate) find: Find,
    /// What is wrong.
    pub(crate) problems: Memo<Arc<Vec<Problem>>>,
    /// The worst problem of each block; `None` is the main block.
    pub(crate) worst: Memo<HashMap<Option<NodeId>, (Severity, String)>>,
    /// What differs from the live version.
    pub(crate) unpublished: Memo<Arc<Vec<Change>>>,
    /// The steps that differ.
    pub(crate) changed: Memo<HashSet<NodeId>>,
    /// Calls in progress.
    pub(crate) live: LiveCalls,
    /// The call that is simulated.
    pub(crate) simulator: Simulator,
    /// Messages.
    pub(crate) toasts: Toasts,
    /// A call to the server that is under way: "Saving", "Publishing".
    pub(crate) busy: RwSignal<Option<&'static str>>,
}

impl Editor {
    fn new(account: String, id: String, data: EditorData) -> Self {
        let document = Document::new(data.draft, data.revision, data.live);
        let session = Session::new();
        let folds = diagram::first_folds(&document.now().flow, &data.directory);
        session.folded.set(folds);
        let directory = StoredValue::new(Arc::new(data.directory));
        let resources = RwSignal::new(0);
        let diagram = Memo::new(move |_| {
            resources.track();
            let callflow = document.current.get();
            let folded = session.folded.get();
            Arc::new(directory.with_value(|d| Diagram::new(&callflow.flow, &folded, d)))
        });
        let checker = StoredValue::new(Checker::default());
        let own = CallflowId::from(id.as_str());
        let found = Memo::new(move |_| {
            resources.track();
            let callflow = document.current.get();
            let directory = directory.get_value();
            let found = checker
                .try_update_value(|checker| checker.check(Some(&own), &callflow, &directory));
            Arc::new(found.unwrap_or_default())
        });
        let problems = Memo::new(move |_| {
            // A hint is no problem: nothing is marked for it, and publishing does not ask.
            let is_problem = |problem: &&Problem| problem.severity != Severity::Hint;
            found.with(|all| Arc::new(all.iter().filter(is_problem).cloned().collect()))
        });
        let worst = Memo::new(move |_| {
            let mut worst = HashMap::new();
            problems.with(|all: &Arc<Vec<Problem>>| {
                // Within a step errors come first.
                for problem in all.iter() {
                    worst
                        .entry(problem.node)
                        .or_insert_with(|| (problem.severity, problem.message.clone()));
                }
            });
            worst
        });
        let unpublished = Memo::new(move |_| {
            resources.track();
            let callflow = document.current.get();
            Arc::new(document.live.with(|live| match live {
                Some(live) => {
                    directory.with_value(|d| changes::changes(&live.callflow, &callflow, d))
                }
                None => Vec::new(),
            }))
        });
        let changed = Memo::new(move |_| {
            unpublished.with(|all: &Arc<Vec<Change>>| all.iter().filter_map(|c| c.step).collect())
        });
        let simulator = Simulator::new(id.clone());
        let live = LiveCalls::new(id.clone());
        Self {
            account: StoredValue::new(account),
            id: StoredValue::new(id),
            document,
            session,
            directory,
            resources,
            spare: RwSignal::new(data.spare_numbers),
            chosen: StoredValue::new(Selector::new(move || session.selected.get())),
            diagram,
            found,
            find: Find::new(document, directory, resources),
            problems,
            worst,
            unpublished,
            changed,
            live,
            simulator,
            toasts: Toasts::new(),
            busy: RwSignal::new(None),
        }
    }

    /// The account's resources for forms, which see what is made while they are open.
    pub(crate) fn resources_now(&self) -> Signal<Arc<Directory>> {
        let (directory, resources) = (self.directory, self.resources);
        Signal::derive(move || {
            resources.track();
            directory.get_value()
        })
    }

    /// A resource was made or changed: everything that names it is drawn and checked again, then `done` is told its id.
    fn resource_saved(&self, ask: &session::ResourceAsk, id: String) {
        let editor = *self;
        let saved = ask.saved;
        let (account, callflow) = (self.account.get_value(), self.id.get_value());
        leptos::task::spawn_local(async move {
            match load_editor(account, callflow).await {
                Ok(data) => {
                    editor.directory.set_value(Arc::new(data.directory));
                    editor.resources.update(|count| *count += 1);
                    saved.try_run(id);
                    editor.session.resource.set(None);
                }
                Err(trouble) => editor.toasts.fail("Saved, and not shown yet", trouble),
            }
        });
    }

    /// Does what a person meant; says why when it cannot be done.
    pub(crate) fn apply(&self, edit: Edit) -> bool {
        let now = self.document.now();
        let label = edit.label(&now);
        match self.directory.with_value(|d| edit::apply(&now, edit, d)) {
            Ok(applied) => {
                self.document.change(label, applied.focus, applied.callflow);
                self.select(applied.focus);
                true
            }
            Err(error) => {
                self.toasts.fail("That cannot be done", error);
                false
            }
        }
    }

    /// Selects a block and brings it into view; `None` is the main block.
    pub(crate) fn select(&self, step: Option<NodeId>) {
        self.ungroup();
        if let Some(id) = step {
            self.unfold_above(id);
        }
        self.session.selected.set(Some(step));
        self.reveal(step);
    }

    /// Unfolds whatever hides a step.
    fn unfold_above(&self, id: NodeId) {
        if self.diagram.with_untracked(|d| d.step(id).is_some()) {
            return;
        }
        let parents = self.document.now().flow.parents();
        self.session.folded.update(|folded| {
            let mut at = id;
            while let Some(parent) = parents.get(&at) {
                folded.remove(&parent.node);
                at = parent.node;
            }
        });
    }

    /// Moves the view just far enough to show a block.
    pub(crate) fn reveal(&self, step: Option<NodeId>) {
        let rect = self
            .diagram
            .with_untracked(|d| d.find(step).map(|item| item.rect));
        if let Some(rect) = rect {
            let canvas = self.session.canvas.get_untracked();
            let view = self.session.viewport.get_untracked();
            let next = view.showing(canvas, &rect);
            if next != view {
                self.session.viewport.set(next);
            }
        }
    }

    /// Shows a step where it stands, without selecting it.
    pub(crate) fn bring_into_view(&self, step: NodeId) {
        self.unfold_above(step);
        if canvas::is_outline() {
            canvas::scroll_to_block(step);
        } else {
            self.reveal(Some(step));
        }
    }

    /// Selects a step and puts the keyboard there.
    pub(crate) fn focus(&self, step: Option<NodeId>) {
        self.select(step);
        canvas::focus_block(step);
    }

    /// Whether a block is the selected one.
    pub(crate) fn is_selected(&self, step: Option<NodeId>) -> bool {
        self.chosen
            .with_value(|chosen| chosen.selected(&Some(step)))
    }

    /// One step back.
    pub(crate) fn undo(&self) {
        let label = self.document.undo_label();
        if let Some(step) = self.document.undo() {
            self.select_if_there(step);
            self.say(format!("Undone: {}", label.unwrap_or_default()));
        }
    }

    /// One step forward again.
    pub(crate) fn redo(&self) {
        let label = self.document.redo_label();
        if let Some(step) = self.document.redo() {
            self.select_if_there(step);
            self.say(format!("Done again: {}", label.unwrap_or_default()));
        }
    }

    fn select_if_there(&self, step: Option<NodeId>) {
        self.ungroup();
        let there = step.is_none_or(|id| self.document.now().flow.node(id).is_some());
        if there {
            self.select(step);
        } else {
            self.session.selected.set(None);
        }
    }

    /// Deletes a step, with a way back.
    pub(crate) fn delete(&self, id: NodeId) {
        let now = self.document.now();
        let Some(node) = now.flow.node(id) else {
            return;
        };
        let name = node.action.preset().label;
        let caption = self.caption(id);
        let edit = Edit::Delete { node: id };
        let label = edit.label(&now);
        match self.directory.with_value(|d| edit::apply(&now, edit, d)) {
            Ok(applied) => {
                let others = applied.deleted.saturating_sub(1);
                self.document.change(label, applied.focus, applied.callflow);
                self.focus(applied.focus);
                let title = match others {
                    0 => format!("{name} deleted"),
                    1 => format!("{name} and 1 step deleted"),
                    n => format!("{name} and {n} steps deleted"),
                };
                let text = if others == 0 { caption } else { String::new() };
                self.deleted(title, text);
            }
            Err(error) => self.toasts.fail("The step was not deleted", error),
        }
    }

    /// What a step shows below its name.
    pub(crate) fn caption(&self, id: NodeId) -> String {
        let now = self.document.now();
        self.directory.with_value(|d| now.flow.caption(id, d).text)
    }

    /// How many problems prevent publishing.
    pub(crate) fn errors(&self) -> usize {
        self.problems
            .with(|all| all.iter().filter(|p| p.severity == Severity::Error).count())
    }

    /// Says something to those who listen to the page.
    pub(crate) fn say(&self, text: impl Into<String>) {
        self.session.said.set(text.into());
    }
}

/// `/a/{account}/callflows/{callflow}`.
#[component]
pub(crate) fn EditorPage() -> impl IntoView {
    let frame = expect_context::<AccountResource>();
    let AccountId(account) = expect_context();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("callflow").unwrap_or_default()));
    let data = Resource::new_blocking(
        move || (account.get(), id.get()),
        |(account, callflow)| load_editor(account, callflow),
    );
    view! {
        <Suspense>
            {move || {
                let (frame, data) = (frame.get()?, data.get()?);
                Some(
                    match (frame, data) {
                        (Ok(frame), Ok(data)) => {
                            let editor = Editor::new(account.get_untracked(), id.get_untracked(), data);
                            let title = Signal::derive(move || editor.document.current.with(|c| c.title()));
                            view! {
                                <Title text=title />
                                <EditorScreen editor frame />
                            }
                                .into_any()
                        }
                        (Err(trouble), _) | (_, Err(trouble)) => view! { <Failed trouble /> }.into_any(),
                    },
                )
            }}
        </Suspense>
    }
    .into_any()
}

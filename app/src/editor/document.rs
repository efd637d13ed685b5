//! The callflow being edited, what the server holds of it, and the way back.

use callflow::{Callflow, NodeId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// Most steps back that are kept.
const MOST_UNDO: usize = 200;

/// The version that calls follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Live {
    /// Its number.
    pub(crate) version: i64,
    /// The callflow as published.
    pub(crate) callflow: Arc<Callflow>,
}

/// A state that can be gone back to.
#[derive(Clone)]
struct Past {
    /// What was done after this state, "delete Voicemail".
    label: String,
    /// The state.
    callflow: Arc<Callflow>,
    /// The step it was about.
    step: Option<NodeId>,
}

/// The document apart from what is selected or seen of it.
#[derive(Clone, Copy)]
pub(crate) struct Document {
    /// As it is on the screen.
    pub(crate) current: RwSignal<Arc<Callflow>>,
    /// As the server has it.
    pub(crate) saved: RwSignal<Arc<Callflow>>,
    /// The revision of that.
    pub(crate) revision: RwSignal<i64>,
    /// The version that calls follow.
    pub(crate) live: RwSignal<Option<Live>>,
    undo: RwSignal<VecDeque<Past>>,
    redo: RwSignal<Vec<Past>>,
}

impl Document {
    pub(crate) fn new(callflow: Arc<Callflow>, revision: i64, live: Option<Live>) -> Self {
        Self {
            current: RwSignal::new(callflow.clone()),
            saved: RwSignal::new(callflow),
            revision: RwSignal::new(revision),
            live: RwSignal::new(live),
            undo: RwSignal::new(VecDeque::new()),
            redo: RwSignal::new(Vec::new()),
        }
    }

    /// The present state.
    pub(crate) fn now(&self) -> Arc<Callflow> {
        self.current.get_untracked()
    }

    /// Whether something is not saved.
    pub(crate) fn dirty(&self) -> bool {
        let (current, saved) = (self.current.get(), self.saved.get());
        !Arc::ptr_eq(&current, &saved) && current != saved
    }

    /// Goes on to `next`; `label` says what was done, in the imperative.
    pub(crate) fn change(&self, label: impl Into<String>, step: Option<NodeId>, next: Callflow) {
        self.change_from(self.now(), label, step, next);
    }

    /// The same where the screen already shows a preview: undo leads back to `before`.
    pub(crate) fn change_from(
        &self,
        before: Arc<Callflow>,
        label: impl Into<String>,
        step: Option<NodeId>,
        next: Callflow,
    ) {
        if *before == next {
            self.current.set(before);
            return;
        }
        let label = label.into();
        self.undo.update(|undo| {
            undo.push_back(Past {
                label,
                callflow: before,
                step,
            });
            if undo.len() > MOST_UNDO {
                undo.pop_front();
            }
        });
        self.redo.update(Vec::clear);
        self.current.set(Arc::new(next));
    }

    /// Shows a state that is not decided yet.
    pub(crate) fn preview(&self, next: Callflow) {
        self.current.set(Arc::new(next));
    }

    /// Shows an earlier state again, with nothing to undo.
    pub(crate) fn restore(&self, before: Arc<Callflow>) {
        self.current.set(before);
    }

    /// What undo would do, "delete Voicemail".
    pub(crate) fn undo_label(&self) -> Option<String> {
        self.undo
            .with(|undo| undo.back().map(|past| past.label.clone()))
    }

    /// What redo would do.
    pub(crate) fn redo_label(&self) -> Option<String> {
        self.redo
            .with(|redo| redo.last().map(|past| past.label.clone()))
    }

    /// One step back. Answers the step it was about.
    pub(crate) fn undo(&self) -> Option<Option<NodeId>> {
        let past = self.undo.try_update(VecDeque::pop_back)??;
        let now = self.now();
        self.redo.update(|redo| {
            redo.push(Past {
                label: past.label,
                callflow: now,
                step: past.step,
            });
        });
        self.current.set(past.callflow);
        Some(past.step)
    }

    /// One step forward again.
    pub(crate) fn redo(&self) -> Option<Option<NodeId>> {
        let next = self.redo.try_update(Vec::pop)??;
        let now = self.now();
        self.undo.update(|undo| {
            undo.push_back(Past {
                label: next.label,
                callflow: now,
                step: next.step,
            });
        });
        self.current.set(next.callflow);
        Some(next.step)
    }

    /// Drops what is not saved. It can be undone like any other change.
    pub(crate) fn discard(&self) {
        let saved = self.saved.get_untracked();
        self.change("discard changes", None, (*saved).clone());
    }

    /// The server has taken `callflow` as `revision`.
    pub(crate) fn was_saved(&self, callflow: Arc<Callflow>, revision: i64) {
        self.saved.set(callflow);
        self.revision.set(revision);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Callflow {
        Callflow {
            name: name.into(),
            ..Callflow::default()
        }
    }

    #[test]
    fn undo_and_redo_walk_the_same_states() {
        let owner = Owner::new();
        owner.set();
        let document = Document::new(Arc::new(named("a")), 1, None);
        document.change("rename", None, named("b"));
        document.change("rename", None, named("c"));
        assert!(document.dirty());
        assert_eq!(document.undo(), Some(None));
        assert_eq!(document.now().name, "b");
        document.undo();
        assert!(!document.dirty());
        assert_eq!(document.undo(), None);
        document.redo();
        document.redo();
        assert_eq!(document.now().name, "c");
        assert_eq!(document.redo(), None);
    }

    #[test]
    fn change_that_changes_nothing_leaves_no_undo() {
        let owner = Owner::new();
        owner.set();
        let document = Document::new(Arc::new(named("a")), 1, None);
        document.change("rename", None, named("a"));
        assert_eq!(document.undo_label(), None);
    }

    #[test]
    fn undo_keeps_at_most_200_states() {
        let owner = Owner::new();
        owner.set();
        let document = Document::new(Arc::new(named("start")), 1, None);
        for n in 0..250 {
            document.change("rename", None, named(&n.to_string()));
        }
        let mut back = 0;
        while document.undo().is_some() {
            back += 1;
        }
        assert_eq!((back, document.now().name.as_str()), (200, "49"));
    }

    #[test]
    fn previewed_step_leaves_one_undo_to_the_state_before() {
        let owner = Owner::new();
        owner.set();
        let document = Document::new(Arc::new(named("a")), 1, None);
        let before = document.now();
        document.preview(named("half"));
        document.change_from(before, "add User", None, named("whole"));
        document.undo();
        assert_eq!(document.now().name, "a");
    }
}

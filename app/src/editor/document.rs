//! The callflow being edited, what the server holds of it, and the way back.

use callflow::flow::{Delta, FlowError};
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
    /// What turns the state beside it, nearer to the present one, into this one.
    delta: Delta,
}

/// What is kept of a document for the next time it is opened: the present state and the way to all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The revision that the server had.
    pub(crate) revision: i64,
    current: Callflow,
    /// Backwards from the present state, and forwards.
    undo: Vec<KeptPast>,
    redo: Vec<KeptPast>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptPast {
    label: String,
    step: Option<NodeId>,
    delta: Delta,
}

impl Past {
    fn kept(&self) -> KeptPast {
        KeptPast {
            label: self.label.clone(),
            step: self.step,
            delta: self.delta.clone(),
        }
    }
}

/// The states that lie behind each other, nearest first; as far as they can be read.
fn walk(from: &Callflow, kept: Vec<KeptPast>) -> Vec<Past> {
    let mut at = Arc::new(from.clone());
    let mut states = Vec::with_capacity(kept.len().min(MOST_UNDO));
    for past in kept.into_iter().take(MOST_UNDO) {
        let next: Result<Callflow, FlowError> = past.delta.apply(&at);
        let Ok(next) = next else { break };
        at = Arc::new(next);
        states.push(Past {
            label: past.label,
            callflow: at.clone(),
            step: past.step,
            delta: past.delta,
        });
    }
    states
}

impl Kept {
    /// Whether a document of this revision, as the server has it, is all there is.
    pub(crate) fn adds_nothing(&self, saved: &Callflow) -> bool {
        self.undo.is_empty() && self.redo.is_empty() && self.current == *saved
    }

    /// Whether it holds changes that were not saved, where the server has this.
    pub(crate) fn is_unsaved(&self, saved: &Callflow) -> bool {
        self.current != *saved
    }

    /// Without the way to other states.
    pub(crate) fn alone(self) -> Self {
        Self {
            undo: Vec::new(),
            redo: Vec::new(),
            ..self
        }
    }
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
        let delta = Delta::between(&next, &before);
        self.undo.update(|undo| {
            undo.push_back(Past {
                label,
                callflow: before,
                step,
                delta,
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
        let delta = Delta::between(&past.callflow, &now);
        self.redo.update(|redo| {
            redo.push(Past {
                label: past.label,
                callflow: now,
                step: past.step,
                delta,
            });
        });
        self.current.set(past.callflow);
        Some(past.step)
    }

    /// One step forward again.
    pub(crate) fn redo(&self) -> Option<Option<NodeId>> {
        let next = self.redo.try_update(Vec::pop)??;
        let now = self.now();
        let delta = Delta::between(&next.callflow, &now);
        self.undo.update(|undo| {
            undo.push_back(Past {
                label: next.label,
                callflow: now,
                step: next.step,
                delta,
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

    /// What is to be kept of it.
    pub(crate) fn kept(&self) -> Kept {
        Kept {
            revision: self.revision.get_untracked(),
            current: (*self.now()).clone(),
            undo: self
                .undo
                .with_untracked(|undo| undo.iter().rev().map(Past::kept).collect()),
            redo: self
                .redo
                .with_untracked(|redo| redo.iter().rev().map(Past::kept).collect()),
        }
    }

    /// Goes on where it was left. Made from an older revision than the server's, it is in conflict when it is saved.
    pub(crate) fn resume(&self, kept: Kept) {
        let mut undo = walk(&kept.current, kept.undo);
        let mut redo = walk(&kept.current, kept.redo);
        undo.reverse();
        redo.reverse();
        self.undo.set(undo.into());
        self.redo.set(redo);
        self.revision.set(kept.revision);
        if kept.current != *self.now() {
            self.current.set(Arc::new(kept.current));
        }
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
    use callflow::edit::{self, Edit, Place};

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
    fn everything_is_there_again_after_a_reload() {
        let owner = Owner::new();
        owner.set();
        let document = Document::new(Arc::new(named("a")), 1, None);
        for name in ["b", "c", "d"] {
            document.change(format!("to {name}"), None, named(name));
        }
        document.undo();
        let text = serde_json::to_string(&document.kept()).unwrap();
        let kept: Kept = serde_json::from_str(&text).unwrap();
        assert!(kept.is_unsaved(&named("a")) && !kept.adds_nothing(&named("a")));
        let again = Document::new(Arc::new(named("a")), 1, None);
        again.resume(kept);
        assert!(again.dirty());
        assert_eq!(again.kept(), document.kept());
        assert_eq!(again.redo_label().as_deref(), Some("to d"));
        again.redo();
        assert_eq!(again.now().name, "d");
        for name in ["c", "b", "a"] {
            again.undo();
            assert_eq!(again.now().name, name);
        }
        assert!(!again.dirty() && again.undo_label().is_none());
    }

    #[test]
    fn what_was_kept_and_cannot_be_read_costs_the_way_back_alone() {
        let owner = Owner::new();
        owner.set();
        let document = Document::new(Arc::new(named("a")), 1, None);
        document.change("rename", None, named("b"));
        document.change("rename", None, named("c"));
        let mut kept = serde_json::to_value(document.kept()).unwrap();
        kept["undo"][1]["delta"]["root"] = "n7".into();
        let again = Document::new(Arc::new(named("a")), 1, None);
        again.resume(serde_json::from_value(kept).unwrap());
        assert_eq!(again.now().name, "c");
        again.undo();
        assert_eq!(again.now().name, "b");
        assert!(again.undo_label().is_none());
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

    /// Numbers that look random and are the same in each run.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            // The constants of Knuth's MMIX.
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap() % sides
        }
    }

    fn any_edit(dice: &mut Dice, now: &Callflow, catalog: &[callflow::action::Entry]) -> Edit {
        let steps = now.flow.preorder();
        let any = |dice: &mut Dice| steps.get(dice.roll(steps.len().max(1))).copied();
        let Some(node) = any(dice) else {
            let action = catalog[dice.roll(catalog.len())].make();
            let at = Place::first();
            return Edit::Insert { at, action };
        };
        let key = ["_", "1", "2", "timeout"][dice.roll(4)];
        match dice.roll(if steps.len() > 150 { 12 } else { 9 }) {
            0..=3 => Edit::Insert {
                at: Place::on(node, key),
                action: catalog[dice.roll(catalog.len())].make(),
            },
            4 => Edit::Move {
                node,
                to: any(dice).map_or(Place::first(), |to| Place::on(to, key)),
                alone: dice.roll(2) == 0,
            },
            5 => Edit::Duplicate { node },
            6 => Edit::SetEnabled {
                node,
                enabled: dice.roll(2) == 0,
            },
            7 => Edit::SetNote {
                node,
                note: format!("note {}", dice.roll(1_000)),
            },
            8 => Edit::SetMain {
                name: format!("Callflow {}", dice.roll(1_000)),
                numbers: vec![dice.roll(10_000).to_string()],
                patterns: Vec::new(),
                hide_from_contacts: dice.roll(2) == 0,
                main_number: dice.roll(2) == 0,
            },
            _ => Edit::Delete { node },
        }
    }

    #[test]
    fn after_ten_thousand_edits_undo_leads_to_the_start_and_redo_to_the_end_over_reloads() {
        let owner = Owner::new();
        owner.set();
        let directory = callflow::Directory::default();
        let catalog = callflow::action::catalog();
        let mut dice = Dice(7);
        let saved = Arc::new(Callflow::default());
        let mut document = Document::new(saved.clone(), 1, None);
        let mut edits = 0;
        while edits < 10_000 {
            let start = document.now().to_json().to_string();
            document = Document::new(document.now(), 1, None);
            for _ in 0..MOST_UNDO {
                let now = document.now();
                let wanted = any_edit(&mut dice, &now, &catalog);
                let label = wanted.label(&now);
                if let Ok(applied) = edit::apply(&now, wanted, &directory) {
                    document.change(label, applied.focus, applied.callflow);
                    edits += 1;
                }
            }
            let end = document.now().to_json().to_string();
            for _ in 0..dice.roll(MOST_UNDO) {
                document.undo();
            }
            let kept = serde_json::to_string(&document.kept()).unwrap();
            document = Document::new(saved.clone(), 1, None);
            document.resume(serde_json::from_str(&kept).unwrap());
            while document.redo().is_some() {}
            assert_eq!(document.now().to_json().to_string(), end);
            while document.undo().is_some() {}
            assert_eq!(document.now().to_json().to_string(), start);
            while document.redo().is_some() {}
            assert_eq!(document.now().to_json().to_string(), end);
        }
    }
}

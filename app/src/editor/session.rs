//! What is selected, seen, carried and open while somebody edits. None of it is part of the callflow or of undo.

use super::drop::{DropPlace, Load};
use super::viewport::{Canvas, Viewport};
use callflow::{BranchKey, Callflow, NodeId};
use leptos::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;

/// Something on its way to a place.
#[derive(Clone)]
pub(crate) struct Carry {
    /// What is carried.
    pub(crate) load: Load,
    /// Whether keys carry it rather than the pointer.
    pub(crate) keyboard: bool,
    /// Every place, also those that refuse it.
    pub(crate) places: Arc<Vec<DropPlace>>,
    /// Blocks that take it, directly below themselves; `None` is the main block.
    pub(crate) accepting: Arc<HashSet<Option<NodeId>>>,
    /// The name on the ghost.
    pub(crate) title: String,
    /// The line below the name.
    pub(crate) detail: String,
    /// The icon.
    pub(crate) icon: &'static str,
    /// The colour family.
    pub(crate) family: &'static str,
}

/// A question or form over the diagram.
#[derive(Clone)]
pub(crate) enum Dialog {
    /// The values of a step. A fresh step is on the screen but not yet decided: `before` is the way back.
    Step {
        /// The step.
        id: NodeId,
        /// For a step that was just dropped: the callflow without it, and the label of adding it.
        fresh: Option<(Arc<Callflow>, String)>,
    },
    /// Name and numbers.
    Main,
    /// Which branch a step goes to.
    NewBranch {
        /// The step that branches.
        node: NodeId,
        /// What goes there; `None` asks for it afterwards.
        load: Option<Load>,
    },
    /// Which action goes to a place.
    Pick(callflow::Place),
    /// Where a step goes, as a list.
    Places(Load),
    /// Another key for a branch.
    RenameBranch {
        /// The step that branches.
        node: NodeId,
        /// The branch.
        key: BranchKey,
    },
    /// Drop what is not saved?
    Discard,
    /// Somebody else has saved: whose version stays?
    Conflict(Box<Conflict>),
    /// Publish although there are warnings?
    PublishWarnings,
    /// All keys.
    Keys,
}

/// What somebody else has saved meanwhile.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Conflict {
    /// Who.
    pub(crate) by: String,
    /// When, in words.
    pub(crate) when: String,
    /// The revision on the server.
    pub(crate) revision: i64,
    /// The callflow on the server.
    pub(crate) callflow: Arc<Callflow>,
}

/// A menu beside the pointer or below a button.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Menu {
    /// The ways to save.
    Save,
    /// What can be done with a step, at a point of the window.
    Step(NodeId, f64, f64),
    /// The list of problems.
    Problems,
}

/// The session of one editor.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    /// The selected block: `Some(None)` is the main block.
    pub(crate) selected: RwSignal<Option<Option<NodeId>>>,
    /// Folded steps.
    pub(crate) folded: RwSignal<HashSet<NodeId>>,
    /// Pan and zoom.
    pub(crate) viewport: RwSignal<Viewport>,
    /// The size of the canvas.
    pub(crate) canvas: RwSignal<Canvas>,
    /// What is carried.
    pub(crate) carry: RwSignal<Option<Carry>>,
    /// The place under it.
    pub(crate) over: RwSignal<Option<usize>>,
    /// The pointer while carrying, in window pixels.
    pub(crate) pointer: RwSignal<(f64, f64)>,
    /// The open dialog.
    pub(crate) dialog: RwSignal<Option<Dialog>>,
    /// The open menu.
    pub(crate) menu: RwSignal<Option<Menu>>,
    /// What the live region says.
    pub(crate) said: RwSignal<String>,
    /// Whether the catalog is shown.
    pub(crate) catalog: RwSignal<bool>,
    /// A copied step with what follows it.
    pub(crate) clipboard: StoredValue<Option<callflow::edit::Fragment>>,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self {
            selected: RwSignal::new(None),
            folded: RwSignal::new(HashSet::new()),
            viewport: RwSignal::new(Viewport::default()),
            canvas: RwSignal::new(Canvas {
                width: 912.0,
                height: 844.0,
            }),
            carry: RwSignal::new(None),
            over: RwSignal::new(None),
            pointer: RwSignal::new((0.0, 0.0)),
            dialog: RwSignal::new(None),
            menu: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            catalog: RwSignal::new(true),
            clipboard: StoredValue::new(None),
        }
    }
}

//! What is selected, seen, carried and open while somebody edits. None of it is part of the callflow or of undo.

use super::clipboard::Copied;
use super::document::Kept;
use super::drop::{DropPlace, Load};
use super::group::Lasso;
use super::help::Topic;
use super::viewport::{Canvas, Viewport};
use callflow::{BranchKey, Callflow, NodeId, ResourceKind};
use leptos::prelude::*;
use std::collections::{BTreeSet, HashSet};
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
    /// Make the draft live, with which note?
    Publish,
    /// All keys.
    Keys,
    /// The note of a step.
    Note(NodeId),
    /// A page of the help.
    Help(Topic),
    /// Go on with changes that another window did not save?
    Unsaved(Box<Kept>),
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

/// A resource whose form is to be shown.
#[derive(Clone)]
pub(crate) struct ResourceAsk {
    /// What it is.
    pub(crate) kind: ResourceKind,
    /// Which one; `None` makes one.
    pub(crate) id: Option<String>,
    /// Told the id once it is stored.
    pub(crate) saved: Callback<String>,
}

/// The session of one editor.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    /// The selected block: `Some(None)` is the main block.
    pub(crate) selected: RwSignal<Option<Option<NodeId>>>,
    /// The steps that are chosen together, where there are several; the selected one is among them.
    pub(crate) group: RwSignal<BTreeSet<NodeId>>,
    /// The frame that is drawn around steps to choose them.
    pub(crate) lasso: RwSignal<Option<Lasso>>,
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
    /// The form of a resource over that dialog.
    pub(crate) resource: RwSignal<Option<ResourceAsk>>,
    /// The open menu.
    pub(crate) menu: RwSignal<Option<Menu>>,
    /// What is new in the version that is published next.
    pub(crate) note: RwSignal<String>,
    /// What the live region says.
    pub(crate) said: RwSignal<String>,
    /// Whether the catalog is shown.
    pub(crate) catalog: RwSignal<bool>,
    /// A copied step with what follows it.
    pub(crate) clipboard: StoredValue<Option<Copied>>,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self {
            selected: RwSignal::new(None),
            group: RwSignal::new(BTreeSet::new()),
            lasso: RwSignal::new(None),
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
            resource: RwSignal::new(None),
            menu: RwSignal::new(None),
            note: RwSignal::new(String::new()),
            said: RwSignal::new(String::new()),
            catalog: RwSignal::new(true),
            clipboard: StoredValue::new(None),
        }
    }
}

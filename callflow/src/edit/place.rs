//! Places: where a step can stand.

use crate::action::{Action, Branches};
use crate::directory::Directory;
use crate::flow::{BranchKey, Flow, NodeId, Parent};
use serde::{Deserialize, Serialize};

/// A place in a flow: below the main block (`None`), or on a branch of a step. Where a step hangs there
/// already, the place is above it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Place(pub Option<Parent>);

impl Place {
    /// The place below the main block.
    #[must_use]
    pub fn first() -> Self {
        Self(None)
    }

    /// The place on a branch.
    #[must_use]
    pub fn on(node: NodeId, key: impl Into<BranchKey>) -> Self {
        Self(Some(Parent {
            node,
            key: key.into(),
        }))
    }

    /// The step that stands there.
    #[must_use]
    pub fn child(&self, flow: &Flow) -> Option<NodeId> {
        match &self.0 {
            None => flow.root(),
            Some(parent) => flow.node(parent.node)?.child(parent.key.as_str()),
        }
    }
}

/// Every place of a flow in reading order: above each step, and at each open end. A fork's further
/// branches ("one more key") are not among them: they have no key yet.
#[must_use]
pub fn places(flow: &Flow, directory: &Directory) -> Vec<Place> {
    let mut found = vec![Place::first()];
    for id in flow.preorder() {
        let Some(node) = flow.node(id) else { continue };
        found.extend(
            node.branches
                .iter()
                .map(|(key, _)| Place::on(id, key.clone())),
        );
        let open = match node.action.branches(directory) {
            Branches::None => None,
            Branches::Next(_) => Some("_"),
            Branches::Fork { default, .. } => Some(default),
        };
        if let Some(key) = open.filter(|key| node.child(key).is_none()) {
            found.push(Place::on(id, key));
        }
    }
    found
}

/// Why an action cannot stand at a place; `None` when it can.
#[must_use]
pub fn why_not(flow: &Flow, at: &Place, action: &Action, directory: &Directory) -> Option<String> {
    if let Some(parent) = &at.0 {
        let Some(node) = flow.node(parent.node) else {
            return Some("This step is no longer there.".to_owned());
        };
        let allowed = match node.action.branches(directory) {
            Branches::None => false,
            Branches::Next(choices) => {
                parent.key.is_default()
                    || choices
                        .iter()
                        .any(|choice| choice.key == parent.key.as_str())
            }
            Branches::Fork { .. } => true,
        };
        if !allowed && node.child(parent.key.as_str()).is_none() {
            return Some(format!(
                "Nothing can follow {}.",
                node.action.preset().label
            ));
        }
    }
    let ends = action.branches(directory) == Branches::None;
    (ends && at.child(flow).is_some())
        .then(|| format!("{} ends the call. Put it last.", action.preset().label))
}

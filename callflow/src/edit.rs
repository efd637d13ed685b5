//! Edits: what a person meant. [`apply`] gives a new document; the old one stays as it is, so undo is a
//! stack of documents.

mod place;
mod several;
mod wire;

pub use place::{Place, places, why_not};
pub use several::{copy_several, taken};

use crate::action::{Action, Branches};
use crate::directory::Directory;
use crate::document::Callflow;
use crate::flow::{BranchKey, Flow, Node, NodeId, Parent};
use crate::limits;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// A piece of a flow outside any document: copied steps, with the ids they had there. The first is the root.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fragment(pub Flow);

/// What a person meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// Put a new step at a place. What stood there follows it on its default branch.
    Insert {
        /// Where.
        at: Place,
        /// What.
        action: Action,
    },
    /// Put copied steps at a place; what stood there follows the end of their default path.
    Paste {
        /// Where.
        at: Place,
        /// What.
        fragment: Fragment,
    },
    /// Replace a step's action data, as its dialog was left.
    Change {
        /// The step.
        node: NodeId,
        /// The action with the new data.
        action: Action,
    },
    /// Change one field of a step.
    SetField {
        /// The step.
        node: NodeId,
        /// The field.
        key: String,
        /// The value.
        value: Value,
    },
    /// Move a step with everything below it, or alone. Its branches keep their keys.
    Move {
        /// The step.
        node: NodeId,
        /// Where to.
        to: Place,
        /// Without what follows it.
        alone: bool,
    },
    /// Delete a step and join its neighbours; a step with several branches goes with them.
    Delete {
        /// The step.
        node: NodeId,
    },
    /// Delete several steps; each joins its neighbours, or goes with its branches.
    DeleteSeveral {
        /// The steps.
        nodes: BTreeSet<NodeId>,
    },
    /// Move several steps to one place, where they stand in their order.
    MoveSeveral {
        /// The steps.
        nodes: BTreeSet<NodeId>,
        /// Where to.
        to: Place,
    },
    /// Switch several steps on or off.
    EnableSeveral {
        /// The steps.
        nodes: BTreeSet<NodeId>,
        /// On or off.
        enabled: bool,
    },
    /// Copy a step right after itself, without what follows it.
    Duplicate {
        /// The step.
        node: NodeId,
    },
    /// Give a branch another key.
    RenameBranch {
        /// The step.
        node: NodeId,
        /// The branch.
        from: BranchKey,
        /// Its new key.
        to: BranchKey,
    },
    /// Change the order in which branches are tried and shown.
    MoveBranch {
        /// The step.
        node: NodeId,
        /// The branch.
        key: BranchKey,
        /// Its new position.
        index: usize,
    },
    /// Switch a step on or off.
    SetEnabled {
        /// The step.
        node: NodeId,
        /// On or off.
        enabled: bool,
    },
    /// Change a step's note.
    SetNote {
        /// The step.
        node: NodeId,
        /// The note.
        note: String,
    },
    /// Change the main block.
    SetMain {
        /// The name.
        name: String,
        /// The numbers.
        numbers: Vec<String>,
        /// The patterns.
        patterns: Vec<String>,
        /// Left out of the phones' directory.
        hide_from_contacts: bool,
        /// Listed as a destination of the main number.
        main_number: bool,
    },
}

impl Edit {
    /// What it does, in a few words: "move Ring Group". `before` is the document it is applied to.
    #[must_use]
    pub fn label(&self, before: &Callflow) -> String {
        let name = |id: &NodeId| {
            before.flow.node(*id).map_or_else(
                || "step".to_owned(),
                |node| node.action.preset().label.to_owned(),
            )
        };
        match self {
            Self::Insert { action, .. } => format!("add {}", action.preset().label),
            Self::Paste { .. } => "paste".to_owned(),
            Self::Change { node, .. } | Self::SetField { node, .. } => {
                format!("change {}", name(node))
            }
            Self::Move { node, .. } => format!("move {}", name(node)),
            Self::Delete { node } => format!("delete {}", name(node)),
            Self::DeleteSeveral { nodes } => format!("delete {}", counted(nodes)),
            Self::MoveSeveral { nodes, .. } => format!("move {}", counted(nodes)),
            Self::EnableSeveral {
                nodes,
                enabled: true,
            } => format!("switch on {}", counted(nodes)),
            Self::EnableSeveral {
                nodes,
                enabled: false,
            } => format!("switch off {}", counted(nodes)),
            Self::Duplicate { node } => format!("duplicate {}", name(node)),
            Self::RenameBranch { node, .. } => format!("change a branch of {}", name(node)),
            Self::MoveBranch { node, .. } => format!("reorder the branches of {}", name(node)),
            Self::SetEnabled {
                node,
                enabled: true,
            } => format!("switch on {}", name(node)),
            Self::SetEnabled {
                node,
                enabled: false,
            } => format!("switch off {}", name(node)),
            Self::SetNote { node, .. } => format!("note on {}", name(node)),
            Self::SetMain { .. } => "change name and numbers".to_owned(),
        }
    }
}

fn counted(nodes: &BTreeSet<NodeId>) -> String {
    match nodes.len() {
        1 => "1 step".to_owned(),
        count => format!("{count} steps"),
    }
}

/// An edit that cannot be done, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditError(pub String);

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EditError {}

/// The outcome of an edit.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The new document.
    pub callflow: Callflow,
    /// The step that should have the focus: the new, moved or changed one, or the parent of a deleted one;
    /// `None` is the main block.
    pub focus: Option<NodeId>,
    /// How many steps were deleted.
    pub deleted: usize,
}

/// Applies an edit. The directory says what branches an action has.
///
/// # Errors
/// When the edit does not fit the document; nothing is changed then.
pub fn apply(callflow: &Callflow, edit: Edit, directory: &Directory) -> Result<Applied, EditError> {
    let mut next = callflow.clone();
    let mut flow = Flow::clone(&next.flow);
    let mut deleted = 0;
    let focus = match edit {
        Edit::Insert { at, action } => Some(insert(&mut flow, &at, Node::new(action), directory)?),
        Edit::Paste { at, fragment } => Some(paste(&mut flow, &at, &fragment.0, directory)?),
        Edit::Change { node, action } => {
            known(&mut flow, node)?.action = action;
            Some(node)
        }
        Edit::SetField { node, key, value } => {
            known(&mut flow, node)?
                .action
                .set(&key, &value)
                .map_err(|e| EditError(e.message))?;
            Some(node)
        }
        Edit::Move { node, to, alone } => {
            shift(&mut flow, node, &to, alone, directory)?;
            Some(node)
        }
        Edit::Delete { node } => {
            let (parent, count) = delete(&mut flow, node)?;
            deleted = count;
            parent.map(|parent| parent.node)
        }
        Edit::DeleteSeveral { nodes } => {
            let (above, count) = several::delete_several(&mut flow, &nodes)?;
            deleted = count;
            above
        }
        Edit::MoveSeveral { nodes, to } => {
            Some(several::move_several(&mut flow, &nodes, &to, directory)?)
        }
        Edit::EnableSeveral { nodes, enabled } => {
            several::enable_several(&mut flow, &nodes, enabled)?
        }
        Edit::Duplicate { node } => Some(duplicate(&mut flow, node, directory)?),
        Edit::RenameBranch { node, from, to } => {
            rename_branch(&mut flow, node, &from, to)?;
            Some(node)
        }
        Edit::MoveBranch { node, key, index } => {
            move_branch(&mut flow, node, &key, index)?;
            Some(node)
        }
        Edit::SetEnabled { node, enabled } => {
            known(&mut flow, node)?.enabled = enabled;
            Some(node)
        }
        Edit::SetNote { node, note } => {
            known(&mut flow, node)?.note = note;
            Some(node)
        }
        Edit::SetMain {
            name,
            numbers,
            patterns,
            hide_from_contacts,
            main_number,
        } => {
            set_main(&mut next, &name, numbers)?;
            next.patterns = patterns;
            next.hide_from_contacts = hide_from_contacts;
            next.main_number = main_number;
            None
        }
    };
    if flow.len() > limits::MAX_NODES {
        return Err(EditError(format!(
            "A callflow holds at most {} steps.",
            limits::MAX_NODES
        )));
    }
    next.flow = Arc::new(flow);
    Ok(Applied {
        callflow: next,
        focus,
        deleted,
    })
}

fn known(flow: &mut Flow, node: NodeId) -> Result<&mut Node, EditError> {
    flow.edit(node)
        .ok_or_else(|| EditError("This step is no longer there.".into()))
}

fn insert(
    flow: &mut Flow,
    at: &Place,
    node: Node,
    directory: &Directory,
) -> Result<NodeId, EditError> {
    check_place(flow, at, &node.action, directory)?;
    let below = at.child(flow);
    let follow = follow_key(&node.action, directory);
    let id = flow.add(node);
    attach(flow, at, id)?;
    if let (Some(below), Some(key)) = (below, follow) {
        known(flow, id)?.branches.push((key, below));
    }
    Ok(id)
}

/// Says no where a step cannot stand.
fn check_place(
    flow: &Flow,
    at: &Place,
    action: &Action,
    directory: &Directory,
) -> Result<(), EditError> {
    match why_not(flow, at, action, directory) {
        None => Ok(()),
        Some(reason) => Err(EditError(reason)),
    }
}

/// The branch under which what stood below goes on.
fn follow_key(action: &Action, directory: &Directory) -> Option<BranchKey> {
    match action.branches(directory) {
        Branches::None => None,
        Branches::Next(_) => Some(BranchKey::default_branch()),
        Branches::Fork { default, .. } => Some(default.into()),
    }
}

/// Hangs a step at a place, in the stead of what hung there.
fn attach(flow: &mut Flow, at: &Place, id: NodeId) -> Result<(), EditError> {
    match &at.0 {
        None => flow.set_root(Some(id)),
        Some(Parent { node, key }) => {
            let parent = known(flow, *node)?;
            match parent.branches.iter_mut().find(|(own, _)| own == key) {
                Some((_, child)) => *child = id,
                None => add_branch(parent, key.clone(), id),
            }
        }
    }
    Ok(())
}

/// Adds a branch at its place: a menu's keys in the order of the telephone pad (1–9, 0, *, #), words after
/// keys; elsewhere last, but before the default. The others stay where people put them.
fn add_branch(node: &mut Node, key: BranchKey, child: NodeId) {
    let end = node.branches.len();
    let at = if node.action.module() == "menu" {
        let rank = menu_rank(key.as_str());
        let later = |(own, _): &(BranchKey, NodeId)| menu_rank(own.as_str()) > rank;
        node.branches.iter().position(later).unwrap_or(end)
    } else {
        let last = node.branches.last();
        let before = !key.is_default() && last.is_some_and(|(own, _)| own.is_default());
        end - usize::from(before)
    };
    node.branches.insert(at, (key, child));
}

fn menu_rank(key: &str) -> (u8, String) {
    let rank = match key {
        "timeout" => 4,
        "max_retries" => 5,
        "_" => 6,
        _ if key.starts_with(|c: char| ('1'..='9').contains(&c)) => 0,
        _ if key.starts_with('0') => 1,
        _ if key.starts_with('*') => 2,
        _ => 3,
    };
    (rank, key.to_owned())
}

fn detach(flow: &mut Flow, id: NodeId) -> Result<Option<Parent>, EditError> {
    let parent = flow.parent(id);
    match &parent {
        None => flow.set_root(None),
        Some(parent) => known(flow, parent.node)?
            .branches
            .retain(|(_, child)| *child != id),
    }
    Ok(parent)
}

/// The one step that follows, if there is one and no choice.
fn only_child(node: &Node) -> Option<NodeId> {
    match node.branches.as_slice() {
        [(_, child)] => Some(*child),
        _ => None,
    }
}

fn shift(
    flow: &mut Flow,
    node: NodeId,
    to: &Place,
    alone: bool,
    directory: &Directory,
) -> Result<(), EditError> {
    let action = flow
        .node(node)
        .ok_or_else(|| EditError("This step is no longer there.".into()))?
        .action
        .clone();
    if let Some(parent) = &to.0 {
        let inside = flow.subtree(node).contains(&parent.node);
        if parent.node == node || (inside && !alone) {
            return Err(EditError("A step cannot be moved below itself.".into()));
        }
    }
    // Dropped where it already is: nothing to do.
    if to.child(flow) == Some(node) {
        return Ok(());
    }
    check_place(flow, to, &action, directory)?;
    let follow = follow_key(&action, directory);
    if alone {
        let own = flow.node(node).and_then(|n| only_child(n));
        if flow.node(node).is_some_and(|n| n.branches.len() > 1) {
            return Err(EditError(
                "A step with several branches moves with them.".into(),
            ));
        }
        let parent = flow.parent(node);
        known(flow, node)?.branches.clear();
        let from = Place(parent);
        match own {
            Some(child) => attach(flow, &from, child)?,
            None => {
                detach(flow, node)?;
            }
        }
    }
    let below = to.child(flow);
    if below.is_some() && follow.is_none() {
        return Err(EditError(format!(
            "{} ends the call. Put it last.",
            action.preset().label
        )));
    }
    if !alone {
        detach(flow, node)?;
        if let Some(below) = below {
            // What stood there goes on after the end of the moved steps' default path.
            let end = open_end(flow, node, directory)
                .ok_or_else(|| EditError("These steps end the call. Put them last.".into()))?;
            attach(flow, to, node)?;
            return attach(flow, &Place(Some(end)), below);
        }
        return attach(flow, to, node);
    }
    attach(flow, to, node)?;
    match (below, follow) {
        (Some(below), Some(key)) => attach(flow, &Place(Some(Parent { node, key })), below),
        _ => Ok(()),
    }
}

/// The free end of a subtree's default path.
fn open_end(flow: &Flow, top: NodeId, directory: &Directory) -> Option<Parent> {
    let mut at = top;
    loop {
        let node = flow.node(at)?;
        let key = follow_key(&node.action, directory)?;
        let next = node
            .child(key.as_str())
            .or_else(|| only_child(node).filter(|_| key.is_default()));
        match next {
            Some(child) => at = child,
            None => return Some(Parent { node: at, key }),
        }
    }
}

fn delete(flow: &mut Flow, node: NodeId) -> Result<(Option<Parent>, usize), EditError> {
    let gone = flow
        .node(node)
        .cloned()
        .ok_or_else(|| EditError("This step is no longer there.".into()))?;
    let parent = flow.parent(node);
    if let Some(child) = only_child(&gone) {
        attach(flow, &Place(parent.clone()), child)?;
        flow.remove(node);
        return Ok((parent, 1));
    }
    let all = flow.subtree(node);
    detach(flow, node)?;
    for id in &all {
        flow.remove(*id);
    }
    Ok((parent, all.len()))
}

fn duplicate(flow: &mut Flow, node: NodeId, directory: &Directory) -> Result<NodeId, EditError> {
    let original = flow
        .node(node)
        .ok_or_else(|| EditError("This step is no longer there.".into()))?;
    let mut copy = Node::clone(original);
    copy.branches.clear();
    let key = follow_key(&original.action, directory).ok_or_else(|| {
        EditError(format!(
            "Nothing can follow {}.",
            original.action.preset().label
        ))
    })?;
    insert(flow, &Place(Some(Parent { node, key })), copy, directory)
}

fn paste(
    flow: &mut Flow,
    at: &Place,
    fragment: &Flow,
    directory: &Directory,
) -> Result<NodeId, EditError> {
    let root = fragment
        .root()
        .ok_or_else(|| EditError("There is nothing to paste.".into()))?;
    if let Some(first) = fragment.node(root) {
        check_place(flow, at, &first.action, directory)?;
    }
    let order = fragment.preorder();
    let mut ids = std::collections::BTreeMap::new();
    for old in &order {
        let Some(node) = fragment.node(*old) else {
            continue;
        };
        let mut copy = Node::clone(node);
        copy.branches.clear();
        ids.insert(*old, flow.add(copy));
    }
    for old in &order {
        let Some(node) = fragment.node(*old) else {
            continue;
        };
        let branches: Vec<_> = node
            .branches
            .iter()
            .filter_map(|(key, child)| Some((key.clone(), *ids.get(child)?)))
            .collect();
        if let Some(id) = ids.get(old) {
            let copy = known(flow, *id)?;
            copy.branches = branches;
            // A jump to a step that was copied too stays inside the copy; others go where they went.
            if let Some(target) = node.action.goes_to().and_then(|target| ids.get(&target)) {
                copy.action.go_to(*target);
            }
        }
    }
    let top = *ids
        .get(&root)
        .ok_or_else(|| EditError("There is nothing to paste.".into()))?;
    let below = at.child(flow);
    if let Some(below) = below {
        let end = open_end(flow, top, directory).ok_or_else(|| {
            EditError("These steps end the call. Paste them at an open end.".into())
        })?;
        attach(flow, at, top)?;
        attach(flow, &Place(Some(end)), below)?;
    } else {
        attach(flow, at, top)?;
    }
    Ok(top)
}

fn rename_branch(
    flow: &mut Flow,
    node: NodeId,
    from: &BranchKey,
    to: BranchKey,
) -> Result<(), EditError> {
    let length = to.as_str().chars().count();
    if length == 0 || length > limits::MAX_BRANCH_KEY_LEN {
        return Err(EditError("Choose a branch.".into()));
    }
    let parent = known(flow, node)?;
    if *from != to && parent.child(to.as_str()).is_some() {
        return Err(EditError(format!(
            "The branch “{to}” is already used here."
        )));
    }
    let Some(at) = parent.branches.iter().position(|(key, _)| key == from) else {
        return Err(EditError(format!("There is no branch “{from}” here.")));
    };
    if *from == to {
        return Ok(());
    }
    let (_, child) = parent.branches.remove(at);
    if parent.action.module() == "menu" || to.is_default() {
        add_branch(parent, to, child);
    } else {
        // A rule takes the place of the one that it replaces.
        parent.branches.insert(at, (to, child));
    }
    Ok(())
}

fn move_branch(
    flow: &mut Flow,
    node: NodeId,
    key: &BranchKey,
    index: usize,
) -> Result<(), EditError> {
    let parent = known(flow, node)?;
    let Some(at) = parent.branches.iter().position(|(own, _)| own == key) else {
        return Err(EditError(format!("There is no branch “{key}” here.")));
    };
    let branch = parent.branches.remove(at);
    let index = index.min(parent.branches.len());
    parent.branches.insert(index, branch);
    Ok(())
}

fn set_main(callflow: &mut Callflow, name: &str, numbers: Vec<String>) -> Result<(), EditError> {
    let name = name.trim().to_owned();
    if name.chars().count() > limits::MAX_NAME_LEN {
        return Err(EditError(format!(
            "A name has at most {} characters.",
            limits::MAX_NAME_LEN
        )));
    }
    if let Some(wrong) = numbers
        .iter()
        .find(|n| n.is_empty() || n.chars().count() > limits::MAX_NUMBER_LEN)
    {
        return Err(EditError(format!(
            "“{wrong}” is not a number of 1 to {} characters.",
            limits::MAX_NUMBER_LEN
        )));
    }
    callflow.name = name;
    callflow.numbers = Vec::with_capacity(numbers.len());
    for number in numbers {
        if !callflow.numbers.contains(&number) {
            callflow.numbers.push(number);
        }
    }
    Ok(())
}

/// Copies a step, with or without what follows it.
#[must_use]
pub fn copy(flow: &Flow, node: NodeId, with_branches: bool) -> Option<Fragment> {
    let ids = if with_branches {
        flow.subtree(node)
    } else {
        vec![node]
    };
    let mut fragment = Flow::empty();
    for id in &ids {
        let mut copy = Node::clone(flow.node(*id)?);
        if !with_branches {
            copy.branches.clear();
        }
        fragment.put(*id, copy);
    }
    fragment.set_root(Some(node));
    Some(Fragment(fragment))
}

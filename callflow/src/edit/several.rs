//! Several steps at once: each is taken as if alone, all of them as one edit.

use super::{EditError, Fragment, Place, attach, check_place, delete, known, open_end};
use crate::directory::Directory;
use crate::flow::{Flow, Node, NodeId};
use std::collections::BTreeSet;

/// The steps that go when these do, in reading order: they themselves, and whatever hangs below one that branches.
#[must_use]
pub fn taken(flow: &Flow, wanted: &BTreeSet<NodeId>) -> Vec<NodeId> {
    let mut taken = BTreeSet::new();
    for id in wanted {
        match flow.node(*id) {
            Some(node) if node.branches.len() > 1 => taken.extend(flow.subtree(*id)),
            Some(_) => {
                taken.insert(*id);
            }
            None => {}
        }
    }
    let mut order = flow.preorder();
    order.retain(|id| taken.contains(id));
    order
}

/// Copies several steps as one piece. Those that stand apart follow each other, in reading order.
///
/// # Errors
/// When there is none, or when one that ends the call would have another after it.
pub fn copy_several(
    flow: &Flow,
    wanted: &BTreeSet<NodeId>,
    directory: &Directory,
) -> Result<Fragment, EditError> {
    let order = taken(flow, wanted);
    let all: BTreeSet<NodeId> = order.iter().copied().collect();
    let mut piece = Flow::empty();
    let mut below = BTreeSet::new();
    for id in &order {
        let Some(node) = flow.node(*id) else { continue };
        let mut copy = Node::clone(node);
        copy.branches.retain(|(_, child)| all.contains(child));
        below.extend(copy.branches.iter().map(|(_, child)| *child));
        piece.put(*id, copy);
    }
    let mut before = None;
    for top in order.iter().filter(|id| !below.contains(id)) {
        match before {
            None => piece.set_root(Some(*top)),
            Some(earlier) => {
                let end = open_end(&piece, earlier, directory).ok_or_else(|| {
                    let label = |id: NodeId| piece.node(id).map(|node| node.action.preset().label);
                    EditError(format!(
                        "Nothing can follow {}. Choose steps that stand one below the other.",
                        label(earlier).unwrap_or("this step")
                    ))
                })?;
                attach(&mut piece, &Place(Some(end)), *top)?;
            }
        }
        before = Some(*top);
    }
    if before.is_none() {
        return Err(EditError("These steps are no longer there.".into()));
    }
    Ok(Fragment(piece))
}

/// Deletes steps and joins what stood around them. Answers what stands above the first of them, and how many went.
pub(super) fn delete_several(
    flow: &mut Flow,
    wanted: &BTreeSet<NodeId>,
) -> Result<(Option<NodeId>, usize), EditError> {
    let order = taken(flow, wanted);
    let Some(first) = order.first() else {
        return Err(EditError("These steps are no longer there.".into()));
    };
    let above = flow.parent(*first).map(|parent| parent.node);
    // From below, so that each has at most one step after it by the time it goes.
    for id in order.iter().rev() {
        delete(flow, *id)?;
    }
    Ok((above, order.len()))
}

/// Moves steps to a place, in their order. What stands there follows them.
pub(super) fn move_several(
    flow: &mut Flow,
    wanted: &BTreeSet<NodeId>,
    to: &Place,
    directory: &Directory,
) -> Result<NodeId, EditError> {
    let piece = copy_several(flow, wanted, directory)?.0;
    let top = piece
        .root()
        .ok_or_else(|| EditError("There is nothing to move.".into()))?;
    if let Some(parent) = &to.0
        && piece.node(parent.node).is_some()
    {
        return Err(EditError("Steps cannot be moved below themselves.".into()));
    }
    for id in piece.preorder().iter().rev() {
        delete(flow, *id)?;
    }
    if let Some(first) = piece.node(top) {
        check_place(flow, to, &first.action, directory)?;
    }
    for (id, node) in piece.nodes() {
        flow.put(id, Node::clone(node));
    }
    let below = to.child(flow);
    attach(flow, to, top)?;
    if let Some(below) = below {
        let end = open_end(flow, top, directory)
            .ok_or_else(|| EditError("These steps end the call. Put them last.".into()))?;
        attach(flow, &Place(Some(end)), below)?;
    }
    Ok(top)
}

/// Switches steps on or off. Answers the first of them.
pub(super) fn enable_several(
    flow: &mut Flow,
    wanted: &BTreeSet<NodeId>,
    enabled: bool,
) -> Result<Option<NodeId>, EditError> {
    for id in wanted {
        known(flow, *id)?.enabled = enabled;
    }
    Ok(wanted.first().copied())
}

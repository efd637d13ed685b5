//! Two versions of a flow as one tree: the newer one, with the removed steps where they stood.

use callflow::{BranchKey, Flow, Node, NodeId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The tree. A branch may lead to two steps: the one that is gone and the one that took its place.
pub(super) struct Union {
    /// The first steps; more than one when the first was replaced.
    pub(super) roots: Vec<NodeId>,
    /// What follows each step.
    pub(super) below: HashMap<NodeId, Vec<(BranchKey, NodeId)>>,
}

impl Union {
    /// `new` alone.
    pub(super) fn of(flow: &Flow) -> Self {
        let branches = |(id, node): (NodeId, &Arc<Node>)| (id, node.branches.clone());
        Self {
            roots: flow.root().into_iter().collect(),
            below: flow.nodes().map(branches).collect(),
        }
    }

    /// Both together.
    pub(super) fn together(old: &Flow, new: &Flow) -> Self {
        let mut union = Self::of(new);
        let order = old.preorder();
        let within = Within::new(old, &order);
        let parents = old.parents();
        for id in order {
            if new.node(id).is_some() {
                continue;
            }
            match parents.get(&id) {
                Some(parent) => {
                    let mut siblings = union.below.remove(&parent.node).unwrap_or_default();
                    union.put(&mut siblings, &parent.key, id, old, &within);
                    union.below.insert(parent.node, siblings);
                }
                None => {
                    let key = BranchKey::default_branch();
                    let mut roots: Vec<_> =
                        union.roots.drain(..).map(|id| (key.clone(), id)).collect();
                    union.put(&mut roots, &key, id, old, &within);
                    union.roots = roots.into_iter().map(|(_, id)| id).collect();
                }
            }
        }
        union
    }

    /// Puts a removed step among what its parent leads to: above the step that moved up when it went, else beside the
    /// one that took its place.
    fn put(
        &mut self,
        siblings: &mut Vec<(BranchKey, NodeId)>,
        key: &BranchKey,
        id: NodeId,
        old: &Flow,
        within: &Within,
    ) {
        let same = siblings.iter().position(|(own, _)| own == key);
        let child = same
            .and_then(|at| siblings.get(at))
            .map(|(_, child)| *child);
        let mut below = Vec::new();
        if let (Some(at), Some(child)) = (same, child)
            && within.is_below(child, id)
        {
            siblings[at].1 = id;
            let branches = old.node(id).map(|node| node.branches.as_slice());
            let via = branches
                .unwrap_or_default()
                .iter()
                .find(|(_, top)| *top == child || within.is_below(child, *top));
            let via = via.map_or_else(BranchKey::default_branch, |(key, _)| key.clone());
            below.push((via, child));
        } else {
            let at = same.map_or(siblings.len(), |at| at + 1);
            siblings.insert(at, (key.clone(), id));
        }
        self.below.insert(id, below);
    }

    /// The steps in reading order with the step above and the branch; a step that two lead to comes once.
    pub(super) fn preorder(&self) -> Vec<(NodeId, Option<NodeId>, BranchKey)> {
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        let mut stack: Vec<_> = self
            .roots
            .iter()
            .rev()
            .map(|id| (*id, None, BranchKey::default_branch()))
            .collect();
        while let Some((id, above, via)) = stack.pop() {
            if !seen.insert(id) {
                continue;
            }
            let below = self.below.get(&id).map_or(&[][..], Vec::as_slice);
            stack.extend(
                below
                    .iter()
                    .rev()
                    .map(|(key, child)| (*child, Some(id), key.clone())),
            );
            order.push((id, above, via));
        }
        order
    }
}

/// Which step stands below which, told from places in the reading order.
struct Within(HashMap<NodeId, (usize, usize)>);

impl Within {
    fn new(flow: &Flow, order: &[NodeId]) -> Self {
        let mut spans = HashMap::with_capacity(order.len());
        for (at, id) in order.iter().enumerate().rev() {
            let branches = flow.node(*id).map(|node| node.branches.as_slice());
            let end = branches
                .unwrap_or_default()
                .iter()
                .filter_map(|(_, child)| spans.get(child).map(|(_, end): &(usize, usize)| *end))
                .max();
            spans.insert(*id, (at, end.unwrap_or(at + 1)));
        }
        Self(spans)
    }

    fn is_below(&self, id: NodeId, top: NodeId) -> bool {
        match (self.0.get(&id), self.0.get(&top)) {
            (Some((at, _)), Some((start, end))) => start < at && at < end,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callflow::edit::{Edit, Place, apply};
    use callflow::{Callflow, Directory, outline};

    fn flow(text: &str) -> Callflow {
        Callflow {
            flow: Arc::new(outline::read(text).unwrap_or_else(|e| panic!("{e}"))),
            ..Callflow::default()
        }
    }

    fn edited(old: &Callflow, edit: Edit) -> Callflow {
        let applied = apply(old, edit, &Directory::default());
        applied.unwrap_or_else(|e| panic!("{e}")).callflow
    }

    /// "1>2 2>3": who stands below whom.
    fn drawn(old: &Callflow, new: &Callflow) -> String {
        let order = Union::together(&old.flow, &new.flow).preorder();
        let line = |(id, above, _): &(NodeId, Option<NodeId>, BranchKey)| match above {
            Some(above) => format!("{}>{}", above.0, id.0),
            None => id.0.to_string(),
        };
        order.iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn removed_steps_stand_between_their_old_neighbours() {
        let old = flow("sleep\nplay\nuser\nvoicemail\n");
        let one = edited(&old, Edit::Delete { node: NodeId(2) });
        let two = edited(&one, Edit::Delete { node: NodeId(3) });
        assert_eq!(drawn(&old, &two), "1 1>2 2>3 3>4");
        let first = edited(&old, Edit::Delete { node: NodeId(1) });
        assert_eq!(drawn(&old, &first), "1 1>2 2>3 3>4");
    }

    #[test]
    fn removed_branch_keeps_its_place() {
        let old = flow("menu\n  1: user\n    voicemail\n  2: play\n");
        let new = edited(&old, Edit::Delete { node: NodeId(4) });
        assert_eq!(drawn(&old, &new), "1 1>2 2>3 1>4");
    }

    #[test]
    fn step_in_the_place_of_a_removed_one_stands_beside_it() {
        let old = flow("menu\n  1: user\n");
        let gone = edited(&old, Edit::Delete { node: NodeId(2) });
        let action = callflow::Action::from_wire("play", Default::default());
        let at = Place::on(NodeId(1), "1");
        let new = edited(&gone, Edit::Insert { at, action });
        let order = Union::together(&old.flow, &new.flow).preorder();
        assert_eq!(order.len(), 3);
        assert!(
            order[1..]
                .iter()
                .all(|(_, above, key)| *above == Some(NodeId(1)) && key.as_str() == "1")
        );
    }

    #[test]
    fn every_step_of_both_is_drawn_once_when_all_is_replaced() {
        let old = flow("sleep\nplay\n");
        let action = callflow::Action::from_wire("user", Default::default());
        let emptied = edited(
            &edited(&old, Edit::Delete { node: NodeId(1) }),
            Edit::Delete { node: NodeId(2) },
        );
        let at = Place::first();
        let new = edited(&emptied, Edit::Insert { at, action });
        let order = Union::together(&old.flow, &new.flow).preorder();
        assert_eq!(order.len(), 3);
    }
}

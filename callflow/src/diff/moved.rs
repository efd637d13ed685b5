//! Which steps stand elsewhere.
//!
//! A step that was put in, taken out or moved changes the parent of its neighbours too; those did not
//! move. So a step is compared by where it hangs when such steps are thought away, and the fewest steps
//! are called moved that explain the difference.

use crate::flow::{Flow, NodeId, Parent};
use std::collections::{BTreeMap, BTreeSet};

/// How many steps are tried as the explanation of the others; more make it slow and seldom better.
const TRIES: usize = 16;
/// After so many moves the versions have little in common, and every difference is called a move.
const MOST_MOVES: usize = 40;

type Parents = BTreeMap<NodeId, Parent>;

/// The steps of both versions that stand elsewhere in the new one.
pub(super) fn moved(old: &Flow, new: &Flow) -> BTreeSet<NodeId> {
    let trees = Trees {
        old: old.parents(),
        new: new.parents(),
        both: new
            .preorder()
            .into_iter()
            .filter(|id| old.node(*id).is_some())
            .collect(),
        kept: old
            .nodes()
            .map(|(id, _)| id)
            .filter(|id| new.node(*id).is_some())
            .collect(),
    };
    let mut moved = BTreeSet::new();
    loop {
        let open = trees.displaced(&moved);
        if open.is_empty() {
            return moved;
        }
        if moved.len() >= MOST_MOVES {
            moved.extend(open);
            return moved;
        }
        let best = open.iter().take(TRIES).min_by_key(|id| {
            let mut with = moved.clone();
            with.insert(**id);
            trees.displaced(&with).len()
        });
        match best {
            Some(best) => moved.insert(*best),
            None => return moved,
        };
    }
}

struct Trees {
    old: Parents,
    new: Parents,
    /// The steps of both versions, in reading order of the new one.
    both: Vec<NodeId>,
    kept: BTreeSet<NodeId>,
}

impl Trees {
    /// The steps that hang elsewhere, `moved` and those of one version only thought away.
    fn displaced(&self, moved: &BTreeSet<NodeId>) -> Vec<NodeId> {
        let stays = |id: &NodeId| {
            self.old.get(id) == self.new.get(id)
                || self.anchor(&self.old, *id, moved) == self.anchor(&self.new, *id, moved)
        };
        let elsewhere = |id: &&NodeId| !moved.contains(id) && !stays(id);
        self.both.iter().filter(elsewhere).copied().collect()
    }

    /// The nearest step above that counts, and its branch.
    fn anchor(&self, parents: &Parents, id: NodeId, moved: &BTreeSet<NodeId>) -> Option<Parent> {
        let mut at = id;
        while let Some(parent) = parents.get(&at) {
            if self.kept.contains(&parent.node) && !moved.contains(&parent.node) {
                return Some(parent.clone());
            }
            at = parent.node;
        }
        None
    }
}

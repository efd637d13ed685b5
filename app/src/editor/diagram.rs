//! The drawing of a flow: its blocks in reading order, each with its place.

use super::layout::{
    Block, FOLD_HEIGHT, Layout, MAIN_HEIGHT, MAIN_WIDTH, Rect, STEP_HEIGHT, STEP_WIDTH, layout,
};
use super::viewport::Extent;
use callflow::{BranchKey, Branches, Directory, Flow, Node, NodeId};
use std::collections::{HashMap, HashSet};

/// What a block of the drawing stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shown {
    /// The main block: name and numbers.
    Main,
    /// A step.
    Step(NodeId),
    /// A step that is folded together with everything below it.
    Fold(NodeId),
}

impl Shown {
    /// The step, unless this is the main block.
    pub(crate) fn step(self) -> Option<NodeId> {
        match self {
            Self::Main => None,
            Self::Step(id) | Self::Fold(id) => Some(id),
        }
    }
}

/// One block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    /// What it stands for.
    pub(crate) shown: Shown,
    /// Its place.
    pub(crate) rect: Rect,
    /// Position of the block above it.
    pub(crate) parent: Option<usize>,
    /// Lower edge of the block above it.
    pub(crate) parent_bottom: f64,
    /// The branch that leads here.
    pub(crate) via: Option<BranchKey>,
    /// Whether that branch carries a label.
    pub(crate) labelled: bool,
    /// Depth, the main block is 1.
    pub(crate) level: usize,
    /// Whether the lines below carry labels.
    pub(crate) branching: bool,
    /// The steps below, from left to right.
    pub(crate) children: Vec<NodeId>,
    /// How many steps a fold hides.
    pub(crate) hidden: usize,
}

/// All blocks and the size of the drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Diagram {
    /// The blocks in reading order; the first is the main block.
    pub(crate) items: Vec<Item>,
    /// The left edge of the drawing. The centre of the main block is 0, so that it keeps its place on the screen
    /// when branches grow to its left.
    pub(crate) left: f64,
    /// Width of the drawing.
    pub(crate) width: f64,
    /// Height of the drawing.
    pub(crate) height: f64,
    /// Jumps: the position of the block that a call leaves, and that of the block where it goes on.
    pub(crate) links: Vec<(usize, usize)>,
    positions: HashMap<NodeId, usize>,
}

impl Diagram {
    /// Draws a flow with some branches folded.
    pub(crate) fn new(flow: &Flow, folded: &HashSet<NodeId>, directory: &Directory) -> Self {
        let mut items = vec![item(Shown::Main, None, 1)];
        let mut blocks = vec![Block {
            width: MAIN_WIDTH,
            height: MAIN_HEIGHT,
            branching: false,
            children: Vec::new(),
        }];
        let mut positions = HashMap::new();
        let mut stack: Vec<(NodeId, usize, BranchKey)> = Vec::new();
        if let Some(root) = flow.root() {
            stack.push((root, 0, BranchKey::default_branch()));
            items[0].children.push(root);
        }
        while let Some((id, parent, via)) = stack.pop() {
            let Some(node) = flow.node(id) else { continue };
            let at = items.len();
            blocks[parent].children.push(at);
            positions.insert(id, at);
            let fold = folded.contains(&id) && !node.branches.is_empty();
            let shown = if fold {
                Shown::Fold(id)
            } else {
                Shown::Step(id)
            };
            let mut next = item(shown, Some(parent), items[parent].level + 1);
            next.labelled = items[parent].branching;
            next.via = Some(via);
            if fold {
                next.hidden = flow.subtree(id).len();
            } else {
                next.branching = branches_are_labelled(node, directory);
                next.children = node.branches.iter().map(|(_, child)| *child).collect();
                stack.extend(
                    node.branches
                        .iter()
                        .rev()
                        .map(|(key, child)| (*child, at, key.clone())),
                );
            }
            blocks.push(Block {
                width: STEP_WIDTH,
                height: if fold { FOLD_HEIGHT } else { STEP_HEIGHT },
                branching: next.branching,
                children: Vec::new(),
            });
            items.push(next);
        }
        let Layout {
            places,
            width,
            height,
        } = layout(&blocks);
        let middle = places.first().map_or(0.0, Rect::center);
        for (item, place) in items.iter_mut().zip(&places) {
            item.rect = Rect {
                x: place.x - middle,
                ..*place
            };
            item.parent_bottom = item
                .parent
                .and_then(|parent| places.get(parent))
                .map_or(0.0, Rect::bottom);
        }
        let links = links(flow, &items, &positions);
        Self {
            items,
            left: -middle,
            width,
            height,
            links,
            positions,
        }
    }

    /// What the drawing takes up.
    pub(crate) fn extent(&self) -> Extent {
        Extent {
            left: self.left,
            width: self.width,
            height: self.height,
        }
    }

    /// The block of a step; `None` when it is hidden by a fold or not here.
    pub(crate) fn step(&self, id: NodeId) -> Option<&Item> {
        self.items.get(*self.positions.get(&id)?)
    }

    /// The block for the main block or a step.
    pub(crate) fn find(&self, step: Option<NodeId>) -> Option<&Item> {
        match step {
            None => self.items.first(),
            Some(id) => self.step(id),
        }
    }

    /// The block above a step.
    pub(crate) fn above(&self, id: NodeId) -> Option<&Item> {
        self.items.get(self.step(id)?.parent?)
    }
}

fn item(shown: Shown, parent: Option<usize>, level: usize) -> Item {
    Item {
        shown,
        rect: Rect::default(),
        parent,
        parent_bottom: 0.0,
        via: None,
        labelled: false,
        level,
        branching: false,
        children: Vec::new(),
        hidden: 0,
    }
}

/// A flow with more steps than this begins with its deep branches folded.
const UNFOLDED_STEPS: usize = 40;
/// Branchings that are shown one below another in such a flow.
const UNFOLDED_BRANCHINGS: usize = 3;
/// Steps shown one below another before the rest is folded. Pages are rendered depth first: what a person can store must
/// never be deeper than a stack.
const UNFOLDED_LEVELS: usize = 60;

/// Where jumps lead, as far as they are drawn. A target inside a fold is where the fold is.
fn links(flow: &Flow, items: &[Item], positions: &HashMap<NodeId, usize>) -> Vec<(usize, usize)> {
    let mut parents = None;
    let mut drawn = |target: NodeId| {
        let mut at = target;
        loop {
            match positions.get(&at) {
                Some(position) => return Some(*position),
                None => at = parents.get_or_insert_with(|| flow.parents()).get(&at)?.node,
            }
        }
    };
    let jumps = items
        .iter()
        .enumerate()
        .filter_map(|(from, item)| match item.shown {
            Shown::Step(id) => Some((from, flow.node(id)?.action.goes_to()?)),
            Shown::Main | Shown::Fold(_) => None,
        });
    jumps
        .filter_map(|(from, target)| Some((from, drawn(target)?)))
        .filter(|(from, to)| from != to)
        .collect()
}

/// What is folded when a flow is opened.
pub(crate) fn first_folds(flow: &Flow, directory: &Directory) -> HashSet<NodeId> {
    let mut folds = HashSet::new();
    if flow.len() <= UNFOLDED_STEPS {
        return folds;
    }
    let mut stack: Vec<(NodeId, usize, usize)> = Vec::new();
    stack.extend(flow.root().map(|root| (root, 0, 1)));
    while let Some((id, branchings, level)) = stack.pop() {
        let Some(node) = flow.node(id) else { continue };
        let labelled = branches_are_labelled(node, directory);
        let crowded = labelled && branchings >= UNFOLDED_BRANCHINGS;
        // Every so many levels, so that unfolding shows the next stretch and not all the rest.
        let deep = level.is_multiple_of(UNFOLDED_LEVELS) && !node.branches.is_empty();
        if crowded || deep {
            folds.insert(id);
        }
        let below = if crowded {
            0
        } else {
            branchings + usize::from(labelled)
        };
        stack.extend(
            node.branches
                .iter()
                .map(|(_, child)| (*child, below, level + 1)),
        );
    }
    folds
}

/// Whether the lines below a step say which branch they are. A single line that is simply "next" says nothing.
pub(crate) fn branches_are_labelled(node: &Node, directory: &Directory) -> bool {
    match node.branches.as_slice() {
        [] => false,
        [(key, _)] => {
            !key.is_default() || matches!(node.action.branches(directory), Branches::Fork { .. })
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, json};

    /// A chain of menus, each with a sleep on key 2.
    fn menus(count: usize) -> Flow {
        let mut nodes = Map::new();
        for n in 0..count {
            let mut children = json!({ "2": format!("n{}", 1_000 + n) });
            if n + 1 < count {
                children["1"] = Value::from(format!("n{}", n + 2));
            }
            let menu = json!({ "module": "menu", "data": {}, "children": children });
            nodes.insert(format!("n{}", n + 1), menu);
            let sleep = json!({ "module": "sleep", "data": {}, "children": {} });
            nodes.insert(format!("n{}", 1_000 + n), sleep);
        }
        let flow = json!({ "version": 1, "root": "n1", "nodes": nodes });
        Flow::from_json(&flow).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn large_flow_begins_with_every_fourth_branching_folded() {
        let directory = Directory::default();
        assert!(first_folds(&menus(10), &directory).is_empty());
        let folds = first_folds(&menus(30), &directory);
        assert!(folds.contains(&NodeId(4)));
        assert!(!folds.contains(&NodeId(1)) && !folds.contains(&NodeId(3)));
    }

    #[test]
    fn no_chain_of_steps_is_drawn_deeper_than_the_levels_allow() {
        let mut flow = json!({ "module": "sleep", "data": {} });
        for _ in 0..400 {
            flow = json!({ "module": "sleep", "data": {}, "children": { "_": flow } });
        }
        let flow = Flow::from_json(&flow).unwrap_or_else(|e| panic!("{e}"));
        let directory = Directory::default();
        let mut folds = first_folds(&flow, &directory);
        let drawn = |folds: &HashSet<NodeId>| Diagram::new(&flow, folds, &directory).items.len();
        let first = drawn(&folds);
        assert!(first <= UNFOLDED_LEVELS + 2, "{first} blocks");
        // Unfolding shows one more stretch.
        let top = folds.iter().min_by_key(|id| id.0).copied();
        folds.retain(|id| Some(*id) != top);
        assert!(drawn(&folds) <= first + UNFOLDED_LEVELS);
    }

    #[test]
    fn fold_hides_the_steps_below_it_and_counts_them() {
        let directory = Directory::default();
        let flow = menus(5);
        let diagram = Diagram::new(&flow, &HashSet::from([NodeId(4)]), &directory);
        let fold = diagram
            .step(NodeId(4))
            .map(|i| (i.shown, i.hidden, i.rect.height));
        assert_eq!(fold, Some((Shown::Fold(NodeId(4)), 4, FOLD_HEIGHT)));
        assert!(diagram.step(NodeId(5)).is_none());
    }

    #[test]
    fn jumps_are_linked_to_their_targets_and_to_the_folds_that_hide_them() {
        let flow = json!({ "version": 1, "root": "n1", "nodes": {
            "n1": { "module": "menu", "data": {}, "children": { "1": "n2", "2": "n3", "3": "n5", "4": "n6" } },
            "n2": { "module": "jump", "data": { "step": "n4" }, "children": {} },
            "n3": { "module": "sleep", "data": {}, "children": { "_": "n4" } },
            "n4": { "module": "sleep", "data": {}, "children": {} },
            "n5": { "module": "jump", "data": { "step": "n9" }, "children": {} },
            "n6": { "module": "jump", "data": {}, "children": {} },
        } });
        let flow = Flow::from_json(&flow).unwrap_or_else(|e| panic!("{e}"));
        let linked = |folds: &[u32]| {
            let folds = folds.iter().map(|id| NodeId(*id)).collect();
            let diagram = Diagram::new(&flow, &folds, &Directory::default());
            let step = |at: usize| diagram.items.get(at).and_then(|item| item.shown.step());
            let links = diagram.links.iter();
            let links = links.map(|(from, to)| (step(*from), step(*to)));
            links.collect::<Vec<_>>()
        };
        assert_eq!(linked(&[]), [(Some(NodeId(2)), Some(NodeId(4)))]);
        assert_eq!(linked(&[3]), [(Some(NodeId(2)), Some(NodeId(3)))]);
        assert_eq!(linked(&[1]), []);
    }

    #[test]
    fn main_block_stands_at_the_origin() {
        let diagram = Diagram::new(&menus(3), &HashSet::new(), &Directory::default());
        assert_eq!(diagram.items.first().map(|i| i.rect.center()), Some(0.0));
        assert!(diagram.left < 0.0);
    }
}

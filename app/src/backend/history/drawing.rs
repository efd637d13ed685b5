//! A comparison as blocks and lines with their places.

use super::union::Union;
use crate::editor::plan::{
    Block, FOLD_HEIGHT, LABEL_DROP, MAIN_HEIGHT, MAIN_WIDTH, Rect, STEP_HEIGHT, STEP_WIDTH,
    branches_are_labelled, edge, layout, place,
};
use crate::versions::{BlockView, Drawing, Mark, Pill, WireView};
use callflow::{BranchKey, Callflow, Directory, Flow, NodeId};
use std::collections::{HashMap, HashSet};

/// With more steps than this, branches without any change are folded.
const UNFOLDED: usize = 40;

/// What each step is marked with.
pub(super) type Marks = HashMap<NodeId, Mark>;

/// A tree to draw, and where its steps are found: in the newer flow first.
pub(super) struct Subject<'a> {
    pub(super) union: Union,
    pub(super) callflow: &'a Callflow,
    pub(super) flows: [&'a Flow; 2],
    /// The older state of changed steps, for what they showed.
    pub(super) former: Option<&'a Flow>,
    pub(super) marks: &'a Marks,
    pub(super) directory: &'a Directory,
}

struct Item {
    id: NodeId,
    /// The step above; none below the main block.
    above: Option<NodeId>,
    /// Position of the block above; 0 is the main block.
    parent: usize,
    via: BranchKey,
    hidden: usize,
    labelled: bool,
    /// How often the way to it branches.
    level: usize,
}

impl Subject<'_> {
    /// Draws it.
    pub(super) fn draw(&self) -> Drawing {
        let items = self.items();
        let mut blocks = vec![Block {
            width: MAIN_WIDTH,
            height: MAIN_HEIGHT,
            branching: self.union.roots.len() > 1,
            children: Vec::new(),
        }];
        for (at, item) in items.iter().enumerate() {
            blocks[item.parent].children.push(at + 1);
            blocks.push(Block {
                width: STEP_WIDTH,
                height: if item.hidden > 0 {
                    FOLD_HEIGHT
                } else {
                    STEP_HEIGHT
                },
                branching: self.branching(item),
                children: Vec::new(),
            });
        }
        let planned = layout(&blocks);
        let places = &planned.places;
        let main = places.first().copied().unwrap_or_default();
        let parent = |item: &Item| places.get(item.parent).copied().unwrap_or_default();
        let block = |(at, item): (usize, &Item)| {
            let rect = places.get(at + 1).copied().unwrap_or_default();
            self.block(item, rect, &parent(item))
        };
        let wire = |(at, item): (usize, &Item)| WireView {
            path: edge(
                &parent(item),
                &places.get(at + 1).copied().unwrap_or_default(),
            ),
            mark: self
                .marks
                .get(&item.id)
                .copied()
                .filter(|mark| matches!(mark, Mark::Added | Mark::Removed)),
        };
        let jacks = blocks
            .iter()
            .zip(places)
            .filter(|(block, _)| !block.children.is_empty())
            .map(|(_, place)| (place.center(), place.bottom()))
            .collect();
        let mut wires: Vec<WireView> = items.iter().enumerate().map(wire).collect();
        // What differs lies over what does not.
        wires.sort_by_key(|wire| wire.mark.is_some());
        Drawing {
            title: self.callflow.title(),
            numbers: self.callflow.numbers.clone(),
            main: place(main),
            width: planned.width,
            height: planned.height,
            blocks: items.iter().enumerate().map(block).collect(),
            wires,
            jacks,
        }
    }

    fn node(&self, id: NodeId) -> Option<&callflow::Node> {
        self.flows
            .iter()
            .find_map(|flow| flow.node(id))
            .map(AsRef::as_ref)
    }

    fn below(&self, id: NodeId) -> &[(BranchKey, NodeId)] {
        self.union.below.get(&id).map_or(&[], Vec::as_slice)
    }

    fn branching(&self, item: &Item) -> bool {
        if item.hidden > 0 {
            return false;
        }
        let own = self.node(item.id);
        let several = self.below(item.id).len() > 1;
        several || own.is_some_and(|node| branches_are_labelled(node, self.directory))
    }

    /// What is drawn, in reading order.
    fn items(&self) -> Vec<Item> {
        let order = self.union.preorder();
        let folded = self.folds(&order);
        let mut items: Vec<Item> = Vec::with_capacity(order.len());
        let mut at = HashMap::new();
        for (id, above, via) in order {
            let parent: usize = match above {
                None => 0,
                Some(above) => match at.get(&above) {
                    Some(parent) => *parent,
                    // Hidden by a fold above it.
                    None => continue,
                },
            };
            let hidden = folded.get(&id).copied().unwrap_or(0);
            let (labelled, level) = match parent.checked_sub(1).and_then(|at| items.get(at)) {
                Some(parent) => {
                    let labelled = self.branching(parent);
                    (labelled, parent.level + usize::from(labelled))
                }
                None => (false, 0),
            };
            if hidden == 0 {
                at.insert(id, items.len() + 1);
            }
            items.push(Item {
                id,
                above,
                parent,
                via,
                hidden,
                labelled,
                level,
            });
        }
        items
    }

    /// Branches of a large flow in which nothing differs, with the number of their steps.
    fn folds(&self, order: &[(NodeId, Option<NodeId>, BranchKey)]) -> HashMap<NodeId, usize> {
        let mut folds = HashMap::new();
        if order.len() <= UNFOLDED || self.marks.is_empty() {
            return folds;
        }
        let mut sizes: HashMap<NodeId, usize> = HashMap::new();
        let mut marked: HashSet<NodeId> = HashSet::new();
        for (id, above, _) in order.iter().rev() {
            let size = sizes.get(id).copied().unwrap_or(0) + 1;
            sizes.insert(*id, size);
            let differs = self.marks.contains_key(id) || marked.contains(id);
            if let Some(above) = above {
                *sizes.entry(*above).or_default() += size;
                if differs {
                    marked.insert(*above);
                }
            }
            let first = above
                .is_none_or(|above| self.below(above).len() > 1 || self.marks.contains_key(&above));
            if !differs && size > 1 && first {
                folds.insert(*id, size);
            }
        }
        folds
    }

    fn block(&self, item: &Item, rect: Rect, parent: &Rect) -> BlockView {
        let node = self.node(item.id);
        let preset = node.map(|node| node.action.preset());
        let caption = node.map(|node| node.action.caption(self.directory).text);
        let mark = self.marks.get(&item.id).copied();
        let was = self
            .former
            .filter(|_| mark == Some(Mark::Changed))
            .and_then(|flow| flow.node(item.id))
            .map(|node| node.action.caption(self.directory).text)
            .filter(|was| Some(was) != caption.as_ref() && !was.is_empty());
        BlockView {
            id: item.id.to_string(),
            place: place(rect),
            label: self.label(item, &rect, parent),
            title: preset
                .map(|preset| preset.label.to_owned())
                .unwrap_or_default(),
            detail: caption.unwrap_or_default(),
            was,
            icon: preset
                .map(|preset| preset.icon.to_owned())
                .unwrap_or_default(),
            family: preset
                .map(|preset| preset.family.as_str().to_owned())
                .unwrap_or_default(),
            skipped: node.is_some_and(|node| !node.enabled),
            mark,
            level: item.level,
            hidden: item.hidden,
        }
    }

    fn label(&self, item: &Item, rect: &Rect, parent: &Rect) -> Option<Pill> {
        if !item.labelled {
            return None;
        }
        let action = &self.node(item.above?)?.action;
        let choice = action.branch_label(item.via.as_str(), self.directory);
        Some(Pill {
            place: format!(
                "--x:{}px;--y:{}px",
                rect.center(),
                parent.bottom() + LABEL_DROP
            ),
            text: choice.label,
            key_cap: choice.key_cap,
        })
    }
}

//! Places where something can be put down, as the diagram shows them.

use super::diagram::{Diagram, Item, Shown};
use super::edges::LABEL_DROP;
use super::layout::{BUS_DROP, Rect, STEP_WIDTH};
use callflow::action::Action;
use callflow::edit::{Place, why_not};
use callflow::{Branches, Directory, Flow, NodeId};
use std::collections::{BTreeSet, HashSet};

/// What is carried to a place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Load {
    /// A new step from an entry of the catalog, by its id.
    New(String),
    /// A step of this flow.
    Step {
        /// Which.
        id: NodeId,
        /// Without what follows it.
        alone: bool,
    },
    /// Several steps of this flow, which stand one after the other afterwards.
    Several(BTreeSet<NodeId>),
}

impl Load {
    /// Whether this step is carried itself, and not just along.
    pub(crate) fn moves(&self, step: NodeId) -> bool {
        match self {
            Self::New(_) => false,
            Self::Step { id, .. } => *id == step,
            Self::Several(ids) => ids.contains(&step),
        }
    }
}

/// Where a step would go.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// Right there.
    At(Place),
    /// To a further branch of a step; its key has to be chosen.
    NewBranch(NodeId),
}

/// How a place is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Look {
    /// A capsule on a plain line.
    Edge,
    /// The label of a branch, with a plus.
    Pill,
    /// A dashed bar below an open end.
    Tail,
    /// A dashed label for one more branch, with its word.
    Branch(&'static str),
    /// The dashed box of an empty callflow.
    First,
}

/// One place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DropPlace {
    /// Where it leads.
    pub(crate) target: Target,
    /// How it is drawn.
    pub(crate) look: Look,
    /// Horizontal centre in the drawing.
    pub(crate) x: f64,
    /// Vertical centre in the drawing.
    pub(crate) y: f64,
    /// What counts as pointing at it, in the drawing.
    pub(crate) hits: Vec<Rect>,
    /// "Between Manual Presence and User".
    pub(crate) name: String,
    /// Why it does not take what is carried.
    pub(crate) refused: Option<String>,
    /// The position of the block whose incoming line lights up.
    pub(crate) line_to: Option<usize>,
}

/// Height of the capsule's row and of a tail, with the gap around it.
const TAIL_DROP: f64 = 20.0;
/// Width that a label may take up.
const LABEL_WIDTH: f64 = 96.0;

/// Everything needed to find the places of a load.
pub(crate) struct Search<'a> {
    /// The flow.
    pub(crate) flow: &'a Flow,
    /// Its drawing.
    pub(crate) diagram: &'a Diagram,
    /// The account's resources.
    pub(crate) directory: &'a Directory,
    /// The action that goes first at the place.
    pub(crate) action: &'a Action,
    /// For a step of this flow: it and, unless it moves alone, everything below it.
    pub(crate) moving: HashSet<NodeId>,
    /// The moved step itself.
    pub(crate) moved: Option<NodeId>,
    /// Whether nothing can follow what is carried.
    pub(crate) ends: bool,
}

impl Search<'_> {
    /// All places in reading order, a further branch after the branches that are there.
    pub(crate) fn places(&self) -> Vec<DropPlace> {
        let mut found: Vec<((usize, u8), DropPlace)> = Vec::new();
        let items = &self.diagram.items;
        for (at, item) in items.iter().enumerate() {
            if let Some(place) = self.incoming(at, item) {
                found.push(((at, 0), place));
            }
            if let Some(place) = self.open_end(item) {
                found.push(((last_below(items, at), 2), place));
            }
        }
        found.sort_by_key(|(order, _)| *order);
        found.into_iter().map(|(_, place)| place).collect()
    }

    /// The place above a block.
    fn incoming(&self, at: usize, item: &Item) -> Option<DropPlace> {
        let id = item.shown.step()?;
        let parent = self.diagram.items.get(item.parent?)?;
        // Where the moved step stands is no place for itself; below it only its own steps stand.
        if Some(id) == self.moved
            || parent
                .shown
                .step()
                .is_some_and(|p| self.moving.contains(&p))
        {
            return None;
        }
        let key = item.via.clone()?;
        let place = match parent.shown.step() {
            None => Place::first(),
            Some(node) => Place::on(node, key.clone()),
        };
        let x = item.rect.center();
        let gap = Rect {
            x: x - STEP_WIDTH / 2.0,
            y: item.parent_bottom,
            width: STEP_WIDTH,
            height: item.rect.y - item.parent_bottom,
        };
        let above = self.name(parent.shown);
        let below = self.name(item.shown);
        let (look, y, hits, name) = if item.labelled {
            let label = self.branch_label(parent.shown, key.as_str());
            let hit = Rect {
                y: gap.y + BUS_DROP,
                height: gap.height - BUS_DROP,
                ..gap
            };
            let y = item.parent_bottom + LABEL_DROP;
            (
                Look::Pill,
                y,
                vec![hit],
                format!("On branch {label} of {above}, before {below}"),
            )
        } else {
            let name = format!("Between {above} and {below}");
            (
                Look::Edge,
                item.parent_bottom + 15.0,
                vec![gap, parent.rect],
                name,
            )
        };
        let refused = if self.ends {
            Some(format!(
                "{} ends the call. Put it last.",
                self.action.preset().label
            ))
        } else {
            why_not(self.flow, &place, self.action, self.directory)
        };
        Some(DropPlace {
            target: Target::At(place),
            look,
            x,
            y,
            hits,
            name,
            refused,
            line_to: Some(at),
        })
    }

    /// The place below a block that leads nowhere yet, or a further branch of it.
    fn open_end(&self, item: &Item) -> Option<DropPlace> {
        let Some(id) = item.shown.step() else {
            return self.flow.is_empty().then(|| first(item));
        };
        if self.moving.contains(&id) || matches!(item.shown, Shown::Fold(_)) {
            return None;
        }
        let node = self.flow.node(id)?;
        let name = self.name(item.shown);
        let tail = |target, name| {
            let y = item.rect.bottom() + TAIL_DROP;
            let slot = Rect {
                x: item.rect.x,
                y: item.rect.bottom(),
                width: STEP_WIDTH,
                height: TAIL_DROP + 16.0,
            };
            DropPlace {
                target,
                look: Look::Tail,
                x: item.rect.center(),
                y,
                hits: vec![slot, item.rect],
                name,
                refused: None,
                line_to: None,
            }
        };
        match node.action.branches(self.directory) {
            Branches::None => None,
            Branches::Next(_) => {
                let open = node.child("_").is_none() && node.branches.is_empty();
                open.then(|| {
                    tail(
                        Target::At(Place::on(id, "_")),
                        format!("After {name}, at the end"),
                    )
                })
            }
            Branches::Fork {
                choices,
                free,
                add_label,
                ..
            } => {
                let room = free.is_some() || choices.iter().any(|c| node.child(&c.key).is_none());
                let name = format!("On a new branch of {name}");
                match item
                    .children
                    .last()
                    .and_then(|last| self.diagram.step(*last))
                {
                    _ if !room => None,
                    None => Some(tail(Target::NewBranch(id), name)),
                    Some(last) => Some(self.further_branch(id, item, last, add_label, name)),
                }
            }
        }
    }

    fn further_branch(
        &self,
        id: NodeId,
        item: &Item,
        last: &Item,
        word: &'static str,
        name: String,
    ) -> DropPlace {
        let x = last.rect.center() + LABEL_WIDTH / 2.0 + 36.0;
        let y = item.rect.bottom() + LABEL_DROP;
        let slot = Rect {
            x: x - LABEL_WIDTH / 2.0,
            y: y - 16.0,
            width: LABEL_WIDTH,
            height: 32.0,
        };
        DropPlace {
            target: Target::NewBranch(id),
            look: Look::Branch(word),
            x,
            y,
            hits: vec![slot, item.rect],
            name,
            refused: None,
            line_to: None,
        }
    }

    fn name(&self, shown: Shown) -> String {
        match shown.step().and_then(|id| self.flow.node(id)) {
            None => "the main block".to_owned(),
            Some(node) => node.action.preset().label.to_owned(),
        }
    }

    fn branch_label(&self, parent: Shown, key: &str) -> String {
        match parent.step().and_then(|id| self.flow.node(id)) {
            None => String::new(),
            Some(node) => node.action.branch_label(key, self.directory).label,
        }
    }
}

fn first(main: &Item) -> DropPlace {
    let (width, height) = (280.0, 64.0);
    let x = main.rect.center();
    let y = main.rect.bottom() + 24.0 + height / 2.0;
    let slot = Rect {
        x: x - width / 2.0,
        y: main.rect.bottom(),
        width,
        height: height + 24.0,
    };
    DropPlace {
        target: Target::At(Place::first()),
        look: Look::First,
        x,
        y,
        hits: vec![slot, main.rect],
        name: "As the first step".to_owned(),
        refused: None,
        line_to: None,
    }
}

/// The position of the last block below a block.
fn last_below(items: &[Item], at: usize) -> usize {
    let level = items.get(at).map_or(0, |item| item.level);
    let below = items
        .iter()
        .skip(at + 1)
        .take_while(|item| item.level > level)
        .count();
    at + below
}

/// The place under a point of the drawing. What was drawn as a place wins over the step that stands for it.
pub(crate) fn hit(places: &[DropPlace], x: f64, y: f64) -> Option<usize> {
    let drawn = places
        .iter()
        .position(|p| p.hits.first().is_some_and(|r| r.contains(x, y)));
    drawn.or_else(|| {
        places
            .iter()
            .position(|p| p.hits.iter().skip(1).any(|r| r.contains(x, y)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use callflow::Callflow;
    use callflow::action::catalog;
    use callflow::edit::{Edit, apply};

    fn action(label: &str) -> Action {
        let entry = catalog().into_iter().find(|e| e.preset.label == label);
        entry
            .map(|e| e.make())
            .unwrap_or_else(|| panic!("no action {label}"))
    }

    fn grown(callflow: &Callflow, at: Place, label: &str) -> (Callflow, NodeId) {
        let edit = Edit::Insert {
            at,
            action: action(label),
        };
        let applied =
            apply(callflow, edit, &Directory::default()).unwrap_or_else(|e| panic!("{e}"));
        (applied.callflow, applied.focus.unwrap_or(NodeId(0)))
    }

    /// A sleep, then a menu with a user on key 1 and a response on key 2.
    fn sample() -> (Callflow, [NodeId; 4]) {
        let (callflow, sleep) = grown(&Callflow::default(), Place::first(), "Sleep");
        let (callflow, menu) = grown(&callflow, Place::on(sleep, "_"), "Menu");
        let (callflow, user) = grown(&callflow, Place::on(menu, "1"), "User");
        let (callflow, response) = grown(&callflow, Place::on(menu, "2"), "Response");
        (callflow, [sleep, menu, user, response])
    }

    fn places(callflow: &Callflow, label: &str, moving: &[NodeId], ends: bool) -> Vec<DropPlace> {
        let directory = Directory::default();
        let diagram = Diagram::new(&callflow.flow, &HashSet::new(), &directory);
        Search {
            flow: &callflow.flow,
            diagram: &diagram,
            directory: &directory,
            action: &action(label),
            moving: moving.iter().copied().collect(),
            moved: moving.first().copied(),
            ends,
        }
        .places()
    }

    #[test]
    fn every_line_label_and_open_end_is_a_place() {
        let (callflow, [sleep, menu, user, _]) = sample();
        let found: Vec<Target> = places(&callflow, "Play Media", &[], false)
            .into_iter()
            .map(|p| p.target)
            .collect();
        let wanted = [
            Target::At(Place::first()),
            Target::At(Place::on(sleep, "_")),
            Target::At(Place::on(menu, "1")),
            Target::At(Place::on(user, "_")),
            Target::At(Place::on(menu, "2")),
            Target::NewBranch(menu),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn action_that_ends_the_call_fits_only_at_open_ends() {
        let (callflow, [_, menu, user, _]) = sample();
        let open: Vec<Target> = places(&callflow, "Response", &[], true)
            .into_iter()
            .filter(|p| p.refused.is_none())
            .map(|p| p.target)
            .collect();
        assert_eq!(
            open,
            [Target::At(Place::on(user, "_")), Target::NewBranch(menu)]
        );
    }

    #[test]
    fn moved_branch_is_not_offered_its_own_inside() {
        let (callflow, [sleep, menu, user, response]) = sample();
        let open: Vec<Target> = places(&callflow, "Menu", &[menu, user, response], true)
            .into_iter()
            .map(|p| p.target)
            .collect();
        assert_eq!(
            open,
            [Target::At(Place::first())],
            "below {sleep} it stands already"
        );
    }

    #[test]
    fn empty_callflow_offers_one_place() {
        let found = places(&Callflow::default(), "User", &[], false);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].look, Look::First);
    }

    #[test]
    fn pointing_at_a_step_means_the_place_below_it() {
        let (callflow, [sleep, menu, ..]) = sample();
        let directory = Directory::default();
        let diagram = Diagram::new(&callflow.flow, &HashSet::new(), &directory);
        let found = places(&callflow, "Play Media", &[], false);
        let at = |step: NodeId| {
            let rect = diagram.step(step).map(|i| i.rect).unwrap_or_default();
            hit(&found, rect.center(), rect.y + 10.0).map(|at| found[at].target.clone())
        };
        assert_eq!(at(sleep), Some(Target::At(Place::on(sleep, "_"))));
        assert_eq!(at(menu), Some(Target::NewBranch(menu)));
        assert_eq!(hit(&found, 5_000.0, 5_000.0), None);
    }

    #[test]
    fn gap_above_a_step_is_its_own_place() {
        let (callflow, [sleep, menu, ..]) = sample();
        let directory = Directory::default();
        let diagram = Diagram::new(&callflow.flow, &HashSet::new(), &directory);
        let found = places(&callflow, "Play Media", &[], false);
        let rect = diagram.step(menu).map(|i| i.rect).unwrap_or_default();
        let target = hit(&found, rect.x + 4.0, rect.y - 16.0).map(|at| found[at].target.clone());
        assert_eq!(target, Some(Target::At(Place::on(sleep, "_"))));
    }
}

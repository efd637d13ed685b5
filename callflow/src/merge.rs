//! Two people's changes of one callflow, brought together block by block.
//!
//! What only one of them changed is taken from that one. What both changed differently is a [`Clash`], decided by the
//! caller. A block is what a step holds, where its branches lead, or the main block.

use crate::diff::changes_in;
use crate::directory::Directory;
use crate::document::Callflow;
use crate::field::FieldKind;
use crate::flow::{Flow, FlowError, Node, NodeId};
use crate::json::Object;
use crate::limits;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whose state of a block is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The one who merges.
    Mine,
    /// The one who saved first.
    Theirs,
}

/// A block that both changed, each differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The step; none is the main block.
    pub node: Option<NodeId>,
    /// What I did with it.
    pub mine: Vec<String>,
    /// What they did with it.
    pub theirs: Vec<String>,
}

/// Both people's changes together.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The callflow with both.
    pub callflow: Callflow,
    /// What had to be decided, in reading order of the blocks' ids.
    pub clashes: Vec<Clash>,
}

/// Merges two callflows that both came from `base`. `choose` decides about the blocks that both changed.
///
/// # Errors
/// When the steps do not fit together: one put something where the other took it away, or both moved it.
pub fn merge(
    base: &Callflow,
    mine: &Callflow,
    theirs: &Callflow,
    directory: &Directory,
    choose: impl Fn(Option<NodeId>) -> Whose,
) -> Result<Merged, FlowError> {
    let mine = &apart(base, mine, theirs);
    let mut clashed = BTreeSet::new();
    let mut pick = Pick {
        choose: &choose,
        clashed: &mut clashed,
    };
    let mut merged = Callflow {
        name: pick.one(None, &base.name, &mine.name, &theirs.name),
        numbers: pick.one(None, &base.numbers, &mine.numbers, &theirs.numbers),
        patterns: pick.one(None, &base.patterns, &mine.patterns, &theirs.patterns),
        hide_from_contacts: pick.one(
            None,
            &base.hide_from_contacts,
            &mine.hide_from_contacts,
            &theirs.hide_from_contacts,
        ),
        main_number: pick.one(
            None,
            &base.main_number,
            &mine.main_number,
            &theirs.main_number,
        ),
        flow: Arc::default(),
        extra: pick.one(None, &base.extra, &mine.extra, &theirs.extra),
    };
    let root = pick.one(
        None,
        &base.flow.root(),
        &mine.flow.root(),
        &theirs.flow.root(),
    );
    merged.flow = Arc::new(steps(root, [base, mine, theirs], &mut pick)?);
    Ok(Merged {
        callflow: merged,
        clashes: clashes(&clashed, base, mine, theirs, directory),
    })
}

struct Pick<'a> {
    choose: &'a dyn Fn(Option<NodeId>) -> Whose,
    clashed: &'a mut BTreeSet<Option<NodeId>>,
}

impl Pick<'_> {
    fn one<T: Clone + PartialEq>(
        &mut self,
        block: Option<NodeId>,
        base: &T,
        mine: &T,
        theirs: &T,
    ) -> T {
        if mine == theirs || theirs == base {
            return mine.clone();
        }
        if mine == base {
            return theirs.clone();
        }
        self.clashed.insert(block);
        match (self.choose)(block) {
            Whose::Mine => mine.clone(),
            Whose::Theirs => theirs.clone(),
        }
    }
}

/// The steps from the first one on, each decided when it is reached.
fn steps(
    root: Option<NodeId>,
    [base, mine, theirs]: [&Callflow; 3],
    pick: &mut Pick<'_>,
) -> Result<Flow, FlowError> {
    let mut flow = Flow::empty();
    let mut open: Vec<NodeId> = root.into_iter().collect();
    while let Some(id) = open.pop() {
        if flow.node(id).is_some() {
            return Err(misfit("both of you moved a step to different places"));
        }
        if flow.len() >= limits::MAX_NODES {
            return Err(misfit("both together have too many steps"));
        }
        let of = |callflow: &Callflow| callflow.flow.node(id).cloned();
        let node = match (of(base), of(mine), of(theirs)) {
            (Some(base), Some(mine), Some(theirs)) => both(id, &base, &mine, &theirs, pick),
            (_, Some(node), None) | (_, None, Some(node)) => Node::clone(&node),
            (None, Some(mine), Some(_)) => Node::clone(&mine),
            (_, None, None) => return Err(misfit("a step leads to one that is gone")),
        };
        open.extend(node.branches.iter().map(|(_, child)| *child));
        flow.put(id, node);
    }
    flow.set_root(root);
    flow.well_formed()?;
    // What one of them added or kept must not vanish because the other took away where it hung.
    for (one, other) in [(mine, theirs), (theirs, mine)] {
        for (id, node) in one.flow.nodes() {
            let old = base.flow.node(id);
            let untouched = old.is_some_and(|old| content(old) == content(node));
            let removed = old.is_some() && other.flow.node(id).is_none() && untouched;
            if flow.node(id).is_none() && !removed {
                return Err(misfit(
                    "one of you changed a step, or what stands below it, that the other took away",
                ));
            }
        }
    }
    Ok(flow)
}

fn misfit(why: &str) -> FlowError {
    FlowError(why.to_owned())
}

/// What a step holds, as it is stored: actions keep what they were read from, so two that mean the same need not be
/// equal in memory.
fn content(node: &Node) -> (String, Object, String, bool, Object) {
    (
        node.action.module().to_owned(),
        node.action.to_object(),
        node.note.clone(),
        node.enabled,
        node.extra.clone(),
    )
}

/// A step of all three: what it holds and where it leads are decided apart.
fn both(id: NodeId, base: &Node, mine: &Node, theirs: &Node, pick: &mut Pick<'_>) -> Node {
    let block = Some(id);
    let (old, own, other) = (content(base), content(mine), content(theirs));
    let taken = pick.one(block, &old, &own, &other);
    let holder = if taken == own { mine } else { theirs };
    let branches = pick.one(block, &base.branches, &mine.branches, &theirs.branches);
    Node {
        branches,
        ..holder.clone()
    }
}

/// What each of them did with the blocks that both changed.
fn clashes(
    clashed: &BTreeSet<Option<NodeId>>,
    base: &Callflow,
    mine: &Callflow,
    theirs: &Callflow,
    directory: &Directory,
) -> Vec<Clash> {
    if clashed.is_empty() {
        return Vec::new();
    }
    let told = |new: &Callflow| {
        let mut by_node: BTreeMap<Option<NodeId>, Vec<String>> = BTreeMap::new();
        for change in changes_in(base, new, directory) {
            by_node.entry(change.node).or_default().push(change.text);
        }
        by_node
    };
    let (mut own, mut other) = (told(mine), told(theirs));
    let clash = |node: &Option<NodeId>| Clash {
        node: *node,
        mine: own.remove(node).unwrap_or_default(),
        theirs: other.remove(node).unwrap_or_default(),
    };
    clashed.iter().map(clash).collect()
}

/// Mine, where the steps that both added under the same id have ids of their own.
fn apart(base: &Callflow, mine: &Callflow, theirs: &Callflow) -> Callflow {
    let taken: Vec<NodeId> = mine
        .flow
        .nodes()
        .map(|(id, _)| id)
        .filter(|id| base.flow.node(*id).is_none() && theirs.flow.node(*id).is_some())
        .collect();
    if taken.is_empty() {
        return mine.clone();
    }
    let all = mine.flow.nodes().chain(theirs.flow.nodes());
    let last = all.map(|(id, _)| id.0).max().unwrap_or(0);
    let fresh = (last.saturating_add(1)..).map(NodeId);
    let names: BTreeMap<NodeId, NodeId> = taken.into_iter().zip(fresh).collect();
    let named = |id: NodeId| names.get(&id).copied().unwrap_or(id);
    let mut flow = Flow::empty();
    for (id, node) in mine.flow.nodes() {
        let mut node = Node::clone(node);
        for (_, child) in &mut node.branches {
            *child = named(*child);
        }
        for spec in node.action.specs() {
            if spec.kind != FieldKind::Step {
                continue;
            }
            let target = node.action.get(spec.key);
            let target = target.as_str().and_then(|text| text.parse().ok());
            if let Some(target) = target.map(named) {
                // A key that came from the action itself is taken by it.
                let _ = node
                    .action
                    .set(spec.key, &Value::String(target.to_string()));
            }
        }
        flow.put(named(id), node);
    }
    flow.set_root(mine.flow.root().map(named));
    Callflow {
        flow: Arc::new(flow),
        ..mine.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::edit::{Edit, Place, apply};
    use crate::outline;
    use serde_json::json;

    fn flow(text: &str) -> Callflow {
        Callflow {
            flow: Arc::new(outline::read(text).unwrap()),
            ..Callflow::default()
        }
    }

    fn after(old: &Callflow, edits: Vec<Edit>) -> Callflow {
        edits.into_iter().fold(old.clone(), |doc, edit| {
            apply(&doc, edit, &Directory::default()).unwrap().callflow
        })
    }

    fn insert(after: u32, module: &str) -> Edit {
        let action = Action::from_wire(module, Object::new());
        let at = Place::on(NodeId(after), "_");
        Edit::Insert { at, action }
    }

    fn sleeping(base: &Callflow, seconds: i64) -> Callflow {
        let mut flow = Flow::clone(&base.flow);
        let data = json!({"duration": seconds, "unit": "s"});
        let node = flow.edit(NodeId(1)).unwrap();
        node.action = Action::from_wire("sleep", data.as_object().cloned().unwrap());
        Callflow {
            flow: Arc::new(flow),
            ..base.clone()
        }
    }

    fn merged(
        base: &Callflow,
        mine: &Callflow,
        theirs: &Callflow,
        whose: Whose,
    ) -> Result<Merged, FlowError> {
        merge(base, mine, theirs, &Directory::default(), |_| whose)
    }

    fn modules(callflow: &Callflow) -> Vec<String> {
        let node = |id| callflow.flow.node(id).unwrap().action.module().to_owned();
        callflow.flow.preorder().into_iter().map(node).collect()
    }

    #[test]
    fn changes_of_different_blocks_come_together_without_a_question() {
        let base = flow("sleep\nplay\nuser\n");
        let mine = Callflow {
            name: "Mine".into(),
            ..after(&base, vec![insert(3, "voicemail")])
        };
        let theirs = after(&sleeping(&base, 9), vec![Edit::Delete { node: NodeId(2) }]);
        let found = merged(&base, &mine, &theirs, Whose::Mine).unwrap();
        assert_eq!(found.clashes, []);
        assert_eq!(modules(&found.callflow), ["sleep", "user", "voicemail"]);
        assert_eq!(found.callflow.name, "Mine");
        let sleep = &found.callflow.flow.node(NodeId(1)).unwrap().action;
        assert_eq!(sleep.to_object()["duration"], 9);
    }

    #[test]
    fn block_that_both_changed_is_decided() {
        let base = sleeping(&flow("sleep\nplay\n"), 1);
        let (mine, theirs) = (sleeping(&base, 5), sleeping(&base, 9));
        for (whose, seconds) in [(Whose::Mine, 5), (Whose::Theirs, 9)] {
            let found = merged(&base, &mine, &theirs, whose).unwrap();
            assert_eq!(found.clashes.len(), 1);
            assert_eq!(found.clashes[0].node, Some(NodeId(1)));
            assert!(found.clashes[0].theirs[0].contains('9'), "{found:?}");
            let sleep = &found.callflow.flow.node(NodeId(1)).unwrap().action;
            assert_eq!(sleep.to_object()["duration"], seconds);
        }
    }

    #[test]
    fn steps_that_both_added_are_both_there() {
        let base = flow("sleep\nmenu\n  1: play\n  2: play\n");
        let mine = after(&base, vec![insert(3, "voicemail")]);
        let theirs = after(&base, vec![insert(4, "user")]);
        let found = merged(&base, &mine, &theirs, Whose::Mine).unwrap();
        assert_eq!(found.clashes, []);
        let all = ["sleep", "menu", "play", "voicemail", "play", "user"];
        assert_eq!(modules(&found.callflow), all);
        assert!(found.callflow.flow.well_formed().is_ok());
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let base = flow("menu\n  1: play\n  2: sleep\n");
        let mine = after(&base, vec![insert(2, "voicemail")]);
        let gone = after(&base, vec![Edit::Delete { node: NodeId(2) }]);
        let why = merged(&base, &mine, &gone, Whose::Theirs).unwrap_err();
        assert!(why.0.contains("took away"), "{why}");
        let first = flow("sleep\nplay\n");
        let gone = after(&first, vec![Edit::Delete { node: NodeId(1) }]);
        let why = merged(&first, &sleeping(&first, 9), &gone, Whose::Theirs).unwrap_err();
        assert!(why.0.contains("took away"), "{why}");
    }

    #[test]
    fn merging_with_what_did_not_change_gives_the_other() {
        let base = flow("menu\n  1: play\n  2: sleep\n");
        let other = after(&base, vec![insert(2, "voicemail")]);
        for whose in [Whose::Mine, Whose::Theirs] {
            let one = merged(&base, &base, &other, whose).unwrap();
            let two = merged(&base, &other, &base, whose).unwrap();
            assert_eq!(one.callflow.flow.to_json(), other.flow.to_json());
            assert_eq!(two.callflow.flow.to_json(), other.flow.to_json());
        }
    }
}

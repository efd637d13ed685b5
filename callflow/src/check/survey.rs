//! A flow as the checks of the whole of it read it: the steps in reading order, each with its parent.

use crate::directory::Directory;
use crate::document::{Callflow, CallflowId};
use crate::flow::{BranchKey, Node, NodeId, Parent};
use crate::json;

/// One step where it stands.
#[derive(Clone, Copy)]
pub(super) struct Standing<'a> {
    pub(super) id: NodeId,
    pub(super) node: &'a Node,
    /// The position of the parent, which comes before it, and the branch that leads here.
    pub(super) parent: Option<(usize, &'a BranchKey)>,
}

/// A flow, surveyed once for all checks.
pub(super) struct Survey<'a> {
    pub(super) id: Option<&'a CallflowId>,
    pub(super) callflow: &'a Callflow,
    pub(super) directory: &'a Directory,
    pub(super) steps: Vec<Standing<'a>>,
}

impl<'a> Survey<'a> {
    pub(super) fn new(
        id: Option<&'a CallflowId>,
        callflow: &'a Callflow,
        directory: &'a Directory,
    ) -> Self {
        let flow = &*callflow.flow;
        let mut steps = Vec::with_capacity(flow.len());
        let mut stack = Vec::new();
        stack.extend(flow.root().map(|root| (root, None)));
        while let Some((id, parent)) = stack.pop() {
            let Some(node) = flow.node(id) else { continue };
            let at = steps.len();
            steps.push(Standing { id, node, parent });
            let below = node.branches.iter().rev();
            stack.extend(below.map(|(key, child)| (*child, Some((at, key)))));
        }
        Self {
            id,
            callflow,
            directory,
            steps,
        }
    }

    /// The steps above one, the nearest first.
    pub(super) fn above(&self, step: &Standing<'a>) -> impl Iterator<Item = &Standing<'a>> {
        let mut next = step.parent;
        std::iter::from_fn(move || {
            let step = self.steps.get(next?.0)?;
            next = step.parent;
            Some(step)
        })
    }

    /// Where a step hangs.
    pub(super) fn place(&self, step: &Standing<'a>) -> crate::edit::Place {
        crate::edit::Place(step.parent.and_then(|(at, key)| {
            Some(Parent {
                node: self.steps.get(at)?.id,
                key: key.clone(),
            })
        }))
    }

    /// Whether a call from outside can begin here: by a number of the public network, or a pattern that
    /// takes one. Extensions and feature codes are dialled inside.
    pub(super) fn is_public(&self) -> bool {
        let numbers = self.callflow.numbers.iter();
        numbers.clone().any(|number| is_public_number(number))
            || self.callflow.patterns.iter().any(|pattern| {
                let plain = pattern.trim_start_matches('^');
                plain.starts_with("\\+") || plain.starts_with("[+]")
            })
    }
}

/// Whether a number is one of the public network: written in E.164 (ITU-T E.164 §6: at most 15 digits).
pub(super) fn is_public_number(number: &str) -> bool {
    number
        .strip_prefix('+')
        .is_some_and(|rest| rest.len() >= 7 && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// A text of a step's data, whatever kind of action it is.
pub(super) fn text(node: &Node, key: &str) -> Option<String> {
    let value = node.action.to_object();
    json::get(&value, key)
        .filter(|value| !json::is_blank(value))
        .and_then(json::text)
}

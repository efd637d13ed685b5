//! Jumps: to steps that are not there, and round in circles without ever waiting.

use crate::action::{Action, Needs};
use crate::check::Finding;
use crate::check::survey::Survey;
use crate::flow::{Flow, Node, NodeId};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(survey: &Survey<'_>, found: &mut Vec<(usize, Finding)>) {
    let flow = &survey.callflow.flow;
    let circles = circles(flow);
    for (at, step) in survey.steps.iter().enumerate() {
        let Some(target) = step.node.action.goes_to() else {
            continue;
        };
        let field = Some("step");
        if flow.node(target).is_none() {
            let message = "The step to continue at is not there any more";
            found.push((at, Finding::error("JUMP_TARGET_MISSING", field, message)));
        } else if circles.contains(&step.id) {
            let message =
                "Goes round in a circle without waiting: put a Sleep, Play Media or Menu between";
            found.push((at, Finding::error("JUMP_IN_CIRCLE", field, message)));
        }
    }
}

/// Whether a step surely takes time, or asks the caller something. Ringing does not: a busy phone fails at once.
fn waits(node: &Node) -> bool {
    if !node.enabled {
        return false;
    }
    match &node.action {
        Action::Sleep(sleep) => sleep.duration.0 > 0,
        Action::Answer(_) => false,
        // What the other callflow does is not known here; a guard of its own counts these.
        Action::Callflow(_) => true,
        action => action.needs() == Needs::Answered,
    }
}

/// The steps that a call can go round and round in without any that waits.
pub(super) fn circles(flow: &Flow) -> BTreeSet<NodeId> {
    if flow
        .nodes()
        .all(|(_, node)| node.action.goes_to().is_none())
    {
        return BTreeSet::new();
    }
    let mut next: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
    for (id, node) in flow.nodes().filter(|(_, node)| !waits(node)) {
        let branches = node.branches.iter();
        let taken = branches.filter(|(key, _)| node.enabled || key.is_default());
        let jump = node.action.goes_to().filter(|_| node.enabled);
        next.insert(id, taken.map(|(_, child)| *child).chain(jump).collect());
    }
    // What leads nowhere is in no circle, and neither is what nothing leads to.
    let left = peel(&next);
    let mut back: BTreeMap<NodeId, BTreeSet<NodeId>> =
        left.iter().map(|id| (*id, BTreeSet::new())).collect();
    for (id, targets) in next.iter().filter(|(id, _)| left.contains(id)) {
        for target in targets {
            back.entry(*target).and_modify(|from| {
                from.insert(*id);
            });
        }
    }
    peel(&back)
}

/// What is left of a graph once everything that leads nowhere has been taken off it, over and over.
fn peel(next: &BTreeMap<NodeId, BTreeSet<NodeId>>) -> BTreeSet<NodeId> {
    let mut from: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
    let mut count: BTreeMap<NodeId, usize> = BTreeMap::new();
    for (id, targets) in next {
        let inside = targets.iter().filter(|target| next.contains_key(target));
        let mut leads = 0;
        for target in inside {
            from.entry(*target).or_default().push(*id);
            leads += 1;
        }
        count.insert(*id, leads);
    }
    let ended = count.iter().filter(|(_, leads)| **leads == 0);
    let mut ends: Vec<NodeId> = ended.map(|(id, _)| *id).collect();
    while let Some(end) = ends.pop() {
        count.remove(&end);
        for before in from.get(&end).into_iter().flatten() {
            if let Some(leads) = count.get_mut(before) {
                *leads -= 1;
                if *leads == 0 {
                    ends.push(*before);
                }
            }
        }
    }
    count.into_keys().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outline;

    fn found(text: &str) -> Vec<u32> {
        let flow = outline::read(text).unwrap();
        circles(&flow).into_iter().map(|id| id.0).collect()
    }

    #[test]
    fn circle_without_a_wait_is_found() {
        assert_eq!(found("jump {\"step\":\"n1\"}"), [1]);
        let flow =
            "answer\nset_alert_info\nuser\n  USER_BUSY: jump {\"step\":\"n2\"}\n  _: hangup\n";
        assert_eq!(found(flow), [2, 3, 4]);
    }

    #[test]
    fn circle_that_waits_is_right() {
        for wait in ["play", "menu", "sleep {\"duration\":5}", "callflow"] {
            let flow = format!("{wait}\nuser\njump {{\"step\":\"n1\"}}\n");
            assert!(found(&flow).is_empty(), "{wait}");
        }
    }

    #[test]
    fn step_that_is_switched_off_neither_waits_nor_jumps() {
        let waits = "off play\njump {\"step\":\"n1\"}\n";
        assert_eq!(found(waits), [1, 2]);
        assert!(found("user\noff jump {\"step\":\"n1\"}\n").is_empty());
    }

    #[test]
    fn jump_forward_is_no_circle() {
        assert!(found("user\n  1: jump {\"step\":\"n3\"}\n  2: hangup\n").is_empty());
    }
}

//! Circles in which the caller can do nothing: the call goes round until the loop guard ends it.

use crate::check::survey::Survey;
use crate::check::{Finding, Severity, fix, links};
use crate::flow::NodeId;
use crate::resource::{Resource, ResourceKind};
use std::collections::{BTreeSet, HashMap};

pub(super) fn check(survey: &Survey<'_>, found: &mut Vec<(usize, Finding)>) {
    jumps(survey, found);
    callflows(survey, found);
}

/// A circle through a jump is drawn in full view, so it is a hint; one through callflows is easily missed.
fn circle(
    survey: &Survey<'_>,
    at: usize,
    severity: Severity,
    message: &str,
) -> Option<(usize, Finding)> {
    let step = survey.steps.get(at)?;
    let finding = Finding {
        severity,
        ..Finding::warning("LOOP_WITHOUT_CALLER", None, message)
    };
    Some((at, finding.with(Some(fix::switch_off(step.id)))))
}

/// Jumps inside the flow. A tree with jumps has a circle through a jump exactly when the jump's step can be
/// reached again from where it leads.
fn jumps(survey: &Survey<'_>, found: &mut Vec<(usize, Finding)>) {
    let targets: Vec<(usize, NodeId)> = survey
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.node.enabled)
        .filter_map(|(at, step)| Some((at, step.node.action.goes_to()?)))
        .take(MOST_JUMPS)
        .collect();
    if targets.is_empty() {
        return;
    }
    let positions: HashMap<NodeId, usize> = survey
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| (step.id, at))
        .collect();
    let jumps: Vec<(usize, usize)> = targets
        .into_iter()
        .filter_map(|(at, to)| Some((at, *positions.get(&to)?)))
        .collect();
    let last = last_below(survey);
    let next: Vec<Vec<usize>> = jumps
        .iter()
        .map(|(_, to)| {
            // Between jumps a call only goes down: from a jump's destination to the jumps below it.
            let end = last.get(*to).copied().unwrap_or(*to);
            let below = |at: usize| (*to..=end).contains(&at) && !waits_between(survey, *to, at);
            let reached = jumps.iter().enumerate();
            reached
                .filter(|(_, (at, _))| below(*at))
                .map(|(index, _)| index)
                .collect()
        })
        .collect();
    for (index, (at, _)) in jumps.iter().enumerate() {
        // One in which not even time passes is an error of its own.
        let told =
            |(own, finding): &(usize, Finding)| own == at && finding.code == "JUMP_IN_CIRCLE";
        if comes_back(&next, index) && !found.iter().any(told) {
            let message = "Goes round in a circle in which the caller can do nothing";
            found.extend(circle(survey, *at, Severity::Hint, message));
        }
    }
}

/// The position of the last step below each step, itself included: what hangs below stands together.
fn last_below(survey: &Survey<'_>) -> Vec<usize> {
    let mut last: Vec<usize> = (0..survey.steps.len()).collect();
    for (at, step) in survey.steps.iter().enumerate().rev() {
        let own = last.get(at).copied().unwrap_or(at);
        if let Some((parent, _)) = step.parent
            && let Some(above) = last.get_mut(parent)
        {
            *above = own.max(*above);
        }
    }
    last
}

/// Jumps of one flow that are looked at.
const MOST_JUMPS: usize = 64;

/// Whether a step on the way down from `top` to `at` waits for the caller.
fn waits_between(survey: &Survey<'_>, top: usize, at: usize) -> bool {
    let Some(step) = survey.steps.get(at).filter(|_| at != top) else {
        return false;
    };
    let top = survey.steps.get(top).map(|top| top.id);
    for above in survey.above(step) {
        if links::waits(above.node) {
            return true;
        }
        if Some(above.id) == top {
            return false;
        }
    }
    false
}

fn comes_back(next: &[Vec<usize>], start: usize) -> bool {
    let mut seen = vec![false; next.len()];
    let mut stack: Vec<usize> = next.get(start).cloned().unwrap_or_default();
    while let Some(at) = stack.pop() {
        if at == start {
            return true;
        }
        if let Some(seen) = seen.get_mut(at).filter(|seen| !**seen) {
            *seen = true;
            stack.extend(next.get(at).into_iter().flatten());
        }
    }
    false
}

/// Callflows that lead back here.
fn callflows(survey: &Survey<'_>, found: &mut Vec<(usize, Finding)>) {
    let Some(own) = survey.id else { return };
    for (at, step) in survey.steps.iter().enumerate() {
        let Some(target) = links::target(step.node) else {
            continue;
        };
        if survey.above(step).any(|above| links::waits(above.node)) {
            continue;
        }
        let message = if *target == *own.0 {
            "Leads to its own beginning, and the caller can do nothing on the way"
        } else if leads_back(survey, &target, &own.0) {
            "That callflow leads back here, and the caller can do nothing on the way"
        } else {
            continue;
        };
        found.extend(circle(survey, at, Severity::Warning, message));
    }
}

fn leads_back(survey: &Survey<'_>, from: &str, own: &str) -> bool {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut stack = vec![from];
    while let Some(id) = stack.pop() {
        let entry = survey.directory.get(ResourceKind::Callflow, id);
        let Some(Resource::Callflow(entry)) = entry.map(AsRef::as_ref) else {
            continue;
        };
        for next in &entry.leads_to.0 {
            if next == own {
                return true;
            }
            if seen.insert(next) {
                stack.push(next);
            }
        }
    }
    false
}

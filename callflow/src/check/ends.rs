//! Branches that end without an end: the last step only prepares what should come, or calls that fit no
//! branch have nowhere to go.

use crate::action::Branches;
use crate::check::survey::Survey;
use crate::check::{Finding, fix};
use crate::flow::Node;

/// Modules whose effect is on the steps after them. Switches such as do-not-disturb are an end in
/// themselves: a feature code has no other step.
const PREPARES: [&str; 14] = [
    "answer",
    "collect_dtmf",
    "dynamic_cid",
    "fax_detect",
    "flush_dtmf",
    "language",
    "noop",
    "prepend_cid",
    "privacy",
    "set_alert_info",
    "set_cid",
    "set_variable",
    "set_variables",
    "sleep",
];
/// Modules that choose a branch by a rule or value, and may find none that fits.
const CHOOSES: [&str; 3] = ["branch_bnumber", "branch_variable", "temporal_route"];

pub(super) fn check(survey: &Survey<'_>, found: &mut Vec<(usize, Finding)>) {
    for (at, step) in survey.steps.iter().enumerate() {
        let node = step.node;
        if node.child("_").is_some() {
            continue;
        }
        let Some(message) = message(node) else {
            continue;
        };
        // Where nothing can follow, the step is an end.
        if node.action.branches(survey.directory) == Branches::None {
            continue;
        }
        let finding = Finding::warning("BRANCH_WITHOUT_END", None, message);
        let fix = fix::end_with(step.id, "_", 480, "Temporarily Unavailable");
        found.push((at, finding.with(Some(fix))));
    }
}

fn message(node: &Node) -> Option<String> {
    let module = node.action.module();
    let label = || node.action.preset().label;
    if !node.enabled {
        // A step that is switched off is passed over at `_`, whatever its other branches are.
        let label = label();
        return Some(format!(
            "{label} is switched off and nothing follows: the call ends here"
        ));
    }
    if PREPARES.contains(&module) && node.branches.is_empty() {
        return Some(format!("Nothing follows {}: the call ends here", label()));
    }
    (CHOOSES.contains(&module) && !node.branches.is_empty()).then(|| {
        let label = label();
        format!("{label} has no branch for all other calls: they end here")
    })
}

//! Outside lines that a stranger can reach: who calls from outside would call on at the account's cost.

use crate::check::survey::{Survey, text};
use crate::check::{Finding, fix};
use crate::flow::Node;

pub(super) fn check(survey: &Survey<'_>, found: &mut Vec<(usize, Finding)>) {
    if !survey.is_public() {
        return;
    }
    for (at, step) in survey.steps.iter().enumerate() {
        let message = match step.node.action.module() {
            "disa" if text(step.node, "pin").is_none() => {
                "Anybody who calls from outside gets an outside line: set a PIN"
            }
            "offnet" | "resources" if dials_what_was_dialled(step.node) => {
                "Calls from outside are sent out again: give a fixed number, or take the public number off"
            }
            _ => continue,
        };
        if !step.node.enabled {
            continue;
        }
        let finding = Finding::error("OUTSIDE_LINE_OPEN", None, message);
        found.push((at, finding.with(Some(fix::switch_off(step.id)))));
    }
}

/// Without a fixed destination a carrier step dials the number that was called.
fn dials_what_was_dialled(node: &Node) -> bool {
    text(node, "to_did").is_none()
}

//! Outside lines that a stranger can reach: who calls from outside would call on at the account's cost.

use crate::check::survey::{Survey, text};
use crate::check::{Finding, fix};

pub(super) fn check(survey: &Survey<'_>, found: &mut Vec<(usize, Finding)>) {
    if !survey.is_public() {
        return;
    }
    for (at, step) in survey.steps.iter().enumerate() {
        if !matches!(step.node.action.module(), "offnet" | "resources") {
            continue;
        }
        let number = text(step.node, "to_did");
        let finding = match number {
            // Without a number of its own it dials the one that was called.
            None => Finding::error(
                "OUTSIDE_LINE_OPEN",
                Some("to_did"),
                "Calls from outside are sent out again: enter a fixed number",
            ),
            Some(number) if number.contains("{{") => Finding::warning(
                "OUTSIDE_LINE_OPEN",
                Some("to_did"),
                "Who calls from outside may choose the number that is dialled",
            ),
            Some(_) => continue,
        };
        if !step.node.enabled {
            continue;
        }
        found.push((at, finding.with(Some(fix::switch_off(step.id)))));
    }
}

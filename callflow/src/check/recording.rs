//! Calls that are recorded before anybody has told the caller.

use crate::action::{Action, Family};
use crate::check::survey::{Standing, Survey, text};
use crate::check::{Finding, Fix};
use crate::edit::Edit;
use crate::flow::Node;
use crate::json::Object;
use serde_json::Value;

/// Modules that say something to the caller.
const SPEAKS: [&str; 5] = ["play", "tts", "menu", "audio_macro", "receive_announcement"];
/// The prompt that says it.
const PROMPT: &str = "system_media/general-call_is_being_recorded";

pub(super) fn check(survey: &Survey<'_>, found: &mut Vec<(usize, Finding)>) {
    for (at, step) in survey.steps.iter().enumerate() {
        let starts = step.node.enabled
            && step.node.action.module() == "record_call"
            && text(step.node, "action").is_none_or(|action| action == "start");
        if !starts || told_before(survey, step) || told_after(survey, step) {
            continue;
        }
        let message = "The call is recorded and nobody tells the caller";
        let finding = Finding::warning("RECORDING_UNANNOUNCED", None, message);
        let mut data = Object::new();
        data.insert("id".to_owned(), Value::from(PROMPT));
        let action = Action::from_wire("play", data);
        let edit = Edit::Insert {
            at: survey.place(step),
            action,
        };
        let fix = Fix::one("Tell the caller first", edit);
        found.push((at, finding.with(Some(fix))));
    }
}

fn speaks(node: &Node) -> bool {
    node.enabled && SPEAKS.contains(&node.action.module())
}

fn told_before(survey: &Survey<'_>, step: &Standing<'_>) -> bool {
    survey.above(step).any(|above| speaks(above.node))
}

/// Said right after the recording begins, and before anybody is rung, it is part of the recording.
fn told_after(survey: &Survey<'_>, step: &Standing<'_>) -> bool {
    let flow = &survey.callflow.flow;
    let mut next = step.node.child("_");
    while let Some(node) = next.and_then(|id| flow.node(id)) {
        if speaks(node) {
            return true;
        }
        if node.enabled && node.action.preset().family == Family::Connect {
            return false;
        }
        next = node.child("_");
    }
    false
}

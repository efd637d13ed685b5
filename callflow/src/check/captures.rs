//! Steps that take the digits which the number's pattern captured, where nothing is captured.

use crate::action::{Action, VoicemailAction};
use crate::check::Finding;
use crate::check::survey::Survey;
use crate::document::Callflow;

pub(super) fn check(survey: &Survey<'_>, found: &mut Vec<(usize, Finding)>) {
    for (at, step) in survey.steps.iter().enumerate() {
        found.extend(of(survey.callflow, &step.node.action).map(|finding| (at, finding)));
    }
}

fn of(callflow: &Callflow, action: &Action) -> Option<Finding> {
    let Action::Voicemail(voicemail) = action else {
        return None;
    };
    let listens = voicemail.action == VoicemailAction::Check;
    if voicemail.id.is_some() || listens {
        return None;
    }
    let field = Some("id");
    if callflow.patterns.is_empty() && !callflow.numbers.is_empty() {
        let message = "No mailbox chosen";
        return Some(Finding::error("FIELD_REQUIRED", field, message));
    }
    let message = "No mailbox chosen: the digits that the pattern captures choose it";
    // Another callflow may lead here and capture them; where there is a pattern, that is the purpose.
    callflow
        .patterns
        .iter()
        .all(|pattern| !pattern.contains('('))
        .then(|| Finding::warning("MAILBOX_MISSING", field, message))
}

//! Fields that are empty or hold a value that does not fit.

use crate::action::Action;
use crate::check::{Finding, Severity};
use crate::field::{FieldKind, FieldSpec};

pub(super) fn check(action: &Action) -> Vec<Finding> {
    let misfits = action.misfits();
    // What makes the catalog entry what it is, is not asked for.
    let marked = action.preset().mark.map(|(key, _)| key);
    let mut found = Vec::new();
    for spec in action.specs() {
        if let Some(misfit) = misfits.iter().find(|misfit| misfit.key == spec.key) {
            let message = format!("{}: {}", spec.label, misfit.message);
            found.push(finding("FIELD_INVALID", &spec, message));
        } else if !spec.optional && marked != Some(spec.key) && action.get(spec.key).is_null() {
            let message = match spec.kind {
                FieldKind::Resource(kind) => format!("No {} chosen", kind.label()),
                FieldKind::Step => "No step chosen".to_owned(),
                _ => format!("{} is empty", spec.label),
            };
            found.push(finding("FIELD_REQUIRED", &spec, message));
        }
    }
    found
}

fn finding(code: &'static str, spec: &FieldSpec, message: String) -> Finding {
    Finding {
        code,
        severity: Severity::Error,
        field: Some(spec.key),
        message,
    }
}

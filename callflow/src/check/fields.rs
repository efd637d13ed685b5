//! Fields that are empty or hold a value that does not fit.

use crate::action::Action;
use crate::check::Finding;
use crate::field::FieldKind;

pub(super) fn check(action: &Action) -> Vec<Finding> {
    let misfits = action.misfits();
    // What makes the catalog entry what it is, is not asked for.
    let marked = action.preset().mark.map(|(key, _)| key);
    let mut found = Vec::new();
    for spec in action.described() {
        if let Some(misfit) = misfits.iter().find(|misfit| misfit.key == spec.key) {
            let message = format!("{}: {}", spec.label, misfit.message);
            found.push(Finding::error("FIELD_INVALID", Some(spec.key), message));
        } else if !spec.optional && marked != Some(spec.key) && action.get(spec.key).is_null() {
            let message = match spec.kind {
                FieldKind::Resource(kind) => format!("No {} chosen", kind.label()),
                FieldKind::Step => "No step chosen".to_owned(),
                _ => format!("{} is empty", spec.label),
            };
            found.push(Finding::error("FIELD_REQUIRED", Some(spec.key), message));
        }
    }
    found
}

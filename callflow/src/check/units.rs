//! Durations that are plainly in the other unit: 3 where milliseconds are meant, 20000 where seconds are.

use crate::action::Action;
use crate::check::Finding;
use crate::directory::Directory;
use crate::field::{FieldKind, FieldSpec, Unit};
use crate::resource::Menu;

/// No person and no phone acts within so many milliseconds.
const TOO_FEW_MS: i64 = 100;
/// Whole thousands of seconds from here on are milliseconds that somebody took for seconds.
const TOO_MANY_S: i64 = 5_000;

pub(super) fn check(action: &Action, directory: &Directory) -> Vec<Finding> {
    let mut found: Vec<Finding> = action
        .described()
        .iter()
        .filter_map(|spec| of_field(spec, action))
        .collect();
    if let Action::Menu(step) = action
        && let Some(menu) = directory.menu(step.id.id())
    {
        found.extend(of_menu(menu));
    }
    found
}

fn of_field(spec: &FieldSpec, action: &Action) -> Option<Finding> {
    let FieldKind::Duration { unit, .. } = spec.kind else {
        return None;
    };
    let value = action.get(spec.key).as_i64()?;
    meant(spec, value)?;
    let shown = match unit {
        Unit::Seconds => "seconds",
        Unit::Milliseconds => "milliseconds",
    };
    let message = format!("{}: {value} {shown} looks like the wrong unit", spec.label);
    Some(Finding::warning("UNIT_DOUBTFUL", Some(spec.key), message))
}

/// The value in the field's unit, when the one that it has is plainly in the other. A default is right by
/// definition.
pub(super) fn meant(spec: &FieldSpec, value: i64) -> Option<i64> {
    let FieldKind::Duration { unit, .. } = spec.kind else {
        return None;
    };
    match unit {
        _ if spec.default.as_i64() == Some(value) => None,
        Unit::Milliseconds if 0 < value && value < TOO_FEW_MS => Some(value * 1_000),
        Unit::Seconds if value >= TOO_MANY_S && value % 1_000 == 0 => Some(value / 1_000),
        _ => None,
    }
}

/// The menu's own times stand in the menu, which the step only names.
fn of_menu(menu: &Menu) -> Option<Finding> {
    let times = [
        ("waits for a key", menu.timeout.0),
        ("waits between keys", menu.interdigit_timeout.0),
    ];
    let (what, ms) = times
        .into_iter()
        .find(|(_, ms)| i64::from(*ms) < TOO_FEW_MS)?;
    let message = format!("The menu {what} for {ms} milliseconds, which looks like the wrong unit");
    Some(Finding::warning("UNIT_DOUBTFUL", Some("id"), message))
}

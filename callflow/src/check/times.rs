//! Time rules that hide one another: one that is covered by those before it, or a day that is tried after
//! the opening hours that hold on it too.

use crate::action::temporal_route::{Candidate, DAY, Day, Plan};
use crate::action::{Action, TimeOfDay};
use crate::check::Finding;
use crate::directory::Directory;
use crate::flow::Node;
use crate::resource::{Cycle, Forced, TimeRule};

/// Four years from a leap day's year: every pattern of the calendar is in them.
const DAYS: usize = 4 * 365 + 1;
/// Where rules without a start are looked at from: 2024-01-01.
const BASE: i64 = 19_723;

/// A rule that stands after another in vain.
pub(super) struct Hidden {
    pub(super) finding: Finding,
    /// The branch that is in vain.
    pub(super) key: String,
    /// The branch before which it should stand; `None` where no order helps.
    pub(super) before: Option<String>,
}

pub(super) fn check(node: &Node, directory: &Directory) -> Vec<Finding> {
    let Action::TimeOfDay(step) = &node.action else {
        return Vec::new();
    };
    hidden(step, node, directory)
        .into_iter()
        .map(|hidden| hidden.finding)
        .collect()
}

pub(super) fn hidden(step: &TimeOfDay, node: &Node, directory: &Directory) -> Vec<Hidden> {
    if step.action.is_some() {
        return Vec::new();
    }
    let keys: Vec<&str> = node.branches.iter().map(|(key, _)| key.as_str()).collect();
    let candidates = step.candidates(directory, &keys);
    let plans: Vec<Vec<Plan<'_>>> = candidates
        .iter()
        .map(|own| own.rules.iter().map(|(_, rule)| Plan::of(rule)).collect())
        .collect();
    let mut found = Vec::new();
    for (at, (candidate, own)) in candidates.iter().zip(&plans).enumerate().skip(1) {
        // What is forced follows no calendar; the step itself says what always or never applies.
        if candidate
            .rules
            .iter()
            .any(|(_, rule)| rule.enabled != Forced::ByTime)
        {
            continue;
        }
        let before = candidates.iter().zip(&plans).take(at);
        let before: Vec<_> = before.filter(|(other, _)| is_by_time(other)).collect();
        found.extend(compare(candidate, own, &before));
    }
    found
}

fn is_by_time(candidate: &Candidate<'_>) -> bool {
    candidate
        .rules
        .iter()
        .all(|(_, rule)| rule.enabled == Forced::ByTime)
}

/// Whether a candidate is about single days, which come before opening hours.
fn is_of_days(candidate: &Candidate<'_>) -> bool {
    let days = |(_, rule): &(&str, &TimeRule)| matches!(rule.cycle, Cycle::Date | Cycle::Yearly);
    !candidate.rules.is_empty() && candidate.rules.iter().all(days)
}

fn compare(
    candidate: &Candidate<'_>,
    own: &[Plan<'_>],
    before: &[(&Candidate<'_>, &Vec<Plan<'_>>)],
) -> Option<Hidden> {
    let special = is_of_days(candidate);
    let mut occurs = false;
    let mut free = false;
    let mut overlaps: Option<usize> = None;
    for plan in own {
        let mut day = first(plan);
        for _ in 0..DAYS {
            if plan.falls_on(day) {
                occurs = true;
                let mut left = vec![window(plan)];
                for (index, (_, plans)) in before.iter().enumerate() {
                    let was: i64 = left.iter().map(|(from, to)| to - from).sum();
                    plans.iter().for_each(|other| cover(&mut left, other, day));
                    let now: i64 = left.iter().map(|(from, to)| to - from).sum();
                    if now < was {
                        overlaps = overlaps.or(Some(index));
                    }
                }
                free |= !left.is_empty();
                if free && (!special || overlaps.is_some()) {
                    break;
                }
            }
            day = day.next();
        }
    }
    let (first, _) = before.get(overlaps?)?;
    let name = &candidate.name;
    let key = candidate.key.to_owned();
    if occurs && !free {
        let message = format!("{name} is never tried: the rules before it hold whenever it does");
        return Some(Hidden {
            finding: Finding::warning("TIME_RULE_HIDDEN", None, message),
            key,
            before: Some(first.key.to_owned()),
        });
    }
    (special && !is_of_days(first)).then(|| {
        let message = format!(
            "{name} is tried after {}, which holds on its days too",
            first.name
        );
        Hidden {
            finding: Finding::warning("TIME_RULES_OVERLAP", None, message),
            key,
            before: Some(first.key.to_owned()),
        }
    })
}

/// The day from which a rule is looked at.
fn first(plan: &Plan<'_>) -> Day {
    let base = Day::numbered(BASE);
    match plan.first() {
        Some(own) if own.number > base.number => own,
        // A rule of one day in the past is looked at on its day.
        Some(own) if plan.is_once() => own,
        _ => base,
    }
}

/// A window as seconds from the midnight before it; one that reaches into the next day ends beyond a day.
fn window(plan: &Plan<'_>) -> (i64, i64) {
    let (start, stop) = plan.window();
    if start <= stop {
        (start, stop.saturating_add(1).min(DAY))
    } else {
        (start, stop + 1 + DAY)
    }
}

/// Takes away what another rule covers from midnight of a day on.
fn cover(left: &mut Vec<(i64, i64)>, other: &Plan<'_>, day: Day) {
    let (from, to) = window(other);
    for (shift, on) in [(-DAY, day.before()), (0, day), (DAY, day.next())] {
        if !other.falls_on(on) {
            continue;
        }
        let (from, to) = (from + shift, to + shift);
        *left = left
            .iter()
            .flat_map(|(own_from, own_to)| {
                [
                    (*own_from, *own_to.min(&from)),
                    (*own_from.max(&to), *own_to),
                ]
            })
            .filter(|(from, to)| from < to)
            .collect();
    }
}

//! What a Time of Day step does at an instant, and when that changes next: for the editor, which shows
//! "closed until Monday 9:00".

use super::calendar::{holds, second_of};
use super::days::{Day, Plan};
use super::{Candidate, TimeOfDay, resolve_zone};
use crate::directory::Directory;
use crate::live::{Live, LiveKey, LiveValue};
use crate::resource::{Forced, Resource, ResourceKind, TimeRule};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde_json::Value;
use std::collections::BTreeSet;

/// How far a change is looked for: a rule of 29 February in every fourth leap year is found.
const DAYS_AHEAD: usize = 30 * 366;
/// Most changes that are listed at once.
const MOST_CHANGES: usize = 1_000;

/// Where a Time of Day step stands.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The rules.
    pub directory: &'a Directory,
    /// The branches that are drawn, in order.
    pub keys: &'a [&'a str],
    /// The account's time zone, for a step that names none.
    pub zone: &'a str,
}

/// What a step does from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Since when, or at which instant it was asked.
    pub at: Timestamp,
    /// The branch taken.
    pub key: String,
    /// The rule or set that applies; empty when none does.
    pub name: String,
}

impl TimeOfDay {
    /// What happens at an instant. A time zone that is not known is UTC, as on calls.
    #[must_use]
    pub fn at_instant(&self, setting: &Setting<'_>, at: Timestamp) -> Decision {
        let tried = Tried::of(self, setting);
        let local = tried.zone.to_datetime(at);
        tried.tell(at, tried.choose(local))
    }

    /// The next changes after an instant, at most so many.
    #[must_use]
    pub fn next_changes(
        &self,
        setting: &Setting<'_>,
        from: Timestamp,
        most: usize,
    ) -> Vec<Decision> {
        let tried = Tried::of(self, setting);
        let plans: Vec<&Plan<'_>> = tried.plans.iter().flatten().collect();
        let found = changes(&plans, &tried.zone, from, most, |local| tried.choose(local));
        found
            .into_iter()
            .map(|(at, choice)| tried.tell(at, choice))
            .collect()
    }
}

/// The next times after an instant at which a rule begins or ceases to apply, at most so many.
#[must_use]
pub fn rule_changes(
    rule: &TimeRule,
    zone: &TimeZone,
    from: Timestamp,
    most: usize,
) -> Vec<(Timestamp, bool)> {
    let plan = Plan::of(rule);
    changes(&[&plan], zone, from, most, |local| active(&plan, local))
}

/// The directory as the switches stand: a rule that was forced by phone is forced in it.
#[must_use]
pub fn as_switched(directory: &Directory, live: &Live) -> Directory {
    let mut switched = directory.clone();
    for (key, value) in live.iter() {
        let (LiveKey::TimeRule(id), LiveValue::On(on)) = (key, value) else {
            continue;
        };
        if let Some(Resource::TimeRule(rule)) =
            directory.get(ResourceKind::TimeRule, id).map(AsRef::as_ref)
        {
            let mut document = crate::field::Fields::to_object(rule.as_ref());
            document.insert("enabled".to_owned(), Value::from(*on));
            switched.insert(ResourceKind::TimeRule, id.as_str(), document);
        }
    }
    switched
}

/// The candidates of a step, ready to be tried many times.
struct Tried<'a> {
    candidates: Vec<Candidate<'a>>,
    plans: Vec<Vec<Plan<'a>>>,
    zone: TimeZone,
}

impl<'a> Tried<'a> {
    fn of(step: &'a TimeOfDay, setting: &Setting<'a>) -> Self {
        let own = step.timezone.as_ref().map(|zone| zone.0.as_str());
        let candidates = match step.action.is_some() {
            true => Vec::new(),
            false => step.candidates(setting.directory, setting.keys),
        };
        let plans = candidates.iter();
        let plans = plans.map(|own| own.rules.iter().map(|(_, rule)| Plan::of(rule)).collect());
        Self {
            plans: plans.collect(),
            candidates,
            zone: resolve_zone(own.unwrap_or(setting.zone)).unwrap_or(TimeZone::UTC),
        }
    }

    /// The position of the candidate that is taken.
    fn choose(&self, local: DateTime) -> Option<usize> {
        let applies = |plans: &Vec<Plan<'_>>| plans.iter().any(|plan| active(plan, local));
        self.plans.iter().position(applies)
    }

    fn tell(&self, at: Timestamp, choice: Option<usize>) -> Decision {
        let candidate = choice.and_then(|at| self.candidates.get(at));
        Decision {
            at,
            key: candidate.map_or("_", |own| own.key).to_owned(),
            name: candidate.map_or(String::new(), |own| own.name.clone()),
        }
    }
}

fn active(plan: &Plan<'_>, local: DateTime) -> bool {
    let yesterday = local.date().yesterday().ok().map(Day::of);
    let forced = plan.forced();
    holds(
        plan,
        forced,
        yesterday,
        Day::of(local.date()),
        second_of(local),
    )
}

/// Asks at every instant at which the answer can change: where a window begins or ends, at midnight, and
/// where the clocks change. Between them the local time only runs on.
fn changes<T: PartialEq + Copy>(
    plans: &[&Plan<'_>],
    zone: &TimeZone,
    from: Timestamp,
    most: usize,
    answer: impl Fn(DateTime) -> T,
) -> Vec<(Timestamp, T)> {
    let most = most.min(MOST_CHANGES);
    let ask = |at: Timestamp| answer(zone.to_datetime(at));
    let mut found = Vec::new();
    let mut last = ask(from);
    let mut pending: BTreeSet<Timestamp> = BTreeSet::new();
    let mut transitions = zone
        .following(from)
        .map(|change| change.timestamp())
        .peekable();
    let mut fell_before = true;
    // A window that began yesterday may end today.
    let mut day = Day::of(zone.to_datetime(from).date()).before();
    for ahead in 0..=DAYS_AHEAD {
        let Some(date) = day.date() else { break };
        let falls = plans
            .iter()
            .any(|plan| plan.forced() == Forced::On || plan.falls_on(day));
        if falls || fell_before || ahead == DAYS_AHEAD {
            let midnight = date.at(0, 0, 0, 0);
            let Ok(begins) = zone.to_ambiguous_timestamp(midnight).earlier() else {
                break;
            };
            // What lies a day back comes no earlier any more, wherever clocks were put back.
            let settled = begins.saturating_sub(jiff::SignedDuration::from_hours(24));
            let settled = settled.unwrap_or(begins);
            while transitions.peek().is_some_and(|at| *at <= begins) {
                pending.extend(transitions.next());
            }
            let later = pending.split_off(&settled);
            for at in std::mem::replace(&mut pending, later) {
                let now = ask(at);
                if at > from && now != last {
                    last = now;
                    found.push((at, now));
                    if found.len() >= most {
                        return found;
                    }
                }
            }
            for second in boundaries(plans, day) {
                let span = jiff::SignedDuration::from_secs(second);
                let Ok(local) = midnight.checked_add(span) else {
                    continue;
                };
                pending.extend(instants(zone, local));
            }
        }
        fell_before = falls;
        day = day.next();
    }
    found
}

/// Seconds after midnight at which something may change on a day, midnight itself among them.
fn boundaries(plans: &[&Plan<'_>], day: Day) -> Vec<i64> {
    let mut seconds = vec![0];
    for plan in plans.iter().filter(|plan| plan.falls_on(day)) {
        let (start, stop) = plan.window();
        // The last second still counts.
        let end = if start <= stop {
            stop + 1
        } else {
            stop + 1 + super::DAY
        };
        seconds.extend([start, end.min(super::DAY * 2)]);
    }
    seconds.sort_unstable();
    seconds.dedup();
    seconds
}

/// When a local time is: once, twice where the clocks are put back, never where they are put forward.
fn instants(zone: &TimeZone, local: DateTime) -> Vec<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => ambiguous.compatible().into_iter().collect(),
        AmbiguousOffset::Fold { .. } => {
            let both = [ambiguous.earlier(), ambiguous.later()];
            both.into_iter().flatten().collect()
        }
        AmbiguousOffset::Gap { .. } => Vec::new(),
    }
}

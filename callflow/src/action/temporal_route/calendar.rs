//! When a time rule is active: dates, weekdays and windows in local time.
//!
//! Everything is compared in wall-clock time, so a window from 9 to 17 stays so when the clocks change.

use super::days::{DAY, Day, Plan};
use crate::resource::{Cycle, Forced, Ordinal, TimeRule};
use jiff::civil::{DateTime, Weekday};

/// Whether a rule is active at a local time.
///
/// A window whose end lies before its start reaches into the next day and belongs to the day on which it
/// began. Days that a month does not have are passed over.
#[must_use]
pub fn is_active(rule: &TimeRule, local: DateTime) -> bool {
    is_active_as(rule, rule.enabled, local)
}

/// Whether a rule is active at a local time when it is forced, or not, in this way instead of its own.
#[must_use]
pub(crate) fn is_active_as(rule: &TimeRule, forced: Forced, local: DateTime) -> bool {
    if forced == Forced::Off {
        return false;
    }
    let yesterday = local.date().yesterday().ok().map(Day::of);
    holds(
        &Plan::of(rule),
        forced,
        yesterday,
        Day::of(local.date()),
        second_of(local),
    )
}

/// "Mon 09:00".
pub(super) fn weekday_and_time(local: DateTime) -> String {
    let day = match local.weekday() {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    };
    format!("{day} {:02}:{:02}", local.hour(), local.minute())
}

/// Seconds since midnight, by the clock on the wall.
pub(super) fn second_of(local: DateTime) -> i64 {
    i64::from(local.hour()) * 3_600 + i64::from(local.minute()) * 60 + i64::from(local.second())
}

/// Whether a plan is active in a second of a day.
pub(super) fn holds(
    plan: &Plan<'_>,
    forced: Forced,
    yesterday: Option<Day>,
    today: Day,
    second: i64,
) -> bool {
    match forced {
        Forced::Off => return false,
        Forced::On => return plan.is_within(today),
        Forced::ByTime => {}
    }
    let (start, stop) = plan.window();
    if start <= stop {
        return start <= second && second <= stop && plan.falls_on(today);
    }
    (second >= start && plan.falls_on(today))
        || (second <= stop && yesterday.is_some_and(|day| plan.falls_on(day)))
}

/// Why none of the rules can ever be active; `None` when one can.
pub(super) fn never(rules: &[&TimeRule]) -> Option<&'static str> {
    if rules.is_empty() {
        return Some("the set is empty");
    }
    let mut reasons = rules.iter().map(|rule| never_one(rule));
    let first = reasons.next().flatten()?;
    reasons.all(|reason| reason.is_some()).then_some(first)
}

fn never_one(rule: &TimeRule) -> Option<&'static str> {
    if rule.enabled == Forced::Off {
        return Some("it is forced off");
    }
    let start = rule.start_date.map(|start| Day::of_gregorian(start.0));
    if start == Some(None) {
        return Some("its start date does not exist");
    }
    let end = rule.end_date.and_then(|end| Day::of_gregorian(end.0));
    if let (Some(Some(start)), Some(end)) = (start, end)
        && end.number < start.number
    {
        return Some("it ends before it starts");
    }
    if rule.enabled == Forced::On {
        return None;
    }
    if rule.start == rule.stop {
        return Some("its time of day is empty");
    }
    if rule.cycle == Cycle::Yearly && !rule.days.0.is_empty() {
        let longest = match rule.month.0 {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if rule.days.0.iter().all(|day| *day > longest) {
            return Some("the month has no such day");
        }
    }
    None
}

/// Whether the rule is active at any time, so that those after it are never tried.
pub(super) fn always(rule: &TimeRule) -> bool {
    let unbounded = rule.start_date.is_none() && rule.end_date.is_none();
    let whole_day = rule.start.0 == 0 && rule.stop.0 >= DAY - 1;
    let every_day = match rule.cycle {
        Cycle::Daily => true,
        Cycle::Weekly => rule.weekdays.0.is_empty() || rule.weekdays.0.len() == 7,
        Cycle::Monthly => {
            rule.days.0.is_empty()
                && rule.ordinal == Ordinal::Every
                && (rule.weekdays.0.is_empty() || rule.weekdays.0.len() == 7)
        }
        Cycle::Date | Cycle::Yearly => false,
    };
    unbounded
        && rule.exclude.0.is_empty()
        && match rule.enabled {
            Forced::On => true,
            Forced::Off => false,
            Forced::ByTime => whole_day && every_day,
        }
}

#[cfg(test)]
mod tests {
    use super::super::days::GREGORIAN_EPOCH;
    use super::*;
    use crate::field::Fields;
    use jiff::civil::Date;
    use serde_json::{Value, json};

    #[allow(clippy::needless_pass_by_value)]
    fn rule(document: Value) -> TimeRule {
        let (rule, errors) = TimeRule::parse(document.as_object().unwrap().clone());
        assert_eq!(errors, []);
        rule
    }

    fn active(rule: &TimeRule, at: &str) -> bool {
        is_active(rule, at.parse().unwrap())
    }

    /// Gregorian seconds of a date.
    fn gregorian(day: &str) -> i64 {
        let day: Date = day.parse().unwrap();
        Day::of(day).number * DAY + GREGORIAN_EPOCH
    }

    fn hits(rule: &TimeRule, days: &[&str]) -> Vec<bool> {
        days.iter()
            .map(|day| active(rule, &format!("{day}T12:00")))
            .collect()
    }

    #[test]
    fn kazoo_default_start_date_is_1983() {
        let start = Day::of_gregorian(62_586_115_200).and_then(Day::date);
        assert_eq!(start, Some(Date::constant(1983, 4, 11)));
    }

    #[test]
    fn weekday_hours_hold_from_start_to_stop() {
        let hours = rule(json!({"cycle": "weekly", "wdays": ["monday", "wensday"],
            "time_window_start": 32_400, "time_window_stop": 61_200}));
        assert!(active(&hours, "2026-03-02T09:00"));
        assert!(active(&hours, "2026-03-04T17:00"));
        assert!(!active(&hours, "2026-03-02T08:59:59"));
        assert!(!active(&hours, "2026-03-02T17:00:01"));
        assert!(!active(&hours, "2026-03-03T12:00"));
    }

    #[test]
    fn night_window_belongs_to_the_day_it_began() {
        let night = rule(json!({"cycle": "weekly", "wdays": ["friday"],
            "time_window_start": 79_200, "time_window_stop": 21_600}));
        assert!(active(&night, "2026-03-06T23:00"));
        assert!(active(&night, "2026-03-07T05:00"));
        assert!(!active(&night, "2026-03-06T05:00"));
        assert!(!active(&night, "2026-03-07T23:00"));
    }

    #[test]
    fn whole_day_ends_at_midnight() {
        let day = rule(json!({"cycle": "weekly", "wdays": ["sunday"], "time_window_stop": 86_400}));
        assert!(active(&day, "2026-03-01T23:59:59"));
        assert!(!active(&day, "2026-03-02T00:00"));
    }

    #[test]
    fn every_second_week_counts_from_the_start_week() {
        let rule = rule(
            json!({"cycle": "weekly", "interval": 2, "wdays": ["monday", "sunday"],
            "start_date": gregorian("2026-03-04")}),
        );
        // The start is a Wednesday: its Monday lies before it, its Sunday in the same week.
        let days = [
            "2026-03-02",
            "2026-03-08",
            "2026-03-09",
            "2026-03-15",
            "2026-03-16",
            "2026-03-22",
        ];
        assert_eq!(hits(&rule, &days), [false, true, false, false, true, true]);
    }

    #[test]
    fn every_third_day_counts_from_the_start() {
        let rule =
            rule(json!({"cycle": "daily", "interval": 3, "start_date": gregorian("2026-02-27")}));
        let days = ["2026-02-26", "2026-02-27", "2026-02-28", "2026-03-02"];
        assert_eq!(hits(&rule, &days), [false, true, false, true]);
    }

    #[test]
    fn date_rule_holds_on_its_day_only() {
        let rule = rule(json!({"cycle": "date", "start_date": gregorian("2026-12-25")}));
        let days = ["2026-12-24", "2026-12-25", "2026-12-26", "2027-12-25"];
        assert_eq!(hits(&rule, &days), [false, true, false, false]);
    }

    #[test]
    fn first_monday_and_last_friday_of_the_month() {
        let first = rule(json!({"cycle": "monthly", "ordinal": "first", "wdays": ["monday"]}));
        assert_eq!(
            hits(&first, &["2026-06-01", "2026-06-08", "2026-07-06"]),
            [true, false, true]
        );
        let last = rule(json!({"cycle": "monthly", "ordinal": "last", "wdays": ["friday"]}));
        assert_eq!(
            hits(&last, &["2026-01-23", "2026-01-30", "2026-02-27"]),
            [false, true, true]
        );
        let every = rule(json!({"cycle": "monthly", "ordinal": "every", "wdays": ["friday"]}));
        assert_eq!(hits(&every, &["2026-01-23", "2026-01-24"]), [true, false]);
    }

    #[test]
    fn months_without_a_fifth_weekday_are_passed_over() {
        let fifth = rule(json!({"cycle": "monthly", "ordinal": "fifth", "wdays": ["friday"]}));
        assert_eq!(
            hits(&fifth, &["2026-01-30", "2026-02-27", "2026-03-06"]),
            [true, false, false]
        );
    }

    #[test]
    fn day_that_a_month_does_not_have_is_skipped() {
        let rule = rule(json!({"cycle": "monthly", "days": [31]}));
        assert_eq!(
            hits(&rule, &["2026-03-31", "2026-05-01", "2026-04-30"]),
            [true, false, false]
        );
    }

    #[test]
    fn months_and_years_keep_their_interval() {
        let quarter = rule(json!({"cycle": "monthly", "interval": 3, "days": [1],
            "start_date": gregorian("2025-11-15")}));
        let days = ["2025-11-01", "2025-12-01", "2026-02-01", "2026-03-01"];
        assert_eq!(hits(&quarter, &days), [false, false, true, false]);
        let leap = rule(
            json!({"cycle": "yearly", "interval": 4, "month": 2, "days": [29],
            "start_date": gregorian("2024-01-01")}),
        );
        assert_eq!(
            hits(&leap, &["2024-02-29", "2026-02-28", "2028-02-29"]),
            [true, false, true]
        );
    }

    #[test]
    fn yearly_ordinal_weekday() {
        let thanksgiving = rule(
            json!({"cycle": "yearly", "month": 11, "ordinal": "fourth", "wdays": ["thursday"]}),
        );
        assert_eq!(
            hits(&thanksgiving, &["2026-11-26", "2026-11-19", "2026-10-22"]),
            [true, false, false]
        );
    }

    #[test]
    fn end_date_is_the_last_day() {
        let rule = rule(json!({"cycle": "daily", "end_date": gregorian("2026-03-10")}));
        assert!(active(&rule, "2026-03-10T23:59:59"));
        assert!(!active(&rule, "2026-03-11T00:00"));
    }

    #[test]
    fn excluded_dates_do_not_count() {
        let rule = rule(json!({"cycle": "daily", "exclude": ["20260310", "2026-03-12"]}));
        assert_eq!(
            hits(&rule, &["2026-03-10", "2026-03-11", "2026-03-12"]),
            [false, true, false]
        );
    }

    #[test]
    fn forced_rules_ignore_the_clock_but_not_the_calendar() {
        let on = rule(
            json!({"cycle": "weekly", "wdays": ["monday"], "enabled": true,
            "end_date": gregorian("2026-03-10")}),
        );
        assert_eq!(hits(&on, &["2026-03-10", "2026-03-11"]), [true, false]);
        let off = rule(json!({"cycle": "daily", "enabled": false}));
        assert_eq!(hits(&off, &["2026-03-10"]), [false]);
    }

    #[test]
    fn rules_that_never_apply_are_told() {
        let why = |document| never(&[&rule(document)]);
        assert_eq!(why(json!({"enabled": false})), Some("it is forced off"));
        assert_eq!(
            why(json!({"cycle": "yearly", "month": 4, "days": [31]})),
            Some("the month has no such day")
        );
        assert_eq!(
            why(json!({"time_window_start": 5, "time_window_stop": 5})),
            Some("its time of day is empty")
        );
        assert_eq!(why(json!({"cycle": "daily"})), None);
        assert!(always(&rule(json!({"cycle": "daily"}))));
        assert!(!always(&rule(
            json!({"cycle": "daily", "time_window_stop": 3_600})
        )));
    }
}

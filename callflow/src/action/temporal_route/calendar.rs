//! When a time rule is active: dates, weekdays and windows in local time.
//!
//! Everything is compared in wall-clock time, so a window from 9 to 17 stays so when the clocks change.

use crate::resource::{Cycle, Forced, Ordinal, TimeRule, Weekday};
use jiff::civil::{Date, DateTime};
use jiff::{Span, Unit};

/// Seconds from year 0 to 1970 in the Gregorian calendar, by which KAZOO's dates differ from Unix time.
const GREGORIAN_EPOCH: i64 = 62_167_219_200;
/// Seconds of a day.
const DAY: i64 = 86_400;

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
    let today = local.date();
    match forced {
        Forced::Off => return false,
        Forced::On => return within(rule, today) && !is_excluded(rule, today),
        Forced::ByTime => {}
    }
    let time = local.time();
    let second =
        i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    let (start, stop) = (rule.start.0, rule.stop.0);
    if start <= stop {
        return start <= second && second <= stop && occurs(rule, today);
    }
    let yesterday = today.yesterday();
    (second >= start && occurs(rule, today))
        || (second <= stop && yesterday.is_ok_and(|day| occurs(rule, day)))
}

/// Whether the rule falls on a day.
fn occurs(rule: &TimeRule, day: Date) -> bool {
    if !within(rule, day) || is_excluded(rule, day) {
        return false;
    }
    // Without a start date KAZOO counts from today, which every interval divides.
    let base = start_date(rule).unwrap_or(day);
    let every = |distance: i64| distance % rule.interval.0.max(1) == 0;
    match rule.cycle {
        Cycle::Date => day == base,
        Cycle::Daily => every(days_between(base, day)),
        Cycle::Weekly => {
            let weeks = days_between(monday(base), monday(day)) / 7;
            every(weeks) && on_weekday(rule, day)
        }
        Cycle::Monthly => {
            let months = (i64::from(day.year()) - i64::from(base.year())) * 12
                + i64::from(day.month())
                - i64::from(base.month());
            every(months) && in_month(rule, day)
        }
        Cycle::Yearly => {
            let years = i64::from(day.year()) - i64::from(base.year());
            every(years) && i64::from(day.month()) == rule.month.0 && in_month(rule, day)
        }
    }
}

/// Whether the day is one of the rule's days of the month, or its ordinal weekday.
fn in_month(rule: &TimeRule, day: Date) -> bool {
    if !rule.days.0.is_empty() {
        return rule
            .days
            .0
            .iter()
            .any(|own| i64::from(*own) == i64::from(day.day()));
    }
    let nth = (day.day() - 1) / 7 + 1;
    let fits = match rule.ordinal {
        Ordinal::Every => true,
        Ordinal::First => nth == 1,
        Ordinal::Second => nth == 2,
        Ordinal::Third => nth == 3,
        Ordinal::Fourth => nth == 4,
        Ordinal::Fifth => nth == 5,
        Ordinal::Last => day.day() + 7 > day.days_in_month(),
    };
    fits && on_weekday(rule, day)
}

fn on_weekday(rule: &TimeRule, day: Date) -> bool {
    let own = match day.weekday() {
        jiff::civil::Weekday::Monday => Weekday::Monday,
        jiff::civil::Weekday::Tuesday => Weekday::Tuesday,
        jiff::civil::Weekday::Wednesday => Weekday::Wednesday,
        jiff::civil::Weekday::Thursday => Weekday::Thursday,
        jiff::civil::Weekday::Friday => Weekday::Friday,
        jiff::civil::Weekday::Saturday => Weekday::Saturday,
        jiff::civil::Weekday::Sunday => Weekday::Sunday,
    };
    rule.weekdays.0.is_empty() || rule.weekdays.0.contains(&own)
}

fn within(rule: &TimeRule, day: Date) -> bool {
    let begun = match rule.start_date {
        None => true,
        // A start beyond the calendar is never reached.
        Some(start) => date(start.0).is_some_and(|start| start <= day),
    };
    let ended = rule
        .end_date
        .and_then(|end| date(end.0))
        .is_some_and(|end| day > end);
    begun && !ended
}

fn is_excluded(rule: &TimeRule, day: Date) -> bool {
    let plain = format!("{:04}{:02}{:02}", day.year(), day.month(), day.day());
    rule.exclude
        .0
        .iter()
        .any(|own| own.chars().filter(char::is_ascii_digit).eq(plain.chars()))
}

/// The day of Gregorian seconds.
fn date(gregorian: i64) -> Option<Date> {
    let days = (gregorian - GREGORIAN_EPOCH).div_euclid(DAY);
    let span = Span::new().try_days(days).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}

fn start_date(rule: &TimeRule) -> Option<Date> {
    date(rule.start_date?.0)
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until((Unit::Day, to))
        .map_or(0, |span| i64::from(span.get_days()))
}

fn monday(day: Date) -> Date {
    let back = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(Span::new().days(back)).unwrap_or(day)
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
    let start = rule.start_date.map(|start| date(start.0));
    if start == Some(None) {
        return Some("its start date does not exist");
    }
    let end = rule.end_date.and_then(|end| date(end.0));
    if let (Some(Some(start)), Some(end)) = (start, end)
        && end < start
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
    use super::*;
    use crate::field::Fields;
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
        days_between(Date::constant(1970, 1, 1), day) * DAY + GREGORIAN_EPOCH
    }

    fn hits(rule: &TimeRule, days: &[&str]) -> Vec<bool> {
        days.iter()
            .map(|day| active(rule, &format!("{day}T12:00")))
            .collect()
    }

    #[test]
    fn kazoo_default_start_date_is_1983() {
        assert_eq!(date(62_586_115_200), Some(Date::constant(1983, 4, 11)));
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

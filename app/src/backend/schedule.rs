//! When time rules apply, in the account's zone.

use super::Desk;
use crate::schedule::{DayView, MonthView, Schedule, Subject, Turn};
use crate::trouble::Trouble;
use callflow::action::{Setting, as_switched, is_active, rule_changes};
use callflow::json::Object;
use callflow::resource::TimeRule;
use callflow::{Action, Resource, ResourceKind};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::Value;

/// Changes that are told.
const NEXT: usize = 10;
/// More changes than a month has: a rule begins and ends at most twice a day.
const IN_A_MONTH: usize = 31 * 4 + 8;
/// Fields and branches that are read at most.
const MOST_ENTRIES: usize = 1_000;
/// Years that the calendar leads to.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2100;

/// See [`crate::schedule::load_schedule`].
pub(crate) async fn schedule(
    account: &str,
    subject: Subject,
    month: Option<String>,
) -> Result<Result<Schedule, String>, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let zone_name = desk.store.account(&access).await?.time_zone;
    let now = Timestamp::now();
    match subject {
        Subject::Rule(values) => {
            let zone = TimeZone::get(&zone_name).unwrap_or(TimeZone::UTC);
            let rule = rule_of(values);
            Ok(rule.map(|rule| rule_schedule(&rule, &zone, zone_name, month.as_deref(), now)))
        }
        Subject::Step { data, keys } => {
            let data = data.as_object().cloned().unwrap_or_default();
            let Action::TimeOfDay(step) = Action::from_wire("temporal_route", data) else {
                return Err(Trouble::NotFound("step".to_owned()));
            };
            let live = desk.store.live(&access).await?;
            let directory = as_switched(&desk.store.directory(&access).await?, &live);
            let keys: Vec<&str> = keys.iter().take(MOST_ENTRIES).map(String::as_str).collect();
            let setting = Setting {
                directory: &directory,
                keys: &keys,
                zone: &zone_name,
            };
            let own = step.timezone.as_ref().map(|zone| zone.0.clone());
            let zone_name = own.unwrap_or(zone_name.clone());
            let zone = TimeZone::get(&zone_name).unwrap_or(TimeZone::UTC);
            let tell = |decision: callflow::action::Decision| Turn {
                when: told(decision.at, &zone, now),
                on: decision.key != "_",
                what: if decision.key == "_" {
                    "Otherwise".to_owned()
                } else {
                    decision.name
                },
            };
            Ok(Ok(Schedule {
                now: tell(step.at_instant(&setting, now)),
                next: step
                    .next_changes(&setting, now, NEXT)
                    .into_iter()
                    .map(tell)
                    .collect(),
                zone: zone_name,
                month: None,
            }))
        }
    }
}

/// A rule as it is entered.
fn rule_of(values: Vec<(String, Value)>) -> Result<TimeRule, String> {
    let (mut resource, _) = Resource::parse(ResourceKind::TimeRule, Object::new());
    let labels = Resource::specs(ResourceKind::TimeRule);
    for (key, value) in values.into_iter().take(MOST_ENTRIES) {
        let Some(spec) = labels.iter().find(|spec| spec.key == key) else {
            continue;
        };
        if let Err(error) = resource.set(&key, &value) {
            let label = spec.label;
            return Err(format!("{label}: {}", error.message));
        }
    }
    match resource {
        Resource::TimeRule(rule) => Ok(TimeRule::clone(&rule)),
        _ => Err("This is no time rule.".to_owned()),
    }
}

fn rule_schedule(
    rule: &TimeRule,
    zone: &TimeZone,
    zone_name: String,
    month: Option<&str>,
    now: Timestamp,
) -> Schedule {
    let turn = |at: Timestamp, on: bool| Turn {
        when: told(at, zone, now),
        what: if on { "applies" } else { "does not apply" }.to_owned(),
        on,
    };
    let here = zone.to_datetime(now);
    let first = month.and_then(read_month).unwrap_or_else(|| here.date());
    Schedule {
        now: turn(now, is_active(rule, here)),
        next: rule_changes(rule, zone, now, NEXT)
            .into_iter()
            .map(|(at, on)| turn(at, on))
            .collect(),
        zone: zone_name,
        month: Some(month_of(rule, zone, first.first_of_month(), here.date())),
    }
}

/// "2026-11".
fn read_month(text: &str) -> Option<Date> {
    let (year, month) = text.split_once('-')?;
    let (year, month) = (year.parse().ok()?, month.parse().ok()?);
    let known = YEARS.contains(&year) && (1..=12).contains(&month);
    known.then(|| date(year, month, 1))
}

fn month_of(rule: &TimeRule, zone: &TimeZone, first: Date, today: Date) -> MonthView {
    let spans = spans(rule, zone, first);
    let days = first
        .series(1.day())
        .take(usize::from(first.days_in_month().unsigned_abs()));
    let days = days.map(|day| DayView {
        day: day.day(),
        today: day == today,
        windows: windows(&spans, day),
    });
    let other = |other: Result<Date, jiff::Error>| {
        let other = other.ok().filter(|it| YEARS.contains(&it.year()))?;
        Some(other.strftime("%Y-%m").to_string())
    };
    MonthView {
        title: first.strftime("%B %Y").to_string(),
        skip: first.weekday().to_monday_zero_offset(),
        days: days.collect(),
        before: other(first.checked_sub(1.month())),
        after: other(first.checked_add(1.month())),
    }
}

/// From when to when the rule applies in a month, by the clock on the wall.
fn spans(rule: &TimeRule, zone: &TimeZone, first: Date) -> Vec<(Zoned, Zoned)> {
    let begins = first.to_zoned(zone.clone());
    let ends = first
        .checked_add(1.month())
        .and_then(|next| next.to_zoned(zone.clone()));
    let (Ok(begins), Ok(ends)) = (begins, ends) else {
        return Vec::new();
    };
    let mut since = is_active(rule, begins.datetime()).then(|| begins.clone());
    let mut spans = Vec::new();
    for (at, on) in rule_changes(rule, zone, begins.timestamp(), IN_A_MONTH) {
        let at = at.to_zoned(zone.clone());
        if at >= ends {
            break;
        }
        match (on, since.take()) {
            (true, None) => since = Some(at),
            (false, Some(from)) => spans.push((from, at)),
            (_, other) => since = other,
        }
    }
    spans.extend(since.map(|from| (from, ends)));
    spans
}

/// "09:00 to 12:00, 13:00 to 17:30".
fn windows(spans: &[(Zoned, Zoned)], day: Date) -> String {
    let mut told = Vec::new();
    for (from, to) in spans {
        // An end at midnight belongs to the day before.
        if from.date() > day
            || to.date() < day
            || (to.date() == day && to.time().hour() == 0 && to.time().minute() == 0)
        {
            continue;
        }
        let begin = if from.date() == day {
            from.strftime("%H:%M").to_string()
        } else {
            "00:00".to_owned()
        };
        let end = if to.date() == day {
            to.strftime("%H:%M").to_string()
        } else {
            "24:00".to_owned()
        };
        told.push(match (begin.as_str(), end.as_str()) {
            ("00:00", "24:00") => "all day".to_owned(),
            _ => format!("{begin} to {end}"),
        });
    }
    told.join(", ")
}

/// "Mon 30 Nov, 09:00"; with the year where it is another one.
fn told(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let format = if at.year() == now.year() {
        "%a %-d %b, %H:%M"
    } else {
        "%a %-d %b %Y, %H:%M"
    };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn office() -> TimeRule {
        let values = [
            ("cycle", json!("weekly")),
            ("wdays", json!(["monday", "friday"])),
            ("time_window_start", json!("09:00")),
            ("time_window_stop", json!("17:30")),
        ];
        let values = values.map(|(key, value)| (key.to_owned(), value));
        rule_of(values.to_vec()).unwrap_or_else(|e| panic!("{e}"))
    }

    fn seen(rule: &TimeRule, month: Option<&str>) -> Schedule {
        let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
        let now = "2026-11-27T16:00:00Z".parse().unwrap_or_default();
        rule_schedule(rule, &zone, "Europe/London".to_owned(), month, now)
    }

    #[test]
    fn month_shows_when_a_rule_applies_on_each_day() {
        let schedule = seen(&office(), None);
        assert!(schedule.now.on);
        assert_eq!(schedule.next[0].when, "Fri 27 Nov, 17:30");
        assert_eq!(schedule.next[1].when, "Mon 30 Nov, 09:00");
        assert_eq!(schedule.next.len(), NEXT);
        let month = schedule.month.unwrap_or_else(|| panic!("no month"));
        assert_eq!((month.title.as_str(), month.skip), ("November 2026", 6));
        let on: Vec<i8> = month
            .days
            .iter()
            .filter(|day| !day.windows.is_empty())
            .map(|day| day.day)
            .collect();
        assert_eq!(on, [2, 6, 9, 13, 16, 20, 23, 27, 30]);
        assert_eq!(month.days[1].windows, "09:00 to 17:30");
        assert!(month.days[26].today);
        assert_eq!(month.before.as_deref(), Some("2026-10"));
        let next_year = seen(&office(), Some("2027-01")).month;
        assert_eq!(
            next_year.map(|it| it.title).as_deref(),
            Some("January 2027")
        );
    }

    #[test]
    fn window_over_midnight_stands_on_both_days() {
        let mut rule = office();
        rule.start.0 = 22 * 3_600;
        rule.stop.0 = 6 * 3_600 - 1;
        let month = seen(&rule, None)
            .month
            .unwrap_or_else(|| panic!("no month"));
        assert_eq!(month.days[1].windows, "22:00 to 24:00");
        assert_eq!(month.days[2].windows, "00:00 to 06:00");
    }

    #[test]
    fn rule_of_whole_days_says_so_and_what_does_not_fit_is_named() {
        let mut rule = office();
        (rule.start.0, rule.stop.0) = (0, 86_400);
        let month = seen(&rule, None)
            .month
            .unwrap_or_else(|| panic!("no month"));
        assert_eq!(month.days[1].windows, "all day");
        let wrong = rule_of(vec![("time_window_start".to_owned(), json!("noon"))]);
        assert!(wrong.is_err_and(|it| it.starts_with("From: ")));
        assert_eq!(read_month("2026-13"), None);
        assert_eq!(read_month("99999-01"), None);
    }
}

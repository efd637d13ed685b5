#![allow(clippy::unwrap_used, missing_docs)]
//! Time of Day through the year: every cycle, both changes of the clocks, leap days, and what comes next.

use callflow::action::{Setting, TimeOfDay, as_switched, is_active, resolve_zone, rule_changes};
use callflow::field::Fields;
use callflow::live::{Live, LiveChange, LiveKey, LiveValue};
use callflow::resource::TimeRule;
use callflow::{Directory, ResourceKind};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

fn rule(document: &Value) -> TimeRule {
    let (rule, errors) = TimeRule::parse(document.as_object().unwrap().clone());
    assert_eq!(errors, []);
    rule
}

fn london() -> TimeZone {
    resolve_zone("Europe/London").unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The next changes in London, as `2026-03-29T08:00:00Z on`.
fn next(document: &Value, from: &str, most: usize) -> Vec<String> {
    rule_changes(&rule(document), &london(), at(from), most)
        .into_iter()
        .map(|(at, on)| format!("{at} {}", if on { "on" } else { "off" }))
        .collect()
}

#[test]
fn opening_hours_keep_their_time_when_clocks_go_forward() {
    let hours = json!({"cycle": "daily", "time_window_start": 32_400, "time_window_stop": 61_199});
    // 29 March 2026: 9:00 is 8:00 UTC from now on.
    assert_eq!(
        next(&hours, "2026-03-28T12:00:00Z", 3),
        [
            "2026-03-28T17:00:00Z off",
            "2026-03-29T08:00:00Z on",
            "2026-03-29T16:00:00Z off"
        ]
    );
    // 25 October 2026: and back.
    assert_eq!(
        next(&hours, "2026-10-24T12:00:00Z", 3),
        [
            "2026-10-24T16:00:00Z off",
            "2026-10-25T09:00:00Z on",
            "2026-10-25T17:00:00Z off"
        ]
    );
}

#[test]
fn window_in_the_hour_that_is_skipped_begins_after_it() {
    // 1:00 to 2:00 does not exist on 29 March 2026.
    let within = json!({"cycle": "daily", "time_window_start": 5_400, "time_window_stop": 10_799});
    assert_eq!(
        next(&within, "2026-03-29T00:00:00Z", 2),
        ["2026-03-29T01:00:00Z on", "2026-03-29T02:00:00Z off"]
    );
    let lost = json!({"cycle": "daily", "time_window_start": 3_600, "time_window_stop": 7_199});
    assert_eq!(
        next(&lost, "2026-03-28T12:00:00Z", 1),
        ["2026-03-30T00:00:00Z on"]
    );
}

#[test]
fn window_in_the_hour_that_comes_twice_holds_twice() {
    // 1:00 to 2:00 comes twice on 25 October 2026.
    let half = json!({"cycle": "daily", "time_window_start": 3_600, "time_window_stop": 5_399});
    assert_eq!(
        next(&half, "2026-10-24T12:00:00Z", 4),
        [
            "2026-10-25T00:00:00Z on",
            "2026-10-25T00:30:00Z off",
            "2026-10-25T01:00:00Z on",
            "2026-10-25T01:30:00Z off",
        ]
    );
}

#[test]
fn every_cycle_is_found_again() {
    let starts = |document: &Value, from: &str, most: usize| -> Vec<String> {
        let ons = next(document, from, most * 2).into_iter();
        ons.filter_map(|line| line.strip_suffix(" on").map(|at| at[..10].to_owned()))
            .collect()
    };
    let noon = |mut document: Value| {
        document["time_window_start"] = json!(43_200);
        document["time_window_stop"] = json!(46_799);
        document
    };
    let gregorian = 63_902_908_800_i64; // 2025-01-01
    let cases = [
        (
            json!({"cycle": "daily", "interval": 10, "start_date": gregorian}),
            "2026-02-20T00:00:00Z",
            vec!["2026-02-25", "2026-03-07"],
        ),
        (
            json!({"cycle": "weekly", "interval": 2, "wdays": ["sunday"], "start_date": gregorian}),
            "2026-01-01T00:00:00Z",
            vec!["2026-01-04", "2026-01-18"],
        ),
        (
            json!({"cycle": "monthly", "ordinal": "fifth", "wdays": ["monday"]}),
            "2026-01-01T00:00:00Z",
            vec!["2026-03-30", "2026-06-29"],
        ),
        (
            json!({"cycle": "monthly", "days": [29, 30, 31]}),
            "2026-02-01T00:00:00Z",
            vec!["2026-03-29", "2026-03-30", "2026-03-31", "2026-04-29"],
        ),
        (
            json!({"cycle": "monthly", "ordinal": "last", "wdays": ["friday"]}),
            "2026-02-01T00:00:00Z",
            vec!["2026-02-27", "2026-03-27"],
        ),
        (
            json!({"cycle": "yearly", "month": 2, "days": [29]}),
            "2026-01-01T00:00:00Z",
            vec!["2028-02-29", "2032-02-29"],
        ),
        (
            json!({"cycle": "yearly", "month": 11, "ordinal": "fourth", "wdays": ["thursday"]}),
            "2026-01-01T00:00:00Z",
            vec!["2026-11-26", "2027-11-25"],
        ),
        (
            json!({"cycle": "date", "dates": ["2026-12-25", "2027-01-01", "04-23"]}),
            "2026-06-01T00:00:00Z",
            vec!["2026-12-25", "2027-01-01", "2027-04-23", "2028-04-23"],
        ),
        (
            json!({"cycle": "daily", "exclude": ["20260602", "06-03"]}),
            "2026-06-01T00:00:00Z",
            vec!["2026-06-01", "2026-06-04"],
        ),
    ];
    for (document, from, expected) in cases {
        assert_eq!(
            starts(&noon(document.clone()), from, expected.len()),
            expected,
            "{document}"
        );
    }
}

#[test]
fn list_of_holidays_reads_as_people_write_it() {
    let holidays = rule(&json!({"cycle": "date", "dates": "2026-12-25\n01-01, 2027.04.05"}));
    let on = |day: &str| is_active(&holidays, format!("{day}T12:00").parse().unwrap());
    assert!(on("2026-12-25") && on("2031-01-01") && on("2027-04-05"));
    assert!(!on("2027-12-25") && !on("2026-12-26"));
    assert_eq!(
        holidays.to_object()["dates"],
        json!("2026-12-25\n01-01, 2027.04.05")
    );
    let wrong = json!({"cycle": "date", "dates": ["Christmas"]});
    let (_, errors) = TimeRule::parse(wrong.as_object().unwrap().clone());
    assert_eq!(errors.len(), 1);
}

fn directory() -> Directory {
    let mut directory = Directory::default();
    for (id, document) in [
        (
            "hours",
            json!({"name": "Hours", "cycle": "weekly", "wdays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                   "time_window_start": 32_400, "time_window_stop": 61_199}),
        ),
        (
            "holiday",
            json!({"name": "Holiday", "cycle": "date", "dates": ["12-25", "2026-12-28"]}),
        ),
        (
            "night",
            json!({"name": "Night", "cycle": "daily", "time_window_start": 79_200, "time_window_stop": 21_599}),
        ),
    ] {
        directory.insert(
            ResourceKind::TimeRule,
            id,
            document.as_object().unwrap().clone(),
        );
    }
    directory
}

#[test]
fn next_ten_changes_of_a_step_tell_branch_and_rule() {
    let directory = directory();
    let setting = Setting {
        directory: &directory,
        keys: &["holiday", "hours", "night", "_"],
        zone: "Europe/London",
    };
    let step = TimeOfDay::default();
    let now = step.at_instant(&setting, at("2026-12-24T16:59:59Z"));
    assert_eq!((now.key.as_str(), now.name.as_str()), ("hours", "Hours"));
    let told: Vec<String> = step
        .next_changes(&setting, at("2026-12-24T16:59:59Z"), 10)
        .into_iter()
        .map(|change| format!("{} {}", change.at.strftime("%d %H:%M"), change.key))
        .collect();
    assert_eq!(
        told,
        [
            "24 17:00 _",
            "24 22:00 night",
            "25 00:00 holiday",
            "26 00:00 night",
            "26 06:00 _",
            "26 22:00 night",
            "27 06:00 _",
            "27 22:00 night",
            "28 00:00 holiday",
            "29 00:00 night",
        ]
    );
}

#[test]
fn nothing_that_changes_has_no_next_change() {
    let directory = directory();
    let setting = Setting {
        directory: &directory,
        keys: &["_"],
        zone: "Nowhere/Land",
    };
    let step = TimeOfDay::default();
    assert_eq!(
        step.next_changes(&setting, at("2026-01-01T00:00:00Z"), 10),
        []
    );
    assert_eq!(
        next(&json!({"cycle": "daily"}), "2026-01-01T00:00:00Z", 5),
        [""; 0]
    );
}

#[test]
fn rule_forced_by_phone_counts_as_forced() {
    let mut live = Live::default();
    live.apply(LiveChange {
        key: LiveKey::TimeRule("hours".into()),
        value: Some(LiveValue::On(true)),
    });
    let directory = as_switched(&directory(), &live);
    let setting = Setting {
        directory: &directory,
        keys: &["hours", "_"],
        zone: "UTC",
    };
    let night = TimeOfDay::default().at_instant(&setting, at("2026-01-03T03:00:00Z"));
    assert_eq!(night.key, "hours");
}

/// A rule of any kind, by the numbers that make it up.
fn any_rule() -> impl Strategy<Value = Value> {
    (
        prop::sample::select(vec!["daily", "weekly", "monthly", "yearly", "date"]),
        1..5_i64,
        0..86_400_i64,
        0..86_401_i64,
        0..32_u8,
        0..128_u8,
        1..13_i64,
        prop::sample::select(vec!["first", "every", "third", "fifth", "last"]),
    )
        .prop_map(|(cycle, interval, start, stop, day, weekdays, month, ordinal)| {
            let names =
                ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
            let wdays = names.iter().enumerate().filter(|(at, _)| weekdays & (1 << at) != 0);
            let wdays: Vec<_> = wdays.map(|(_, name)| *name).collect();
            let days = if day == 0 { json!([]) } else { json!([day]) };
            json!({"cycle": cycle, "interval": interval, "time_window_start": start, "time_window_stop": stop,
                   "days": days, "wdays": wdays, "month": month, "ordinal": ordinal,
                   "start_date": 63_902_908_800_i64 + i64::from(day) * 86_400})
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the rule and the clocks: between two changes nothing changes, and at each something does.
    #[test]
    fn no_change_is_missed(document in any_rule(), from in 1_770_000_000_i64..1_800_000_000) {
        let (rule, zone) = (rule(&document), london());
        let from = Timestamp::from_second(from).unwrap();
        let now = |at: Timestamp| is_active(&rule, at.to_zoned(zone.clone()).datetime());
        let changes = rule_changes(&rule, &zone, from, 4);
        let mut state = now(from);
        let mut at = from;
        let end = from + SignedDuration::from_hours(24 * 40);
        // More changes may come after the last that was asked for.
        let end = changes.get(3).map_or(end, |(last, _)| end.min(*last));
        for (next, on) in changes.into_iter().chain([(end, !state)]) {
            // Quarters of an hour, so that what is missed between two changes shows.
            while at < next.min(end) {
                prop_assert_eq!(now(at), state, "{} before {}", at, next);
                at += SignedDuration::from_secs(907);
            }
            if next >= end {
                break;
            }
            let before = next - SignedDuration::from_secs(1);
            prop_assert_eq!((now(before), now(next)), (state, on), "{}", next);
            prop_assert_ne!(state, on);
            (state, at) = (on, next);
        }
    }
}

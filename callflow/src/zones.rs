//! Time zones by their present rules, for the browser: the whole database is a quarter of what it loads, and
//! only says more about the past.
//!
//! `zones.txt` holds a rule a line, as POSIX writes it, and the zones that follow it: the last lines of the
//! files of the IANA database, version 2026e. A test compares it with the database in the program.

use jiff::tz::TimeZone;

/// The time zone with this name: from the database where the program holds one, else by its present rule.
#[must_use]
pub fn named(name: &str) -> Option<TimeZone> {
    if cfg!(feature = "zones") {
        return TimeZone::get(name).ok();
    }
    by_rule(name)
}

/// The present rule of a zone, without its past.
fn by_rule(name: &str) -> Option<TimeZone> {
    let lines = include_str!("zones.txt").lines();
    let mut rules = lines.filter_map(|line| line.split_once(' '));
    // Names are found whatever their case, as in the database.
    let follows = |names: &str| names.split(' ').any(|own| own.eq_ignore_ascii_case(name));
    let (rule, _) = rules.find(|(_, names)| follows(names))?;
    TimeZone::posix(rule).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{SignedDuration, Timestamp};
    use std::collections::BTreeSet;

    #[test]
    fn present_rules_are_those_of_the_database() {
        let mut other = BTreeSet::new();
        let mut compared = 0;
        let names = include_str!("zones.txt")
            .lines()
            .flat_map(|line| line.split(' ').skip(1));
        for name in names {
            let (Ok(known), Some(rule)) = (TimeZone::get(name), by_rule(name)) else {
                panic!("{name} cannot be read");
            };
            compared += 1;
            let mut at: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
            for _ in 0..700 {
                if known.to_datetime(at) != rule.to_datetime(at) {
                    other.insert(name);
                }
                at += SignedDuration::from_hours(125);
            }
        }
        assert!(compared > 590, "{compared}");
        // Their clocks follow the moon, year by year.
        let moon = ["Africa/Casablanca", "Africa/El_Aaiun"];
        assert_eq!(other, moon.into_iter().collect::<BTreeSet<_>>());
    }

    #[test]
    fn every_zone_of_the_database_has_a_rule() {
        for name in jiff::tz::db().available() {
            let known = TimeZone::get(name.as_str()).unwrap();
            // The system may hold files beside the zones: leap seconds, and sets of them.
            let odd = ["posix/", "right/", "localtime", "posixrules", "Factory"];
            if odd.iter().any(|odd| name.as_str().starts_with(odd)) || known.is_unknown() {
                continue;
            }
            assert!(by_rule(name.as_str()).is_some(), "{}", name.as_str());
        }
    }

    #[test]
    fn what_is_no_zone_has_no_rule() {
        for wrong in [
            "",
            "Nowhere/Land",
            "Europe/London Europe/Paris",
            "GMT0BST,M3.5.0/1,M10.5.0",
        ] {
            assert!(by_rule(wrong).is_none(), "{wrong}");
        }
        assert!(by_rule("europe/london").is_some());
    }
}

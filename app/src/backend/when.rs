//! Times as people read them, in the account's zone.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use store::Moment;

/// "Today, 10:31", "16 Nov, 08:05", "16 Nov 2024, 08:05".
pub(super) fn told(moment: Moment, zone: &str) -> String {
    relative(moment, zone, Moment::now())
}

fn relative(moment: Moment, zone: &str, now: Moment) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let at = zoned(moment, zone.clone());
    let now = zoned(now, zone);
    let time = at.strftime("%H:%M");
    if at.date() == now.date() {
        format!("Today, {time}")
    } else if at.year() == now.year() {
        format!("{}, {time}", at.strftime("%-d %b"))
    } else {
        format!("{}, {time}", at.strftime("%-d %b %Y"))
    }
}

fn zoned(moment: Moment, zone: TimeZone) -> Zoned {
    Timestamp::from_millisecond(moment.millis())
        .unwrap_or_default()
        .to_zoned(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::parse(text).unwrap_or_default()
    }

    #[test]
    fn times_are_told_in_the_zone_of_the_account() {
        let now = at("2026-06-20T12:00:00Z");
        assert_eq!(
            relative(at("2026-06-20T09:31:00Z"), "Europe/London", now),
            "Today, 10:31"
        );
        assert_eq!(
            relative(at("2026-02-16T08:05:00Z"), "Europe/London", now),
            "16 Feb, 08:05"
        );
        assert_eq!(
            relative(at("2024-02-16T08:05:00Z"), "Europe/London", now),
            "16 Feb 2024, 08:05"
        );
    }

    #[test]
    fn midnight_of_the_zone_divides_the_days() {
        let now = at("2026-06-20T23:30:00Z");
        assert_eq!(
            relative(at("2026-06-20T22:30:00Z"), "Europe/London", now),
            "20 Jun, 23:30"
        );
    }
}

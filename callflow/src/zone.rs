//! Time zones for hosts without a time-zone database: a browser is told the offsets it needs.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Most changes of the clocks that are told of one zone.
const MOST_CHANGES: usize = 200;

/// How far a time zone is from UTC over some years.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offsets {
    /// Seconds east of UTC before the first change.
    first: i32,
    /// When the clocks change, in seconds since 1970, and the seconds east of UTC from then on.
    changes: Vec<(i64, i32)>,
}

impl Offsets {
    /// The offsets of a zone between two times. Outside of them the nearest one holds.
    #[must_use]
    pub fn of(zone: &TimeZone, from: Timestamp, until: Timestamp) -> Self {
        let changes = zone
            .following(from)
            .take_while(|change| change.timestamp() <= until)
            .take(MOST_CHANGES)
            .map(|change| (change.timestamp().as_second(), change.offset().seconds()))
            .collect();
        Self {
            first: zone.to_offset(from).seconds(),
            changes,
        }
    }

    /// The time of day there.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> DateTime {
        offset(self.at(at)).to_datetime(at)
    }

    /// When it is so late there. A time that the clocks skip is taken by the offset before, as if they had not
    /// been changed yet; one that comes twice is the first. `None` beyond the calendar.
    #[must_use]
    pub fn instant(&self, local: DateTime) -> Option<Timestamp> {
        let as_utc = Offset::UTC.to_timestamp(local).ok()?;
        let by = |seconds: i32| {
            as_utc
                .checked_sub(SignedDuration::from_secs(i64::from(seconds)))
                .ok()
        };
        let known = std::iter::once(self.first).chain(self.changes.iter().map(|change| change.1));
        let fits = known
            .filter_map(|seconds| by(seconds).filter(|at| self.at(*at) == seconds))
            .min();
        fits.or_else(|| {
            // Before the change that skips it: the offset of a day earlier.
            let day_before = as_utc.checked_sub(SignedDuration::from_hours(24)).ok()?;
            by(self.at(day_before))
        })
    }

    /// The same from text such as `2026-11-29T03:00`. `None` when it is no such time.
    #[must_use]
    pub fn read(&self, local: &str) -> Option<Timestamp> {
        self.instant(local.parse().ok()?)
    }

    fn at(&self, at: Timestamp) -> i32 {
        let after = self
            .changes
            .partition_point(|(from, _)| *from <= at.as_second());
        let last = after.checked_sub(1).and_then(|i| self.changes.get(i));
        last.map_or(self.first, |(_, seconds)| *seconds)
    }
}

/// What was told may be anything; what is no offset is UTC.
fn offset(seconds: i32) -> Offset {
    Offset::from_seconds(seconds).unwrap_or(Offset::UTC)
}

#[cfg(all(test, feature = "zones"))]
mod tests {
    use super::*;

    fn told(zone: &str) -> (TimeZone, Offsets) {
        let zone = TimeZone::get(zone).unwrap();
        let (from, until) = ("2026-01-01T00:00:00Z", "2031-01-01T00:00:00Z");
        let offsets = Offsets::of(&zone, from.parse().unwrap(), until.parse().unwrap());
        (zone, offsets)
    }

    #[test]
    fn every_hour_of_three_years_is_told_as_the_database_tells_it() {
        for name in ["Europe/London", "America/New_York", "Asia/Kolkata", "UTC"] {
            let (zone, offsets) = told(name);
            let mut at: Timestamp = "2026-01-01T00:30:00Z".parse().unwrap();
            for _ in 0..3 * 365 * 24 {
                let local = zone.to_datetime(at);
                assert_eq!(offsets.local(at), local, "{name} {at}");
                let compatible = zone.to_ambiguous_timestamp(local).compatible().unwrap();
                assert_eq!(offsets.instant(local), Some(compatible), "{name} {local}");
                at += SignedDuration::from_hours(1);
            }
        }
    }

    #[test]
    fn time_that_the_clocks_skip_is_read_by_the_offset_before() {
        let (_, london) = told("Europe/London");
        let skipped = london.read("2026-03-29T01:30").unwrap();
        assert_eq!(skipped.to_string(), "2026-03-29T01:30:00Z");
        assert_eq!(london.local(skipped).to_string(), "2026-03-29T02:30:00");
    }

    #[test]
    fn what_is_no_time_is_not_read() {
        let (_, london) = told("Europe/London");
        for wrong in ["", "soon", "2026-13-01T00:00", "9999-12-31T23:59:60x"] {
            assert_eq!(london.read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn offsets_that_are_none_do_not_end_the_program() {
        let wrong: Offsets =
            serde_json::from_str(r#"{"first": 2147483647, "changes": [[0, -2147483648]]}"#)
                .unwrap();
        let at = Timestamp::from_second(-5).unwrap();
        assert_eq!(wrong.local(at).to_string(), "1969-12-31T23:59:55");
    }
}

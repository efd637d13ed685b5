//! Days counted without a calendar library in the inner loop: looking years ahead takes microseconds.

use crate::resource::{Cycle, Forced, Ordinal, TimeRule, Weekday};
use jiff::civil::Date;
use jiff::{Span, Unit};

/// Seconds from year 0 to 1970 in the Gregorian calendar, by which KAZOO's dates differ from Unix time.
pub(super) const GREGORIAN_EPOCH: i64 = 62_167_219_200;
/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;
const EPOCH: Date = Date::constant(1970, 1, 1);

/// One day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    /// Days since 1970-01-01.
    pub(crate) number: i64,
    year: i64,
    month: u8,
    day: u8,
}

impl Day {
    pub(crate) fn of(date: Date) -> Self {
        let number = EPOCH.until((Unit::Day, date));
        Self {
            number: number.map_or(0, |span| i64::from(span.get_days())),
            year: i64::from(date.year()),
            month: u8::try_from(date.month()).unwrap_or(1),
            day: u8::try_from(date.day()).unwrap_or(1),
        }
    }

    /// The day of Gregorian seconds; `None` beyond the calendar.
    pub(super) fn of_gregorian(seconds: i64) -> Option<Self> {
        let days = (seconds - GREGORIAN_EPOCH).div_euclid(DAY);
        let span = Span::new().try_days(days).ok()?;
        EPOCH.checked_add(span).ok().map(Self::of)
    }

    pub(crate) fn next(self) -> Self {
        let mut next = Self {
            number: self.number + 1,
            day: self.day + 1,
            ..self
        };
        if next.day > days_in(self.year, self.month) {
            next.day = 1;
            next.month += 1;
        }
        if next.month > 12 {
            next.month = 1;
            next.year += 1;
        }
        next
    }

    /// The day before.
    pub(crate) fn before(self) -> Self {
        Self::numbered(self.number - 1)
    }

    /// The day with a number; the first day of all when it lies beyond the calendar.
    pub(crate) fn numbered(number: i64) -> Self {
        let span = Span::new().try_days(number).ok();
        let date = span.and_then(|span| EPOCH.checked_add(span).ok());
        Self::of(date.unwrap_or(EPOCH))
    }

    pub(super) fn date(self) -> Option<Date> {
        let span = Span::new().try_days(self.number).ok()?;
        EPOCH.checked_add(span).ok()
    }

    /// 0 is Monday. 1970-01-01 was a Thursday.
    fn weekday(self) -> i64 {
        (self.number + 3).rem_euclid(7)
    }

    /// The number of its week, which begins on Monday.
    fn week(self) -> i64 {
        (self.number + 3).div_euclid(7)
    }
}

fn days_in(year: i64, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A rule with its dates read, ready to be asked for many days.
pub(crate) struct Plan<'a> {
    rule: &'a TimeRule,
    /// The first day; `Err` when there is one and it lies beyond the calendar.
    start: Result<Option<Day>, ()>,
    end: Option<Day>,
    weekdays: u8,
    days: u32,
}

impl<'a> Plan<'a> {
    pub(crate) fn of(rule: &'a TimeRule) -> Self {
        let start = match rule.start_date {
            None => Ok(None),
            Some(start) => Day::of_gregorian(start.0).map(Some).ok_or(()),
        };
        let bit = |day: &Weekday| {
            let at = Weekday::ALL.iter().position(|(own, _)| own == day);
            1 << at.unwrap_or(0)
        };
        Self {
            rule,
            start,
            end: rule.end_date.and_then(|end| Day::of_gregorian(end.0)),
            weekdays: rule
                .weekdays
                .0
                .iter()
                .map(bit)
                .fold(0, |all: u8, day| all | day),
            days: rule.days.0.iter().fold(0, |all, day| all | 1 << (day % 32)),
        }
    }

    pub(super) fn forced(&self) -> Forced {
        self.rule.enabled
    }

    /// The window in seconds after midnight; an end before the start lies on the next day.
    pub(crate) fn window(&self) -> (i64, i64) {
        (self.rule.start.0, self.rule.stop.0)
    }

    /// The first day from which it can apply.
    pub(crate) fn first(&self) -> Option<Day> {
        self.start.unwrap_or_default()
    }

    /// Whether it falls on its start date alone.
    pub(crate) fn is_once(&self) -> bool {
        self.rule.cycle == Cycle::Date && self.rule.dates.0.is_empty()
    }

    /// Between first and last day, and no exception.
    pub(super) fn is_within(&self, day: Day) -> bool {
        let begun = match self.start {
            Ok(start) => start.is_none_or(|start| start.number <= day.number),
            Err(()) => false,
        };
        let over = self.end.is_some_and(|end| day.number > end.number);
        begun && !over && !self.rule.exclude.holds(day.year, day.month, day.day)
    }

    /// Whether the rule falls on a day.
    pub(crate) fn falls_on(&self, day: Day) -> bool {
        if !self.is_within(day) {
            return false;
        }
        let rule = self.rule;
        // Without a start date KAZOO counts from today, which every interval divides.
        let base = self.first().unwrap_or(day);
        let every = |distance: i64| distance % rule.interval.0.max(1) == 0;
        match rule.cycle {
            Cycle::Date if rule.dates.0.is_empty() => day.number == base.number,
            Cycle::Date => rule.dates.holds(day.year, day.month, day.day),
            Cycle::Daily => every(day.number - base.number),
            Cycle::Weekly => every(day.week() - base.week()) && self.on_weekday(day),
            Cycle::Monthly => {
                let months = (day.year - base.year) * 12;
                let months = months + i64::from(day.month) - i64::from(base.month);
                every(months) && self.in_month(day)
            }
            Cycle::Yearly => {
                every(day.year - base.year)
                    && i64::from(day.month) == rule.month.0
                    && self.in_month(day)
            }
        }
    }

    fn on_weekday(&self, day: Day) -> bool {
        self.weekdays == 0 || self.weekdays & (1 << day.weekday()) != 0
    }

    /// Whether the day is one of the rule's days of the month, or its ordinal weekday.
    fn in_month(&self, day: Day) -> bool {
        if self.days != 0 {
            return self.days & (1 << day.day) != 0;
        }
        let nth = (day.day - 1) / 7 + 1;
        let fits = match self.rule.ordinal {
            Ordinal::Every => true,
            Ordinal::First => nth == 1,
            Ordinal::Second => nth == 2,
            Ordinal::Third => nth == 3,
            Ordinal::Fourth => nth == 4,
            Ordinal::Fifth => nth == 5,
            Ordinal::Last => day.day + 7 > days_in(day.year, day.month),
        };
        fits && self.on_weekday(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_days_are_those_of_the_calendar() {
        let mut day = Day::of(Date::constant(1899, 12, 31));
        for _ in 0..100_000 {
            let date = day.date().unwrap();
            assert_eq!(Day::of(date), day);
            assert_eq!(
                i64::from(date.weekday().to_monday_zero_offset()),
                day.weekday()
            );
            day = day.next();
        }
    }
}

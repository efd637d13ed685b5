//! Days counted without a calendar library in the inner loop: looking years ahead takes microseconds.

use crate::resource::{Cycle, Forced, Ordinal, TimeRule, Weekday};
use jiff::civil::Date;

/// Seconds from year 0 to 1970 in the Gregorian calendar, by which KAZOO's dates differ from Unix time.
pub(super) const GREGORIAN_EPOCH: i64 = 62_167_219_200;
/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;
/// Days of 400 years, after which the calendar repeats itself.
const DAYS_OF_400_YEARS: i64 = 146_097;
/// From the first of March of year 0, where a count begins that has its leap day at the end, to 1970-01-01.
const MARCH_0_TO_1970: i64 = 719_468;
/// The days that are counted: beyond the years that a date can have, nothing applies.
const ALL: std::ops::RangeInclusive<i64> = -4_371_587..=2_932_896;

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
        let (year, month, day) = (
            i64::from(date.year()),
            i64::from(date.month()),
            i64::from(date.day()),
        );
        // Years from March to February.
        let from_march = if month > 2 { year } else { year - 1 };
        let of_400 = from_march.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let number = from_march.div_euclid(400) * DAYS_OF_400_YEARS + of_400 * 365 + of_400 / 4
            - of_400 / 100
            + of_year
            - MARCH_0_TO_1970;
        Self {
            number,
            year,
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }

    /// The day with a number; `None` beyond the calendar.
    fn checked(number: i64) -> Option<Self> {
        if !ALL.contains(&number) {
            return None;
        }
        let since = number + MARCH_0_TO_1970;
        let of_400 = since.rem_euclid(DAYS_OF_400_YEARS);
        let year = (of_400 - of_400 / 1_460 + of_400 / 36_524 - of_400 / 146_096) / 365;
        let of_year = of_400 - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = (from_march + 2) % 12 + 1;
        Some(Self {
            number,
            year: year + since.div_euclid(DAYS_OF_400_YEARS) * 400 + i64::from(month <= 2),
            month: u8::try_from(month).ok()?,
            day: u8::try_from(of_year - (153 * from_march + 2) / 5 + 1).ok()?,
        })
    }

    /// The day of Gregorian seconds; `None` beyond the calendar.
    pub(super) fn of_gregorian(seconds: i64) -> Option<Self> {
        Self::checked((seconds - GREGORIAN_EPOCH).div_euclid(DAY))
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

    /// The day with a number; 1970-01-01 beyond the calendar.
    pub(crate) fn numbered(number: i64) -> Self {
        let epoch = Self {
            number: 0,
            year: 1970,
            month: 1,
            day: 1,
        };
        Self::checked(number).unwrap_or(epoch)
    }

    pub(super) fn date(self) -> Option<Date> {
        let day = |part: u8| i8::try_from(part).ok();
        Date::new(
            i16::try_from(self.year).ok()?,
            day(self.month)?,
            day(self.day)?,
        )
        .ok()
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
    fn first_and_last_day_are_those_of_the_calendar() {
        assert_eq!(Day::of(Date::MIN).number, *ALL.start());
        assert_eq!(Day::of(Date::MAX).number, *ALL.end());
        assert_eq!(Day::of(Date::constant(1970, 1, 1)), Day::numbered(0));
        assert_eq!(Day::checked(ALL.end() + 1), None);
    }

    #[test]
    fn counted_days_are_those_of_the_calendar() {
        let mut day = Day::of(Date::constant(1899, 12, 31));
        for _ in 0..100_000 {
            let date = day.date().unwrap();
            assert_eq!(Day::of(date), day);
            assert_eq!(Day::checked(day.number), Some(day));
            assert_eq!(
                i64::from(date.weekday().to_monday_zero_offset()),
                day.weekday()
            );
            day = day.next();
        }
    }
}

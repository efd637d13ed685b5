//! Rules of the time of day: what they store. When a rule is active is [`crate::action::temporal_route`]'s.

use crate::field::{Choice, Field, FieldKind};
use crate::json;
use crate::resource::{Name, TextList};
use crate::value::{Int, Refs};
use serde_json::{Value, json};

crate::choice! {
    /// How a rule repeats.
    pub enum Cycle {
        /// Every so many weeks on some weekdays.
        Weekly = "weekly", "Weekly";
        /// Every so many days.
        Daily = "daily", "Daily";
        /// Every so many months, on days or on an ordinal weekday.
        Monthly = "monthly", "Monthly";
        /// Every so many years, in one month.
        Yearly = "yearly", "Yearly";
        /// Once, on the start date.
        Date = "date", "No repeat";
    }
}

crate::choice! {
    /// Which of the weekdays of a month.
    pub enum Ordinal {
        /// The first.
        First = "first", "First";
        /// All of them.
        Every = "every", "Every";
        /// The second.
        Second = "second", "Second";
        /// The third.
        Third = "third", "Third";
        /// The fourth.
        Fourth = "fourth", "Fourth";
        /// The fifth; months without one are passed over.
        Fifth = "fifth", "Fifth";
        /// The last.
        Last = "last", "Last";
    }
}

/// Whether a rule follows the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forced {
    /// By time.
    #[default]
    ByTime,
    /// Always active.
    On,
    /// Never active.
    Off,
}

impl Field for Forced {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Choice(&[
            Choice {
                value: "",
                label: "Based on time",
            },
            Choice {
                value: "true",
                label: "Forced on",
            },
            Choice {
                value: "false",
                label: "Forced off",
            },
        ])
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        if json::is_blank(value) {
            return Ok(Self::ByTime);
        }
        match json::boolean(value) {
            Some(true) => Ok(Self::On),
            Some(false) => Ok(Self::Off),
            None => Err("Choose: based on time, forced on, forced off.".into()),
        }
    }
    fn to_json(&self) -> Value {
        match self {
            Self::ByTime => Value::Null,
            Self::On => json!(true),
            Self::Off => json!(false),
        }
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// All seven from Monday.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Monday, "monday"),
        (Self::Tuesday, "tuesday"),
        (Self::Wednesday, "wednesday"),
        (Self::Thursday, "thursday"),
        (Self::Friday, "friday"),
        (Self::Saturday, "saturday"),
        (Self::Sunday, "sunday"),
    ];
}

/// Weekdays; none means all seven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weekdays(pub Vec<Weekday>);

impl Field for Weekdays {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Several(&[
            Choice {
                value: "monday",
                label: "Monday",
            },
            Choice {
                value: "tuesday",
                label: "Tuesday",
            },
            Choice {
                value: "wednesday",
                label: "Wednesday",
            },
            Choice {
                value: "thursday",
                label: "Thursday",
            },
            Choice {
                value: "friday",
                label: "Friday",
            },
            Choice {
                value: "saturday",
                label: "Saturday",
            },
            Choice {
                value: "sunday",
                label: "Sunday",
            },
        ])
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let names = TextList::from_json(value)?;
        names
            .0
            .iter()
            .map(|name| {
                // Old documents hold this misspelling.
                let name = if name == "wensday" { "wednesday" } else { name };
                Weekday::ALL
                    .iter()
                    .find(|(_, known)| *known == name)
                    .map(|(day, _)| *day)
            })
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(|| "Choose weekdays, monday to sunday.".to_owned())
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        Weekday::ALL
            .iter()
            .filter(|(day, _)| self.0.contains(day))
            .map(|(_, name)| json!(name))
            .collect()
    }
    fn schema() -> Value {
        let names: Vec<&str> = Weekday::ALL.iter().map(|(_, name)| *name).collect();
        json!({"type": "array", "items": {"enum": names}, "uniqueItems": true})
    }
}

/// Days of a month, 1 to 31.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonthDays(pub Vec<u8>);

impl Field for MonthDays {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Text {
            min: 0,
            max: 100,
            mono: false,
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let wrong = || "Enter days of the month from 1 to 31, separated by commas.".to_owned();
        let texts = TextList::from_json(value).map_err(|_| wrong())?;
        texts
            .0
            .iter()
            .map(|t| t.parse::<u8>().ok().filter(|d| (1..=31).contains(d)))
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(wrong)
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            json!(self.0)
        }
    }
    fn schema() -> Value {
        json!({"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 31}})
    }
    fn to_form(&self) -> Value {
        let days: Vec<String> = self.0.iter().map(u8::to_string).collect();
        if days.is_empty() {
            Value::Null
        } else {
            Value::from(days.join(", "))
        }
    }
}

/// A list of days: holidays, or exceptions. A day without a year is meant every year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dates(pub Vec<ListedDay>);

/// One day of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedDay {
    /// The year; `None` is every year.
    pub year: Option<i64>,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl ListedDay {
    fn read(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let plain = text
            .chars()
            .all(|c| c.is_ascii_digit() || "-./".contains(c));
        let (year, rest) = match digits.len() {
            4 => (None, digits.as_str()),
            8 => {
                let (year, rest) = digits.split_at(4);
                (Some(year.parse().ok()?), rest)
            }
            _ => return None,
        };
        let (month, day) = rest.split_at(2);
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        let exists = (1..=12).contains(&month) && (1..=31).contains(&day);
        (plain && exists).then_some(Self { year, month, day })
    }
}

impl Dates {
    /// Days that one list may hold.
    const MOST: usize = 1_000;

    /// Whether a day is in the list.
    #[must_use]
    pub fn holds(&self, year: i64, month: u8, day: u8) -> bool {
        self.0.iter().any(|own| {
            own.month == month && own.day == day && own.year.is_none_or(|own| own == year)
        })
    }
}

impl Field for Dates {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::LongText {
            min: 0,
            max: 16_384,
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let wrong = || "Write days as 2026-12-25, or 12-25 for every year.".to_owned();
        let texts = TextList::from_json(value).map_err(|_| wrong())?;
        if texts.0.len() > Self::MOST {
            return Err(format!("Enter at most {} days.", Self::MOST));
        }
        let days = texts.0.iter().map(|text| ListedDay::read(text.trim()));
        days.collect::<Option<_>>().map(Self).ok_or_else(wrong)
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        let text = |own: &ListedDay| match own.year {
            // As KAZOO writes exceptions.
            Some(year) => json!(format!("{year:04}{:02}{:02}", own.month, own.day)),
            None => json!(format!("{:02}-{:02}", own.month, own.day)),
        };
        self.0.iter().map(text).collect()
    }
    fn to_form(&self) -> Value {
        let text = |own: &ListedDay| match own.year {
            Some(year) => json!(format!("{year:04}-{:02}-{:02}", own.month, own.day)),
            None => json!(format!("{:02}-{:02}", own.month, own.day)),
        };
        self.0.iter().map(text).collect()
    }
}

/// A month of the year, 1 to 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month(pub i64);

impl Field for Month {
    fn kind() -> FieldKind {
        FieldKind::Choice(&[
            Choice {
                value: "1",
                label: "January",
            },
            Choice {
                value: "2",
                label: "February",
            },
            Choice {
                value: "3",
                label: "March",
            },
            Choice {
                value: "4",
                label: "April",
            },
            Choice {
                value: "5",
                label: "May",
            },
            Choice {
                value: "6",
                label: "June",
            },
            Choice {
                value: "7",
                label: "July",
            },
            Choice {
                value: "8",
                label: "August",
            },
            Choice {
                value: "9",
                label: "September",
            },
            Choice {
                value: "10",
                label: "October",
            },
            Choice {
                value: "11",
                label: "November",
            },
            Choice {
                value: "12",
                label: "December",
            },
        ])
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let month = json::integer(value).filter(|month| (1..=12).contains(month));
        month.map(Self).ok_or_else(|| "Choose a month.".to_owned())
    }
    fn to_json(&self) -> Value {
        json!(self.0)
    }
}

/// Seconds in a day.
const DAY: i64 = 86_400;

/// A time of the day, in seconds after midnight; 86 400 is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockTime(pub i64);

impl ClockTime {
    fn typed(text: &str) -> Option<i64> {
        let mut parts = text.trim().split(':');
        let mut part = |most: i64| {
            let text = parts.next()?;
            let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            let number: i64 = text.parse().ok()?;
            (digits && number <= most).then_some(number)
        };
        let (hours, minutes) = (part(24)?, part(59)?);
        let seconds = part(59).unwrap_or(0);
        parts
            .next()
            .is_none()
            .then_some(hours * 3_600 + minutes * 60 + seconds)
    }
}

impl Field for ClockTime {
    fn kind() -> FieldKind {
        FieldKind::Clock
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let seconds = match value.as_str() {
            Some(text) if text.contains(':') => Self::typed(text),
            _ => json::integer(value),
        };
        let seconds = seconds.filter(|seconds| (0..=DAY).contains(seconds));
        seconds
            .map(Self)
            .ok_or_else(|| "Enter a time from 00:00 to 24:00, such as 09:30.".to_owned())
    }
    fn to_json(&self) -> Value {
        json!(self.0)
    }
    fn to_form(&self) -> Value {
        let (hours, minutes, seconds) = (self.0 / 3_600, self.0 / 60 % 60, self.0 % 60);
        if seconds == 0 {
            Value::from(format!("{hours:02}:{minutes:02}"))
        } else {
            Value::from(format!("{hours:02}:{minutes:02}:{seconds:02}"))
        }
    }
}

/// A day, in seconds of the Gregorian calendar from year 0, as KAZOO stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub i64);

impl Day {
    const MOST: i64 = 400_000_000_000;

    /// Days from 1 January of year 0 to a date; `None` when there is no such date.
    fn number(year: i64, month: i64, day: i64) -> Option<i64> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if !(0..=9_999).contains(&year) || !(1..=length).contains(&day) {
            return None;
        }
        // March begins the year, so that the leap day is its last.
        let (years, months) = if month > 2 {
            (year, month - 3)
        } else {
            (year - 1, month + 9)
        };
        let leaps = years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
        // 1 March of year 0 is the day with the number 60: year 0 is a leap year.
        Some(years * 365 + leaps + (153 * months + 2) / 5 + day - 1 + 60)
    }

    fn typed(text: &str) -> Option<i64> {
        let mut parts = text.trim().splitn(3, '-').map(str::parse::<i64>);
        let mut part = || parts.next()?.ok();
        Some(Self::number(part()?, part()?, part()?)? * DAY)
    }

    fn written(self) -> String {
        let days = self.0.div_euclid(DAY) - 60;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let months = (5 * of_year + 2) / 153;
        let day = of_year - (153 * months + 2) / 5 + 1;
        let month = if months < 10 { months + 3 } else { months - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        format!("{year:04}-{month:02}-{day:02}")
    }
}

impl Field for Day {
    fn kind() -> FieldKind {
        FieldKind::Day
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let seconds = json::integer(value).or_else(|| Self::typed(value.as_str()?));
        let seconds = seconds.filter(|seconds| (0..=Self::MOST).contains(seconds));
        seconds
            .map(Self)
            .ok_or_else(|| "Enter a day as year, month and day, such as 2026-12-25.".to_owned())
    }
    fn to_json(&self) -> Value {
        json!(self.0)
    }
    fn to_form(&self) -> Value {
        Value::from(self.written())
    }
}

crate::fields! {
    /// When something applies.
    pub struct TimeRule {
        /// The name, shown on the branch.
        name: Name = Name::default(), "name", "Name";
        /// How it repeats.
        cycle: Cycle = Cycle::Weekly, "cycle", "Repeats";
        /// Every so many days, weeks, months or years.
        interval: Int<1, 1_000> = Int(1), "interval", "Every";
        /// The weekdays; none means all.
        weekdays: Weekdays = Weekdays::default(), "wdays", "Weekdays";
        /// Days of the month.
        days: MonthDays = MonthDays::default(), "days", "Days";
        /// Which weekday of the month.
        ordinal: Ordinal = Ordinal::First, "ordinal", "On the";
        /// The month of a yearly rule.
        month: Month = Month(1), "month", "Month";
        /// When on the day it begins.
        start: ClockTime = ClockTime(0), "time_window_start", "From";
        /// When on the day it ends; before the start means the next day.
        stop: ClockTime = ClockTime(DAY), "time_window_stop", "To";
        /// The first day on which it applies.
        start_date: Option<Day> = None, "start_date", "Start date";
        /// The last day on which it applies.
        end_date: Option<Day> = None, "end_date", "End date";
        /// Days on which it does not apply: 2026-12-25, or 12-25 for every year.
        exclude: Dates = Dates::default(), "exclude", "Except on";
        /// Whether it follows the clock.
        enabled: Forced = Forced::ByTime, "enabled", "Enabled";
        /// Days on which it applies when it does not repeat: 2026-12-25, or 12-25 for every year. With a list
        /// the start date is only the first day that counts.
        dates: Dates = Dates::default(), "dates", "Dates";
    }
}

crate::fields! {
    /// Several rules under one name.
    pub struct TimeRuleSet {
        /// The name, shown on the branch.
        name: Name = Name::default(), "name", "Name";
        /// The rules, in order.
        rules: Refs<TimeRule> = Refs::default(), "temporal_rules", "Rules";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_typed_as_hours_and_minutes() {
        let time = |text: &str| ClockTime::from_json(&json!(text)).map(|time| time.0);
        assert_eq!(time("09:30"), Ok(34_200));
        assert_eq!(time("9:05"), Ok(32_700));
        assert_eq!(time("24:00"), Ok(86_400));
        assert_eq!(time("34200"), Ok(34_200));
        for wrong in ["24:01", "9", "-1:00", "12:60", "1:2:3:4", "noon", ""] {
            // A bare number is seconds, as documents store them.
            assert!(wrong == "9" || time(wrong).is_err(), "{wrong}");
        }
        assert_eq!(ClockTime(86_400).to_form(), "24:00");
        assert_eq!(ClockTime(34_201).to_form(), "09:30:01");
    }

    #[test]
    fn days_are_the_same_typed_and_stored() {
        // 1 January 1970 is the second 62 167 219 200 of the Gregorian calendar.
        assert_eq!(
            Day::from_json(&json!("1970-01-01")),
            Ok(Day(62_167_219_200))
        );
        for day in [
            "2000-02-29",
            "2026-12-25",
            "1983-01-01",
            "2100-03-01",
            "0000-01-01",
        ] {
            let read = Day::from_json(&json!(day)).unwrap();
            assert_eq!(read.to_form(), day);
            assert_eq!(Day::from_json(&read.to_json()), Ok(read));
        }
        for wrong in ["2026-02-29", "2026-13-01", "25.12.2026", "2026-12"] {
            assert!(Day::from_json(&json!(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn days_of_the_month_are_typed_with_commas() {
        let days = MonthDays::from_json(&json!("1, 15")).unwrap();
        assert_eq!(days.to_form(), "1, 15");
        assert_eq!(days.to_json(), json!([1, 15]));
    }
}

//! Rules of the time of day: what they store. When a rule is active is [`crate::action::temporal_route`]'s.

use crate::field::{Field, FieldKind};
use crate::json;
use crate::resource::{Name, TextList};
use crate::value::Int;
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
            crate::field::Choice {
                value: "",
                label: "Based on time",
            },
            crate::field::Choice {
                value: "true",
                label: "Forced on",
            },
            crate::field::Choice {
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
        FieldKind::LongText { min: 0, max: 128 }
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
        month: Int<1, 12> = Int(1), "month", "Month";
        /// Seconds after midnight at which it begins.
        start: Int<0, 86_400> = Int(0), "time_window_start", "From";
        /// Seconds after midnight at which it ends; before the start means the next day.
        stop: Int<0, 86_400> = Int(86_400), "time_window_stop", "To";
        /// First day, in seconds of the Gregorian calendar (from year 0), as KAZOO stores it.
        start_date: Option<Int<0, 400_000_000_000>> = None, "start_date", "Start date";
        /// Last day, likewise.
        end_date: Option<Int<0, 400_000_000_000>> = None, "end_date", "End date";
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
        /// The rules' ids, in order.
        rules: TextList = TextList::default(), "temporal_rules", "Rules";
    }
}

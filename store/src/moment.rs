//! A point in time as the database keeps it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in UTC wherever a person or a script reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(i64);

impl Moment {
    /// The moment `ms` milliseconds after the Unix epoch.
    pub fn from_millis(ms: i64) -> Moment {
        Moment(ms)
    }

    /// Milliseconds since the Unix epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The clock of this machine.
    pub fn now() -> Moment {
        Moment(jiff::Timestamp::now().as_millisecond())
    }

    /// `ms` milliseconds later (earlier when negative), held at the ends of the range.
    #[must_use]
    pub fn plus_millis(self, ms: i64) -> Moment {
        Moment(self.0.saturating_add(ms))
    }

    /// Reads RFC 3339 text.
    pub fn parse(text: &str) -> Option<Moment> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|t| Moment(t.as_millisecond()))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only moments outside years -9999 to 9999 fail here, and no clock gives those.
        let stamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        write!(f, "{stamp}")
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        Moment::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("“{text}” is not an RFC 3339 time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moment_reads_what_it_writes() {
        let moment = Moment::from_millis(1_700_000_000_123);
        assert_eq!(moment.to_string(), "2023-11-14T22:13:20.123Z");
        assert_eq!(Moment::parse(&moment.to_string()), Some(moment));
    }
}

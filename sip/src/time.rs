//! Time as an input: the core never reads a clock.

use std::ops::{Add, AddAssign};
use std::time::Duration;

/// A moment on the host's monotonic clock, counted from a start the host chose.
///
/// Only differences matter; the host passes `Time` into every call of the core.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Time(Duration);

impl Time {
    /// The start of the host's clock.
    pub const ZERO: Time = Time(Duration::ZERO);

    /// The moment `elapsed` after the start.
    pub const fn from_duration(elapsed: Duration) -> Self {
        Time(elapsed)
    }

    /// The moment `millis` milliseconds after the start.
    pub const fn from_millis(millis: u64) -> Self {
        Time(Duration::from_millis(millis))
    }

    /// Time passed since the start.
    pub const fn as_duration(self) -> Duration {
        self.0
    }

    /// Time passed since `earlier`; zero if `earlier` is later than `self`.
    pub fn since(self, earlier: Time) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, wait: Duration) -> Time {
        Time(self.0.saturating_add(wait))
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, wait: Duration) {
        *self = *self + wait;
    }
}

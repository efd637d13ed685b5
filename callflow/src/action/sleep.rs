//! Sleep: waits without a sound. KAZOO module `sleep`.

use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::value::Int;

crate::choice! {
    /// The unit of the stored duration.
    pub enum SleepUnit {
        /// Seconds.
        Seconds = "s", "seconds";
        /// Milliseconds.
        Milliseconds = "ms", "milliseconds";
        /// Minutes.
        Minutes = "m", "minutes";
        /// Hours.
        Hours = "h", "hours";
    }
}

crate::fields! {
    /// Waits before the next step, without answering and without a sound.
    pub struct Sleep {
        /// How long to wait. The longest wait is 24 hours.
        duration: Int<0, 86_400_000> = Int(0), "duration", "Duration";
        /// The unit of the duration.
        unit: SleepUnit = SleepUnit::Seconds, "unit", "Unit";
    }
}

impl Sleep {
    /// The longest wait, in milliseconds: 24 hours.
    const MAX_MS: u64 = 86_400_000;

    fn millis(&self) -> u64 {
        let factor = match self.unit {
            SleepUnit::Milliseconds => 1,
            SleepUnit::Seconds => 1_000,
            SleepUnit::Minutes => 60_000,
            SleepUnit::Hours => 3_600_000,
        };
        u64::try_from(self.duration.0)
            .unwrap_or(0)
            .saturating_mul(factor)
            .min(Self::MAX_MS)
    }
}

impl Definition for Sleep {
    const MODULE: &'static str = "sleep";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Sleep",
        category: Category::Advanced,
        icon: "timer",
        family: Family::Set,
        help: "Waits a number of seconds",
        synonyms: &["pause", "wait", "delay"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        // Carriers end an unanswered call after one to three minutes.
        if self.millis() > 60_000 {
            vec![Finding::warning(
                "SLEEP_LONG",
                Some("duration"),
                "Waits longer than most carriers keep an unanswered call.",
            )]
        } else {
            Vec::new()
        }
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(format!("{} {}", self.duration.0, self.unit.as_str()))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        call.sleep(self.millis()).await?;
        // Keys pressed meanwhile were meant for nobody.
        call.flush_digits();
        Ok(Next::Continue)
    }
}

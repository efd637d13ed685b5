//! Dead Air: silence until the caller hangs up. KAZOO module `dead_air`.

use crate::action::parts::wait;
use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;

crate::fields! {
    /// Answers and stays silent until the caller hangs up. Made for machines that dial at random.
    pub struct DeadAir {
    }
}

impl Definition for DeadAir {
    const MODULE: &'static str = "dead_air";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Dead Air",
        category: Category::Special,
        icon: "pause",
        family: Family::End,
        help: "Answers and stays silent",
        synonyms: &["silence", "mute", "telemarketer", "spam"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::None
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::new()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text("Until hang-up")
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        answer_gently(call).await?;
        call.did("stay silent");
        wait::until_gone(call).await
    }
}

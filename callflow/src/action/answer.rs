//! Answer: answers the call. KAZOO module `answer`.

use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;

crate::fields! {
    /// Answers the call, unless that is done. What is played from here on is heard by every caller.
    pub struct Answer {
    }
}

impl Definition for Answer {
    const MODULE: &'static str = "answer";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Answer",
        category: Category::Special,
        icon: "phone",
        family: Family::Set,
        help: "Answers the call",
        synonyms: &["pick up", "connect", "200 ok"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::new()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::default()
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        answer_gently(call).await?;
        Ok(Next::Continue)
    }
}

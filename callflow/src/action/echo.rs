//! Echo Test: callers hear themselves. Our own module `echo`; KAZOO has none of the kind.

use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::check::Finding;
use crate::command::Command;
use crate::directory::Directory;
use crate::event::Event;

crate::fields! {
    /// Sends the caller's own voice back until they hang up.
    pub struct Echo {
    }
}

impl Definition for Echo {
    const MODULE: &'static str = "echo";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Echo Test",
        category: Category::Special,
        icon: "rotate-ccw",
        family: Family::End,
        help: "Callers hear themselves",
        synonyms: &["loopback", "audio test", "9196"],
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
        let op = call.start(|op| Command::Echo { op });
        if let Event::Failed { reason, .. } = call.finish(op).await? {
            call.trouble(format!("The echo failed: {reason}"));
        }
        Ok(Next::HangUp {
            cause: Cause::NORMAL_CLEARING,
            reason: "the echo test is over".to_owned(),
        })
    }
}

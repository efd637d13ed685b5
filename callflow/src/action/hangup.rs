//! Hang Up: ends the call. KAZOO module `hangup`.

use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::check::Finding;
use crate::directory::Directory;

crate::fields! {
    /// Ends the call. A caller who was not answered is told that nobody is available.
    pub struct HangUp {
    }
}

impl Definition for HangUp {
    const MODULE: &'static str = "hangup";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Hang Up",
        category: Category::Special,
        icon: "phone-off",
        family: Family::End,
        help: "Ends the call",
        synonyms: &["end", "disconnect", "finish", "stop"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::None
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::new()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::default()
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        call.did("hang up");
        Ok(Next::HangUp {
            cause: Cause::NORMAL_CLEARING,
            reason: "the flow hangs up".to_owned(),
        })
    }
}

//! Wait: waits until the caller hangs up. KAZOO module `wait_for_hangup`.

use crate::action::parts::wait;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;

crate::fields! {
    /// Waits until the caller hangs up. The call is not answered for it.
    pub struct WaitForHangUp {
    }
}

impl Definition for WaitForHangUp {
    const MODULE: &'static str = "wait_for_hangup";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Wait",
        category: Category::Special,
        icon: "ellipsis",
        family: Family::End,
        help: "Waits for the caller to hang up",
        synonyms: &["hold", "stay", "until hang-up"],
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
        Caption::text("Until hang-up")
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        call.did("wait for the hang-up");
        wait::until_gone(call).await
    }
}

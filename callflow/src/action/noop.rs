//! No-op: does nothing. KAZOO module `noop`.

use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;

crate::fields! {
    /// Does nothing, and the call goes on. A place to hang a note on, or to jump to.
    pub struct Noop {
    }
}

impl Definition for Noop {
    const MODULE: &'static str = "noop";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "No-op",
        category: Category::Special,
        icon: "minus",
        family: Family::Set,
        help: "Does nothing",
        synonyms: &["nothing", "placeholder", "label", "comment"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

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
        call.did("nothing to do");
        Ok(Next::Continue)
    }
}

//! Jump: continues at another step of the same flow. Our own module `jump`; KAZOO has none of the kind.

use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::value::StepRef;

crate::fields! {
    /// Continues at another step of this callflow, above or below.
    pub struct Jump {
        /// The step that the call goes on at. A loop needs a step that waits, such as Play Media, Menu or Sleep.
        step: StepRef = StepRef(None), "step", "Continue at";
    }
}

impl Definition for Jump {
    const MODULE: &'static str = "jump";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Jump",
        category: Category::Special,
        icon: "arrow-right",
        family: Family::Route,
        help: "Continues at another step here",
        synonyms: &["goto", "go to", "loop", "again", "back"],
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
        let Some(step) = self.step.0 else {
            return Caption::default();
        };
        Caption {
            text: step.to_string(),
            mono: true,
            lamp: None,
        }
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        match self.step.0 {
            Some(to) => Ok(Next::Jump { to }),
            None => {
                call.trouble("No step to continue at is chosen; the call goes on.");
                Ok(Next::Continue)
            }
        }
    }
}

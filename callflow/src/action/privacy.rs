//! Privacy: hides who calls. KAZOO module `privacy`.

use crate::action::parts::onward;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Privacy;
use crate::directory::Directory;

crate::choice! {
    /// What is hidden.
    pub enum Hidden {
        /// Both.
        Full = "full", "Name and number";
        /// The name.
        Name = "name", "Name";
        /// The number.
        Number = "number", "Number";
        /// Both, as older documents say it.
        Yes = "yes", "Yes, both";
    }
}

impl Hidden {
    fn privacy(self) -> Privacy {
        Privacy {
            name: self != Self::Number,
            number: self != Self::Name,
        }
    }
}

fn words(privacy: Privacy) -> &'static str {
    match (privacy.name, privacy.number) {
        (true, true) => "Name and number",
        (true, false) => "Name",
        (false, true) => "Number",
        (false, false) => "Nothing",
    }
}

crate::choice! {
    /// How this goes together with what is hidden already.
    pub enum Strategy {
        /// Only this counts.
        Overwrite = "overwrite", "Hide this alone";
        /// Both count.
        Merge = "merge", "Hide this as well";
    }
}

crate::fields! {
    /// Hides the caller's name, number or both from the phones and carriers that are called later in this call.
    pub struct HideCaller {
        /// What is hidden.
        mode: Hidden = Hidden::Full, "mode", "Hide";
        /// What happens to what is hidden already, by an earlier step.
        endpoint_strategy: Strategy = Strategy::Overwrite, "endpoint_strategy", "With earlier settings";
    }
}

impl Definition for HideCaller {
    const MODULE: &'static str = "privacy";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Privacy",
        category: Category::CallerId,
        icon: "key-round",
        family: Family::Set,
        help: "Hides who calls",
        synonyms: &["anonymous", "withhold", "clir", "hide number", "141"],
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
        Caption::text(words(self.mode.privacy()))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let mut privacy = self.mode.privacy();
        if self.endpoint_strategy == Strategy::Merge {
            let earlier = call.privacy();
            privacy.name |= earlier.name;
            privacy.number |= earlier.number;
        }
        call.set_privacy(privacy);
        call.did(format!("hide the {}", words(privacy).to_lowercase()));
        // A feature code such as *67<number> calls that number.
        let Some(number) = call.info().capture.clone() else {
            return Ok(Next::Continue);
        };
        if number == call.info().dialled {
            // The callflow's pattern captures all of it: this callflow is where the number leads.
            return Ok(Next::Continue);
        }
        match onward::find(call, &number) {
            Some(route) => Ok(onward::go(call, &number, route)),
            None => {
                call.trouble(format!("No callflow answers {number}; the call goes on."));
                Ok(Next::Continue)
            }
        }
    }
}

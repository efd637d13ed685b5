//! Set Variable: sets one value for later steps. KAZOO module `set_variable`.

use crate::action::parts::template;
use crate::action::set_variables;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::value::Text;

crate::choice! {
    /// Which legs carry a value.
    pub enum Legs {
        /// The caller's.
        Caller = "a", "The caller’s leg";
        /// The caller's and those dialled later.
        Both = "both", "Called legs too";
    }
}

crate::fields! {
    /// Sets one value on the call, for example call_priority.
    pub struct SetVariable {
        /// The name by which later steps ask for it.
        variable: Text<1, 64> = Text::default(), "variable", "Variable";
        /// What it is set to. It may hold other values in double braces, for example {{digits}}. Empty sets it
        /// to nothing.
        value: Text<0, 1_024> = Text::default(), "value", "Value";
        /// Whether legs that are dialled later carry it too.
        channel: Legs = Legs::Caller, "channel", "Set on";
    }
}

impl Definition for SetVariable {
    const MODULE: &'static str = "set_variable";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Set Variable",
        category: Category::Special,
        icon: "tags",
        family: Family::Data,
        help: "Sets a value for later steps",
        synonyms: &["channel variable", "call priority", "group id", "store"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        template::check("value", &self.value.0)
            .into_iter()
            .collect()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        if self.variable.0.is_empty() {
            return Caption::default();
        }
        Caption::text(format!("{} = {}", self.variable.0, self.value.0).trim())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let value = call.text(&self.value.0);
        if let Some(pair) = set_variables::set(call, &self.variable.0, &value) {
            set_variables::tell(call, vec![pair], self.channel == Legs::Both).await?;
        }
        Ok(Next::Continue)
    }
}

//! Callflow: continues in another callflow and comes back when that runs out. KAZOO module `callflow`.

use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::document::CallflowId;
use crate::resource::{CallflowEntry, ResourceKind};
use crate::value::Ref;

crate::fields! {
    /// Continues in another callflow. When that has no further step, the call comes back and goes on below.
    pub struct ToCallflow {
        /// The callflow that goes on with the call, as it is published.
        id: Option<Ref<CallflowEntry>> = None, "id", "Callflow";
    }
}

impl ToCallflow {
    /// A flow inside the step, or one named by another document: KAZOO has both, we only keep them.
    fn by_other_means(&self) -> bool {
        ["flow", "doc_id"]
            .iter()
            .any(|key| self.source.get(*key).is_some_and(|value| !value.is_null()))
    }
}

impl Definition for ToCallflow {
    const MODULE: &'static str = "callflow";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Callflow",
        category: Category::Advanced,
        icon: "pc-jump",
        family: Family::Route,
        help: "Continues in another callflow",
        synonyms: &["jump", "goto", "go to", "subroutine", "transfer"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        if self.by_other_means() {
            return vec![Finding::warning(
                "CALLFLOW_INLINE",
                Some("id"),
                "Holds a flow of its own, which is kept and not run",
            )];
        }
        if self.id.is_none() {
            let message = "No callflow chosen";
            return vec![Finding::error("FIELD_REQUIRED", Some("id"), message)];
        }
        Vec::new()
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let name = self
            .id
            .as_ref()
            .and_then(|id| directory.name(ResourceKind::Callflow, id.id()));
        Caption::text(name.unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        // KAZOO refuses a step that says in several ways where to go.
        let Some(id) = self.id.as_ref().filter(|_| !self.by_other_means()) else {
            call.trouble("No callflow is chosen, or one is given in a way that is not supported.");
            return Ok(Next::Continue);
        };
        Ok(Next::Callflow {
            target: CallflowId::from(id.id()),
            capture: None,
            comes_back: true,
        })
    }
}

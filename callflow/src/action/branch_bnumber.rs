//! Branch on Number: branches on the digits behind a feature code. KAZOO module `branch_bnumber`.

use crate::action::parts::{onward, pattern};
use crate::action::{
    BranchChoice, Branches, Caption, Category, Definition, Family, FreeKey, Needs, Preset,
};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::value::Pattern;

crate::fields! {
    /// Branches on the digits that the callflow's pattern captured from the number dialled.
    pub struct BranchNumber {
        /// Goes on in the callflow of the digits, as if the caller had dialled them, where no branch has their
        /// name.
        hunt: bool = false, "hunt", "Dial the digits";
        /// A regular expression that the digits must match to be dialled; empty allows all.
        hunt_allow: Pattern = Pattern::default(), "hunt_allow", "Allowed digits";
        /// A regular expression for digits that are not dialled; empty refuses none.
        hunt_deny: Pattern = Pattern::default(), "hunt_deny", "Refused digits";
    }
}

impl BranchNumber {
    fn may_dial(&self, call: &mut Call, digits: &str) -> bool {
        let allow = pattern::read(&self.source, "hunt_allow", &self.hunt_allow, "");
        let deny = pattern::read(&self.source, "hunt_deny", &self.hunt_deny, "");
        match (allow, deny) {
            (Ok(allow), Ok(deny)) => {
                allow.is_none_or(|allow| allow.is_match(digits))
                    && !deny.is_some_and(|deny| deny.is_match(digits))
            }
            (Err(text), _) | (_, Err(text)) => {
                call.trouble(format!(
                    "The pattern {text} cannot be read; nothing is dialled."
                ));
                false
            }
        }
    }
}

impl Definition for BranchNumber {
    const MODULE: &'static str = "branch_bnumber";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Branch on Number",
        category: Category::Special,
        icon: "list-tree",
        family: Family::Route,
        help: "Branches on the digits dialled",
        synonyms: &["capture", "feature code", "called number", "hunt"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Fork {
            choices: vec![BranchChoice::word("_", "Otherwise")],
            free: Some(FreeKey::Text),
            add_label: "Digits",
            default: "_",
        }
    }

    fn check(&self, _directory: &Directory, keys: &[&str]) -> Vec<Finding> {
        if self.hunt || keys.iter().any(|key| *key != "_") {
            return Vec::new();
        }
        let message = "No digits have a branch";
        vec![Finding::warning("BRANCH_WITHOUT_VALUES", None, message)]
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(if self.hunt { "Dials the digits" } else { "" })
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let Some(digits) = call.info().capture.clone() else {
            return Ok(Next::Take {
                key: "_".to_owned(),
                reason: "the number captured no digits".to_owned(),
            });
        };
        // Branches of one's own come first, as in a menu.
        if self.hunt && !call.has_branch(&digits) && self.may_dial(call, &digits) {
            if let Some(route) = onward::find(call, &digits) {
                return Ok(onward::go(call, &digits, route));
            }
            call.did(format!("find no callflow for {digits}"));
        }
        Ok(Next::Take {
            reason: format!("the caller dialled {digits}"),
            key: digits,
        })
    }
}

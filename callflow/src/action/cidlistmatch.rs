//! Caller in List: branches if the caller is in a list. KAZOO module `cidlistmatch`.

use crate::action::{BranchChoice, Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::resource::{List, ResourceKind};
use crate::value::Ref;

crate::fields! {
    /// Branches on whether the caller's number is in a list.
    pub struct CallerInList {
        /// The list. An entry may be a number, what numbers begin with, or a pattern.
        id: Ref<List> = Ref::new(""), "id", "List";
    }
}

const MATCH: &str = "match";
const NO_MATCH: &str = "nomatch";

/// What is wrong with a list that callers are looked up in.
pub(super) fn check_list(list: &List, field: &'static str) -> Option<Finding> {
    if list.entries.0.is_empty() {
        return Some(Finding::warning(
            "LIST_EMPTY",
            Some(field),
            "This list is empty",
        ));
    }
    let pattern = list.unreadable()?;
    let message = format!("The pattern {pattern} of this list cannot be read and is passed over");
    Some(Finding::warning(
        "LIST_PATTERN_INVALID",
        Some(field),
        message,
    ))
}

impl Definition for CallerInList {
    const MODULE: &'static str = "cidlistmatch";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Caller in List",
        category: Category::CallerId,
        icon: "list",
        family: Family::Route,
        help: "Branches if the caller is in a list",
        synonyms: &["blocklist", "allow list", "blacklist", "vip", "screening"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Fork {
            choices: vec![
                BranchChoice::word(MATCH, "In the list"),
                BranchChoice::word(NO_MATCH, "Not in the list"),
                BranchChoice::word("_", "Otherwise"),
            ],
            free: None,
            add_label: "Result",
            default: "_",
        }
    }

    fn check(&self, directory: &Directory, keys: &[&str]) -> Vec<Finding> {
        let list = directory.list(self.id.id());
        let mut found = Vec::from_iter(list.and_then(|list| check_list(list, "id")));
        if keys.iter().all(|key| *key == "_") {
            let message = "Nothing depends on the result";
            found.push(Finding::warning("BRANCH_WITHOUT_VALUES", None, message));
        }
        found
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let name = directory.name(ResourceKind::List, self.id.id());
        Caption::text(name.unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let number = call.caller_id().number.clone();
        let directory = &call.account().directory;
        let Some(list) = directory.list(self.id.id()) else {
            call.trouble("The list is not there; the call goes on.");
            return Ok(Next::Continue);
        };
        let entry = list.by_number(&number).map(|(_, entry)| entry);
        let entry = entry.or_else(|| list.by_pattern(&number));
        let name = &list.name.0;
        let (key, reason) = match entry {
            Some(_) => (MATCH, format!("{number} is in {name}")),
            None => (NO_MATCH, format!("{number} is not in {name}")),
        };
        Ok(Next::Take {
            key: key.to_owned(),
            reason,
        })
    }
}

//! Caller Name from List: finds the caller's name in lists. KAZOO module `lookupcidname`.

use crate::action::cidlistmatch::check_list;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Party;
use crate::directory::Directory;
use crate::field::{Field, FieldKind};
use crate::resource::{List, ListEntry, ResourceKind, TextList};
use serde_json::Value;
use std::sync::Arc;

/// The ids of lists, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListIds(pub TextList);

impl Field for ListIds {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Resources(ResourceKind::List)
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        TextList::from_json(value).map(Self)
    }
    fn to_json(&self) -> Value {
        self.0.to_json()
    }
}

crate::fields! {
    /// Shows the name that a list has for the caller's number.
    pub struct CallerNameFromList {
        /// The lists that are searched. The entry with the most digits in common wins, and the first list where
        /// two are equal.
        lists: ListIds = ListIds::default(), "lists", "Lists";
    }
}

impl CallerNameFromList {
    fn lists<'a>(&'a self, directory: &'a Directory) -> impl Iterator<Item = &'a List> {
        let ids = self.lists.0.0.iter();
        ids.filter_map(|id| directory.list(id))
    }

    fn find<'a>(&'a self, directory: &'a Directory, number: &str) -> Option<&'a ListEntry> {
        let mut best: Option<(usize, &ListEntry)> = None;
        for (length, entry) in self
            .lists(directory)
            .filter_map(|list| list.by_number(number))
        {
            if best.is_none_or(|(longest, _)| length > longest) {
                best = Some((length, entry));
            }
        }
        let by_number = best.map(|(_, entry)| entry);
        by_number.or_else(|| {
            self.lists(directory)
                .find_map(|list| list.by_pattern(number))
        })
    }
}

impl Definition for CallerNameFromList {
    const MODULE: &'static str = "lookupcidname";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Caller Name from List",
        category: Category::CallerId,
        icon: "book-user",
        family: Family::Set,
        help: "Finds the caller’s name in lists",
        synonyms: &["cnam", "address book", "contacts", "phone book"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let ids = &self.lists.0.0;
        if ids.is_empty() {
            let message = "No list chosen";
            return vec![Finding::error("FIELD_REQUIRED", Some("lists"), message)];
        }
        if ids.iter().any(|id| directory.list(id).is_none()) {
            let message = "A list is not there any more";
            return vec![Finding::error("RESOURCE_MISSING", Some("lists"), message)];
        }
        let found = self
            .lists(directory)
            .find_map(|list| check_list(list, "lists"));
        found.into_iter().collect()
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let names: Vec<&str> = self
            .lists(directory)
            .map(|list| list.name.0.as_str())
            .collect();
        Caption::text(names.join(", "))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let directory = Arc::clone(&call.account().directory);
        let lost = self
            .lists
            .0
            .0
            .iter()
            .filter(|id| directory.list(id).is_none())
            .count();
        if lost > 0 || self.lists.0.0.is_empty() {
            call.trouble("A list to look the caller up in is not there; the others are searched.");
        }
        let number = call.caller_id().number.clone();
        match self
            .find(&directory, &number)
            .filter(|entry| !entry.name.is_empty())
        {
            Some(entry) => {
                let name = entry.name.clone();
                call.note_set("caller name", name.as_str());
                call.set_caller(Some(Party { name, number }));
            }
            None => call.did(format!("find no name for {number}")),
        }
        Ok(Next::Continue)
    }
}

//! Directories of names.

use crate::field::{Field, FieldKind};
use crate::resource::{Name, ResourceKind};
use crate::value::{Int, Pairs};
use serde_json::Value;

/// The directories that a person stands in: the id of each, and of the callflow that callers are connected with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryEntries(pub Vec<(String, String)>);

impl Field for DirectoryEntries {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Assignments(ResourceKind::Directory, ResourceKind::Callflow)
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let wrong = |_| "Choose directories, each with a callflow.".to_owned();
        Pairs::from_json(value)
            .map(|pairs| Self(pairs.0))
            .map_err(wrong)
    }
    fn to_json(&self) -> Value {
        Pairs(self.0.clone()).to_json()
    }
}

crate::choice! {
    /// In which order several people are offered.
    pub enum SortBy {
        /// By family name.
        LastName = "last_name", "Last name";
        /// By given name.
        FirstName = "first_name", "First name";
    }
}

crate::choice! {
    /// Which name callers spell.
    pub enum SearchFields {
        /// Either.
        Both = "both", "First or last name";
        /// The given name.
        FirstName = "first_name", "First name";
        /// The family name.
        LastName = "last_name", "Last name";
    }
}

crate::fields! {
    /// A directory in which callers find people by name. Who stands in it is said with each user.
    pub struct NameDirectory {
        /// The name in lists.
        name: Name = Name::default(), "name", "Name";
        /// The fewest letters that a caller must spell.
        min_dtmf: Int<1, 30> = Int(3), "min_dtmf", "Fewest letters";
        /// The most letters that are taken; the search begins with the last of them. 0 waits for # or a pause.
        max_dtmf: Int<0, 30> = Int(0), "max_dtmf", "Most letters";
        /// Whether the caller confirms the name when there is only one that fits.
        confirm_match: bool = true, "confirm_match", "Confirm a single match";
        /// In which order several people are offered.
        sort_by: SortBy = SortBy::LastName, "sort_by", "Order";
        /// Which name callers spell.
        search_fields: SearchFields = SearchFields::Both, "search_fields", "Callers spell";
    }
}

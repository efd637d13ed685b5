//! What is wrong with a Dynamic Caller-ID.

use super::DynamicCid;
use crate::action::parts::{own_number, template};
use crate::check::Finding;
use crate::directory::Directory;

/// A wait that nobody is quick enough for, in milliseconds: plainly meant as seconds.
const TOO_SHORT_MS: u32 = 100;

impl DynamicCid {
    pub(super) fn check_manual(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        if self.min_digits.0 > self.max_digits.0 {
            let message = "No number can have so many digits";
            found.push(Finding::error(
                "DIGITS_IMPOSSIBLE",
                Some("min_digits"),
                message,
            ));
        }
        let wait = self.interdigit_timeout.0;
        if wait < TOO_SHORT_MS {
            let message = format!("{wait} ms is too short to press a key; a second is 1000");
            found.push(Finding::warning(
                "UNIT_DOUBTFUL",
                Some("interdigit_timeout"),
                message,
            ));
        }
        found
    }

    pub(super) fn check_fixed(&self, directory: &Directory) -> Vec<Finding> {
        let fields = [
            ("caller_id.name", self.name.0.as_str()),
            ("caller_id.number", self.number.0.as_str()),
        ];
        let broken = fields
            .iter()
            .find_map(|(field, text)| template::check(field, text));
        let mut found = Vec::from_iter(broken);
        let number = self.number.0.trim();
        if number.is_empty() && self.name.0.trim().is_empty() {
            let message = "No caller ID is set";
            found.push(Finding::warning(
                "CALLER_ID_EMPTY",
                Some("caller_id.number"),
                message,
            ));
        }
        if !number.is_empty() && !number.contains("{{") && !own_number::is_known(directory, number)
        {
            let message = format!("{number} is no number of this account and is not shown");
            found.push(Finding::warning(
                "NUMBER_NOT_OWN",
                Some("caller_id.number"),
                message,
            ));
        }
        found
    }

    pub(super) fn check_list(&self, directory: &Directory) -> Vec<Finding> {
        let Some(id) = &self.id else {
            let message = "No list chosen";
            return vec![Finding::error("FIELD_REQUIRED", Some("id"), message)];
        };
        let Some(list) = directory.list(id.id()) else {
            return Vec::new();
        };
        let usable: Vec<_> = list
            .entries
            .0
            .iter()
            .filter(|e| !e.key.is_empty())
            .collect();
        let mut found = Vec::new();
        if usable.is_empty() {
            let message = "No entry of this list has a key";
            found.push(Finding::warning("LIST_WITHOUT_KEYS", Some("id"), message));
        }
        let strange = usable
            .iter()
            .find(|entry| !own_number::is_known(directory, &entry.number));
        if let Some(entry) = strange {
            let message = format!(
                "{} is no number of this account and is not shown",
                entry.number
            );
            found.push(Finding::warning("NUMBER_NOT_OWN", Some("id"), message));
        }
        found
    }
}

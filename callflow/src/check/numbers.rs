//! The main block: numbers and patterns, and other callflows that have the same.

use crate::check::{Finding, Fix};
use crate::directory::Directory;
use crate::document::{Callflow, CallflowId};
use crate::edit::Edit;
use crate::resource::{CallflowEntry, Resource, ResourceKind};
use crate::route::CATCH_ALL;
use std::collections::HashMap;

pub(super) fn check(
    id: Option<&CallflowId>,
    callflow: &Callflow,
    directory: &Directory,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for pattern in &callflow.patterns {
        if let Err(error) = regex_lite::Regex::new(pattern) {
            let message = format!("“{pattern}” is not a regular expression: {error}");
            let finding = Finding::error("PATTERN_INVALID", Some("patterns"), message);
            found.push(finding.with(Some(without(callflow, pattern))));
        }
    }
    for number in &callflow.numbers {
        if number != CATCH_ALL && !number.chars().all(can_be_dialled) {
            let message = format!("“{number}” cannot be dialled");
            let finding = Finding::error("NUMBER_INVALID", Some("numbers"), message);
            let plain: String = number.chars().filter(|c| can_be_dialled(*c)).collect();
            let plain = (!plain.is_empty()).then(|| instead(callflow, number, &plain));
            found.push(finding.with(plain).with(Some(without(callflow, number))));
        }
    }
    if let Some(id) = id {
        found.extend(clashes(id, callflow, directory));
    }
    found
}

fn can_be_dialled(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+*#._-".contains(c)
}

/// Numbers and patterns that another callflow of the account has too.
fn clashes(id: &CallflowId, callflow: &Callflow, directory: &Directory) -> Vec<Finding> {
    if callflow.numbers.is_empty() && callflow.patterns.is_empty() {
        return Vec::new();
    }
    let mut taken: HashMap<&str, &CallflowEntry> = HashMap::new();
    for (other, resource) in directory.all(ResourceKind::Callflow) {
        if let (Resource::Callflow(entry), true) = (resource.as_ref(), other != &*id.0) {
            let both = entry.numbers.0.iter().chain(&entry.patterns.0);
            taken.extend(both.map(|number| (number.as_str(), entry.as_ref())));
        }
    }
    let mut found = Vec::new();
    let mut clash = |code, field, what: &str, own: &str| {
        if let Some(other) = taken.get(own) {
            let message = format!("{what} is taken: {} has it too", other.title());
            let finding = Finding::warning(code, Some(field), message);
            found.push(finding.with(Some(without(callflow, own))));
        }
    };
    for number in &callflow.numbers {
        let what = if number == CATCH_ALL {
            "What nothing else matches"
        } else {
            number
        };
        clash("NUMBER_TAKEN", "numbers", what, number);
    }
    for pattern in &callflow.patterns {
        let what = format!("The pattern “{pattern}”");
        clash("PATTERN_TAKEN", "patterns", &what, pattern);
    }
    found
}

/// The main block without a number or pattern.
pub(super) fn without(callflow: &Callflow, gone: &str) -> Fix {
    let keep = |own: &&String| own.as_str() != gone;
    let numbers = callflow.numbers.iter().filter(keep).cloned().collect();
    let patterns = callflow.patterns.iter().filter(keep).cloned().collect();
    Fix::one(
        format!("Remove {gone} here"),
        main(callflow, numbers, patterns),
    )
}

/// The main block with a number written as it can be dialled.
fn instead(callflow: &Callflow, wrong: &str, right: &str) -> Fix {
    let swap = |own: &String| {
        if own == wrong {
            right.to_owned()
        } else {
            own.clone()
        }
    };
    let numbers = callflow.numbers.iter().map(swap).collect();
    let patterns = callflow.patterns.clone();
    Fix::one(format!("Write {right}"), main(callflow, numbers, patterns))
}

fn main(callflow: &Callflow, numbers: Vec<String>, patterns: Vec<String>) -> Edit {
    Edit::SetMain {
        name: callflow.name.clone(),
        numbers,
        patterns,
        hide_from_contacts: callflow.hide_from_contacts,
        main_number: callflow.main_number,
    }
}

//! Menus that leave a caller without a way: one who presses nothing, or one who dials an extension that a
//! key hides.

use crate::action::{Action, ToMenu};
use crate::check::Finding;
use crate::check::survey::Survey;
use crate::flow::Node;
use crate::resource::{Menu, Resource, ResourceKind};
use std::collections::HashSet;

pub(super) fn check(survey: &Survey<'_>, found: &mut Vec<(usize, Finding)>) {
    let mut numbers: Option<HashSet<&str>> = None;
    for (at, step) in survey.steps.iter().enumerate() {
        let Action::Menu(menu) = &step.node.action else {
            continue;
        };
        found.extend(no_way(step.node).map(|finding| (at, finding)));
        let Some(menu) = hunting(survey, menu) else {
            continue;
        };
        let numbers = numbers.get_or_insert_with(|| all_numbers(survey));
        found.extend(hidden(step.node, menu, numbers).map(|finding| (at, finding)));
    }
}

fn no_way(node: &Node) -> Option<Finding> {
    let has = |key: &str| node.child(key).is_some();
    let way = ["timeout", "max_retries", "_"].into_iter().any(has);
    (node.enabled && !way).then(|| {
        let message = "Who presses nothing is cut off: there is no timeout branch";
        Finding::hint("MENU_WITHOUT_TIMEOUT", None, message)
    })
}

/// The menu's settings, if callers may dial extensions in it.
fn hunting<'a>(survey: &Survey<'a>, step: &ToMenu) -> Option<&'a Menu> {
    let menu = survey.directory.menu(step.id.id())?;
    menu.hunt.then_some(menu)
}

fn all_numbers<'a>(survey: &Survey<'a>) -> HashSet<&'a str> {
    let all = survey.directory.all(ResourceKind::Callflow);
    let entries = all.filter_map(|(_, resource)| match resource.as_ref() {
        Resource::Callflow(entry) => Some(entry),
        _ => None,
    });
    let own = survey.callflow.numbers.iter();
    let others = entries.flat_map(|entry| entry.numbers.0.iter());
    own.chain(others).map(String::as_str).collect()
}

fn hidden(node: &Node, menu: &Menu, numbers: &HashSet<&str>) -> Option<Finding> {
    let regex = |pattern: &str| {
        regex_lite::Regex::new(pattern)
            .ok()
            .filter(|_| !pattern.is_empty())
    };
    let (allow, deny) = (regex(&menu.hunt_allow.0), regex(&menu.hunt_deny.0));
    let may_dial = |number: &str| {
        allow.as_ref().is_none_or(|allow| allow.is_match(number))
            && !deny.as_ref().is_some_and(|deny| deny.is_match(number))
    };
    let keys = node.branches.iter().map(|(key, _)| key.as_str());
    let hidden = keys
        .into_iter()
        .find(|key| numbers.contains(key) && may_dial(key))?;
    let message = format!("The key {hidden} is an extension too: it can no longer be dialled here");
    Some(Finding::warning("MENU_KEY_IS_EXTENSION", None, message))
}

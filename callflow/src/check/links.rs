//! Which callflows a callflow leads to before the caller has done anything: what circles are made of.

use crate::flow::{Flow, Node};
use crate::json;
use std::collections::BTreeSet;

/// Modules at which a call waits for what the caller does. A circle through one of them is the caller's own
/// choice.
const WAITS: [&str; 14] = [
    "call_forward",
    "collect_dtmf",
    "conference",
    "directory",
    "disa",
    "doorman",
    "dynamic_cid",
    "eavesdrop",
    "faxbox",
    "hotdesk",
    "menu",
    "park",
    "receive_fax",
    "voicemail",
];

pub(super) fn waits(node: &Node) -> bool {
    node.enabled && WAITS.contains(&node.action.module())
}

/// The callflow that a step enters.
pub(super) fn target(node: &Node) -> Option<String> {
    if !node.enabled || node.action.module() != "callflow" {
        return None;
    }
    let data = node.action.to_object();
    json::get(&data, "id")
        .filter(|id| !json::is_blank(id))
        .and_then(json::text)
}

/// The ids of the callflows that a call can enter without the caller having done anything. An account that
/// lists them with its callflows (`leads_to`) is told of circles through several of them.
#[must_use]
pub fn leads_to(flow: &Flow) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut stack: Vec<_> = flow.root().into_iter().collect();
    while let Some(node) = stack.pop().and_then(|id| flow.node(id)) {
        found.extend(target(node));
        if !waits(node) {
            stack.extend(node.branches.iter().map(|(_, child)| *child));
        }
    }
    found
}

//! Branches that can never be taken.

use crate::action::{BranchChoice, Branches, FreeKey};
use crate::check::Finding;
use crate::directory::Directory;
use crate::flow::Node;
use crate::value::Keys;

pub(super) fn check(node: &Node, directory: &Directory) -> Vec<Finding> {
    if node.branches.is_empty() {
        return Vec::new();
    }
    let label = || node.action.preset().label;
    let offered =
        |choices: &[BranchChoice], key: &str| key == "_" || choices.iter().any(|c| c.key == key);
    let branches = node.action.branches(directory);
    node.branches
        .iter()
        .filter_map(|(key, _)| {
            let key = key.as_str();
            let reachable = match &branches {
                Branches::None => {
                    let label = label();
                    let message = format!("{label} ends the call; what follows is never reached");
                    return Some(Finding::error("BRANCH_UNREACHABLE", None, message));
                }
                // Causes and SIP codes beyond the listed ones exist; they are not wrong.
                Branches::Next(choices) => {
                    offered(choices, key)
                        || (!choices.is_empty()
                            && (key.starts_with("sip:")
                                || key.chars().all(|c| c.is_ascii_uppercase() || c == '_')))
                }
                Branches::Fork { choices, free, .. } => {
                    offered(choices, key)
                        || match free {
                            None => false,
                            Some(FreeKey::Text) => true,
                            Some(FreeKey::Digits(most)) => {
                                key.chars().count() <= *most
                                    && key.chars().all(|c| Keys::ALL.contains(c))
                            }
                        }
                }
            };
            (!reachable).then(|| {
                let label = label();
                Finding::warning(
                    "BRANCH_UNREACHABLE",
                    None,
                    format!("{label} never takes the branch “{key}”"),
                )
            })
        })
        .collect()
}

//! What differs between two states of a callflow, in words.

use callflow::{Callflow, Directory, Flow, Node, NodeId};
use std::collections::BTreeMap;

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only in the newer state.
    Added,
    /// Only in the older state.
    Removed,
    /// In both, with other values.
    Changed,
    /// In both, at another place.
    Moved,
}

impl Kind {
    /// The word after the name of a step.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    /// The step; `None` for the main block.
    pub(crate) step: Option<NodeId>,
    /// How it differs.
    pub(crate) kind: Kind,
    /// "Distinctive Ring added".
    pub(crate) title: String,
    /// Which one, or from what to what.
    pub(crate) detail: String,
    /// The icon of the step.
    pub(crate) icon: &'static str,
    /// The colour family of the step's tile.
    pub(crate) family: &'static str,
}

/// All differences from `old` to `new`: the main block, then steps in reading order, then removed steps.
pub(crate) fn changes(old: &Callflow, new: &Callflow, directory: &Directory) -> Vec<Change> {
    let mut found = main_block(old, new);
    if std::sync::Arc::ptr_eq(&old.flow, &new.flow) {
        return found;
    }
    let before = places(&old.flow);
    let after = places(&new.flow);
    for id in new.flow.preorder() {
        let Some(node) = new.flow.node(id) else {
            continue;
        };
        let Some(former) = old.flow.node(id) else {
            found.push(step(id, node, Kind::Added, directory, None));
            continue;
        };
        if differ(former, node) {
            found.push(step(id, node, Kind::Changed, directory, Some(former)));
        } else if moved(id, &before, &after, old, new) {
            found.push(step(id, node, Kind::Moved, directory, None));
        }
    }
    for id in old.flow.preorder() {
        if let (Some(node), None) = (old.flow.node(id), new.flow.node(id)) {
            found.push(step(id, node, Kind::Removed, directory, None));
        }
    }
    found
}

/// Whether two states of a step differ in what is stored. Actions keep the object they were read from, so two that
/// mean the same need not be equal in memory.
fn differ(former: &Node, node: &Node) -> bool {
    former.enabled != node.enabled
        || former.note != node.note
        || (former.action != node.action
            && (former.action.module() != node.action.module()
                || former.action.to_object() != node.action.to_object()))
}

type Places = BTreeMap<NodeId, (Option<NodeId>, String)>;

fn places(flow: &Flow) -> Places {
    let mut places = Places::new();
    if let Some(root) = flow.root() {
        places.insert(root, (None, String::new()));
    }
    for (id, parent) in flow.parents() {
        places.insert(id, (Some(parent.node), parent.key.to_string()));
    }
    places
}

/// A step has moved when it hangs elsewhere although both neighbours stayed: an insertion above it is no move.
fn moved(id: NodeId, before: &Places, after: &Places, old: &Callflow, new: &Callflow) -> bool {
    let (Some((old_parent, old_key)), Some((new_parent, new_key))) =
        (before.get(&id), after.get(&id))
    else {
        return false;
    };
    if old_parent == new_parent {
        return old_key != new_key;
    }
    let new_parent_is_new = new_parent.is_some_and(|p| old.flow.node(p).is_none());
    let old_parent_is_gone = old_parent.is_some_and(|p| new.flow.node(p).is_none());
    !new_parent_is_new && !old_parent_is_gone
}

fn step(
    id: NodeId,
    node: &Node,
    kind: Kind,
    directory: &Directory,
    former: Option<&std::sync::Arc<Node>>,
) -> Change {
    let preset = node.action.preset();
    let caption = node.action.caption(directory).text;
    let detail = match former {
        Some(former) if former.enabled != node.enabled => {
            if node.enabled {
                "No longer skipped".to_owned()
            } else {
                "Skipped".to_owned()
            }
        }
        Some(former) => {
            let was = former.action.caption(directory).text;
            if was == caption || was.is_empty() {
                caption
            } else {
                format!("{was} to {caption}")
            }
        }
        None => caption,
    };
    Change {
        step: Some(id),
        kind,
        title: format!("{} {}", preset.label, kind.word()),
        detail,
        icon: preset.icon,
        family: preset.family.as_str(),
    }
}

fn main_block(old: &Callflow, new: &Callflow) -> Vec<Change> {
    let mut found = Vec::new();
    let mut note = |title: &str, detail: String| {
        found.push(Change {
            step: None,
            kind: Kind::Changed,
            title: title.to_owned(),
            detail,
            icon: "phone",
            family: "main",
        });
    };
    if old.name != new.name {
        note("Name changed", format!("“{}” to “{}”", old.name, new.name));
    }
    let added: Vec<_> = new
        .numbers
        .iter()
        .filter(|n| !old.numbers.contains(n))
        .map(|n| format!("+ {n}"))
        .collect();
    let removed: Vec<_> = old
        .numbers
        .iter()
        .filter(|n| !new.numbers.contains(n))
        .map(|n| format!("− {n}"))
        .collect();
    if !added.is_empty() || !removed.is_empty() {
        note("Numbers changed", [added, removed].concat().join(", "));
    }
    if old.patterns != new.patterns {
        note("Patterns changed", new.patterns.join(", "));
    }
    if (old.hide_from_contacts, old.main_number) != (new.hide_from_contacts, new.main_number) {
        note("Listing changed", String::new());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use callflow::Callflow;
    use callflow::action::catalog;
    use callflow::edit::{Edit, Place, apply};

    fn grown(callflow: &Callflow, at: Place, label: &str) -> (Callflow, NodeId) {
        let entry = catalog().into_iter().find(|e| e.preset.label == label);
        let action = entry
            .map(|e| e.make())
            .unwrap_or_else(|| panic!("no action {label}"));
        let applied = apply(callflow, Edit::Insert { at, action }, &Directory::default())
            .unwrap_or_else(|e| panic!("{e}"));
        (applied.callflow, applied.focus.unwrap_or(NodeId(0)))
    }

    fn titles(old: &Callflow, new: &Callflow) -> Vec<String> {
        changes(old, new, &Directory::default())
            .into_iter()
            .map(|c| c.title)
            .collect()
    }

    #[test]
    fn step_put_between_two_others_is_the_only_change() {
        let (one, first) = grown(&Callflow::default(), Place::first(), "Sleep");
        let (two, _) = grown(&one, Place::on(first, "_"), "User");
        let (three, _) = grown(&two, Place::on(first, "_"), "Distinctive Ring");
        assert_eq!(titles(&two, &three), ["Distinctive Ring added"]);
        assert_eq!(titles(&three, &two), ["Distinctive Ring removed"]);
        assert!(titles(&three, &three).is_empty());
    }

    #[test]
    fn saving_and_loading_changes_nothing() {
        let (one, first) = grown(&Callflow::default(), Place::first(), "User");
        let (two, _) = grown(&one, Place::on(first, "_"), "Sleep");
        let loaded = Callflow::from_json(&two.to_json()).unwrap_or_else(|e| panic!("{e}"));
        assert!(titles(&two, &loaded).is_empty());
    }

    #[test]
    fn name_and_numbers_count_as_changes_of_the_main_block() {
        let named = Callflow {
            name: "Main line".into(),
            numbers: vec!["2000".into()],
            ..Callflow::default()
        };
        assert_eq!(
            titles(&Callflow::default(), &named),
            ["Name changed", "Numbers changed"]
        );
    }
}

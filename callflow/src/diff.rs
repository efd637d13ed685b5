//! What differs between two versions of a callflow, as sentences for a person.

mod moved;
mod told;

pub use told::told;

use crate::action::{Action, Branches};
use crate::directory::Directory;
use crate::document::Callflow;
use crate::field::FieldKind;
use crate::flow::{Flow, NodeId, Parent};
use serde_json::Value;

/// What kind of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The main block: name, numbers, check boxes.
    Main,
    /// A new step.
    Added,
    /// A step that is gone.
    Removed,
    /// A step with other values, note, state or branches.
    Changed,
    /// A step that stands elsewhere.
    Moved,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The step, in the new version; in the old one when it was removed; `None` is the main block.
    pub node: Option<NodeId>,
    /// What kind.
    pub kind: Kind,
    /// What happened: "added Distinctive Ring after Menu, key 1".
    pub text: String,
    /// The values that differ, when the step's data changed.
    pub fields: Vec<FieldChange>,
}

/// One value that differs between two versions of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field's key, or that of a value which this version does not know.
    pub key: String,
    /// What the form calls it; the key where it has no field.
    pub label: String,
    /// The old value; `Null` when there was none.
    pub from: Value,
    /// The new value; `Null` when there is none.
    pub to: Value,
}

/// The changes from one version to another, without the names of resources.
#[must_use]
pub fn changes(old: &Callflow, new: &Callflow) -> Vec<Change> {
    changes_in(old, new, &Directory::default())
}

/// The changes from one version to another: the main block, then the steps of the new version in reading
/// order, then those that are gone. Empty when both say the same.
#[must_use]
pub fn changes_in(old: &Callflow, new: &Callflow, directory: &Directory) -> Vec<Change> {
    let mut found = main_block(old, new);
    let moved = moved::moved(&old.flow, &new.flow);
    for id in new.flow.preorder() {
        let name = name(&new.flow, id, directory);
        if old.flow.node(id).is_none() {
            let place = place(&new.flow, id, directory);
            found.push(change(id, Kind::Added, format!("added {name} {place}")));
            continue;
        }
        if moved.contains(&id) {
            let text = moved_text(&old.flow, &new.flow, id, directory);
            found.push(change(id, Kind::Moved, text));
        }
        found.extend(changed(&old.flow, &new.flow, id, directory));
    }
    for id in old.flow.preorder() {
        if new.flow.node(id).is_none() {
            let name = name(&old.flow, id, directory);
            let place = place(&old.flow, id, directory);
            found.push(change(id, Kind::Removed, format!("removed {name} {place}")));
        }
    }
    found
}

fn change(node: NodeId, kind: Kind, text: String) -> Change {
    Change {
        node: Some(node),
        kind,
        text,
        fields: Vec::new(),
    }
}

fn main_block(old: &Callflow, new: &Callflow) -> Vec<Change> {
    let mut texts = Vec::new();
    if old.name != new.name {
        texts.push(match (old.name.as_str(), new.name.as_str()) {
            ("", to) => format!("named it “{to}”"),
            (from, "") => format!("removed the name “{from}”"),
            (from, to) => format!("renamed it from “{from}” to “{to}”"),
        });
    }
    for (what, from, to) in [
        ("number", &old.numbers, &new.numbers),
        ("pattern", &old.patterns, &new.patterns),
    ] {
        let gained = to.iter().filter(|item| !from.contains(item));
        let lost = from.iter().filter(|item| !to.contains(item));
        let before = texts.len();
        texts.extend(gained.map(|item| format!("added {what} {item}")));
        texts.extend(lost.map(|item| format!("removed {what} {item}")));
        if from != to && texts.len() == before {
            texts.push(format!("reordered the {what}s"));
        }
    }
    for (from, to, on, off) in [
        (
            old.hide_from_contacts,
            new.hide_from_contacts,
            "hid it from the phones’ directory",
            "showed it in the phones’ directory",
        ),
        (
            old.main_number,
            new.main_number,
            "listed it for the main number",
            "took it off the main number’s list",
        ),
    ] {
        if from != to {
            texts.push(if to { on } else { off }.to_owned());
        }
    }
    let extra = |callflow: &Callflow| {
        // The check boxes above are kept here too where they are not set.
        let mut extra = callflow.extra.clone();
        crate::json::set(&mut extra, "ui_is_main_number_cf", Value::Null);
        crate::json::set(&mut extra, "contact_list.exclude", Value::Null);
        extra
    };
    if extra(old) != extra(new) {
        texts.push("changed other keys of the document".to_owned());
    }
    let main = |text| Change {
        node: None,
        kind: Kind::Main,
        text,
        fields: Vec::new(),
    };
    texts.into_iter().map(main).collect()
}

/// "Menu “Main menu”": the catalog's name, with the resource's where there is one.
fn name(flow: &Flow, id: NodeId, directory: &Directory) -> String {
    let Some(node) = flow.node(id) else {
        return "step".to_owned();
    };
    let label = match &node.action {
        Action::Unknown(unknown) => unknown.module.as_str(),
        action => action.preset().label,
    };
    let own = node.action.specs().iter().find_map(|spec| {
        let FieldKind::Resource(kind) = spec.kind else {
            return None;
        };
        directory.name(kind, node.action.get(spec.key).as_str()?)
    });
    match own.filter(|name| !name.is_empty()) {
        Some(own) => format!("{label} “{own}”"),
        None => label.to_owned(),
    }
}

/// "after Menu, key 1", "as the first step".
fn place(flow: &Flow, id: NodeId, directory: &Directory) -> String {
    match flow.parent(id) {
        None => "as the first step".to_owned(),
        Some(parent) => {
            let branch = branch(flow, &parent, directory);
            format!("after {}{branch}", name(flow, parent.node, directory))
        }
    }
}

/// ", key 1", ", Timeout", or nothing where there is only one way on.
fn branch(flow: &Flow, parent: &Parent, directory: &Directory) -> String {
    let Some(node) = flow.node(parent.node) else {
        return String::new();
    };
    let plain = matches!(
        node.action.branches(directory),
        Branches::Next(_) | Branches::None
    );
    if plain && parent.key.is_default() {
        return String::new();
    }
    let choice = node.action.branch_label(parent.key.as_str(), directory);
    let key = if choice.key_cap { "key " } else { "" };
    format!(", {key}{}", choice.label)
}

fn moved_text(old: &Flow, new: &Flow, id: NodeId, directory: &Directory) -> String {
    let own = name(new, id, directory);
    if let (Some(from), Some(to)) = (old.parent(id), new.parent(id))
        && from.node == to.node
    {
        let (from, to) = (branch(old, &from, directory), branch(new, &to, directory));
        let bare = |text: &str| match text.strip_prefix(", ") {
            Some(text) => text.to_owned(),
            None => "the next step".to_owned(),
        };
        return format!("moved {own} from {} to {}", bare(&from), bare(&to));
    }
    format!("moved {own} {}", place(new, id, directory))
}

fn changed(old: &Flow, new: &Flow, id: NodeId, directory: &Directory) -> Vec<Change> {
    let (Some(before), Some(after)) = (old.node(id), new.node(id)) else {
        return Vec::new();
    };
    // Steps are shared between versions; one that is the same one has not changed.
    if std::sync::Arc::ptr_eq(before, after) {
        return Vec::new();
    }
    let own = name(new, id, directory);
    let mut found = Vec::new();
    let mut say = |text: String| found.push(change(id, Kind::Changed, text));
    let mut fields = Vec::new();
    if before.action.module() != after.action.module() {
        say(format!("replaced {} by {own}", name(old, id, directory)));
    } else if before.action.to_object() != after.action.to_object() {
        fields = field_changes(&before.action, &after.action);
        let told = sentences(&fields, &after.action, directory);
        let list = if told.is_empty() {
            String::new()
        } else {
            format!(": {}", told.join(", "))
        };
        say(format!("changed {own}{list}"));
    }
    match (before.enabled, after.enabled) {
        (true, false) => say(format!("switched off {own}")),
        (false, true) => say(format!("switched on {own}")),
        _ => {}
    }
    if before.note != after.note {
        say(format!("changed the note on {own}"));
    }
    if before.extra != after.extra {
        say(format!("changed other keys of {own}"));
    }
    let keys = |node: &crate::Node, other: &crate::Node| -> Vec<String> {
        let shared = |key: &str| other.branches.iter().any(|(own, _)| own.as_str() == key);
        let keys = node.branches.iter().map(|(key, _)| key.to_string());
        keys.filter(|key| shared(key)).collect()
    };
    if keys(before, after) != keys(after, before) {
        say(format!("reordered the branches of {own}"));
    }
    if let Some(first) = found.first_mut() {
        // What was said first is what the values are about.
        first.fields = fields;
    }
    found
}

/// The values that differ: those of the form, then those that it does not know.
fn field_changes(before: &Action, after: &Action) -> Vec<FieldChange> {
    let mut found = Vec::new();
    let (mut old_rest, mut new_rest) = (before.to_object(), after.to_object());
    for spec in after.described() {
        let (from, to) = (before.get(spec.key), after.get(spec.key));
        if from != to {
            found.push(FieldChange {
                key: spec.key.to_owned(),
                label: spec.label.to_owned(),
                from,
                to,
            });
        }
        crate::json::set(&mut old_rest, spec.key, Value::Null);
        crate::json::set(&mut new_rest, spec.key, Value::Null);
    }
    let keys = old_rest
        .keys()
        .chain(new_rest.keys().filter(|key| !old_rest.contains_key(*key)));
    for key in keys {
        let value = |rest: &crate::json::Object| rest.get(key).cloned().unwrap_or(Value::Null);
        let (from, to) = (value(&old_rest), value(&new_rest));
        let emptied = |value: &Value| value.as_object().is_some_and(crate::json::Object::is_empty);
        if from != to && !(emptied(&from) && to.is_null() || from.is_null() && emptied(&to)) {
            let (key, label) = (key.clone(), key.clone());
            found.push(FieldChange {
                key,
                label,
                from,
                to,
            });
        }
    }
    found
}

/// "Ring for 20 → 30", for the fields of the form.
fn sentences(changes: &[FieldChange], action: &Action, directory: &Directory) -> Vec<String> {
    let specs = action.described();
    let mut told = Vec::new();
    for change in changes {
        let Some(spec) = specs.iter().find(|spec| spec.key == change.key) else {
            continue;
        };
        let shown = [&change.from, &change.to].map(|value| show(value, &spec.kind, directory));
        told.push(match shown {
            [Some(from), Some(to)] => format!("{} {from} → {to}", spec.label),
            _ => spec.label.to_owned(),
        });
    }
    told
}

/// A value short enough for a sentence.
fn show(value: &Value, kind: &FieldKind, directory: &Directory) -> Option<String> {
    let text = match (value, kind) {
        (Value::Null, _) => "empty".to_owned(),
        (Value::Bool(true), _) => "yes".to_owned(),
        (Value::Bool(false), _) => "no".to_owned(),
        (Value::String(id), FieldKind::Resource(of)) => {
            directory.name(*of, id).unwrap_or_else(|| id.clone())
        }
        (Value::String(id), FieldKind::Media) => directory
            .name(crate::ResourceKind::Media, id)
            .unwrap_or_else(|| id.clone()),
        (Value::String(stored), FieldKind::Choice(choices)) => choices
            .iter()
            .find(|choice| choice.value == stored)
            .map_or_else(|| stored.clone(), |choice| choice.label.to_owned()),
        (Value::String(text), _) => text.clone(),
        (Value::Number(number), _) => number.to_string(),
        _ => return None,
    };
    (text.chars().count() <= 40 && !text.contains('\n')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{Edit, Place, apply};
    use crate::outline;
    use serde_json::json;
    use std::sync::Arc;

    fn flow(text: &str) -> Callflow {
        Callflow {
            flow: Arc::new(outline::read(text).unwrap()),
            ..Callflow::default()
        }
    }

    /// The document after some edits, and the sentences.
    fn after(old: &Callflow, edits: Vec<Edit>) -> Vec<String> {
        let directory = Directory::default();
        let new = edits.into_iter().fold(old.clone(), |doc, edit| {
            apply(&doc, edit, &directory).unwrap().callflow
        });
        changes(old, &new).into_iter().map(|c| c.text).collect()
    }

    fn action(module: &str, data: &Value) -> Action {
        Action::from_wire(module, data.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn same_documents_do_not_differ() {
        let doc = flow("menu\n  1: play\n");
        assert_eq!(changes(&doc, &doc.clone()), []);
    }

    #[test]
    fn added_step_is_the_only_change() {
        let old = flow("menu\n  1: user {\"id\":\"a\"}\n    voicemail\n");
        let at = Place::on(NodeId(1), "1");
        let ring = action("set_alert_info", &json!({"alert_info": "x"}));
        let edits = vec![Edit::Insert { at, action: ring }];
        assert_eq!(
            after(&old, edits),
            ["added Distinctive Ring after Menu, key 1"]
        );
    }

    #[test]
    fn moved_step_is_one_change_though_its_neighbours_change() {
        let old = flow("sleep\nplay\nuser\nvoicemail\n");
        let to = Place::on(NodeId(1), "_");
        let edits = vec![Edit::Move {
            node: NodeId(3),
            to,
            alone: true,
        }];
        assert_eq!(after(&old, edits), ["moved User after Sleep"]);
    }

    #[test]
    fn subtree_moves_as_one_change() {
        let old = flow("menu\n  1: user\n    voicemail\n  2: play\n");
        let edits = vec![Edit::Move {
            node: NodeId(2),
            to: Place::on(NodeId(4), "_"),
            alone: false,
        }];
        assert_eq!(after(&old, edits), ["moved User after Play Media"]);
    }

    #[test]
    fn removed_step_names_its_old_place() {
        let old = flow("sleep\nuser\nvoicemail\n");
        let edits = vec![Edit::Delete { node: NodeId(2) }];
        assert_eq!(after(&old, edits), ["removed User after Sleep"]);
    }

    #[test]
    fn changed_fields_show_old_and_new() {
        let old = flow("user {\"id\":\"a\",\"timeout\":20}\n");
        let edits = vec![
            Edit::SetField {
                node: NodeId(1),
                key: "timeout".into(),
                value: json!(30),
            },
            Edit::SetEnabled {
                node: NodeId(1),
                enabled: false,
            },
        ];
        assert_eq!(
            after(&old, edits),
            ["changed User: Ring for 20 → 30", "switched off User"]
        );
    }

    #[test]
    fn changed_values_are_told_as_data() {
        let old = flow("user {\"id\":\"a\",\"timeout\":20,\"vendor\":{\"x\":1}}\nacme {\"y\":1}\n");
        let mut new = old.clone();
        let mut edit = |node, key: &str, value| {
            let key = key.to_owned();
            let edit = Edit::SetField { node, key, value };
            new = apply(&new, edit, &Directory::default()).unwrap().callflow;
        };
        edit(NodeId(1), "timeout", json!(30));
        edit(NodeId(2), "y", json!(null));
        edit(NodeId(2), "z", json!([2]));
        let told: Vec<_> = changes(&old, &new)
            .into_iter()
            .flat_map(|change| change.fields)
            .map(|field| (field.label, field.from, field.to))
            .collect();
        assert_eq!(
            told,
            [
                ("Ring for".to_owned(), json!(20), json!(30)),
                ("y".to_owned(), json!(1), json!(null)),
                ("z".to_owned(), json!(null), json!([2])),
            ]
        );
    }

    #[test]
    fn other_key_is_a_move_between_keys() {
        let old = flow("menu\n  1: play\n");
        let edits = vec![Edit::RenameBranch {
            node: NodeId(1),
            from: "1".into(),
            to: "2".into(),
        }];
        assert_eq!(after(&old, edits), ["moved Play Media from key 1 to key 2"]);
    }

    #[test]
    fn reordered_rules_are_told() {
        let old = flow("temporal_route\n  a: play\n  b: sleep\n  _: user\n");
        let edits = vec![Edit::MoveBranch {
            node: NodeId(1),
            key: "b".into(),
            index: 0,
        }];
        assert_eq!(
            after(&old, edits),
            ["reordered the branches of Time of Day"]
        );
    }

    #[test]
    fn main_block_is_told_part_by_part() {
        let old = flow("");
        let mut new = old.clone();
        new.name = "Main line".into();
        new.numbers = vec!["2000".into()];
        new.main_number = true;
        let texts: Vec<_> = changes(&old, &new).into_iter().map(|c| c.text).collect();
        assert_eq!(
            texts,
            [
                "named it “Main line”",
                "added number 2000",
                "listed it for the main number"
            ]
        );
    }
}

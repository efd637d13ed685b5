//! Where documents name other documents: each mention of an id is found, and may be replaced.
//!
//! The fields of actions and resources say what they refer to. Beyond them, in unknown modules and keys, a text is
//! a mention when its key says so (`owner_id`, `media_id`), or when it is an id that cannot be anything else. Free
//! text is never one.

use crate::action::Action;
use crate::field::{FieldKind, FieldSpec};
use crate::flow::{BranchKey, Flow};
use crate::json::Object;
use crate::resource::{Resource, ResourceKind};
use serde_json::{Map, Value};
use std::sync::Arc;

/// One mention of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mention<'a> {
    /// The id.
    pub(super) id: &'a str,
    /// What it refers to, where that is known.
    pub(super) kind: Option<ResourceKind>,
    /// Whether it is a reference beyond doubt, so that one that leads nowhere is missing.
    pub(super) sure: bool,
}

/// What is done with each mention: a new id replaces it.
pub(super) type Replace<'r> = dyn FnMut(Mention<'_>) -> Option<String> + 'r;

/// Keys whose text is for people.
const FREE: [&str; 12] = [
    "name",
    "description",
    "text",
    "label",
    "note",
    "title",
    "first_name",
    "last_name",
    "email",
    "username",
    "password",
    "number",
];

/// Keys, or endings of keys, that say what they refer to.
const HINTS: [(&str, ResourceKind); 24] = [
    ("owner_id", ResourceKind::User),
    ("user_id", ResourceKind::User),
    ("device_id", ResourceKind::Device),
    ("group_id", ResourceKind::RingGroup),
    ("callflow_id", ResourceKind::Callflow),
    ("flow_id", ResourceKind::Callflow),
    ("menu_id", ResourceKind::Menu),
    ("media_id", ResourceKind::Media),
    ("vmbox_id", ResourceKind::VoicemailBox),
    ("mailbox_id", ResourceKind::VoicemailBox),
    ("conference_id", ResourceKind::Conference),
    ("temporal_rules", ResourceKind::TimeRule),
    ("rules", ResourceKind::TimeRule),
    ("rule_id", ResourceKind::TimeRule),
    ("rule_set", ResourceKind::TimeRuleSet),
    ("directory_id", ResourceKind::Directory),
    ("faxbox_id", ResourceKind::FaxBox),
    ("list_id", ResourceKind::List),
    ("lists", ResourceKind::List),
    ("resource_id", ResourceKind::Carrier),
    ("greeting", ResourceKind::Media),
    ("ringback", ResourceKind::Media),
    ("music_on_hold", ResourceKind::Media),
    ("unavailable", ResourceKind::Media),
];

/// Objects whose keys are ids.
const BY_ID: [(&str, ResourceKind); 4] = [
    ("directories", ResourceKind::Directory),
    ("users", ResourceKind::User),
    ("devices", ResourceKind::Device),
    ("endpoints", ResourceKind::User),
];

/// Whether a text is an id and nothing else: 32 letters and digits, as databases make them.
pub(super) fn is_unmistakable(text: &str) -> bool {
    text.len() == 32
        && (text.bytes().all(|b| b.is_ascii_hexdigit())
            || (text.bytes().all(|b| b.is_ascii_alphanumeric())
                && text.bytes().any(|b| b.is_ascii_digit())))
}

fn hint(key: &str) -> Option<ResourceKind> {
    let says = |name: &str| {
        key == name
            || key
                .strip_suffix(name)
                .is_some_and(|rest| name.contains("_id") && rest.ends_with('_'))
    };
    let known = HINTS.iter().find(|(name, _)| says(name));
    known.map(|(_, kind)| *kind)
}

fn is_reference(key: &str) -> bool {
    matches!(key, "id" | "ids") || key.ends_with("_id") || key.ends_with("_ids")
}

/// The kind that a member says it is.
fn member_kind(object: &Object) -> Option<ResourceKind> {
    let said = ["endpoint_type", "type"]
        .iter()
        .find_map(|key| object.get(*key)?.as_str())?;
    match said {
        "user" => Some(ResourceKind::User),
        "device" => Some(ResourceKind::Device),
        "group" => Some(ResourceKind::RingGroup),
        _ => None,
    }
}

/// Goes through a flow: data, branch keys, other keys of steps.
pub(super) fn flow(flow: &mut Arc<Flow>, replace: &mut Replace) {
    for id in flow.preorder() {
        let Some(node) = flow.node(id) else { continue };
        let mut node = (**node).clone();
        let module = node.action.module().to_owned();
        let mut data = node.action.to_object();
        fields(&mut data, &node.action.specs(), replace);
        branches(&module, &mut node.branches, replace);
        let mut extra = node.extra.clone();
        fields(&mut extra, &[], replace);
        let old = flow.node(id).map(AsRef::as_ref);
        let unchanged = old.is_some_and(|old| {
            old.action.to_object() == data && old.branches == node.branches && old.extra == extra
        });
        if !unchanged && let Some(own) = Arc::make_mut(flow).edit(id) {
            own.action = Action::from_wire(&module, data);
            own.branches = node.branches;
            own.extra = extra;
        }
    }
}

fn branches<T>(module: &str, branches: &mut [(BranchKey, T)], replace: &mut Replace) {
    for at in 0..branches.len() {
        let Some((key, _)) = branches.get(at) else {
            continue;
        };
        let new = branch_key(module, key.as_str(), replace);
        // Two branches never get one key.
        let taken = |new: &str| branches.iter().any(|(key, _)| key.as_str() == new);
        if let Some(new) = new.filter(|new| !new.is_empty() && !taken(new))
            && let Some((key, _)) = branches.get_mut(at)
        {
            *key = new.into();
        }
    }
}

fn branch_key(module: &str, key: &str, replace: &mut Replace) -> Option<String> {
    if matches!(key, "_" | "rule_set") {
        return None;
    }
    let by_rule = module == "temporal_route";
    let kinds: &[_] = match by_rule {
        true => &[
            Some(ResourceKind::TimeRule),
            Some(ResourceKind::TimeRuleSet),
        ],
        false if is_unmistakable(key) => &[None],
        false => &[],
    };
    kinds.iter().find_map(|kind| {
        replace(Mention {
            id: key,
            kind: *kind,
            // Which of the two it is, is not said: a rule that is not there is told once.
            sure: by_rule && *kind == Some(ResourceKind::TimeRule),
        })
    })
}

/// Goes through the keys of a callflow that are not ours.
pub(super) fn extra(extra: &mut Object, replace: &mut Replace) {
    fields(extra, &[], replace);
}

/// Goes through a resource's document.
pub(super) fn resource(kind: ResourceKind, document: &mut Object, replace: &mut Replace) {
    fields(document, &Resource::specs(kind), replace);
}

fn fields(object: &mut Object, specs: &[FieldSpec], replace: &mut Replace) {
    let mut walk = Walk { specs, replace };
    walk.object(object, "", "");
}

struct Walk<'s, 'r, 'f> {
    specs: &'s [FieldSpec],
    replace: &'r mut Replace<'f>,
}

impl Walk<'_, '_, '_> {
    fn value(&mut self, value: &mut Value, path: &str, key: &str, member: Option<ResourceKind>) {
        let spec = self.specs.iter().find(|spec| spec.key == path);
        match (spec.map(|spec| &spec.kind), value) {
            (Some(FieldKind::Resource(kind)), Value::String(text)) => {
                self.mention(text, Some(*kind), true);
            }
            (Some(FieldKind::Resources(kind)), Value::Array(items)) => {
                for item in items {
                    match item {
                        Value::String(text) => self.mention(text, Some(*kind), true),
                        Value::Object(object) => match object.get_mut("id") {
                            Some(Value::String(text)) => self.mention(text, Some(*kind), true),
                            _ => self.object(object, "*", key),
                        },
                        _ => {}
                    }
                }
            }
            (Some(FieldKind::Resources(kind)), Value::Object(object)) => {
                self.rename_keys(object, |_| Some(*kind), true);
            }
            (Some(FieldKind::Media), Value::String(text)) => self.media(text, true),
            (Some(FieldKind::Members), value) => self.members(value),
            // A field of text is text.
            (Some(_), Value::String(_)) => {}
            (_, Value::String(text)) => self.text(text, key, member),
            (_, Value::Array(items)) => {
                for item in items {
                    self.value(item, "*", key, member);
                }
            }
            (_, Value::Object(object)) => self.object(object, path, key),
            _ => {}
        }
    }

    fn object(&mut self, object: &mut Object, path: &str, key: &str) {
        if self.is_step(object) {
            return;
        }
        let own = member_kind(object);
        for (inner, value) in object.iter_mut() {
            let path = match path {
                "" => inner.clone(),
                // Below a list no field of the form is meant.
                "*" => "*".to_owned(),
                path => format!("{path}.{inner}"),
            };
            // `directories` names a callflow for each directory.
            let member = match key {
                "directories" => Some(ResourceKind::Callflow),
                _ if inner == "id" => own,
                _ => None,
            };
            self.value(value, &path, inner, member);
        }
        let by_id = BY_ID.iter().find(|(name, _)| *name == key);
        match by_id {
            Some((_, kind)) => {
                let kind = |value: &Value| value.as_object().and_then(member_kind).or(Some(*kind));
                self.rename_keys(object, kind, false);
            }
            None => self.rename_keys(object, |_| None, false),
        }
    }

    /// A step inside of data or of another key: in-call actions, flows of their own.
    fn is_step(&mut self, object: &mut Object) -> bool {
        let Some(module) = object.get("module").and_then(Value::as_str) else {
            return false;
        };
        let module = module.to_owned();
        if let Some(Value::Object(data)) = object.get_mut("data") {
            let specs = Action::from_wire(&module, Object::new()).specs();
            fields(data, &specs, self.replace);
        }
        if let Some(Value::Object(children)) = object.get_mut("children") {
            for child in children.values_mut() {
                self.value(child, "*", "", None);
            }
            rename(children, |key, _| branch_key(&module, key, self.replace));
        }
        true
    }

    fn members(&mut self, members: &mut Value) {
        match members {
            Value::Array(items) => {
                for item in items {
                    let Value::Object(member) = item else {
                        continue;
                    };
                    let kind = member_kind(member);
                    if let Some(Value::String(id)) = member.get_mut("id") {
                        self.mention(id, kind, true);
                    }
                }
            }
            Value::Object(by_id) => {
                let kind = |member: &Value| member.as_object().and_then(member_kind);
                self.rename_keys(by_id, kind, true);
            }
            _ => {}
        }
    }

    fn rename_keys(
        &mut self,
        object: &mut Object,
        kind: impl Fn(&Value) -> Option<ResourceKind>,
        sure: bool,
    ) {
        rename(object, |key, value| {
            let kind = kind(value);
            let id = kind.is_some() || is_unmistakable(key);
            let mention = Mention {
                id: key,
                kind,
                sure: sure && kind.is_some(),
            };
            id.then(|| (self.replace)(mention)).flatten()
        });
    }

    fn text(&mut self, text: &mut String, key: &str, member: Option<ResourceKind>) {
        if FREE.contains(&key) {
            return;
        }
        let kind = member.or_else(|| hint(key));
        match kind {
            Some(ResourceKind::Media) => self.media(text, is_unmistakable(text)),
            Some(_) => self.mention(text, kind, is_unmistakable(text)),
            None if is_reference(key) || is_unmistakable(text) => self.mention(text, None, false),
            None => {}
        }
    }

    /// A medium is named by its id, or by a path that ends with it.
    fn media(&mut self, text: &mut String, sure: bool) {
        if text.contains("://") || text.starts_with("system_media/") {
            return;
        }
        let start = text.rfind('/').map_or(0, |at| at + 1);
        let mut id = text.split_off(start);
        self.mention(&mut id, Some(ResourceKind::Media), sure);
        text.push_str(&id);
    }

    fn mention(&mut self, text: &mut String, kind: Option<ResourceKind>, sure: bool) {
        if text.is_empty() || text == "null" {
            return;
        }
        let mention = Mention {
            id: text,
            kind,
            sure,
        };
        if let Some(new) = (self.replace)(mention) {
            *text = new;
        }
    }
}

/// Gives keys of an object new names and keeps their order. Two keys never get one name.
fn rename(object: &mut Object, mut new: impl FnMut(&str, &Value) -> Option<String>) {
    let names: Map<String, Value> = object
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), Value::from(new(key, value)?))))
        .collect();
    if names.is_empty() {
        return;
    }
    let old = std::mem::take(object);
    for (key, value) in old {
        let name = names.get(&key).and_then(Value::as_str).unwrap_or(&key);
        let name = match object.contains_key(name) {
            true => key,
            false => name.to_owned(),
        };
        object.insert(name, value);
    }
}

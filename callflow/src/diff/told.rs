//! The values of a change as a person reads them.

use super::{FieldChange, show};
use crate::action::Action;
use crate::directory::Directory;
use crate::field::{FieldKind, Unit};
use crate::secret::is_secret_key;
use serde_json::Value;

/// Most characters of a value that has no form of its own.
const LONGEST: usize = 120;

/// The old and the new value of a step's field: names of resources, labels of choices, durations with their unit.
/// Secrets are not told, only that there is one.
#[must_use]
pub fn told(change: &FieldChange, action: &Action, directory: &Directory) -> [String; 2] {
    let spec = action
        .described()
        .iter()
        .find(|spec| spec.key == change.key);
    let kind = spec.map_or(&FieldKind::Pattern, |spec| &spec.kind);
    let secret = is_secret_key(&change.key) && *kind != FieldKind::Bool;
    [&change.from, &change.to].map(|value| match value {
        Value::Null => String::new(),
        _ if secret => "••••".to_owned(),
        value => tell(value, kind, directory),
    })
}

fn tell(value: &Value, kind: &FieldKind, directory: &Directory) -> String {
    if let (Value::Number(number), FieldKind::Duration { unit, .. }) = (value, kind) {
        let unit = match unit {
            Unit::Seconds => "s",
            Unit::Milliseconds => "ms",
        };
        return format!("{number} {unit}");
    }
    if let Some(text) = show(value, kind, directory) {
        return text;
    }
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => list(items, kind, directory),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The items by name: resources, the members of a group, texts.
fn list(items: &[Value], kind: &FieldKind, directory: &Directory) -> String {
    let name = |id: &str| {
        let found = crate::ResourceKind::ALL
            .into_iter()
            .find_map(|kind| directory.name(kind, id));
        found.unwrap_or_else(|| id.to_owned())
    };
    let item = |item: &Value| match item {
        Value::String(id) => match kind {
            FieldKind::Resources(_) | FieldKind::Members | FieldKind::Recipients => name(id),
            _ => id.clone(),
        },
        Value::Object(member) => match member.get("id").and_then(Value::as_str) {
            Some(id) => name(id),
            None => item.to_string(),
        },
        other => other.to_string(),
    };
    items.iter().map(item).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResourceKind;
    use serde_json::json;

    fn texts(module: &str, key: &str, from: Value, to: Value) -> [String; 2] {
        let mut directory = Directory::default();
        for (id, name) in [("a", "Desk 1"), ("b", "Desk 2")] {
            let named = json!({ "name": name });
            let named = named.as_object().cloned().unwrap_or_default();
            directory.insert(ResourceKind::Device, id, named);
        }
        let change = FieldChange {
            key: key.to_owned(),
            label: key.to_owned(),
            from,
            to,
        };
        let action = Action::from_wire(module, crate::json::Object::new());
        told(&change, &action, &directory)
    }

    #[test]
    fn members_are_told_by_name() {
        let [from, to] = texts(
            "ring_group",
            "endpoints",
            json!([{"id": "a"}]),
            json!([{"id": "a"}, {"id": "b"}]),
        );
        assert_eq!((from.as_str(), to.as_str()), ("Desk 1", "Desk 1, Desk 2"));
    }

    #[test]
    fn durations_carry_their_unit_and_what_is_missing_is_empty() {
        assert_eq!(
            texts("ring_group", "timeout", Value::Null, json!(20)),
            ["", "20 s"]
        );
    }

    #[test]
    fn secrets_are_not_told() {
        assert_eq!(
            texts("disa", "pin", json!("4711"), json!("0815")),
            ["••••", "••••"]
        );
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let [from, to] = texts("x", "y", json!("ä".repeat(400)), Value::Null);
        assert_eq!((from.chars().count(), to.as_str()), (LONGEST + 1, ""));
    }
}

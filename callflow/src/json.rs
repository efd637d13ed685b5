//! Reading JSON as people and other programs really write it, and addressing values by dotted path.

mod text;

pub use text::{Oddity, Text, TextError, read};

use serde_json::{Map, Value};

/// A JSON object that keeps the order of its keys.
pub type Object = Map<String, Value>;

/// The value at a dotted path such as `media.greeting`.
#[must_use]
pub fn get<'a>(object: &'a Object, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let mut value = object.get(parts.next()?)?;
    for part in parts {
        value = value.as_object()?.get(part)?;
    }
    Some(value)
}

/// Writes a value at a dotted path, making objects on the way; `Null` removes it.
/// A scalar in the way is replaced: the path wins.
pub fn set(object: &mut Object, path: &str, value: Value) {
    match path.split_once('.') {
        None if value.is_null() => {
            object.shift_remove(path);
        }
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            if value.is_null() && !object.get(head).is_some_and(Value::is_object) {
                return;
            }
            let slot = object
                .entry(head.to_owned())
                .or_insert_with(|| Value::Object(Map::new()));
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            if let Value::Object(inner) = slot {
                set(inner, rest, value);
            }
        }
    }
}

/// How deep values are nested in this one; a scalar is 0.
#[must_use]
pub fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut open = vec![(value, 0)];
    while let Some((value, depth)) = open.pop() {
        deepest = deepest.max(depth);
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(map) => open.extend(map.values().map(|item| (item, depth + 1))),
            _ => {}
        }
    }
    deepest
}

/// Whether the value stands for "nothing chosen": `null`, empty text, or the text `null` that old
/// editors store for an empty selector.
#[must_use]
pub fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty() || text == "null",
        _ => false,
    }
}

/// An integer, also when written as text (`"20"`) or as a whole float.
#[must_use]
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64().or_else(|| whole(n.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation)]
fn whole(f: f64) -> Option<i64> {
    (f.fract() == 0.0 && f.abs() < 9.0e15).then_some(f as i64)
}

/// A truth value, also when written as text.
#[must_use]
pub fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::String(text) => match text.as_str() {
            "true" | "yes" | "1" | "on" => Some(true),
            "false" | "no" | "0" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Text, also when written as a number (numbers and extensions are often stored so).
#[must_use]
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dotted_paths_read_write_and_remove() {
        let mut o = Object::new();
        set(&mut o, "media.greeting", json!("m1"));
        assert_eq!(get(&o, "media.greeting"), Some(&json!("m1")));
        set(&mut o, "media.greeting", Value::Null);
        assert_eq!(get(&o, "media.greeting"), None);
        set(&mut o, "a.b", Value::Null);
        assert!(get(&o, "a").is_none());
    }

    #[test]
    fn numbers_and_truth_are_read_from_text() {
        assert_eq!(integer(&json!("20")), Some(20));
        assert_eq!(integer(&json!(20.0)), Some(20));
        assert_eq!(integer(&json!(20.5)), None);
        assert_eq!(boolean(&json!("false")), Some(false));
        assert!(is_blank(&json!("null")));
    }
}

//! PINs and passwords in documents: they are written and never read back.
//!
//! A secret is told by its key, so that those of keys that this version does not know are kept to themselves as well.

use crate::field::{FieldKind, FieldSpec};
use crate::json::Object;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// Words of keys whose values are secrets.
pub const WORDS: [&str; 5] = ["pin", "pins", "password", "secret", "token"];

/// What tells the objects of a list apart, such as the servers of a carrier.
const IDENTITY: [&str; 4] = ["id", "server", "realm", "username"];

impl FieldSpec {
    /// Whether the field's value is a secret.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        is_secret_key(self.key) && self.kind != FieldKind::Bool
    }
}

/// Whether a key, dotted where nested, ends in one of [`WORDS`].
#[must_use]
pub fn is_secret_key(key: &str) -> bool {
    let last = key.rsplit(['.', '_', '-']).next().unwrap_or(key);
    WORDS.iter().any(|word| last.eq_ignore_ascii_case(word))
}

/// Whether there is something to hide: `require_pin` is none, nor is an empty list of PINs.
fn is_secret(key: &str, value: &Value) -> bool {
    let told = match value {
        Value::String(text) => !text.is_empty(),
        Value::Number(_) => true,
        Value::Array(items) => {
            !items.is_empty()
                && items
                    .iter()
                    .all(|item| !item.is_object() && !item.is_array())
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => false,
    };
    told && is_secret_key(key)
}

/// Takes all secrets out of a document.
pub fn strip(document: &mut Object) {
    document.retain(|key, value| !is_secret(key, value));
    document.values_mut().for_each(strip_value);
}

fn strip_value(value: &mut Value) {
    match value {
        Value::Object(inner) => strip(inner),
        Value::Array(items) => items.iter_mut().for_each(strip_value),
        _ => {}
    }
}

/// Puts the secrets of the document before into one that replaces it and does not name them. A secret that is named
/// stays as it is written; `null`, empty text or an empty list removes it.
pub fn keep(document: &mut Object, before: &Object) {
    for (key, value) in before {
        if is_secret(key, value) {
            if !document.contains_key(key) {
                document.insert(key.clone(), value.clone());
            }
            continue;
        }
        match (value, document.get_mut(key)) {
            (Value::Object(before), Some(Value::Object(inner))) => keep(inner, before),
            (Value::Object(before), None) => {
                let mut inner = Object::new();
                keep(&mut inner, before);
                if !inner.is_empty() {
                    document.insert(key.clone(), Value::Object(inner));
                }
            }
            (Value::Array(before), Some(Value::Array(items))) => keep_in_list(items, before),
            _ => {}
        }
    }
}

/// An object of a list keeps the secrets of the one before that names the same server and user.
fn keep_in_list(items: &mut [Value], before: &[Value]) {
    let mut left: BTreeMap<String, VecDeque<&Object>> = BTreeMap::new();
    for object in before.iter().filter_map(Value::as_object) {
        left.entry(identity(object)).or_default().push_back(object);
    }
    for object in items.iter_mut().filter_map(Value::as_object_mut) {
        let same = left.get_mut(&identity(object));
        if let Some(before) = same.and_then(VecDeque::pop_front) {
            keep(object, before);
        }
    }
}

fn identity(object: &Object) -> String {
    let parts = IDENTITY.map(|key| object.get(key).map(Value::to_string).unwrap_or_default());
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Resource, ResourceKind};
    use serde_json::json;

    fn object(value: &Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    fn stripped(value: &Value) -> Value {
        let mut document = object(value);
        strip(&mut document);
        Value::Object(document)
    }

    fn kept(after: &Value, before: &Value) -> Value {
        let mut document = object(after);
        keep(&mut document, &object(before));
        Value::Object(document)
    }

    fn documents() -> Vec<Value> {
        vec![
            json!({"name": "Box", "pin": "4711", "require_pin": true}),
            json!({"name": "Room", "member": {"pins": ["1", 2]}, "moderator": {"pins": [], "join_muted": true}}),
            json!({"hotdesk": {"pin": 1234, "enabled": true}, "record_pin": "99"}),
            json!({"gateways": [{"server": "a.example", "username": "us", "password": "p1"},
                {"server": "b.example", "username": "us", "password": "p2"}]}),
            json!({"vendor": {"deep": [{"api_token": "t", "kept": 1}]}}),
        ]
    }

    #[test]
    fn secrets_are_known_by_the_last_part_of_their_key() {
        let secret = is_secret_key;
        assert!(secret("sip.password") && secret("pin") && secret("hotdesk.pin"));
        assert!(!secret("pin.length"));
    }

    #[test]
    fn document_as_it_was_read_loses_nothing_when_it_is_written_back() {
        for document in documents() {
            let shown = stripped(&document);
            assert_ne!(shown, document);
            // Keys that come back stand last; that is no difference.
            assert_eq!(kept(&shown, &document), document);
        }
    }

    #[test]
    fn pins_passwords_and_tokens_are_not_read_back() {
        let text: String = documents()
            .iter()
            .map(|d| stripped(d).to_string())
            .collect();
        for secret in ["4711", "1234", "\"1\"", "99", "p1", "p2", "\"t\""] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        let told = [
            "require_pin",
            "join_muted",
            "b.example",
            "\"us\"",
            "\"kept\":1",
            "\"pins\":[]",
        ];
        for part in told {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn secret_that_is_named_is_replaced_or_removed() {
        let before = json!({"pin": "4711", "hotdesk": {"pin": "1"}});
        for named in [json!("1234"), json!(""), Value::Null] {
            let after = json!({"pin": named, "hotdesk": null});
            assert_eq!(kept(&after, &before), after);
        }
        assert_eq!(kept(&json!({}), &before), before);
    }

    #[test]
    fn password_of_a_server_does_not_move_to_another() {
        let before = json!({"gateways": [{"server": "a.example", "password": "p1"},
            {"server": "b.example", "password": "p2"}]});
        let after =
            json!({"gateways": [{"server": "b.example", "prefix": "9"}, {"server": "c.example"}]});
        let expected = json!({"gateways": [{"server": "b.example", "prefix": "9", "password": "p2"},
            {"server": "c.example"}]});
        assert_eq!(kept(&after, &before), expected);
    }

    #[test]
    fn fields_that_hold_secrets_say_so() {
        let secret: Vec<&str> = ResourceKind::ALL
            .into_iter()
            .flat_map(Resource::specs)
            .filter(FieldSpec::is_secret)
            .map(|spec| spec.key)
            .collect();
        let expected = [
            "hotdesk.pin",
            "record_pin",
            "pin",
            "member.pins",
            "moderator.pins",
        ];
        assert_eq!(secret, expected);
    }
}

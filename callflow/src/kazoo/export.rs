//! Writing sets, in KAZOO's form and in ours.

use super::kinds;
use super::set::Set;
use crate::json::Object;
use crate::resource::ResourceKind;
use serde_json::Value;

/// A set as one object with a list for each kind, under the plurals of KAZOO's API: `{"callflows": […], "users": […]}`.
/// Every document has its `id`; the account is one document. Documents of kinds that have no place here stand under
/// `others`, as they came.
#[must_use]
pub fn export(set: &Set) -> Value {
    let mut file = Object::new();
    let mut add = |key: &str, document: Value| {
        let list = file
            .entry(key.to_owned())
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(document);
        }
    };
    for document in &set.callflows {
        let id = document.id.as_ref().map(|id| &*id.0);
        let Value::Object(body) = document.callflow.to_kazoo() else {
            continue;
        };
        add(kinds::plural(ResourceKind::Callflow), with_id(id, body));
    }
    let (settings, resources): (Vec<_>, Vec<_>) = set
        .resources
        .iter()
        .partition(|item| item.kind == ResourceKind::Settings);
    for item in resources {
        let document = with_id(Some(&item.id), item.document.clone());
        add(kinds::plural(item.kind), document);
    }
    for other in &set.others {
        add("others", other.clone());
    }
    if let Some(item) = settings.first() {
        let key = kinds::plural(ResourceKind::Settings).to_owned();
        file.insert(key, Value::Object(item.document.clone()));
    }
    Value::Object(file)
}

/// A set in our own form: `{"callflows": […], "resources": {"users": {id: document}}, "others": […]}`, with flows that
/// keep the ids of their steps. What is not there has no key.
#[must_use]
pub fn export_own(set: &Set) -> Value {
    let mut file = Object::new();
    let callflows: Vec<Value> = set
        .callflows
        .iter()
        .filter_map(|document| match document.callflow.to_json() {
            Value::Object(body) => Some(with_id(document.id.as_ref().map(|id| &*id.0), body)),
            _ => None,
        })
        .collect();
    file.insert("callflows".into(), Value::Array(callflows));
    let mut by_kind = Object::new();
    for item in &set.resources {
        let document = Value::Object(item.document.clone());
        let path = item.kind.path().to_owned();
        if item.kind == ResourceKind::Settings {
            // There is one of them, and it needs no id.
            by_kind.insert(path, document);
            continue;
        }
        let by_id = by_kind
            .entry(path)
            .or_insert_with(|| Value::Object(Object::new()));
        if let Value::Object(by_id) = by_id {
            by_id.insert(item.id.clone(), document);
        }
    }
    if !by_kind.is_empty() {
        file.insert("resources".into(), Value::Object(by_kind));
    }
    if !set.others.is_empty() {
        file.insert("others".into(), Value::Array(set.others.clone()));
    }
    Value::Object(file)
}

fn with_id(id: Option<&str>, body: Object) -> Value {
    let mut document = Object::new();
    if let Some(id) = id {
        document.insert("id".into(), Value::from(id));
    }
    document.extend(body);
    Value::Object(document)
}

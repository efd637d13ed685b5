//! Reading and writing documents as KAZOO and its editors hand them out.
//!
//! A file holds a bare step, a document with a `flow`, the answer of the API around one (`{"data": …}`),
//! or a list of these. Database keys (`_id`, `_rev`, `pvt_…`) are taken off; everything else stays.
//!
//! [`documents`] reads callflows alone. [`read`] reads whole sets with users, devices, menus, rules and so on into a
//! [`Set`], and tells in a [`Report`] what it made of them. [`Set::remap`] gives the documents new ids, wherever they
//! mention each other. [`export`] writes a set again, [`export_own`] in our own form.

mod export;
mod kinds;
mod mention;
mod observe;
mod remap;
mod report;
mod set;
mod tidy;

pub use export::{export, export_own};
pub use report::{Line, Part, Report};
pub use set::{Item, Set, read, read_text};

use crate::document::{Callflow, CallflowId};
use crate::flow::FlowError;
use crate::json::Object;
use crate::limits;
use serde_json::Value;

/// A callflow of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its id, where the file says one.
    pub id: Option<CallflowId>,
    /// The callflow.
    pub callflow: Callflow,
}

/// The callflows of a file.
///
/// # Errors
/// When something in it is no callflow; the message says which.
pub fn documents(value: &Value) -> Result<Vec<Document>, FlowError> {
    let items = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(object) => match object.get("data") {
            // A step has data too, but also a module.
            Some(Value::Array(items)) if !object.contains_key("module") => items.iter().collect(),
            Some(data) if data.is_object() && !object.contains_key("module") => vec![data],
            _ => vec![value],
        },
        _ => {
            return Err(FlowError(
                "a file holds a callflow or a list of them".into(),
            ));
        }
    };
    if items.len() > limits::MAX_NODES {
        return Err(FlowError(format!(
            "a file holds at most {} callflows",
            limits::MAX_NODES
        )));
    }
    let mut found = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let read = document(item);
        found.push(read.map_err(|error| match items.len() {
            1 => error,
            _ => FlowError(format!("callflow {}: {error}", index + 1)),
        })?);
    }
    Ok(found)
}

fn document(value: &Value) -> Result<Document, FlowError> {
    let object = value
        .as_object()
        .ok_or_else(|| FlowError("a callflow is a JSON object".into()))?;
    // Lists of envelopes exist as well.
    if let Some(Value::Object(inner)) = object.get("data")
        && !object.contains_key("module")
        && !object.contains_key("flow")
    {
        return plain(inner);
    }
    plain(object)
}

/// Whether an object is a flow without a document around it: KAZOO's first step, or our steps by id.
fn is_flow(object: &Object) -> bool {
    object.get("module").is_some_and(Value::is_string)
        || (object.contains_key("nodes") && object.contains_key("root"))
}

fn plain(object: &Object) -> Result<Document, FlowError> {
    if object.contains_key("module") || object.contains_key("nodes") {
        let mut callflow = Object::new();
        callflow.insert("flow".into(), Value::Object(object.clone()));
        return Ok(Document {
            id: None,
            callflow: Callflow::from_json(&Value::Object(callflow))?,
        });
    }
    if !object.contains_key("flow") {
        return Err(FlowError(
            "this is no callflow: it has neither “flow” nor “module”".into(),
        ));
    }
    let id = ["id", "_id"]
        .iter()
        .find_map(|key| object.get(*key)?.as_str())
        .filter(|id| !id.is_empty() && id.len() <= 128);
    let mut object = object.clone();
    object.retain(|key, _| key != "id" && !key.starts_with('_') && !key.starts_with("pvt_"));
    Ok(Document {
        id: id.map(CallflowId::from),
        callflow: Callflow::from_json(&Value::Object(object))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_container_gives_the_same_callflow() {
        let step = json!({"module": "play", "data": {"id": "m"}, "children": []});
        let doc = json!({"_id": "c1", "pvt_type": "callflow", "numbers": ["1"], "flow": step});
        let bare = documents(&step).unwrap();
        let inside = documents(&doc).unwrap();
        assert_eq!(bare[0].callflow.flow, inside[0].callflow.flow);
        assert_eq!(inside[0].id, Some("c1".into()));
        assert!(inside[0].callflow.extra.is_empty());
        let wrapped = json!({"data": doc, "auth_token": "x", "metadata": {}});
        assert_eq!(documents(&wrapped).unwrap(), inside);
        assert_eq!(documents(&json!([doc, doc])).unwrap().len(), 2);
        assert_eq!(documents(&json!({"data": [doc]})).unwrap(), inside);
    }

    #[test]
    fn what_is_no_callflow_is_refused() {
        for wrong in [
            json!(5),
            json!({}),
            json!([5]),
            json!({"data": {"name": "x"}}),
        ] {
            assert!(documents(&wrong).is_err(), "{wrong}");
        }
    }
}

//! Callflow documents from outside and to outside, in every container they come in.

use callflow::Callflow;
use serde_json::{Map, Value};
use store::{Access, Draft, Error, Store};

/// Most documents taken at once.
const MOST: usize = 1_000;
/// Deepest nesting of containers.
const DEEPEST: usize = 4;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Our own, with stable step identifiers.
    Patchcord,
    /// KAZOO's nested flow.
    Kazoo,
}

impl Format {
    /// Reads `patchcord` or `kazoo`.
    pub(crate) fn parse(text: &str) -> Option<Format> {
        match text {
            "patchcord" => Some(Format::Patchcord),
            "kazoo" => Some(Format::Kazoo),
            _ => None,
        }
    }
}

/// Writes a document.
pub(crate) fn write(callflow: &Callflow, format: Format) -> Value {
    match format {
        Format::Patchcord => callflow.to_json(),
        Format::Kazoo => callflow.to_kazoo(),
    }
}

/// Reads documents: one document, a bare flow, KAZOO's envelope `{"data": …}`, `{"items": […]}`, or a list of them.
/// The error says which one is wrong and why.
pub(crate) fn read(value: &Value) -> Result<Vec<Callflow>, String> {
    let mut found = Vec::new();
    collect(value, "the document", 0, &mut found)?;
    if found.is_empty() {
        return Err(
            "There is no callflow in it. Send a document with “flow”, or a list of them.".into(),
        );
    }
    Ok(found)
}

fn collect(
    value: &Value,
    place: &str,
    depth: usize,
    found: &mut Vec<Callflow>,
) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!(
            "{place} is packed too deeply. Send the documents themselves."
        ));
    }
    match value {
        Value::Array(items) => {
            for (number, item) in (1..).zip(items) {
                collect(item, &format!("document {number}"), depth + 1, found)?;
            }
            Ok(())
        }
        Value::Object(map) if is_bare_flow(map) => {
            let mut document = Map::new();
            document.insert("flow".into(), value.clone());
            one(&Value::Object(document), place, found)
        }
        Value::Object(map) if map.contains_key("flow") => {
            one(&without_bookkeeping(map), place, found)
        }
        Value::Object(map) => match map
            .get("data")
            .or_else(|| map.get("items"))
            .or_else(|| map.get("callflows"))
        {
            Some(inner) => collect(inner, place, depth + 1, found),
            None => Err(format!("{place} has no “flow”. Send callflow documents.")),
        },
        _ => Err(format!(
            "{place} is not a JSON object. Send callflow documents."
        )),
    }
}

/// A flow without a document around it: KAZOO's root node, or our flat form.
fn is_bare_flow(map: &Map<String, Value>) -> bool {
    map.contains_key("module") || (map.contains_key("nodes") && map.contains_key("root"))
}

/// Drops what the system it comes from wrote for itself.
fn without_bookkeeping(map: &Map<String, Value>) -> Value {
    let mut document = map.clone();
    document.retain(|key, _| {
        !(key.starts_with("pvt_")
            || matches!(
                key.as_str(),
                "_id"
                    | "_rev"
                    | "_read_only"
                    | "id"
                    | "revision"
                    | "state"
                    | "live_version"
                    | "created_at"
                    | "updated_at"
                    | "updated_by"
            ))
    });
    Value::Object(document)
}

fn one(document: &Value, place: &str, found: &mut Vec<Callflow>) -> Result<(), String> {
    if found.len() >= MOST {
        return Err(format!(
            "There are more than {MOST} documents. Send them in parts."
        ));
    }
    let callflow = Callflow::from_json(document)
        .map_err(|error| format!("{place} is not a callflow: {error}."))?;
    found.push(callflow);
    Ok(())
}

/// What became of one imported document.
pub(crate) struct Imported {
    /// The new draft.
    pub(crate) draft: Draft,
    /// Numbers it could not have, with the reason.
    pub(crate) numbers_left_out: Vec<String>,
}

/// Stores a document as a draft. A number that is taken or belongs to another account is left out, so that one number
/// does not stop an import.
pub(crate) async fn import(
    store: &Store,
    access: &Access,
    mut callflow: Callflow,
) -> Result<Imported, Error> {
    let mut numbers_left_out = Vec::new();
    loop {
        match store.create_callflow(access, callflow.clone()).await {
            Ok(draft) => {
                return Ok(Imported {
                    draft,
                    numbers_left_out,
                });
            }
            Err(Error::NumberTaken {
                number,
                callflow_name,
                ..
            }) => {
                let before = callflow.numbers.len();
                callflow.numbers.retain(|n| store::dialled(n) != number);
                if callflow.numbers.len() == before {
                    return Err(Error::NumberTaken {
                        number,
                        callflow_id: String::new(),
                        callflow_name,
                    });
                }
                numbers_left_out.push(number);
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node() -> Value {
        json!({"module": "sleep", "data": {"duration": 1}, "children": {}})
    }

    #[test]
    fn every_container_is_read() {
        for container in [
            node(),
            json!({"flow": node(), "numbers": ["1"]}),
            json!({"data": {"flow": node(), "_id": "x", "pvt_type": "callflow"}, "auth_token": "t", "metadata": {}}),
            json!([{"flow": node()}]),
            json!({"data": [{"flow": node()}]}),
        ] {
            let read = read(&container).unwrap();
            assert_eq!(read.len(), 1);
            assert_eq!(read[0].flow.len(), 1);
            assert!(!read[0].extra.contains_key("_id"));
        }
    }

    #[test]
    fn what_is_no_callflow_says_so() {
        for wrong in [
            json!(1),
            json!({}),
            json!([]),
            json!({"data": {"a": 1}}),
            json!([[[[[[node()]]]]]]),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }
}

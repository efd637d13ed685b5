//! An account from files: flow documents and resources, for `patchcord simulate` and tests.

use crate::account::{Account, AccountId};
use crate::check;
use crate::directory::Directory;
use crate::document::CallflowId;
use crate::flow::FlowError;
use crate::json::{self, Object};
use crate::kazoo;
use crate::program::Program;
use crate::resource::ResourceKind;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

/// A file that holds no account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError(pub String);

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LoadError {}

impl From<FlowError> for LoadError {
    fn from(error: FlowError) -> Self {
        Self(error.0)
    }
}

/// An account from a file: a callflow or a list of them (ours or KAZOO's), and beside them, if wanted,
/// `"resources"` (by kind, as in web paths: `{"users": {"id": {…}}}`, or lists of documents with an id)
/// and `"account"` (`name`, `realm`, `timezone`, `language`). A list of callflows with resources stands
/// under `"callflows"`. Flows are taken as they are: problems show in the trace.
///
/// # Errors
/// When the file holds no callflow, or a part of it has the wrong shape.
pub fn account(file: &Value) -> Result<Account, LoadError> {
    let flows = file.get("callflows").unwrap_or(file);
    let mut directory = Directory::default();
    if let Some(resources) = file.get("resources") {
        resources_into(&mut directory, resources)?;
    }
    let mut programs = Vec::new();
    for (index, document) in kazoo::documents(flows)?.into_iter().enumerate() {
        let id = document
            .id
            .unwrap_or_else(|| CallflowId::from(format!("callflow-{}", index + 1).as_str()));
        let mut callflow = document.callflow;
        callflow.extra.shift_remove("resources");
        callflow.extra.shift_remove("account");
        let entry = json!({
            "name": callflow.name,
            "numbers": callflow.numbers,
            "patterns": callflow.patterns,
            "leads_to": check::leads_to(&callflow.flow),
        });
        directory.insert(ResourceKind::Callflow, &*id.0, object(entry));
        programs.push(Arc::new(Program::trusted(id, 1, callflow)));
    }
    let about = |key: &str, fallback: &str| {
        let value = file.get("account").and_then(|account| account.get(key));
        let text = value.and_then(json::text).filter(|text| !text.is_empty());
        text.unwrap_or_else(|| fallback.to_owned())
    };
    Ok(Account::new(
        AccountId::from("simulation"),
        about("name", "Simulation"),
        about("realm", "simulation.invalid"),
        about("timezone", "UTC"),
        about("language", "en-GB"),
        Arc::new(directory),
        programs,
    ))
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

fn resources_into(directory: &mut Directory, resources: &Value) -> Result<(), LoadError> {
    let kinds = resources
        .as_object()
        .ok_or_else(|| LoadError("“resources” is an object by kind, such as users".into()))?;
    for (name, items) in kinds {
        let kind = ResourceKind::from_path(name).ok_or_else(|| {
            LoadError(format!(
                "“{name}” is no kind of resource; kinds are users, devices, menus and so on"
            ))
        })?;
        let wrong = || LoadError(format!("“{name}” is an object by id or a list with ids"));
        match items {
            Value::Object(by_id) => {
                for (id, document) in by_id {
                    let document = document.as_object().ok_or_else(wrong)?;
                    directory.insert(kind, id.as_str(), document.clone());
                }
            }
            Value::Array(list) => {
                for document in list {
                    let document = document.as_object().ok_or_else(wrong)?;
                    let id = ["id", "_id"]
                        .iter()
                        .find_map(|key| document.get(*key)?.as_str());
                    directory.insert(kind, id.ok_or_else(wrong)?, document.clone());
                }
            }
            _ => return Err(wrong()),
        }
    }
    Ok(())
}

//! The callflow document: the main block (name, numbers, flags) and the flow below it.

use crate::flow::{Flow, FlowError};
use crate::json::{self, Object};
use crate::limits;
use crate::migrate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

/// The id of a callflow within its account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallflowId(pub Arc<str>);

impl From<&str> for CallflowId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for CallflowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A callflow as people edit it. Unknown keys survive in `extra`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Callflow {
    /// Shown in lists; empty shows the numbers.
    pub name: String,
    /// Exact numbers that reach it: DDIs in E.164, extensions, feature codes, or `no_match`.
    pub numbers: Vec<String>,
    /// Regular expressions tried when no exact number matches.
    pub patterns: Vec<String>,
    /// Left out of the phones' directory (`contact_list.exclude`).
    pub hide_from_contacts: bool,
    /// Offered as a destination of the main number (`ui_is_main_number_cf`).
    pub main_number: bool,
    /// The steps.
    pub flow: Arc<Flow>,
    /// Everything else the document holds.
    pub extra: Object,
}

impl Callflow {
    /// The title: the name, else the numbers.
    #[must_use]
    pub fn title(&self) -> String {
        if !self.name.is_empty() {
            self.name.clone()
        } else if self.numbers.is_empty() {
            "Callflow without a name".to_owned()
        } else {
            self.numbers.join(", ")
        }
    }

    /// Reads a document, ours or KAZOO's.
    ///
    /// # Errors
    /// When a known key has the wrong shape or the flow is not well formed.
    pub fn from_json(value: &Value) -> Result<Self, FlowError> {
        let object = value
            .as_object()
            .ok_or_else(|| FlowError("a callflow is a JSON object".into()))?;
        let object = migrate::document(object)?;
        let mut callflow = Self::default();
        for (key, value) in object.iter() {
            match key.as_str() {
                "name" if !value.is_null() && value != "" => callflow.name = read_name(value)?,
                "numbers" => callflow.numbers = read_texts(value, key, limits::MAX_NUMBER_LEN)?,
                "patterns" => callflow.patterns = read_texts(value, key, 256)?,
                "flow" => callflow.flow = Arc::new(Flow::from_json(value)?),
                _ => {
                    callflow.extra.insert(key.clone(), value.clone());
                }
            }
        }
        callflow.main_number = take_flag(&mut callflow.extra, MAIN_NUMBER);
        callflow.hide_from_contacts = take_flag(&mut callflow.extra, HIDDEN);
        Ok(callflow)
    }

    /// The document with our flat flow.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.write(self.flow.to_json())
    }

    /// The document as KAZOO writes it.
    #[must_use]
    pub fn to_kazoo(&self) -> Value {
        self.write(self.flow.to_kazoo())
    }

    fn write(&self, flow: Value) -> Value {
        let mut object = Object::new();
        if !self.name.is_empty() {
            object.insert("name".into(), json!(self.name));
        }
        object.insert("numbers".into(), json!(self.numbers));
        object.insert("patterns".into(), json!(self.patterns));
        object.insert("flow".into(), flow);
        for (key, value) in &self.extra {
            // An empty name that the document had stays until there is one.
            object.entry(key).or_insert_with(|| value.clone());
        }
        for (path, flag) in [
            (MAIN_NUMBER, self.main_number),
            (HIDDEN, self.hide_from_contacts),
        ] {
            if flag {
                json::set(&mut object, path, json!(true));
            }
        }
        Value::Object(object)
    }
}

/// Where KAZOO's editors keep the main block's check boxes.
const MAIN_NUMBER: &str = "ui_is_main_number_cf";
const HIDDEN: &str = "contact_list.exclude";

/// Takes a flag that is set off the other keys. One that is not set stays there: a document may say so.
fn take_flag(extra: &mut Object, path: &str) -> bool {
    let set = json::get(extra, path).and_then(json::boolean) == Some(true);
    if set {
        json::set(extra, path, Value::Null);
        if let Some((head, _)) = path.split_once('.')
            && extra
                .get(head)
                .and_then(Value::as_object)
                .is_some_and(Object::is_empty)
        {
            extra.shift_remove(head);
        }
    }
    set
}

fn read_name(value: &Value) -> Result<String, FlowError> {
    json::text(value)
        .filter(|name| name.chars().count() <= limits::MAX_NAME_LEN)
        .ok_or_else(|| {
            FlowError(format!(
                "“name” is text of at most {} characters",
                limits::MAX_NAME_LEN
            ))
        })
}

fn read_texts(value: &Value, key: &str, longest: usize) -> Result<Vec<String>, FlowError> {
    let wrong = || {
        FlowError(format!(
            "“{key}” is a list of texts of 1 to {longest} characters, each once"
        ))
    };
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) if items.len() <= limits::MAX_NUMBERS => items,
        _ => return Err(wrong()),
    };
    let mut texts: Vec<String> = Vec::with_capacity(items.len());
    for item in items {
        let text = json::text(item)
            .filter(|t| !t.is_empty() && t.chars().count() <= longest)
            .ok_or_else(wrong)?;
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    Ok(texts)
}

impl Serialize for Callflow {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(s)
    }
}

impl<'de> Deserialize<'de> for Callflow {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::from_json(&Value::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

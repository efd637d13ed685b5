//! A small validator for JSON Schema: the words that our schemas and KAZOO's use, draft 4 and 2020-12 alike.

use regex_lite::Regex;
use serde_json::{Map, Value};

/// Words that say nothing about validity.
pub const ANNOTATIONS: &[&str] = &[
    "$schema",
    "$id",
    "_id",
    "$defs",
    "title",
    "description",
    "default",
    "examples",
    "format",
    "support_level",
    "kazoo-validation",
    "x-unit",
    "x-resource",
];

/// Words that are checked.
pub const CHECKED: &[&str] = &[
    "$ref",
    "type",
    "enum",
    "const",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "maxProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
];

/// Schemas that refer to others: by name, or into the one at hand.
pub struct Schemas<'a> {
    /// The schema that `#/…` points into.
    pub root: &'a Value,
    /// Finds a schema by its name.
    pub by_name: &'a dyn Fn(&str) -> Option<Value>,
}

impl Schemas<'_> {
    /// What is wrong with a value; nothing where it is valid.
    pub fn errors(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        self.check(schema, value, "", &mut found);
        found
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        self.errors(schema, value).is_empty()
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
        let object = match schema {
            Value::Bool(true) => return,
            Value::Object(object) => object,
            _ => return found.push(format!("{at}: nothing is valid")),
        };
        if let Some(name) = object.get("$ref").and_then(Value::as_str) {
            match name.strip_prefix('#') {
                Some(pointer) => {
                    let inner = self
                        .root
                        .pointer(pointer)
                        .unwrap_or_else(|| panic!("{name}"));
                    self.check(inner, value, at, found);
                }
                None => {
                    if let Some(other) = (self.by_name)(name) {
                        self.check(&other, value, at, found);
                    }
                }
            }
        }
        for (word, said) in object {
            if let Some(wrong) = scalar(word, said, value) {
                found.push(format!("{at}: {wrong}"));
            }
            self.combined(word, said, object, value, at, found);
        }
        match value {
            Value::Array(items) => {
                if let Some(schema) = object.get("items").filter(|items| !items.is_array()) {
                    for (index, item) in items.iter().enumerate() {
                        self.check(schema, item, &format!("{at}/{index}"), found);
                    }
                }
            }
            Value::Object(map) => self.members(object, map, at, found),
            _ => {}
        }
    }

    fn combined(
        &self,
        word: &str,
        said: &Value,
        schema: &Map<String, Value>,
        value: &Value,
        at: &str,
        found: &mut Vec<String>,
    ) {
        let list = said.as_array().map(Vec::as_slice).unwrap_or_default();
        let count = || {
            list.iter()
                .filter(|schema| self.fits(schema, value))
                .count()
        };
        match word {
            "allOf" => list
                .iter()
                .for_each(|schema| self.check(schema, value, at, found)),
            "anyOf" if count() == 0 => found.push(format!("{at}: none of anyOf")),
            "oneOf" if count() != 1 => found.push(format!("{at}: {} of oneOf", count())),
            "not" if self.fits(said, value) => found.push(format!("{at}: not")),
            "if" if self.fits(said, value) => {
                if let Some(then) = schema.get("then") {
                    self.check(then, value, at, found);
                }
            }
            _ => {}
        }
    }

    fn members(
        &self,
        schema: &Map<String, Value>,
        map: &Map<String, Value>,
        at: &str,
        found: &mut Vec<String>,
    ) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        for (key, value) in map {
            let at = format!("{at}/{key}");
            if let Some(names) = schema.get("propertyNames") {
                self.check(names, &Value::from(key.clone()), &at, found);
            }
            let mut known = false;
            if let Some(schema) = properties.and_then(|p| p.get(key)) {
                known = true;
                self.check(schema, value, &at, found);
            }
            for (pattern, schema) in patterns.into_iter().flatten() {
                if Regex::new(pattern).unwrap().is_match(key) {
                    known = true;
                    self.check(schema, value, &at, found);
                }
            }
            if !known && let Some(schema) = schema.get("additionalProperties") {
                self.check(schema, value, &at, found);
            }
        }
        for key in schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if !map.contains_key(key.as_str().unwrap_or_default()) {
                found.push(format!("{at}: {key} is missing"));
            }
        }
    }
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|f| f.fract() == 0.0)
        }
        _ => panic!("{name} is no type"),
    }
}

/// What one word finds wrong with a value by itself.
fn scalar(word: &str, said: &Value, value: &Value) -> Option<String> {
    let length = value.as_str().map(|text| text.chars().count() as f64);
    let items = value.as_array().map(|items| items.len() as f64);
    let members = value.as_object().map(|map| map.len() as f64);
    let limit = said.as_f64();
    let valid = match word {
        "type" => match said {
            Value::Array(names) => names
                .iter()
                .any(|name| has_type(name.as_str().unwrap(), value)),
            name => has_type(name.as_str().unwrap(), value),
        },
        "enum" => said.as_array().unwrap().contains(value),
        "const" => said == value,
        "minimum" => value.as_f64().is_none_or(|n| n >= limit.unwrap()),
        "maximum" => value.as_f64().is_none_or(|n| n <= limit.unwrap()),
        "minLength" => length.is_none_or(|n| n >= limit.unwrap()),
        "maxLength" => length.is_none_or(|n| n <= limit.unwrap()),
        "minItems" => items.is_none_or(|n| n >= limit.unwrap()),
        "maxItems" => items.is_none_or(|n| n <= limit.unwrap()),
        "maxProperties" => members.is_none_or(|n| n <= limit.unwrap()),
        "pattern" => value
            .as_str()
            .is_none_or(|text| Regex::new(said.as_str().unwrap()).unwrap().is_match(text)),
        "uniqueItems" if *said == true => value.as_array().is_none_or(|items| {
            items
                .iter()
                .enumerate()
                .all(|(at, item)| !items[..at].contains(item))
        }),
        _ => true,
    };
    (!valid).then(|| format!("{word} {said}"))
}

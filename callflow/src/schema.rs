//! JSON Schema (2020-12) of our documents, made from the descriptions of their fields.
//!
//! The schemas say what is written. What is read is more: numbers and truth values as text, and unknown keys,
//! which are kept.

use crate::action::{self, Entry};
use crate::field::{Field, FieldKind, FieldSpec, Unit};
use crate::limits;
use crate::migrate;
use crate::resource::{Resource, ResourceKind};
use crate::value::Keys;
use serde_json::{Map, Value, json};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of a callflow document. It holds the data of every action under `$defs`.
#[must_use]
pub fn callflow() -> Value {
    let mut definitions = Map::new();
    let mut choices = Vec::new();
    for module in modules() {
        let Some(data) = action(module) else { continue };
        choices.push(json!({
            "if": {"properties": {"module": {"const": module}}},
            "then": {"properties": {"data": {"$ref": format!("#/$defs/{module}")}}},
        }));
        definitions.insert(module.to_owned(), without_dialect(data));
    }
    let step = |children: Value| {
        json!({
            "type": "object",
            "required": ["module"],
            "properties": {
                "module": {"type": "string", "minLength": 1, "maxLength": 64},
                "data": {"type": "object"},
                "children": {
                    "type": "object",
                    "description": "Branch key to what follows; “_” is otherwise or next. The order is kept.",
                    "maxProperties": limits::MAX_BRANCHES,
                    "propertyNames": {"minLength": 1, "maxLength": limits::MAX_BRANCH_KEY_LEN},
                    "additionalProperties": children,
                },
                "note": {"type": "string"},
            },
            "allOf": choices,
        })
    };
    let id = json!({"type": "string", "pattern": "^n[0-9]+$"});
    definitions.insert("step".into(), step(id.clone()));
    definitions.insert("nested".into(), step(json!({"$ref": "#/$defs/nested"})));
    definitions.insert(
        "flow".into(),
        json!({
            "type": "object",
            "description": "Steps by id.",
            "required": ["version", "root", "nodes"],
            "properties": {
                "version": {"const": migrate::VERSION},
                "root": {"anyOf": [id, {"type": "null"}]},
                "nodes": {
                    "type": "object",
                    "maxProperties": limits::MAX_NODES,
                    "propertyNames": {"pattern": "^n[0-9]+$"},
                    "additionalProperties": {"$ref": "#/$defs/step"},
                },
                "next": {"type": "integer", "minimum": 0},
            },
        }),
    );
    json!({
        "$schema": DIALECT,
        "title": "Callflow",
        "type": "object",
        "required": ["flow"],
        "properties": {
            "name": {"type": "string", "maxLength": limits::MAX_NAME_LEN},
            "numbers": texts(limits::MAX_NUMBER_LEN),
            "patterns": texts(256),
            "contact_list": {"type": "object", "properties": {"exclude": {"type": "boolean"}}},
            "ui_is_main_number_cf": {"type": "boolean"},
            "flow": {"anyOf": [
                {"$ref": "#/$defs/flow"},
                {"description": "KAZOO's form: the first step, with what follows inside.", "$ref": "#/$defs/nested"},
                {"description": "No step.", "type": "object", "maxProperties": 0},
            ]},
        },
        "$defs": definitions,
    })
}

/// The schema of an action's data; `None` for a module that is not in the catalog.
#[must_use]
pub fn action(module: &str) -> Option<Value> {
    let entries: Vec<Entry> = action::catalog()
        .into_iter()
        .filter(|entry| entry.module == module)
        .collect();
    let first = entries.first()?;
    let made = first.make();
    let mut schema = object(&made.preset().label.into(), &made.specs());
    schema["description"] = json!(format!("{}.", first.preset.help));
    // What tells the faces of a module apart is not always a field of the form.
    let mut marks: Map<String, Value> = Map::new();
    for (key, value) in entries.iter().filter_map(|entry| entry.preset.mark) {
        let values = marks.entry(key).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(json!(value));
        }
    }
    for (key, values) in marks {
        let place = property(&mut schema, &key);
        if place.is_null() {
            *place = json!({"type": "string", "examples": values});
        }
    }
    schema["properties"]["skip_module"] = json!({
        "type": "boolean",
        "description": "The step is switched off: calls pass it over.",
    });
    Some(schema)
}

/// The schema of a resource's document.
#[must_use]
pub fn resource(kind: ResourceKind) -> Value {
    let mut schema = object(&kind.label().into(), &Resource::specs(kind));
    schema["description"] = json!("Keys beyond these are kept as they are.");
    schema
}

/// The modules of the catalog, each once, in its order.
pub(crate) fn modules() -> Vec<&'static str> {
    let mut modules = Vec::new();
    for entry in action::catalog() {
        if !modules.contains(&entry.module) {
            modules.push(entry.module);
        }
    }
    modules
}

/// What is stored of a type of field. The kind says how a form shows it; some types store a form's text as a list, or
/// its choices as truth values. That is found by storing some.
#[must_use]
pub fn of_field<F: Field>() -> Value {
    let kind = F::kind();
    let stored = |text: &str| {
        let value = F::from_json(&Value::from(text)).ok()?.to_json();
        (!value.is_null()).then_some(value)
    };
    match &kind {
        FieldKind::Choice(choices) => {
            let values: Vec<Value> = choices.iter().filter_map(|c| stored(c.value)).collect();
            json!({"enum": values})
        }
        FieldKind::Text { .. } | FieldKind::LongText { .. } => match stored("1") {
            Some(Value::Array(items)) => {
                let of = items.first().map_or("string", type_name);
                json!({"type": "array", "items": {"type": of}})
            }
            _ => of_kind(&kind),
        },
        kind => of_kind(kind),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What is stored of a kind of field, where its type says nothing else.
#[must_use]
pub fn of_kind(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Text { min, max, .. } | FieldKind::LongText { min, max } => {
            json!({"type": "string", "minLength": min, "maxLength": max})
        }
        FieldKind::Integer { min, max } => {
            json!({"type": "integer", "minimum": min, "maximum": max})
        }
        FieldKind::Duration { unit, min, max } => {
            let unit = match unit {
                Unit::Seconds => "s",
                Unit::Milliseconds => "ms",
            };
            json!({"type": "integer", "minimum": min, "maximum": max, "x-unit": unit})
        }
        FieldKind::Bool => json!({"type": "boolean"}),
        FieldKind::Choice(choices) => {
            let values: Vec<&str> = choices.iter().map(|choice| choice.value).collect();
            json!({"enum": values})
        }
        FieldKind::Resource(kind) => reference(*kind),
        FieldKind::Resources(kind) => json!({"type": "array", "items": reference(*kind)}),
        FieldKind::Media => json!({"type": "string", "minLength": 1, "maxLength": 2_048}),
        FieldKind::Digits { min, max } => {
            json!({"type": "string", "minLength": min, "maxLength": max, "pattern": "^[0-9*#]*$"})
        }
        FieldKind::Keys => {
            let keys: Vec<String> = Keys::ALL.chars().map(String::from).collect();
            json!({"type": "array", "items": {"enum": keys}})
        }
        FieldKind::Pattern => json!({"type": "string", "format": "regex", "maxLength": 256}),
        FieldKind::Language => json!({"type": "string", "minLength": 2, "maxLength": 10}),
        FieldKind::SipCode => json!({"type": "integer", "minimum": 300, "maximum": 699}),
        FieldKind::Pairs => {
            json!({"type": "object", "additionalProperties": {"type": "string"}})
        }
        FieldKind::Members => json!({"type": "array", "items": {"type": "object"}}),
        FieldKind::Recipients => json!({
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "id"],
                "properties": {
                    "type": {"enum": ["user", "email"]},
                    "id": {"type": "string", "minLength": 1},
                },
            },
        }),
        FieldKind::Step => json!({"type": "string", "pattern": "^n[0-9]+$"}),
        FieldKind::Zone => json!({"type": "string", "minLength": 1, "maxLength": 64}),
        FieldKind::Clock => {
            json!({"type": "integer", "minimum": 0, "maximum": 86_400, "x-unit": "s"})
        }
        FieldKind::Day => json!({"type": "integer", "minimum": 0, "x-unit": "s"}),
        FieldKind::Several(choices) => {
            let values: Vec<&str> = choices.iter().map(|choice| choice.value).collect();
            json!({"type": "array", "items": {"enum": values}})
        }
        FieldKind::Assignments(_, to) => {
            json!({"type": "object", "additionalProperties": reference(*to)})
        }
        FieldKind::NumberClasses => json!({"type": "object"}),
    }
}

fn reference(kind: ResourceKind) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 128, "x-resource": kind.path()})
}

fn texts(longest: usize) -> Value {
    json!({
        "type": "array",
        "maxItems": limits::MAX_NUMBERS,
        "uniqueItems": true,
        "items": {"type": "string", "minLength": 1, "maxLength": longest},
    })
}

fn without_dialect(mut schema: Value) -> Value {
    if let Value::Object(schema) = &mut schema {
        schema.shift_remove("$schema");
    }
    schema
}

/// A schema of an object with these fields.
fn object(title: &Value, specs: &[FieldSpec]) -> Value {
    let mut schema =
        json!({"$schema": DIALECT, "title": title, "type": "object", "properties": {}});
    for spec in specs {
        let mut field = (spec.schema)();
        if let Value::Object(field) = &mut field {
            field.insert("title".into(), json!(spec.label));
            field.insert("description".into(), json!(spec.help));
            if !spec.default.is_null() {
                field.insert("default".into(), spec.default.clone());
            }
        }
        *property(&mut schema, spec.key) = field;
    }
    schema
}

/// The place of a field's schema; dotted keys are objects in objects.
fn property<'a>(schema: &'a mut Value, key: &str) -> &'a mut Value {
    let mut place = schema;
    let mut parts = key.split('.').peekable();
    while let Some(part) = parts.next() {
        place = &mut place["properties"][part];
        if parts.peek().is_some() && place.is_null() {
            *place = json!({"type": "object", "properties": {}});
        }
    }
    place
}

//! What is worth telling about a document that was read: values read in another way than they are written, and
//! what is kept without having a meaning here.

use super::report::{About, Part, Report, shown};
use crate::action::Branches;
use crate::directory::Directory;
use crate::document::Callflow;
use crate::field::FieldSpec;
use crate::flow::{Node, NodeId};
use crate::json::{self, Object};
use crate::resource::{Resource, ResourceKind};
use serde_json::Value;
use std::collections::BTreeMap;

/// Names shown of the keys that are kept.
const MOST_NAMES: usize = 12;

/// Writes lines about documents. It remembers the fields of what it saw before.
#[derive(Default)]
pub(super) struct Observer {
    actions: BTreeMap<String, Vec<FieldSpec>>,
    resources: BTreeMap<ResourceKind, Vec<FieldSpec>>,
    nothing: Directory,
}

impl Observer {
    pub(super) fn callflow(&mut self, callflow: &Callflow, about: &About, report: &mut Report) {
        for number in &callflow.numbers {
            let dialled = number
                .chars()
                .all(|c| c.is_ascii_digit() || "*#+".contains(c));
            if !dialled && number != "no_match" {
                let text = format!("“{}” cannot be dialled", shown(number));
                report.add(Part::Kept, about, "numbers", text);
            }
        }
        let unknown: Vec<&str> = callflow.extra.keys().map(String::as_str).collect();
        keys(&unknown, "", about, report);
        for id in callflow.flow.preorder() {
            if let Some(node) = callflow.flow.node(id) {
                self.step(id, node, about, report);
            }
        }
    }

    fn step(&mut self, id: NodeId, node: &Node, about: &About, report: &mut Report) {
        let module = node.action.module();
        let place = format!("step {id} ({})", shown(module));
        let extra: Vec<&str> = node.extra.keys().map(String::as_str).collect();
        keys(&extra, &place, about, report);
        if matches!(node.action, crate::Action::Unknown(_)) {
            let text = "The module is not known; calls pass the step over";
            report.add(Part::Kept, about, place, text);
            return;
        }
        let data = node.action.to_object();
        let specs = self
            .actions
            .entry(module.to_owned())
            .or_insert_with(|| node.action.specs());
        fields(&data, specs, &place, about, report);
        let marked = |key: &str| {
            let presets = node.action.presets().iter();
            presets
                .filter_map(|preset| preset.mark)
                .any(|(own, _)| own == key)
        };
        let unknown: Vec<&str> = unknown(&data, specs).filter(|key| !marked(key)).collect();
        keys(&unknown, &place, about, report);
        if !node.branches.is_empty() && node.action.branches(&self.nothing) == Branches::None {
            let text = "What follows is never reached";
            report.add(Part::Kept, about, place, text);
        }
    }

    pub(super) fn resource(
        &mut self,
        kind: ResourceKind,
        document: &Object,
        about: &About,
        report: &mut Report,
    ) {
        let specs = self
            .resources
            .entry(kind)
            .or_insert_with(|| Resource::specs(kind));
        fields(document, specs, "", about, report);
        let unknown: Vec<&str> = unknown(document, specs).collect();
        keys(&unknown, "", about, report);
    }
}

/// The keys of an object that no field is in.
fn unknown<'a>(object: &'a Object, specs: &'a [FieldSpec]) -> impl Iterator<Item = &'a str> {
    let holds = |spec: &FieldSpec, key: &str| {
        let rest = spec.key.strip_prefix(key);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    object
        .keys()
        .map(String::as_str)
        .filter(move |key| !specs.iter().any(|spec| holds(spec, key)))
}

/// Says that keys are kept.
fn keys(keys: &[&str], place: &str, about: &About, report: &mut Report) {
    if keys.is_empty() {
        return;
    }
    let names: Vec<String> = keys.iter().take(MOST_NAMES).map(|key| shown(key)).collect();
    let more = match keys.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!("Kept without a meaning here: {}{more}", names.join(", "));
    report.add(Part::Kept, about, place, text);
}

/// Says which fields are read in another way than they are written.
fn fields(object: &Object, specs: &[FieldSpec], place: &str, about: &About, report: &mut Report) {
    for spec in specs {
        let Some(raw) = json::get(object, spec.key).filter(|raw| !raw.is_null()) else {
            continue;
        };
        let mut add = |path: &str, text: String| {
            let place = if place.is_empty() {
                path.to_owned()
            } else {
                format!("{place}, {path}")
            };
            report.add(Part::Adapted, about, place, text);
        };
        match (spec.canonical)(raw) {
            _ if raw == "null" => add(spec.key, "“null” stands for nothing chosen".to_owned()),
            // Editors write an empty text where nothing is set.
            _ if raw == "" => {}
            Ok(read) => differences(raw, &read, spec.key, &mut add),
            Err(why) => {
                let instead = match &spec.default {
                    Value::Null => "it counts as not set".to_owned(),
                    default => format!("{} is used", written(default)),
                };
                let text = format!("{} does not fit, {instead}. {why}", written(raw));
                add(spec.key, text);
            }
        }
    }
}

/// Where what is written and what is read say something else.
fn differences(raw: &Value, read: &Value, path: &str, add: &mut dyn FnMut(&str, String)) {
    match (raw, read) {
        (Value::Array(raw), Value::Array(read)) if raw.len() == read.len() => {
            let reordered = raw.iter().all(|item| read.contains(item));
            if !reordered {
                for (at, (raw, read)) in raw.iter().zip(read).enumerate() {
                    differences(raw, read, &format!("{path}.{at}"), add);
                }
            }
        }
        (Value::Object(raw), Value::Object(read)) => {
            for (key, raw) in raw {
                if let Some(read) = read.get(key) {
                    differences(raw, read, &format!("{path}.{}", shown(key)), add);
                }
            }
        }
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Null) => {}
        (raw, read) => {
            let same_number = raw.is_number() && raw.as_f64() == read.as_f64();
            if raw != read && !same_number {
                add(
                    path,
                    format!("{} is read as {}", written(raw), written(read)),
                );
            }
        }
    }
}

/// A value as a line shows it.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => format!("“{}”", shown(text)),
        other => shown(&other.to_string()),
    }
}

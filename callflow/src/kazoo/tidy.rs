//! What other programs write in the main block and between the steps, brought into the form that is read.

use super::report::shown;
use crate::flow::Flow;
use crate::json::{self, Object};
use crate::limits;
use serde_json::Value;

/// Longest pattern, in characters.
const LONGEST_PATTERN: usize = 256;

/// Where something was adapted.
enum Place {
    /// A key of the main block.
    Key(&'static str),
    /// A step, counted in reading order.
    Step(usize),
}

/// What was adapted in a document.
#[derive(Default)]
pub(super) struct Changes(Vec<(Place, String)>);

impl Changes {
    fn key(&mut self, key: &'static str, text: impl Into<String>) {
        self.0.push((Place::Key(key), text.into()));
    }

    /// The changes with their places, now that the steps have ids.
    pub(super) fn told(self, flow: &Flow) -> Vec<(String, String)> {
        let order = flow.preorder();
        let place = |place| match place {
            Place::Key(key) => key.to_owned(),
            Place::Step(at) => order.get(at).map_or_else(String::new, |id| {
                let node = flow.node(*id);
                let module = node.map_or("", |node| node.action.module());
                format!("step {id} ({})", shown(module))
            }),
        };
        self.0
            .into_iter()
            .map(|(at, text)| (place(at), text))
            .collect()
    }
}

/// Brings a document into the form that is read, and says what was changed. What cannot be brought into it stays,
/// and is refused by the reader.
pub(super) fn document(document: &mut Object, flow: &Value) -> Changes {
    let mut changes = Changes::default();
    name(document, &mut changes);
    texts(document, "numbers", limits::MAX_NUMBER_LEN, &mut changes);
    texts(document, "patterns", LONGEST_PATTERN, &mut changes);
    if let Value::Object(flow) = flow {
        steps(flow, &mut changes);
    }
    changes
}

/// Whether a part of a step is nested deeper than any of them needs. Steps in steps are not meant: they have their
/// own bound.
pub(super) fn is_too_deep(flow: &Value) -> bool {
    let deep = |value: &Value| json::depth(value) > limits::MAX_DATA_DEPTH;
    let mut stack: Vec<&Object> = flow.as_object().into_iter().collect();
    let mut steps = 0;
    while let Some(step) = stack.pop() {
        steps += 1;
        if steps > limits::MAX_NODES {
            return false;
        }
        for (key, value) in step {
            match (key.as_str(), value) {
                ("children" | "nodes", Value::Object(below)) => {
                    stack.extend(below.values().filter_map(Value::as_object));
                }
                _ if deep(value) => return true,
                _ => {}
            }
        }
    }
    false
}

fn name(document: &mut Object, changes: &mut Changes) {
    let Some(value) = document.get("name").filter(|value| !value.is_null()) else {
        return;
    };
    let Some(text) = json::text(value) else {
        return;
    };
    if !value.is_string() {
        changes.key("name", format!("{text} is read as text"));
    }
    let clean = without_control(&text);
    if clean != text {
        changes.key("name", "Control characters were taken out");
    }
    let short: String = clean.chars().take(limits::MAX_NAME_LEN).collect();
    if short != clean {
        let text = format!("It was cut to {} characters", limits::MAX_NAME_LEN);
        changes.key("name", text);
    }
    if value.as_str() != Some(&short) {
        document.insert("name".into(), Value::from(short));
    }
}

fn without_control(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Numbers or patterns: a list of texts, each once.
fn texts(document: &mut Object, key: &'static str, longest: usize, changes: &mut Changes) {
    let Some(value) = document.get(key).filter(|value| !value.is_null()) else {
        return;
    };
    let items = match value {
        Value::Array(items) => items.clone(),
        Value::String(_) | Value::Number(_) => {
            changes.key(key, "One value is read as a list of one");
            vec![value.clone()]
        }
        // An empty list that a program without lists wrote.
        Value::Object(object) if object.is_empty() => Vec::new(),
        _ => return,
    };
    let mut kept: Vec<Value> = Vec::with_capacity(items.len());
    for item in &items {
        let Some(text) = json::text(item) else {
            changes.key(
                key,
                format!("{} was left out: it is no text", shown(&item.to_string())),
            );
            continue;
        };
        if !item.is_string() {
            changes.key(key, format!("The number {} is read as text", shown(&text)));
        }
        let clean = without_control(&text);
        if clean != text {
            changes.key(
                key,
                format!("Control characters were taken out of “{}”", shown(&clean)),
            );
        }
        if clean.is_empty() || clean.chars().count() > longest {
            let text = format!(
                "“{}” was left out: 1 to {longest} characters fit",
                shown(&clean)
            );
            changes.key(key, text);
            continue;
        }
        let clean = Value::from(clean);
        if kept.len() <= limits::MAX_NUMBERS && kept.contains(&clean) {
            changes.key(key, format!("{} stands twice", shown(&clean.to_string())));
            continue;
        }
        kept.push(clean);
    }
    if document.get(key) != Some(&Value::Array(kept.clone())) {
        document.insert(key.to_owned(), Value::Array(kept));
    }
}

/// Parts of the tree of steps that have no place in ours.
fn steps(root: &Object, changes: &mut Changes) {
    let mut stack = vec![root];
    let mut at = 0;
    while let Some(step) = stack.pop() {
        if at > limits::MAX_NODES {
            return;
        }
        let mut say = |text: String| changes.0.push((Place::Step(at), text));
        if matches!(step.get("data"), Some(Value::Array(_))) {
            say("The list under “data” is read as no data".to_owned());
        }
        let skipped = json::get(step, "data.skip_module").is_some_and(Value::is_string);
        if skipped {
            say("“skip_module” is text and is read as yes or no".to_owned());
        }
        let children = match step.get("children") {
            Some(Value::Object(children)) => children,
            Some(Value::Array(list)) if !list.is_empty() => {
                say("The list under “children” is read as no branches".to_owned());
                at += 1;
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        for (key, child) in children {
            let empty = child.is_null() || child.as_object().is_some_and(Object::is_empty);
            if empty {
                say(format!(
                    "The branch “{}” leads to nothing and was left out",
                    shown(key)
                ));
            }
        }
        let below = children.values().rev().filter_map(Value::as_object);
        stack.extend(below.filter(|child| !child.is_empty()));
        at += 1;
    }
}

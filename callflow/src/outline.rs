//! Outline: the canonical text of a flow, for logs, diffs and tests.
//!
//! ```text
//! set_alert_info {"alert_info":"Bellcore-dr2"}
//! menu {"id":"main"}
//!   1: user {"id":"ann"}
//!     voicemail {"id":"box"}
//!   timeout: off response {"code":480} "a note"
//! ```
//!
//! One step a line. A line without a key goes on at `_`: below the line above it that has the same indent
//! and no key, or below the line that it is indented under. What follows the module is its data, then the
//! note, then the step's other keys; `off` is a step that is switched off. [`write`] and [`read`] are
//! inverse, up to the ids of the steps: those count the lines, `n1` is the first. A jump names its target so, and
//! `n0` when that is not there.

use crate::action::Action;
use crate::flow::{BranchKey, Flow, FlowError, Node, NodeId};
use crate::json::Object;
use crate::limits;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Writes a flow.
#[must_use]
pub fn write(flow: &Flow) -> String {
    let mut text = String::new();
    let lines: BTreeMap<NodeId, NodeId> =
        flow.preorder().into_iter().zip((1..).map(NodeId)).collect();
    let mut stack: Vec<(NodeId, usize, Option<BranchKey>)> = Vec::new();
    stack.extend(flow.root().map(|root| (root, 0, None)));
    while let Some((id, indent, key)) = stack.pop() {
        let Some(node) = flow.node(id) else { continue };
        text.extend(std::iter::repeat_n(' ', indent));
        if let Some(key) = &key {
            let _ = write!(text, "{}: ", word(key.as_str()));
        }
        line(&mut text, node, &lines);
        if let [(only, child)] = node.branches.as_slice()
            && only.is_default()
        {
            let deeper = if key.is_some() { 2 } else { 0 };
            stack.push((*child, indent + deeper, None));
            continue;
        }
        for (key, child) in node.branches.iter().rev() {
            stack.push((*child, indent + 2, Some(key.clone())));
        }
    }
    text
}

fn line(text: &mut String, node: &Node, lines: &BTreeMap<NodeId, NodeId>) {
    if !node.enabled {
        text.push_str("off ");
    }
    text.push_str(&word(node.action.module()));
    let mut action = Cow::Borrowed(&node.action);
    if let Some(target) = action.goes_to() {
        let line = lines.get(&target).copied().unwrap_or(NodeId(0));
        action.to_mut().go_to(line);
    }
    let data = action.to_object();
    let more = !node.note.is_empty() || !node.extra.is_empty();
    if !data.is_empty() || more {
        let _ = write!(text, " {}", Value::Object(data));
    }
    if more {
        let _ = write!(text, " {}", Value::from(node.note.as_str()));
    }
    if !node.extra.is_empty() {
        let _ = write!(text, " {}", Value::Object(node.extra.clone()));
    }
    text.push('\n');
}

/// A key or module: bare where that is clear, else quoted as JSON.
fn word(text: &str) -> String {
    let plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_*#+.-:".contains(c));
    if plain && !text.is_empty() && text != "off" && !text.ends_with(':') {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

/// Reads a flow.
///
/// # Errors
/// When a line is not understood or the steps form no tree; the message names the line.
pub fn read(text: &str) -> Result<Flow, FlowError> {
    let mut flow = Flow::empty();
    // The lines that the next one may hang below: indent, step, whether it has a key.
    let mut open: Vec<(usize, NodeId, bool)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |what: &str| FlowError(format!("line {}: {what}", number + 1));
        if flow.len() >= limits::MAX_NODES {
            return Err(wrong("a flow has at most 2000 steps"));
        }
        let rest = line.trim_start_matches(' ');
        let indent = line.len() - rest.len();
        let (key, node) = read_line(rest).map_err(|what| wrong(&what))?;
        let id = flow.add(node);
        let keyed = key.is_some();
        open.retain(|(at, _, _)| *at < indent || (*at == indent && !keyed));
        match open.last().copied() {
            None if flow.root().is_none() && !keyed => flow.set_root(Some(id)),
            None => return Err(wrong("this step hangs nowhere")),
            Some((at, _, true)) if at == indent => {
                return Err(wrong(
                    "a step without a key follows one with a key; indent it",
                ));
            }
            Some((at, parent, _)) => {
                if at == indent {
                    open.pop();
                }
                let key = key.unwrap_or_else(BranchKey::default_branch);
                let parent = flow.edit(parent).ok_or_else(|| wrong("no such parent"))?;
                parent.branches.push((key, id));
            }
        }
        open.push((indent, id, keyed));
    }
    flow.well_formed()?;
    Ok(flow)
}

fn read_line(line: &str) -> Result<(Option<BranchKey>, Node), String> {
    let (mut first, mut rest) = token(line)?;
    let mut key = None;
    if let Some(after) = rest.strip_prefix(':') {
        key = Some(BranchKey::from(first.as_str()));
        (first, rest) = token(after.trim_start())?;
    }
    let mut enabled = true;
    if first == "off" && !rest.trim().is_empty() {
        enabled = false;
        (first, rest) = token(rest.trim_start())?;
    }
    if first.is_empty() || first.len() > 64 {
        return Err("a module has 1 to 64 characters".to_owned());
    }
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    let mut next = || match values.next() {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(error)) => Err(format!("the data is no JSON: {error}")),
    };
    let data = object(next()?)?;
    let note = match next()? {
        None => String::new(),
        Some(Value::String(note)) => note,
        Some(_) => return Err("after the data comes a note in quotes".to_owned()),
    };
    let extra = object(next()?)?;
    if next()?.is_some() {
        return Err("there is more than data, note and other keys".to_owned());
    }
    let mut node = Node::new(Action::from_wire(&first, data));
    node.enabled = enabled;
    node.note = note;
    node.extra = extra;
    Ok((key, node))
}

fn object(value: Option<Value>) -> Result<Object, String> {
    match value {
        None => Ok(Object::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err("data is a JSON object".to_owned()),
    }
}

/// The first word, bare or quoted, and what follows it. A colon at the end of a bare word is left.
fn token(text: &str) -> Result<(String, &str), String> {
    if text.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let Some(Ok(word)) = values.next() else {
            return Err("a quote is not closed".to_owned());
        };
        let rest = text.get(values.byte_offset()..).unwrap_or_default();
        return Ok((word, rest));
    }
    let end = text.find(' ').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    match word.strip_suffix(':') {
        // The colon belongs to the rest, so that it tells a key.
        Some(key) => Ok((key.to_owned(), text.get(end - 1..).unwrap_or_default())),
        None => Ok((word.to_owned(), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_is_the_same_after_reading_it() {
        let text = "set_alert_info {\"alert_info\":\"x\"}\nmenu {\"id\":\"main\"}\n  1: user {\"id\":\"ann\"}\n    \
                    voicemail {\"id\":\"box\"}\n    play\n  sip:486: off \"odd one\" {\"a\":1} \"note\" {\"k\":2}\n  \
                    \"two words\": hangup\n  _: response {\"code\":480}\n";
        let flow = read(text).unwrap();
        assert_eq!(write(&flow), text);
        assert_eq!(flow.len(), 8);
    }

    #[test]
    fn chain_below_a_key_stays_flat() {
        let flow = Flow::from_json(&json!({"module": "menu", "children": {"1": {"module": "a",
            "children": {"_": {"module": "b", "children": {"_": {"module": "c"}}}}}}}))
        .unwrap();
        assert_eq!(write(&flow), "menu\n  1: a\n    b\n    c\n");
    }

    #[test]
    fn what_hangs_nowhere_is_refused() {
        for wrong in [
            "1: menu",
            "menu\n1: play",
            "menu\n  1: a\n  b",
            "menu {",
            "menu 5",
            "menu\n  1: a\n  1: b",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nothing_is_the_empty_flow() {
        assert_eq!(read("\n"), Ok(Flow::empty()));
        assert_eq!(write(&Flow::empty()), "");
    }
}

//! Documents of older versions: read, and brought up step by step.
//!
//! Our own form of a flow says its version. KAZOO's form has none and needs none: it is KAZOO's. A change of the
//! form adds one [`Step`] and a test with a document as it was before.

use crate::flow::FlowError;
use crate::json::{self, Object};
use serde_json::Value;
use std::borrow::Cow;

/// The version that is written.
pub const VERSION: u64 = STEPS.len() as u64;

/// How a document of one version becomes one of the next.
#[derive(Clone, Copy)]
struct Step {
    /// Changes the whole document: main block and flow.
    apply: fn(&mut Object) -> Result<(), FlowError>,
}

/// The steps, from version 0 on.
const STEPS: &[Step] = &[Step { apply: say_version }];

/// 0 to 1: a document says its version. Before, there was none to say.
#[allow(clippy::unnecessary_wraps)]
fn say_version(_document: &mut Object) -> Result<(), FlowError> {
    Ok(())
}

/// The document in the form of this version. What is in KAZOO's form, or has no flow, is handed back as it is.
///
/// # Errors
/// When the document is of a newer version, or says no number as its version.
pub fn document(object: &Object) -> Result<Cow<'_, Object>, FlowError> {
    bring_up(object, STEPS)
}

/// A flow outside of a document, likewise.
pub(crate) fn flow(flow: &Object) -> Result<Cow<'_, Object>, FlowError> {
    if version(flow, STEPS)? == STEPS.len() {
        return Ok(Cow::Borrowed(flow));
    }
    let mut around = Object::new();
    around.insert("flow".into(), Value::Object(flow.clone()));
    match bring_up(&around, STEPS)?.into_owned().shift_remove("flow") {
        Some(Value::Object(flow)) => Ok(Cow::Owned(flow)),
        _ => Err(FlowError("a flow is a JSON object".into())),
    }
}

fn bring_up<'a>(object: &'a Object, steps: &[Step]) -> Result<Cow<'a, Object>, FlowError> {
    let ours = |flow: &&Object| flow.contains_key("nodes") && !flow.contains_key("module");
    let Some(flow) = object.get("flow").and_then(Value::as_object).filter(ours) else {
        return Ok(Cow::Borrowed(object));
    };
    let from = version(flow, steps)?;
    if from == steps.len() {
        return Ok(Cow::Borrowed(object));
    }
    let mut document = object.clone();
    for (at, step) in steps.iter().enumerate().skip(from) {
        (step.apply)(&mut document)
            .map_err(|error| FlowError(format!("the step from version {at} failed: {error}")))?;
        json::set(&mut document, "flow.version", Value::from(at + 1));
    }
    Ok(Cow::Owned(document))
}

/// The version that a flow says; none is 0.
fn version(flow: &Object, steps: &[Step]) -> Result<usize, FlowError> {
    let Some(said) = flow.get("version") else {
        return Ok(0);
    };
    let version = json::integer(said).and_then(|n| usize::try_from(n).ok());
    let version = version
        .ok_or_else(|| FlowError("the “version” of a flow is a whole number from 0".to_owned()))?;
    if version > steps.len() {
        return Err(FlowError(format!(
            "the flow is of version {version}, and this program reads versions up to {}. Update the program, or \
             export the callflow in KAZOO's form",
            steps.len()
        )));
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Callflow, Flow};
    use serde_json::json;

    fn plain(version: &Value) -> Value {
        json!({"name": "A", "flow": {"version": version, "root": "n1", "nodes": {"n1": {"module": "echo"}}}})
    }

    fn rename(document: &mut Object) -> Result<(), FlowError> {
        let title = document.shift_remove("title");
        document.insert("name".into(), title.unwrap_or(Value::Null));
        Ok(())
    }

    fn shout(document: &mut Object) -> Result<(), FlowError> {
        let name = document.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| FlowError("there is no name".into()))?;
        document.insert("name".into(), Value::from(name.to_uppercase()));
        Ok(())
    }

    const FUTURE: &[Step] = &[
        Step { apply: say_version },
        Step { apply: rename },
        Step { apply: shout },
    ];

    fn brought_up(document: &Value) -> Result<Value, FlowError> {
        bring_up(document.as_object().unwrap(), FUTURE).map(|done| Value::Object(done.into_owned()))
    }

    #[test]
    fn older_documents_take_every_step_in_order() {
        let old = json!({"title": "main", "flow": {"version": 1, "root": null, "nodes": {}}});
        let new = brought_up(&old).unwrap();
        assert_eq!(new["name"], "MAIN");
        assert_eq!(new["flow"]["version"], 3);
        let younger = json!({"name": "main", "flow": {"version": 2, "root": null, "nodes": {}}});
        assert_eq!(brought_up(&younger).unwrap()["name"], "MAIN");
        assert_eq!(brought_up(&new).unwrap(), new);
    }

    #[test]
    fn step_that_fails_says_which() {
        let old = json!({"name": 5, "flow": {"version": 2, "root": null, "nodes": {}}});
        let error = brought_up(&old).unwrap_err();
        assert!(
            error.0.contains("from version 2") && error.0.contains("no name"),
            "{error}"
        );
    }

    #[test]
    fn documents_without_a_version_and_of_this_one_are_read() {
        let mut without = plain(&json!(0));
        without["flow"]
            .as_object_mut()
            .unwrap()
            .shift_remove("version");
        for document in [
            without,
            plain(&json!(0)),
            plain(&json!(1)),
            plain(&json!("1")),
        ] {
            let read = Callflow::from_json(&document).unwrap();
            assert_eq!(read.flow.len(), 1);
            assert_eq!(read.to_json()["flow"]["version"], VERSION);
            assert_eq!(Flow::from_json(&document["flow"]).unwrap(), *read.flow);
        }
    }

    #[test]
    fn newer_documents_are_refused_with_what_to_do() {
        for document in [plain(&json!(VERSION + 1)), plain(&json!(99))] {
            let error = Callflow::from_json(&document).unwrap_err().0;
            assert!(
                error.contains("reads versions up to") && error.contains("Update"),
                "{error}"
            );
            assert!(Flow::from_json(&document["flow"]).is_err());
        }
        for wrong in [json!("new"), json!(-1), json!(1.5), json!({}), json!(null)] {
            assert!(Callflow::from_json(&plain(&wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn kazoo_form_has_no_version() {
        let step = json!({"module": "echo", "version": 99, "nodes": []});
        let read = Callflow::from_json(&json!({"flow": step})).unwrap();
        assert_eq!(read.to_kazoo()["flow"]["version"], 99);
    }
}

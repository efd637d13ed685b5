//! What differs between two states of a document, as data: small enough to keep hundreds of them.

use super::{Flow, FlowError, NodeId, children, read_node, write_node};
use crate::document::Callflow;
use crate::json::Object;
use crate::limits;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What turns one state of a document into another. Steps that are shared by both cost nothing to compare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// The document without its flow, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    main: Option<Value>,
    root: Option<NodeId>,
    next: u32,
    /// The steps that differ; none for one that is gone.
    steps: BTreeMap<NodeId, Option<Object>>,
}

impl Delta {
    /// What turns `from` into `to`.
    #[must_use]
    pub fn between(from: &Callflow, to: &Callflow) -> Self {
        let (old, new) = (&from.flow, &to.flow);
        let mut steps: BTreeMap<NodeId, Option<Object>> = old
            .nodes()
            .filter(|(id, _)| new.node(*id).is_none())
            .map(|(id, _)| (id, None))
            .collect();
        for (id, node) in new.nodes() {
            let same = |other: &Arc<super::Node>| Arc::ptr_eq(other, node) || other == node;
            if !old.node(id).is_some_and(same) {
                let mut object = write_node(node);
                let branches = node.branches.iter();
                let children: Map<String, Value> = branches
                    .map(|(key, child)| (key.to_string(), child.to_string().into()))
                    .collect();
                object.insert("children".into(), Value::Object(children));
                steps.insert(id, Some(object));
            }
        }
        let main = without_flow(to);
        Self {
            main: (without_flow(from) != main).then_some(main),
            root: new.root,
            next: new.next,
            steps,
        }
    }

    /// The other state.
    ///
    /// # Errors
    /// When this is not what differs from `from`, or was tampered with.
    pub fn apply(&self, from: &Callflow) -> Result<Callflow, FlowError> {
        let mut flow = Flow::clone(&from.flow);
        for (id, step) in &self.steps {
            let Some(object) = step else {
                flow.nodes.remove(id);
                continue;
            };
            let mut node = read_node(object, &format!("step {id}"))?;
            for (key, child) in children(object) {
                let child = child.as_str().unwrap_or_default().parse()?;
                node.branches.push((key.as_str().into(), child));
            }
            flow.nodes.insert(*id, Arc::new(node));
        }
        if flow.nodes.len() > limits::MAX_NODES {
            return Err(FlowError("the flow has too many steps".into()));
        }
        flow.root = self.root;
        flow.next = self.next;
        flow.well_formed()?;
        let mut to = match &self.main {
            Some(main) => Callflow::from_json(main)?,
            None => from.clone(),
        };
        to.flow = Arc::new(flow);
        Ok(to)
    }
}

fn without_flow(callflow: &Callflow) -> Value {
    let bare = Callflow {
        flow: Arc::default(),
        ..callflow.clone()
    };
    let mut document = bare.to_json();
    if let Some(object) = document.as_object_mut() {
        object.shift_remove("flow");
    }
    document
}

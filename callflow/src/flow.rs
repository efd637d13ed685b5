//! The flow: a tree of steps with stable ids.
//!
//! Loops and sharing go through the Callflow action, so the flow itself is a tree and every algorithm on
//! it ends. No coordinates and no selection: layout is a function of the flow, session state is elsewhere.

mod delta;

pub use delta::Delta;

use crate::action::{Action, Caption};
use crate::directory::Directory;
use crate::json::{self, Object};
use crate::limits;
use crate::migrate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The identity of a step, unchanged as long as the step lives. Written `n12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

impl FromStr for NodeId {
    type Err = FlowError;
    fn from_str(s: &str) -> Result<Self, FlowError> {
        s.strip_prefix('n')
            .and_then(|n| n.parse().ok())
            .map(Self)
            .ok_or_else(|| FlowError(format!("“{s}” is not a step id; ids look like n12")))
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The name of a branch: `_` is "otherwise / next", others are digits, rule ids, causes, …
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BranchKey(pub Arc<str>);

impl BranchKey {
    /// The default branch, `_`.
    #[must_use]
    pub fn default_branch() -> Self {
        Self::from("_")
    }

    /// Whether this is the default branch.
    #[must_use]
    pub fn is_default(&self) -> bool {
        &*self.0 == "_"
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for BranchKey {
    fn from(key: &str) -> Self {
        Self(key.into())
    }
}

impl From<String> for BranchKey {
    fn from(key: String) -> Self {
        Self(key.into())
    }
}

impl fmt::Display for BranchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A document that is not a well-formed flow: what is wrong and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowError(pub String);

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FlowError {}

/// One step of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it does.
    pub action: Action,
    /// Where it leads, in the order in which branches are shown and, for time rules, tried.
    pub branches: Vec<(BranchKey, NodeId)>,
    /// A person's remark.
    pub note: String,
    /// A step that is switched off is passed over: the call continues at `_` (KAZOO's `skip_module`).
    pub enabled: bool,
    /// Keys of the step itself that this version does not know.
    pub extra: Object,
}

impl Node {
    /// A step without branches.
    #[must_use]
    pub fn new(action: Action) -> Self {
        Self {
            action,
            branches: Vec::new(),
            note: String::new(),
            enabled: true,
            extra: Object::new(),
        }
    }

    /// The step that a branch leads to.
    #[must_use]
    pub fn child(&self, key: &str) -> Option<NodeId> {
        self.branches
            .iter()
            .find(|(k, _)| k.as_str() == key)
            .map(|(_, id)| *id)
    }
}

/// A tree of steps. Cheap to copy: steps are shared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flow {
    root: Option<NodeId>,
    nodes: BTreeMap<NodeId, Arc<Node>>,
    next: u32,
}

/// Where a step hangs: its parent and the branch that leads to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The parent step.
    pub node: NodeId,
    /// The parent's branch.
    pub key: BranchKey,
}

impl Flow {
    /// A flow without steps.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The first step.
    #[must_use]
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// A step by id.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Arc<Node>> {
        self.nodes.get(&id)
    }

    /// How many steps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All steps by id, in no order of meaning.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Arc<Node>)> {
        self.nodes.iter().map(|(id, node)| (*id, node))
    }

    /// All steps in reading order: each before what follows it, branches in their order.
    #[must_use]
    pub fn preorder(&self) -> Vec<NodeId> {
        self.root.map_or_else(Vec::new, |root| self.subtree(root))
    }

    /// The step and everything below it, in reading order.
    #[must_use]
    pub fn subtree(&self, top: NodeId) -> Vec<NodeId> {
        let mut order = Vec::new();
        let mut stack = vec![top];
        while let Some(id) = stack.pop() {
            if let Some(node) = self.node(id) {
                order.push(id);
                stack.extend(node.branches.iter().rev().map(|(_, child)| *child));
            }
        }
        order
    }

    /// Every step's parent.
    #[must_use]
    pub fn parents(&self) -> BTreeMap<NodeId, Parent> {
        let mut parents = BTreeMap::new();
        for (id, node) in self.nodes() {
            for (key, child) in &node.branches {
                parents.insert(
                    *child,
                    Parent {
                        node: id,
                        key: key.clone(),
                    },
                );
            }
        }
        parents
    }

    /// One step's parent; `None` for the root and for ids that are not here.
    #[must_use]
    pub fn parent(&self, id: NodeId) -> Option<Parent> {
        self.nodes().find_map(|(parent, node)| {
            let (key, _) = node.branches.iter().find(|(_, child)| *child == id)?;
            Some(Parent {
                node: parent,
                key: key.clone(),
            })
        })
    }

    /// Adds a step that hangs nowhere yet. The caller attaches it before handing the flow on.
    pub(crate) fn add(&mut self, node: Node) -> NodeId {
        let mut id = NodeId(self.next.max(1));
        if self.nodes.contains_key(&id) {
            // Only where a document used up the last id there is.
            let mut free = (1..=u32::MAX).map(NodeId);
            id = free.find(|id| !self.nodes.contains_key(id)).unwrap_or(id);
        }
        self.next = self.next.max(id.0.saturating_add(1));
        self.nodes.insert(id, Arc::new(node));
        id
    }

    /// Adds a step under an id of its own that is not taken. It hangs nowhere yet.
    pub(crate) fn put(&mut self, id: NodeId, node: Node) {
        self.next = self.next.max(id.0.saturating_add(1));
        self.nodes.insert(id, Arc::new(node));
    }

    /// The name of a step for a person: what it does, and what tells it apart.
    #[must_use]
    pub fn step_name(&self, id: NodeId, directory: &Directory) -> Option<String> {
        let node = self.node(id)?;
        let keys: Vec<&str> = node.branches.iter().map(|(key, _)| key.as_str()).collect();
        let label = node.action.preset().label;
        let caption = node.action.caption_with(directory, &keys).text;
        Some(match caption.as_str() {
            "" => label.to_owned(),
            caption => format!("{label} · {caption}"),
        })
    }

    /// What a step shows below its name. A jump shows where it leads, which its action alone cannot name.
    #[must_use]
    pub fn caption(&self, id: NodeId, directory: &Directory) -> Caption {
        let Some(node) = self.node(id) else {
            return Caption::default();
        };
        let target = node.action.goes_to();
        match target.and_then(|target| self.step_name(target, directory)) {
            Some(name) => Caption::text(name),
            None => node.action.caption(directory),
        }
    }

    /// Adds a step whose id is none of those that a document says.
    fn add_beside(&mut self, node: Node, said: &BTreeMap<NodeId, bool>) -> NodeId {
        let mut free = (self.next.max(1)..=u32::MAX)
            .chain(1..=u32::MAX)
            .map(NodeId);
        let taken = |id: &NodeId| said.contains_key(id) || self.nodes.contains_key(id);
        let id = free.find(|id| !taken(id)).unwrap_or(NodeId(0));
        self.put(id, node);
        id
    }

    pub(crate) fn edit(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(&id).map(Arc::make_mut)
    }

    pub(crate) fn set_root(&mut self, root: Option<NodeId>) {
        self.root = root;
    }

    /// The same steps, to be gone through from another one on. What stands before it is there and not reached,
    /// so this is for running, not for keeping. `None` when there is no such step.
    pub(crate) fn beginning_at(&self, first: NodeId) -> Option<Self> {
        self.node(first)?;
        Some(Self {
            root: Some(first),
            ..self.clone()
        })
    }

    pub(crate) fn remove(&mut self, id: NodeId) -> Option<Arc<Node>> {
        self.nodes.remove(&id)
    }

    /// Whether the steps form one tree: the root and every child exist, each step has one parent, all are
    /// reachable, and keys are unique within a step.
    ///
    /// # Errors
    /// The first thing found that is not so.
    pub fn well_formed(&self) -> Result<(), FlowError> {
        let Some(root) = self.root else {
            return if self.nodes.is_empty() {
                Ok(())
            } else {
                Err(FlowError("the flow has steps but no root".into()))
            };
        };
        if self.nodes.len() > limits::MAX_NODES {
            return Err(FlowError(format!(
                "the flow has {} steps; at most {} fit",
                self.nodes.len(),
                limits::MAX_NODES
            )));
        }
        let mut seen = BTreeSet::new();
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                return Err(FlowError(format!("step {id} hangs in two places")));
            }
            let node = self
                .node(id)
                .ok_or_else(|| FlowError(format!("step {id} does not exist")))?;
            if node.branches.len() > limits::MAX_BRANCHES {
                return Err(FlowError(format!(
                    "step {id} has more than {} branches",
                    limits::MAX_BRANCHES
                )));
            }
            let mut keys = BTreeSet::new();
            for (key, child) in &node.branches {
                if key.as_str().is_empty() || key.as_str().len() > limits::MAX_BRANCH_KEY_LEN {
                    return Err(FlowError(format!(
                        "step {id} has a branch key that is empty or too long"
                    )));
                }
                if !keys.insert(key) {
                    return Err(FlowError(format!("step {id} has two branches “{key}”")));
                }
                stack.push(*child);
            }
        }
        if seen.len() == self.nodes.len() {
            Ok(())
        } else {
            Err(FlowError(format!(
                "{} steps hang nowhere",
                self.nodes.len() - seen.len()
            )))
        }
    }

    /// Reads a flow: our flat form (`{"root", "nodes"}`), or KAZOO's nested node
    /// (`{"module", "data", "children"}`); `null` and `{}` are the empty flow.
    ///
    /// # Errors
    /// When the document is not a well-formed tree within the limits.
    pub fn from_json(value: &Value) -> Result<Self, FlowError> {
        match value {
            Value::Null => Ok(Self::empty()),
            Value::Object(object) if object.is_empty() => Ok(Self::empty()),
            Value::Object(object)
                if object.contains_key("nodes") && !object.contains_key("module") =>
            {
                let flow = migrate::flow(object)?;
                Self::from_flat(&flow)
            }
            Value::Object(object) => Self::from_nested(object),
            _ => Err(FlowError("a flow is a JSON object".into())),
        }
    }

    fn from_flat(object: &Object) -> Result<Self, FlowError> {
        let nodes = object
            .get("nodes")
            .and_then(Value::as_object)
            .ok_or_else(|| FlowError("“nodes” is an object of steps by id".into()))?;
        if nodes.len() > limits::MAX_NODES {
            return Err(FlowError(format!(
                "the flow has {} steps; at most {} fit",
                nodes.len(),
                limits::MAX_NODES
            )));
        }
        let root = match object.get("root") {
            None | Some(Value::Null) => None,
            Some(root) => Some(root.as_str().unwrap_or_default().parse()?),
        };
        let mut flow = Self {
            root,
            nodes: BTreeMap::new(),
            next: 0,
        };
        for (id, node) in nodes {
            let id: NodeId = id.parse()?;
            let object = node
                .as_object()
                .ok_or_else(|| FlowError(format!("step {id} is an object")))?;
            let mut parsed = read_node(object, &format!("step {id}"))?;
            for (key, child) in children(object) {
                let child = child.as_str().unwrap_or_default().parse()?;
                parsed.branches.push((key.as_str().into(), child));
            }
            flow.next = flow.next.max(id.0.saturating_add(1));
            flow.nodes.insert(id, Arc::new(parsed));
        }
        if let Some(next) = object
            .get("next")
            .and_then(json::integer)
            .and_then(|n| u32::try_from(n).ok())
        {
            flow.next = flow.next.max(next);
        }
        flow.well_formed()?;
        Ok(flow)
    }

    fn from_nested(object: &Object) -> Result<Self, FlowError> {
        let mut flow = Self::empty();
        // Ids are kept where the document has them, so that a replaced document keeps its steps' identity and
        // jumps find their target again. The others are numbered around them.
        let mut said = own_ids(object);
        let mut stack: Vec<(&Object, Option<Parent>, usize)> = vec![(object, None, 0)];
        while let Some((object, parent, depth)) = stack.pop() {
            if depth > limits::MAX_DEPTH || flow.len() >= limits::MAX_NODES {
                return Err(FlowError(format!(
                    "the flow is larger than {} steps or {} levels",
                    limits::MAX_NODES,
                    limits::MAX_DEPTH
                )));
            }
            let node = read_node(object, "a step")?;
            // An id that stands at several steps is that of the first.
            let own = own_id(object).filter(|id| said.get(id) == Some(&false));
            let id = match own {
                Some(id) => {
                    said.insert(id, true);
                    flow.put(id, node);
                    id
                }
                None => flow.add_beside(node, &said),
            };
            match parent {
                None => flow.root = Some(id),
                Some(Parent { node, key }) => {
                    if let Some(parent) = flow.edit(node) {
                        parent.branches.push((key, id));
                    }
                }
            }
            let below: Vec<_> = children(object).collect();
            for (key, child) in below.into_iter().rev() {
                match child {
                    // KAZOO stops at an empty node: there is nothing to keep.
                    Value::Object(child) if !child.is_empty() => {
                        let key = key.as_str().into();
                        stack.push((child, Some(Parent { node: id, key }), depth + 1));
                    }
                    Value::Object(_) | Value::Null => {}
                    _ => return Err(FlowError(format!("branch “{key}” is not a step"))),
                }
            }
        }
        flow.well_formed()?;
        Ok(flow)
    }

    /// The flat form: `{"version": 1, "root": "n1", "nodes": {"n1": {…}}, "next": 7}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let nodes: Map<String, Value> = self
            .preorder()
            .into_iter()
            .filter_map(|id| {
                let node = self.node(id)?;
                let mut object = write_node(node);
                let children: Map<String, Value> = node
                    .branches
                    .iter()
                    .map(|(k, c)| (k.to_string(), Value::from(c.to_string())))
                    .collect();
                object.insert("children".into(), Value::Object(children));
                Some((id.to_string(), Value::Object(object)))
            })
            .collect();
        json!({
            "version": migrate::VERSION,
            "root": self.root.map(|id| id.to_string()),
            "nodes": nodes,
            "next": self.next,
        })
    }

    /// KAZOO's nested form. Notes and other keys stay: KAZOO keeps what it does not know. Steps have their ids in
    /// it only where a step jumps to another.
    #[must_use]
    pub fn to_kazoo(&self) -> Value {
        let jumps = self
            .nodes()
            .any(|(_, node)| node.action.goes_to().is_some());
        // Children are finished before their parents, without recursion: a chain may be long.
        let mut done: BTreeMap<NodeId, Value> = BTreeMap::new();
        for id in self.preorder().into_iter().rev() {
            let Some(node) = self.node(id) else { continue };
            let mut object = write_node(node);
            if jumps {
                object.insert(STEP_ID.into(), Value::from(id.to_string()));
            }
            let children: Map<String, Value> = node
                .branches
                .iter()
                .filter_map(|(k, c)| Some((k.to_string(), done.remove(c)?)))
                .collect();
            object.insert("children".into(), Value::Object(children));
            done.insert(id, Value::Object(object));
        }
        self.root
            .and_then(|root| done.remove(&root))
            .unwrap_or_else(|| json!({}))
    }
}

fn children(object: &Object) -> impl Iterator<Item = (&String, &Value)> {
    object
        .get("children")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// The key of a step's id in the nested form. KAZOO has no such key.
const STEP_ID: &str = "step_id";

/// The id that a step of a nested document says of itself.
fn own_id(object: &Object) -> Option<NodeId> {
    let said = |key: &str| object.get(key)?.as_str()?.parse().ok();
    said(STEP_ID).or_else(|| said("id"))
}

/// Every id that the steps of a nested document say of themselves, none taken yet.
fn own_ids(object: &Object) -> BTreeMap<NodeId, bool> {
    let mut said = BTreeMap::new();
    let mut stack = vec![(object, 0)];
    while let Some((object, depth)) = stack.pop() {
        if depth > limits::MAX_DEPTH || said.len() > limits::MAX_NODES {
            break;
        }
        said.extend(own_id(object).map(|id| (id, false)));
        let below = children(object).filter_map(|(_, child)| child.as_object());
        stack.extend(below.map(|child| (child, depth + 1)));
    }
    said
}

fn read_node(object: &Object, at: &str) -> Result<Node, FlowError> {
    let module = object
        .get("module")
        .and_then(Value::as_str)
        .filter(|m| !m.is_empty() && m.len() <= 64)
        .ok_or_else(|| FlowError(format!("{at} has no “module” (text of 1 to 64 characters)")))?;
    let mut data = match object.get("data") {
        None | Some(Value::Null) => Object::new(),
        Some(Value::Object(data)) => data.clone(),
        // Some programs write an empty object as a list.
        Some(Value::Array(data)) if data.is_empty() => Object::new(),
        Some(_) => {
            return Err(FlowError(format!(
                "the “data” of {at} ({module}) is not an object"
            )));
        }
    };
    let skipped = data
        .get("skip_module")
        .and_then(json::boolean)
        .unwrap_or(false);
    if skipped {
        data.shift_remove("skip_module");
    }
    let mut node = Node::new(Action::from_wire(module, data));
    node.enabled = !skipped;
    for (key, value) in object {
        match key.as_str() {
            "module" | "data" | "children" => {}
            // Our own ids; another program's are kept.
            "id" | STEP_ID
                if value
                    .as_str()
                    .is_some_and(|id| id.parse::<NodeId>().is_ok()) => {}
            "note" if value.as_str().is_some_and(|note| !note.is_empty()) => {
                node.note = json::text(value).unwrap_or_default();
            }
            _ => {
                node.extra.insert(key.clone(), value.clone());
            }
        }
    }
    Ok(node)
}

fn write_node(node: &Node) -> Object {
    let mut data = node.action.to_object();
    if !node.enabled {
        data.insert("skip_module".into(), Value::Bool(true));
    }
    let mut object = Object::new();
    object.insert("module".into(), Value::from(node.action.module()));
    object.insert("data".into(), Value::Object(data));
    object.extend(node.extra.clone());
    if !node.note.is_empty() {
        object.insert("note".into(), Value::from(node.note.clone()));
    }
    object
}

impl Serialize for Flow {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(s)
    }
}

impl<'de> Deserialize<'de> for Flow {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::from_json(&Value::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

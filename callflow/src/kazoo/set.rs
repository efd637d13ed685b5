//! Whole sets: callflows with the users, devices, menus, rules and so on that they refer to.

use super::kinds::{self, Said};
use super::observe::Observer;
use super::report::{About, Part, Report, shown};
use super::{Document, tidy};
use crate::document::Callflow;
use crate::flow::{Flow, FlowError};
use crate::json::{self, Object, TextError};
use crate::limits;
use crate::resource::{Resource, ResourceKind};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Deepest nesting of containers.
const DEEPEST: usize = 8;

/// What was read of one import, or is to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    /// The callflows.
    pub callflows: Vec<Document>,
    /// Everything else that has a place here.
    pub resources: Vec<Item>,
    /// Documents that have none; they come back out as they are.
    pub others: Vec<Value>,
}

/// A resource of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The kind.
    pub kind: ResourceKind,
    /// The id that other documents of the set know it by.
    pub id: String,
    /// The document, with KAZOO's keys.
    pub document: Object,
}

/// Reads everything that a text holds.
///
/// # Errors
/// When it is no JSON within the bounds. What is wrong with single documents is in the report.
pub fn read_text(bytes: &[u8]) -> Result<(Set, Report), TextError> {
    let text = json::read(bytes)?;
    let (set, mut report) = read(&text.value);
    let about = About::default();
    for odd in text.oddities {
        report.add(
            Part::Adapted,
            &about,
            format!("byte {}", odd.at),
            capitalised(&odd.text),
        );
    }
    Ok((set, report))
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

/// Reads everything that a value holds: one document or step, lists of them, objects with a list for each kind,
/// answers of the API around them, rows of a database.
#[must_use]
pub fn read(value: &Value) -> (Set, Report) {
    let mut reader = Reader::default();
    reader.collect(value, Place::default(), 0);
    (reader.set, reader.report)
}

#[derive(Default)]
struct Reader {
    set: Set,
    report: Report,
    observer: Observer,
    seen: BTreeSet<(ResourceKind, String)>,
    documents: usize,
}

/// What is known of a value by where it stands.
#[derive(Clone, Default)]
struct Place<'a> {
    name: String,
    kind: Option<ResourceKind>,
    id: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn item(&self, number: usize) -> Self {
        let of = if self.name.is_empty() {
            "document"
        } else {
            &self.name
        };
        Self {
            name: format!("{of} {number}"),
            kind: self.kind,
            id: None,
        }
    }
}

/// Keys of answers and files that say nothing about the documents inside.
const WRAPPER: [&str; 15] = [
    "auth_token",
    "metadata",
    "revision",
    "request_id",
    "status",
    "page_size",
    "start_key",
    "next_start_key",
    "node",
    "timestamp",
    "version",
    "account_id",
    "total_rows",
    "offset",
    "next",
];

/// The list under one of the keys that stand around documents.
fn wrapped(object: &Object) -> Option<&Value> {
    ["data", "items", "docs", "rows", "documents"]
        .iter()
        .find_map(|key| object.get(*key))
        .filter(|inner| inner.is_object() || inner.is_array())
}

/// A value that holds documents of a kind: a list, or an object by id.
fn holds_documents(kind: ResourceKind, value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(Value::is_object),
        Value::Object(by_id) => {
            kind == ResourceKind::Settings
                || kinds::said_kind(by_id) == Some(kind)
                || by_id.values().all(Value::is_object)
        }
        _ => false,
    }
}

/// Whether an object holds documents by kind and is none itself.
fn is_by_kind(object: &Object) -> bool {
    let mut kinds = 0;
    for (key, value) in object {
        let ours = key == "resources" && is_resources(value);
        if ours || (key == "others" && value.is_array()) {
            kinds += 1;
            continue;
        }
        match kinds::by_plural(key) {
            Some(kind) if holds_documents(kind, value) => kinds += 1,
            _ if WRAPPER.contains(&key.as_str()) => {}
            _ => return object.get("callflows").is_some_and(|v| !v.is_string()),
        }
    }
    kinds > 0
}

/// Our own files keep resources by kind under one key; KAZOO calls its carriers so.
fn is_resources(value: &Value) -> bool {
    value.as_object().is_some_and(|by_kind| {
        !by_kind.is_empty() && by_kind.keys().all(|key| kinds::by_plural(key).is_some())
    })
}

/// What our own interface adds to a callflow.
const ADDED: [&str; 6] = [
    "revision",
    "state",
    "live_version",
    "created_at",
    "updated_at",
    "updated_by",
];

/// Whether a flow is in our own form.
fn is_ours(flow: &Value) -> bool {
    flow.get("nodes").is_some() && flow.get("module").is_none()
}

/// A callflow of its main block and its flow.
fn read_callflow(mut document: Object, flow: &Value) -> Result<Callflow, FlowError> {
    if is_ours(flow) {
        // Main block and steps are of one version.
        document.insert("flow".into(), flow.clone());
        return Callflow::from_json(&Value::Object(document));
    }
    let steps = Flow::from_json(flow)?;
    let mut callflow = Callflow::from_json(&Value::Object(document))?;
    callflow.flow = Arc::new(steps);
    Ok(callflow)
}

impl Reader {
    fn collect<'a>(&mut self, value: &'a Value, place: Place<'a>, depth: usize) {
        if depth > DEEPEST {
            return self.refuse(&place, "It is packed too deeply");
        }
        match value {
            Value::Array(items) => {
                for (number, item) in (1..).zip(items) {
                    self.collect(item, place.item(number), depth + 1);
                }
            }
            Value::Object(object) => self.object(value, object, place, depth),
            _ => self.refuse(&place, "It is no JSON object"),
        }
    }

    fn object<'a>(&mut self, value: &'a Value, object: &'a Object, place: Place<'a>, depth: usize) {
        if object.is_empty() && place.kind.is_none() {
            return self.refuse(&place, "It is empty");
        }
        let may_be_callflow = place.kind.is_none_or(|kind| kind == ResourceKind::Callflow);
        if super::is_flow(object) && may_be_callflow {
            return self.callflow(Object::new(), Some(value), &place);
        }
        match kinds::said(object) {
            Said::Kind(kind) => return self.document(kind, object, &place),
            Said::Other(word) => {
                let text = format!("Documents of the type “{}” have no place here", shown(word));
                return self.other(object, &place, &text);
            }
            Said::Nothing => {}
        }
        if object.contains_key("flow") && may_be_callflow {
            return self.callflow_with_resources(object, &place, depth);
        }
        let only_wrapped = |inner: &Value| {
            let around = |(key, value): (&String, &Value)| {
                WRAPPER.contains(&key.as_str()) || std::ptr::eq(value, inner)
            };
            object.iter().all(around)
        };
        if let Some(inner) = wrapped(object).filter(|inner| only_wrapped(inner)) {
            return self.collect(inner, place, depth + 1);
        }
        if let Some(kind) = place.kind {
            return self.document(kind, object, &place);
        }
        if is_by_kind(object) {
            return self.by_kind(object, depth);
        }
        // A row of a database is `{"id", "key", "value", "doc"}`.
        let row = ["doc", "value"].iter().find_map(|key| object.get(*key));
        if let Some(row) = row.filter(|row| row.is_object() && object.contains_key("key")) {
            return self.collect(row, place, depth + 1);
        }
        if let Some(kind) = kinds::by_shape(object) {
            return self.document(kind, object, &place);
        }
        if let Some(inner) = wrapped(object) {
            return self.collect(inner, place, depth + 1);
        }
        self.other(
            object,
            &place,
            "It is not clear what kind of document this is",
        );
    }

    fn by_kind(&mut self, object: &Object, depth: usize) {
        for (key, value) in object {
            let mut place = Place {
                name: key.clone(),
                kind: kinds::by_plural(key),
                id: None,
            };
            match (place.kind, value) {
                (_, Value::Object(by_kind)) if key == "resources" && is_resources(value) => {
                    self.by_kind(by_kind, depth + 1);
                }
                (Some(kind), Value::Object(by_id))
                    if kind != ResourceKind::Settings
                        && kinds::said_kind(by_id).is_none()
                        && wrapped(by_id).is_none()
                        && by_id.values().all(Value::is_object) =>
                {
                    for (id, document) in by_id {
                        place.name = format!("{key} {}", shown(id));
                        place.id = Some(id);
                        self.collect(document, place.clone(), depth + 1);
                    }
                }
                (Some(_), _) => self.collect(value, place, depth + 1),
                (None, _) if key == "others" => self.collect(value, Place::default(), depth + 1),
                (None, _) if WRAPPER.contains(&key.as_str()) => {}
                (None, _) => self.refuse(&place, "This part of the file is not known"),
            }
        }
    }

    /// Files for simulations have resources beside one flow.
    fn callflow_with_resources(&mut self, object: &Object, place: &Place, depth: usize) {
        let beside = object.get("resources").filter(|value| is_resources(value));
        let Some(Value::Object(resources)) = beside else {
            return self.document(ResourceKind::Callflow, object, place);
        };
        self.document(ResourceKind::Callflow, object, place);
        self.by_kind(resources, depth + 1);
    }

    fn document(&mut self, kind: ResourceKind, object: &Object, place: &Place) {
        if object.get("pvt_deleted").and_then(json::boolean) == Some(true) {
            return self.leave_out(place, "It was deleted where it comes from");
        }
        let said = ["id", "_id"]
            .iter()
            .find_map(|key| object.get(*key)?.as_str())
            .or(place.id)
            .filter(|id| !id.is_empty() && id.len() <= 128);
        if said.is_some_and(|id| id.starts_with("_design/")) {
            return self.leave_out(place, "It is a part of the database, not of the account");
        }
        let flow = object
            .get("flow")
            .filter(|_| kind == ResourceKind::Callflow);
        let own = |key: &str, value: &Value| {
            let private = key == "id" || key.starts_with('_') || key.starts_with("pvt_");
            let beside =
                flow.is_some() && (key == "flow" || (key == "resources" && is_resources(value)));
            let added = flow.is_some_and(is_ours) && ADDED.contains(&key);
            !private && !beside && !added
        };
        let place = Place {
            id: said,
            ..place.clone()
        };
        if kind == ResourceKind::Callflow && flow.is_none() && kinds::said_kind(object).is_none() {
            let text = "It has no flow. Lists show summaries; fetch each callflow by itself";
            return self.refuse(&place, text);
        }
        // The flow may be deep; it is never copied.
        let parts = object.iter().filter(|(key, value)| own(key, value));
        if parts
            .clone()
            .any(|(_, value)| json::depth(value) > limits::MAX_DATA_DEPTH)
        {
            return self.refuse(&place, "It is nested too deeply");
        }
        let document = parts
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        match kind {
            ResourceKind::Callflow => self.callflow(document, flow, &place),
            kind => self.resource(kind, document, &place),
        }
    }

    /// Whether there is room for one more document.
    fn counts(&mut self, kind: ResourceKind, place: &Place) -> bool {
        self.documents += 1;
        if self.documents > limits::MAX_IMPORT_DOCUMENTS {
            let text = format!(
                "At most {} documents are taken at once",
                limits::MAX_IMPORT_DOCUMENTS
            );
            self.refuse(place, &text);
            return false;
        }
        if let Some(id) = place.id
            && !self.seen.insert((kind, id.to_owned()))
        {
            let text = format!("There is another {} with this id", kind.label());
            self.refuse(place, &text);
            return false;
        }
        true
    }

    fn callflow(&mut self, mut document: Object, flow: Option<&Value>, place: &Place) {
        if !self.counts(ResourceKind::Callflow, place) {
            return;
        }
        let mut about = self.about(place, Some(ResourceKind::Callflow));
        if flow.is_none() {
            self.report
                .add(Part::Adapted, &about, "flow", "There is none; it is empty");
        }
        let flow = flow.unwrap_or(&Value::Null);
        if tidy::is_too_deep(flow) {
            return self.refuse(place, "A step holds data that is nested too deeply");
        }
        let changes = tidy::document(&mut document, flow);
        let callflow = match read_callflow(document, flow) {
            Ok(callflow) => callflow,
            Err(error) => {
                let text = format!("It is no callflow: {error}");
                return self.refuse(place, &text);
            }
        };
        about.document = shown(&callflow.title());
        for (place, text) in changes.told(&callflow.flow) {
            self.report.add(Part::Adapted, &about, place, text);
        }
        let steps = match callflow.flow.len() {
            1 => "Callflow with 1 step".to_owned(),
            steps => format!("Callflow with {steps} steps"),
        };
        self.report.add(Part::Understood, &about, "", steps);
        self.observer.callflow(&callflow, &about, &mut self.report);
        self.set.callflows.push(Document {
            id: place.id.map(Into::into),
            callflow,
        });
    }

    fn resource(&mut self, kind: ResourceKind, document: Object, place: &Place) {
        let id = match place.id {
            _ if kind == ResourceKind::Settings => kinds::SETTINGS.to_owned(),
            Some(id) => id.to_owned(),
            None => self.free_id(kind),
        };
        let named = Place {
            id: Some(&id),
            ..place.clone()
        };
        if !self.counts(kind, &named) {
            return;
        }
        let mut about = self.about(&named, Some(kind));
        let (resource, _) = Resource::parse(kind, document);
        let name = resource.name();
        if !name.is_empty() {
            about.document = shown(&name);
        }
        let document = resource.to_object();
        let label = capitalised(kind.label());
        self.report.add(Part::Understood, &about, "", label);
        if place.id.is_none() && kind != ResourceKind::Settings {
            let text = format!("The document has no id; “{id}” is used");
            self.report.add(Part::Adapted, &about, "id", text);
        }
        self.observer
            .resource(kind, &document, &about, &mut self.report);
        self.set.resources.push(Item { kind, id, document });
    }

    /// An id for a document that has none.
    fn free_id(&self, kind: ResourceKind) -> String {
        (self.documents + 1..)
            .map(|number| format!("{}-{number}", kind.path()))
            .find(|id| !self.seen.contains(&(kind, id.clone())))
            .unwrap_or_default()
    }

    fn other(&mut self, object: &Object, place: &Place, why: &str) {
        self.documents += 1;
        if self.documents > limits::MAX_IMPORT_DOCUMENTS {
            return self.refuse(place, "Too many documents");
        }
        let about = self.about(place, None);
        self.report.add(Part::Kept, &about, "", why);
        self.set.others.push(Value::Object(object.clone()));
    }

    fn refuse(&mut self, place: &Place, why: &str) {
        let about = self.about(place, place.kind);
        self.report.add(Part::Refused, &about, "", why);
    }

    fn leave_out(&mut self, place: &Place, why: &str) {
        let about = self.about(place, place.kind);
        self.report.add(Part::LeftOut, &about, "", why);
    }

    fn about(&self, place: &Place, kind: Option<ResourceKind>) -> About {
        let document = if place.name.is_empty() {
            "the document"
        } else {
            &place.name
        };
        About {
            kind,
            id: place.id.unwrap_or_default().to_owned(),
            document: document.to_owned(),
        }
    }
}

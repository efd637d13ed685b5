//! What an import does before it writes: new ids, and whether each document can be stored.

use super::{Flow, Thing};
use crate::database::{folded, new_id};
use crate::draft;
use crate::error::Error;
use crate::number::dialled;
use crate::resource::{self, Checked, LONGEST_NAME};
use callflow::kazoo::{Document, Item, Line, Part, Report, Set};
use callflow::{CallflowId, Directory, ResourceKind};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A set that can be written, with what has been said of it.
pub(super) struct Prepared {
    pub(super) callflows: Vec<Flow>,
    pub(super) resources: Vec<Thing>,
    /// Documents without a place here, each with its id.
    pub(super) others: Vec<(String, Checked)>,
    pub(super) report: Report,
}

/// Gives the documents new ids and finds those that cannot be stored.
pub(super) fn prepare(mut set: Set, mut report: Report, directory: &Directory) -> Prepared {
    set.report_missing(&mut report, |kind, id| directory.get(kind, id).is_some());
    let old_callflows: Vec<Option<String>> = set
        .callflows
        .iter()
        .map(|document| document.id.as_ref().map(ToString::to_string))
        .collect();
    let old_resources: Vec<String> = set.resources.iter().map(|item| item.id.clone()).collect();
    set.remap(|_, _| Some(new_id()));
    let names = Names::of(directory);
    let mut prepared = Prepared {
        callflows: Vec::with_capacity(set.callflows.len()),
        resources: Vec::with_capacity(set.resources.len()),
        others: Vec::with_capacity(set.others.len()),
        report,
    };
    for (document, source_id) in set.callflows.into_iter().zip(old_callflows) {
        prepared.callflow(document, source_id, &names);
    }
    for (item, source_id) in set.resources.into_iter().zip(old_resources) {
        prepared.resource(item, source_id, &names);
    }
    for other in set.others {
        prepared.other(other);
    }
    prepared
}

/// The names that the account has.
struct Names(BTreeSet<(ResourceKind, String)>);

impl Names {
    fn of(directory: &Directory) -> Self {
        let of_kind = |kind| {
            let all = directory.all(kind);
            all.map(move |(_, resource)| (kind, folded(&resource.name())))
        };
        Self(ResourceKind::ALL.into_iter().flat_map(of_kind).collect())
    }

    /// What is said of a document whose name is there already.
    fn twice(&self, kind: ResourceKind, name: &str) -> Option<String> {
        let there = !name.is_empty() && self.0.contains(&(kind, folded(name)));
        there.then(|| {
            format!(
                "There is a {} of this name already; this is another one beside it",
                kind.label()
            )
        })
    }
}

/// What an error says, without the field it is about.
fn field_and_reason(error: Error) -> (String, String) {
    match error {
        Error::Invalid { field, message } => (field, message),
        other => (String::new(), other.to_string()),
    }
}

impl Prepared {
    fn callflow(&mut self, document: Document, source_id: Option<String>, names: &Names) {
        let mut callflow = document.callflow;
        let line = |title: &str, place: &str, text: String| {
            let id = source_id.as_deref().unwrap_or_default();
            Line::new(ResourceKind::Callflow, id, title, place, text)
        };
        let title = callflow.title();
        let before = callflow.numbers.len();
        callflow
            .numbers
            .retain(|number| !dialled(number).is_empty());
        if callflow.numbers.len() < before {
            let text = "A number without any sign was left out".to_owned();
            self.report
                .push(Part::LeftOut, line(&title, "numbers", text));
        }
        match draft::prepare(callflow) {
            Ok(written) => {
                if let Some(text) = names.twice(ResourceKind::Callflow, &written.callflow.name) {
                    self.report.push(Part::Adapted, line(&title, "name", text));
                }
                let id = document.id.as_ref().map(CallflowId::to_string);
                self.callflows.push(Flow {
                    id: id.unwrap_or_else(new_id),
                    source_id,
                    written,
                    numbers_left_out: Vec::new(),
                });
            }
            Err(error) => {
                let (field, why) = field_and_reason(error);
                self.report.push(Part::Refused, line(&title, &field, why));
            }
        }
    }

    /// A resource is taken as it is: what does not fit into a field counts as not set until somebody corrects it, and
    /// the reader has told so.
    fn resource(&mut self, item: Item, source_id: String, names: &Names) {
        let Item {
            kind,
            id,
            mut document,
        } = item;
        let name = callflow::Resource::parse(kind, document.clone()).0.name();
        let name: String = match name.trim() {
            "" => format!("{} without a name", capitalised(kind.label())),
            name => name.chars().take(LONGEST_NAME).collect(),
        };
        let line = |place: &str, text: &str| Line::new(kind, &source_id, &name, place, text);
        if kind == ResourceKind::User && document.contains_key("password") {
            let text = "Users do not sign in here by themselves; the password was not taken";
            self.report.push(Part::LeftOut, line("password", text));
        }
        let passwords = resource::clean(kind, &mut document).unwrap_or_else(|error| {
            let (field, why) = field_and_reason(error);
            let text = format!("The password was not taken: {why}");
            self.report.push(Part::LeftOut, line(&field, &text));
            resource::Passwords::default()
        });
        if kind == ResourceKind::Media && document.get("media_source") != Some(&Value::from("tts"))
        {
            let text = "The sound is no part of the document; upload it";
            self.report.push(Part::Missing, line("", text));
        }
        if let Some(text) = names
            .twice(kind, &name)
            .filter(|_| kind != ResourceKind::Settings)
        {
            self.report.push(Part::Adapted, line("name", &text));
        }
        match resource::derive(document, name.clone(), passwords) {
            Ok(checked) => self.resources.push(Thing {
                kind,
                id,
                source_id,
                checked,
            }),
            Err(error) => {
                let (field, why) = field_and_reason(error);
                self.report.push(Part::Refused, line(&field, &why));
            }
        }
    }

    fn other(&mut self, other: Value) {
        let Value::Object(document) = other else {
            return;
        };
        let name = other_name(&document);
        match resource::derive(document, name.clone(), resource::Passwords::default()) {
            Ok(checked) => self.others.push((new_id(), checked)),
            Err(error) => {
                let (place, text) = field_and_reason(error);
                let line = Line {
                    document: name,
                    place,
                    text,
                    ..Line::default()
                };
                self.report.push(Part::Refused, line);
            }
        }
    }
}

/// What a document without a place here is called.
fn other_name(document: &Map<String, Value>) -> String {
    ["name", "pvt_type", "id", "_id"]
        .iter()
        .find_map(|key| callflow::json::text(document.get(*key)?))
        .unwrap_or_else(|| "A document".to_owned())
        .chars()
        .filter(|c| !c.is_control())
        .take(60)
        .collect()
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

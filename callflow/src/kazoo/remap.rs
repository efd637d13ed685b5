//! New ids for the documents of a set, wherever they are mentioned; and mentions that lead nowhere.

use super::kinds;
use super::mention::{self, Mention, Replace};
use super::report::{About, Part, Report, shown};
use super::set::Set;
use crate::resource::ResourceKind;
use std::collections::{BTreeMap, BTreeSet};

type Id = (ResourceKind, String);

impl Set {
    /// The kind and id of every document that has one.
    fn ids(&self) -> impl Iterator<Item = (ResourceKind, &str)> {
        let callflows = self
            .callflows
            .iter()
            .filter_map(|document| Some((ResourceKind::Callflow, &*document.id.as_ref()?.0)));
        let resources = self.resources.iter();
        callflows.chain(resources.map(|item| (item.kind, item.id.as_str())))
    }

    /// Gives the documents new ids and writes them wherever a document of the set mentions an old one: values,
    /// branches by time rule, members, owners, keys of objects. Free text stays. `new_id` is asked once for each
    /// document; `None` keeps the id. The settings keep theirs.
    pub fn remap(&mut self, mut new_id: impl FnMut(ResourceKind, &str) -> Option<String>) {
        let mut new: BTreeMap<Id, String> = BTreeMap::new();
        let mut kinds: BTreeMap<String, Vec<ResourceKind>> = BTreeMap::new();
        let ids: Vec<Id> = self.ids().map(|(kind, id)| (kind, id.to_owned())).collect();
        for (kind, id) in ids {
            if kind == ResourceKind::Settings {
                continue;
            }
            kinds.entry(id.clone()).or_default().push(kind);
            if let Some(other) = new_id(kind, &id).filter(|other| *other != id) {
                new.insert((kind, id), other);
            }
        }
        let mut replace = |mention: Mention<'_>| {
            let of_kind = |kind| new.get(&(kind, mention.id.to_owned())).cloned();
            match mention.kind {
                Some(kind) => of_kind(kind),
                // What is meant must be beyond doubt.
                None => match kinds.get(mention.id).map(Vec::as_slice) {
                    Some([kind]) => of_kind(*kind),
                    _ => None,
                },
            }
        };
        for document in &mut self.callflows {
            walk_callflow(document, &mut replace);
            if let Some(id) = document.id.as_mut()
                && let Some(other) = new.get(&(ResourceKind::Callflow, id.0.to_string()))
            {
                *id = other.as_str().into();
            }
        }
        for item in &mut self.resources {
            mention::resource(item.kind, &mut item.document, &mut replace);
            if let Some(other) = new.get(&(item.kind, item.id.clone())) {
                item.id.clone_from(other);
            }
        }
    }

    /// Adds to the report what the documents refer to and neither the set nor the account has. `known` says what
    /// the account has.
    pub fn report_missing(&self, report: &mut Report, known: impl Fn(ResourceKind, &str) -> bool) {
        let own: BTreeSet<Id> = self.ids().map(|(kind, id)| (kind, id.to_owned())).collect();
        let there = |kind, id: &str| own.contains(&(kind, id.to_owned())) || known(kind, id);
        let gone = |mention: Mention<'_>| {
            let kind = mention.kind.filter(|_| mention.sure)?;
            // A branch by time rule may be one by a set of rules.
            let set =
                kind == ResourceKind::TimeRule && there(ResourceKind::TimeRuleSet, mention.id);
            (!set && !there(kind, mention.id)).then(|| (kind, mention.id.to_owned()))
        };
        let mut found: Vec<(About, BTreeSet<Id>)> = Vec::new();
        for document in &self.callflows {
            let mut missing = BTreeSet::new();
            let mut copy = document.clone();
            walk_callflow(&mut copy, &mut |mention| {
                missing.extend(gone(mention));
                None
            });
            let id = document.id.as_ref().map(ToString::to_string);
            let about = About {
                kind: Some(ResourceKind::Callflow),
                id: id.unwrap_or_default(),
                document: shown(&document.callflow.title()),
            };
            found.push((about, missing));
        }
        for item in &self.resources {
            let mut missing = BTreeSet::new();
            let mut copy = item.document.clone();
            mention::resource(item.kind, &mut copy, &mut |mention| {
                missing.extend(gone(mention));
                None
            });
            let name = copy.get("name").and_then(crate::json::text);
            let name = name.unwrap_or_else(|| format!("{} {}", kinds::plural(item.kind), item.id));
            let about = About {
                kind: Some(item.kind),
                id: item.id.clone(),
                document: shown(&name),
            };
            found.push((about, missing));
        }
        for (about, missing) in found {
            for (kind, id) in missing {
                let text = format!("The {} {} is not there", kind.label(), shown(&id));
                report.add(Part::Missing, &about, "", text);
            }
        }
    }
}

fn walk_callflow(document: &mut super::Document, replace: &mut Replace) {
    mention::flow(&mut document.callflow.flow, replace);
    mention::extra(&mut document.callflow.extra, replace);
}

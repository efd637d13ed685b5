//! Copied steps, which may be pasted into any callflow in any window of the browser.
//!
//! Steps name resources by id. In another account the resource of the same kind and name is meant; where there is none,
//! the step keeps the old id, which the checks report.

use super::Editor;
use callflow::edit::{self, Edit, Fragment, Place};
use callflow::field::FieldKind;
use callflow::{Directory, NodeId, ResourceKind};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the browser keeps what was copied.
const KEY: &str = "patchcord.clipboard";

/// What was copied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Copied {
    account: String,
    fragment: Fragment,
    /// The names of the resources that the steps name by id.
    names: BTreeMap<String, String>,
}

impl Copied {
    fn new(account: String, fragment: Fragment, directory: &Directory) -> Self {
        let mut names = BTreeMap::new();
        for (_, kind, value) in references(&fragment) {
            if let Some(name) = directory.name(kind, &value) {
                names.insert(value, name);
            }
        }
        Self {
            account,
            fragment,
            names,
        }
    }

    /// The steps as another account's, and how many of its resources they name that are not there.
    fn into_account(self, account: &str, directory: &Directory) -> (Fragment, usize) {
        let mut flow = self.fragment.0.clone();
        let mut lost = 0;
        if self.account == account {
            return (self.fragment, 0);
        }
        for (id, kind, value) in references(&self.fragment) {
            let name = self.names.get(&value).map(|name| name.to_lowercase());
            let same = name.and_then(|name| {
                let mut all = directory.all(kind);
                all.find(|(_, own)| own.name().to_lowercase() == name)
            });
            let Some((own, _)) = same else {
                lost += usize::from(directory.get(kind, &value).is_none());
                continue;
            };
            let callflow = callflow::Callflow {
                flow: Arc::new(flow.clone()),
                ..callflow::Callflow::default()
            };
            let keys = flow
                .node(id)
                .map_or_else(Vec::new, |node| fields_of(&node.action, kind, &value));
            for key in keys {
                let edit = Edit::SetField {
                    node: id,
                    key,
                    value: Value::from(own),
                };
                if let Ok(applied) = edit::apply(&callflow, edit, directory) {
                    flow = (*applied.callflow.flow).clone();
                }
            }
        }
        (Fragment(flow), lost)
    }
}

/// The resources that copied steps name: step, kind and id.
fn references(fragment: &Fragment) -> Vec<(NodeId, ResourceKind, String)> {
    let mut found = Vec::new();
    for (id, node) in fragment.0.nodes() {
        for spec in node.action.specs() {
            let kind = match spec.kind {
                FieldKind::Resource(kind) => kind,
                FieldKind::Media => ResourceKind::Media,
                _ => continue,
            };
            if let Some(value) = node
                .action
                .get(spec.key)
                .as_str()
                .filter(|it| !it.is_empty())
            {
                found.push((id, kind, value.to_owned()));
            }
        }
    }
    found
}

/// The fields of an action that name this resource.
fn fields_of(action: &callflow::Action, kind: ResourceKind, id: &str) -> Vec<String> {
    let specs = action.specs().into_iter();
    let names = specs.filter(|spec| {
        let of_kind = match spec.kind {
            FieldKind::Resource(own) => own == kind,
            FieldKind::Media => kind == ResourceKind::Media,
            _ => false,
        };
        of_kind && action.get(spec.key).as_str() == Some(id)
    });
    names.map(|spec| spec.key.to_owned()).collect()
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

impl Editor {
    /// Copies a step with what follows it.
    pub(crate) fn copy(&self, id: NodeId) {
        let Some(fragment) = edit::copy(&self.document.now().flow, id, true) else {
            self.say("Nothing to copy");
            return;
        };
        self.keep_copied(fragment);
    }

    /// Copies the chosen steps, or the selected one with what follows it. Whether there was anything to copy.
    pub(crate) fn copy_selection(&self) -> bool {
        let group = self.group();
        if group.is_empty() {
            let selected = self.session.selected.get_untracked().flatten();
            selected.inspect(|id| self.copy(*id)).is_some()
        } else {
            let flow = &self.document.now().flow;
            let copied = self
                .directory
                .with_value(|d| edit::copy_several(flow, &group, d));
            match copied {
                Ok(fragment) => self.keep_copied(fragment),
                Err(error) => {
                    self.toasts.fail("The steps were not copied", error);
                    return false;
                }
            }
            true
        }
    }

    fn keep_copied(&self, fragment: Fragment) {
        let account = self.account.get_value();
        let copied = self
            .directory
            .with_value(|d| Copied::new(account, fragment, d));
        if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(&copied)) {
            // Where the browser keeps nothing, this window still has it.
            let _refused = storage.set_item(KEY, &text);
        }
        self.session.clipboard.set_value(Some(copied));
        self.say("Copied");
    }

    /// What was copied last, here or in another window.
    fn copied(&self) -> Option<Copied> {
        let stored = storage().and_then(|it| it.get_item(KEY).ok().flatten());
        let stored = stored.and_then(|text| serde_json::from_str(&text).ok());
        stored.or_else(|| self.session.clipboard.get_value())
    }

    /// Puts copied steps after a block.
    pub(crate) fn paste(&self, step: Option<NodeId>) {
        let Some(copied) = self.copied() else {
            self.say("Nothing to paste");
            return;
        };
        let account = self.account.get_value();
        let (fragment, lost) = self
            .directory
            .with_value(|d| copied.into_account(&account, d));
        let callflow = self.document.now();
        let at = match step.and_then(|id| Some((id, callflow.flow.node(id)?))) {
            None => Place::first(),
            Some((id, node)) => {
                let key = self
                    .directory
                    .with_value(|d| match node.action.branches(d) {
                        callflow::Branches::Fork { default, .. } => default.to_owned(),
                        _ => "_".to_owned(),
                    });
                Place::on(id, key)
            }
        };
        if self.apply(Edit::Paste { at, fragment }) && lost > 0 {
            let text = match lost {
                1 => "One thing that the steps use is not in this account. Choose another one."
                    .to_owned(),
                n => {
                    format!("{n} things that the steps use are not in this account. Choose others.")
                }
            };
            self.toasts.fail("Pasted, and not complete", text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callflow::outline;
    use serde_json::json;

    fn account(resources: &[(ResourceKind, &str, &str)]) -> Directory {
        let mut directory = Directory::default();
        for (kind, id, name) in resources {
            let document = json!({"name": name}).as_object().cloned().unwrap();
            directory.insert(*kind, *id, document);
        }
        directory
    }

    #[test]
    fn resources_of_another_account_are_found_by_kind_and_name() {
        let here = account(&[
            (ResourceKind::Menu, "m1", "Main menu"),
            (ResourceKind::Media, "w1", "Welcome"),
            (ResourceKind::Device, "d1", "Desk"),
        ]);
        let there = account(&[
            (ResourceKind::Menu, "m9", "main menu"),
            (ResourceKind::Media, "w9", "Welcome"),
            (ResourceKind::User, "d9", "Desk"),
        ]);
        let text = "menu {\"id\":\"m1\"}\n  1: play {\"id\":\"w1\"}\n  2: device {\"id\":\"d1\"}\n";
        let flow = outline::read(text).unwrap();
        let fragment = Fragment(flow);
        let copied = Copied::new("one".into(), fragment.clone(), &here);
        let kept = serde_json::to_string(&copied).unwrap();
        let copied: Copied = serde_json::from_str(&kept).unwrap();
        let (same, lost) = copied.clone().into_account("one", &here);
        assert_eq!((same, lost), (fragment, 0));
        let (moved, lost) = copied.into_account("other", &there);
        assert_eq!(lost, 1);
        let ids: Vec<String> = references(&moved).into_iter().map(|it| it.2).collect();
        assert_eq!(ids, ["m9", "w9", "d1"]);
    }
}

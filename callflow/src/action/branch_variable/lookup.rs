//! Finding the value of a variable.

use super::{BranchVariable, Scope};
use crate::account::Account;
use crate::call::{Call, Ended};
use crate::directory::Directory;
use crate::json::{self, Object};
use crate::live::{Live, LiveKey, Owner};
use crate::resource::{Resource, ResourceKind};
use std::sync::Arc;

/// The kinds of documents that may be looked in.
const KINDS: [ResourceKind; 3] = [
    ResourceKind::User,
    ResourceKind::Device,
    ResourceKind::RingGroup,
];

/// The user, device or group with an id.
pub(super) fn document<'a>(directory: &'a Directory, id: &str) -> Option<&'a Arc<Resource>> {
    KINDS.iter().find_map(|kind| directory.get(*kind, id))
}

/// The value as text; `None` when there is none.
pub(super) async fn value(step: &BranchVariable, call: &mut Call) -> Result<Option<String>, Ended> {
    if step.scope == Scope::Call {
        return Ok(of_call(call, &step.variable.dotted()));
    }
    // Do not disturb and forwarding are switched by phone; a document only says how they began.
    let live = call.live().await?;
    let account = Arc::clone(call.account());
    let found = Documents {
        account: &account,
        live: &live,
        path: &step.variable.0,
    };
    let device = call.info().device.clone();
    // Whoever sits at the phone comes before its owner.
    let at_desk = device.as_deref().and_then(|id| live.at_desk(id).first());
    let user = at_desk
        .cloned()
        .or_else(|| call.calling_user().map(str::to_owned));
    Ok(match step.scope {
        Scope::Call => None,
        Scope::Account => found.of_account(),
        Scope::Device => device.and_then(|id| found.of(ResourceKind::Device, &id)),
        Scope::User => user.and_then(|id| found.of(ResourceKind::User, &id)),
        Scope::Merged => device.and_then(|device| {
            let of_call = || of_call(call, &step.variable.dotted());
            found.merged(&device, user.as_deref()).or_else(of_call)
        }),
        Scope::Document => {
            let id = step.id.0.as_str();
            let kind = document(&account.directory, id).map(|resource| resource.kind());
            if kind.is_none() {
                call.trouble(format!("There is no user, device or group “{id}”."));
            }
            kind.and_then(|kind| found.of(kind, id))
        }
    })
}

/// A variable of the call, by its name or as KAZOO writes it: in lower case, with underscores.
fn of_call(call: &Call, name: &str) -> Option<String> {
    if let Some(value) = call.variable(name) {
        return Some(value);
    }
    let plain = name.to_lowercase().replace(['-', ' '], "_");
    if let Some(value) = call.variable(&plain) {
        return Some(value);
    }
    // What KAZOO's calls carry under other names.
    match plain.as_str() {
        "owner_id" => call.calling_user().map(str::to_owned),
        "authorizing_id" => call.info().device.clone(),
        "account_id" => Some(call.account().id.to_string()),
        "realm" | "account_realm" => Some(call.account().realm.clone()),
        _ => None,
    }
}

struct Documents<'a> {
    account: &'a Account,
    live: &'a Live,
    path: &'a [String],
}

impl Documents<'_> {
    fn of(&self, kind: ResourceKind, id: &str) -> Option<String> {
        let own = self.said(kind, id);
        own.or_else(|| self.default(kind))
    }

    /// What the switches or the document itself say.
    fn said(&self, kind: ResourceKind, id: &str) -> Option<String> {
        let owner = match kind {
            ResourceKind::User => Some(Owner::User(id.to_owned())),
            ResourceKind::Device => Some(Owner::Device(id.to_owned())),
            _ => None,
        };
        let switched = owner.and_then(|owner| self.switch(owner));
        switched.or_else(|| self.at(&self.account.directory.get(kind, id)?.to_object()))
    }

    fn switch(&self, owner: Owner) -> Option<String> {
        let [group, key] = self.path else {
            return None;
        };
        let forward = |owner| self.live.forward(owner);
        match (group.as_str(), key.as_str()) {
            ("do_not_disturb", "enabled") => self.on(&LiveKey::DoNotDisturb(owner)),
            ("call_waiting", "enabled") => self.on(&LiveKey::CallWaiting(owner)),
            ("call_forward", "enabled") => forward(owner).map(|(enabled, _)| enabled.to_string()),
            ("call_forward", "number") => forward(owner).map(|(_, number)| number.to_owned()),
            _ => None,
        }
    }

    fn on(&self, key: &LiveKey) -> Option<String> {
        self.live.is_on(key).map(|on| on.to_string())
    }

    fn at(&self, object: &Object) -> Option<String> {
        let (first, rest) = self.path.split_first()?;
        let mut value = object.get(first)?;
        for part in rest {
            value = value.as_object()?.get(part)?;
        }
        json::text(value)
    }

    /// What a document that says nothing means.
    fn default(&self, kind: ResourceKind) -> Option<String> {
        let path = self.path.join(".");
        let specs = Resource::specs(kind);
        let spec = specs.into_iter().find(|spec| spec.key == path)?;
        Some(spec.default)
            .filter(|v| !json::is_blank(v))
            .as_ref()
            .and_then(json::text)
    }

    fn of_account(&self) -> Option<String> {
        let account = self.account;
        if let [name] = self.path {
            let text = match name.as_str() {
                "name" => Some(&account.name),
                "realm" => Some(&account.realm),
                "timezone" => Some(&account.timezone),
                "language" => Some(&account.language),
                _ => None,
            };
            if let Some(text) = text {
                return Some(text.clone());
            }
        }
        self.at(&self.settings())
            .or_else(|| self.default(ResourceKind::Settings))
    }

    fn settings(&self) -> Object {
        let stored = self
            .account
            .directory
            .get(ResourceKind::Settings, "settings");
        stored
            .map(|settings| settings.to_object())
            .unwrap_or_default()
    }

    /// The device's value, else its user's, else the account's. A switch that either has turned on is on.
    fn merged(&self, device: &str, user: Option<&str>) -> Option<String> {
        let of_device = self.said(ResourceKind::Device, device);
        let of_user = user.and_then(|user| self.said(ResourceKind::User, user));
        let is_switch = matches!(self.path, [group, key]
            if key == "enabled" && matches!(group.as_str(), "do_not_disturb" | "call_forward"));
        if is_switch && of_user.as_deref() == Some("true") {
            return of_user;
        }
        of_device
            .or(of_user)
            .or_else(|| self.at(&self.settings()))
            .or_else(|| self.default(ResourceKind::Device))
            .or_else(|| self.default(ResourceKind::User))
            .or_else(|| self.of_account())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_say_what_is_written_else_their_default() {
        let mut directory = Directory::default();
        let object = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
        let ann = json!({"flags": {"vip": 5, "list": [1]}});
        directory.insert(ResourceKind::User, "ann", object(ann));
        let live = Live::default();
        let account = Account::new(
            "a".into(),
            "Fernhill",
            "fernhill.example",
            "UTC",
            "en",
            Arc::new(directory),
            [],
        );
        let of = |path: &str| {
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            let documents = Documents {
                account: &account,
                live: &live,
                path: &path,
            };
            documents.of(ResourceKind::User, "ann")
        };
        assert_eq!(of("flags.vip").as_deref(), Some("5"));
        assert_eq!(of("do_not_disturb.enabled").as_deref(), Some("false"));
        assert_eq!(of("enabled").as_deref(), Some("true"));
        for nothing in ["flags", "flags.list", "flags.vip.x", "email", "x"] {
            assert_eq!(of(nothing), None, "{nothing}");
        }
    }
}

//! The account's resources as actions, checks and captions see them.

use crate::json::Object;
use crate::resource::{
    Carrier, Conference, Device, FaxBox, Group, List, Mailbox, MatchList, Media, Menu,
    NameDirectory, Resource, ResourceKind, Settings, TimeRule, TimeRuleSet, User,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Resources by kind and id. Cheap to copy entry by entry: resources are shared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Directory {
    entries: BTreeMap<ResourceKind, BTreeMap<String, Arc<Resource>>>,
    /// The devices of each user, by id.
    owned: BTreeMap<String, BTreeSet<String>>,
}

macro_rules! getters {
    ($( $(#[doc = $doc:literal])+ $name:ident -> $ty:ty, $variant:ident, $kind:ident; )*) => {
        impl Directory {
            $( $(#[doc = $doc])+
            #[must_use]
            pub fn $name(&self, id: &str) -> Option<&$ty> {
                match self.get(ResourceKind::$kind, id)?.as_ref() {
                    Resource::$variant(resource) => Some(resource),
                    _ => None,
                }
            } )*
        }
    };
}

getters! {
    /// A user.
    user -> User, User, User;
    /// A device.
    device -> Device, Device, Device;
    /// A ring group.
    group -> Group, Group, RingGroup;
    /// A menu.
    menu -> Menu, Menu, Menu;
    /// A medium.
    media -> Media, Media, Media;
    /// A mailbox.
    mailbox -> Mailbox, Mailbox, VoicemailBox;
    /// A directory of names.
    name_directory -> NameDirectory, NameDirectory, Directory;
    /// A fax box.
    fax_box -> FaxBox, FaxBox, FaxBox;
    /// A conference room.
    conference -> Conference, Conference, Conference;
    /// A time rule.
    time_rule -> TimeRule, TimeRule, TimeRule;
    /// A set of time rules.
    time_rule_set -> TimeRuleSet, TimeRuleSet, TimeRuleSet;
    /// A list of numbers.
    list -> List, List, List;
    /// A match list.
    match_list -> MatchList, MatchList, MatchList;
    /// A carrier.
    carrier -> Carrier, Carrier, Carrier;
}

impl Directory {
    /// Adds or replaces a resource, read from its document.
    pub fn insert(&mut self, kind: ResourceKind, id: impl Into<String>, document: Object) {
        let (resource, _) = Resource::parse(kind, document);
        let id = id.into();
        if kind == ResourceKind::Device {
            self.disown(&id);
            if let Some(owner) = owner(&resource) {
                let devices = self.owned.entry(owner.to_owned()).or_default();
                devices.insert(id.clone());
            }
        }
        self.entries
            .entry(kind)
            .or_default()
            .insert(id, Arc::new(resource));
    }

    /// Forgets whose a device is.
    fn disown(&mut self, id: &str) {
        let owner = self.get(ResourceKind::Device, id);
        let owner = owner
            .and_then(|device| self::owner(device))
            .map(str::to_owned);
        if let Some(devices) = owner.as_ref().and_then(|owner| self.owned.get_mut(owner)) {
            devices.remove(id);
        }
        if let Some(owner) = owner
            && self.owned.get(&owner).is_some_and(BTreeSet::is_empty)
        {
            self.owned.remove(&owner);
        }
    }

    /// Removes a resource.
    pub fn remove(&mut self, kind: ResourceKind, id: &str) {
        if kind == ResourceKind::Device {
            self.disown(id);
        }
        if let Some(of_kind) = self.entries.get_mut(&kind) {
            of_kind.remove(id);
        }
    }

    /// A resource.
    #[must_use]
    pub fn get(&self, kind: ResourceKind, id: &str) -> Option<&Arc<Resource>> {
        self.entries.get(&kind)?.get(id)
    }

    /// All of a kind, by id.
    pub fn all(&self, kind: ResourceKind) -> impl Iterator<Item = (&str, &Arc<Resource>)> {
        self.entries
            .get(&kind)
            .into_iter()
            .flatten()
            .map(|(id, resource)| (id.as_str(), resource))
    }

    /// The name of a resource, for captions.
    #[must_use]
    pub fn name(&self, kind: ResourceKind, id: &str) -> Option<String> {
        self.get(kind, id).map(|resource| resource.name())
    }

    /// What holds for the whole account.
    #[must_use]
    pub fn settings(&self) -> Cow<'_, Settings> {
        match self
            .get(ResourceKind::Settings, Settings::ID)
            .map(AsRef::as_ref)
        {
            Some(Resource::Settings(settings)) => Cow::Borrowed(settings),
            _ => Cow::Owned(Settings::default()),
        }
    }

    /// The devices of a user, in order of id.
    pub fn devices_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = (&'a str, &'a Device)> {
        let ids = self.owned.get(user).into_iter().flatten();
        ids.filter_map(|id| Some((id.as_str(), self.device(id)?)))
    }
}

/// The user who owns a device.
fn owner(resource: &Resource) -> Option<&str> {
    match resource {
        Resource::Device(device) => device.owner.as_ref().map(crate::value::Ref::id),
        _ => None,
    }
}

impl Serialize for Directory {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let plain: BTreeMap<ResourceKind, BTreeMap<&str, Object>> = self
            .entries
            .iter()
            .map(|(kind, of_kind)| {
                (
                    *kind,
                    of_kind
                        .iter()
                        .map(|(id, r)| (id.as_str(), r.to_object()))
                        .collect(),
                )
            })
            .collect();
        plain.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Directory {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let plain = BTreeMap::<ResourceKind, BTreeMap<String, Object>>::deserialize(d)?;
        let mut directory = Self::default();
        for (kind, of_kind) in plain {
            for (id, document) in of_kind {
                directory.insert(kind, id, document);
            }
        }
        Ok(directory)
    }
}

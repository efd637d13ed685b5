//! Who sits where: hot desks, as far as resources and live state say.

use crate::directory::Directory;
use crate::json;
use crate::live::{Live, LiveKey, LiveValue};
use crate::resource::{ResourceKind, User};
use serde_json::Value;

impl Directory {
    /// Whether anybody may sit at another's phone.
    #[must_use]
    pub fn has_hot_desks(&self) -> bool {
        self.all(ResourceKind::User)
            .any(|(id, _)| self.user(id).is_some_and(may_sit))
    }

    /// The users who have logged in at a phone, the latest last: by phone, else as the document says. Who may
    /// no longer use hot desks sits nowhere.
    #[must_use]
    pub fn sitting_at(&self, live: &Live, device: &str) -> Vec<String> {
        let mut users = match live.get(&LiveKey::HotDesk(device.to_owned())) {
            Some(LiveValue::Users(users)) => users.clone(),
            Some(_) => Vec::new(),
            None => self.stored_at(device),
        };
        users.retain(|user| self.user(user).is_some_and(may_sit));
        users
    }

    /// The users that an imported document holds.
    fn stored_at(&self, device: &str) -> Vec<String> {
        let document = self.device(device).map(|device| &device.source);
        let users = document.and_then(|source| json::get(source, "hotdesk.users"));
        let users = users.and_then(Value::as_object).into_iter().flatten();
        users.map(|(id, _)| id.clone()).collect()
    }

    /// The phones where a user has logged in.
    #[must_use]
    pub fn desks_of(&self, live: &Live, user: &str) -> Vec<String> {
        if !self.user(user).is_some_and(may_sit) {
            return Vec::new();
        }
        let here = |device: &str| self.sitting_at(live, device).iter().any(|own| own == user);
        let devices = self.all(ResourceKind::Device).map(|(id, _)| id);
        devices.filter(|id| here(id)).map(str::to_owned).collect()
    }

    /// Whose phone it is at the moment: who logged in last, else its owner.
    #[must_use]
    pub fn user_of(&self, live: &Live, device: &str) -> Option<String> {
        let owner = || {
            let owner = self.device(device)?.owner.as_ref()?;
            Some(owner.id().to_owned())
        };
        self.sitting_at(live, device).pop().or_else(owner)
    }

    /// The phones that ring for a user: the own ones unless another sits there, and those where the user has
    /// logged in.
    #[must_use]
    pub fn phones_of(&self, live: &Live, user: &str) -> Vec<String> {
        let mut phones: Vec<String> = self
            .devices_of(user)
            .map(|(id, _)| id.to_owned())
            .filter(|id| {
                let sitting = self.sitting_at(live, id);
                sitting.is_empty() || sitting.iter().any(|own| own == user)
            })
            .collect();
        for desk in self.desks_of(live, user) {
            if !phones.contains(&desk) {
                phones.push(desk);
            }
        }
        phones
    }
}

fn may_sit(user: &User) -> bool {
    user.enabled && user.hotdesk_enabled
}

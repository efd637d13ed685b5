//! What holds for a phone or a person: the device's own word, else the user's, else the account's. The one place
//! where these are put together.

use crate::command::Party;
use crate::directory::Directory;
use crate::live::{Live, LiveKey, LiveValue, Owner};
use crate::resource::{Device, Forward, Forwards, Settings, User};
use crate::route::Origin;
use crate::value::{MediaRef, Text};
use std::borrow::Cow;

/// Which caller ID is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// To colleagues.
    Internal,
    /// To numbers outside.
    External,
    /// To emergency services.
    Emergency,
}

/// A phone with the person who uses it, or a person alone, or nobody but the account.
#[derive(Clone, Debug)]
pub struct Endpoint<'a> {
    /// The phone, by id.
    pub device: Option<(&'a str, &'a Device)>,
    /// The person, by id.
    pub user: Option<(&'a str, &'a User)>,
    /// The account.
    pub settings: Cow<'a, Settings>,
}

impl Directory {
    /// The endpoint of a device and a user; those that are not there are left out.
    #[must_use]
    pub fn endpoint<'a>(&'a self, device: Option<&'a str>, user: Option<&'a str>) -> Endpoint<'a> {
        Endpoint {
            device: device.and_then(|id| Some((id, self.device(id)?))),
            user: user.and_then(|id| Some((id, self.user(id)?))),
            settings: self.settings(),
        }
    }
}

impl<'a> Endpoint<'a> {
    fn of_device(&self) -> Option<&'a Device> {
        self.device.map(|(_, device)| device)
    }

    fn of_user(&self) -> Option<&'a User> {
        self.user.map(|(_, user)| user)
    }

    /// The caller ID; name and number each from the first who says one, empty where nobody does.
    #[must_use]
    pub fn caller_id(&self, shown: Shown) -> Party {
        let (device, user, account) = (self.of_device(), self.of_user(), &*self.settings);
        let text = |text: &Text<0, 35>| text.0.clone();
        let (name, number): ([Option<String>; 3], [Option<String>; 3]) = match shown {
            Shown::Internal => (
                [
                    device.map(|d| text(&d.internal_name)),
                    user.map(|u| text(&u.internal_name)),
                    None,
                ],
                [
                    device.map(|d| d.internal_number.0.clone()),
                    user.map(|u| text(&u.internal_number)),
                    None,
                ],
            ),
            Shown::External => (
                [
                    device.map(|d| text(&d.external_name)),
                    user.map(|u| text(&u.external_name)),
                    Some(text(&account.external_name)),
                ],
                [
                    device.map(|d| text(&d.external_number)),
                    user.map(|u| text(&u.external_number)),
                    Some(text(&account.external_number)),
                ],
            ),
            Shown::Emergency => (
                [
                    device.map(|d| text(&d.emergency_name)),
                    user.map(|u| text(&u.emergency_name)),
                    Some(text(&account.emergency_name)),
                ],
                [
                    device.map(|d| text(&d.emergency_number)),
                    user.map(|u| text(&u.emergency_number)),
                    Some(text(&account.emergency_number)),
                ],
            ),
        };
        let first = |said: [Option<String>; 3]| {
            let mut said = said.into_iter().flatten();
            said.find(|text| !text.is_empty()).unwrap_or_default()
        };
        Party {
            name: first(name),
            number: first(number),
        }
    }

    /// What the device, or else the user, says of dialling a class of numbers: `Some(true)` is denied.
    #[must_use]
    pub fn says_of_class(&self, class: &str) -> Option<bool> {
        let own = self.of_device().and_then(|d| d.restrictions.denies(class));
        own.or_else(|| self.of_user()?.restrictions.denies(class))
    }

    /// Whether a class of numbers may not be dialled.
    #[must_use]
    pub fn denies(&self, class: &str) -> bool {
        let account = || self.settings.restrictions.denies(class);
        self.says_of_class(class).or_else(account).unwrap_or(false)
    }

    /// The language of prompts, unless it is the account's.
    #[must_use]
    pub fn language(&self) -> Option<&'a str> {
        let own = self.of_device().and_then(|d| d.language.as_ref());
        let language = own.or_else(|| self.of_user()?.language.as_ref());
        language.map(|language| language.0.as_str())
    }

    /// The time zone, unless it is the account's.
    #[must_use]
    pub fn timezone(&self) -> Option<&'a str> {
        let own = self.of_device().and_then(|d| d.timezone.as_ref());
        let zone = own.or_else(|| self.of_user()?.timezone.as_ref());
        zone.map(|zone| zone.0.as_str())
    }

    /// What the phone is told about how to ring.
    #[must_use]
    pub fn ringtone(&self, origin: Origin) -> Option<&'a str> {
        let (device, user) = (self.of_device(), self.of_user());
        let said = match origin {
            Origin::Internal => [
                device.map(|d| &d.ring_internal),
                user.map(|u| &u.ring_internal),
            ],
            Origin::External => [
                device.map(|d| &d.ring_external),
                user.map(|u| &u.ring_external),
            ],
        };
        let mut said = said.into_iter().flatten();
        said.find(|value| !value.0.is_empty())
            .map(|value| value.0.as_str())
    }

    /// What callers on hold hear; `None` for the exchange's own music.
    #[must_use]
    pub fn music_on_hold(&self) -> Option<MediaRef> {
        let said = [
            self.of_device().map(|d| &d.music_on_hold),
            self.of_user().map(|u| &u.music_on_hold),
            Some(&self.settings.music_on_hold),
        ];
        let mut said = said.into_iter().flatten();
        said.find(|media| !media.0.is_empty()).cloned()
    }

    /// The phone, or its user, does not want to be disturbed.
    #[must_use]
    pub fn is_quiet(&self, live: &Live) -> bool {
        let turned = |owner, configured: bool| {
            let turned = live.is_on(&LiveKey::DoNotDisturb(owner));
            turned.unwrap_or(configured)
        };
        let device = self.device.is_some_and(|(id, device)| {
            turned(Owner::Device(id.to_owned()), device.do_not_disturb)
        });
        device
            || self
                .user
                .is_some_and(|(id, user)| turned(Owner::User(id.to_owned()), user.do_not_disturb))
    }

    /// Whether the phone is offered another call while it is in one.
    #[must_use]
    pub fn call_waiting(&self, live: &Live) -> bool {
        let turned = |owner| live.is_on(&LiveKey::CallWaiting(owner));
        let device = self
            .device
            .and_then(|(id, device)| turned(Owner::Device(id.to_owned())).or(device.call_waiting));
        let user = || {
            let (id, user) = self.user?;
            turned(Owner::User(id.to_owned())).or(user.call_waiting)
        };
        device.or_else(user).unwrap_or(true)
    }

    /// The device's own forwarding, as it was set by phone last; `None` without a device.
    #[must_use]
    pub fn device_forwards(&self, live: &Live) -> Option<Forwards> {
        let (id, device) = self.device?;
        Some(turned(
            Forwards::read(&device.source),
            live,
            Owner::Device(id.to_owned()),
        ))
    }

    /// The user's own forwarding, as it was set by phone last; `None` without a user.
    #[must_use]
    pub fn user_forwards(&self, live: &Live) -> Option<Forwards> {
        let (id, user) = self.user?;
        Some(turned(
            Forwards::read(&user.source),
            live,
            Owner::User(id.to_owned()),
        ))
    }

    /// The forwarding that counts: the device's where it is on, else the user's.
    #[must_use]
    pub fn forward(&self, live: &Live, kind: impl Fn(Forwards) -> Forward) -> Option<Forward> {
        let device = self.device_forwards(live).map(&kind);
        let user = || self.user_forwards(live).map(&kind);
        device
            .filter(Forward::is_on)
            .or_else(|| user().filter(Forward::is_on))
    }
}

/// Forwarding with what was set by phone; its terms stay as configured.
fn turned(mut forwards: Forwards, live: &Live, owner: Owner) -> Forwards {
    if let Some(LiveValue::Forward { enabled, number }) = live.get(&LiveKey::Forward(owner)) {
        forwards.always.enabled = *enabled;
        forwards.always.number = Text(number.clone());
    }
    forwards
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::ResourceKind;
    use serde_json::{Value, json};

    fn directory(documents: &[(ResourceKind, &str, Value)]) -> Directory {
        let mut directory = Directory::default();
        for (kind, id, document) in documents {
            directory.insert(*kind, *id, document.as_object().cloned().unwrap());
        }
        directory
    }

    #[test]
    fn device_comes_before_user_and_user_before_account() {
        let directory = directory(&[
            (
                ResourceKind::Device,
                "d",
                json!({"caller_id": {"external": {"number": "1"}}, "call_restriction": {"mobile": {"action": "deny"}}, "call_waiting": {"enabled": true}}),
            ),
            (
                ResourceKind::User,
                "u",
                json!({"caller_id": {"external": {"name": "Ann", "number": "2"}}, "call_restriction": {"mobile": {"action": "allow"}, "premium": {"action": "allow"}},
                       "call_waiting": {"enabled": false}, "timezone": "Europe/Dublin"}),
            ),
            (
                ResourceKind::Settings,
                "settings",
                json!({"caller_id": {"external": {"name": "Firm", "number": "3"}, "emergency": {"number": "4"}}, "call_restriction": {"premium": {"action": "deny"}}}),
            ),
        ]);
        let both = directory.endpoint(Some("d"), Some("u"));
        let party = |name: &str, number: &str| Party {
            name: name.into(),
            number: number.into(),
        };
        assert_eq!(both.caller_id(Shown::External), party("Ann", "1"));
        assert_eq!(both.caller_id(Shown::Emergency), party("", "4"));
        assert_eq!(both.caller_id(Shown::Internal), party("", ""));
        assert!(both.denies("mobile") && !both.denies("premium"));
        let live = Live::default();
        assert!(both.call_waiting(&live));
        assert_eq!(both.timezone(), Some("Europe/Dublin"));
        let user = directory.endpoint(Some("lost"), Some("u"));
        assert_eq!(user.caller_id(Shown::External), party("Ann", "2"));
        assert!(!user.call_waiting(&live) && !user.denies("mobile"));
        let account = directory.endpoint(None, None);
        assert_eq!(account.caller_id(Shown::External), party("Firm", "3"));
        assert!(account.denies("premium"));
    }

    #[test]
    fn what_was_turned_by_phone_wins() {
        let directory = directory(&[(
            ResourceKind::User,
            "u",
            json!({"do_not_disturb": {"enabled": true}, "call_forward": {"enabled": true, "number": "2", "require_keypress": false}}),
        )]);
        let user = || Owner::User("u".to_owned());
        let forwarded = LiveValue::Forward {
            enabled: true,
            number: "3".into(),
        };
        let live: Live = [
            (LiveKey::DoNotDisturb(user()), LiveValue::On(false)),
            (LiveKey::Forward(user()), forwarded),
        ]
        .into_iter()
        .collect();
        let endpoint = directory.endpoint(None, Some("u"));
        assert!(endpoint.is_quiet(&Live::default()) && !endpoint.is_quiet(&live));
        let forward = endpoint.forward(&live, |forwards| forwards.always).unwrap();
        assert_eq!(
            (forward.number.0.as_str(), forward.require_keypress),
            ("3", false)
        );
    }
}

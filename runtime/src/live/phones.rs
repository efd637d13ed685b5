//! Which phones stand behind a resource, and what they make of its presence: registered, not to be disturbed, and
//! what they publish of themselves (RFC 3856, RFC 3903).

use super::device_resources;
use crate::registry;
use callflow::AccountId;
use callflow::command::PresenceState;
use sip::presence::{Activity, Presence};
use sip::subscribe::{DialogPhase, DialogState};
use std::collections::{BTreeMap, BTreeSet};

/// A phone of an account, as far as presence goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PhoneLamp {
    /// Its address of record.
    pub(crate) aor: String,
    /// Whoever stands for it: its own name, its lamp, its owner's lamp. `user@realm`.
    pub(crate) resources: Vec<String>,
    /// It, or its owner, does not want to be disturbed.
    pub(crate) quiet: bool,
}

/// What is known of a phone. It outlives neither its account nor its registration and publication.
#[derive(Default)]
struct Phone {
    resources: Vec<String>,
    quiet: bool,
    registered: bool,
    /// With the number of the publication: the last one of all phones of a resource has the word.
    published: Option<(u64, Presence)>,
}

/// All phones.
#[derive(Default)]
pub(crate) struct Phones {
    by_aor: BTreeMap<String, Phone>,
    by_resource: BTreeMap<String, BTreeSet<String>>,
    of_account: BTreeMap<AccountId, BTreeSet<String>>,
    publications: u64,
}

impl Phones {
    /// The phones of an account from now on; the resources that may look different.
    pub(crate) fn set(&mut self, account: AccountId, lamps: Vec<PhoneLamp>) -> Vec<String> {
        let now: BTreeSet<String> = lamps.iter().map(|lamp| lamp.aor.clone()).collect();
        let before = self.of_account.remove(&account).unwrap_or_default();
        let mut touched = BTreeSet::new();
        for aor in before.difference(&now) {
            touched.extend(self.stand_for(aor, Vec::new()));
            self.forget_if_nothing(aor);
        }
        for lamp in lamps {
            let phone = self.by_aor.entry(lamp.aor.clone()).or_default();
            if phone.quiet != lamp.quiet {
                phone.quiet = lamp.quiet;
                touched.extend(lamp.resources.iter().cloned());
            }
            touched.extend(self.stand_for(&lamp.aor, lamp.resources));
        }
        if !now.is_empty() {
            self.of_account.insert(account, now);
        }
        touched.into_iter().collect()
    }

    /// Whether a phone can be reached; the resources that may look different.
    pub(crate) fn registered(&mut self, aor: &str, registered: bool) -> Vec<String> {
        let known = self.by_aor.get(aor).is_some_and(|phone| phone.registered);
        if known == registered {
            return Vec::new();
        }
        let phone = self.by_aor.entry(aor.to_owned()).or_default();
        phone.registered = registered;
        let resources = phone.resources.clone();
        self.forget_if_nothing(aor);
        resources
    }

    /// What a phone publishes of itself; the resources that may look different.
    pub(crate) fn published(&mut self, aor: &str, presence: Option<Presence>) -> Vec<String> {
        self.publications += 1;
        let phone = self.by_aor.entry(aor.to_owned()).or_default();
        phone.published = presence.map(|presence| (self.publications, presence));
        let resources = phone.resources.clone();
        self.forget_if_nothing(aor);
        resources
    }

    /// The presence of a resource with these calls and what was set by hand.
    pub(crate) fn presence(
        &self,
        resource: &str,
        calls: &[DialogState],
        by_hand: Option<PresenceState>,
    ) -> Presence {
        let aors = self.by_resource.get(resource).into_iter().flatten();
        let phones: Vec<&Phone> = aors.filter_map(|aor| self.by_aor.get(aor)).collect();
        let published = || phones.iter().filter_map(|phone| phone.published.as_ref());
        let last = published().max_by_key(|(number, _)| *number);
        let reached = |phone: &&Phone| {
            let says = phone.published.as_ref();
            phone.registered && says.is_none_or(|(_, presence)| presence.open)
        };
        // Lamps without phones, of parking slots and those set by hand, are there while they are lit.
        let lit = !calls.is_empty() || by_hand.is_some();
        let open = match phones.is_empty() {
            true => lit,
            false => phones.iter().any(reached),
        };
        let talks = calls.iter().any(|call| call.phase != DialogPhase::Early);
        let rings = !calls.is_empty() || by_hand == Some(PresenceState::Ringing);
        let busy = by_hand == Some(PresenceState::Busy);
        let quiet = !phones.is_empty() && phones.iter().all(|phone| phone.quiet);
        let said = last.map(|(_, presence)| presence);
        let mut activities = said.map(|it| it.activities.clone()).unwrap_or_default();
        if talks {
            activities.insert(Activity::ON_THE_PHONE);
        }
        if busy || quiet {
            activities.insert(Activity::BUSY);
        }
        // What somebody wrote says more than what we see.
        let note = said.and_then(|presence| presence.note.clone()).or_else(|| {
            let seen = match () {
                () if talks => "On the phone",
                () if busy => "Busy",
                () if rings => "Ringing",
                () if quiet => "Do not disturb",
                () => return None,
            };
            Some(seen.to_owned())
        });
        Presence {
            open,
            activities,
            note,
        }
    }

    /// Has a phone stand behind these resources and no others; those where that is a change.
    fn stand_for(&mut self, aor: &str, resources: Vec<String>) -> Vec<String> {
        let Some(phone) = self.by_aor.get_mut(aor) else {
            return Vec::new();
        };
        if phone.resources == resources {
            return Vec::new();
        }
        let before = std::mem::replace(&mut phone.resources, resources.clone());
        for resource in &before {
            if let Some(phones) = self.by_resource.get_mut(resource) {
                phones.remove(aor);
                if phones.is_empty() {
                    self.by_resource.remove(resource);
                }
            }
        }
        for resource in &resources {
            let phones = self.by_resource.entry(resource.clone()).or_default();
            phones.insert(aor.to_owned());
        }
        before.into_iter().chain(resources).collect()
    }

    fn forget_if_nothing(&mut self, aor: &str) {
        let nothing = self.by_aor.get(aor).is_some_and(|phone| {
            phone.resources.is_empty() && !phone.registered && phone.published.is_none()
        });
        if nothing {
            self.by_aor.remove(aor);
        }
    }
}

/// The phones of an account with these switches.
pub(crate) fn lamps(
    published: &registry::Published,
    live: &callflow::live::Live,
) -> Vec<PhoneLamp> {
    let account = &published.account;
    let directory = &account.directory;
    let lamp = |device: &crate::DeviceCredentials| {
        let resource = directory.device(&device.device)?;
        let owner = resource.owner.as_ref().map(callflow::value::Ref::id);
        let endpoint = directory.endpoint(Some(&device.device), owner);
        Some(PhoneLamp {
            aor: registry::aor(&device.digest),
            resources: device_resources(account, &device.device),
            quiet: endpoint.is_quiet(live),
        })
    };
    published.devices.iter().filter_map(lamp).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lamp(aor: &str, quiet: bool) -> PhoneLamp {
        PhoneLamp {
            aor: format!("{aor}@a"),
            resources: vec!["2001@a".to_owned(), format!("{aor}@a")],
            quiet,
        }
    }

    fn phones(lamps: &[PhoneLamp]) -> Phones {
        let mut phones = Phones::default();
        phones.set("a".into(), lamps.to_vec());
        phones
    }

    fn says(open: bool, note: &str) -> Option<Presence> {
        Some(Presence {
            open,
            activities: BTreeSet::new(),
            note: Some(note.to_owned()),
        })
    }

    fn call(phase: DialogPhase) -> DialogState {
        DialogState {
            id: "c/1".to_owned(),
            initiator: false,
            phase,
            remote: None,
        }
    }

    /// `open`, the activities and the note of extension 2001.
    fn seen(phones: &Phones, calls: &[DialogState]) -> String {
        let presence = phones.presence("2001@a", calls, None);
        let names: Vec<_> = presence.activities.iter().map(|it| it.name()).collect();
        let note = presence.note.unwrap_or_default();
        format!("{} {} {note}", presence.open, names.join("+"))
    }

    #[test]
    fn extension_is_open_while_one_of_its_phones_is_registered() {
        let mut phones = phones(&[lamp("desk", false), lamp("soft", false)]);
        assert_eq!(seen(&phones, &[]), "false  ");
        assert_eq!(phones.registered("soft@a", true), ["2001@a", "soft@a"]);
        assert!(phones.registered("soft@a", true).is_empty());
        assert_eq!(seen(&phones, &[]), "true  ");
        assert!(!phones.presence("desk@a", &[], None).open);
        phones.registered("desk@a", true);
        phones.registered("soft@a", false);
        assert_eq!(seen(&phones, &[]), "true  ");
        phones.registered("desk@a", false);
        assert_eq!(seen(&phones, &[]), "false  ");
    }

    #[test]
    fn calls_and_do_not_disturb_are_shown() {
        let mut phones = phones(&[lamp("desk", false)]);
        phones.registered("desk@a", true);
        let (early, talks) = (call(DialogPhase::Early), call(DialogPhase::Confirmed));
        assert_eq!(seen(&phones, std::slice::from_ref(&early)), "true  Ringing");
        assert_eq!(
            seen(&phones, &[early, talks]),
            "true on-the-phone On the phone"
        );
        let touched = phones.set("a".into(), vec![lamp("desk", true)]);
        assert_eq!(touched, ["2001@a", "desk@a"]);
        assert_eq!(seen(&phones, &[]), "true busy Do not disturb");
        assert!(phones.set("a".into(), vec![lamp("desk", true)]).is_empty());
    }

    #[test]
    fn last_word_that_was_published_is_shown_and_closes_its_own_phone_only() {
        let mut phones = phones(&[lamp("desk", false), lamp("soft", false)]);
        phones.registered("desk@a", true);
        phones.published("soft@a", says(true, "by soft phone"));
        phones.published("desk@a", says(false, "gone home"));
        assert_eq!(seen(&phones, &[]), "false  gone home");
        phones.registered("soft@a", true);
        assert_eq!(seen(&phones, &[]), "true  gone home");
        assert_eq!(
            seen(&phones, &[call(DialogPhase::Confirmed)]),
            "true on-the-phone gone home"
        );
        phones.published("desk@a", None);
        assert_eq!(seen(&phones, &[]), "true  by soft phone");
    }

    #[test]
    fn phone_that_moves_to_another_extension_is_seen_there() {
        let mut phones = phones(&[lamp("desk", false)]);
        phones.registered("desk@a", true);
        let mut moved = lamp("desk", false);
        moved.resources[0] = "2002@a".to_owned();
        let touched = phones.set("a".into(), vec![moved]);
        assert_eq!(touched, ["2001@a", "2002@a", "desk@a"]);
        assert!(!phones.presence("2001@a", &[], None).open);
        assert!(phones.presence("2002@a", &[], None).open);
    }

    #[test]
    fn nothing_is_kept_of_phones_that_are_gone() {
        let mut phones = phones(&[lamp("desk", false)]);
        phones.registered("desk@a", true);
        phones.published("desk@a", says(true, "x"));
        phones.set("a".into(), Vec::new());
        phones.published("desk@a", None);
        phones.registered("desk@a", false);
        phones.registered("never@a", false);
        assert!(phones.by_aor.is_empty() && phones.by_resource.is_empty());
        assert!(phones.of_account.is_empty());
    }
}

//! What lamps show at the moment: who talks, who rings, who is there, what was set by hand, which mailbox has messages.
//!
//! Kept by the signalling thread, so that changes and their notifications have one order.

mod phones;

pub(crate) use phones::{PhoneLamp, lamps};

use crate::publication::MailboxCounts;
use callflow::AccountId;
use callflow::command::PresenceState;
use phones::Phones;
use sip::presence::Presence;
use sip::subscribe::{DialogPhase, DialogState, MessageCount, State};
use std::collections::{BTreeMap, BTreeSet};

/// Lamps set by hand that are kept at most; each needs a number somebody could dial.
const MAX_MANUAL: usize = 100_000;

/// A change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// A device takes part in a call, or goes on to the next phase.
    Dialog {
        /// Whoever stands for the device: its own name, its lamp, its owner's lamp. `user@realm`.
        resources: Vec<String>,
        /// The part it takes.
        dialog: DialogState,
    },
    /// A device takes part in a call no longer.
    DialogEnded {
        /// As above.
        resources: Vec<String>,
        /// [`DialogState::id`].
        id: String,
    },
    /// A call is over without having said so.
    CallGone {
        /// What its [`DialogState::id`]s begin with, up to the slash.
        call: String,
    },
    /// A lamp is set by hand.
    Manual {
        /// `id@realm`.
        resource: String,
        /// Its state from now on.
        state: PresenceState,
    },
    /// A mailbox holds other messages than before.
    Mailbox {
        /// Whoever looks after the mailbox.
        resources: Vec<String>,
        /// How many.
        counts: MailboxCounts,
        /// URI to call to listen to them.
        listen: String,
    },
    /// An account has these phones from now on, and no others.
    Phones {
        /// The account.
        account: AccountId,
        /// Its phones.
        phones: Vec<PhoneLamp>,
    },
    /// A phone can be reached, or cannot any more.
    Registered {
        /// Its address of record.
        aor: String,
        /// Whether it can.
        registered: bool,
    },
    /// A phone publishes something else of itself.
    Published {
        /// Its address of record.
        aor: String,
        /// What it says; `None` when it says nothing any more.
        presence: Option<Presence>,
    },
}

/// The state of all lamps.
#[derive(Default)]
pub(crate) struct Live {
    dialogs: BTreeMap<String, Vec<DialogState>>,
    manual: BTreeMap<String, PresenceState>,
    phones: Phones,
}

impl Live {
    /// Takes a change; what is to be published, by resource.
    pub(crate) fn apply(&mut self, change: Change) -> Vec<(String, State)> {
        match change {
            Change::Dialog { resources, dialog } => {
                for resource in &resources {
                    let dialogs = self.dialogs.entry(resource.clone()).or_default();
                    match dialogs.iter_mut().find(|known| known.id == dialog.id) {
                        Some(known) => known.clone_from(&dialog),
                        None => dialogs.push(dialog.clone()),
                    }
                }
                self.states(resources)
            }
            Change::DialogEnded { resources, id } => {
                for resource in &resources {
                    if let Some(dialogs) = self.dialogs.get_mut(resource) {
                        dialogs.retain(|known| known.id != id);
                        if dialogs.is_empty() {
                            self.dialogs.remove(resource);
                        }
                    }
                }
                self.states(resources)
            }
            Change::CallGone { call } => {
                let of_call = |dialog: &DialogState| {
                    let rest = dialog.id.strip_prefix(&call);
                    rest.is_some_and(|rest| rest.starts_with('/'))
                };
                let mut resources = Vec::new();
                for (resource, dialogs) in &mut self.dialogs {
                    if dialogs.iter().any(of_call) {
                        dialogs.retain(|dialog| !of_call(dialog));
                        resources.push(resource.clone());
                    }
                }
                self.dialogs.retain(|_, dialogs| !dialogs.is_empty());
                self.states(resources)
            }
            Change::Manual { resource, state } => self.set(resource, state),
            Change::Mailbox {
                resources,
                counts,
                listen,
            } => {
                let count = MessageCount {
                    account: Some(listen),
                    new: counts.new,
                    saved: counts.saved,
                    ..MessageCount::default()
                };
                resources
                    .into_iter()
                    .map(|resource| (resource, State::Messages(count.clone())))
                    .collect()
            }
            Change::Phones { account, phones } => {
                let resources = self.phones.set(account, phones);
                self.presences(resources)
            }
            Change::Registered { aor, registered } => {
                let resources = self.phones.registered(&aor, registered);
                self.presences(resources)
            }
            Change::Published { aor, presence } => {
                let resources = self.phones.published(&aor, presence);
                self.presences(resources)
            }
        }
    }

    fn set(&mut self, resource: String, state: PresenceState) -> Vec<(String, State)> {
        if state == PresenceState::Idle {
            self.manual.remove(&resource);
        } else if self.manual.len() < MAX_MANUAL || self.manual.contains_key(&resource) {
            self.manual.insert(resource.clone(), state);
        } else {
            tracing::warn!(resource, "too many lamps are set by hand; this one is not");
        }
        self.states(vec![resource])
    }

    /// Calls and presence of resources.
    fn states(&self, resources: Vec<String>) -> Vec<(String, State)> {
        let dialogs = |resource: &String| {
            let dialogs = self.dialogs.get(resource).cloned().unwrap_or_default();
            let by_hand = self.manual.get(resource).and_then(|state| hand(*state));
            let all = dialogs.into_iter().chain(by_hand).collect();
            (resource.clone(), State::Dialogs(all))
        };
        let mut states: Vec<_> = resources.iter().map(dialogs).collect();
        states.extend(self.presences(resources));
        states
    }

    /// Presence of resources.
    fn presences(&self, resources: Vec<String>) -> Vec<(String, State)> {
        let presence = |resource: String| {
            let calls = self.dialogs.get(&resource).map_or(&[][..], Vec::as_slice);
            let by_hand = self.manual.get(&resource).copied();
            let presence = self.phones.presence(&resource, calls, by_hand);
            (resource, State::Presence(presence))
        };
        resources.into_iter().map(presence).collect()
    }
}

/// A lamp set by hand looks like a call of its own (RFC 4235).
fn hand(state: PresenceState) -> Option<DialogState> {
    let phase = match state {
        PresenceState::Idle => return None,
        PresenceState::Ringing => DialogPhase::Early,
        PresenceState::Busy => DialogPhase::Confirmed,
    };
    Some(DialogState {
        id: "manual".to_owned(),
        initiator: false,
        phase,
        remote: None,
    })
}

/// The resources that show what a device does: the device's own name, its lamp, else its owner's.
pub(crate) fn device_resources(account: &callflow::Account, device: &str) -> Vec<String> {
    let Some(resource) = account.directory.device(device) else {
        return Vec::new();
    };
    let owner = resource
        .owner
        .as_ref()
        .and_then(|owner| account.directory.user(owner.id()));
    let ids = [
        Some(resource.sip_username.0.as_str()),
        Some(resource.presence_id.0.as_str()),
        owner.map(|owner| owner.presence_id.0.as_str()),
    ];
    let distinct: BTreeSet<String> = ids
        .into_iter()
        .flatten()
        .filter(|id| !id.is_empty())
        .filter_map(|id| qualified(id, &account.realm))
        .collect();
    distinct.into_iter().collect()
}

/// The resources that show the messages of a mailbox: its number, its owner's lamp, its owner's phones.
pub(crate) fn mailbox_resources(account: &callflow::Account, mailbox: &str) -> Vec<String> {
    let Some(resource) = account.directory.mailbox(mailbox) else {
        return Vec::new();
    };
    let mut ids: BTreeSet<String> = BTreeSet::new();
    ids.insert(resource.mailbox.0.clone());
    if let Some(owner) = &resource.owner {
        ids.extend(
            account
                .directory
                .user(owner.id())
                .map(|user| user.presence_id.0.clone()),
        );
        let phones = account.directory.devices_of(owner.id());
        ids.extend(phones.map(|(_, device)| device.sip_username.0.clone()));
    }
    ids.into_iter()
        .filter(|id| !id.is_empty())
        .filter_map(|id| qualified(&id, &account.realm))
        .collect()
}

/// `id@realm`, the realm in lower case. None when the id names another realm: its lamps belong to somebody else.
pub(crate) fn qualified(id: &str, realm: &str) -> Option<String> {
    let user = match id.rsplit_once('@') {
        Some((user, host)) if host.eq_ignore_ascii_case(realm) => user,
        Some(_) => return None,
        None => id,
    };
    Some(format!("{user}@{}", realm.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialog(id: &str, phase: DialogPhase) -> DialogState {
        DialogState {
            id: id.to_owned(),
            initiator: false,
            phase,
            remote: None,
        }
    }

    fn phases(states: &[(String, State)]) -> Vec<Vec<DialogPhase>> {
        states
            .iter()
            .filter_map(|(_, state)| match state {
                State::Dialogs(dialogs) => {
                    Some(dialogs.iter().map(|dialog| dialog.phase).collect())
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn lamp_shows_calls_of_all_phones_and_what_was_set_by_hand() {
        let mut live = Live::default();
        let lamp = || vec!["2001@a".to_owned()];
        let ring = |live: &mut Live, id: &str, phase| {
            live.apply(Change::Dialog {
                resources: lamp(),
                dialog: dialog(id, phase),
            })
        };
        ring(&mut live, "one", DialogPhase::Early);
        ring(&mut live, "two", DialogPhase::Early);
        let states = ring(&mut live, "one", DialogPhase::Confirmed);
        assert_eq!(
            phases(&states),
            [vec![DialogPhase::Confirmed, DialogPhase::Early]]
        );
        live.apply(Change::Manual {
            resource: "2001@a".into(),
            state: PresenceState::Busy,
        });
        live.apply(Change::DialogEnded {
            resources: lamp(),
            id: "one".into(),
        });
        let states = live.apply(Change::DialogEnded {
            resources: lamp(),
            id: "two".into(),
        });
        assert_eq!(phases(&states), [vec![DialogPhase::Confirmed]]);
        let states = live.apply(Change::Manual {
            resource: "2001@a".into(),
            state: PresenceState::Idle,
        });
        assert_eq!(phases(&states), [Vec::new()]);
    }

    #[test]
    fn lamp_is_of_its_accounts_realm_in_lower_case_and_of_no_other() {
        let of = |id: &str| qualified(id, "Fernhill.Example");
        assert_eq!(of("2001").as_deref(), Some("2001@fernhill.example"));
        assert_eq!(
            of("2001@fernhill.EXAMPLE").as_deref(),
            Some("2001@fernhill.example")
        );
        assert_eq!(of("2001@other.example"), None);
        assert_eq!(of("2001@fernhill.example@other.example"), None);
    }
}

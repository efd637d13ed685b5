//! The accounts this exchange serves, as published. A reader takes one state and keeps it.

use crate::publication::{Carrier, DeviceCredentials, DigestCredentials, Publication};
use callflow::AccountId;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

/// All accounts. A publication replaces one; whoever reads meanwhile sees all of the old or all of the new.
#[derive(Default)]
pub(crate) struct Registry {
    current: RwLock<Arc<Accounts>>,
}

impl Registry {
    /// The state of now.
    pub(crate) fn load(&self) -> Arc<Accounts> {
        // A writer that panicked has replaced nothing.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds or replaces an account. Whether it is new.
    pub(crate) fn publish(&self, publication: Publication) -> bool {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Accounts::clone(&current);
        let new = next.remove(&publication.account.id).is_none();
        next.add(publication);
        *current = Arc::new(next);
        new
    }

    /// Forgets an account. Its calls go on.
    pub(crate) fn remove(&self, account: &AccountId) -> Option<Arc<Published>> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Accounts::clone(&current);
        let removed = next.remove(account);
        *current = Arc::new(next);
        removed
    }
}

/// One state of all accounts.
#[derive(Clone, Default)]
pub(crate) struct Accounts {
    by_id: HashMap<AccountId, Arc<Published>>,
    /// Realms in lower case.
    realms: HashMap<String, AccountId>,
    numbers: HashMap<String, AccountId>,
    /// `username@realm` of devices and carriers.
    peers: HashMap<String, (AccountId, Peer)>,
}

/// An account with what belongs to it.
pub(crate) struct Published {
    pub(crate) account: Arc<callflow::Account>,
    pub(crate) enabled: bool,
    pub(crate) numbers: Vec<String>,
    pub(crate) devices: Vec<DeviceCredentials>,
    pub(crate) carriers: Vec<Carrier>,
}

#[derive(Clone, Copy)]
enum Peer {
    Device(usize),
    Carrier(usize),
}

/// Who stands behind a user name.
pub(crate) enum Known<'a> {
    Device(&'a Arc<Published>, &'a DeviceCredentials),
    Carrier(&'a Arc<Published>, &'a Carrier),
}

impl Accounts {
    fn add(&mut self, publication: Publication) {
        let id = publication.account.id.clone();
        let realm = publication.account.realm.to_ascii_lowercase();
        self.realms.insert(realm, id.clone());
        for number in &publication.numbers {
            self.numbers.insert(number.clone(), id.clone());
        }
        for (at, device) in publication.devices.iter().enumerate() {
            self.peers
                .insert(aor(&device.digest), (id.clone(), Peer::Device(at)));
        }
        for (at, carrier) in publication.carriers.iter().enumerate() {
            if let Some(digest) = &carrier.digest {
                self.peers
                    .insert(aor(digest), (id.clone(), Peer::Carrier(at)));
            }
        }
        let published = Published {
            account: publication.account,
            enabled: publication.enabled,
            numbers: publication.numbers,
            devices: publication.devices,
            carriers: publication.carriers,
        };
        self.by_id.insert(id, Arc::new(published));
    }

    fn remove(&mut self, id: &AccountId) -> Option<Arc<Published>> {
        let published = self.by_id.remove(id)?;
        self.realms.retain(|_, owner| owner != id);
        for number in &published.numbers {
            if self.numbers.get(number) == Some(id) {
                self.numbers.remove(number);
            }
        }
        self.peers.retain(|_, (owner, _)| owner != id);
        Some(published)
    }

    pub(crate) fn get(&self, id: &AccountId) -> Option<&Arc<Published>> {
        self.by_id.get(id)
    }

    /// The account a number is assigned to; E.164 with plus.
    pub(crate) fn of_number(&self, number: &str) -> Option<&Arc<Published>> {
        self.by_id.get(self.numbers.get(number)?)
    }

    /// The account of a realm.
    pub(crate) fn of_realm(&self, realm: &str) -> Option<&Arc<Published>> {
        self.by_id
            .get(self.realms.get(&realm.to_ascii_lowercase())?)
    }

    /// Who has this user name in this realm.
    pub(crate) fn known(&self, username: &str, realm: &str) -> Option<Known<'_>> {
        self.by_aor(&format!("{username}@{}", realm.to_ascii_lowercase()))
    }

    /// Who has this address of record, as [`aor`] or [`carrier_aor`] writes it.
    pub(crate) fn by_aor(&self, aor: &str) -> Option<Known<'_>> {
        if let Some((id, peer)) = self.peers.get(aor) {
            let published = self.by_id.get(id)?;
            return match peer {
                Peer::Device(at) => Some(Known::Device(published, published.devices.get(*at)?)),
                Peer::Carrier(at) => Some(Known::Carrier(published, published.carriers.get(*at)?)),
            };
        }
        let (account, carrier) = aor.strip_prefix("carrier/")?.split_once('/')?;
        let published = self.by_id.get(&AccountId::from(account))?;
        let carrier = published.carriers.iter().find(|it| it.id == carrier)?;
        Some(Known::Carrier(published, carrier))
    }

    /// The one device of that user name in any realm; none when there are several.
    pub(crate) fn only_device(&self, username: &str) -> Option<&DeviceCredentials> {
        let mut found = self
            .by_id
            .values()
            .flat_map(|published| &published.devices)
            .filter(|device| device.digest.username == username);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Carriers whose calls may come from an address, in order of account.
    pub(crate) fn carriers_from(&self, source: IpAddr) -> Vec<(&Arc<Published>, &Carrier)> {
        let mut all: Vec<_> = self
            .by_id
            .values()
            .filter(|published| published.enabled)
            .flat_map(|published| published.carriers.iter().map(move |it| (published, it)))
            .filter(|(_, carrier)| may_come_from(carrier, source))
            .collect();
        all.sort_by(|(a, _), (b, _)| a.account.id.cmp(&b.account.id));
        all
    }
}

/// Whether a carrier's calls may come from an address. Without networks its password alone decides.
pub(crate) fn may_come_from(carrier: &Carrier, source: IpAddr) -> bool {
    if carrier.allowed.is_empty() {
        return carrier.digest.is_some();
    }
    carrier
        .allowed
        .iter()
        .any(|network| network.contains(source))
}

/// The address of record of whoever has these credentials.
pub(crate) fn aor(digest: &DigestCredentials) -> String {
    format!("{}@{}", digest.username, digest.realm.to_ascii_lowercase())
}

/// Stands for the address of record of a carrier that has no user name.
pub(crate) fn carrier_aor(published: &Published, carrier: &Carrier) -> String {
    format!("carrier/{}/{}", published.account.id, carrier.id)
}

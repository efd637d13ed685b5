//! The accounts this exchange serves, as published. A reader takes one state and keeps it.

use crate::net::Proof;
use crate::publication::{Carrier, DeviceCredentials, DigestCredentials, Publication};
use callflow::{AccountId, Resource, ResourceKind};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// All accounts. A publication replaces one; whoever reads meanwhile sees all of the old or all of the new.
#[derive(Default)]
pub(crate) struct Registry {
    current: RwLock<Arc<Accounts>>,
    /// Held while a new state is made, so that readers need not wait for it.
    writing: Mutex<()>,
}

impl Registry {
    /// The state of now.
    pub(crate) fn load(&self) -> Arc<Accounts> {
        // A writer that panicked has replaced nothing.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds or replaces an account.
    pub(crate) fn publish(&self, publication: Publication) -> Replaced {
        self.change(|accounts| {
            let before = accounts.remove(&publication.account.id);
            accounts.add(publication);
            Replaced {
                new: before.is_none(),
                revoked: accounts.revoked(before.as_deref()),
            }
        })
    }

    /// Forgets an account. Its calls go on. What its phones had is [`Replaced::revoked`].
    pub(crate) fn remove(&self, account: &AccountId) -> BTreeSet<String> {
        self.change(|accounts| {
            let before = accounts.remove(account);
            accounts.revoked(before.as_deref())
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Accounts) -> T) -> T {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Accounts::clone(&self.load());
        let result = change(&mut next);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        result
    }
}

/// What a publication changed.
pub(crate) struct Replaced {
    /// The account was not known before.
    pub(crate) new: bool,
    /// Addresses of record of phones that are gone or disabled, or have another password.
    pub(crate) revoked: BTreeSet<String>,
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
    /// Devices by user name alone.
    usernames: HashMap<String, Vec<(AccountId, usize)>>,
    /// The accounts that have carriers.
    with_carriers: BTreeMap<AccountId, Arc<Published>>,
}

/// An account with what belongs to it.
pub(crate) struct Published {
    pub(crate) account: Arc<callflow::Account>,
    pub(crate) enabled: bool,
    /// How many calls it may have.
    pub(crate) limits: crate::Limits,
    ancestors: Vec<AccountId>,
    pub(crate) numbers: Vec<String>,
    pub(crate) devices: Vec<DeviceCredentials>,
    pub(crate) carriers: Vec<Carrier>,
    /// What phones of the account may call themselves instead of their user names.
    extensions: HashSet<String>,
}

impl Published {
    /// How far above this account another one is: 0 for itself, 1 for the one above it; none if it is elsewhere.
    pub(crate) fn steps_up_to(&self, account: &AccountId) -> Option<usize> {
        if self.account.id == *account {
            return Some(0);
        }
        let at = self.ancestors.iter().position(|above| above == account)?;
        Some(at + 1)
    }

    /// The accounts above it, nearest first.
    pub(crate) fn ancestors(&self) -> &[AccountId] {
        &self.ancestors
    }

    /// Whether a phone of the account may call itself so.
    pub(crate) fn has_extension(&self, user: &str) -> bool {
        self.extensions.contains(user)
    }
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
    fn add(&mut self, mut publication: Publication) {
        let id = publication.account.id.clone();
        publication
            .carriers
            .retain(|carrier| is_narrow_enough(&id, carrier));
        let realm = publication.account.realm.to_ascii_lowercase();
        self.realms.insert(realm, id.clone());
        for number in &publication.numbers {
            self.numbers.insert(number.clone(), id.clone());
        }
        for (at, device) in publication.devices.iter().enumerate() {
            self.peers
                .insert(aor(&device.digest), (id.clone(), Peer::Device(at)));
            self.usernames
                .entry(device.digest.username.clone())
                .or_default()
                .push((id.clone(), at));
        }
        for (at, carrier) in publication.carriers.iter().enumerate() {
            if let Some(digest) = &carrier.digest {
                self.peers
                    .insert(aor(digest), (id.clone(), Peer::Carrier(at)));
            }
        }
        let published = Published {
            extensions: extensions(&publication.account),
            account: publication.account,
            enabled: publication.enabled,
            limits: publication.limits,
            ancestors: publication.ancestors,
            numbers: publication.numbers,
            devices: publication.devices,
            carriers: publication.carriers,
        };
        let published = Arc::new(published);
        if !published.carriers.is_empty() {
            self.with_carriers
                .insert(id.clone(), Arc::clone(&published));
        }
        self.by_id.insert(id, published);
    }

    fn remove(&mut self, id: &AccountId) -> Option<Arc<Published>> {
        let published = self.by_id.remove(id)?;
        self.realms.retain(|_, owner| owner != id);
        for number in &published.numbers {
            if self.numbers.get(number) == Some(id) {
                self.numbers.remove(number);
            }
        }
        self.with_carriers.remove(id);
        let carriers = published.carriers.iter();
        let digests = carriers.filter_map(|carrier| carrier.digest.as_ref());
        let devices = published.devices.iter().map(|device| &device.digest);
        for digest in devices.clone().chain(digests) {
            let key = aor(digest);
            if self.peers.get(&key).is_some_and(|(owner, _)| owner == id) {
                self.peers.remove(&key);
            }
        }
        for digest in devices {
            if let Some(same) = self.usernames.get_mut(&digest.username) {
                same.retain(|(owner, _)| owner != id);
                if same.is_empty() {
                    self.usernames.remove(&digest.username);
                }
            }
        }
        Some(published)
    }

    /// The phones of a former state that are not, with the same password, in this one.
    fn revoked(&self, before: Option<&Published>) -> BTreeSet<String> {
        let stands = |aor: &str, former: &DeviceCredentials| match self.by_aor(aor) {
            Some(Known::Device(published, device)) => {
                published.enabled && device.enabled && device.is_same_phone(former)
            }
            _ => false,
        };
        let devices = before.into_iter().flat_map(|before| &before.devices);
        devices
            .map(|device| (aor(&device.digest), device))
            .filter(|(aor, device)| !stands(aor, device))
            .map(|(aor, _)| aor)
            .collect()
    }

    pub(crate) fn get(&self, id: &AccountId) -> Option<&Arc<Published>> {
        self.by_id.get(id)
    }

    /// The account a number is assigned to; E.164 with plus.
    pub(crate) fn of_number(&self, number: &str) -> Option<&Arc<Published>> {
        self.by_id.get(self.numbers.get(number)?)
    }

    /// How many calls an account may have; none that is not known has limits.
    pub(crate) fn limits(&self, account: &AccountId) -> crate::Limits {
        let known = self.by_id.get(account);
        known.map(|published| published.limits).unwrap_or_default()
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
        match self.usernames.get(username)?.as_slice() {
            [(account, at)] => self.by_id.get(account)?.devices.get(*at),
            _ => None,
        }
    }

    /// Carriers whose calls may come from there, in order of account.
    pub(crate) fn carriers_from<'a>(
        &'a self,
        source: Source<'a>,
    ) -> impl Iterator<Item = (&'a Arc<Published>, &'a Carrier)> + Clone {
        self.with_carriers
            .values()
            .filter(|published| published.enabled)
            .flat_map(|published| published.carriers.iter().map(move |it| (published, it)))
            .filter(move |(_, carrier)| may_come_from(carrier, source))
    }
}

/// The extensions of an account's people.
fn extensions(account: &callflow::Account) -> HashSet<String> {
    let users = account.directory.all(ResourceKind::User);
    users
        .filter_map(|(_, resource)| match resource.as_ref() {
            Resource::User(user) => Some(user.presence_id.0.clone()),
            _ => None,
        })
        .filter(|id| !id.is_empty())
        .collect()
}

/// Whether a carrier proves anything: without a password, a network of all addresses would let everybody in.
fn is_narrow_enough(account: &AccountId, carrier: &Carrier) -> bool {
    let open = carrier.digest.is_none() && carrier.allowed.iter().any(|it| it.is_everything());
    if open {
        tracing::error!(
            %account,
            carrier = carrier.name,
            "a carrier without a password is left out, because it allows every address; \
             give it a password or name its networks"
        );
    }
    !open
}

/// Where a request comes from.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The peer's address.
    pub(crate) address: IpAddr,
    /// Who it is, if a certificate proves it.
    pub(crate) proof: Option<&'a Proof>,
}

/// Whether a carrier's calls may come from there: it is proved by a certificate, or by an address. Without networks its
/// password alone decides.
pub(crate) fn may_come_from(carrier: &Carrier, source: Source<'_>) -> bool {
    if source.proof.is_some_and(|proof| is_proved(carrier, proof)) {
        return true;
    }
    if carrier.allowed.is_empty() {
        return carrier.digest.is_some();
    }
    carrier
        .allowed
        .iter()
        .any(|network| network.contains(source.address))
}

/// Whether a certificate is a carrier's: by the name that was given for it, else, where no networks were given either, by
/// the names of the servers that calls to it are sent to.
fn is_proved(carrier: &Carrier, proof: &Proof) -> bool {
    let name = carrier.terms.tls_name.0.as_str();
    if !name.is_empty() {
        return proof.is_for(name);
    }
    let mut servers = carrier.gateways.iter();
    carrier.allowed.is_empty() && servers.any(|it| proof.is_for(&it.server.server.0))
}

/// The address of record of whoever has these credentials.
pub(crate) fn aor(digest: &DigestCredentials) -> String {
    format!("{}@{}", digest.username, digest.realm.to_ascii_lowercase())
}

/// Stands for the address of record of a carrier that has no user name.
pub(crate) fn carrier_aor(published: &Published, carrier: &Carrier) -> String {
    format!("carrier/{}/{}", published.account.id, carrier.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use callflow::{Account, Directory};

    fn publication(id: &str, usernames: &[&str], numbers: &[&str]) -> Publication {
        let realm = format!("{id}.Example");
        let digest = |username: &str| DigestCredentials {
            username: username.to_owned(),
            realm: realm.clone(),
            ha1_md5: String::new(),
            ha1_sha256: String::new(),
        };
        let directory = Arc::new(Directory::default());
        let account = Account::new(id.into(), id, realm.clone(), "UTC", "en-GB", directory, []);
        Publication {
            limits: crate::Limits::default(),
            account: Arc::new(account),
            enabled: true,
            ancestors: Vec::new(),
            numbers: numbers.iter().map(|number| (*number).to_owned()).collect(),
            devices: usernames
                .iter()
                .map(|username| DeviceCredentials {
                    device: format!("{id}-{username}"),
                    digest: digest(username),
                    enabled: true,
                })
                .collect(),
            carriers: vec![Carrier {
                id: "c".to_owned(),
                name: "c".to_owned(),
                digest: Some(digest("trunk")),
                allowed: vec!["10.0.0.0/8".parse().expect("a network")],
                terms: Arc::default(),
                gateways: Vec::new(),
            }],
            mailboxes: Vec::new(),
            live: Arc::default(),
            presence: Vec::new(),
        }
    }

    fn from(address: [u8; 4]) -> Source<'static> {
        Source {
            address: address.into(),
            proof: None,
        }
    }

    fn device(accounts: &Accounts, username: &str, realm: &str) -> Option<String> {
        match accounts.known(username, realm)? {
            Known::Device(_, device) => Some(device.device.clone()),
            Known::Carrier(..) => None,
        }
    }

    #[test]
    fn republished_account_loses_what_it_no_longer_has() {
        let registry = Registry::default();
        assert!(
            registry
                .publish(publication("a", &["one", "two"], &["+441", "+442"]))
                .new
        );
        assert!(registry.publish(publication("b", &["one"], &["+443"])).new);
        let before = registry.load();
        assert!(!registry.publish(publication("a", &["two"], &["+442"])).new);
        let after = registry.load();
        assert_eq!(
            device(&before, "one", "A.example").as_deref(),
            Some("a-one")
        );
        assert_eq!(device(&after, "one", "a.example"), None);
        assert_eq!(device(&after, "two", "a.example").as_deref(), Some("a-two"));
        assert!(before.only_device("one").is_none(), "two accounts have it");
        assert_eq!(
            after.only_device("one").map(|it| it.device.as_str()),
            Some("b-one")
        );
        assert!(before.of_number("+441").is_some() && after.of_number("+441").is_none());
        assert!(after.of_number("+442").is_some());
        registry.remove(&"a".into());
        let left = registry.load();
        assert!(left.of_realm("a.example").is_none() && left.of_realm("B.EXAMPLE").is_some());
        assert_eq!(left.carriers_from(from([10, 0, 0, 1])).count(), 1);
        assert_eq!(left.carriers_from(from([192, 0, 2, 1])).count(), 0);
    }

    #[test]
    fn phone_that_is_gone_disabled_or_has_another_password_loses_what_it_had() {
        let registry = Registry::default();
        let published = || publication("a", &["gone", "off", "new", "stays"], &[]);
        assert!(registry.publish(published()).revoked.is_empty());
        assert!(registry.publish(published()).revoked.is_empty());
        let mut changed = published();
        changed.devices.remove(0);
        changed.devices[0].enabled = false;
        changed.devices[1].digest.ha1_md5 = "another".to_owned();
        let revoked = registry.publish(changed).revoked;
        let aors = ["gone", "new", "off"].map(|user| format!("{user}@a.example"));
        assert_eq!(revoked, BTreeSet::from(aors));
        let mut closed = published();
        closed.enabled = false;
        assert_eq!(registry.publish(closed).revoked.len(), 3);
        registry.publish(published());
        assert_eq!(registry.remove(&"a".into()).len(), 4);
        assert!(registry.remove(&"a".into()).is_empty());
    }

    #[test]
    fn carrier_without_password_that_allows_every_address_is_left_out() {
        let registry = Registry::default();
        for (network, taken) in [("0.0.0.0/0", 0), ("::/0", 0), ("10.0.0.0/8", 1)] {
            let mut open = publication("a", &[], &[]);
            for carrier in &mut open.carriers {
                carrier.digest = None;
                carrier.allowed = vec![network.parse().expect("a network")];
            }
            registry.publish(open);
            let accounts = registry.load();
            let carriers = accounts.of_realm("a.example").map(|it| it.carriers.len());
            assert_eq!(carriers, Some(taken), "{network}");
        }
    }

    #[test]
    fn number_that_moved_to_another_account_stays_there() {
        let registry = Registry::default();
        registry.publish(publication("a", &[], &["+441"]));
        registry.publish(publication("b", &[], &["+441"]));
        registry.publish(publication("a", &[], &[]));
        let owner = registry.load();
        let owner = owner.of_number("+441").map(|it| it.account.id.clone());
        assert_eq!(owner, Some("b".into()));
    }
}

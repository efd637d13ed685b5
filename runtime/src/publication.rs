//! What the control side tells the runtime about an account.

use callflow::command::PresenceState;
use std::net::IpAddr;
use std::sync::Arc;

/// An account as calls see it from now on. Calls in progress keep what they began with.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Directory, programs and routes.
    pub account: Arc<callflow::Account>,
    /// How many calls it may have.
    pub limits: crate::Limits,
    /// A disabled account's phones may not register and its numbers are not answered.
    pub enabled: bool,
    /// The accounts above it, nearest first. Their carriers deliver calls for its numbers too.
    pub ancestors: Vec<callflow::AccountId>,
    /// DDIs of the account, E.164 with plus.
    pub numbers: Vec<String>,
    /// Credentials of its phones.
    pub devices: Vec<DeviceCredentials>,
    /// Its carriers.
    pub carriers: Vec<Carrier>,
    /// Messages in its mailboxes.
    pub mailboxes: Vec<(String, MailboxCounts)>,
    /// Lamps set by hand, as `id@realm`. Used when the account becomes known; later the runtime knows
    /// better and reports changes.
    pub presence: Vec<(String, PresenceState)>,
    /// Switches that people have turned by phone.
    pub live: Arc<callflow::live::Live>,
}

/// What proves that a phone is a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCredentials {
    /// The device's id.
    pub device: String,
    /// Its password.
    pub digest: DigestCredentials,
    /// A disabled device may neither register nor call.
    pub enabled: bool,
}

impl DeviceCredentials {
    /// Whether both are the same phone with the same password.
    pub(crate) fn is_same_phone(&self, other: &Self) -> bool {
        self.device == other.device && self.digest == other.digest
    }
}

/// A password as it is kept: hashed with user name and realm (RFC 7616 §3.4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct DigestCredentials {
    /// Digest user name.
    pub username: String,
    /// Digest realm.
    pub realm: String,
    /// MD5 of `username:realm:password`, hexadecimal.
    pub ha1_md5: String,
    /// SHA-256 of the same, hexadecimal; empty if it is not known.
    pub ha1_sha256: String,
}

impl std::fmt::Debug for DigestCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DigestCredentials")
            .field("username", &self.username)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

/// A carrier that brings calls and takes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Carrier {
    /// The carrier's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How it proves who it is; `None` when its address alone decides.
    pub digest: Option<DigestCredentials>,
    /// Networks its calls may come from; empty means any, then credentials are needed.
    pub allowed: Vec<Network>,
    /// Which calls it takes, and at which cost.
    pub terms: Arc<callflow::resource::Carrier>,
    /// Its servers, in the order in which calls are sent to them; none when it only brings calls.
    pub gateways: Vec<Gateway>,
}

/// A server that calls are sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct Gateway {
    /// Where it is, and how numbers are written for it.
    pub server: callflow::resource::Gateway,
    /// The password of its user name; `None` when it knows this exchange by address.
    pub password: Option<Password>,
}

/// A password in the clear, kept out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl std::str::FromStr for Network {
    type Err = String;

    /// Reads `192.0.2.0/24`, `2001:db8::/32`, or a single address.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("“{text}” is not a network; write for example 192.0.2.0/24");
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| wrong())?,
            None => longest,
        };
        if prefix > longest {
            return Err(wrong());
        }
        Ok(Self { address, prefix })
    }
}

impl Network {
    /// Whether every address of its kind lies in it.
    #[must_use]
    pub fn is_everything(self) -> bool {
        self.prefix == 0
    }

    /// Whether the address lies in it. IPv4 addresses mapped into IPv6 count as IPv4.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.prefix);
                let bits = network.to_bits() ^ address.to_bits();
                bits.checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.prefix);
                let bits = network.to_bits() ^ address.to_bits();
                bits.checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// How many messages a mailbox holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailboxCounts {
    /// Not listened to.
    pub new: u32,
    /// Kept.
    pub saved: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_contains_its_addresses_and_no_others() {
        let network = |text: &str| text.parse::<Network>().expect("a network");
        let inside = |n: &str, a: &str| network(n).contains(a.parse().expect("an address"));
        assert!(inside("127.0.0.0/8", "127.9.9.9"));
        assert!(inside("127.0.0.0/8", "::ffff:127.0.0.1"));
        assert!(!inside("127.0.0.0/8", "128.0.0.1"));
        assert!(inside("192.0.2.7", "192.0.2.7"));
        assert!(!inside("192.0.2.7", "192.0.2.6"));
        assert!(inside("0.0.0.0/0", "203.0.113.9"));
        assert!(inside("2001:db8::/32", "2001:db8:1::1"));
        assert!(!inside("2001:db8::/32", "2001:db9::1"));
        assert!(inside("::1/128", "::1"));
        assert!(!inside("::/0", "10.0.0.1"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "10.0.0.0/33", "::/129", "host", "10.0.0.0/x"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}

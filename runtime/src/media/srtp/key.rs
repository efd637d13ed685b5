//! Master keys, as they were agreed.

use std::fmt;

/// Bytes of a salt; those of GCM end with two zeros (RFC 7714 §11).
pub(super) const SALT: usize = 14;

/// How packets are encrypted and authenticated, by AES of the length that the keys have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// Counter mode, HMAC-SHA1 with a tag of 80 bits (RFC 3711 §4).
    HmacSha1_80,
    /// The same with a tag of 32 bits on packets of sound; on reports it has 80 bits (RFC 4568 §6.2.2).
    HmacSha1_32,
    /// Galois counter mode with a tag of 128 bits (RFC 7714).
    Gcm,
}

/// A master key and its salt. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    pub(super) key: Key,
    pub(super) salt: [u8; SALT],
}

/// A key of AES.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Key {
    Short([u8; 16]),
    Long([u8; 32]),
}

impl Secret {
    /// A key of 16 or 32 bytes and a salt of at most 14; `None` for others.
    #[must_use]
    pub fn new(key: &[u8], salt: &[u8]) -> Option<Self> {
        let key = match key.len() {
            16 => Key::Short(key.try_into().ok()?),
            _ => Key::Long(key.try_into().ok()?),
        };
        let mut padded = [0; SALT];
        padded.get_mut(..salt.len())?.copy_from_slice(salt);
        Some(Self { key, salt: padded })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// What both sides of a leg encrypt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// How.
    pub suite: Suite,
    /// Of what we send.
    pub sends: Secret,
    /// Of what the peer sends.
    pub hears: Secret,
}

//! What must be known in the clear and is kept encrypted: passwords that others ask of us.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::RngCore;

/// Length of a nonce in bytes: long enough to be drawn at random for ever.
const NONCE: usize = 24;

/// The key that secrets of the database are encrypted under. It lies outside the database, so that a copy of the
/// database opens no door.
#[derive(Clone)]
pub struct SecretKey(XChaCha20Poly1305);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// A password in the clear, kept out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    pub(crate) fn new(text: String) -> Secret {
        Secret(text)
    }

    /// The password itself, for whoever asks for it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl SecretKey {
    /// A key of 256 random bits.
    pub fn from_bytes(bytes: [u8; 32]) -> SecretKey {
        SecretKey(XChaCha20Poly1305::new(&bytes.into()))
    }

    /// Encrypts a text for one place; moved to another place it is worth nothing. `None` for a text beyond all bounds.
    pub(crate) fn seal(&self, place: &str, text: &Secret) -> Option<String> {
        let mut nonce = [0_u8; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload {
            msg: text.0.as_bytes(),
            aad: place.as_bytes(),
        };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some(STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Decrypts what was sealed for that place; `None` when it was sealed for another, under another key, or altered.
    pub(crate) fn open(&self, place: &str, sealed: &str) -> Option<Secret> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: place.as_bytes(),
        };
        let text = self.0.decrypt(&XNonce::from(*nonce), payload).ok()?;
        String::from_utf8(text).ok().map(Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_opens_under_its_key_at_its_place_only() {
        let (key, other) = (
            SecretKey::from_bytes([1; 32]),
            SecretKey::from_bytes([2; 32]),
        );
        let text = Secret::new("Circle of Life".to_owned());
        let sealed = key.seal("a/c/", &text).unwrap();
        assert_eq!(key.open("a/c/", &sealed), Some(text.clone()));
        assert_eq!(key.open("b/c/", &sealed), None);
        assert_eq!(other.open("a/c/", &sealed), None);
        assert_eq!(key.open("a/c/", "AAAA"), None);
        assert_eq!(key.open("a/c/", "no base64"), None);
        // Nobody sees that two are the same.
        assert_ne!(key.seal("a/c/", &text), Some(sealed));
        assert!(!format!("{text:?} {key:?}").contains("Life"));
    }
}

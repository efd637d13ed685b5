//! Keys of encrypted sound in descriptions: the `a=crypto` attribute (RFC 4568).

use super::Media;
use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine::DecodePaddingMode};
use std::fmt;

/// The attribute's name.
const NAME: &str = "crypto";
/// Attributes of one medium that are looked at.
const MOST: usize = 16;
/// Some phones leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How packets are encrypted and authenticated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Suite {
    /// AES-128 in counter mode with a tag of 80 bits (RFC 4568 §6.2.1), which everybody has.
    AesCm128HmacSha1_80,
    /// The same with a tag of 32 bits on packets of sound (RFC 4568 §6.2.2).
    AesCm128HmacSha1_32,
    /// AES-256 in counter mode with a tag of 80 bits (RFC 6188).
    AesCm256HmacSha1_80,
    /// The same with a tag of 32 bits on packets of sound (RFC 6188).
    AesCm256HmacSha1_32,
    /// AES-128 in GCM with a tag of 128 bits (RFC 7714).
    AeadAes128Gcm,
    /// AES-256 in GCM with a tag of 128 bits (RFC 7714).
    AeadAes256Gcm,
}

impl Suite {
    /// All of them. Those that an offer of ours names come first, most preferred first.
    pub const ALL: [Suite; 6] = [
        Suite::AesCm128HmacSha1_80,
        Suite::AesCm128HmacSha1_32,
        Suite::AesCm256HmacSha1_80,
        Suite::AesCm256HmacSha1_32,
        Suite::AeadAes128Gcm,
        Suite::AeadAes256Gcm,
    ];
    /// How many of [`Suite::ALL`] an offer of ours names: what every phone knows. A peer that prefers another says so
    /// in an offer of its own.
    const OFFERED: usize = 2;

    /// Its name in descriptions.
    pub fn name(self) -> &'static str {
        match self {
            Suite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Suite::AesCm256HmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Suite::AesCm256HmacSha1_32 => "AES_256_CM_HMAC_SHA1_32",
            Suite::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Suite::AeadAes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    /// Bytes of its master key.
    pub fn key_length(self) -> usize {
        match self {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 | Suite::AeadAes128Gcm => 16,
            Suite::AesCm256HmacSha1_80 | Suite::AesCm256HmacSha1_32 | Suite::AeadAes256Gcm => 32,
        }
    }

    /// Bytes of its master salt.
    pub fn salt_length(self) -> usize {
        match self {
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 12,
            _ => 14,
        }
    }

    /// The suite of a name; it is written in capitals (RFC 4568 §9.1), but not by all.
    fn of(name: &str) -> Option<Suite> {
        Suite::ALL
            .into_iter()
            .find(|suite| suite.name().eq_ignore_ascii_case(name))
    }
}

/// A master key and the salt behind it, of a suite. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    suite: Suite,
    bytes: Vec<u8>,
}

impl MasterKey {
    /// The key that begins `bytes` and the salt after it. `None` when there are too few.
    pub fn new(suite: Suite, bytes: &[u8]) -> Option<MasterKey> {
        let length = suite.key_length() + suite.salt_length();
        let bytes = bytes.get(..length)?.to_vec();
        Some(MasterKey { suite, bytes })
    }

    /// The suite it is for.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The key.
    pub fn key(&self) -> &[u8] {
        self.bytes.get(..self.suite.key_length()).unwrap_or(&[])
    }

    /// The salt.
    pub fn salt(&self) -> &[u8] {
        self.bytes.get(self.suite.key_length()..).unwrap_or(&[])
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (hidden)", self.suite.name())
    }
}

/// What is to be said about encrypting a leg's sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Encryption {
    /// Offered plain; an offer is answered as it comes.
    #[default]
    AsOffered,
    /// Offered encrypted; an offer is answered as it comes.
    Offered,
    /// Offered encrypted; plain sound is refused.
    Enforced,
}

/// The keys of both sides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keys {
    /// Ours, of what we send.
    pub ours: MasterKey,
    /// The peer's, of what it sends; for the same suite.
    pub theirs: MasterKey,
}

/// Whether a protocol of a medium is RTP, and whether it is encrypted.
pub(super) fn is_encrypted(protocol: &str) -> Option<bool> {
    match protocol {
        "RTP/AVP" | "RTP/AVPF" => Some(false),
        "RTP/SAVP" | "RTP/SAVPF" => Some(true),
        _ => None,
    }
}

/// The keys of an offer of ours, numbered from 1.
pub(super) fn offered(keys: &[MasterKey]) -> impl Iterator<Item = (u32, &MasterKey)> {
    (1..).zip(keys.iter().take(Suite::OFFERED))
}

/// One line that the peer may answer, or has: its number, and our key.
pub(super) fn attribute(tag: u32, key: &MasterKey) -> (String, Option<String>) {
    let inline = BASE64.encode(&key.bytes);
    let value = format!("{tag} {} inline:{inline}", key.suite.name());
    (NAME.to_owned(), Some(value))
}

/// The peer's keys that can be used, in its order.
pub(super) fn read(media: &Media) -> impl Iterator<Item = (u32, MasterKey)> {
    let values = media.attributes.iter().filter(|(name, _)| name == NAME);
    values
        .take(MOST)
        .filter_map(|(_, value)| read_one(value.as_deref()?))
}

/// Reads `1 AES_CM_128_HMAC_SHA1_80 inline:key|lifetime`. A line with what we do not understand cannot be used (RFC 4568
/// §6.3): several keys and their names in packets (MKI), packets that are not encrypted or not authenticated.
fn read_one(value: &str) -> Option<(u32, MasterKey)> {
    let mut words = value.split_whitespace();
    let tag = words.next()?.parse().ok()?;
    let suite = Suite::of(words.next()?)?;
    let (method, information) = words.next()?.split_once(':')?;
    if !method.eq_ignore_ascii_case("inline") || !words.all(may_be_ignored) {
        return None;
    }
    let mut parts = information.split('|');
    let bytes = BASE64.decode(parts.next()?).ok()?;
    // Behind the key its lifetime, and `name:length` of its name in packets. We tell no more than one key apart.
    if parts.any(|part| part.contains(':')) {
        return None;
    }
    let length = suite.key_length() + suite.salt_length();
    let key = MasterKey::new(suite, &bytes).filter(|_| bytes.len() == length)?;
    Some((tag, key))
}

/// The window against replay is ours to choose, session keys derived once are the rule, and what has a dash before it
/// may be ignored (RFC 4568 §6.3).
fn may_be_ignored(parameter: &str) -> bool {
    let upper = parameter.to_ascii_uppercase();
    upper.starts_with("WSH=") || upper == "KDR=0" || upper.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4568 §6.1, without the name of the key.
    const KEY: &str = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

    fn lines(values: &[&str]) -> Vec<(u32, Suite)> {
        let values = values.iter().map(|value| (NAME, *value));
        let attributes = values.map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
        let media = Media {
            attributes: attributes.collect(),
            ..Media::parse("audio 4000 RTP/SAVP 0").unwrap()
        };
        read(&media).map(|(tag, key)| (tag, key.suite())).collect()
    }

    #[test]
    fn keys_of_phones_are_read_as_they_write_them() {
        let long = "A".repeat(62);
        let readable = [
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"),
            format!("2 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^20"),
            format!("3 aes_cm_128_hmac_sha1_80 INLINE:{KEY}|1048576 WSH=128 KDR=0 -X=1"),
            format!("4 AES_256_CM_HMAC_SHA1_80 inline:{long}"),
            format!("5 AEAD_AES_128_GCM inline:{}", "A".repeat(38)),
        ];
        let readable: Vec<&str> = readable.iter().map(String::as_str).collect();
        let suites = [
            (1, Suite::AesCm128HmacSha1_80),
            (2, Suite::AesCm128HmacSha1_32),
            (3, Suite::AesCm128HmacSha1_80),
            (4, Suite::AesCm256HmacSha1_80),
            (5, Suite::AeadAes128Gcm),
        ];
        assert_eq!(lines(&readable), suites);
    }

    #[test]
    fn lines_that_we_could_not_keep_to_are_passed_over() {
        for line in [
            "".to_owned(),
            "1".to_owned(),
            "x AES_CM_128_HMAC_SHA1_80 inline:AAAA".to_owned(),
            "1 AES_CM_128_HMAC_SHA1_80 inline:AAAA".to_owned(),
            "1 AES_CM_128_HMAC_SHA1_80 inline:%%%".to_owned(),
            format!("1 F8_128_HMAC_SHA1_80 inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 elsewhere:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY};inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} KDR=3"),
        ] {
            assert_eq!(lines(&[&line]), [], "{line}");
        }
    }

    #[test]
    fn key_is_read_again_as_it_was_written_and_never_shown() {
        let bytes: Vec<u8> = (200..246).collect();
        for suite in Suite::ALL {
            let key = MasterKey::new(suite, &bytes).unwrap();
            let (_, line) = attribute(7, &key);
            let line = line.unwrap();
            assert_eq!(read_one(&line), Some((7, key.clone())), "{line}");
            let written = line.split_once("inline:").unwrap().1;
            let shown = format!("{key:?}");
            assert!(
                !shown.contains(written) && !shown.contains("200"),
                "{shown}"
            );
            assert_eq!(key.key().len() + key.salt().len(), key.bytes.len());
            assert!(MasterKey::new(suite, &bytes[..20]).is_none());
        }
    }
}

//! What session keys do to a packet (RFC 3711 §4, RFC 7714).

use aes::cipher::{InnerIvInit, KeyInit, StreamCipher};
use aes::{Aes128, Aes256};
use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use ctr::{Ctr128BE, CtrCore};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::key::{Key, SALT, Secret, Suite};

/// Bytes of a tag of GCM.
const GCM_TAG: usize = 16;
/// Bytes of a tag of HMAC-SHA1 cut to 80 bits.
const LONG_TAG: usize = 10;
/// Bytes of one cut to 32 bits.
const SHORT_TAG: usize = 4;
/// Bytes of a session key for HMAC-SHA1 (RFC 3711 §5.2).
const MAC_KEY: usize = 20;
/// Bytes of a report that stay readable.
const REPORT_HEAD: usize = 8;
/// Bytes of a report's number.
const NUMBER: usize = 4;
/// Says beside a report's number that it is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// Which packets session keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sound,
    Reports,
}

/// AES with one key.
#[derive(Clone)]
enum Aes {
    Short(Aes128),
    Long(Aes256),
}

impl Aes {
    fn new(key: &Key) -> Self {
        match key {
            Key::Short(key) => Self::Short(Aes128::new(key.into())),
            Key::Long(key) => Self::Long(Aes256::new(key.into())),
        }
    }

    /// Counter mode from a first block.
    fn count(&self, first: [u8; 16], data: &mut [u8]) {
        match self {
            Self::Short(aes) => {
                Ctr128BE::from_core(CtrCore::inner_iv_init(aes.clone(), &first.into()))
                    .apply_keystream(data);
            }
            Self::Long(aes) => {
                Ctr128BE::from_core(CtrCore::inner_iv_init(aes.clone(), &first.into()))
                    .apply_keystream(data);
            }
        }
    }
}

enum Cipher {
    Counter {
        aes: Box<Aes>,
        mac: Box<Hmac<Sha1>>,
        tag: usize,
    },
    ShortGcm(Box<Aes128Gcm>),
    LongGcm(Box<Aes256Gcm>),
}

/// The session keys of one direction for one kind of packets.
pub(super) struct Transform {
    cipher: Cipher,
    salt: [u8; SALT],
}

impl Transform {
    pub(super) fn new(suite: Suite, secret: &Secret, kind: Kind) -> Self {
        let master = Aes::new(&secret.key);
        // Labels of RFC 3711 §4.3.2: of the key, of that for the tags, of the salt.
        let first = match kind {
            Kind::Sound => 0,
            Kind::Reports => 3,
        };
        let key = match &secret.key {
            Key::Short(_) => Key::Short(derived(&master, secret, first)),
            Key::Long(_) => Key::Long(derived(&master, secret, first)),
        };
        let mut salt: [u8; SALT] = derived(&master, secret, first + 2);
        let cipher = match (suite, &key) {
            (Suite::Gcm, key) => {
                // Of its salt the first twelve bytes are used.
                if let Some(unused) = salt.get_mut(12..) {
                    unused.fill(0);
                }
                match key {
                    Key::Short(key) => Cipher::ShortGcm(Box::new(Aes128Gcm::new(key.into()))),
                    Key::Long(key) => Cipher::LongGcm(Box::new(Aes256Gcm::new(key.into()))),
                }
            }
            (_, key) => {
                let mac_key: [u8; MAC_KEY] = derived(&master, secret, first + 1);
                let short = suite == Suite::HmacSha1_32 && kind == Kind::Sound;
                Cipher::Counter {
                    aes: Box::new(Aes::new(key)),
                    mac: Box::new(keyed(&mac_key)),
                    tag: if short { SHORT_TAG } else { LONG_TAG },
                }
            }
        };
        Self { cipher, salt }
    }

    /// Encrypts the packet in the first `length` bytes of a buffer but for its first `head` bytes; its new length.
    /// `None` without room.
    pub(super) fn seal(
        &self,
        buffer: &mut [u8],
        (head, length): (usize, usize),
        ssrc: u32,
        index: u64,
    ) -> Option<usize> {
        let (packet, rest) = buffer.split_at_mut_checked(length)?;
        let (clear, secret) = packet.split_at_mut_checked(head)?;
        let tag = match &self.cipher {
            Cipher::Counter { aes, mac, tag } => {
                let place = rest.get_mut(..*tag)?;
                aes.count(self.block(ssrc, index), secret);
                let mac = mac.as_ref().clone().chain_update(packet);
                let whole = mac.chain_update(rollover(index)).finalize().into_bytes();
                place.copy_from_slice(whole.get(..*tag)?);
                *tag
            }
            _ => self.seal_gcm(clear, secret, rest, self.nonce(ssrc, index))?,
        };
        Some(length + tag)
    }

    /// Proves and decrypts a packet but for its first `head` bytes; its length. It is left as it was when it is not what
    /// the peer has sent with this number.
    pub(super) fn open(
        &self,
        packet: &mut [u8],
        head: usize,
        ssrc: u32,
        index: u64,
    ) -> Option<usize> {
        let length = packet.len().checked_sub(self.tag())?;
        let (packet, tag) = packet.split_at_mut_checked(length)?;
        if head > length {
            return None;
        }
        if let Cipher::Counter { aes, mac, .. } = &self.cipher {
            let mac = mac.as_ref().clone().chain_update(&*packet);
            let mac = mac.chain_update(rollover(index));
            mac.verify_truncated_left(tag).ok()?;
            aes.count(self.block(ssrc, index), packet.get_mut(head..)?);
        } else {
            let (clear, secret) = packet.split_at_mut_checked(head)?;
            self.open_gcm(clear, secret, tag, self.nonce(ssrc, index))?;
        }
        Some(length)
    }

    /// Encrypts the report in the first `length` bytes of a buffer; its new length. `None` without room.
    pub(super) fn seal_report(
        &self,
        buffer: &mut [u8],
        length: usize,
        ssrc: u32,
        number: u32,
    ) -> Option<usize> {
        let word = (number | ENCRYPTED).to_be_bytes();
        let (report, rest) = buffer.split_at_mut_checked(length)?;
        let (clear, secret) = report.split_at_mut_checked(REPORT_HEAD)?;
        let index = u64::from(number);
        match &self.cipher {
            Cipher::Counter { aes, mac, tag } => {
                let (place, rest) = rest.split_at_mut_checked(NUMBER)?;
                let rest = rest.get_mut(..*tag)?;
                aes.count(self.block(ssrc, index), secret);
                place.copy_from_slice(&word);
                let mac = mac.as_ref().clone().chain_update(report);
                let whole = mac.chain_update(word).finalize().into_bytes();
                rest.copy_from_slice(whole.get(..*tag)?);
            }
            _ => {
                let place = rest.get_mut(GCM_TAG..GCM_TAG + NUMBER)?;
                place.copy_from_slice(&word);
                let known = known(clear, word)?;
                self.seal_gcm(&known, secret, rest, self.nonce(ssrc, index))?;
            }
        }
        Some(length + self.tag() + NUMBER)
    }

    /// The number of a report, of one that is encrypted.
    pub(super) fn number(&self, report: &[u8]) -> Option<u32> {
        let behind = match self.cipher {
            Cipher::Counter { tag, .. } => tag,
            _ => 0,
        };
        let end = report.len().checked_sub(behind)?;
        let word = report.get(end.checked_sub(NUMBER)?..end)?.try_into().ok()?;
        let word = u32::from_be_bytes(word);
        (word & ENCRYPTED != 0).then_some(word & !ENCRYPTED)
    }

    /// Proves and decrypts a report whose number has been read; its length.
    pub(super) fn open_report(&self, report: &mut [u8], ssrc: u32, number: u32) -> Option<usize> {
        let word = (number | ENCRYPTED).to_be_bytes();
        let length = report.len().checked_sub(self.tag() + NUMBER)?;
        let (report, rest) = report.split_at_mut_checked(length)?;
        let (clear, secret) = report.split_at_mut_checked(REPORT_HEAD)?;
        let index = u64::from(number);
        if let Cipher::Counter { aes, mac, .. } = &self.cipher {
            let mac = mac
                .as_ref()
                .clone()
                .chain_update(&*clear)
                .chain_update(&*secret);
            let mac = mac.chain_update(word);
            mac.verify_truncated_left(rest.get(NUMBER..)?).ok()?;
            aes.count(self.block(ssrc, index), secret);
        } else {
            let tag = rest.get(..GCM_TAG)?;
            self.open_gcm(&known(clear, word)?, secret, tag, self.nonce(ssrc, index))?;
        }
        Some(length)
    }

    fn tag(&self) -> usize {
        match self.cipher {
            Cipher::Counter { tag, .. } => tag,
            _ => GCM_TAG,
        }
    }

    fn seal_gcm(
        &self,
        known: &[u8],
        secret: &mut [u8],
        rest: &mut [u8],
        nonce: [u8; 12],
    ) -> Option<usize> {
        let place = rest.get_mut(..GCM_TAG)?;
        let nonce = (&nonce).into();
        let tag = match &self.cipher {
            Cipher::ShortGcm(gcm) => gcm.encrypt_inout_detached(nonce, known, secret.into()),
            Cipher::LongGcm(gcm) => gcm.encrypt_inout_detached(nonce, known, secret.into()),
            Cipher::Counter { .. } => return None,
        };
        place.copy_from_slice(&tag.ok()?);
        Some(GCM_TAG)
    }

    fn open_gcm(&self, known: &[u8], secret: &mut [u8], tag: &[u8], nonce: [u8; 12]) -> Option<()> {
        let nonce = (&nonce).into();
        let tag = tag.try_into().ok()?;
        let opened = match &self.cipher {
            Cipher::ShortGcm(gcm) => gcm.decrypt_inout_detached(nonce, known, secret.into(), tag),
            Cipher::LongGcm(gcm) => gcm.decrypt_inout_detached(nonce, known, secret.into(), tag),
            Cipher::Counter { .. } => return None,
        };
        opened.ok()
    }

    /// The first block of counter mode (RFC 3711 §4.1.1).
    fn block(&self, ssrc: u32, index: u64) -> [u8; 16] {
        let mut block = [0; 16];
        let number = u128::from(ssrc) << 64 | u128::from(index) << 16;
        let salt = self.salt.iter().chain(&[0, 0]);
        for ((byte, salt), number) in block.iter_mut().zip(salt).zip(number.to_be_bytes()) {
            *byte = salt ^ number;
        }
        block
    }

    /// The nonce of GCM (RFC 7714 §8.1, §9.1).
    fn nonce(&self, ssrc: u32, index: u64) -> [u8; 12] {
        let mut nonce = [0; 12];
        let number = u128::from(ssrc) << 48 | u128::from(index);
        let number = number.to_be_bytes().into_iter().skip(4);
        for ((byte, salt), number) in nonce.iter_mut().zip(self.salt).zip(number) {
            *byte = salt ^ number;
        }
        nonce
    }
}

/// Derives session keys, once for a master key (RFC 3711 §4.3.1).
fn derived<const N: usize>(master: &Aes, secret: &Secret, label: u8) -> [u8; N] {
    let mut first = [0; 16];
    for (byte, salt) in first.iter_mut().zip(secret.salt) {
        *byte = salt;
    }
    first[7] ^= label;
    let mut key = [0; N];
    master.count(first, &mut key);
    key
}

fn keyed(key: &[u8; MAC_KEY]) -> Hmac<Sha1> {
    // A key shorter than a block is filled up with zeros (RFC 2104 §2).
    let mut block = hmac::digest::Key::<Hmac<Sha1>>::default();
    for (byte, key) in block.iter_mut().zip(key) {
        *byte = *key;
    }
    Hmac::new(&block)
}

/// The half of a number that is not sent.
fn rollover(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

/// What of a report is readable, and proved nevertheless (RFC 7714 §9.3).
fn known(head: &[u8], word: [u8; NUMBER]) -> Option<[u8; REPORT_HEAD + NUMBER]> {
    let mut known = [0; REPORT_HEAD + NUMBER];
    known.get_mut(..REPORT_HEAD)?.copy_from_slice(head);
    known.get_mut(REPORT_HEAD..)?.copy_from_slice(&word);
    Some(known)
}

#[cfg(test)]
mod tests;

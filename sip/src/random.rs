//! Randomness as an input: a generator the core carries, seeded by the host.

use sha2::{Digest, Sha256};
use std::time::Duration;

/// A deterministic generator of unguessable values: SHA-256 over a secret seed and a counter.
///
/// Tags, branches and nonces come from here, so a host must seed it from the operating system;
/// a test seeds it with a number and gets the same run again.
#[derive(Clone)]
pub(crate) struct Random {
    seed: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Random {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Random {
            seed,
            counter: 0,
            block: [0; 32],
            used: 32,
        }
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        if self.used + 8 > self.block.len() {
            let mut hash = Sha256::new();
            hash.update(self.seed);
            hash.update(self.counter.to_be_bytes());
            self.block = hash.finalize().into();
            self.counter = self.counter.wrapping_add(1);
            self.used = 0;
        }
        let mut eight = [0; 8];
        for (to, from) in eight.iter_mut().zip(self.block.iter().skip(self.used)) {
            *to = *from;
        }
        self.used += 8;
        u64::from_be_bytes(eight)
    }

    /// A fresh secret, for keys derived from the seed.
    pub(crate) fn secret(&mut self) -> [u8; 32] {
        let mut secret = [0; 32];
        for chunk in secret.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_be_bytes());
        }
        secret
    }

    /// A token of 16 hexadecimal digits (64 bits), more than the 32 bits RFC 3261 §19.3 asks of a tag.
    pub(crate) fn token(&mut self) -> String {
        format!("{:016x}", self.next_u64())
    }

    /// A duration between `from` and `to`, in steps of 10 ms (RFC 3261 §14.1).
    pub(crate) fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let steps = (to.saturating_sub(from).as_millis() / 10) as u64 + 1;
        from + Duration::from_millis(self.next_u64() % steps * 10)
    }
}

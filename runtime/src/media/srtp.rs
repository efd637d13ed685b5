//! Encrypted sound and reports of a leg (SRTP, RFC 3711), in place: no packet needs memory of its own.

mod direction;
mod key;
mod stream;
mod transform;

pub use key::{Keys, Secret, Suite};

use direction::{Inbound, Outbound};

/// Most bytes that a packet grows by: a tag of 16, and the number of a report.
pub(crate) const GROWTH: usize = 20;

/// What encrypts what a leg sends, and proves and decrypts what it receives.
#[derive(Debug)]
pub(crate) struct Shield {
    sends: Outbound,
    hears: Inbound,
    /// The peer's keys before it changed them, until something comes with the new ones: it sends with the old ones until
    /// our answer has reached it.
    before: Option<Box<Inbound>>,
}

impl Shield {
    fn new(keys: Keys) -> Self {
        Self {
            sends: Outbound::new(keys.suite, keys.sends),
            hears: Inbound::new(keys.suite, keys.hears),
            before: None,
        }
    }

    /// The shield for the keys that were agreed, `None` for plain sound. Keys that stay the same go on where they were:
    /// numbering packets anew would encrypt two of them alike (RFC 3711 §9.1).
    pub(crate) fn renew(old: Option<Box<Shield>>, keys: Option<Keys>) -> Option<Box<Shield>> {
        let keys = keys?;
        let Some(mut shield) = old else {
            return Some(Box::new(Self::new(keys)));
        };
        if !shield.sends.is_of(keys.suite, &keys.sends) {
            shield.sends = Outbound::new(keys.suite, keys.sends);
        }
        if !shield.hears.is_of(keys.suite, &keys.hears) {
            let hears = Inbound::new(keys.suite, keys.hears);
            let before = std::mem::replace(&mut shield.hears, hears);
            shield.before = Some(Box::new(before));
        }
        Some(shield)
    }

    /// Encrypts the packet of sound in the first `length` bytes and returns its new length. `None`, and it must not be
    /// sent, when a packet of its number was sent before or the buffer has no room.
    pub(crate) fn seal(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        self.sends.seal(buffer, length)
    }

    /// The same for a report.
    pub(crate) fn seal_report(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        self.sends.seal_report(buffer, length)
    }

    /// Decrypts a packet of sound and returns its length. `None` when it is not the peer's, or came before.
    pub(crate) fn open(&mut self, packet: &mut [u8]) -> Option<usize> {
        let before = self.before.as_deref();
        let opened = self.hears.open(packet, before);
        self.settle(opened, |before| before.open(packet, None))
    }

    /// The same for a report.
    pub(crate) fn open_report(&mut self, packet: &mut [u8]) -> Option<usize> {
        let opened = self.hears.open_report(packet);
        self.settle(opened, |before| before.open_report(packet))
    }

    fn settle(
        &mut self,
        opened: Option<usize>,
        again: impl FnOnce(&mut Inbound) -> Option<usize>,
    ) -> Option<usize> {
        match opened {
            Some(length) => {
                self.before = None;
                Some(length)
            }
            None => again(self.before.as_deref_mut()?),
        }
    }
}

#[cfg(test)]
mod tests;

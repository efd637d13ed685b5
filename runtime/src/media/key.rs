//! The sixteen keys of a telephone keypad.

use std::fmt;

const SYMBOLS: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D',
];

/// One key of the keypad: `0`–`9`, `*`, `#`, `A`–`D`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u8);

impl Key {
    /// The key for its symbol; letters in either case.
    #[must_use]
    pub fn from_char(symbol: char) -> Option<Self> {
        let symbol = symbol.to_ascii_uppercase();
        let code = SYMBOLS.iter().position(|known| *known == symbol)?;
        u8::try_from(code).ok().map(Self)
    }

    /// The key for a telephone event code (RFC 4733 §3.2); codes above 15 are
    /// not keys.
    #[must_use]
    pub fn from_event(code: u8) -> Option<Self> {
        (code < 16).then_some(Self(code))
    }

    /// The telephone event code (RFC 4733 §3.2).
    #[must_use]
    pub fn event(self) -> u8 {
        self.0
    }

    /// The symbol on the key.
    #[must_use]
    pub fn as_char(self) -> char {
        SYMBOLS[usize::from(self.0 & 15)]
    }

    /// The two frequencies of the key in Hz, low group first (ITU-T Q.23).
    #[must_use]
    pub fn frequencies(self) -> (u16, u16) {
        const LOW: [u16; 4] = [697, 770, 852, 941];
        const HIGH: [u16; 4] = [1209, 1336, 1477, 1633];
        let (row, column) = match self.as_char() {
            '1' => (0, 0),
            '2' => (0, 1),
            '3' => (0, 2),
            'A' => (0, 3),
            '4' => (1, 0),
            '5' => (1, 1),
            '6' => (1, 2),
            'B' => (1, 3),
            '7' => (2, 0),
            '8' => (2, 1),
            '9' => (2, 2),
            'C' => (2, 3),
            '*' => (3, 0),
            '0' => (3, 1),
            '#' => (3, 2),
            _ => (3, 3),
        };
        (LOW[row], HIGH[column])
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.as_char())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Key({})", self.as_char())
    }
}

/// A set of keys, such as those that end a playback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeySet(u16);

impl KeySet {
    /// No key.
    pub const NONE: Self = Self(0);
    /// All sixteen keys.
    pub const ALL: Self = Self(u16::MAX);

    /// The set with `key` added.
    #[must_use]
    pub fn with(self, key: Key) -> Self {
        Self(self.0 | 1 << key.event())
    }

    /// Whether `key` is in the set.
    #[must_use]
    pub fn contains(self, key: Key) -> bool {
        self.0 & (1 << key.event()) != 0
    }
}

impl FromIterator<Key> for KeySet {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        keys.into_iter().fold(Self::NONE, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_has_its_event_code() {
        for (code, symbol) in "0123456789*#ABCD".chars().enumerate() {
            let key = Key::from_char(symbol).expect("a key");
            assert_eq!(usize::from(key.event()), code);
            assert_eq!(key.as_char(), symbol);
            assert_eq!(Key::from_event(key.event()), Some(key));
        }
        assert_eq!(Key::from_char('d'), Key::from_char('D'));
        assert_eq!(Key::from_char('x'), None);
        assert_eq!(Key::from_event(16), None);
    }

    #[test]
    fn set_contains_what_was_put_in() {
        let set: KeySet = "12#".chars().filter_map(Key::from_char).collect();
        let inside = |symbol| set.contains(Key::from_char(symbol).expect("a key"));
        assert!(inside('1') && inside('2') && inside('#'));
        assert!(!inside('3') && !inside('*'));
    }
}

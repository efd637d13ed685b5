//! The value types of action data. A type fixes meaning, unit and range, and with them the form's widget
//! and the parser; see [`crate::field`].

use crate::field::{Field, FieldKind};
use crate::flow::NodeId;
use crate::json;
use crate::resource::ResourceKind;
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// Text of `MIN` to `MAX` characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<const MIN: usize, const MAX: usize>(pub String);

/// Text of several lines, of `MIN` to `MAX` characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LongText<const MIN: usize, const MAX: usize>(pub String);

/// Text that goes into a SIP header value: printable, no line breaks, shown in a monospaced field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderValue<const MIN: usize, const MAX: usize>(pub String);

/// A whole number in a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Int<const MIN: i64, const MAX: i64>(pub i64);

/// A duration in whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds<const MIN: u32, const MAX: u32>(pub u32);

impl<const MIN: u32, const MAX: u32> Seconds<MIN, MAX> {
    /// The same duration in milliseconds.
    #[must_use]
    pub fn millis(self) -> u64 {
        u64::from(self.0) * 1_000
    }
}

/// A duration in whole milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis<const MIN: u32, const MAX: u32>(pub u32);

/// Keys of the telephone pad (`0`–`9`, `*`, `#`), at most `MAX` of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digits<const MIN: usize, const MAX: usize>(pub String);

/// A set of telephone keys, for example those that end a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(pub String);

impl Keys {
    /// All twelve keys.
    pub const ALL: &'static str = "1234567890*#";

    /// All twelve keys.
    #[must_use]
    pub fn all() -> Self {
        Self(Self::ALL.to_owned())
    }

    /// Whether the key is in the set.
    #[must_use]
    pub fn contains(&self, key: char) -> bool {
        self.0.contains(key)
    }
}

/// A final SIP response code that ends a call, 300 to 699 (RFC 3261 §21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SipCode(pub u16);

/// A pattern for numbers, a regular expression of at most 256 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern(pub String);

/// A time zone by its IANA name, for example `Europe/London`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(pub String);

/// A prompt language: `en` or `en-GB`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language(pub String);

/// Says which kind of resource a [`Ref`] points to.
pub trait RefKind {
    /// The kind.
    const KIND: ResourceKind;
}

/// A reference to a resource of the account by its id.
pub struct Ref<K>(pub String, PhantomData<fn() -> K>);

impl<K> Ref<K> {
    /// A reference to the resource with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into(), PhantomData)
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0
    }
}

impl<K> Clone for Ref<K> {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}
impl<K> PartialEq for Ref<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Ref<K> {}
impl<K> fmt::Debug for Ref<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ref").field(&self.0).finish()
    }
}

/// References to resources of one kind, in order.
pub struct Refs<K>(pub Vec<String>, PhantomData<fn() -> K>);

impl<K> Refs<K> {
    /// References to the resources with these ids.
    #[must_use]
    pub fn new(ids: Vec<String>) -> Self {
        Self(ids, PhantomData)
    }
}

impl<K> Default for Refs<K> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}
impl<K> Clone for Refs<K> {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}
impl<K> PartialEq for Refs<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Refs<K> {}
impl<K> fmt::Debug for Refs<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Refs").field(&self.0).finish()
    }
}

/// What may be played where a medium is chosen: a media resource, a system prompt, silence, a tone, a
/// stream. Kept as KAZOO writes it; [`crate::command::Sound`] is what it means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaRef(pub String);

/// Pairs of text, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs(pub Vec<(String, String)>);

/// Another step of the same flow, by its id; `None` when none is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepRef(pub Option<NodeId>);

impl Field for StepRef {
    fn kind() -> FieldKind {
        FieldKind::Step
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        if json::is_blank(value) {
            return Ok(Self::default());
        }
        let number = || {
            let number = json::integer(value)?;
            u32::try_from(number).ok().map(NodeId)
        };
        let named = value.as_str().and_then(|text| text.parse().ok());
        let id = named.or_else(number);
        id.map(|id| Self(Some(id)))
            .ok_or_else(|| "Choose a step of this callflow.".into())
    }
    fn to_json(&self) -> Value {
        self.0.map_or(Value::Null, |id| id.to_string().into())
    }
}

//! Fields: how one value of an action or a resource is described, read and written.
//!
//! A struct declared by [`fields!`](crate::fields) is its own form description: each field's doc comment is
//! the form's help, its type says widget, unit, range and parser, and its default stands in one place.

use crate::json::{self, Object};
use crate::limits;
use crate::resource::ResourceKind;
use crate::value::{
    Digits, HeaderValue, Int, Keys, Language, LongText, MediaRef, Millis, Pairs, Pattern, Ref,
    RefKind, Refs, Seconds, SipCode, Text, Zone,
};
use serde_json::Value;

/// One choice of a field that offers a fixed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The stored value.
    pub value: &'static str,
    /// What the form shows.
    pub label: &'static str,
}

/// The unit of a duration as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

/// What kind of value a field holds: it decides the form's widget. A new kind adds one widget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of text.
    Text {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
        /// Shown in a monospaced face: header values, patterns.
        mono: bool,
    },
    /// Several lines of text.
    LongText {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
    },
    /// A whole number.
    Integer {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// A duration.
    Duration {
        /// The unit of the stored number.
        unit: Unit,
        /// Least value in that unit.
        min: u32,
        /// Greatest value in that unit.
        max: u32,
    },
    /// Yes or no.
    Bool,
    /// One of a fixed list.
    Choice(&'static [Choice]),
    /// One resource of the account, by id.
    Resource(ResourceKind),
    /// Something to play: a media resource, silence, a stream or a prompt.
    Media,
    /// Digits of the telephone pad.
    Digits {
        /// Fewest digits.
        min: usize,
        /// Most digits.
        max: usize,
    },
    /// A set of telephone keys.
    Keys,
    /// A regular expression.
    Pattern,
    /// An IANA time zone.
    Zone,
    /// A prompt language.
    Language,
    /// A final SIP response code.
    SipCode,
    /// Name and value rows.
    Pairs,
    /// Users, devices and groups to ring, each with delay and timeout in seconds.
    Members,
    /// An ordered list of resources of one kind.
    Resources(ResourceKind),
    /// Another step of the same flow, by its id, such as `n12`.
    Step,
    /// Users and mail addresses that get a mail.
    Recipients,
    /// A time of the day; stored in seconds after midnight, typed as `09:00`.
    Clock,
    /// A day; stored in seconds of the Gregorian calendar, typed as `2026-12-25`.
    Day,
    /// Any of a fixed list.
    Several(&'static [Choice]),
    /// Resources of the first kind, each with one of the second, by id.
    Assignments(ResourceKind, ResourceKind),
    /// Classes of numbers, each allowed or denied.
    NumberClasses,
}

/// The description of one field.
#[derive(Clone, Debug)]
pub struct FieldSpec {
    /// The key in `data`, dotted where nested.
    pub key: &'static str,
    /// The form's label.
    pub label: &'static str,
    /// The form's help: meaning, unit, consequences.
    pub help: String,
    /// Widget, unit and range.
    pub kind: FieldKind,
    /// Whether the field may be left empty.
    pub optional: bool,
    /// The value of a new step; `Null` when empty.
    pub default: Value,
}

/// A value that did not fit its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's key.
    pub key: String,
    /// What is wrong and what would be right, for a person.
    pub message: String,
}

/// A type of field values.
pub trait Field: Sized + Clone + PartialEq {
    /// Whether absence is a value of this type.
    const OPTIONAL: bool = false;
    /// The kind, with its range.
    fn kind() -> FieldKind;
    /// Reads a value as people and other programs write it.
    ///
    /// # Errors
    /// A sentence that says what would be right.
    fn from_json(value: &Value) -> Result<Self, String>;
    /// The canonical JSON; `Null` means "leave the key out".
    fn to_json(&self) -> Value;
    /// The value as a form edits it, where that differs from what is stored.
    fn to_form(&self) -> Value {
        self.to_json()
    }
}

/// A struct of fields: what [`fields!`](crate::fields) generates.
pub trait Fields: Sized + Clone + PartialEq + Default {
    /// The descriptions, in the form's order.
    fn specs() -> Vec<FieldSpec>;
    /// Reads an object. Values that do not fit are reported and the default is used; the object is kept,
    /// so that nothing a person or another program wrote is lost.
    fn parse(source: Object) -> (Self, Vec<FieldError>);
    /// The object again: what was read, with only the changed fields overwritten.
    fn to_object(&self) -> Object;
    /// One field as a form edits it (`Null` when absent or unknown).
    fn get(&self, key: &str) -> Value;
    /// Changes one field.
    ///
    /// # Errors
    /// When the key is unknown or the value does not fit; the struct is unchanged then.
    fn set(&mut self, key: &str, value: &Value) -> Result<(), FieldError>;
}

/// Declares a struct whose fields describe themselves.
///
/// `name: Type = default, "key", "Label"` with the help as doc comment. Generates the struct (with a
/// `source` field that keeps what was read), `Default` and [`Fields`].
#[macro_export]
macro_rules! fields {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[doc = $help:literal])+ $field:ident : $ty:ty = $default:expr, $key:literal, $label:literal; )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $( $(#[doc = $help])+ pub $field: $ty, )*
            /// The object this was read from: unknown keys survive in it.
            pub source: $crate::json::Object,
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )* source: $crate::json::Object::new() }
            }
        }

        impl $crate::field::Fields for $name {
            fn specs() -> Vec<$crate::field::FieldSpec> {
                #[allow(unused_variables)]
                let default = Self::default();
                vec![ $( $crate::field::FieldSpec {
                    key: $key,
                    label: $label,
                    help: $crate::field::help(&[$($help),+]),
                    kind: <$ty as $crate::field::Field>::kind(),
                    optional: <$ty as $crate::field::Field>::OPTIONAL,
                    default: $crate::field::Field::to_json(&default.$field),
                }, )* ]
            }

            #[allow(unused_mut, unused_variables)]
            fn parse(source: $crate::json::Object) -> (Self, Vec<$crate::field::FieldError>) {
                let mut errors = Vec::new();
                let mut parsed = Self::default();
                $( $crate::field::read(&source, $key, &mut parsed.$field, &mut errors); )*
                parsed.source = source;
                (parsed, errors)
            }

            #[allow(unused_mut, unused_variables)]
            fn to_object(&self) -> $crate::json::Object {
                let mut object = self.source.clone();
                let default = Self::default();
                $( $crate::field::write(&mut object, $key, &self.$field, &default.$field); )*
                object
            }

            #[allow(unused_variables)]
            fn get(&self, key: &str) -> serde_json::Value {
                $( if key == $key { return $crate::field::Field::to_form(&self.$field); } )*
                serde_json::Value::Null
            }

            #[allow(unused_variables)]
            fn set(&mut self, key: &str, value: &serde_json::Value) -> Result<(), $crate::field::FieldError> {
                $( if key == $key {
                    self.$field = <$ty as $crate::field::Field>::from_json(value)
                        .map_err(|message| $crate::field::FieldError { key: key.to_owned(), message })?;
                    return Ok(());
                } )*
                Err($crate::field::FieldError {
                    key: key.to_owned(),
                    message: format!("There is no field “{key}” here."),
                })
            }
        }
    };
}

/// A new value with every default written out, so that a later change of a default leaves it alone.
#[must_use]
pub fn fresh<F: Fields>() -> F {
    let mut object = Object::new();
    for spec in F::specs() {
        json::set(&mut object, spec.key, spec.default);
    }
    F::parse(object).0
}

/// Joins doc-comment lines into one help text.
#[doc(hidden)]
#[must_use]
pub fn help(lines: &[&str]) -> String {
    let joined: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    joined.join(" ").trim().to_owned()
}

/// Reads one field; absent keeps the default.
#[doc(hidden)]
pub fn read<F: Field>(source: &Object, key: &str, into: &mut F, errors: &mut Vec<FieldError>) {
    let Some(value) = json::get(source, key) else {
        return;
    };
    if value.is_null() && !F::OPTIONAL {
        return;
    }
    match F::from_json(value) {
        Ok(parsed) => *into = parsed,
        Err(message) => errors.push(FieldError {
            key: key.to_owned(),
            message,
        }),
    }
}

/// Writes one field unless the object already says the same.
#[doc(hidden)]
pub fn write<F: Field>(object: &mut Object, key: &str, value: &F, default: &F) {
    let said = match json::get(object, key) {
        None => Some(default.clone()),
        Some(old) if old.is_null() && !F::OPTIONAL => Some(default.clone()),
        Some(old) => match F::from_json(old) {
            Ok(parsed) => Some(parsed),
            // A value that never fitted stays as it was until somebody chooses another.
            Err(_) if value == default => return,
            Err(_) => None,
        },
    };
    if said.as_ref() != Some(value) {
        json::set(object, key, value.to_json());
    }
}

fn bounded_text(value: &Value, min: usize, max: usize) -> Result<String, String> {
    let text = if value.is_null() {
        String::new()
    } else {
        json::text(value).ok_or("Enter text.")?
    };
    let length = text.chars().count();
    if length < min {
        return Err(if min == 1 {
            "Enter a value.".into()
        } else {
            format!("Enter at least {min} characters.")
        });
    }
    if length > max {
        return Err(format!(
            "Enter at most {max} characters; this has {length}."
        ));
    }
    Ok(text)
}

impl<const MIN: usize, const MAX: usize> Field for Text<MIN, MAX> {
    const OPTIONAL: bool = MIN == 0;
    fn kind() -> FieldKind {
        FieldKind::Text {
            min: MIN,
            max: MAX,
            mono: false,
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        bounded_text(value, MIN, MAX).map(Self)
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            Value::from(self.0.clone())
        }
    }
}

impl<const MIN: usize, const MAX: usize> Field for LongText<MIN, MAX> {
    const OPTIONAL: bool = MIN == 0;
    fn kind() -> FieldKind {
        FieldKind::LongText { min: MIN, max: MAX }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        bounded_text(value, MIN, MAX).map(Self)
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            Value::from(self.0.clone())
        }
    }
}

impl<const MIN: usize, const MAX: usize> Field for HeaderValue<MIN, MAX> {
    const OPTIONAL: bool = MIN == 0;
    fn kind() -> FieldKind {
        FieldKind::Text {
            min: MIN,
            max: MAX,
            mono: true,
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let text = bounded_text(value, MIN, MAX)?;
        // A line break would start another header (RFC 3261 §7.3.1).
        if text.chars().any(char::is_control) {
            return Err("A SIP header value is one line without control characters.".into());
        }
        Ok(Self(text))
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            Value::from(self.0.clone())
        }
    }
}

impl<const MIN: i64, const MAX: i64> Field for Int<MIN, MAX> {
    fn kind() -> FieldKind {
        FieldKind::Integer { min: MIN, max: MAX }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        match json::integer(value) {
            Some(n) if (MIN..=MAX).contains(&n) => Ok(Self(n)),
            _ => Err(format!("Enter a whole number from {MIN} to {MAX}.")),
        }
    }
    fn to_json(&self) -> Value {
        Value::from(self.0)
    }
}

fn duration(value: &Value, min: u32, max: u32, unit: &str) -> Result<u32, String> {
    json::integer(value)
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| (min..=max).contains(n))
        .ok_or_else(|| format!("Enter {min} to {max} {unit}."))
}

impl<const MIN: u32, const MAX: u32> Field for Seconds<MIN, MAX> {
    fn kind() -> FieldKind {
        FieldKind::Duration {
            unit: Unit::Seconds,
            min: MIN,
            max: MAX,
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        duration(value, MIN, MAX, "seconds").map(Self)
    }
    fn to_json(&self) -> Value {
        Value::from(self.0)
    }
}

impl<const MIN: u32, const MAX: u32> Field for Millis<MIN, MAX> {
    fn kind() -> FieldKind {
        FieldKind::Duration {
            unit: Unit::Milliseconds,
            min: MIN,
            max: MAX,
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        duration(value, MIN, MAX, "milliseconds").map(Self)
    }
    fn to_json(&self) -> Value {
        Value::from(self.0)
    }
}

impl Field for bool {
    fn kind() -> FieldKind {
        FieldKind::Bool
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        json::boolean(value).ok_or_else(|| "Choose yes or no.".into())
    }
    fn to_json(&self) -> Value {
        Value::from(*self)
    }
}

impl<const MIN: usize, const MAX: usize> Field for Digits<MIN, MAX> {
    const OPTIONAL: bool = MIN == 0;
    fn kind() -> FieldKind {
        FieldKind::Digits { min: MIN, max: MAX }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let text = bounded_text(value, MIN, MAX)?;
        if text.chars().all(|c| Keys::ALL.contains(c)) {
            Ok(Self(text))
        } else {
            Err("Use only the keys 0 to 9, * and #.".into())
        }
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            Value::from(self.0.clone())
        }
    }
}

impl Field for Keys {
    fn kind() -> FieldKind {
        FieldKind::Keys
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let keys = match value {
            Value::Array(items) => items.iter().filter_map(json::text).collect::<String>(),
            other => json::text(other).ok_or("Choose keys of the telephone pad.")?,
        };
        if keys.chars().all(|c| Self::ALL.contains(c)) {
            Ok(Self(keys))
        } else {
            Err("Use only the keys 0 to 9, * and #.".into())
        }
    }
    fn to_json(&self) -> Value {
        self.0.chars().map(|c| Value::from(c.to_string())).collect()
    }
}

impl Field for SipCode {
    fn kind() -> FieldKind {
        FieldKind::SipCode
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        // 1xx and 2xx do not end a call (RFC 3261 §13.3.1).
        json::integer(value)
            .and_then(|n| u16::try_from(n).ok())
            .filter(|n| (300..700).contains(n))
            .map(Self)
            .ok_or_else(|| "Enter a final SIP response code from 300 to 699.".into())
    }
    fn to_json(&self) -> Value {
        Value::from(self.0)
    }
}

impl Field for Pattern {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Pattern
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let text = bounded_text(value, 0, 256)?;
        regex_lite::Regex::new(&text)
            .map_err(|e| format!("This is not a regular expression: {e}."))?;
        Ok(Self(text))
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            Value::from(self.0.clone())
        }
    }
}

impl Field for Zone {
    fn kind() -> FieldKind {
        FieldKind::Zone
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let text = bounded_text(value, 1, 64)?;
        let shaped = text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/_+-".contains(c));
        let known = !cfg!(feature = "zones") || jiff::tz::TimeZone::get(&text).is_ok();
        if shaped && known {
            Ok(Self(text))
        } else {
            Err(format!(
                "“{text}” is not a known time zone. Use a name such as Europe/London."
            ))
        }
    }
    fn to_json(&self) -> Value {
        Value::from(self.0.clone())
    }
}

impl Field for Language {
    fn kind() -> FieldKind {
        FieldKind::Language
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let text = bounded_text(value, 2, 10)?;
        let mut parts = text.split(['-', '_']);
        let primary = parts.next().unwrap_or_default();
        if (2..=3).contains(&primary.len())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        {
            Ok(Self(text))
        } else {
            Err("Enter a language such as en or en-GB.".into())
        }
    }
    fn to_json(&self) -> Value {
        Value::from(self.0.clone())
    }
}

impl<K: RefKind> Field for Ref<K> {
    fn kind() -> FieldKind {
        FieldKind::Resource(K::KIND)
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let id = json::text(value).filter(|id| !id.is_empty() && id != "null" && id.len() <= 128);
        id.map(Self::new)
            .ok_or_else(|| format!("Choose a {}.", K::KIND.label()))
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            Value::from(self.0.clone())
        }
    }
}

impl<K: RefKind> Field for Refs<K> {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Resources(K::KIND)
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        if json::is_blank(value) {
            return Ok(Self::default());
        }
        let wrong = || format!("Choose items of the list of {}s.", K::KIND.label());
        let items = value.as_array().ok_or_else(wrong)?;
        let ids = items
            .iter()
            .take(limits::MAX_BRANCHES)
            .map(|item| json::text(item).filter(|id| id.len() <= 128));
        ids.collect::<Option<_>>().map(Self::new).ok_or_else(wrong)
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            Value::from(self.0.clone())
        }
    }
}

impl Field for MediaRef {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Media
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        if json::is_blank(value) {
            return Ok(Self::default());
        }
        bounded_text(value, 0, 2048).map(Self)
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            Value::from(self.0.clone())
        }
    }
}

impl Field for Pairs {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Pairs
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let Value::Object(map) = value else {
            return if value.is_null() {
                Ok(Self::default())
            } else {
                Err("Enter names and values.".into())
            };
        };
        Ok(Self(
            map.iter()
                .filter_map(|(k, v)| Some((k.clone(), json::text(v)?)))
                .collect(),
        ))
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        Value::Object(
            self.0
                .iter()
                .map(|(k, v)| (k.clone(), Value::from(v.clone())))
                .collect(),
        )
    }
}

impl<F: Field> Field for Option<F> {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        F::kind()
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        if json::is_blank(value) {
            Ok(None)
        } else {
            F::from_json(value).map(Some)
        }
    }
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Field::to_json)
    }
    fn to_form(&self) -> Value {
        self.as_ref().map_or(Value::Null, Field::to_form)
    }
}

/// Declares an enum that a form offers as a list: `Variant = "stored", "Label"`, the first is the default.
#[macro_export]
macro_rules! choice {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(#[doc = $fdoc:literal])+ $first:ident = $fvalue:literal, $flabel:literal;
            $( $(#[doc = $doc:literal])+ $variant:ident = $value:literal, $label:literal; )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $fdoc])+ #[default] $first,
            $( $(#[doc = $doc])+ $variant, )*
        }

        impl $name {
            /// The value as stored.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { Self::$first => $fvalue, $( Self::$variant => $value, )* }
            }
        }

        impl $crate::field::Field for $name {
            fn kind() -> $crate::field::FieldKind {
                $crate::field::FieldKind::Choice(&[
                    $crate::field::Choice { value: $fvalue, label: $flabel },
                    $( $crate::field::Choice { value: $value, label: $label }, )*
                ])
            }
            fn from_json(value: &serde_json::Value) -> Result<Self, String> {
                match value.as_str() {
                    Some($fvalue) => Ok(Self::$first),
                    $( Some($value) => Ok(Self::$variant), )*
                    _ => Err(concat!("Choose one of: ", $flabel, $( ", ", $label, )* ".").into()),
                }
            }
            fn to_json(&self) -> serde_json::Value {
                self.as_str().into()
            }
        }
    };
}

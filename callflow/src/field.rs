//! Fields: how one value of an action or a resource is described, read and written.
//!
//! A struct declared by [`fields!`](crate::fields) is its own form description: each field's doc comment is
//! the form's help, its type says widget, unit, range and parser, and its default stands in one place.

pub(crate) mod table;
mod values;

pub use table::{AnyField, AnyFields, Declared};

use crate::json::{self, Object};
use crate::resource::ResourceKind;
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
    /// The JSON Schema of what is stored.
    pub schema: fn() -> Value,
    /// What would be stored of a value that somebody else wrote.
    pub canonical: fn(&Value) -> Result<Value, String>,
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
    /// The JSON Schema of what [`Field::to_json`] gives.
    fn schema() -> Value {
        crate::schema::of_field::<Self>()
    }
}

/// A struct of fields: what [`fields!`](crate::fields) generates.
pub trait Fields: AnyFields + Clone + PartialEq + Default + 'static {
    /// The descriptions, in the form's order.
    #[must_use]
    fn specs() -> Vec<FieldSpec> {
        table::specs(&Self::default())
    }
    /// Reads an object. Values that do not fit are reported and the default is used; the object is kept,
    /// so that nothing a person or another program wrote is lost.
    #[must_use]
    fn parse(source: Object) -> (Self, Vec<FieldError>) {
        let mut parsed = Self::default();
        let errors = table::read(&mut parsed, source);
        (parsed, errors)
    }
    /// The object again: what was read, with only the changed fields overwritten.
    #[must_use]
    fn to_object(&self) -> Object {
        table::object(self)
    }
    /// The values in what was read that do not fit their fields, and that nobody has replaced since.
    #[must_use]
    fn misfits(&self) -> Vec<FieldError> {
        table::misfits(self)
    }
    /// One field as a form edits it (`Null` when absent or unknown).
    #[must_use]
    fn get(&self, key: &str) -> Value {
        table::get(self, key)
    }
    /// Changes one field.
    ///
    /// # Errors
    /// When the key is unknown or the value does not fit; the struct is unchanged then.
    fn set(&mut self, key: &str, value: &Value) -> Result<(), FieldError> {
        table::set(self, key, value)
    }
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

        impl $crate::field::AnyFields for $name {
            fn table(&self) -> &'static [$crate::field::Declared] {
                const TABLE: &[$crate::field::Declared] =
                    &[$( $crate::field::Declared::of::<$ty>($key, $label, &[$($help),+]), )*];
                TABLE
            }
            #[allow(unused_mut, unused_variables, unused_assignments)]
            fn at(&self, place: usize) -> Option<&dyn $crate::field::AnyField> {
                let mut next = 0;
                $( if place == next { return Some(&self.$field); } next += 1; )*
                None
            }
            #[allow(unused_mut, unused_variables, unused_assignments)]
            fn at_mut(&mut self, place: usize) -> Option<&mut dyn $crate::field::AnyField> {
                let mut next = 0;
                $( if place == next { return Some(&mut self.$field); } next += 1; )*
                None
            }
            fn source(&self) -> &$crate::json::Object {
                &self.source
            }
            fn source_mut(&mut self) -> &mut $crate::json::Object {
                &mut self.source
            }
            fn new_one(&self) -> Box<dyn $crate::field::AnyFields> {
                Box::new(Self::default())
            }
        }

        impl $crate::field::Fields for $name {}
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

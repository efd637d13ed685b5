//! What all structs of fields share: their code, once, over a table of descriptions and one pointer to each
//! field. A copy of it for each of the eighty structs would be a third of what a browser loads.

use crate::field::{Field, FieldError, FieldKind, FieldSpec};
use crate::json::{self, Object};
use serde_json::Value;

/// One field as its struct declares it.
pub struct Declared {
    /// The key, dotted where nested.
    pub key: &'static str,
    /// The form's label.
    pub label: &'static str,
    /// The lines of the form's help.
    pub help: &'static [&'static str],
    /// Widget, unit and range.
    pub kind: fn() -> FieldKind,
    /// Whether the field may be left empty.
    pub optional: bool,
    /// The JSON Schema of what is stored.
    pub schema: fn() -> Value,
    /// What would be stored of a value that somebody else wrote.
    pub canonical: fn(&Value) -> Result<Value, String>,
}

impl Declared {
    /// The declaration of a field of a type.
    #[must_use]
    pub const fn of<F: Field>(
        key: &'static str,
        label: &'static str,
        help: &'static [&'static str],
    ) -> Self {
        Self {
            key,
            label,
            help,
            kind: F::kind,
            optional: F::OPTIONAL,
            schema: schema_of::<F>,
            canonical: canonical::<F>,
        }
    }

    fn error(&self, message: String) -> FieldError {
        FieldError {
            key: self.key.to_owned(),
            message,
        }
    }
}

/// The browser asks for no schema.
fn schema_of<F: Field>() -> Value {
    if cfg!(feature = "schemas") {
        F::schema()
    } else {
        Value::Null
    }
}

fn canonical<F: Field>(value: &Value) -> Result<Value, String> {
    F::from_json(value).map(|field| field.to_json())
}

/// A field of any type.
pub trait AnyField {
    /// Takes a value over.
    ///
    /// # Errors
    /// A sentence that says what would be right; the field is unchanged then.
    fn take(&mut self, value: &Value) -> Result<(), String>;
    /// As it is stored.
    fn stored(&self) -> Value;
    /// As a form edits it.
    fn formed(&self) -> Value;
}

impl<F: Field> AnyField for F {
    fn take(&mut self, value: &Value) -> Result<(), String> {
        *self = F::from_json(value)?;
        Ok(())
    }
    fn stored(&self) -> Value {
        self.to_json()
    }
    fn formed(&self) -> Value {
        self.to_form()
    }
}

/// A struct of fields, of any type.
pub trait AnyFields {
    /// The declarations, in the form's order.
    fn table(&self) -> &'static [Declared];
    /// A field by its place in the table.
    fn at(&self, place: usize) -> Option<&dyn AnyField>;
    /// A field by its place in the table.
    fn at_mut(&mut self, place: usize) -> Option<&mut dyn AnyField>;
    /// What it was read from.
    fn source(&self) -> &Object;
    /// What it was read from.
    fn source_mut(&mut self) -> &mut Object;
    /// One as it is new.
    fn new_one(&self) -> Box<dyn AnyFields>;
}

fn stored(fields: &dyn AnyFields, place: usize) -> Value {
    fields.at(place).map_or(Value::Null, AnyField::stored)
}

pub(crate) fn specs(new: &dyn AnyFields) -> Vec<FieldSpec> {
    let table = new.table().iter().enumerate();
    let spec = |(place, own): (usize, &Declared)| FieldSpec {
        key: own.key,
        label: own.label,
        help: join(own.help),
        kind: (own.kind)(),
        optional: own.optional,
        default: stored(new, place),
        schema: own.schema,
        canonical: own.canonical,
    };
    table.map(spec).collect()
}

/// Joins doc-comment lines into one help text.
fn join(lines: &[&str]) -> String {
    let joined: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    joined.join(" ").trim().to_owned()
}

/// Reads an object into a new struct; absent keys keep the default.
pub(crate) fn read(into: &mut dyn AnyFields, source: Object) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (place, own) in into.table().iter().enumerate() {
        let Some(value) = json::get(&source, own.key) else {
            continue;
        };
        if value.is_null() && !own.optional {
            continue;
        }
        let taken = into.at_mut(place).map(|field| field.take(value));
        errors.extend(
            taken
                .and_then(Result::err)
                .map(|message| own.error(message)),
        );
    }
    *into.source_mut() = source;
    errors
}

/// The object again: each field is written unless the object already says the same.
pub(crate) fn object(fields: &dyn AnyFields) -> Object {
    let mut object = fields.source().clone();
    let new = fields.new_one();
    for (place, own) in fields.table().iter().enumerate() {
        let value = stored(fields, place);
        let said = match json::get(&object, own.key) {
            None => Some(stored(&*new, place)),
            Some(old) if old.is_null() && !own.optional => Some(stored(&*new, place)),
            Some(old) => match (own.canonical)(old) {
                Ok(said) => Some(said),
                // A value that never fitted stays as it was until somebody chooses another.
                Err(_) if value == stored(&*new, place) => continue,
                Err(_) => None,
            },
        };
        if said.as_ref() != Some(&value) {
            json::set(&mut object, own.key, value);
        }
    }
    object
}

/// The values in what was read that do not fit, unless the field holds another since.
pub(crate) fn misfits(fields: &dyn AnyFields) -> Vec<FieldError> {
    let source = fields.source();
    let mut errors = Vec::new();
    for (place, own) in fields.table().iter().enumerate() {
        let Some(old) = json::get(source, own.key) else {
            continue;
        };
        if old.is_null() && !own.optional {
            continue;
        }
        if let Err(message) = (own.canonical)(old)
            && stored(fields, place) == stored(&*fields.new_one(), place)
        {
            errors.push(own.error(message));
        }
    }
    errors
}

fn place(fields: &dyn AnyFields, key: &str) -> Option<usize> {
    fields.table().iter().position(|own| own.key == key)
}

pub(crate) fn get(fields: &dyn AnyFields, key: &str) -> Value {
    let field = place(fields, key).and_then(|place| fields.at(place));
    field.map_or(Value::Null, AnyField::formed)
}

pub(crate) fn set(fields: &mut dyn AnyFields, key: &str, value: &Value) -> Result<(), FieldError> {
    let own = place(fields, key).and_then(|place| Some((place, fields.table().get(place)?)));
    let field = own.and_then(|(place, own)| Some((own, fields.at_mut(place)?)));
    let Some((own, field)) = field else {
        return Err(FieldError {
            key: key.to_owned(),
            message: format!("There is no field “{key}” here."),
        });
    };
    field.take(value).map_err(|message| own.error(message))?;
    // Somebody has chosen a value: one that did not fit is not kept any longer.
    let value = field.stored();
    let source = fields.source_mut();
    let old = json::get(source, own.key).filter(|old| !old.is_null());
    if old.is_some_and(|old| (own.canonical)(old).is_err()) {
        json::set(source, own.key, value);
    }
    Ok(())
}

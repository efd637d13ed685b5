//! The fields of action data and resources: how each type of [`crate::value`] is read and written.

use super::{Field, FieldKind, Unit};
use crate::json;
use crate::limits;
use crate::value::{
    Digits, HeaderValue, Int, Keys, Language, LongText, MediaRef, Millis, Pairs, Pattern, Ref,
    RefKind, Refs, Seconds, SipCode, Text, Zone,
};
use serde_json::Value;

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
        let known = crate::zones::named(&text).is_some();
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
    fn schema() -> Value {
        F::schema()
    }
}

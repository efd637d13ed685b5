//! Patterns of a step, ready to match.

use crate::field::Field;
use crate::json::{self, Object};
use crate::value::Pattern;
use regex_lite::Regex;

/// The pattern of a field. One that cannot be read must not count as the default, which lets everything through:
/// it is an error, with its text. An empty one is none.
///
/// # Errors
/// The text that is no pattern.
pub fn read(
    source: &Object,
    key: &str,
    field: &Pattern,
    default: &str,
) -> Result<Option<Regex>, String> {
    let stored = json::get(source, key).filter(|value| !json::is_blank(value));
    if let Some(stored) = stored
        && Pattern::from_json(stored).is_err()
        && field.0 == default
    {
        return Err(json::text(stored).unwrap_or_default());
    }
    if field.0.is_empty() {
        return Ok(None);
    }
    Regex::new(&field.0).map(Some).map_err(|_| field.0.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn unreadable_pattern_is_not_the_default() {
        let source = |regex: Value| Object::from_iter([("regex".to_owned(), regex)]);
        let any = Pattern(".*".into());
        let regex = |stored: Value, field: &Pattern| read(&source(stored), "regex", field, ".*");
        assert!(regex(json!("(?<!x)y"), &any).is_err());
        assert!(regex(json!(["a"]), &any).is_err());
        assert!(regex(json!(""), &any).is_ok_and(|regex| regex.is_some()));
        // A person has chosen another one since.
        assert!(regex(json!("("), &Pattern("^2".into())).is_ok());
        assert!(regex(json!(null), &Pattern::default()).is_ok_and(|regex| regex.is_none()));
    }
}

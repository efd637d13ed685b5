//! Who gets a mail.

use crate::command::Recipient;
use crate::field::{Field, FieldKind};
use crate::json;
use serde_json::{Value, json};

/// Most recipients of one list.
const MOST: usize = 100;

/// Users and mail addresses: KAZOO's list of `{"type": "user"|"email", "id": text or list}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients(pub Vec<Recipient>);

impl Field for Recipients {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Recipients
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let wrong = || "Choose users or enter mail addresses.".to_owned();
        let items = match value {
            Value::Null => return Ok(Self::default()),
            Value::Array(items) => items,
            _ => return Err(wrong()),
        };
        let mut recipients = Vec::new();
        for item in items {
            let make = match item.get("type").and_then(Value::as_str) {
                Some("user") => Recipient::User,
                Some("email") => Recipient::Address,
                _ => return Err(wrong()),
            };
            let ids = match item.get("id") {
                Some(Value::Array(ids)) => ids.iter().filter_map(json::text).collect(),
                Some(id) => json::text(id).into_iter().collect(),
                None => Vec::new(),
            };
            // Other editors store a row that was left empty.
            let filled = ids.into_iter().map(|id: String| id.trim().to_owned());
            recipients.extend(filled.filter(|id| !id.is_empty() && id != "null").map(make));
        }
        if recipients.len() > MOST {
            return Err(format!("Choose at most {MOST} recipients."));
        }
        Ok(Self(recipients))
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        let row = |recipient: &Recipient| match recipient {
            Recipient::User(id) => json!({"type": "user", "id": id}),
            Recipient::Address(address) => json!({"type": "email", "id": address}),
        };
        self.0.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_ids_are_spread_out_and_empty_rows_left_out() {
        let rows = json!([{"type": "user", "id": ["ann", "ben"]}, {"type": "email", "id": ""},
            {"type": "email", "id": "a@b.example"}]);
        let read = Recipients::from_json(&rows).unwrap();
        assert_eq!(
            read.0,
            [
                Recipient::User("ann".into()),
                Recipient::User("ben".into()),
                Recipient::Address("a@b.example".into())
            ]
        );
        assert_eq!(Recipients::from_json(&read.to_json()), Ok(read));
        assert!(Recipients::from_json(&json!([{"type": "fax", "id": "1"}])).is_err());
    }
}

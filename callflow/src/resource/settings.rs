//! Settings of a whole account.

use super::{CallflowEntry, ResourceKind};
use crate::field::{Field, FieldKind};
use crate::json;
use crate::tones::Tones;
use crate::value::{MediaRef, Ref, Text};
use serde_json::{Map, Value};

/// What may be dialled, by class of number: KAZOO's `{class: {"action": "deny"}}`. Classes that are not named are
/// allowed, unless somebody above says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restrictions(pub Vec<(String, bool)>);

impl Restrictions {
    /// Whether the class is denied; `None` when nothing is said of it.
    #[must_use]
    pub fn denies(&self, class: &str) -> Option<bool> {
        let found = self.0.iter().find(|(own, _)| own == class);
        found.map(|(_, denied)| *denied)
    }
}

impl Field for Restrictions {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::NumberClasses
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let wrong = || "Write for each class of numbers: allow, deny or inherit.".to_owned();
        let Value::Object(map) = value else {
            return if json::is_blank(value) {
                Ok(Self::default())
            } else {
                Err(wrong())
            };
        };
        let mut classes = Vec::new();
        for (class, said) in map {
            let action = said.get("action").unwrap_or(said);
            match action.as_str() {
                Some("deny") => classes.push((class.clone(), true)),
                Some("allow") => classes.push((class.clone(), false)),
                Some("inherit") => {}
                _ => return Err(wrong()),
            }
        }
        Ok(Self(classes))
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        let entry = |(class, denied): &(String, bool)| {
            let action = if *denied { "deny" } else { "allow" };
            let mut said = Map::new();
            said.insert("action".to_owned(), Value::from(action));
            (class.clone(), Value::Object(said))
        };
        Value::Object(self.0.iter().map(entry).collect())
    }
    fn to_form(&self) -> Value {
        let word = |denied| if denied { "deny" } else { "allow" };
        let entry = |(class, denied): &(String, bool)| (class.clone(), Value::from(word(*denied)));
        Value::Object(self.0.iter().map(entry).collect())
    }
    fn schema() -> Value {
        serde_json::json!({
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"action": {"enum": ["allow", "deny", "inherit"]}},
                "required": ["action"],
            },
        })
    }
}

/// Classes of numbers, each with the pattern that its numbers match; the first that matches counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberClasses(pub Vec<(String, String)>);

impl Default for NumberClasses {
    /// The classes of the European plan; an account for another country writes its own.
    fn default() -> Self {
        let class = |(name, pattern): (&str, &str)| (name.to_owned(), pattern.to_owned());
        Self(
            [
                ("emergency", r"^\+?(112|999|911)$"),
                ("extension", r"^\d{1,6}$"),
                (
                    "tollfree",
                    r"^(\+?800\d{8}|(\+44|0)80[08]\d+|\+1(800|888|877|866|855|844|833)\d{7})$",
                ),
                ("premium", r"^(\+449\d+|09\d{9}|\+1900\d{7}|\+353 ?15\d+)$"),
                ("mobile", r"^(\+44|0)7\d{9}$"),
                ("national", r"^(0[1-9]\d+|\+44[1-68]\d+)$"),
                ("international", r"^(00|\+)\d+$"),
            ]
            .map(class)
            .to_vec(),
        )
    }
}

impl NumberClasses {
    /// The class of a number; `unknown` when none matches.
    #[must_use]
    pub fn of(&self, number: &str) -> &str {
        // 00 stands for the plus sign: dialling it must not lead around a class.
        let plus = number.strip_prefix("00").map(|rest| format!("+{rest}"));
        let number = plus.as_deref().unwrap_or(number);
        let matches = |pattern: &str| {
            regex_lite::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(number))
        };
        let found = self.0.iter().find(|(_, pattern)| matches(pattern));
        found.map_or("unknown", |(class, _)| class)
    }
}

impl Field for NumberClasses {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Pairs
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let Value::Object(map) = value else {
            return if json::is_blank(value) {
                Ok(Self::default())
            } else {
                Err("Enter classes and their patterns.".to_owned())
            };
        };
        let mut classes = Vec::new();
        for (class, pattern) in map {
            let text = pattern.get("regex").unwrap_or(pattern).as_str();
            let text = text.ok_or_else(|| format!("Enter a pattern for “{class}”."))?;
            regex_lite::Regex::new(text)
                .map_err(|e| format!("The pattern of “{class}” cannot be read: {e}."))?;
            classes.push((class.clone(), text.to_owned()));
        }
        Ok(Self(classes))
    }
    fn to_json(&self) -> Value {
        let entries = self.0.iter();
        Value::Object(
            entries
                .map(|(class, pattern)| (class.clone(), Value::from(pattern.clone())))
                .collect(),
        )
    }
}

impl Settings {
    /// The id of the one settings resource of an account.
    pub const ID: &'static str = "settings";
}

/// Lists of callers whose calls are refused, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocklists(pub Vec<String>);

impl Field for Blocklists {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Resources(ResourceKind::List)
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(ids) if ids.len() <= 100 => {
                Ok(Self(ids.iter().filter_map(json::text).collect()))
            }
            other if json::is_blank(other) => Ok(Self::default()),
            _ => Err("Choose at most 100 lists.".to_owned()),
        }
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            serde_json::json!(self.0)
        }
    }
}

crate::fields! {
    /// What holds for the whole account where users and devices say nothing else.
    pub struct Settings {
        /// Shown on calls to the outside world; one of the account's own numbers.
        external_name: Text<0, 35> = Text::default(), "caller_id.external.name", "External caller ID name";
        /// Shown on calls to the outside world; one of the account's own numbers.
        external_number: Text<0, 35> = Text::default(), "caller_id.external.number", "External caller ID number";
        /// Shown on emergency calls.
        emergency_name: Text<0, 35> = Text::default(), "caller_id.emergency.name", "Emergency caller ID name";
        /// Shown on emergency calls, so that help finds the building.
        emergency_number: Text<0, 35> = Text::default(), "caller_id.emergency.number", "Emergency caller ID number";
        /// A callflow that every call goes through first, for example to choose a language.
        preflow: Option<Ref<CallflowEntry>> = None, "preflow.always", "First of every call";
        /// What may be dialled, by class of number.
        restrictions: Restrictions = Restrictions::default(), "call_restriction", "Restrictions";
        /// The classes of numbers, each with a pattern.
        classes: NumberClasses = NumberClasses::default(), "number_classes", "Number classes";
        /// What a caller on hold hears.
        music_on_hold: MediaRef = MediaRef::default(), "music_on_hold.media_id", "Music on hold";
        /// Whose tones callers hear while a phone rings, and when it is busy.
        tones: Tones = Tones::Auto, "tones", "Tones";
        /// Where mails go that are for nobody in particular.
        email: Text<0, 254> = Text::default(), "notifications.email", "Email of the administrator";
        /// Whether Dynamic Caller-ID may show only numbers of the account: those of its callflows and the caller
        /// IDs of the account, its users and its devices. Switch it off only where carriers check the number.
        own_numbers_only: bool = true, "ensure_valid_caller_id", "Show only own numbers";
        /// Calls from outside whose number is in one of these lists are refused before any callflow.
        blocklists: Blocklists = Blocklists::default(), "blacklists", "Blocked callers";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_is_the_same_however_a_number_is_dialled() {
        let classes = NumberClasses::default();
        for (numbers, class) in [
            ("112 999", "emergency"),
            ("2001", "extension"),
            ("+449061234567 00449061234567 09061234567", "premium"),
            ("+447700900123 07700900123", "mobile"),
            ("08001111 +448001111 0044808157000", "tollfree"),
            ("+441632960999 00441632960999 01632960999", "national"),
            ("+33123456789 0033123456789", "international"),
            ("*97", "unknown"),
        ] {
            for number in numbers.split(' ') {
                assert_eq!(classes.of(number), class, "{number}");
            }
        }
    }
}

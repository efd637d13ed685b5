//! Lists of numbers.

use crate::field::{Field, FieldKind};
use crate::json::{self, Object};
use crate::limits;
use crate::resource::Name;
use crate::value::LongText;
use regex_lite::Regex;
use serde_json::Value;

/// One entry of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListEntry {
    /// A number, or what numbers begin with; with or without `+`.
    pub number: String,
    /// A regular expression that numbers match.
    pub pattern: String,
    /// Whose number it is.
    pub name: String,
    /// The keys that choose this entry as the caller ID to show.
    pub key: String,
    /// Keys that this version does not know.
    pub extra: Object,
}

/// The keys under which entries are kept by other programs; the first is ours.
const NAME_KEYS: [&str; 2] = ["displayname", "name"];

impl ListEntry {
    fn read(object: &Object) -> Self {
        let mut extra = object.clone();
        let mut take = |key: &str| {
            let value = extra.get(key).and_then(json::text);
            if value.is_some() {
                extra.shift_remove(key);
            }
            value.map(|text| text.trim().to_owned()).unwrap_or_default()
        };
        let (number, pattern) = (take("number"), take("pattern"));
        let key = take("capture_group_key");
        let name = NAME_KEYS
            .map(take)
            .into_iter()
            .find(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| Self::full_name(&extra));
        Self {
            number,
            pattern,
            name,
            key,
            extra,
        }
    }

    /// First and last name, as address books store them.
    fn full_name(extra: &Object) -> String {
        let part = |key| extra.get(key).and_then(json::text).unwrap_or_default();
        let name = format!("{} {}", part("firstname"), part("lastname"));
        name.trim().to_owned()
    }

    fn write(&self) -> Value {
        let mut object = Object::new();
        let name = if self.name == Self::full_name(&self.extra) {
            ""
        } else {
            self.name.as_str()
        };
        for (key, text) in [
            ("number", self.number.as_str()),
            ("pattern", self.pattern.as_str()),
            ("displayname", name),
            ("capture_group_key", self.key.as_str()),
        ] {
            if !text.is_empty() {
                object.insert(key.to_owned(), Value::from(text));
            }
        }
        object.extend(self.extra.clone());
        Value::Object(object)
    }

    /// The line of a form: `number; name; key`, a pattern between slashes; JSON where there is more to it.
    fn line(&self) -> String {
        let texts = [&self.number, &self.pattern, &self.name, &self.key];
        let plain = texts.iter().all(|text| !text.contains([';', '\n', '\r']))
            && !self.number.starts_with(['/', '{'])
            && plain(&self.number).is_empty() != self.pattern.is_empty()
            && self.extra.is_empty();
        if !plain {
            return self.write().to_string();
        }
        let what = if self.pattern.is_empty() {
            self.number.clone()
        } else {
            format!("/{}/", self.pattern)
        };
        let line = format!("{what}; {}; {}", self.name, self.key);
        line.trim_end_matches([';', ' ']).to_owned()
    }

    fn from_line(line: &str) -> Result<Self, String> {
        if line.starts_with('{') {
            let object: Object =
                serde_json::from_str(line).map_err(|e| format!("“{line}” cannot be read: {e}."))?;
            return Ok(Self::read(&object));
        }
        let mut parts = line.splitn(3, ';').map(str::trim);
        let mut part = || parts.next().unwrap_or_default().to_owned();
        let (what, name, key) = (part(), part(), part());
        let mut entry = Self {
            name,
            key,
            ..Self::default()
        };
        match what
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'))
        {
            Some(pattern) => {
                Regex::new(pattern)
                    .map_err(|e| format!("“{pattern}” is not a regular expression: {e}."))?;
                pattern.clone_into(&mut entry.pattern);
            }
            None if plain(&what).is_empty() => {
                return Err(format!("“{line}” begins with no number."));
            }
            None => entry.number = what,
        }
        Ok(entry)
    }
}

/// A number as it is compared: without `+` and without what people write between digits.
fn plain(number: &str) -> String {
    let kept = number
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '*' | '#'));
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

/// The entries of a list, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListEntries(pub Vec<ListEntry>);

impl Field for ListEntries {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::LongText {
            min: 0,
            max: 500_000,
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let wrong = || "Write one entry a line: number; name; key.".to_owned();
        let entries: Vec<ListEntry> = match value {
            Value::Null => Vec::new(),
            Value::Array(items) => {
                let read = |item: &Value| item.as_object().map(ListEntry::read);
                items
                    .iter()
                    .map(read)
                    .collect::<Option<_>>()
                    .ok_or_else(wrong)?
            }
            // Older lists hold their entries by the keys that choose them.
            Value::Object(map) => {
                let read = |(key, item): (&String, &Value)| {
                    let mut entry = ListEntry::read(item.as_object()?);
                    if entry.key.is_empty() {
                        entry.key.clone_from(key);
                    }
                    Some(entry)
                };
                map.iter()
                    .map(read)
                    .collect::<Option<_>>()
                    .ok_or_else(wrong)?
            }
            Value::String(text) => {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                lines.map(ListEntry::from_line).collect::<Result<_, _>>()?
            }
            _ => return Err(wrong()),
        };
        if entries.len() > limits::MAX_LIST_ENTRIES {
            return Err(format!(
                "A list has at most {} entries; this has {}.",
                limits::MAX_LIST_ENTRIES,
                entries.len()
            ));
        }
        Ok(Self(entries))
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        self.0.iter().map(ListEntry::write).collect()
    }
    fn to_form(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        let lines: Vec<String> = self.0.iter().map(ListEntry::line).collect();
        Value::from(lines.join("\n"))
    }
}

crate::fields! {
    /// Numbers with names: customers, callers to keep out, caller IDs to choose from.
    pub struct List {
        /// The name in lists.
        name: Name = Name::default(), "name", "Name";
        /// What the list is for.
        description: LongText<0, 128> = LongText::default(), "description", "Description";
        /// One entry a line: number; name; key. The number may be the beginning of numbers, or a regular
        /// expression between slashes. Only Dynamic Caller-ID uses the key: the digits that choose the entry.
        entries: ListEntries = ListEntries::default(), "entries", "Entries";
    }
}

impl List {
    /// The entry whose number begins this number, the longest, and how much of it.
    #[must_use]
    pub fn by_number(&self, number: &str) -> Option<(usize, &ListEntry)> {
        let number = plain(number);
        let entries = self.entries.0.iter();
        let matching = entries.filter_map(|entry| {
            let own = plain(&entry.number);
            (!own.is_empty() && number.starts_with(&own)).then_some((own.len(), entry))
        });
        // The first of equally long ones.
        matching.rev().max_by_key(|(length, _)| *length)
    }

    /// The first entry whose pattern this number matches, with or without its `+`.
    #[must_use]
    pub fn by_pattern(&self, number: &str) -> Option<&ListEntry> {
        let bare = number.strip_prefix('+').unwrap_or(number);
        let matches = |entry: &&ListEntry| {
            !entry.pattern.is_empty()
                && Regex::new(&entry.pattern)
                    .is_ok_and(|pattern| pattern.is_match(number) || pattern.is_match(bare))
        };
        self.entries.0.iter().find(matches)
    }

    /// The entry that the first of these digits choose, by the longest key, and the digits behind them.
    #[must_use]
    pub fn by_key<'a>(&self, digits: &'a str) -> Option<(&ListEntry, &'a str)> {
        let entries = self.entries.0.iter().filter(|entry| !entry.key.is_empty());
        let matching = entries.filter_map(|e| Some((e, digits.strip_prefix(e.key.as_str())?)));
        matching.min_by_key(|(_, rest)| rest.len())
    }

    /// A pattern that cannot be read.
    #[must_use]
    pub fn unreadable(&self) -> Option<&str> {
        let mut patterns = self.entries.0.iter().map(|entry| entry.pattern.as_str());
        patterns.find(|pattern| Regex::new(pattern).is_err())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn list(entries: &Value) -> List {
        List {
            entries: ListEntries::from_json(entries).unwrap_or_default(),
            ..List::default()
        }
    }

    #[test]
    fn longest_beginning_wins_whatever_it_is_written_like() {
        let list = list(&json!("44; Britain\n+44 (1632) 960; Fernhill\n4; Europe"));
        let found = list.by_number("+441632960100");
        assert_eq!(
            found.map(|(_, entry)| entry.name.as_str()),
            Some("Fernhill")
        );
        assert!(list.by_number("+331").is_none());
    }

    #[test]
    fn every_pattern_counts() {
        let list = list(
            &json!([{"pattern": "^33"}, {"pattern": "(broken"}, {"pattern": "^\\+44", "name": "B"}]),
        );
        let found = list.by_pattern("+441632960100");
        assert_eq!(found.map(|entry| entry.name.as_str()), Some("B"));
        assert!(list.by_pattern("+33123").is_some());
        assert_eq!(list.unreadable(), Some("(broken"));
    }

    #[test]
    fn longest_key_chooses_and_leaves_the_rest() {
        let list = list(&json!({"1": {"number": "1"}, "12": {"number": "12", "name": "Twelve"}}));
        let chosen = list
            .by_key("12345")
            .map(|(e, rest)| (e.name.as_str(), rest));
        assert_eq!(chosen, Some(("Twelve", "345")));
        assert!(list.by_key("2").is_none());
    }

    #[test]
    fn entries_edited_as_lines_lose_nothing() {
        let entries = json!([
            {"number": "+441632960100", "displayname": "Ann", "capture_group_key": "12"},
            {"pattern": "^\\+44;", "displayname": "odd"},
            {"pattern": "^(33|34)"},
            {"number": "5", "firstname": "Ben", "lastname": "Bright", "profile": {"x": 1}},
        ]);
        let list = list(&entries);
        assert_eq!(list.entries.0[3].name, "Ben Bright");
        let lines = list.entries.to_form();
        assert_eq!(ListEntries::from_json(&lines), Ok(list.entries.clone()));
        assert_eq!(list.entries.to_json(), entries);
        let first = lines.as_str().and_then(|text| text.lines().next());
        assert_eq!(first, Some("+441632960100; Ann; 12"));
    }

    #[test]
    fn lines_that_are_no_entries_are_refused() {
        for wrong in ["; Ann", "/(/; x", "{\"number\"", "+"] {
            assert!(ListEntries::from_json(&json!(wrong)).is_err(), "{wrong}");
        }
    }
}

//! The sounds of an Audio Macro, as KAZOO stores them and as a form writes them.

use crate::action::parts::sound;
use crate::action::{ToneList, ToneSpec};
use crate::call::Call;
use crate::command::{Sound, Told};
use crate::field::{Field, FieldKind};
use crate::json::{self, Object};
use crate::value::{Keys, MediaRef};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Most sounds of one step.
const MOST: usize = 50;
/// Longest text of all lines, in characters.
const LONGEST: usize = 8_000;
/// How often one file may be repeated.
const MOST_LOOPS: usize = 20;
const WRONG: &str = "Write one sound a line, for example: play welcome, prompt vm-saved, tts Hello, say number 42, say \
                     digits 2001, say time, tone 440 200/100 x2.";

/// What a form writes after `say`, and the KAZOO type and method that it stands for.
const WAYS: [(&str, &str, &str); 6] = [
    ("number", "number", "pronounced"),
    ("digits", "number", "iterated"),
    ("spelled", "name_spelled", "pronounced"),
    ("date", "current_date", "none"),
    ("time", "current_time", "none"),
    ("moment", "current_date_time", "none"),
];

/// One sound, kept as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct MacroEntry(Object);

/// Sounds, one after another. A form writes one a line; what a line cannot say is its JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MacroList(pub Vec<MacroEntry>);

impl MacroEntry {
    fn kind(&self) -> &str {
        self.0.get("macro").and_then(Value::as_str).unwrap_or("")
    }

    fn text(&self, key: &str) -> String {
        self.0.get(key).and_then(json::text).unwrap_or_default()
    }

    fn tones(&self) -> Option<ToneList> {
        let mut own = self.0.clone();
        own.shift_remove("macro");
        ToneList::from_json(&json!([own])).ok()
    }

    /// The medium of a `play`.
    #[must_use]
    pub fn media(&self) -> Option<MediaRef> {
        let id = self.text("id");
        (self.kind() == "play" && !id.is_empty()).then_some(MediaRef(id))
    }

    /// Whether something can come of it.
    #[must_use]
    pub fn is_known(&self) -> bool {
        match self.kind() {
            "play" | "prompt" => !self.text("id").is_empty(),
            "tts" => !self.text("text").is_empty(),
            "say" => self.text("type").starts_with("current_") || !self.text("text").is_empty(),
            "tone" => self.tones().is_some(),
            _ => false,
        }
    }

    /// What is heard; `None` when there is nothing to it.
    pub(super) fn sounds(&self, call: &Call, language: &str) -> Option<Vec<Sound>> {
        if !self.is_known() {
            return None;
        }
        let own = self.text("language");
        let language = if own.is_empty() { language } else { &own };
        let text = call.text(&self.text("text"));
        let spoken = self.kind() == "tts" || self.kind() == "say";
        if spoken && text.trim().is_empty() && !self.text("type").starts_with("current_") {
            return None;
        }
        Some(match self.kind() {
            "play" => {
                let sound = sound::resolve(call, &self.media()?)?;
                let loops = self.0.get("loop_count").and_then(json::integer);
                let loops = loops.and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
                vec![sound; loops.clamp(1, MOST_LOOPS)]
            }
            "prompt" => vec![Sound::Prompt {
                id: Cow::Owned(self.text("id")),
                language: language.to_owned(),
            }],
            "tone" => {
                let tones = self.tones()?.0;
                vec![Sound::Tones(tones.iter().map(ToneSpec::tone).collect())]
            }
            "tts" => vec![Sound::Speak {
                text,
                voice: self.text("voice"),
                language: language.to_owned(),
            }],
            _ => vec![self.said(call, text, language.to_owned())],
        })
    }

    /// A spoken value.
    fn said(&self, call: &Call, text: String, language: String) -> Sound {
        let kind = self.text("type");
        let iterated = self.text("method") == "iterated";
        let digits = !text.is_empty() && text.chars().all(|c| Keys::ALL.contains(c));
        let bare = text.trim_start_matches('+');
        let dialled = !bare.is_empty() && bare.chars().all(|c| Keys::ALL.contains(c));
        match kind.as_str() {
            "current_date" | "current_time" | "current_date_time" | "short_date_time" => {
                Sound::Moment {
                    at: call.now(),
                    told: match kind.as_str() {
                        "current_date" => Told::Date,
                        "current_time" => Told::Time,
                        _ => Told::DateTime,
                    },
                    zone: call.account().timezone.clone(),
                    language,
                }
            }
            "number" | "items" | "persons" | "messages" if !iterated => match text.trim().parse() {
                Ok(number) => Sound::Number { number, language },
                Err(_) => speak(text, language),
            },
            "telephone_number" | "telephone_extension" | "account_number" if dialled => {
                Sound::Digits {
                    digits: bare.to_owned(),
                    language,
                }
            }
            "name_spelled" => Sound::Digits {
                digits: text,
                language,
            },
            _ if iterated && digits => Sound::Digits {
                digits: text,
                language,
            },
            _ => speak(text, language),
        }
    }

    /// The entry as a form writes it: its words where those say all, else its JSON.
    #[must_use]
    pub fn line(&self) -> String {
        let words = self.words();
        match words.filter(|words| Self::from_line(words).as_ref() == Some(self)) {
            Some(words) => words,
            None => Value::Object(self.0.clone()).to_string(),
        }
    }

    fn words(&self) -> Option<String> {
        let one = |key: &str| Some(format!("{} {}", self.kind(), self.text(key)));
        match self.kind() {
            "play" | "prompt" => one("id"),
            "tts" => one("text"),
            "tone" => {
                let line = self.tones()?.to_form();
                Some(format!("tone {}", line.as_str()?))
            }
            "say" => {
                let (kind, method) = (self.text("type"), self.text("method"));
                let way = WAYS
                    .iter()
                    .find(|(_, own, how)| *own == kind && *how == method);
                let (word, _, _) = way?;
                Some(
                    format!("say {word} {}", self.text("text"))
                        .trim_end()
                        .to_owned(),
                )
            }
            _ => None,
        }
    }

    fn from_line(line: &str) -> Option<Self> {
        if line.starts_with('{') {
            let value: Value = serde_json::from_str(line).ok()?;
            return value.as_object().cloned().map(Self);
        }
        let (kind, rest) = line.split_once(' ')?;
        let rest = rest.trim();
        let mut object = Object::new();
        let mut set = |key: &str, value: Value| object.insert(key.to_owned(), value);
        set("macro", json!(kind));
        match kind {
            "play" | "prompt" if !rest.is_empty() && !rest.contains(char::is_whitespace) => {
                set("id", json!(rest));
            }
            "tts" if !rest.is_empty() => {
                set("text", json!(rest));
            }
            "tone" => {
                let tones = ToneList::from_json(&json!(rest)).ok()?.to_json();
                let first = tones.get(0)?.as_object()?.clone();
                object.extend(first);
            }
            "say" => {
                let (word, text) = rest.split_once(' ').unwrap_or((rest, ""));
                let (_, kind, method) = WAYS.iter().find(|(own, _, _)| *own == word)?;
                set("type", json!(kind));
                set("method", json!(method));
                if !text.trim().is_empty() {
                    set("text", json!(text.trim()));
                }
            }
            _ => return None,
        }
        let entry = Self(object);
        entry.is_known().then_some(entry)
    }
}

fn speak(text: String, language: String) -> Sound {
    Sound::Speak {
        text,
        voice: String::new(),
        language,
    }
}

impl Field for MacroList {
    fn kind() -> FieldKind {
        FieldKind::LongText {
            min: 1,
            max: LONGEST,
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let entries: Option<Vec<_>> = match value {
            // A new step holds none yet.
            Value::Array(items) if items.len() <= MOST => items
                .iter()
                .map(|item| item.as_object().cloned().map(MacroEntry))
                .collect(),
            Value::String(text) if text.chars().count() <= LONGEST => text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .take(MOST + 1)
                .map(MacroEntry::from_line)
                .collect(),
            _ => None,
        };
        entries
            .filter(|entries| entries.len() <= MOST)
            .map(Self)
            .ok_or_else(|| WRONG.to_owned())
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        let entries = self.0.iter();
        entries
            .map(|entry| Value::Object(entry.0.clone()))
            .collect()
    }
    fn to_form(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        let lines: Vec<String> = self.0.iter().map(MacroEntry::line).collect();
        Value::from(lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_objects_say_the_same() {
        let text = "play welcome\nprompt vm-saved\ntts Good morning\nsay number 42\nsay digits {{capture}}\nsay spelled Zoë\nsay time\n\
                    tone 440+480 200/100 x2";
        let typed = MacroList::from_json(&json!(text)).unwrap();
        assert_eq!(typed.to_form(), json!(text));
        assert_eq!(MacroList::from_json(&typed.to_json()).unwrap(), typed);
        assert_eq!(
            typed.to_json()[4],
            json!({"macro": "say", "type": "number", "method": "iterated", "text": "{{capture}}"})
        );
    }

    #[test]
    fn what_a_line_cannot_say_stands_as_json_and_survives() {
        let stored = json!([
            {"macro": "play", "id": "a", "terminators": ["#"]},
            {"macro": "say", "type": "currency", "text": "5", "gender": "neuter"},
            {"macro": "dance"},
        ]);
        let read = MacroList::from_json(&stored).unwrap();
        let again = MacroList::from_json(&read.to_form()).unwrap();
        assert_eq!(again.to_json(), stored);
        let known: Vec<bool> = read.0.iter().map(MacroEntry::is_known).collect();
        assert_eq!(known, [true, true, false]);
    }

    #[test]
    fn what_is_no_sound_is_refused() {
        for wrong in [
            "sing",
            "play",
            "play two words",
            "say loudly 5",
            "tone loud",
            "{",
            "say number",
        ] {
            assert!(MacroList::from_json(&json!(wrong)).is_err(), "{wrong}");
        }
        assert!(MacroList::from_json(&json!("play a\n".repeat(51))).is_err());
        assert!(MacroList::from_json(&json!(5)).is_err());
    }
}

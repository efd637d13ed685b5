//! Tones: plays tones, for example a test tone. KAZOO module `tones`.

use crate::action::parts::announce::announce;
use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::{Repeat, Sound, Tone};
use crate::directory::Directory;
use crate::field::{Field, FieldKind};
use crate::json::{self, Object};
use serde_json::{Value, json};

/// One tone as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ToneSpec {
    /// Frequencies in hertz, mixed.
    pub hertz: Vec<u16>,
    /// Milliseconds of sound.
    pub on_ms: u32,
    /// Milliseconds of silence after it.
    pub off_ms: u32,
    /// How often.
    pub times: u32,
    /// Keys that are kept and have no effect here, such as the volume.
    extra: Object,
}

/// Tones, one after another. A form writes one a line: `440+480 2000/4000 x3`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToneList(pub Vec<ToneSpec>);

/// Most tones of one step.
const MAX_TONES: usize = 32;
/// Longest sound or silence of one tone, in milliseconds: ten minutes.
const MAX_MS: u32 = 600_000;
const WRONG: &str =
    "Write one tone a line: hertz, milliseconds on/off, times. For example 440+480 2000/4000 x3.";

impl ToneSpec {
    /// A tone, once.
    #[must_use]
    pub fn new(hertz: &[u16], on_ms: u32, off_ms: u32) -> Self {
        Self {
            hertz: hertz.to_vec(),
            on_ms,
            off_ms,
            times: 1,
            extra: Object::new(),
        }
    }

    /// As it is played.
    #[must_use]
    pub fn tone(&self) -> Tone {
        Tone {
            hertz: self.hertz.clone(),
            on_ms: self.on_ms,
            off_ms: self.off_ms,
            times: self.times,
        }
    }

    fn fits(self) -> Option<Self> {
        let audible = self.hertz.iter().all(|hertz| (20..=4_000).contains(hertz));
        let bounded =
            self.on_ms <= MAX_MS && self.off_ms <= MAX_MS && (1..=1_000).contains(&self.times);
        (audible && bounded && !self.hertz.is_empty() && self.hertz.len() <= 4).then_some(self)
    }

    fn from_object(object: &Object) -> Option<Self> {
        let number = |key: &str| match object.get(key) {
            None | Some(Value::Null) => Some(None),
            Some(value) => json::integer(value)
                .and_then(|n| u32::try_from(n).ok())
                .map(Some),
        };
        let hertz = object.get("frequencies")?.as_array()?;
        let mut extra = object.clone();
        for key in ["frequencies", "duration_on", "duration_off", "repeat"] {
            extra.shift_remove(key);
        }
        Self {
            hertz: hertz
                .iter()
                .map(|h| json::integer(h).and_then(|n| u16::try_from(n).ok()))
                .collect::<Option<_>>()?,
            on_ms: number("duration_on")??,
            off_ms: number("duration_off")?.unwrap_or(0),
            times: number("repeat")?.unwrap_or(1),
            extra,
        }
        .fits()
    }

    fn from_line(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let hertz = words
            .next()?
            .split('+')
            .map(|h| h.parse().ok())
            .collect::<Option<_>>()?;
        let (on_ms, off_ms) = match words.next() {
            None => (1_000, 0),
            Some(times) => match times.split_once('/') {
                Some((on, off)) => (on.parse().ok()?, off.parse().ok()?),
                None => (times.parse().ok()?, 0),
            },
        };
        let times = match words.next() {
            None => 1,
            Some(word) => word.strip_prefix('x')?.parse().ok()?,
        };
        if words.next().is_some() {
            return None;
        }
        Self {
            hertz,
            on_ms,
            off_ms,
            times,
            extra: Object::new(),
        }
        .fits()
    }

    fn line(&self) -> String {
        let hertz: Vec<String> = self.hertz.iter().map(ToString::to_string).collect();
        format!(
            "{} {}/{} x{}",
            hertz.join("+"),
            self.on_ms,
            self.off_ms,
            self.times
        )
    }

    fn to_object(&self) -> Value {
        let mut object = Object::new();
        object.insert("frequencies".into(), json!(self.hertz));
        object.insert("duration_on".into(), json!(self.on_ms));
        object.insert("duration_off".into(), json!(self.off_ms));
        object.insert("repeat".into(), json!(self.times));
        object.extend(self.extra.clone());
        Value::Object(object)
    }
}

impl Field for ToneList {
    fn kind() -> FieldKind {
        FieldKind::LongText { min: 1, max: 1_000 }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let tones: Option<Vec<_>> = match value {
            Value::Array(items) if items.len() <= MAX_TONES => items
                .iter()
                .map(|item| ToneSpec::from_object(item.as_object()?))
                .collect(),
            Value::String(text) if text.len() <= 1_000 => text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .take(MAX_TONES + 1)
                .map(ToneSpec::from_line)
                .collect(),
            _ => None,
        };
        tones
            .filter(|tones| !tones.is_empty() && tones.len() <= MAX_TONES)
            .map(Self)
            .ok_or_else(|| WRONG.to_owned())
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            self.0.iter().map(ToneSpec::to_object).collect()
        }
    }
    fn to_form(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        let lines: Vec<String> = self.0.iter().map(ToneSpec::line).collect();
        Value::from(lines.join("\n"))
    }
    fn schema() -> Value {
        let times = json!({"type": "integer", "minimum": 0, "maximum": MAX_MS, "x-unit": "ms"});
        json!({
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_TONES,
            "items": {
                "type": "object",
                "required": ["frequencies", "duration_on"],
                "properties": {
                    "frequencies": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 4,
                        "items": {"type": "integer", "minimum": 20, "maximum": 4_000},
                    },
                    "duration_on": times,
                    "duration_off": times,
                    "repeat": {"type": "integer", "minimum": 1, "maximum": 1_000},
                },
            },
        })
    }
}

crate::fields! {
    /// Plays tones, one after another.
    pub struct Tones {
        /// One tone a line: frequencies in hertz joined by +, milliseconds of sound and silence, and how
        /// often. `1004 10000/0 x1` is the test tone for ten seconds.
        tones: ToneList = ToneList(vec![ToneSpec::new(&[1_004], 10_000, 0)]), "tones", "Tones";
    }
}

impl Definition for Tones {
    const MODULE: &'static str = "tones";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Tones",
        category: Category::Special,
        icon: "activity",
        family: Family::Prompt,
        help: "Plays test or signal tones",
        synonyms: &["test tone", "milliwatt", "beep", "1004", "9197"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::new()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        let Some(first) = self.tones.0.first() else {
            return Caption::default();
        };
        let hertz: Vec<String> = first.hertz.iter().map(ToString::to_string).collect();
        let more = match self.tones.0.len() {
            1 => String::new(),
            count => format!(" · {count} tones"),
        };
        Caption::text(format!("{} Hz{more}", hertz.join("+")))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        answer_gently(call).await?;
        let tones = self.tones.0.iter().map(ToneSpec::tone);
        // Nothing stops them: a tone is there to be measured.
        let sounds = vec![Sound::Tones(tones.collect())];
        announce(call, sounds, Repeat::Times(1), "").await?;
        Ok(Next::Continue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_objects_say_the_same() {
        let typed = ToneList::from_json(&json!("440+480 2000/4000 x3\n1004 500")).unwrap();
        let stored = typed.to_json();
        assert_eq!(stored[0]["frequencies"], json!([440, 480]));
        assert_eq!(ToneList::from_json(&stored).unwrap(), typed);
        assert_eq!(
            typed.to_form(),
            json!("440+480 2000/4000 x3\n1004 500/0 x1")
        );
    }

    #[test]
    fn volume_is_kept() {
        let stored = json!([{"frequencies": ["440"], "duration_on": 100, "duration_off": 100, "volume": -10}]);
        let read = ToneList::from_json(&stored).unwrap();
        assert_eq!(read.to_json()[0]["volume"], json!(-10));
    }

    #[test]
    fn what_is_no_tone_is_refused() {
        for wrong in [
            json!("loud"),
            json!("440 1/2 3"),
            json!([]),
            json!("9 100"),
            json!([{"frequencies": []}]),
        ] {
            assert!(ToneList::from_json(&wrong).is_err(), "{wrong}");
        }
    }
}

//! Keys pressed in a conversation and what they do (KAZOO's metaflows): a binding digit, then a number or what fits a
//! pattern.

use crate::action::parts::{outside, recording};
use crate::command::{CallRecording, HttpMethod, RecordFormat};
use crate::json::{self, Object};
use crate::limits;
use crate::resource::Endpoint;
use regex_lite::Regex;
use serde_json::Value;

/// Milliseconds to the next key, when nothing is said.
const DIGIT_TIMEOUT_MS: u64 = 2_000;
/// Limits of that time, in milliseconds.
const TIMEOUT_RANGE_MS: std::ops::RangeInclusive<i64> = 100..=30_000;
/// Seconds that a recording lasts at most, when nothing is said and in any case.
const RECORDING_S: (u64, u64) = (3_600, 10_800);
/// How deep the documents of device, user and account are put together.
const DEPTH: usize = 3;

/// Whose keys are listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenOn {
    /// The phone's own.
    Own,
    /// The other side's.
    Peer,
    /// Both.
    Both,
}

/// What a sequence of keys does, for the phone that has it.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyAction {
    /// The other side is connected with a number.
    Transfer {
        /// The number.
        target: String,
        /// After a word with whoever answers there.
        attended: bool,
        /// Keys that take the other side back meanwhile; may be empty.
        take_back: String,
    },
    /// The other side is put on hold; the same keys again, or the one key, take it back.
    Hold {
        /// The key.
        resume: char,
    },
    /// The conversation ends.
    HangUp,
    /// The call is recorded, or no longer.
    Record(RecordKey),
    /// Something that is not done here: the module.
    Unknown(String),
}

/// What becomes of the recording of the call.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordKey {
    /// It begins.
    Start(CallRecording),
    /// It ends and is kept.
    Stop,
    /// It begins, or ends if there is one.
    Toggle(CallRecording),
    /// It is silent, or sounds again.
    Pause(bool),
}

/// The keys of one phone.
#[derive(Clone, Debug)]
pub struct Metaflows {
    /// The key that comes first.
    pub binding_digit: char,
    /// Milliseconds to the next key.
    pub digit_timeout_ms: u64,
    /// Whose keys count.
    pub listen_on: ListenOn,
    numbers: Object,
    patterns: Object,
}

impl Endpoint<'_> {
    /// What keys do in a conversation of this phone: as its own document says, else its user's, else the account's;
    /// `None` when none says anything.
    #[must_use]
    pub fn metaflows(&self) -> Option<Metaflows> {
        let device = self.device.map(|(_, device)| &device.source);
        let user = self.user.map(|(_, user)| &user.source);
        let account = Some(&self.settings.source);
        let mut whole = Object::new();
        for source in [account, user, device].into_iter().flatten() {
            if let Some(Value::Object(own)) = source.get("metaflows") {
                overlay(&mut whole, own, DEPTH);
            }
        }
        Metaflows::read(&whole)
    }
}

/// Puts one document over another; objects are put together, up to a depth.
fn overlay(below: &mut Object, above: &Object, depth: usize) {
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(above)) if depth > 1 => {
                overlay(below, above, depth - 1);
            }
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

impl Metaflows {
    /// Reads a document; `None` when it binds no keys.
    #[must_use]
    pub fn read(document: &Object) -> Option<Self> {
        let table = |key: &str| {
            let table = document.get(key).and_then(Value::as_object);
            let entries = table.into_iter().flatten().take(limits::MAX_BRANCHES);
            entries
                .map(|(keys, action)| (keys.clone(), action.clone()))
                .collect::<Object>()
        };
        let (numbers, patterns) = (table("numbers"), table("patterns"));
        if numbers.is_empty() && patterns.is_empty() {
            return None;
        }
        let said = |key: &str| document.get(key).and_then(json::text);
        let timeout = document.get("digit_timeout").and_then(json::integer);
        let timeout = timeout.filter(|ms| TIMEOUT_RANGE_MS.contains(ms));
        let binding = said("binding_digit").and_then(|text| text.chars().next());
        Some(Self {
            binding_digit: binding.filter(|key| is_key(*key)).unwrap_or('*'),
            digit_timeout_ms: timeout
                .and_then(|ms| u64::try_from(ms).ok())
                .unwrap_or(DIGIT_TIMEOUT_MS),
            listen_on: match said("listen_on").as_deref() {
                Some("peer") => ListenOn::Peer,
                Some("both") => ListenOn::Both,
                _ => ListenOn::Own,
            },
            numbers,
            patterns,
        })
    }

    /// Whether further keys could mean something else than these.
    #[must_use]
    pub fn may_go_on(&self, keys: &str) -> bool {
        let longer = |number: &String| number.len() > keys.len() && number.starts_with(keys);
        !self.patterns.is_empty() || self.numbers.keys().any(longer)
    }

    /// What these keys do, after the binding digit: the number first, then the first pattern that fits.
    #[must_use]
    pub fn find(&self, keys: &str) -> Option<KeyAction> {
        if let Some(action) = self.numbers.get(keys) {
            return Some(action_of(action, ""));
        }
        self.patterns.iter().find_map(|(pattern, action)| {
            let found = Regex::new(pattern).ok()?;
            let found = found.captures(keys)?;
            let captured = found.get(1).or(found.get(0));
            Some(action_of(action, captured.map_or("", |text| text.as_str())))
        })
    }
}

fn is_key(key: char) -> bool {
    key.is_ascii_digit() || matches!(key, '*' | '#' | 'A'..='D')
}

fn action_of(action: &Value, captured: &str) -> KeyAction {
    let module = action.get("module").and_then(json::text);
    let module = module.unwrap_or_default();
    let said = |key: &str| {
        let value = action.get("data")?.get(key)?;
        json::text(value).filter(|text| !text.is_empty())
    };
    match module.as_str() {
        "transfer" => {
            let target = said("target").unwrap_or_else(|| captured.to_owned());
            let Some(target) = outside::dialable(&target) else {
                return KeyAction::Unknown("transfer to no number".to_owned());
            };
            let kind = said("Transfer-Type").or_else(|| said("transfer_type"));
            KeyAction::Transfer {
                target,
                attended: kind.is_none_or(|kind| kind != "blind"),
                take_back: said("takeback_dtmf").unwrap_or_default(),
            }
        }
        "hold" => KeyAction::Hold {
            resume: said("unhold_key")
                .and_then(|key| key.chars().next())
                .unwrap_or('1'),
        },
        "hangup" => KeyAction::HangUp,
        "record_call" => match said("action").as_deref() {
            None | Some("toggle") => KeyAction::Record(RecordKey::Toggle(recording_of(&said))),
            Some("start") => KeyAction::Record(RecordKey::Start(recording_of(&said))),
            Some("stop") => KeyAction::Record(RecordKey::Stop),
            Some("pause" | "mask") => KeyAction::Record(RecordKey::Pause(true)),
            Some("resume" | "unmask") => KeyAction::Record(RecordKey::Pause(false)),
            Some(other) => KeyAction::Unknown(format!("record_call {other}")),
        },
        _ => KeyAction::Unknown(module),
    }
}

fn recording_of(said: &impl Fn(&str) -> Option<String>) -> CallRecording {
    let seconds = |key: &str| said(key).and_then(|text| text.parse::<u64>().ok());
    let (usual, most) = RECORDING_S;
    let limit = seconds("time_limit").unwrap_or(usual).clamp(5, most);
    let url = said("url").filter(|url| recording::host(url).is_some());
    let method = match said("method").as_deref() {
        Some("post") => HttpMethod::Post,
        _ => HttpMethod::Put,
    };
    CallRecording {
        format: match said("format").as_deref() {
            Some("mp3") => RecordFormat::Mp3,
            _ => RecordFormat::Wav,
        },
        limit_ms: limit * 1_000,
        shortest_ms: seconds("record_min_sec").unwrap_or(0).min(most) * 1_000,
        on_answer: false,
        on_bridge: false,
        upload: url.map(|url| (method, url)),
        label: said("label").unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Directory;
    use crate::resource::{ResourceKind, Settings};
    use serde_json::json;

    fn object(value: &Value) -> Object {
        value.as_object().cloned().unwrap()
    }

    fn read(value: &Value) -> Metaflows {
        Metaflows::read(&object(value)).unwrap()
    }

    #[test]
    fn number_comes_before_patterns_and_captures_are_targets() {
        let keys = read(&json!({
            "numbers": {"2": {"module": "hangup"}},
            "patterns": {"^2(\\d{4})$": {"module": "transfer", "data": {"Transfer-Type": "blind"}},
                "(": {"module": "hangup"}},
        }));
        assert_eq!(keys.find("2"), Some(KeyAction::HangUp));
        let transfer = KeyAction::Transfer {
            target: "2003".to_owned(),
            attended: false,
            take_back: String::new(),
        };
        assert_eq!(keys.find("22003"), Some(transfer));
        assert_eq!(keys.find("22"), None);
        assert!(keys.may_go_on("2"));
        assert_eq!((keys.binding_digit, keys.listen_on), ('*', ListenOn::Own));
    }

    #[test]
    fn keys_that_can_mean_nothing_else_need_no_waiting() {
        let keys = read(&json!({"numbers": {
            "1": {"module": "hold"}, "12": {"module": "record_call"}, "3": {"module": "fly"}}}));
        assert!(keys.may_go_on("1") && !keys.may_go_on("12") && !keys.may_go_on("3"));
        assert_eq!(keys.find("1"), Some(KeyAction::Hold { resume: '1' }));
        assert!(matches!(
            keys.find("12"),
            Some(KeyAction::Record(RecordKey::Toggle(_)))
        ));
        assert_eq!(keys.find("3"), Some(KeyAction::Unknown("fly".to_owned())));
    }

    #[test]
    fn times_and_keys_that_make_no_sense_are_the_usual_ones() {
        let keys = read(
            &json!({"binding_digit": "x", "digit_timeout": -5, "listen_on": "both",
            "numbers": {"1": {"module": "hangup"}}}),
        );
        assert_eq!((keys.binding_digit, keys.digit_timeout_ms), ('*', 2_000));
        assert_eq!(keys.listen_on, ListenOn::Both);
        let keys = read(&json!({"binding_digit": "#", "digit_timeout": "800",
            "numbers": {"1": {"module": "hangup"}}}));
        assert_eq!((keys.binding_digit, keys.digit_timeout_ms), ('#', 800));
        assert!(Metaflows::read(&Object::new()).is_none());
    }

    #[test]
    fn phone_has_the_keys_of_its_user_and_account_unless_it_says_otherwise() {
        let mut directory = Directory::default();
        let bound = |binding: &str, keys: &str, module: &str| {
            let numbers = Object::from_iter([(keys.to_owned(), json!({"module": module}))]);
            json!({"metaflows": {"binding_digit": binding, "numbers": numbers}})
        };
        directory.insert(
            ResourceKind::Settings,
            Settings::ID,
            object(&bound("#", "1", "hangup")),
        );
        directory.insert(ResourceKind::User, "u", object(&bound("*", "2", "hold")));
        let device =
            json!({"owner_id": "u", "metaflows": {"numbers": {"1": {"module": "record_call"}}}});
        directory.insert(ResourceKind::Device, "d", object(&device));
        let keys = directory
            .endpoint(Some("d"), Some("u"))
            .metaflows()
            .unwrap();
        assert_eq!(keys.binding_digit, '*');
        assert!(matches!(keys.find("1"), Some(KeyAction::Record(_))));
        assert!(matches!(keys.find("2"), Some(KeyAction::Hold { .. })));
        let keys = directory.endpoint(None, None).metaflows().unwrap();
        assert_eq!(keys.find("1"), Some(KeyAction::HangUp));
    }
}

//! After Bridge: what the caller does once the other side has left. KAZOO module `after_bridge`.

use crate::action::parts::outside;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{AfterBridge, Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::field::{Field, FieldKind};
use crate::json;
use serde_json::Value;

crate::choice! {
    /// What happens after a conversation.
    pub enum AfterCall {
        /// The caller goes on at a number.
        Transfer = "transfer", "Go on at a number";
        /// The caller is parked.
        Park = "park", "Park the caller";
        /// The caller is hung up.
        HangUp = "hangup", "Hang up";
    }
}

/// KAZOO's `data`: a number to go on at, or a switch that turns parking or hanging up on and off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AfterData {
    /// Nothing is said.
    #[default]
    Nothing,
    /// On or off.
    On(bool),
    /// A number.
    Number(String),
}

/// Longest number, in characters; `{{variables}}` have room in it.
const LONGEST: usize = 64;

impl Field for AfterData {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Text {
            min: 0,
            max: LONGEST,
            mono: false,
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        if json::is_blank(value) {
            return Ok(Self::Nothing);
        }
        match (json::boolean(value), json::text(value)) {
            // "1" and "0" are numbers that may be dialled.
            (Some(on), _) if value.as_str().is_none_or(|text| text.len() != 1) => Ok(Self::On(on)),
            (_, Some(text)) if text.chars().count() <= LONGEST => Ok(Self::Number(text)),
            _ => Err(format!("Enter a number of at most {LONGEST} characters.")),
        }
    }
    fn to_json(&self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::On(on) => Value::from(*on),
            Self::Number(number) => Value::from(number.clone()),
        }
    }
    fn to_form(&self) -> Value {
        match self {
            Self::Number(number) => Value::from(number.clone()),
            _ => Value::Null,
        }
    }
}

crate::fields! {
    /// Decides what happens with the caller when the other side leaves a conversation. Without this step the caller is
    /// hung up.
    pub struct SetAfterBridge {
        /// What happens. It counts once, for the next conversation of this call.
        action: AfterCall = AfterCall::Transfer, "action", "When the other side leaves";
        /// The extension or number that the caller goes on at.
        data: AfterData = AfterData::Nothing, "data", "Number";
    }
}

impl SetAfterBridge {
    fn number(&self) -> Option<&str> {
        match &self.data {
            AfterData::Number(number) => Some(number),
            _ => None,
        }
    }
}

impl Definition for SetAfterBridge {
    const MODULE: &'static str = "after_bridge";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "After Bridge",
        category: Category::OtherCalls,
        icon: "redo-2",
        family: Family::Set,
        help: "What follows a conversation",
        synonyms: &["survey", "after call", "transfer", "hang up", "park"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        let field = Some("data");
        match (self.action, self.number()) {
            (AfterCall::Transfer, None) => {
                found.push(Finding::error("FIELD_REQUIRED", field, "Number is empty"));
            }
            (AfterCall::Transfer, Some(number))
                if !number.contains("{{") && outside::dialable(number).is_none() =>
            {
                let message = format!("“{number}” is no extension or number");
                found.push(Finding::error("NUMBER_INVALID", field, message));
            }
            _ => {}
        }
        if keys.is_empty() {
            let message = "Nobody is rung after it, so nothing comes of it";
            found.push(Finding::warning("AFTER_BRIDGE_LAST", None, message));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        match self.action {
            AfterCall::Transfer => Caption::text(self.number().unwrap_or_default()),
            AfterCall::Park => Caption::text("Park"),
            AfterCall::HangUp => Caption::text("Hang up"),
        }
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let (after, told) = match (self.action, &self.data) {
            (_, AfterData::On(false)) => (None, "as usual".to_owned()),
            (AfterCall::HangUp, _) => (Some(AfterBridge::HangUp), "hang up".to_owned()),
            (AfterCall::Park, _) => (Some(AfterBridge::Park), "park".to_owned()),
            (AfterCall::Transfer, _) => {
                let number = call.text(self.number().unwrap_or_default());
                let Some(number) = outside::dialable(&number) else {
                    call.trouble("There is no number to go on at after the conversation.");
                    return Ok(Next::Continue);
                };
                let told = format!("transfer to {number}");
                (Some(AfterBridge::Transfer(number)), told)
            }
        };
        call.memory_mut().after_bridge = after;
        call.note_set("after the conversation", told);
        Ok(Next::Continue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn data_is_a_switch_or_a_number() {
        for (value, expected) in [
            (json!(true), AfterData::On(true)),
            (json!("false"), AfterData::On(false)),
            (json!("1"), AfterData::Number("1".into())),
            (json!(2001), AfterData::Number("2001".into())),
            (json!(null), AfterData::Nothing),
        ] {
            assert_eq!(AfterData::from_json(&value), Ok(expected));
        }
    }
}

//! Branch Variable: branches on a field of the call. KAZOO module `branch_variable`.

mod lookup;

use crate::action::{
    BranchChoice, Branches, Caption, Category, Definition, Family, FreeKey, Needs, Preset,
};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::field::{Field, FieldKind};
use crate::json;
use crate::value::Text;
use serde_json::Value;

crate::choice! {
    /// Where a value is looked for.
    pub enum Scope {
        /// What the call carries.
        Call = "custom_channel_vars", "The call";
        /// The account's settings.
        Account = "account", "The account";
        /// The phone that calls.
        Device = "device", "The calling device";
        /// Its owner.
        User = "user", "The calling user";
        /// All of these, the nearest first.
        Merged = "merged", "Device, user, account, call";
        /// One document.
        Document = "doc", "One user, device or group";
    }
}

/// The parts of a dotted name. Stored as text, or as a list where a part has a dot itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VariablePath(pub Vec<String>);

impl VariablePath {
    /// The parts with dots between them.
    #[must_use]
    pub fn dotted(&self) -> String {
        self.0.join(".")
    }
}

const LONGEST: usize = 256;

impl Field for VariablePath {
    fn kind() -> FieldKind {
        FieldKind::Text {
            min: 1,
            max: LONGEST,
            mono: true,
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let parts: Option<Vec<String>> = match value {
            Value::Array(parts) => parts.iter().map(json::text).collect(),
            other => json::text(other).map(|text| text.split('.').map(str::to_owned).collect()),
        };
        let path = Self(parts.unwrap_or_default());
        let length = path.dotted().chars().count();
        if path.0.iter().any(|part| part.trim().is_empty()) || !(1..=LONGEST).contains(&length) {
            return Err("Enter a name such as digits or call_forward.enabled.".to_owned());
        }
        Ok(path)
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else if self.0.iter().any(|part| part.contains('.')) {
            self.0
                .iter()
                .map(|part| Value::from(part.clone()))
                .collect()
        } else {
            Value::from(self.dotted())
        }
    }
    fn to_form(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            Value::from(self.dotted())
        }
    }
}

crate::fields! {
    /// Takes the branch that is named as the value of a variable.
    pub struct BranchVariable {
        /// The name of the value, for example digits, caller_id_number, a variable that an earlier step set, or
        /// do_not_disturb.enabled of a user. Dots lead into nested values.
        variable: VariablePath = VariablePath::default(), "variable", "Variable";
        /// Where the value is looked for. Values of the device and the user are those of the calling phone; a
        /// call from outside has none and goes on at Otherwise.
        scope: Scope = Scope::Call, "scope", "Look in";
        /// The id of the user, device or ring group, where one document is looked in.
        id: Text<0, 128> = Text::default(), "id", "Document ID";
    }
}

/// Whether a value must not leave its document: keys of the store, PINs and passwords.
fn is_private(path: &VariablePath) -> bool {
    let secret = |part: &str| {
        part.split(['_', '-'])
            .any(|word| crate::secret::WORDS.contains(&word))
    };
    path.0
        .iter()
        .map(|part| part.to_ascii_lowercase())
        .any(|part| part.starts_with("pvt_") || part.starts_with('_') || secret(&part))
}

impl Definition for BranchVariable {
    const MODULE: &'static str = "branch_variable";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Branch Variable",
        category: Category::Advanced,
        icon: "split",
        family: Family::Data,
        help: "Branches on a field of the call",
        synonyms: &["if", "switch", "condition", "value", "digits"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        let mut choices = Vec::new();
        if self.variable.0.last().is_some_and(|part| part == "enabled") {
            choices.push(BranchChoice::word("true", "true"));
            choices.push(BranchChoice::word("false", "false"));
        }
        choices.push(BranchChoice::word("_", "Otherwise"));
        Branches::Fork {
            choices,
            free: Some(FreeKey::Text),
            add_label: "Value",
            default: "_",
        }
    }

    fn check(&self, directory: &Directory, keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        if self.scope == Scope::Document {
            let id = self.id.0.as_str();
            if id.is_empty() {
                let message = "No document chosen";
                found.push(Finding::error("FIELD_REQUIRED", Some("id"), message));
            } else if lookup::document(directory, id).is_none() {
                let message = "No user, device or group has this id";
                found.push(Finding::error("RESOURCE_MISSING", Some("id"), message));
            }
        }
        if self.scope != Scope::Call && is_private(&self.variable) {
            let message = "This value is private: calls always go on at Otherwise";
            found.push(Finding::warning(
                "VARIABLE_PRIVATE",
                Some("variable"),
                message,
            ));
        }
        if keys.iter().all(|key| *key == "_") {
            let message = "No value has a branch";
            found.push(Finding::warning("BRANCH_WITHOUT_VALUES", None, message));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption {
            text: self.variable.dotted(),
            mono: true,
            lamp: None,
        }
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let name = self.variable.dotted();
        let found = if self.scope != Scope::Call && is_private(&self.variable) {
            None
        } else {
            let value = lookup::value(self, call).await?;
            value.filter(|value| !value.is_empty())
        };
        Ok(match found {
            Some(value) => Next::Take {
                reason: format!("{name} is “{value}”"),
                key: value,
            },
            None => Next::Take {
                key: "_".to_owned(),
                reason: format!("{name} has no value"),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_read_as_text_and_as_parts() {
        let dotted = VariablePath::from_json(&json!("call_forward.enabled"));
        let listed = VariablePath::from_json(&json!(["call_forward", "enabled"]));
        assert_eq!(dotted, listed);
        let odd = VariablePath::from_json(&json!(["flags", "a.b"])).unwrap_or_default();
        assert_eq!(odd.to_json(), json!(["flags", "a.b"]));
        for wrong in [json!(""), json!("a..b"), json!([]), json!({}), Value::Null] {
            assert!(VariablePath::from_json(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_and_keys_of_the_store_are_private() {
        let private = |name: &str| is_private(&VariablePath(vec![name.to_owned()]));
        assert!(["_id", "pvt_type", "sip_password", "pin", "record_pin"].map(private) == [true; 5]);
        assert!(["spinning", "call_priority", "enabled"].map(private) == [false; 3]);
    }
}

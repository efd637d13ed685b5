//! Call forwarding of users and devices.

use crate::json::{self, Object};
use crate::resource::MatchRule;
use crate::value::Text;
use serde_json::Value;

crate::fields! {
    /// Where calls go instead, and on what terms.
    pub struct Forward {
        /// Whether calls are forwarded.
        enabled: bool = false, "enabled", "Enabled";
        /// The number that they go to.
        number: Text<0, 35> = Text::default(), "number", "Number";
        /// Whoever answers must press 1, so that no mailbox of the other number takes the call.
        require_keypress: bool = true, "require_keypress", "Confirm by key";
        /// The other number sees who calls, not who forwards.
        keep_caller_id: bool = true, "keep_caller_id", "Keep the caller ID";
        /// The other number rings instead of the phones; otherwise both ring.
        substitute: bool = true, "substitute", "Instead of the phones";
        /// Calls to a group are not forwarded.
        direct_calls_only: bool = false, "direct_calls_only", "Direct calls only";
        /// The caller hears ringback, not what the other number sends before it answers.
        ignore_early_media: bool = true, "ignore_early_media", "Ignore early media";
        /// The match list that a call must fit.
        match_list: Text<0, 128> = Text::default(), "match_list_id", "Match list";
    }
}

impl Forward {
    /// Whether it sends calls anywhere.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.enabled && !self.number.0.is_empty()
    }

    /// The conditions that stand in the rule itself instead of in a match list.
    #[must_use]
    pub fn own_rule(&self) -> Option<MatchRule> {
        MatchRule::read(&self.source)
    }

    fn read(parts: &[Option<&Value>]) -> Self {
        let mut all = Object::new();
        for part in parts.iter().flatten().filter_map(|part| part.as_object()) {
            all.extend(part.clone());
        }
        <Self as crate::field::Fields>::parse(all).0
    }
}

/// All forwarding of a user or device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forwards {
    /// Every call.
    pub always: Forward,
    /// Calls that fit a rule; the first that fits counts.
    pub selective: Vec<Forward>,
    /// Calls that find the phones busy or are refused.
    pub busy: Forward,
    /// Calls that nobody answers.
    pub no_answer: Forward,
    /// Calls that find no phone registered.
    pub failover: Forward,
}

impl Forwards {
    /// Reads a user's or device's document.
    #[must_use]
    pub fn read(document: &Object) -> Self {
        let at = |path: &str| json::get(document, path);
        let selective = at("call_forward.selective");
        let rules = selective.and_then(|value| value.get("rules"));
        let rules = rules.and_then(Value::as_array).into_iter().flatten();
        let mut selective: Vec<Forward> = rules
            .take(crate::limits::MAX_FORWARD_RULES)
            .map(|rule| Forward::read(&[selective, Some(rule)]))
            .collect();
        let on = at("call_forward.selective.enabled").and_then(json::boolean);
        selective.retain(|rule| on == Some(true) && rule.is_on());
        Self {
            // The newer form stands in an object of its own, the older one beside it.
            always: Forward::read(&[at("call_forward"), at("call_forward.unconditional")]),
            selective,
            busy: Forward::read(&[at("call_forward.busy")]),
            no_answer: Forward::read(&[at("call_forward.no_answer")]),
            failover: Forward::read(&[at("call_failover")]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(document: &Value) -> Forwards {
        Forwards::read(document.as_object().unwrap())
    }

    #[test]
    fn older_and_newer_form_are_read_alike() {
        let old = read(&json!({"call_forward": {"enabled": "true", "number": 2002}}));
        let new = read(
            &json!({"call_forward": {"enabled": false, "unconditional": {"enabled": true, "number": "2002"}}}),
        );
        for forwards in [old, new] {
            assert!(forwards.always.is_on());
            assert_eq!(forwards.always.number.0, "2002");
            assert!(!forwards.busy.is_on());
        }
    }

    #[test]
    fn rules_take_what_they_do_not_say_from_their_list() {
        let rules = json!([{"match_list_id": "vips"}, {"enabled": false}, {"number": "2003", "require_keypress": true}]);
        let forwards = read(&json!({"call_forward": {"selective":
            {"enabled": true, "number": "2002", "require_keypress": false, "rules": rules}}}));
        let told: Vec<_> = forwards
            .selective
            .iter()
            .map(|rule| (rule.number.0.as_str(), rule.require_keypress))
            .collect();
        assert_eq!(told, [("2002", false), ("2003", true)]);
        let off = read(
            &json!({"call_forward": {"selective": {"rules": [{"enabled": true, "number": "2"}]}}}),
        );
        assert_eq!(off.selective, []);
    }
}

//! Match lists: which calls are meant, by caller and by time.

use crate::json::{self, Object};
use crate::resource::Name;
use serde_json::Value;

crate::fields! {
    /// Which calls are meant. Its rules stand under `rules`; a call fits when it fits all of them.
    pub struct MatchList {
        /// The name in lists.
        name: Name = Name::default(), "name", "Name";
    }
}

/// Most rules of one list that are looked at.
const MAX_RULES: usize = 50;

/// One condition of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchRule {
    /// The caller's number or name fits a pattern.
    Caller {
        /// The pattern, a regular expression.
        regex: String,
        /// The name is looked at, not the number.
        name: bool,
    },
    /// A time rule or a set of them applies.
    Time(String),
}

impl MatchRule {
    /// Reads one condition; `None` when it says nothing that can be tested.
    #[must_use]
    pub fn read(rule: &Object) -> Option<Self> {
        let text = |key: &str| {
            let value = rule.get(key).filter(|value| !json::is_blank(value))?;
            json::text(value)
        };
        let caller = || {
            Some(Self::Caller {
                regex: text("regex")?,
                name: text("target").is_some_and(|target| target.contains("name")),
            })
        };
        let time = || text("temporal_route_id").map(Self::Time);
        match text("type").as_deref() {
            Some("regex") => caller(),
            Some("temporal_route") => time(),
            _ => caller().or_else(time),
        }
    }
}

impl MatchList {
    /// The conditions; `None` when one of them cannot be read, so that the list fits no call.
    #[must_use]
    pub fn rules(&self) -> Option<Vec<MatchRule>> {
        let rules = self.source.get("rules").and_then(Value::as_array)?;
        let rules = rules.iter().take(MAX_RULES);
        rules
            .map(|rule| MatchRule::read(rule.as_object()?))
            .collect()
    }
}

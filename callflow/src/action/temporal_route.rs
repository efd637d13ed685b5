//! Time of Day: branches by hours and holidays. KAZOO module `temporal_route`.

mod calendar;
mod days;
mod preview;

pub use calendar::is_active;
pub(crate) use days::{DAY, Day, Plan};
pub use preview::{Decision, Setting, as_switched, rule_changes};

use crate::action::{BranchChoice, Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::json;
use crate::resource::{ResourceKind, TimeRule, TimeRuleSet};
use crate::value::{Ref, Zone};
use jiff::tz::TimeZone;

crate::fields! {
    /// Takes the branch of the first rule that applies now, tried in the order drawn.
    pub struct TimeOfDay {
        /// The time zone of the rules; empty takes the account's.
        timezone: Option<Zone> = None, "timezone", "Time zone";
        /// A set whose rules are tried after the branches. When one of them applies, the call takes the
        /// branch “rule_set”.
        rule_set: Option<Ref<TimeRuleSet>> = None, "rule_set", "Rule set";
    }
}

/// The branch of the step's own rule set.
const RULE_SET: &str = "rule_set";

/// A branch and the rules that lead to it.
pub(crate) struct Candidate<'a> {
    pub(crate) key: &'a str,
    pub(crate) name: String,
    pub(crate) rules: Vec<&'a TimeRule>,
}

impl TimeOfDay {
    /// `enable`, `disable`, `reset` or `menu`: the step changes rules instead of asking them.
    pub(crate) fn changes_rules(&self) -> bool {
        self.source
            .get("action")
            .is_some_and(|v| !json::is_blank(v))
    }

    /// The rule ids that KAZOO keeps beside the branches; they are tried first.
    pub(crate) fn listed(&self) -> Vec<&str> {
        let listed = self.source.get("rules").and_then(|v| v.as_array());
        listed
            .into_iter()
            .flatten()
            .filter_map(|id| id.as_str())
            .collect()
    }

    /// The branches in the order in which they are tried. A listed rule without a branch is left out: it
    /// would hide the rules after it and lead nowhere.
    pub(crate) fn candidates<'a>(
        &'a self,
        directory: &'a Directory,
        keys: &[&'a str],
    ) -> Vec<Candidate<'a>> {
        let mut order: Vec<&str> = Vec::new();
        let listed = self.listed();
        let listed = listed
            .iter()
            .filter_map(|id| keys.iter().find(|key| *key == id));
        for key in listed.chain(keys) {
            if !matches!(*key, "_" | RULE_SET) && !order.contains(key) {
                order.push(key);
            }
        }
        let mut found: Vec<Candidate> = order
            .into_iter()
            .filter_map(|key| candidate(directory, key, key))
            .collect();
        if let Some(set) = &self.rule_set
            && keys.contains(&RULE_SET)
        {
            found.extend(candidate(directory, RULE_SET, set.id()));
        }
        found
    }
}

/// The rule or the set of rules with this id.
fn candidate<'a>(directory: &'a Directory, key: &'a str, id: &str) -> Option<Candidate<'a>> {
    if let Some(rule) = directory.time_rule(id) {
        return Some(Candidate {
            key,
            name: rule.name.0.clone(),
            rules: vec![rule],
        });
    }
    let set = directory.time_rule_set(id)?;
    Some(Candidate {
        key,
        name: set.name.0.clone(),
        rules: set
            .rules
            .0
            .iter()
            .filter_map(|id| directory.time_rule(id))
            .collect(),
    })
}

/// The time zone with this name.
#[must_use]
pub fn resolve_zone(name: &str) -> Option<TimeZone> {
    crate::zones::named(name)
}

impl Definition for TimeOfDay {
    const MODULE: &'static str = "temporal_route";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Time of Day",
        category: Category::TimeOfDay,
        icon: "calendar-clock",
        family: Family::Route,
        help: "Branches by hours and holidays",
        synonyms: &[
            "opening hours",
            "business hours",
            "schedule",
            "holiday",
            "night",
        ],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, directory: &Directory) -> Branches {
        if self.changes_rules() {
            return Branches::Next(Vec::new());
        }
        let named = |kind| {
            directory
                .all(kind)
                .map(|(id, resource)| BranchChoice::word(id, resource.name()))
        };
        let mut choices: Vec<BranchChoice> = named(ResourceKind::TimeRule)
            .chain(named(ResourceKind::TimeRuleSet))
            .collect();
        if self.rule_set.is_some() {
            choices.push(BranchChoice::word(RULE_SET, "Rule set"));
        }
        choices.push(BranchChoice::word("_", "Otherwise"));
        Branches::Fork {
            choices,
            free: None,
            add_label: "Rule",
            default: "_",
        }
    }

    fn check(&self, directory: &Directory, keys: &[&str]) -> Vec<Finding> {
        if self.changes_rules() {
            let message = "Changing rules by phone is not available yet: calls pass this step over";
            return vec![Finding::warning("TIME_RULES_CHANGE", None, message)];
        }
        let candidates = self.candidates(directory, keys);
        if candidates.is_empty() {
            let message = "No rule has a branch";
            return vec![Finding::warning("TIME_WITHOUT_RULES", None, message)];
        }
        let mut found = Vec::new();
        let mut always: Option<&str> = None;
        for candidate in &candidates {
            if let Some(first) = always {
                let message = format!("{} is never tried: {first} always applies", candidate.name);
                found.push(Finding::warning("TIME_RULE_HIDDEN", None, message));
                continue;
            }
            if let Some(why) = calendar::never(&candidate.rules) {
                let message = format!("{} never applies: {why}", candidate.name);
                found.push(Finding::warning("TIME_RULE_NEVER", None, message));
            } else if candidate.rules.iter().any(|rule| calendar::always(rule)) {
                always = Some(&candidate.name);
            }
        }
        let drawn: Vec<&str> = keys.iter().copied().filter(|key| *key != "_").collect();
        let tried: Vec<&str> = candidates.iter().map(|c| c.key).collect();
        let positions: Vec<_> = tried
            .iter()
            .filter_map(|key| drawn.iter().position(|own| own == key))
            .collect();
        if !self.listed().is_empty() && !positions.is_sorted() {
            let message = "The rules are tried in another order than drawn";
            found.push(Finding::warning("TIME_RULE_ORDER", None, message));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        let zone = self.timezone.as_ref();
        Caption::text(zone.map_or("Account time zone", |zone| zone.0.as_str()))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if self.changes_rules() {
            call.trouble("Changing time rules by phone is not available; the call goes on.");
            return Ok(Next::Continue);
        }
        let account = std::sync::Arc::clone(call.account());
        let own = self.timezone.as_ref().map(|zone| zone.0.as_str());
        let zone = own.unwrap_or(account.timezone.as_str());
        let zone = match resolve_zone(zone) {
            Some(zone) => zone,
            None => {
                call.trouble(format!("The time zone “{zone}” is not known; UTC is used."));
                TimeZone::UTC
            }
        };
        let local = zone.to_datetime(call.now());
        let keys: Vec<String> = call.branch_keys().map(str::to_owned).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let candidates = self.candidates(&account.directory, &keys);
        let hit = candidates
            .iter()
            .find(|candidate| candidate.rules.iter().any(|rule| is_active(rule, local)));
        Ok(match hit {
            Some(candidate) => Next::Take {
                key: candidate.key.to_owned(),
                reason: format!(
                    "{} applies at {}",
                    candidate.name,
                    calendar::weekday_and_time(local)
                ),
            },
            None => Next::Take {
                key: "_".to_owned(),
                reason: format!("no rule applies at {}", calendar::weekday_and_time(local)),
            },
        })
    }
}

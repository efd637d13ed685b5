//! Time of Day: branches by hours and holidays. KAZOO module `temporal_route`.

mod calendar;
mod days;
mod force;
mod preview;

pub use calendar::is_active;
pub(crate) use days::{DAY, Day, Plan};
pub use preview::{Decision, Setting, as_switched, rule_changes};

use crate::action::{BranchChoice, Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::live::{Live, LiveKey};
use crate::resource::{Forced, ResourceKind, TimeRule, TimeRuleSet};
use crate::value::{Ref, Refs, Zone};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::sync::Arc;

crate::choice! {
    /// What a step does to time rules instead of asking them.
    pub enum RuleAction {
        /// They apply whatever the time.
        Enable = "enable", "Force on";
        /// They never apply.
        Disable = "disable", "Force off";
        /// They follow the clock again.
        Reset = "reset", "Back to the schedule";
        /// The caller chooses by key.
        Menu = "menu", "Let the caller choose";
    }
}

crate::fields! {
    /// Takes the branch of the first rule that applies now, tried in the order drawn.
    pub struct TimeOfDay {
        /// The time zone of the rules; empty takes the account's.
        timezone: Option<Zone> = None, "timezone", "Time zone";
        /// A set whose rules are tried after the branches. When one of them applies, the call takes the
        /// branch “rule_set”.
        rule_set: Option<Ref<TimeRuleSet>> = None, "rule_set", "Rule set";
        /// Empty asks the rules for a branch. Otherwise the step changes the rules for the whole account, until they
        /// are changed again.
        action: Option<RuleAction> = None, "action", "Change rules";
        /// The rules that the step changes. Without a change, they are tried before the other branches.
        rules: Refs<TimeRule> = Refs::default(), "rules", "Rules";
    }
}

/// The branch of the step's own rule set.
const RULE_SET: &str = "rule_set";

/// A branch and the rules that lead to it.
pub(crate) struct Candidate<'a> {
    pub(crate) key: &'a str,
    pub(crate) name: String,
    pub(crate) rules: Vec<(&'a str, &'a TimeRule)>,
}

impl Candidate<'_> {
    /// Whether one of its rules is active: what was forced by phone counts before what the rule says.
    fn applies(&self, live: &Live, local: DateTime) -> bool {
        self.rules.iter().any(|(id, rule)| {
            let forced = match live.is_on(&LiveKey::TimeRule((*id).to_owned())) {
                Some(true) => Forced::On,
                Some(false) => Forced::Off,
                None => rule.enabled,
            };
            calendar::is_active_as(rule, forced, local)
        })
    }

    fn rules(&self) -> Vec<&TimeRule> {
        self.rules.iter().map(|(_, rule)| *rule).collect()
    }
}

impl TimeOfDay {
    fn check_change(&self, directory: &Directory) -> Vec<Finding> {
        let field = Some("rules");
        if self.rules.0.is_empty() {
            let message = "No rules chosen";
            return vec![Finding::error("FIELD_REQUIRED", field, message)];
        }
        let there =
            |id: &str| directory.time_rule(id).is_some() || directory.time_rule_set(id).is_some();
        match self.rules.0.iter().filter(|id| !there(id)).count() {
            0 => Vec::new(),
            gone if gone == self.rules.0.len() => {
                let message = "None of the rules is there any more";
                vec![Finding::error("RESOURCE_MISSING", field, message)]
            }
            _ => {
                let message = "A rule is not there any more";
                vec![Finding::warning("RESOURCE_MISSING", field, message)]
            }
        }
    }

    /// The branches in the order in which they are tried. A listed rule without a branch is left out: it
    /// would hide the rules after it and lead nowhere.
    pub(crate) fn candidates<'a>(
        &'a self,
        directory: &'a Directory,
        keys: &[&'a str],
    ) -> Vec<Candidate<'a>> {
        let mut order: Vec<&str> = Vec::new();
        // KAZOO keeps rule ids beside the branches too; they are tried first.
        let listed = self.rules.0.iter();
        let listed = listed.filter_map(|id| keys.iter().find(|key| **key == id.as_str()));
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
fn candidate<'a>(directory: &'a Directory, key: &'a str, id: &'a str) -> Option<Candidate<'a>> {
    if let Some(rule) = directory.time_rule(id) {
        return Some(Candidate {
            key,
            name: rule.name.0.clone(),
            rules: vec![(id, rule)],
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
            .filter_map(|id| Some((id.as_str(), directory.time_rule(id)?)))
            .collect(),
    })
}

/// Whether a rule, or one of a set, applies now: in a time zone, else the account's.
pub(crate) fn applies_now(call: &Call, live: &Live, id: &str, zone: Option<&str>) -> bool {
    let account = call.account();
    let local = account
        .local(zone.unwrap_or(&account.timezone), call.now())
        .unwrap_or_else(|| TimeZone::UTC.to_datetime(call.now()));
    let candidate = candidate(&account.directory, id, id);
    candidate.is_some_and(|candidate| candidate.applies(live, local))
}

/// The time zone with this name.
#[must_use]
pub fn resolve_zone(name: &str) -> Option<TimeZone> {
    crate::zones::named(name)
}

/// An entry that changes rules.
const fn change(
    label: &'static str,
    icon: &'static str,
    help: &'static str,
    synonyms: &'static [&'static str],
    action: &'static str,
) -> Preset {
    Preset {
        label,
        category: Category::TimeOfDay,
        icon,
        family: Family::Set,
        help,
        synonyms,
        mark: Some(("action", action)),
    }
}

impl Definition for TimeOfDay {
    const MODULE: &'static str = "temporal_route";
    const PRESETS: &'static [Preset] = &[
        Preset {
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
        },
        change(
            "Enable Time of Day",
            "calendar-check-2",
            "Forces a rule on",
            &["night mode", "open", "override"],
            "enable",
        ),
        change(
            "Disable Time of Day",
            "calendar-x-2",
            "Forces a rule off",
            &["day mode", "close", "override"],
            "disable",
        ),
        change(
            "Reset Time of Day",
            "calendar-sync",
            "Returns a rule to its schedule",
            &["automatic", "schedule", "override"],
            "reset",
        ),
        change(
            "Time of Day Menu",
            "pc-dialpad",
            "Caller forces a rule on or off",
            &["night switch", "override", "feature code"],
            "menu",
        ),
    ];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, directory: &Directory) -> Branches {
        if self.action.is_some() {
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
        if self.action.is_some() {
            return self.check_change(directory);
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
            if let Some(why) = calendar::never(&candidate.rules()) {
                let message = format!("{} never applies: {why}", candidate.name);
                found.push(Finding::warning("TIME_RULE_NEVER", None, message));
            } else if candidate.rules().into_iter().any(calendar::always) {
                always = Some(&candidate.name);
            }
        }
        let drawn: Vec<&str> = keys.iter().copied().filter(|key| *key != "_").collect();
        let tried: Vec<&str> = candidates.iter().map(|c| c.key).collect();
        let positions: Vec<_> = tried
            .iter()
            .filter_map(|key| drawn.iter().position(|own| own == key))
            .collect();
        if !self.rules.0.is_empty() && !positions.is_sorted() {
            let message = "The rules are tried in another order than drawn";
            found.push(Finding::warning("TIME_RULE_ORDER", None, message));
        }
        found
    }

    fn caption(&self, directory: &Directory) -> Caption {
        if self.action.is_some() {
            return match self.rules.0.as_slice() {
                [] => Caption::default(),
                [one] => {
                    let rule = directory.name(ResourceKind::TimeRule, one);
                    let set = || directory.name(ResourceKind::TimeRuleSet, one);
                    Caption::text(rule.or_else(set).unwrap_or_default())
                }
                many => Caption::text(format!("{} rules", many.len())),
            };
        }
        let zone = self.timezone.as_ref();
        Caption::text(zone.map_or("Account time zone", |zone| zone.0.as_str()))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if let Some(action) = self.action {
            return force::run(call, self, action).await;
        }
        let account = Arc::clone(call.account());
        let own = self.timezone.as_ref().map(|zone| zone.0.as_str());
        let zone = own.unwrap_or(account.timezone.as_str());
        let local = match account.local(zone, call.now()) {
            Some(local) => local,
            None => {
                call.trouble(format!("The time zone “{zone}” is not known; UTC is used."));
                TimeZone::UTC.to_datetime(call.now())
            }
        };
        let keys: Vec<String> = call.branch_keys().map(str::to_owned).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let candidates = self.candidates(&account.directory, &keys);
        let live = if candidates.is_empty() {
            Arc::default()
        } else {
            call.live().await?
        };
        let hit = candidates
            .iter()
            .find(|candidate| candidate.applies(&live, local));
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

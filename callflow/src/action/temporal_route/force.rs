//! Forcing rules on or off by phone.

use super::{RuleAction, TimeOfDay};
use crate::action::parts::switch;
use crate::call::{Call, Ended, Next};
use crate::directory::Directory;
use crate::live::{LiveKey, LiveValue};
use crate::resource::ResourceKind;

/// How often the menu is played.
const TRIES: u32 = 3;

impl TimeOfDay {
    /// The rules that the step changes: those chosen, and those of chosen sets.
    pub(super) fn chosen(&self, directory: &Directory) -> Vec<String> {
        let mut rules: Vec<String> = Vec::new();
        for id in &self.rules.0 {
            let of_set = directory
                .time_rule_set(id)
                .map(|set| set.rules.0.as_slice());
            for rule in of_set.unwrap_or(std::slice::from_ref(id)) {
                if directory.time_rule(rule).is_some() && !rules.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
        rules
    }
}

/// Changes the step's rules, by key where the caller is to choose.
pub(super) async fn run(
    call: &mut Call,
    step: &TimeOfDay,
    action: RuleAction,
) -> Result<Next, Ended> {
    let rules = step.chosen(&call.account().directory);
    if rules.is_empty() {
        call.trouble("No time rules are chosen; none is changed.");
        return Ok(Next::Continue);
    }
    let action = match action {
        RuleAction::Menu => choose(call).await?,
        chosen => Some(chosen),
    };
    let (word, value, prompt) = match action {
        Some(RuleAction::Enable) => ("forced on", Some(true), "temporal-marked_enabled"),
        Some(RuleAction::Disable) => ("forced off", Some(false), "temporal-marked_disabled"),
        Some(RuleAction::Reset) => ("its schedule", None, "temporal-marker_reset"),
        Some(RuleAction::Menu) | None => return Ok(Next::Continue),
    };
    let mut done = true;
    for rule in rules {
        let name = call.account().directory.name(ResourceKind::TimeRule, &rule);
        let turned = switch::turn(call, LiveKey::TimeRule(rule), value.map(LiveValue::On)).await;
        if turned {
            call.note_set(name.unwrap_or_default(), word);
        }
        done &= turned;
    }
    if done {
        switch::say(call, &[prompt]).await?;
    }
    Ok(Next::Continue)
}

/// 1 forces on, 2 forces off, 3 goes back to the schedule.
async fn choose(call: &mut Call) -> Result<Option<RuleAction>, Ended> {
    for _ in 0..TRIES {
        let key = switch::ask(call, "temporal-menu", 1).await?;
        match key.as_str() {
            "1" => return Ok(Some(RuleAction::Enable)),
            "2" => return Ok(Some(RuleAction::Disable)),
            "3" => return Ok(Some(RuleAction::Reset)),
            _ => call.flush_digits(),
        }
    }
    Ok(None)
}

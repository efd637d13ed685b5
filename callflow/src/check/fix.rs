//! Fixes: what would put a problem right, as edits that a person may apply with one click.

use crate::action::{Action, Branches};
use crate::check::survey::{Standing, Survey};
use crate::check::{Finding, ring_time, times, units};
use crate::directory::Directory;
use crate::document::Callflow;
use crate::edit::{self, Edit, EditError, Place};
use crate::field::{FieldKind, FieldSpec, Unit};
use crate::flow::{BranchKey, NodeId};
use crate::json::{self, Object};
use crate::resource::{MemberKind, ResourceKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One way to put a problem right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, as the words of a button: "Ring for 20 seconds".
    pub label: String,
    /// The edits, one after another, on the document that was checked.
    pub edits: Vec<Edit>,
}

// Numbers in JSON are never NaN, so that equality is what it seems.
impl Eq for Fix {}

/// Longest branch that a fix deletes step by step.
const MOST_DELETED: usize = 50;

impl Fix {
    pub(super) fn new(label: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self {
            label: label.into(),
            edits,
        }
    }

    pub(super) fn one(label: impl Into<String>, edit: Edit) -> Self {
        Self::new(label, vec![edit])
    }

    /// The document with the fix applied.
    ///
    /// # Errors
    /// When the document is no longer the one that was checked, and an edit does not fit it.
    pub fn apply(&self, callflow: &Callflow, directory: &Directory) -> Result<Callflow, EditError> {
        let mut next = callflow.clone();
        for edit in &self.edits {
            next = edit::apply(&next, edit.clone(), directory)?.callflow;
        }
        Ok(next)
    }
}

/// Adds the fixes that follow from a problem's code.
pub(super) fn add(survey: &Survey<'_>, step: &Standing<'_>, finding: &mut Finding) {
    let spec = finding.field.and_then(|field| {
        let specs = step.node.action.described();
        specs.iter().find(|spec| spec.key == field)
    });
    let fixes = match finding.code {
        "FIELD_INVALID" => spec.map_or(Vec::new(), |spec| invalid(step, spec)),
        "FIELD_REQUIRED" => only_candidate(survey, step, spec),
        "RESOURCE_MISSING" => missing(survey, step, spec),
        "BRANCH_UNREACHABLE" => unreachable(survey, step, &finding.message),
        "PLAY_NEVER_ENDS" => vec![
            set(step.id, "endless_playback", false.into(), "Play it once"),
            set(
                step.id,
                "terminators",
                json!(["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "*", "#"]),
                "Let any key stop it",
            ),
        ],
        "RESPONSE_CHALLENGES" => vec![set(step.id, "code", 403.into(), "Refuse with 403")],
        "RESPONSE_REDIRECTS" => vec![set(step.id, "code", 480.into(), "Answer with 480")],
        "TIME_RULE_HIDDEN" | "TIME_RULES_OVERLAP" => earlier(survey, step, &finding.message),
        "TIME_RULE_ORDER" => vec![without_rules(step)],
        "RING_LONGER_THAN_GROUP" | "MEMBER_NEVER_RINGS" => longer_try(survey, step),
        "UNIT_DOUBTFUL" => spec.map_or(Vec::new(), |spec| other_unit(step, spec)),
        "TIME_WITHOUT_RULES" => delete(step).into_iter().collect(),
        _ => Vec::new(),
    };
    finding.fixes.extend(fixes);
}

/// Sets one field.
pub(super) fn set(node: NodeId, key: &str, value: Value, label: impl Into<String>) -> Fix {
    let key = key.to_owned();
    Fix::one(label, Edit::SetField { node, key, value })
}

/// Takes the step out, where what follows it can join what stands above.
fn delete(step: &Standing<'_>) -> Option<Fix> {
    let alone = step.node.branches.len() <= 1;
    alone.then(|| Fix::one("Delete the step", Edit::Delete { node: step.id }))
}

/// Passes the step over without losing it.
pub(super) fn switch_off(node: NodeId) -> Fix {
    let enabled = false;
    Fix::one("Switch the step off", Edit::SetEnabled { node, enabled })
}

/// Ends a branch with a response.
pub(super) fn end_with(node: NodeId, key: impl Into<BranchKey>, code: u16, words: &str) -> Fix {
    let mut data = Object::new();
    data.insert("code".to_owned(), Value::from(code));
    let action = Action::from_wire("response", data);
    let at = Place::on(node, key);
    let label = format!("End with {code} {words}");
    Fix::one(label, Edit::Insert { at, action })
}

fn invalid(step: &Standing<'_>, spec: &FieldSpec) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let stored = step.node.action.to_object();
    let stored = json::get(&stored, spec.key).and_then(json::integer);
    if let (FieldKind::Duration { unit, min, max }, Some(stored)) = (&spec.kind, stored) {
        let meant = match unit {
            Unit::Seconds => stored / 1_000,
            Unit::Milliseconds => stored.saturating_mul(1_000),
        };
        if i64::from(*min).max(1) <= meant && meant <= i64::from(*max) {
            fixes.push(set(step.id, spec.key, meant.into(), amount(meant, *unit)));
        }
    }
    if spec.optional {
        fixes.push(set(step.id, spec.key, Value::Null, "Leave it empty"));
    } else if !spec.default.is_null() {
        let label = match (&spec.kind, &spec.default) {
            (FieldKind::Duration { unit, .. }, Value::Number(n)) => {
                amount(n.as_i64().unwrap_or_default(), *unit)
            }
            (_, Value::Number(n)) => format!("Use {n}"),
            _ => "Use the usual value".to_owned(),
        };
        let usual = set(step.id, spec.key, spec.default.clone(), label);
        if !fixes.contains(&usual) {
            fixes.push(usual);
        }
    }
    fixes
}

fn other_unit(step: &Standing<'_>, spec: &FieldSpec) -> Vec<Fix> {
    let FieldKind::Duration { unit, min, max } = spec.kind else {
        return Vec::new();
    };
    let stored = step.node.action.get(spec.key).as_i64();
    let meant = stored.and_then(|stored| units::meant(spec, stored));
    let fits = meant.filter(|meant| (i64::from(min)..=i64::from(max)).contains(meant));
    let fix = |meant: i64| set(step.id, spec.key, meant.into(), amount(meant, unit));
    fits.map(fix).into_iter().collect()
}

/// "Use 20 seconds".
pub(super) fn amount(value: i64, unit: Unit) -> String {
    match (unit, value) {
        (Unit::Seconds, 1) => "Use 1 second".to_owned(),
        (Unit::Seconds, n) => format!("Use {n} seconds"),
        (Unit::Milliseconds, n) => format!("Use {n} milliseconds"),
    }
}

/// Where the account has one resource of the kind, that one is meant.
fn only_candidate(survey: &Survey<'_>, step: &Standing<'_>, spec: Option<&FieldSpec>) -> Vec<Fix> {
    let Some((spec, FieldKind::Resource(kind))) = spec.map(|spec| (spec, &spec.kind)) else {
        return Vec::new();
    };
    let own = survey
        .id
        .map(|id| &*id.0)
        .filter(|_| *kind == ResourceKind::Callflow);
    let mut all = survey
        .directory
        .all(*kind)
        .filter(|(id, _)| Some(*id) != own);
    let (Some((id, resource)), None) = (all.next(), all.next()) else {
        return Vec::new();
    };
    let label = format!("Choose {}", resource.name());
    vec![set(step.id, spec.key, id.into(), label)]
}

fn missing(survey: &Survey<'_>, step: &Standing<'_>, spec: Option<&FieldSpec>) -> Vec<Fix> {
    let Some(spec) = spec else { return Vec::new() };
    let action = &step.node.action;
    let gone = |kind, id: &str| survey.directory.get(kind, id).is_none();
    let value = action.get(spec.key);
    let own = match (&spec.kind, action) {
        (FieldKind::Members, Action::RingGroup(group)) => {
            let mut members = group.endpoints.clone();
            members.0.retain(|member| {
                let kind = match member.kind {
                    MemberKind::User => ResourceKind::User,
                    MemberKind::Device => ResourceKind::Device,
                    MemberKind::Group => ResourceKind::RingGroup,
                };
                !gone(kind, &member.id)
            });
            if members.0.is_empty() || members.0.len() == group.endpoints.0.len() {
                return delete(step).into_iter().collect();
            }
            let value = crate::field::Field::to_json(&members);
            return vec![set(step.id, spec.key, value, "Remove who is gone")];
        }
        (FieldKind::Resource(kind), _) => value.as_str().is_some_and(|id| gone(*kind, id)),
        (FieldKind::Media, _) => !value.is_null(),
        _ => false,
    };
    let mut fixes = Vec::new();
    // Not where the step is nothing without it.
    let needed = matches!(spec.key, "id") || !spec.optional;
    if own && !needed {
        fixes.push(set(step.id, spec.key, Value::Null, "Leave it empty"));
    }
    fixes.extend(delete(step));
    fixes
}

fn unreachable(survey: &Survey<'_>, step: &Standing<'_>, message: &str) -> Vec<Fix> {
    let branches = step.node.action.branches(survey.directory);
    let flow = &survey.callflow.flow;
    let key = match branches {
        Branches::None => step.node.branches.first(),
        // The message names the branch that it is about.
        _ => step
            .node
            .branches
            .iter()
            .find(|(key, _)| message.ends_with(&format!("“{key}”"))),
    };
    let Some((key, top)) = key else {
        return Vec::new();
    };
    let mut fixes = Vec::new();
    if branches != Branches::None && step.node.child("_").is_none() {
        let edit = Edit::RenameBranch {
            node: step.id,
            from: key.clone(),
            to: BranchKey::default_branch(),
        };
        fixes.push(Fix::one("Take it when nothing else fits", edit));
    }
    let below = if branches == Branches::None {
        step.node
            .branches
            .iter()
            .flat_map(|(_, top)| flow.subtree(*top))
            .collect()
    } else {
        flow.subtree(*top)
    };
    if below.len() <= MOST_DELETED {
        // From the ends upward, so that nothing is left to join.
        let edits = below.iter().rev().map(|node| Edit::Delete { node: *node });
        let label = match below.len() {
            1 => "Delete the step that is never reached".to_owned(),
            count => format!("Delete the {count} steps that are never reached"),
        };
        fixes.push(Fix::new(label, edits.collect()));
    }
    fixes
}

/// The try lasts as long as its members ring.
fn longer_try(survey: &Survey<'_>, step: &Standing<'_>) -> Vec<Fix> {
    let Action::RingGroup(group) = &step.node.action else {
        return Vec::new();
    };
    let seconds = ring_time::enough(group, survey.directory);
    if !(1..=3_600).contains(&seconds) {
        return Vec::new();
    }
    let label = amount(i64::from(seconds), Unit::Seconds).replacen("Use", "Ring for", 1);
    vec![set(step.id, "timeout", seconds.into(), label)]
}

/// A rule moves before the one that hides it. Where the data lists the rules, their order is not the drawn one.
fn earlier(survey: &Survey<'_>, step: &Standing<'_>, message: &str) -> Vec<Fix> {
    let Action::TimeOfDay(time) = &step.node.action else {
        return Vec::new();
    };
    if !time.rules.0.is_empty() {
        return Vec::new();
    }
    let hidden = times::hidden(time, step.node, survey.directory);
    let Some(own) = hidden
        .into_iter()
        .find(|own| own.finding.message == message)
    else {
        return Vec::new();
    };
    let position = |key: &str| {
        let mut keys = step.node.branches.iter();
        keys.position(|(own, _)| own.as_str() == key)
    };
    let Some(index) = own.before.as_deref().and_then(position) else {
        return Vec::new();
    };
    let key = BranchKey::from(own.key);
    let node = step.id;
    vec![Fix::one(
        "Try it first",
        Edit::MoveBranch { node, key, index },
    )]
}

fn without_rules(step: &Standing<'_>) -> Fix {
    let mut data = step.node.action.to_object();
    data.shift_remove("rules");
    let action = Action::from_wire(step.node.action.module(), data);
    let node = step.id;
    Fix::one("Try them in the order drawn", Edit::Change { node, action })
}

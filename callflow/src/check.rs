//! Checks: everything that is wrong with a draft, as data. The editor, the command line, the API and
//! publishing show the same list.
//!
//! A check of one step is asked for each step alone, so that a [`Checker`] need ask again only for the steps
//! that an edit has touched. A check of the whole flow reads a [`survey`], which is made anew each time and
//! takes time in proportion to the steps.

mod branches;
mod captures;
mod emergency;
mod ends;
mod explain;
mod fields;
mod fix;
mod greeting;
mod jumps;
mod lines;
mod links;
mod loops;
mod menus;
mod numbers;
mod recording;
mod references;
mod ring_time;
mod survey;
mod times;
mod units;

pub use explain::{CODES, explain};
pub use fix::Fix;
pub use links::leads_to;

use crate::directory::Directory;
use crate::document::{Callflow, CallflowId};
use crate::flow::{Node, NodeId};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use survey::Survey;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Cannot be published.
    Error,
    /// Works, but probably not as meant. Publishing asks once.
    Warning,
    /// Works as drawn, and could be kinder to callers. Publishing does not ask.
    Hint,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        })
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable code, for example `FIELD_REQUIRED`.
    pub code: Cow<'static, str>,
    /// How much it matters.
    pub severity: Severity,
    /// The step; `None` is the main block.
    pub node: Option<NodeId>,
    /// The field of the step.
    pub field: Option<Cow<'static, str>>,
    /// What is wrong, for a person; short enough for a block.
    pub message: String,
    /// What would put it right, each by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<Fix>,
}

/// A problem as an action states it, before it is known which step it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable code.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The field.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub message: String,
    /// What would put it right, where the check that found it knows.
    pub fixes: Vec<Fix>,
}

impl Finding {
    /// An error.
    #[must_use]
    pub fn error(
        code: &'static str,
        field: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity: Severity::Error,
            field,
            message: message.into(),
            fixes: Vec::new(),
        }
    }

    /// A warning.
    #[must_use]
    pub fn warning(
        code: &'static str,
        field: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity: Severity::Warning,
            field,
            message: message.into(),
            fixes: Vec::new(),
        }
    }

    /// A hint.
    #[must_use]
    pub fn hint(
        code: &'static str,
        field: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Hint,
            ..Self::warning(code, field, message)
        }
    }

    /// A module that this version does not know.
    #[must_use]
    pub fn unknown(module: &str) -> Self {
        Self::warning(
            "MODULE_UNKNOWN",
            None,
            format!("“{module}” is not known here. Calls pass it over."),
        )
    }

    /// With something that would put it right.
    #[must_use]
    pub(crate) fn with(mut self, fix: Option<Fix>) -> Self {
        self.fixes.extend(fix);
        self
    }

    fn at(self, node: Option<NodeId>) -> Problem {
        Problem {
            code: self.code.into(),
            severity: self.severity,
            node,
            field: self.field.map(Cow::Borrowed),
            message: self.message,
            fixes: self.fixes,
        }
    }
}

/// All problems of a callflow: the main block's first, then step by step in reading order, errors before
/// warnings within a step. Without the callflow's id nothing is said about numbers that another callflow
/// has too: which of the directory's entries is this one cannot be told.
#[must_use]
pub fn check(callflow: &Callflow, directory: &Directory) -> Vec<Problem> {
    check_as(None, callflow, directory)
}

/// All problems of the callflow with this id.
#[must_use]
pub fn check_as(
    id: Option<&CallflowId>,
    callflow: &Callflow,
    directory: &Directory,
) -> Vec<Problem> {
    gather(id, callflow, directory, |node, _| {
        Cow::Owned(of_step(node, directory))
    })
}

/// Checks a document again and again while it is edited, and asks only the steps that changed.
#[derive(Clone, Debug, Default)]
pub struct Checker {
    directory: Option<Arc<Directory>>,
    known: HashMap<NodeId, (Arc<Node>, Vec<Finding>)>,
}

impl Checker {
    /// What [`check_as`] says.
    pub fn check(
        &mut self,
        id: Option<&CallflowId>,
        callflow: &Callflow,
        directory: &Arc<Directory>,
    ) -> Vec<Problem> {
        let same = |own: &Arc<Directory>| Arc::ptr_eq(own, directory);
        if !self.directory.as_ref().is_some_and(same) {
            self.known.clear();
            self.directory = Some(Arc::clone(directory));
        }
        let flow = &callflow.flow;
        if self.known.len() > flow.len() * 2 {
            // Deleted steps are forgotten now and then, not at each edit.
            self.known.retain(|id, _| flow.node(*id).is_some());
        }
        for (id, node) in flow.nodes() {
            let fresh = self
                .known
                .get(&id)
                .is_some_and(|(own, _)| Arc::ptr_eq(own, node));
            if !fresh {
                let found = of_step(node, directory);
                self.known.insert(id, (Arc::clone(node), found));
            }
        }
        let known = &self.known;
        gather(id, callflow, directory, |_, id| {
            known.get(&id).map_or(Cow::Owned(Vec::new()), |(_, found)| {
                Cow::Borrowed(found.as_slice())
            })
        })
    }
}

/// What one step says of itself, whatever stands around it.
fn of_step(node: &Node, directory: &Directory) -> Vec<Finding> {
    let action = &node.action;
    let mut found = fields::check(action);
    found.extend(references::check(action, directory));
    found.extend(branches::check(node, directory));
    let keys: Vec<&str> = node.branches.iter().map(|(key, _)| key.as_str()).collect();
    found.extend(action.check(directory, &keys));
    found.extend(greeting::check(action, directory));
    found.extend(ring_time::check(action, directory));
    found.extend(times::check(node, directory));
    // Where an action says something of a field itself, it knows better.
    let units = units::check(action, directory);
    let said = |own: &Finding| found.iter().any(|other| other.field == own.field);
    let units: Vec<Finding> = units.into_iter().filter(|own| !said(own)).collect();
    found.extend(units);
    found
}

fn gather<'a>(
    id: Option<&CallflowId>,
    callflow: &'a Callflow,
    directory: &'a Directory,
    of_step: impl Fn(&Node, NodeId) -> Cow<'a, [Finding]>,
) -> Vec<Problem> {
    let mut main = numbers::check(id, callflow, directory);
    main.extend(emergency::check(callflow, directory));
    let mut problems: Vec<Problem> = main.into_iter().map(|finding| finding.at(None)).collect();
    if let Err(error) = callflow.flow.well_formed() {
        let message = format!("The flow is not a tree: {error}.");
        problems.push(Finding::error("FLOW_MALFORMED", None, message).at(None));
        return problems;
    }
    let survey = Survey::new(id, callflow, directory);
    let mut found: Vec<(usize, Finding)> = Vec::new();
    for (at, step) in survey.steps.iter().enumerate() {
        match of_step(step.node, step.id) {
            Cow::Borrowed(known) => found.extend(known.iter().map(|own| (at, own.clone()))),
            Cow::Owned(new) => found.extend(new.into_iter().map(|own| (at, own))),
        }
    }
    captures::check(&survey, &mut found);
    ends::check(&survey, &mut found);
    jumps::check(&survey, &mut found);
    lines::check(&survey, &mut found);
    loops::check(&survey, &mut found);
    menus::check(&survey, &mut found);
    recording::check(&survey, &mut found);
    found.sort_by_key(|(at, finding)| (*at, finding.severity));
    problems.extend(found.into_iter().filter_map(|(at, mut finding)| {
        let step = survey.steps.get(at)?;
        fix::add(&survey, step, &mut finding);
        Some(finding.at(Some(step.id)))
    }));
    problems
}

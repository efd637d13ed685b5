//! Checks: everything that is wrong with a draft, as data. The editor, the command line, the API and
//! publishing show the same list.

mod branches;
mod captures;
mod fields;
mod jumps;
mod numbers;
mod references;

use crate::directory::Directory;
use crate::document::Callflow;
use crate::flow::NodeId;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Cannot be published.
    Error,
    /// Works, but probably not as meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
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

    fn at(self, node: NodeId) -> Problem {
        Problem {
            code: self.code.into(),
            severity: self.severity,
            node: Some(node),
            field: self.field.map(Cow::Borrowed),
            message: self.message,
        }
    }
}

/// All problems of a callflow: the main block's first, then step by step in reading order, errors before
/// warnings within a step.
#[must_use]
pub fn check(callflow: &Callflow, directory: &Directory) -> Vec<Problem> {
    let mut problems = numbers::check(callflow);
    let flow = &callflow.flow;
    if let Err(error) = flow.well_formed() {
        problems.push(Problem {
            code: "FLOW_MALFORMED".into(),
            severity: Severity::Error,
            node: None,
            field: None,
            message: format!("The flow is not a tree: {error}."),
        });
        return problems;
    }
    let circles = jumps::circles(flow);
    for id in flow.preorder() {
        let Some(node) = flow.node(id) else { continue };
        let mut found = fields::check(&node.action);
        found.extend(jumps::check(flow, id, node, &circles));
        found.extend(references::check(&node.action, directory));
        found.extend(captures::check(callflow, &node.action));
        found.extend(branches::check(node, directory));
        let keys: Vec<&str> = node.branches.iter().map(|(key, _)| key.as_str()).collect();
        found.extend(node.action.check(directory, &keys));
        found.sort_by_key(|finding| finding.severity);
        problems.extend(found.into_iter().map(|finding| finding.at(id)));
    }
    problems
}

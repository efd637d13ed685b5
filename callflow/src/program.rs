//! From draft to program: only what passed the checks runs.

use crate::check::{self, Problem, Severity};
use crate::directory::Directory;
use crate::document::{Callflow, CallflowId};

/// A published callflow, ready to run. Immutable; calls share it.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The callflow's id.
    pub id: CallflowId,
    /// The published version, from 1.
    pub version: u32,
    /// The document as published.
    pub callflow: Callflow,
}

impl Program {
    /// A program from a publication that passed the checks when it was published. Resources may have gone
    /// since: the interpreter meets such a gap with a trace entry and the default branch.
    #[must_use]
    pub fn trusted(id: CallflowId, version: u32, callflow: Callflow) -> Self {
        Self {
            id,
            version,
            callflow,
        }
    }
}

/// Checks a draft and makes a program of it.
///
/// # Errors
/// All problems found, when at least one of them is an error.
pub fn compile(
    id: CallflowId,
    version: u32,
    callflow: &Callflow,
    directory: &Directory,
) -> Result<Program, Vec<Problem>> {
    let problems = check::check(callflow, directory);
    if problems
        .iter()
        .any(|problem| problem.severity == Severity::Error)
    {
        return Err(problems);
    }
    Ok(Program {
        id,
        version,
        callflow: callflow.clone(),
    })
}

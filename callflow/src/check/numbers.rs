//! The main block: numbers and patterns.

use crate::check::{Problem, Severity};
use crate::document::Callflow;
use std::borrow::Cow;

pub(super) fn check(callflow: &Callflow) -> Vec<Problem> {
    let mut problems = Vec::new();
    for pattern in &callflow.patterns {
        if let Err(error) = regex_lite::Regex::new(pattern) {
            problems.push(problem(
                "PATTERN_INVALID",
                "patterns",
                format!("“{pattern}” is not a regular expression: {error}"),
            ));
        }
    }
    for number in &callflow.numbers {
        let fits = number == crate::route::CATCH_ALL
            || number
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+*#._-".contains(c));
        if !fits {
            problems.push(problem(
                "NUMBER_INVALID",
                "numbers",
                format!("“{number}” cannot be dialled"),
            ));
        }
    }
    problems
}

fn problem(code: &'static str, field: &'static str, message: String) -> Problem {
    Problem {
        code: code.into(),
        severity: Severity::Error,
        node: None,
        field: Some(Cow::Borrowed(field)),
        message,
    }
}

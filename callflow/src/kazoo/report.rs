//! What an import tells: what was understood, adapted, kept untouched, what is missing, what was refused.

use crate::limits;
use crate::resource::ResourceKind;
use serde::{Deserialize, Serialize};

/// What became of the documents of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The documents that were read.
    pub understood: Vec<Line>,
    /// What was read in another way than it is written, and why.
    pub adapted: Vec<Line>,
    /// What has no meaning here and is kept untouched.
    pub kept: Vec<Line>,
    /// What is referred to and is not there.
    pub missing: Vec<Line>,
    /// What could not be taken, and why.
    pub refused: Vec<Line>,
    /// Lines beyond the most that a part keeps.
    pub more: usize,
}

/// One line of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The document's kind, where it has one.
    pub kind: Option<ResourceKind>,
    /// The document's id, where it has one.
    pub id: String,
    /// Name or place of the document, for a person.
    pub document: String,
    /// Where in the document: a step and a field.
    pub place: String,
    /// What is to be said.
    pub text: String,
}

/// A part of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Understood,
    Adapted,
    Kept,
    Missing,
    Refused,
}

/// Which document lines are about.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) kind: Option<ResourceKind>,
    pub(super) id: String,
    pub(super) document: String,
}

impl Report {
    pub(super) fn add(
        &mut self,
        part: Part,
        about: &About,
        place: impl Into<String>,
        text: impl Into<String>,
    ) {
        let lines = match part {
            Part::Understood => &mut self.understood,
            Part::Adapted => &mut self.adapted,
            Part::Kept => &mut self.kept,
            Part::Missing => &mut self.missing,
            Part::Refused => &mut self.refused,
        };
        if lines.len() >= limits::MAX_REPORT_LINES {
            self.more += 1;
            return;
        }
        lines.push(Line {
            kind: about.kind,
            id: about.id.clone(),
            document: about.document.clone(),
            place: place.into(),
            text: text.into(),
        });
    }
}

/// A text of a document, short enough for a line.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

//! What an import tells: what was understood, adapted, kept untouched, what is missing, what was left out or refused.

use crate::limits;
use crate::resource::ResourceKind;
use serde::{Deserialize, Serialize};

/// What became of the documents of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The documents that were read.
    pub understood: Vec<Line>,
    /// What was read or is stored in another way than it is written, and why.
    pub adapted: Vec<Line>,
    /// What has no meaning here and is kept untouched.
    pub kept: Vec<Line>,
    /// What is referred to and is not there.
    pub missing: Vec<Line>,
    /// What was not taken, and why; everything else does not depend on it.
    #[serde(default)]
    pub left_out: Vec<Line>,
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
pub enum Part {
    /// [`Report::understood`].
    Understood,
    /// [`Report::adapted`].
    Adapted,
    /// [`Report::kept`].
    Kept,
    /// [`Report::missing`].
    Missing,
    /// [`Report::left_out`].
    LeftOut,
    /// [`Report::refused`].
    Refused,
}

impl Part {
    /// All parts, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Understood,
        Self::Adapted,
        Self::Kept,
        Self::Missing,
        Self::LeftOut,
        Self::Refused,
    ];

    /// The word for a part, before its lines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Understood => "understood",
            Self::Adapted => "adapted",
            Self::Kept => "kept",
            Self::Missing => "missing",
            Self::LeftOut => "left out",
            Self::Refused => "refused",
        }
    }
}

/// Which document lines are about.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) kind: Option<ResourceKind>,
    pub(super) id: String,
    pub(super) document: String,
}

impl Line {
    /// A line about a document, whose name is shortened to fit.
    #[must_use]
    pub fn new(
        kind: ResourceKind,
        id: &str,
        document: &str,
        place: &str,
        text: impl Into<String>,
    ) -> Self {
        Self {
            kind: Some(kind),
            id: id.to_owned(),
            document: shown(document),
            place: place.to_owned(),
            text: text.into(),
        }
    }
}

impl Report {
    /// The lines of a part.
    #[must_use]
    pub fn part(&self, part: Part) -> &[Line] {
        match part {
            Part::Understood => &self.understood,
            Part::Adapted => &self.adapted,
            Part::Kept => &self.kept,
            Part::Missing => &self.missing,
            Part::LeftOut => &self.left_out,
            Part::Refused => &self.refused,
        }
    }

    /// Adds a line. Beyond [`limits::MAX_REPORT_LINES`] of a part, lines are counted only.
    pub fn push(&mut self, part: Part, line: Line) {
        let lines = match part {
            Part::Understood => &mut self.understood,
            Part::Adapted => &mut self.adapted,
            Part::Kept => &mut self.kept,
            Part::Missing => &mut self.missing,
            Part::LeftOut => &mut self.left_out,
            Part::Refused => &mut self.refused,
        };
        if lines.len() >= limits::MAX_REPORT_LINES {
            self.more += 1;
            return;
        }
        lines.push(line);
    }

    pub(super) fn add(
        &mut self,
        part: Part,
        about: &About,
        place: impl Into<String>,
        text: impl Into<String>,
    ) {
        self.push(
            part,
            Line {
                kind: about.kind,
                id: about.id.clone(),
                document: about.document.clone(),
                place: place.into(),
                text: text.into(),
            },
        );
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

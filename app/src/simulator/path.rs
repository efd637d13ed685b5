//! The path of a simulated call over the diagram.

use super::Recorded;
use super::remote::DRAFT;
use super::shown::Shown;
use callflow::NodeId;
use callflow::trace::Step;
use std::collections::{HashMap, HashSet};

/// What is drawn at a block while a call is simulated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Nothing: no call.
    #[default]
    None,
    /// The call has not come here.
    Off,
    /// It has: the numbers of its steps here, "2, 5".
    On(String),
    /// It is here.
    Now(String),
}

impl Mark {
    /// The class of a block.
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::None => "",
            Self::Off => "off-path",
            Self::On(_) => "on-path",
            Self::Now(_) => "on-path is-now",
        }
    }

    /// The numbers.
    pub(crate) fn numbers(&self) -> Option<String> {
        match self {
            Self::On(numbers) | Self::Now(numbers) => Some(numbers.clone()),
            Self::None | Self::Off => None,
        }
    }
}

/// Numbers that are shown of a step that was passed more often.
const SHOWN_NUMBERS: usize = 2;

/// The path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    /// The numbers of the steps, in order of the call.
    steps: HashMap<NodeId, Vec<u32>>,
    /// Steps that the call came to by the line from above.
    lines: HashSet<NodeId>,
    /// Whether the call came in at the top.
    pub(crate) from_top: bool,
    /// The step where it is.
    pub(crate) now: Option<NodeId>,
}

impl Path {
    /// The path of a call over the callflow with this id.
    pub(crate) fn of(shown: &Shown, call: &Recorded, callflow: &str) -> Self {
        let flow = &call.draft.flow;
        let mut path = Self::default();
        let mut number = 0;
        for entry in &shown.trace {
            let enters = matches!(entry.step, Step::Entered { .. });
            number += u32::from(enters);
            if entry.version != DRAFT || *entry.callflow.0 != *callflow {
                continue;
            }
            let Some(node) = entry.node else { continue };
            if enters {
                path.steps.entry(node).or_default().push(number);
                path.from_top |= flow.root() == Some(node);
                path.now = Some(node);
            }
            if let Step::Took { key, .. } = &entry.step {
                let child = flow.node(node).and_then(|node| node.child(key.as_str()));
                path.lines.extend(child);
            }
        }
        if path.from_top {
            path.lines.extend(flow.root());
        }
        if shown.over {
            path.now = None;
        }
        path
    }

    /// What is drawn at a step.
    pub(crate) fn mark(&self, step: NodeId) -> Mark {
        let Some(numbers) = self.steps.get(&step) else {
            return Mark::Off;
        };
        let first: Vec<String> = numbers
            .iter()
            .take(SHOWN_NUMBERS)
            .map(u32::to_string)
            .collect();
        let more = if numbers.len() > SHOWN_NUMBERS {
            " …"
        } else {
            ""
        };
        let numbers = format!("{}{more}", first.join(", "));
        if self.now == Some(step) {
            Mark::Now(numbers)
        } else {
            Mark::On(numbers)
        }
    }

    /// Whether the call went along the line that leads to a step from above.
    pub(crate) fn leads_to(&self, step: NodeId) -> bool {
        self.lines.contains(&step)
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Settings;
    use super::super::testing::{account, draft};
    use super::*;
    use callflow::simulate::Input;
    use std::sync::Arc;

    fn path(inputs: &[Input]) -> Path {
        let known = account();
        let draft = draft();
        let settings = Settings {
            dialled: "2000".to_owned(),
            at: "2026-11-30T10:00".to_owned(),
            ..Settings::default()
        };
        let scene = settings
            .scene(&known, Some(&draft), "main")
            .unwrap_or_else(|e| panic!("{e}"));
        let call = Recorded {
            scene,
            draft: Arc::new(draft),
            inputs: inputs.to_vec(),
            prompts: Arc::default(),
        };
        Path::of(&Shown::of(&call), &call, "main")
    }

    #[test]
    fn path_leads_from_the_top_to_where_the_call_is() {
        let path = path(&[Input::Run]);
        assert!(path.from_top && path.leads_to(NodeId(1)) && path.leads_to(NodeId(2)));
        assert_eq!(path.mark(NodeId(1)), Mark::On("1".to_owned()));
        assert_eq!(path.mark(NodeId(2)), Mark::Now("2".to_owned()));
        assert_eq!(path.mark(NodeId(3)), Mark::Off);
        assert!(!path.leads_to(NodeId(3)));
    }

    #[test]
    fn call_that_is_over_is_nowhere() {
        let path = path(&[Input::Run, Input::HangUp]);
        assert_eq!(path.now, None);
        assert_eq!(path.mark(NodeId(2)), Mark::On("2".to_owned()));
    }
}

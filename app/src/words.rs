//! What happened on a call, in words: one wording for calls of the past and simulated ones.

use callflow::trace::{Entry, Step};
use callflow::{BranchKey, Branches, Callflow, Directory, NodeId, ResourceKind};
use std::collections::BTreeMap;

/// What is needed to tell a trace.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    /// The account's resources, for names.
    pub(crate) directory: &'a Directory,
    /// What the system prompts say, by id.
    pub(crate) prompts: &'a BTreeMap<String, String>,
}

impl Words<'_> {
    /// An entry: what happened, and why or with what, which may be empty. `flow` is the callflow that ran.
    pub(crate) fn tell(self, entry: &Entry, flow: Option<&Callflow>) -> (String, String) {
        let node = |id: Option<NodeId>| flow?.flow.node(id?);
        let action = node(entry.node).map(|node| &node.action);
        let label = |key: &BranchKey| action.map(|a| a.branch_label(key.as_str(), self.directory));
        match &entry.step {
            Step::Entered { module } => match action {
                Some(action) => (
                    action.preset().label.to_owned(),
                    action.caption(self.directory).text,
                ),
                None => (module.clone(), String::new()),
            },
            Step::Took { key, reason } => {
                let forks = action.is_some_and(|action| {
                    matches!(action.branches(self.directory), Branches::Fork { .. })
                });
                let title = match label(key) {
                    _ if key.is_default() && !forks => "Goes on".to_owned(),
                    Some(branch) => format!("Takes {}", branch.label),
                    None => format!("Takes {key}"),
                };
                (title, sentence(reason))
            }
            Step::Skipped => ("Skipped".to_owned(), "The step is switched off".to_owned()),
            Step::Answered => ("Call is answered".to_owned(), String::new()),
            Step::Played { what } => ("Plays".to_owned(), self.sounds(what)),
            Step::Keys { keys } if keys.is_empty() => ("No key".to_owned(), String::new()),
            Step::Keys { keys } => (format!("Caller presses {keys}"), String::new()),
            Step::Rang { devices } => {
                let names: Vec<String> = devices.iter().map(|id| self.phone(id)).collect();
                match names.as_slice() {
                    [] => ("Rings nobody".to_owned(), String::new()),
                    [one] => (format!("Rings {one}"), String::new()),
                    many => (format!("Rings {} phones", many.len()), many.join(", ")),
                }
            }
            Step::PickedUp { device } => {
                (format!("Answered by {}", self.phone(device)), String::new())
            }
            Step::NotReached { cause, sip } => {
                let code = sip.map(|code| format!("SIP {code}"));
                (
                    format!("Not reached: {}", in_words(cause)),
                    code.unwrap_or_default(),
                )
            }
            Step::Talked { duration_ms } => {
                ("Conversation ended".to_owned(), seconds(*duration_ms))
            }
            Step::Recorded { duration_ms } => ("Recorded".to_owned(), seconds(*duration_ms)),
            Step::Did { what } => (sentence(what), String::new()),
            Step::Set { name, value } => (format!("Sets {name}"), value.clone()),
            Step::Jumped { to } => {
                let name = flow.and_then(|flow| flow.flow.step_name(*to, self.directory));
                let name = name.unwrap_or_else(|| to.to_string());
                (format!("Continues at {name}"), String::new())
            }
            Step::Into { target } => {
                let id = target.to_string();
                let name = self.directory.name(ResourceKind::Callflow, &id);
                let name = name.filter(|name| !name.is_empty()).unwrap_or(id);
                (format!("Goes into callflow {name}"), String::new())
            }
            Step::Back => ("Comes back from the callflow".to_owned(), String::new()),
            Step::Trouble { message } => ("Did not work".to_owned(), message.clone()),
            Step::Ended { cause, reason } => {
                (format!("Ends: {}", in_words(cause)), sentence(reason))
            }
        }
    }

    /// A device by name; a number beyond a carrier stays as it is.
    pub(crate) fn phone(self, id: &str) -> String {
        let name = self.directory.name(ResourceKind::Device, id);
        name.filter(|name| !name.is_empty())
            .unwrap_or_else(|| crate::ui::number::spaced(id))
    }

    /// Sounds with the system prompts among them as what they say.
    fn sounds(self, what: &str) -> String {
        let said = what.split(", ").map(|part| match self.prompts.get(part) {
            Some(text) => format!("“{text}”"),
            None if is_prompt(part) => format!("the prompt “{}”", prompt_words(part)),
            None => part.to_owned(),
        });
        said.collect::<Vec<_>>().join(", ")
    }
}

/// Whether this looks like the id of a system prompt, such as `vm-record_message`.
fn is_prompt(part: &str) -> bool {
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.split_once('-').is_some_and(|(group, name)| {
        let named = name.chars().all(|c| small(c) || c == '_' || c == '-');
        !group.is_empty() && !name.is_empty() && group.chars().all(small) && named
    })
}

/// `vm-record_message` as "record message".
fn prompt_words(id: &str) -> String {
    let name = id.split_once('-').map_or(id, |(_, name)| name);
    name.replace(['_', '-'], " ")
}

/// `NORMAL_CLEARING` as "Normal clearing".
pub(crate) fn in_words(cause: &str) -> String {
    sentence(&cause.replace('_', " ").to_lowercase())
}

/// With a capital at the beginning.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// Milliseconds as "7.1".
pub(crate) fn tenths(ms: i64) -> String {
    let ms = ms.max(0);
    format!("{}.{}", ms / 1_000, ms % 1_000 / 100)
}

fn seconds(ms: u64) -> String {
    format!("{} s", tenths(i64::try_from(ms).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_read_as_words() {
        assert_eq!(in_words("NORMAL_CLEARING"), "Normal clearing");
        assert_eq!(in_words(""), "");
    }

    #[test]
    fn system_prompts_are_told_by_what_they_say() {
        let directory = Directory::default();
        let mut prompts = BTreeMap::new();
        prompts.insert(
            "vm-record_message".to_owned(),
            "Leave a message.".to_owned(),
        );
        let words = Words {
            directory: &directory,
            prompts: &prompts,
        };
        assert_eq!(
            words.sounds("vm-record_message, tone"),
            "“Leave a message.”, tone"
        );
        assert_eq!(words.sounds("vm-enter_pass"), "the prompt “enter pass”");
        assert_eq!(words.sounds("“Press 1, or stay”"), "“Press 1, or stay”");
    }
}

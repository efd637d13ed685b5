//! What the system says, in English.
//!
//! Names are KAZOO's, so that an account's own recordings of its prompts keep
//! their meaning; the wording is ours.

mod general;
mod meeting;
mod queues;
mod services;
mod voicemail;

const CATALOG: &[&[(&str, &str)]] = &[
    general::PROMPTS,
    voicemail::PROMPTS,
    meeting::PROMPTS,
    services::PROMPTS,
    queues::PROMPTS,
];

/// The names of all system prompts with their texts.
pub fn prompt_ids() -> impl Iterator<Item = (&'static str, &'static str)> {
    CATALOG.iter().copied().flatten().copied()
}

/// What a system prompt says, by its KAZOO name.
#[must_use]
pub fn prompt_text(id: &str) -> Option<&'static str> {
    prompt_ids()
        .find(|(name, _)| *name == id)
        .map(|(_, text)| text)
}

/// How one character of a number is said; `None` for what is not spoken.
pub(super) fn spoken(character: char) -> Option<String> {
    let name = match character {
        '0' => "zero",
        '1' => "one",
        '2' => "two",
        '3' => "three",
        '4' => "four",
        '5' => "five",
        '6' => "six",
        '7' => "seven",
        '8' => "eight",
        '9' => "nine",
        '*' => "star",
        '#' => "hash",
        '+' => "plus",
        letter if letter.is_ascii_alphabetic() => return Some(letter.to_ascii_uppercase().into()),
        _ => return None,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_prompt_has_one_name_and_something_to_say() {
        let mut seen = HashSet::new();
        for (id, text) in prompt_ids() {
            assert!(seen.insert(id), "{id} is there twice");
            assert!(!text.trim().is_empty() && text.len() < 400, "{id}");
            assert!(id.contains('-') && !id.contains(' '), "{id}");
        }
        assert!(seen.len() > 130);
    }

    #[test]
    fn known_names_are_found_and_others_are_not() {
        assert!(prompt_text("vm-record_message").is_some_and(|text| text.contains("tone")));
        assert_eq!(prompt_text("vm-unheard_of"), None);
    }

    #[test]
    fn only_what_can_be_dialled_is_spoken() {
        let said: Vec<_> = "+2a*-( é#".chars().filter_map(spoken).collect();
        assert_eq!(said, ["plus", "two", "A", "star", "hash"]);
    }
}

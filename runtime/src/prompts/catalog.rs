//! What the system says, in every language it has.
//!
//! The texts lie in `runtime/prompts`, one Fluent file for each language and one for each region that says
//! something else. Names are KAZOO's, so that an account's own recordings of its prompts keep their meaning.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// Begins the names of what is no prompt: how numbers, keys and dates are said.
const GRAMMAR: &str = "say-";

const ENGLISH: &str = include_str!("../../prompts/en.ftl");
const FRENCH: &str = include_str!("../../prompts/fr.ftl");
const SPANISH: &str = include_str!("../../prompts/es.ftl");

/// Tags with their texts; what comes later replaces what comes before.
const SOURCES: [(&str, &[&str]); 7] = [
    ("en", &[ENGLISH]),
    ("en-US", &[ENGLISH, include_str!("../../prompts/en-US.ftl")]),
    ("fr", &[FRENCH]),
    ("fr-CA", &[FRENCH, include_str!("../../prompts/fr-CA.ftl")]),
    ("de", &[include_str!("../../prompts/de.ftl")]),
    ("es", &[SPANISH]),
    (
        "es-419",
        &[SPANISH, include_str!("../../prompts/es-419.ftl")],
    ),
];

static CATALOGS: LazyLock<[Catalog; 7]> =
    LazyLock::new(|| SOURCES.map(|(tag, texts)| Catalog::new(tag, texts)));

/// The texts of one language.
pub(super) struct Catalog {
    tag: &'static str,
    texts: FluentBundle<FluentResource>,
}

impl Catalog {
    fn new(tag: &'static str, sources: &[&str]) -> Self {
        let language: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut texts = FluentBundle::new_concurrent(vec![language]);
        // What is put into a text is spoken, not written from right to left.
        texts.set_use_isolating(false);
        // A test reads every file: here, what cannot be read is left out.
        if let Err(error) = texts.add_builtins() {
            tracing::warn!(tag, %error, "the functions of the prompts are missing");
        }
        for source in sources {
            let parsed = FluentResource::try_new((*source).to_owned());
            texts.add_resource_overriding(parsed.unwrap_or_else(|(readable, _)| readable));
        }
        Self { tag, texts }
    }

    /// The catalog of exactly this tag, in any case.
    pub(super) fn tagged(tag: &str) -> Option<&'static Self> {
        let mut all = CATALOGS.iter();
        all.find(|catalog| catalog.tag.eq_ignore_ascii_case(tag))
    }

    /// Has every text; speaks for languages that have none.
    pub(super) fn english() -> &'static Self {
        let [english, ..] = &*CATALOGS;
        english
    }

    /// What a prompt says; `count` is the number said before it, if one is.
    pub(super) fn prompt(&self, id: &str, count: Option<u64>) -> Option<String> {
        if id.starts_with(GRAMMAR) {
            return None;
        }
        self.format(id, None, &counting(count.unwrap_or(2)))
    }

    /// A number together with the prompt that tells what is counted, where the language has words for both.
    pub(super) fn counted(&self, id: &str, count: u64) -> Option<String> {
        self.format(id, Some("counted"), &counting(count))
    }

    /// How one character is said: digits and letters as they are, for voices read them; `*`, `#` and `+` by their
    /// names. `None` for what is not spoken.
    pub(super) fn character(&self, character: char) -> Option<String> {
        let sign = match character {
            '*' => "say-star",
            '#' => "say-hash",
            '+' => "say-plus",
            digit if digit.is_ascii_digit() => return Some(digit.into()),
            letter if letter.is_alphabetic() => return Some(letter.to_uppercase().collect()),
            _ => return None,
        };
        self.format(sign, None, &FluentArgs::new())
    }

    /// A text with what belongs into it.
    pub(super) fn format(
        &self,
        id: &str,
        attribute: Option<&str>,
        values: &FluentArgs<'_>,
    ) -> Option<String> {
        let message = self.texts.get_message(id)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(name) => message.get_attribute(name)?.value(),
        };
        let mut errors = Vec::new();
        let text = self
            .texts
            .format_pattern(pattern, Some(values), &mut errors);
        if !errors.is_empty() {
            tracing::warn!(tag = self.tag, id, ?errors, "a prompt is not complete");
        }
        Some(text.into_owned())
    }

    /// Its prompts with what they say.
    pub(super) fn prompts(&self) -> BTreeMap<String, String> {
        let ids = names(SOURCES[0].1[0]);
        let ids = ids.filter(|id| !id.starts_with(GRAMMAR));
        ids.filter_map(|id| self.prompt(&id, None).map(|text| (id, text)))
            .collect()
    }
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_tuple("Catalog").field(&self.tag).finish()
    }
}

fn counting(count: u64) -> FluentArgs<'static> {
    let mut values = FluentArgs::new();
    values.set("count", count);
    values
}

/// The names in a file.
fn names(source: &str) -> impl Iterator<Item = String> {
    let named = source.lines().filter_map(|line| line.split_once(" ="));
    let named = named.filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_lowercase()));
    named.map(|(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests;

//! In which language the system speaks.

use super::catalog::Catalog;
use std::collections::BTreeMap;

/// The regions outside America in which Spanish is spoken: all others say what Latin America says.
const SPANISH_ELSEWHERE: [&str; 5] = ["es", "gq", "ph", "ea", "ic"];

/// A language in which the system has something to say.
#[derive(Debug, Clone)]
pub struct Language {
    pub(super) catalog: &'static Catalog,
    /// As it was asked for; says which voice speaks.
    pub(super) tag: String,
}

impl Language {
    /// The first of these languages that the system has texts in, such as `fr` for `fr-CH`; else English.
    pub fn of<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known = tags
            .into_iter()
            .filter_map(|tag| find(tag).map(|it| (it, tag)));
        match known.next() {
            Some((catalog, tag)) => Self {
                catalog,
                tag: tag.to_owned(),
            },
            None => Self {
                catalog: Catalog::english(),
                tag: "en-GB".to_owned(),
            },
        }
    }

    /// Its tag, for the voice that is to speak it.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

/// All system prompts by their KAZOO names, with what they say in a language; in English where it is not one of the
/// system's.
#[must_use]
pub fn prompt_texts(language: &str) -> BTreeMap<String, String> {
    Language::of([language]).catalog.prompts()
}

/// What a system prompt says, by its KAZOO name.
#[must_use]
pub fn prompt_text(id: &str, language: &str) -> Option<String> {
    Language::of([language]).catalog.prompt(id, None)
}

fn find(tag: &str) -> Option<&'static Catalog> {
    let tag = tag.replace('_', "-").to_ascii_lowercase();
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    let region = parts.find(|part| matches!(part.len(), 2 | 3));
    let wider = wider(primary, region.unwrap_or_default());
    [tag.as_str(), wider, primary]
        .into_iter()
        .find_map(Catalog::tagged)
}

/// The tag of those who speak like a region (CLDR's parent locales); empty when there is none between it and the
/// language.
pub(crate) fn wider(primary: &str, region: &str) -> &'static str {
    match (primary, region) {
        (_, "") => "",
        ("en", "ca" | "us") => "en-us",
        ("es", region) if !SPANISH_ELSEWHERE.contains(&region) => "es-419",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_falls_back_to_its_language_then_to_the_next_then_to_english() {
        let goodbye = |tags: &[&str]| {
            let language = Language::of(tags.iter().copied());
            language.catalog.prompt("vm-goodbye", None)
        };
        for (tags, said) in [
            (&["fr-CH", "de"][..], "Au revoir."),
            (&["FR_be"], "Au revoir."),
            (&["cy-GB", "de-AT"], "Auf Wiederhören."),
            (&["es-MX"], "Hasta luego."),
            (&["nl", "cy"], "Goodbye."),
            (&["", "x"], "Goodbye."),
            (&[], "Goodbye."),
        ] {
            assert_eq!(goodbye(tags).as_deref(), Some(said), "{tags:?}");
        }
    }

    #[test]
    fn keys_are_called_what_the_region_calls_them() {
        for (tag, hash) in [
            ("en", "hash"),
            ("en-AU", "hash"),
            ("en-US", "pound"),
            ("en-CA", "pound"),
            ("fr", "dièse"),
            ("fr-CA", "carré"),
            ("de-CH", "Raute"),
            ("es-ES", "almohadilla"),
            ("es-AR", "numeral"),
            ("es-419", "numeral"),
        ] {
            let text = prompt_text("vm-enter_pass", tag).unwrap_or_default();
            assert!(text.contains(hash), "{tag}: {text}");
            let language = Language::of([tag]);
            assert_eq!(language.catalog.character('#').as_deref(), Some(hash));
        }
    }
}

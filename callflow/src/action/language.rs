//! Language: changes the prompt language. KAZOO module `language`.

use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::value::Language;

crate::fields! {
    /// Changes the language of prompts, spoken text and numbers for the rest of the call.
    pub struct SetLanguage {
        /// The language, such as en or en-GB. Prompts exist in English, French, German and Spanish;
        /// in any other language they are heard in the account's.
        language: Option<Language> = None, "language", "Language";
    }
}

/// The language as it is usually written: `en-GB`.
fn usual(language: &Language) -> String {
    match language.0.split_once(['-', '_']) {
        Some((primary, region)) => {
            format!("{}-{}", primary.to_lowercase(), region.to_uppercase())
        }
        None => language.0.to_lowercase(),
    }
}

impl Definition for SetLanguage {
    const MODULE: &'static str = "language";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Language",
        category: Category::Advanced,
        icon: "languages",
        family: Family::Set,
        help: "Changes the prompt language",
        synonyms: &["locale", "translation", "english", "welsh"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        if self.language.is_some() {
            return Vec::new();
        }
        let message = "No language chosen";
        vec![Finding::error("FIELD_REQUIRED", Some("language"), message)]
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(self.language.as_ref().map(usual).unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        match &self.language {
            Some(language) => {
                let language = usual(language);
                call.note_set("language", language.as_str());
                call.set_language(language);
            }
            None => call.trouble("No language is chosen; the call keeps its own."),
        }
        Ok(Next::Continue)
    }
}

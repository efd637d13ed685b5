//! Audio Macro: plays files, prompts, tones and spoken values in one go. KAZOO module `audio_macro`.

mod entry;

pub use entry::{MacroEntry, MacroList};

use crate::action::parts::announce::announce;
use crate::action::parts::sound;
use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Repeat;
use crate::directory::Directory;
use crate::value::{Keys, Language};

crate::fields! {
    /// Plays files, prompts, tones and spoken values one after another, as one announcement.
    pub struct AudioMacro {
        /// One sound a line: `play` and a media file, `prompt` and its id, `tts` and text, `say number 42`, `say digits
        /// {{caller_id_number}}`, `say spelled Zoë`, `say time`, `tone 440 200/100 x2`.
        macros: MacroList = MacroList::default(), "macros", "Sounds";
        /// The language of prompts and speech; empty takes the language of the call.
        language: Option<Language> = None, "language", "Language";
        /// Keys that stop it. None means that it cannot be stopped.
        terminators: Keys = Keys::all(), "terminators", "Keys that stop it";
    }
}

impl Definition for AudioMacro {
    const MODULE: &'static str = "audio_macro";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Audio Macro",
        category: Category::Special,
        icon: "list",
        family: Family::Prompt,
        help: "Plays several sounds in one go",
        synonyms: &["sequence", "playlist", "say", "announcement", "prompts"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        let field = Some("macros");
        for entry in &self.macros.0 {
            let media = entry.media();
            if media.is_some_and(|media| sound::is_dangling(directory, &media)) {
                let message = format!("The media file of “{}” is not there any more", entry.line());
                found.push(Finding::error("RESOURCE_MISSING", field, message));
            } else if !entry.is_known() {
                let message = format!("“{}” is no sound and is passed over", entry.line());
                found.push(Finding::warning("MACRO_UNKNOWN", field, message));
            }
        }
        found
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let Some(first) = self.macros.0.first() else {
            return Caption::default();
        };
        let named = first.media().map(|media| sound::caption(directory, &media));
        let first = named.unwrap_or_else(|| first.line());
        Caption::text(match self.macros.0.len() {
            1 => first,
            count => format!("{first} · {count} sounds"),
        })
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let language = match &self.language {
            Some(language) => language.0.clone(),
            None => call.language().to_owned(),
        };
        let mut sounds = Vec::new();
        for entry in &self.macros.0 {
            match entry.sounds(call, &language) {
                Some(own) => sounds.extend(own),
                None => call.trouble(format!(
                    "“{}” cannot be played and is left out.",
                    entry.line()
                )),
            }
        }
        if sounds.is_empty() {
            call.trouble("There is nothing to play; the call goes on.");
            return Ok(Next::Continue);
        }
        answer_gently(call).await?;
        if let Some(key) = announce(call, sounds, Repeat::Times(1), &self.terminators.0).await? {
            call.keep_digit(key);
        }
        Ok(Next::Continue)
    }
}

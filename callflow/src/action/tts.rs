//! TTS: speaks text. KAZOO module `tts`.

use crate::action::parts::announce::announce;
use crate::action::parts::template;
use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::{Repeat, Sound};
use crate::directory::Directory;
use crate::value::{Keys, Language, LongText, Text};

crate::fields! {
    /// Speaks text to the caller.
    pub struct Tts {
        /// What is said, at most 1000 characters. It may hold values in double braces, for example
        /// {{caller_id_number}}, {{digits}} or a variable that an earlier step set.
        text: LongText<1, 1_000> = LongText::default(), "text", "Text";
        /// The voice: male, female, or a name that the speech engine knows.
        voice: Text<0, 64> = Text("female".to_owned()), "voice", "Voice";
        /// The language of the text; empty takes the language of the call.
        language: Option<Language> = None, "language", "Language";
        /// Says it over and over until a key is pressed.
        endless_playback: bool = false, "endless_playback", "Repeat until a key is pressed";
        /// Keys that stop it. None means that it cannot be stopped.
        terminators: Keys = Keys::all(), "terminators", "Keys that stop it";
    }
}

impl Definition for Tts {
    const MODULE: &'static str = "tts";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "TTS",
        category: Category::Advanced,
        icon: "speech",
        family: Family::Prompt,
        help: "Speaks text to the caller",
        synonyms: &["text to speech", "say", "speak", "voice"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::from_iter(template::check("text", &self.text.0));
        if self.endless_playback && self.terminators.0.is_empty() && !keys.is_empty() {
            found.push(Finding::warning(
                "PLAY_NEVER_ENDS",
                Some("terminators"),
                "Speaks for ever and no key stops it: the next step is never reached",
            ));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        let text = self.text.0.trim();
        Caption::text(if text.is_empty() {
            String::new()
        } else {
            format!("“{text}”")
        })
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let text = call.text(&self.text.0);
        if text.trim().is_empty() {
            call.trouble("There is no text to speak; the call goes on.");
            return Ok(Next::Continue);
        }
        answer_gently(call).await?;
        let language = match &self.language {
            Some(language) => language.0.clone(),
            None => call.language().to_owned(),
        };
        let speak = Sound::Speak {
            text,
            voice: self.voice.0.clone(),
            language,
        };
        let repeat = if self.endless_playback {
            Repeat::Forever
        } else {
            Repeat::Times(1)
        };
        // A speech engine that fails is noted, and the call goes on, as with a missing file.
        if let Some(key) = announce(call, vec![speak], repeat, &self.terminators.0).await? {
            call.keep_digit(key);
        }
        Ok(Next::Continue)
    }
}

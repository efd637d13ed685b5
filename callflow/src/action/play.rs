//! Play Media: plays an audio file, a prompt, a stream or silence. KAZOO module `play`.

use crate::action::parts::announce::announce;
use crate::action::parts::sound;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Repeat;
use crate::directory::Directory;
use crate::value::{Int, Keys, MediaRef};

crate::fields! {
    /// Plays an audio file.
    pub struct Play {
        /// What the caller hears. A stream that is down plays nothing, and the call goes on.
        id: MediaRef = MediaRef::default(), "id", "Media";
        /// Answers the call first. Without it the sound is sent before the answer, as early media, which
        /// some carriers do not pass on.
        answer: bool = true, "answer", "Answer the call first";
        /// How often it is played.
        loop_count: Int<1, 1_000> = Int(1), "loop_count", "Times";
        /// Plays it over and over until a key is pressed.
        endless_playback: bool = false, "endless_playback", "Repeat until a key is pressed";
        /// Keys that stop it. None means that it cannot be stopped.
        terminators: Keys = Keys::all(), "terminators", "Keys that stop it";
    }
}

/// Phones need a moment after the answer before they play what arrives.
pub(super) const AFTER_ANSWER_MS: u64 = 100;

/// Answers, and waits that moment when it was not answered yet.
pub(super) async fn answer_gently(call: &mut Call) -> Result<(), Ended> {
    if !call.is_answered() {
        call.answer().await?;
        call.sleep(AFTER_ANSWER_MS).await?;
    }
    Ok(())
}

impl Play {
    fn is_endless(&self) -> bool {
        self.endless_playback || sound::is_endless(&self.id)
    }
}

impl Definition for Play {
    const MODULE: &'static str = "play";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Play Media",
        category: Category::Basic,
        icon: "volume-2",
        family: Family::Prompt,
        help: "Plays an audio file",
        synonyms: &[
            "media",
            "announcement",
            "prompt",
            "audio",
            "message",
            "music",
        ],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        if self.id.0.is_empty() {
            let message = "No media file chosen";
            found.push(Finding::error("FIELD_REQUIRED", Some("id"), message));
        }
        if self.is_endless() && self.terminators.0.is_empty() && !keys.is_empty() {
            found.push(Finding::warning(
                "PLAY_NEVER_ENDS",
                Some("terminators"),
                "Plays for ever and no key stops it: the next step is never reached",
            ));
        }
        found
    }

    fn caption(&self, directory: &Directory) -> Caption {
        Caption::text(sound::caption(directory, &self.id))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let Some(medium) = sound::resolve(call, &self.id) else {
            call.trouble("The media file is not there; nothing is played.");
            return Ok(Next::Continue);
        };
        if self.answer {
            answer_gently(call).await?;
        }
        let repeat = if self.is_endless() {
            Repeat::Forever
        } else {
            Repeat::Times(u32::try_from(self.loop_count.0).unwrap_or(1))
        };
        if let Some(key) = announce(call, vec![medium], repeat, &self.terminators.0).await? {
            // A caller who knows the menu that follows has already chosen.
            call.keep_digit(key);
        }
        Ok(Next::Continue)
    }
}

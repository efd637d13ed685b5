//! How long something audible takes, roughly.

use super::Scene;
use crate::command::{RecordingId, Repeat, Sound, Tone};
use std::collections::BTreeMap;

/// A system prompt, in milliseconds.
const PROMPT_MS: u64 = 2_500;
/// A medium of unknown length, in milliseconds.
const MEDIA_MS: u64 = 5_000;
/// One spoken digit, in milliseconds.
const DIGIT_MS: u64 = 500;
/// One spoken letter, in milliseconds: about 15 a second.
const LETTER_MS: u64 = 65;

/// Milliseconds of a list of sounds; `None` when it never ends.
pub(super) fn of(
    sounds: &[Sound],
    repeat: Repeat,
    scene: &Scene,
    recordings: &BTreeMap<RecordingId, u64>,
) -> Option<u64> {
    let Repeat::Times(times) = repeat else {
        return None;
    };
    let once: Option<u64> = sounds
        .iter()
        .map(|sound| one(sound, scene, recordings))
        .sum();
    Some(once?.saturating_mul(u64::from(times.max(1))))
}

fn one(sound: &Sound, scene: &Scene, recordings: &BTreeMap<RecordingId, u64>) -> Option<u64> {
    match sound {
        Sound::Prompt { .. } | Sound::Moment { .. } => Some(PROMPT_MS),
        Sound::Speak { text, .. } => {
            let letters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
            Some(letters.saturating_mul(LETTER_MS).saturating_add(500))
        }
        Sound::Digits { digits, .. } => Some(digits.chars().map(|_| DIGIT_MS).sum()),
        Sound::Media(id) => Some(scene.lengths.get(id).copied().unwrap_or(MEDIA_MS)),
        Sound::Recording(id) => Some(recordings.get(id).copied().unwrap_or(MEDIA_MS)),
        Sound::Message {
            mailbox,
            message,
            from_ms,
        } => {
            let mut held = scene.around.messages.get(mailbox).into_iter().flatten();
            let held = held.find(|held| held.id == *message);
            let whole = held.map_or(MEDIA_MS, |held| held.duration_ms);
            Some(whole.saturating_sub(*from_ms))
        }
        // Roughly what a name or a number takes.
        Sound::Name { .. } | Sound::Number { .. } => Some(1_000),
        Sound::Tones(tones) => tones.iter().map(tone).sum(),
        Sound::Silence { ms } => Some(u64::from(*ms)),
        // A stream ends when somebody ends it.
        Sound::Stream(_) => None,
    }
}

fn tone(tone: &Tone) -> Option<u64> {
    let once = u64::from(tone.on_ms) + u64::from(tone.off_ms);
    (tone.times > 0).then(|| once.saturating_mul(u64::from(tone.times)))
}

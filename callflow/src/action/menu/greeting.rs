//! Recording a menu's greeting by phone, after the greeting PIN.

use crate::action::parts::record::{self, Dictation};
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended};
use crate::command::{Repeat, Sound, Update};

/// Shortest greeting that is kept, in milliseconds (KAZOO: `min_greeting_length`).
const SHORTEST_MS: u64 = 1_500;
/// Longest greeting, in milliseconds.
const LONGEST_MS: u64 = 300_000;

/// Records, reviews and stores a greeting. Returns what the menu plays from now on, if it changed.
pub(super) async fn record(call: &mut Call, menu: &str) -> Result<Option<Sound>, Ended> {
    let wanted = Dictation {
        prompt: "vm-record_greeting",
        shortest_ms: SHORTEST_MS,
        longest_ms: LONGEST_MS,
    };
    match record::dictate(call, wanted).await? {
        Some(recording) => store(call, menu, recording).await.map(Some),
        None => Ok(None),
    }
}

async fn store(
    call: &mut Call,
    menu: &str,
    recording: crate::command::RecordingId,
) -> Result<Sound, Ended> {
    let stored = call
        .update(Update::MenuGreeting {
            menu: menu.to_owned(),
            recording: recording.clone(),
        })
        .await;
    let said = if stored {
        "vm-saved"
    } else {
        "fault-facility_trouble"
    };
    let sounds = vec![prompt(call, said), prompt(call, "menu-return")];
    call.play_through(sounds, Repeat::Times(1)).await?;
    Ok(Sound::Recording(recording))
}

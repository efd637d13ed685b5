//! Recording a menu's greeting by phone, after the greeting PIN.

use crate::action::parts::record::{self, Verdict};
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended};
use crate::command::{Repeat, Sound, Update};

/// Shortest greeting that is kept, in milliseconds (KAZOO: `min_greeting_length`).
const SHORTEST_MS: u64 = 1_500;
/// Longest greeting, in milliseconds.
const LONGEST_MS: u64 = 300_000;
/// How often somebody may record anew.
const MOST_TAKES: u32 = 10;

/// Records, reviews and stores a greeting. Returns what the menu plays from now on, if it changed.
pub(super) async fn record(call: &mut Call, menu: &str) -> Result<Option<Sound>, Ended> {
    let mut instructions = vec![prompt(call, "vm-record_greeting")];
    for _ in 0..MOST_TAKES {
        call.play_through(std::mem::take(&mut instructions), Repeat::Times(1))
            .await?;
        let Some(take) = record::take(call, LONGEST_MS).await? else {
            break;
        };
        if take.hung_up {
            // Nobody has listened to it: the old greeting stays.
            record::discard(call, take.recording).await;
            return Err(Ended);
        }
        if take.duration_ms < SHORTEST_MS {
            record::discard(call, take.recording).await;
            instructions = vec![
                prompt(call, "vm-recording_to_short"),
                prompt(call, "vm-record_greeting"),
            ];
            continue;
        }
        match record::review(call, &take.recording, false).await {
            Ok(Verdict::Again) => {
                record::discard(call, take.recording).await;
                instructions = vec![prompt(call, "vm-record_greeting")];
            }
            Ok(_) => return store(call, menu, take.recording).await.map(Some),
            Err(Ended) => {
                record::discard(call, take.recording).await;
                return Err(Ended);
            }
        }
    }
    Ok(None)
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

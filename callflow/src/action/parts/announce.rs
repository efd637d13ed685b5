//! Playing something that a key may cut short.

use crate::call::{Call, Ended};
use crate::command::{Repeat, Sound};
use crate::event::Event;

/// Plays until the end or until one of `keys` is pressed, which is returned. Other keys are kept for who
/// asks next. A failure is noted and counts as the end.
///
/// # Errors
/// When the caller has gone.
pub async fn announce(
    call: &mut Call,
    sounds: Vec<Sound>,
    repeat: Repeat,
    keys: &str,
) -> Result<Option<char>, Ended> {
    if sounds.is_empty() {
        return Ok(None);
    }
    let op = call.start_play(sounds, repeat);
    loop {
        let event = if keys.is_empty() {
            call.next().await?
        } else {
            call.next_or_key().await?
        };
        match event {
            Event::Digit { key } if keys.contains(key) => {
                call.cancel(op);
                return Ok(Some(key));
            }
            Event::Digit { key } => call.keep_digit(key),
            Event::Failed { op: failed, reason } if failed == op => {
                call.trouble(format!("Playing failed: {reason}"));
                return Ok(None);
            }
            event if event.op() == Some(op) => return Ok(None),
            _ => {}
        }
    }
}

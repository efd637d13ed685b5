//! The caller alone after a conversation: what After Bridge has asked for.

use crate::action::parts::transfer;
use crate::call::{AfterBridge, Call, Ended, Next};
use crate::command::{Command, Park, PresenceState, Unparked};
use crate::event::Event;

/// The called party has left. Whatever is done now, the flow does not go on below: who has talked hears no
/// announcement that nobody is there.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn alone(call: &mut Call) -> Result<Next, Ended> {
    // A fax or a page ends a flow too, and is no conversation.
    if !call.memory().was_bridged {
        return Ok(Next::Finished);
    }
    match call.memory_mut().after_bridge.take() {
        None | Some(AfterBridge::HangUp) => Ok(Next::Finished),
        Some(AfterBridge::Park) => park(call).await,
        Some(AfterBridge::Transfer(number)) => {
            call.forget();
            match transfer::to(call, &number).await? {
                next @ Next::Transfer { .. } => Ok(next),
                _ => Ok(Next::Finished),
            }
        }
    }
}

async fn park(call: &mut Call) -> Result<Next, Ended> {
    let park = Park {
        slot: None,
        last_slot: None,
        lamp: format!("*3{{slot}}@{}", call.account().realm),
        lamp_state: PresenceState::Ringing,
        music: None,
    };
    let parking = call.start(|op| Command::Park { op, park });
    loop {
        match call.next().await? {
            Event::Parked { op, slot } if op == parking => {
                call.did(format!("parked in slot {slot}"));
            }
            Event::Unparked { op, how } if op == parking => {
                if how != Unparked::Retrieved {
                    call.trouble("No parking slot is free; the call ends.");
                }
                return Ok(Next::Finished);
            }
            Event::Failed { op, reason } if op == parking => {
                call.trouble(format!("Parking failed: {reason}"));
                return Ok(Next::Finished);
            }
            Event::Digit { key } => call.keep_digit(key),
            _ => {}
        }
    }
}

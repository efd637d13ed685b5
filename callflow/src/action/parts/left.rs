//! The caller alone after a conversation: what After Bridge has asked for.

use crate::action::parts::transfer;
use crate::call::{AfterBridge, Call, Ended, Held, Next};
use crate::command::{Park, PresenceState, Unparked};

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
    let parking = call.start_park(park);
    loop {
        if let Held::Over(how) = call.held(parking, None).await? {
            if how.is_some_and(|how| how != Unparked::Retrieved) {
                call.trouble("No parking slot is free; the call ends.");
            }
            return Ok(Next::Finished);
        }
    }
}

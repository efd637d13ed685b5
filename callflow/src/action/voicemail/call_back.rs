//! Calling the sender of a message.

use super::menu::Visit;
use crate::action::parts::restriction;
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended, Next};
use crate::command::{Repeat, StoredMessage};
use crate::route::Origin;

impl Visit {
    /// The way to the sender, as if the caller had dialled the number. `None` when the caller may not, which is said.
    pub(super) async fn call_back(
        &self,
        call: &mut Call,
        message: &StoredMessage,
    ) -> Result<Option<Next>, Ended> {
        let number = message.caller.number.clone();
        // Who comes from outside would make calls at the account's cost.
        let allowed =
            call.info().origin == Origin::Internal && restriction::denied(call, &number).is_none();
        let route = call.find(&number).filter(|_| allowed && !number.is_empty());
        let Some(route) = route else {
            let said = if allowed {
                call.trouble(format!(
                    "No callflow answers the sender’s number “{number}”."
                ));
                "fault-can_not_be_completed_as_dialed"
            } else {
                "cf-unauthorized_call"
            };
            let sounds = vec![prompt(call, said)];
            call.play_through(sounds, Repeat::Times(1)).await?;
            return Ok(None);
        };
        call.did(format!("call the sender, {number}"));
        call.set_dialled(number);
        Ok(Some(Next::Callflow {
            target: route.callflow,
            capture: route.capture,
            comes_back: true,
        }))
    }
}

//! Being parked, and what may go on beside it.

use super::{Call, Ended};
use crate::command::{Command, OpId, Park, Unparked};
use crate::event::Event;

/// What happens to a parked call next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Held {
    /// It is in this slot now.
    In(String),
    /// Somebody has fetched it and talks with the caller.
    Fetched,
    /// Another party has taken the caller's place.
    Transferred,
    /// The parking has ended; `None` when it could not be done.
    Over(Option<Unparked>),
    /// The operation beside it has ended.
    Beside(Event),
}

impl Call {
    /// Starts parking the caller; what happens is told by [`Call::held`].
    pub(crate) fn start_park(&mut self, park: Park) -> OpId {
        self.start(|op| Command::Park { op, park })
    }

    /// The next thing that happens to a parked call, or the end of the operation beside it: a timer, or an
    /// attempt to ring somebody.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn held(&mut self, park: OpId, beside: Option<OpId>) -> Result<Held, Ended> {
        loop {
            match self.next().await? {
                Event::Digit { key } => self.keep_digit(key),
                Event::Transferred { by } => {
                    self.did(format!("take the place of {by}"));
                    return Ok(Held::Transferred);
                }
                event if event.op() == Some(park) => return Ok(self.told(event)),
                event if event.op().is_some() && event.op() == beside => {
                    return Ok(Held::Beside(event));
                }
                _ => {}
            }
        }
    }

    fn told(&mut self, event: Event) -> Held {
        match event {
            Event::Parked { slot, .. } => {
                self.did(format!("parked in slot {slot}"));
                Held::In(slot)
            }
            Event::Fetched { .. } => {
                self.memory.was_bridged = true;
                self.did("fetched from the slot");
                Held::Fetched
            }
            Event::Unparked { how, .. } => Held::Over(Some(how)),
            Event::Failed { reason, .. } => {
                self.trouble(format!("Parking failed: {reason}"));
                Held::Over(None)
            }
            _ => Held::Over(None),
        }
    }
}

//! The time in the slot: the announcement, the wait, the ring-back.

use super::{NO_SLOT, ParkAction, ToPark};
use crate::action::parts::{pickup, sound};
use crate::call::{Call, Dialed, Ended, Held, Next};
use crate::command::{Dial, Leg, OpId, Party, Repeat, Sound, Target, Unparked};
use crate::event::{DialOutcome, Event};
use crate::resource::Device;

/// Milliseconds that a reserved slot waits for the transfer.
const RESERVED_MS: u64 = 30_000;
/// The shortest time between two ring-backs, in milliseconds.
const LEAST_MS: u64 = 1_000;

/// What runs beside the parking.
enum Beside {
    Timer(OpId),
    Dial(OpId),
}

impl Beside {
    fn op(&self) -> OpId {
        match self {
            Self::Timer(op) | Self::Dial(op) => *op,
        }
    }
}

/// The music of who parks; `None` is the account's.
pub(super) fn music(call: &Call) -> Option<Sound> {
    let parker = call
        .transferred_by()
        .or_else(|| call.info().device.clone())?;
    let directory = &call.account().directory;
    let owner = directory.device(&parker)?.owner.as_ref()?;
    let music = directory.user(owner.id())?.music_on_hold.clone();
    sound::resolve(call, &music)
}

/// No slot can be had.
pub(super) fn no_slot(reason: String) -> Next {
    Next::Take {
        key: NO_SLOT.to_owned(),
        reason,
    }
}

/// Nobody took the call back.
fn not_taken(slot: &str) -> Next {
    Next::Take {
        key: slot.to_owned(),
        reason: "the phone that parked the call did not answer".to_owned(),
    }
}

fn after(how: Option<Unparked>) -> Next {
    match how {
        Some(Unparked::Retrieved) => Next::Finished,
        Some(Unparked::NoSlot) => no_slot("no slot is free".to_owned()),
        Some(Unparked::Occupied) | None => Next::Continue,
    }
}

/// The phone that parked the call, if it can be rung.
fn parker(call: &Call) -> Option<String> {
    let by = call.transferred_by()?;
    let device: Option<&Device> = call.account().directory.device(&by);
    device.is_some_and(|device| device.enabled).then_some(by)
}

impl ToPark {
    /// Parks until somebody fetches the call or the parker takes it back.
    pub(super) async fn hold(&self, call: &mut Call, slot: Option<String>) -> Result<Next, Ended> {
        let park = self.terms(call, slot.clone());
        let op = call.start_park(park);
        let slot = loop {
            match call.held(op, None).await? {
                Held::In(slot) => break slot,
                Held::Over(how) => {
                    return self.not_parked(call, how, &slot.unwrap_or_default()).await;
                }
                _ => {}
            }
        };
        if self.action != ParkAction::Direct
            && call.transferred_by().is_none()
            && let Some(next) = reserve(call, op, &slot).await?
        {
            return Ok(next);
        }
        self.wait(call, op, &slot).await
    }

    /// The slot could not be had. Whoever transferred a call to it is rung at once: nobody else knows of it.
    async fn not_parked(
        &self,
        call: &mut Call,
        how: Option<Unparked>,
        slot: &str,
    ) -> Result<Next, Ended> {
        let no_way =
            how == Some(Unparked::NoSlot) && !call.has_branch(NO_SLOT) && !call.has_branch("_");
        let occupied = how == Some(Unparked::Occupied);
        if occupied {
            call.did(format!("slot {slot} is taken"));
        }
        if (occupied || no_way)
            && let Some(dial) = self.ring_back(call, slot)
        {
            let event = call.finish(dial).await?;
            return Ok(match call.after_dial(dial, event).await? {
                Dialed::Talked => Next::Finished,
                _ => not_taken(slot),
            });
        }
        if occupied {
            return pickup::say(call, "park-already_in_use").await;
        }
        Ok(after(how))
    }

    async fn wait(&self, call: &mut Call, op: OpId, slot: &str) -> Result<Next, Ended> {
        let mut beside: Option<Beside> = None;
        let mut fetched = false;
        loop {
            let ms = self.milliseconds(slot, "ringback_timeout", self.ringback.0);
            if beside.is_none() && !fetched && ms > 0 && parker(call).is_some() {
                beside = Some(Beside::Timer(call.start_timer(ms.max(LEAST_MS))));
            }
            match call.held(op, beside.as_ref().map(Beside::op)).await? {
                Held::In(_) | Held::Transferred => {}
                Held::Fetched => {
                    fetched = true;
                    beside
                        .take()
                        .into_iter()
                        .for_each(|other| call.cancel(other.op()));
                }
                Held::Over(how) => {
                    beside
                        .take()
                        .into_iter()
                        .for_each(|other| call.cancel(other.op()));
                    return Ok(after(how));
                }
                Held::Beside(event) => match beside.take() {
                    Some(Beside::Dial(dial)) => {
                        if let Some(next) = taken_back(call, op, slot, dial, event).await? {
                            return Ok(next);
                        }
                    }
                    _ => beside = self.ring_back(call, slot).map(Beside::Dial),
                },
            }
        }
    }

    /// Rings the phone that parked the call. Do not disturb does not keep it from its own call.
    fn ring_back(&self, call: &mut Call, slot: &str) -> Option<OpId> {
        let parker = parker(call)?;
        let caller = call.caller_shown();
        let who = if caller.name.is_empty() {
            &caller.number
        } else {
            &caller.name
        };
        let ms = self.milliseconds(slot, "callback_timeout", self.callback.0);
        let shown = Party {
            name: format!("Parking slot {slot} - {who}"),
            number: caller.number.clone(),
        };
        let dial = Dial {
            legs: vec![Leg::to(Target::Device(parker))],
            timeout_ms: Some(ms),
            ringback: None,
            ignore_early_media: true,
            fail_on_single_reject: false,
            ignore_forward: true,
            caller: shown,
            privacy: call.privacy(),
        };
        Some(call.start_dial(dial))
    }
}

/// The ring-back has ended. `None` when the call stays parked.
async fn taken_back(
    call: &mut Call,
    park: OpId,
    slot: &str,
    dial: OpId,
    event: Event,
) -> Result<Option<Next>, Ended> {
    let answered = matches!(
        event,
        Event::Dialed {
            outcome: DialOutcome::Answered { .. },
            ..
        }
    );
    if answered {
        call.cancel(park);
    }
    if call.after_dial(dial, event).await? == Dialed::Talked {
        return Ok(Some(Next::Finished));
    }
    let leads_on = call.has_branch(slot) || call.has_branch("_");
    if leads_on || answered {
        call.cancel(park);
        return Ok(Some(not_taken(slot)));
    }
    Ok(None)
}

/// Tells who dialled which slot is reserved, and waits for the transfer. `None` when the call is to stay there.
async fn reserve(call: &mut Call, park: OpId, slot: &str) -> Result<Option<Next>, Ended> {
    let digits = Sound::Digits {
        digits: slot.to_owned(),
        language: call.language().to_owned(),
    };
    let place = sound::prompt(call, "park-call_placed_in_spot");
    let play = call.start_play(vec![place, digits], Repeat::Times(1));
    let timer = call.start_timer(RESERVED_MS);
    let next = loop {
        match call.held(park, Some(timer)).await? {
            Held::In(_) => {}
            Held::Transferred | Held::Fetched => break None,
            Held::Over(how) => break Some(after(how)),
            Held::Beside(_) => {
                call.cancel(park);
                call.did(format!("free slot {slot}: no call was transferred to it"));
                break Some(Next::Continue);
            }
        }
    };
    call.cancel(play);
    call.cancel(timer);
    Ok(next)
}

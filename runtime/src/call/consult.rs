//! Attended transfer by keys: the one who transfers asks the target first, while the other party waits on hold.
//!
//! Hanging up joins the two, also while the target still rings. A sequence of keys takes the waiting party back.

use super::bridge::Bridged;
use super::caller::Caller;
use super::line::Said;
use super::party::Party;
use super::transfer::{Place, Target};
use super::{Call, audio};
use crate::execute;
use callflow::event::Side;
use callflow::{Cause, Command, Event};
use jiff::Timestamp;
use sip::event::CallId;

/// Keys that take the waiting party back, when nothing is said.
const TAKE_BACK: &str = "*1";
/// Keys that are remembered to find those.
const REMEMBERED: usize = 16;
/// Told when the waiting party was taken back.
const TAKEN_BACK: u16 = 480;

/// What is known of a consultation.
pub(crate) struct Consulting {
    take_back: String,
    keys: String,
}

fn attended_transfer() -> Cause {
    Cause::named("ATTENDED_TRANSFER")
}

impl Call {
    /// Lets a side of the conversation ask the target, while the other waits.
    pub(super) async fn consult(
        &mut self,
        leg: CallId,
        device: String,
        target: Target,
        take_back: String,
    ) {
        let Some(mut conversation) = self.bridged.take() else {
            return;
        };
        conversation.listeners.clear();
        let moved = (leg != self.caller.leg).then_some(self.caller.leg);
        audio::warn(self.caller.audio.leg.unbridge());
        let (conversation, place) = self.make_caller(conversation, moved);
        let asks = Consulting {
            take_back: if take_back.is_empty() {
                TAKE_BACK.to_owned()
            } else {
                take_back
            },
            keys: String::new(),
        };
        let by = device.clone();
        self.go_to(target, device, conversation, place, Some(asks))
            .await;
        self.let_wait(&by).await;
        let commands = self.interpreter.start(Timestamp::now());
        self.perform(commands).await;
    }

    /// The other party hears the music of the one who asks.
    async fn let_wait(&mut self, by: &str) {
        let music = self.music_of(by);
        let transfer = self.transfer.as_mut();
        let waiting = transfer.and_then(|it| it.conversation.as_mut());
        match waiting.map(|it| &it.party) {
            Some(Party::Phone(phone)) => {
                let side = phone.call;
                self.hold(side, true, music).await;
            }
            Some(Party::Call(neighbour)) => {
                neighbour.line.say(Said::Hold(music));
            }
            None => {}
        }
    }

    /// The side of a conversation that the device has which asked.
    pub(super) fn transferring_side(&self, by: &str) -> CallId {
        let phone = self.bridged.as_ref().and_then(|it| it.party.phone());
        let phone = phone.filter(|it| it.device.as_deref() == Some(by));
        phone.map_or(self.caller.leg, |it| it.call)
    }

    /// The one who asks has pressed a key. Whether it has taken the waiting party back.
    pub(super) async fn takes_back(&mut self, by: CallId, key: char) -> bool {
        let is_caller = by == self.caller.leg;
        let transfer = self.transfer.as_mut().filter(|_| is_caller);
        let Some(asks) = transfer.and_then(|it| it.asks.as_mut()) else {
            return false;
        };
        if asks.keys.len() >= REMEMBERED {
            asks.keys.remove(0);
        }
        asks.keys.push(key);
        if !asks.keys.ends_with(&asks.take_back) {
            return false;
        }
        self.stop_consulting().await;
        true
    }

    /// Ends what the one who asks has begun, and goes back to the conversation that waits.
    async fn stop_consulting(&mut self) {
        let cause = Cause::ORIGINATOR_CANCEL;
        let commands = self
            .interpreter
            .handle(Timestamp::now(), Event::HungUp { cause });
        let trace = self.interpreter.take_trace();
        self.record.trace(trace);
        for command in commands {
            if !matches!(command, Command::End { .. }) {
                Box::pin(execute::execute(self, command)).await;
            }
        }
        let transfer = self.transfer.take();
        self.drop_phones().await;
        self.drop_pickup();
        self.stop_parking().await;
        self.leave_room(None);
        self.stop_play();
        self.transfer = transfer;
        self.goes_back(TAKEN_BACK).await;
    }

    /// The waiting party has hung up: the other two go on with each other.
    pub(super) async fn nobody_waits(&mut self) {
        let Some(transfer) = self.transfer.take() else {
            return;
        };
        if let Some(conversation) = transfer.conversation {
            match conversation.party {
                Party::Phone(phone) => {
                    let cause = Cause::NORMAL_CLEARING;
                    self.record.ended(phone.record, cause.as_str(), None);
                    self.let_go(phone).await;
                }
                party @ Party::Call(_) => self.leave(party, &Cause::NORMAL_CLEARING).await,
            }
        }
        self.conclude(transfer.before).await;
    }

    /// The one who asked has hung up: the waiting party takes that place. Whether it is the caller now.
    pub(super) async fn joins_the_waiting(&mut self) -> bool {
        let asks = |it: &mut super::transfer::Transfer| it.asks.is_some();
        let Some(transfer) = self.transfer.take_if(asks) else {
            return false;
        };
        let cause = attended_transfer();
        self.record.ended(self.caller.record, cause.as_str(), None);
        self.record.tag(vec![
            ("transferred_to".to_owned(), transfer.dialled.clone()),
            ("transferred_by".to_owned(), transfer.by.clone()),
        ]);
        let party = transfer.conversation.map(|it| it.party);
        let here = match party {
            Some(Party::Phone(phone)) => {
                let who = match transfer.place {
                    Place::Phone(caller) => caller,
                    _ => self.who_is(&phone),
                };
                let hops = self.caller.max_forwards;
                self.stop_showing_caller().await;
                let caller = Caller::of_phone(phone, who, hops);
                let gone = std::mem::replace(&mut self.caller, caller);
                if let Ok(stats) = gone.audio.leg.stats().await {
                    self.record.media(gone.record, stats);
                }
                self.hold(self.caller.leg, false, None).await;
                self.meet().await;
                true
            }
            Some(Party::Call(neighbour)) => {
                self.meet_neighbour(neighbour, transfer.by, transfer.dialled)
                    .await;
                false
            }
            None => false,
        };
        self.conclude(transfer.before).await;
        here
    }

    /// The new caller hears whoever the callflow has brought.
    async fn meet(&mut self) {
        let neighbour = self.bridged.as_ref().and_then(Bridged::neighbour);
        match neighbour.and_then(|it| it.line.far.clone()) {
            Some(far) => {
                audio::warn(self.caller.audio.leg.move_to(&far.leg).await);
                let here = Said::Here(self.caller_as_far());
                if let Some(neighbour) = self.bridged.as_ref().and_then(Bridged::neighbour) {
                    neighbour.line.say(here);
                }
            }
            None if self.bridged.is_some() => self.reconnect().await,
            None => self.ring_anew().await,
        }
    }

    /// The waiting party is in another call: it goes on with whoever has answered, or dials the target itself.
    async fn meet_neighbour(
        &mut self,
        mut neighbour: super::party::Neighbour,
        by: String,
        dialled: String,
    ) {
        let far = neighbour.line.far.clone();
        let bridged = self.bridged.as_mut();
        let phone = bridged.and_then(|it| it.party.phone_mut());
        let (Some(phone), Some(far)) = (phone, far) else {
            neighbour.line.say(Said::Transfer {
                by,
                dialled,
                capture: None,
            });
            let cause = attended_transfer();
            return self.leave(Party::Call(neighbour), &cause).await;
        };
        audio::warn(phone.audio.leg.move_to(&far.leg).await);
        neighbour.line.far = Some(far);
        neighbour.line.say(Said::Resume);
        let phone = self.bridged.as_ref().and_then(|it| it.party.phone());
        if let Some(here) = phone.map(|phone| self.phone_as_far(phone)) {
            neighbour.line.say(Said::Here(here));
        }
        if let Some(bridged) = &mut self.bridged {
            let told = bridged.over(Side::Caller);
            bridged.stand_in = Some(neighbour);
            self.events.extend(told);
        }
    }
}

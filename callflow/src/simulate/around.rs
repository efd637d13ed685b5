//! What the rest of the exchange is like while a call is simulated.

use crate::command::{
    Folder, Park, Pickup, PickupMode, PickupTarget, StoredMessage, Unparked, Update,
};
use crate::live::Live;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The first parking slot that is given when none is named.
const FIRST_SLOT: u32 = 101;

/// What another system answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status; 0 when it cannot be reached.
    pub status: u16,
    /// The media type of the body.
    pub content_type: String,
    /// The body.
    pub body: String,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            status: 200,
            content_type: "text/plain".to_owned(),
            body: String::new(),
        }
    }
}

/// A conference room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Who is in it already.
    pub members: u32,
    /// Nobody is let in.
    pub locked: bool,
}

/// The fax machine that calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FaxCaller {
    /// A person calls.
    #[default]
    Person,
    /// It sends so many pages.
    Sends(u32),
    /// It breaks off, and why.
    BreaksOff(String),
}

/// What the rest of the exchange is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Switches that people have turned by phone.
    pub live: Live,
    /// Messages in mailboxes, by the mailbox's id, oldest first.
    pub messages: BTreeMap<String, Vec<StoredMessage>>,
    /// Nothing can be stored.
    pub storing_fails: bool,
    /// What other systems answer, in order.
    pub answers: VecDeque<Answer>,
    /// What they answer after that: without more said, an empty 200.
    pub answer: Answer,
    /// Conference rooms by id.
    pub rooms: BTreeMap<String, Room>,
    /// Parking slots that are taken.
    pub parked: BTreeSet<String>,
    /// Calls of devices, by the device's id or the call's; whether each has been answered.
    pub calls: BTreeMap<String, bool>,
    /// The fax machine that calls.
    pub fax: FaxCaller,
}

impl Around {
    /// Puts messages into a mailbox: so many new ones, each five seconds long.
    pub fn fill(&mut self, mailbox: &str, messages: impl IntoIterator<Item = StoredMessage>) {
        let held = self.messages.entry(mailbox.to_owned()).or_default();
        held.extend(messages);
    }

    /// The messages of a mailbox that are not deleted.
    pub(super) fn held(&self, mailbox: &str) -> Vec<StoredMessage> {
        let held = self.messages.get(mailbox).into_iter().flatten();
        held.filter(|message| message.folder != Folder::Deleted)
            .cloned()
            .collect()
    }

    /// Makes a change, as far as later questions see it.
    pub(super) fn update(&mut self, update: Update) -> Result<(), String> {
        if self.storing_fails {
            return Err("nothing can be stored".to_owned());
        }
        match update {
            Update::Live(change) => self.live.apply(change),
            Update::MoveMessage {
                mailbox,
                message,
                folder,
            } => {
                let held = self.messages.entry(mailbox).or_default();
                let found = held.iter_mut().find(|held| held.id == message);
                found.ok_or("there is no such message")?.folder = folder;
            }
            _ => {}
        }
        Ok(())
    }

    /// The slot that a call is put into.
    pub(super) fn park(&mut self, park: &Park) -> Result<String, Unparked> {
        let slot = match &park.slot {
            Some(slot) if self.parked.contains(slot) => return Err(Unparked::Occupied),
            Some(slot) => slot.clone(),
            None => (FIRST_SLOT..=park.last_slot.unwrap_or(u32::MAX))
                .map(|slot| slot.to_string())
                .find(|slot| !self.parked.contains(slot))
                .ok_or(Unparked::NoSlot)?,
        };
        self.parked.insert(slot.clone());
        Ok(slot)
    }

    /// How many calls are meant.
    pub(super) fn pick_up(&mut self, pickup: &Pickup) -> u32 {
        let fits = |id: &String| {
            self.calls
                .get(id)
                .is_some_and(|answered| match pickup.mode {
                    PickupMode::Ringing => !answered,
                    PickupMode::Any => true,
                    PickupMode::Move | PickupMode::Listen => *answered,
                })
        };
        let found = match &pickup.target {
            PickupTarget::Devices(devices) => devices.iter().filter(|id| fits(id)).count(),
            PickupTarget::Slot(slot) => usize::from(self.parked.remove(slot)),
            PickupTarget::Call(id) => usize::from(fits(id)),
        };
        u32::try_from(found).unwrap_or(u32::MAX)
    }
}

//! Where the calls of an account find each other: whose phones ring or talk in which call, and who is parked where.

use crate::call::Request;
use callflow::AccountId;
use callflow::command::{Pickup, PickupMode, PickupTarget, Unparked};
use sip::event::CallId;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Requests that may wait for one call; who comes then finds the call engaged.
const REQUESTS: usize = 16;
/// The first slot that is taken when none is named.
const FIRST_SLOT: u32 = 101;

/// The calls and slots of all accounts. Copies speak of the same ones.
#[derive(Clone, Default)]
pub(crate) struct Switchboard(Arc<Mutex<HashMap<AccountId, Calls>>>);

/// The calls of one account.
#[derive(Default)]
struct Calls {
    /// By the call's id: oldest first.
    calls: BTreeMap<String, Known>,
    /// The parked call in each slot.
    slots: BTreeMap<String, String>,
}

/// A call as others may know it.
struct Known {
    requests: mpsc::Sender<Request>,
    phones: Phones,
}

/// What the devices of one call do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Phones {
    /// They ring.
    pub(crate) ringing: Vec<String>,
    /// They are in the call's conversation.
    pub(crate) talking: Vec<String>,
    /// Legs whose place another call may take (RFC 3891).
    pub(crate) legs: Vec<CallId>,
}

/// Which part of a call is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What this device takes part in.
    Device(String),
    /// The caller, parked in this slot.
    Slot(String),
    /// The place of this leg.
    Leg(CallId),
    /// Whatever there is of it.
    Anything,
}

/// A call that may be the one that is meant.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) requests: mpsc::Sender<Request>,
    pub(crate) wanted: Wanted,
}

impl Switchboard {
    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Calls>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call be found until its place is dropped. What others want of it comes on the receiver.
    pub(crate) fn enter(
        &self,
        account: &AccountId,
        call: &str,
    ) -> (Place, mpsc::Receiver<Request>) {
        let (requests, asked) = mpsc::channel(REQUESTS);
        let known = Known {
            requests,
            phones: Phones::default(),
        };
        let mut all = self.lock();
        let of_account = all.entry(account.clone()).or_default();
        of_account.calls.insert(call.to_owned(), known);
        let place = Place {
            board: self.clone(),
            account: account.clone(),
            call: call.to_owned(),
            shown: Phones::default(),
        };
        (place, asked)
    }

    /// The call that has a leg.
    pub(crate) fn with_leg(&self, account: &AccountId, leg: CallId) -> Option<Found> {
        let all = self.lock();
        let mut calls = all.get(account)?.calls.values();
        let known = calls.find(|known| known.phones.legs.contains(&leg))?;
        Some(Found {
            requests: known.requests.clone(),
            wanted: Wanted::Leg(leg),
        })
    }

    /// The calls that a pickup may mean, likeliest first: ringing ones before answered ones, older ones before
    /// younger ones.
    pub(crate) fn find(&self, account: &AccountId, pickup: &Pickup) -> Vec<Found> {
        let all = self.lock();
        let Some(of_account) = all.get(account) else {
            return Vec::new();
        };
        match &pickup.target {
            PickupTarget::Slot(slot) => of_account
                .slots
                .get(slot)
                .and_then(|call| of_account.found(call, Wanted::Slot(slot.clone())))
                .into_iter()
                .collect(),
            PickupTarget::Call(call) => Vec::from_iter(of_account.found(call, Wanted::Anything)),
            PickupTarget::Devices(devices) => {
                let rings = matches!(pickup.mode, PickupMode::Ringing | PickupMode::Any);
                let talks = pickup.mode != PickupMode::Ringing;
                let ringing = of_account.with(devices, |phones| &phones.ringing);
                let talking = of_account.with(devices, |phones| &phones.talking);
                let ringing = ringing.filter(|_| rings);
                ringing.chain(talking.filter(|_| talks)).collect()
            }
        }
    }
}

impl Calls {
    fn found(&self, call: &str, wanted: Wanted) -> Option<Found> {
        let known = self.calls.get(call)?;
        Some(Found {
            requests: known.requests.clone(),
            wanted,
        })
    }

    /// The calls in which one of the devices does something.
    fn with<'a>(
        &'a self,
        devices: &'a [String],
        doing: impl Fn(&Phones) -> &Vec<String> + 'a,
    ) -> impl Iterator<Item = Found> + 'a {
        self.calls.values().filter_map(move |known| {
            let mut theirs = doing(&known.phones).iter();
            let device = theirs.find(|device| devices.contains(device))?;
            Some(Found {
                requests: known.requests.clone(),
                wanted: Wanted::Device(device.clone()),
            })
        })
    }
}

/// A call's place on the switchboard. Nobody finds the call once it is dropped, also by a call that fails.
pub(crate) struct Place {
    board: Switchboard,
    account: AccountId,
    call: String,
    shown: Phones,
}

impl Place {
    /// Says what the call's devices do now.
    pub(crate) fn show(&mut self, phones: Phones) {
        if self.shown == phones {
            return;
        }
        self.shown.clone_from(&phones);
        let mut all = self.board.lock();
        let calls = all.get_mut(&self.account).map(|it| &mut it.calls);
        if let Some(known) = calls.and_then(|calls| calls.get_mut(&self.call)) {
            known.phones = phones;
        }
    }

    /// Takes a parking slot for the call: the named one, else the lowest free one from 101 up to `last`.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn take_slot(
        &self,
        named: Option<String>,
        last: Option<u32>,
    ) -> Result<Slot, Unparked> {
        let mut all = self.board.lock();
        let slots = &mut all.entry(self.account.clone()).or_default().slots;
        let name = match named {
            Some(name) if slots.contains_key(&name) => return Err(Unparked::Occupied),
            Some(name) => name,
            None => (FIRST_SLOT..=last.unwrap_or(u32::MAX))
                .map(|number| number.to_string())
                .find(|name| !slots.contains_key(name))
                .ok_or(Unparked::NoSlot)?,
        };
        slots.insert(name.clone(), self.call.clone());
        drop(all);
        Ok(Slot {
            board: self.board.clone(),
            account: self.account.clone(),
            name,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.board.lock();
        if let Some(of_account) = all.get_mut(&self.account) {
            of_account.calls.remove(&self.call);
            if of_account.calls.is_empty() && of_account.slots.is_empty() {
                all.remove(&self.account);
            }
        }
    }
}

/// A parking slot that is taken. Dropping it frees it.
pub(crate) struct Slot {
    board: Switchboard,
    account: AccountId,
    name: String,
}

impl Slot {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut all = self.board.lock();
        if let Some(of_account) = all.get_mut(&self.account) {
            of_account.slots.remove(&self.name);
            if of_account.calls.is_empty() && of_account.slots.is_empty() {
                all.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phones(ringing: &[&str], talking: &[&str]) -> Phones {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Phones {
            ringing: owned(ringing),
            talking: owned(talking),
            legs: Vec::new(),
        }
    }

    fn found(board: &Switchboard, account: &str, mode: PickupMode) -> Vec<Wanted> {
        let pickup = Pickup {
            target: PickupTarget::Devices(vec!["desk".into(), "soft".into()]),
            mode,
        };
        let found = board.find(&account.into(), &pickup);
        found.into_iter().map(|found| found.wanted).collect()
    }

    #[test]
    fn calls_are_found_by_what_their_phones_do_and_only_in_their_account() {
        let board = Switchboard::default();
        let (mut older, _asked) = board.enter(&"a".into(), "1");
        let (mut younger, _too) = board.enter(&"a".into(), "2");
        let (mut strange, _other) = board.enter(&"b".into(), "3");
        older.show(phones(&["other"], &["desk"]));
        younger.show(phones(&["soft"], &[]));
        strange.show(phones(&["desk"], &["desk"]));
        let device = |name: &str| Wanted::Device(name.to_owned());
        assert_eq!(found(&board, "a", PickupMode::Ringing), [device("soft")]);
        assert_eq!(
            found(&board, "a", PickupMode::Any),
            [device("soft"), device("desk")]
        );
        for mode in [PickupMode::Move, PickupMode::Listen] {
            assert_eq!(found(&board, "a", mode), [device("desk")]);
        }
        younger.show(Phones::default());
        drop(older);
        assert_eq!(found(&board, "a", PickupMode::Any), []);
        assert_eq!(found(&board, "b", PickupMode::Ringing), [device("desk")]);
        drop((younger, strange));
        assert!(board.lock().is_empty());
    }

    #[test]
    fn lowest_free_slot_is_taken_and_a_dropped_one_is_free_again_and_accounts_are_apart() {
        let board = Switchboard::default();
        let (place, _asked) = board.enter(&"a".into(), "1");
        let (other, _too) = board.enter(&"b".into(), "2");
        let take = |slot: Option<&str>, last| place.take_slot(slot.map(str::to_owned), last);
        let first = take(None, None).unwrap();
        let third = take(Some("103"), None).unwrap();
        let second = take(None, Some(102)).unwrap();
        let names = [&first, &second, &third].map(Slot::name);
        assert_eq!(names, ["101", "102", "103"]);
        assert!(matches!(take(None, Some(103)), Err(Unparked::NoSlot)));
        assert!(matches!(take(Some("102"), None), Err(Unparked::Occupied)));
        assert_eq!(other.take_slot(None, None).unwrap().name(), "101");
        drop(second);
        assert_eq!(take(None, Some(103)).unwrap().name(), "102");
        let of = |slot: &str| {
            let target = PickupTarget::Slot(slot.to_owned());
            let mode = PickupMode::Any;
            board.find(&"a".into(), &Pickup { target, mode }).len()
        };
        assert_eq!((of("101"), of("102")), (1, 0));
        let by_id = |account: &str| {
            let target = PickupTarget::Call("1".to_owned());
            let mode = PickupMode::Any;
            board.find(&account.into(), &Pickup { target, mode }).len()
        };
        assert_eq!((by_id("a"), by_id("b")), (1, 0));
        drop((first, third, place, other));
        assert!(board.lock().is_empty());
    }
}

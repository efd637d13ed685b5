//! Phones that are in a call, over all calls.

use callflow::AccountId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Counts = Mutex<HashMap<(AccountId, String), usize>>;

/// How many calls each phone is in.
#[derive(Clone, Default)]
pub(crate) struct Occupied(Arc<Counts>);

/// A phone's part in a call; dropping it ends that part.
pub(crate) struct Part {
    occupied: Occupied,
    phone: (AccountId, String),
}

impl Occupied {
    fn lock(&self) -> MutexGuard<'_, HashMap<(AccountId, String), usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A phone of an account takes part in a call from now on.
    pub(crate) fn enter(&self, account: &AccountId, device: &str) -> Part {
        let phone = (account.clone(), device.to_owned());
        *self.lock().entry(phone.clone()).or_default() += 1;
        Part {
            occupied: self.clone(),
            phone,
        }
    }

    /// Whether a phone is in a call.
    pub(crate) fn is_busy(&self, account: &AccountId, device: &str) -> bool {
        self.lock()
            .contains_key(&(account.clone(), device.to_owned()))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut all = self.occupied.lock();
        if let Some(count) = all.get_mut(&self.phone) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.phone);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_is_busy_until_its_last_call_ends_and_in_its_own_account_only() {
        let occupied = Occupied::default();
        let (one, other) = (AccountId::from("one"), AccountId::from("other"));
        let first = occupied.enter(&one, "desk");
        let second = occupied.enter(&one, "desk");
        assert!(!occupied.is_busy(&other, "desk"));
        drop(first);
        assert!(occupied.is_busy(&one, "desk"));
        drop(second);
        assert!(!occupied.is_busy(&one, "desk"));
        assert!(occupied.lock().is_empty());
    }
}

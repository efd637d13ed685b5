//! Switches that people have turned by phone, by account, as stored last.

use callflow::AccountId;
use callflow::live::{Live, LiveChange};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The switches of all accounts.
#[derive(Default)]
pub(crate) struct Switches(Mutex<HashMap<AccountId, Arc<Live>>>);

impl Switches {
    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Arc<Live>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The switches as the control side knows them.
    pub(crate) fn set(&self, account: &AccountId, live: Arc<Live>) {
        self.lock().insert(account.clone(), live);
    }

    /// One switch has been turned and stored.
    pub(crate) fn turn(&self, account: &AccountId, change: LiveChange) {
        let mut all = self.lock();
        let live = all.entry(account.clone()).or_default();
        Arc::make_mut(live).apply(change);
    }

    pub(crate) fn get(&self, account: &AccountId) -> Arc<Live> {
        self.lock().get(account).map(Arc::clone).unwrap_or_default()
    }

    pub(crate) fn forget(&self, account: &AccountId) {
        self.lock().remove(account);
    }
}

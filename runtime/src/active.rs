//! The calls in progress, and where each of them is: what those see who watch.

use crate::net::SessionId;
use crate::report::CallStart;
use callflow::trace::{Entry, Step};
use callflow::{AccountId, CallflowId, NodeId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Steps of a call's path that are kept; a call that goes on forgets its first ones.
const LONGEST_PATH: usize = 200;

/// A call in progress.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveCall {
    /// How it began.
    pub start: CallStart,
    /// When the caller was answered.
    pub answered_at: Option<Timestamp>,
    /// The steps it went through, oldest first; the last is where it is.
    pub path: Vec<(CallflowId, NodeId)>,
    /// What goes on there.
    pub doing: Doing,
}

/// What goes on at a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Doing {
    /// Nothing that could be told.
    #[default]
    Nothing,
    /// The caller listens to something.
    Listening,
    /// Phones ring.
    Ringing {
        /// How many.
        phones: usize,
    },
    /// The caller talks with somebody.
    Talking {
        /// The device; another call's where the caller was taken over.
        device: String,
    },
}

impl ActiveCall {
    pub(crate) fn new(start: CallStart) -> Self {
        Self {
            start,
            answered_at: None,
            path: Vec::new(),
            doing: Doing::Nothing,
        }
    }

    fn follow(&mut self, entry: &Entry) {
        self.doing = match &entry.step {
            Step::Entered { .. } => {
                if let Some(node) = entry.node {
                    if self.path.len() >= LONGEST_PATH {
                        self.path.remove(0);
                    }
                    self.path.push((entry.callflow.clone(), node));
                }
                Doing::Nothing
            }
            Step::Played { .. } => Doing::Listening,
            Step::Rang { devices } => Doing::Ringing {
                phones: devices.len(),
            },
            Step::PickedUp { device } => Doing::Talking {
                device: device.clone(),
            },
            Step::NotReached { .. } | Step::Talked { .. } => Doing::Nothing,
            _ => return,
        };
    }
}

/// How many calls there were since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// That began.
    pub begun: u64,
    /// Whose caller was answered.
    pub answered: u64,
    /// From the beginning to the answer, all together, in milliseconds.
    pub set_up_ms: u64,
    /// That are over.
    pub ended: u64,
}

/// A call and the way to end it.
struct Known {
    call: ActiveCall,
    session: SessionId,
    end: CancellationToken,
}

/// What is known of all calls.
#[derive(Default)]
struct State {
    counts: CallCounts,
    /// By id, which grows with time.
    calls: BTreeMap<String, Known>,
    /// The ids of each account's calls: whoever watches one account must not look through all calls.
    of: HashMap<AccountId, BTreeSet<String>>,
}

/// The calls in progress.
#[derive(Default)]
pub(crate) struct ActiveCalls {
    state: Mutex<State>,
    /// Counts what changes.
    changes: watch::Sender<u64>,
}

impl ActiveCalls {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there were.
    pub(crate) fn counts(&self) -> CallCounts {
        self.lock().counts
    }

    fn changed(&self) {
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Tells of every change from now on; several may be told as one.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// A call begins, which ends when `end` is cancelled.
    pub(crate) fn add(&self, call: ActiveCall, session: SessionId, end: CancellationToken) {
        let (id, account) = (call.start.id.clone(), call.start.account.clone());
        let mut state = self.lock();
        state.counts.begun += 1;
        state.of.entry(account).or_default().insert(id.clone());
        state.calls.insert(id, Known { call, session, end });
        drop(state);
        self.changed();
    }

    pub(crate) fn answered(&self, id: &str, at: Timestamp) {
        let mut state = self.lock();
        state.counts.answered += 1;
        if let Some(Known { call, .. }) = state.calls.get_mut(id) {
            call.answered_at = Some(at);
            let took = at.duration_since(call.start.started_at).as_millis();
            state.counts.set_up_ms += u64::try_from(took).unwrap_or_default();
        }
        drop(state);
        self.changed();
    }

    /// Takes note of what a call has come through.
    pub(crate) fn followed(&self, id: &str, trace: &[Entry]) {
        if trace.is_empty() {
            return;
        }
        if let Some(Known { call, .. }) = self.lock().calls.get_mut(id) {
            for entry in trace {
                call.follow(entry);
            }
        }
        self.changed();
    }

    pub(crate) fn remove(&self, id: &str) -> Option<ActiveCall> {
        let mut state = self.lock();
        let removed = state.calls.remove(id).map(|known| known.call);
        if let Some(call) = &removed {
            state.counts.ended += 1;
            let account = &call.start.account;
            if let Some(ids) = state.of.get_mut(account) {
                ids.remove(id);
                if ids.is_empty() {
                    state.of.remove(account);
                }
            }
        }
        drop(state);
        self.changed();
        removed
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().calls.len()
    }

    pub(crate) fn all(&self) -> Vec<ActiveCall> {
        let state = self.lock();
        let calls = state.calls.values();
        calls.map(|known| known.call.clone()).collect()
    }

    /// The calls of an account, oldest first, `most` at most.
    pub(crate) fn of(&self, account: &AccountId, most: usize) -> Vec<ActiveCall> {
        let state = self.lock();
        let ids = state.of.get(account).into_iter().flatten();
        let known = ids.filter_map(|id| state.calls.get(id));
        known.take(most).map(|it| it.call.clone()).collect()
    }

    /// What signalling calls a call of an account.
    pub(crate) fn session(&self, account: &AccountId, id: &str) -> Option<SessionId> {
        let state = self.lock();
        let known = state.calls.get(id);
        let own = known.filter(|it| it.call.start.account == *account);
        own.map(|it| it.session)
    }

    /// Has a call of an account hung up. Whether there is such a call.
    pub(crate) fn hang_up(&self, account: &AccountId, id: &str) -> bool {
        let state = self.lock();
        let known = state.calls.get(id);
        let own = known.filter(|it| it.call.start.account == *account);
        if let Some(known) = own {
            known.end.cancel();
        }
        own.is_some()
    }

    pub(crate) async fn none_left(&self) {
        let mut changes = self.changes();
        while self.len() > 0 {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(node: u32, step: Step) -> Entry {
        Entry {
            at: Timestamp::UNIX_EPOCH,
            callflow: CallflowId::from("main"),
            version: 1,
            node: Some(NodeId(node)),
            step,
        }
    }

    fn call(id: &str, account: &str) -> ActiveCall {
        ActiveCall::new(CallStart {
            id: id.to_owned(),
            account: account.into(),
            ..crate::report::tests::a_start()
        })
    }

    #[tokio::test]
    async fn watcher_sees_where_a_call_is_and_nothing_of_other_accounts() {
        let calls = ActiveCalls::default();
        let mut changes = calls.changes();
        let end = CancellationToken::new();
        calls.add(call("1", "a"), SessionId(7), end.clone());
        calls.add(call("2", "b"), SessionId(8), CancellationToken::new());
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        let entered = |node| {
            let module = "menu".to_owned();
            entry(node, Step::Entered { module })
        };
        let devices = vec!["d1".to_owned(), "d2".to_owned()];
        calls.followed(
            "1",
            &[entered(1), entered(4), entry(4, Step::Rang { devices })],
        );
        changes.changed().await.unwrap();
        let own = calls.of(&"a".into(), 10);
        assert_eq!(own.len(), 1);
        let nodes: Vec<u32> = own[0].path.iter().map(|(_, node)| node.0).collect();
        assert_eq!(nodes, [1, 4]);
        assert_eq!(own[0].doing, Doing::Ringing { phones: 2 });
        let device = "d2".to_owned();
        calls.followed(
            "1",
            &[entry(
                4,
                Step::PickedUp {
                    device: device.clone(),
                },
            )],
        );
        assert_eq!(
            calls.of(&"a".into(), 10)[0].doing,
            Doing::Talking { device }
        );
        for _ in 0..LONGEST_PATH {
            calls.followed("1", &[entered(7)]);
        }
        let path = calls.of(&"a".into(), 10).remove(0).path;
        assert_eq!(path.len(), LONGEST_PATH);
        assert!(path.iter().all(|(_, node)| node.0 == 7));
        assert!(!calls.hang_up(&"b".into(), "1") && !end.is_cancelled());
        assert!(calls.hang_up(&"a".into(), "1") && end.is_cancelled());
        let at = Timestamp::from_second(3).unwrap();
        calls.answered("1", at);
        calls.remove("1");
        calls.remove("2");
        calls.remove("2");
        let counts = CallCounts {
            begun: 2,
            answered: 1,
            set_up_ms: 3_000,
            ended: 2,
        };
        assert_eq!(calls.counts(), counts);
        assert!(calls.lock().of.is_empty());
        calls.none_left().await;
    }
}

//! The calls in progress on the diagram: how many are at each step, and what each of them does.

mod panel;
mod source;

pub(crate) use panel::LivePanel;

use crate::editor::Editor;
use callflow::NodeId;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use serde::Deserialize;
use source::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the server tells at once.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Told {
    /// The server's time, in milliseconds.
    now_ms: i64,
    calls: Vec<LiveCall>,
}

/// A call in progress.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct LiveCall {
    id: String,
    caller: Caller,
    started_ms: i64,
    path: Vec<Step>,
    doing: Option<String>,
    phones: Option<usize>,
    device: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Caller {
    name: String,
    number: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Step {
    callflow: String,
    node: NodeId,
}

/// Live calls of one editor.
#[derive(Clone, Copy)]
pub(crate) struct LiveCalls {
    /// Whether they are shown.
    pub(crate) open: RwSignal<bool>,
    /// What was told last; none before the first time.
    told: RwSignal<Option<Arc<Told>>>,
    /// Nothing is heard of the server at the moment.
    lost: RwSignal<bool>,
    /// Milliseconds since what was told last.
    age_ms: RwSignal<i64>,
    /// The call whose path is shown.
    chosen: RwSignal<Option<String>>,
    /// The calls that are in this callflow, or came through it.
    calls: Memo<Vec<LiveCall>>,
    /// How many are at each step now.
    pub(crate) here: Memo<BTreeMap<NodeId, usize>>,
    /// The steps that the chosen call went through.
    pub(crate) path: Memo<BTreeSet<NodeId>>,
    /// Made in the browser alone. The server may drop its `None` on another thread than it was made on.
    source: StoredValue<Option<SendWrapper<Source>>>,
    /// How often the server has refused since it was heard last.
    refused: StoredValue<u32>,
}

impl LiveCalls {
    /// For the callflow with this id.
    pub(crate) fn new(callflow: String) -> Self {
        let open = RwSignal::new(false);
        let told = RwSignal::new(None::<Arc<Told>>);
        let chosen = RwSignal::new(None::<String>);
        let own = callflow.clone();
        let calls = Memo::new(move |_| {
            let through = |call: &&LiveCall| call.path.iter().any(|step| step.callflow == own);
            told.with(|told| match told {
                Some(told) => told.calls.iter().filter(through).cloned().collect(),
                None => Vec::new(),
            })
        });
        let own = callflow.clone();
        let here = Memo::new(move |_| {
            let mut here = BTreeMap::new();
            let last = |call: &LiveCall| {
                let step = call.path.last().filter(|step| step.callflow == own)?;
                Some(step.node)
            };
            if open.get() {
                calls.with(|calls: &Vec<LiveCall>| {
                    for node in calls.iter().filter_map(last) {
                        *here.entry(node).or_default() += 1;
                    }
                });
            }
            here
        });
        let path = Memo::new(move |_| {
            let chosen = chosen.get().filter(|_| open.get());
            calls.with(|calls: &Vec<LiveCall>| {
                let call = calls.iter().find(|call| Some(&call.id) == chosen.as_ref());
                let steps = call.into_iter().flat_map(|call| &call.path);
                let own = steps.filter(|step| step.callflow == callflow);
                own.map(|step| step.node).collect()
            })
        });
        Self {
            open,
            told,
            lost: RwSignal::new(false),
            age_ms: RwSignal::new(0),
            chosen,
            calls,
            here,
            path,
            source: StoredValue::new(None),
            refused: StoredValue::new(0),
        }
    }

    /// How many calls are in this callflow, while they are watched.
    pub(crate) fn count(&self) -> Option<usize> {
        let known = self.open.get() && self.told.with(Option::is_some);
        known.then(|| self.calls.with(Vec::len))
    }
}

impl Editor {
    /// Shows the calls in progress on the diagram.
    pub(crate) fn open_live(&self) {
        let live = self.live;
        if live.open.get_untracked() {
            return;
        }
        if self.simulator.open.get_untracked() {
            self.close_simulator();
        }
        live.open.set(true);
        self.session.menu.set(None);
        self.resettle();
        let address = format!("/api/v1/accounts/{}/calls/live", self.account.get_value());
        live.source
            .set_value(Source::open(&address, live).map(SendWrapper::new));
    }

    /// Goes back to editing.
    pub(crate) fn close_live(&self) {
        let live = self.live;
        live.source.set_value(None);
        live.open.set(false);
        live.told.set(None);
        live.chosen.set(None);
        self.resettle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(id: &str, path: &[(&str, u32)]) -> serde_json::Value {
        let path: Vec<_> = path
            .iter()
            .map(|(callflow, node)| json!({"callflow": callflow, "node": format!("n{node}")}))
            .collect();
        json!({
            "id": id,
            "caller": {"name": "Ann", "number": "+441614960120"},
            "started_ms": 0,
            "path": path,
            "doing": "ringing",
            "phones": 2,
            "device": null,
        })
    }

    #[test]
    fn calls_are_counted_where_they_are_and_a_path_is_that_of_the_chosen_call() {
        let owner = Owner::new();
        owner.set();
        let live = LiveCalls::new("main".to_owned());
        let told = json!({"now_ms": 5_000, "calls": [
            call("1", &[("main", 1), ("main", 4)]),
            call("2", &[("main", 1), ("main", 4)]),
            call("3", &[("main", 1), ("night", 2)]),
            call("4", &[("night", 2)]),
        ]});
        live.told
            .set(Some(Arc::new(serde_json::from_value(told).unwrap())));
        assert!(live.here.get_untracked().is_empty());
        live.open.set(true);
        assert_eq!(live.here.get_untracked(), BTreeMap::from([(NodeId(4), 2)]));
        assert_eq!(live.count(), Some(3));
        live.chosen.set(Some("3".to_owned()));
        assert_eq!(live.path.get_untracked(), BTreeSet::from([NodeId(1)]));
    }
}

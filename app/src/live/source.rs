//! The server's events, as long as somebody watches.

use super::{LiveCalls, Told};
use leptos::leptos_dom::helpers::{IntervalHandle, set_interval_with_handle};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use std::sync::Arc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventSource, MessageEvent};

/// How often durations are brought up to date.
const TICK: Duration = Duration::from_secs(1);

/// From one second on, the wait for another try is doubled so often: half a minute.
const MOST_DOUBLINGS: u32 = 5;

/// A connection that is open. Dropping it closes it.
pub(super) struct Source {
    source: EventSource,
    tick: Option<IntervalHandle>,
    // The browser calls them as long as the source lives.
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _lost: Closure<dyn FnMut(Event)>,
}

impl Source {
    /// Connects. The browser connects again by itself when the server is lost; where the server has refused, it does not,
    /// and this does after a while.
    pub(super) fn open(address: &str, live: LiveCalls) -> Option<Self> {
        let Ok(source) = EventSource::new(address) else {
            live.lost.set(true);
            return None;
        };
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            if let Ok(told) = serde_json::from_str::<Told>(&text) {
                live.lost.set(false);
                live.refused.set_value(0);
                live.age_ms.set(0);
                live.told.set(Some(Arc::new(told)));
            }
        });
        let (refused, again) = (source.clone(), address.to_owned());
        let lost = Closure::<dyn FnMut(Event)>::new(move |_| {
            live.lost.set(true);
            if refused.ready_state() == EventSource::CLOSED {
                open_later(again.clone(), live);
            }
        });
        let listens = source
            .add_event_listener_with_callback("calls", heard.as_ref().unchecked_ref())
            .is_ok();
        source.set_onerror(Some(lost.as_ref().unchecked_ref()));
        let tick = set_interval_with_handle(move || live.age_ms.update(|age| *age += 1_000), TICK);
        let source = Self {
            source,
            tick: tick.ok(),
            _heard: heard,
            _lost: lost,
        };
        listens.then_some(source)
    }
}

/// Connects again, later each time.
fn open_later(address: String, live: LiveCalls) {
    let times = live.refused.try_get_value().unwrap_or_default();
    live.refused.try_set_value(times + 1);
    let wait = Duration::from_secs(1 << times.min(MOST_DOUBLINGS));
    set_timeout(
        move || {
            // The page may be gone, or nobody watches any more.
            if live.open.try_get_untracked() == Some(true) {
                let source = Source::open(&address, live);
                live.source.set_value(source.map(SendWrapper::new));
            }
        },
        wait,
    );
}

impl Drop for Source {
    fn drop(&mut self) {
        self.source.close();
        if let Some(tick) = self.tick.take() {
            tick.clear();
        }
    }
}

//! The list of calls beside the diagram.

use super::LiveCall;
use crate::account::path;
use crate::calls::{Ladder, LadderView, load_ladder, pcap};
use crate::editor::Editor;
use crate::ui::icon::icon;
use crate::ui::number::spaced;
use crate::ui::request::send;
use callflow::ResourceKind;
use leptos::prelude::*;
use std::sync::Arc;

/// Active calls, while they are watched.
#[component]
pub(crate) fn LivePanel(editor: Editor) -> impl IntoView {
    let live = editor.live;
    on_cleanup(move || live.source.set_value(None));
    let ids = Memo::new(move |_| {
        live.calls
            .with(|calls| calls.iter().map(|call| call.id.clone()).collect::<Vec<_>>())
    });
    let said = move || {
        let known = live.told.with(Option::is_some);
        match (live.lost.get(), known, ids.with(Vec::is_empty)) {
            (true, ..) => Some("The server is not reached. It is tried again by itself."),
            (false, false, _) => Some("Looking for calls"),
            (false, true, true) => Some("Nobody is in this callflow at the moment."),
            (false, true, false) => None,
        }
    };
    let table = move || {
        (!ids.with(Vec::is_empty)).then(|| {
            view! {
                <table class="calls">
                    <thead>
                        <tr>
                            <th>"Caller"</th>
                            <th>"Step"</th>
                            <th>"State"</th>
                            <th>"Time"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || ids.get() key=Clone::clone children=move |id| view! { <Row editor id /> } />
                    </tbody>
                </table>
            }
        })
    };
    move || {
        live.open.get().then(|| {
            view! {
                <aside class="side live-calls" aria-label="Active calls">
                    <div class="side-head">
                        <h2>"Active calls"</h2>
                        <span class="count">{move || ids.with(Vec::len)}</span>
                        <button
                            class="icon-btn"
                            aria-label="Back to editing"
                            title="Back to editing"
                            on:click=move |_| editor.close_live()
                        >
                            {icon("x", 18)}
                        </button>
                    </div>
                    <p class="live-said muted" role="status">
                        {said}
                    </p>
                    {table}
                    <ChosenLadder editor />
                </aside>
            }
        })
    }
}

/// The SIP messages of the call that was chosen, brought up to date when something happens to it.
#[component]
fn ChosenLadder(editor: Editor) -> impl IntoView {
    let live = editor.live;
    let call = Memo::new(move |_| {
        let chosen = live.chosen.get()?;
        live.calls
            .with(|calls| calls.iter().find(|call| call.id == chosen).cloned())
    });
    let loaded = LocalResource::new(move || {
        let call = call.get().map(|call| call.id);
        async move {
            let call = call?;
            let ladder = load_ladder(editor.account.get_value(), call.clone()).await;
            ladder.ok().flatten().map(|view| (call, Arc::new(view)))
        }
    });
    // What is shown stays until there is something newer of the same call.
    let view = Memo::new(move |before: Option<&Option<(String, Arc<LadderView>)>>| {
        let chosen = call.with(|call| call.as_ref().map(|call| call.id.clone()))?;
        let now = loaded.get().flatten();
        let known = now.or_else(|| before.cloned().flatten());
        known.filter(|(of, _)| *of == chosen)
    });
    let of = Memo::new(move |_| view.with(|view| view.as_ref().map(|(of, _)| of.clone())));
    move || {
        of.get().map(|of| {
            let shown = Signal::derive(move || {
                view.with(|view| view.as_ref().map(|(_, view)| Arc::clone(view)))
                    .unwrap_or_default()
            });
            view! { <Ladder view=shown pcap=pcap(&editor.account.get_value(), &of) /> }
        })
    }
}

#[component]
fn Row(editor: Editor, id: String) -> impl IntoView {
    let live = editor.live;
    let own = id.clone();
    let call = Memo::new(move |_| {
        live.calls
            .with(|calls| calls.iter().find(|call| call.id == own).cloned())
    });
    let own = id.clone();
    let chosen = Memo::new(move |_| live.chosen.with(|chosen| chosen.as_ref() == Some(&own)));
    let own_id = id.clone();
    let details = path(&editor.account.get_value(), &format!("calls/{id}"));
    let choose = move |_| {
        let now = chosen.get_untracked();
        live.chosen.set((!now).then(|| id.clone()));
        let at = call.with_untracked(|call| call.as_ref().and_then(|call| editor.step_of(call)));
        if let Some(at) = at.filter(|_| !now) {
            editor.select(Some(at));
        }
    };
    let account = editor.account.get_value();
    let end = format!("/api/v1/accounts/{account}/calls/{own_id}/hang-up");
    let hang_up = move |_| {
        send("POST", &end, None, move |ended| {
            if let Err(why) = ended {
                editor.toasts.fail("The call was not hung up", why);
            }
        });
    };
    let who = move || call.with(|call| call.as_ref().map(|call| spaced(&call.caller.number)));
    let name = move || call.with(|call| call.as_ref().map(|call| call.caller.name.clone()));
    let step = move || call.with(|call| call.as_ref().map(|call| editor.step_words(call)));
    let state = move || call.with(|call| call.as_ref().map(|call| editor.state_words(call)));
    let time = move || {
        let now = live.told.with(|told| told.as_ref().map(|told| told.now_ms));
        let started = call.with(|call| call.as_ref().map(|call| call.started_ms));
        let since = now.zip(started).map(|(now, started)| now - started);
        since.map(|since| clock(since + live.age_ms.get()))
    };
    view! {
        <tr class:is-selected=chosen>
            <td>
                <button
                    class="link num-t"
                    aria-pressed=move || if chosen.get() { "true" } else { "false" }
                    on:click=choose
                >
                    {who}
                </button>
                <small>{name}</small>
            </td>
            <td>{step}</td>
            <td>{state}</td>
            <td class="num-t">
                <button class="icon-btn" aria-label="Hang up" title="Hang up" on:click=hang_up>
                    {icon("phone-off", 16)}
                </button>
                <a class="link" href=details>
                    {time}
                    <span class="sr">", details of the call"</span>
                </a>
            </td>
        </tr>
    }
    .into_any()
}

/// "04:12", with hours where there are some.
fn clock(ms: i64) -> String {
    let seconds = (ms / 1_000).max(0);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

impl Editor {
    /// The step of this callflow at which a call is.
    fn step_of(&self, call: &LiveCall) -> Option<callflow::NodeId> {
        let own = self.id.get_value();
        let last = call.path.last().filter(|step| step.callflow == own)?;
        let known = self.document.now().flow.node(last.node).is_some();
        known.then_some(last.node)
    }

    fn step_words(&self, call: &LiveCall) -> String {
        let callflow = self.document.current.get();
        if let Some(node) = self.step_of(call).and_then(|id| callflow.flow.node(id)) {
            return node.action.preset().label.to_owned();
        }
        let last = call.path.last().map(|step| step.callflow.clone());
        let elsewhere = last.filter(|id| *id != self.id.get_value());
        let name = elsewhere.and_then(|id| {
            self.directory
                .with_value(|d| d.name(ResourceKind::Callflow, &id))
        });
        name.unwrap_or_default()
    }

    fn state_words(&self, call: &LiveCall) -> String {
        let device = |id: &String| {
            self.directory
                .with_value(|d| d.name(ResourceKind::Device, id))
        };
        match (call.doing.as_deref(), call.phones) {
            (Some("listening"), _) => "Listening".to_owned(),
            (Some("ringing"), Some(1)) => "Ringing 1 phone".to_owned(),
            (Some("ringing"), Some(phones)) => format!("Ringing {phones} phones"),
            (Some("talking"), _) => match call.device.as_ref().and_then(device) {
                Some(name) => format!("Talking, {name}"),
                None => "Talking".to_owned(),
            },
            _ => "Waiting".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn durations_are_minutes_and_seconds() {
        assert_eq!(clock(252_900), "04:12");
        assert_eq!(clock(3_661_000), "1:01:01");
        assert_eq!(clock(-5), "00:00");
    }
}

//! The call itself: where it stands, the keypad, and what a person may do with it.

use super::keypad::{CALL_ID, Keypad, typed};
use super::shown::Shown;
use crate::editor::Editor;
use crate::ui::icon::icon;
use callflow::simulate::Input;
use leptos::prelude::*;
use std::sync::Arc;

/// State, clock, keypad and controls.
#[component]
pub(crate) fn CallSection(editor: Editor) -> impl IntoView {
    let shown = editor.simulator.shown;
    let part = move |read: fn(&Shown) -> String| {
        move || shown.with(|s| s.as_ref().map(|s| read(s)).unwrap_or_default())
    };
    let over = move || shown.with(|s| s.as_ref().is_none_or(|s| s.over));
    let glyph = move || shown.with(|s| s.as_ref().map(|s| icon(s.icon, 14)));
    let keydown = move |ev: leptos::ev::KeyboardEvent| {
        if ev.ctrl_key() || ev.meta_key() || ev.alt_key() || over() {
            return;
        }
        if let Some(input) = typed(&ev.key()) {
            ev.prevent_default();
            editor.simulate([input]);
        }
    };
    view! {
        <div class="sim-sec sim-call" id=CALL_ID tabindex="-1" role="group" aria-label="Call" on:keydown=keydown>
            <div class="sim-now">
                <span class="chip" class:info=move || !over()>
                    {glyph}
                    <span>{part(|s| s.state.clone())}</span>
                </span>
                <div class="sim-clock">{part(|s| clock(s.passed_ms))}</div>
                <p class="muted num-t">{part(|s| s.local.clone())}</p>
                <p class="t2 sim-heard">{part(|s| s.heard.clone())}</p>
            </div>
            <Keypad editor />
            <Phones editor />
            <Controls editor />
        </div>
    }
    .into_any()
}

/// Milliseconds as "00:12.3".
fn clock(ms: i64) -> String {
    let ms = ms.max(0);
    format!(
        "{:02}:{:02}.{}",
        ms / 60_000,
        ms / 1_000 % 60,
        ms / 100 % 10
    )
}

/// The phones that ring, with what they may do.
#[component]
fn Phones(editor: Editor) -> impl IntoView {
    let ringing = Memo::new(move |_| {
        let shown = editor.simulator.shown.get();
        shown
            .map(|s: Arc<Shown>| s.ringing.clone())
            .unwrap_or_default()
    });
    let phone = move |(id, name): (String, String)| {
        let act = |word: &'static str, input: Input| {
            let label = format!("{name}: {word}");
            view! {
                <button class="btn btn-sm" aria-label=label on:click=move |_| editor.simulate([input.clone()])>
                    {word}
                </button>
            }
        };
        let refuse = |code: u16| Input::Refuse {
            device: id.clone(),
            code,
        };
        view! {
            <li>
                <span title=name.clone()>{name.clone()}</span>
                {act("Answer", Input::PickUp(id.clone()))}
                {act("Busy", refuse(486))}
                {act("Refuse", refuse(603))}
            </li>
        }
    };
    move || {
        let ringing = ringing.get();
        (!ringing.is_empty()).then(|| {
            view! {
                <ul class="sim-phones" aria-label="Ringing phones">
                    {ringing.into_iter().map(phone).collect_view()}
                </ul>
            }
        })
    }
}

/// Back, step, run, and the ends of a call.
#[component]
fn Controls(editor: Editor) -> impl IntoView {
    let simulator = editor.simulator;
    let over = move || simulator.shown.with(|s| s.as_ref().is_none_or(|s| s.over));
    let none = move || {
        simulator
            .call
            .with(|c| c.as_ref().is_none_or(|c| c.inputs.is_empty()))
    };
    let waits = move |is: fn(&callflow::simulate::Waits) -> bool| {
        move || {
            simulator
                .shown
                .with(|s| s.as_ref().is_some_and(|s| is(&s.waits)))
        }
    };
    let extra = move |input: Input, glyph: &'static str, word: &'static str| {
        view! {
            <button class="btn btn-sm" on:click=move |_| editor.simulate([input.clone()])>
                {icon(glyph, 14)}
                {word}
            </button>
        }
        .into_any()
    };
    let (talking, room, parked) = (waits(|w| w.talking), waits(|w| w.room), waits(|w| w.parked));
    view! {
        <div class="sim-controls" role="group" aria-label="Time">
            <button class="btn btn-sm" title="Take the last thing back" disabled=none on:click=move |_| editor.simulate_back()>
                {icon("undo-2", 14)}
                "Back"
            </button>
            <button
                class="btn btn-sm"
                title="Let the next thing happen"
                disabled=over
                on:click=move |_| editor.simulate([Input::Step])
            >
                {icon("chevron-right", 14)}
                "Step"
            </button>
            <button
                class="btn btn-sm"
                title="Go on until somebody has to do something"
                disabled=over
                on:click=move |_| editor.simulate([Input::Run])
            >
                {icon("play", 14)}
                "Run"
            </button>
            <button class="btn btn-sm" disabled=over on:click=move |_| editor.simulate([Input::HangUp])>
                {icon("phone-off", 14)}
                "Hang up"
            </button>
            {move || talking().then(|| extra(Input::CalledPartyHangsUp, "phone-off", "The other side hangs up"))}
            {move || room().then(|| extra(Input::Leave, "log-out", "Leave"))}
            {move || parked().then(|| extra(Input::Retrieve, "phone-incoming", "Fetch the caller"))}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn clock_shows_minutes_seconds_and_tenths() {
        assert_eq!(clock(12_340), "00:12.3");
        assert_eq!(clock(3_600_999), "60:00.9");
        assert_eq!(clock(-1), "00:00.0");
    }
}

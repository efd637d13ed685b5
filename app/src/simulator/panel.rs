//! The panel of the simulator.

use super::Simulator;
use super::playing::CallSection;
use super::settings::{SettingsForm, Surroundings};
use super::tester::Tester;
use super::timeline::{Timeline, Variables};
use crate::editor::{Editor, focus_now, in_text};
use crate::ui::icon::icon;
use leptos::prelude::*;

/// The id of the button that opens it.
pub(crate) const OPENER_ID: &str = "open-simulator";
/// The first field.
const FIRST_ID: &str = "sim-dialled";

/// Puts the keyboard into the panel, once it is drawn.
pub(super) fn focus_first() {
    request_animation_frame(|| {
        focus_now(FIRST_ID);
    });
}

/// Gives the keyboard back to the button that opened it.
pub(super) fn focus_opener() {
    request_animation_frame(|| {
        focus_now(OPENER_ID);
    });
}

/// Everything of the simulator but the path.
#[component]
pub(crate) fn SimulatorPanel(editor: Editor) -> impl IntoView {
    let simulator = editor.simulator;
    let escape = move |ev: leptos::ev::KeyboardEvent| {
        // A field keeps its own Escape, which closes its list of choices.
        if ev.key() == "Escape" && !in_text(&ev) {
            ev.stop_propagation();
            editor.close_simulator();
        }
    };
    let below = move || match simulator.part.get() {
        Some(part) => (part.inside)(editor),
        None => reading(simulator).into_any(),
    };
    move || {
        simulator.open.get().then(|| {
            view! {
                <aside class="side simulator" aria-label="Simulator" on:keydown=escape>
                    <div class="side-head">
                        <h2>"Simulator"</h2>
                        <span class="chip">"Draft, no real phones ring"</span>
                        <button
                            class="icon-btn"
                            aria-label="Close the simulator"
                            title="Close the simulator"
                            on:click=move |_| editor.close_simulator()
                        >
                            {icon("x", 18)}
                        </button>
                    </div>
                    {below}
                </aside>
            }
        })
    }
}

/// Stands there until the account is known.
fn reading(simulator: Simulator) -> impl IntoView {
    view! {
        <p class="sim-sec muted" role="status">
            {move || simulator.trouble.with(Option::is_none).then_some("Reading the account")}
        </p>
    }
}

/// The panel below its head.
pub(super) fn inside(editor: Editor) -> AnyView {
    let simulator = editor.simulator;
    let settings = move || match simulator.account.get() {
        None => reading(simulator).into_any(),
        Some(account) => view! {
            <SettingsForm editor account=account.clone() />
            <Surroundings editor account=account.clone() />
            <Tester editor account />
        }
        .into_any(),
    };
    let calling = Memo::new(move |_| simulator.call.with(Option::is_some));
    let trouble = move || {
        let why = simulator.trouble.get()?;
        Some(view! {
            <p class="sim-sec sim-trouble" role="alert">
                {icon("circle-alert", 14)}
                {why}
            </p>
        })
    };
    view! {
        {settings}
        {trouble}
        <Starters editor calling />
        <Show when=move || calling.get()>
            <CallSection editor />
            <Timeline editor />
            <Variables editor />
        </Show>
    }
    .into_any()
}

/// The ways to begin: at the top, while there is no call, and at the selected step.
#[component]
fn Starters(editor: Editor, calling: Memo<bool>) -> impl IntoView {
    let known = move || editor.simulator.account.with(Option::is_some);
    let selected = move || {
        let id = editor.session.selected.get().flatten()?;
        let node = editor.document.current.with(|c| c.flow.node(id).cloned())?;
        Some((id, node.action.preset().label))
    };
    let at_step = move || {
        let (id, name) = selected()?;
        Some(view! {
            <button
                class="btn"
                title="Begin the call at the selected step"
                disabled=move || !known()
                on:click=move |_| editor.start_simulation(Some(id))
            >
                {format!("Start at {name}")}
            </button>
        })
    };
    view! {
        <div class="sim-sec sim-start" class:is-empty=move || calling.get() && selected().is_none()>
            <Show when=move || !calling.get()>
                <button class="btn btn-primary" disabled=move || !known() on:click=move |_| editor.start_simulation(None)>
                    {icon("phone", 16)}
                    "Start the call"
                </button>
            </Show>
            {at_step}
        </div>
    }
    .into_any()
}

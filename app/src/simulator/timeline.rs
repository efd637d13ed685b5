//! What happened, line by line, and what was set.

use super::shown::{Line, Shown};
use crate::editor::Editor;
use crate::ui::icon::icon;
use leptos::html;
use leptos::prelude::*;
use std::sync::Arc;

/// The list of what happened. It follows the call to its end.
#[component]
pub(crate) fn Timeline(editor: Editor) -> impl IntoView {
    let shown = editor.simulator.shown;
    let ground = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        shown.track();
        request_animation_frame(move || {
            if let Some(ground) = ground.get_untracked() {
                ground.set_scroll_top(ground.scroll_height());
            }
        });
    });
    let lines = move || {
        let shown: Arc<Shown> = shown.get()?;
        let now = shown.lines.iter().rposition(|line| line.number.is_some());
        let now = now.filter(|_| !shown.over);
        let lines = shown.lines.iter().enumerate();
        let lines = lines.map(|(at, line)| draw(editor, line, now == Some(at)));
        Some(lines.collect_view())
    };
    let stale = move || {
        let call = editor.simulator.call.get();
        let draft = editor.document.current.get();
        call.is_some_and(|call| !Arc::ptr_eq(&call.draft, &draft) && call.draft != draft)
    };
    view! {
        <div class="sim-sec sim-steps">
            <h3>
                "Steps"
                <button class="btn btn-quiet btn-sm" on:click=move |_| editor.start_simulation(None)>
                    {icon("rotate-ccw", 14)}
                    "Start again"
                </button>
            </h3>
            {move || {
                stale().then(|| view! { <p class="sim-stale">"The callflow has changed since this call began."</p> })
            }}
            <div class="scroll" node_ref=ground tabindex="0" role="region" aria-label="Steps of the call">
                <ol class="steps">{lines}</ol>
            </div>
        </div>
    }
    .into_any()
}

fn draw(editor: Editor, line: &Line, now: bool) -> impl IntoView + use<> {
    let title = line.title.clone();
    let title = match (line.number, line.node) {
        (Some(_), Some(node)) => view! {
            <button class="sim-go" title="Show the step" on:click=move |_| editor.bring_into_view(node)>
                {title}
            </button>
        }
        .into_any(),
        (Some(_), None) => view! { <b>{title}</b> }.into_any(),
        (None, _) => view! { <span class="ev">{title}</span> }.into_any(),
    };
    let detail = (!line.detail.is_empty()).then(|| view! { <small>{line.detail.clone()}</small> });
    view! {
        <li class:now=now class:trouble=line.trouble aria-current=now.then_some("step")>
            <time>{line.at.clone()}</time>
            <span class="mk" class:ev-dot=line.number.is_none() aria-hidden="true">
                {line.number}
            </span>
            <div>{title} {detail}</div>
        </li>
    }
    .into_any()
}

/// Who is shown as calling, and what the call has set.
#[component]
pub(crate) fn Variables(editor: Editor) -> impl IntoView {
    let set = Memo::new(move |_| {
        let shown = editor.simulator.shown.get();
        shown.map(|s: Arc<Shown>| s.set.clone()).unwrap_or_default()
    });
    move || {
        let set = set.get();
        (!set.is_empty()).then(|| {
            let rows = set.into_iter().map(|(name, value)| {
                view! {
                    <dt>{name}</dt>
                    <dd title=value.clone()>{value.clone()}</dd>
                }
            });
            view! {
                <div class="sim-sec">
                    <h3>"Variables"</h3>
                    <dl class="vars">{rows.collect_view()}</dl>
                </div>
            }
        })
    }
}

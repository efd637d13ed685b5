//! What is wrong with the callflow, and the way to it.

use super::Editor;
use super::session::{Dialog, Menu};
use super::step_menu::MenuFrame;
use crate::ui::icon::icon;
use callflow::Problem;
use callflow::check::Severity;
use leptos::prelude::*;

impl Editor {
    /// Goes to the next problem after the selected step.
    pub(crate) fn next_problem(&self) {
        let all = self.problems.get_untracked();
        let selected = self.session.selected.get_untracked();
        let at = all.iter().rposition(|p| Some(p.node) == selected);
        let next = match at {
            Some(at) => all.get(at + 1).or(all.first()),
            None => all.first(),
        };
        match next {
            Some(problem) => {
                self.focus(problem.node);
                self.say(problem.message.clone());
            }
            None => self.say("No problems"),
        }
    }
}

/// "1 problem": opens the list.
#[component]
pub(crate) fn ProblemButton(editor: Editor) -> impl IntoView {
    let open = move || editor.session.menu.get() == Some(Menu::Problems);
    move || {
        let (errors, all) = (editor.errors(), editor.problems.with(|p| p.len()));
        let (class, glyph, text) = match (errors, all - errors) {
            (0, 0) => return None,
            (0, 1) => (
                "btn btn-sm problems warn",
                "triangle-alert",
                "1 warning".to_owned(),
            ),
            (0, n) => (
                "btn btn-sm problems warn",
                "triangle-alert",
                format!("{n} warnings"),
            ),
            (1, _) => (
                "btn btn-sm problems",
                "circle-alert",
                "1 problem".to_owned(),
            ),
            (n, _) => (
                "btn btn-sm problems",
                "circle-alert",
                format!("{n} problems"),
            ),
        };
        Some(view! {
            <div class="problems-host">
                <button
                    class=class
                    aria-haspopup="menu"
                    aria-expanded=move || if open() { "true" } else { "false" }
                    on:click=move |_| editor.session.menu.set(Some(Menu::Problems))
                >
                    {icon(glyph, 16)}
                    {text}
                </button>
                {move || open().then(|| view! { <ProblemList editor /> })}
            </div>
        })
    }
}

#[component]
fn ProblemList(editor: Editor) -> impl IntoView {
    let close = Callback::new(move |()| editor.session.menu.set(None));
    let problems = editor.problems.get_untracked();
    let blocked = untrack(|| editor.errors()) > 0;
    let rows = problems
        .iter()
        .map(|problem| row(editor, problem))
        .collect_view();
    let said = if blocked {
        "You can save now. Publishing waits until the problems are fixed."
    } else {
        "Warnings do not prevent publishing."
    };
    view! {
        <MenuFrame close label="Problems" class="menu problem-list">
            {rows}
            <hr />
            <p class="muted">{said}</p>
        </MenuFrame>
    }
    .into_any()
}

fn row(editor: Editor, problem: &Problem) -> impl IntoView + use<> {
    let node = problem.node;
    let (class, glyph) = match problem.severity {
        Severity::Error => ("err-badge", "circle-alert"),
        Severity::Warning | Severity::Hint => ("err-badge warn", "triangle-alert"),
    };
    let callflow = editor.document.now();
    let (name, place) = match node.and_then(|id| Some((id, callflow.flow.node(id)?))) {
        None => ("Callflow".to_owned(), "Name and numbers".to_owned()),
        Some((id, step)) => (
            step.action.preset().label.to_owned(),
            untrack(|| editor.whereabouts(id)),
        ),
    };
    let message = problem.message.clone();
    view! {
        <button
            role="menuitem"
            tabindex="-1"
            on:click=move |_| {
                editor.session.menu.set(None);
                editor.select(node);
                match node {
                    Some(id) => editor.open_step(id),
                    None => editor.session.dialog.set(Some(Dialog::Main)),
                }
            }
        >
            <span class=class>{icon(glyph, 12)}</span>
            <span>
                <b>{format!("{name}: {message}")}</b>
                <small>{place}</small>
            </span>
        </button>
    }
    .into_any()
}

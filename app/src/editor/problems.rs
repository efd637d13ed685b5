//! What is wrong with the callflow, the way to it, and what puts it right.

use super::Editor;
use super::help::Topic;
use super::session::{Dialog, Menu};
use super::step_menu::MenuFrame;
use crate::ui::icon::icon;
use callflow::Problem;
use callflow::check::{Fix, Severity};
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

    /// Puts a problem right the way that was chosen.
    pub(crate) fn fix(&self, problem: &Problem, fix: &Fix) {
        let now = self.document.now();
        match self.directory.with_value(|d| fix.apply(&now, d)) {
            Ok(next) => {
                let step = problem.node.filter(|id| next.flow.node(*id).is_some());
                let label = format!("fix “{}”", problem.message);
                self.document.change(label, step, next);
                self.focus(step);
                self.say(format!("Fixed: {}", fix.label));
            }
            Err(error) => self.toasts.fail("That cannot be fixed this way", error),
        }
    }
}

/// "1 problem": opens the list.
#[component]
pub(crate) fn ProblemButton(editor: Editor) -> impl IntoView {
    let open = move || editor.session.menu.get() == Some(Menu::Problems);
    move || {
        let (errors, all) = (editor.errors(), editor.problems.with(|p| p.len()));
        let (class, glyph, count, word) = match (errors, all - errors) {
            (0, 0) => match editor.found.with(|found| found.len()) {
                0 => return None,
                hints => ("btn btn-sm problems hint", "info", hints, "hint"),
            },
            (0, warnings) => (
                "btn btn-sm problems warn",
                "triangle-alert",
                warnings,
                "warning",
            ),
            (errors, _) => ("btn btn-sm problems", "circle-alert", errors, "problem"),
        };
        let plural = if count == 1 { "" } else { "s" };
        Some(view! {
            <div class="problems-host">
                <button
                    class=class
                    aria-haspopup="menu"
                    aria-expanded=move || if open() { "true" } else { "false" }
                    on:click=move |_| editor.session.menu.set(Some(Menu::Problems))
                >
                    {icon(glyph, 16)}
                    {format!("{count} {word}{plural}")}
                </button>
                {move || open().then(|| view! { <ProblemList editor /> })}
            </div>
        })
    }
}

#[component]
fn ProblemList(editor: Editor) -> impl IntoView {
    let close = Callback::new(move |()| editor.session.menu.set(None));
    let found = editor.found.get_untracked();
    let blocked = untrack(|| editor.errors()) > 0;
    let rows = found
        .iter()
        .map(|problem| row(editor, problem))
        .collect_view();
    let said = if blocked {
        "You can save now. Publishing waits until the problems are fixed."
    } else if found.iter().any(|one| one.severity == Severity::Warning) {
        "Warnings do not prevent publishing."
    } else {
        "Calls work as drawn. Hints make them kinder to callers."
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
    let callflow = editor.document.now();
    let (name, place) = match node.and_then(|id| Some((id, callflow.flow.node(id)?))) {
        None => ("Callflow".to_owned(), "Name and numbers".to_owned()),
        Some((id, step)) => (
            step.action.preset().label.to_owned(),
            untrack(|| editor.whereabouts(id)),
        ),
    };
    let told = format!("{name}: {}", problem.message);
    let group = told.clone();
    view! {
        <div role="group" aria-label=group>
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
                {badge(problem.severity)}
                <span>
                    <b>{told}</b>
                    <small>{place}</small>
                </span>
            </button>
            {remedies(editor, problem, "menuitem")}
        </div>
    }
    .into_any()
}

fn badge(severity: Severity) -> impl IntoView + use<> {
    let (class, glyph) = match severity {
        Severity::Error => ("err-badge", "circle-alert"),
        Severity::Warning => ("err-badge warn", "triangle-alert"),
        Severity::Hint => ("err-badge hint", "info"),
    };
    view! { <span class=class>{icon(glyph, 12)}</span> }
}

/// A button for each way to put the problem right, and one that explains it.
fn remedies(editor: Editor, problem: &Problem, role: &'static str) -> impl IntoView + use<> {
    let menu = role == "menuitem";
    let tabindex = if menu { "-1" } else { "0" };
    let role = menu.then_some(role);
    let fixes = problem
        .fixes
        .iter()
        .map(|fix| {
            let (problem, fix) = (problem.clone(), fix.clone());
            let label = fix.label.clone();
            view! {
                <button
                    class="btn btn-sm"
                    role=role
                    tabindex=tabindex
                    on:click=move |_| {
                        editor.session.menu.set(None);
                        editor.fix(&problem, &fix);
                    }
                >
                    {icon("sparkles", 14)}
                    {label}
                </button>
            }
        })
        .collect_view();
    let topic = Topic::Problem(problem.code.to_string());
    let why = format!("Why: {}", problem.message);
    view! {
        <div class="remedies">
            {fixes}
            <button
                class="btn btn-sm btn-quiet"
                role=role
                tabindex=tabindex
                aria-label=why
                on:click=move |_| {
                    editor.session.menu.set(None);
                    editor.session.dialog.set(Some(Dialog::Help(topic.clone())));
                }
            >
                {icon("circle-help", 14)}
                "Why"
            </button>
        </div>
    }
}

/// What is wrong with one step, on its card.
#[component]
pub(crate) fn StepProblems(editor: Editor, id: callflow::NodeId) -> impl IntoView {
    move || {
        let found = editor.found.get();
        let own: Vec<_> = found
            .iter()
            .filter(|problem| problem.node == Some(id))
            .map(|problem| {
                view! {
                    <li>
                        <p>{badge(problem.severity)} <span>{problem.message.clone()}</span></p>
                        {remedies(editor, problem, "button")}
                    </li>
                }
            })
            .collect();
        (!own.is_empty()).then(
            || view! { <ul class="inspect-problems" aria-label="Problems of this step">{own}</ul> },
        )
    }
}

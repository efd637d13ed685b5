//! Making the draft live: the question before it, with a note for the history, and what became of it.

use super::Editor;
use super::dialog::DialogFrame;
use super::remote::{Published, publish};
use super::save::{Then, change_list};
use super::session::{Dialog, Menu};
use crate::ui::foot::{Does, Foot};
use callflow::check::Severity;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The element id of the button in the top bar.
pub(super) const BUTTON_ID: &str = "publish";

/// Longest note, in UTF-16 units, as browsers count. The server takes as many characters.
const LONGEST_NOTE: &str = "500";

/// What is new in a version, for who reads the history. May stay empty.
pub(crate) fn note_field(note: RwSignal<String>) -> AnyView {
    view! {
        <div class="field">
            <label for="version-note">"Note optional"</label>
            <input
                class="input"
                id="version-note"
                autocomplete="off"
                maxlength=LONGEST_NOTE
                aria-describedby="version-note-help"
                prop:value=note
                on:input:target=move |ev| note.set(ev.target().value())
            />
            <span class="help" id="version-note-help">
                "What is new, for who reads the history. Callers never hear of it."
            </span>
        </div>
    }
    .into_any()
}

impl Editor {
    /// Whether callers do not meet yet what is drawn.
    pub(super) fn publishable(&self) -> bool {
        self.document.live.with(Option::is_none)
            || self.unpublished.with(|all| !all.is_empty())
            || self.document.dirty()
    }

    /// Asks before the draft becomes live; with problems it shows them instead.
    pub(crate) fn publish(&self) {
        self.session.menu.set(None);
        let problems = self.problems.get_untracked();
        if problems.iter().any(|p| p.severity == Severity::Error) {
            self.session.menu.set(Some(Menu::Problems));
            self.say("The callflow has problems. Publishing waits until they are fixed.");
        } else {
            self.session.dialog.set(Some(Dialog::Publish));
        }
    }

    /// Makes what is saved live.
    pub(super) fn publish_saved(&self) {
        let editor = *self;
        let draft = self.document.now();
        let base = self.document.revision.get_untracked();
        // Kept until it is published: what fails does not lose it.
        let note = self.session.note.get_untracked();
        self.busy.set(Some("Publishing"));
        spawn_local(async move {
            let (account, id) = editor.names();
            let outcome = publish(account, id, base, note).await;
            editor.busy.set(None);
            match outcome {
                Ok(Published::Live { version }) => {
                    editor.session.note.set(String::new());
                    editor.document.live.set(Some(super::Live {
                        version,
                        callflow: draft,
                    }));
                    editor.toasts.good(
                        format!("v{version} is live"),
                        "New calls use it now. Calls in progress finish on their version.",
                    );
                }
                Ok(Published::Problems(problems)) => {
                    let first = problems
                        .first()
                        .map(|p| p.message.clone())
                        .unwrap_or_default();
                    editor.toasts.fail(
                        "Not published",
                        format!("{first} The live callflow stays as it is."),
                    );
                }
                Ok(Published::Conflict(conflict)) => {
                    editor.session.dialog.set(Some(Dialog::Conflict(conflict)));
                }
                Err(trouble) => editor.toasts.fail(
                    "Not published",
                    format!("{trouble} The live callflow stays as it is."),
                ),
            }
        });
    }
}

/// Publish, with which note, and although there may be warnings?
#[component]
pub(crate) fn PublishDialog(editor: Editor) -> impl IntoView {
    let warnings = editor.problems.get_untracked();
    let warned = !warnings.is_empty();
    let name = editor.document.now().title();
    let title = match warnings.len() {
        0 => format!("Publish “{name}”"),
        1 => "Publish with 1 warning?".to_owned(),
        count => format!("Publish with {count} warnings?"),
    };
    let rows = warnings
        .iter()
        .map(|w| view! { <li>{w.message.clone()}</li> })
        .collect_view();
    let news = editor.unpublished.get_untracked();
    let news = (!warned && !news.is_empty()).then(|| change_list(news.to_vec()));
    let close = Callback::new(move |()| {
        editor.session.dialog.set(None);
        super::focus_now(BUTTON_ID);
    });
    let publish = move || {
        editor.close_dialog();
        editor.save(Then::Publish);
    };
    let leave = if warned { "Keep editing" } else { "Cancel" };
    let foot = move || {
        view! { <Foot close leave verb="Publish" does=Does::Submit("publish-form") /> }.into_any()
    };
    view! {
        <DialogFrame title=Signal::stored(title) question=warned close foot>
            <form
                id="publish-form"
                class="fields"
                novalidate
                on:submit=move |ev| {
                    ev.prevent_default();
                    publish();
                }
            >
                <p class="t2">"New calls meet it at once. Calls in progress finish on their version."</p>
                {warned.then(|| view! { <ul class="change-list">{rows}</ul> })}
                {news}
                {note_field(editor.session.note)}
            </form>
        </DialogFrame>
    }
    .into_any()
}

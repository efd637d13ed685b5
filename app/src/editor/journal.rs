//! What is not saved survives a reload and a crash: the browser keeps the document with the way back.
//!
//! A window that is loaded again goes on where it was. In another window, or after a crash, somebody is asked, since
//! the window that has the changes may still be open. Changes are kept for whoever made them and nobody else.

use super::Editor;
use super::dialog::DialogFrame;
use super::document::Kept;
use super::session::Dialog;
use crate::ui::toast::{Toast, Tone};
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// How long changes wait for others before they are written.
const GATHER: Duration = Duration::from_millis(400);
/// Where a window keeps its name.
const WINDOW: &str = "patchcord.window";

/// What the browser keeps of one callflow.
#[derive(Serialize, Deserialize)]
struct Entry {
    /// The window that wrote it.
    window: String,
    /// Who was signed in.
    person: String,
    kept: Kept,
}

/// The journal of one editor.
#[derive(Clone, Copy)]
struct Journal {
    editor: Editor,
    key: StoredValue<String>,
    window: StoredValue<String>,
    person: StoredValue<String>,
    waiting: StoredValue<Option<TimeoutHandle>>,
}

/// Goes on where this person left the callflow, and keeps what is changed from now on.
pub(crate) fn keep(editor: Editor, person: String) {
    let key = format!(
        "patchcord.draft/{}/{}",
        editor.account.get_value(),
        editor.id.get_value()
    );
    let journal = Journal {
        editor,
        key: StoredValue::new(key),
        window: StoredValue::new(String::new()),
        person: StoredValue::new(person),
        waiting: StoredValue::new(None),
    };
    Effect::new(move |begun: Option<()>| {
        editor.document.current.track();
        editor.document.saved.track();
        if begun.is_none() {
            journal.window.set_value(window_name());
            journal.resume();
        } else {
            journal.write_soon();
        }
    });
    Effect::new(move |_| {
        let leaving = window_event_listener(leptos::ev::pagehide, move |_| journal.write());
        on_cleanup(move || leaving.remove());
    });
}

impl Journal {
    fn resume(self) {
        let Some(entry) = self.read() else { return };
        let document = self.editor.document;
        let saved = document.saved.get_untracked();
        let current = entry.kept.revision == document.revision.get_untracked();
        let unsaved = entry.kept.is_unsaved(&saved);
        if entry.person != self.person.get_value() || (!current && !unsaved) {
            return self.forget();
        }
        if entry.window == self.window.get_value() {
            document.resume(entry.kept);
            if unsaved {
                self.say_unsaved();
            }
        } else if unsaved {
            let kept = Box::new(entry.kept);
            self.editor.session.dialog.set(Some(Dialog::Unsaved(kept)));
        }
    }

    fn say_unsaved(self) {
        let document = self.editor.document;
        self.editor.toasts.show(Toast {
            tone: Tone::Plain,
            icon: "rotate-ccw",
            title: "Your unsaved changes are here again".to_owned(),
            text: String::new(),
            action: Some(("Discard".to_owned(), Arc::new(move || document.discard()))),
        });
    }

    fn write_soon(self) {
        if let Some(handle) = self.waiting.get_value() {
            handle.clear();
        }
        let handle = set_timeout_with_handle(move || self.write(), GATHER);
        self.waiting.set_value(handle.ok());
    }

    fn write(self) {
        let undecided = self.editor.session.dialog.with_untracked(|dialog| {
            matches!(
                dialog,
                Some(Dialog::Step { fresh: Some(_), .. } | Dialog::Unsaved(_))
            )
        });
        if undecided {
            return; // deciding changes the document once more
        }
        let kept = self.editor.document.kept();
        let nothing = self
            .editor
            .document
            .saved
            .with_untracked(|saved| kept.adds_nothing(saved));
        if nothing {
            return self.forget();
        }
        if !self.store(kept.clone()) && !self.store(kept.alone()) {
            // Old changes would be worse than none.
            self.forget();
        }
    }

    fn store(self, kept: Kept) -> bool {
        let entry = Entry {
            window: self.window.get_value(),
            person: self.person.get_value(),
            kept,
        };
        let text = serde_json::to_string(&entry).ok();
        let stored = storage(true)
            .zip(text)
            .map(|(storage, text)| self.key.with_value(|key| storage.set_item(key, &text)));
        matches!(stored, Some(Ok(())))
    }

    fn read(self) -> Option<Entry> {
        let text = self
            .key
            .with_value(|key| storage(true)?.get_item(key).ok()?)?;
        serde_json::from_str(&text).ok()
    }

    fn forget(self) {
        if let Some(storage) = storage(true) {
            // A browser that refuses to forget has kept nothing either.
            let _refused = self.key.with_value(|key| storage.remove_item(key));
        }
    }
}

/// The browser's storage: for all windows and for good, or for this window. None where it is switched off.
fn storage(for_all: bool) -> Option<web_sys::Storage> {
    let window = window();
    let storage = match for_all {
        true => window.local_storage(),
        false => window.session_storage(),
    };
    storage.ok().flatten()
}

/// The name of this window, which it keeps when it is loaded again.
fn window_name() -> String {
    let storage = storage(false);
    let known = storage
        .as_ref()
        .and_then(|it| it.get_item(WINDOW).ok().flatten());
    known.unwrap_or_else(|| {
        let name = window()
            .crypto()
            .map(|it| it.random_uuid())
            .unwrap_or_default();
        if let Some(storage) = storage {
            // Without it the window is asked like another one.
            let _refused = storage.set_item(WINDOW, &name);
        }
        name
    })
}

/// Asks whether changes of another window are to be gone on with.
#[component]
pub(crate) fn UnsavedDialog(editor: Editor, kept: Box<Kept>) -> impl IntoView {
    let older = kept.revision != editor.document.revision.get_untracked();
    let kept = StoredValue::new(kept);
    let close = Callback::new(move |()| editor.close_dialog());
    let go_on = move |_| {
        editor.close_dialog();
        editor.document.resume(*kept.get_value());
        editor.say("Your unsaved changes are here again");
    };
    let foot = move || {
        view! {
            <span class="grow"></span>
            <button class="btn" on:click=move |_| close.run(())>
                "Not now"
            </button>
            <button class="btn btn-primary" on:click=go_on>
                "Use them"
            </button>
        }
        .into_any()
    };
    let since = older.then_some(
        " Somebody has saved this callflow since; you will see the difference when you save.",
    );
    view! {
        <DialogFrame title=Signal::stored("You have unsaved changes".to_owned()) question=true close foot>
            <p>
                "Another window changed this callflow and did not save, or it was closed before."
                {since}
            </p>
        </DialogFrame>
    }
    .into_any()
}

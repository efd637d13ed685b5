//! A person's remark on a step.

use super::Editor;
use super::dialog::DialogFrame;
use super::session::Dialog;
use crate::ui::foot::{Does, Foot};
use callflow::NodeId;
use callflow::edit::Edit;
use leptos::prelude::*;

/// Longest note, in UTF-16 units, as browsers count.
const LONGEST: usize = 2_000;

impl Editor {
    /// Opens the note of a step.
    pub(crate) fn open_note(&self, id: NodeId) {
        self.select(Some(id));
        self.session.dialog.set(Some(Dialog::Note(id)));
    }

    /// The note of a step; empty without one.
    pub(crate) fn note(&self, id: NodeId) -> String {
        let callflow = self.document.current.get();
        let node = callflow.flow.node(id);
        node.map_or_else(String::new, |node| node.note.clone())
    }
}

/// Writes the note of a step.
#[component]
pub(crate) fn NoteDialog(editor: Editor, id: NodeId) -> impl IntoView {
    let text = RwSignal::new(untrack(|| editor.note(id)));
    let close = Callback::new(move |()| editor.close_dialog());
    let save = move || {
        let note = text.get_untracked().trim().to_owned();
        if editor.apply(Edit::SetNote { node: id, note }) {
            editor.close_dialog();
        }
    };
    let foot =
        move || view! { <Foot close verb="Done" does=Does::Submit("note-form") /> }.into_any();
    view! {
        <DialogFrame
            title=Signal::stored("Note".to_owned())
            detail=Signal::stored(untrack(|| editor.whereabouts(id)))
            close
            foot
        >
            <form
                id="note-form"
                class="fields"
                novalidate
                on:submit=move |ev| {
                    ev.prevent_default();
                    save();
                }
            >
                <div class="field">
                    <label for="note-text">"Note"</label>
                    <textarea
                        id="note-text"
                        class="input"
                        rows="4"
                        maxlength=LONGEST.to_string()
                        aria-describedby="note-help"
                        prop:value=text
                        on:input:target=move |ev| text.set(ev.target().value())
                    ></textarea>
                    <span class="help" id="note-help">
                        "For those who edit. Callers never hear of it. Left empty, the note goes."
                    </span>
                </div>
            </form>
        </DialogFrame>
    }
    .into_any()
}

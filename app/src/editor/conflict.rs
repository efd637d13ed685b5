//! Somebody else has saved meanwhile.

use super::Editor;
use super::changes::changes;
use super::dialog::DialogFrame;
use super::save::{Then, change_list};
use super::session::Conflict;
use leptos::prelude::*;

/// Whose version stays? Both ways keep the other one within reach: theirs stays in the history, mine can be undone to.
#[component]
pub(crate) fn ConflictDialog(editor: Editor, conflict: Conflict) -> impl IntoView {
    let saved = editor.document.saved.get_untracked();
    let theirs = editor
        .directory
        .with_value(|d| changes(&saved, &conflict.callflow, d));
    let detail = format!(
        "{} saved this callflow, {}. Nothing of yours is lost.",
        conflict.by, conflict.when
    );
    let close = Callback::new(move |()| editor.close_dialog());
    let other = StoredValue::new(conflict);
    let keep_mine = move |_| {
        let Conflict {
            revision, callflow, ..
        } = other.get_value();
        editor.document.was_saved(callflow, revision);
        editor.close_dialog();
        editor.save(Then::Stay);
    };
    let take_theirs = move |_| {
        let Conflict {
            revision, callflow, ..
        } = other.get_value();
        editor
            .document
            .change("take the other version", None, (*callflow).clone());
        editor.document.was_saved(callflow, revision);
        editor.session.selected.set(None);
        editor.close_dialog();
        editor.say("You see the other version. Undo brings yours back.");
    };
    let foot = move || {
        view! {
            <button class="btn btn-quiet" on:click=move |_| close.run(())>
                "Keep editing"
            </button>
            <span class="grow"></span>
            <button class="btn" on:click=take_theirs>
                "Take theirs"
            </button>
            <button class="btn btn-primary" on:click=keep_mine>
                "Keep mine"
            </button>
        }
        .into_any()
    };
    let nothing = theirs.is_empty();
    view! {
        <DialogFrame title=Signal::stored("Somebody else saved first".to_owned()) question=true close foot>
            <p class="t2">{detail}</p>
            {(!nothing).then(|| view! { <p class="label">"Their changes"</p> })}
            {change_list(theirs)}
            <p class="t2">
                "Keep mine saves your version over theirs. Take theirs shows their version here; Undo brings yours back."
            </p>
        </DialogFrame>
    }
    .into_any()
}

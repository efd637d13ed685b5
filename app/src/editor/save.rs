//! Saving.

use super::Editor;
use super::changes::{Change, changes};
use super::dialog::DialogFrame;
use super::remote::{SaveOutcome, duplicate, new_callflow, save_draft};
use super::session::{Dialog, Menu};
use super::step_menu::MenuFrame;
use crate::account::path;
use crate::trouble::Trouble;
use crate::ui::icon::{icon, keys};
use crate::ui::toast::{Toast, Tone};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;

/// What follows a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing.
    Stay,
    /// A copy is opened.
    Duplicate,
    /// An empty callflow is opened.
    Create,
    /// The draft becomes live.
    Publish,
}

impl Editor {
    /// "2 changes".
    pub(crate) fn unsaved(&self) -> Vec<Change> {
        let (saved, current) = (self.document.saved.get(), self.document.current.get());
        self.directory.with_value(|d| changes(&saved, &current, d))
    }

    /// Saves the draft, then goes on.
    pub(crate) fn save(&self, then: Then) {
        if self.busy.get_untracked().is_some()
            || self.session.dialog.with_untracked(Option::is_some)
        {
            return;
        }
        self.session.menu.set(None);
        let editor = *self;
        if !untrack(|| self.document.dirty()) {
            self.go_on(then);
            return;
        }
        let draft = self.document.now();
        let base = self.document.revision.get_untracked();
        self.busy.set(Some("Saving"));
        spawn_local(async move {
            let (account, id) = editor.names();
            let outcome = save_draft(account, id, base, draft.clone()).await;
            editor.busy.set(None);
            match outcome {
                Ok(SaveOutcome::Saved { revision }) => {
                    editor.document.was_saved(draft, revision);
                    editor.say("Saved");
                    editor.go_on(then);
                }
                Ok(SaveOutcome::Conflict(conflict)) => {
                    editor.session.dialog.set(Some(Dialog::Conflict(conflict)));
                }
                Err(trouble) => editor.not_saved(then, &trouble),
            }
        });
    }

    pub(super) fn names(&self) -> (String, String) {
        (self.account.get_value(), self.id.get_value())
    }

    fn not_saved(&self, then: Then, trouble: &Trouble) {
        let count = untrack(|| self.unsaved()).len();
        let kept = if count == 1 {
            "Your change is still here.".to_owned()
        } else {
            format!("Your {count} changes are still here.")
        };
        let editor = *self;
        self.toasts.show(Toast {
            tone: Tone::Bad,
            icon: "circle-alert",
            title: "Could not save".to_owned(),
            text: format!("{trouble} {kept}"),
            action: Some(("Try again".to_owned(), Arc::new(move || editor.save(then)))),
        });
    }

    fn go_on(&self, then: Then) {
        match then {
            Then::Stay => {}
            Then::Duplicate => self.open_other(true),
            Then::Create => self.open_other(false),
            Then::Publish => self.publish_saved(),
        }
    }

    /// Opens a copy, or an empty callflow.
    fn open_other(&self, copy: bool) {
        let editor = *self;
        self.busy
            .set(Some(if copy { "Duplicating" } else { "Creating" }));
        spawn_local(async move {
            let (account, id) = editor.names();
            let made = if copy {
                duplicate(account.clone(), id).await
            } else {
                new_callflow(account.clone()).await
            };
            editor.busy.set(None);
            match made {
                // A whole new page: the navigation shows the new callflow too.
                Ok(id) => {
                    let _ = window()
                        .location()
                        .set_href(&path(&account, &format!("callflows/{id}")));
                }
                Err(trouble) => editor.toasts.fail("The new callflow was not made", trouble),
            }
        });
    }

    /// Cancel: asks when something would be lost.
    pub(crate) fn cancel(&self) {
        self.session.menu.set(None);
        if untrack(|| self.document.dirty()) {
            self.session.dialog.set(Some(Dialog::Discard));
        } else {
            self.say("There is nothing to discard");
        }
    }
}

fn counted(count: usize) -> String {
    if count == 1 {
        "1 change".to_owned()
    } else {
        format!("{count} changes")
    }
}

/// The four ways to save.
#[component]
pub(crate) fn SaveMenu(editor: Editor) -> impl IntoView {
    move || {
        if editor.session.menu.get() != Some(Menu::Save) {
            return None;
        }
        let count = editor.unsaved().len();
        let title = editor.document.current.with(|c| c.title());
        let settled = !editor.publishable();
        let item = move |glyph,
                         name: &'static str,
                         text: String,
                         caps: &[&'static str],
                         run: fn(Editor)| {
            view! {
                <button role="menuitem" tabindex="-1" class:danger=name == "Cancel" on:click=move |_| run(editor)>
                    {icon(glyph, 18)}
                    <span>
                        <b>{name}</b>
                        <small>{text}</small>
                    </span>
                    {keys(caps)}
                </button>
            }
        };
        Some(view! {
            <MenuFrame close=Callback::new(move |()| editor.session.menu.set(None)) label="Save" class="menu big save-menu">
                {item(
                    "save",
                    "Save Changes",
                    format!("Saves your {} as a draft. Callers hear them after you publish.", counted(count)),
                    &["Ctrl", "S"],
                    |e| e.save(Then::Stay),
                )}
                {item(
                    "copy",
                    "Save and Duplicate",
                    format!("Saves, then opens “{title} copy”. The copy has no numbers, so it takes no calls yet."),
                    &[],
                    |e| e.save(Then::Duplicate),
                )}
                {item(
                    "file-plus-2",
                    "Save and Create",
                    "Saves, then starts a new empty callflow.".to_owned(),
                    &[],
                    |e| e.save(Then::Create),
                )}
                <button
                    class="m-only"
                    role="menuitem"
                    tabindex="-1"
                    disabled=settled
                    on:click=move |_| editor.publish()
                >
                    {icon("upload", 18)}
                    <span>
                        <b>"Publish"</b>
                        <small>"Saves, then makes the draft live: new calls meet it."</small>
                    </span>
                </button>
                <hr />
                {item("undo-2", "Cancel", "Goes back to the last save. We ask you first.".to_owned(), &[], |e| e.cancel())}
            </MenuFrame>
        })
    }
}

/// A list of differences.
pub(crate) fn change_list(all: Vec<Change>) -> impl IntoView {
    let rows = all
        .into_iter()
        .map(|change| {
            view! {
                <li>
                    <span class=format!("tile fam-{}", change.family)>{icon(change.icon, 18)}</span>
                    <span>
                        {change.title}
                        <small>{change.detail}</small>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="change-list">{rows}</ul> }
}

/// Discard what is not saved?
#[component]
pub(crate) fn DiscardDialog(editor: Editor) -> impl IntoView {
    let all = untrack(|| editor.unsaved());
    let title = editor.document.now().title();
    let close = Callback::new(move |()| editor.close_dialog());
    let discard = move |_| {
        editor.document.discard();
        editor.session.selected.set(None);
        editor.close_dialog();
        editor.say("Changes discarded");
    };
    let foot = move || {
        view! {
            <span class="grow"></span>
            <button class="btn" on:click=move |_| close.run(())>
                "Keep editing"
            </button>
            <button class="btn btn-danger" on:click=discard>
                "Discard changes"
            </button>
        }
        .into_any()
    };
    view! {
        <DialogFrame title=Signal::stored(format!("Discard {}?", counted(all.len()))) question=true close foot>
            <p class="t2">{format!("“{title}” goes back to your last save. The live callflow stays as it is.")}</p>
            {change_list(all)}
        </DialogFrame>
    }
    .into_any()
}

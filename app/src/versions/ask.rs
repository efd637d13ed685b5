//! Questions before something changes for callers or is dropped.

use super::{Counts, Discarded, History, HistoryView, discard_draft, roll_back};
use crate::editor::{DialogFrame, Published, note_field, publish};
use crate::trouble::Trouble;
use crate::ui::foot::{Does, Foot};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Publish the draft with which note?
    Publish,
    /// Make this version live again?
    RollBack(i64),
    /// Drop the draft?
    Discard,
}

/// The open question.
#[component]
pub(super) fn AskDialog(history: History) -> impl IntoView {
    let note = RwSignal::new(String::new());
    move || {
        let ask = history.asking.get()?;
        let view = history.view.get_untracked()?.ok()?;
        let (title, verb) = match ask {
            Ask::Publish => ("Publish the draft".to_owned(), "Publish"),
            Ask::RollBack(version) => (format!("Roll back to v{version}?"), "Roll back"),
            Ask::Discard => ("Discard the draft?".to_owned(), "Discard draft"),
        };
        let close = Callback::new(move |()| history.asking.set(None));
        let revision = view.revision;
        let run = Callback::new(move |()| {
            history.asking.set(None);
            history.answer(ask, revision, note.get_untracked());
            note.set(String::new());
        });
        let danger = ask == Ask::Discard;
        let foot = move || view! { <Foot close verb does=Does::Run(run) danger /> }.into_any();
        let body = body(ask, &view, note);
        Some(
            view! {
                <DialogFrame title=Signal::stored(title) question=ask != Ask::Publish close foot>
                    {body}
                </DialogFrame>
            }
            .into_any(),
        )
    }
}

fn body(ask: Ask, view: &HistoryView, note: RwSignal<String>) -> AnyView {
    match ask {
        Ask::Publish => view! {
            <p class="t2">"New calls meet the draft at once. Calls in progress finish on their version."</p>
            {note_field(note)}
        }
        .into_any(),
        Ask::RollBack(version) => {
            let kept = if view.draft.counts == Counts::default() {
                "The draft becomes it too."
            } else {
                "The draft with its unpublished changes stays as it is."
            };
            let text = format!(
                "New calls meet v{version} again, as a new version at the top of the history. {kept}"
            );
            view! { <p class="t2">{text}</p> }.into_any()
        }
        Ask::Discard => {
            let live = view.live.unwrap_or_default();
            let text = format!(
                "The draft becomes v{live}, which is live. What was not published is gone; callers notice nothing."
            );
            view! { <p class="t2">{text}</p> }.into_any()
        }
    }
}

impl History {
    /// Does what was confirmed, and tells how it ended.
    fn answer(self, ask: Ask, revision: i64, note: String) {
        let (account, callflow) = (self.account.get_value(), self.callflow.get_value());
        spawn_local(async move {
            match ask {
                Ask::Publish => {
                    self.published(
                        publish(account, callflow, revision, note).await,
                        "Not published",
                    );
                }
                Ask::RollBack(version) => {
                    let outcome = roll_back(account, callflow, version).await;
                    self.published(outcome, "Not rolled back");
                }
                Ask::Discard => match discard_draft(account, callflow, revision).await {
                    Ok(Discarded::Done) => {
                        self.toasts
                            .good("The draft is discarded", "It is what callers meet.");
                    }
                    Ok(Discarded::Saved { by }) => self.toasts.fail(
                        "Not discarded",
                        format!("{by} saved the draft meanwhile. Look at the changes again."),
                    ),
                    Err(trouble) => self.toasts.fail("Not discarded", trouble),
                },
            }
            self.view.refetch();
        });
    }

    fn published(self, outcome: Result<Published, Trouble>, failed: &str) {
        match outcome {
            Ok(Published::Live { version }) => self.toasts.good(
                format!("v{version} is live"),
                "New calls use it now. Calls in progress finish on their version.",
            ),
            Ok(Published::Problems(problems)) => {
                let first = problems.first().map(|p| p.message.clone());
                let first = first.unwrap_or_default();
                self.toasts
                    .fail(failed, format!("{first} The live callflow stays as it is."));
            }
            Ok(Published::Conflict(other)) => self.toasts.fail(
                failed,
                format!(
                    "{} saved the draft meanwhile. Look at the changes again.",
                    other.by
                ),
            ),
            Err(trouble) => self.toasts.fail(failed, trouble),
        }
    }
}

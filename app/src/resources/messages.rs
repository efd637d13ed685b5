//! The messages of a mailbox: listened to, deleted.

use super::beside::{framed, pieces};
use super::load_messages;
use crate::ui::icon::icon;
use crate::ui::number::spaced;
use crate::ui::request;
use crate::ui::toast::Toasts;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MessageRow {
    /// Its id.
    pub(crate) id: String,
    /// Who called, by number.
    pub(crate) number: String,
    /// Their name; may be empty.
    pub(crate) name: String,
    /// When it was left, as people say it.
    pub(crate) left: String,
    /// Its length, `0:12`.
    pub(crate) length: String,
    /// Whether nobody has heard it.
    pub(crate) new: bool,
}

/// A piece of a mailbox, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MessageList {
    /// The messages.
    pub(crate) messages: Vec<MessageRow>,
    /// Where the next piece begins.
    pub(crate) next: Option<String>,
}

/// The messages with what can be done with them. The first piece came with the page.
#[component]
pub(super) fn Messages(account: String, mailbox: String, inbox: MessageList) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let list = RwSignal::new(inbox);
    let base = StoredValue::new(format!(
        "/api/v1/accounts/{account}/voicemail-boxes/{mailbox}/messages"
    ));
    let load = Callback::new(move |cursor: Option<String>| {
        let (account, mailbox) = (account.clone(), mailbox.clone());
        leptos::task::spawn_local(async move {
            match load_messages(account, mailbox, cursor).await {
                Ok(found) => list.set(found),
                Err(trouble) => toasts.fail("The messages were not loaded", trouble),
            }
        });
    });
    let delete = Callback::new(move |id: String| {
        let address = base.with_value(|base| format!("{base}/{id}"));
        request::send("DELETE", &address, None, move |ended| match ended {
            Ok(()) => {
                toasts.good("Message deleted", "");
                load.run(None);
            }
            Err(why) => toasts.fail("The message was not deleted", why),
        });
    });
    let content = move || {
        let found = list.get();
        let row = |row: &_| base.with_value(|base| message(base, row, delete));
        let rows = found.messages.iter().map(row).collect();
        pieces(rows, found.next, load, "messages")
    };
    framed("Messages", "Newest first.", content.into_any())
}

fn message(base: &str, row: &MessageRow, delete: Callback<String>) -> AnyView {
    let caller = if row.name.is_empty() {
        spaced(&row.number)
    } else {
        format!("{} {}", row.name, spaced(&row.number))
    };
    let said = format!("{}, {}", row.left, row.length);
    let (listen, remove) = (
        format!("Message from {caller}"),
        format!("Delete the message from {caller}"),
    );
    let id = row.id.clone();
    view! {
        <li>
            <span class="grow">
                <b>{caller}</b>
                <small class="num-t">{said}</small>
            </span>
            {row.new.then(|| view! { <span class="chip info">"New"</span> })}
            <audio controls preload="none" aria-label=listen src=format!("{base}/{}/audio", row.id)></audio>
            <button
                type="button"
                class="icon-btn"
                aria-label=remove
                title="Delete message"
                on:click=move |_| delete.run(id.clone())
            >
                {icon("trash-2", 16)}
            </button>
        </li>
    }
    .into_any()
}

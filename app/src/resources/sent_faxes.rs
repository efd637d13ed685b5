//! The faxes sent from a fax box: given to be sent, followed, cancelled.

use super::beside::{framed, pieces};
use super::faxes::machine;
use super::load_sent_faxes;
use crate::ui::icon::icon;
use crate::ui::request;
use crate::ui::toast::Toasts;
use leptos::html::Input;
use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How often the list follows what is being sent.
const FOLLOW: Duration = Duration::from_secs(3);

/// How far a fax is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SentState {
    /// It waits for its next attempt.
    Waiting,
    /// It is being sent.
    Sending,
    /// All pages got through.
    Sent,
    /// It was given up.
    Failed,
    /// Nobody wants it sent any more.
    Cancelled,
}

impl SentState {
    fn is_over(self) -> bool {
        !matches!(self, Self::Waiting | Self::Sending)
    }

    /// The class and the word of its chip.
    fn chip(self) -> (&'static str, &'static str) {
        match self {
            Self::Waiting => ("chip info", "Waiting"),
            Self::Sending => ("chip info", "Sending"),
            Self::Sent => ("chip ok", "Sent"),
            Self::Failed => ("chip bad", "Failed"),
            Self::Cancelled => ("chip", "Cancelled"),
        }
    }
}

/// A fax that is to be sent, or was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SentRow {
    /// Its id.
    pub(crate) id: String,
    /// Where it goes.
    pub(crate) number: String,
    /// What the machine there says it is; may be empty.
    pub(crate) station: String,
    /// When it was given to be sent, as people say it.
    pub(crate) when: String,
    /// How many pages there are.
    pub(crate) pages: i64,
    /// How far it is.
    pub(crate) state: SentState,
    /// Attempts begun.
    pub(crate) attempts: i64,
    /// When the next is due, as people say it; while it waits.
    pub(crate) next: Option<String>,
    /// What went wrong last; empty when nothing did.
    pub(crate) reason: String,
}

/// A piece of them, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SentList {
    /// The faxes.
    pub(crate) faxes: Vec<SentRow>,
    /// Where the next piece begins.
    pub(crate) next: Option<String>,
}

/// The form of a new one, and those before it. The first piece came with the page.
#[component]
pub(super) fn SentFaxes(account: String, fax_box: String, sent: SentList) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let list = RwSignal::new(sent);
    // The newest are shown: new ones appear.
    let newest = RwSignal::new(true);
    let base = StoredValue::new(format!("/api/v1/accounts/{account}/outgoing-faxes"));
    let own = StoredValue::new(fax_box.clone());
    let load = Callback::new(move |cursor: Option<String>| {
        let (account, fax_box) = (account.clone(), fax_box.clone());
        leptos::task::spawn_local(async move {
            let first = cursor.is_none();
            match load_sent_faxes(account, fax_box, cursor).await {
                // The page may be another one by now.
                Ok(found) => {
                    let _gone = newest.try_set(first);
                    let _gone = list.try_set(found);
                }
                Err(trouble) => toasts.fail("The faxes were not loaded", trouble),
            }
        });
    });
    Effect::new(move |_| {
        let moves = move || list.with(|list| list.faxes.iter().any(|it| !it.state.is_over()));
        if !newest.get() || !moves() {
            return;
        }
        if let Ok(clock) = set_interval_with_handle(move || load.run(None), FOLLOW) {
            on_cleanup(move || clock.clear());
        }
    });
    let ask = Callback::new(move |(method, id, rest, said): Asked| {
        let address = base.with_value(|base| format!("{base}/{id}{rest}"));
        request::send(method, &address, None, move |ended| match ended {
            Ok(()) => {
                toasts.good(said, "");
                load.run(None);
            }
            Err(why) => toasts.fail("The fax is as it was", why),
        });
    });
    let content = move || {
        let found = list.get();
        let row = |row: &_| base.with_value(|base| fax(base, row, ask));
        let rows = found.faxes.iter().map(row).collect();
        pieces(rows, found.next, load, "faxes")
    };
    let form = new_fax(base, own, load, toasts);
    view! {
        {framed("Send a fax", "Sent at once, and again if it does not get through.", form)}
        {framed("Sent", "Newest first.", content.into_any())}
    }
    .into_any()
}

/// A method, a fax, what of it is meant, and what is said when it is done.
type Asked = (&'static str, String, &'static str, &'static str);

/// A number, a file, and the button.
fn new_fax(
    base: StoredValue<String>,
    fax_box: StoredValue<String>,
    load: Callback<Option<String>>,
    toasts: Toasts,
) -> AnyView {
    let number = RwSignal::new(String::new());
    let file = NodeRef::<Input>::new();
    let sending = RwSignal::new(false);
    let wrong = RwSignal::new(None::<String>);
    let send = move || {
        if sending.get_untracked() {
            return;
        }
        let chosen = file.get_untracked().and_then(|input| input.files()?.get(0));
        let entered = number.get_untracked();
        let missing = match (entered.trim().is_empty(), &chosen) {
            (true, _) => Some("Enter the number that the fax goes to."),
            (false, None) => Some("Choose the PDF file that is sent."),
            (false, Some(_)) => None,
        };
        wrong.set(missing.map(str::to_owned));
        let (None, Some(pdf)) = (missing, chosen) else {
            return;
        };
        sending.set(true);
        let address = format!(
            "{}?fax_box={}&number={}",
            base.get_value(),
            urlencoded(&fax_box.get_value()),
            urlencoded(entered.trim())
        );
        request::send("POST", &address, Some(&pdf), move |ended| {
            let _gone = sending.try_set(false);
            match ended {
                Ok(()) => {
                    let _gone = number.try_set(String::new());
                    if let Some(input) = file.try_get_untracked().flatten() {
                        input.set_value("");
                    }
                    toasts.good("The fax is on its way", "");
                    load.run(None);
                }
                Err(why) => {
                    let _gone = wrong.try_set(Some(why));
                }
            }
        });
    };
    let described = move || wrong.with(Option::is_some).then_some("fax-wrong");
    view! {
        <div class="fields">
            <div class="field">
                <label for="fax-number">"Number"</label>
                <input
                    id="fax-number"
                    class="input"
                    type="tel"
                    autocomplete="off"
                    maxlength="40"
                    prop:value=number
                    aria-describedby=described
                    on:input:target=move |ev| number.set(ev.target().value())
                    on:keydown=move |ev| {
                        if ev.key() == "Enter" {
                            // The form around it is another one.
                            ev.prevent_default();
                            send();
                        }
                    }
                />
            </div>
            <div class="field">
                <label for="fax-file">"PDF file"</label>
                <input
                    id="fax-file"
                    class="input file"
                    type="file"
                    accept="application/pdf,.pdf"
                    node_ref=file
                    aria-describedby="fax-file-help"
                />
                <span class="help" id="fax-file-help">
                    "At most 32 MB and 200 pages. Colours become dots of black."
                </span>
            </div>
            {move || {
                wrong
                    .get()
                    .map(|why| {
                        view! {
                            <p class="err-text" id="fax-wrong" role="alert">
                                {icon("circle-alert", 14)}
                                {why}
                            </p>
                        }
                    })
            }}
            <div>
                <button type="button" class="btn" disabled=sending on:click=move |_| send()>
                    {icon("phone-outgoing", 16)}
                    {move || if sending.get() { "Sending the file" } else { "Send fax" }}
                </button>
            </div>
        </div>
    }
    .into_any()
}

fn urlencoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn fax(base: &str, row: &SentRow, ask: Callback<Asked>) -> AnyView {
    let receiver = machine(&row.number, &row.station);
    let count = usize::try_from(row.pages).unwrap_or_default();
    let pages = super::counted(count, "page", "pages");
    let mut said = format!("{}, {pages}", row.when);
    if row.attempts > 1 {
        said.push_str(&format!(", {} attempts", row.attempts));
    }
    let again = row.next.as_ref().filter(|_| row.attempts > 0);
    let again = again.map(|next| format!(" Tried again {next}."));
    let why = (!row.reason.is_empty() && row.state != SentState::Cancelled).then(|| {
        let mut reason = row.reason.clone();
        if let Some(first) = reason.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        view! { <small>{reason} "." {again}</small> }
    });
    let (class, word) = row.state.chip();
    let open = format!("Open the fax to {receiver} as PDF");
    let (id, over) = (row.id.clone(), row.state.is_over());
    let (name, title, glyph) = match over {
        true => (
            format!("Delete the fax to {receiver}"),
            "Delete fax",
            "trash-2",
        ),
        false => (format!("Cancel the fax to {receiver}"), "Cancel fax", "x"),
    };
    let end = move |_| {
        let asked = match over {
            true => ("DELETE", id.clone(), "", "Fax deleted"),
            false => ("POST", id.clone(), "/cancel", "Fax cancelled"),
        };
        ask.run(asked);
    };
    view! {
        <li>
            <span class="grow">
                <b>{receiver}</b>
                <small class="num-t">{said}</small>
                {why}
            </span>
            <span class=class>{word}</span>
            <a class="btn btn-sm" href=format!("{base}/{}/pdf", row.id) target="_blank" rel="external" aria-label=open>
                {icon("printer", 14)}
                "PDF"
            </a>
            <button type="button" class="icon-btn" aria-label=name title=title on:click=end>
                {icon(glyph, 16)}
            </button>
        </li>
    }
    .into_any()
}

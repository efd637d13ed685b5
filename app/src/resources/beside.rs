//! What is known of a resource at the moment: phones, mailboxes, switches, and who refers to it.

use super::faxes::{FaxList, Faxes};
use super::form::Form;
use super::layout::Beside;
use super::messages::{MessageList, Messages};
use super::neighbours::phone;
use super::sent_faxes::{SentFaxes, SentList};
use super::sound::Sound;
use super::{UsedBy, counted};
use crate::account::path;
use crate::schedule::{ScheduleView, Subject};
use crate::ui::icon::icon;
use callflow::ResourceKind;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A phone of a user, or one place where a device is registered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PhoneRow {
    /// The device's id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its make, address and transport, or its user name.
    pub(crate) detail: String,
    /// Whether calls reach it.
    pub(crate) registered: bool,
}

/// A mailbox of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MailboxRow {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its number.
    pub(crate) number: String,
    /// Messages nobody has heard.
    pub(crate) new: i64,
    /// Messages that were kept.
    pub(crate) saved: i64,
}

/// Something that was switched by phone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Switch {
    /// What it is called.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) state: String,
    /// Whether it is on.
    pub(crate) on: bool,
}

/// What is known of a resource at the moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Around {
    /// A user's phones, or the places where a device is registered.
    pub(crate) phones: Vec<PhoneRow>,
    /// A user's mailboxes.
    pub(crate) mailboxes: Vec<MailboxRow>,
    /// The phones where a user has logged in: id and name.
    pub(crate) desks: Vec<(String, String)>,
    /// Switches turned by phone.
    pub(crate) switches: Vec<Switch>,
    /// How many messages are in a mailbox.
    pub(crate) messages: i64,
    /// The newest of them.
    pub(crate) inbox: MessageList,
    /// The newest faxes of a fax box.
    pub(crate) faxes: FaxList,
    /// The newest that were sent from it.
    pub(crate) sent: SentList,
    /// Whether a medium has a sound file.
    pub(crate) sound: bool,
}

/// One block. A resource that is not stored yet has only what is sent along with it.
pub(super) fn block(what: Beside, form: Form) -> Option<AnyView> {
    let view = form.view.get_value();
    let account = form.account.get_value();
    let stored = view.id.is_some();
    let around = view.around;
    match what {
        Beside::Sound => Some(view! { <Sound form /> }.into_any()),
        Beside::Schedule => Some(schedule(account, form)),
        _ if !stored => None,
        Beside::Devices => Some(devices(&account, &around)),
        Beside::Registrations => Some(registrations(&around)),
        Beside::Mailboxes => Some(mailboxes(&account, &around)),
        Beside::Desks => Some(desks(&account, &around)),
        Beside::Switches => (!around.switches.is_empty()).then(|| switches(&around)),
        Beside::Messages => {
            let mailbox = view.id.unwrap_or_default();
            let inbox = around.inbox;
            Some(view! { <Messages account mailbox inbox /> }.into_any())
        }
        Beside::Faxes => {
            let fax_box = view.id.unwrap_or_default();
            let inbox = around.faxes;
            Some(view! { <Faxes account fax_box inbox /> }.into_any())
        }
        Beside::SentFaxes => {
            let fax_box = view.id.unwrap_or_default();
            let sent = around.sent;
            Some(view! { <SentFaxes account fax_box sent /> }.into_any())
        }
        Beside::Uses => {
            (view.kind != ResourceKind::Settings).then(|| uses(&account, &view.used_by))
        }
    }
}

/// A heading and its sentence at the left, the content at the right.
pub(super) fn framed(title: &'static str, help: &'static str, content: AnyView) -> AnyView {
    view! {
        <section class="form-sec">
            <header>
                <h3>{title}</h3>
                <p>{help}</p>
            </header>
            <div>{content}</div>
        </section>
    }
    .into_any()
}

/// A piece of a list, and the way to what came before it. `noun` is several: "faxes".
pub(super) fn pieces(
    rows: Vec<AnyView>,
    next: Option<String>,
    load: Callback<Option<String>>,
    noun: &'static str,
) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="muted">{format!("No {noun}.")}</p> }.into_any();
    }
    let next = next.map(|next| {
        view! {
            <button type="button" class="btn btn-sm" on:click=move |_| load.run(Some(next.clone()))>
                {format!("Earlier {noun}")}
            </button>
        }
    });
    view! {
        <ul class="card-list messages">{rows}</ul>
        {next}
    }
    .into_any()
}

fn schedule(account: String, form: Form) -> AnyView {
    let subject = Signal::derive(move || {
        let entered = |field: &crate::form::FormField| {
            let value = field.value.get();
            (!value.is_null()).then(|| (field.spec.key.to_owned(), value))
        };
        Subject::Rule(form.fields.get_value().iter().filter_map(entered).collect())
    });
    framed(
        "Calendar",
        "The days on which it applies, and what changes next.",
        view! { <ScheduleView account subject /> }.into_any(),
    )
}

fn cards(empty: &'static str, rows: Vec<AnyView>) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="muted">{empty}</p> }.into_any();
    }
    view! { <ul class="card-list">{rows}</ul> }.into_any()
}

fn devices(account: &str, around: &Around) -> AnyView {
    let rows = around
        .phones
        .iter()
        .map(|row| phone(account, row))
        .collect();
    framed(
        "Devices",
        "All of them ring when somebody calls this user.",
        cards("No device has this user as its owner.", rows),
    )
}

fn registrations(around: &Around) -> AnyView {
    let rows = around.phones.iter();
    let rows = rows.map(|row| {
        view! {
            <li>
                <span class="tile fam-connect">{icon("smartphone", 18)}</span>
                <span class="grow">
                    <b>{row.name.clone()}</b>
                    <small>{row.detail.clone()}</small>
                </span>
                {super::list::status(Some(row.registered))}
            </li>
        }
        .into_any()
    });
    framed(
        "Registered",
        "Where calls to this phone are sent.",
        cards("This phone is not registered.", rows.collect()),
    )
}

fn mailboxes(account: &str, around: &Around) -> AnyView {
    let rows = around.mailboxes.iter().map(|row| {
        let held = format!(
            "{}, {}",
            counted(
                usize::try_from(row.new).unwrap_or(0),
                "new message",
                "new messages"
            ),
            counted(usize::try_from(row.saved).unwrap_or(0), "saved", "saved")
        );
        view! {
            <li>
                <span class="tile fam-message">{icon("voicemail", 18)}</span>
                <span class="grow">
                    <b>{format!("{} {}", row.name, row.number)}</b>
                    <small>{held}</small>
                </span>
                <a
                    class="btn btn-quiet btn-sm"
                    href=path(account, &format!("voicemail-boxes/{}", row.id))
                    aria-label=format!("Open the mailbox {}", row.name)
                >
                    "Open"
                </a>
            </li>
        }
        .into_any()
    });
    framed(
        "Mailboxes",
        "Those that have this user as their owner.",
        cards("This user has no mailbox.", rows.collect()),
    )
}

fn desks(account: &str, around: &Around) -> AnyView {
    let rows = around.desks.iter().map(|(id, name)| {
        view! {
            <li>
                <span class="tile fam-set">{icon("monitor-check", 18)}</span>
                <span class="grow">
                    <b>{name.clone()}</b>
                </span>
                <a
                    class="btn btn-quiet btn-sm"
                    href=path(account, &format!("devices/{id}"))
                    aria-label=format!("Open {name}")
                >
                    "Open"
                </a>
            </li>
        }
        .into_any()
    });
    framed(
        "Logged in at",
        "Phones that act as this user's now.",
        cards("This user is logged in at no other phone.", rows.collect()),
    )
}

fn switches(around: &Around) -> AnyView {
    let rows = around.switches.iter().map(|switch| {
        let class = if switch.on { "chip info" } else { "chip" };
        view! {
            <li>
                <span class="grow">
                    <b>{switch.name.clone()}</b>
                </span>
                <span class=class>{switch.state.clone()}</span>
            </li>
        }
        .into_any()
    });
    framed(
        "Switched by phone",
        "Goes before what is set here, until it is switched back.",
        cards("", rows.collect()),
    )
}

fn uses(account: &str, used_by: &[UsedBy]) -> AnyView {
    framed(
        "Used in",
        "Callflows and others that refer to it.",
        cards(
            "Nothing refers to it.",
            used_by.iter().map(|by| user(account, by)).collect(),
        ),
    )
}

/// One of those who refer to a resource.
pub(super) fn user(account: &str, by: &UsedBy) -> AnyView {
    // The editor begins as a page of its own.
    let rel = by.place.starts_with("callflows/").then_some("external");
    let section = by.place.split('/').next().unwrap_or_default();
    let name = by.name.clone();
    view! {
        <li>
            <span class="tile fam-route">{icon(super::icon_of(section), 18)}</span>
            <span class="grow">
                <b>{name.clone()}</b>
                <small>{by.what.clone()}</small>
            </span>
            <a
                class="btn btn-quiet btn-sm"
                href=path(account, &by.place)
                rel=rel
                aria-label=format!("Open {name}")
            >
                "Open"
            </a>
        </li>
    }
    .into_any()
}

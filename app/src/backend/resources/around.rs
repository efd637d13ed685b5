//! What is known of a resource at the moment.

use crate::backend::Desk;
use crate::backend::phones::{self, Reachable};
use crate::backend::when::told;
use crate::resources::{
    Around, FaxList, FaxRow, MailboxRow, MessageList, MessageRow, PhoneRow, SentList, SentRow,
    SentState, Switch,
};
use crate::trouble::Trouble;
use callflow::live::{Live, LiveKey, LiveValue, Owner};
use callflow::resource::{Device, MediaSource};
use callflow::{Directory, Resource as Parsed, ResourceKind};
use store::{Access, FaxState, Folder, Message, MessageCounts, Page, Resource};

/// Messages that are shown at once.
const MESSAGES: u32 = 20;

/// What is known of this resource.
pub(super) async fn around(
    desk: &Desk,
    access: &Access,
    directory: &Directory,
    stored: &Resource,
) -> Result<Around, Trouble> {
    let id = stored.id.as_str();
    let mut around = Around::default();
    match stored.kind {
        ResourceKind::User => {
            let live = desk.store.live(access).await?;
            let counts = desk.store.message_counts(access).await?;
            let places = phones::reachable(access.account_id()).await;
            around.phones = directory
                .devices_of(id)
                .map(|(device, it)| phone(device, it, &places))
                .collect();
            around.mailboxes = mailboxes(directory, id, &counts);
            around.desks = directory
                .desks_of(&live, id)
                .into_iter()
                .map(|device| {
                    let name = directory.name(ResourceKind::Device, &device);
                    (device.clone(), name.unwrap_or(device))
                })
                .collect();
            around.switches = switches(&live, &Owner::User(id.to_owned()));
        }
        ResourceKind::Device => {
            let live = desk.store.live(access).await?;
            let places = phones::reachable(access.account_id()).await;
            let own = places.iter().filter(|place| place.device == id);
            around.phones = own.map(|place| registration(id, place)).collect();
            around.switches = switches(&live, &Owner::Device(id.to_owned()));
            around.switches.extend(at_desk(&live, directory, id));
        }
        ResourceKind::VoicemailBox => {
            let counts = desk.store.message_counts(access).await?;
            let own = counts.iter().find(|(held, _)| held == id);
            around.messages = own.map_or(0, |(_, counts)| counts.new + counts.saved);
            around.inbox = inbox(desk, access, id, None).await?;
        }
        ResourceKind::FaxBox => {
            let zone = desk.store.account(access).await?.time_zone;
            around.faxes = fax_list(desk, access, id, None, &zone).await?;
            around.sent = sent_list(desk, access, id, None, &zone).await?;
        }
        ResourceKind::TimeRule => {
            let live = desk.store.live(access).await?;
            let forced = live.is_on(&LiveKey::TimeRule(id.to_owned()));
            around.switches.extend(forced.map(|on| Switch {
                name: "The rule".to_owned(),
                state: if on { "Forced on" } else { "Forced off" }.to_owned(),
                on,
            }));
        }
        ResourceKind::Media => {
            let spoken = directory
                .media(id)
                .is_some_and(|media| media.source_kind == MediaSource::Tts);
            around.sound = !spoken && stored.document.contains_key("file");
        }
        _ => {}
    }
    Ok(around)
}

fn phone(id: &str, device: &Device, places: &[Reachable]) -> PhoneRow {
    let place = places.iter().find(|place| place.device == id);
    PhoneRow {
        id: id.to_owned(),
        name: device.name.0.clone(),
        detail: place.map_or_else(|| device.sip_username.0.clone(), told_of),
        registered: place.is_some(),
    }
}

fn registration(id: &str, place: &Reachable) -> PhoneRow {
    let agent = place.user_agent.as_str();
    PhoneRow {
        id: id.to_owned(),
        name: if agent.is_empty() { "Phone" } else { agent }.to_owned(),
        detail: format!("{}, {}", place.address, place.transport),
        registered: true,
    }
}

/// "Yealink T54W, 192.0.2.31:5060, UDP".
fn told_of(place: &Reachable) -> String {
    let parts = [&place.user_agent, &place.address, &place.transport];
    let parts: Vec<&str> = parts
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(", ")
}

fn mailboxes(
    directory: &Directory,
    user: &str,
    counts: &[(String, MessageCounts)],
) -> Vec<MailboxRow> {
    let row = |(id, resource): (&str, &std::sync::Arc<Parsed>)| {
        let Parsed::Mailbox(mailbox) = resource.as_ref() else {
            return None;
        };
        mailbox.owner.as_ref().filter(|owner| owner.id() == user)?;
        let held = counts.iter().find(|(own, _)| own == id);
        let held = held.map(|(_, counts)| *counts).unwrap_or_default();
        Some(MailboxRow {
            id: id.to_owned(),
            name: mailbox.name.0.clone(),
            number: mailbox.mailbox.0.clone(),
            new: held.new,
            saved: held.saved,
        })
    };
    directory
        .all(ResourceKind::VoicemailBox)
        .filter_map(row)
        .collect()
}

/// The switches of a user or device that somebody has turned by phone.
fn switches(live: &Live, owner: &Owner) -> Vec<Switch> {
    let mut switches = Vec::new();
    let word = |on: bool| if on { "On" } else { "Off" }.to_owned();
    let keys = [
        ("Do not disturb", LiveKey::DoNotDisturb(owner.clone())),
        ("Call waiting", LiveKey::CallWaiting(owner.clone())),
    ];
    for (name, key) in keys {
        switches.extend(live.is_on(&key).map(|on| Switch {
            name: name.to_owned(),
            state: word(on),
            on,
        }));
    }
    if let Some((on, number)) = live.forward(owner.clone()) {
        switches.push(Switch {
            name: "Forward calls".to_owned(),
            state: if on && !number.is_empty() {
                format!("On, to {number}")
            } else {
                word(on)
            },
            on,
        });
    }
    switches
}

/// Who sits at a phone that may not be theirs.
fn at_desk(live: &Live, directory: &Directory, device: &str) -> Option<Switch> {
    live.get(&LiveKey::HotDesk(device.to_owned()))
        .filter(|value| matches!(value, LiveValue::Users(_)))?;
    let users = directory.sitting_at(live, device);
    let names: Vec<String> = users
        .into_iter()
        .map(|id| directory.name(ResourceKind::User, &id).unwrap_or(id))
        .collect();
    Some(Switch {
        name: "Hot desk".to_owned(),
        on: !names.is_empty(),
        state: if names.is_empty() {
            "Nobody logged in".to_owned()
        } else {
            names.join(", ")
        },
    })
}

/// See [`crate::resources::load_faxes`].
pub(crate) async fn faxes(
    account: &str,
    fax_box: &str,
    cursor: Option<String>,
) -> Result<FaxList, Trouble> {
    let (desk, access, zone) = fax_box_of(account, fax_box).await?;
    fax_list(&desk, &access, fax_box, cursor, &zone).await
}

/// The account of a fax box, and the time zone its faxes are told in. An unknown box is not an empty one.
async fn fax_box_of(account: &str, fax_box: &str) -> Result<(Desk, Access, String), Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let kind = ResourceKind::FaxBox;
    desk.store.resource(&access, kind, fax_box).await?;
    let zone = desk.store.account(&access).await?.time_zone;
    Ok((desk, access, zone))
}

async fn fax_list(
    desk: &Desk,
    access: &Access,
    fax_box: &str,
    cursor: Option<String>,
    zone: &str,
) -> Result<FaxList, Trouble> {
    let page = Page {
        cursor,
        limit: Some(MESSAGES),
        search: None,
    };
    let found = desk.store.faxes(access, Some(fax_box), &page).await?;
    let row = |it: store::Fax| FaxRow {
        id: it.id,
        number: it.fax.caller_number,
        station: it.fax.station_id,
        when: told(it.fax.started_at, zone),
        pages: it.fax.pages,
        error: it.fax.error,
    };
    Ok(FaxList {
        faxes: found.items.into_iter().map(row).collect(),
        next: found.next,
    })
}

/// See [`crate::resources::load_sent_faxes`].
pub(crate) async fn sent_faxes(
    account: &str,
    fax_box: &str,
    cursor: Option<String>,
) -> Result<SentList, Trouble> {
    let (desk, access, zone) = fax_box_of(account, fax_box).await?;
    sent_list(&desk, &access, fax_box, cursor, &zone).await
}

async fn sent_list(
    desk: &Desk,
    access: &Access,
    fax_box: &str,
    cursor: Option<String>,
    zone: &str,
) -> Result<SentList, Trouble> {
    let page = Page {
        cursor,
        limit: Some(MESSAGES),
        search: None,
    };
    let found = desk.store.outgoing_faxes(access, Some(fax_box), &page);
    let found = found.await?;
    let row = |it: store::OutgoingFax| SentRow {
        id: it.id,
        number: it.fax.number,
        station: it.last.station_id,
        when: told(it.created_at, zone),
        pages: it.fax.pages,
        state: match it.state {
            FaxState::Queued => SentState::Waiting,
            FaxState::Sending => SentState::Sending,
            FaxState::Sent => SentState::Sent,
            FaxState::Failed => SentState::Failed,
            FaxState::Cancelled => SentState::Cancelled,
        },
        attempts: it.attempts,
        next: it.next_attempt_at.map(|at| told(at, zone)),
        reason: it.last.reason,
    };
    Ok(SentList {
        faxes: found.items.into_iter().map(row).collect(),
        next: found.next,
    })
}

/// See [`crate::resources::load_messages`].
pub(crate) async fn messages(
    account: &str,
    mailbox: &str,
    cursor: Option<String>,
) -> Result<MessageList, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    // An unknown mailbox is not an empty one.
    let kind = ResourceKind::VoicemailBox;
    desk.store.resource(&access, kind, mailbox).await?;
    inbox(&desk, &access, mailbox, cursor).await
}

async fn inbox(
    desk: &Desk,
    access: &Access,
    mailbox: &str,
    cursor: Option<String>,
) -> Result<MessageList, Trouble> {
    let zone = desk.store.account(access).await?.time_zone;
    let page = Page {
        cursor,
        limit: Some(MESSAGES),
        search: None,
    };
    let found = desk.store.messages(access, mailbox, &page).await?;
    Ok(MessageList {
        messages: found
            .items
            .into_iter()
            .map(|it| message(it, &zone))
            .collect(),
        next: found.next,
    })
}

fn message(message: Message, zone: &str) -> MessageRow {
    let seconds = message.duration_ms.max(0) / 1_000;
    MessageRow {
        id: message.id,
        number: message.caller_number,
        name: message.caller_name,
        left: told(message.created_at, zone),
        length: format!("{}:{:02}", seconds / 60, seconds % 60),
        new: message.folder == Folder::New,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_that_nobody_turned_are_not_told() {
        let owner = Owner::User("ann".to_owned());
        assert_eq!(switches(&Live::default(), &owner), []);
        let forward = LiveValue::Forward {
            enabled: true,
            number: "2002".to_owned(),
        };
        let live: Live = [
            (LiveKey::Forward(owner.clone()), forward),
            (LiveKey::DoNotDisturb(owner.clone()), LiveValue::On(false)),
        ]
        .into_iter()
        .collect();
        let told: Vec<(String, String)> = switches(&live, &owner)
            .into_iter()
            .map(|switch| (switch.name, switch.state))
            .collect();
        assert_eq!(
            told,
            [
                ("Do not disturb".to_owned(), "Off".to_owned()),
                ("Forward calls".to_owned(), "On, to 2002".to_owned())
            ]
        );
    }
}

//! Mailboxes as calls find them.

use crate::call::Call;
use crate::directory::Directory;
use crate::resource::{Mailbox, Resource, ResourceKind};

/// A mailbox with its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The id.
    pub id: String,
    /// The mailbox.
    pub mailbox: Mailbox,
}

fn all(directory: &Directory) -> impl Iterator<Item = (&str, &Mailbox)> {
    let boxes = directory.all(ResourceKind::VoicemailBox);
    boxes.filter_map(|(id, resource)| match resource.as_ref() {
        Resource::Mailbox(mailbox) => Some((id, mailbox.as_ref())),
        _ => None,
    })
}

fn found((id, mailbox): (&str, &Mailbox)) -> Found {
    Found {
        id: id.to_owned(),
        mailbox: mailbox.clone(),
    }
}

/// The mailbox with an id.
#[must_use]
pub fn with_id(directory: &Directory, id: &str) -> Option<Found> {
    directory.mailbox(id).map(|mailbox| found((id, mailbox)))
}

/// The mailbox with a number, else the one that has it as another number.
#[must_use]
pub fn with_number(directory: &Directory, number: &str) -> Option<Found> {
    if number.is_empty() {
        return None;
    }
    let own = all(directory).find(|(_, mailbox)| mailbox.mailbox.0 == number);
    let other =
        || all(directory).find(|(_, mailbox)| mailbox.aliases.0.iter().any(|a| a == number));
    own.or_else(other).map(found)
}

/// The mailbox of a user, if there is exactly one.
#[must_use]
pub fn only_one_of(directory: &Directory, user: &str) -> Option<Found> {
    let mut own = all(directory).filter(|(_, mailbox)| belongs_to(mailbox, user));
    let first = own.next()?;
    own.next().is_none().then(|| found(first))
}

/// The mailbox of a user that has a number.
#[must_use]
pub fn of_user_with_number(directory: &Directory, user: &str, number: &str) -> Option<Found> {
    let own = all(directory).filter(|(_, mailbox)| belongs_to(mailbox, user));
    let mut fits = own.filter(|(_, mailbox)| mailbox.mailbox.0 == number);
    fits.next().map(found)
}

fn belongs_to(mailbox: &Mailbox, user: &str) -> bool {
    mailbox.owner.as_ref().is_some_and(|own| own.id() == user)
}

/// Whether the owner of a mailbox calls, from an own phone. Whoever the owner transferred is somebody else.
#[must_use]
pub fn owner_calls(call: &Call, mailbox: &Mailbox) -> bool {
    let own = call.transferred_by().is_none();
    let user = call.calling_user().filter(|_| own);
    user.is_some_and(|user| belongs_to(mailbox, user))
}

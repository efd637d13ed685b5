//! The main menu of a mailbox.

use crate::action::parts::choose::{Question, choose};
use crate::action::parts::mailbox::Found;
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended, Next};
use crate::command::{Folder, MailboxChange, Repeat, Sound, StoredMessage, Update};
use crate::resource::{Mailbox, User};

/// Somebody who is in a mailbox.
pub(super) struct Visit {
    /// The mailbox's id.
    pub(super) id: String,
    /// The mailbox, with what was changed on this call.
    pub(super) mailbox: Mailbox,
    /// How long to wait for another digit, in milliseconds.
    pub(super) between_ms: u64,
    /// The time zone of the times that are said.
    pub(super) zone: String,
}

impl Visit {
    pub(super) fn new(call: &Call, found: Found, between_ms: u64) -> Self {
        let Found { id, mailbox } = found;
        let owner = owner(call, &mailbox);
        let zone = mailbox.timezone.as_ref();
        let zone = zone.or_else(|| owner?.timezone.as_ref());
        let zone = zone.map_or_else(|| call.account().timezone.clone(), |zone| zone.0.clone());
        Self {
            id,
            mailbox,
            between_ms,
            zone,
        }
    }

    /// The language in which the mailbox speaks to its owner, if it has one of its own.
    pub(super) fn language(&self, call: &Call) -> Option<String> {
        let own = self.mailbox.language.as_ref();
        let own = own.or_else(|| owner(call, &self.mailbox)?.language.as_ref());
        own.map(|language| language.0.clone())
    }

    /// Tells how many messages there are and leads to them, until the caller leaves.
    pub(super) async fn main_menu(&mut self, call: &mut Call) -> Result<Next, Ended> {
        let (menu, keys) = if self.mailbox.not_configurable {
            ("vm-main_menu_not_configurable", "12#")
        } else {
            ("vm-main_menu", "125#")
        };
        loop {
            let Some(messages) = call.messages(&self.id).await? else {
                let sounds = vec![prompt(call, "fault-facility_trouble")];
                call.play_through(sounds, Repeat::Times(1)).await?;
                return Ok(Next::Continue);
            };
            let mut first = count(call, &messages);
            first.push(prompt(call, menu));
            let question = Question {
                pressed: None,
                first,
                again: vec![prompt(call, menu)],
                keys,
                wrong: "menu-invalid_entry",
            };
            let folder = match choose(call, question).await? {
                Some('1') => Folder::New,
                Some('2') => Folder::Saved,
                Some('5') => {
                    self.settings(call).await?;
                    continue;
                }
                Some(_) => return Ok(Next::Continue),
                None => {
                    let sounds = vec![prompt(call, "vm-goodbye")];
                    call.play_through(sounds, Repeat::Times(1)).await?;
                    return Ok(Next::Continue);
                }
            };
            if let Some(next) = self.listen(call, messages, folder).await? {
                return Ok(next);
            }
        }
    }

    /// Makes a change of the mailbox; says whether it was stored.
    pub(super) async fn change(&self, call: &mut Call, change: MailboxChange) -> bool {
        let mailbox = self.id.clone();
        call.update(Update::Mailbox { mailbox, change }).await
    }
}

fn owner<'a>(call: &'a Call, mailbox: &Mailbox) -> Option<&'a User> {
    let owner = mailbox.owner.as_ref()?;
    call.account().directory.user(owner.id())
}

/// "You have two new and one saved message."
fn count(call: &Call, messages: &[StoredMessage]) -> Vec<Sound> {
    let of = |folder| {
        let held = messages.iter().filter(|message| message.folder == folder);
        u64::try_from(held.count()).unwrap_or(u64::MAX)
    };
    let number = |number| Sound::Number {
        number,
        language: call.language().to_owned(),
    };
    let one_or_many = |count, one, many| prompt(call, if count == 1 { one } else { many });
    let (new, saved) = (of(Folder::New), of(Folder::Saved));
    let new_ones = one_or_many(new, "vm-new_message", "vm-new_messages");
    let saved_ones = one_or_many(saved, "vm-saved_message", "vm-saved_messages");
    let you_have = prompt(call, "vm-you_have");
    match (new, saved) {
        (0, 0) => vec![prompt(call, "vm-no_messages")],
        (_, 0) => vec![you_have, number(new), new_ones],
        (0, _) => vec![you_have, number(saved), saved_ones],
        _ => vec![
            you_have,
            number(new),
            prompt(call, "vm-new_and"),
            number(saved),
            saved_ones,
        ],
    }
}

//! Voicemail: takes a message in a mailbox. KAZOO module `voicemail`.

mod compose;

use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::resource::{Mailbox, Resource, ResourceKind};
use crate::value::{Ref, Seconds};

crate::fields! {
    /// Plays a greeting and takes a message.
    pub struct Voicemail {
        /// The mailbox that gets the message. Left empty, the digits that the dialled number's pattern
        /// captured are the mailbox's number.
        id: Option<Ref<Mailbox>> = None, "id", "Mailbox";
        /// The longest message, in seconds; empty takes the mailbox's own limit, or 500.
        max_message_length: Option<Seconds<1, 3_600>> = None, "max_message_length", "Longest message";
    }
}

impl Voicemail {
    /// Whether it lets the caller listen to messages instead of leaving one.
    fn checks(&self) -> bool {
        self.source.get("action").and_then(|v| v.as_str()) == Some("check")
    }

    /// The mailbox of this step: the chosen one, else the one whose number was dialled.
    fn mailbox(&self, call: &Call) -> Option<(String, Mailbox)> {
        let directory = &call.account().directory;
        if let Some(id) = &self.id {
            return Some((id.id().to_owned(), directory.mailbox(id.id())?.clone()));
        }
        let number = call.info().capture.as_deref()?;
        directory
            .all(ResourceKind::VoicemailBox)
            .find_map(|(id, resource)| match resource.as_ref() {
                Resource::Mailbox(mailbox) if mailbox.mailbox.0 == number => {
                    Some((id.to_owned(), Mailbox::clone(mailbox)))
                }
                _ => None,
            })
    }
}

impl Definition for Voicemail {
    const MODULE: &'static str = "voicemail";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Voicemail",
        category: Category::Basic,
        icon: "voicemail",
        family: Family::Message,
        help: "Takes a message in a mailbox",
        synonyms: &["mailbox", "answering machine", "message", "vm"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        if self.checks() {
            let message = "Listening by phone is not available yet: calls pass this step over";
            return vec![Finding::warning("VOICEMAIL_CHECK", None, message)];
        }
        // That none is chosen is right below a pattern: see `check::captures`.
        let Some(mailbox) = self.id.as_ref().and_then(|id| directory.mailbox(id.id())) else {
            return Vec::new();
        };
        let greeting = mailbox.temporary.as_ref().or(mailbox.unavailable.as_ref());
        let gone = greeting.is_some_and(|media| directory.media(media.id()).is_none());
        if gone {
            let message = "The greeting of this mailbox is not there any more";
            return vec![Finding::warning("RESOURCE_MISSING", Some("id"), message)];
        }
        if mailbox.announcement_only && mailbox.skip_greeting {
            let message = "This mailbox takes no message and plays no greeting";
            return vec![Finding::warning("MAILBOX_SILENT", Some("id"), message)];
        }
        Vec::new()
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let Some(mailbox) = self.id.as_ref().and_then(|id| directory.mailbox(id.id())) else {
            return Caption::default();
        };
        let (name, number) = (mailbox.name.0.as_str(), mailbox.mailbox.0.as_str());
        // Many boxes are called after their number.
        let number = if name.contains(number) { "" } else { number };
        Caption::text(format!("{name} {number}").trim())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if self.checks() {
            call.trouble("Listening to messages by phone is not available; the call goes on.");
            return Ok(Next::Continue);
        }
        compose::run(call, self).await
    }
}

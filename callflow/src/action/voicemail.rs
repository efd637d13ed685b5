//! Voicemail: takes a message in a mailbox, or lets its owner listen. KAZOO module `voicemail`.

mod call_back;
mod compose;
mod forward;
mod login;
mod menu;
mod message;
mod settings;
mod setup;

use crate::action::parts::mailbox::{self, Found};
use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::resource::Mailbox;
use crate::value::{Millis, Ref, Seconds};

crate::choice! {
    /// What is done with the mailbox.
    pub enum VoicemailAction {
        /// The caller leaves a message.
        Compose = "compose", "Take a message";
        /// The caller hears the messages.
        Check = "check", "Hear messages";
    }
}

crate::fields! {
    /// Plays a greeting and takes a message, or lets the caller hear the messages.
    pub struct Voicemail {
        /// Whether the caller leaves a message, or hears those that are there.
        action: VoicemailAction = VoicemailAction::Compose, "action", "Action";
        /// The mailbox. Left empty, the digits that the dialled number's pattern captured are the mailbox's
        /// number; Check Voicemail asks for the number when there are none.
        id: Option<Ref<Mailbox>> = None, "id", "Mailbox";
        /// The longest message, in seconds; empty takes the mailbox's own limit, or 500.
        max_message_length: Option<Seconds<1, 3_600>> = None, "max_message_length", "Longest message";
        /// Without a chosen mailbox, the caller's own one is taken if there is exactly one.
        single_mailbox_login: bool = false, "single_mailbox_login", "Take the caller’s only mailbox";
        /// Without a chosen mailbox, that one of the caller's is taken whose number is the caller ID.
        callerid_match_login: bool = false, "callerid_match_login", "Take the mailbox of the caller ID";
        /// How long to wait for another digit of a mailbox number or PIN, in milliseconds.
        interdigit_timeout: Millis<1, 10_000> = Millis(2_000), "interdigit_timeout", "Wait between keys";
    }
}

/// Less is no time to press a key; it was meant in seconds, most likely.
const SHORTEST_WAIT_MS: u32 = 100;

impl Voicemail {
    /// Whether it lets the caller listen to messages instead of leaving one.
    fn checks(&self) -> bool {
        self.action == VoicemailAction::Check
    }

    /// The mailbox of this step: the chosen one, else the one whose number was dialled, else the caller's own.
    fn mailbox(&self, call: &Call) -> Option<Found> {
        let directory = &call.account().directory;
        if let Some(id) = &self.id {
            return mailbox::with_id(directory, id.id());
        }
        if let Some(number) = call.info().capture.as_deref() {
            return mailbox::with_number(directory, number);
        }
        let user = call.calling_user()?;
        let single = self.single_mailbox_login;
        let single = single.then(|| mailbox::only_one_of(directory, user));
        let matching = || {
            let number = call.info().caller.number.as_str();
            mailbox::of_user_with_number(directory, user, number)
                .filter(|_| self.callerid_match_login)
        };
        single.flatten().or_else(matching)
    }
}

impl Definition for Voicemail {
    const MODULE: &'static str = "voicemail";
    const PRESETS: &'static [Preset] = &[
        Preset {
            label: "Voicemail",
            category: Category::Basic,
            icon: "voicemail",
            family: Family::Message,
            help: "Takes a message in a mailbox",
            synonyms: &["mailbox", "answering machine", "message", "vm"],
            mark: None,
        },
        Preset {
            label: "Check Voicemail",
            category: Category::Advanced,
            icon: "mailbox",
            family: Family::Message,
            help: "Lets the caller hear a mailbox",
            synonyms: &["listen", "messages", "mailbox", "*97", "*98"],
            mark: Some(("action", "check")),
        },
    ];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        if self.interdigit_timeout.0 < SHORTEST_WAIT_MS {
            let message = "The wait between keys is in milliseconds: nobody is so fast";
            let field = Some("interdigit_timeout");
            found.push(Finding::warning("UNIT_DOUBTFUL", field, message));
        }
        // That none is chosen is right below a pattern: see `check::captures`.
        let Some(mailbox) = self.id.as_ref().and_then(|id| directory.mailbox(id.id())) else {
            return found;
        };
        if self.checks() {
            return found;
        }
        let greeting = mailbox.temporary.as_ref().or(mailbox.unavailable.as_ref());
        let gone = greeting.is_some_and(|media| directory.media(media.id()).is_none());
        if gone {
            let message = "The greeting of this mailbox is not there any more";
            found.push(Finding::warning("RESOURCE_MISSING", Some("id"), message));
        } else if mailbox.announcement_only && mailbox.skip_greeting {
            let message = "This mailbox takes no message and plays no greeting";
            found.push(Finding::warning("MAILBOX_SILENT", Some("id"), message));
        }
        found
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
        let found = self.mailbox(call);
        answer_gently(call).await?;
        if !self.checks() {
            return compose::run(call, self, found).await;
        }
        if found.is_none() && self.id.is_some() {
            call.trouble("There is no such mailbox; the caller is asked for another.");
        }
        login::run(call, found, self.interdigit_timeout.0).await
    }
}

//! Mailboxes.

use crate::resource::{Media, Name, TextList, User};
use crate::value::{Digits, Language, MediaRef, Ref, Seconds, Zone};

crate::choice! {
    /// What is said about a message before it is played.
    pub enum Envelope {
        /// When it came.
        Time = "default", "Time";
        /// Who called, and when.
        CallerAndTime = "caller_and_time", "Caller and time";
    }
}

crate::fields! {
    /// A mailbox for voice messages.
    pub struct Mailbox {
        /// The name in lists.
        name: Name = Name::default(), "name", "Name";
        /// The number of the box.
        mailbox: Digits<1, 30> = Digits::default(), "mailbox", "Number";
        /// The person whose box it is.
        owner: Option<Ref<User>> = None, "owner_id", "Owner";
        /// The PIN of 4 to 6 digits.
        pin: Digits<0, 6> = Digits::default(), "pin", "PIN";
        /// The greeting when nobody answers.
        unavailable: Option<Ref<Media>> = None, "media.unavailable", "Unavailable greeting";
        /// A greeting for the time being, before all others.
        temporary: Option<Ref<Media>> = None, "media.temporary_unavailable", "Temporary greeting";
        /// No greeting at all.
        skip_greeting: bool = false, "skip_greeting", "Skip greeting";
        /// No "leave a message after the tone".
        skip_instructions: bool = false, "skip_instructions", "Skip instructions";
        /// Plays the greeting and takes no message.
        announcement_only: bool = false, "announcement_only", "Announcement only";
        /// An owner who calls is let into the box instead of leaving a message.
        check_if_owner: Option<bool> = None, "check_if_owner", "Owner calls to listen";
        /// Whether the owner must enter the PIN.
        require_pin: bool = false, "require_pin", "Owner enters PIN";
        /// The longest message, in seconds; empty takes the step's or 500.
        max_message_length: Option<Seconds<1, 3600>> = None, "max_message_length", "Longest message";
        /// The extension that key 0 leads to.
        operator_number: Digits<0, 36> = Digits::default(), "operator_number", "Operator";
        /// The audio is attached to mails.
        include_message_on_notify: bool = true, "include_message_on_notify", "Attach audio";
        /// More addresses that get a mail.
        notify_emails: TextList = TextList::default(), "notify_email_addresses", "Mail also";
        /// The message is deleted once it was mailed.
        delete_after_notify: bool = false, "delete_after_notify", "Delete after mail";
        /// The message goes to the saved folder once it was mailed.
        save_after_notify: bool = false, "save_after_notify", "Save after mail";
        /// Time zone of the times that are said.
        timezone: Option<Zone> = None, "timezone", "Time zone";
        /// Language of the prompts.
        language: Option<Language> = None, "language", "Language";
        /// What is said before a message.
        envelope: Envelope = Envelope::Time, "envelope_type", "Envelope";
        /// A short medium before the greeting.
        intro: MediaRef = MediaRef::default(), "media.intro", "Intro";
    }
}

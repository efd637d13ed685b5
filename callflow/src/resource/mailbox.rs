//! Mailboxes.

use crate::resource::{Media, Name, TextList, User};
use crate::value::{Digits, Language, MediaRef, Millis, Ref, Seconds, Zone};

crate::choice! {
    /// What is said about a message after it was played.
    pub enum Envelope {
        /// When it came.
        Time = "default", "Time";
        /// Who called, and when.
        CallerAndTime = "caller_and_time", "Caller and time";
    }
}

crate::choice! {
    /// How a message is forwarded by phone.
    pub enum ForwardType {
        /// As it is.
        Plain = "only_forward", "As it is";
        /// With words recorded before it, if wanted.
        Introduced = "prepend_forward", "With an introduction";
    }
}

crate::choice! {
    /// What happens to a message once it was forwarded.
    pub enum AfterForward {
        /// It is kept.
        Save = "save", "Keep it";
        /// The listener is asked again.
        Ask = "prompt", "Ask again";
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
        /// The PIN of 4 to 6 digits. Without one only the owner gets into the box, from an own phone.
        pin: Option<Digits<4, 6>> = None, "pin", "PIN";
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
        /// What is said about a message after it was played.
        envelope: Envelope = Envelope::Time, "envelope_type", "Envelope";
        /// A short medium before the greeting.
        intro: MediaRef = MediaRef::default(), "media.intro", "Intro";
        /// More numbers of the box, one a line. The owner may log in with them too.
        aliases: TextList = TextList::default(), "aliases", "Other numbers";
        /// Whether the owner has set the box up. Until then the first login asks for a new PIN and a greeting.
        is_setup: bool = false, "is_setup", "Set up";
        /// No settings by phone: neither greeting nor PIN can be changed there, and no first login asks for them.
        not_configurable: bool = false, "not_configurable", "No settings by phone";
        /// Messages are played from the oldest to the newest instead of the other way round.
        oldest_message_first: bool = false, "oldest_message_first", "Oldest message first";
        /// Neither the time of a message nor its caller is said.
        skip_envelope: bool = false, "skip_envelope", "Skip envelope";
        /// Whether words can be recorded before a message that is forwarded by phone.
        forward_type: ForwardType = ForwardType::Plain, "vm_message_forward_type", "Forwarding";
        /// What happens to a message once it was forwarded by phone.
        after_forward: AfterForward = AfterForward::Save, "after_forward_action", "After forwarding";
        /// Keys 5 and 8 go back and forth in a message while it is played.
        seek_enabled: bool = false, "is_voicemail_ff_rw_enabled", "Rewind and fast-forward";
        /// How far keys 5 and 8 go, in milliseconds.
        seek_step: Millis<0, 600_000> = Millis(10_000), "seek_duration_ms", "Step";
        /// The text of the message is written from its sound, where the system can do that.
        transcribe: bool = false, "transcribe", "Transcribe";
        /// The text is put into mails.
        include_transcription: bool = true, "include_transcription_on_notify", "Text in mails";
    }
}

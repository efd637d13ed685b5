//! Users and devices.

use crate::resource::{Name, Restrictions};
use crate::value::{Digits, HeaderValue, Language, MediaRef, Pairs, Ref, Text, Zone};

crate::fields! {
    /// A person of the account.
    pub struct User {
        /// Given name.
        first_name: Name = Name::default(), "first_name", "First name";
        /// Family name.
        last_name: Name = Name::default(), "last_name", "Last name";
        /// Where mails about missed calls and messages go.
        email: Text<0, 254> = Text::default(), "email", "Email";
        /// The id that lamps of other phones watch, usually the extension.
        presence_id: Text<0, 64> = Text::default(), "presence_id", "Presence ID";
        /// Whether the person's phones may be rung at all.
        enabled: bool = true, "enabled", "Enabled";
        /// Calls pass the person's phones over.
        do_not_disturb: bool = false, "do_not_disturb.enabled", "Do not disturb";
        /// Shown to colleagues.
        internal_name: Text<0, 35> = Text::default(), "caller_id.internal.name", "Internal caller ID name";
        /// Shown to colleagues.
        internal_number: Text<0, 35> = Text::default(), "caller_id.internal.number", "Internal caller ID number";
        /// Mail for new voice messages.
        vm_to_email: bool = true, "vm_to_email_enabled", "Mail voice messages";
        /// Alert-Info for calls from colleagues.
        ring_internal: HeaderValue<0, 256> = HeaderValue::default(), "ringtones.internal", "Internal ringtone";
        /// Alert-Info for calls from outside.
        ring_external: HeaderValue<0, 256> = HeaderValue::default(), "ringtones.external", "External ringtone";
        /// Time zone of the person.
        timezone: Option<Zone> = None, "timezone", "Time zone";
        /// Language of the prompts the person hears.
        language: Option<Language> = None, "language", "Language";
        /// What the person may dial, by class of number; what is not said here is as the account says.
        restrictions: Restrictions = Restrictions::default(), "call_restriction", "Restrictions";
        /// What the person's callers on hold hear.
        music_on_hold: MediaRef = MediaRef::default(), "music_on_hold.media_id", "Music on hold";
        /// The directories in which callers find the person: the id of each, and that of the callflow that they are
        /// connected with.
        directories: Pairs = Pairs::default(), "directories", "Directories";
    }
}

impl User {
    /// First and last name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name.0, self.last_name.0)
            .trim()
            .to_owned()
    }
}

crate::fields! {
    /// A phone or another SIP endpoint.
    pub struct Device {
        /// The name in lists.
        name: Name = Name::default(), "name", "Name";
        /// The person who owns it.
        owner: Option<Ref<User>> = None, "owner_id", "Owner";
        /// Whether it may register and ring.
        enabled: bool = true, "enabled", "Enabled";
        /// The user name it registers with.
        sip_username: Text<1, 64> = Text::default(), "sip.username", "SIP user name";
        /// Calls pass this phone over.
        do_not_disturb: bool = false, "do_not_disturb.enabled", "Do not disturb";
        /// The id that lamps watch; empty takes the owner's.
        presence_id: Text<0, 64> = Text::default(), "presence_id", "Presence ID";
        /// Alert-Info for calls from colleagues.
        ring_internal: HeaderValue<0, 256> = HeaderValue::default(), "ringtones.internal", "Internal ringtone";
        /// Alert-Info for calls from outside.
        ring_external: HeaderValue<0, 256> = HeaderValue::default(), "ringtones.external", "External ringtone";
        /// Shown to colleagues.
        internal_name: Text<0, 35> = Text::default(), "caller_id.internal.name", "Internal caller ID name";
        /// Shown to colleagues.
        internal_number: Digits<0, 35> = Digits::default(), "caller_id.internal.number", "Internal caller ID number";
        /// What this phone may dial, by class of number; what is not said here is as its owner's.
        restrictions: Restrictions = Restrictions::default(), "call_restriction", "Restrictions";
        /// Whether a call that another phone took is hidden from this phone's list of missed calls
        /// (`Reason: SIP;cause=200` on the CANCEL).
        ignore_completed_elsewhere: bool = false, "ignore_completed_elsewhere", "List calls answered elsewhere as missed";
    }
}

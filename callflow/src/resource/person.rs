//! Users and devices.

use crate::resource::{DirectoryEntries, EncryptionMethods, Forward, Name, Restrictions};
use crate::value::{Digits, HeaderValue, Language, MediaRef, Ref, Text, Zone};

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
        /// The directories in which callers find the person, and the callflow that each connects them with.
        directories: DirectoryEntries = DirectoryEntries::default(), "directories", "Directories";
        /// Shown on calls to the outside world; empty is as the account says.
        external_name: Text<0, 35> = Text::default(), "caller_id.external.name", "External caller ID name";
        /// Shown on calls to the outside world, one of the account's own numbers; empty is as the account says.
        external_number: Text<0, 35> = Text::default(), "caller_id.external.number", "External caller ID number";
        /// Shown on emergency calls; empty is as the account says.
        emergency_name: Text<0, 35> = Text::default(), "caller_id.emergency.name", "Emergency caller ID name";
        /// Shown on emergency calls, so that help finds the building; empty is as the account says.
        emergency_number: Text<0, 35> = Text::default(), "caller_id.emergency.number", "Emergency caller ID number";
        /// Whether the person's phones are rung while in a call; empty is as yes.
        call_waiting: Option<bool> = None, "call_waiting.enabled", "Call waiting";
        /// Whether every call goes to another number.
        forward_enabled: bool = Forward::default().enabled, "call_forward.enabled", "Forward calls";
        /// The number that calls go to, an extension or one outside.
        forward_number: Text<0, 35> = Forward::default().number, "call_forward.number", "Forward to";
        /// The other number rings instead; otherwise both ring.
        forward_substitute: bool = Forward::default().substitute, "call_forward.substitute", "Forward instead of ringing";
        /// Whoever answers a forwarded call must press 1, so that no other mailbox takes it.
        forward_keypress: bool = Forward::default().require_keypress, "call_forward.require_keypress", "Forwarded calls need key 1";
        /// A forwarded call shows who calls, not who forwards.
        forward_keep_caller: bool = Forward::default().keep_caller_id, "call_forward.keep_caller_id", "Forward the caller ID";
        /// Calls to a ring group are not forwarded.
        forward_direct_only: bool = Forward::default().direct_calls_only, "call_forward.direct_calls_only", "Forward direct calls only";
        /// The caller hears ringback, not what the other number sends before it answers.
        forward_quiet: bool = Forward::default().ignore_early_media, "call_forward.ignore_early_media", "Ignore early media when forwarded";
        /// Whether calls that find all phones busy, or are refused, go to another number.
        busy_enabled: bool = Forward::default().enabled, "call_forward.busy.enabled", "Forward when busy";
        /// The number that they go to.
        busy_number: Text<0, 35> = Forward::default().number, "call_forward.busy.number", "When busy, forward to";
        /// Whether calls that nobody answers go to another number.
        no_answer_enabled: bool = Forward::default().enabled, "call_forward.no_answer.enabled", "Forward when not answered";
        /// The number that they go to.
        no_answer_number: Text<0, 35> = Forward::default().number, "call_forward.no_answer.number", "When not answered, forward to";
        /// Whether calls go to another number while no phone of the person is registered.
        failover_enabled: bool = Forward::default().enabled, "call_failover.enabled", "Forward when offline";
        /// The number that they go to.
        failover_number: Text<0, 35> = Forward::default().number, "call_failover.number", "When offline, forward to";
        /// Left out of the list of contacts that phones load.
        contact_hidden: bool = false, "contact_list.exclude", "Hide from contacts";
        /// Whether the person may log in at phones of others.
        hotdesk_enabled: bool = false, "hotdesk.enabled", "Hot-desking";
        /// The digits that the person keys to log in.
        hotdesk_id: Digits<0, 15> = Digits::default(), "hotdesk.id", "Hot-desk ID";
        /// Whether the PIN is asked for.
        hotdesk_require_pin: bool = false, "hotdesk.require_pin", "Hot-desk asks for PIN";
        /// The PIN of 4 to 15 digits.
        hotdesk_pin: Digits<0, 15> = Digits::default(), "hotdesk.pin", "Hot-desk PIN";
        /// Logging in at one phone leaves the person logged in at others.
        hotdesk_keep: bool = false, "hotdesk.keep_logged_in_elsewhere", "Stay logged in elsewhere";
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
        /// Shown on calls to the outside world; empty is as its owner's.
        external_name: Text<0, 35> = Text::default(), "caller_id.external.name", "External caller ID name";
        /// Shown on calls to the outside world, one of the account's own numbers; empty is as its owner's.
        external_number: Text<0, 35> = Text::default(), "caller_id.external.number", "External caller ID number";
        /// Shown on emergency calls; empty is as its owner's.
        emergency_name: Text<0, 35> = Text::default(), "caller_id.emergency.name", "Emergency caller ID name";
        /// Shown on emergency calls, so that help finds the building; empty is as its owner's.
        emergency_number: Text<0, 35> = Text::default(), "caller_id.emergency.number", "Emergency caller ID number";
        /// Whether this phone is rung while in a call; empty is as its owner's.
        call_waiting: Option<bool> = None, "call_waiting.enabled", "Call waiting";
        /// Whether every call goes to another number.
        forward_enabled: bool = Forward::default().enabled, "call_forward.enabled", "Forward calls";
        /// The number that calls go to, an extension or one outside.
        forward_number: Text<0, 35> = Forward::default().number, "call_forward.number", "Forward to";
        /// The other number rings instead; otherwise both ring.
        forward_substitute: bool = Forward::default().substitute, "call_forward.substitute", "Forward instead of ringing";
        /// Whoever answers a forwarded call must press 1, so that no other mailbox takes it.
        forward_keypress: bool = Forward::default().require_keypress, "call_forward.require_keypress", "Forwarded calls need key 1";
        /// A forwarded call shows who calls, not who forwards.
        forward_keep_caller: bool = Forward::default().keep_caller_id, "call_forward.keep_caller_id", "Forward the caller ID";
        /// Calls to a ring group are not forwarded.
        forward_direct_only: bool = Forward::default().direct_calls_only, "call_forward.direct_calls_only", "Forward direct calls only";
        /// The caller hears ringback, not what the other number sends before it answers.
        forward_quiet: bool = Forward::default().ignore_early_media, "call_forward.ignore_early_media", "Ignore early media when forwarded";
        /// Whether calls that find this phone busy, or are refused, go to another number.
        busy_enabled: bool = Forward::default().enabled, "call_forward.busy.enabled", "Forward when busy";
        /// The number that they go to.
        busy_number: Text<0, 35> = Forward::default().number, "call_forward.busy.number", "When busy, forward to";
        /// Whether calls that nobody answers go to another number.
        no_answer_enabled: bool = Forward::default().enabled, "call_forward.no_answer.enabled", "Forward when not answered";
        /// The number that they go to.
        no_answer_number: Text<0, 35> = Forward::default().number, "call_forward.no_answer.number", "When not answered, forward to";
        /// Whether calls go to another number while this phone is not registered.
        failover_enabled: bool = Forward::default().enabled, "call_failover.enabled", "Forward when offline";
        /// The number that they go to.
        failover_number: Text<0, 35> = Forward::default().number, "call_failover.number", "When offline, forward to";
        /// Left out of the list of contacts that phones load.
        contact_hidden: bool = false, "contact_list.exclude", "Hide from contacts";
        /// Language of the prompts heard on this phone; empty is as its owner's.
        language: Option<Language> = None, "language", "Language";
        /// Time zone of the phone; empty is as its owner's.
        timezone: Option<Zone> = None, "timezone", "Time zone";
        /// What callers on hold hear; empty is as its owner's.
        music_on_hold: MediaRef = MediaRef::default(), "music_on_hold.media_id", "Music on hold";
        /// This phone is rung with encrypted sound (SRTP), which it must know. Its own calls are encrypted whenever it
        /// offers that. Connect it by TLS: over UDP and TCP, whoever can listen to the call can read its keys as well.
        encryption_methods: EncryptionMethods = EncryptionMethods::default(), "media.encryption.methods", "Encrypt sound";
        /// Calls of this phone and to it whose sound is not encrypted are refused.
        enforce_encryption: bool = false, "media.encryption.enforce_security", "Refuse sound that is not encrypted";
    }
}

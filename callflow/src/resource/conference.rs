//! Conference rooms.

use crate::resource::{MenuMedia, Name, TextList, User};
use crate::value::{Int, Language, MediaRef, Ref, Seconds};

crate::fields! {
    /// A conference room.
    pub struct Conference {
        /// The name in lists.
        name: Name = Name::default(), "name", "Name";
        /// The person whose room it is; calls from this person's phones lead the conference.
        owner: Option<Ref<User>> = None, "owner_id", "Owner";
        /// Numbers that open the room for members and moderators, one a line; the PIN tells them apart.
        numbers: TextList = TextList::default(), "conference_numbers", "Numbers";
        /// Numbers that open the room for members, one a line.
        member_numbers: TextList = TextList::default(), "member.numbers", "Numbers of members";
        /// PINs of members, one a line; without any, members are not asked.
        member_pins: TextList = TextList::default(), "member.pins", "PINs of members";
        /// Members are not heard until they unmute themselves.
        member_muted: bool = true, "member.join_muted", "Members begin muted";
        /// Members do not hear the others until they change that.
        member_deaf: bool = false, "member.join_deaf", "Members begin deaf";
        /// Numbers that open the room for moderators, one a line.
        moderator_numbers: TextList = TextList::default(), "moderator.numbers", "Numbers of moderators";
        /// PINs of moderators, one a line; without any, moderators are not asked.
        moderator_pins: TextList = TextList::default(), "moderator.pins", "PINs of moderators";
        /// Moderators are not heard until they unmute themselves.
        moderator_muted: bool = false, "moderator.join_muted", "Moderators begin muted";
        /// Moderators do not hear the others until they change that.
        moderator_deaf: bool = false, "moderator.join_deaf", "Moderators begin deaf";
        /// How many may be in the room at once; 0 is no limit.
        max_participants: Int<0, 10_000> = Int(0), "max_participants", "Most participants";
        /// Played to a caller who finds the room full; empty is the ordinary prompt.
        full_media: MediaRef = MediaRef::default(), "max_members_media", "When full";
        /// Members hear music until a moderator is there.
        require_moderator: bool = false, "require_moderator", "Needs a moderator";
        /// Members hear music until a moderator is there.
        wait_for_moderator: bool = false, "wait_for_moderator", "Wait for the moderator";
        /// Seconds after which the room closes when its last moderator has left; empty keeps it open as long
        /// as anybody is there.
        grace: Option<Seconds<0, 86_400>> = None, "endconf_grace_time", "Close after the moderator";
        /// Callers say their name, and the others hear who comes and goes.
        play_name: bool = false, "play_name", "Announce names";
        /// Callers are welcomed.
        play_welcome: bool = true, "play_welcome", "Welcome";
        /// What the others hear when somebody enters.
        entry_tone: MenuMedia = MenuMedia::Prompt, "play_entry_tone", "Entry tone";
        /// What the others hear when somebody leaves.
        exit_tone: MenuMedia = MenuMedia::Prompt, "play_exit_tone", "Exit tone";
        /// Language of the prompts.
        language: Option<Language> = None, "language", "Language";
    }
}

impl Conference {
    /// Whether members hear music until a moderator is there.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.require_moderator || self.wait_for_moderator
    }

    /// Whether anybody can be its moderator.
    #[must_use]
    pub fn can_be_led(&self) -> bool {
        let lists = [&self.moderator_numbers, &self.moderator_pins];
        self.owner.is_some() || lists.iter().any(|list| !list.0.is_empty())
    }

    /// Every number that opens it.
    pub fn all_numbers(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.numbers, &self.member_numbers, &self.moderator_numbers];
        lists
            .into_iter()
            .flat_map(|list| list.0.iter())
            .map(String::as_str)
    }
}

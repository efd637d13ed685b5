//! Ring groups.

use crate::resource::{GroupMembers, Name};
use crate::value::MediaRef;

crate::fields! {
    /// Users and devices that ring together.
    pub struct Group {
        /// The name in lists.
        name: Name = Name::default(), "name", "Name";
        /// Who belongs to it, in order of weight.
        members: GroupMembers = GroupMembers::default(), "endpoints", "Members";
        /// What a caller on hold hears.
        music_on_hold: MediaRef = MediaRef::default(), "music_on_hold.media_id", "Music on hold";
    }
}

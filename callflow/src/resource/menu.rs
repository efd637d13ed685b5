//! Menu resources.

use crate::field::{Field, FieldKind};
use crate::json;
use crate::resource::Name;
use crate::value::{Digits, Int, MediaRef, Millis, Pattern};
use serde_json::Value;

/// A prompt of a menu: off, the system's, or a medium of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuMedia {
    /// Nothing is played.
    Off,
    /// The system prompt.
    Prompt,
    /// This medium.
    Media(MediaRef),
}

impl Field for MenuMedia {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Media
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        match json::boolean(value) {
            Some(false) => Ok(Self::Off),
            Some(true) => Ok(Self::Prompt),
            None if json::is_blank(value) => Ok(Self::Prompt),
            None => MediaRef::from_json(value).map(Self::Media),
        }
    }
    fn to_json(&self) -> Value {
        match self {
            Self::Off => Value::Bool(false),
            Self::Prompt => Value::Bool(true),
            Self::Media(media) => media.to_json(),
        }
    }
    fn schema() -> Value {
        let media = crate::schema::of_kind(&FieldKind::Media);
        serde_json::json!({"anyOf": [{"type": "boolean"}, media]})
    }
}

crate::fields! {
    /// A spoken menu: greeting, tries and times.
    pub struct Menu {
        /// The name in lists.
        name: Name = Name::default(), "name", "Name";
        /// What the caller hears first.
        greeting: MediaRef = MediaRef::default(), "media.greeting", "Greeting";
        /// How often the caller may try; silence and a wrong key both count.
        retries: Int<1, 10> = Int(3), "retries", "Tries";
        /// How long to wait for the first key after the greeting, in milliseconds.
        timeout: Millis<1, 60_000> = Millis(10_000), "timeout", "Wait for a key";
        /// How long to wait for another key, in milliseconds.
        interdigit_timeout: Millis<1, 10_000> = Millis(2_000), "interdigit_timeout", "Wait between keys";
        /// The most keys that are collected.
        max_extension_length: Int<1, 6> = Int(4), "max_extension_length", "Longest extension";
        /// Whether callers may dial an extension instead of a choice.
        hunt: bool = false, "hunt", "Allow callers to dial extensions";
        /// Only extensions that match may be dialled.
        hunt_allow: Pattern = Pattern::default(), "hunt_allow", "Extensions allowed";
        /// Extensions that match may not be dialled.
        hunt_deny: Pattern = Pattern::default(), "hunt_deny", "Extensions refused";
        /// Whether the call comes back to this menu's default branch when the dialled extension did not
        /// answer.
        branch_extension: bool = false, "branch_extension", "Continue to default action";
        /// Keys that let somebody record a new greeting.
        record_pin: Digits<0, 6> = Digits::default(), "record_pin", "Greeting PIN";
        /// Whether the greeting may be recorded on calls from outside.
        allow_record_from_offnet: bool = false, "allow_record_from_offnet", "Allow outside recording";
        /// Played after a wrong entry.
        invalid_media: MenuMedia = MenuMedia::Prompt, "media.invalid_media", "Wrong entry";
        /// Played before an extension is rung.
        transfer_media: MenuMedia = MenuMedia::Prompt, "media.transfer_media", "Connecting";
        /// Played when the tries are used up.
        exit_media: MenuMedia = MenuMedia::Prompt, "media.exit_media", "Tries used up";
    }
}

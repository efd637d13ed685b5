//! Resources: what actions refer to. Each is declared as fields, with KAZOO's keys; unknown keys survive.

mod carrier;
mod conference;
mod desk;
mod encryption;
mod fax_box;
mod forward;
mod group;
mod list;
mod mailbox;
mod match_list;
mod media;
mod members;
mod menu;
mod merge;
mod name_directory;
mod person;
mod recipients;
mod settings;
mod time_rule;

pub use carrier::{Carrier, Gateway, GatewayTransport, NumberRules};
pub use conference::Conference;
pub use encryption::{Encryption, EncryptionMethods};
pub use fax_box::FaxBox;
pub use forward::{Forward, Forwards};
pub use group::Group;
pub use list::{List, ListEntries, ListEntry};
pub use mailbox::{AfterForward, Envelope, ForwardType, Mailbox};
pub use match_list::{MatchList, MatchRule};
pub use media::{Media, MediaSource};
pub use members::{GroupMembers, Member, MemberKind, Members};
pub use menu::{Menu, MenuMedia};
pub use merge::{Endpoint, Shown};
pub use name_directory::{DirectoryEntries, NameDirectory, SearchFields, SortBy};
pub use person::{Device, User};
pub use recipients::Recipients;
pub use settings::{Blocklists, NumberClasses, Restrictions, Settings};
pub use time_rule::{
    ClockTime, Cycle, Dates, Day, Forced, ListedDay, Month, Ordinal, TimeRule, TimeRuleSet,
    Weekday, Weekdays,
};

use crate::field::{FieldError, FieldSpec, Fields};
use crate::json::{self, Object};
use crate::value::RefKind;
use serde::{Deserialize, Serialize};

/// The kinds of resources of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceKind {
    /// A person.
    User,
    /// A phone.
    Device,
    /// A ring group: users and devices rung together (KAZOO: group).
    RingGroup,
    /// A spoken menu's settings.
    Menu,
    /// Audio to play.
    Media,
    /// A mailbox for voice messages.
    VoicemailBox,
    /// A conference room.
    Conference,
    /// A rule of the time of day.
    TimeRule,
    /// A set of time rules.
    TimeRuleSet,
    /// A directory of names.
    Directory,
    /// A fax box.
    FaxBox,
    /// A carrier.
    Carrier,
    /// A list of numbers.
    List,
    /// Which calls are meant, by caller and time.
    MatchList,
    /// Another callflow.
    Callflow,
    /// What holds for the whole account; there is one, with the id `settings`.
    Settings,
}

impl ResourceKind {
    /// All kinds.
    pub const ALL: [Self; 16] = [
        Self::User,
        Self::Device,
        Self::RingGroup,
        Self::Menu,
        Self::Media,
        Self::VoicemailBox,
        Self::Conference,
        Self::TimeRule,
        Self::TimeRuleSet,
        Self::Directory,
        Self::FaxBox,
        Self::Carrier,
        Self::List,
        Self::MatchList,
        Self::Callflow,
        Self::Settings,
    ];

    /// What a person calls one of them, in the middle of a sentence.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Device => "device",
            Self::RingGroup => "ring group",
            Self::Menu => "menu",
            Self::Media => "media file",
            Self::VoicemailBox => "mailbox",
            Self::Conference => "conference",
            Self::TimeRule => "time rule",
            Self::TimeRuleSet => "time rule set",
            Self::Directory => "directory",
            Self::FaxBox => "fax box",
            Self::Carrier => "carrier",
            Self::List => "list",
            Self::MatchList => "match list",
            Self::Callflow => "callflow",
            Self::Settings => "account settings",
        }
    }

    /// The plural used in web and API paths.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Device => "devices",
            Self::RingGroup => "ring-groups",
            Self::Menu => "menus",
            Self::Media => "media",
            Self::VoicemailBox => "voicemail-boxes",
            Self::Conference => "conferences",
            Self::TimeRule => "time-rules",
            Self::TimeRuleSet => "time-rule-sets",
            Self::Directory => "directories",
            Self::FaxBox => "fax-boxes",
            Self::Carrier => "carriers",
            Self::List => "lists",
            Self::MatchList => "match-lists",
            Self::Callflow => "callflows",
            Self::Settings => "settings",
        }
    }

    /// The kind with this path.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.path() == path)
    }
}

macro_rules! resources {
    ($( $(#[doc = $doc:literal])+ $variant:ident($ty:ty) = $kind:ident; )*) => {
        /// One resource, read.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Resource {
            $( $(#[doc = $doc])+ $variant(Box<$ty>), )*
            /// A kind whose fields this version does not read yet; kept as it is.
            Other(ResourceKind, Object),
        }

        impl Resource {
            /// Reads a resource of a kind; what does not fit is reported and kept.
            #[must_use]
            // Every kind may have its fields.
            #[allow(unreachable_patterns)]
            pub fn parse(kind: ResourceKind, source: Object) -> (Self, Vec<FieldError>) {
                match kind {
                    $( ResourceKind::$kind => {
                        let (parsed, errors) = <$ty as Fields>::parse(source);
                        (Self::$variant(Box::new(parsed)), errors)
                    } )*
                    other => (Self::Other(other, source), Vec::new()),
                }
            }

            /// The kind.
            #[must_use]
            pub fn kind(&self) -> ResourceKind {
                match self { $( Self::$variant(_) => ResourceKind::$kind, )* Self::Other(kind, _) => *kind }
            }

            /// The document.
            #[must_use]
            pub fn to_object(&self) -> Object {
                match self { $( Self::$variant(r) => r.to_object(), )* Self::Other(_, source) => source.clone() }
            }

            /// One field as a form edits it; `Null` when absent or unknown.
            #[must_use]
            pub fn get(&self, key: &str) -> serde_json::Value {
                match self {
                    $( Self::$variant(r) => r.get(key), )*
                    Self::Other(_, source) => json::get(source, key).cloned().unwrap_or_default(),
                }
            }

            /// Changes one field. A kind without fields of this version takes every key.
            ///
            /// # Errors
            /// When the key is unknown or the value does not fit; the resource is unchanged then.
            pub fn set(&mut self, key: &str, value: &serde_json::Value) -> Result<(), FieldError> {
                match self {
                    $( Self::$variant(r) => r.set(key, value), )*
                    Self::Other(_, source) => {
                        json::set(source, key, value.clone());
                        Ok(())
                    }
                }
            }

            /// The form's fields of a kind; empty where this version has none.
            #[must_use]
            #[allow(unreachable_patterns)]
            pub fn specs(kind: ResourceKind) -> Vec<FieldSpec> {
                match kind { $( ResourceKind::$kind => <$ty as Fields>::specs(), )* _ => Vec::new() }
            }
        }

        $( impl RefKind for $ty { const KIND: ResourceKind = ResourceKind::$kind; } )*
    };
}

resources! {
    /// A person.
    User(User) = User;
    /// A phone.
    Device(Device) = Device;
    /// A ring group.
    Group(Group) = RingGroup;
    /// A menu's settings.
    Menu(Menu) = Menu;
    /// Audio.
    Media(Media) = Media;
    /// A mailbox.
    Mailbox(Mailbox) = VoicemailBox;
    /// A directory of names.
    NameDirectory(NameDirectory) = Directory;
    /// A fax box.
    FaxBox(FaxBox) = FaxBox;
    /// A conference room.
    Conference(Conference) = Conference;
    /// A time rule.
    TimeRule(TimeRule) = TimeRule;
    /// A set of time rules.
    TimeRuleSet(TimeRuleSet) = TimeRuleSet;
    /// A list of numbers.
    List(List) = List;
    /// Which calls are meant.
    MatchList(MatchList) = MatchList;
    /// Settings of the account.
    Settings(Settings) = Settings;
    /// A carrier.
    Carrier(Carrier) = Carrier;
    /// Another callflow, as far as its name and numbers.
    Callflow(CallflowEntry) = Callflow;
}

impl Resource {
    /// What lists and captions show.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::User(user) => user.name(),
            Self::Callflow(entry) => entry.title(),
            Self::Settings(_) => "Account settings".to_owned(),
            Self::Device(device) => device.name.0.clone(),
            Self::Group(group) => group.name.0.clone(),
            Self::Mailbox(mailbox) => mailbox.name.0.clone(),
            Self::Media(media) => media.name.0.clone(),
            Self::Menu(menu) => menu.name.0.clone(),
            Self::TimeRule(rule) => rule.name.0.clone(),
            Self::TimeRuleSet(set) => set.name.0.clone(),
            other => {
                let object = other.to_object();
                object.get("name").and_then(json::text).unwrap_or_default()
            }
        }
    }
}

crate::fields! {
    /// A callflow as other flows see it.
    pub struct CallflowEntry {
        /// The name.
        name: Name = Name::default(), "name", "Name";
        /// The numbers.
        numbers: TextList = TextList::default(), "numbers", "Numbers";
        /// The patterns.
        patterns: TextList = TextList::default(), "patterns", "Patterns";
        /// The callflows that a call is led to before the caller has done anything.
        leads_to: TextList = TextList::default(), "leads_to", "Leads to";
    }
}

impl CallflowEntry {
    /// The name, else the numbers.
    #[must_use]
    pub fn title(&self) -> String {
        if self.name.0.is_empty() {
            self.numbers.0.join(", ")
        } else {
            self.name.0.clone()
        }
    }
}

/// A name of a resource.
pub type Name = crate::value::Text<0, 128>;

/// A list of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextList(pub Vec<String>);

impl crate::field::Field for TextList {
    const OPTIONAL: bool = true;
    fn kind() -> crate::field::FieldKind {
        crate::field::FieldKind::LongText { min: 0, max: 4_096 }
    }
    fn from_json(value: &serde_json::Value) -> Result<Self, String> {
        match value {
            serde_json::Value::Null => Ok(Self::default()),
            serde_json::Value::Array(items) => {
                Ok(Self(items.iter().filter_map(json::text).collect()))
            }
            // A form writes one item a line; old documents separate with commas.
            other => {
                let text = json::text(other).ok_or("Enter one item a line.")?;
                Ok(Self(
                    text.split(['\n', ','])
                        .map(str::trim)
                        .filter(|t| !t.is_empty())
                        .map(str::to_owned)
                        .collect(),
                ))
            }
        }
    }
    fn to_json(&self) -> serde_json::Value {
        if self.0.is_empty() {
            serde_json::Value::Null
        } else {
            serde_json::json!(self.0)
        }
    }
}

//! The face of an action: where it stands in the catalog, what its block shows and how it leads on.

/// What an action does to the call, by consequence; it decides the colour of its tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Rings or connects somebody.
    Connect,
    /// The caller hears or keys something.
    Prompt,
    /// Chooses what happens next.
    Route,
    /// Leaves or fetches a message.
    Message,
    /// Changes a setting; the call carries on.
    Set,
    /// Talks to other systems.
    Data,
    /// Ends or leaves the callflow.
    End,
}

impl Family {
    /// The word used in class names.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Prompt => "prompt",
            Self::Route => "route",
            Self::Message => "message",
            Self::Set => "set",
            Self::Data => "data",
            Self::End => "end",
        }
    }
}

/// The groups of the catalog, in the order shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// The everyday ones.
    Basic,
    /// The others.
    Advanced,
    /// Time of day.
    TimeOfDay,
    /// Logging in to and out of ring groups.
    RingGroupToggle,
    /// Using a phone that is somebody else's.
    HotDesk,
    /// Do not disturb.
    DoNotDisturb,
    /// What called phones see of the caller.
    CallerId,
    /// Recording whole calls.
    CallRecording,
    /// Forwarding calls.
    CallForwarding,
    /// Parking, picking up and listening in.
    OtherCalls,
    /// What only few flows need.
    Special,
}

impl Category {
    /// The heading.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Advanced => "Advanced",
            Self::TimeOfDay => "Time of day",
            Self::RingGroupToggle => "Ring group toggle",
            Self::HotDesk => "Hot-desking",
            Self::DoNotDisturb => "Do not disturb",
            Self::CallerId => "Caller-ID",
            Self::CallRecording => "Call recording",
            Self::CallForwarding => "Call forwarding",
            Self::OtherCalls => "Parking and pickup",
            Self::Special => "Special",
        }
    }
}

/// What the call must be when the action runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Anything.
    Nothing,
    /// The caller must be able to hear: early media is enough.
    EarlyMedia,
    /// The call is answered first.
    Answered,
}

/// An entry of the catalog. An action has at least one; more where one module has several faces.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// The name.
    pub label: &'static str,
    /// The group.
    pub category: Category,
    /// The icon's name in the sprite.
    pub icon: &'static str,
    /// What it does to the call.
    pub family: Family,
    /// One line of at most 36 characters.
    pub help: &'static str,
    /// Other words that people look for.
    pub synonyms: &'static [&'static str],
    /// Key and value by which the data says that it is this preset, an empty value when the key is not there
    /// at all; `None` is the module's main face.
    pub mark: Option<(&'static str, &'static str)>,
}

/// How an action leads on.
#[derive(Clone, Debug, PartialEq)]
pub enum Branches {
    /// It ends the call or hands it over: nothing can follow.
    None,
    /// One next step, `_`; the listed keys may be drawn besides (failure branches).
    Next(Vec<BranchChoice>),
    /// Labelled branches that a person chooses. `free` allows keys beyond the listed.
    Fork {
        /// The keys offered; the default branch is among them.
        choices: Vec<BranchChoice>,
        /// Other keys that may be typed.
        free: Option<FreeKey>,
        /// The word on the dashed place for one more branch: "Key", "Rule".
        add_label: &'static str,
        /// The branch that takes over what stood below the place where the action is put.
        default: &'static str,
    },
}

/// One branch that may be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchChoice {
    /// The key.
    pub key: String,
    /// What the pill shows.
    pub label: String,
    /// Drawn as a key cap.
    pub key_cap: bool,
    /// The pill's icon.
    pub icon: Option<&'static str>,
}

impl BranchChoice {
    /// A branch with a word.
    #[must_use]
    pub fn word(key: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            label: label.into(),
            key_cap: false,
            icon: None,
        }
    }

    /// A branch with a telephone key.
    #[must_use]
    pub fn key(key: impl Into<String>) -> Self {
        let key = key.into();
        Self {
            label: key.clone(),
            key,
            key_cap: true,
            icon: None,
        }
    }
}

/// Branch keys that may be typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreeKey {
    /// Telephone keys, at most this many.
    Digits(usize),
    /// Any text.
    Text,
}

/// What a block shows below its title.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// The one value that tells two such steps apart.
    pub text: String,
    /// In the monospaced face.
    pub mono: bool,
    /// A lamp before the text.
    pub lamp: Option<crate::command::PresenceState>,
}

impl Caption {
    /// Plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

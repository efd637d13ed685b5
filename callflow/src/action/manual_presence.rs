//! Manual Presence: sets a lamp by hand. KAZOO module `manual_presence`.

use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::{PresenceState, Update};
use crate::directory::Directory;
use crate::trace::Step;
use crate::value::Text;

crate::choice! {
    /// The state that a lamp is set to.
    pub enum Lamp {
        /// Off.
        Idle = "idle", "Idle";
        /// Blinking.
        Ringing = "ringing", "Ringing";
        /// On.
        Busy = "busy", "Busy";
    }
}

impl Lamp {
    fn state(self) -> PresenceState {
        match self {
            Self::Idle => PresenceState::Idle,
            Self::Ringing => PresenceState::Ringing,
            Self::Busy => PresenceState::Busy,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Idle => "Idle",
            Self::Ringing => "Ringing",
            Self::Busy => "Busy",
        }
    }
}

crate::fields! {
    /// Sets a BLF lamp by hand. The lamp stays as it was set after the call, until it is set again.
    pub struct ManualPresence {
        /// The id that the lamps watch: an extension, or a full address such as night@example.com.
        presence_id: Text<1, 128> = Text::default(), "presence_id", "Presence ID";
        /// What the lamps show from now on.
        status: Lamp = Lamp::Idle, "status", "Status";
    }
}

impl Definition for ManualPresence {
    const MODULE: &'static str = "manual_presence";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Manual Presence",
        category: Category::Advanced,
        icon: "pc-blf",
        family: Family::Set,
        help: "Sets a BLF lamp by hand",
        synonyms: &["blf", "lamp", "busy lamp field", "status"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let id = self.presence_id.0.as_str();
        let address = id.split_once('@');
        let whole = address
            .is_none_or(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
        if whole && !id.contains(char::is_whitespace) {
            return Vec::new();
        }
        vec![Finding::error(
            "PRESENCE_ID_INVALID",
            Some("presence_id"),
            format!("“{id}” is no extension or address"),
        )]
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        if self.presence_id.0.is_empty() {
            return Caption::default();
        }
        Caption {
            text: format!("{} · {}", self.presence_id.0, self.status.label()),
            mono: false,
            lamp: Some(self.status.state()),
        }
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        // A feature code such as *1<extension> names the lamp by what was dialled after it.
        let captured = call.info().capture.clone().unwrap_or_default();
        let id = if self.presence_id.0.is_empty() {
            captured
        } else {
            self.presence_id.0.clone()
        };
        if id.is_empty() {
            call.trouble("No presence id is set; no lamp changes.");
            return Ok(Next::Continue);
        }
        let realm = &call.account().realm;
        let id = match id.rsplit_once('@') {
            None => format!("{id}@{realm}"),
            Some((_, host)) if host.eq_ignore_ascii_case(realm) => id,
            Some(_) => {
                let own = realm.clone();
                call.trouble(format!(
                    "The presence id {id} is not of this account's realm {own}; no lamp changes."
                ));
                return Ok(Next::Continue);
            }
        };
        // KAZOO answers the call here; a lamp needs no answer, and an answer costs the caller money.
        let state = self.status.state();
        let update = Update::Presence {
            id: id.clone(),
            state,
        };
        if call.update(update).await {
            call.trace(Step::Set {
                name: format!("presence {id}"),
                value: self.status.as_str().to_owned(),
            });
        }
        Ok(Next::Continue)
    }
}

//! Conference and Conference Service: put the caller into a room, chosen here or by its number. KAZOO module
//! `conference`.

mod entry;

use crate::action::parts::sound;
use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::field::Fields;
use crate::resource::{Conference, MenuMedia, Resource, ResourceKind};
use crate::value::{MediaRef, Ref};

crate::fields! {
    /// Puts the caller into a conference.
    pub struct ToConference {
        /// The room that the caller joins.
        id: Ref<Conference> = Ref::new(""), "id", "Conference";
        /// Whoever comes here leads the conference; a PIN of moderators is asked for all the same.
        moderator: bool = false, "moderator", "Callers are moderators";
        /// Callers are welcomed before anything else.
        welcome: bool = true, "welcome_prompt.play", "Welcome callers";
        /// The welcome; empty is the ordinary prompt.
        welcome_media: MediaRef = MediaRef::default(), "welcome_prompt.media_id", "Welcome";
        /// What the others hear when somebody enters; empty is as the conference says.
        entry_tone: Option<MenuMedia> = None, "play_entry_tone", "Entry tone";
        /// What the others hear when somebody leaves; empty is as the conference says.
        exit_tone: Option<MenuMedia> = None, "play_exit_tone", "Exit tone";
    }
}

impl ToConference {
    /// A room that the step itself describes (KAZOO's `config`), where no other is chosen.
    fn own_room(&self) -> Option<Conference> {
        let config = self.source.get("config")?.as_object()?;
        let described = self.id.id().is_empty() && !config.is_empty();
        described.then(|| Conference::parse(config.clone()).0)
    }

    /// Whether it asks the caller for the number of a room.
    fn asks(&self) -> bool {
        self.id.id().is_empty() && self.own_room().is_none()
    }
}

impl Definition for ToConference {
    const MODULE: &'static str = "conference";
    const PRESETS: &'static [Preset] = &[
        Preset {
            label: "Conference",
            category: Category::Basic,
            icon: "pc-conference",
            family: Family::Connect,
            help: "Puts the caller in a conference",
            synonyms: &["meeting", "bridge", "room", "call in"],
            mark: None,
        },
        Preset {
            label: "Conference Service",
            category: Category::Advanced,
            icon: "headset",
            family: Family::Connect,
            help: "Asks which conference to join",
            synonyms: &["meeting", "conference number", "dial-in", "lobby"],
            mark: Some(("id", "")),
        },
    ];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        if self.asks() {
            let numbered = directory.all(ResourceKind::Conference).any(|(_, room)| {
                matches!(room.as_ref(), Resource::Conference(room) if room.all_numbers().next().is_some())
            });
            // Where one is to be chosen, that is told already.
            let chosen_here = self.source.contains_key("id");
            let message = "No conference has a number that callers could key";
            return if numbered || chosen_here {
                Vec::new()
            } else {
                vec![Finding::warning("CONFERENCE_WITHOUT_NUMBER", None, message)]
            };
        }
        let own = self.own_room();
        let Some(room) = own.as_ref().or_else(|| directory.conference(self.id.id())) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let field = Some("id");
        if room.waits() && !self.moderator && !room.can_be_led() {
            let message = "Members wait for a moderator, and nobody can be one";
            found.push(Finding::warning(
                "CONFERENCE_WITHOUT_MODERATOR",
                field,
                message,
            ));
        }
        let pins = room.member_pins.0.iter().chain(&room.moderator_pins.0);
        if pins.into_iter().any(|pin| !entry::can_be_keyed(pin)) {
            let message = "A PIN of this conference cannot be keyed: use 1 to 16 digits";
            found.push(Finding::warning("CONFERENCE_PIN_INVALID", field, message));
        }
        found
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let name = match self.own_room() {
            Some(room) => Some(room.name.0),
            None => directory.name(ResourceKind::Conference, self.id.id()),
        };
        Caption::text(name.unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let chosen = call.account().directory.conference(self.id.id()).cloned();
        if chosen.is_none() && !self.id.id().is_empty() {
            let id = self.id.id();
            call.trouble(format!(
                "The conference {id} is not there any more; the call goes on."
            ));
            return Ok(Next::Continue);
        }
        answer_gently(call).await?;
        let quiet = chosen.as_ref().is_some_and(|room| !room.play_welcome);
        if self.welcome && !quiet {
            let own = sound::resolve(call, &self.welcome_media);
            let welcome = own.unwrap_or_else(|| sound::prompt(call, "conf-welcome"));
            entry::say(call, welcome).await?;
        }
        let found = match (chosen, self.own_room()) {
            (Some(room), _) => Some(entry::Found::chosen(call, self.id.id(), room)),
            (None, Some(room)) => Some(entry::Found::described(call, room)),
            (None, None) => entry::ask_number(call).await?,
        };
        let Some(found) = found else {
            return Ok(Next::Continue);
        };
        let before = call.language().to_owned();
        if let Some(language) = &found.room.language {
            call.set_language(language.0.clone());
        }
        let next = found.enter(call, self).await;
        call.set_language(before);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Action;
    use serde_json::{Value, json};

    fn directory(room: &Value) -> Directory {
        let mut directory = Directory::default();
        let object = room.as_object().cloned().unwrap_or_default();
        directory.insert(ResourceKind::Conference, "room", object);
        directory
    }

    fn action(data: &Value) -> Action {
        Action::from_wire("conference", data.as_object().cloned().unwrap_or_default())
    }

    fn codes(room: &Value, data: &Value) -> Vec<&'static str> {
        let found = action(data).check(&directory(room), &[]);
        found.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn the_key_of_the_room_tells_the_two_faces_apart() {
        for (data, label) in [
            (json!({"id": "room"}), "Conference"),
            (json!({"id": null}), "Conference"),
            (json!({"id": ""}), "Conference"),
            (json!({}), "Conference Service"),
            (json!({"moderator": true}), "Conference Service"),
        ] {
            assert_eq!(action(&data).preset().label, label, "{data}");
        }
        let mut chosen = action(&json!({"id": "room"}));
        assert!(chosen.set("id", &Value::Null).is_err());
    }

    #[test]
    fn a_room_that_nobody_can_use_is_told() {
        let alone = json!({"name": "R", "require_moderator": true});
        assert_eq!(
            codes(&alone, &json!({"id": "room"})),
            ["CONFERENCE_WITHOUT_MODERATOR"]
        );
        assert!(codes(&alone, &json!({"id": "room", "moderator": true})).is_empty());
        let word = json!({"name": "R", "member": {"pins": ["secret"]}});
        assert_eq!(
            codes(&word, &json!({"id": "room"})),
            ["CONFERENCE_PIN_INVALID"]
        );
        assert_eq!(codes(&word, &json!({})), ["CONFERENCE_WITHOUT_NUMBER"]);
        let numbered = json!({"name": "R", "member": {"numbers": ["7001"]}});
        assert!(codes(&numbered, &json!({})).is_empty());
    }

    #[test]
    fn a_room_described_in_the_step_is_its_own() {
        let data = json!({"config": {"name": "Today", "wait_for_moderator": true}});
        let own = action(&data);
        assert_eq!(own.caption(&Directory::default()).text, "Today");
        assert_eq!(codes(&json!({}), &data), ["CONFERENCE_WITHOUT_MODERATOR"]);
        assert_eq!(Value::Object(own.to_object()), data);
    }
}

//! Enable, Disable and Toggle DND: whether calls pass somebody's phones over. KAZOO module `do_not_disturb`.

use crate::action::parts::switch::{self, Turn};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::live::{LiveKey, LiveValue, Owner};
use crate::resource::ResourceKind;
use crate::value::Text;

crate::fields! {
    /// Switches do not disturb. It stays so after the call, until it is switched again.
    pub struct DoNotDisturb {
        /// Which way it is switched.
        action: Turn = Turn::Toggle, "action", "Do not disturb";
        /// The id of the user or device that it is for; empty is the caller.
        id: Text<0, 128> = Text::default(), "id", "For";
    }
}

impl DoNotDisturb {
    /// Whose switch it is: the chosen user or device, else the calling user, else the calling phone.
    fn owner(&self, call: &Call) -> Option<Owner> {
        let id = self.id.0.as_str();
        if id.is_empty() {
            return switch::caller(call);
        }
        let directory = &call.account().directory;
        if directory.user(id).is_some() {
            return Some(Owner::User(id.to_owned()));
        }
        let device = directory.device(id);
        device.map(|_| Owner::Device(id.to_owned()))
    }
}

const fn preset(
    label: &'static str,
    icon: &'static str,
    help: &'static str,
    synonyms: &'static [&'static str],
    action: &'static str,
) -> Preset {
    Preset {
        label,
        category: Category::DoNotDisturb,
        icon,
        family: Family::Set,
        help,
        synonyms,
        mark: Some(("action", action)),
    }
}

impl Definition for DoNotDisturb {
    const MODULE: &'static str = "do_not_disturb";
    const PRESETS: &'static [Preset] = &[
        preset(
            "Enable DND",
            "moon",
            "Calls go straight to voicemail",
            &["do not disturb", "quiet", "away"],
            "activate",
        ),
        preset(
            "Disable DND",
            "sun",
            "Phones ring again",
            &["do not disturb off", "available", "back"],
            "deactivate",
        ),
        preset(
            "Toggle DND",
            "sun-moon",
            "Switches it on or off",
            &["do not disturb", "quiet"],
            "toggle",
        ),
    ];
    const NEEDS: Needs = Needs::EarlyMedia;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let id = self.id.0.as_str();
        let kinds = [ResourceKind::User, ResourceKind::Device];
        if id.is_empty() || kinds.iter().any(|kind| directory.get(*kind, id).is_some()) {
            return Vec::new();
        }
        let message = "This user or device is not there any more";
        vec![Finding::error("RESOURCE_MISSING", Some("id"), message)]
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let id = self.id.0.as_str();
        let user = directory.name(ResourceKind::User, id);
        let device = || directory.name(ResourceKind::Device, id);
        Caption::text(user.or_else(device).unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let Some(owner) = self.owner(call) else {
            call.trouble("Do not disturb is not switched: nobody knows for whom.");
            switch::say(call, &["dnd-not_available"]).await?;
            return Ok(Next::Continue);
        };
        let live = call.live().await?;
        let directory = &call.account().directory;
        let configured = match &owner {
            Owner::User(id) => directory.user(id).is_some_and(|user| user.do_not_disturb),
            Owner::Device(id) => directory
                .device(id)
                .is_some_and(|device| device.do_not_disturb),
        };
        let key = LiveKey::DoNotDisturb(owner.clone());
        let on = self.action.apply(live.is_on(&key).unwrap_or(configured));
        if switch::turn(call, key, Some(LiveValue::On(on))).await {
            let name = switch::name(call, &owner);
            call.note_set(format!("do not disturb of {name}"), switch::word(on));
            let prompt = if on {
                "dnd-activated"
            } else {
                "dnd-deactivated"
            };
            switch::say(call, &[prompt]).await?;
        }
        Ok(Next::Continue)
    }
}

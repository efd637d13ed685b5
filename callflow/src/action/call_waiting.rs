//! Enable, Disable and Toggle Call Waiting: whether a phone in a call is offered another one. KAZOO module
//! `call_waiting`.

use crate::action::parts::switch::{self, Turn};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::live::{LiveKey, LiveValue, Owner};

crate::choice! {
    /// For what call waiting is switched.
    pub enum Scope {
        /// The calling phone alone.
        Device = "device", "The calling phone";
        /// All phones of the caller that say nothing else.
        User = "user", "All phones of the caller";
    }
}

crate::fields! {
    /// Switches call waiting for the caller. It stays so after the call, until it is switched again.
    pub struct CallWaiting {
        /// Which way it is switched.
        action: Turn = Turn::Toggle, "action", "Call waiting";
        /// For the calling phone alone, or for all phones of the person that have no setting of their own.
        scope: Scope = Scope::Device, "scope", "For";
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
        category: Category::OtherCalls,
        icon,
        family: Family::Set,
        help,
        synonyms,
        mark: Some(("action", action)),
    }
}

impl Definition for CallWaiting {
    const MODULE: &'static str = "call_waiting";
    const PRESETS: &'static [Preset] = &[
        preset(
            "Enable Call Waiting",
            "bell-ring",
            "Phones in a call ring once more",
            &["second call", "knock", "busy"],
            "activate",
        ),
        preset(
            "Disable Call Waiting",
            "phone-off",
            "Phones in a call are busy",
            &["second call", "busy on busy", "engaged"],
            "deactivate",
        ),
        preset(
            "Toggle Call Waiting",
            "phone-incoming",
            "Switches call waiting on or off",
            &["second call", "busy on busy"],
            "toggle",
        ),
    ];
    const NEEDS: Needs = Needs::EarlyMedia;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::new()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(match self.scope {
            Scope::Device => "Calling phone",
            Scope::User => "All phones of the caller",
        })
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let owner = match self.scope {
            Scope::Device => switch::caller_device(call),
            Scope::User => call.calling_user().map(|id| Owner::User(id.to_owned())),
        };
        let Some(owner) = owner else {
            call.trouble(
                "Call waiting is not switched: the call comes from no phone of the account.",
            );
            switch::say(call, &["cw-not_available"]).await?;
            return Ok(Next::Continue);
        };
        let live = call.live().await?;
        let directory = &call.account().directory;
        let (device, user) = match &owner {
            Owner::Device(id) => (Some(id.as_str()), call.calling_user()),
            Owner::User(id) => (None, Some(id.as_str())),
        };
        let was = directory.endpoint(device, user).call_waiting(&live);
        let on = self.action.apply(was);
        let key = LiveKey::CallWaiting(owner.clone());
        if switch::turn(call, key, Some(LiveValue::On(on))).await {
            let name = switch::name(call, &owner);
            call.note_set(format!("call waiting of {name}"), switch::word(on));
            let prompt = if on { "cw-activated" } else { "cw-deactivated" };
            switch::say(call, &[prompt]).await?;
        }
        Ok(Next::Continue)
    }
}

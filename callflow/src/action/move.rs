//! Move: brings a person's call from another of their phones to this one. KAZOO module `move`.

use crate::action::parts::pickup;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next, PickedUp};
use crate::check::Finding;
use crate::command::{Pickup, PickupMode, PickupTarget};
use crate::directory::Directory;

crate::fields! {
    /// Brings the caller's own call from another of their phones to the phone that calls.
    pub struct MoveCall {
    }
}

impl Definition for MoveCall {
    const MODULE: &'static str = "move";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Move",
        category: Category::OtherCalls,
        icon: "move",
        family: Family::Connect,
        help: "Brings your call to this phone",
        synonyms: &["move call", "handover", "desk to mobile", "6683"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::EarlyMedia;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::new()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text("To the calling phone")
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let Some(user) = call.calling_user().map(str::to_owned) else {
            return pickup::say(call, "cf-move-no_owner").await;
        };
        let mut phones = pickup::phones_of_user(call, &user).await?;
        if let Some(own) = &call.info().device {
            phones.remove(own);
        }
        if phones.is_empty() {
            return pickup::say(call, "cf-move-no_channel").await;
        }
        let phones = Vec::from_iter(phones);
        call.did(format!("move the call of {} here", phones.join(", ")));
        let pickup = Pickup {
            target: PickupTarget::Devices(phones),
            mode: PickupMode::Move,
        };
        match call.pick_up(pickup).await? {
            PickedUp::Talked => Ok(Next::Finished),
            PickedUp::NoCall(0) => pickup::say(call, "cf-move-no_channel").await,
            PickedUp::NoCall(_) => pickup::say(call, "cf-move-too_many_channels").await,
            PickedUp::Failed => Ok(Next::Continue),
        }
    }
}

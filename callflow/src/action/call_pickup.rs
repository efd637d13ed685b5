//! Pick Up Call: takes over a call whose id is known. KAZOO module `call_pickup`.

use crate::action::parts::pickup;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next, PickedUp};
use crate::check::Finding;
use crate::command::{Pickup, PickupMode, PickupTarget};
use crate::directory::Directory;
use crate::value::Text;

crate::fields! {
    /// Takes over the call with an id, ringing or answered. Other systems learn ids from webhooks.
    pub struct PickUpCall {
        /// The call's id. Variables may stand in it: `{{name}}`.
        target_call_id: Text<1, 256> = Text::default(), "target_call_id", "Call ID";
    }
}

impl Definition for PickUpCall {
    const MODULE: &'static str = "call_pickup";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Pick Up Call",
        category: Category::OtherCalls,
        icon: "link",
        family: Family::Connect,
        help: "Takes over a call by its ID",
        synonyms: &["take over", "call id", "connect"],
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
        Caption {
            mono: true,
            ..Caption::text(self.target_call_id.0.clone())
        }
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let id = call.text(&self.target_call_id.0);
        if id.trim().is_empty() {
            call.trouble("No call to pick up is named; the call goes on.");
            return Ok(Next::Continue);
        }
        call.did(format!("pick up call {id}"));
        let pickup = Pickup {
            target: PickupTarget::Call(id),
            mode: PickupMode::Any,
        };
        match call.pick_up(pickup).await? {
            PickedUp::Talked => Ok(Next::Finished),
            PickedUp::NoCall(_) => pickup::say(call, "pickup-no_channels").await,
            PickedUp::Failed => Ok(Next::Continue),
        }
    }
}

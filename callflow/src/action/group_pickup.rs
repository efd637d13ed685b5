//! Group Pickup: answers a call that rings at other phones. KAZOO module `group_pickup`.

use crate::action::parts::approval::Approval;
use crate::action::parts::pickup::{self, Whose, Words};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::PickupMode;
use crate::directory::Directory;
use crate::resource::{Device, Group, User};
use crate::value::Ref;

crate::fields! {
    /// Answers a call that rings at phones of a group, a person or a device.
    pub struct GroupPickup {
        /// The person whose ringing calls are picked up.
        user_id: Option<Ref<User>> = None, "user_id", "User";
        /// The ring group whose ringing calls are picked up.
        group_id: Option<Ref<Group>> = None, "group_id", "Ring group";
        /// The device whose ringing calls are picked up.
        device_id: Option<Ref<Device>> = None, "device_id", "Device";
        /// Only this person's phones may pick up. Where nobody is named, everybody may.
        approved_user_id: Option<Ref<User>> = None, "approved_user_id", "Allowed user";
        /// Only phones of this group may pick up.
        approved_group_id: Option<Ref<Group>> = None, "approved_group_id", "Allowed group";
        /// Only this phone may pick up.
        approved_device_id: Option<Ref<Device>> = None, "approved_device_id", "Allowed device";
    }
}

/// What is said and told where ringing calls are picked up.
pub(super) const PICKUP: Words = Words {
    doing: "pick up a call ringing at",
    nobody: "pickup-no_users",
    no_call: "pickup-no_channels",
};

impl GroupPickup {
    fn whose(&self) -> Whose<'_> {
        Whose {
            device: &self.device_id,
            user: &self.user_id,
            group: &self.group_id,
        }
    }

    fn approval(&self) -> Approval<'_> {
        Approval {
            device: &self.approved_device_id,
            user: &self.approved_user_id,
            group: &self.approved_group_id,
        }
    }
}

impl Definition for GroupPickup {
    const MODULE: &'static str = "group_pickup";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Group Pickup",
        category: Category::Advanced,
        icon: "phone-incoming",
        family: Family::Connect,
        help: "Picks up a call ringing elsewhere",
        synonyms: &["pick up", "answer elsewhere", "call pickup"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::EarlyMedia;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::from_iter(self.whose().check(true))
    }

    fn caption(&self, directory: &Directory) -> Caption {
        self.whose().caption(directory)
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let approval = self.approval();
        if approval.names_somebody() && !approval.holds(call) {
            return pickup::refuse(call).await;
        }
        let phones = self.whose().phones(call).await?;
        pickup::take(call, phones, PickupMode::Ringing, PICKUP).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Action;
    use serde_json::{Value, json};

    #[test]
    fn one_target_is_needed_and_one_counts() {
        let codes = |data: Value| -> Vec<&'static str> {
            let action = Action::from_wire("group_pickup", data.as_object().cloned().unwrap());
            let found = action.check(&Directory::default(), &[]);
            found.iter().map(|finding| finding.code).collect()
        };
        assert_eq!(codes(json!({})), ["FIELD_REQUIRED"]);
        assert_eq!(codes(json!({"group_id": "g"})), [""; 0]);
        assert_eq!(
            codes(json!({"group_id": "g", "device_id": "d"})),
            ["PICKUP_AMBIGUOUS"]
        );
    }
}

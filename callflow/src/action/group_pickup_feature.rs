//! Directed Pickup: answers a call that rings at an extension dialled after a feature code. KAZOO module
//! `group_pickup_feature`.

use crate::action::group_pickup::PICKUP;
use crate::action::parts::approval::Approval;
use crate::action::parts::pickup::{self, Whose};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::PickupMode;
use crate::directory::Directory;
use crate::resource::{Device, Group, User};
use crate::value::Ref;
use std::collections::BTreeSet;

crate::choice! {
    /// What says whose ringing calls are meant.
    pub enum PickupScope {
        /// What was dialled after the feature code.
        Extension = "extension", "The extension dialled";
        /// The person chosen in the step.
        User = "user", "The user chosen";
        /// The phone chosen in the step.
        Device = "device", "The device chosen";
        /// The group chosen in the step.
        Group = "group", "The ring group chosen";
    }
}

crate::fields! {
    /// Answers a call that rings at an extension, for a feature code such as *87 and the extension.
    pub struct DirectedPickup {
        /// Whose ringing calls are picked up. An extension stands for every phone that its callflow rings.
        scope: PickupScope = PickupScope::Extension, "type", "Pick up calls of";
        /// The person, where the step chooses one.
        user_id: Option<Ref<User>> = None, "user_id", "User";
        /// The ring group, where the step chooses one.
        group_id: Option<Ref<Group>> = None, "group_id", "Ring group";
        /// The device, where the step chooses one.
        device_id: Option<Ref<Device>> = None, "device_id", "Device";
        /// Only this person's phones may pick up. Where nobody is named, everybody may.
        approved_user_id: Option<Ref<User>> = None, "approved_user_id", "Allowed user";
        /// Only phones of this group may pick up.
        approved_group_id: Option<Ref<Group>> = None, "approved_group_id", "Allowed group";
        /// Only this phone may pick up.
        approved_device_id: Option<Ref<Device>> = None, "approved_device_id", "Allowed device";
    }
}

impl DirectedPickup {
    fn approval(&self) -> Approval<'_> {
        Approval {
            device: &self.approved_device_id,
            user: &self.approved_user_id,
            group: &self.approved_group_id,
        }
    }

    /// What the step chooses itself; `None` where the extension does.
    fn whose(&self) -> Option<Whose<'_>> {
        let nobody = Whose {
            device: &None,
            user: &None,
            group: &None,
        };
        Some(match self.scope {
            PickupScope::Extension => return None,
            PickupScope::User => Whose {
                user: &self.user_id,
                ..nobody
            },
            PickupScope::Device => Whose {
                device: &self.device_id,
                ..nobody
            },
            PickupScope::Group => Whose {
                group: &self.group_id,
                ..nobody
            },
        })
    }

    async fn phones(&self, call: &mut Call) -> Result<BTreeSet<String>, Ended> {
        if let Some(whose) = self.whose() {
            return whose.phones(call).await;
        }
        let Some(number) = call.info().capture.clone() else {
            call.trouble("No extension was dialled after the feature code.");
            return Ok(BTreeSet::new());
        };
        pickup::phones_of_number(call, &number).await
    }
}

impl Definition for DirectedPickup {
    const MODULE: &'static str = "group_pickup_feature";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Directed Pickup",
        category: Category::OtherCalls,
        icon: "phone-incoming",
        family: Family::Connect,
        help: "Picks up a call of an extension",
        synonyms: &["pick up", "call pickup", "*87", "feature code"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::EarlyMedia;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let (field, message) = match self.scope {
            PickupScope::User if self.user_id.is_none() => ("user_id", "No user chosen"),
            PickupScope::Device if self.device_id.is_none() => ("device_id", "No device chosen"),
            PickupScope::Group if self.group_id.is_none() => ("group_id", "No ring group chosen"),
            _ => return Vec::new(),
        };
        vec![Finding::error("FIELD_REQUIRED", Some(field), message)]
    }

    fn caption(&self, directory: &Directory) -> Caption {
        match self.whose() {
            Some(whose) => whose.caption(directory),
            None => Caption::text("The extension dialled"),
        }
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let approval = self.approval();
        if approval.names_somebody() && !approval.holds(call) {
            return pickup::refuse(call).await;
        }
        let phones = self.phones(call).await?;
        pickup::take(call, phones, PickupMode::Ringing, PICKUP).await
    }
}

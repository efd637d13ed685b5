//! Eavesdrop: lets somebody listen to a call. KAZOO module `eavesdrop`.

use crate::action::intercept::chosen_or_dialled;
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
    /// Lets those who are allowed listen to a call, unheard.
    pub struct Eavesdrop {
        /// The person whose call is listened to. Where nothing is chosen, the extension dialled after the
        /// feature code says whose.
        user_id: Option<Ref<User>> = None, "user_id", "User";
        /// The device whose call is listened to.
        device_id: Option<Ref<Device>> = None, "device_id", "Device";
        /// This person may listen. Where nobody is named, nobody may.
        approved_user_id: Option<Ref<User>> = None, "approved_user_id", "Allowed user";
        /// Phones of this group may listen.
        approved_group_id: Option<Ref<Group>> = None, "approved_group_id", "Allowed group";
        /// This phone may listen.
        approved_device_id: Option<Ref<Device>> = None, "approved_device_id", "Allowed device";
    }
}

const LISTEN: Words = Words {
    doing: "listen to a call of",
    nobody: "eavesdrop-no_channels",
    no_call: "eavesdrop-no_channels",
};

impl Eavesdrop {
    fn whose(&self) -> Whose<'_> {
        Whose {
            device: &self.device_id,
            user: &self.user_id,
            group: &None,
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

impl Definition for Eavesdrop {
    const MODULE: &'static str = "eavesdrop";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Eavesdrop",
        category: Category::OtherCalls,
        icon: "headset",
        family: Family::Connect,
        help: "Listens to a call, unheard",
        synonyms: &["listen", "monitor", "supervise", "training"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::EarlyMedia;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let message = "Nobody is allowed to listen yet";
        let nobody = pickup::check_approval(self.approval(), message);
        nobody
            .into_iter()
            .chain(self.whose().check(false))
            .collect()
    }

    fn caption(&self, directory: &Directory) -> Caption {
        if self.whose().is_open() {
            return Caption::text("The extension dialled");
        }
        self.whose().caption(directory)
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if !self.approval().holds(call) {
            return pickup::refuse(call).await;
        }
        let phones = chosen_or_dialled(call, self.whose()).await?;
        pickup::take(call, phones, PickupMode::Listen, LISTEN).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Fields;
    use serde_json::{Value, json};

    #[test]
    fn a_step_that_nobody_may_use_is_told() {
        let codes = |data: Value| -> Vec<&'static str> {
            let (step, _) = Eavesdrop::parse(data.as_object().cloned().unwrap());
            let found = step.check(&Directory::default(), &[]);
            found.iter().map(|finding| finding.code).collect()
        };
        assert_eq!(codes(json!({"user_id": "ben"})), ["NOBODY_APPROVED"]);
        assert_eq!(codes(json!({"approved_group_id": "vets"})), [""; 0]);
    }
}

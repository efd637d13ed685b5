//! Intercept: takes over a colleague's call, ringing or answered. KAZOO module `intercept`.

use crate::action::parts::approval::Approval;
use crate::action::parts::pickup::{self, Whose, Words};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::PickupMode;
use crate::directory::Directory;
use crate::resource::{Device, Group, User};
use crate::value::Ref;
use std::collections::BTreeSet;

crate::fields! {
    /// Takes over a call of a colleague, ringing or answered.
    pub struct Intercept {
        /// The person whose calls are taken over. Where nothing is chosen, the extension dialled after the
        /// feature code says whose.
        user_id: Option<Ref<User>> = None, "user_id", "User";
        /// The ring group whose calls are taken over.
        group_id: Option<Ref<Group>> = None, "group_id", "Ring group";
        /// The device whose calls are taken over.
        device_id: Option<Ref<Device>> = None, "device_id", "Device";
        /// This person may take over every call meant here. Others only those of their own phones and of
        /// phones in a group with theirs.
        approved_user_id: Option<Ref<User>> = None, "approved_user_id", "Allowed user";
        /// Phones of this group may take over every call meant here.
        approved_group_id: Option<Ref<Group>> = None, "approved_group_id", "Allowed group";
        /// This phone may take over every call meant here.
        approved_device_id: Option<Ref<Device>> = None, "approved_device_id", "Allowed device";
    }
}

const INTERCEPT: Words = Words {
    doing: "take over a call of",
    nobody: "intercept-no_users",
    no_call: "intercept-no_channels",
};

impl Intercept {
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

/// The phones that are chosen; where nothing is, those of the extension that was dialled.
pub(super) async fn chosen_or_dialled(
    call: &mut Call,
    whose: Whose<'_>,
) -> Result<BTreeSet<String>, Ended> {
    if !whose.is_open() {
        return whose.phones(call).await;
    }
    let Some(number) = call.info().capture.clone() else {
        call.trouble("Nobody is chosen, and no extension was dialled after the feature code.");
        return Ok(BTreeSet::new());
    };
    pickup::phones_of_number(call, &number).await
}

impl Definition for Intercept {
    const MODULE: &'static str = "intercept";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Intercept",
        category: Category::OtherCalls,
        icon: "phone-forwarded",
        family: Family::Connect,
        help: "Takes over a colleague’s call",
        synonyms: &["take over", "steal", "pick up", "answered call"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::EarlyMedia;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::from_iter(self.whose().check(false))
    }

    fn caption(&self, directory: &Directory) -> Caption {
        if self.whose().is_open() {
            return Caption::text("The extension dialled");
        }
        self.whose().caption(directory)
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let mut phones = chosen_or_dialled(call, self.whose()).await?;
        if !phones.is_empty() && !self.approval().holds(call) {
            let colleagues = pickup::phones_of_colleagues(call);
            phones.retain(|phone| colleagues.contains(phone));
            if phones.is_empty() {
                return pickup::refuse(call).await;
            }
        }
        pickup::take(call, phones, PickupMode::Any, INTERCEPT).await
    }
}

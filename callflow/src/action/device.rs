//! Device: rings one phone. KAZOO module `device`.

use crate::action::parts::dial::{self, Attempt};
use crate::action::parts::endpoint::Terms;
use crate::action::parts::forward::{self, Rung};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::live::Owner;
use crate::resource::{Device, ResourceKind};
use crate::value::{Ref, Seconds};

crate::fields! {
    /// Rings one device and connects it when it answers.
    pub struct RingDevice {
        /// The device that rings.
        id: Ref<Device> = Ref::new(""), "id", "Device";
        /// Seconds to ring before the call goes on; 0 rings 20 seconds.
        timeout: Seconds<0, 600> = Seconds(20), "timeout", "Ring for";
        /// Seconds to wait before ringing.
        delay: Seconds<0, 600> = Seconds(0), "delay", "Delay";
        /// Whether a call from the same person's other phone rings this one.
        can_call_self: bool = false, "can_call_self", "Allow calls from the same person";
    }
}

impl Definition for RingDevice {
    const MODULE: &'static str = "device";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Device",
        category: Category::Advanced,
        icon: "smartphone",
        family: Family::Connect,
        help: "Rings one device",
        synonyms: &["phone", "handset", "softphone", "endpoint"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(dial::failure_branches())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        if directory.device(self.id.id()).is_some_and(|d| !d.enabled) {
            return vec![Finding::warning(
                "DEVICE_DISABLED",
                Some("id"),
                "This device is switched off and never rings",
            )];
        }
        Vec::new()
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let name = directory.name(ResourceKind::Device, self.id.id());
        Caption::text(name.unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        // KAZOO's schema writes 0 when nothing was chosen, and its runtime then rings 20 seconds.
        let timeout = if self.timeout.0 == 0 {
            Seconds(20)
        } else {
            self.timeout
        };
        let terms = Terms {
            delay_s: self.delay.0,
            timeout_s: Some(timeout.0),
            can_call_self: self.can_call_self,
        };
        let live = call.live().await?;
        let owner = Owner::Device(self.id.id().to_owned());
        let reach = forward::reach(call, &live, &owner, terms, Rung::Directly);
        let attempt = |legs| Attempt {
            timeout_ms: Some(timeout.millis() + self.delay.millis()),
            ..Attempt::together(legs)
        };
        forward::ring(call, &live, &owner, reach, terms, attempt).await
    }
}

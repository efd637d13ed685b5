//! User: rings all phones of a person. KAZOO module `user`.

use crate::action::parts::dial::{self, Attempt};
use crate::action::parts::endpoint::Terms;
use crate::action::parts::forward::{self, Rung};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Leg;
use crate::directory::Directory;
use crate::live::Owner;
use crate::resource::{ResourceKind, User};
use crate::value::{Ref, Seconds};

crate::choice! {
    /// How several phones ring.
    pub enum PhoneOrder {
        /// All together.
        Simultaneous = "simultaneous", "At the same time";
        /// One after another.
        Single = "single", "In order";
    }
}

crate::fields! {
    /// Rings all phones of a person and connects the one that answers.
    pub struct RingUser {
        /// The person whose phones ring.
        id: Ref<User> = Ref::new(""), "id", "User";
        /// Seconds to ring before the call goes on.
        timeout: Seconds<1, 600> = Seconds(20), "timeout", "Ring for";
        /// Seconds to wait before ringing.
        delay: Seconds<0, 600> = Seconds(0), "delay", "Delay";
        /// Whether the phones ring together or in order.
        strategy: PhoneOrder = PhoneOrder::Simultaneous, "strategy", "Phones ring";
        /// Whether a call from one of the person's own phones rings the others.
        can_call_self: bool = false, "can_call_self", "Allow this user to call themselves";
        /// Whether one phone that refuses ends the ringing of all.
        fail_on_single_reject: bool = false, "fail_on_single_reject", "One refusal ends it";
    }
}

impl RingUser {
    fn attempt(&self, legs: Vec<Leg>) -> Attempt {
        let attempt = match self.strategy {
            PhoneOrder::Simultaneous => Attempt::together(legs),
            PhoneOrder::Single => {
                let mut turns: Vec<_> = legs.into_iter().map(|leg| vec![leg]).collect();
                // The delay is the person's, not that of each phone.
                for leg in turns.iter_mut().skip(1).flatten() {
                    leg.delay_ms = 0;
                }
                Attempt {
                    turns,
                    ..Attempt::together(Vec::new())
                }
            }
        };
        Attempt {
            fail_on_single_reject: self.fail_on_single_reject,
            ..attempt
        }
    }
}

impl Definition for RingUser {
    const MODULE: &'static str = "user";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "User",
        category: Category::Basic,
        icon: "user-round",
        family: Family::Connect,
        help: "Rings all of one person’s phones",
        synonyms: &["seat", "extension", "person"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(dial::failure_branches())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let Some(user) = directory.user(self.id.id()) else {
            return Vec::new();
        };
        let rings = || {
            let mut devices = directory.devices_of(self.id.id());
            devices.any(|(_, device)| device.enabled)
        };
        let elsewhere = user.hotdesk_enabled || user.forward_enabled || user.failover_enabled;
        let (code, message) = if !user.enabled {
            ("USER_DISABLED", "This user is switched off and never rings")
        } else if !elsewhere && !rings() {
            ("USER_WITHOUT_DEVICE", "This user has no phone to ring")
        } else {
            return Vec::new();
        };
        vec![Finding::warning(code, Some("id"), message)]
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let name = directory
            .name(ResourceKind::User, self.id.id())
            .unwrap_or_default();
        let extension = directory
            .user(self.id.id())
            .map_or("", |user| user.presence_id.0.as_str());
        Caption::text(format!("{name} {extension}").trim())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let terms = Terms {
            delay_s: self.delay.0,
            timeout_s: Some(self.timeout.0),
            can_call_self: self.can_call_self,
        };
        let live = call.live().await?;
        let owner = Owner::User(self.id.id().to_owned());
        let reach = forward::reach(call, &live, &owner, terms, Rung::Directly);
        let attempt = |legs| self.attempt(legs);
        forward::ring(call, &live, &owner, reach, terms, attempt).await
    }
}

//! Ring Group Login and Logout: whether the caller takes the calls of a callflow's ring groups. KAZOO module
//! `ring_group_toggle`.

use crate::action::parts::{members, switch};
use crate::action::{Action, Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::document::CallflowId;
use crate::live::{LiveKey, LiveValue};
use crate::resource::{CallflowEntry, ResourceKind};
use crate::value::Ref;

crate::choice! {
    /// Whether the caller joins or leaves.
    pub enum Membership {
        /// The caller's phones ring again.
        Login = "login", "Log in";
        /// The caller's phones stay quiet.
        Logout = "logout", "Log out";
    }
}

crate::fields! {
    /// Logs the caller in to, or out of, the ring groups of a callflow. It stays so after the call.
    pub struct RingGroupToggle {
        /// Whether the caller logs in or out.
        action: Membership = Membership::Login, "action", "Caller";
        /// The callflow with the ring groups. All of its ring groups that the caller belongs to are meant.
        callflow: Ref<CallflowEntry> = Ref::new(""), "callflow_id", "Callflow";
    }
}

impl RingGroupToggle {
    /// Whether a user belongs to a ring group of the callflow; `None` when the callflow is not published.
    fn includes(&self, call: &Call, user: &str) -> Option<bool> {
        let account = call.account();
        let id = CallflowId::from(self.callflow.id());
        let program = account.programs.get(&id)?;
        let directory = &account.directory;
        let mut steps = program.callflow.flow.nodes();
        Some(steps.any(|(_, node)| match &node.action {
            Action::RingGroup(group) => {
                members::includes(directory, &group.members(directory), user)
            }
            _ => false,
        }))
    }
}

impl Definition for RingGroupToggle {
    const MODULE: &'static str = "ring_group_toggle";
    const PRESETS: &'static [Preset] = &[
        Preset {
            label: "Ring Group Login",
            category: Category::RingGroupToggle,
            icon: "log-in",
            family: Family::Set,
            help: "Caller starts taking group calls",
            synonyms: &["agent", "hunt group", "sign in", "join"],
            mark: Some(("action", "login")),
        },
        Preset {
            label: "Ring Group Logout",
            category: Category::RingGroupToggle,
            icon: "log-out",
            family: Family::Set,
            help: "Caller stops taking group calls",
            synonyms: &["agent", "hunt group", "sign out", "leave"],
            mark: Some(("action", "logout")),
        },
    ];
    const NEEDS: Needs = Needs::EarlyMedia;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::new()
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let name = directory.name(ResourceKind::Callflow, self.callflow.id());
        Caption::text(name.unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let user = call.calling_user().map(str::to_owned);
        let belongs = user.and_then(|user| Some((self.includes(call, &user)?, user)));
        let user = match belongs {
            Some((true, user)) => user,
            Some((false, _)) => {
                call.did("the caller is in no ring group of that callflow");
                switch::say(call, &["agent-invalid_choice"]).await?;
                return Ok(Next::Continue);
            }
            None => {
                call.trouble(if call.calling_user().is_some() {
                    "The callflow with the ring groups is not published; nothing changes."
                } else {
                    "The call comes from no user's phone; nothing changes."
                });
                switch::say(call, &["agent-invalid_choice"]).await?;
                return Ok(Next::Continue);
            }
        };
        let on = self.action == Membership::Login;
        let callflow = self.callflow.id().to_owned();
        let key = LiveKey::RingGroup { callflow, user };
        // KAZOO writes this into the callflow, under the hands of whoever edits it.
        if switch::turn(call, key, Some(LiveValue::On(on))).await {
            let name = self.caption(&call.account().directory).text;
            let word = if on { "logged in" } else { "logged out" };
            call.note_set(format!("ring groups of {name}"), word);
            let prompt = if on {
                "agent-logged_in"
            } else {
                "agent-logged_out"
            };
            switch::say(call, &[prompt]).await?;
        }
        Ok(Next::Continue)
    }
}

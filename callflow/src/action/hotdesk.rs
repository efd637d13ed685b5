//! Hot-desking: a person uses a phone that is not theirs. KAZOO module `hotdesk`.

use crate::action::parts::collect::collect_secret;
use crate::action::parts::dial::{self, Attempt};
use crate::action::parts::endpoint::{self, Terms};
use crate::action::parts::{collect, sound, switch};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::check::Finding;
use crate::directory::Directory;
use crate::limits;
use crate::live::{Live, LiveKey, LiveValue};
use crate::resource::{ResourceKind, User};
use crate::value::{Millis, Ref};

crate::choice! {
    /// What is done.
    pub enum Desk {
        /// The calling phone becomes the person's.
        Login = "login", "Log in";
        /// It is the person's no more.
        Logout = "logout", "Log out";
        /// The other way.
        Toggle = "toggle", "Log in, or out";
        /// The phones where the person has logged in ring.
        Bridge = "bridge", "Ring the person’s desk";
    }
}

crate::fields! {
    /// Makes the calling phone somebody's, or frees it. While a person is logged in, the phone rings for that person
    /// and calls out as that person.
    pub struct HotDesk {
        /// What is done.
        action: Desk = Desk::Login, "action", "Hot-desk";
        /// The person; empty asks the caller for the hot-desk ID.
        id: Option<Ref<User>> = None, "id", "User";
        /// Milliseconds that the caller may wait between two keys of the ID or the PIN.
        interdigit_timeout: Millis<1, 30_000> = Millis(2_000), "interdigit_timeout", "Time between keys";
    }
}

/// How often an ID or a PIN is asked for.
const TRIES: u32 = 3;
/// Most digits of an ID or a PIN; KAZOO stores 15 and takes only 10 and 6.
const DIGITS: usize = 15;
/// Seconds that a desk rings.
const RINGS_S: u32 = 20;

impl HotDesk {
    /// The person that is meant: chosen, dialled after the feature code, or keyed.
    async fn identify(&self, call: &mut Call) -> Result<Option<String>, Ended> {
        if let Some(id) = &self.id {
            let known = call.account().directory.user(id.id()).is_some();
            if !known {
                call.trouble("The user of this hot desk is not there; nothing changes.");
            }
            return Ok(known.then(|| id.id().to_owned()));
        }
        let captured = call.info().capture.clone();
        if let Some(user) = captured.and_then(|id| by_hotdesk_id(call, &id)) {
            return Ok(Some(user));
        }
        for _ in 0..TRIES {
            call.answer().await?;
            let prompt = vec![sound::prompt(call, "hotdesk-enter_id")];
            let between = u64::from(self.interdigit_timeout.0);
            let keyed = collect::collect(call, switch::question(prompt, DIGITS, between)).await?;
            if let Some(user) = by_hotdesk_id(call, &keyed) {
                return Ok(Some(user));
            }
            switch::say(call, &["hotdesk-invalid_entry"]).await?;
        }
        switch::say(call, &["hotdesk-abort"]).await?;
        Ok(None)
    }

    /// The person that is meant, or the only one who has logged in at the calling phone.
    async fn identify_here(&self, call: &mut Call, live: &Live) -> Result<Option<String>, Ended> {
        let device = call.info().device.clone();
        let sitting = device.map(|id| call.account().directory.sitting_at(live, &id));
        match sitting.as_deref() {
            Some([only]) if self.id.is_none() => Ok(Some(only.clone())),
            _ => self.identify(call).await,
        }
    }

    /// Whether the caller knows the PIN, where one is asked for.
    async fn is_let_in(&self, call: &mut Call, user: &User) -> Result<bool, Ended> {
        if !user.hotdesk_require_pin {
            return Ok(true);
        }
        let pin = user.hotdesk_pin.0.as_str();
        if pin.is_empty() {
            call.trouble(format!(
                "{} must key a PIN for hot desks and has none.",
                user.name()
            ));
        }
        for _ in 0..TRIES {
            if pin.is_empty() {
                break;
            }
            call.answer().await?;
            let prompt = vec![sound::prompt(call, "hotdesk-enter_pin")];
            let between = u64::from(self.interdigit_timeout.0);
            let keyed = collect_secret(call, switch::question(prompt, DIGITS, between)).await?;
            if keyed == pin {
                return Ok(true);
            }
            switch::say(call, &["hotdesk-invalid_entry"]).await?;
        }
        switch::say(call, &["hotdesk-abort", "vm-goodbye"]).await?;
        Ok(false)
    }

    async fn log_in(&self, call: &mut Call, id: &str, user: &User) -> Result<(), Ended> {
        let Some(device) = calling_phone(call) else {
            call.trouble("Nobody is logged in: the call comes from no phone of the account.");
            return switch::say(call, &["hotdesk-abort"]).await;
        };
        if !self.is_let_in(call, user).await? {
            return Ok(());
        }
        let live = call.live().await?;
        let mut done = true;
        if !user.hotdesk_keep {
            for desk in call.account().directory.desks_of(&live, id) {
                done &= desk == device || leave(call, &live, &desk, id).await;
            }
        }
        let mut users = call.account().directory.sitting_at(&live, &device);
        users.retain(|own| own != id);
        users.push(id.to_owned());
        let most = users.len().saturating_sub(limits::MAX_AT_DESK);
        users.drain(..most);
        done &= seat(call, &device, users).await;
        self.finish(call, done, user, "hotdesk-logged_in").await
    }

    async fn log_out(&self, call: &mut Call, id: &str, user: &User) -> Result<(), Ended> {
        let live = call.live().await?;
        let mut desks = call.account().directory.desks_of(&live, id);
        if user.hotdesk_keep {
            let here = calling_phone(call);
            desks.retain(|desk| Some(desk) == here.as_ref());
        }
        let mut done = true;
        for desk in desks {
            done &= leave(call, &live, &desk, id).await;
        }
        self.finish(call, done, user, "hotdesk-logged_out").await
    }

    async fn finish(
        &self,
        call: &mut Call,
        done: bool,
        user: &User,
        prompt: &'static str,
    ) -> Result<(), Ended> {
        if !done {
            return switch::say(call, &["hotdesk-abort"]).await;
        }
        let live = call.live().await?;
        call.sit(&live);
        let word = prompt.trim_start_matches("hotdesk-").replace('_', " ");
        call.note_set(format!("hot desk of {}", user.name()), word);
        switch::say(call, &[prompt, "vm-goodbye"]).await
    }

    /// Rings the phones where the person has logged in.
    async fn bridge(&self, call: &mut Call, id: &str) -> Result<Next, Ended> {
        let live = call.live().await?;
        let terms = Terms {
            delay_s: 0,
            timeout_s: Some(RINGS_S),
            can_call_self: false,
        };
        let mut legs = Vec::new();
        let mut why = Cause::NO_ENDPOINTS;
        for desk in call.account().directory.desks_of(&live, id) {
            match endpoint::phone(call, &live, &desk, Some(id), terms) {
                Ok(leg) => legs.push(leg),
                Err(cause) => why = cause,
            }
        }
        if legs.is_empty() {
            return Ok(dial::not_rung(call, why));
        }
        let dialed = dial::ring(call, Attempt::together(legs)).await?;
        Ok(dial::after(dialed))
    }
}

/// The user with a hot-desk ID.
fn by_hotdesk_id(call: &Call, id: &str) -> Option<String> {
    let directory = &call.account().directory;
    let mut users = directory.all(ResourceKind::User).map(|(user, _)| user);
    let found = users.find(|user| {
        let own = directory.user(user).map(|user| user.hotdesk_id.0.as_str());
        !id.is_empty() && own == Some(id)
    });
    found.map(str::to_owned)
}

fn calling_phone(call: &Call) -> Option<String> {
    let id = call.info().device.as_deref()?;
    let known = call.account().directory.device(id).is_some();
    known.then(|| id.to_owned())
}

async fn seat(call: &mut Call, device: &str, users: Vec<String>) -> bool {
    let key = LiveKey::HotDesk(device.to_owned());
    switch::turn(call, key, Some(LiveValue::Users(users))).await
}

async fn leave(call: &mut Call, live: &Live, device: &str, user: &str) -> bool {
    let mut users = call.account().directory.sitting_at(live, device);
    users.retain(|own| own != user);
    seat(call, device, users).await
}

const fn preset(
    label: &'static str,
    icon: &'static str,
    help: &'static str,
    synonyms: &'static [&'static str],
    family: Family,
    action: &'static str,
) -> Preset {
    Preset {
        label,
        category: Category::HotDesk,
        icon,
        family,
        help,
        synonyms,
        mark: Some(("action", action)),
    }
}

impl Definition for HotDesk {
    const MODULE: &'static str = "hotdesk";
    const PRESETS: &'static [Preset] = &[
        preset(
            "Hot-desk Login",
            "monitor-check",
            "Makes this phone the caller’s",
            &["hotdesk", "shared phone", "sign in", "hoteling"],
            Family::Set,
            "login",
        ),
        preset(
            "Hot-desk Logout",
            "monitor-x",
            "Frees this phone",
            &["hotdesk", "shared phone", "sign out", "hoteling"],
            Family::Set,
            "logout",
        ),
        preset(
            "Hot-desk Toggle",
            "monitor-smartphone",
            "Logs in, or out if already in",
            &["hotdesk", "shared phone", "hoteling"],
            Family::Set,
            "toggle",
        ),
        preset(
            "Hot-desk Bridge",
            "phone-incoming",
            "Rings where the user is logged in",
            &["hotdesk", "shared phone", "hoteling"],
            Family::Connect,
            "bridge",
        ),
    ];
    const NEEDS: Needs = Needs::EarlyMedia;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(match self.action {
            Desk::Bridge => dial::failure_branches(),
            _ => Vec::new(),
        })
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        let user = self.id.as_ref().and_then(|id| directory.user(id.id()));
        if user.is_some_and(|user| !user.hotdesk_enabled) {
            let message = "This user may not use hot desks";
            found.push(Finding::warning("HOTDESK_DISABLED", Some("id"), message));
        }
        if self.interdigit_timeout.0 < 100 {
            let message = format!(
                "{} ms between keys is too short: the time is in milliseconds",
                self.interdigit_timeout.0
            );
            let field = Some("interdigit_timeout");
            found.push(Finding::warning("UNIT_DOUBTFUL", field, message));
        }
        found
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let user = self.id.as_ref();
        let name = user.and_then(|id| directory.name(ResourceKind::User, id.id()));
        Caption::text(name.unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let live = call.live().await?;
        let id = match self.action {
            Desk::Login | Desk::Bridge => self.identify(call).await?,
            Desk::Logout | Desk::Toggle => self.identify_here(call, &live).await?,
        };
        let account = std::sync::Arc::clone(call.account());
        let Some(id) = id else {
            return Ok(Next::Continue);
        };
        let Some(user) = account.directory.user(&id) else {
            return Ok(Next::Continue);
        };
        // KAZOO looks at this for the bridge only.
        if !user.enabled || !user.hotdesk_enabled {
            call.trouble(format!("{} may not use hot desks.", user.name()));
            if self.action != Desk::Bridge {
                switch::say(call, &["hotdesk-disabled"]).await?;
            }
            return Ok(Next::Continue);
        }
        match self.action {
            Desk::Bridge => return self.bridge(call, &id).await,
            Desk::Login => self.log_in(call, &id, user).await?,
            Desk::Logout => self.log_out(call, &id, user).await?,
            Desk::Toggle => {
                if account.directory.desks_of(&live, &id).is_empty() {
                    self.log_in(call, &id, user).await?;
                } else {
                    self.log_out(call, &id, user).await?;
                }
            }
        }
        Ok(Next::Continue)
    }
}

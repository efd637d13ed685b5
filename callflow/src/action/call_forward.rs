//! Call forwarding by phone: the caller sends calls to another number, or takes them back. KAZOO module
//! `call_forward`.

use crate::action::parts::announce::announce;
use crate::action::parts::{forward, restriction, sound, switch};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::{Repeat, Sound};
use crate::directory::Directory;
use crate::live::{LiveKey, LiveValue, Owner};
use crate::value::Int;

crate::choice! {
    /// What is done with the caller's forwarding.
    pub enum Change {
        /// On, to a number.
        Activate = "activate", "Switch on";
        /// Off.
        Deactivate = "deactivate", "Switch off";
        /// Another number.
        Update = "update", "Change the number";
        /// The other way.
        Toggle = "toggle", "Switch over";
        /// The caller chooses by key.
        Menu = "menu", "Let the caller choose";
    }
}

crate::fields! {
    /// Forwards all calls of the caller to another number, or takes them back. It stays so after the call.
    pub struct CallForward {
        /// What is done. A number that was dialled after a feature code is taken; otherwise the caller keys one.
        action: Change = Change::Activate, "action", "Forwarding";
        /// How many wrong keys end the menu.
        menu_retries: Int<1, 10> = Int(3), "menu_retries", "Menu tries";
    }
}

/// Fewest and most digits of a number.
const DIGITS: std::ops::RangeInclusive<usize> = 3..=20;
/// How often a number is asked for.
const TRIES: u32 = 3;

/// Where the caller's forwarding stands.
#[derive(Clone)]
struct State {
    owner: Owner,
    enabled: bool,
    number: String,
}

impl State {
    async fn of_caller(call: &mut Call) -> Result<Option<Self>, Ended> {
        let Some(owner) = switch::caller(call) else {
            return Ok(None);
        };
        let live = call.live().await?;
        let directory = &call.account().directory;
        let forwards = match &owner {
            Owner::User(id) => directory.endpoint(None, Some(id)).user_forwards(&live),
            Owner::Device(id) => directory.endpoint(Some(id), None).device_forwards(&live),
        };
        let always = forwards.unwrap_or_default().always;
        Ok(Some(Self {
            owner,
            enabled: always.is_on(),
            number: always.number.0,
        }))
    }

    /// Stores a change; says whether it was done.
    async fn store(&mut self, call: &mut Call, enabled: bool, number: String) -> bool {
        let key = LiveKey::Forward(self.owner.clone());
        let value = LiveValue::Forward {
            enabled,
            number: number.clone(),
        };
        if !switch::turn(call, key, Some(value)).await {
            return false;
        }
        let name = switch::name(call, &self.owner);
        let word = if enabled {
            number.clone()
        } else {
            "off".to_owned()
        };
        call.note_set(format!("forwarding of {name}"), word);
        (self.enabled, self.number) = (enabled, number);
        true
    }

    async fn switch_on(&mut self, call: &mut Call, number: String) -> Result<(), Ended> {
        if self.store(call, true, number.clone()).await {
            let digits = Sound::Digits {
                digits: number,
                language: call.language().to_owned(),
            };
            let sounds = vec![sound::prompt(call, "cf-now_forwarded_to"), digits];
            announce(call, sounds, Repeat::Times(1), "").await?;
        }
        Ok(())
    }

    async fn switch_off(&mut self, call: &mut Call) -> Result<(), Ended> {
        let number = self.number.clone();
        if self.store(call, false, number).await {
            switch::say(call, &["cf-disabled"]).await?;
        }
        Ok(())
    }

    async fn toggle(&mut self, call: &mut Call) -> Result<(), Ended> {
        if self.enabled {
            return self.switch_off(call).await;
        }
        let number = if self.number.is_empty() {
            number(call, "").await?
        } else {
            Some(self.number.clone())
        };
        match number {
            Some(number) => self.switch_on(call, number).await,
            None => Ok(()),
        }
    }

    /// A new number; on or off stays as it is.
    async fn update(&mut self, call: &mut Call) -> Result<(), Ended> {
        if let Some(number) = number(call, "").await? {
            let enabled = self.enabled;
            if self.store(call, enabled, number).await {
                switch::say(call, &["vm-saved"]).await?;
            }
        }
        Ok(())
    }

    /// 1 switches over, 2 changes the number; until the caller hangs up or keys nothing that means anything.
    async fn menu(&mut self, call: &mut Call, tries: i64) -> Result<(), Ended> {
        let mut wrong = 0;
        while wrong < tries {
            let prompt = if self.enabled {
                "cf-enabled_menu"
            } else {
                "cf-disabled_menu"
            };
            match switch::ask(call, prompt, 1).await?.as_str() {
                "1" => self.toggle(call).await?,
                "2" => self.update(call).await?,
                _ => {
                    call.flush_digits();
                    wrong += 1;
                }
            }
        }
        Ok(())
    }
}

/// The number to forward to: dialled after the feature code, else keyed; nothing keyed takes `last`. `None` when
/// there is none, or when the caller may not dial it.
async fn number(call: &mut Call, last: &str) -> Result<Option<String>, Ended> {
    let fits = |number: &str| {
        DIGITS.contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit() || b == b'+')
    };
    let captured = call.info().capture.as_deref().map(forward::plain);
    let mut found = captured.filter(|number| fits(number));
    let mut tries = 0;
    while found.is_none() && tries < TRIES {
        tries += 1;
        let keyed = switch::ask(call, "cf-enter_number", *DIGITS.end()).await?;
        let keyed = if keyed.is_empty() {
            last.to_owned()
        } else {
            keyed
        };
        found = Some(keyed).filter(|number| fits(number));
    }
    let Some(number) = found else {
        call.trouble("No number to forward to was given; nothing changes.");
        switch::say(call, &["cf-not_available"]).await?;
        return Ok(None);
    };
    if let Some(class) = restriction::denied(call, &number) {
        call.trouble(format!(
            "The caller may not forward calls to {number}: {class} numbers are not allowed."
        ));
        switch::say(call, &["cf-unauthorized_call"]).await?;
        return Ok(None);
    }
    Ok(Some(number))
}

const fn preset(
    label: &'static str,
    icon: &'static str,
    help: &'static str,
    synonyms: &'static [&'static str],
    action: &'static str,
) -> Preset {
    Preset {
        label,
        category: Category::CallForwarding,
        icon,
        family: Family::Route,
        help,
        synonyms,
        mark: Some(("action", action)),
    }
}

impl Definition for CallForward {
    const MODULE: &'static str = "call_forward";
    const PRESETS: &'static [Preset] = &[
        preset(
            "Enable Call Forwarding",
            "phone-forwarded",
            "Sends calls to another number",
            &["divert", "follow me", "call forward"],
            "activate",
        ),
        preset(
            "Disable Call Forwarding",
            "pc-fwd-off",
            "Calls ring here again",
            &["divert off", "cancel forward"],
            "deactivate",
        ),
        preset(
            "Update Call Forwarding",
            "replace",
            "Caller keys a new number",
            &["divert", "change number"],
            "update",
        ),
        preset(
            "Toggle Call Forwarding",
            "phone-forwarded",
            "Switches forwarding on or off",
            &["divert", "call forward"],
            "toggle",
        ),
        preset(
            "Call Forwarding Menu",
            "pc-dialpad",
            "Caller sets forwarding by key",
            &["divert", "call forward"],
            "menu",
        ),
    ];
    const NEEDS: Needs = Needs::EarlyMedia;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::new()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::default()
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let Some(mut state) = State::of_caller(call).await? else {
            call.trouble("Forwarding is not changed: the call comes from no phone of the account.");
            switch::say(call, &["cf-not_available"]).await?;
            return Ok(Next::Continue);
        };
        match self.action {
            Change::Activate => {
                let last = state.number.clone();
                if let Some(number) = number(call, &last).await? {
                    state.switch_on(call, number).await?;
                }
            }
            Change::Deactivate => state.switch_off(call).await?,
            Change::Update => state.update(call).await?,
            Change::Toggle => state.toggle(call).await?,
            Change::Menu => state.menu(call, self.menu_retries.0).await?,
        }
        Ok(Next::Continue)
    }
}

//! Menu: offers choices on the keypad. KAZOO module `menu`.

mod greeting;

use crate::action::parts::announce::announce;
use crate::action::parts::collect::{Collect, collect};
use crate::action::parts::sound;
use crate::action::play::answer_gently;
use crate::action::{
    BranchChoice, Branches, Caption, Category, Definition, Family, FreeKey, Needs, Preset,
};
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::check::Finding;
use crate::command::{Repeat, Sound};
use crate::directory::Directory;
use crate::json;
use crate::resource::{Menu, MenuMedia, ResourceKind};
use crate::route::Origin;
use crate::value::Ref;
use regex_lite::Regex;
use std::sync::Arc;

crate::fields! {
    /// Plays a greeting and branches on the keys that the caller presses.
    pub struct ToMenu {
        /// Greeting, tries and times.
        id: Ref<Menu> = Ref::new(""), "id", "Menu";
    }
}

const TIMEOUT: &str = "timeout";
const MAX_RETRIES: &str = "max_retries";

/// A menu on one call: its settings, ready to match.
struct Running {
    menu: Menu,
    /// The branch keys that a caller can dial.
    keys: Vec<String>,
    allow: Option<Regex>,
    deny: Option<Regex>,
    between_ms: u64,
}

/// What an entry means.
enum Entry {
    Branch,
    Extension(Next),
    Record,
    Invalid,
}

impl ToMenu {
    fn prepare(&self, call: &mut Call) -> Running {
        let stored = call.account().directory.menu(self.id.id()).cloned();
        let menu = stored.unwrap_or_else(|| {
            call.trouble("The menu is not there; a menu without greeting is used.");
            Menu::default()
        });
        let keys = call
            .branch_keys()
            .filter(|key| is_dialable(key))
            .map(str::to_owned)
            .collect();
        // KAZOO reads the step's own value only where the menu has none.
        let own = self
            .source
            .get("interdigit_timeout")
            .and_then(json::integer);
        let own = own
            .and_then(|ms| u64::try_from(ms).ok())
            .filter(|ms| (1..=10_000).contains(ms));
        let between_ms = match own {
            Some(ms) if !menu.source.contains_key("interdigit_timeout") => ms,
            _ => u64::from(menu.interdigit_timeout.0),
        };
        let regex = |pattern: &str| Regex::new(pattern).ok().filter(|_| !pattern.is_empty());
        Running {
            allow: regex(&menu.hunt_allow.0),
            deny: regex(&menu.hunt_deny.0),
            keys,
            between_ms,
            menu,
        }
    }
}

fn is_dialable(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| crate::value::Keys::ALL.contains(c))
}

impl Running {
    /// The most keys of one entry. The PIN must be enterable whatever the extension length.
    fn longest(&self) -> usize {
        let extension = usize::try_from(self.menu.max_extension_length.0).unwrap_or(4);
        extension.max(self.menu.record_pin.0.len())
    }

    fn may_dial(&self, number: &str) -> bool {
        self.menu.hunt
            && self
                .allow
                .as_ref()
                .is_none_or(|allow| allow.is_match(number))
            && !self.deny.as_ref().is_some_and(|deny| deny.is_match(number))
    }

    /// Whether more keys could make another entry of what was typed. When not, the caller does not wait.
    fn may_grow(&self, call_routes: &crate::Routes, typed: &str) -> bool {
        let longer = |entry: &str| entry.len() > typed.len() && entry.starts_with(typed);
        self.keys.iter().any(|key| longer(key))
            || longer(&self.menu.record_pin.0)
            || (self.menu.hunt
                && call_routes.may_continue(typed, self.longest(), &|number| self.may_dial(number)))
    }

    fn read(&self, call: &Call, entry: &str) -> Entry {
        if self.keys.iter().any(|key| key == entry) {
            return Entry::Branch;
        }
        if self.may_dial(entry) {
            let route = call.find(entry).filter(|route| !route.catch_all);
            if let Some(route) = route {
                return Entry::Extension(Next::Callflow {
                    target: route.callflow,
                    capture: route.capture,
                    comes_back: self.menu.branch_extension,
                });
            }
        }
        let inside = call.info().origin == Origin::Internal;
        let pin = self.menu.record_pin.0.as_str();
        if !pin.is_empty() && entry == pin && (inside || self.menu.allow_record_from_offnet) {
            return Entry::Record;
        }
        Entry::Invalid
    }

    async fn ask(&self, call: &mut Call, greeting: Vec<Sound>) -> Result<String, Ended> {
        // `#` ends an entry unless it is a choice itself.
        let hash = self.keys.iter().any(|key| key.contains('#'));
        let account = Arc::clone(call.account());
        let question = Collect {
            prompt: greeting,
            max: self.longest(),
            first_ms: u64::from(self.menu.timeout.0),
            between_ms: self.between_ms,
            terminators: if hash { "" } else { "#" },
            may_grow: &|typed| self.may_grow(&account.routes, typed),
        };
        let mut entry = collect(call, question).await?;
        if entry.len() > 1 && entry.ends_with('#') && !self.keys.contains(&entry) {
            entry.pop();
        }
        Ok(entry)
    }

    async fn play(
        &self,
        call: &mut Call,
        media: &MenuMedia,
        prompt: &'static str,
    ) -> Result<(), Ended> {
        let sound = match media {
            MenuMedia::Off => None,
            MenuMedia::Prompt => Some(sound::prompt(call, prompt)),
            MenuMedia::Media(media) => sound::resolve(call, media),
        };
        announce(call, sound.into_iter().collect(), Repeat::Times(1), "").await?;
        Ok(())
    }

    /// The tries are used up.
    async fn give_up(&self, call: &mut Call) -> Result<Next, Ended> {
        call.flush_digits();
        self.play(call, &self.menu.exit_media, "menu-exit").await?;
        let reason = "the tries are used up".to_owned();
        if call.has_branch(MAX_RETRIES) {
            return Ok(take(MAX_RETRIES, reason));
        }
        if call.has_branch("_") {
            self.play(call, &self.menu.transfer_media, "menu-transferring_call")
                .await?;
            return Ok(take("_", reason));
        }
        let goodbye = vec![sound::prompt(call, "vm-goodbye")];
        call.play_through(goodbye, Repeat::Times(1)).await?;
        Ok(Next::HangUp {
            cause: Cause::NORMAL_CLEARING,
            reason,
        })
    }
}

fn take(key: &str, reason: String) -> Next {
    Next::Take {
        key: key.to_owned(),
        reason,
    }
}

impl Definition for ToMenu {
    const MODULE: &'static str = "menu";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Menu",
        category: Category::Basic,
        icon: "pc-dialpad",
        family: Family::Prompt,
        help: "Offers choices on the keypad",
        synonyms: &["ivr", "auto attendant", "choices", "keypad", "press 1"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, directory: &Directory) -> Branches {
        let menu = directory.menu(self.id.id());
        let longest = menu.map_or(4, |menu| menu.max_extension_length.0);
        let mut choices: Vec<BranchChoice> = "1234567890*#"
            .chars()
            .map(|key| BranchChoice::key(key.to_string()))
            .collect();
        choices.push(BranchChoice::word(TIMEOUT, "Timeout"));
        choices.push(BranchChoice::word(MAX_RETRIES, "Tries used up"));
        choices.push(BranchChoice::word("_", "Otherwise"));
        Branches::Fork {
            choices,
            free: Some(FreeKey::Digits(usize::try_from(longest).unwrap_or(4))),
            add_label: "Key",
            default: TIMEOUT,
        }
    }

    fn check(&self, directory: &Directory, keys: &[&str]) -> Vec<Finding> {
        let Some(menu) = directory.menu(self.id.id()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if !menu.hunt && !keys.iter().any(|key| is_dialable(key)) {
            let message = "No key leads anywhere";
            found.push(Finding::warning("MENU_WITHOUT_KEYS", None, message));
        }
        if menu.greeting.0.is_empty() {
            let message = "The menu has no greeting";
            found.push(Finding::warning(
                "MENU_WITHOUT_GREETING",
                Some("id"),
                message,
            ));
        }
        if sound::is_dangling(directory, &menu.greeting) {
            let message = "The greeting of this menu is not there any more";
            found.push(Finding::error("RESOURCE_MISSING", Some("id"), message));
        }
        found
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let name = directory.name(ResourceKind::Menu, self.id.id());
        Caption::text(name.unwrap_or_default())
    }

    fn caption_with(&self, directory: &Directory, keys: &[&str]) -> Caption {
        let name = self.caption(directory).text;
        let choices = match keys.iter().filter(|key| is_dialable(key)).count() {
            0 => String::new(),
            1 => "1 choice".to_owned(),
            count => format!("{count} choices"),
        };
        let parts: Vec<String> = [name, choices]
            .into_iter()
            .filter(|p| !p.is_empty())
            .collect();
        Caption::text(parts.join(" · "))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let running = self.prepare(call);
        answer_gently(call).await?;
        let mut greeting = match sound::resolve(call, &running.menu.greeting) {
            Some(greeting) => greeting,
            None => sound::prompt(call, "menu-no_prompt"),
        };
        let mut tries = 0;
        while tries < running.menu.retries.0 {
            let entry = running.ask(call, vec![greeting.clone()]).await?;
            if entry.is_empty() {
                if call.has_branch(TIMEOUT) {
                    return Ok(take(TIMEOUT, "nothing was pressed".to_owned()));
                }
                tries += 1;
                continue;
            }
            match running.read(call, &entry) {
                Entry::Branch => {
                    let reason = format!("the caller pressed {entry}");
                    return Ok(take(&entry, reason));
                }
                Entry::Extension(next) => {
                    call.flush_digits();
                    let media = &running.menu.transfer_media;
                    running.play(call, media, "menu-transferring_call").await?;
                    return Ok(next);
                }
                Entry::Record => {
                    if let Some(new) = greeting::record(call, self.id.id()).await? {
                        greeting = new;
                    }
                }
                Entry::Invalid => {
                    call.flush_digits();
                    let media = &running.menu.invalid_media;
                    running.play(call, media, "menu-invalid_entry").await?;
                    tries += 1;
                }
            }
        }
        running.give_up(call).await
    }
}

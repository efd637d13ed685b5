//! Dynamic Caller-ID: shows another number on this call. KAZOO module `dynamic_cid`.

mod check;

use crate::action::parts::collect::{Collect, collect};
use crate::action::parts::{onward, own_number, pattern, restriction, sound};
use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::check::Finding;
use crate::command::{Party, Repeat, Sound, Tone};
use crate::directory::Directory;
use crate::resource::{List, ResourceKind};
use crate::value::{Int, MediaRef, Millis, Pattern, Ref, Text};

crate::choice! {
    /// Where the caller ID comes from.
    pub enum Source {
        /// The caller keys it.
        Manual = "manual", "The caller keys it";
        /// It is fixed.
        Static = "static", "A fixed one";
        /// An entry of a list, chosen by the first digits behind a feature code.
        List = "list", "A list, by feature code";
        /// The same, as newer documents name it.
        Lists = "lists", "A list’s entries, by feature code";
    }
}

crate::fields! {
    /// Shows another caller ID on the calls that are dialled later in this call.
    pub struct DynamicCid {
        /// Where the caller ID comes from. With a list, the digits dialled behind the feature code begin with the
        /// key of an entry; the rest is the number that is called.
        action: Source = Source::Manual, "action", "Caller ID";
        /// The name of the fixed caller ID; empty keeps the caller's.
        name: Text<0, 64> = Text::default(), "caller_id.name", "Fixed name";
        /// The number of the fixed caller ID; empty keeps the caller's.
        number: Text<0, 64> = Text::default(), "caller_id.number", "Fixed number";
        /// Played before the caller keys the number; empty takes the standard question.
        media_id: MediaRef = MediaRef::default(), "media_id", "Question";
        /// The fewest digits of a number that is keyed.
        min_digits: Int<1, 36> = Int(10), "min_digits", "Fewest digits";
        /// The most digits of a number that is keyed. When so many are pressed, the call goes on at once.
        max_digits: Int<1, 36> = Int(10), "max_digits", "Most digits";
        /// A regular expression that a keyed number must match.
        whitelist_regex: Pattern = Pattern(ANY_DIGITS.to_owned()), "whitelist_regex", "Allowed numbers";
        /// Milliseconds to wait for each further key.
        interdigit_timeout: Millis<1, 60_000> = Millis(2_000), "interdigit_timeout", "Wait between keys";
        /// The list whose entries are chosen from.
        id: Option<Ref<List>> = None, "id", "List";
        /// The named group of the callflow's pattern that holds the key; empty takes the first digits.
        idx_name: Text<0, 64> = Text::default(), "idx_name", "Group with the key";
        /// Whether a number dialled through a list must be one that the caller may dial.
        enforce_call_restriction: bool = true, "enforce_call_restriction", "Check restrictions";
        /// Whether a number dialled through a list may be any of the account's; otherwise only numbers outside are
        /// called.
        permit_custom_callflow: bool = false, "permit_custom_callflow", "Allow the account’s numbers";
    }
}

const ANY_DIGITS: &str = r"\d+";
/// Milliseconds to wait for the first key.
const FIRST_MS: u64 = 5_000;

impl DynamicCid {
    async fn manual(&self, call: &mut Call) -> Result<Next, Ended> {
        answer_gently(call).await?;
        let question = sound::resolve(call, &self.media_id);
        let question = question.unwrap_or_else(|| sound::prompt(call, "dynamic-cid-enter_cid"));
        let wanted = Collect {
            prompt: vec![question],
            max: usize::try_from(self.max_digits.0).unwrap_or(1),
            first_ms: FIRST_MS,
            between_ms: u64::from(self.interdigit_timeout.0),
            terminators: "#",
            may_grow: &|_| true,
        };
        let keyed = collect(call, wanted).await?;
        let number = self.accept(call, &keyed);
        let answer = if number.is_some() {
            Sound::Tones(vec![Tone::beep()])
        } else {
            sound::prompt(call, "dynamic-cid-invalid_using_default")
        };
        if let Some(number) = number {
            let name = call.caller_id().name.clone();
            show(call, name, number);
        }
        call.play_through(vec![answer], Repeat::Times(1)).await?;
        Ok(dial_captured(call))
    }

    /// The number that was keyed, as it is shown; `None` when it is not accepted.
    fn accept(&self, call: &mut Call, keyed: &str) -> Option<String> {
        let (source, field) = (&self.source, &self.whitelist_regex);
        let allowed = match pattern::read(source, "whitelist_regex", field, ANY_DIGITS) {
            Ok(Some(allowed)) => allowed.is_match(keyed),
            Ok(None) => true,
            Err(text) => {
                call.trouble(format!(
                    "The pattern {text} cannot be read; no number is accepted."
                ));
                false
            }
        };
        let fewest = usize::try_from(self.min_digits.0).unwrap_or(1);
        if !allowed || keyed.chars().count() < fewest {
            return None;
        }
        permitted(call, keyed)
    }

    fn fixed(&self, call: &mut Call) -> Next {
        let (name, number) = (call.text(&self.name.0), call.text(&self.number.0));
        let Party {
            name: own_name,
            number: own_number,
        } = call.caller_id().clone();
        let number = match number.trim() {
            "" => Some(own_number),
            number => permitted(call, number),
        };
        if let Some(number) = number {
            let name = if name.trim().is_empty() {
                own_name
            } else {
                name
            };
            show(call, name, number);
        }
        dial_captured(call)
    }

    async fn by_list(&self, call: &mut Call) -> Result<Next, Ended> {
        let Some((caller, number)) = self.choose(call) else {
            return refuse(call).await;
        };
        let Some(shown) = permitted(call, &caller.number) else {
            return refuse(call).await;
        };
        let route = onward::find(call, &number);
        let Some(route) = route.filter(|r| r.catch_all || self.permit_custom_callflow) else {
            call.trouble(format!("{number} cannot be called from here."));
            return refuse(call).await;
        };
        let denied = restriction::denied(call, &number).filter(|_| self.enforce_call_restriction);
        if let Some(class) = denied {
            call.trouble(format!(
                "The caller may not dial {number}: {class} is restricted."
            ));
            let sounds = vec![sound::prompt(call, "cf-unauthorized_call")];
            call.play_through(sounds, Repeat::Times(1)).await?;
            return Ok(Next::HangUp {
                cause: Cause::CALL_REJECTED,
                reason: format!("{class} is restricted"),
            });
        }
        let name = if caller.name.is_empty() {
            call.caller_id().name.clone()
        } else {
            caller.name
        };
        show(call, name, shown);
        Ok(onward::go(call, &number, route))
    }

    /// The caller ID that the dialled digits choose, and the number behind them.
    fn choose(&self, call: &mut Call) -> Option<(Party, String)> {
        let directory = std::sync::Arc::clone(&call.account().directory);
        let id = self.id.as_ref().map_or("", Ref::id);
        let Some(list) = directory.list(id) else {
            call.trouble("The list of caller IDs is not there.");
            return None;
        };
        let Some(dialled) = call.info().capture.clone() else {
            call.trouble("The number dialled captured no digits to choose a caller ID by.");
            return None;
        };
        let group = call.info().captures.get(&self.idx_name.0).cloned();
        let chosen = match &group {
            Some(key) => list
                .by_key(key)
                .filter(|(_, rest)| rest.is_empty())
                .map(|(entry, _)| (entry, dialled.as_str())),
            None => list.by_key(&dialled),
        };
        let Some((entry, number)) = chosen else {
            let digits = group.as_deref().unwrap_or(&dialled);
            call.trouble(format!("No caller ID has a key that {digits} begins with."));
            return None;
        };
        if entry.number.is_empty() {
            let key = &entry.key;
            call.trouble(format!(
                "The entry with the key {key} has no number to show."
            ));
            return None;
        }
        let caller = Party {
            name: entry.name.clone(),
            number: entry.number.clone(),
        };
        Some((caller, number.to_owned()))
    }
}

/// The number as it may be shown; noted when it may not.
fn permitted(call: &mut Call, number: &str) -> Option<String> {
    let permitted = own_number::permitted(call, number);
    if permitted.is_none() {
        call.trouble(format!(
            "{number} is not shown: it is no number of this account."
        ));
    }
    permitted
}

fn show(call: &mut Call, name: String, number: String) {
    call.set_caller(Some(Party { name, number }));
    let Party { name, number } = call.caller_id();
    let shown = format!("{name} {number}").trim().to_owned();
    call.note_set("caller ID", shown);
}

/// What was dialled behind a feature code is the number that the call is for.
fn dial_captured(call: &mut Call) -> Next {
    if let Some(number) = call.info().capture.clone() {
        call.set_dialled(number);
    }
    Next::Continue
}

async fn refuse(call: &mut Call) -> Result<Next, Ended> {
    let sounds = vec![sound::prompt(call, "disa-invalid_extension")];
    call.play_through(sounds, Repeat::Times(1)).await?;
    Ok(Next::Continue)
}

impl Definition for DynamicCid {
    const MODULE: &'static str = "dynamic_cid";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Dynamic Caller-ID",
        category: Category::CallerId,
        icon: "id-card",
        family: Family::Set,
        help: "Caller keys the ID to show",
        synonyms: &["cli", "outbound number", "show another number"],
        mark: None,
    }];
    // Only keying needs an answer.
    const NEEDS: Needs = Needs::EarlyMedia;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        match self.action {
            Source::Manual => self.check_manual(),
            Source::Static => self.check_fixed(directory),
            Source::List | Source::Lists => self.check_list(directory),
        }
    }

    fn caption(&self, directory: &Directory) -> Caption {
        Caption::text(match self.action {
            Source::Manual => "Keyed by the caller".to_owned(),
            Source::Static => format!("{} {}", self.name.0, self.number.0)
                .trim()
                .to_owned(),
            Source::List | Source::Lists => {
                let id = self.id.as_ref().map_or("", Ref::id);
                directory.name(ResourceKind::List, id).unwrap_or_default()
            }
        })
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        match self.action {
            Source::Manual => self.manual(call).await,
            Source::Static => Ok(self.fixed(call)),
            Source::List | Source::Lists => self.by_list(call).await,
        }
    }
}

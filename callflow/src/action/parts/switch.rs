//! Turning a live switch, and asking for keys on the way.

use super::announce::announce;
use super::collect::{Collect, collect};
use super::sound;
use crate::call::{Call, Ended};
use crate::command::{Repeat, Sound, Update};
use crate::live::{LiveChange, LiveKey, LiveValue, Owner};
use crate::resource::ResourceKind;

/// Milliseconds to wait for the first key.
const FIRST_MS: u64 = 8_000;
/// Milliseconds to wait for each further key.
const BETWEEN_MS: u64 = 3_000;

/// Turns a switch; `None` puts it back to what is configured. Says whether it was done.
pub(crate) async fn turn(call: &mut Call, key: LiveKey, value: Option<LiveValue>) -> bool {
    call.update(Update::Live(LiveChange { key, value })).await
}

/// Says something; keys pressed meanwhile are kept. The call is not answered for it.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn say(call: &mut Call, prompts: &[&'static str]) -> Result<(), Ended> {
    let sounds = prompts.iter().map(|id| sound::prompt(call, id)).collect();
    announce(call, sounds, Repeat::Times(1), "").await?;
    Ok(())
}

/// Asks for digits; `#` ends them. The call is answered first, so that its keys are heard.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn ask(
    call: &mut Call,
    prompt: &'static str,
    max: usize,
) -> Result<String, Ended> {
    call.answer().await?;
    let prompt = vec![sound::prompt(call, prompt)];
    collect(call, question(prompt, max, BETWEEN_MS)).await
}

/// How digits are asked for.
pub(crate) fn question(prompt: Vec<Sound>, max: usize, between_ms: u64) -> Collect<'static> {
    Collect {
        prompt,
        max,
        first_ms: FIRST_MS,
        between_ms,
        terminators: "#",
        may_grow: &|_| true,
    }
}

/// The name of a user or device, for notes.
pub(crate) fn name(call: &Call, owner: &Owner) -> String {
    let (kind, id) = match owner {
        Owner::User(id) => (ResourceKind::User, id),
        Owner::Device(id) => (ResourceKind::Device, id),
    };
    let name = call.account().directory.name(kind, id);
    name.filter(|name| !name.is_empty())
        .unwrap_or_else(|| id.clone())
}

/// The caller as the owner of switches: the person, else the phone.
pub(crate) fn caller(call: &Call) -> Option<Owner> {
    let user = call.calling_user().map(|id| Owner::User(id.to_owned()));
    user.or_else(|| caller_device(call))
}

/// The calling phone as the owner of switches.
pub(crate) fn caller_device(call: &Call) -> Option<Owner> {
    let id = call.info().device.as_deref()?;
    let known = call.account().directory.device(id).is_some();
    known.then(|| Owner::Device(id.to_owned()))
}

/// On or off, for notes.
pub(crate) fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

crate::choice! {
    /// Which way a switch is turned.
    pub enum Turn {
        /// On.
        Activate = "activate", "Switch on";
        /// Off.
        Deactivate = "deactivate", "Switch off";
        /// The other way.
        Toggle = "toggle", "Switch over";
    }
}

impl Turn {
    /// Where a switch stands that stood like this.
    pub(crate) fn apply(self, was: bool) -> bool {
        match self {
            Self::Activate => true,
            Self::Deactivate => false,
            Self::Toggle => !was,
        }
    }
}

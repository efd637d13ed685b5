//! Getting into a mailbox: its number, its PIN.

use super::menu::Visit;
use super::setup;
use crate::action::parts::choose::TRIES;
use crate::action::parts::collect::{Collect, collect, collect_secret};
use crate::action::parts::mailbox::{self, Found};
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended, Next};
use crate::command::Repeat;

/// Most digits of a mailbox number.
pub(super) const LONGEST_NUMBER: usize = 30;
/// Most digits of a PIN.
pub(super) const LONGEST_PIN: usize = 6;
/// How long to wait for the first digit, in milliseconds.
const FIRST_MS: u64 = 5_000;

/// Lets the caller into a mailbox, asking for its number where none is known. After the visit the call goes on.
pub(super) async fn run(
    call: &mut Call,
    found: Option<Found>,
    between_ms: u32,
) -> Result<Next, Ended> {
    let between_ms = u64::from(between_ms);
    let found = match found {
        Some(found) => found,
        None => match ask_box(call, between_ms).await? {
            Some(found) => found,
            None => return Ok(Next::Continue),
        },
    };
    let before = call.language().to_owned();
    let visit = Visit::new(call, found, between_ms);
    if let Some(language) = visit.language(call) {
        call.set_language(language);
    }
    let next = admit(call, visit).await?;
    call.set_language(before);
    Ok(next)
}

async fn admit(call: &mut Call, mut visit: Visit) -> Result<Next, Ended> {
    if !may_enter(call, &visit).await? {
        return Ok(Next::Continue);
    }
    call.did(format!("open mailbox {}", visit.mailbox.mailbox.0));
    if !visit.mailbox.is_setup
        && !visit.mailbox.not_configurable
        && let Some(next) = setup::run(call, &mut visit).await?
    {
        return Ok(next);
    }
    visit.main_menu(call).await
}

/// Asks for the number of a mailbox.
async fn ask_box(call: &mut Call, between_ms: u64) -> Result<Option<Found>, Ended> {
    for attempt in 1..=TRIES {
        let number = ask(call, "vm-enter_id", LONGEST_NUMBER, between_ms).await?;
        let found = mailbox::with_number(&call.account().directory, &number);
        if found.is_some() {
            return Ok(found);
        }
        sorry(call, "menu-invalid_entry", "vm-abort", attempt).await?;
    }
    Ok(None)
}

/// An owner comes in from an own phone; everybody else needs the PIN.
async fn may_enter(call: &mut Call, visit: &Visit) -> Result<bool, Ended> {
    let pin = visit.mailbox.pin.as_ref();
    let owner = mailbox::owner_calls(call, &visit.mailbox);
    // An owner who has no PIN yet is about to get one.
    let first_time = pin.is_none() && !visit.mailbox.is_setup;
    if owner && (!visit.mailbox.require_pin || first_time) {
        return Ok(true);
    }
    let Some(pin) = pin else {
        let sounds = vec![prompt(call, "vm-no_access")];
        call.play_through(sounds, Repeat::Times(1)).await?;
        return Ok(false);
    };
    for attempt in 1..=TRIES {
        if ask_secret(call, "vm-enter_pass", visit.between_ms).await? == pin.0 {
            return Ok(true);
        }
        sorry(call, "vm-fail_auth", "vm-abort", attempt).await?;
    }
    Ok(false)
}

/// Says what was wrong, and after the last try that there is no other.
pub(super) async fn sorry(
    call: &mut Call,
    wrong: &'static str,
    over: &'static str,
    attempt: u32,
) -> Result<(), Ended> {
    let mut sounds = vec![prompt(call, wrong)];
    if attempt == TRIES {
        sounds.push(prompt(call, over));
    }
    call.play_through(sounds, Repeat::Times(1)).await
}

/// Asks for digits, which `#` ends.
pub(super) async fn ask(
    call: &mut Call,
    question: &'static str,
    most: usize,
    between_ms: u64,
) -> Result<String, Ended> {
    let wanted = wanted(call, question, most, between_ms);
    collect(call, wanted).await
}

/// Asks for a PIN.
pub(super) async fn ask_secret(
    call: &mut Call,
    question: &'static str,
    between_ms: u64,
) -> Result<String, Ended> {
    let wanted = wanted(call, question, LONGEST_PIN, between_ms);
    collect_secret(call, wanted).await
}

fn wanted(call: &Call, question: &'static str, most: usize, between_ms: u64) -> Collect<'static> {
    Collect {
        prompt: vec![prompt(call, question)],
        // One more than fits: `#` after the longest entry ends it, and is no answer to the next question.
        max: most + 1,
        first_ms: FIRST_MS,
        between_ms,
        terminators: "#",
        may_grow: &|_| true,
    }
}

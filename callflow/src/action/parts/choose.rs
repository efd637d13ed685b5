//! Asking for one key of several, a few times.

use crate::action::parts::collect::{Collect, collect};
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended};
use crate::command::Sound;

/// How often somebody may answer wrongly, or not at all, wherever something is asked.
pub const TRIES: u32 = 3;
/// How long to wait for the key after the question, in milliseconds.
const WAIT_MS: u64 = 5_000;

/// A question that one key answers.
pub struct Question<'a> {
    /// A key that was pressed before the question could be asked.
    pub pressed: Option<char>,
    /// What is played at first.
    pub first: Vec<Sound>,
    /// What is played when it is asked again.
    pub again: Vec<Sound>,
    /// The keys that answer it.
    pub keys: &'a str,
    /// The prompt that says that a key is none of them.
    pub wrong: &'static str,
}

/// Asks, and takes one of the keys. `None` after three wrong or missing answers.
///
/// # Errors
/// When the caller has gone.
pub async fn choose(call: &mut Call, question: Question<'_>) -> Result<Option<char>, Ended> {
    let mut pressed = question.pressed;
    let mut sounds = question.first;
    for _ in 0..TRIES {
        let key = match pressed.take() {
            Some(key) => Some(key),
            None => one_key(call, std::mem::take(&mut sounds)).await?,
        };
        sounds = question.again.clone();
        match key {
            Some(key) if question.keys.contains(key) => return Ok(Some(key)),
            Some(_) => sounds.insert(0, prompt(call, question.wrong)),
            None => {}
        }
    }
    Ok(None)
}

async fn one_key(call: &mut Call, sounds: Vec<Sound>) -> Result<Option<char>, Ended> {
    let wanted = Collect {
        prompt: sounds,
        max: 1,
        first_ms: WAIT_MS,
        between_ms: WAIT_MS,
        terminators: "",
        may_grow: &|_| false,
    };
    Ok(collect(call, wanted).await?.chars().next())
}

//! Collecting digits, with a prompt that the first key cuts.

use crate::call::{Call, Ended};
use crate::command::{Repeat, Sound};
use crate::event::Event;
use crate::trace::Step;

/// How digits are collected.
pub struct Collect<'a> {
    /// Played first; the first key cuts it.
    pub prompt: Vec<Sound>,
    /// The most digits; reaching it ends the collection at once.
    pub max: usize,
    /// Milliseconds to wait for the first key, counted from the end of the prompt.
    pub first_ms: u64,
    /// Milliseconds to wait for each further key.
    pub between_ms: u64,
    /// Keys that end the collection and are not part of it.
    pub terminators: &'a str,
    /// Whether what was collected so far can still become something longer. When it cannot, the
    /// collection ends at once instead of waiting for a key that would change nothing.
    pub may_grow: &'a (dyn Fn(&str) -> bool + Send + Sync),
}

/// Plays and collects. Nothing pressed gives the empty text.
///
/// # Errors
/// When the caller has gone.
pub async fn collect(call: &mut Call, wanted: Collect<'_>) -> Result<String, Ended> {
    let digits = gather(call, wanted).await?;
    call.trace(Step::Keys {
        keys: digits.clone(),
    });
    Ok(digits)
}

/// Plays and collects what nobody may read in the trace: a PIN.
///
/// # Errors
/// When the caller has gone.
pub async fn collect_secret(call: &mut Call, wanted: Collect<'_>) -> Result<String, Ended> {
    let digits = gather(call, wanted).await?;
    call.trace(Step::Keys {
        keys: digits.chars().map(|_| '•').collect(),
    });
    Ok(digits)
}

async fn gather(call: &mut Call, wanted: Collect<'_>) -> Result<String, Ended> {
    let mut digits = String::with_capacity(wanted.max.min(32));
    // Keys pressed before anybody asked count.
    while let Some(key) = call.take_digit() {
        if !push(&mut digits, key, &wanted) {
            return Ok(digits);
        }
    }
    let mut playing = None;
    if digits.is_empty() && !wanted.prompt.is_empty() {
        playing = Some(call.start_play(wanted.prompt.clone(), Repeat::Times(1)));
    }
    let wait = if digits.is_empty() {
        wanted.first_ms
    } else {
        wanted.between_ms
    };
    let mut timer = if playing.is_none() {
        Some(call.start_timer(wait))
    } else {
        None
    };
    loop {
        match call.next_or_key().await? {
            Event::Digit { key } => {
                for op in [playing.take(), timer.take()].into_iter().flatten() {
                    call.cancel(op);
                }
                if !push(&mut digits, key, &wanted) {
                    return Ok(digits);
                }
                timer = Some(call.start_timer(wanted.between_ms));
            }
            event if event.op().is_some() && event.op() == playing => {
                if let Event::Failed { reason, .. } = event {
                    call.trouble(format!("Playing failed: {reason}"));
                }
                playing = None;
                timer = Some(call.start_timer(wanted.first_ms));
            }
            event if event.op().is_some() && event.op() == timer => {
                return Ok(digits);
            }
            _ => {}
        }
    }
}

/// Takes a key; `false` when the collection is complete.
fn push(digits: &mut String, key: char, wanted: &Collect<'_>) -> bool {
    if wanted.terminators.contains(key) {
        return false;
    }
    digits.push(key);
    digits.chars().count() < wanted.max && (wanted.may_grow)(digits)
}

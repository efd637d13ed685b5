//! The first login: a new PIN and a greeting. And changing the PIN later.

use super::login::ask_secret;
use super::menu::Visit;
use crate::action::parts::choose::TRIES;
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::command::{MailboxChange, Repeat};
use crate::value::Digits;

/// Fewest digits of a new PIN.
const SHORTEST_PIN: usize = 4;
/// Most digits of a new PIN.
const LONGEST_PIN: usize = super::login::LONGEST_PIN;

/// Sets the mailbox up. Returns how the call goes on when the caller did not get through it.
pub(super) async fn run(call: &mut Call, visit: &mut Visit) -> Result<Option<Next>, Ended> {
    let sounds = vec![prompt(call, "vm-setup_intro")];
    call.play_through(sounds, Repeat::Times(1)).await?;
    if !new_pin(call, visit).await? {
        let sounds = vec![prompt(call, "vm-goodbye")];
        call.play_through(sounds, Repeat::Times(1)).await?;
        return Ok(Some(Next::HangUp {
            cause: Cause::NORMAL_CLEARING,
            reason: "no PIN was chosen for the mailbox".to_owned(),
        }));
    }
    visit
        .record(call, "vm-setup_rec_greeting", MailboxChange::Greeting)
        .await?;
    if visit.change(call, MailboxChange::SetUp).await {
        visit.mailbox.is_setup = true;
        let sounds = vec![prompt(call, "vm-setup_complete")];
        call.play_through(sounds, Repeat::Times(1)).await?;
    }
    Ok(None)
}

/// Asks for a new PIN, twice. Says whether there is one now.
pub(super) async fn new_pin(call: &mut Call, visit: &mut Visit) -> Result<bool, Ended> {
    for _ in 0..TRIES {
        let pin = ask_secret(call, "vm-enter_new_pin", visit.between_ms).await?;
        let question = "vm-enter_new_pin_confirm";
        let fits = is_pin(&pin) && ask_secret(call, question, visit.between_ms).await? == pin;
        if !fits {
            let sounds = vec![prompt(call, "vm-pin_invalid")];
            call.play_through(sounds, Repeat::Times(1)).await?;
            continue;
        }
        let stored = visit.change(call, MailboxChange::Pin(pin.clone())).await;
        let said = if stored {
            visit.mailbox.pin = Some(Digits(pin));
            "vm-pin_set"
        } else {
            "fault-facility_trouble"
        };
        let sounds = vec![prompt(call, said)];
        call.play_through(sounds, Repeat::Times(1)).await?;
        return Ok(stored);
    }
    Ok(false)
}

fn is_pin(digits: &str) -> bool {
    (SHORTEST_PIN..=LONGEST_PIN).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_pin;

    #[test]
    fn pin_has_four_to_six_digits() {
        assert!(is_pin("0000") && is_pin("123456"));
        for no in ["", "123", "1234567", "12*4", "12A4", "１２３４"] {
            assert!(!is_pin(no), "{no}");
        }
    }
}

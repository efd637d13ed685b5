//! Forwarding a message to another mailbox.

use super::compose::MOST_MESSAGES;
use super::login::{LONGEST_NUMBER, ask, sorry};
use super::menu::Visit;
use crate::action::parts::choose::{Question, TRIES, choose};
use crate::action::parts::mailbox;
use crate::action::parts::record::{self, Dictation};
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended};
use crate::command::{Query, RecordingId, Repeat, StoredMessage, Update};
use crate::resource::ForwardType;

/// Shortest introduction, in milliseconds.
const SHORTEST_MS: u64 = 500;
/// Longest introduction, in milliseconds.
const LONGEST_MS: u64 = 300_000;

/// What is put before the message.
enum Introduction {
    None,
    Words(RecordingId),
    /// The message is not sent after all.
    Cancelled,
}

impl Visit {
    /// Asks for a mailbox and sends a copy there. Says whether it was sent; the caller was told.
    pub(super) async fn forward(
        &self,
        call: &mut Call,
        message: &StoredMessage,
    ) -> Result<bool, Ended> {
        let Some(to) = self.ask_target(call).await? else {
            return Ok(false);
        };
        let introduction = match self.introduction(call).await? {
            Introduction::None => None,
            Introduction::Words(recording) => Some(recording),
            Introduction::Cancelled => {
                let sounds = vec![prompt(call, "vm-forward_abort")];
                call.play_through(sounds, Repeat::Times(1)).await?;
                return Ok(false);
            }
        };
        let sent = call
            .update(Update::ForwardMessage {
                mailbox: self.id.clone(),
                message: message.id.clone(),
                to,
                introduction,
            })
            .await;
        let said = if sent {
            "vm-forward_confirmed"
        } else {
            "fault-facility_trouble"
        };
        let sounds = vec![prompt(call, said)];
        call.play_through(sounds, Repeat::Times(1)).await?;
        Ok(sent)
    }

    /// The id of another mailbox that has room.
    async fn ask_target(&self, call: &mut Call) -> Result<Option<String>, Ended> {
        for attempt in 1..=TRIES {
            let question = "vm-enter_forward_id";
            let number = ask(call, question, LONGEST_NUMBER, self.between_ms).await?;
            let found = mailbox::with_number(&call.account().directory, &number);
            let wrong = match found.filter(|found| found.id != self.id) {
                Some(found) if is_full(call, &found.id).await? => "vm-mailbox_full",
                Some(found) => return Ok(Some(found.id)),
                None => "menu-invalid_entry",
            };
            sorry(call, wrong, "vm-forward_abort", attempt).await?;
        }
        Ok(None)
    }

    async fn introduction(&self, call: &mut Call) -> Result<Introduction, Ended> {
        if self.mailbox.forward_type == ForwardType::Plain {
            return Ok(Introduction::None);
        }
        let menu = vec![prompt(call, "vm-message_forwarding")];
        let question = Question {
            pressed: None,
            first: menu.clone(),
            again: menu,
            keys: "120",
            wrong: "menu-invalid_entry",
        };
        let wanted = Dictation {
            prompt: "vm-record_message",
            shortest_ms: SHORTEST_MS,
            longest_ms: LONGEST_MS,
        };
        Ok(match choose(call, question).await? {
            Some('1') => match record::dictate(call, wanted).await? {
                Some(recording) => Introduction::Words(recording),
                None => Introduction::Cancelled,
            },
            Some('2') => Introduction::None,
            _ => Introduction::Cancelled,
        })
    }
}

/// Whether a mailbox takes no more messages.
pub(super) async fn is_full(call: &mut Call, mailbox: &str) -> Result<bool, Ended> {
    let mailbox = mailbox.to_owned();
    let count = call.count(Query::MessageCount { mailbox }).await?;
    Ok(count.is_some_and(|count| count >= MOST_MESSAGES))
}

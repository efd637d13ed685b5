//! What the owner of a mailbox changes by phone.

use super::menu::Visit;
use super::setup;
use crate::action::parts::choose::{Question, choose};
use crate::action::parts::record::{self, Dictation};
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended};
use crate::command::{MailboxChange, RecordingId, Repeat};

/// Shortest greeting or name that is kept, in milliseconds.
const SHORTEST_MS: u64 = 500;
/// Longest greeting or name, in milliseconds.
const LONGEST_MS: u64 = 300_000;

impl Visit {
    /// The settings menu; three wrong or missing keys lead back, as does 0.
    pub(super) async fn settings(&mut self, call: &mut Call) -> Result<(), Ended> {
        loop {
            let menu = if self.mailbox.announcement_only {
                "vm-settings_menu_announcement_on"
            } else {
                "vm-settings_menu"
            };
            let question = Question {
                pressed: None,
                first: vec![prompt(call, menu)],
                again: vec![prompt(call, menu)],
                keys: "1234560",
                wrong: "menu-invalid_entry",
            };
            match choose(call, question).await? {
                Some('1') => {
                    self.record(call, "vm-record_greeting", MailboxChange::Greeting)
                        .await?;
                }
                Some('2') => {
                    self.record(call, "vm-record_name", MailboxChange::Name)
                        .await?;
                }
                Some('3') => {
                    setup::new_pin(call, self).await?;
                }
                Some('4') => {
                    let change = MailboxChange::TemporaryGreeting;
                    self.record(call, "vm-record_temp_greeting", change).await?;
                }
                Some('5') => {
                    let change = MailboxChange::NoTemporaryGreeting;
                    self.change_and_say(call, change, "vm-deleted").await?;
                }
                Some('6') => {
                    let on = !self.mailbox.announcement_only;
                    let change = MailboxChange::AnnouncementOnly(on);
                    if self.change_and_say(call, change, "vm-saved").await? {
                        self.mailbox.announcement_only = on;
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    /// Records something and stores it.
    pub(super) async fn record(
        &self,
        call: &mut Call,
        prompt: &'static str,
        change: fn(RecordingId) -> MailboxChange,
    ) -> Result<(), Ended> {
        let wanted = Dictation {
            prompt,
            shortest_ms: SHORTEST_MS,
            longest_ms: LONGEST_MS,
        };
        if let Some(recording) = record::dictate(call, wanted).await? {
            self.change_and_say(call, change(recording), "vm-saved")
                .await?;
        }
        Ok(())
    }

    async fn change_and_say(
        &self,
        call: &mut Call,
        change: MailboxChange,
        done: &'static str,
    ) -> Result<bool, Ended> {
        let stored = self.change(call, change).await;
        let said = if stored {
            done
        } else {
            "fault-facility_trouble"
        };
        let sounds = vec![prompt(call, said)];
        call.play_through(sounds, Repeat::Times(1)).await?;
        Ok(stored)
    }
}

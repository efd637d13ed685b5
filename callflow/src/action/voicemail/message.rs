//! Hearing messages, one after another.

use super::menu::Visit;
use crate::action::parts::announce::announce;
use crate::action::parts::choose::{Question, choose};
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::command::{Folder, Repeat, Sound, StoredMessage, Told, Update};
use crate::resource::{AfterForward, Envelope};
use crate::value::Keys;

/// What is done after one message.
enum After {
    /// The next one is played.
    Next,
    /// The one before is played.
    Previous,
    /// This one is gone; the next one is played.
    Gone,
    /// The main menu.
    MainMenu,
    /// The mailbox is left.
    Leave(Next),
}

/// A message while it is told.
struct Telling {
    message: StoredMessage,
    /// Its place in the folder, from 1.
    number: u64,
    /// Whether any of it was played.
    heard: bool,
}

impl Visit {
    /// Plays the messages of a folder. Returns how the call goes on when the caller leaves the mailbox.
    pub(super) async fn listen(
        &mut self,
        call: &mut Call,
        mut messages: Vec<StoredMessage>,
        folder: Folder,
    ) -> Result<Option<Next>, Ended> {
        messages.retain(|message| message.folder == folder);
        if messages.is_empty() {
            let sounds = vec![prompt(call, "vm-no_messages")];
            call.play_through(sounds, Repeat::Times(1)).await?;
            return Ok(None);
        }
        if !self.mailbox.oldest_message_first {
            messages.reverse();
        }
        let tellings = (1..).zip(messages).map(|(number, message)| Telling {
            message,
            number,
            heard: false,
        });
        let mut tellings: Vec<Telling> = tellings.collect();
        let mut at = 0;
        while let Some(telling) = tellings.get_mut(at) {
            match self.tell(call, telling).await {
                Err(Ended) => {
                    self.keep_if_heard(call, telling).await;
                    return Err(Ended);
                }
                Ok(After::Next) => at += 1,
                Ok(After::Previous) => at = at.saturating_sub(1),
                Ok(After::Gone) => {
                    tellings.remove(at);
                }
                Ok(After::MainMenu) => return Ok(None),
                Ok(After::Leave(next)) => {
                    self.keep_if_heard(call, telling).await;
                    return Ok(Some(next));
                }
            }
        }
        Ok(None)
    }

    /// Plays one message and does what the caller wants with it.
    async fn tell(&mut self, call: &mut Call, telling: &mut Telling) -> Result<After, Ended> {
        let mut pressed = self.announce_and_play(call, telling).await?;
        loop {
            let menu = vec![prompt(call, "vm-message_menu")];
            let mut first = self.envelope(call, &telling.message);
            first.extend(menu.clone());
            let question = Question {
                pressed: pressed.take(),
                first,
                again: menu,
                keys: if self.mailbox.seek_enabled {
                    "123456790"
                } else {
                    "12346790"
                },
                wrong: "menu-invalid_entry",
            };
            match choose(call, question).await? {
                Some('1') => {
                    self.keep_and_say(call, telling).await?;
                    return Ok(After::Next);
                }
                Some('2') => pressed = self.play_from(call, telling, 0).await?,
                Some('3') => match self.forward(call, &telling.message).await? {
                    true if self.mailbox.after_forward == AfterForward::Save => {
                        self.keep(call, telling).await;
                        return Ok(After::Next);
                    }
                    _ => {}
                },
                Some('4') => return Ok(After::Previous),
                Some('5') => {
                    let from = telling.message.duration_ms.saturating_sub(self.step_ms());
                    pressed = self.play_from(call, telling, from).await?;
                }
                Some('6') => return Ok(After::Next),
                Some('7') => return self.delete(call, telling).await,
                Some('9') => {
                    if let Some(next) = self.call_back(call, &telling.message).await? {
                        return Ok(After::Leave(next));
                    }
                }
                Some(_) => {
                    self.keep(call, telling).await;
                    return Ok(After::MainMenu);
                }
                None => {
                    let sounds = vec![prompt(call, "fault-too_many_invalid_entries")];
                    call.play_through(sounds, Repeat::Times(1)).await?;
                    return Ok(After::Leave(Next::HangUp {
                        cause: Cause::NORMAL_CLEARING,
                        reason: "too many wrong entries in the mailbox".to_owned(),
                    }));
                }
            }
        }
    }

    /// "Message one", and the message. A key cuts either and is returned.
    async fn announce_and_play(
        &self,
        call: &mut Call,
        telling: &mut Telling,
    ) -> Result<Option<char>, Ended> {
        if let Some(key) = call.take_digit() {
            return Ok(Some(key));
        }
        let sounds = vec![
            prompt(call, "vm-message_number"),
            Sound::Number {
                number: telling.number,
                language: call.language().to_owned(),
            },
        ];
        let key = announce(call, sounds, Repeat::Times(1), Keys::ALL).await?;
        if key.is_some() {
            return Ok(key);
        }
        self.play_from(call, telling, 0).await
    }

    /// Plays the message from a place on, and from other places as the caller wishes. Any other key ends it and is
    /// returned.
    async fn play_from(
        &self,
        call: &mut Call,
        telling: &mut Telling,
        from_ms: u64,
    ) -> Result<Option<char>, Ended> {
        telling.heard = true;
        let mut from_ms = from_ms;
        loop {
            let since = call.now();
            let sounds = vec![Sound::Message {
                mailbox: self.id.clone(),
                message: telling.message.id.clone(),
                from_ms,
            }];
            let key = announce(call, sounds, Repeat::Times(1), Keys::ALL).await?;
            let played = call.now().duration_since(since).as_millis();
            let place = from_ms.saturating_add(u64::try_from(played).unwrap_or(0));
            from_ms = match key {
                Some('5') if self.mailbox.seek_enabled => place.saturating_sub(self.step_ms()),
                Some('8') if self.mailbox.seek_enabled => place.saturating_add(self.step_ms()),
                key => return Ok(key),
            };
            if from_ms >= telling.message.duration_ms {
                return Ok(None);
            }
        }
    }

    fn step_ms(&self) -> u64 {
        u64::from(self.mailbox.seek_step.0)
    }

    /// Who called, and when.
    fn envelope(&self, call: &Call, message: &StoredMessage) -> Vec<Sound> {
        if self.mailbox.skip_envelope {
            return Vec::new();
        }
        let language = call.language().to_owned();
        let moment = Sound::Moment {
            at: message.at,
            told: Told::Since(call.now()),
            zone: self.zone.clone(),
            language: language.clone(),
        };
        let digits = message.caller.number.clone();
        if self.mailbox.envelope == Envelope::CallerAndTime && !digits.is_empty() {
            let number = Sound::Digits { digits, language };
            let (from, on) = (prompt(call, "vm-a_call_from"), prompt(call, "vm-on"));
            return vec![from, number, on, moment];
        }
        vec![prompt(call, "vm-received"), moment]
    }

    async fn move_to(&self, call: &mut Call, telling: &mut Telling, folder: Folder) -> bool {
        if telling.message.folder == folder {
            return true;
        }
        let update = Update::MoveMessage {
            mailbox: self.id.clone(),
            message: telling.message.id.clone(),
            folder,
        };
        let moved = call.update(update).await;
        if moved {
            telling.message.folder = folder;
        }
        moved
    }

    async fn keep(&self, call: &mut Call, telling: &mut Telling) -> bool {
        self.move_to(call, telling, Folder::Saved).await
    }

    /// Who goes in the middle of a message has heard it; who goes before it has not.
    async fn keep_if_heard(&self, call: &mut Call, telling: &mut Telling) {
        if telling.heard {
            self.keep(call, telling).await;
        }
    }

    async fn keep_and_say(&self, call: &mut Call, telling: &mut Telling) -> Result<(), Ended> {
        let said = if self.keep(call, telling).await {
            "vm-saved"
        } else {
            "fault-facility_trouble"
        };
        let sounds = vec![prompt(call, said)];
        call.play_through(sounds, Repeat::Times(1)).await
    }

    async fn delete(&self, call: &mut Call, telling: &mut Telling) -> Result<After, Ended> {
        let (said, after) = if self.move_to(call, telling, Folder::Deleted).await {
            ("vm-deleted", After::Gone)
        } else {
            ("fault-facility_trouble", After::Next)
        };
        let sounds = vec![prompt(call, said)];
        call.play_through(sounds, Repeat::Times(1)).await?;
        Ok(after)
    }
}

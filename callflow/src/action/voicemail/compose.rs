//! Leaving a message.

use super::Voicemail;
use crate::action::parts::announce::announce;
use crate::action::parts::record::{self, Take, Verdict};
use crate::action::parts::sound::{self, prompt};
use crate::action::play::answer_gently;
use crate::call::{Call, Ended, Next};
use crate::command::{Query, Repeat, Sound, Update};
use crate::resource::Mailbox;
use crate::value::{Keys, MediaRef};

/// Most messages that a mailbox holds (KAZOO: `max_message_count`).
const MOST_MESSAGES: u64 = 100;
/// Shortest message that is kept, in milliseconds.
const SHORTEST_MS: u64 = 500;
/// Longest message where neither the step nor the mailbox says, in seconds.
const LONGEST_S: u32 = 500;
/// How often somebody may record anew.
const MOST_TAKES: u32 = 10;

/// One conversation with one mailbox.
struct Compose {
    id: String,
    mailbox: Mailbox,
    max_ms: u64,
}

pub(super) async fn run(call: &mut Call, step: &Voicemail) -> Result<Next, Ended> {
    let found = step.mailbox(call);
    answer_gently(call).await?;
    // Keys pressed while phones rang were meant for nobody.
    call.flush_digits();
    let Some((id, mailbox)) = found else {
        call.trouble("There is no such mailbox; no message is taken.");
        let sorry = vec![prompt(call, "vm-not_available_no_voicemail")];
        call.play_through(sorry, Repeat::Times(1)).await?;
        return Ok(Next::Continue);
    };
    let seconds = step.max_message_length.map(|s| s.0);
    let seconds = seconds.or(mailbox.max_message_length.map(|s| s.0));
    let compose = Compose {
        max_ms: u64::from(seconds.unwrap_or(LONGEST_S)) * 1_000,
        id,
        mailbox,
    };
    compose.converse(call).await
}

impl Compose {
    async fn converse(&self, call: &mut Call) -> Result<Next, Ended> {
        if self.mailbox.announcement_only {
            let key = announce(call, self.greeting(call), Repeat::Times(1), "*").await?;
            self.login(call, key);
            return Ok(Next::Continue);
        }
        let query = Query::MessageCount {
            mailbox: self.id.clone(),
        };
        if call
            .count(query)
            .await?
            .is_some_and(|count| count >= MOST_MESSAGES)
        {
            let mut sounds = self.greeting(call);
            sounds.push(prompt(call, "vm-mailbox_full"));
            let key = announce(call, sounds, Repeat::Times(1), "*").await?;
            self.login(call, key);
            return Ok(Next::Continue);
        }
        let mut sounds = self.greeting(call);
        if !self.mailbox.skip_instructions {
            sounds.push(prompt(call, "vm-record_message"));
        }
        let key = announce(call, sounds, Repeat::Times(1), Keys::ALL).await?;
        self.login(call, key);
        if key == Some('0')
            && let Some(next) = self.operator(call)
        {
            return Ok(next);
        }
        self.take_message(call).await
    }

    /// `*` asks for the mailbox itself.
    fn login(&self, call: &mut Call, key: Option<char>) {
        if key == Some('*') {
            call.trouble("Listening to messages by phone is not available; the call goes on.");
        }
    }

    /// The temporary greeting, else the ordinary one, else "the person at extension … is not available".
    fn greeting(&self, call: &Call) -> Vec<Sound> {
        if self.mailbox.skip_greeting {
            return Vec::new();
        }
        let media = |reference: &str| sound::resolve(call, &MediaRef(reference.to_owned()));
        let own = [&self.mailbox.temporary, &self.mailbox.unavailable]
            .into_iter()
            .flatten()
            .find_map(|greeting| media(greeting.id()));
        let mut sounds: Vec<Sound> = media(&self.mailbox.intro.0).into_iter().collect();
        match own {
            Some(greeting) => sounds.push(greeting),
            None => sounds.extend([
                prompt(call, "vm-person"),
                Sound::Digits {
                    digits: self.mailbox.mailbox.0.clone(),
                    language: call.language().to_owned(),
                },
                prompt(call, "vm-not_available"),
            ]),
        }
        sounds
    }

    /// Where key 0 leads; `None` when there is no operator.
    fn operator(&self, call: &mut Call) -> Option<Next> {
        let number = match self.mailbox.operator_number.0.as_str() {
            "" => "0",
            number => number,
        };
        let route = call.find(number).filter(|route| !route.catch_all);
        match route {
            Some(route) => Some(Next::Callflow {
                target: route.callflow,
                capture: route.capture,
                comes_back: true,
            }),
            None => {
                call.trouble(format!("No callflow answers the operator number {number}."));
                None
            }
        }
    }

    async fn take_message(&self, call: &mut Call) -> Result<Next, Ended> {
        for _ in 0..MOST_TAKES {
            let Some(take) = record::take(call, self.max_ms).await? else {
                return Ok(Next::Continue);
            };
            if take.duration_ms < SHORTEST_MS {
                call.trouble("The message is too short and is not kept.");
                record::discard(call, take.recording).await;
                return if take.hung_up {
                    Err(Ended)
                } else {
                    Ok(Next::Continue)
                };
            }
            if take.hung_up {
                self.save(call, take).await;
                return Err(Ended);
            }
            match record::review(call, &take.recording, true).await {
                // Who hangs up instead of answering has left a message.
                Err(Ended) => {
                    self.save(call, take).await;
                    return Err(Ended);
                }
                Ok(Verdict::Again) => record::discard(call, take.recording).await,
                Ok(Verdict::Save) => {
                    self.save_and_thank(call, take).await?;
                    return Ok(Next::Continue);
                }
                Ok(Verdict::Operator) => {
                    if !self.save(call, take).await {
                        return Ok(Next::Continue);
                    }
                    return Ok(self.operator(call).unwrap_or(Next::Continue));
                }
            }
        }
        Ok(Next::Continue)
    }

    async fn save_and_thank(&self, call: &mut Call, take: Take) -> Result<(), Ended> {
        let sounds = if self.save(call, take).await {
            vec![prompt(call, "vm-saved"), prompt(call, "vm-thank_you")]
        } else {
            vec![prompt(call, "fault-facility_trouble")]
        };
        call.play_through(sounds, Repeat::Times(1)).await
    }

    async fn save(&self, call: &mut Call, take: Take) -> bool {
        let caller = call.caller_shown();
        call.update(Update::Message {
            mailbox: self.id.clone(),
            recording: take.recording,
            duration_ms: take.duration_ms,
            caller,
        })
        .await
    }
}

//! Leaving a message.

use super::forward::is_full;
use super::{Voicemail, login};
use crate::action::parts::announce::announce;
use crate::action::parts::mailbox::{self, Found};
use crate::action::parts::record::{self, Take, Verdict};
use crate::action::parts::sound::{self, prompt};
use crate::call::{Call, Ended, Next};
use crate::command::{Notice, NoticeKind, Party, Recipient, Repeat, Sound, Update};
use crate::resource::Mailbox;
use crate::value::{Keys, MediaRef};

/// Most messages that a mailbox holds (KAZOO: `max_message_count`).
pub(super) const MOST_MESSAGES: u64 = 100;
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
    /// How long to wait for another digit of a PIN, in milliseconds.
    between_ms: u32,
}

pub(super) async fn run(
    call: &mut Call,
    step: &Voicemail,
    found: Option<Found>,
) -> Result<Next, Ended> {
    // Keys pressed while phones rang were meant for nobody.
    call.flush_digits();
    let Some(found) = found else {
        call.trouble("There is no such mailbox; no message is taken.");
        let sorry = vec![prompt(call, "vm-not_available_no_voicemail")];
        call.play_through(sorry, Repeat::Times(1)).await?;
        return Ok(Next::Continue);
    };
    if listens(call, &found.mailbox) {
        return login::run(call, Some(found), step.interdigit_timeout.0).await;
    }
    let Found { id, mailbox } = found;
    let seconds = step.max_message_length.map(|s| s.0);
    let seconds = seconds.or(mailbox.max_message_length.map(|s| s.0));
    let compose = Compose {
        max_ms: u64::from(seconds.unwrap_or(LONGEST_S)) * 1_000,
        between_ms: step.interdigit_timeout.0,
        id,
        mailbox,
    };
    let before = call.language().to_owned();
    if let Some(language) = &compose.mailbox.language {
        call.set_language(language.0.clone());
    }
    let next = compose.converse(call).await?;
    call.set_language(before);
    Ok(next)
}

/// Whether the caller is the owner and wants to listen rather than leave a message. Where the mailbox does not say,
/// an owner who calls the own extension does, and one who comes through a menu does not.
fn listens(call: &Call, mailbox: &Mailbox) -> bool {
    let direct = || {
        let before = call.step_before();
        call.is_first_step() || before.is_some_and(|action| action.module() == "device")
    };
    let wants = mailbox.announcement_only || mailbox.check_if_owner.unwrap_or_else(direct);
    wants && mailbox::owner_calls(call, mailbox)
}

impl Compose {
    async fn converse(&self, call: &mut Call) -> Result<Next, Ended> {
        if self.mailbox.announcement_only {
            return self.only_say(call, self.greeting(call)).await;
        }
        if is_full(call, &self.id).await? {
            self.mail_that_it_is_full(call);
            let mut sounds = self.greeting(call);
            sounds.push(prompt(call, "vm-mailbox_full"));
            return self.only_say(call, sounds).await;
        }
        let mut sounds = self.greeting(call);
        if !self.mailbox.skip_instructions {
            sounds.push(prompt(call, "vm-record_message"));
        }
        let key = announce(call, sounds, Repeat::Times(1), Keys::ALL).await?;
        if key == Some('*') {
            return self.login(call).await;
        }
        if key == Some('0')
            && let Some(next) = self.operator(call)
        {
            return Ok(next);
        }
        self.take_message(call).await
    }

    /// Plays without taking a message; `*` leads into the mailbox.
    async fn only_say(&self, call: &mut Call, sounds: Vec<Sound>) -> Result<Next, Ended> {
        match announce(call, sounds, Repeat::Times(1), "*").await? {
            Some(_) => self.login(call).await,
            None => Ok(Next::Continue),
        }
    }

    async fn login(&self, call: &mut Call) -> Result<Next, Ended> {
        let found = Found {
            id: self.id.clone(),
            mailbox: self.mailbox.clone(),
        };
        login::run(call, Some(found), self.between_ms).await
    }

    /// Tells the owner, once the call is over.
    fn mail_that_it_is_full(&self, call: &mut Call) {
        let owner = self.mailbox.owner.iter();
        let owner = owner.map(|owner| Recipient::User(owner.id().to_owned()));
        let others = self.mailbox.notify_emails.0.iter();
        let others = others.map(|address| Recipient::Address(address.clone()));
        call.notify_at_end(Notice {
            kind: NoticeKind::MailboxFull {
                mailbox: self.id.clone(),
            },
            recipients: owner.chain(others).collect(),
            caller: Party::default(),
            comments: String::new(),
        });
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
                // Who has heard the tone is no missed call.
                call.memory_mut().left_message = true;
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
        let stored = call
            .update(Update::Message {
                mailbox: self.id.clone(),
                recording: take.recording,
                duration_ms: take.duration_ms,
                caller,
            })
            .await;
        call.memory_mut().left_message |= stored;
        stored
    }
}

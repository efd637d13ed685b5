//! Into the room: its number, who comes, the PIN, the name.

use super::ToConference;
use crate::action::parts::announce::announce;
use crate::action::parts::choose::TRIES;
use crate::action::parts::collect::{Collect, collect, collect_secret};
use crate::action::parts::sound::{self, prompt};
use crate::action::parts::{pin, record};
use crate::call::{Call, Ended, Next};
use crate::command::{Join, Left, RecordingId, Repeat, Sound, Tone};
use crate::resource::{Conference, MenuMedia, Resource, ResourceKind};
use std::sync::Arc;

/// The longest number or PIN that is collected.
const LONGEST: usize = 16;
/// Milliseconds to wait for the first key.
const FIRST_MS: u64 = 5_000;
/// Milliseconds to wait for each further key; `#` ends the wait.
const BETWEEN_MS: u64 = 3_000;
/// The longest name that is recorded, in milliseconds.
const NAME_MS: u64 = 10_000;

/// The part that a caller has in the room.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Moderator,
    Member,
    /// The PIN decides.
    Open,
}

/// A room, and the number by which the caller came to it.
pub(super) struct Found {
    id: String,
    pub(super) room: Conference,
    number: String,
}

/// Whether a PIN has only digits, and no more than are collected.
pub(super) fn can_be_keyed(pin: &str) -> bool {
    (1..=LONGEST).contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_digit())
}

/// Says one thing; keys pressed meanwhile are kept.
pub(super) async fn say(call: &mut Call, what: Sound) -> Result<(), Ended> {
    announce(call, vec![what], Repeat::Times(1), "").await?;
    Ok(())
}

async fn say_prompt(call: &mut Call, id: &'static str) -> Result<(), Ended> {
    let sound = prompt(call, id);
    say(call, sound).await
}

fn question(call: &Call, id: &'static str) -> Collect<'static> {
    Collect {
        prompt: vec![prompt(call, id)],
        max: LONGEST,
        first_ms: FIRST_MS,
        between_ms: BETWEEN_MS,
        terminators: "#",
        may_grow: &|_| true,
    }
}

/// Asks for the number of a room; `None` when the tries are used up.
pub(super) async fn ask_number(call: &mut Call) -> Result<Option<Found>, Ended> {
    for _ in 0..TRIES {
        let wanted = question(call, "conf-enter_conf_number");
        let number = collect(call, wanted).await?;
        if let Some(found) = Found::by_number(call, &number) {
            return Ok(Some(found));
        }
        call.flush_digits();
        say_prompt(call, "conf-bad_conf").await?;
    }
    say_prompt(call, "conf-too_many_attempts").await?;
    Ok(None)
}

impl Found {
    /// A room chosen in the step: the number is the one dialled.
    pub(super) fn chosen(call: &Call, id: &str, room: Conference) -> Self {
        let number = call.info().dialled.clone();
        Self {
            id: id.to_owned(),
            room,
            number,
        }
    }

    /// A room described in the step. Callers meet in it by its name; without one, nobody else finds it.
    pub(super) fn described(call: &Call, room: Conference) -> Self {
        let id = if room.name.0.is_empty() {
            call.info().id.clone()
        } else {
            format!("named/{}", room.name.0)
        };
        Self::chosen(call, &id, room)
    }

    fn by_number(call: &Call, number: &str) -> Option<Self> {
        let directory = Arc::clone(&call.account().directory);
        let mut rooms = directory.all(ResourceKind::Conference);
        rooms.find_map(|(id, resource)| match resource.as_ref() {
            Resource::Conference(room) if room.all_numbers().any(|own| own == number) => {
                Some(Self {
                    id: id.to_owned(),
                    room: Conference::clone(room),
                    number: number.to_owned(),
                })
            }
            _ => None,
        })
    }

    fn role(&self, call: &Call, step: &ToConference) -> Role {
        let room = &self.room;
        let of = |list: &[String]| list.contains(&self.number);
        let owner = room.owner.as_ref().map(crate::value::Ref::id);
        // Whoever the owner transferred here is somebody else.
        let caller = call.calling_user();
        let caller = caller.filter(|_| call.transferred_by().is_none());
        let owns = owner.is_some() && owner == caller;
        if step.moderator || owns || of(&room.moderator_numbers.0) {
            Role::Moderator
        } else if of(&room.member_numbers.0) {
            Role::Member
        } else {
            Role::Open
        }
    }

    /// Asks for the PIN where one is needed; `None` when the tries are used up.
    async fn admit(&self, call: &mut Call, role: Role) -> Result<Option<Role>, Ended> {
        let (members, moderators) = (&self.room.member_pins.0, &self.room.moderator_pins.0);
        let free = |pins: &[String]| pins.is_empty();
        let (as_member, as_moderator) = (role != Role::Moderator, role != Role::Member);
        let asked = (as_member && !free(members)) || (as_moderator && !free(moderators));
        if !asked {
            let open = role == Role::Moderator;
            return Ok(Some(if open { Role::Moderator } else { Role::Member }));
        }
        for _ in 0..TRIES {
            let wanted = question(call, "conf-enter_conf_pin");
            let keyed = collect_secret(call, wanted).await?;
            // Both lists are looked through whatever was keyed.
            let member = pin::is_one_of(members, &keyed);
            let moderator = pin::is_one_of(moderators, &keyed);
            if as_moderator && moderator {
                return Ok(Some(Role::Moderator));
            }
            // Who has no PIN to key only has to key nothing.
            let plain = role == Role::Open && free(members) && keyed.is_empty();
            if as_member && (member || plain) {
                return Ok(Some(Role::Member));
            }
            call.flush_digits();
            say_prompt(call, "conf-bad_pin").await?;
        }
        call.did("let nobody in: the PIN was wrong each time");
        say_prompt(call, "conf-too_many_attempts").await?;
        Ok(None)
    }

    /// Lets the caller in, and waits until the caller is out again.
    pub(super) async fn enter(&self, call: &mut Call, step: &ToConference) -> Result<Next, Ended> {
        let role = self.role(call, step);
        let Some(role) = self.admit(call, role).await? else {
            return Ok(Next::Continue);
        };
        let name = if self.room.play_name {
            record_name(call).await?
        } else {
            None
        };
        say_prompt(call, "conf-joining_conference").await?;
        let join = self.join(call, step, role == Role::Moderator, name.clone());
        let left = call.join(join).await;
        let out = matches!(left, Ok(None | Some(Left::Full | Left::Locked)));
        call.memory_mut().was_bridged |= !out;
        if let Some(recording) = name {
            record::discard(call, recording).await;
        }
        self.after(call, left?).await
    }

    fn join(
        &self,
        call: &Call,
        step: &ToConference,
        moderator: bool,
        name: Option<RecordingId>,
    ) -> Join {
        let room = &self.room;
        let (muted, deaf) = if moderator {
            (room.moderator_muted, room.moderator_deaf)
        } else {
            (room.member_muted, room.member_deaf)
        };
        let tone = |own: &Option<MenuMedia>, rooms: &MenuMedia, notes: [u16; 2]| match own
            .as_ref()
            .unwrap_or(rooms)
        {
            MenuMedia::Off => None,
            MenuMedia::Prompt => Some(two_notes(notes)),
            MenuMedia::Media(media) => sound::resolve(call, media),
        };
        let music = call.account().directory.settings().music_on_hold.clone();
        Join {
            conference: self.id.clone(),
            moderator,
            muted,
            deaf,
            wait_for_moderator: !moderator && room.waits(),
            max_members: u32::try_from(room.max_participants.0).unwrap_or(0),
            moderator_gone_ms: room.grace.map(crate::value::Seconds::millis),
            entry: tone(&step.entry_tone, &room.entry_tone, [523, 659]),
            exit: tone(&step.exit_tone, &room.exit_tone, [659, 523]),
            name,
            music: sound::resolve(call, &music),
            language: call.language().to_owned(),
        }
    }

    async fn after(&self, call: &mut Call, left: Option<Left>) -> Result<Next, Ended> {
        match left {
            Some(Left::Removed | Left::Closed) => return Ok(Next::Finished),
            Some(Left::Full) => {
                call.did("the conference is full");
                let own = sound::resolve(call, &self.room.full_media);
                let full = own.unwrap_or_else(|| prompt(call, "conf-max_participants"));
                say(call, full).await?;
            }
            Some(Left::Locked) => {
                call.did("the conference is locked");
                say_prompt(call, "fault-can_not_be_completed_at_this_time").await?;
            }
            Some(Left::Key) | None => {}
        }
        Ok(Next::Continue)
    }
}

fn two_notes(notes: [u16; 2]) -> Sound {
    let note = |hertz| Tone {
        hertz: vec![hertz],
        on_ms: 150,
        off_ms: 0,
        times: 1,
    };
    Sound::Tones(notes.map(note).to_vec())
}

/// The caller's name in their own words; `None` when nothing could be recorded.
async fn record_name(call: &mut Call) -> Result<Option<RecordingId>, Ended> {
    say_prompt(call, "conf-announce_your_name").await?;
    let Some(take) = record::take(call, NAME_MS).await? else {
        return Ok(None);
    };
    if take.hung_up {
        record::discard(call, take.recording).await;
        return Err(Ended);
    }
    Ok(Some(take.recording))
}

//! The conferences that are going on: who is in which room, and what may be done there.
//!
//! A room begins with its first member and ends with its last. Nothing here moves sound: each member's call is told how
//! it stands and does the rest with its own leg.

use crate::media::{self, MediaError, MediaPlane};
use callflow::AccountId;
use callflow::command::{Join, Left, Party};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A conference that is going on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conference {
    /// The resource's id, or what an ad-hoc room is called.
    pub id: String,
    /// Nobody but moderators is let in.
    pub locked: bool,
    /// Since when.
    pub started_at: Timestamp,
    /// Who is in it, in the order they came.
    pub members: Vec<ConferenceMember>,
}

/// Somebody in a conference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConferenceMember {
    /// The call.
    pub call: String,
    /// Name of who calls, may be empty.
    pub caller_name: String,
    /// Number of who calls.
    pub caller_number: String,
    /// Whether they may lead it.
    pub moderator: bool,
    /// The others do not hear them.
    pub muted: bool,
    /// They do not hear the others.
    pub deaf: bool,
    /// They wait for a moderator.
    pub waiting: bool,
    /// Since when.
    pub joined_at: Timestamp,
}

/// What may be done with a conference from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConferenceChange {
    /// Nobody but moderators is let in from now on, or everybody again.
    Lock(bool),
    /// The member of a call is not heard from now on, or heard again.
    Mute(String, bool),
    /// The member of a call is put out.
    Remove(String),
}

/// How a member stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Neither heard nor hearing: the conference has not begun.
    pub(crate) waits: bool,
    /// Nobody else takes part.
    pub(crate) alone: bool,
    pub(crate) muted: bool,
    pub(crate) deaf: bool,
    /// The member must go.
    pub(crate) out: Option<Left>,
}

/// Why somebody is not let in.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The room is full or locked.
    Left(Left),
    /// There is no sound.
    Media(MediaError),
}

type Key = (AccountId, String);

/// All rooms of the exchange.
#[derive(Default)]
pub(crate) struct Rooms(Mutex<Table>);

#[derive(Default)]
struct Table {
    rooms: HashMap<Key, Room>,
    /// Numbers rooms and members.
    last: u64,
}

struct Room {
    number: u64,
    media: Arc<media::Room>,
    started_at: Timestamp,
    locked: bool,
    /// The conference has begun: a moderator is there, or has been.
    begun: bool,
    /// How often a moderator has come.
    led: u64,
    members: BTreeMap<u64, Member>,
}

struct Member {
    call: String,
    caller: Party,
    moderator: bool,
    wait_for_moderator: bool,
    moderator_gone_ms: Option<u64>,
    muted: bool,
    deaf: bool,
    joined_at: Timestamp,
    standing: watch::Sender<Standing>,
}

/// A member's seat. Dropping it leaves the room.
pub(crate) struct Seat {
    rooms: Arc<Rooms>,
    key: Key,
    room: u64,
    member: u64,
    pub(crate) media: Arc<media::Room>,
    standing: watch::Receiver<Standing>,
}

impl Rooms {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a caller in, and opens the room for the first one.
    pub(crate) fn join(
        self: &Arc<Self>,
        plane: &MediaPlane,
        account: &AccountId,
        call: &str,
        caller: &Party,
        join: &Join,
    ) -> Result<Seat, Refused> {
        let key = (account.clone(), join.conference.clone());
        let mut table = self.lock();
        if let Some(room) = table.rooms.get(&key) {
            if room.locked && !join.moderator {
                return Err(Refused::Left(Left::Locked));
            }
            let most = usize::try_from(join.max_members).unwrap_or(usize::MAX);
            if most > 0 && room.members.len() >= most {
                return Err(Refused::Left(Left::Full));
            }
        } else {
            let media = plane.room().map_err(Refused::Media)?;
            table.last += 1;
            let room = Room {
                number: table.last,
                media: Arc::new(media),
                started_at: Timestamp::now(),
                locked: false,
                begun: false,
                led: 0,
                members: BTreeMap::new(),
            };
            table.rooms.insert(key.clone(), room);
        }
        table.last += 1;
        let number = table.last;
        let Some(room) = table.rooms.get_mut(&key) else {
            return Err(Refused::Left(Left::Closed));
        };
        let (standing, told) = watch::channel(Standing::default());
        let member = Member {
            call: call.to_owned(),
            caller: caller.clone(),
            moderator: join.moderator,
            wait_for_moderator: join.wait_for_moderator,
            moderator_gone_ms: join.moderator_gone_ms,
            muted: join.muted,
            deaf: join.deaf,
            joined_at: Timestamp::now(),
            standing,
        };
        room.members.insert(number, member);
        if join.moderator {
            room.begun = true;
            room.led += 1;
        }
        room.tell();
        Ok(Seat {
            rooms: Arc::clone(self),
            room: room.number,
            media: Arc::clone(&room.media),
            key,
            member: number,
            standing: told,
        })
    }

    fn leave(self: &Arc<Self>, seat: &Seat) {
        let mut table = self.lock();
        let Some(room) = table
            .rooms
            .get_mut(&seat.key)
            .filter(|room| room.number == seat.room)
        else {
            return;
        };
        let Some(member) = room.members.remove(&seat.member) else {
            return;
        };
        if room.members.is_empty() {
            table.rooms.remove(&seat.key);
            return;
        }
        room.tell();
        if member.moderator
            && !room.is_led()
            && let Some(ms) = member.moderator_gone_ms
        {
            let (rooms, key) = (Arc::clone(self), seat.key.clone());
            let (number, led) = (room.number, room.led);
            drop(table);
            if ms == 0 {
                rooms.close_unled(&key, number, led);
            } else if let Ok(tasks) = tokio::runtime::Handle::try_current() {
                tasks.spawn(async move {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    rooms.close_unled(&key, number, led);
                });
            }
        }
    }

    /// Closes a room, unless a moderator has come since.
    fn close_unled(&self, key: &Key, number: u64, led: u64) {
        let mut table = self.lock();
        let unled = |room: &Room| room.number == number && room.led == led && !room.is_led();
        if table.rooms.get(key).is_some_and(unled)
            && let Some(room) = table.rooms.remove(key)
        {
            for member in room.members.values() {
                member.put_out(Left::Closed);
            }
        }
    }

    /// The conferences of an account, by id.
    pub(crate) fn all(&self, account: &AccountId) -> Vec<Conference> {
        let table = self.lock();
        let own = table.rooms.iter().filter(|((of, _), _)| of == account);
        let mut all: Vec<Conference> = own.map(|((_, id), room)| room.shown(id)).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// Changes a conference. Whether it and the member are there.
    pub(crate) fn change(&self, account: &AccountId, id: &str, change: &ConferenceChange) -> bool {
        let mut table = self.lock();
        let key = (account.clone(), id.to_owned());
        let Some(room) = table.rooms.get_mut(&key) else {
            return false;
        };
        let found = match change {
            ConferenceChange::Lock(locked) => {
                room.locked = *locked;
                true
            }
            ConferenceChange::Mute(call, muted) => room.of_call(call, |it| it.muted = *muted),
            ConferenceChange::Remove(call) => room.of_call(call, |it| it.put_out(Left::Removed)),
        };
        room.tell();
        found
    }

    fn of_seat(&self, seat: &Seat, change: impl FnOnce(&mut Member)) {
        let mut table = self.lock();
        let room = table.rooms.get_mut(&seat.key);
        if let Some(room) = room.filter(|room| room.number == seat.room) {
            room.members.get_mut(&seat.member).map(change);
            room.tell();
        }
    }
}

impl Room {
    fn is_led(&self) -> bool {
        self.members.values().any(|member| member.moderator)
    }

    fn of_call(&mut self, call: &str, change: impl Fn(&mut Member)) -> bool {
        let mut found = false;
        for member in self.members.values_mut().filter(|it| it.call == call) {
            change(member);
            found = true;
        }
        found
    }

    fn waits(&self, member: &Member) -> bool {
        member.wait_for_moderator && !self.begun
    }

    /// Tells all members how they stand now.
    fn tell(&self) {
        let waiting = self.members.values().filter(|it| self.waits(it)).count();
        let talking = self.members.len() - waiting;
        for member in self.members.values() {
            let waits = self.waits(member);
            member.standing.send_if_modified(|standing| {
                let now = Standing {
                    waits,
                    alone: !waits && talking == 1,
                    muted: member.muted,
                    deaf: member.deaf,
                    out: standing.out,
                };
                std::mem::replace(standing, now) != now
            });
        }
    }

    fn shown(&self, id: &str) -> Conference {
        let members = self.members.values().map(|member| ConferenceMember {
            call: member.call.clone(),
            caller_name: member.caller.name.clone(),
            caller_number: member.caller.number.clone(),
            moderator: member.moderator,
            muted: member.muted,
            deaf: member.deaf,
            waiting: self.waits(member),
            joined_at: member.joined_at,
        });
        Conference {
            id: id.to_owned(),
            locked: self.locked,
            started_at: self.started_at,
            members: members.collect(),
        }
    }
}

impl Member {
    fn put_out(&self, why: Left) {
        self.standing.send_modify(|standing| {
            standing.out.get_or_insert(why);
        });
    }
}

impl Seat {
    /// How the member stands.
    pub(crate) fn standing(&mut self) -> Standing {
        *self.standing.borrow_and_update()
    }

    /// Waits until the member stands differently.
    pub(crate) async fn changed(&mut self) {
        if self.standing.changed().await.is_err() {
            // The room is gone; what it told last has been seen.
            std::future::pending::<()>().await;
        }
    }

    /// Whether the others hear the member.
    pub(crate) fn mute(&self, muted: bool) {
        self.rooms.of_seat(self, |member| member.muted = muted);
    }

    /// Whether the member hears the others.
    pub(crate) fn deafen(&self, deaf: bool) {
        self.rooms.of_seat(self, |member| member.deaf = deaf);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let rooms = Arc::clone(&self.rooms);
        rooms.leave(self);
    }
}

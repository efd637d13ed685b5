//! Taking part in a conference: into the room, keys there, and out again.

use super::audio;
use super::play::OWN;
use super::{Call, Work};
use crate::media::{self, Loops, Part, PlayRequest, PlaySource};
use crate::node::Shared;
use crate::rooms::{Refused, Seat, Standing};
use callflow::command::{Join, Left, OpId, Sound};
use callflow::{Account, Event};
use std::sync::Arc;

/// The number of the playback of music in a room.
const MUSIC: media::OpId = media::OpId(OWN + 10);
/// The number of the playback of what only this member is told.
const NOTE: media::OpId = media::OpId(OWN + 11);

/// A caller who is on the way into a conference.
pub(crate) struct Joining {
    op: OpId,
    join: Join,
}

/// A caller who is in a conference.
pub(crate) struct Seated {
    op: OpId,
    seat: Seat,
    sounds: RoomSounds,
    /// In which the member is spoken to.
    language: String,
    /// The member hears music.
    music: bool,
    /// The member's phone is on hold: what it plays must not be heard.
    held: bool,
    /// The key before was `*`.
    star: bool,
}

/// What is heard in the room because of one member.
#[derive(Debug, Default)]
pub(crate) struct RoomSounds {
    entry: Vec<PlaySource>,
    exit: Vec<PlaySource>,
    music: Vec<PlaySource>,
    alone: Vec<PlaySource>,
}

impl RoomSounds {
    async fn prepare(shared: &Shared, account: &Account, join: &Join) -> Self {
        let prompt = |id: &'static str| Sound::Prompt {
            id: id.into(),
            language: join.language.clone(),
        };
        let name = join.name.clone().map(Sound::Recording);
        let told = |tone: &Option<Sound>, what| {
            let name = name.clone().map(|name| [name, prompt(what)]);
            let name = name.into_iter().flatten();
            tone.clone().into_iter().chain(name).collect::<Vec<_>>()
        };
        let (entry, exit) = (
            told(&join.entry, "conf-has_joined"),
            told(&join.exit, "conf-has_left"),
        );
        let music: Vec<Sound> = join.music.clone().into_iter().collect();
        let alone = [prompt("conf-alone")];
        let all = |sounds| ready(shared, account, sounds);
        let (entry, exit, music, alone) =
            tokio::join!(all(&entry), all(&exit), all(&music), all(&alone));
        Self {
            entry,
            exit,
            music,
            alone,
        }
    }
}

/// Sounds that would be nice to have; none where there is trouble.
async fn ready(shared: &Shared, account: &Account, sounds: &[Sound]) -> Vec<PlaySource> {
    if sounds.is_empty() {
        return Vec::new();
    }
    let prepared = shared.sounds.prepare(account, sounds).await;
    prepared
        .map(|prepared| prepared.sources)
        .unwrap_or_default()
}

impl Seated {
    /// Waits until the member stands differently.
    pub(crate) async fn changed(&mut self) {
        self.seat.changed().await;
    }
}

fn part(standing: Standing, held: bool) -> Part {
    Part {
        speaks: !(standing.waits || standing.muted || held),
        hears: !(standing.waits || standing.deaf),
    }
}

impl Call {
    /// Gets the sounds of the room ready, then lets the caller in.
    pub(crate) async fn start_join(&mut self, op: OpId, join: Join) {
        if let Err(reason) = self.answer().await {
            self.events.push_back(Event::Failed { op, reason });
            return;
        }
        self.leave_room(None);
        let (shared, account) = (Arc::clone(&self.shared), Arc::clone(&self.account));
        let done = self.work.0.clone();
        let wanted = join.clone();
        self.joining = Some(Joining { op, join });
        tokio::spawn(async move {
            let sounds = RoomSounds::prepare(&shared, &account, &wanted).await;
            // The call may have ended meanwhile.
            let sounds = Box::new(sounds);
            let _ended = done.send(Work::Room { op, sounds }).await;
        });
    }

    /// Into the room.
    pub(crate) async fn enter_room(&mut self, op: OpId, sounds: RoomSounds) {
        let Some(joining) = self.joining.take_if(|joining| joining.op == op) else {
            return;
        };
        let (shared, call) = (Arc::clone(&self.shared), self.id().to_owned());
        let seat = shared.rooms.join(
            &shared.media,
            &self.account.id,
            &call,
            &self.caller.party,
            &joining.join,
        );
        let mut seat = match seat {
            Ok(seat) => seat,
            Err(Refused::Left(why)) => {
                self.events.push_back(Event::Left { op, why });
                return;
            }
            Err(Refused::Media(error)) => {
                let reason = error.to_string();
                self.events.push_back(Event::Failed { op, reason });
                return;
            }
        };
        let standing = seat.standing();
        let held = self.caller.audio.is_held();
        let leg = &mut self.caller.audio.leg;
        if let Err(error) = leg.join(&seat.media, part(standing, held)).await {
            let reason = error.to_string();
            self.events.push_back(Event::Failed { op, reason });
            return;
        }
        let id = leg.id();
        let mut sounds = sounds;
        let entry = std::mem::take(&mut sounds.entry);
        if !standing.waits && !entry.is_empty() {
            audio::warn(seat.media.announce(entry, Some(id)));
        }
        let alone = std::mem::take(&mut sounds.alone);
        self.seated = Some(Seated {
            op,
            seat,
            sounds,
            language: joining.join.language,
            music: false,
            held,
            star: false,
        });
        self.begin_tapes();
        if standing.alone && !alone.is_empty() {
            self.note(alone);
        } else {
            self.take_standing();
        }
    }

    /// Does with the leg what the room wants of it.
    pub(crate) fn take_standing(&mut self) {
        let Some(seated) = &mut self.seated else {
            return;
        };
        let standing = seated.seat.standing();
        if let Some(why) = standing.out {
            self.leave_room(Some(why));
            return;
        }
        let leg = &self.caller.audio.leg;
        audio::warn(leg.set_part(part(standing, seated.held)));
        let music = (standing.waits || standing.alone) && !seated.sounds.music.is_empty();
        if music && !seated.music {
            let sources = seated.sounds.music.iter().cloned();
            let request = PlayRequest::new(MUSIC, sources).with_loops(Loops::Endless);
            audio::warn(leg.play(request));
        } else if !music {
            audio::warn(leg.cancel(MUSIC));
        }
        seated.music = music;
    }

    /// Tells the member something that the others do not hear; the music goes on afterwards.
    fn note(&mut self, sources: Vec<PlaySource>) {
        if let Some(seated) = &mut self.seated {
            seated.music = true;
            audio::warn(self.caller.audio.leg.play(PlayRequest::new(NOTE, sources)));
        }
    }

    /// What the member was told has been played.
    pub(crate) fn note_finished(&mut self, op: media::OpId) {
        if op == NOTE
            && let Some(seated) = &mut self.seated
        {
            seated.music = false;
            self.take_standing();
        }
    }

    /// Gets a prompt ready that only the member is told.
    fn tell_member(&self, op: OpId, language: String, id: &'static str) {
        let (shared, account) = (Arc::clone(&self.shared), Arc::clone(&self.account));
        let done = self.work.0.clone();
        tokio::spawn(async move {
            let prompt = Sound::Prompt {
                id: id.into(),
                language,
            };
            let sources = ready(&shared, &account, &[prompt]).await;
            let _ended = done.send(Work::Note { op, sources }).await;
        });
    }

    /// A note is ready.
    pub(crate) fn note_prepared(&mut self, op: OpId, sources: Vec<PlaySource>) {
        if !sources.is_empty() && self.seated.as_ref().is_some_and(|it| it.op == op) {
            self.note(sources);
        }
    }

    /// A key pressed in the room: `*1` mutes, `*2` unmutes, `*4` deafens or ends that, `#` leaves.
    pub(crate) fn room_key(&mut self, key: char) {
        let Some(seated) = &mut self.seated else {
            return;
        };
        let star = std::mem::replace(&mut seated.star, key == '*');
        let (op, deaf) = (seated.op, seated.seat.standing().deaf);
        let language = seated.language.clone();
        let note = match (star, key) {
            (_, '#') => {
                self.leave_room(Some(Left::Key));
                return;
            }
            (true, '1') => {
                seated.seat.mute(true);
                "conf-muted"
            }
            (true, '2') => {
                seated.seat.mute(false);
                "conf-unmuted"
            }
            (true, '4') => {
                seated.seat.deafen(!deaf);
                if deaf { "conf-undeaf" } else { "conf-deaf" }
            }
            _ => return,
        };
        self.tell_member(op, language, note);
        self.take_standing();
    }

    /// The member's phone is put on hold, or comes back.
    pub(crate) fn hold_in_room(&mut self, held: bool) {
        if let Some(seated) = &mut self.seated {
            seated.held = held;
            self.take_standing();
        }
    }

    /// Ends the caller's part in a conference. `why` is told to the callflow.
    pub(crate) fn leave_room(&mut self, why: Option<Left>) {
        self.joining = None;
        let Some(mut seated) = self.seated.take() else {
            return;
        };
        let leg = &self.caller.audio.leg;
        for op in [MUSIC, NOTE] {
            audio::warn(leg.cancel(op));
        }
        audio::warn(leg.unbridge());
        let waits = seated.seat.standing().waits;
        let exit = std::mem::take(&mut seated.sounds.exit);
        if !waits && !exit.is_empty() && why != Some(Left::Closed) {
            audio::warn(seated.seat.media.announce(exit, None));
        }
        let op = seated.op;
        if let Some(why) = why {
            self.events.push_back(Event::Left { op, why });
        }
    }

    /// The conference's operation, if the caller is in one or on the way.
    pub(crate) fn conference_op(&self) -> Option<OpId> {
        let joining = self.joining.as_ref().map(|joining| joining.op);
        joining.or(self.seated.as_ref().map(|seated| seated.op))
    }
}

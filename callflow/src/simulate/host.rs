//! The host of a simulated call: executes commands in virtual time.

use super::dial::Dialing;
use super::{Around, End, FaxCaller, Phone, Scene, Waits, duration, later};
use crate::cause::Cause;
use crate::command::{
    Command, Dial, HttpRequest, Join, Left, OpId, Park, Pickup, PickupMode, Query, RecordLimits,
    RecordingId, Unparked,
};
use crate::event::{DialOutcome, Event, RecordEnd, Side};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What runs.
enum Running {
    Plain,
    Recording {
        since: Timestamp,
        limits: RecordLimits,
    },
    Dialing(Dialing),
    Bridge,
    Room,
    Parked {
        slot: String,
        fetched: bool,
    },
}

/// What is going to happen.
enum Happening {
    Event(Event),
    RecordingEnds(OpId, RecordEnd),
    LegRings(OpId, usize),
    LegAnswers(OpId, usize),
    LegFails(OpId, usize, Cause, u16),
    LegTimesOut(OpId, usize),
}

impl Happening {
    fn op(&self) -> Option<OpId> {
        match self {
            Self::Event(event) => event.op(),
            Self::RecordingEnds(op, _)
            | Self::LegRings(op, _)
            | Self::LegAnswers(op, _)
            | Self::LegFails(op, ..)
            | Self::LegTimesOut(op, _) => Some(*op),
        }
    }
}

pub(super) struct Host {
    scene: Scene,
    now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    sequence: u64,
    running: BTreeMap<OpId, Running>,
    recordings: BTreeMap<RecordingId, u64>,
    commands: Vec<(Timestamp, Command)>,
    answered: bool,
    gone: bool,
    end: Option<End>,
}

impl Host {
    pub(super) fn new(scene: Scene) -> Self {
        Self {
            now: scene.start,
            scene,
            queue: BTreeMap::new(),
            sequence: 0,
            running: BTreeMap::new(),
            recordings: BTreeMap::new(),
            commands: Vec::new(),
            answered: false,
            gone: false,
            end: None,
        }
    }

    pub(super) fn start(&self) -> Timestamp {
        self.scene.start
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    pub(super) fn commands(&self) -> &[(Timestamp, Command)] {
        &self.commands
    }

    pub(super) fn into_commands(self) -> Vec<(Timestamp, Command)> {
        self.commands
    }

    pub(super) fn open(&self) -> Vec<OpId> {
        self.running.keys().copied().collect()
    }

    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn wait_until(&mut self, until: Timestamp) {
        self.now = self.now.max(until);
    }

    fn plan(&mut self, after_ms: u64, happening: Happening) {
        let at = later(self.now, after_ms);
        self.queue.insert((at, self.sequence), happening);
        self.sequence += 1;
    }

    /// Nothing more happens to an operation.
    fn close(&mut self, op: OpId) {
        self.running.remove(&op);
        self.queue.retain(|_, happening| happening.op() != Some(op));
    }

    /// The next thing happens; the event that the interpreter hears of it, if any.
    pub(super) fn advance(&mut self) -> Option<Event> {
        let ((at, _), happening) = self.queue.pop_first()?;
        self.now = self.now.max(at);
        match happening {
            Happening::Event(event) => {
                if let Some(op) = event.op().filter(|_| event.is_last()) {
                    self.close(op);
                }
                Some(event)
            }
            Happening::RecordingEnds(op, end) => self.end_recording(op, end),
            Happening::LegRings(op, leg) => {
                self.leg_rings(op, leg);
                None
            }
            Happening::LegAnswers(op, leg) => {
                let outcome = self.dialing(op)?.answer(leg)?;
                Some(self.dialed(op, outcome))
            }
            Happening::LegFails(op, leg, cause, code) => {
                let outcome = self.dialing(op)?.fail(leg, cause, code)?;
                Some(self.dialed(op, outcome))
            }
            Happening::LegTimesOut(op, leg) => {
                let outcome = self.dialing(op)?.time_out(leg)?;
                Some(self.dialed(op, outcome))
            }
        }
    }

    fn dialing(&mut self, op: OpId) -> Option<&mut Dialing> {
        match self.running.get_mut(&op)? {
            Running::Dialing(dialing) => Some(dialing),
            _ => None,
        }
    }

    fn dialed(&mut self, op: OpId, outcome: DialOutcome) -> Event {
        self.close(op);
        Event::Dialed { op, outcome }
    }

    fn leg_rings(&mut self, op: OpId, leg: usize) {
        let Some(dialing) = self.dialing(op) else {
            return;
        };
        dialing.ring(leg);
        let Some(own) = dialing.dial.legs.get(leg).cloned() else {
            return;
        };
        if let Some(ms) = own.timeout_ms {
            self.plan(ms, Happening::LegTimesOut(op, leg));
        }
        // A call there and no call waiting: another one is busy.
        let in_a_call = !own.call_waiting && self.scene.around.calls.contains_key(own.id());
        let phone = match self.scene.phones.get(own.id()) {
            _ if in_a_call => Some(&Phone::Busy),
            phone => phone,
        };
        let fails = |code| Happening::LegFails(op, leg, Cause::from_sip(code), code);
        match *phone.unwrap_or(&self.scene.otherwise) {
            Phone::Answers { after_ms } => self.plan(after_ms, Happening::LegAnswers(op, leg)),
            Phone::NoAnswer => {}
            Phone::Busy => self.plan(0, fails(486)),
            Phone::Rejects { after_ms } => self.plan(after_ms, fails(603)),
            Phone::Unregistered => {
                let absent = Happening::LegFails(op, leg, Cause::SUBSCRIBER_ABSENT, 480);
                self.plan(0, absent);
            }
            Phone::Fails { code } => self.plan(0, fails(code)),
        }
    }

    pub(super) fn execute(&mut self, command: Command) {
        self.commands.push((self.now, command.clone()));
        match command {
            Command::Answer { op } => {
                self.answered = true;
                self.running.insert(op, Running::Plain);
                self.plan(0, Happening::Event(Event::Done { op }));
            }
            Command::Play { op, sounds, repeat } => {
                self.running.insert(op, Running::Plain);
                let length = duration::of(&sounds, repeat, &self.scene, &self.recordings);
                if let Some(ms) = length {
                    self.plan(ms, Happening::Event(Event::PlayEnded { op }));
                }
            }
            Command::Record { op, limits } => self.record(op, limits),
            Command::Dial { op, dial } => self.dial(op, dial),
            Command::Bridge { op, .. } => {
                self.answered = true;
                self.running.insert(op, Running::Bridge);
                if let Some(ms) = self.scene.talk_ms {
                    let by = Side::Callee;
                    self.plan(ms, Happening::Event(Event::BridgeEnded { op, by }));
                }
            }
            Command::Echo { op } => {
                self.running.insert(op, Running::Plain);
            }
            Command::SetTimer { op, after_ms } => {
                self.running.insert(op, Running::Plain);
                self.plan(after_ms, Happening::Event(Event::Timer { op }));
            }
            Command::Join { op, join } => self.join(op, &join),
            Command::Page { op, .. } => {
                self.answered = true;
                self.running.insert(op, Running::Room);
            }
            Command::Park { op, park } => self.park(op, &park),
            Command::Pickup { op, pickup } => self.pickup(op, &pickup),
            Command::Fax { op, .. } => {
                self.answered = true;
                let (seconds, pages, error) = match &self.scene.around.fax {
                    FaxCaller::Sends(pages) => (u64::from(*pages) * 30, *pages, None),
                    FaxCaller::BreaksOff(why) => (10, 0, Some(why.clone())),
                    FaxCaller::Person => (60, 0, Some("no fax machine answered".to_owned())),
                };
                self.end_later(op, seconds * 1_000, Event::FaxEnded { op, pages, error });
            }
            Command::DetectFax { op } => {
                self.running.insert(op, Running::Plain);
                if self.scene.around.fax != FaxCaller::Person {
                    self.plan(2_000, Happening::Event(Event::FaxTone { op }));
                }
            }
            Command::SendDtmf {
                op,
                digits,
                duration_ms,
            } => {
                let keys = u64::try_from(digits.chars().count()).unwrap_or(0);
                self.end_later(op, keys * u64::from(duration_ms), Event::Done { op });
            }
            Command::Http { op, request } => self.http(op, &request),
            Command::Cancel { op } => {
                if let Some(Running::Parked { slot, .. }) = self.running.get(&op) {
                    self.scene.around.parked.remove(slot);
                }
                self.close(op);
            }
            Command::Update { op, update } => {
                let event = match self.scene.around.update(update) {
                    Ok(()) => Event::Done { op },
                    Err(reason) => Event::Failed { op, reason },
                };
                self.end_later(op, 0, event);
            }
            Command::Query { op, query } => {
                let around = &self.scene.around;
                let event = match query {
                    Query::MessageCount { mailbox } => {
                        let count = around.held(&mailbox).len();
                        let count = u64::try_from(count).unwrap_or(u64::MAX);
                        Event::Count { op, count }
                    }
                    Query::Messages { mailbox } => {
                        let messages = around.held(&mailbox);
                        Event::Messages { op, messages }
                    }
                    Query::Live => {
                        let live = Arc::new(around.live.clone());
                        Event::Live { op, live }
                    }
                };
                self.end_later(op, 0, event);
            }
            Command::End {
                cause,
                code,
                reason,
            } => {
                let response = (!self.answered && !self.gone).then_some((code, reason));
                self.end = Some(End { cause, response });
                self.queue.clear();
            }
        }
    }

    /// An operation that ends with an event.
    fn end_later(&mut self, op: OpId, after_ms: u64, event: Event) {
        self.running.insert(op, Running::Plain);
        self.plan(after_ms, Happening::Event(event));
    }

    fn join(&mut self, op: OpId, join: &Join) {
        let rooms = &self.scene.around.rooms;
        let room = rooms.get(&join.conference).copied().unwrap_or_default();
        let refused = if room.locked && !join.moderator {
            Some(Left::Locked)
        } else if join.max_members > 0 && room.members >= join.max_members {
            Some(Left::Full)
        } else {
            None
        };
        match refused {
            Some(why) => self.end_later(op, 0, Event::Left { op, why }),
            None => {
                self.running.insert(op, Running::Room);
            }
        }
    }

    fn park(&mut self, op: OpId, park: &Park) {
        match self.scene.around.park(park) {
            Ok(slot) => {
                let event = Event::Parked {
                    op,
                    slot: slot.clone(),
                };
                let fetched = false;
                self.running.insert(op, Running::Parked { slot, fetched });
                self.plan(0, Happening::Event(event));
            }
            Err(how) => self.end_later(op, 0, Event::Unparked { op, how }),
        }
    }

    fn pickup(&mut self, op: OpId, pickup: &Pickup) {
        let found = self.scene.around.pick_up(pickup);
        let one = found == 1 || (found > 1 && pickup.mode != PickupMode::Move);
        if !one {
            self.end_later(op, 0, Event::NoCall { op, found });
            return;
        }
        self.answered = true;
        self.running.insert(op, Running::Bridge);
        if let Some(ms) = self.scene.talk_ms {
            let by = Side::Callee;
            self.plan(ms, Happening::Event(Event::BridgeEnded { op, by }));
        }
    }

    fn http(&mut self, op: OpId, request: &HttpRequest) {
        let around = &mut self.scene.around;
        let next = around.answers.pop_front();
        let answer = next.unwrap_or_else(|| around.answer.clone());
        let (after_ms, event) = match answer.status {
            0 => {
                let reason = "the other side does not answer".to_owned();
                (request.timeout_ms, Event::Failed { op, reason })
            }
            status => {
                let (content_type, body) = (answer.content_type, answer.body);
                let event = Event::HttpAnswered {
                    op,
                    status,
                    content_type,
                    body,
                };
                (100, event)
            }
        };
        self.end_later(op, after_ms, event);
    }

    pub(super) fn around(&self) -> &Around {
        &self.scene.around
    }

    pub(super) fn leave(&mut self, why: Left) -> Option<Event> {
        let op = self.running_as(|running| matches!(running, Running::Room))?;
        self.close(op);
        Some(Event::Left { op, why })
    }

    pub(super) fn fetch(&mut self) -> Option<Event> {
        let mut running = self.running.iter_mut();
        running.find_map(|(op, running)| match running {
            Running::Parked { slot, fetched } if !*fetched => {
                *fetched = true;
                self.scene.around.parked.remove(slot);
                Some(Event::Fetched { op: *op })
            }
            _ => None,
        })
    }

    pub(super) fn retrieve(&mut self) -> Option<Event> {
        let op = self.running_as(|running| matches!(running, Running::Parked { .. }))?;
        self.close(op);
        let how = Unparked::Retrieved;
        Some(Event::Unparked { op, how })
    }

    /// What runs that a person ends.
    pub(super) fn waits(&self) -> Waits {
        let any = |is: fn(&Running) -> bool| self.running.values().any(is);
        Waits {
            recording: any(|running| matches!(running, Running::Recording { .. })),
            talking: any(|running| matches!(running, Running::Bridge)),
            room: any(|running| matches!(running, Running::Room)),
            parked: any(|running| matches!(running, Running::Parked { .. })),
            ..Waits::default()
        }
    }

    fn running_as(&self, is: impl Fn(&Running) -> bool) -> Option<OpId> {
        let mut running = self.running.iter();
        running.find_map(|(op, running)| is(running).then_some(*op))
    }

    fn dial(&mut self, op: OpId, dial: Dial) {
        for (leg, own) in dial.legs.iter().enumerate() {
            self.plan(own.delay_ms, Happening::LegRings(op, leg));
        }
        if let Some(ms) = dial.timeout_ms {
            let outcome = DialOutcome::Timeout;
            self.plan(ms, Happening::Event(Event::Dialed { op, outcome }));
        }
        self.running
            .insert(op, Running::Dialing(Dialing::new(dial)));
    }

    fn record(&mut self, op: OpId, limits: RecordLimits) {
        let silent = self
            .scene
            .speak_ms
            .saturating_add(u64::from(limits.silence_ms));
        let (ms, end) = if limits.silence_ms > 0 && silent < limits.max_ms {
            (silent, RecordEnd::Silence)
        } else {
            (limits.max_ms, RecordEnd::Limit)
        };
        self.plan(ms, Happening::RecordingEnds(op, end));
        let since = self.now;
        self.running
            .insert(op, Running::Recording { since, limits });
    }

    fn end_recording(&mut self, op: OpId, end: RecordEnd) -> Option<Event> {
        let Some(Running::Recording { since, .. }) = self.running.get(&op) else {
            return None;
        };
        let ms = self.now.duration_since(*since).as_millis();
        let duration_ms = u64::try_from(ms).unwrap_or(0);
        let recording = RecordingId(format!("recording-{}", op.0));
        self.recordings.insert(recording.clone(), duration_ms);
        self.close(op);
        Some(Event::Recorded {
            op,
            recording,
            duration_ms,
            end,
        })
    }

    /// A key during a recording ends it.
    pub(super) fn key_for_recording(&mut self, key: char) -> Option<Event> {
        let op = self
            .running
            .iter()
            .find_map(|(op, running)| match running {
                Running::Recording { limits, .. } if limits.keys.contains(key) => Some(*op),
                _ => None,
            })?;
        self.end_recording(op, RecordEnd::Key(key))
    }

    pub(super) fn hang_up(&mut self) -> Vec<Event> {
        self.gone = true;
        let recording = self.running_as(|running| matches!(running, Running::Recording { .. }));
        let recorded = recording.and_then(|op| self.end_recording(op, RecordEnd::HungUp));
        let talked = self.end_bridge(Side::Caller);
        let cause = if self.answered {
            Cause::NORMAL_CLEARING
        } else {
            Cause::ORIGINATOR_CANCEL
        };
        let mut events: Vec<Event> = recorded.into_iter().chain(talked).collect();
        events.push(Event::HungUp { cause });
        events
    }

    pub(super) fn end_bridge(&mut self, by: Side) -> Option<Event> {
        let op = self.running_as(|running| matches!(running, Running::Bridge))?;
        self.close(op);
        Some(Event::BridgeEnded { op, by })
    }

    fn leg_of(&self, device: &str) -> Option<(OpId, usize)> {
        self.running.iter().find_map(|(op, running)| match running {
            Running::Dialing(dialing) => Some((*op, dialing.ringing(device)?)),
            _ => None,
        })
    }

    pub(super) fn pick_up(&mut self, device: &str) -> Option<Event> {
        let (op, leg) = self.leg_of(device)?;
        let outcome = self.dialing(op)?.answer(leg)?;
        Some(self.dialed(op, outcome))
    }

    pub(super) fn refuse(&mut self, device: &str, code: u16) -> (bool, Option<Event>) {
        let Some((op, leg)) = self.leg_of(device) else {
            return (false, None);
        };
        let failed = self
            .dialing(op)
            .and_then(|dialing| dialing.fail(leg, Cause::from_sip(code), code));
        (true, failed.map(|outcome| self.dialed(op, outcome)))
    }

    pub(super) fn ringing(&self) -> Vec<String> {
        let dialings = self.running.values().filter_map(|running| match running {
            Running::Dialing(dialing) => Some(dialing),
            _ => None,
        });
        dialings
            .flat_map(|dialing| dialing.devices().map(str::to_owned))
            .collect()
    }
}

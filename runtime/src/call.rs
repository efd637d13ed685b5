//! One call: a task that runs its callflow and owns its legs, its audio and its record.
//!
//! The task waits for SIP, audio, timers and its own work, tells the interpreter what happened, and
//! executes what it answers. A call that panics takes nobody with it: [`supervise`] ends its legs.

mod attend;
mod audio;
mod bridge;
mod caller;
mod conference;
mod consult;
mod dial;
mod fax;
mod fax_out;
mod hold;
mod keys;
mod line;
mod park;
mod party;
mod pickup;
mod play;
mod record;
mod recording;
mod supervise;
mod taken;
mod tapes;
mod timers;
mod transfer;
mod update;

pub(crate) use fax_out::send_fax;
pub use fax_out::{FaxEnd, FaxOrder, FaxSent};
pub(crate) use line::Request;
pub(crate) use supervise::supervise;
pub(crate) use tapes::remove_unsent;
pub(crate) use update::wait_for;

use crate::active::ActiveCall;
use crate::carriers::EMERGENCY;
use crate::execute;
use crate::limits::Room;
use crate::media::MediaEvent;
use crate::net::{Incoming, SessionId};
use crate::node::Shared;
use crate::report::{CallStart, Direction, LegRole, Report};
use crate::router::{self, Routed};
use crate::sound::Prepared;
use crate::switchboard::Place;
use caller::Caller;
use callflow::call::CallInfo;
use callflow::command::OpId;
use callflow::{Account, Cause, Event, Interpreter, Origin};
use jiff::Timestamp;
use line::Said;
use record::Record;
use sip::command::Command as SipCommand;
use sip::event::{CallId, EndCause};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;
use timers::{Due, Timers};
use tokio::sync::mpsc;

/// Media events that may wait for the call.
const MEDIA_EVENTS: usize = 64;
/// Results of the call's own work that may wait.
const WORK: usize = 16;

/// A call in progress.
pub(crate) struct Call {
    shared: Arc<Shared>,
    session: SessionId,
    account: Arc<Account>,
    interpreter: Interpreter,
    /// What the interpreter is to be told next.
    events: VecDeque<Event>,
    inbox: Option<mpsc::Receiver<sip::event::Event>>,
    media: (mpsc::Sender<MediaEvent>, mpsc::Receiver<MediaEvent>),
    work: (mpsc::Sender<Work>, mpsc::Receiver<Work>),
    timers: Timers,
    caller: Caller,
    play: Option<OpId>,
    recordings: recording::Recordings,
    tapes: tapes::Tapes,
    faxes: fax::Faxes,
    dialling: Option<dial::Dialling>,
    winner: Option<dial::Winner>,
    paging: Option<dial::Paging>,
    bridged: Option<bridge::Bridged>,
    pickup: Option<pickup::Asking>,
    transfer: Option<transfer::Transfer>,
    attending: Option<attend::Attending>,
    /// What a side of the conversation has keyed.
    pressed: Option<keys::Pressed>,
    parked: Option<park::Parked>,
    /// The leg whose place the caller is to take.
    replaces: Option<CallId>,
    place: Place,
    requests: mpsc::Receiver<Request>,
    echo: Option<OpId>,
    joining: Option<conference::Joining>,
    seated: Option<conference::Seated>,
    /// Keys that are being sent.
    keys: Option<OpId>,
    record: Record,
    /// Cause and final response, once the callflow has ended.
    outcome: Option<(Cause, Option<u16>)>,
    ending: bool,
    /// Its part in what the account may have.
    room: Option<Room>,
    /// Cancelled when the call is to be ended: it alone, or all.
    end: tokio_util::sync::CancellationToken,
}

/// What the call's own work came to.
pub(crate) enum Work {
    /// Sounds are ready.
    Prepared {
        op: OpId,
        repeat: callflow::command::Repeat,
        sounds: Result<Prepared, String>,
    },
    /// Music for a side on hold is ready.
    Music {
        leg: CallId,
        sounds: Result<Prepared, String>,
    },
    /// What the caller is to hear while phones ring is ready.
    Ringback {
        op: OpId,
        sounds: Result<Prepared, String>,
    },
    /// What is heard when the caller enters a conference is ready.
    Room {
        op: OpId,
        sounds: Box<conference::RoomSounds>,
    },
    /// What a member of a conference is told is ready.
    Note {
        op: OpId,
        sources: Vec<crate::media::PlaySource>,
    },
    /// What the caller hears in a parking slot is ready.
    ParkingMusic {
        op: OpId,
        sounds: Result<Prepared, String>,
    },
    /// What whoever answered is asked before the caller is connected is ready.
    Question {
        op: OpId,
        leg: CallId,
        sounds: Result<Prepared, String>,
    },
    /// The ways to a carrier's server are known; none when it could not be found.
    Found {
        op: OpId,
        leg: usize,
        /// Which of the leg's look-ups it was.
        turn: u32,
        ways: Vec<crate::net::Way>,
    },
    /// Something that was asked for beside the call has come to its end.
    Told(Event),
}

/// What the call waited for.
enum Woken {
    Sip(Option<sip::event::Event>),
    Media(MediaEvent),
    Work(Work),
    /// The caller stands differently in a conference.
    Standing,
    /// Said by the call that shares a conversation with this one; `None` when it has gone.
    Line(Option<Said>),
    /// Another call asks for a party of this one.
    Asked(Box<Request>),
    Timer,
    Ending,
}

impl Call {
    /// # Errors
    /// Why the call is not taken, with the call.
    fn new(
        shared: Arc<Shared>,
        id: String,
        routed: Routed,
        incoming: Incoming,
    ) -> Result<Self, (router::Refusal, Incoming)> {
        let refuse = |code, reason| router::Refusal { code, reason };
        let program = match incoming.call.replaces {
            Some(_) => attend::replacement(),
            None => routed.account.programs.get(&routed.route.callflow).cloned(),
        };
        let Some(program) = program else {
            return Err((refuse(404, "Not Found"), incoming));
        };
        let media = mpsc::channel(MEDIA_EVENTS);
        let caller = match Caller::new(&shared, &incoming.call, &routed, media.0.clone()) {
            Ok(caller) => caller,
            Err(refusal) => return Err((refusal, incoming)),
        };
        let start = CallStart {
            id: id.clone(),
            sip_call_id: incoming.call.request.call_id().unwrap_or("").to_owned(),
            account: routed.account.id.clone(),
            direction: match routed.origin {
                Origin::Internal => Direction::Internal,
                Origin::External => Direction::Inbound,
            },
            caller: routed.caller.clone(),
            device: routed.device.clone(),
            dialled: routed.dialled.clone(),
            started_at: Timestamp::now(),
            callflow: program.id.clone(),
            callflow_name: program.callflow.title(),
            version: program.version,
        };
        let info = CallInfo {
            id,
            caller: routed.caller,
            dialled: routed.dialled,
            origin: routed.origin,
            device: routed.device,
            capture: routed.route.capture,
            captures: routed.route.captures,
        };
        let account = routed.account;
        let (place, requests) = shared.switchboard.enter(&account.id, &info.id);
        let interpreter = Interpreter::new(Arc::clone(&account), program, info, rand::random());
        Ok(Self {
            session: incoming.session,
            account,
            interpreter,
            events: VecDeque::new(),
            inbox: Some(incoming.events),
            media,
            work: mpsc::channel(WORK),
            timers: Timers::default(),
            record: Record::new(start, Some(incoming.call.flow.peer)),
            caller,
            play: None,
            recordings: recording::Recordings::default(),
            tapes: tapes::Tapes::default(),
            faxes: fax::Faxes::default(),
            dialling: None,
            winner: None,
            paging: None,
            bridged: None,
            pickup: None,
            transfer: None,
            attending: None,
            pressed: None,
            parked: None,
            replaces: incoming.call.replaces,
            place,
            requests,
            echo: None,
            joining: None,
            seated: None,
            keys: None,
            outcome: None,
            ending: false,
            room: None,
            end: shared.ending.child_token(),
            shared,
        })
    }

    fn id(&self) -> &str {
        &self.record.start().id
    }

    async fn begin(&mut self) {
        let start = self.record.start().clone();
        tracing::info!(
            call = start.id,
            account = %start.account,
            from = start.caller.number,
            to = start.dialled,
            callflow = %start.callflow,
            "a call begins"
        );
        let active = ActiveCall::new(start.clone());
        self.shared
            .active
            .add(active, self.session, self.end.clone());
        self.shared
            .report(Report::CallStarted(Box::new(start)))
            .await;
        self.show_caller().await;
    }

    /// Whether the account may have one call more. If not, the caller hears that it is busy. A call for help always may.
    async fn has_room(&mut self) -> bool {
        let classes = &self.account.directory.settings().classes;
        if classes.of(&self.record.start().dialled) == EMERGENCY {
            return true;
        }
        let limits = self.shared.registry.load().limits(&self.account.id);
        let outside = self.record.start().direction == Direction::Inbound;
        let meter = &self.shared.meter;
        match meter.begin(&self.account.id, &limits, outside, Instant::now()) {
            Ok(room) => {
                self.room = Some(room);
                true
            }
            Err(reached) => {
                tracing::warn!(call = self.id(), account = %self.account.id, limit = reached.name(), "a call is refused");
                self.record.note(&format!("Refused: {reached}"));
                self.hang_up_caller(Cause::USER_BUSY).await;
                false
            }
        }
    }

    /// Runs the callflow to its end.
    async fn drive(&mut self) {
        let commands = self.interpreter.start(Timestamp::now());
        self.perform(commands).await;
        self.settle().await;
        while self.outcome.is_none() || self.goes_on_without_caller() {
            self.place.show(self.phones());
            let woken = self.wait().await;
            self.take(woken).await;
            self.settle().await;
        }
    }

    /// Tells the interpreter what happened and does what it answers, until there is no more of either.
    async fn settle(&mut self) {
        while let Some(event) = self.events.pop_front() {
            let commands = self.interpreter.handle(Timestamp::now(), event);
            self.perform(commands).await;
        }
        if self.interpreter.finished() && self.outcome.is_none() {
            // A callflow ends with a command; this is for the day it does not.
            self.outcome = Some((Cause::NORMAL_CLEARING, None));
        }
    }

    async fn perform(&mut self, commands: Vec<callflow::Command>) {
        let trace = self.interpreter.take_trace();
        self.shared.active.followed(self.id(), &trace);
        self.record.trace(trace);
        for command in commands {
            execute::execute(self, command).await;
        }
    }

    async fn wait(&mut self) -> Woken {
        let next = self.timers.next();
        let timer = async {
            match next {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        let inbox = &mut self.inbox;
        let sip = async {
            match inbox {
                Some(inbox) => inbox.recv().await,
                None => std::future::pending().await,
            }
        };
        let seated = &mut self.seated;
        let standing = async {
            match seated {
                Some(seated) => seated.changed().await,
                None => std::future::pending().await,
            }
        };
        let line = party::line(
            &mut self.bridged,
            &mut self.winner,
            &mut self.pickup,
            &mut self.attending,
            &mut self.transfer,
        );
        let line = async {
            match line {
                Some(line) => line.hear().await,
                None => std::future::pending().await,
            }
        };
        let ending = async {
            if self.ending {
                std::future::pending::<()>().await;
            } else {
                self.end.cancelled().await;
            }
        };
        // In order: what the caller did first counts before what it brought about.
        tokio::select! {
            biased;
            event = sip => Woken::Sip(event),
            Some(event) = self.media.1.recv() => Woken::Media(event),
            Some(work) = self.work.1.recv() => Woken::Work(work),
            () = standing => Woken::Standing,
            said = line => Woken::Line(said),
            Some(request) = self.requests.recv() => Woken::Asked(Box::new(request)),
            () = timer => Woken::Timer,
            () = ending => Woken::Ending,
        }
    }

    async fn take(&mut self, woken: Woken) {
        match woken {
            Woken::Sip(Some(event)) => self.take_sip(event).await,
            Woken::Sip(None) => {
                // The signalling thread has given the call up: nothing is left to talk to.
                self.inbox = None;
                self.caller_gone(Cause::NORMAL_TEMPORARY_FAILURE, None)
                    .await;
                self.end_bridge(None).await;
            }
            Woken::Media(event) => self.take_media(event).await,
            Woken::Work(work) => self.take_work(work).await,
            Woken::Standing => self.take_standing(),
            Woken::Line(Some(said)) => self.heard(said).await,
            Woken::Line(None) => self.line_closed().await,
            Woken::Asked(request) => self.asked(*request).await,
            Woken::Timer => {
                while let Some(due) = self.timers.take(Instant::now()) {
                    self.take_due(due).await;
                }
            }
            Woken::Ending => {
                self.ending = true;
                let cause = match self.shared.ending.is_cancelled() {
                    true => Cause::NORMAL_TEMPORARY_FAILURE,
                    false => Cause::named("MANAGER_REQUEST"),
                };
                self.hang_up_caller(cause).await;
                self.end_bridge(None).await;
            }
        }
    }

    async fn take_due(&mut self, due: Due) {
        match due {
            Due::Timer(op) => self.events.push_back(Event::Timer { op }),
            Due::Attempt(op) => self.attempt_over(op).await,
            Due::Invite(op, leg) => {
                self.invite(op, &[leg]).await;
                self.conclude_if_hopeless().await;
            }
            Due::Leg(op, leg) => self.leg_over(op, leg).await,
            Due::Pickup(op) => self.pickup_over(op),
            Due::Attend => self.not_attended().await,
            Due::Keys => self.keys_complete().await,
            Due::Page(op) => self.page_over(op).await,
            Due::Unheard(op, call) => self.unheard(op, call).await,
            Due::Unconfirmed(_, call) => self.unconfirmed(call).await,
            Due::Offer(call) => self.offer_direction(call).await,
            Due::Recordings => self.give_up_recordings(),
        }
    }

    async fn take_sip(&mut self, event: sip::event::Event) {
        use sip::event::Event as Sip;
        match event {
            Sip::Cancelled { call, .. } if call == self.caller.leg => {
                self.caller_gone(Cause::ORIGINATOR_CANCEL, Some(487)).await;
            }
            Sip::Ended { call, cause } => self.leg_ended(call, &cause).await,
            Sip::Failed(failure) if self.pages(failure.call) => self.page_failed(&failure).await,
            Sip::Failed(failure) => self.fork_failed(&failure).await,
            Sip::Trying { call } => self.fork_heard(call),
            Sip::Progress {
                call, code, sdp, ..
            } => self.fork_progress(call, code, sdp.as_deref()).await,
            Sip::Answered { call, sdp, .. } if self.pages(call) => {
                self.page_answered(call, sdp.as_deref()).await;
            }
            Sip::Answered { call, sdp, .. } => self.fork_answered(call, sdp.as_deref()).await,
            Sip::Confirmed { call, sdp } if call == self.caller.leg => {
                self.caller_confirmed(sdp.as_deref()).await;
            }
            Sip::Offer { call, sdp } => self.offered(call, sdp.as_deref()).await,
            Sip::OfferAnswered { call, sdp } => self.offer_answered(call, sdp.as_deref()).await,
            Sip::OfferRefused { call, code } => self.offer_refused(call, code).await,
            Sip::Dtmf { call, digit, .. } => self.dtmf(call, digit).await,
            Sip::Referred {
                call,
                refer_to,
                replaces,
                ..
            } => self.referred(call, &refer_to, replaces).await,
            _ => {}
        }
    }

    async fn leg_ended(&mut self, call: CallId, cause: &EndCause) {
        if call == self.caller.leg {
            let cause = match cause {
                EndCause::Remote(_) | EndCause::Local => Cause::NORMAL_CLEARING,
                EndCause::SessionExpired | EndCause::Lost => Cause::MEDIA_TIMEOUT,
                EndCause::NotAcknowledged | EndCause::NoPrack => Cause::NO_USER_RESPONSE,
            };
            self.caller_gone(cause, None).await;
        } else if self.pages(call) {
            self.page_left(call).await;
        } else if self.is_transferor(call) {
            self.transferor_gone().await;
        } else {
            self.callee_ended(call).await;
        }
    }

    /// Whether a leg is that of a paged phone.
    fn pages(&self, call: CallId) -> bool {
        self.paging.as_ref().is_some_and(|paging| paging.has(call))
    }

    async fn take_media(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Key { leg, key } if self.bridged.is_some() => {
                if let Some(side) = self.side_with(leg)
                    && !self.takes_back(side, key.as_char()).await
                {
                    self.conversation_key(side, key.as_char()).await;
                }
            }
            MediaEvent::Key { leg, key } if leg == self.caller.audio.leg.id() => {
                self.caller_key(key.as_char()).await;
            }
            MediaEvent::Key { leg, key } => self.fork_key(leg, key.as_char()).await,
            MediaEvent::PlayFinished { leg, op, .. } if leg == self.caller.audio.leg.id() => {
                self.play_finished(op);
                self.note_finished(op);
            }
            MediaEvent::PlayFinished { leg, op, .. } => self.fork_played(leg, op),
            MediaEvent::RecordFinished {
                op,
                duration_ms,
                reason,
                ..
            } => {
                let whole_call = self.tape_finished(op, duration_ms, &reason);
                if !whole_call {
                    self.record_finished(op, duration_ms, reason);
                }
            }
            MediaEvent::DigitsSent { op, .. } if self.keys == Some(OpId(op.0)) => {
                self.keys = None;
                self.events.push_back(Event::Done { op: OpId(op.0) });
            }
            MediaEvent::RtpTimeout { leg } => self.silent(leg).await,
            _ => {}
        }
    }

    async fn take_work(&mut self, work: Work) {
        match work {
            Work::Prepared { op, repeat, sounds } => self.play_prepared(op, repeat, sounds).await,
            Work::Ringback { op, sounds } => self.ringback_prepared(op, sounds).await,
            Work::Music { leg, sounds } => self.music_prepared(leg, sounds),
            Work::Room { op, sounds } => self.enter_room(op, *sounds).await,
            Work::Note { op, sources } => self.note_prepared(op, sources),
            Work::ParkingMusic { op, sounds } => self.parking_music_prepared(op, sounds).await,
            Work::Question { op, leg, sounds } => self.question_prepared(op, leg, sounds),
            Work::Found {
                op,
                leg,
                turn,
                ways,
            } => self.server_found(op, leg, turn, ways).await,
            Work::Told(event) => self.events.push_back(event),
        }
    }

    /// A key of the caller's phone, outside a conversation.
    async fn caller_key(&mut self, key: char) {
        if !self.takes_back(self.caller.leg, key).await {
            self.key(key);
        }
    }

    /// A key of the caller's phone.
    fn key(&mut self, key: char) {
        if self.seated.is_some() {
            self.room_key(key);
            return;
        }
        // In a conversation keys are for the other side, and the media plane has relayed this one.
        if self.bridged.is_none() && !self.recordings.stops_on(key) {
            self.events.push_back(Event::Digit { key });
        }
    }

    /// A key told by INFO.
    async fn dtmf(&mut self, call: CallId, digit: char) {
        let Some(key) = crate::media::Key::from_char(digit) else {
            return;
        };
        if self.takes_back(call, key.as_char()).await {
            return;
        }
        if self.bridged.is_some() {
            self.relay_key(call, key);
            self.conversation_key(call, key.as_char()).await;
        } else if call == self.caller.leg {
            self.key(key.as_char());
            self.recording_key(key.as_char());
        } else {
            self.confirm_by(call, key.as_char()).await;
        }
    }

    /// Tells a leg something. A leg that has gone meanwhile says so by an event of its own.
    async fn tell(&mut self, leg: CallId, command: SipCommand) {
        self.shared.signalling.tell(leg, command).await;
    }

    /// Ends what is left and reports.
    async fn finish(mut self) {
        self.refuse_requests();
        self.drop_phones().await;
        self.drop_pickup();
        self.stop_parking().await;
        self.stop_showing_caller().await;
        self.close_tapes().await;
        self.close_faxes().await;
        let stats = self.caller.audio.leg.stats().await;
        if let Ok(stats) = stats {
            self.record.media(self.caller.record, stats);
        }
        let trace = self.interpreter.take_trace();
        self.record.trace(trace);
        self.recordings.remove_files(&self.shared.sounds).await;
        let (cause, code) = self
            .outcome
            .take()
            .unwrap_or((Cause::NORMAL_CLEARING, None));
        let code = self.caller.final_code(code);
        let cause = self.caller.final_cause(cause);
        self.record.ended(self.caller.record, cause.as_str(), code);
        let record = self.record.finish(cause.as_str(), code);
        tracing::info!(
            call = record.start.id,
            cause = record.cause,
            "a call is over"
        );
        self.shared.active.remove(&record.start.id);
        self.shared
            .report(Report::CallEnded(Box::new(record)))
            .await;
    }
}

/// Where the legs of an attempt are noted in the record.
fn callee_leg(record: &mut Record, device: &str, peer: std::net::SocketAddr) -> record::LegIndex {
    record.leg(
        LegRole::Callee,
        Some(device.to_owned()),
        Some(peer),
        Timestamp::now(),
    )
}

/// Timers of the callflow, and the operations that need nothing else.
impl Call {
    pub(crate) fn set_timer(&mut self, op: OpId, after_ms: u64) {
        self.timers.set(after_ms, Due::Timer(op));
    }

    /// Sends the caller's audio back.
    pub(crate) fn start_echo(&mut self, op: OpId) {
        match self.caller.audio.leg.echo() {
            Ok(()) => self.echo = Some(op),
            Err(error) => self.events.push_back(Event::Failed {
                op,
                reason: error.to_string(),
            }),
        }
    }

    /// Sends keys to the caller's side.
    pub(crate) fn send_keys(&mut self, op: OpId, digits: &str) {
        let keys: Vec<crate::media::Key> = digits
            .chars()
            .filter_map(crate::media::Key::from_char)
            .collect();
        let sent = self
            .caller
            .audio
            .leg
            .send_digits(crate::media::OpId(op.0), keys);
        match sent {
            Ok(()) => self.keys = Some(op),
            Err(error) => self.events.push_back(Event::Failed {
                op,
                reason: error.to_string(),
            }),
        }
    }

    /// Ends an operation, whatever it is.
    pub(crate) async fn cancel(&mut self, op: OpId) {
        self.timers.cancel(op);
        if self.play == Some(op) {
            self.stop_play();
        }
        if self.keys == Some(op) {
            self.keys = None;
            audio::warn(self.caller.audio.leg.cancel(crate::media::OpId(op.0)));
        }
        if self.echo == Some(op) {
            self.echo = None;
            audio::warn(self.caller.audio.leg.unbridge());
        }
        if self.conference_op() == Some(op) {
            self.leave_room(None);
        }
        self.cancel_recording(op);
        self.stop_fax(op);
        if self.dialling.as_ref().is_some_and(|dial| dial.op() == op) {
            self.drop_dialling().await;
        }
        if self.winner.as_ref().is_some_and(|it| it.dial == op) {
            self.drop_winner().await;
        }
        if self.paging.as_ref().is_some_and(|it| it.op() == op) {
            self.drop_page().await;
        }
        if self.bridged.as_ref().is_some_and(|it| it.op() == Some(op)) {
            self.end_bridge(None).await;
        }
        if self.pickup.as_ref().is_some_and(|it| it.op() == op) {
            self.drop_pickup();
        }
        if self.parked.as_ref().is_some_and(|it| it.op() == op) {
            self.stop_parking().await;
        }
    }
}

/// An empty map for things kept by operation.
type ByOp<T> = BTreeMap<OpId, T>;

//! One leg as its worker sees it: what to do with a packet, a tick, a command.

mod receive;
mod report;
mod send;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::FRAME_SAMPLES;
use super::apparatus::{Apparatus, ApparatusRequest};
use super::codec::{Codec, Encoding};
use super::event::{EventSink, LegId, MediaEvent, OpId, PlayEnd, RecordEnd};
use super::g722::G722;
use super::jitter::Jitter;
use super::key::Key;
use super::latch::Latch;
use super::outbound::Outbound;
use super::player::Player;
use super::ports::RtpSocket;
use super::recorder::Recorder;
use super::reporter::Reporter;
use super::request::{MediaSettings, Part, PlayRequest, RecordRequest, TapeRequest};
use super::room::RoomId;
use super::rtp::{HEADER, MAX_PACKET};
use super::srtp::{Keys, Shield};
use super::stats::{LegStats, ReceiveCounter};
use super::tape::Tape;
use super::telephone_event::{KeyReceiver, KeySender};
use super::wav_writer::{Disk, Finish, RecordingId};
use super::worker::LegKey;

/// Jitter that a room evens out, in samples: 40 ms.
const MIX_DELAY: u32 = 2 * FRAME_SAMPLES as u32;

/// What an accepted packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Audio(Codec),
    /// G.722, as it came.
    Wide,
    /// A telephone event; with the key when this packet is its beginning.
    Event(Option<Key>),
    /// Something we neither use nor relay.
    Nothing,
}

/// A leg's place in a room.
#[derive(Debug)]
struct Seat {
    room: RoomId,
    part: Part,
    /// What came from the peer and was not mixed yet.
    heard: Jitter,
}

/// What a listener has not heard yet of what came from the peer.
#[derive(Debug)]
struct Tap {
    listener: LegKey,
    heard: Jitter,
}

/// The buffer a worker builds packets in.
pub(crate) type SendBuffer = [u8; MAX_PACKET];

/// The state of one leg. Lives on one worker at a time and moves as a whole.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: LegId,
    pub(crate) rtp: RtpSocket,
    /// The bridged leg on the same worker; the leg itself for an echo.
    pub(crate) peer: Option<LegKey>,
    /// Which of the four 5 ms slots ticks it, and whether it is being ticked.
    pub(crate) slot: usize,
    pub(crate) ticking: bool,
    events: EventSink,
    released: Arc<AtomicBool>,
    settings: Option<MediaSettings>,
    /// While sound and reports are encrypted.
    shield: Option<Box<Shield>>,
    latch: Latch,
    outbound: Outbound,
    counter: ReceiveCounter,
    received_ssrc: Option<u32>,
    /// While G.722 is spoken.
    g722: Option<Box<G722>>,
    reporter: Reporter,
    sent: u64,
    /// Bytes of payload sent.
    sent_octets: u64,
    rejected: u64,
    keys: KeyReceiver,
    digits: KeySender,
    /// Timestamp of the key being sent.
    digit_timestamp: u32,
    player: Option<Player>,
    recorders: Vec<Recorder>,
    tapes: Vec<Tape>,
    seat: Option<Seat>,
    taps: Vec<Tap>,
    apparatus: Option<Apparatus>,
    rtp_timeout: Option<Duration>,
    heard: Instant,
    timeout_reported: bool,
}

impl Session {
    pub(crate) fn new(
        id: LegId,
        rtp: RtpSocket,
        events: EventSink,
        released: Arc<AtomicBool>,
        relatch_after: Duration,
        report_every: Duration,
    ) -> Self {
        let now = Instant::now();
        Self {
            id,
            rtp,
            peer: None,
            slot: 0,
            ticking: false,
            events,
            released,
            settings: None,
            shield: None,
            latch: Latch::new(relatch_after),
            outbound: Outbound::new(now),
            counter: ReceiveCounter::default(),
            received_ssrc: None,
            g722: None,
            reporter: Reporter::new(now, report_every),
            sent: 0,
            sent_octets: 0,
            rejected: 0,
            keys: KeyReceiver::default(),
            digits: KeySender::default(),
            digit_timestamp: 0,
            player: None,
            recorders: Vec::new(),
            tapes: Vec::new(),
            seat: None,
            taps: Vec::new(),
            apparatus: None,
            rtp_timeout: None,
            heard: now,
            timeout_reported: false,
        }
    }

    /// Whether the call has let go of the leg.
    pub(crate) fn is_released(&self) -> bool {
        self.released.load(Ordering::Relaxed)
    }

    /// Whether there is something to do every 20 ms.
    pub(crate) fn needs_ticks(&self) -> bool {
        self.player.is_some()
            || !self.recorders.is_empty()
            || !self.tapes.is_empty()
            || !self.digits.is_idle()
            || self.apparatus.is_some()
    }

    pub(crate) fn stats(&self) -> LegStats {
        LegStats {
            packets_received: self.counter.received(),
            packets_sent: self.sent,
            packets_lost: self.counter.lost(),
            packets_rejected: self.rejected,
            jitter_us: self.counter.jitter_us(),
            round_trip_us: self.reporter.round_trip_us(),
            far: self.reporter.far(),
            encrypted: self.shield.is_some(),
        }
    }

    pub(crate) fn set_media(&mut self, now: Instant, settings: MediaSettings, keys: Option<Keys>) {
        self.shield = Shield::renew(self.shield.take(), keys);
        self.latch.announce(settings.remote);
        let received = self.settings.is_some_and(|it| it.direction.receives());
        if settings.direction.receives() && !received {
            self.latch.resume(now);
        }
        let before = self.settings.replace(settings);
        if before.is_some_and(|it| it.remote != settings.remote || it.reports != settings.reports) {
            self.reporter.forget_source();
        }
        if settings.reports.is_some() {
            self.reporter.begin(now);
        }
        match settings.encoding {
            Encoding::G722 if self.g722.is_none() => self.g722 = Some(Box::new(G722::new())),
            Encoding::G722 => {}
            Encoding::G711(_) => self.g722 = None,
        }
        self.heard = now;
        self.timeout_reported = false;
        if !settings.sends() {
            self.outbound.pause();
        }
    }

    pub(crate) fn signals_from(&mut self, host: IpAddr) {
        self.latch.signals_from(host);
    }

    pub(crate) fn set_rtp_timeout(&mut self, now: Instant, timeout: Option<Duration>) {
        self.rtp_timeout = timeout;
        self.heard = now;
        self.timeout_reported = false;
    }

    pub(crate) fn play(&mut self, request: PlayRequest) {
        self.end_playback(PlayEnd::Replaced);
        self.player = Some(Player::new(request));
    }

    pub(crate) fn record(&mut self, now: Instant, request: RecordRequest, disk: &mut Disk) {
        self.recorders.push(Recorder::new(now, request, disk));
    }

    pub(crate) fn tape(&mut self, now: Instant, request: TapeRequest, disk: &mut Disk) {
        self.tapes.push(Tape::new(now, request, disk));
    }

    pub(crate) fn attach(&mut self, request: ApparatusRequest) {
        self.apparatus = Some(Apparatus::new(request));
    }

    pub(crate) fn pause_tape(&mut self, op: OpId, paused: bool) {
        let mut tapes = self.tapes.iter_mut();
        if let Some(tape) = tapes.find(|tape| tape.op() == op) {
            tape.pause(paused);
        }
    }

    /// Takes a seat in a room.
    pub(crate) fn sit_down(&mut self, room: RoomId, part: Part) {
        self.seat = Some(Seat {
            room,
            part,
            heard: Jitter::new(MIX_DELAY),
        });
    }

    pub(crate) fn set_part(&mut self, part: Part) {
        if let Some(seat) = &mut self.seat {
            seat.part = part;
        }
    }

    /// Gives the seat up; the room that it was in.
    pub(crate) fn stand_up(&mut self) -> Option<RoomId> {
        let seat = self.seat.take()?;
        self.outbound.pause();
        Some(seat.room)
    }

    /// Keeps what comes from the peer for a listener.
    pub(crate) fn tap(&mut self, listener: LegKey) {
        self.taps.push(Tap {
            listener,
            heard: Jitter::new(MIX_DELAY),
        });
    }

    pub(crate) fn stop_tap(&mut self, listener: LegKey) {
        self.taps.retain(|tap| tap.listener != listener);
    }

    /// Nobody listens any more: those who did know the leg by a place that it leaves.
    pub(crate) fn stop_taps(&mut self) {
        self.taps.clear();
    }

    /// Notes that the listening is over.
    pub(crate) fn listen_no_more(&mut self) {
        self.outbound.pause();
    }

    pub(crate) fn send_digits(&mut self, op: OpId, keys: &[Key]) {
        self.digits.push(op, keys);
    }

    pub(crate) fn cancel(&mut self, op: OpId, disk: &mut Disk) {
        if self.player.as_ref().is_some_and(|player| player.op() == op) {
            self.end_playback(PlayEnd::Cancelled);
        }
        while let Some(index) = self.recorders.iter().position(|it| it.op() == op) {
            self.end_recording(index, RecordEnd::Stopped, disk);
        }
        while let Some(index) = self.tapes.iter().position(|it| it.op() == op) {
            self.end_tape(Instant::now(), index, RecordEnd::Stopped, disk);
        }
        if self.apparatus.as_ref().is_some_and(|it| it.op() == op) {
            self.apparatus = None;
            self.outbound.pause();
        }
        self.digits.cancel(op);
    }

    /// Notes that the bridge is gone.
    pub(crate) fn unbridge(&mut self) {
        self.peer = None;
        self.outbound.pause();
    }

    /// Ends everything and says goodbye. What could not be delivered yet is in
    /// the returned sink.
    pub(crate) fn close(mut self, disk: &mut Disk) -> EventSink {
        self.end_playback(PlayEnd::Closed);
        while !self.recorders.is_empty() {
            self.end_recording(0, RecordEnd::Closed, disk);
        }
        while !self.tapes.is_empty() {
            self.end_tape(Instant::now(), 0, RecordEnd::Closed, disk);
        }
        for op in self.digits.close() {
            self.events
                .send(MediaEvent::DigitsSent { leg: self.id, op });
        }
        self.say_goodbye(Instant::now());
        let stats = self.stats();
        self.events.send(MediaEvent::Closed {
            leg: self.id,
            stats,
        });
        self.events
    }

    /// Does what is due every 20 ms.
    pub(crate) fn tick(&mut self, now: Instant, disk: &mut Disk, buffer: &mut SendBuffer) {
        let mut index = 0;
        while let Some(recorder) = self.recorders.get_mut(index) {
            match recorder.on_tick(now, disk) {
                Some(reason) => self.end_recording(index, reason, disk),
                None => index += 1,
            }
        }
        let mut index = 0;
        while let Some(tape) = self.tapes.get_mut(index) {
            match tape.on_tick(now, disk) {
                Some(reason) => self.end_tape(now, index, reason, disk),
                None => index += 1,
            }
        }
        if self.apparatus.as_ref().is_some_and(Apparatus::is_over) {
            self.apparatus = None;
            self.outbound.pause();
        }
        let said = self.apparatus.as_mut().map(Apparatus::exchange);
        let Some(settings) = self.settings.filter(MediaSettings::sends) else {
            return;
        };
        if !self.digits.is_idle() {
            self.send_key_step(now, &settings, buffer);
        } else if let Some(player) = &mut self.player {
            let codec = settings.encoding.inside();
            if player.next_frame(codec, &mut buffer[HEADER..]) {
                let payload_type = codec.payload_type();
                let header = self.outbound.audio(now, payload_type);
                self.send(header, FRAME_SAMPLES, buffer);
            } else {
                self.end_playback(PlayEnd::Completed);
                if self.seat.is_none() {
                    self.outbound.pause();
                } // else the room goes on at once
            }
        } else if let Some(frame) = said {
            self.say(now, settings.encoding.inside(), &frame, buffer);
        }
    }

    /// Does what is due a few times a second. Returns whether all events have
    /// been delivered.
    pub(crate) fn sweep(&mut self, now: Instant, disk: &mut Disk) -> bool {
        let change = self.keys.on_time(now);
        self.on_key(change, disk);
        self.report_when_due(now);
        if let Some(timeout) = self.rtp_timeout
            && !self.timeout_reported
            && self.settings.is_some_and(|it| it.direction.receives())
            && now.saturating_duration_since(self.heard) >= timeout
        {
            self.timeout_reported = true;
            self.events.send(MediaEvent::RtpTimeout { leg: self.id });
        }
        self.events.flush()
    }

    /// Lets the stream skip time that the worker missed.
    pub(crate) fn skip_time(&mut self) {
        self.outbound.pause();
    }

    fn end_playback(&mut self, reason: PlayEnd) {
        if let Some(player) = self.player.take() {
            self.events.send(MediaEvent::PlayFinished {
                leg: self.id,
                op: player.op(),
                reason,
            });
        }
    }

    fn end_recording(&mut self, index: usize, reason: RecordEnd, disk: &mut Disk) {
        if index >= self.recorders.len() {
            return;
        }
        let mut recorder = self.recorders.remove(index);
        let complete = recorder.close(disk);
        self.finish(recorder.op(), recorder.id(), reason, complete, disk);
    }

    fn end_tape(&mut self, now: Instant, index: usize, reason: RecordEnd, disk: &mut Disk) {
        if index >= self.tapes.len() {
            return;
        }
        let mut tape = self.tapes.remove(index);
        let complete = tape.close(now, disk);
        self.finish(tape.op(), tape.id(), reason, complete, disk);
    }

    fn finish(
        &self,
        op: OpId,
        id: RecordingId,
        reason: RecordEnd,
        complete: bool,
        disk: &mut Disk,
    ) {
        let reason = if complete {
            reason
        } else {
            RecordEnd::Failed("the disk could not keep up with the recording".into())
        };
        let finish = Finish {
            leg: self.id,
            op,
            reason,
            events: self.events.sender(),
        };
        disk.finish(id, finish);
    }
}

//! A media worker: one thread that serves its legs' sockets, a clock and a
//! queue of commands, and shares nothing with other workers.

mod legs;
mod listeners;
mod rooms;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};

use super::command::{Command, QUEUE, WorkerQueue};
use super::error::MediaError;
use super::event::{EventSink, LegId};
use super::request::Part;
use super::room::RoomId;
use super::rtp::MAX_PACKET;
use super::session::{SendBuffer, Session};
use super::wav_writer::{Disk, Message};
pub(crate) use legs::LegKey;
use legs::{Legs, Port};
use listeners::Listeners;
use rooms::Rooms;

/// Legs are spread over this many slots of the 20 ms tick.
const SLOTS: usize = 4;
/// Length of a slot.
const SLOT: Duration = Duration::from_millis(5);
/// Slots that are made up for after a stall; what is older is skipped, for a
/// burst of stale audio helps nobody.
const MAKE_UP: u64 = 40;
/// Slots between two looks at timeouts and undelivered events: 250 ms.
const SWEEP: u64 = 50;
/// Commands executed before packets have their turn.
const COMMAND_BATCH: usize = 64;

const WAKE: u64 = u64::MAX;
const TIMER: u64 = u64::MAX - 1;

/// Starts a worker thread.
pub(crate) fn start(
    index: usize,
    writer: SyncSender<Message>,
) -> Result<(Arc<WorkerQueue>, JoinHandle<()>), MediaError> {
    let system = |error: nix::Error| MediaError::Start(error.into());
    let (sender, commands) = sync_channel(QUEUE);
    let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
    let wake = Arc::new(EventFd::from_value_and_flags(0, flags).map_err(system)?);
    let worker = Worker::new(commands, wake.clone(), Disk::new(writer)).map_err(system)?;
    let thread = std::thread::Builder::new()
        .name(format!("media-{index}"))
        .spawn(move || worker.run())
        .map_err(MediaError::Start)?;
    let queue = WorkerQueue::new(sender, wake);
    Ok((Arc::new(queue), thread))
}

struct Worker {
    epoll: Epoll,
    timer: TimerFd,
    wake: Arc<EventFd>,
    commands: Receiver<Command>,
    legs: Legs,
    rooms: Rooms,
    listeners: Listeners,
    /// Legs with something to do every 20 ms, by slot.
    ticking: [Vec<LegKey>; SLOTS],
    next_slot: usize,
    clock: Option<Clock>,
    /// Events of closed legs that their receivers had no room for.
    lingering: Vec<EventSink>,
    disk: Disk,
    receive: Box<[u8; MAX_PACKET]>,
    /// For the G.711 inside of a packet.
    inside: Box<SendBuffer>,
    send: Box<SendBuffer>,
}

/// The tick while it runs.
struct Clock {
    start: Instant,
    slots_done: u64,
}

impl Worker {
    fn new(commands: Receiver<Command>, wake: Arc<EventFd>, disk: Disk) -> nix::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let timer = TimerFd::new(
            ClockId::CLOCK_MONOTONIC,
            TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK,
        )?;
        epoll.add(&*wake, EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
        epoll.add(&timer, EpollEvent::new(EpollFlags::EPOLLIN, TIMER))?;
        Ok(Self {
            epoll,
            timer,
            wake,
            commands,
            legs: Legs::default(),
            rooms: Rooms::default(),
            listeners: Listeners::default(),
            ticking: Default::default(),
            next_slot: 0,
            clock: None,
            lingering: Vec::new(),
            disk,
            receive: Box::new([0; MAX_PACKET]),
            inside: Box::new([0; MAX_PACKET]),
            send: Box::new([0; MAX_PACKET]),
        })
    }

    fn run(mut self) {
        let mut events = [EpollEvent::empty(); 64];
        let mut more_commands = false;
        loop {
            let timeout = if more_commands {
                EpollTimeout::ZERO
            } else {
                EpollTimeout::NONE
            };
            let count = match self.epoll.wait(&mut events, timeout) {
                Ok(count) => count,
                Err(nix::Error::EINTR) => 0,
                Err(error) => {
                    tracing::error!("a media worker stops because epoll failed: {error}");
                    break;
                }
            };
            let now = Instant::now();
            let ready = events.iter().take(count).map(EpollEvent::data);
            // Commands first: a packet that answers to one must find it done.
            if ready.clone().any(|data| data == WAKE) {
                // Reset before looking at the queue, so that a command that
                // comes after the look wakes us again.
                let _ = self.wake.read();
                more_commands = true;
            }
            if more_commands {
                match self.execute_commands(now) {
                    Progress::Done => more_commands = false,
                    Progress::More => {}
                    Progress::Stop => break,
                }
            }
            for data in ready {
                match data {
                    WAKE => {}
                    TIMER => self.on_timer(now),
                    leg => match LegKey::from_data(leg) {
                        (key, Port::Rtp) => self.on_readable(now, key),
                        (key, Port::Rtcp) => self.on_report(now, key),
                    },
                }
            }
        }
        self.close();
    }

    fn execute_commands(&mut self, now: Instant) -> Progress {
        for _ in 0..COMMAND_BATCH {
            match self.commands.try_recv() {
                Ok(Command::Stop) => return Progress::Stop,
                Ok(command) => self.execute(now, command),
                Err(_) => return Progress::Done,
            }
        }
        Progress::More
    }

    fn execute(&mut self, now: Instant, command: Command) {
        match command {
            Command::Adopt(session) => self.adopt(now, session),
            Command::Release(leg, reply) => {
                if let Some(session) = self.detach(leg)
                    && let Err(session) = reply.send(session)
                {
                    self.bury(*session); // the one who asked is gone
                }
            }
            Command::Remove(leg) => self.remove(leg),
            Command::SetMedia(leg, settings, keys) => {
                let keys = keys.map(|keys| *keys);
                self.with(leg, |session, _| session.set_media(now, settings, keys));
            }
            Command::SignalsFrom(leg, host) => {
                self.with(leg, |session, _| session.signals_from(host));
            }
            Command::SetRtpTimeout(leg, timeout) => {
                self.with(leg, |session, _| session.set_rtp_timeout(now, timeout));
            }
            Command::Play(leg, request) => self.with(leg, |session, _| session.play(request)),
            Command::Record(leg, request) => {
                self.with(leg, |session, disk| session.record(now, request, disk));
            }
            Command::Tape(leg, request) => {
                self.with(leg, |session, disk| session.tape(now, request, disk));
            }
            Command::Attach(leg, request) => self.with(leg, |session, _| session.attach(request)),
            Command::PauseTape(leg, op, paused) => {
                self.with(leg, |session, _| session.pause_tape(op, paused));
            }
            Command::SendDigits(leg, op, keys) => {
                self.with(leg, |session, _| session.send_digits(op, &keys));
            }
            Command::Cancel(leg, op) => self.with(leg, |session, disk| session.cancel(op, disk)),
            Command::Bridge(one, other) => self.bridge(one, other),
            Command::Unbridge(leg) => self.unbridge(leg),
            Command::Echo(leg) => self.bridge(leg, leg),
            Command::Listen(leg, sources) => {
                self.unbridge(leg);
                self.listeners.add(leg, sources, &mut self.legs);
            }
            Command::OpenRoom(room, released) => self.rooms.open(room, released),
            Command::Announce(room, sources, except) => {
                self.rooms.announce(room, sources, except);
            }
            Command::CloseRoom(room) => self.rooms.close(room, &mut self.legs),
            Command::Join(leg, room, part) => self.join(leg, room, part),
            Command::SetPart(leg, part) => self.with(leg, |session, _| session.set_part(part)),
            Command::Stats(leg, reply) => self.with(leg, |session, _| {
                let _ = reply.send(session.stats());
            }),
            Command::Stop => {}
        }
    }

    /// Does something to a leg and sees to its ticks afterwards.
    fn with(&mut self, leg: LegId, action: impl FnOnce(&mut Session, &mut Disk)) {
        let Some(key) = self.legs.key(leg) else {
            return; // it has just been closed
        };
        if let Some(session) = self.legs.get_mut(key) {
            action(session, &mut self.disk);
        }
        self.see_to_ticks(key);
    }

    fn see_to_ticks(&mut self, key: LegKey) {
        if let Some(session) = self.legs.get_mut(key)
            && !session.ticking
            && session.needs_ticks()
        {
            session.ticking = true;
            self.ticking[session.slot % SLOTS].push(key);
        }
    }

    fn adopt(&mut self, now: Instant, mut session: Box<Session>) {
        session.slot = self.next_slot;
        session.ticking = false;
        self.next_slot = (self.next_slot + 1) % SLOTS;
        let key = self.legs.insert(session);
        let Some(session) = self.legs.get_mut(key) else {
            return;
        };
        let rtcp = session.rtp.rtcp.as_ref().map(|it| (it, Port::Rtcp));
        for (socket, port) in [Some((&session.rtp.socket, Port::Rtp)), rtcp]
            .into_iter()
            .flatten()
        {
            let interest = EpollEvent::new(EpollFlags::EPOLLIN, key.to_data(port));
            if let Err(error) = self.epoll.add(socket, interest) {
                let leg = session.id;
                tracing::error!("leg {leg} hears no {port:?} because epoll failed: {error}");
            }
        }
        if self.clock.is_none() {
            self.start_clock(now);
        }
        self.see_to_ticks(key);
    }

    /// Takes a leg out of the worker.
    fn detach(&mut self, leg: LegId) -> Option<Box<Session>> {
        self.unbridge(leg);
        let key = self.legs.key(leg)?;
        let mut session = self.legs.remove(key)?;
        session.stop_taps();
        if session.ticking {
            self.ticking[session.slot % SLOTS].retain(|other| *other != key);
        }
        // Fails only if it had not been added.
        let _ = self.epoll.delete(&session.rtp.socket);
        let _ = session.rtp.rtcp.as_ref().map(|it| self.epoll.delete(it));
        Some(session)
    }

    fn remove(&mut self, leg: LegId) {
        if let Some(session) = self.detach(leg) {
            self.bury(*session);
        }
    }

    fn bury(&mut self, session: Session) {
        let mut sink = session.close(&mut self.disk);
        if !sink.flush() {
            self.lingering.push(sink);
        }
    }

    fn bridge(&mut self, one: LegId, other: LegId) {
        let (Some(one_key), Some(other_key)) = (self.legs.key(one), self.legs.key(other)) else {
            return;
        };
        self.unbridge(one);
        self.unbridge(other);
        for (leg, peer) in [(one_key, other_key), (other_key, one_key)] {
            if let Some(session) = self.legs.get_mut(leg) {
                session.peer = Some(peer);
            }
        }
    }

    fn unbridge(&mut self, leg: LegId) {
        let Some(key) = self.legs.key(leg) else {
            return;
        };
        self.listeners.remove(key, &mut self.legs);
        let session = self.legs.get_mut(key);
        let peer = session.as_ref().and_then(|session| session.peer);
        if let Some(room) = session.and_then(Session::stand_up) {
            self.rooms.leave(room, key);
        }
        for leg in [Some(key), peer].into_iter().flatten() {
            if let Some(session) = self.legs.get_mut(leg) {
                session.unbridge();
            }
        }
    }

    /// Seats a leg in a room.
    fn join(&mut self, leg: LegId, room: RoomId, part: Part) {
        self.unbridge(leg);
        if let Some(key) = self.legs.key(leg)
            && self.rooms.enter(room, key, leg)
            && let Some(session) = self.legs.get_mut(key)
        {
            session.sit_down(room, part);
        }
    }

    /// Reads one packet. Should more be waiting, epoll says so again; asking
    /// the socket until it is empty would cost a system call for each packet.
    fn on_readable(&mut self, now: Instant, key: LegKey) {
        let peer = self.legs.get_mut(key).and_then(|session| session.peer);
        let needed = peer
            .and_then(|peer| self.legs.get_mut(peer))
            .is_some_and(|peer| peer.needs_g711());
        // Gone when a command of this round closed it.
        let Some(session) = self.legs.get_mut(key) else {
            return;
        };
        // An error is an ICMP message about an earlier packet of ours.
        let Ok((length, source)) = session.rtp.socket.recv_from(&mut self.receive[..]) else {
            return;
        };
        let datagram = self.receive.get_mut(..length).unwrap_or_default();
        let inside = (&mut *self.inside, needed);
        let received = session.receive(now, source, datagram, inside, &mut self.disk);
        if let (Some(received), Some(peer)) = (received, peer) {
            if let Some(other) = self.legs.get_mut(peer) {
                other.relay(now, &received, &mut self.send);
            }
            self.see_to_ticks(peer);
        }
    }

    /// Reads one report of the peer.
    fn on_report(&mut self, now: Instant, key: LegKey) {
        let Some(session) = self.legs.get_mut(key) else {
            return;
        };
        let received = session
            .rtp
            .rtcp
            .as_ref()
            .map(|rtcp| rtcp.recv_from(&mut self.receive[..]));
        if let Some(Ok((length, source))) = received {
            let datagram = self.receive.get_mut(..length).unwrap_or_default();
            session.receive_report(now, source, datagram);
        }
    }

    fn start_clock(&mut self, now: Instant) {
        let interval = Expiration::Interval(TimeSpec::from(SLOT));
        match self.timer.set(interval, TimerSetTimeFlags::empty()) {
            Ok(()) => {
                self.clock = Some(Clock {
                    start: now,
                    slots_done: 0,
                });
            }
            Err(error) => tracing::error!("the media tick cannot be started: {error}"),
        }
    }

    fn on_timer(&mut self, now: Instant) {
        // nix reads the count of expirations but does not return it, so the
        // clock tells how many slots are due.
        let _ = self.timer.wait();
        let Some(clock) = &mut self.clock else {
            return;
        };
        let elapsed = now.saturating_duration_since(clock.start);
        let due = u64::try_from(elapsed.as_millis() / SLOT.as_millis()).unwrap_or(u64::MAX);
        let first = clock.slots_done.max(due.saturating_sub(MAKE_UP));
        let skipped = first > clock.slots_done;
        clock.slots_done = due;
        if skipped {
            self.skip_time();
        }
        for slot in first..due {
            self.tick(now, (slot % SLOTS as u64) as usize);
            if slot % SWEEP == 0 {
                self.sweep(now);
            }
        }
    }

    fn tick(&mut self, now: Instant, slot: usize) {
        let Some(list) = self.ticking.get_mut(slot) else {
            return;
        };
        let (legs, disk, buffer) = (&mut self.legs, &mut self.disk, &mut self.send);
        list.retain(|key| {
            let Some(session) = legs.get_mut(*key) else {
                return false;
            };
            session.tick(now, disk, buffer);
            session.ticking = session.needs_ticks();
            session.ticking
        });
        self.rooms.tick(now, slot, SLOTS, legs, buffer);
        self.listeners.tick(now, slot, SLOTS, legs, buffer);
    }

    fn skip_time(&mut self) {
        for key in self.ticking.iter().flatten() {
            if let Some(session) = self.legs.get_mut(*key) {
                session.skip_time();
            }
        }
    }

    fn sweep(&mut self, now: Instant) {
        let mut released = Vec::new();
        for session in self.legs.iter_mut() {
            session.sweep(now, &mut self.disk);
            if session.is_released() {
                released.push(session.id);
            }
        }
        for leg in released {
            self.remove(leg);
        }
        self.rooms.sweep(&mut self.legs);
        self.lingering.retain_mut(|sink| !sink.flush());
        let written = self.disk.flush();
        if self.legs.is_empty() && self.lingering.is_empty() && written {
            // An idle worker need not wake up 200 times a second.
            if self.timer.unset().is_ok() {
                self.clock = None;
            }
        }
    }

    fn close(mut self) {
        // Legs on their way here are closed like those that had arrived.
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Adopt(session) = command {
                self.legs.insert(session);
            }
        }
        for session in self.legs.drain() {
            let mut sink = session.close(&mut self.disk);
            sink.flush();
        }
        self.disk.drain();
    }
}

enum Progress {
    Done,
    More,
    Stop,
}

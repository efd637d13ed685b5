//! Two cores over a network that loses, duplicates, delays and reorders, in virtual time.

use crate::peer::{address, sdp};
use sip::action::Verdict;
use sip::command::{Command, Hop, OutgoingCall};
use sip::event::{CallId, EndCause, Event};
use sip::uri::Uri;
use sip::{Action, Config, Core, Flow, FlowId, Time, Transport};
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

/// A small generator (SplitMix64), so that a seed gives the same run everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.roll(100) < chance
    }
}

/// How bad the network is.
#[derive(Clone, Copy)]
struct Weather {
    loss_percent: u64,
    duplicate_percent: u64,
    max_delay_ms: u64,
    transport: Transport,
}

enum Happening {
    Delivery {
        to: usize,
        bytes: bytes::Bytes,
    },
    Command {
        side: usize,
        call: CallId,
        command: Command,
    },
}

/// Ordered by time, then by age.
struct Entry(Time, u64, Happening);

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> std::cmp::Ordering {
        (other.0, other.1).cmp(&(self.0, self.1))
    }
}

#[derive(Default)]
struct Tally {
    answered: usize,
    failed: usize,
    cancelled: usize,
    offers_answered: usize,
    /// Calls that ended because something did not arrive, offers refused by the core.
    abnormal: usize,
}

struct World {
    cores: [Core; 2],
    now: Time,
    weather: Weather,
    dice: Dice,
    agenda: BinaryHeap<Entry>,
    count: u64,
    /// Legs of each side and how many last events they had.
    legs: [BTreeMap<CallId, usize>; 2],
    /// On a stream nothing overtakes: when the last bytes towards each side arrive.
    last_arrival: [Time; 2],
    tally: Tally,
}

fn flow(side: usize, transport: Transport) -> Flow {
    let at = |last: u8| ([192, 0, 2, last], 5060).into();
    let (local, peer) = if side == 0 {
        (at(1), at(2))
    } else {
        (at(2), at(1))
    };
    Flow {
        id: FlowId(1),
        transport,
        local,
        peer,
    }
}

impl World {
    fn new(seed: u64, weather: Weather) -> World {
        let config = Config {
            session_expires: Some(Duration::from_secs(90)),
            ..Config::default()
        };
        let core = |n: u8| {
            let mut bytes = [n; 32];
            bytes[..8].copy_from_slice(&seed.to_be_bytes());
            Core::new(config.clone(), bytes)
        };
        World {
            cores: [core(1), core(2)],
            now: Time::ZERO,
            weather,
            dice: Dice(seed),
            agenda: BinaryHeap::new(),
            count: 0,
            legs: Default::default(),
            last_arrival: [Time::ZERO; 2],
            tally: Tally::default(),
        }
    }

    fn at(&mut self, at: Time, happening: Happening) {
        self.count += 1;
        self.agenda.push(Entry(at, self.count, happening));
    }

    fn later(&mut self, side: usize, call: CallId, max_ms: u64, command: Command) {
        let wait = Duration::from_millis(self.dice.roll(max_ms));
        let at = self.now + wait;
        self.at(
            at,
            Happening::Command {
                side,
                call,
                command,
            },
        );
    }

    fn dial(&mut self, side: usize) {
        let peer = flow(side, self.weather.transport).peer;
        let offer = if self.dice.percent(85) {
            Some(sdp())
        } else {
            None
        };
        let call = OutgoingCall {
            target: Uri::parse(&format!("sip:x@{peer}")).unwrap(),
            hop: Hop::Flow(flow(side, self.weather.transport)),
            from: address("<sip:a@one.example>"),
            to: address("<sip:x@two.example>"),
            sdp: offer,
            headers: vec![("Require".into(), "100rel".into())],
            route: vec![],
            credentials: None,
            max_forwards: 70,
        };
        let mut call = call;
        if call.sdp.is_none() || self.dice.percent(70) {
            call.headers.clear();
        }
        let id = self.cores[side].call(self.now, call).unwrap();
        self.legs[side].insert(id, 0);
        if self.dice.percent(40) {
            self.later(side, id, 8000, Command::Hangup { reason: None });
        }
        let at = self.now + Duration::from_secs(60);
        let command = Command::Hangup { reason: None };
        self.at(
            at,
            Happening::Command {
                side,
                call: id,
                command,
            },
        );
    }

    fn collect(&mut self, side: usize) {
        loop {
            let actions: Vec<Action> = self.cores[side].actions().collect();
            if actions.is_empty() {
                return;
            }
            for action in actions {
                match action {
                    Action::Send { bytes, .. } => self.carry(1 - side, &bytes),
                    Action::Authorize(ask) => {
                        let aor = ask.from.address();
                        self.cores[side].authorize(self.now, ask.id, Verdict::Allow { aor });
                    }
                    Action::Event(event) => self.react(side, event),
                    Action::Close { .. } | Action::Locate { .. } => panic!("not in this play"),
                }
            }
        }
    }

    fn carry(&mut self, to: usize, bytes: &bytes::Bytes) {
        let weather = self.weather;
        if weather.transport.is_reliable() {
            let at = self.now + Duration::from_millis(1 + self.dice.roll(weather.max_delay_ms));
            let at = at.max(self.last_arrival[to]);
            self.last_arrival[to] = at;
            return self.at(
                at,
                Happening::Delivery {
                    to,
                    bytes: bytes.clone(),
                },
            );
        }
        let copies = 1 + u64::from(self.dice.percent(weather.duplicate_percent));
        for _ in 0..copies {
            if !self.dice.percent(weather.loss_percent) {
                let at = self.now + Duration::from_millis(1 + self.dice.roll(weather.max_delay_ms));
                self.at(
                    at,
                    Happening::Delivery {
                        to,
                        bytes: bytes.clone(),
                    },
                );
            }
        }
    }

    fn react(&mut self, side: usize, event: Event) {
        match event {
            Event::IncomingCall(call) => {
                let id = call.call;
                assert_eq!(self.legs[side].insert(id, 0), None, "a ghost call");
                self.pick_up(side, id);
            }
            Event::Answered {
                call, sdp: offer, ..
            } => {
                self.tally.answered += 1;
                // Of no consequence when the call was made with an offer: refused.
                if offer.is_some() {
                    self.later(side, call, 2000, Command::Acknowledge { sdp: sdp() });
                }
                self.talk(side, call);
            }
            Event::Confirmed { call, .. } => self.talk(side, call),
            Event::Offer { call, .. } => {
                let command = match self.dice.percent(90) {
                    true => Command::AcceptOffer { sdp: sdp() },
                    false => Command::RefuseOffer { code: 488 },
                };
                self.later(side, call, 500, command);
            }
            Event::OfferAnswered { .. } => self.tally.offers_answered += 1,
            Event::Failed(failure) => {
                self.tally.failed += 1;
                self.over(side, failure.call);
            }
            Event::Cancelled { call, .. } => {
                self.tally.cancelled += 1;
                self.over(side, call);
            }
            // 488 is the play's, 487 comes when the peer hangs up with the offer open.
            Event::OfferRefused { code, .. } => {
                self.tally.abnormal += usize::from(!matches!(code, 487 | 488));
            }
            Event::Ended { call, cause } => {
                let normal = matches!(cause, EndCause::Local | EndCause::Remote(_));
                self.tally.abnormal += usize::from(!normal);
                self.over(side, call);
            }
            _ => {}
        }
    }

    fn pick_up(&mut self, side: usize, call: CallId) {
        self.later(side, call, 500, Command::Ring);
        if self.dice.percent(50) {
            self.later(
                side,
                call,
                2000,
                Command::Progress {
                    code: 183,
                    sdp: Some(sdp()),
                },
            );
        }
        match self.dice.roll(10) {
            0..7 => self.later(side, call, 6000, Command::Answer { sdp: sdp() }),
            7 => {
                let reject = Command::Reject {
                    code: 486,
                    phrase: None,
                    headers: vec![],
                };
                self.later(side, call, 6000, reject);
            }
            8 => self.later(side, call, 6000, Command::Hangup { reason: None }),
            _ => {}
        }
        // If the CANCEL never gets through, somebody gives up some time.
        let at = self.now + Duration::from_secs(120);
        let command = Command::Hangup { reason: None };
        self.at(
            at,
            Happening::Command {
                side,
                call,
                command,
            },
        );
    }

    fn talk(&mut self, side: usize, call: CallId) {
        for _ in 0..self.dice.roll(3) {
            self.later(side, call, 10_000, Command::Offer { sdp: sdp() });
        }
        if self.dice.percent(30) {
            self.later(
                side,
                call,
                10_000,
                Command::SendDtmf {
                    digit: '5',
                    duration_ms: 100,
                },
            );
        }
        if self.dice.percent(60) {
            self.later(side, call, 30_000, Command::Hangup { reason: None });
        }
    }

    fn over(&mut self, side: usize, call: CallId) {
        *self.legs[side].get_mut(&call).unwrap() += 1;
    }

    /// Runs until nothing is left to happen.
    fn run(&mut self) {
        for _ in 0..1_000_000 {
            let timer = |core: &Core| core.next_timeout();
            let timeout = self.cores.iter().filter_map(timer).min();
            let agenda = self.agenda.peek().map(|entry| entry.0);
            let Some(next) = timeout.into_iter().chain(agenda).min() else {
                return;
            };
            self.now = self.now.max(next);
            if agenda == Some(next) {
                match self.agenda.pop().unwrap().2 {
                    Happening::Delivery { to, bytes } => {
                        let flow = flow(to, self.weather.transport);
                        self.cores[to].input(self.now, flow, bytes);
                    }
                    Happening::Command {
                        side,
                        call,
                        command,
                    } => {
                        // Late commands meet calls that are over; that must be an error, no more.
                        let _ = self.cores[side].command(self.now, call, command);
                    }
                }
            } else {
                for core in &mut self.cores {
                    core.poll(self.now);
                }
            }
            self.collect(0);
            self.collect(1);
        }
        panic!("it never ends");
    }

    fn assert_over(&self, seed: u64) {
        for side in 0..2 {
            let stats = self.cores[side].stats();
            let left = (
                stats.calls,
                stats.dialogs,
                stats.server_transactions,
                stats.client_transactions,
            );
            assert_eq!(left, (0, 0, 0, 0), "seed {seed}, side {side}");
            for (call, ends) in &self.legs[side] {
                assert_eq!(
                    *ends, 1,
                    "seed {seed}, side {side}, {call:?} ended {ends} times"
                );
            }
        }
    }
}

fn play(seeds: std::ops::Range<u64>, weather: Weather) -> Tally {
    let mut sum = Tally::default();
    for seed in seeds {
        let mut world = World::new(seed, weather);
        for n in 0..20 {
            world.dial(n % 2);
            world.collect(0);
            world.collect(1);
        }
        world.run();
        world.assert_over(seed);
        sum.answered += world.tally.answered;
        sum.failed += world.tally.failed;
        sum.cancelled += world.tally.cancelled;
        sum.offers_answered += world.tally.offers_answered;
        sum.abnormal += world.tally.abnormal;
    }
    sum
}

#[test]
fn on_a_quiet_network_every_call_ends_once_on_both_sides() {
    let weather = Weather {
        loss_percent: 0,
        duplicate_percent: 0,
        max_delay_ms: 20,
        transport: Transport::Udp,
    };
    let tally = play(0..20, weather);
    assert!(tally.answered > 100 && tally.failed > 10 && tally.cancelled > 10);
    assert!(tally.offers_answered > 50);
    assert_eq!(tally.abnormal, 0);
}

#[test]
fn on_a_bad_network_every_call_ends_once_on_both_sides() {
    for (loss_percent, seeds) in [(5, 100..140), (20, 200..240), (45, 300..320)] {
        let weather = Weather {
            loss_percent,
            duplicate_percent: 10,
            max_delay_ms: 400,
            transport: Transport::Udp,
        };
        let tally = play(seeds, weather);
        assert!(
            tally.answered > 50 && tally.offers_answered > 10,
            "{loss_percent} % loss"
        );
    }
}

#[test]
fn over_connections_every_call_ends_once_on_both_sides() {
    let weather = Weather {
        loss_percent: 0,
        duplicate_percent: 0,
        max_delay_ms: 300,
        transport: Transport::Tcp,
    };
    let tally = play(400..420, weather);
    assert!(tally.answered > 100);
    assert_eq!(tally.abnormal, 0);
}

#[test]
fn on_a_dead_network_every_call_still_ends() {
    let weather = Weather {
        loss_percent: 100,
        duplicate_percent: 0,
        max_delay_ms: 20,
        transport: Transport::Udp,
    };
    let tally = play(500..505, weather);
    assert_eq!(tally.answered, 0);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let weather = Weather {
        loss_percent: 20,
        duplicate_percent: 10,
        max_delay_ms: 400,
        transport: Transport::Udp,
    };
    let run = || {
        let mut world = World::new(77, weather);
        for n in 0..20 {
            world.dial(n % 2);
            world.collect(n % 2);
        }
        world.run();
        (world.now, world.count, world.tally.answered)
    };
    assert_eq!(run(), run());
}

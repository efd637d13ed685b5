//! Ten thousand lamps and a storm of changes, in virtual time.

use crate::peer::*;
use bytes::Bytes;
use sip::action::Verdict;
use sip::event::Event;
use sip::message::Message;
use sip::subscribe::{MessageCount, State};
use sip::{Action, Config, Core, Flow, FlowId, Time, Transport};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

const RESOURCE: &str = "2000@fernhill.example";
/// The way to a watcher and back.
const ROUND_TRIP: Duration = Duration::from_millis(30);

/// A core and its watchers, each at an address of its own.
struct Field {
    core: Core,
    now: Time,
    /// Answers on their way, in order of time.
    answers: VecDeque<(Time, Flow, String)>,
    /// When NOTIFYs were sent.
    sent: BTreeMap<Time, usize>,
    /// By flow: how many NOTIFYs, and the text of the last.
    seen: HashMap<u64, (usize, String)>,
    /// NOTIFYs that were not answered yet, and the most of them at once.
    under_way: usize,
    most: usize,
    /// Watchers that answer nothing.
    silent: bool,
}

fn watcher(number: u64) -> Flow {
    let [_, _, a, b] = u32::try_from(number).unwrap().to_be_bytes();
    Flow {
        id: FlowId(number),
        transport: Transport::Udp,
        local: "192.0.2.1:5060".parse().unwrap(),
        peer: ([10, 0, a, b], 5060).into(),
    }
}

fn count(new: u32) -> State {
    State::Messages(MessageCount {
        new,
        ..MessageCount::default()
    })
}

impl Field {
    /// Everybody watches and knows the first state.
    fn new(watchers: u64) -> Field {
        let mut field = Field {
            core: Core::new(Config::default(), [5; 32]),
            now: Time::from_millis(1_000_000),
            answers: VecDeque::new(),
            sent: BTreeMap::new(),
            seen: HashMap::new(),
            under_way: 0,
            most: 0,
            silent: false,
        };
        for number in 1..=watchers {
            let headers = "Event: message-summary\r\nExpires: 3600\r\n";
            let subscribe = request("SUBSCRIBE", &format!("s{number}"), 1, "", headers, "")
                .replace("one@peer", &format!("{number}@peer"))
                .replace("192.0.2.9", &watcher(number).peer.ip().to_string());
            field
                .core
                .input(field.now, watcher(number), Bytes::from(subscribe));
            field.act();
        }
        field.run(Duration::from_secs(1));
        assert_eq!(field.core.stats().subscriptions, watchers as usize);
        assert!(field.seen.values().all(|(notifies, _)| *notifies == 1));
        field.run(Duration::from_secs(60));
        field.sent.clear();
        field.seen.clear();
        field.most = 0;
        field
    }

    fn act(&mut self) {
        loop {
            let actions: Vec<Action> = self.core.actions().collect();
            if actions.is_empty() {
                break;
            }
            for action in actions {
                match action {
                    Action::Send { flow, bytes } => self.deliver(flow, bytes),
                    Action::Authorize(ask) => {
                        let aor = ask.from.address();
                        let verdict = Verdict::Allow { aor };
                        self.core.authorize(self.now, ask.id, verdict);
                    }
                    Action::Event(Event::Subscribed { .. } | Event::Unsubscribed { .. }) => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    fn deliver(&mut self, flow: Flow, bytes: Bytes) {
        let message = Message::parse(bytes).unwrap();
        if message.method_name() != Some("NOTIFY") {
            return;
        }
        *self.sent.entry(self.now).or_default() += 1;
        let seen = self.seen.entry(flow.id.0).or_default();
        seen.0 += 1;
        seen.1 = String::from_utf8(message.body().to_vec()).unwrap();
        if self.silent {
            return;
        }
        self.under_way += 1;
        self.most = self.most.max(self.under_way);
        let answer = respond(&message, 200, "", "", "");
        self.answers
            .push_back((self.now + ROUND_TRIP, flow, answer));
    }

    /// Lets time pass.
    fn run(&mut self, wait: Duration) {
        let end = self.now + wait;
        loop {
            let answer = self.answers.front().map(|(at, ..)| *at);
            let due = [self.core.next_timeout(), answer].into_iter().flatten();
            let Some(at) = due.min().filter(|at| *at <= end) else {
                break;
            };
            self.now = self.now.max(at);
            while let Some((at, flow, answer)) = self.answers.pop_front() {
                if at > self.now {
                    self.answers.push_front((at, flow, answer));
                    break;
                }
                self.under_way -= 1;
                self.core.input(self.now, flow, Bytes::from(answer));
            }
            self.core.poll(self.now);
            self.act();
        }
        self.now = end;
    }

    /// The most NOTIFYs of any 5 ms.
    fn densest(&self) -> usize {
        let within = |from: &Time| {
            let slice = *from..*from + Duration::from_millis(5);
            self.sent.range(slice).map(|(_, sent)| sent).sum()
        };
        self.sent.keys().map(within).max().unwrap_or(0)
    }
}

#[test]
fn storm_of_changes_reaches_ten_thousand_watchers_evenly_and_none_more_often_than_it_may() {
    let mut field = Field::new(10_000);
    let began = field.now;
    for change in 1..=25 {
        let state = count(change);
        field.core.publish(field.now, RESOURCE, state);
        field.act();
        field.run(Duration::from_millis(20));
    }
    field.run(Duration::from_secs(2));
    let storm = Duration::from_millis(500);
    assert_eq!(field.seen.len(), 10_000);
    for (notifies, last) in field.seen.values() {
        // One at once, one each 200 ms of the storm, and the last word.
        assert!((1..=4).contains(notifies), "{notifies} NOTIFYs");
        assert!(last.contains("Voice-Message: 25/0"), "{last}");
    }
    // Forty thousand a second: everybody hears the first change within a quarter of a second, the last one within another.
    assert!(field.densest() <= 200, "{} in 5 ms", field.densest());
    let last = *field.sent.keys().next_back().unwrap();
    let told = last.since(began + storm);
    assert!(told <= Duration::from_millis(500), "{told:?}");
    // What is under way is what goes out within a round trip.
    assert!(field.most <= 200 * 8, "{} under way", field.most);
    field.run(Duration::from_secs(60));
    assert_eq!(field.core.stats().client_transactions, 0);
}

#[test]
fn watchers_that_answer_nothing_have_one_notify_under_way_and_are_dropped() {
    let mut field = Field::new(1_000);
    field.silent = true;
    for change in 1..=50 {
        field.core.publish(field.now, RESOURCE, count(change));
        field.act();
        field.run(Duration::from_millis(20));
    }
    assert_eq!(field.core.stats().client_transactions, 1_000);
    field.run(Duration::from_secs(120));
    let stats = field.core.stats();
    assert_eq!(
        (
            stats.subscriptions,
            stats.dialogs,
            stats.client_transactions
        ),
        (0, 0, 0)
    );
}

//! One core and one hand-driven peer that writes its messages itself.

use bytes::Bytes;
use sip::action::{AuthRequest, Verdict};
use sip::command::{Command, Hop, OutgoingCall};
use sip::event::{CallId, Event, IncomingCall};
use sip::header::{Name, NameAddr};
use sip::message::Message;
use sip::uri::Uri;
use sip::{Action, Config, Core, Flow, FlowId, Time, Transport};
use std::collections::VecDeque;

pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

pub fn sdp() -> Bytes {
    Bytes::from_static(SDP.as_bytes())
}

pub fn flow(transport: Transport) -> Flow {
    Flow {
        id: FlowId(1),
        transport,
        local: "192.0.2.1:5060".parse().unwrap(),
        peer: "192.0.2.9:5060".parse().unwrap(),
    }
}

pub fn address(text: &str) -> NameAddr {
    NameAddr::parse(text).unwrap()
}

/// A call to the peer, with an offer.
pub fn outgoing(transport: Transport) -> OutgoingCall {
    OutgoingCall {
        target: Uri::parse("sip:bob@192.0.2.9").unwrap(),
        hop: Hop::Flow(flow(transport)),
        from: address("\"Alice\" <sip:alice@fernhill.example>"),
        to: address("<sip:bob@fernhill.example>"),
        sdp: Some(sdp()),
        headers: Vec::new(),
        route: Vec::new(),
        credentials: None,
        max_forwards: 70,
    }
}

/// The core under test and what it did.
pub struct Bench {
    pub core: Core,
    pub now: Time,
    pub flow: Flow,
    pub sent: VecDeque<(Time, Message)>,
    pub events: VecDeque<Event>,
    pub asked: VecDeque<AuthRequest>,
    pub closed: usize,
    pub lookups: Vec<sip::action::LocateId>,
    /// Lets every request through at once.
    pub open: bool,
}

impl Bench {
    pub fn new() -> Bench {
        Bench::with(Config::default(), Transport::Udp)
    }

    pub fn with(config: Config, transport: Transport) -> Bench {
        Bench {
            core: Core::new(config, [3; 32]),
            now: Time::from_millis(1_000_000),
            flow: flow(transport),
            sent: VecDeque::new(),
            events: VecDeque::new(),
            asked: VecDeque::new(),
            closed: 0,
            lookups: Vec::new(),
            open: true,
        }
    }

    pub fn collect(&mut self) {
        loop {
            let actions: Vec<Action> = self.core.actions().collect();
            if actions.is_empty() {
                return;
            }
            for action in actions {
                match action {
                    Action::Send { bytes, .. } => {
                        if bytes.as_ref() != b"\r\n" {
                            let message = Message::parse(bytes).unwrap();
                            // A 400 repeats the very header that was wrong.
                            let sound = message.problem().is_none();
                            assert!(sound || message.code() == Some(400), "{message:?}");
                            self.sent.push_back((self.now, message));
                        }
                    }
                    Action::Close { .. } => self.closed += 1,
                    Action::Authorize(ask) if self.open => {
                        let aor = ask.from.address();
                        self.core
                            .authorize(self.now, ask.id, Verdict::Allow { aor });
                    }
                    Action::Authorize(ask) => self.asked.push_back(*ask),
                    Action::Locate { id, .. } => self.lookups.push(id),
                    Action::Event(event) => self.events.push_back(event),
                }
            }
        }
    }

    pub fn input(&mut self, text: &str) {
        self.core
            .input(self.now, self.flow, Bytes::copy_from_slice(text.as_bytes()));
        self.collect();
    }

    /// Lets time pass, firing every timer when it is due.
    pub fn wait_ms(&mut self, ms: u64) {
        let end = self.now + std::time::Duration::from_millis(ms);
        while let Some(at) = self.core.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.core.poll(self.now);
            self.collect();
        }
        self.now = end;
    }

    pub fn command(&mut self, call: CallId, command: Command) {
        self.core.command(self.now, call, command).unwrap();
        self.collect();
    }

    /// The next message sent.
    pub fn next(&mut self) -> Message {
        self.sent.pop_front().expect("a message was to be sent").1
    }

    /// The codes of the responses sent since.
    pub fn codes(&mut self) -> Vec<u16> {
        self.sent
            .drain(..)
            .filter_map(|(_, message)| message.code())
            .collect()
    }

    /// When messages were sent since `start`, in milliseconds.
    pub fn times_since(&mut self, start: Time) -> Vec<u64> {
        self.sent
            .drain(..)
            .map(|(at, _)| at.since(start).as_millis() as u64)
            .collect()
    }

    pub fn event(&mut self) -> Event {
        self.events.pop_front().expect("an event was to happen")
    }

    pub fn incoming(&mut self) -> Box<IncomingCall> {
        match self.event() {
            Event::IncomingCall(call) => call,
            other => panic!("{other:?}"),
        }
    }

    /// Nothing is remembered after everything has run out.
    pub fn assert_empty(&mut self) {
        self.wait_ms(64_000);
        let stats = self.core.stats();
        assert_eq!(
            (
                stats.calls,
                stats.dialogs,
                stats.server_transactions,
                stats.client_transactions
            ),
            (0, 0, 0, 0)
        );
    }
}

/// A request of the peer. `head` holds the headers that differ; Via, From and Call-ID are the peer's.
pub fn request(
    method: &str,
    branch: &str,
    cseq: u32,
    to_tag: &str,
    extra: &str,
    body: &str,
) -> String {
    let to_tag = if to_tag.is_empty() {
        String::new()
    } else {
        format!(";tag={to_tag}")
    };
    let kind = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\r\n"
    };
    // A CANCEL and the ACK of a failure repeat branch and number; `method` may name them "INVITE".
    format!(
        "{method} sip:2000@192.0.2.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK{branch}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:bob@fernhill.example>;tag=peer\r\n\
         To: <sip:2000@fernhill.example>{to_tag}\r\n\
         Call-ID: one@peer\r\n\
         CSeq: {cseq} {method}\r\n\
         Contact: <sip:bob@192.0.2.9>\r\n\
         {extra}{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub fn invite() -> String {
    request("INVITE", "inv", 1, "", "", SDP)
}

/// A response of the peer to a request of ours.
pub fn respond(request: &Message, code: u16, tag: &str, extra: &str, body: &str) -> String {
    let mut text = format!("SIP/2.0 {code} X\r\n");
    for name in [Name::Via, Name::From, Name::CallId, Name::CSeq] {
        for value in request.all(name) {
            text.push_str(&format!("{}: {value}\r\n", name.as_str()));
        }
    }
    let to = request.header(Name::To).unwrap();
    let to = if to.contains("tag=") || code == 100 {
        to.to_owned()
    } else {
        format!("{to};tag={tag}")
    };
    let kind = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\r\n"
    };
    text.push_str(&format!(
        "To: {to}\r\nContact: <sip:bob@192.0.2.9>\r\n{extra}{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    text
}

pub fn to_tag(message: &Message) -> String {
    message.to().unwrap().tag().unwrap().to_owned()
}

/// An incoming call that is up: INVITE, 200, ACK. Returns handle and our tag.
pub fn answered(bench: &mut Bench) -> (CallId, String) {
    bench.input(&invite());
    let call = bench.incoming().call;
    bench.command(call, Command::Answer { sdp: sdp() });
    let tag = to_tag(&bench.sent.pop_back().unwrap().1);
    bench.input(&request("ACK", "ack", 1, &tag, "", ""));
    assert!(matches!(bench.event(), Event::Confirmed { .. }));
    bench.sent.clear();
    (call, tag)
}

/// A call of ours that is up. Returns handle, our INVITE, and the answer's tag.
pub fn answered_by_peer(bench: &mut Bench) -> (CallId, Message) {
    let call = bench
        .core
        .call(bench.now, outgoing(bench.flow.transport))
        .unwrap();
    bench.collect();
    let invite = bench.next();
    bench.input(&respond(&invite, 200, "peer", "", SDP));
    assert!(matches!(bench.event(), Event::Answered { .. }));
    assert_eq!(bench.next().method_name(), Some("ACK"));
    (call, invite)
}

/// A request of the peer inside a call of ours.
pub fn inside(
    invite: &Message,
    method: &str,
    branch: &str,
    cseq: u32,
    extra: &str,
    body: &str,
) -> String {
    let kind = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\r\n"
    };
    format!(
        "{method} sip:alice@192.0.2.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK{branch}\r\n\
         From: <sip:bob@fernhill.example>;tag=peer\r\nTo: {}\r\nCall-ID: {}\r\n\
         CSeq: {cseq} {method}\r\nContact: <sip:bob@192.0.2.9>\r\n{extra}{kind}Content-Length: {}\r\n\r\n{body}",
        invite.header(Name::From).unwrap(),
        invite.call_id().unwrap(),
        body.len()
    )
}

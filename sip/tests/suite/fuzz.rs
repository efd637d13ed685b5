//! Mutated messages: whatever comes in, the core neither panics nor keeps it for ever.

use crate::network::Dice;
use crate::peer::*;
use bytes::Bytes;
use sip::command::Command;
use sip::header::{AuthValue, NameAddr, Reason, Via};
use sip::message::{Framer, Message};
use sip::sdp::Session;
use sip::uri::Uri;
use std::time::Duration;

const FRAGMENTS: [&str; 24] = [
    "\r\n",
    "\n",
    "\r\n ",
    "\r\n\r\n",
    ";",
    ",",
    "<",
    ">",
    "\"",
    "\\",
    "%",
    "%zz",
    "=",
    "@",
    ":",
    "[",
    "]",
    "tag=",
    "99999999999999999999",
    "-1",
    "\0",
    "é\u{fffd}",
    "SIP/2.0",
    ";branch=z9hG4bK",
];

const PIDF: &str = "<?xml version=\"1.0\"?><presence entity=\"a\"><tuple id=\"t\"><status><basic>open</basic>\
    </status></tuple><p:person><r:activities><r:away/></r:activities><note>&amp;&#x41;</note></p:person></presence>";

/// Damages a message in a few places.
fn mutate(dice: &mut Dice, text: &[u8]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len().max(1) as u64) as usize;
        match dice.roll(6) {
            0 if at < bytes.len() => bytes[at] = dice.roll(256) as u8,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => {
                let fragment = FRAGMENTS[dice.roll(FRAGMENTS.len() as u64) as usize];
                bytes.splice(at.min(bytes.len())..at.min(bytes.len()), fragment.bytes());
            }
            3 => bytes.truncate(at),
            4 if at < bytes.len() => {
                let end = (at + dice.roll(80) as usize).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => {
                let end = (at + dice.roll(40) as usize).min(bytes.len());
                bytes.drain(at.min(end)..end);
            }
        }
    }
    bytes
}

fn corpus(tag: &str, invite_of_ours: &Message) -> Vec<String> {
    let inside_call = |method: &str, extra: &str| request(method, method, 5, tag, extra, "");
    vec![
        invite(),
        request(
            "INVITE",
            "re",
            6,
            tag,
            "Supported: timer\r\nSession-Expires: 1800;refresher=uac\r\n",
            SDP,
        ),
        inside_call("ACK", ""),
        inside_call("BYE", "Reason: Q.850;cause=16;text=\"x\"\r\n"),
        inside_call("UPDATE", ""),
        inside_call("PRACK", "RAck: 1 1 INVITE\r\n"),
        inside_call(
            "REFER",
            "Refer-To: <sip:2003@h?Replaces=1%3Bto-tag%3D2>\r\nReferred-By: <sip:x@y>\r\n",
        ),
        request("INFO", "i", 7, tag, "", "Signal=1\r\nDuration=2\r\n")
            .replace("application/sdp", "application/dtmf-relay"),
        request("CANCEL", "inv", 1, "", "", ""),
        request(
            "SUBSCRIBE",
            "s",
            1,
            "",
            "Event: dialog;id=1\r\nExpires: 600\r\nAccept: a/b\r\n",
            "",
        ),
        request(
            "REGISTER",
            "r",
            1,
            "",
            "Authorization: Digest username=\"a\", realm=\"r\", nonce=\"0123\", uri=\"sip:x\", response=\"00\", qop=auth, nc=00000001, cnonce=\"c\"\r\n",
            "",
        ),
        request(
            "PUBLISH",
            "p",
            1,
            "",
            "Event: presence\r\nSIP-If-Match: a\r\nExpires: 600\r\n",
            PIDF,
        )
        .replace("application/sdp", "application/pidf+xml"),
        request(
            "PUBLISH",
            "q",
            1,
            "",
            "Event: presence\r\nExpires: 600\r\n",
            PIDF,
        )
        .replace("application/sdp", "application/pidf+xml"),
        request("OPTIONS", "o", 1, "", "Require: x, y\r\n", ""),
        respond(
            invite_of_ours,
            180,
            "f",
            "Require: 100rel\r\nRSeq: 1\r\nRecord-Route: <sip:h;lr>\r\n",
            SDP,
        ),
        respond(invite_of_ours, 200, "f", "Session-Expires: 90\r\n", SDP),
        respond(
            invite_of_ours,
            401,
            "f",
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n",
            "",
        ),
        respond(
            invite_of_ours,
            302,
            "f",
            "Contact: <sip:q@h>;q=0.5, sip:z@h\r\n",
            "",
        ),
    ]
}

#[test]
fn mutated_messages_do_no_harm_to_a_core() {
    let mut dice = Dice(42);
    for round in 0..40 {
        let mut bench = Bench::new();
        let (_, tag) = answered(&mut bench);
        let call = bench
            .core
            .call(bench.now, outgoing(bench.flow.transport))
            .unwrap();
        bench.collect();
        let ours = bench.sent.back().unwrap().1.clone();
        let corpus = corpus(&tag, &ours);
        for _ in 0..1000 {
            let text = &corpus[dice.roll(corpus.len() as u64) as usize];
            let bytes = mutate(&mut dice, text.as_bytes());
            bench.core.input(bench.now, bench.flow, bytes.into());
            bench.now += Duration::from_millis(dice.roll(50));
            bench.core.poll(bench.now);
            for action in bench.core.actions().collect::<Vec<_>>() {
                answer_anything(&mut bench, &mut dice, action);
            }
        }
        let _ = bench
            .core
            .command(bench.now, call, Command::Hangup { reason: None });
        // Calls that a mutation opened are given up; then nothing may be left.
        for call in bench
            .events
            .drain(..)
            .filter_map(opened)
            .collect::<Vec<_>>()
        {
            let _ = bench
                .core
                .command(bench.now, call, Command::Hangup { reason: None });
        }
        let end = bench.now + Duration::from_secs(8000);
        while let Some(at) = bench.core.next_timeout().filter(|at| *at <= end) {
            bench.core.poll(at);
            bench.core.actions().for_each(drop);
        }
        let stats = bench.core.stats();
        assert_eq!(
            (stats.server_transactions, stats.client_transactions),
            (0, 0),
            "round {round}"
        );
        assert_eq!(
            (stats.subscriptions, stats.registrations),
            (0, 0),
            "round {round}"
        );
        assert!(stats.calls <= 1, "round {round}: {stats:?}");
    }
}

fn opened(event: sip::event::Event) -> Option<sip::event::CallId> {
    match event {
        sip::event::Event::IncomingCall(call) => Some(call.call),
        _ => None,
    }
}

fn answer_anything(bench: &mut Bench, dice: &mut Dice, action: sip::Action) {
    use sip::Action;
    use sip::event::Event;
    match action {
        Action::Authorize(ask) => {
            let verdict = match dice.roll(3) {
                0 => sip::action::Verdict::Challenge { realm: "r".into() },
                _ => sip::action::Verdict::Allow {
                    aor: ask.from.address(),
                },
            };
            bench.core.authorize(bench.now, ask.id, verdict);
        }
        Action::Event(Event::Offer { call, .. }) => {
            let _ = bench
                .core
                .command(bench.now, call, Command::AcceptOffer { sdp: sdp() });
        }
        Action::Event(Event::IncomingCall(call)) => {
            let command = match dice.roll(3) {
                0 => Command::Ring,
                1 => Command::Answer { sdp: sdp() },
                _ => Command::Reject {
                    code: 486,
                    phrase: None,
                    headers: vec![],
                },
            };
            let _ = bench.core.command(bench.now, call.call, command);
            bench.events.push_back(Event::IncomingCall(call));
        }
        Action::Send { bytes, .. } => assert!(bytes.len() < 300_000),
        _ => {}
    }
}

#[test]
fn mutated_messages_and_values_do_no_harm_to_the_parsers() {
    let mut dice = Dice(7);
    let mut bench = Bench::new();
    let (_, tag) = answered(&mut bench);
    bench
        .core
        .call(bench.now, outgoing(bench.flow.transport))
        .unwrap();
    bench.collect();
    let ours = bench.sent.back().unwrap().1.clone();
    let corpus = corpus(&tag, &ours);
    for _ in 0..60_000 {
        let text = &corpus[dice.roll(corpus.len() as u64) as usize];
        let bytes = Bytes::from(mutate(&mut dice, text.as_bytes()));
        let Ok(message) = Message::parse(bytes) else {
            continue;
        };
        let _ = (message.problem(), message.sdp(), message.contact());
        for (_, value) in message.headers() {
            let _ = (NameAddr::parse(value), Via::parse(value), Uri::parse(value));
            let _ = (AuthValue::parse(value), Reason::parse(value));
        }
        if let Some(session) = Session::parse(&message.body()) {
            let _ =
                Session::parse(session.to_string().as_bytes()).expect("what we write we can read");
        }
    }
}

#[test]
fn what_is_parsed_and_written_is_parsed_the_same_again() {
    let mut dice = Dice(9);
    for _ in 0..50_000 {
        let text = mutate(&mut dice, b"\"A \\\"b\\\" c\" <sip:us%20er@h.example:5070;transport=tcp;x=%41?a=b>;tag=1;q=\"0.5\"");
        let text = String::from_utf8_lossy(&text).into_owned();
        if let Some(first) = NameAddr::parse(&text) {
            let second = NameAddr::parse(&first.to_string());
            assert_eq!(
                second.map(|it| it.uri.to_string()),
                Some(first.uri.to_string()),
                "{text}"
            );
        }
    }
}

#[test]
fn mutated_streams_do_no_harm_to_the_framer() {
    let mut dice = Dice(11);
    for _ in 0..3000 {
        let mut framer = Framer::default();
        let stream = invite().repeat(3);
        for chunk in mutate(&mut dice, stream.as_bytes()).chunks(1 + dice.roll(700) as usize) {
            framer.push(chunk);
            while let Ok(Some(message)) = framer.next() {
                assert!(!message.is_empty());
            }
        }
    }
}

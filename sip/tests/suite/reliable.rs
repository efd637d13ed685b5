//! Reliable provisional responses (RFC 3262), both ways.

use crate::peer::*;
use sip::command::Command;
use sip::event::{EndCause, Event};
use sip::header::Name;
use sip::message::Message;

fn ringing(bench: &mut Bench) -> sip::event::CallId {
    bench.input(&request("INVITE", "inv", 1, "", "Require: 100rel\r\n", SDP));
    let call = bench.incoming().call;
    bench.sent.clear();
    call
}

fn prack(response: &Message, branch: &str, cseq: u32) -> String {
    let rack = format!(
        "RAck: {} 1 INVITE\r\n",
        response.header(Name::RSeq).unwrap()
    );
    request("PRACK", branch, cseq, &to_tag(response), &rack, "")
}

#[test]
fn a_provisional_response_is_repeated_until_pracked() {
    let mut bench = Bench::new();
    let call = ringing(&mut bench);
    let start = bench.now;
    bench.command(call, Command::Ring);
    let ring = bench.sent.front().unwrap().1.clone();
    assert!(ring.has_token(Name::Require, "100rel"));
    bench.wait_ms(4000);
    assert_eq!(bench.times_since(start), [0, 500, 1500, 3500]);
    bench.input(&prack(&ring, "p", 2));
    bench.input(&prack(&ring, "p", 2));
    assert_eq!(bench.codes(), [200, 200]);
    bench.input(&prack(&ring, "q", 3));
    assert_eq!(bench.codes(), [481], "another PRACK for the same response");
    bench.wait_ms(30_000);
    assert!(bench.sent.is_empty());
}

#[test]
fn the_second_response_waits_for_the_first_and_the_answer_for_the_session() {
    let mut bench = Bench::new();
    let call = ringing(&mut bench);
    bench.command(call, Command::Ring);
    bench.command(
        call,
        Command::Progress {
            code: 183,
            sdp: Some(sdp()),
        },
    );
    let ring = bench.next();
    assert!(bench.sent.is_empty());
    bench.input(&prack(&ring, "p1", 2));
    assert_eq!(bench.next().code(), Some(200));
    let progress = bench.next();
    assert_eq!((progress.code(), progress.sdp()), (Some(183), Some(sdp())));
    bench.command(call, Command::Answer { sdp: sdp() });
    assert!(bench.sent.is_empty());
    bench.input(&prack(&progress, "p2", 3));
    assert_eq!(bench.codes(), [200, 200]);
    assert!(bench.core.command(bench.now, call, Command::Ring).is_err());
}

#[test]
fn the_prack_of_a_ring_that_crosses_the_answer_is_accepted() {
    let mut bench = Bench::new();
    let call = ringing(&mut bench);
    bench.command(call, Command::Ring);
    let ring = bench.next();
    bench.command(call, Command::Answer { sdp: sdp() });
    bench.input(&prack(&ring, "p", 2));
    bench.input(&prack(&ring, "q", 3));
    assert_eq!(bench.codes(), [200, 200, 481]);
}

#[test]
fn a_response_never_pracked_ends_the_call() {
    let mut bench = Bench::new();
    let call = ringing(&mut bench);
    bench.command(call, Command::Ring);
    bench.wait_ms(32_000);
    assert_eq!(bench.sent.back().unwrap().1.code(), Some(504));
    assert!(matches!(
        bench.event(),
        Event::Ended {
            cause: EndCause::NoPrack,
            ..
        }
    ));
    bench.assert_empty();
}

#[test]
fn a_caller_that_only_supports_it_gets_plain_responses() {
    let mut bench = Bench::new();
    bench.input(&request(
        "INVITE",
        "inv",
        1,
        "",
        "Supported: 100rel\r\n",
        SDP,
    ));
    let call = bench.incoming().call;
    bench.sent.clear();
    bench.command(call, Command::Ring);
    assert_eq!(bench.next().header(Name::RSeq), None);
}

#[test]
fn reliable_responses_to_us_are_pracked_once_and_reported_once() {
    let mut bench = Bench::new();
    bench
        .core
        .call(bench.now, outgoing(bench.flow.transport))
        .unwrap();
    bench.collect();
    let invite = bench.next();
    assert!(invite.has_token(Name::Supported, "100rel"));
    let progress = |rseq: u32| {
        respond(
            &invite,
            183,
            "peer",
            &format!("Require: 100rel\r\nRSeq: {rseq}\r\n"),
            SDP,
        )
    };
    bench.input(&progress(7));
    bench.input(&progress(7));
    bench.input(&progress(9));
    let prack = bench.next();
    assert_eq!(
        (prack.method_name(), prack.header(Name::RAck)),
        (Some("PRACK"), Some("7 1 INVITE"))
    );
    assert!(
        bench.sent.is_empty(),
        "neither a repetition nor one out of order is acknowledged"
    );
    assert_eq!(bench.events.len(), 1);
    bench.input(&progress(8));
    let second = bench.next();
    assert_eq!(
        second.cseq().unwrap().number,
        prack.cseq().unwrap().number + 1
    );
    bench.input(&respond(&prack, 200, "peer", "", ""));
    bench.input(&respond(&second, 200, "peer", "", ""));
    bench.input(&respond(&invite, 200, "peer", "", ""));
    let ack = bench.next();
    assert_eq!(
        (ack.method_name(), ack.cseq().unwrap().number),
        (Some("ACK"), 1)
    );
}

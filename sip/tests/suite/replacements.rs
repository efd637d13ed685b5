//! Calls that are to take the place of others (RFC 3891).

use crate::peer::*;
use sip::command::Command;
use sip::event::{CallId, Event, Replaced};
use sip::message::Message;

/// Our answered call's dialog, as the peer names it to us.
fn named(invite: &Message) -> String {
    let from = invite.from().unwrap();
    let ours = from.tag().unwrap();
    format!("{};to-tag={ours};from-tag=peer", invite.call_id().unwrap())
}

/// A second call of the peer with that header.
fn call_with(bench: &mut Bench, replaces: &str) {
    let header = format!("Require: replaces\r\nReplaces: {replaces}\r\n");
    let invite = request("INVITE", "two", 1, "", &header, SDP).replace("one@peer", "two@peer");
    bench.input(&invite);
}

fn refused(bench: &mut Bench, replaces: &str, code: u16) {
    call_with(bench, replaces);
    assert_eq!(bench.codes().last(), Some(&code), "{replaces}");
    assert!(bench.events.is_empty(), "{replaces}");
    let ack = request("ACK", "two", 1, "x", "", "").replace("one@peer", "two@peer");
    bench.input(&ack);
    bench.wait_ms(40_000);
    bench.sent.clear();
    bench.events.clear();
}

#[test]
fn call_that_takes_the_place_of_an_answered_one_names_it() {
    let mut bench = Bench::new();
    let (call, invite) = answered_by_peer(&mut bench);
    call_with(&mut bench, &named(&invite));
    assert_eq!(bench.incoming().replaces, Some(call));
    let told = bench.core.replaces(call).unwrap();
    assert_eq!(
        (told.to_tag.as_str(), told.call_id.as_str()),
        ("peer", invite.call_id().unwrap())
    );
}

#[test]
fn call_that_takes_the_place_of_one_that_rings_at_the_peer_names_it() {
    let mut bench = Bench::new();
    let call = bench
        .core
        .call(bench.now, outgoing(bench.flow.transport))
        .unwrap();
    bench.collect();
    let invite = bench.next();
    bench.input(&respond(&invite, 180, "peer", "", ""));
    bench.events.clear();
    call_with(&mut bench, &format!("{};early-only", named(&invite)));
    assert_eq!(bench.incoming().replaces, Some(call));
}

#[test]
fn place_that_cannot_be_taken_is_refused() {
    let mut bench = Bench::new();
    let (_, invite) = answered_by_peer(&mut bench);
    let whole = named(&invite);
    refused(&mut bench, &format!("{whole};early-only"), 486);
    refused(
        &mut bench,
        &whole.replace("from-tag=peer", "from-tag=x"),
        481,
    );
    refused(&mut bench, "x;to-tag=y;from-tag=peer", 481);
    refused(&mut bench, "x;to-tag=y", 400);
    refused(&mut bench, &format!("{whole}\r\nReplaces: {whole}"), 400);
    // Somebody who rings here waits for an answer and not for a stranger.
    let mut bench = Bench::new();
    bench.input(&crate::peer::invite());
    let call = bench.incoming().call;
    bench.command(call, Command::Ring);
    let tag = to_tag(&bench.sent.pop_back().unwrap().1);
    bench.sent.clear();
    refused(
        &mut bench,
        &format!("one@peer;to-tag={tag};from-tag=peer"),
        481,
    );
}

fn referred(bench: &mut Bench, tag: &str, cseq: u32, replaces: &str) -> Option<Replaced> {
    let headers = format!("Refer-To: <sip:2003@fernhill.example?Replaces={replaces}>\r\n");
    let branch = format!("refer{cseq}");
    bench.input(&request("REFER", &branch, cseq, tag, &headers, ""));
    bench.events.pop_front().map(|event| match event {
        Event::Referred { replaces, .. } => replaces.unwrap(),
        other => panic!("{other:?}"),
    })
}

/// An answered call of the peer, and one of ours that it is to be joined with.
fn two_calls(bench: &mut Bench, turned: bool) -> (CallId, String, CallId, String) {
    let (first, tag) = answered(bench);
    let (second, invite) = answered_by_peer(bench);
    let mut name = named(&invite);
    if turned {
        name = name
            .replace("to-tag", "x-tag")
            .replace("from-tag", "to-tag");
        name = name.replace("x-tag", "from-tag");
    }
    let escaped = name
        .replace(';', "%3B")
        .replace('=', "%3D")
        .replace('@', "%40");
    (first, tag, second, escaped)
}

#[test]
fn attended_transfer_names_the_leg_of_the_other_call() {
    // Whose end comes first is not the same for all phones.
    let mut bench = Bench::new();
    let (_, tag, second, escaped) = two_calls(&mut bench, true);
    let found = referred(&mut bench, &tag, 6, &escaped);
    assert_eq!(found, Some(Replaced::Leg(second)));
    let mut bench = Bench::new();
    let (first, tag, second, escaped) = two_calls(&mut bench, false);
    let found = referred(&mut bench, &tag, 6, &escaped);
    assert_eq!(found, Some(Replaced::Leg(second)));
    let refuse = Command::AnswerRefer { code: 603 };
    bench.command(first, refuse.clone());
    let found = referred(&mut bench, &tag, 7, "x%3Bto-tag%3Dy%3Bfrom-tag%3Dz");
    assert_eq!(found, Some(Replaced::Unknown));
    bench.command(first, refuse);
    bench.sent.clear();
    assert_eq!(referred(&mut bench, &tag, 8, "x%3Bto-tag%3Dy"), None);
    assert_eq!(bench.codes(), [400]);
}

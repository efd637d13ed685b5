//! What a phone that asks for a transfer is told (RFC 3515, RFC 4488).

use crate::peer::*;
use sip::command::{Command, CommandError};
use sip::event::{CallId, Event};
use sip::header::NameAddr;
use sip::message::Message;
use sip::uri::Uri;

/// The phone of the call asks us to call 2003; `extra` are further headers.
fn refer(bench: &mut Bench, tag: &str, cseq: u32, extra: &str) {
    let headers = format!("Refer-To: <sip:2003@fernhill.example>\r\n{extra}");
    let branch = format!("refer{cseq}");
    bench.input(&request("REFER", &branch, cseq, tag, &headers, ""));
}

fn assert_referred(bench: &mut Bench) {
    match bench.event() {
        Event::Referred { refer_to, .. } => assert_eq!(refer_to.uri.user(), "2003"),
        other => panic!("{other:?}"),
    }
}

/// A call whose phone asked for a transfer that was accepted. The answer is taken off the wire.
fn accepted(bench: &mut Bench, extra: &str) -> (CallId, String, Message) {
    let (call, tag) = answered(bench);
    refer(bench, &tag, 6, extra);
    assert_referred(bench);
    bench.command(call, Command::AnswerRefer { code: 202 });
    let answer = bench.next();
    assert_eq!(answer.code(), Some(202));
    (call, tag, answer)
}

/// Takes a NOTIFY off the wire, answers it with `code`, and tells what it said.
fn notified(bench: &mut Bench, code: u16) -> (String, String) {
    let notify = bench.next();
    assert_eq!(notify.method_name(), Some("NOTIFY"));
    assert_eq!(notify.header_named("Event"), Some("refer;id=6"));
    let body = notify.body_of("message/sipfrag").expect("a sipfrag");
    let body = String::from_utf8(body.to_vec()).unwrap();
    let state = notify
        .header_named("Subscription-State")
        .unwrap()
        .to_owned();
    bench.input(&respond(&notify, code, "peer", "", ""));
    (state, body)
}

fn report(bench: &mut Bench, call: CallId, code: u16) -> Result<(), CommandError> {
    let told = bench
        .core
        .command(bench.now, call, Command::ReportRefer { code });
    bench.collect();
    told
}

fn said(state: &str, line: &str) -> (String, String) {
    (state.to_owned(), format!("{line}\r\n"))
}

#[test]
fn a_transfer_is_reported_from_the_first_try_to_the_outcome() {
    let mut bench = Bench::new();
    let (call, ..) = accepted(&mut bench, "");
    assert_eq!(
        notified(&mut bench, 200),
        said("active;expires=300", "SIP/2.0 100 Trying")
    );
    bench.wait_ms(2000);
    assert_eq!(report(&mut bench, call, 180), Ok(()));
    assert_eq!(
        notified(&mut bench, 200),
        said("active;expires=298", "SIP/2.0 180 Ringing")
    );
    assert_eq!(report(&mut bench, call, 486), Ok(()));
    assert_eq!(
        notified(&mut bench, 200),
        said("terminated;reason=noresource", "SIP/2.0 486 Busy Here")
    );
    assert_eq!(report(&mut bench, call, 200), Err(CommandError::WrongState));
    assert!(bench.sent.is_empty());
}

#[test]
fn a_phone_that_wants_no_reports_gets_none() {
    let mut bench = Bench::new();
    let (call, _, answer) = accepted(&mut bench, "Require: norefersub\r\nRefer-Sub: False\r\n");
    assert_eq!(answer.header_named("Refer-Sub"), Some("false"));
    assert_eq!(report(&mut bench, call, 180), Ok(()));
    assert_eq!(report(&mut bench, call, 200), Ok(()));
    assert!(bench.sent.is_empty());
}

#[test]
fn a_second_transfer_waits_for_the_outcome_of_the_first() {
    let mut bench = Bench::new();
    let (call, tag, _) = accepted(&mut bench, "Refer-Sub: false\r\n");
    refer(&mut bench, &tag, 7, "");
    assert_eq!(bench.codes(), [403]);
    assert_eq!(report(&mut bench, call, 503), Ok(()));
    refer(&mut bench, &tag, 8, "");
    assert_referred(&mut bench);
}

#[test]
fn a_refused_report_does_not_end_the_call() {
    let mut bench = Bench::new();
    accepted(&mut bench, "");
    notified(&mut bench, 481);
    assert!(bench.events.is_empty());
    assert_eq!(bench.core.stats().calls, 1);
}

#[test]
fn nothing_is_reported_of_a_transfer_that_was_refused_or_never_asked_for() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    assert_eq!(report(&mut bench, call, 180), Err(CommandError::WrongState));
    refer(&mut bench, &tag, 6, "");
    assert_eq!(report(&mut bench, call, 180), Err(CommandError::WrongState));
    bench.command(call, Command::AnswerRefer { code: 603 });
    assert_eq!(bench.codes(), [603]);
    assert_eq!(report(&mut bench, call, 180), Err(CommandError::WrongState));
    assert_eq!(
        report(&mut bench, call, 700),
        Err(CommandError::BadArgument)
    );
}

#[test]
fn a_call_is_transferred_by_asking_the_peer() {
    let mut bench = Bench::new();
    let (call, _) = answered(&mut bench);
    let address = |text: &str| Box::new(NameAddr::new(Uri::parse(text).unwrap()));
    let refer = Command::Refer {
        refer_to: address("sip:2003@fernhill.example"),
        referred_by: Some(address("sip:2001@fernhill.example")),
    };
    bench.command(call, refer);
    let sent = bench.next();
    assert_eq!(sent.method_name(), Some("REFER"));
    assert_eq!(
        sent.header_named("Refer-To"),
        Some("<sip:2003@fernhill.example>")
    );
    assert_eq!(
        sent.header_named("Referred-By"),
        Some("<sip:2001@fernhill.example>")
    );
    bench.input(&respond(&sent, 603, "peer", "", ""));
    assert!(bench.events.is_empty());
    assert_eq!(bench.core.stats().calls, 1);
}

//! Calls we make: challenges, forks, cancelling, failover.

use crate::peer::*;
use sip::command::{Command, Hop};
use sip::digest::ClientCredentials;
use sip::event::{CallId, EndCause, Event};
use sip::header::{Name, Reason};
use sip::message::Message;
use sip::uri::Uri;
use sip::{FlowId, Transport};

fn dial(bench: &mut Bench) -> (CallId, Message) {
    let call = bench
        .core
        .call(bench.now, outgoing(bench.flow.transport))
        .unwrap();
    bench.collect();
    (call, bench.next())
}

#[test]
fn an_unanswered_invite_is_repeated_with_doubling_intervals_for_32_s() {
    let mut bench = Bench::new();
    let start = bench.now;
    let _ = dial(&mut bench);
    bench.wait_ms(31_999);
    assert_eq!(
        bench.times_since(start),
        [500, 1500, 3500, 7500, 15_500, 31_500]
    );
    assert_eq!(bench.core.stats().retransmissions, 6);
    bench.wait_ms(1);
    match bench.event() {
        Event::Failed(failure) => assert_eq!(failure.code, 408),
        other => panic!("{other:?}"),
    }
    bench.assert_empty();
}

#[test]
fn the_next_hop_that_takes_a_call_is_told_before_anything_rings() {
    let mut bench = Bench::new();
    let (call, invite) = dial(&mut bench);
    bench.input(&respond(&invite, 100, "", "", ""));
    assert!(matches!(bench.event(), Event::Trying { call: it } if it == call));
    bench.input(&respond(&invite, 180, "peer", "", ""));
    assert!(matches!(bench.event(), Event::Progress { code: 180, .. }));
}

#[test]
fn a_bye_is_repeated_up_to_t2_and_given_up_after_32_s() {
    let mut bench = Bench::new();
    let (call, _) = answered_by_peer(&mut bench);
    let start = bench.now;
    bench.command(
        call,
        Command::Hangup {
            reason: Some(Reason::sip(200, "done")),
        },
    );
    assert!(matches!(
        bench.event(),
        Event::Ended {
            cause: EndCause::Local,
            ..
        }
    ));
    assert!(bench.sent.front().unwrap().1.header(Name::Reason).is_some());
    bench.wait_ms(60_000);
    assert_eq!(
        bench.times_since(start),
        [
            0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500
        ]
    );
    bench.assert_empty();
}

#[test]
fn a_repeated_2xx_gets_the_same_ack_again() {
    let mut bench = Bench::new();
    let (call, invite) = dial(&mut bench);
    let answer = respond(&invite, 200, "peer", "", SDP);
    bench.input(&answer);
    let first = bench.next();
    bench.input(&answer);
    assert_eq!(bench.next().bytes(), first.bytes());
    assert!(matches!(
        bench.event(),
        Event::Answered { sdp: Some(_), .. }
    ));
    assert!(bench.events.is_empty());
    bench.command(call, Command::Hangup { reason: None });
    bench.sent.clear();
    bench.input(&answer);
    assert_eq!(
        bench.next().bytes(),
        first.bytes(),
        "even while the BYE is under way"
    );
}

#[test]
fn a_failure_is_acknowledged_in_its_transaction_and_so_are_its_repetitions() {
    let mut bench = Bench::new();
    let (_, invite) = dial(&mut bench);
    let busy = respond(&invite, 486, "peer", "Reason: Q.850;cause=17\r\n", "");
    bench.input(&busy);
    bench.input(&busy);
    for _ in 0..2 {
        let ack = bench.next();
        assert_eq!(ack.method_name(), Some("ACK"));
        assert_eq!(ack.via().unwrap().branch(), invite.via().unwrap().branch());
        assert_eq!(ack.to().unwrap().tag(), Some("peer"));
    }
    match bench.event() {
        Event::Failed(failure) => {
            assert_eq!(failure.code, 486);
            assert_eq!(failure.reason.unwrap().cause, Some(17));
        }
        other => panic!("{other:?}"),
    }
    assert!(bench.events.is_empty());
    bench.assert_empty();
}

#[test]
fn redirection_gives_its_contacts_best_first() {
    let mut bench = Bench::new();
    let (_, invite) = dial(&mut bench);
    let text = respond(&invite, 302, "peer", "", "").replace(
        "Contact: <sip:bob@192.0.2.9>",
        "Contact: <sip:b@h>;q=0.2, <sip:a@h>;q=0.9",
    );
    bench.input(&text);
    match bench.event() {
        Event::Failed(failure) => {
            let users: Vec<&str> = failure.contacts.iter().map(Uri::user).collect();
            assert_eq!(users, ["a", "b"]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_cancel_is_sent_before_a_provisional_response() {
    let mut bench = Bench::new();
    let (call, invite) = dial(&mut bench);
    bench.command(
        call,
        Command::Hangup {
            reason: Some(Reason::answered_elsewhere()),
        },
    );
    assert!(bench.sent.is_empty());
    assert!(matches!(
        bench.event(),
        Event::Ended {
            cause: EndCause::Local,
            ..
        }
    ));
    bench.input(&respond(&invite, 180, "peer", "", ""));
    let cancel = bench.next();
    assert_eq!(cancel.method_name(), Some("CANCEL"));
    assert_eq!(cancel.header(Name::Via), invite.header(Name::Via));
    assert_eq!(cancel.cseq().unwrap().number, invite.cseq().unwrap().number);
    assert_eq!(
        cancel.header(Name::Reason),
        Some("SIP;cause=200;text=\"Call completed elsewhere\"")
    );
    bench.input(&respond(&cancel, 200, "peer", "", ""));
    bench.input(&respond(&invite, 487, "peer", "", ""));
    assert_eq!(bench.next().method_name(), Some("ACK"));
    assert!(bench.events.is_empty());
    bench.assert_empty();
}

#[test]
fn a_cancelled_call_that_was_answered_meanwhile_is_ended() {
    let mut bench = Bench::new();
    let (call, invite) = dial(&mut bench);
    bench.input(&respond(&invite, 180, "peer", "", ""));
    bench.event();
    bench.command(call, Command::Hangup { reason: None });
    bench.sent.clear();
    bench.input(&respond(&invite, 200, "peer", "", SDP));
    assert_eq!(bench.next().method_name(), Some("ACK"));
    let bye = bench.next();
    assert_eq!(bye.method_name(), Some("BYE"));
    bench.input(&respond(&bye, 200, "peer", "", ""));
    assert!(matches!(bench.event(), Event::Ended { .. }));
    assert!(bench.events.is_empty());
    bench.assert_empty();
}

#[test]
fn a_cancelled_call_that_stays_silent_is_given_up() {
    let mut bench = Bench::new();
    let (call, invite) = dial(&mut bench);
    bench.input(&respond(&invite, 180, "peer", "", ""));
    bench.command(call, Command::Hangup { reason: None });
    bench.assert_empty();
}

#[test]
fn of_two_forks_that_answer_the_second_is_ended() {
    let mut bench = Bench::new();
    let (_, invite) = dial(&mut bench);
    bench.input(&respond(&invite, 183, "one", "", SDP));
    bench.input(&respond(&invite, 180, "two", "", ""));
    assert!(matches!(
        bench.event(),
        Event::Progress {
            code: 183,
            sdp: Some(_),
            fork: 0,
            ..
        }
    ));
    assert!(matches!(
        bench.event(),
        Event::Progress {
            code: 180,
            sdp: None,
            fork: 1,
            ..
        }
    ));
    bench.input(&respond(&invite, 200, "two", "", SDP));
    assert!(matches!(bench.event(), Event::Answered { fork: 1, .. }));
    assert_eq!(bench.next().to().unwrap().tag(), Some("two"));
    bench.input(&respond(&invite, 200, "one", "", SDP));
    let (ack, bye) = (bench.next(), bench.next());
    assert_eq!(
        (ack.method_name(), bye.method_name()),
        (Some("ACK"), Some("BYE"))
    );
    assert_eq!(ack.to().unwrap().tag(), Some("one"));
    assert_eq!(bye.to().unwrap().tag(), Some("one"));
    bench.input(&respond(&invite, 200, "one", "", SDP));
    assert_eq!(bench.next().bytes(), ack.bytes());
    assert!(bench.sent.is_empty());
    assert_eq!(bench.core.stats().calls, 1);
}

#[test]
fn requests_follow_the_route_set_of_the_answer() {
    let mut bench = Bench::new();
    let (call, invite) = dial(&mut bench);
    let routes = "Record-Route: <sip:192.0.2.50;lr>, <sip:192.0.2.51:5080;lr>\r\n";
    bench.input(&respond(&invite, 200, "peer", routes, SDP));
    let ack = bench.next();
    assert_eq!(ack.request_uri_text(), "sip:bob@192.0.2.9");
    let route: Vec<&str> = ack.values(Name::Route).collect();
    assert_eq!(route, ["<sip:192.0.2.51:5080;lr>", "<sip:192.0.2.50;lr>"]);
    bench.command(call, Command::Hangup { reason: None });
    assert_eq!(bench.next().values(Name::Route).count(), 2);
}

#[test]
fn a_strict_router_gets_the_request_uri_it_wants() {
    let mut bench = Bench::new();
    let (_, invite) = dial(&mut bench);
    bench.input(&respond(
        &invite,
        200,
        "peer",
        "Record-Route: <sip:192.0.2.50>\r\n",
        SDP,
    ));
    let ack = bench.next();
    assert_eq!(ack.request_uri_text(), "sip:192.0.2.50");
    assert_eq!(ack.header(Name::Route), Some("<sip:bob@192.0.2.9>"));
}

#[test]
fn a_challenge_is_answered_once_and_a_wrong_password_fails() {
    for (scheme, header) in [
        ("WWW-Authenticate", "Authorization"),
        ("Proxy-Authenticate", "Proxy-Authorization"),
    ] {
        let mut bench = Bench::new();
        let mut call = outgoing(Transport::Udp);
        call.credentials = Some(ClientCredentials {
            username: "trunk".into(),
            password: "s".into(),
            realm: None,
        });
        bench.core.call(bench.now, call).unwrap();
        bench.collect();
        let first = bench.next();
        let code = if scheme.starts_with("WWW") { 401 } else { 407 };
        let ask =
            format!("{scheme}: Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\r\n");
        bench.input(&respond(&first, code, "peer", &ask, ""));
        assert_eq!(bench.next().method_name(), Some("ACK"));
        let second = bench.next();
        assert!(
            second
                .header_named(header)
                .unwrap()
                .contains("username=\"trunk\"")
        );
        assert_eq!(second.cseq().unwrap().number, 2);
        assert_eq!(second.call_id(), first.call_id());
        assert_eq!(second.header(Name::From), first.header(Name::From));
        assert_ne!(
            second.via().unwrap().branch(),
            first.via().unwrap().branch()
        );
        bench.input(&respond(&second, code, "peer", &ask, ""));
        match bench.event() {
            Event::Failed(failure) => assert_eq!(failure.code, code),
            other => panic!("{other:?}"),
        }
        bench.assert_empty();
    }
}

#[test]
fn a_session_interval_too_small_is_raised() {
    let mut bench = Bench::new();
    let (_, invite) = dial(&mut bench);
    assert_eq!(invite.header(Name::SessionExpires), Some("1800"));
    bench.input(&respond(&invite, 422, "peer", "Min-SE: 3600\r\n", ""));
    bench.next();
    let again = bench.next();
    assert_eq!(again.header(Name::SessionExpires), Some("3600"));
    assert_eq!(again.header(Name::MinSe), Some("3600"));
}

#[test]
fn the_next_address_is_tried_when_one_is_silent_or_unavailable() {
    let mut bench = Bench::new();
    let mut call = outgoing(Transport::Udp);
    call.hop = Hop::Uri(Uri::parse("sip:carrier.example").unwrap());
    let id = bench.core.call(bench.now, call).unwrap();
    bench.collect();
    let way = |last: u8| bench.flow.with_peer(([192, 0, 2, last], 5060).into());
    let (ways, lookup) = (vec![way(20), way(21), way(22)], bench.lookups[0]);
    bench.core.located(bench.now, lookup, ways);
    bench.collect();
    let first = bench.next();
    bench.input(&respond(&first, 503, "peer", "", ""));
    assert_eq!(bench.next().method_name(), Some("ACK"));
    let second = bench.next();
    assert_eq!(second.cseq().unwrap().method, "INVITE");
    bench.wait_ms(32_000);
    let third = bench.sent.pop_back().unwrap().1;
    bench.sent.clear();
    bench.input(&respond(&third, 200, "peer", "", SDP));
    assert!(matches!(bench.event(), Event::Answered { .. }));
    assert!(
        bench
            .core
            .command(bench.now, id, Command::Hangup { reason: None })
            .is_ok()
    );
}

#[test]
fn a_destination_that_cannot_be_found_fails() {
    let mut bench = Bench::new();
    let mut call = outgoing(Transport::Udp);
    call.hop = Hop::Uri(Uri::parse("sip:nowhere.example").unwrap());
    bench.core.call(bench.now, call).unwrap();
    bench.collect();
    let lookup = bench.lookups[0];
    bench.core.located(bench.now, lookup, vec![]);
    bench.collect();
    match bench.event() {
        Event::Failed(failure) => assert_eq!(failure.code, 503),
        other => panic!("{other:?}"),
    }
    bench.assert_empty();
}

#[test]
fn a_lost_connection_fails_the_calls_that_wait_on_it() {
    let mut bench = Bench::with(sip::Config::default(), Transport::Tcp);
    let _ = dial(&mut bench);
    bench.core.flow_closed(bench.now, FlowId(1));
    bench.collect();
    match bench.event() {
        Event::Failed(failure) => assert_eq!(failure.code, 503),
        other => panic!("{other:?}"),
    }
    bench.assert_empty();
}

/// The connection of the peer is gone, as if the host had just found out.
fn lose_connection(bench: &mut Bench) {
    bench.core.flow_closed(bench.now, FlowId(1));
    bench.collect();
}

#[test]
fn a_reinvite_on_a_connection_that_closes_ends_its_call_at_once() {
    for transport in [Transport::Tcp, Transport::Tls, Transport::Ws] {
        let mut bench = Bench::with(sip::Config::default(), transport);
        let (call, _) = answered_by_peer(&mut bench);
        bench.command(call, Command::Offer { sdp: sdp() });
        assert_eq!(bench.next().method_name(), Some("INVITE"));
        lose_connection(&mut bench);
        assert!(matches!(
            bench.event(),
            Event::Ended {
                cause: EndCause::Lost,
                ..
            }
        ));
        assert!(bench.events.is_empty());
        assert_eq!(bench.core.stats().calls, 0, "its BYE is not waited for");
        bench.assert_empty();
    }
}

#[test]
fn a_bye_on_a_connection_that_closes_is_not_waited_for() {
    let mut bench = Bench::with(sip::Config::default(), Transport::Tcp);
    let (call, _) = answered_by_peer(&mut bench);
    bench.command(call, Command::Hangup { reason: None });
    assert!(matches!(bench.event(), Event::Ended { .. }));
    assert_eq!(bench.core.stats().calls, 1);
    lose_connection(&mut bench);
    assert_eq!(bench.core.stats().calls, 0);
    assert!(bench.events.is_empty());
}

#[test]
fn a_call_that_waits_for_nothing_outlives_its_connection() {
    let mut bench = Bench::with(sip::Config::default(), Transport::Tcp);
    let _ = answered_by_peer(&mut bench);
    lose_connection(&mut bench);
    assert!(bench.events.is_empty());
    assert_eq!(bench.core.stats().calls, 1);
}

#[test]
fn an_invite_sent_behind_the_close_fails_once_the_host_says_so_again() {
    let mut bench = Bench::with(sip::Config::default(), Transport::Tcp);
    lose_connection(&mut bench);
    let _ = dial(&mut bench);
    lose_connection(&mut bench);
    match bench.event() {
        Event::Failed(failure) => assert_eq!(failure.code, 503),
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.core.stats().calls, 0);
    assert_eq!(bench.core.stats().client_transactions, 0);
}

#[test]
fn every_way_over_the_same_lost_connection_fails_at_once() {
    let mut bench = Bench::with(sip::Config::default(), Transport::Tcp);
    let mut call = outgoing(Transport::Tcp);
    call.hop = Hop::Uri(call.target.clone());
    bench.core.call(bench.now, call).unwrap();
    bench.collect();
    let lookup = bench.lookups[0];
    let way = flow(Transport::Tcp);
    bench.core.located(bench.now, lookup, vec![way, way, way]);
    bench.collect();
    lose_connection(&mut bench);
    match bench.event() {
        Event::Failed(failure) => assert_eq!(failure.code, 503),
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.core.stats().client_transactions, 0);
}

#[test]
fn a_call_without_offer_is_acknowledged_with_the_answer() {
    let mut bench = Bench::new();
    let mut call = outgoing(Transport::Udp);
    call.sdp = None;
    let id = bench.core.call(bench.now, call).unwrap();
    bench.collect();
    let invite = bench.next();
    let answer = respond(&invite, 200, "peer", "", SDP);
    bench.input(&answer);
    bench.input(&answer);
    assert!(bench.sent.is_empty(), "no ACK before our answer");
    assert!(matches!(
        bench.event(),
        Event::Answered { sdp: Some(_), .. }
    ));
    bench.command(id, Command::Acknowledge { sdp: sdp() });
    let ack = bench.next();
    assert_eq!((ack.method_name(), ack.sdp()), (Some("ACK"), Some(sdp())));
    assert!(
        bench
            .core
            .command(bench.now, id, Command::Acknowledge { sdp: sdp() })
            .is_err()
    );
    bench.input(&answer);
    assert_eq!(bench.next().bytes(), ack.bytes());
}

#[test]
fn values_from_outside_cannot_add_headers() {
    let mut bench = Bench::new();
    let mut call = outgoing(Transport::Udp);
    call.from.display = Some("x\r\nEvil: 1\r\n".into());
    call.headers = vec![("X-Note".into(), "a\r\nEvil: 2".into())];
    bench.core.call(bench.now, call).unwrap();
    bench.collect();
    let invite = bench.next();
    assert_eq!(invite.header_named("Evil"), None);
    assert_eq!(invite.header_named("X-Note"), Some("a  Evil: 2"));
}

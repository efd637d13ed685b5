//! Changes of session inside a call, and session timers.

use crate::peer::*;
use sip::command::Command;
use sip::event::{EndCause, Event};
use sip::header::Name;

#[test]
fn a_reinvite_is_answered_by_us_and_repeated_until_acknowledged() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    let hold = SDP.replace("RTP/AVP 0\r\n", "RTP/AVP 0\r\na=sendonly\r\n");
    bench.input(&request("INVITE", "re", 2, &tag, "", &hold));
    assert_eq!(bench.codes(), [100]);
    match bench.event() {
        Event::Offer { sdp, .. } => assert!(sdp.unwrap().ends_with(b"a=sendonly\r\n")),
        other => panic!("{other:?}"),
    }
    bench.command(call, Command::AcceptOffer { sdp: sdp() });
    bench.wait_ms(500);
    assert_eq!(bench.codes(), [200, 200]);
    bench.input(&request("ACK", "ack2", 2, &tag, "", ""));
    bench.wait_ms(10_000);
    assert!(bench.sent.is_empty());
    assert!(bench.events.is_empty());
}

#[test]
fn a_reinvite_without_offer_asks_for_ours() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    bench.input(&request("INVITE", "re", 2, &tag, "", ""));
    assert!(matches!(bench.event(), Event::Offer { sdp: None, .. }));
    bench.command(call, Command::AcceptOffer { sdp: sdp() });
    bench.input(&request("ACK", "ack2", 2, &tag, "", SDP));
    assert!(matches!(
        bench.event(),
        Event::OfferAnswered { sdp: Some(_), .. }
    ));
}

#[test]
fn a_refused_reinvite_leaves_the_call_up() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    bench.input(&request("INVITE", "re", 2, &tag, "", SDP));
    bench.event();
    bench.command(call, Command::RefuseOffer { code: 488 });
    assert_eq!(bench.codes(), [100, 488]);
    bench.input(&request("ACK", "re", 2, &tag, "", ""));
    assert!(
        bench
            .core
            .command(bench.now, call, Command::AcceptOffer { sdp: sdp() })
            .is_err()
    );
    bench.input(&request("BYE", "bye", 3, &tag, "", ""));
    assert_eq!(bench.codes(), [200]);
}

#[test]
fn update_with_an_offer_is_answered_by_us_and_one_without_by_the_core() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    bench.input(&request("UPDATE", "u1", 2, &tag, "", ""));
    bench.input(&request("UPDATE", "u2", 3, &tag, "", SDP));
    assert!(matches!(bench.event(), Event::Offer { sdp: Some(_), .. }));
    bench.command(call, Command::AcceptOffer { sdp: sdp() });
    assert_eq!(bench.codes(), [200, 200]);
    bench.wait_ms(5000);
    assert!(bench.sent.is_empty(), "a 200 to UPDATE is not repeated");
}

#[test]
fn a_second_offer_while_one_is_open_is_refused() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    bench.input(&request("INVITE", "re", 2, &tag, "", SDP));
    bench.input(&request("UPDATE", "u", 3, &tag, "", SDP));
    assert_eq!(bench.codes(), [100, 500]);
    assert!(
        bench
            .core
            .command(bench.now, call, Command::Offer { sdp: sdp() })
            .is_err()
    );
}

#[test]
fn an_offer_nobody_answers_is_answered_by_the_core() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    bench.input(&request("INVITE", "re", 2, &tag, "", SDP));
    bench.sent.clear();
    bench.wait_ms(32_000);
    assert_eq!(bench.next().code(), Some(500));
    assert!(
        bench
            .core
            .command(bench.now, call, Command::AcceptOffer { sdp: sdp() })
            .is_err()
    );
}

#[test]
fn our_reinvite_is_acknowledged_and_reported() {
    let mut bench = Bench::new();
    let (call, _) = answered_by_peer(&mut bench);
    bench.command(call, Command::Offer { sdp: sdp() });
    let offer = bench.next();
    assert_eq!(
        (offer.method_name(), offer.to().unwrap().tag()),
        (Some("INVITE"), Some("peer"))
    );
    assert!(
        bench
            .core
            .command(bench.now, call, Command::Offer { sdp: sdp() })
            .is_err()
    );
    let answer = respond(&offer, 200, "peer", "", SDP);
    bench.input(&answer);
    bench.input(&answer);
    assert_eq!(bench.next().method_name(), Some("ACK"));
    assert_eq!(bench.next().method_name(), Some("ACK"));
    assert!(matches!(
        bench.event(),
        Event::OfferAnswered { sdp: Some(_), .. }
    ));
    assert!(bench.events.is_empty());
}

#[test]
fn glare_is_refused_and_ours_is_tried_again_after_a_while() {
    let mut bench = Bench::new();
    let (call, invite) = answered_by_peer(&mut bench);
    bench.command(call, Command::Offer { sdp: sdp() });
    let offer = bench.next();
    bench.input(&inside(&invite, "INVITE", "glare", 1, "", SDP));
    assert_eq!(bench.codes(), [491]);
    bench.input(&respond(&offer, 491, "peer", "", ""));
    assert_eq!(bench.next().method_name(), Some("ACK"));
    bench.wait_ms(2000);
    assert!(bench.sent.is_empty(), "the caller waits at least 2.1 s");
    bench.wait_ms(2000);
    let again = bench.next();
    assert_eq!(again.method_name(), Some("INVITE"));
    assert!(again.cseq().unwrap().number > offer.cseq().unwrap().number);
    bench.input(&respond(&again, 200, "peer", "", SDP));
    assert!(matches!(bench.event(), Event::OfferAnswered { .. }));
}

#[test]
fn a_refused_offer_is_reported_and_a_lost_dialog_ends_the_call() {
    let mut bench = Bench::new();
    let (call, _) = answered_by_peer(&mut bench);
    bench.command(call, Command::Offer { sdp: sdp() });
    let offer = bench.next();
    bench.input(&respond(&offer, 488, "peer", "", ""));
    assert!(matches!(
        bench.event(),
        Event::OfferRefused { code: 488, .. }
    ));
    bench.sent.clear();
    bench.command(call, Command::Offer { sdp: sdp() });
    let offer = bench.next();
    bench.input(&respond(&offer, 481, "peer", "", ""));
    assert!(matches!(
        bench.event(),
        Event::Ended {
            cause: EndCause::Lost,
            ..
        }
    ));
    assert_eq!(bench.sent.back().unwrap().1.method_name(), Some("BYE"));
    bench.assert_empty();
}

#[test]
fn a_reinvite_that_was_cancelled_gets_487_and_the_call_stays() {
    let mut bench = Bench::new();
    let (_, tag) = answered(&mut bench);
    bench.input(&request("INVITE", "re", 2, &tag, "", SDP));
    bench.input(&request("CANCEL", "re", 2, &tag, "", ""));
    assert_eq!(bench.codes(), [100, 200, 487]);
    assert_eq!(bench.core.stats().calls, 1);
}

#[test]
fn hanging_up_answers_an_open_offer_first() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    bench.input(&request("INVITE", "re", 2, &tag, "", SDP));
    bench.sent.clear();
    bench.command(call, Command::Hangup { reason: None });
    assert_eq!(bench.next().code(), Some(487));
    let bye = bench.next();
    assert_eq!(bye.method_name(), Some("BYE"));
    bench.input(&request("ACK", "re", 2, &tag, "", ""));
    bench.input(&respond(&bye, 200, "peer", "", ""));
    bench.assert_empty();
}

#[test]
fn crossing_byes_end_the_call_once() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    bench.command(call, Command::Hangup { reason: None });
    let bye = bench.next();
    bench.input(&request("BYE", "bye", 2, &tag, "", ""));
    assert_eq!(bench.codes(), [200]);
    bench.input(&respond(&bye, 481, "peer", "", ""));
    assert!(matches!(
        bench.event(),
        Event::Ended {
            cause: EndCause::Local,
            ..
        }
    ));
    assert!(bench.events.is_empty());
    bench.assert_empty();
}

fn timed(bench: &mut Bench, headers: &str) -> (sip::event::CallId, String, sip::message::Message) {
    bench.input(&request("INVITE", "inv", 1, "", headers, SDP));
    let call = bench.incoming().call;
    bench.command(call, Command::Answer { sdp: sdp() });
    let answer = bench.sent.pop_back().unwrap().1;
    let tag = to_tag(&answer);
    bench.input(&request("ACK", "ack", 1, &tag, "", ""));
    bench.event();
    bench.sent.clear();
    (call, tag, answer)
}

#[test]
fn a_session_the_caller_does_not_refresh_ends() {
    let mut bench = Bench::new();
    let headers = "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n";
    let (_, tag, answer) = timed(&mut bench, headers);
    assert_eq!(
        answer.header(Name::SessionExpires),
        Some("90;refresher=uac")
    );
    assert!(answer.has_token(Name::Require, "timer"));
    bench.wait_ms(50_000);
    bench.input(&request("UPDATE", "u", 2, &tag, headers, ""));
    let refreshed = bench.next();
    assert_eq!(
        refreshed.header(Name::SessionExpires),
        Some("90;refresher=uac")
    );
    bench.wait_ms(59_999);
    assert!(bench.sent.is_empty());
    bench.wait_ms(1);
    assert_eq!(bench.next().method_name(), Some("BYE"));
    assert!(matches!(
        bench.event(),
        Event::Ended {
            cause: EndCause::SessionExpired,
            ..
        }
    ));
    bench.assert_empty();
}

#[test]
fn when_it_is_our_turn_we_refresh_at_half_time() {
    let mut bench = Bench::new();
    let headers =
        "Supported: timer\r\nAllow: INVITE, UPDATE\r\nSession-Expires: 120;refresher=uas\r\n";
    let (_, _, answer) = timed(&mut bench, headers);
    assert_eq!(
        answer.header(Name::SessionExpires),
        Some("120;refresher=uas")
    );
    for _ in 0..3 {
        bench.wait_ms(60_000);
        let update = bench.next();
        assert_eq!(update.method_name(), Some("UPDATE"));
        assert_eq!(
            update.header(Name::SessionExpires),
            Some("120;refresher=uac")
        );
        bench.input(&respond(
            &update,
            200,
            "",
            "Session-Expires: 120;refresher=uac\r\n",
            "",
        ));
    }
    assert!(bench.events.is_empty());
}

#[test]
fn peers_without_update_are_refreshed_by_reinvite_unreported() {
    let mut bench = Bench::new();
    let headers = "Supported: timer\r\nAllow: INVITE\r\nSession-Expires: 120;refresher=uas\r\n";
    let _ = timed(&mut bench, headers);
    bench.wait_ms(60_000);
    let invite = bench.next();
    assert_eq!(
        (invite.method_name(), invite.sdp()),
        (Some("INVITE"), Some(sdp()))
    );
    bench.input(&respond(
        &invite,
        200,
        "",
        "Session-Expires: 120;refresher=uac\r\n",
        SDP,
    ));
    assert_eq!(bench.next().method_name(), Some("ACK"));
    assert!(bench.events.is_empty());
}

#[test]
fn a_refused_update_is_followed_by_a_reinvite() {
    let mut bench = Bench::new();
    let headers = "Supported: timer\r\nAllow: UPDATE\r\nSession-Expires: 120;refresher=uas\r\n";
    let _ = timed(&mut bench, headers);
    bench.wait_ms(60_000);
    let update = bench.next();
    bench.input(&respond(&update, 501, "", "", ""));
    let invite = bench.next();
    assert_eq!(invite.method_name(), Some("INVITE"));
    assert_eq!(
        invite.header(Name::SessionExpires),
        Some("120;refresher=uac")
    );
}

#[test]
fn an_offer_made_while_a_refresh_is_under_way_waits_for_it() {
    let mut bench = Bench::new();
    let headers = "Supported: timer\r\nAllow: INVITE\r\nSession-Expires: 120;refresher=uas\r\n";
    let (call, ..) = timed(&mut bench, headers);
    bench.wait_ms(60_000);
    let refresh = bench.next();
    bench.input(&respond(&refresh, 100, "", "", ""));
    bench.command(call, Command::Offer { sdp: sdp() });
    bench.wait_ms(3000);
    assert!(bench.sent.is_empty(), "one INVITE at a time");
    bench.input(&respond(
        &refresh,
        200,
        "",
        "Session-Expires: 120;refresher=uac\r\n",
        SDP,
    ));
    assert_eq!(bench.next().method_name(), Some("ACK"));
    bench.wait_ms(500);
    let offer = bench.next();
    assert_eq!(offer.method_name(), Some("INVITE"));
    bench.input(&respond(&offer, 200, "", "", SDP));
    assert!(matches!(bench.event(), Event::OfferAnswered { .. }));
    assert!(bench.events.is_empty());
}

#[test]
fn a_refresh_nobody_answers_ends_the_call() {
    let mut bench = Bench::new();
    let headers = "Supported: timer\r\nAllow: UPDATE\r\nSession-Expires: 120;refresher=uas\r\n";
    let _ = timed(&mut bench, headers);
    bench.wait_ms(120_000);
    assert!(matches!(
        bench.event(),
        Event::Ended {
            cause: EndCause::Lost | EndCause::SessionExpired,
            ..
        }
    ));
    assert!(bench.events.is_empty());
    bench.assert_empty();
}

#[test]
fn an_interval_below_the_minimum_is_refused() {
    let mut bench = Bench::new();
    bench.input(&request(
        "INVITE",
        "inv",
        1,
        "",
        "Supported: timer\r\nSession-Expires: 60\r\n",
        SDP,
    ));
    let refused = bench.sent.pop_back().unwrap().1;
    assert_eq!(
        (refused.code(), refused.header(Name::MinSe)),
        (Some(422), Some("90"))
    );
    assert!(bench.events.is_empty());
}

//! Conformance probes: single situations of RFC 3261 and its kin, message by message.

use crate::peer::*;
use sip::command::Command;
use sip::event::{EndCause, Event};
use sip::header::Name;
use sip::{Config, Transport};

#[test]
fn unacknowledged_answer_is_repeated_on_schedule_and_ends_in_bye_after_32_s() {
    let mut bench = Bench::new();
    bench.input(&invite());
    let call = bench.incoming().call;
    bench.sent.clear();
    let start = bench.now;
    bench.command(call, Command::Answer { sdp: sdp() });
    bench.wait_ms(31_999);
    assert_eq!(
        bench.times_since(start),
        [
            0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500
        ]
    );
    bench.wait_ms(1);
    assert_eq!(bench.next().method_name(), Some("BYE"));
    assert!(matches!(
        bench.event(),
        Event::Ended {
            cause: EndCause::NotAcknowledged,
            ..
        }
    ));
    bench.assert_empty();
}

#[test]
fn answers_are_repeated_over_reliable_transports_too() {
    let mut bench = Bench::with(Config::default(), Transport::Tcp);
    bench.input(&invite());
    let call = bench.incoming().call;
    bench.sent.clear();
    bench.command(call, Command::Answer { sdp: sdp() });
    bench.wait_ms(1500);
    assert_eq!(bench.codes(), [200, 200, 200]);
}

#[test]
fn refusal_is_repeated_up_to_t2_until_acknowledged() {
    let mut bench = Bench::new();
    bench.input(&invite());
    let call = bench.incoming().call;
    bench.sent.clear();
    let start = bench.now;
    bench.command(
        call,
        Command::Reject {
            code: 486,
            phrase: None,
            headers: vec![],
        },
    );
    bench.wait_ms(8000);
    let tag = to_tag(&bench.sent.front().unwrap().1);
    assert_eq!(bench.times_since(start), [0, 500, 1500, 3500, 7500]);
    bench.input(&request("ACK", "inv", 1, &tag, "", ""));
    bench.wait_ms(4000);
    bench.input(&invite());
    assert!(
        bench.sent.is_empty(),
        "the INVITE is absorbed after the ACK of a 486"
    );
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

#[test]
fn refusal_without_ack_is_given_up_after_32_s() {
    let mut bench = Bench::new();
    bench.input(&invite());
    let call = bench.incoming().call;
    bench.sent.clear();
    bench.command(
        call,
        Command::Reject {
            code: 603,
            phrase: None,
            headers: vec![],
        },
    );
    bench.wait_ms(120_000);
    assert_eq!(bench.codes().len(), 11);
    bench.assert_empty();
}

#[test]
fn repeated_invite_gets_the_last_provisional_response() {
    let mut bench = Bench::new();
    bench.input(&invite());
    let call = bench.incoming().call;
    bench.input(&invite());
    assert_eq!(bench.codes(), [100, 100]);
    bench.command(call, Command::Ring);
    bench.input(&invite());
    assert_eq!(bench.codes(), [180, 180]);
    assert!(bench.events.is_empty(), "no second call");
}

#[test]
fn ringing_is_repeated_each_minute_so_that_proxies_keep_waiting() {
    let mut bench = Bench::new();
    bench.input(&invite());
    let call = bench.incoming().call;
    bench.sent.clear();
    let start = bench.now;
    bench.command(call, Command::Ring);
    bench.wait_ms(130_000);
    assert_eq!(bench.times_since(start), [0, 60_000, 120_000]);
}

#[test]
fn a_caller_whose_connection_closes_while_it_rings_has_cancelled() {
    let mut bench = Bench::with(Config::default(), Transport::Ws);
    bench.input(&invite());
    bench.incoming();
    bench.core.flow_closed(bench.now, sip::FlowId(1));
    bench.collect();
    assert!(matches!(bench.event(), Event::Cancelled { .. }));
    bench.assert_empty();
}

#[test]
fn invite_repeated_after_the_ack_of_a_2xx_is_absorbed() {
    let mut bench = Bench::new();
    answered(&mut bench);
    bench.wait_ms(20_000);
    bench.input(&invite());
    assert!(bench.sent.is_empty());
    assert!(bench.events.is_empty());
    assert_eq!(bench.core.stats().calls, 1);
}

#[test]
fn cancel_right_behind_the_invite_cancels_even_before_the_verdict() {
    for open in [true, false] {
        let mut bench = Bench::new();
        bench.open = open;
        bench.input(&invite());
        bench.input(&request(
            "CANCEL",
            "inv",
            1,
            "",
            "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n",
            "",
        ));
        assert_eq!(bench.codes(), [100, 200, 487]);
        if open {
            bench.incoming();
            match bench.event() {
                Event::Cancelled { reason, .. } => assert_eq!(reason.unwrap().cause, Some(200)),
                other => panic!("{other:?}"),
            }
        }
        bench.assert_empty();
    }
}

#[test]
fn the_487_of_a_cancelled_call_is_repeated_until_acknowledged() {
    let mut bench = Bench::new();
    bench.input(&invite());
    bench.sent.clear();
    let start = bench.now;
    bench.input(&request("CANCEL", "inv", 1, "", "", ""));
    let ok = bench.next();
    assert_eq!(ok.code(), Some(200));
    assert_eq!(to_tag(&ok), to_tag(&bench.sent.front().unwrap().1));
    bench.wait_ms(4000);
    let tag = to_tag(&bench.sent.front().unwrap().1);
    assert_eq!(bench.times_since(start), [0, 500, 1500, 3500]);
    bench.input(&request("ACK", "inv", 1, &tag, "", ""));
    bench.wait_ms(10_000);
    assert!(bench.sent.is_empty());
    bench.assert_empty();
}

#[test]
fn cancel_after_the_answer_changes_nothing_and_cancel_of_nothing_is_481() {
    let mut bench = Bench::new();
    answered(&mut bench);
    bench.input(&request("CANCEL", "inv", 1, "", "", ""));
    bench.input(&request("CANCEL", "other", 1, "", "", ""));
    assert_eq!(bench.codes(), [200, 481]);
    assert!(bench.events.is_empty());
}

#[test]
fn bye_before_the_ack_is_accepted_and_ends_the_repetitions() {
    let mut bench = Bench::new();
    bench.input(&invite());
    let call = bench.incoming().call;
    bench.command(call, Command::Answer { sdp: sdp() });
    let tag = to_tag(&bench.sent.pop_back().unwrap().1);
    bench.sent.clear();
    bench.input(&request("BYE", "bye", 2, &tag, "", ""));
    bench.wait_ms(5000);
    assert_eq!(bench.codes(), [200]);
    assert!(matches!(
        bench.event(),
        Event::Ended {
            cause: EndCause::Remote(None),
            ..
        }
    ));
    bench.assert_empty();
}

#[test]
fn repeated_bye_gets_its_200_again_and_another_bye_481() {
    let mut bench = Bench::new();
    let (_, tag) = answered(&mut bench);
    for _ in 0..3 {
        bench.input(&request("BYE", "bye", 2, &tag, "", ""));
    }
    bench.input(&request("BYE", "bye2", 3, &tag, "", ""));
    assert_eq!(bench.codes(), [200, 200, 200, 481]);
    assert_eq!(bench.events.len(), 1);
}

#[test]
fn hanging_up_waits_for_the_ack_of_our_answer() {
    let mut bench = Bench::new();
    bench.input(&invite());
    let call = bench.incoming().call;
    bench.command(call, Command::Answer { sdp: sdp() });
    let tag = to_tag(&bench.sent.pop_back().unwrap().1);
    bench.sent.clear();
    bench.command(call, Command::Hangup { reason: None });
    assert!(bench.sent.is_empty());
    bench.input(&request("ACK", "ack", 1, &tag, "", ""));
    assert_eq!(bench.next().method_name(), Some("BYE"));
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

#[test]
fn methods_we_do_not_serve_are_answered() {
    let mut bench = Bench::new();
    let (_, tag) = answered(&mut bench);
    bench.input(&request("MESSAGE", "a", 2, "", "", ""));
    assert_eq!(
        bench
            .sent
            .front()
            .unwrap()
            .1
            .header(Name::Allow)
            .map(|allow| allow.contains("INVITE")),
        Some(true)
    );
    bench.input(&request("PUBLISH", "b", 3, &tag, "", ""));
    bench.input(&request("DANCE", "c", 2, "", "", ""));
    bench.input(&request("DANCE", "d", 2, &tag, "", ""));
    bench.input(&request("MESSAGE", "e", 4, &tag, "", ""));
    assert_eq!(bench.codes(), [405, 405, 501, 501, 405]);
}

#[test]
fn lower_cseq_in_a_dialog_is_answered_500_and_does_not_stop_a_bye() {
    let mut bench = Bench::new();
    let (_, tag) = answered(&mut bench);
    bench.input(&request("OPTIONS", "a", 200, &tag, "", ""));
    bench.input(&request("OPTIONS", "b", 150, &tag, "", ""));
    bench.input(&request("BYE", "c", 10_000, &tag, "", ""));
    assert_eq!(bench.codes(), [200, 500, 200]);
}

#[test]
fn requests_inside_a_dialog_are_served_and_strangers_get_481() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    bench.input(&request("OPTIONS", "a", 2, &tag, "", ""));
    bench.input(&request("INFO", "b", 3, &tag, "", ""));
    bench.input(&request("UPDATE", "c", 4, &tag, "", ""));
    bench.input(&request("NOTIFY", "d", 5, &tag, "Event: refer\r\n", ""));
    assert_eq!(bench.codes(), [200, 200, 200, 481]);
    bench.input(&request(
        "REFER",
        "e",
        6,
        &tag,
        "Refer-To: <sip:2003@fernhill.example?Subject=x>\r\n",
        "",
    ));
    match bench.event() {
        Event::Referred { refer_to, .. } => assert_eq!(refer_to.uri.user(), "2003"),
        other => panic!("{other:?}"),
    }
    bench.command(call, Command::AnswerRefer { code: 603 });
    for method in ["BYE", "INFO", "UPDATE", "OPTIONS", "INVITE", "REFER"] {
        bench.input(&request(method, "x", 9, "stranger", "", ""));
    }
    assert_eq!(bench.codes(), [603, 481, 481, 481, 481, 481, 481]);
}

#[test]
fn digits_by_info_are_reported_once() {
    let mut bench = Bench::new();
    let (_, tag) = answered(&mut bench);
    let text = request("INFO", "i", 2, &tag, "", "Signal=7\r\nDuration=250\r\n")
        .replace("application/sdp", "application/dtmf-relay");
    bench.input(&text);
    bench.input(&text);
    assert_eq!(bench.codes(), [200, 200]);
    assert!(matches!(
        bench.event(),
        Event::Dtmf {
            digit: '7',
            duration_ms: 250,
            ..
        }
    ));
    assert!(bench.events.is_empty());
    bench.input(&request("INFO", "j", 3, &tag, "", "x").replace("application/sdp", "text/plain"));
    assert_eq!(bench.codes(), [415]);
}

#[test]
fn an_unanswered_refer_is_answered_by_the_core_and_the_call_goes_on() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    bench.input(&request(
        "REFER",
        "e",
        6,
        &tag,
        "Refer-To: <sip:2003@h>\r\n",
        "",
    ));
    bench.wait_ms(32_000);
    assert_eq!(bench.codes(), [500]);
    assert!(
        bench
            .core
            .command(bench.now, call, Command::AnswerRefer { code: 202 })
            .is_err()
    );
    assert_eq!(bench.core.stats().calls, 1);
}

#[test]
fn checks_before_a_call_follow_the_rfc() {
    let mut bench = Bench::new();
    let plain = |extra: &str| request("INVITE", "n", 1, "", extra, SDP);
    bench.input(&plain("Require: teleport, 100rel\r\n"));
    let refused = bench.next();
    assert_eq!(
        (refused.code(), refused.header_named("Unsupported")),
        (Some(420), Some("teleport"))
    );
    bench.input(&plain("").replace("Max-Forwards: 70", "Max-Forwards: 0"));
    bench.input(&plain("").replace("sip:2000@192.0.2.1", "http://192.0.2.1"));
    bench.input(&plain("").replace("Contact: <sip:bob@192.0.2.9>\r\n", ""));
    bench.input(&plain("").replace(";tag=peer", ""));
    assert_eq!(bench.codes(), [483, 416, 400, 400]);
    assert!(bench.events.is_empty());
    bench.input(
        &request("OPTIONS", "o", 1, "", "", "").replace("Max-Forwards: 70", "Max-Forwards: 0"),
    );
    assert_eq!(bench.codes(), [200]);
    assert_eq!(
        bench.core.stats().server_transactions,
        0,
        "refusals cost nothing"
    );
}

#[test]
fn a_request_that_comes_by_two_paths_is_merged() {
    let mut bench = Bench::new();
    bench.input(&invite());
    bench.input(&request("INVITE", "other-path", 1, "", "", SDP));
    assert_eq!(bench.codes(), [100, 482]);
    bench.incoming();
    assert!(bench.events.is_empty());
}

#[test]
fn who_stops_takes_nothing_new_and_goes_on_with_what_is_there() {
    let mut bench = Bench::new();
    let (call, tag) = answered(&mut bench);
    bench.core.drain();
    for (method, cseq) in [("OPTIONS", 21), ("INVITE", 22), ("SUBSCRIBE", 23)] {
        let branch = format!("drain{method}");
        let event = "Event: dialog\r\n";
        bench.input(&request(method, &branch, cseq, "", event, ""));
        let refused = bench.next();
        assert_eq!(refused.code(), Some(503), "{method}");
        assert!(refused.header_named("Retry-After").is_some(), "{method}");
    }
    bench.input(&request("BYE", "bye", 9, &tag, "", ""));
    assert_eq!(bench.next().code(), Some(200));
    assert!(matches!(bench.event(), Event::Ended { call: ended, .. } if ended == call));
}

#[test]
fn overload_is_refused_before_anything_is_allocated_but_calls_can_be_ended() {
    let mut config = Config::default();
    config.limits.calls = 1;
    config.limits.transactions = 4;
    let mut bench = Bench::with(config, Transport::Udp);
    let (_, tag) = answered(&mut bench);
    bench.input(&request("INVITE", "second", 1, "", "", SDP).replace("one@peer", "two@peer"));
    let refused = bench.next();
    assert_eq!(refused.code(), Some(503));
    assert!(refused.number(Name::RetryAfter).is_some());
    assert!(
        bench
            .core
            .call(bench.now, outgoing(Transport::Udp))
            .is_err()
    );
    bench.input(&request("INFO", "i1", 2, &tag, "", ""));
    bench.input(&request("INFO", "i2", 3, &tag, "", ""));
    bench.input(&request("INFO", "i3", 4, &tag, "", ""));
    bench.input(&request("OPTIONS", "o", 1, "", "", ""));
    bench.input(&request("BYE", "bye", 5, &tag, "", ""));
    assert_eq!(bench.codes(), [200, 200, 200, 503, 200]);
}

#[test]
fn responses_go_where_the_via_says() {
    let mut bench = Bench::new();
    bench.flow.peer = "198.51.100.7:40000".parse().unwrap();
    let text = request("OPTIONS", "o", 1, "", "", "");
    bench.core.input(bench.now, bench.flow, text.clone().into());
    bench.core.input(
        bench.now,
        bench.flow,
        text.replace(";branch", ";rport;branch").into(),
    );
    let mut targets = Vec::new();
    for action in bench.core.actions() {
        if let sip::Action::Send { flow, bytes } = action {
            let via = sip::message::Message::parse(bytes).unwrap().via().unwrap();
            targets.push((flow.peer.to_string(), via.to_string()));
        }
    }
    assert_eq!(targets[0].0, "198.51.100.7:5060");
    assert!(targets[0].1.contains(";received=198.51.100.7"));
    assert_eq!(targets[1].0, "198.51.100.7:40000");
    assert!(
        targets[1].1.contains(";rport=40000") && targets[1].1.contains(";received=198.51.100.7")
    );
}

#[test]
fn a_phone_behind_nat_is_reached_on_the_flow_it_called_from() {
    let mut bench = Bench::new();
    bench.flow.peer = "198.51.100.7:40000".parse().unwrap();
    bench.input(
        &invite()
            .replace(";branch", ";rport;branch")
            .replace("sip:bob@192.0.2.9", "sip:bob@10.0.0.9"),
    );
    let call = bench.incoming().call;
    bench.command(call, Command::Answer { sdp: sdp() });
    let tag = to_tag(&bench.sent.pop_back().unwrap().1);
    bench.input(&request("ACK", "ack", 1, &tag, "", ""));
    bench
        .core
        .command(bench.now, call, Command::Hangup { reason: None })
        .unwrap();
    let peer = bench.core.actions().find_map(|action| match action {
        sip::Action::Send { flow, .. } => Some(flow.peer.to_string()),
        _ => None,
    });
    assert_eq!(peer.as_deref(), Some("198.51.100.7:40000"));
}

#[test]
fn a_stream_message_without_content_length_gets_400_and_the_stream_is_closed() {
    let mut bench = Bench::with(Config::default(), Transport::Tcp);
    bench.input(&request("OPTIONS", "o", 1, "", "", "").replace("Content-Length: 0\r\n", ""));
    assert_eq!(bench.codes(), [400]);
    assert_eq!(bench.closed, 1);
}

#[test]
fn keep_alives_are_answered_on_streams_only() {
    for (transport, pongs) in [(Transport::Tcp, 1), (Transport::Udp, 0)] {
        let mut bench = Bench::with(Config::default(), transport);
        bench.core.input(bench.now, bench.flow, "\r\n\r\n".into());
        bench.core.input(bench.now, bench.flow, "\r\n".into());
        assert_eq!(bench.core.actions().count(), pongs);
    }
}

//! Odd and broken messages, after the classes of RFC 4475: what can be understood is served,
//! what cannot is answered as long as it says where to.

use crate::peer::*;
use sip::Transport;
use sip::event::Event;

/// What a message gets, and whether it left something behind.
fn outcome(text: &[u8]) -> Vec<u16> {
    let mut bench = Bench::new();
    bench
        .core
        .input(bench.now, bench.flow, text.to_vec().into());
    bench.collect();
    bench.codes()
}

fn options(change: impl Fn(String) -> String) -> Vec<u16> {
    outcome(change(request("OPTIONS", "t", 1, "", "", "")).as_bytes())
}

#[test]
fn odd_but_sound_messages_are_served() {
    let spaced = "OPTIONS sip:2000@192.0.2.1;unknown=%20 SIP/2.0\r\n\
        TO :\r\n sip:2000@192.0.2.1 ;  tag-less = yes\r\n\
        fRoM : \"J Rosenberg \\\\\\\"\" <sip:j%20r@h.example> \r\n  ;\r\n  tag = 98\r\n\
        MaX-fOrWaRdS: 0068\r\n\
        i: odd.0ha0isndaksdj@10.0.0.1\r\n\
        cseq: 0009\r\n  OPTIONS\r\n\
        v:  SIP  / 2.0\r\n /UDP\r\n    192.0.2.2;branch=z9hG4bKodd;rport\r\n\
        s :\r\n\
        NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n\
        UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n\
        l:\r\n 0\r\n\r\n";
    assert_eq!(outcome(spaced.as_bytes()), [200]);
    assert_eq!(
        options(|text| text.replace("\r\n", "\n")),
        [200],
        "bare line feeds"
    );
    assert_eq!(
        options(|text| format!("\r\n\r\n{text}")),
        [200],
        "leading empty lines"
    );
    assert_eq!(
        options(|text| text.replace("<sip:bob@fernhill.example>", "\"<;>,\\\"\" <sip:bob@h>")),
        [200]
    );
    assert_eq!(options(|text| text + "trailing bytes"), [200]);
    assert_eq!(
        options(|text| text.replace("Contact: <sip:bob@192.0.2.9>", "Contact: <tel:+1>")),
        [200]
    );
    assert_eq!(
        options(|text| text.replace("sip:2000@192.0.2.1 ", "tel:+441614960120 ")),
        [200]
    );
    assert_eq!(
        options(|text| text.replace("Call-ID: one@peer", "Call-ID: !%*_+`'~)(><:\\/\"][?}{")),
        [200]
    );
    let long = "x".repeat(4000);
    assert_eq!(
        options(|text| text.replace("Contact:", &format!("X-Long: {long}\r\nContact:"))),
        [200]
    );
}

#[test]
fn broken_requests_get_400() {
    let cases: [(&str, &str); 14] = [
        ("CSeq: 1 OPTIONS", "CSeq: 36893488147419103232 OPTIONS"),
        ("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"),
        ("CSeq: 1 OPTIONS", "CSeq: one OPTIONS"),
        ("CSeq: 1 OPTIONS\r\n", ""),
        ("Call-ID: one@peer\r\n", ""),
        ("From: <sip:bob@fernhill.example>;tag=peer\r\n", ""),
        ("To: <sip:2000@fernhill.example>\r\n", ""),
        (
            "To: <sip:2000@fernhill.example>",
            "To: \"unclosed <sip:2000@fernhill.example>",
        ),
        ("Content-Length: 0", "Content-Length: -999"),
        ("Content-Length: 0", "Content-Length: 9999"),
        (
            "Content-Length: 0",
            "Content-Length: 0\r\nContent-Length: 5",
        ),
        (
            "Call-ID: one@peer",
            "Call-ID: one@peer\r\nCall-ID: two@peer",
        ),
        (
            "OPTIONS sip:2000@192.0.2.1 ",
            "OPTIONS <sip:2000@192.0.2.1> ",
        ),
        (
            "OPTIONS sip:2000@192.0.2.1 ",
            "OPTIONS sip:2000@192.0.2.1; lr ",
        ),
    ];
    for (from, to) in cases {
        assert_eq!(options(|text| text.replacen(from, to, 1)), [400], "{to}");
    }
}

#[test]
fn other_versions_get_505_and_other_schemes_416() {
    assert_eq!(
        options(|text| text.replacen(" SIP/2.0\r\n", " SIP/7.0\r\n", 1)),
        [505]
    );
    assert_eq!(
        options(|text| text.replace(
            "sip:2000@192.0.2.1 ",
            "nobodyKnowsThisScheme:totallyopaque "
        )),
        [416]
    );
}

#[test]
fn what_cannot_be_answered_is_dropped() {
    for text in [
        "",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "OPTIONS sip:x@y SIP/2.0\r\n\r\n",
        "OPTIONS sip:x@y SIP/2.0\r\nVia: nonsense\r\n\r\n",
        "SIP/2.0 200 OK\r\n\r\n",
        "SIP/2.0 4294967496 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCSeq: 1 INVITE\r\n\r\n",
        "SIP/2.0 99 Low\r\n\r\n",
        "\u{0}\u{1}\u{2}",
    ] {
        assert_eq!(outcome(text.as_bytes()), [0_u16; 0], "{text}");
    }
    let mut big = request("OPTIONS", "t", 1, "", "", "").into_bytes();
    big.resize(70_000, b'x');
    assert_eq!(outcome(&big), [0_u16; 0]);
    let many = "X: y\r\n".repeat(300);
    assert_eq!(
        options(|text| text.replace("Contact:", &format!("{many}Contact:"))),
        [0_u16; 0]
    );
}

#[test]
fn a_malformed_ack_is_never_answered() {
    let ack = request("ACK", "t", 1, "x", "", "").replace("CSeq: 1 ACK", "CSeq: nonsense");
    assert_eq!(outcome(ack.as_bytes()), [0_u16; 0]);
}

#[test]
fn a_response_with_another_branch_or_method_belongs_to_nothing() {
    let mut bench = Bench::new();
    bench
        .core
        .call(bench.now, outgoing(Transport::Udp))
        .unwrap();
    bench.collect();
    let invite = bench.next();
    let ok = respond(&invite, 200, "peer", "", SDP);
    bench.input(&ok.replace("branch=z9hG4bK", "branch=z9hG4bKx"));
    bench.input(&ok.replace("1 INVITE", "1 BYE"));
    bench.input(&ok.replace("1 INVITE", "x INVITE"));
    assert!(bench.events.is_empty());
    assert_eq!(bench.core.stats().dropped, 3);
    bench.input(&ok);
    assert!(matches!(bench.event(), Event::Answered { .. }));
}

#[test]
fn an_invite_in_odd_dress_is_a_call() {
    let mut bench = Bench::new();
    let text = format!(
        "INVITE sip:vivekg@chair-dnrc.example;unknownparam SIP/2.0\r\n\
         t: sip:2000@h;x=y\r\nf:\r\n \"J\" <sip:a@b>\r\n ;tag = 98\r\nMax-Forwards: 0068\r\ni: w\r\n\
         CSeq: 0009\r\n  INVITE\r\nVia: SIP/2.0/UDP\r\n 192.0.2.9;branch=390skdjuw\r\n\
         m:\"Q <,>\" <sip:j@192.0.2.9;x=%22>;  newparam =\r\n       newvalue ;\r\n  q = 0.33\r\n\
         Content-Type: application/sdp\r\nl: {}\r\n\r\n{SDP}",
        SDP.len()
    );
    bench.input(&text);
    let call = bench.incoming();
    assert_eq!(call.from.tag(), Some("98"));
    assert_eq!(call.sdp, Some(sdp()));
    // A branch without cookie: the transaction is found by the rules of RFC 2543.
    bench.input(&text);
    assert_eq!(bench.codes(), [100, 100]);
    assert!(bench.events.is_empty());
}

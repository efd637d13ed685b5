//! What phones publish of themselves.

use crate::peer::*;
use sip::action::Verdict;
use sip::event::Event;
use sip::header::Name;
use sip::message::Message;
use sip::presence::{Activity, Presence};
use sip::{Config, Transport};

const BOB: &str = "bob@fernhill.example";

fn pidf(basic: &str, more: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:me\">\
         <tuple id=\"a\"><status><basic>{basic}</basic></status></tuple>{more}</presence>"
    )
}

fn note(text: &str) -> String {
    pidf("open", &format!("<note>{text}</note>"))
}

/// A PUBLISH with these headers besides the usual ones, the body's among them.
fn publish(cseq: u32, headers: &str, body: &str) -> String {
    format!(
        "PUBLISH sip:{BOB} SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKp{cseq}\r\nMax-Forwards: 70\r\n\
         From: <sip:{BOB}>;tag=peer\r\nTo: <sip:{BOB}>\r\nCall-ID: pub@peer\r\n\
         CSeq: {cseq} PUBLISH\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

const PRESENCE: &str = "Event: presence\r\nContent-Type: application/pidf+xml\r\n";

/// Publishes, and says how that was answered.
fn answer(bench: &mut Bench, cseq: u32, headers: &str, body: &str) -> Message {
    bench.input(&publish(cseq, headers, body));
    bench.next()
}

/// The tag of a publication that was taken.
fn taken(bench: &mut Bench, cseq: u32, headers: &str, body: &str) -> String {
    let ok = answer(bench, cseq, headers, body);
    assert_eq!(ok.code(), Some(200), "{ok:?}");
    ok.header_named("SIP-ETag").unwrap().to_owned()
}

fn told(bench: &mut Bench) -> Option<Presence> {
    match bench.event() {
        Event::Published { aor, presence } => {
            assert_eq!(aor, BOB);
            presence
        }
        other => panic!("{other:?}"),
    }
}

fn noted(bench: &mut Bench) -> Option<String> {
    told(bench).and_then(|presence| presence.note)
}

fn matching(tag: &str, expires: u32) -> String {
    format!("{PRESENCE}SIP-If-Match: {tag}\r\nExpires: {expires}\r\n")
}

#[test]
fn what_a_phone_says_of_itself_is_taken_and_told() {
    let mut bench = Bench::new();
    let busy = "<dm:person xmlns:dm=\"d\" xmlns:r=\"r\" id=\"p\"><r:activities><r:busy/></r:activities>\
                <dm:note>In a meeting</dm:note></dm:person>";
    let headers = format!("{PRESENCE}Expires: 600\r\n");
    let ok = answer(&mut bench, 1, &headers, &pidf("closed", busy));
    assert_eq!(
        (ok.code(), ok.header(Name::Expires)),
        (Some(200), Some("600"))
    );
    assert!(ok.header_named("SIP-ETag").is_some());
    let presence = told(&mut bench).unwrap();
    assert!(!presence.open);
    assert_eq!(presence.activities, [Activity::BUSY].into());
    assert_eq!(presence.note.as_deref(), Some("In a meeting"));
    assert_eq!(bench.core.stats().publications, 1);
}

#[test]
fn refresh_prolongs_it_under_a_new_tag_and_says_nothing_new() {
    let mut bench = Bench::new();
    let headers = format!("{PRESENCE}Expires: 600\r\n");
    let first = taken(&mut bench, 1, &headers, &note("here"));
    assert_eq!(noted(&mut bench).as_deref(), Some("here"));
    bench.wait_ms(599_000);
    let refresh = format!("Event: presence\r\nSIP-If-Match: {first}\r\nExpires: 600\r\n");
    let second = taken(&mut bench, 2, &refresh, "");
    assert_ne!(first, second);
    assert!(bench.events.is_empty());
    // The old tag names nothing any more.
    let late = answer(&mut bench, 3, &matching(&first, 600), &note("late"));
    assert_eq!(late.code(), Some(412));
    bench.wait_ms(599_999);
    assert!(bench.events.is_empty());
    bench.wait_ms(1);
    assert_eq!(told(&mut bench), None);
    let over = answer(&mut bench, 4, &matching(&second, 600), &note("over"));
    assert_eq!(over.code(), Some(412));
    assert_eq!(bench.core.stats().publications, 0);
}

#[test]
fn it_is_modified_and_withdrawn_by_its_tag() {
    let mut bench = Bench::new();
    let tag = taken(&mut bench, 1, PRESENCE, &note("one"));
    assert_eq!(noted(&mut bench).as_deref(), Some("one"));
    let tag = taken(&mut bench, 2, &matching(&tag, 600), &note("two"));
    assert_eq!(noted(&mut bench).as_deref(), Some("two"));
    // The same once more is no news.
    let tag = taken(&mut bench, 3, &matching(&tag, 600), &note("two"));
    assert!(bench.events.is_empty());
    let ok = answer(&mut bench, 4, &matching(&tag, 0), "");
    assert_eq!(
        (ok.code(), ok.header(Name::Expires)),
        (Some(200), Some("0"))
    );
    assert_eq!(told(&mut bench), None);
    assert_eq!(bench.core.stats().publications, 0);
    assert_eq!(bench.core.next_timeout().map(|_| ()), Some(()));
    bench.assert_empty();
    assert_eq!(bench.core.next_timeout(), None);
}

#[test]
fn restarted_phone_that_forgot_its_tag_says_the_last_word() {
    let mut bench = Bench::new();
    let headers = |expires| format!("{PRESENCE}Expires: {expires}\r\n");
    taken(&mut bench, 1, &headers(300), &note("before"));
    let new = taken(&mut bench, 2, &headers(600), &note("after"));
    assert_eq!(noted(&mut bench).as_deref(), Some("before"));
    assert_eq!(noted(&mut bench).as_deref(), Some("after"));
    // What it said before the restart runs out unseen.
    bench.wait_ms(300_000);
    assert!(bench.events.is_empty());
    taken(&mut bench, 3, &matching(&new, 0), "");
    assert_eq!(told(&mut bench), None);
}

#[test]
fn phone_cannot_fill_the_exchange_with_publications() {
    let mut bench = Bench::new();
    let first = taken(&mut bench, 1, PRESENCE, &note("1"));
    let second = taken(&mut bench, 2, PRESENCE, &note("2"));
    for cseq in 3..=5 {
        taken(&mut bench, cseq, PRESENCE, &note(&cseq.to_string()));
    }
    assert_eq!(bench.core.stats().publications, 1);
    let gone = answer(&mut bench, 6, &matching(&first, 600), "");
    assert_eq!(gone.code(), Some(412));
    taken(&mut bench, 7, &matching(&second, 0), "");
    let long = note(&"x".repeat(20_000));
    assert_eq!(
        answer(&mut bench, 8, PRESENCE, &long).code(),
        Some(413),
        "a long document"
    );
}

#[test]
fn no_more_phones_publish_than_there_is_room_for() {
    let mut config = Config::default();
    config.limits.publications = 1;
    let mut bench = Bench::with(config, Transport::Udp);
    taken(&mut bench, 1, PRESENCE, &note("bob"));
    let alice = publish(2, PRESENCE, &note("alice")).replace("bob@", "alice@");
    bench.input(&alice);
    let full = bench.next();
    assert_eq!(full.code(), Some(503));
    assert!(full.header(Name::RetryAfter).is_some());
    taken(&mut bench, 3, PRESENCE, &note("bob again"));
}

#[test]
fn what_cannot_be_published_is_refused_and_changes_nothing() {
    let mut bench = Bench::new();
    let event = "Event: presence\r\n";
    let pidf_xml = "Content-Type: application/pidf+xml\r\n";
    let cases = [
        (489, pidf_xml.to_owned(), note("no event")),
        (489, format!("Event: dialog\r\n{pidf_xml}"), note("dialog")),
        (489, format!("Event: weather\r\n{pidf_xml}"), note("?")),
        (412, matching("unheard-of", 600), note("x")),
        (
            400,
            format!("{PRESENCE}SIP-If-Match: a\r\nSIP-If-Match: b\r\n"),
            note("x"),
        ),
        (423, format!("{PRESENCE}Expires: 5\r\n"), note("brief")),
        (
            415,
            format!("{event}Content-Type: application/json\r\n"),
            "{}".into(),
        ),
        (415, event.to_owned(), note("no type")),
        (
            415,
            format!("{PRESENCE}Content-Encoding: gzip\r\n"),
            note("x"),
        ),
        (400, event.to_owned(), String::new()),
        (400, PRESENCE.to_owned(), "<html></html>".into()),
        (400, PRESENCE.to_owned(), "<presence>".into()),
    ];
    for (cseq, (code, headers, body)) in (1..).zip(cases) {
        let refused = answer(&mut bench, cseq, &headers, &body);
        assert_eq!(refused.code(), Some(code), "{headers} {body}");
        match code {
            489 => assert_eq!(refused.header_named("Allow-Events"), Some("presence")),
            423 => assert_eq!(refused.header(Name::MinExpires), Some("60")),
            415 => assert_eq!(refused.header(Name::Accept), Some("application/pidf+xml")),
            _ => {}
        }
    }
    assert!(bench.events.is_empty());
    assert_eq!(bench.core.stats().publications, 0);
}

#[test]
fn publishing_needs_a_verdict_and_a_revoked_phone_loses_what_it_said() {
    let mut bench = Bench::new();
    bench.open = false;
    bench.input(&publish(1, PRESENCE, &note("x")));
    assert!(bench.sent.is_empty() && bench.events.is_empty());
    let ask = bench.asked.pop_front().unwrap();
    assert_eq!(ask.method, sip::Method::Publish);
    let realm = "fernhill.example".to_owned();
    bench
        .core
        .authorize(bench.now, ask.id, Verdict::Challenge { realm });
    bench.collect();
    let challenge = bench.next();
    assert_eq!(challenge.code(), Some(401));
    assert!(challenge.header(Name::WwwAuthenticate).is_some());
    assert_eq!(bench.core.stats().publications, 0);
    bench.open = true;
    taken(&mut bench, 2, PRESENCE, &note("x"));
    assert!(told(&mut bench).is_some());
    bench.core.revoke(bench.now, &[BOB.to_owned()].into());
    bench.collect();
    assert_eq!(told(&mut bench), None);
}

#[test]
fn repeated_publish_is_answered_as_before() {
    let mut bench = Bench::new();
    let tag = taken(&mut bench, 1, PRESENCE, &note("x"));
    assert_eq!(taken(&mut bench, 1, PRESENCE, &note("x")), tag);
}

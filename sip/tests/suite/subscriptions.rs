//! Watching: busy lamps and waiting messages.

use crate::peer::*;
use sip::event::Event;
use sip::header::{Name, SubscriptionState};
use sip::message::Message;
use sip::subscribe::{DialogPhase, DialogState, MessageCount, Package, State};

const RESOURCE: &str = "2000@fernhill.example";

fn subscribe(branch: &str, cseq: u32, tag: &str, event: &str, expires: u32) -> String {
    let extra = format!("Event: {event}\r\nExpires: {expires}\r\n");
    request("SUBSCRIBE", branch, cseq, tag, &extra, "")
}

fn state_of(notify: &Message) -> SubscriptionState {
    SubscriptionState::parse(notify.header(Name::SubscriptionState).unwrap()).unwrap()
}

fn body(notify: &Message) -> String {
    String::from_utf8(notify.body().to_vec()).unwrap()
}

fn ringing() -> State {
    State::Dialogs(vec![DialogState {
        id: "1".into(),
        initiator: false,
        phase: DialogPhase::Early,
        remote: None,
    }])
}

/// Subscribes and confirms the first NOTIFY. Returns our tag.
fn watching(bench: &mut Bench, event: &str) -> (String, Message) {
    bench.input(&subscribe("s1", 1, "", event, 600));
    let ok = bench.next();
    assert_eq!(
        (ok.code(), ok.header(Name::Expires)),
        (Some(200), Some("600"))
    );
    let notify = bench.next();
    assert_eq!(notify.method_name(), Some("NOTIFY"));
    bench.input(&respond(&notify, 200, "", "", ""));
    (to_tag(&ok), notify)
}

#[test]
fn a_watcher_is_told_the_state_at_once_and_every_change() {
    let mut bench = Bench::new();
    let (_, first) = watching(&mut bench, "dialog;id=7");
    assert_eq!(first.header(Name::Event), Some("dialog;id=7"));
    assert_eq!(
        first.header(Name::ContentType),
        Some("application/dialog-info+xml")
    );
    assert_eq!(
        (state_of(&first).state.as_str(), state_of(&first).expires_s),
        ("active", Some(600))
    );
    assert!(body(&first).contains("version=\"0\"") && !body(&first).contains("<dialog "));
    match bench.event() {
        Event::Subscribed {
            package,
            resource,
            watcher,
            ..
        } => {
            assert_eq!((package, resource.as_str()), (Package::Dialog, RESOURCE));
            assert_eq!(watcher, "bob@fernhill.example");
        }
        other => panic!("{other:?}"),
    }
    bench.wait_ms(1000);
    bench.core.publish(bench.now, RESOURCE, ringing());
    bench.core.publish(bench.now, RESOURCE, ringing());
    bench
        .core
        .publish(bench.now, "2001@fernhill.example", ringing());
    bench.collect();
    let second = bench.next();
    assert!(
        body(&second).contains("version=\"1\"") && body(&second).contains("<state>early</state>")
    );
    assert!(bench.sent.is_empty());
    assert_eq!(
        second.cseq().unwrap().number,
        first.cseq().unwrap().number + 1
    );
}

#[test]
fn a_watcher_that_is_revoked_is_told_so_and_nothing_more() {
    let mut bench = Bench::new();
    watching(&mut bench, "dialog");
    let me = ["bob@fernhill.example".to_owned()].into();
    bench.core.revoke(bench.now, &me);
    bench.core.revoke(bench.now, &me);
    bench.collect();
    let last = bench.next();
    let standing = state_of(&last);
    assert_eq!(
        (standing.state.as_str(), standing.reason.as_deref()),
        ("terminated", Some("deactivated"))
    );
    bench.core.publish(bench.now, RESOURCE, ringing());
    bench.input(&respond(&last, 200, "", "", ""));
    bench.wait_ms(60_000);
    assert!(bench.sent.is_empty());
    assert_eq!(bench.core.stats().subscriptions, 0);
}

#[test]
fn quick_changes_are_told_together_and_one_notify_is_under_way_at_a_time() {
    let mut bench = Bench::new();
    watching(&mut bench, "message-summary");
    bench.wait_ms(1000);
    let count = |new| {
        State::Messages(MessageCount {
            new,
            ..MessageCount::default()
        })
    };
    bench.core.publish(bench.now, RESOURCE, count(1));
    bench.collect();
    let first = bench.next();
    bench.core.publish(bench.now, RESOURCE, count(2));
    bench.core.publish(bench.now, RESOURCE, count(3));
    bench.collect();
    assert!(bench.sent.is_empty());
    bench.input(&respond(&first, 200, "", "", ""));
    assert!(
        bench.sent.is_empty(),
        "not sooner than 200 ms after the last"
    );
    bench.wait_ms(200);
    let second = bench.next();
    assert!(body(&second).contains("Voice-Message: 3/0"));
    assert!(bench.sent.is_empty());
}

#[test]
fn a_refresh_extends_it_and_time_ends_it() {
    let mut bench = Bench::new();
    let (tag, _) = watching(&mut bench, "dialog");
    bench.events.clear();
    bench.wait_ms(500_000);
    bench.input(&subscribe("s2", 2, &tag, "dialog", 600));
    assert_eq!(bench.next().code(), Some(200));
    let notify = bench.next();
    bench.input(&respond(&notify, 200, "", "", ""));
    bench.wait_ms(599_999);
    assert!(bench.sent.is_empty());
    bench.wait_ms(1);
    let last = bench.next();
    assert_eq!(state_of(&last).state, "terminated");
    assert_eq!(state_of(&last).reason.as_deref(), Some("timeout"));
    bench.input(&respond(&last, 200, "", "", ""));
    assert!(matches!(bench.event(), Event::Unsubscribed { .. }));
    assert_eq!(bench.core.stats().subscriptions, 0);
    bench.assert_empty();
}

#[test]
fn expires_0_ends_it_with_a_last_notify() {
    let mut bench = Bench::new();
    let (tag, _) = watching(&mut bench, "dialog");
    bench.events.clear();
    bench.input(&subscribe("s2", 2, &tag, "dialog", 0));
    assert_eq!(bench.next().code(), Some(200));
    let last = bench.next();
    assert_eq!(state_of(&last).state, "terminated");
    bench.input(&subscribe("s3", 3, &tag, "dialog", 600));
    assert_eq!(bench.codes(), [481]);
    bench.input(&respond(&last, 200, "", "", ""));
    assert!(matches!(bench.event(), Event::Unsubscribed { .. }));
    bench.assert_empty();
}

#[test]
fn a_fetch_gets_one_notify() {
    let mut bench = Bench::new();
    bench.core.publish(bench.now, RESOURCE, ringing());
    bench.input(&subscribe("s1", 1, "", "dialog", 0));
    assert_eq!(bench.next().code(), Some(200));
    let only = bench.next();
    assert_eq!(state_of(&only).state, "terminated");
    assert!(body(&only).contains("early"));
    bench.input(&respond(&only, 200, "", "", ""));
    assert_eq!(bench.core.stats().subscriptions, 0);
}

#[test]
fn a_watcher_that_forgot_or_fell_silent_is_dropped() {
    for silent in [false, true] {
        let mut bench = Bench::new();
        watching(&mut bench, "dialog");
        bench.events.clear();
        bench.wait_ms(1000);
        bench.core.publish(bench.now, RESOURCE, ringing());
        bench.collect();
        let notify = bench.next();
        if silent {
            bench.wait_ms(32_000);
        } else {
            bench.input(&respond(&notify, 481, "", "", ""));
        }
        assert!(matches!(bench.event(), Event::Unsubscribed { .. }));
        bench.sent.clear();
        bench
            .core
            .publish(bench.now, RESOURCE, State::Dialogs(vec![]));
        bench.collect();
        assert!(bench.sent.is_empty());
        bench.assert_empty();
    }
}

#[test]
fn unknown_packages_and_short_intervals_are_refused() {
    let mut bench = Bench::new();
    bench.input(&subscribe("s1", 1, "", "weather", 600));
    let refused = bench.next();
    assert_eq!(refused.code(), Some(489));
    assert!(refused.header_named("Allow-Events").is_some());
    bench.input(&subscribe("s2", 2, "", "dialog", 5));
    let refused = bench.next();
    assert_eq!(
        (refused.code(), refused.header(Name::MinExpires)),
        (Some(423), Some("60"))
    );
    assert_eq!(bench.core.stats().subscriptions, 0);
}

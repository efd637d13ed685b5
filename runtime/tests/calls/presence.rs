//! Who is there, and what phones publish of themselves.

use crate::exchange::{Exchange, ring};
use crate::phone::Phone;
use runtime::Report;
use serde_json::json;

const OPEN: &str = "<basic>open</basic>";
const CLOSED: &str = "<basic>closed</basic>";

fn pidf(basic: &str, more: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
         xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" \
         xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"pres:me\">\
         <tuple id=\"a\"><status><basic>{basic}</basic></status></tuple>{more}</presence>"
    )
}

fn note(text: &str) -> String {
    pidf(
        "open",
        &format!("<dm:person id=\"p\"><dm:note>{text}</dm:note></dm:person>"),
    )
}

/// Publishes about an address; the code and the tag of what was taken.
async fn publish(
    phone: &Phone,
    about: &str,
    extra: &[(&str, &str)],
    document: Option<String>,
) -> (u16, String) {
    let mut headers = vec![("Event", "presence")];
    headers.extend(extra);
    let body = document.map(|document| ("application/pidf+xml", document));
    let (code, response) = phone.ask("PUBLISH", about, &headers, body).await;
    let tag = response.header_named("SIP-ETag").unwrap_or("");
    (code, tag.to_owned())
}

async fn watcher(exchange: &Exchange, resource: &str) -> Phone {
    let watcher = exchange.registered("2003").await;
    watcher
        .subscribe(&format!("{resource}@fernhill.example"), "presence")
        .await;
    watcher
}

#[tokio::test]
async fn extension_is_open_while_its_phone_is_registered() {
    let mut exchange = Exchange::new().await;
    exchange.publish().await;
    let mut watcher = watcher(&exchange, "2001").await;
    watcher.notified("presence", CLOSED).await;
    let phone = exchange.registered("2001").await;
    let open = watcher.notified("presence", OPEN).await;
    assert!(
        open.contains("entity=\"pres:2001@fernhill.example\"") && !open.contains("<note>"),
        "{open}"
    );
    let me = phone.address();
    assert_eq!(
        phone.request("REGISTER", &me, &[("Expires", "0")]).await,
        200
    );
    watcher.notified("presence", CLOSED).await;
}

#[tokio::test]
async fn watcher_sees_who_is_on_the_phone_until_they_hang_up() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let mut watcher = watcher(&exchange, "2002").await;
    let idle = watcher.notified("presence", OPEN).await;
    assert!(!idle.contains("on-the-phone"), "{idle}");
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    let rings = watcher.notified("presence", "<note>Ringing</note>").await;
    assert!(!rings.contains("on-the-phone"), "{rings}");
    callee.answer(incoming.call).await;
    let talks = watcher.notified("presence", "<rpid:on-the-phone/>").await;
    assert!(
        talks.contains(OPEN) && talks.contains("<note>On the phone</note>"),
        "{talks}"
    );
    caller.answered().await;
    caller.hang_up(call).await;
    let idle = watcher.notified("presence", "</tuple>\n</presence>").await;
    assert!(idle.contains(OPEN), "{idle}");
}

#[tokio::test]
async fn watcher_sees_who_does_not_want_to_be_disturbed() {
    let mut exchange = Exchange::new().await;
    for (code, action) in [("*78", "activate"), ("*79", "deactivate")] {
        let flow = json!({
            "module": "do_not_disturb", "data": {"action": action},
            "children": {"_": {"module": "response", "data": {"code": 480}, "children": {}}},
        });
        exchange.flow(code, flow).await;
    }
    let mut owner = exchange.registered("2001").await;
    let mut watcher = watcher(&exchange, "2001").await;
    watcher.notified("presence", OPEN).await;
    for (code, seen) in [
        (
            "*78",
            "<rpid:busy/></rpid:activities><dm:note>Do not disturb<",
        ),
        ("*79", "</tuple>\n</presence>"),
    ] {
        owner.call(code).await;
        let done = exchange
            .report("a switch", |report| match report {
                Report::Live { done, .. } => Some(done),
                _ => None,
            })
            .await;
        done.done();
        assert_eq!(owner.failed().await, 480);
        watcher.notified("presence", seen).await;
    }
}

#[tokio::test]
async fn what_a_phone_publishes_is_seen_by_those_who_watch_its_owner_until_it_is_withdrawn() {
    let mut exchange = Exchange::new().await;
    exchange.publish().await;
    let phone = exchange.registered("2001").await;
    let mut watcher = watcher(&exchange, "2001").await;
    watcher.notified("presence", OPEN).await;
    let me = phone.address();
    let lunch = "<dm:person id=\"p\"><rpid:activities><rpid:lunch/></rpid:activities>\
                 <dm:note>Back at two &amp; a bit</dm:note></dm:person>";
    let (code, tag) = publish(&phone, &me, &[], Some(pidf("open", lunch))).await;
    assert_eq!(code, 200);
    let seen = watcher.notified("presence", "<rpid:lunch/>").await;
    assert!(
        seen.contains("Back at two &amp; a bit") && seen.contains(OPEN),
        "{seen}"
    );
    // It keeps the note and is closed, though it is registered.
    let closed = pidf("closed", "<note>Gone home</note>");
    let changed = [("SIP-If-Match", tag.as_str())];
    let (code, tag) = publish(&phone, &me, &changed, Some(closed)).await;
    assert_eq!(code, 200);
    let seen = watcher.notified("presence", "Gone home").await;
    assert!(seen.contains(CLOSED), "{seen}");
    let withdrawn = [("SIP-If-Match", tag.as_str()), ("Expires", "0")];
    assert_eq!(publish(&phone, &me, &withdrawn, None).await.0, 200);
    let seen = watcher.notified("presence", OPEN).await;
    assert!(!seen.contains("note"), "{seen}");
    let again = publish(&phone, &me, &withdrawn, None).await;
    assert_eq!(again.0, 412);
}

#[tokio::test]
async fn phone_may_publish_about_its_owner_and_nobody_else() {
    let mut exchange = Exchange::new().await;
    exchange.publish().await;
    exchange.publish_carrier().await;
    let phone = exchange.registered("2001").await;
    let colleague = exchange.registered("2002").await;
    let mut watcher = watcher(&exchange, "2002").await;
    watcher.notified("presence", OPEN).await;
    let by_address = format!("sip:desk2001@{}", exchange.udp());
    for (about, code) in [
        ("sip:2002@fernhill.example", 403),
        ("sip:desk2002@fernhill.example", 403),
        ("sip:2001@harbourvoice.example", 403),
        ("sip:desk2001@harbourvoice.example", 403),
        ("sip:2001@fernhill.example", 200),
        (&by_address, 200),
    ] {
        let done = publish(&phone, about, &[], Some(note("by 2001"))).await;
        assert_eq!(done.0, code, "{about}");
    }
    let done = publish(&colleague, &colleague.address(), &[], Some(note("by me"))).await;
    assert_eq!(done.0, 200);
    let first = watcher.notified("presence", "<note>").await;
    assert!(first.contains("by me"), "{first}");
}

#[tokio::test]
async fn wrong_password_publishes_nothing() {
    let mut exchange = Exchange::new().await;
    exchange.publish().await;
    let stranger = exchange.phone("2001").await.with_password("wrong");
    let me = stranger.address();
    let done = publish(&stranger, &me, &[], Some(note("haha"))).await;
    assert_eq!(done, (401, String::new()));
    let stats = exchange.handle.signalling().await;
    assert_eq!(stats.core.publications, 0);
}

#[tokio::test]
async fn device_that_is_removed_is_closed_and_what_it_said_is_forgotten() {
    let mut exchange = Exchange::new().await;
    exchange.publish().await;
    let phone = exchange.registered("2001").await;
    let mut watcher = watcher(&exchange, "2001").await;
    let me = phone.address();
    assert_eq!(publish(&phone, &me, &[], Some(note("here"))).await.0, 200);
    watcher.notified("presence", "here").await;
    exchange.devices.remove(0);
    exchange.publish().await;
    let closed = watcher.notified("presence", CLOSED).await;
    assert!(!closed.contains("here"), "{closed}");
    let stats = exchange.handle.signalling().await;
    assert_eq!(stats.core.publications, 0);
}

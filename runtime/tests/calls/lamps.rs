use crate::exchange::{Exchange, ring};
use callflow::command::PresenceState;
use runtime::Report;
use serde_json::json;

#[tokio::test]
async fn lamp_follows_a_call_from_ringing_to_its_end() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    let mut watcher = exchange.registered("2003").await;
    watcher.subscribe("2002@fernhill.example", "dialog").await;
    let idle = watcher.notified("dialog", "<dialog-info").await;
    assert!(!idle.contains("<state>"), "{idle}");
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    let early = watcher.notified("dialog", "<state>early</state>").await;
    assert!(
        early.contains("recipient") && early.contains("sip:2001@fernhill.example"),
        "{early}"
    );
    callee.answer(incoming.call).await;
    watcher.notified("dialog", "<state>confirmed</state>").await;
    caller.answered().await;
    caller.hang_up(call).await;
    let over = watcher.notified("dialog", "</dialog-info>").await;
    assert!(!over.contains("<state>"), "{over}");
}

#[tokio::test]
async fn lamp_of_the_calling_phone_is_lit_too() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    let mut watcher = exchange.registered("2003").await;
    watcher.subscribe("2001@fernhill.example", "dialog").await;
    let caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    watcher
        .notified("dialog", "<state>proceeding</state>")
        .await;
    callee.answer(incoming.call).await;
    let talking = watcher.notified("dialog", "<state>confirmed</state>").await;
    assert!(talking.contains("initiator"), "{talking}");
    caller.hang_up(call).await;
    callee.ended().await;
}

#[tokio::test]
async fn lamp_set_by_a_callflow_is_stored_shown_and_answers_later_watchers() {
    let mut exchange = Exchange::new().await;
    exchange.presence = vec![("night@fernhill.example".to_owned(), PresenceState::Ringing)];
    exchange
        .flow(
            "8001",
            json!({
                "module": "manual_presence", "data": {"presence_id": "day", "status": "busy"},
                "children": {"_": {"module": "response", "data": {"code": 480}, "children": {}}},
            }),
        )
        .await;
    let mut watcher = exchange.registered("2003").await;
    watcher.subscribe("night@fernhill.example", "dialog").await;
    watcher.notified("dialog", "<state>early</state>").await;
    watcher.subscribe("day@fernhill.example", "dialog").await;
    let caller = exchange.registered("2001").await;
    caller.call("8001").await;
    let (id, state) = exchange
        .report("a lamp", |report| match report {
            Report::Presence {
                id, state, done, ..
            } => {
                done.done();
                Some((id, state))
            }
            _ => None,
        })
        .await;
    assert_eq!(
        (id.as_str(), state),
        ("day@fernhill.example", PresenceState::Busy)
    );
    watcher.notified("dialog", "<state>confirmed</state>").await;
    exchange.record().await;
    let mut later = exchange.registered("2002").await;
    later.subscribe("day@fernhill.example", "dialog").await;
    later.notified("dialog", "<state>confirmed</state>").await;
}

#[tokio::test]
async fn lamps_of_another_account_cannot_be_watched() {
    let mut exchange = Exchange::new().await;
    exchange.publish().await;
    exchange.publish_carrier().await;
    let phone = exchange.registered("2001").await;
    let extra = [("Event", "dialog"), ("Expires", "600")];
    let other = "sip:2001@harbourvoice.example";
    assert_eq!(phone.request("SUBSCRIBE", other, &extra).await, 404);
}

#[tokio::test]
async fn phone_that_knows_only_the_exchanges_address_may_watch_too() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    let mut watcher = exchange.registered("2003").await;
    let by_address = format!("2002@{}", exchange.udp());
    watcher.subscribe(&by_address, "dialog").await;
    let caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2002").await;
    callee.incoming().await;
    watcher.notified("dialog", "<state>early</state>").await;
    caller.hang_up(call).await;
    callee.cancelled().await;
}

#[tokio::test]
async fn lamp_of_another_realm_is_not_set() {
    let mut exchange = Exchange::new().await;
    exchange
        .flow(
            "8001",
            json!({
                "module": "manual_presence", "data": {"presence_id": "day@other.example", "status": "busy"},
                "children": {"_": {"module": "response", "data": {"code": 480}, "children": {}}},
            }),
        )
        .await;
    let mut caller = exchange.registered("2001").await;
    caller.call("8001").await;
    assert_eq!(caller.failed().await, 480);
    let record = exchange
        .report(
            "the end of the call, and no lamp before it",
            |report| match report {
                Report::CallEnded(record) => Some(record),
                Report::Presence { id, .. } => panic!("{id} is set"),
                _ => None,
            },
        )
        .await;
    let mut trace = record.trace.iter().map(|entry| entry.step.text());
    assert!(trace.any(|text| text.contains("not of this account's realm")));
}

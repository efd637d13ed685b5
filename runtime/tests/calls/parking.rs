use crate::exchange::{Exchange, REALM, medium, nothing_is_left};
use crate::phone::{Phone, Seen};
use callflow::ResourceKind;
use serde_json::{Value, json};
use sip::event::CallId;

const A: u8 = 0x2a;
const C: u8 = 0x44;

fn park(data: &Value) -> Value {
    json!({"module": "park", "data": data, "children": {}})
}

/// *4 parks the caller in the lowest free slot, 4101 in slot 101, and 5101 fetches from there.
async fn exchange() -> Exchange {
    let mut exchange = Exchange::with(|config| config.media_workers = 2).await;
    let direct = json!({"action": "direct_park"});
    exchange.flow("*4", park(&direct)).await;
    let direct = json!({"action": "direct_park", "slot": "101"});
    exchange.flow("4101", park(&direct)).await;
    for slot in ["101", "102"] {
        let fetch = json!({"action": "retrieve", "slot": slot});
        exchange.flow(&format!("5{slot}"), park(&fetch)).await;
    }
    exchange
}

/// A caller in slot 101, whose lamp says so.
async fn parked(exchange: &Exchange, watcher: &mut Phone) -> (Phone, CallId) {
    let mut caller = exchange.registered("2001").await;
    caller.rtp.speak(A);
    let call = caller.call("*4").await;
    caller.answered().await;
    lit(watcher, "101").await;
    (caller, call)
}

/// Waits until the lamp of a slot says that somebody is parked there.
pub async fn lit(watcher: &mut Phone, slot: &str) {
    let entity = format!("entity=\"sip:*3{slot}@");
    let lit = |seen: &Seen| match seen {
        Seen::Notify { body, .. } => {
            (body.contains(&entity) && body.contains("<state>early</state>")).then_some(())
        }
        _ => None,
    };
    watcher.expect("a lamp that is lit", lit).await;
}

async fn watcher(exchange: &Exchange) -> Phone {
    let mut watcher = exchange.registered("2004").await;
    watcher.subscribe(&format!("*3101@{REALM}"), "dialog").await;
    watcher.notified("dialog", "entity").await;
    watcher
}

/// Waits until the lamp of slot 101 is dark.
async fn dark(watcher: &mut Phone) {
    let dark = |seen: &Seen| match seen {
        Seen::Notify { body, .. } => (!body.contains("<state>")).then_some(()),
        _ => None,
    };
    watcher.expect("a dark lamp", dark).await;
}

#[tokio::test]
async fn parked_caller_hears_music_until_somebody_fetches_the_call() {
    for caller_hangs_up in [true, false] {
        let mut exchange = exchange().await;
        with_music(&mut exchange).await;
        let mut watcher = watcher(&exchange).await;
        let (mut caller, call) = parked(&exchange, &mut watcher).await;
        caller.rtp.hears_something().await;
        let mut fetcher = exchange.registered("2003").await;
        fetcher.rtp.speak(C);
        let own = fetcher.call("5101").await;
        fetcher.answered().await;
        dark(&mut watcher).await;
        caller.rtp.hears(C, 10).await;
        fetcher.rtp.hears(A, 10).await;
        if caller_hangs_up {
            caller.hang_up(call).await;
            fetcher.ended().await;
        } else {
            fetcher.hang_up(own).await;
            caller.ended().await;
        }
        for record in [exchange.record().await, exchange.record().await] {
            assert_eq!(record.cause, "NORMAL_CLEARING");
            assert_eq!(record.legs.len(), 2);
            assert!(record.legs.iter().all(|leg| leg.answered_at.is_some()));
        }
        nothing_is_left(&exchange).await;
    }
}

/// The account has music on hold.
async fn with_music(exchange: &mut Exchange) {
    medium(exchange, "music", 5_000);
    let settings = json!({"music_on_hold": {"media_id": "music"}});
    let settings = settings.as_object().cloned().unwrap();
    exchange
        .directory
        .insert(ResourceKind::Settings, "settings", settings);
    exchange.publish().await;
}

#[tokio::test]
async fn whoever_reserves_a_slot_hears_music_where_nothing_can_be_announced() {
    let mut exchange = exchange().await;
    with_music(&mut exchange).await;
    exchange.flow("*5", park(&json!({"slot": "7"}))).await;
    let mut caller = exchange.registered("2001").await;
    let call = caller.call("*5").await;
    caller.answered().await;
    caller.rtp.hears_something().await;
    caller.hang_up(call).await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn slot_is_free_again_when_the_parked_caller_hangs_up() {
    let mut exchange = exchange().await;
    let mut watcher = watcher(&exchange).await;
    let (caller, call) = parked(&exchange, &mut watcher).await;
    let mut other = exchange.registered("2002").await;
    let second = other.call("*4").await;
    other.answered().await;
    watcher.subscribe(&format!("*3102@{REALM}"), "dialog").await;
    lit(&mut watcher, "102").await;
    let trace = |record: &runtime::CallRecord| {
        let steps = record.trace.iter().map(|entry| entry.step.text());
        steps.collect::<Vec<_>>().join("\n")
    };
    other.hang_up(second).await;
    let record = exchange.record().await;
    assert!(trace(&record).contains("parked in slot 102"));
    dark(&mut watcher).await;
    caller.hang_up(call).await;
    dark(&mut watcher).await;
    exchange.record().await;
    let mut fetcher = exchange.registered("2003").await;
    fetcher.call("5101").await;
    fetcher.failed().await;
    exchange.record().await;
    let (caller, call) = parked(&exchange, &mut watcher).await;
    caller.hang_up(call).await;
    let record = exchange.record().await;
    assert!(trace(&record).contains("parked in slot 101"));
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn slot_that_is_taken_is_not_taken_again() {
    let mut exchange = exchange().await;
    let mut watcher = watcher(&exchange).await;
    let (caller, call) = parked(&exchange, &mut watcher).await;
    let mut other = exchange.registered("2002").await;
    other.call("4101").await;
    // It is told so and the flow ends.
    other.answered().await;
    other.ended().await;
    let record = exchange.record().await;
    let mut steps = record.trace.iter().map(|entry| entry.step.text());
    assert!(steps.any(|step| step.contains("slot 101 is taken")));
    let mut fetcher = exchange.registered("2003").await;
    fetcher.rtp.speak(C);
    let own = fetcher.call("5101").await;
    fetcher.answered().await;
    caller.rtp.hears(C, 5).await;
    caller.hang_up(call).await;
    fetcher.ended().await;
    fetcher.hang_up(own).await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn call_that_was_fetched_is_fetched_by_nobody_else() {
    let exchange = exchange().await;
    let mut watcher = watcher(&exchange).await;
    let (caller, call) = parked(&exchange, &mut watcher).await;
    let mut one = exchange.registered("2002").await;
    let mut other = exchange.registered("2003").await;
    one.rtp.speak(C);
    other.rtp.speak(C);
    one.call("5101").await;
    other.call("5101").await;
    tokio::select! {
        () = one.answered() => { other.failed().await; }
        () = other.answered() => { one.failed().await; }
    }
    caller.rtp.hears(C, 5).await;
    caller.hang_up(call).await;
    dark(&mut watcher).await;
    nothing_is_left(&exchange).await;
}

use crate::exchange::{Exchange, REALM, nothing_is_left, ring};
use crate::phone::{Phone, Seen};
use crate::robustness::fickle;
use callflow::ResourceKind;
use rand::{Rng, SeedableRng};
use runtime::{CallRecord, LegRole, Report, RuntimeConfig};
use serde_json::{Value, json};
use sip::event::CallId;
use std::time::Duration;

/// A step that connects 2003 or 2004 with a call of a phone.
fn take(module: &str, device: &str) -> Value {
    let mut data = json!({"device_id": device});
    if module != "group_pickup" {
        data["approved_group_id"] = json!("everybody");
    }
    json!({"module": module, "data": data, "children": {}})
}

/// An exchange on which *8 picks up and *9 takes over a call of 2002, *1 and *7 those of 2001 and 2003; on two
/// media workers, so that legs have to move.
pub async fn exchange() -> Exchange {
    exchange_with(|config| config.media_workers = 2).await
}

pub async fn exchange_with(change: impl FnOnce(&mut RuntimeConfig)) -> Exchange {
    let mut exchange = Exchange::with(change).await;
    let device = json!({"type": "device"});
    let group = json!({
        "name": "Everybody",
        "endpoints": {"d2001": device, "d2002": device, "d2003": device, "d2004": device},
    });
    let group = group.as_object().cloned().unwrap();
    exchange
        .directory
        .insert(ResourceKind::RingGroup, "everybody", group);
    exchange.flow("2002", ring("2002")).await;
    exchange.flow("*8", take("group_pickup", "d2002")).await;
    exchange.flow("*9", take("intercept", "d2002")).await;
    exchange.flow("*1", take("intercept", "d2001")).await;
    exchange.flow("*7", take("intercept", "d2003")).await;
    exchange.flow("*2", take("eavesdrop", "d2002")).await;
    exchange
}

/// A phone that speaks this byte.
pub async fn speaker(exchange: &Exchange, extension: &str, byte: u8) -> Phone {
    let phone = exchange.registered(extension).await;
    phone.rtp.speak(byte);
    phone
}

/// Two phones hear each other, now.
pub async fn talk(one: (&Phone, u8), other: (&Phone, u8)) {
    one.0.rtp.forget();
    other.0.rtp.forget();
    one.0.rtp.hears(other.1, 10).await;
    other.0.rtp.hears(one.1, 10).await;
}

pub const A: u8 = 0x3b;
pub const B: u8 = 0x33;
pub const C: u8 = 0x44;
pub const D: u8 = 0x2a;

/// 2001 talks with 2002: the phones and their legs.
pub async fn conversation(exchange: &Exchange) -> (Phone, CallId, Phone, CallId) {
    let mut caller = speaker(exchange, "2001", A).await;
    let mut callee = speaker(exchange, "2002", B).await;
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    talk((&caller, A), (&callee, B)).await;
    (caller, call, callee, incoming.call)
}

/// The records of the next calls that end, by the device that called.
pub async fn records<const N: usize>(
    exchange: &mut Exchange,
    devices: [&str; N],
) -> [CallRecord; N] {
    let mut ended = Vec::new();
    for _ in devices {
        ended.push(exchange.record().await);
    }
    devices.map(|device| {
        let of = |record: &CallRecord| record.start.device.as_deref() == Some(device);
        ended.swap_remove(ended.iter().position(of).unwrap())
    })
}

pub fn legs(record: &CallRecord) -> Vec<(LegRole, Option<&str>, &str)> {
    let legs = record.legs.iter();
    legs.map(|leg| (leg.role, leg.device.as_deref(), leg.cause.as_str()))
        .collect()
}

#[tokio::test]
async fn ringing_call_is_picked_up_as_if_the_phone_had_answered() {
    let mut exchange = exchange().await;
    let mut caller = speaker(&exchange, "2001", A).await;
    let mut callee = exchange.registered("2002").await;
    let mut taker = speaker(&exchange, "2003", C).await;
    let call = caller.call("2002").await;
    callee.incoming().await;
    caller.ringing().await;
    taker.call("*8").await;
    taker.answered().await;
    caller.answered().await;
    assert_eq!(
        callee.cancelled().await.as_deref(),
        Some("Call completed elsewhere")
    );
    talk((&caller, A), (&taker, C)).await;
    caller.hang_up(call).await;
    taker.ended().await;
    let [of_caller, of_taker] = records(&mut exchange, ["d2001", "d2003"]).await;
    assert_eq!(
        legs(&of_caller),
        [
            (LegRole::Caller, Some("d2001"), "NORMAL_CLEARING"),
            (LegRole::Callee, Some("d2002"), "PICKED_OFF"),
            (LegRole::Callee, Some("d2003"), "NORMAL_CLEARING"),
        ]
    );
    assert_eq!(
        legs(&of_taker),
        [
            (LegRole::Caller, Some("d2003"), "NORMAL_CLEARING"),
            (LegRole::Callee, Some("d2001"), "NORMAL_CLEARING"),
        ]
    );
    for record in [&of_caller, &of_taker] {
        assert_eq!(record.cause, "NORMAL_CLEARING");
        assert!(record.answered_at.is_some());
        let media = record.legs[0].media.unwrap();
        assert!(media.packets_received >= 10 && media.packets_sent >= 10);
    }
    let mut steps = of_caller.trace.iter().map(|entry| entry.step.text());
    assert!(steps.any(|step| step.contains("answered by d2003")));
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn whoever_picked_up_a_call_may_hang_up_first() {
    let mut exchange = exchange().await;
    let mut caller = speaker(&exchange, "2001", A).await;
    let mut callee = exchange.registered("2002").await;
    let taker = speaker(&exchange, "2003", C).await;
    caller.call("2002").await;
    callee.incoming().await;
    caller.ringing().await;
    let call = taker.call("*8").await;
    caller.answered().await;
    talk((&caller, A), (&taker, C)).await;
    taker.hang_up(call).await;
    caller.ended().await;
    for record in records(&mut exchange, ["d2001", "d2003"]).await {
        assert_eq!(record.cause, "NORMAL_CLEARING");
    }
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn without_a_call_that_rings_the_caller_is_not_connected() {
    let mut exchange = exchange().await;
    let (caller, call, mut callee, _) = conversation(&exchange).await;
    let mut taker = exchange.registered("2003").await;
    taker.call("*8").await;
    taker.failed().await;
    let record = exchange.record().await;
    assert_eq!(legs(&record).len(), 1);
    talk((&caller, A), (&callee, B)).await;
    caller.hang_up(call).await;
    callee.ended().await;
    nothing_is_left(&exchange).await;
}

/// The user of 2001 has a second phone, 2004, and 6683 moves their call.
#[tokio::test]
async fn listener_hears_both_sides_and_is_not_heard() {
    for listener_hangs_up in [true, false] {
        let mut exchange = exchange().await;
        let (caller, call, mut callee, _) = conversation(&exchange).await;
        let mut listener = speaker(&exchange, "2004", D).await;
        let own = listener.call("*2").await;
        listener.answered().await;
        // One after the other, so that it is plain who is heard.
        callee.rtp.speak(SILENT);
        listener.rtp.forget();
        listener.rtp.hears(A, 10).await;
        caller.rtp.speak(SILENT);
        callee.rtp.speak(B);
        listener.rtp.hears(B, 10).await;
        // Together they are something else than either.
        caller.rtp.speak(A);
        talk((&caller, A), (&callee, B)).await;
        assert!(!caller.rtp.has_heard(D) && !callee.rtp.has_heard(D));
        listener.rtp.forget();
        listener.rtp.hears(SUM, 10).await;
        if listener_hangs_up {
            listener.hang_up(own).await;
            assert_eq!(
                exchange.record().await.start.device.as_deref(),
                Some("d2004")
            );
            talk((&caller, A), (&callee, B)).await;
            caller.hang_up(call).await;
        } else {
            caller.hang_up(call).await;
            listener.ended().await;
        }
        callee.ended().await;
        nothing_is_left(&exchange).await;
    }
}

/// Silence in A-law.
const SILENT: u8 = 0xd5;
/// What A and B are together in A-law (ITU-T G.711): -15616 and -11520.
const SUM: u8 = 0x2f;

/// 2003 has taken the place of 2002 (*9) or of 2001 (*1) in their conversation: who stayed, and who came.
#[tokio::test]
async fn call_is_picked_up_by_its_id_ringing_or_answered() {
    for answered in [false, true] {
        let mut exchange = exchange().await;
        let (caller, call, mut callee) = if answered {
            let (caller, call, callee, _) = conversation(&exchange).await;
            (caller, call, callee)
        } else {
            let mut caller = speaker(&exchange, "2001", A).await;
            let mut callee = exchange.registered("2002").await;
            let call = caller.call("2002").await;
            callee.incoming().await;
            caller.ringing().await;
            (caller, call, callee)
        };
        let id = exchange.handle.active_calls()[0].start.id.clone();
        let step = json!({"module": "call_pickup", "data": {"target_call_id": id}, "children": {}});
        exchange.flow("*6", step).await;
        let mut taker = speaker(&exchange, "2003", C).await;
        taker.call("*6").await;
        taker.answered().await;
        callee.lost().await;
        talk((&caller, A), (&taker, C)).await;
        caller.hang_up(call).await;
        taker.ended().await;
        // By then there is no such call.
        taker.call("*6").await;
        taker.failed().await;
        nothing_is_left(&exchange).await;
    }
}

#[tokio::test]
async fn caller_who_gives_up_while_asking_leaves_the_other_call_alone() {
    let exchange = exchange().await;
    let mut caller = speaker(&exchange, "2001", A).await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    caller.ringing().await;
    let mut taker = exchange.registered("2003").await;
    let own = taker.call("*8").await;
    taker.hang_up(own).await;
    // Whichever came first: nobody rings for ever, and nothing is left.
    callee.answer(incoming.call).await;
    caller.answered().await;
    caller.hang_up(call).await;
    let over = |seen: &Seen| matches!(seen, Seen::Failed(_) | Seen::Ended { .. }).then_some(());
    taker.expect("the end", over).await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn nothing_is_left_of_calls_that_anybody_takes_and_ends_at_any_moment() {
    let mut exchange = exchange().await;
    for (number, data) in [
        ("*4", json!({"action": "direct_park"})),
        ("5101", json!({"action": "retrieve", "slot": "101"})),
    ] {
        let step = json!({"module": "park", "data": data, "children": {}});
        exchange.flow(number, step).await;
    }
    exchange.flow("2003", ring("2003")).await;
    let step = json!({"module": "move", "data": {}, "children": {}});
    exchange.flow("6683", step).await;
    for (seed, extension) in [(1, "2001"), (2, "2002"), (3, "2003")] {
        let phone = exchange.registered(extension).await;
        tokio::spawn(fickle(phone, seed));
    }
    let mut callers = Vec::new();
    for extension in ["2001", "2002", "2003", "2004"] {
        callers.push(exchange.phone(extension).await);
    }
    let mut random = rand::rngs::StdRng::seed_from_u64(5);
    let numbers = [
        "2002", "2002", "2003", "2003", "*4", "5101", "*8", "*9", "*1", "*7", "*2", "6683",
    ];
    let mut calls: Vec<(usize, CallId)> = Vec::new();
    for _ in 0..150 {
        let who = random.random_range(0..callers.len());
        let number = numbers[random.random_range(0..numbers.len())];
        calls.push((who, callers[who].call(number).await));
        let pause = Duration::from_millis(random.random_range(0..40));
        tokio::time::sleep(pause).await;
        while calls.len() > 12 || random.random_bool(0.4) && !calls.is_empty() {
            let at = random.random_range(0..calls.len());
            let (who, call) = calls.swap_remove(at);
            callers[who].hang_up(call).await;
        }
    }
    for (who, call) in calls {
        callers[who].hang_up(call).await;
    }
    nothing_is_left(&exchange).await;
    let mut connected = 0;
    while let Ok(report) = exchange.reports.try_recv() {
        if let Report::CallEnded(record) = report {
            let mut causes = record.legs.iter().map(|leg| leg.cause.as_str());
            connected += usize::from(causes.any(|cause| cause == "PICKED_OFF"));
        }
    }
    assert!(connected > 0, "no call has been taken");
    let mut watcher = exchange.registered("2004").await;
    for lamp in ["2001", "2002", "2003", "*3101"] {
        let resource = format!("{lamp}@{REALM}");
        watcher.subscribe(&resource, "dialog").await;
        let entity = format!("entity=\"sip:{lamp}@");
        let state = watcher.notified("dialog", &entity).await;
        assert!(!state.contains("<state>"), "{state}");
    }
}

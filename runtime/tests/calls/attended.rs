use crate::exchange::{Exchange, REALM, nothing_is_left};
use crate::parking::lit;
use crate::phone::Phone;
use crate::pickup::{A, B, C, D, conversation, legs, records, speaker, talk};
use crate::transfer::{exchange, refer_answered, told};
use runtime::LegRole;
use serde_json::json;
use sip::command::Command;
use sip::event::CallId;
use sip::header::NameAddr;
use sip::replaces::Replaces;
use sip::uri::Uri;

/// A phone asks that the other party of one call take its place in the other. The answer.
pub async fn attend(phone: &mut Phone, call: CallId, number: &str, replaces: &Replaces) -> u16 {
    let escaped: String = replaces
        .to_string()
        .bytes()
        .map(|byte| match byte {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect();
    let uri = format!("sip:{number}@{REALM}?Replaces={escaped}");
    let refer = Command::Refer {
        refer_to: Box::new(NameAddr::new(Uri::parse(&uri).unwrap())),
        referred_by: None,
    };
    phone.command(call, refer).await;
    refer_answered(phone).await
}

/// The two talk too: the legs.
async fn consult(one: &mut Phone, other: &mut Phone, number: &str) -> (CallId, CallId) {
    let call = one.call(number).await;
    let incoming = other.incoming().await;
    other.answer(incoming.call).await;
    one.answered().await;
    (call, incoming.call)
}

async fn hold(phone: &Phone, call: CallId, held: &mut Phone) {
    let sdp = phone.rtp.description("sendonly");
    phone.command(call, Command::Offer { sdp }).await;
    assert_eq!(held.offered().await, "sendonly");
}

#[tokio::test]
async fn caller_of_two_calls_joins_those_it_talked_with() {
    for other_hangs_up in [false, true] {
        let mut exchange = exchange().await;
        let (mut caller, call, mut callee, answered) = conversation(&exchange).await;
        hold(&caller, call, &mut callee).await;
        let mut target = speaker(&exchange, "2003", C).await;
        let (second, theirs) = consult(&mut caller, &mut target, "2003").await;
        hold(&caller, second, &mut target).await;
        let replaces = caller.replaces(second).await;
        assert_eq!(attend(&mut caller, call, "2003", &replaces).await, 202);
        told(&mut caller, "SIP/2.0 200 OK").await;
        caller.ended().await;
        caller.ended().await;
        // Both are taken off hold.
        assert_eq!(callee.offered().await, "sendrecv");
        assert_eq!(target.offered().await, "sendrecv");
        talk((&callee, B), (&target, C)).await;
        if other_hangs_up {
            target.hang_up(theirs).await;
            callee.ended().await;
        } else {
            callee.hang_up(answered).await;
            target.ended().await;
        }
        let (one, other) = (exchange.record().await, exchange.record().await);
        let (first, second) = if one.start.dialled == "2002" {
            (&one, &other)
        } else {
            (&other, &one)
        };
        assert_eq!(
            legs(first),
            [
                (LegRole::Caller, Some("d2001"), "ATTENDED_TRANSFER"),
                (LegRole::Callee, Some("d2002"), "NORMAL_CLEARING"),
                (LegRole::Caller, Some("d2003"), "NORMAL_CLEARING"),
            ]
        );
        assert_eq!(
            legs(second),
            [
                (LegRole::Caller, Some("d2001"), "ATTENDED_TRANSFER"),
                (LegRole::Callee, Some("d2003"), "NORMAL_CLEARING"),
                (LegRole::Caller, Some("d2002"), "NORMAL_CLEARING"),
            ]
        );
        nothing_is_left(&exchange).await;
    }
}

#[tokio::test]
async fn called_phone_joins_its_caller_with_whom_it_called() {
    let mut exchange = exchange().await;
    let (caller, call, mut callee, answered) = conversation(&exchange).await;
    let mut target = speaker(&exchange, "2003", C).await;
    let (second, _) = consult(&mut callee, &mut target, "2003").await;
    let replaces = callee.replaces(second).await;
    assert_eq!(attend(&mut callee, answered, "2003", &replaces).await, 202);
    callee.ended().await;
    callee.ended().await;
    talk((&caller, A), (&target, C)).await;
    caller.hang_up(call).await;
    target.ended().await;
    let [first, _] = records(&mut exchange, ["d2001", "d2002"]).await;
    assert_eq!(
        legs(&first),
        [
            (LegRole::Caller, Some("d2001"), "NORMAL_CLEARING"),
            (LegRole::Callee, Some("d2002"), "ATTENDED_TRANSFER"),
            (LegRole::Callee, Some("d2003"), "NORMAL_CLEARING"),
        ]
    );
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn phone_that_was_called_twice_joins_its_callers() {
    let exchange = exchange().await;
    let (caller, call, mut callee, answered) = conversation(&exchange).await;
    let mut other = speaker(&exchange, "2003", C).await;
    let (_, second) = consult(&mut other, &mut callee, "2002").await;
    let replaces = callee.replaces(second).await;
    assert_eq!(attend(&mut callee, answered, "2003", &replaces).await, 202);
    callee.ended().await;
    callee.ended().await;
    talk((&caller, A), (&other, C)).await;
    caller.hang_up(call).await;
    other.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn call_that_was_joined_is_joined_again() {
    let mut exchange = exchange().await;
    exchange.flow("2004", crate::exchange::ring("2004")).await;
    let (caller, _, mut callee, answered) = conversation(&exchange).await;
    let mut target = speaker(&exchange, "2003", C).await;
    let (second, theirs) = consult(&mut callee, &mut target, "2003").await;
    let replaces = callee.replaces(second).await;
    assert_eq!(attend(&mut callee, answered, "2003", &replaces).await, 202);
    callee.ended().await;
    callee.ended().await;
    talk((&caller, A), (&target, C)).await;
    // Somebody takes the place of a party by an INVITE: the other goes on.
    let replaces = target.replaces(theirs).await;
    let last = speaker(&exchange, "2004", D).await;
    let own = last.call_replacing("2003", replaces).await;
    target.ended().await;
    talk((&caller, A), (&last, D)).await;
    last.hang_up(own).await;
    let mut caller = caller;
    caller.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn target_that_still_rings_is_called_by_the_party_that_is_transferred() {
    let exchange = exchange().await;
    let (mut caller, call, callee, answered) = conversation(&exchange).await;
    let mut target = speaker(&exchange, "2003", C).await;
    caller.ringing().await; // of the first call
    let second = caller.call("2003").await;
    target.incoming().await;
    caller.ringing().await;
    let replaces = caller.replaces(second).await;
    assert_eq!(attend(&mut caller, call, "2003", &replaces).await, 202);
    target.cancelled().await;
    let incoming = target.incoming().await;
    assert!(incoming.from.contains("2002"), "{}", incoming.from);
    target.answer(incoming.call).await;
    told(&mut caller, "SIP/2.0 200 OK").await;
    talk((&callee, B), (&target, C)).await;
    callee.hang_up(answered).await;
    target.ended().await;
    caller.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn other_call_that_is_not_there_leaves_everything_as_it_is() {
    let exchange = exchange().await;
    let (mut caller, call, mut callee, _) = conversation(&exchange).await;
    let mut replaces = caller.replaces(call).await;
    // A call is not joined with itself either.
    assert_eq!(attend(&mut caller, call, "2002", &replaces).await, 481);
    replaces.call_id = "elsewhere".to_owned();
    assert_eq!(attend(&mut caller, call, "2003", &replaces).await, 481);
    talk((&caller, A), (&callee, B)).await;
    let stranger = speaker(&exchange, "2003", C).await;
    let mut stranger = stranger;
    stranger.call_replacing("2002", replaces).await;
    assert_eq!(stranger.failed().await, 481);
    caller.hang_up(call).await;
    callee.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn phone_takes_the_place_of_a_leg_by_its_invite() {
    for of_caller in [true, false] {
        let exchange = exchange().await;
        let (mut caller, call, mut callee, answered) = conversation(&exchange).await;
        let mut taker = speaker(&exchange, "2003", C).await;
        let (leaves, leg, stays, byte) = if of_caller {
            (&mut caller, call, &mut callee, B)
        } else {
            (&mut callee, answered, &mut caller, A)
        };
        let replaces = leaves.replaces(leg).await;
        let own = taker.call_replacing("2002", replaces).await;
        taker.answered().await;
        leaves.ended().await;
        talk((stays, byte), (&taker, C)).await;
        taker.hang_up(own).await;
        stays.ended().await;
        nothing_is_left(&exchange).await;
    }
}

/// *3 reserves or takes a slot, 5101 fetches from slot 101.
async fn parking() -> Exchange {
    let mut exchange = exchange().await;
    let park = |data| json!({"module": "park", "data": data, "children": {}});
    exchange.flow("*4", park(json!({}))).await;
    exchange
        .flow("*3105", park(json!({"action": "auto", "slot": "105"})))
        .await;
    for slot in ["101", "105"] {
        let fetch = json!({"action": "retrieve", "slot": slot});
        exchange.flow(&format!("5{slot}"), park(fetch)).await;
    }
    exchange
}

/// The call in a slot is fetched from there.
async fn fetched(exchange: &Exchange, slot: &str, parked: &Phone, byte: u8) {
    let mut fetcher = speaker(exchange, "2004", D).await;
    fetcher
        .subscribe(&format!("*3{slot}@{REALM}"), "dialog")
        .await;
    lit(&mut fetcher, slot).await;
    let own = fetcher.call(&format!("5{slot}")).await;
    fetcher.answered().await;
    talk((parked, byte), (&fetcher, D)).await;
    fetcher.hang_up(own).await;
}

#[tokio::test]
async fn call_is_parked_by_transferring_it_to_a_slot() {
    let exchange = parking().await;
    let (mut caller, _, mut callee, answered) = conversation(&exchange).await;
    let code = crate::transfer::refer(&mut callee, answered, "*3105").await;
    assert_eq!(code, 202);
    told(&mut callee, "SIP/2.0 200 OK").await;
    callee.ended().await;
    fetched(&exchange, "105", &caller, A).await;
    caller.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn call_is_parked_in_the_slot_that_its_transferor_had_reserved() {
    let exchange = parking().await;
    let (mut caller, _, mut callee, answered) = conversation(&exchange).await;
    let second = callee.call("*4").await;
    callee.answered().await;
    let replaces = callee.replaces(second).await;
    assert_eq!(attend(&mut callee, answered, "*4", &replaces).await, 202);
    told(&mut callee, "SIP/2.0 200 OK").await;
    callee.ended().await;
    callee.ended().await;
    fetched(&exchange, "101", &caller, A).await;
    caller.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn parked_call_comes_back_to_the_phone_that_transferred_it() {
    let mut exchange = parking().await;
    let data = json!({"slot": "107", "default_ringback_timeout": 1000});
    exchange
        .flow(
            "*3107",
            json!({"module": "park", "data": data, "children": {}}),
        )
        .await;
    let (mut caller, _, mut callee, answered) = conversation(&exchange).await;
    let code = crate::transfer::refer(&mut callee, answered, "*3107").await;
    assert_eq!(code, 202);
    callee.ended().await;
    let back = callee.incoming().await;
    assert!(back.from.contains("Parking slot 107"), "{}", back.from);
    callee.answer(back.call).await;
    talk((&caller, A), (&callee, B)).await;
    callee.hang_up(back.call).await;
    caller.ended().await;
    nothing_is_left(&exchange).await;
}

/// 2001 or 2002, and 2003 that has taken the other's place: a conversation of two calls. With their legs.
pub async fn of_two_calls(exchange: &Exchange, code: &str) -> (Phone, CallId, u8, Phone, CallId) {
    let (caller, call, callee, answered) = conversation(exchange).await;
    let mut taker = speaker(exchange, "2003", C).await;
    let own = taker.call(code).await;
    taker.answered().await;
    let (stays, leg, byte) = if code == "*9" {
        (caller, call, A)
    } else {
        (callee, answered, B)
    };
    talk((&stays, byte), (&taker, C)).await;
    (stays, leg, byte, taker, own)
}

#[tokio::test]
async fn either_side_of_a_conversation_of_two_calls_transfers_the_other() {
    for (code, taker_transfers) in [("*9", true), ("*9", false), ("*1", true), ("*1", false)] {
        let mut exchange = exchange().await;
        exchange.flow("2004", crate::exchange::ring("2004")).await;
        let (mut stays, leg, byte, mut taker, own) = of_two_calls(&exchange, code).await;
        let mut target = speaker(&exchange, "2004", D).await;
        // First nobody takes the call, which then goes on as before.
        for answers in [false, true] {
            let (transferor, its) = if taker_transfers {
                (&mut taker, own)
            } else {
                (&mut stays, leg)
            };
            let code = crate::transfer::refer(transferor, its, "2004").await;
            assert_eq!(code, 202);
            let incoming = target.incoming().await;
            told(transferor, "SIP/2.0 180 Ringing").await;
            if answers {
                target.answer(incoming.call).await;
                told(transferor, "SIP/2.0 200 OK").await;
                transferor.ended().await;
            } else {
                target.reject(incoming.call, 486).await;
                told(transferor, "SIP/2.0 486 Busy Here").await;
                talk((&stays, byte), (&taker, C)).await;
            }
        }
        let (left, its, voice) = if taker_transfers {
            (&mut stays, leg, byte)
        } else {
            (&mut taker, own, C)
        };
        talk((left, voice), (&target, D)).await;
        left.hang_up(its).await;
        target.ended().await;
        nothing_is_left(&exchange).await;
    }
}

#[tokio::test]
async fn party_of_a_conversation_of_two_calls_is_joined_with_that_of_a_third() {
    for code in ["*9", "*1"] {
        for taker_transfers in [true, false] {
            let mut exchange = exchange().await;
            exchange.flow("2004", crate::exchange::ring("2004")).await;
            let (mut stays, leg, byte, mut taker, own) = of_two_calls(&exchange, code).await;
            let mut target = speaker(&exchange, "2004", D).await;
            let (transferor, its, left, other, voice) = if taker_transfers {
                (&mut taker, own, &mut stays, leg, byte)
            } else {
                (&mut stays, leg, &mut taker, own, C)
            };
            let (second, _) = consult(transferor, &mut target, "2004").await;
            let replaces = transferor.replaces(second).await;
            assert_eq!(attend(transferor, its, "2004", &replaces).await, 202);
            told(transferor, "SIP/2.0 200 OK").await;
            transferor.ended().await;
            transferor.ended().await;
            talk((left, voice), (&target, D)).await;
            left.hang_up(other).await;
            target.ended().await;
            nothing_is_left(&exchange).await;
        }
    }
}

#[tokio::test]
async fn transferor_is_released_when_the_party_fetches_a_parked_call() {
    let exchange = parking().await;
    let (caller, call, mut callee, answered) = conversation(&exchange).await;
    let mut parked = speaker(&exchange, "2003", C).await;
    parked.subscribe(&format!("*3105@{REALM}"), "dialog").await;
    parked.call("*3105").await;
    parked.answered().await;
    lit(&mut parked, "105").await;
    let code = crate::transfer::refer(&mut callee, answered, "5105").await;
    assert_eq!(code, 202);
    told(&mut callee, "SIP/2.0 200 OK").await;
    callee.ended().await;
    talk((&caller, A), (&parked, C)).await;
    caller.hang_up(call).await;
    parked.ended().await;
    nothing_is_left(&exchange).await;
}

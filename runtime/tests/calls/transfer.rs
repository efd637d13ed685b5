use crate::exchange::{CARRIER_REALM, DDI, Exchange, REALM, nothing_is_left, ring};
use crate::phone::{PATIENCE, Phone, Seen};
use crate::pickup::{A, B, C, conversation, exchange as pickups, legs, speaker, talk};
use callflow::ResourceKind;
use runtime::LegRole;
use serde_json::json;
use sip::command::Command;
use sip::event::CallId;
use sip::header::NameAddr;
use sip::uri::Uri;

pub fn address(number: &str) -> NameAddr {
    NameAddr::new(Uri::parse(&format!("sip:{number}@{REALM}")).unwrap())
}

/// Waits for the answer to a REFER.
pub async fn refer_answered(phone: &mut Phone) -> u16 {
    phone
        .expect("an answer to REFER", |seen| match seen {
            Seen::Referred(code) => Some(*code),
            _ => None,
        })
        .await
}

/// A phone asks that whoever it talks with be connected with a number. The answer.
pub async fn refer(phone: &mut Phone, call: CallId, number: &str) -> u16 {
    let refer = Command::Refer {
        refer_to: Box::new(address(number)),
        referred_by: Some(Box::new(address(&phone.user))),
    };
    phone.command(call, refer).await;
    refer_answered(phone).await
}

/// The exchange tells how the transfer goes.
pub async fn told(phone: &mut Phone, line: &str) {
    let told = |seen: &Seen| match seen {
        Seen::Notify { package, body, .. } => {
            (package.starts_with("refer;id=") && body.starts_with(line)).then_some(())
        }
        _ => None,
    };
    phone.expect(line, told).await;
}

pub async fn exchange() -> Exchange {
    let mut exchange = pickups().await;
    exchange.flow("2003", ring("2003")).await;
    exchange
}

#[tokio::test]
async fn either_side_of_a_conversation_transfers_the_other() {
    for caller_transfers in [false, true] {
        let mut exchange = exchange().await;
        let (mut caller, call, mut callee, answered) = conversation(&exchange).await;
        let mut target = speaker(&exchange, "2003", C).await;
        let (transferor, own, stays, byte, left) = if caller_transfers {
            (&mut caller, call, &mut callee, B, answered)
        } else {
            (&mut callee, answered, &mut caller, A, call)
        };
        assert_eq!(refer(transferor, own, "2003").await, 202);
        told(transferor, "SIP/2.0 100 Trying").await;
        let incoming = target.incoming().await;
        // The target sees who it is that comes to it.
        assert!(
            incoming.from.contains(&stays.user[4..]),
            "{}",
            incoming.from
        );
        let by = format!("<sip:{}@fernhill.example>", transferor.user);
        let named = incoming.request.header_named("Referred-By");
        assert_eq!(named, Some(by.as_str()));
        told(transferor, "SIP/2.0 180 Ringing").await;
        stays.rtp.forget();
        stays.rtp.hears_something().await;
        target.answer(incoming.call).await;
        told(transferor, "SIP/2.0 200 OK").await;
        transferor.ended().await;
        talk((stays, byte), (&target, C)).await;
        stays.hang_up(left).await;
        target.ended().await;
        let record = exchange.record().await;
        assert_eq!(record.cause, "NORMAL_CLEARING");
        let (first, second) = if caller_transfers {
            ("BLIND_TRANSFER", "NORMAL_CLEARING")
        } else {
            ("NORMAL_CLEARING", "BLIND_TRANSFER")
        };
        assert_eq!(
            legs(&record),
            [
                (LegRole::Caller, Some("d2001"), first),
                (LegRole::Callee, Some("d2002"), second),
                (LegRole::Callee, Some("d2003"), "NORMAL_CLEARING"),
            ]
        );
        let by = if caller_transfers { "2001" } else { "2002" };
        assert_eq!(record.tags["transferred_to"], "2003");
        assert_eq!(record.tags["transferred_by"], format!("d{by}"));
        let text = format!("transferred to 2003 by Desk {by}");
        assert!(
            record
                .trace
                .iter()
                .any(|entry| entry.step.text().contains(&text))
        );
        nothing_is_left(&exchange).await;
    }
}

#[tokio::test]
async fn call_comes_back_to_the_transferor_when_the_target_is_not_reached() {
    for caller_transfers in [false, true] {
        let exchange = exchange().await;
        let (mut caller, call, mut callee, answered) = conversation(&exchange).await;
        let mut target = exchange.registered("2003").await;
        // Twice: what came back is a call like any other.
        for code in [486, 603] {
            let (transferor, own) = if caller_transfers {
                (&mut caller, call)
            } else {
                (&mut callee, answered)
            };
            assert_eq!(refer(transferor, own, "2003").await, 202);
            let incoming = target.incoming().await;
            target.reject(incoming.call, code).await;
            told(transferor, &format!("SIP/2.0 {code}")).await;
            talk((&caller, A), (&callee, B)).await;
        }
        caller.hang_up(call).await;
        callee.ended().await;
        nothing_is_left(&exchange).await;
    }
}

#[tokio::test]
async fn call_is_transferred_again_by_whoever_it_was_transferred_to() {
    let mut exchange = exchange().await;
    exchange.flow("2004", ring("2004")).await;
    let (mut caller, call, mut callee, answered) = conversation(&exchange).await;
    let mut target = speaker(&exchange, "2003", C).await;
    assert_eq!(refer(&mut callee, answered, "2003").await, 202);
    let second = target.incoming().await;
    target.answer(second.call).await;
    callee.ended().await;
    talk((&caller, A), (&target, C)).await;
    let mut last = speaker(&exchange, "2004", B).await;
    // Now the one that stayed transfers the one it was transferred to.
    assert_eq!(refer(&mut caller, call, "2004").await, 202);
    let third = last.incoming().await;
    last.answer(third.call).await;
    caller.ended().await;
    talk((&target, C), (&last, B)).await;
    last.hang_up(third.call).await;
    target.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn transferor_that_hangs_up_at_once_does_not_end_the_transfer() {
    let exchange = exchange().await;
    let (caller, call, mut callee, answered) = conversation(&exchange).await;
    let mut target = speaker(&exchange, "2003", C).await;
    assert_eq!(refer(&mut callee, answered, "2003").await, 202);
    let incoming = target.incoming().await;
    callee.hang_up(answered).await;
    target.answer(incoming.call).await;
    talk((&caller, A), (&target, C)).await;
    caller.hang_up(call).await;
    target.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn whoever_hangs_up_while_being_transferred_ends_it_for_all() {
    let exchange = exchange().await;
    let (caller, call, mut callee, answered) = conversation(&exchange).await;
    let mut target = exchange.registered("2003").await;
    assert_eq!(refer(&mut callee, answered, "2003").await, 202);
    target.incoming().await;
    caller.hang_up(call).await;
    target.cancelled().await;
    told(&mut callee, "SIP/2.0 487").await;
    callee.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn what_cannot_be_transferred_stays_as_it_is() {
    let mut exchange = exchange().await;
    let (mut caller, call, mut callee, answered) = conversation(&exchange).await;
    assert_eq!(refer(&mut callee, answered, "7777").await, 404);
    talk((&caller, A), (&callee, B)).await;
    // A number that the transferor may not dial is none that it may transfer to.
    let phone = json!({"name": "Desk 2002", "owner_id": "u2002", "sip": {"username": "desk2002"},
        "call_restriction": {"extension": {"action": "deny"}}});
    let phone = phone.as_object().cloned().unwrap();
    exchange
        .directory
        .insert(ResourceKind::Device, "d2002", phone);
    exchange.publish().await;
    assert_eq!(refer(&mut callee, answered, "2003").await, 202);
    told(&mut callee, "SIP/2.0 403").await;
    talk((&caller, A), (&callee, B)).await;
    caller.hang_up(call).await;
    callee.ended().await;
    exchange
        .flow("9", json!({"module": "echo", "data": {}, "children": {}}))
        .await;
    // Nobody is there whom it could transfer.
    let own = caller.call("9").await;
    caller.answered().await;
    assert_eq!(refer(&mut caller, own, "2003").await, 603);
    caller.hang_up(own).await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn party_on_hold_is_taken_back_before_it_is_transferred_and_put_on_hold_again_when_it_fails()
{
    let exchange = exchange().await;
    let (mut caller, call, mut callee, answered) = conversation(&exchange).await;
    let mut target = exchange.registered("2003").await;
    let sdp = callee.rtp.description("sendonly");
    callee.command(answered, Command::Offer { sdp }).await;
    assert_eq!(caller.offered().await, "sendonly");
    assert_eq!(refer(&mut callee, answered, "2003").await, 202);
    assert_eq!(caller.offered().await, "sendrecv");
    let incoming = target.incoming().await;
    target.reject(incoming.call, 486).await;
    told(&mut callee, "SIP/2.0 486").await;
    assert_eq!(caller.offered().await, "sendonly");
    let sdp = callee.rtp.description("sendrecv");
    callee.command(answered, Command::Offer { sdp }).await;
    assert_eq!(caller.offered().await, "sendrecv");
    talk((&caller, A), (&callee, B)).await;
    caller.hang_up(call).await;
    callee.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn transferor_that_hung_up_is_rung_when_the_target_is_not_reached() {
    let exchange = exchange().await;
    let (mut caller, _, mut callee, answered) = conversation(&exchange).await;
    let mut target = exchange.registered("2003").await;
    assert_eq!(refer(&mut callee, answered, "2003").await, 202);
    let incoming = target.incoming().await;
    callee.hang_up(answered).await;
    legs_left(&exchange, 2).await;
    target.reject(incoming.call, 486).await;

    let back = callee.incoming().await;
    assert!(back.from.contains("2001"), "{}", back.from);
    callee.answer(back.call).await;
    talk((&caller, A), (&callee, B)).await;
    callee.hang_up(back.call).await;
    caller.ended().await;
    // Nobody is there: then the call ends.
    let (mut caller, _, mut callee, answered) = again(caller, callee).await;
    assert_eq!(refer(&mut callee, answered, "2003").await, 202);
    let incoming = target.incoming().await;
    callee.hang_up(answered).await;
    legs_left(&exchange, 2).await;
    target.reject(incoming.call, 486).await;
    let back = callee.incoming().await;
    callee.reject(back.call, 486).await;
    caller.ended().await;
    nothing_is_left(&exchange).await;
}

/// The two talk anew.
async fn again(mut caller: Phone, mut callee: Phone) -> (Phone, CallId, Phone, CallId) {
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    talk((&caller, A), (&callee, B)).await;
    (caller, call, callee, incoming.call)
}

/// Waits until the exchange has no more than so many legs.
async fn legs_left(exchange: &Exchange, legs: usize) {
    let fewer = async {
        while exchange.handle.signalling().await.core.calls > legs {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, fewer).await.unwrap();
}

#[tokio::test]
async fn caller_from_outside_is_transferred_and_transfers_nobody() {
    let mut exchange = exchange().await;
    exchange.flow(DDI, ring("2004")).await;
    exchange.publish_carrier().await;
    let mut phone = speaker(&exchange, "2004", B).await;
    let mut third = speaker(&exchange, "2003", C).await;
    let mut trunk = Phone::udp(exchange.udp(), "trunk", CARRIER_REALM).await;
    trunk.rtp.speak(A);
    let at = exchange.udp();
    let from = "sip:07700900123@127.0.0.1";
    let call = trunk.call_as(&format!("sip:{DDI}@{at}"), from).await;
    let incoming = phone.incoming().await;
    phone.answer(incoming.call).await;
    talk((&trunk, A), (&phone, B)).await;
    // Otherwise anybody who calls could call on at the account's cost.
    assert_eq!(refer(&mut trunk, call, "2003").await, 403);
    talk((&trunk, A), (&phone, B)).await;
    assert_eq!(refer(&mut phone, incoming.call, "2003").await, 202);
    let onward = third.incoming().await;
    assert!(onward.from.contains("+447700900123"), "{}", onward.from);
    third.answer(onward.call).await;
    phone.ended().await;
    talk((&trunk, A), (&third, C)).await;
    third.hang_up(onward.call).await;
    trunk.ended().await;
    nothing_is_left(&exchange).await;
}

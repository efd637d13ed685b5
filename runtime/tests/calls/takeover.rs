use crate::exchange::{Exchange, medium, nothing_is_left, ring};
use crate::phone::Phone;
use crate::pickup::{
    A, B, C, D, conversation, exchange, exchange_with, legs, records, speaker, talk,
};
use callflow::ResourceKind;
use runtime::LegRole;
use serde_json::json;
use sip::command::Command;
use std::time::Duration;

#[tokio::test]
async fn call_is_taken_over_from_the_called_phone() {
    for caller_hangs_up in [true, false] {
        let mut exchange = exchange().await;
        let (mut caller, call, mut callee, _) = conversation(&exchange).await;
        let mut taker = speaker(&exchange, "2003", C).await;
        let own = taker.call("*9").await;
        taker.answered().await;
        callee.ended().await;
        talk((&caller, A), (&taker, C)).await;
        if caller_hangs_up {
            caller.hang_up(call).await;
            taker.ended().await;
        } else {
            taker.hang_up(own).await;
            caller.ended().await;
        }
        let [of_caller, of_taker] = records(&mut exchange, ["d2001", "d2003"]).await;
        assert_eq!(
            legs(&of_caller),
            [
                (LegRole::Caller, Some("d2001"), "NORMAL_CLEARING"),
                (LegRole::Callee, Some("d2002"), "PICKED_OFF"),
                (LegRole::Callee, Some("d2003"), "NORMAL_CLEARING"),
            ]
        );
        assert_eq!(of_taker.cause, "NORMAL_CLEARING");
        nothing_is_left(&exchange).await;
    }
}

#[tokio::test]
async fn call_is_taken_over_from_the_calling_phone() {
    for callee_hangs_up in [true, false] {
        let mut exchange = exchange().await;
        let (mut caller, _, mut callee, answered) = conversation(&exchange).await;
        let mut taker = speaker(&exchange, "2003", C).await;
        let own = taker.call("*1").await;
        taker.answered().await;
        caller.ended().await;
        talk((&callee, B), (&taker, C)).await;
        if callee_hangs_up {
            callee.hang_up(answered).await;
            taker.ended().await;
        } else {
            taker.hang_up(own).await;
            callee.ended().await;
        }
        let [of_caller, of_taker] = records(&mut exchange, ["d2001", "d2003"]).await;
        assert_eq!(
            legs(&of_caller),
            [
                (LegRole::Caller, Some("d2001"), "PICKED_OFF"),
                (LegRole::Callee, Some("d2002"), "NORMAL_CLEARING"),
                (LegRole::Caller, Some("d2003"), "NORMAL_CLEARING"),
            ]
        );
        assert_eq!(of_caller.cause, "NORMAL_CLEARING");
        assert_eq!(
            legs(&of_taker)[1],
            (LegRole::Callee, Some("d2002"), "NORMAL_CLEARING")
        );
        nothing_is_left(&exchange).await;
    }
}

#[tokio::test]
async fn call_that_was_taken_over_is_taken_over_again_from_either_side() {
    for (first, second, stays) in [
        // Who took the place of the called phone loses it again, or the caller does.
        ("*9", "*7", A),
        ("*9", "*1", C),
        // The same after the place of the calling phone was taken.
        ("*1", "*7", B),
        ("*1", "*9", C),
    ] {
        let exchange = exchange().await;
        let (caller, _, callee, _) = conversation(&exchange).await;
        let mut taker = speaker(&exchange, "2003", C).await;
        taker.call(first).await;
        taker.answered().await;
        let (left, byte) = if first == "*9" {
            (&caller, A)
        } else {
            (&callee, B)
        };
        talk((left, byte), (&taker, C)).await;
        let mut last = speaker(&exchange, "2004", D).await;
        let own = last.call(second).await;
        last.answered().await;
        let (mut caller, mut callee) = (caller, callee);
        let stayed = match stays {
            A => &mut caller,
            B => &mut callee,
            _ => &mut taker,
        };
        talk((stayed, stays), (&last, D)).await;
        last.hang_up(own).await;
        stayed.ended().await;
        for phone in [&mut caller, &mut callee, &mut taker] {
            if stays == A && phone.user == "desk2001"
                || stays == B && phone.user == "desk2002"
                || stays == C && phone.user == "desk2003"
            {
                continue;
            }
            phone.ended().await;
        }
        nothing_is_left(&exchange).await;
    }
}

async fn second_phone(exchange: &mut Exchange) {
    let phone = json!({"name": "Soft", "owner_id": "u2001", "sip": {"username": "desk2004"}});
    let phone = phone.as_object().cloned().unwrap();
    exchange
        .directory
        .insert(ResourceKind::Device, "d2004", phone);
    let step = json!({"module": "move", "data": {}, "children": {}});
    exchange.flow("6683", step).await;
}

#[tokio::test]
async fn call_on_hold_is_moved_to_another_phone_and_the_other_party_hears_it() {
    let mut exchange = exchange().await;
    second_phone(&mut exchange).await;
    let (mut desk, call, mut callee, _) = conversation(&exchange).await;
    let sdp = desk.rtp.description("sendonly");
    desk.command(call, Command::Offer { sdp }).await;
    assert_eq!(callee.offered().await, "sendonly");
    let mut soft = speaker(&exchange, "2004", D).await;
    let own = soft.call("6683").await;
    soft.answered().await;
    desk.ended().await;
    assert_eq!(callee.offered().await, "sendrecv");
    talk((&callee, B), (&soft, D)).await;
    soft.hang_up(own).await;
    callee.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn one_of_two_calls_is_not_moved_by_guessing() {
    let mut exchange = exchange().await;
    second_phone(&mut exchange).await;
    exchange.flow("2003", ring("2003")).await;
    let (desk, first, mut callee, _) = conversation(&exchange).await;
    let mut other = exchange.registered("2003").await;
    let second = desk.call("2003").await;
    let incoming = other.incoming().await;
    other.answer(incoming.call).await;
    let mut soft = exchange.registered("2004").await;
    let busy = async {
        while exchange
            .handle
            .active_calls()
            .iter()
            .filter(|it| it.answered_at.is_some())
            .count()
            < 2
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::phone::PATIENCE, busy)
        .await
        .unwrap();
    soft.call("6683").await;
    soft.failed().await;
    desk.hang_up(first).await;
    desk.hang_up(second).await;
    callee.ended().await;
    other.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn hold_and_keys_pass_between_two_calls_in_both_directions() {
    let mut exchange = exchange().await;
    medium(&mut exchange, "music", 5_000);
    for extension in ["2001", "2003"] {
        let user = json!({"first_name": "Person", "last_name": extension, "presence_id": extension,
            "music_on_hold": {"media_id": "music"}});
        let user = user.as_object().cloned().unwrap();
        exchange
            .directory
            .insert(ResourceKind::User, format!("u{extension}"), user);
    }
    exchange.publish().await;
    let (mut caller, call, mut callee, _) = conversation(&exchange).await;
    let mut taker = speaker(&exchange, "2003", C).await;
    let own = taker.call("*9").await;
    taker.answered().await;
    callee.ended().await;
    talk((&caller, A), (&taker, C)).await;
    let legs = [call, own];
    for turn in [0, 1] {
        let (holder, held) = if turn == 0 {
            (&mut caller, &mut taker)
        } else {
            (&mut taker, &mut caller)
        };
        let (own, voice) = if turn == 0 { (A, "5") } else { (C, "7") };
        let sdp = holder.rtp.description("sendonly");
        holder.command(legs[turn], Command::Offer { sdp }).await;
        assert_eq!(held.offered().await, "sendonly");
        held.rtp.forget();
        held.rtp.hears_other_than(own).await;
        let sdp = holder.rtp.description("sendrecv");
        holder.command(legs[turn], Command::Offer { sdp }).await;
        assert_eq!(held.offered().await, "sendrecv");
        held.rtp.forget();
        held.rtp.hears(own, 10).await;
        let digit = voice.chars().next().unwrap();
        let key = Command::SendDtmf {
            digit,
            duration_ms: 160,
        };
        holder.command(legs[turn], key).await;
        held.rtp.hears_keys(voice).await;
    }
    caller.hang_up(call).await;
    taker.ended().await;
    nothing_is_left(&exchange).await;
}

async fn taken(exchange: &Exchange, number: &str) -> (Phone, Phone) {
    let (caller, _, callee, _) = conversation(exchange).await;
    let mut taker = speaker(exchange, "2003", C).await;
    taker.call(number).await;
    taker.answered().await;
    let (stayed, byte) = match number {
        "*9" => (caller, A),
        _ => (callee, B),
    };
    talk((&stayed, byte), (&taker, C)).await;
    (stayed, taker)
}

#[tokio::test]
async fn silence_of_either_side_ends_a_conversation_of_two_calls() {
    for number in ["*9", "*1"] {
        for taker_is_silent in [true, false] {
            let exchange = exchange_with(|config| {
                config.rtp_timeout = Some(Duration::from_millis(600));
            })
            .await;
            let (mut stayed, mut taker) = taken(&exchange, number).await;
            if taker_is_silent {
                taker.rtp.mute();
            } else {
                stayed.rtp.mute();
            }
            stayed.ended().await;
            taker.ended().await;
            nothing_is_left(&exchange).await;
        }
    }
}

#[tokio::test]
async fn shutdown_ends_both_calls_of_a_conversation() {
    for number in ["*9", "*1"] {
        let exchange = exchange().await;
        let (mut stayed, mut taker) = taken(&exchange, number).await;
        exchange.handle.shutdown(Duration::ZERO).await;
        stayed.ended().await;
        taker.ended().await;
        assert!(exchange.handle.active_calls().is_empty());
    }
}

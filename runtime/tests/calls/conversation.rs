use crate::exchange::{Exchange, medium, ring};
use crate::phone::Phone;
use runtime::LegRole;
use serde_json::json;
use sip::event::CallId;

/// Two phones in a conversation that has been heard on both sides.
async fn talking(exchange: &mut Exchange) -> (Phone, CallId, Phone, CallId) {
    exchange.flow("2002", ring("2002")).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    caller.rtp.speak(0x2a);
    callee.rtp.speak(0x33);
    let out = caller.call("2002").await;
    let incoming = callee.incoming().await;
    caller.ringing().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    caller.rtp.hears(0x33, 5).await;
    callee.rtp.hears(0x2a, 5).await;
    (caller, out, callee, incoming.call)
}

#[tokio::test]
async fn phones_hear_each_other_until_the_caller_hangs_up() {
    let mut exchange = Exchange::new().await;
    let (caller, call, mut callee, _) = talking(&mut exchange).await;
    let active = exchange.handle.active_calls();
    assert_eq!(active.len(), 1);
    assert!(active[0].answered_at.is_some());
    assert_eq!(active[0].start.dialled, "2002");
    caller.hang_up(call).await;
    callee.ended().await;
    let record = exchange.record().await;
    assert_eq!(record.cause, "NORMAL_CLEARING");
    assert_eq!(record.start.caller.number, "2001");
    assert_eq!(record.start.caller.name, "Person 2001");
    assert_eq!(record.start.device.as_deref(), Some("d2001"));
    assert_eq!(record.start.version, 1);
    assert!(record.ringing_at.is_some() && record.answered_at.is_some());
    assert_eq!(record.sip_code, None);
    let roles: Vec<_> = record.legs.iter().map(|leg| leg.role).collect();
    assert_eq!(roles, [LegRole::Caller, LegRole::Callee]);
    for leg in &record.legs {
        let media = leg.media.unwrap();
        assert!(media.packets_received >= 5 && media.packets_sent >= 5);
    }
    assert_eq!(
        record.trace.last().unwrap().step.text(),
        "end NORMAL_CLEARING: the caller hung up"
    );
    assert!(exchange.handle.active_calls().is_empty());
}

#[tokio::test]
async fn record_tells_the_way_to_a_phone_that_reports_and_what_it_missed() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    caller.rtp.reports();
    callee.rtp.speak(0x33);
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    caller.rtp.has_reported().await;
    // What comes after the report has been through the same worker.
    caller.rtp.forget();
    caller.rtp.hears(0x33, 5).await;
    caller.hang_up(call).await;
    let record = exchange.record().await;
    let [caller, callee] = [0, 1].map(|leg| record.legs[leg].media.unwrap());
    assert_eq!((caller.far_lost, caller.far_jitter_us), (Some(3), Some(0)));
    assert!(caller.round_trip_ms.is_some());
    assert_eq!((callee.far_lost, callee.round_trip_ms), (None, None));
}

#[tokio::test]
async fn called_phone_that_hangs_up_ends_the_whole_flow() {
    let mut exchange = Exchange::new().await;
    let (mut caller, _, callee, call) = talking(&mut exchange).await;
    callee.hang_up(call).await;
    caller.ended().await;
    let record = exchange.record().await;
    assert_eq!(record.cause, "NORMAL_CLEARING");
}

#[tokio::test]
async fn hold_is_told_to_the_other_side_and_resume_brings_the_audio_back() {
    let mut exchange = Exchange::new().await;
    let (mut caller, call, mut callee, _) = talking(&mut exchange).await;
    let sdp = caller.rtp.description("sendonly");
    caller
        .command(call, sip::command::Command::Offer { sdp })
        .await;
    let answer = |seen: &crate::phone::Seen| match seen {
        crate::phone::Seen::OfferAnswered(direction) => Some(direction.clone()),
        _ => None,
    };
    assert_eq!(caller.expect("an answer", answer).await, "recvonly");
    assert_eq!(callee.offered().await, "sendonly");
    let sdp = caller.rtp.description("sendrecv");
    caller
        .command(call, sip::command::Command::Offer { sdp })
        .await;
    assert_eq!(caller.expect("an answer", answer).await, "sendrecv");
    assert_eq!(callee.offered().await, "sendrecv");
    caller.rtp.forget();
    callee.rtp.forget();
    caller.rtp.hears(0x33, 5).await;
    callee.rtp.hears(0x2a, 5).await;
    caller.hang_up(call).await;
    callee.ended().await;
}

#[tokio::test]
async fn keys_pass_through_a_conversation_by_rtp_and_by_info() {
    let mut exchange = Exchange::new().await;
    let (caller, call, callee, _) = talking(&mut exchange).await;
    caller.rtp.press("1#");
    callee.rtp.hears_keys("1#").await;
    let dtmf = sip::command::Command::SendDtmf {
        digit: '5',
        duration_ms: 160,
    };
    caller.command(call, dtmf).await;
    callee.rtp.hears_keys("1#5").await;
    caller.hang_up(call).await;
}

#[tokio::test]
async fn echo_sends_the_callers_audio_back() {
    let mut exchange = Exchange::new().await;
    exchange
        .flow(
            "9196",
            json!({"module": "echo", "data": {}, "children": {}}),
        )
        .await;
    let mut caller = exchange.registered("2001").await;
    caller.rtp.speak(0x2a);
    let call = caller.call("9196").await;
    caller.answered().await;
    caller.rtp.hears(0x2a, 10).await;
    caller.hang_up(call).await;
    assert_eq!(exchange.record().await.cause, "NORMAL_CLEARING");
}

#[tokio::test]
async fn publication_serves_the_next_call_and_leaves_the_present_one_alone() {
    let mut exchange = Exchange::new().await;
    let (mut caller, _, callee, incoming) = talking(&mut exchange).await;
    exchange
        .flow(
            "2002",
            json!({"module": "response", "data": {"code": 403}, "children": {}}),
        )
        .await;
    caller.rtp.forget();
    caller.rtp.hears(0x33, 5).await;
    let mut other = exchange.registered("2003").await;
    other.call("2002").await;
    assert_eq!(other.failed().await, 403);
    callee.hang_up(incoming).await;
    caller.ended().await;
    let mut versions = [exchange.record().await, exchange.record().await].map(|r| r.start.version);
    versions.sort_unstable();
    assert_eq!(versions, [1, 2]);
}

#[tokio::test]
async fn caller_without_an_offer_gets_one_with_the_answer() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    caller.rtp.speak(0x2a);
    callee.rtp.speak(0x33);
    let call = caller.call_without_offer("2002").await;
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    caller.rtp.hears(0x33, 5).await;
    callee.rtp.hears(0x2a, 5).await;
    caller.hang_up(call).await;
    callee.ended().await;
}

#[tokio::test]
async fn conversation_whose_caller_falls_silent_is_ended() {
    let mut exchange = Exchange::with(|config| {
        config.rtp_timeout = Some(std::time::Duration::from_millis(600));
    })
    .await;
    let (mut caller, _, mut callee, _) = talking(&mut exchange).await;
    caller.rtp.mute();
    caller.ended().await;
    callee.ended().await;
    assert_eq!(exchange.record().await.cause, "MEDIA_TIMEOUT");
}

#[tokio::test]
async fn phone_on_hold_is_not_taken_for_a_silent_one() {
    let mut exchange = Exchange::with(|config| {
        config.rtp_timeout = Some(std::time::Duration::from_millis(600));
    })
    .await;
    let (caller, call, mut callee, _) = talking(&mut exchange).await;
    let sdp = caller.rtp.description("sendonly");
    let hold = sip::command::Command::Offer { sdp };
    caller.command(call, hold).await;
    assert_eq!(callee.offered().await, "sendonly");
    let sent = caller.rtp.sent();
    caller.rtp.sends(sent + 75).await;
    assert_eq!(exchange.handle.active_calls().len(), 1);
    caller.hang_up(call).await;
    callee.ended().await;
    assert_eq!(exchange.record().await.cause, "NORMAL_CLEARING");
}

#[tokio::test]
async fn side_on_hold_hears_the_music_of_who_put_it_there() {
    let mut exchange = Exchange::new().await;
    medium(&mut exchange, "music", 5_000);
    let user = json!({"first_name": "Person", "last_name": "2001", "presence_id": "2001", "music_on_hold": {"media_id": "music"}});
    let user = user.as_object().cloned().unwrap();
    exchange
        .directory
        .insert(callflow::ResourceKind::User, "u2001", user);
    let (caller, call, mut callee, _) = talking(&mut exchange).await;
    let sdp = caller.rtp.description("sendonly");
    let hold = sip::command::Command::Offer { sdp };
    caller.command(call, hold).await;
    assert_eq!(callee.offered().await, "sendonly");
    callee.rtp.forget();
    callee.rtp.hears_other_than(0x2a).await;
    let sdp = caller.rtp.description("sendrecv");
    let resume = sip::command::Command::Offer { sdp };
    caller.command(call, resume).await;
    assert_eq!(callee.offered().await, "sendrecv");
    callee.rtp.forget();
    callee.rtp.hears(0x2a, 10).await;
    caller.hang_up(call).await;
    callee.ended().await;
}

#[tokio::test]
async fn phone_that_holds_and_sends_nothing_is_not_taken_for_a_silent_one() {
    let mut exchange = Exchange::with(|config| {
        config.rtp_timeout = Some(std::time::Duration::from_millis(600));
    })
    .await;
    let (mut caller, call, mut callee, _) = talking(&mut exchange).await;
    let sdp = caller.rtp.description("sendonly");
    let hold = sip::command::Command::Offer { sdp };
    caller.command(call, hold).await;
    assert_eq!(callee.offered().await, "sendonly");
    caller.rtp.mute();
    // The clock of the test: another call's audio, for far longer than the limit.
    let echo = json!({"module": "echo", "data": {}, "children": {}});
    exchange.flow("9196", echo).await;
    let mut other = exchange.registered("2003").await;
    other.rtp.speak(0x44);
    let clock = other.call("9196").await;
    other.answered().await;
    other.rtp.hears(0x44, 75).await;
    other.hang_up(clock).await;
    assert_eq!(exchange.record().await.cause, "NORMAL_CLEARING");
    let sdp = caller.rtp.description("sendrecv");
    let resume = sip::command::Command::Offer { sdp };
    caller.command(call, resume).await;
    assert_eq!(callee.offered().await, "sendrecv");
    callee.rtp.forget();
    callee.rtp.hears(0x2a, 5).await;
    // After that silence counts again.
    caller.rtp.mute();
    caller.ended().await;
    assert_eq!(exchange.record().await.cause, "MEDIA_TIMEOUT");
}

#[tokio::test]
async fn resume_reaches_a_phone_that_had_not_yet_answered_the_hold() {
    let mut exchange = Exchange::new().await;
    let (mut caller, call, mut callee, incoming) = talking(&mut exchange).await;
    callee.answers_offers_late();
    for (wanted, answered) in [("sendonly", "recvonly"), ("sendrecv", "sendrecv")] {
        let sdp = caller.rtp.description(wanted);
        caller
            .command(call, sip::command::Command::Offer { sdp })
            .await;
        let answer = |seen: &crate::phone::Seen| match seen {
            crate::phone::Seen::OfferAnswered(direction) => Some(direction.clone()),
            _ => None,
        };
        assert_eq!(caller.expect("an answer", answer).await, answered);
    }
    assert_eq!(callee.offered().await, "sendonly");
    callee.accept_offer(incoming, "recvonly").await;
    assert_eq!(callee.offered().await, "sendrecv");
    callee.accept_offer(incoming, "sendrecv").await;
    caller.rtp.forget();
    caller.rtp.hears(0x33, 5).await;
    caller.hang_up(call).await;
    callee.ended().await;
}

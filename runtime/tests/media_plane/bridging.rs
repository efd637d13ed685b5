use runtime::media::{
    Codec, Direction, MediaError, MediaEvent, MediaSettings, OpId, PlayRequest, PlaySource,
    TelephoneEvent, Tone,
};

use crate::phone::{Call, EVENTS, Phone, assert_continuous, key, plane, share_at};

#[tokio::test]
async fn bridged_phones_hear_each_other() {
    let plane = plane(1);
    let mut caller = Call::new(&plane, Codec::Pcmu).await;
    let mut callee = Call::near(&plane, &caller, Codec::Pcmu).await;
    caller.leg.bridge(&callee.leg).expect("accepted");
    caller.leg.stats().await.expect("bridged by now");
    for _ in 0..2 {
        for n in 0..50 {
            let frame = caller.phone.tone_frame(600.0, n);
            caller.phone.send_frame(&frame).await;
            let packet = callee.phone.receive().await;
            assert_eq!(packet.payload, frame, "relayed as it came, at once");
            assert_ne!(packet.ssrc, caller.phone.ssrc);
            assert_eq!(packet.marker, n == 0);
        }
        std::mem::swap(&mut caller, &mut callee);
    }
}

#[tokio::test]
async fn loss_and_order_are_relayed_as_they_are() {
    let plane = plane(1);
    let mut caller = Call::new(&plane, Codec::Pcmu).await;
    let callee = Call::near(&plane, &caller, Codec::Pcmu).await;
    caller.leg.bridge(&callee.leg).expect("accepted");
    caller.leg.stats().await.expect("bridged by now");
    let (sequence, timestamp) = (caller.phone.sequence, caller.phone.timestamp);
    let mut relayed = Vec::new();
    for n in [0u16, 1, 3, 2, 7, 6, 8] {
        caller.phone.sequence = sequence.wrapping_add(n);
        caller.phone.timestamp = timestamp.wrapping_add(u32::from(n) * 160);
        caller.phone.send_frame(&[0xff; 160]).await;
        let packet = callee.phone.receive().await;
        relayed.push((packet.sequence, packet.timestamp));
    }
    let (first_sequence, first_timestamp) = relayed[0];
    let moved: Vec<_> = relayed
        .iter()
        .map(|(sequence, timestamp)| {
            (
                sequence.wrapping_sub(first_sequence),
                timestamp.wrapping_sub(first_timestamp) / 160,
            )
        })
        .collect();
    let expected = [0, 1, 3, 2, 7, 6, 8].map(|n| (n, u32::from(n)));
    assert_eq!(moved, expected);
}

#[tokio::test]
async fn different_codecs_are_transcoded_both_ways() {
    let plane = plane(1);
    let mut ulaw = Call::new(&plane, Codec::Pcmu).await;
    let mut alaw = Call::near(&plane, &ulaw, Codec::Pcma).await;
    ulaw.leg.bridge(&alaw.leg).expect("accepted");
    ulaw.leg.stats().await.expect("bridged by now");
    ulaw.phone.send_tone(500.0, 25).await;
    let packets = alaw.phone.receive_many(25).await;
    assert_continuous(&packets);
    assert!(packets.iter().all(|packet| packet.payload_type == 8));
    assert!(share_at(&alaw.phone.decode(&packets), 500.0) > 0.95);
    alaw.phone.send_tone(900.0, 25).await;
    let packets = ulaw.phone.receive_many(25).await;
    assert!(packets.iter().all(|packet| packet.payload_type == 0));
    assert!(share_at(&ulaw.phone.decode(&packets), 900.0) > 0.95);
}

#[tokio::test]
async fn keys_are_relayed_under_the_payload_type_of_the_other_side() {
    let plane = plane(1);
    let mut caller = Call::new(&plane, Codec::Pcmu).await;
    let callee = Call::near(&plane, &caller, Codec::Pcmu).await;
    let mut settings = MediaSettings::new(callee.phone.address(), Codec::Pcmu);
    settings.telephone_event = Some(TelephoneEvent {
        send: 96,
        receive: EVENTS,
    });
    callee.leg.set_media(settings).expect("accepted");
    caller.leg.bridge(&callee.leg).expect("accepted");
    caller.leg.stats().await.expect("bridged by now");
    caller.phone.send_key('8').await;
    let packets = callee.phone.receive_many(7).await;
    assert!(packets.iter().all(|packet| packet.payload_type == 96));
    assert!(packets.iter().all(|packet| packet.payload[0] == 8));
    let pressed = |event: &MediaEvent| match event {
        MediaEvent::Key { key, .. } => Some(*key),
        _ => None,
    };
    assert_eq!(caller.wait_for(pressed).await, key('8'));
}

#[tokio::test]
async fn key_becomes_a_tone_for_a_phone_without_telephone_events() {
    let plane = plane(1);
    let mut caller = Call::new(&plane, Codec::Pcmu).await;
    let mut callee = Call::near(&plane, &caller, Codec::Pcma).await;
    let settings = MediaSettings::new(callee.phone.address(), Codec::Pcma);
    callee.leg.set_media(settings).expect("accepted");
    caller.leg.bridge(&callee.leg).expect("accepted");
    caller.leg.stats().await.expect("bridged by now");
    caller.phone.send_key('1').await;
    let packets = callee.phone.receive_many(5).await;
    let samples = callee.phone.decode(&packets);
    assert!(share_at(&samples, 697.0) > 0.3 && share_at(&samples, 1209.0) > 0.3);
    callee.phone.codec = Codec::Pcma;
}

#[tokio::test]
async fn announcement_takes_precedence_over_the_other_party() {
    let plane = plane(1);
    let mut caller = Call::new(&plane, Codec::Pcmu).await;
    let mut callee = Call::near(&plane, &caller, Codec::Pcmu).await;
    caller.leg.bridge(&callee.leg).expect("accepted");
    let request = PlayRequest::new(OpId(1), [PlaySource::tone(Tone::Beep)]);
    callee.leg.play(request).expect("accepted");
    callee.phone.receive().await;
    caller.phone.send_tone(900.0, 5).await;
    caller.stats_when(|stats| stats.packets_received == 5).await;
    callee
        .wait_for(|event| matches!(event, MediaEvent::PlayFinished { .. }).then_some(()))
        .await;
    let announced = callee.phone.received_so_far();
    assert_eq!(announced.len(), 24);
    caller.phone.send_tone(900.0, 5).await;
    let relayed = callee.phone.receive_many(5).await;
    assert!(relayed[0].marker);
    assert_eq!(relayed[0].ssrc, announced[0].ssrc);
    let last = announced.last().expect("a packet").sequence;
    assert_eq!(relayed[0].sequence, last.wrapping_add(1));
}

#[tokio::test]
async fn nothing_is_relayed_after_unbridge_or_towards_hold() {
    let plane = plane(1);
    let mut caller = Call::new(&plane, Codec::Pcmu).await;
    let callee = Call::near(&plane, &caller, Codec::Pcmu).await;
    caller.leg.bridge(&callee.leg).expect("accepted");
    let held =
        MediaSettings::new(callee.phone.address(), Codec::Pcmu).with_direction(Direction::Inactive);
    callee.leg.set_media(held).expect("accepted");
    callee.leg.stats().await.expect("held by now");
    caller.phone.send_tone(500.0, 5).await;
    caller.stats_when(|stats| stats.packets_received == 5).await;
    callee
        .leg
        .set_media(held.with_direction(Direction::SendRecv))
        .expect("accepted");
    callee.leg.unbridge().expect("accepted");
    callee.leg.stats().await.expect("unbridged by now");
    caller.phone.send_tone(500.0, 5).await;
    caller
        .stats_when(|stats| stats.packets_received == 10)
        .await;
    let stats = callee.leg.stats().await.expect("stats");
    assert_eq!(stats.packets_sent, 0);
}

#[tokio::test]
async fn echo_sends_back_what_was_said() {
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcma).await;
    call.leg.echo().expect("accepted");
    call.leg.stats().await.expect("echoing by now");
    call.phone.send_tone(750.0, 30).await;
    let packets = call.phone.receive_many(30).await;
    assert_continuous(&packets);
    assert!(share_at(&call.phone.decode(&packets), 750.0) > 0.95);
}

#[tokio::test]
async fn closing_one_leg_leaves_the_other_in_order() {
    let plane = plane(1);
    let caller = Call::new(&plane, Codec::Pcmu).await;
    let mut callee = Call::near(&plane, &caller, Codec::Pcmu).await;
    caller.leg.bridge(&callee.leg).expect("accepted");
    drop(caller);
    callee.phone.send_tone(500.0, 3).await;
    callee.stats_when(|stats| stats.packets_received == 3).await;
    callee.leg.echo().expect("accepted");
    callee.leg.stats().await.expect("echoing by now");
    callee.phone.send_tone(500.0, 1).await;
    callee.phone.receive().await;
}

#[tokio::test]
async fn leg_moves_to_another_worker_with_all_it_does() {
    let plane = plane(2);
    let mut caller = Call::new(&plane, Codec::Pcmu).await;
    let mut callee = Call::new(&plane, Codec::Pcma).await;
    let refused = caller.leg.bridge(&callee.leg);
    assert!(matches!(refused, Err(MediaError::DifferentWorkers(..))));
    let request = PlayRequest::new(OpId(1), [PlaySource::Silence(500)]);
    callee.leg.play(request).expect("accepted");
    callee.phone.receive().await;
    callee.leg.move_near(&caller.leg).await.expect("moved");
    callee
        .wait_for(|event| matches!(event, MediaEvent::PlayFinished { .. }).then_some(()))
        .await;
    let rest = callee.phone.received_so_far();
    assert_eq!(rest.len(), 24, "no frame was lost or repeated");
    assert_continuous(&rest);
    caller.leg.bridge(&callee.leg).expect("same worker now");
    caller.leg.stats().await.expect("bridged by now");
    caller.phone.send_tone(500.0, 10).await;
    let packets = callee.phone.receive_many(10).await;
    assert!(share_at(&callee.phone.decode(&packets), 500.0) > 0.95);
}

#[tokio::test]
async fn bridging_again_replaces_the_earlier_bridge() {
    let plane = plane(1);
    let mut one = Call::new(&plane, Codec::Pcmu).await;
    let two = Call::near(&plane, &one, Codec::Pcmu).await;
    let three = Call::near(&plane, &one, Codec::Pcmu).await;
    one.leg.bridge(&two.leg).expect("accepted");
    one.leg.bridge(&three.leg).expect("accepted");
    one.leg.stats().await.expect("bridged by now");
    one.phone.send_tone(500.0, 3).await;
    three.phone.receive_many(3).await;
    assert_eq!(two.leg.stats().await.expect("stats").packets_sent, 0);
    let _unused: Phone = two.phone;
}

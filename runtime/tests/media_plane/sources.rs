use std::time::Duration;

use runtime::media::{
    Codec, Direction, Loops, MediaEvent, MediaSettings, OpId, PlayRequest, PlaySource, Tone,
};

use crate::phone::{Call, EVENTS, Phone, plane};

fn connected(event: &MediaEvent) -> Option<std::net::SocketAddr> {
    match event {
        MediaEvent::Connected { source, .. } => Some(*source),
        _ => None,
    }
}

#[tokio::test]
async fn phone_behind_nat_is_answered_where_its_packets_come_from() {
    let plane = plane(1);
    let announced = Phone::new(Codec::Pcmu).await;
    let settings = MediaSettings::new(announced.address(), Codec::Pcmu);
    let mut call = Call::with_settings(&plane, Phone::new(Codec::Pcmu).await, settings).await;
    call.phone.send_tone(500.0, 2).await;
    assert_eq!(call.wait_for(connected).await, call.phone.address());
    let request = PlayRequest::new(OpId(1), [PlaySource::tone(Tone::Beep)]);
    call.leg.play(request).expect("accepted");
    call.phone.receive_many(25).await;
    assert!(announced.received_so_far().is_empty());
}

#[tokio::test]
async fn packets_from_elsewhere_are_ignored_once_the_phone_is_known() {
    let plane = plane(1);
    let mut caller = Call::new(&plane, Codec::Pcmu).await;
    let callee = Call::near(&plane, &caller, Codec::Pcmu).await;
    caller.leg.bridge(&callee.leg).expect("accepted");
    caller.leg.stats().await.expect("bridged by now");
    caller.phone.send_tone(500.0, 1).await;
    callee.phone.receive().await;

    let mut attacker = Phone::new(Codec::Pcmu).await;
    attacker.peer = caller.phone.peer;
    attacker.ssrc = caller.phone.ssrc;
    attacker.sequence = caller.phone.sequence;
    attacker.timestamp = caller.phone.timestamp;
    attacker.send_tone(900.0, 10).await;
    attacker.send_key('9').await;
    let stats = caller
        .stats_when(|stats| stats.packets_rejected == 17)
        .await;
    assert_eq!(stats.packets_received, 1);

    let frame = caller.phone.tone_frame(500.0, 1);
    caller.phone.send_frame(&frame).await;
    assert_eq!(callee.phone.receive().await.payload, frame);
    let keys = std::iter::from_fn(|| caller.events.try_recv().ok());
    let heard: Vec<_> = keys.collect();
    assert!(
        matches!(heard[..], [MediaEvent::Connected { .. }]),
        "{heard:?}"
    );
    let request = PlayRequest::new(OpId(1), [PlaySource::tone(Tone::Beep)]);
    caller.leg.play(request).expect("accepted");
    caller.phone.receive_many(25).await;
    assert!(attacker.received_so_far().is_empty());
}

#[tokio::test]
async fn rubbish_is_counted_and_changes_nothing() {
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    let attacker = tokio::net::UdpSocket::bind("127.0.0.1:0")
        .await
        .expect("socket");
    let target = call.leg.local_addr();
    for first in 0..=255u8 {
        attacker.send_to(&[first; 7], target).await.expect("sent");
        if first % 64 == 63 {
            let so_far = u64::from(first) + 1;
            call.stats_when(|stats| stats.packets_rejected == so_far)
                .await;
        }
    }
    call.phone.send_tone(500.0, 1).await;
    assert_eq!(call.wait_for(connected).await, call.phone.address());
}

#[tokio::test]
async fn silence_of_the_remote_side_is_reported_once() {
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    let timeouts =
        |event: &MediaEvent| matches!(event, MediaEvent::RtpTimeout { .. }).then_some(());
    let timeout = Some(Duration::from_millis(1));
    call.leg.set_rtp_timeout(timeout).expect("accepted");
    call.wait_for(timeouts).await;
    call.phone.send_tone(500.0, 1).await;
    call.wait_for(connected).await;
    call.wait_for(timeouts).await;

    // On hold nothing is expected to arrive.
    let held = MediaSettings::new(call.phone.address(), Codec::Pcmu)
        .with_telephone_event(EVENTS)
        .with_direction(Direction::SendOnly);
    call.leg.set_media(held).expect("accepted");
    let request =
        PlayRequest::new(OpId(1), [PlaySource::tone(Tone::Beep)]).with_loops(Loops::Times(2));
    call.leg.play(request).expect("accepted");
    let next = loop {
        match call.event().await {
            MediaEvent::Connected { .. } => {}
            event => break event,
        }
    };
    assert!(
        matches!(next, MediaEvent::PlayFinished { .. }),
        "one second on hold brought {next:?}"
    );
}

#[tokio::test]
async fn closed_leg_reports_its_final_counters() {
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    call.phone.send_tone(500.0, 3).await;
    call.phone.advance();
    call.phone.send_tone(500.0, 2).await;
    call.stats_when(|stats| stats.packets_received == 5).await;
    let Call {
        leg, mut events, ..
    } = call;
    drop(leg);
    let mut last = None;
    while let Some(event) = events.recv().await {
        last = Some(event);
    }
    let Some(MediaEvent::Closed { stats, .. }) = last else {
        panic!("the last event was {last:?}");
    };
    assert_eq!((stats.packets_received, stats.packets_lost), (5, 1));
}

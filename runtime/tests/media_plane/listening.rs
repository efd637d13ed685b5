use runtime::media::{Codec, MediaError};

use crate::phone::{Call, Packet, assert_continuous, plane, share_at};

/// What somebody hears who listens to two that speak at the same time, without the beginning.
async fn overheard(speakers: &mut [(&mut Call, f64)], listener: &Call) -> Vec<Packet> {
    let mut heard = Vec::new();
    for n in 0..30 {
        for (call, hertz) in &mut *speakers {
            let frame = call.phone.tone_frame(*hertz, n);
            call.phone.send_frame(&frame).await;
        }
        // The listener's packets are the clock of the test.
        heard.push(listener.phone.receive().await);
    }
    heard.split_off(10)
}

#[tokio::test]
async fn listener_hears_both_parties_mixed_and_they_hear_only_each_other() {
    let plane = plane(1);
    let mut caller = Call::new(&plane, Codec::Pcmu).await;
    let mut callee = Call::near(&plane, &caller, Codec::Pcma).await;
    let mut listener = Call::near(&plane, &caller, Codec::Pcma).await;
    caller.leg.bridge(&callee.leg).expect("accepted");
    let (one, other) = (caller.leg.reference(), callee.leg.reference());
    listener.leg.listen(&one, &other).expect("accepted");
    listener.leg.stats().await.expect("listens by now");
    listener.phone.send_tone(2000.0, 5).await;
    let mut speakers = [(&mut caller, 600.0), (&mut callee, 1100.0)];
    let heard = overheard(&mut speakers, &listener).await;
    assert_continuous(&heard);
    assert!(heard.iter().all(|packet| packet.payload_type == 8));
    let samples = listener.phone.decode(&heard);
    for hertz in [600.0, 1100.0] {
        let share = share_at(&samples, hertz);
        assert!(share > 0.3, "{share} of it at {hertz} Hz");
    }
    let relayed = callee.phone.receive_many(30).await;
    assert_eq!(relayed.len(), 30);
    assert!(share_at(&callee.phone.decode(&relayed[10..]), 600.0) > 0.95);
    listener.leg.unbridge().expect("accepted");
    let before = listener.leg.stats().await.expect("stats").packets_sent;
    caller.phone.send_tone(600.0, 5).await;
    callee.phone.receive_many(5).await;
    let after = listener.leg.stats().await.expect("stats").packets_sent;
    assert_eq!(before, after);
}

#[tokio::test]
async fn listener_goes_on_with_one_party_when_the_other_is_gone() {
    let plane = plane(1);
    let mut caller = Call::new(&plane, Codec::Pcmu).await;
    let callee = Call::near(&plane, &caller, Codec::Pcmu).await;
    let listener = Call::near(&plane, &caller, Codec::Pcmu).await;
    let (one, other) = (caller.leg.reference(), callee.leg.reference());
    listener.leg.listen(&one, &other).expect("accepted");
    drop(callee);
    let heard = overheard(&mut [(&mut caller, 600.0)], &listener).await;
    let samples = listener.phone.decode(&heard);
    assert!(share_at(&samples, 600.0) > 0.7);
}

#[tokio::test]
async fn listener_must_share_the_worker_of_both() {
    let plane = plane(2);
    let caller = Call::new(&plane, Codec::Pcmu).await;
    let mut listener = Call::new(&plane, Codec::Pcmu).await;
    let one = caller.leg.reference();
    let refused = listener.leg.listen(&one, &one);
    assert!(matches!(refused, Err(MediaError::DifferentWorkers(_, _))));
    listener.leg.move_to(&one).await.expect("moved");
    listener.leg.listen(&one, &one).expect("accepted");
}

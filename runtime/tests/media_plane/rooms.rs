use runtime::media::{
    Codec, MediaEvent, MediaPlane, OpId, Part, PlayRequest, PlaySource, PreparedAudio, Room, Tone,
};
use std::sync::Arc;

use crate::phone::{Call, Packet, assert_continuous, plane, share_at};

const TONES: [f64; 3] = [500.0, 1004.0, 1700.0];
const MEMBER: Part = Part {
    speaks: true,
    hears: true,
};

/// Three phones in a room: one of another codec, and each on a worker of its own before.
async fn three(plane: &MediaPlane) -> (Room, Vec<Call>) {
    let room = plane.room().expect("a room");
    let mut calls = Vec::new();
    for codec in [Codec::Pcma, Codec::Pcmu, Codec::Pcma] {
        let mut call = Call::new(plane, codec).await;
        call.leg.join(&room, MEMBER).await.expect("joined");
        call.leg.stats().await.expect("in the room by now");
        calls.push(call);
    }
    (room, calls)
}

/// Everybody says their tone for some frames, at the pace of the room; what each heard once all were heard.
async fn talk(calls: &mut [Call], frames: usize) -> Vec<Vec<Packet>> {
    let mut heard = vec![Vec::new(); calls.len()];
    for n in 0..frames {
        for ((call, hz), heard) in calls.iter_mut().zip(TONES).zip(&mut heard) {
            let frame = call.phone.tone_frame(hz, n);
            call.phone.send_frame(&frame).await;
            heard.push(call.phone.receive().await);
        }
    }
    heard
}

/// Shares of the three tones in the later part of what was heard.
fn shares(call: &Call, packets: &[Packet]) -> [f64; 3] {
    let samples = call.phone.decode(&packets[packets.len() / 2..]);
    TONES.map(|hz| share_at(&samples, hz))
}

#[tokio::test]
async fn three_phones_each_hear_the_two_others_and_not_themselves() {
    let plane = plane(2);
    let (_room, mut calls) = three(&plane).await;
    let heard = talk(&mut calls, 60).await;
    for (at, (call, packets)) in calls.iter().zip(&heard).enumerate() {
        let codec = call.phone.codec.payload_type();
        assert!(packets.iter().all(|packet| packet.payload_type == codec));
        assert_continuous(packets);
        for (tone, share) in shares(call, packets).into_iter().enumerate() {
            let right = if tone == at {
                share < 0.02
            } else {
                share > 0.35
            };
            assert!(right, "phone {at} hears tone {tone} by {share}");
        }
    }
}

#[tokio::test]
async fn muted_member_is_not_heard_and_deaf_one_hears_silence() {
    let plane = plane(1);
    let (_room, mut calls) = three(&plane).await;
    let muted = Part {
        speaks: false,
        hears: true,
    };
    let deaf = Part {
        speaks: true,
        hears: false,
    };
    calls[0].leg.set_part(muted).expect("accepted");
    calls[1].leg.set_part(deaf).expect("accepted");
    let heard = talk(&mut calls, 60).await;
    let first = shares(&calls[0], &heard[0]);
    assert!(first[0] < 0.02 && first[1] > 0.35 && first[2] > 0.35);
    let silence = calls[1].phone.decode(&heard[1][30..]);
    assert!(silence.iter().all(|sample| sample.unsigned_abs() <= 8));
    let third = shares(&calls[2], &heard[2]);
    assert!(third[0] < 0.02 && third[1] > 0.95, "{third:?}");
}

#[tokio::test]
async fn announcement_is_heard_by_all_but_one() {
    let plane = plane(1);
    let (room, mut calls) = three(&plane).await;
    for call in &mut calls {
        call.phone.receive().await;
    }
    let loud: Vec<i16> = (0..1600)
        .map(|n| if n % 8 < 4 { 8000 } else { -8000 })
        .collect();
    let audio = Arc::new(PreparedAudio::from_samples(&loud));
    let sources = vec![PlaySource::Audio(audio)];
    let except = Some(calls[1].leg.id());
    room.announce(sources, except).expect("accepted");
    let mut heard = Vec::new();
    for call in &calls {
        let packets = call.phone.receive_many(25).await;
        let samples = call.phone.decode(&packets);
        let loud = samples.iter().filter(|sample| sample.unsigned_abs() > 4000);
        heard.push(loud.count());
    }
    assert_eq!(heard, [1600, 0, 1600]);
}

#[tokio::test]
async fn member_who_is_played_music_hears_it_instead_of_the_room() {
    let plane = plane(1);
    let (_room, mut calls) = three(&plane).await;
    let request = PlayRequest::new(OpId(1), [PlaySource::tone(Tone::Beep)]);
    calls[0].leg.play(request).expect("accepted");
    calls[0]
        .wait_for(|event| matches!(event, MediaEvent::PlayFinished { .. }).then_some(()))
        .await;
    let heard = talk(&mut calls, 80).await;
    assert_continuous(&heard[0]);
    let after = shares(&calls[0], &heard[0]);
    assert!(after[1] > 0.35 && after[2] > 0.35, "{after:?}");
    let beep = calls[0].phone.decode(&heard[0][..20]);
    assert!(share_at(&beep, TONES[1]) < 0.1);
}

#[tokio::test]
async fn who_has_left_hears_nothing_and_is_not_heard() {
    let plane = plane(1);
    let (room, mut calls) = three(&plane).await;
    let mut gone = calls.remove(0);
    gone.leg.unbridge().expect("accepted");
    let before = gone.leg.stats().await.expect("out of the room by now");
    gone.phone.send_tone(TONES[2], 5).await;
    let heard = talk(&mut calls, 40).await;
    assert!(shares(&calls[0], &heard[0])[2] < 0.02);
    let after = gone.leg.stats().await.expect("stats");
    assert_eq!(after.packets_sent, before.packets_sent);
    drop(room);
    let sent = calls[0]
        .leg
        .stats()
        .await
        .expect("the room is closed by now");
    let (one, other) = (&calls[0].leg, &calls[1].leg);
    one.bridge(other).expect("still on one worker");
    one.stats().await.expect("bridged by now");
    let earlier = calls[1].phone.received_so_far().len();
    calls[0].phone.send_tone(TONES[0], 3).await;
    let packets = calls[1].phone.receive_many(3).await;
    assert!(earlier < 10 && packets.len() == 3);
    let later = calls[0].leg.stats().await.expect("stats");
    assert_eq!(later.packets_sent, sent.packets_sent);
}

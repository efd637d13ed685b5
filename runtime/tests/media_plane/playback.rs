use std::io::Cursor;
use std::sync::Arc;

use runtime::media::{
    Codec, Direction, KeySet, Loops, MediaEvent, MediaSettings, OpId, PlayEnd, PlayRequest,
    PlaySource, PreparedAudio, Tone,
};

use crate::phone::{Call, EVENTS, assert_continuous, key, plane, share_at};

fn finished(event: &MediaEvent) -> Option<(OpId, PlayEnd)> {
    match event {
        MediaEvent::PlayFinished { op, reason, .. } => Some((*op, *reason)),
        _ => None,
    }
}

/// Frames that can be told apart: those of frame `n` consist of byte 128 + n.
fn numbered(codec: Codec, frames: u8) -> PlaySource {
    let samples: Vec<i16> = (1..=frames)
        .flat_map(|n| [codec.decode(128 + n); 160])
        .collect();
    PlaySource::Audio(Arc::new(PreparedAudio::from_samples(&samples)))
}

fn number(payload: &[u8]) -> u8 {
    assert!(payload.iter().all(|byte| *byte == payload[0]));
    payload[0] - 128
}

#[tokio::test]
async fn beep_is_heard_at_its_frequency_in_both_codecs() {
    let plane = plane(1);
    for codec in [Codec::Pcmu, Codec::Pcma] {
        let mut call = Call::new(&plane, codec).await;
        let request = PlayRequest::new(OpId(7), [PlaySource::tone(Tone::Beep)]);
        call.leg.play(request).expect("accepted");
        let packets = call.phone.receive_many(25).await;
        assert_eq!(call.wait_for(finished).await, (OpId(7), PlayEnd::Completed));
        assert_continuous(&packets);
        assert!(packets[0].marker && packets[1..].iter().all(|packet| !packet.marker));
        assert!(
            packets
                .iter()
                .all(|packet| packet.payload_type == codec.payload_type())
        );
        let samples = call.phone.decode(&packets);
        assert!(share_at(&samples, 440.0) > 0.95);
        assert!(share_at(&samples, 480.0) < 0.05);
        assert_eq!(
            call.leg.stats().await.expect("stats").packets_sent,
            25,
            "half a second and not a packet more"
        );
    }
}

#[tokio::test]
async fn wav_files_of_other_rates_play_at_their_pitch_and_length() {
    let plane = plane(1);
    for rate in [16_000, 44_100, 48_000] {
        let mut file = Cursor::new(Vec::new());
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::new(&mut file, spec).expect("valid");
        for n in 0..rate {
            let time = f64::from(n) / f64::from(rate);
            let sample = (9000.0 * (std::f64::consts::TAU * 700.0 * time).sin()) as i16;
            writer.write_sample(sample).expect("written");
            writer.write_sample(sample).expect("written");
        }
        writer.finalize().expect("complete");
        file.set_position(0);
        let audio = Arc::new(PreparedAudio::from_wav(file).expect("readable"));

        let mut call = Call::new(&plane, Codec::Pcma).await;
        let request = PlayRequest::new(OpId(1), [audio.into()]);
        call.leg.play(request).expect("accepted");
        call.wait_for(finished).await;
        let packets = call.phone.received_so_far();
        assert_eq!(packets.len(), 50, "one second at {rate} Hz");
        assert!(share_at(&call.phone.decode(&packets), 700.0) > 0.95);
    }
}

#[tokio::test]
async fn list_with_silence_is_played_in_order_as_often_as_asked() {
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    let request = PlayRequest::new(
        OpId(1),
        [
            numbered(Codec::Pcmu, 2),
            PlaySource::Silence(30),
            numbered(Codec::Pcmu, 1),
        ],
    )
    .with_loops(Loops::Times(2));
    call.leg.play(request).expect("accepted");
    call.wait_for(finished).await;
    let packets = call.phone.received_so_far();
    assert_continuous(&packets);
    let numbers: Vec<_> = packets
        .iter()
        .map(|packet| number(&packet.payload))
        .collect();
    assert_eq!(numbers, [1, 2, 127, 127, 1, 1, 2, 127, 127, 1]);
}

#[tokio::test]
async fn stop_key_ends_the_playback_and_other_keys_do_not() {
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    let request = PlayRequest::new(OpId(3), [PlaySource::tone(Tone::Dial)])
        .with_loops(Loops::Endless)
        .with_stop_keys(KeySet::NONE.with(key('5')));
    call.leg.play(request).expect("accepted");
    call.phone.receive().await;
    call.phone.send_key('4').await;
    call.phone.send_key('5').await;
    let mut keys = Vec::new();
    let end = loop {
        match call.event().await {
            MediaEvent::Key { key, .. } => keys.push(key),
            MediaEvent::PlayFinished { reason, .. } => break reason,
            _ => {}
        }
    };
    assert_eq!(keys, [key('4'), key('5')]);
    assert_eq!(end, PlayEnd::Key(key('5')));
}

#[tokio::test]
async fn playback_is_cancelled_replaced_or_closed() {
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    let endless =
        |op| PlayRequest::new(OpId(op), [PlaySource::tone(Tone::Dial)]).with_loops(Loops::Endless);
    call.leg.play(endless(1)).expect("accepted");
    call.leg.play(endless(2)).expect("accepted");
    assert_eq!(call.wait_for(finished).await, (OpId(1), PlayEnd::Replaced));
    call.leg.cancel(OpId(1)).expect("accepted");
    call.leg.cancel(OpId(2)).expect("accepted");
    assert_eq!(call.wait_for(finished).await, (OpId(2), PlayEnd::Cancelled));
    call.leg.play(endless(3)).expect("accepted");
    let Call { leg, events, phone } = call;
    drop(leg);
    let mut call = Call {
        leg: Call::new(&plane, Codec::Pcmu).await.leg,
        events,
        phone,
    };
    assert_eq!(call.wait_for(finished).await, (OpId(3), PlayEnd::Closed));
    assert!(matches!(call.event().await, MediaEvent::Closed { .. }));
    assert!(call.events.recv().await.is_none(), "nothing after the end");
}

#[tokio::test]
async fn hold_stops_the_playback_and_resume_goes_on_from_there() {
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcma).await;
    let active = MediaSettings::new(call.phone.address(), Codec::Pcma).with_telephone_event(EVENTS);
    let on_hold = [
        active.with_direction(Direction::Inactive),
        active.with_direction(Direction::RecvOnly),
        MediaSettings {
            remote: "0.0.0.0:9".parse().expect("an address"),
            ..active
        },
    ];
    let request = PlayRequest::new(OpId(1), [numbered(Codec::Pcma, 40)]);
    call.leg.play(request).expect("accepted");
    let mut packets = Vec::new();
    for held in on_hold {
        packets.extend(call.phone.receive_many(5).await);
        call.leg.set_media(held).expect("accepted");
        let sent = call.leg.stats().await.expect("stats").packets_sent;
        // Another call tells that time has passed: 200 ms of it.
        let mut clock = Call::near(&plane, &call, Codec::Pcmu).await;
        let request = PlayRequest::new(OpId(9), [PlaySource::Silence(200)]);
        clock.leg.play(request).expect("accepted");
        clock.wait_for(finished).await;
        let stats = call.leg.stats().await.expect("stats");
        assert_eq!(stats.packets_sent, sent, "nothing is sent on hold");
        call.leg.set_media(active).expect("accepted");
    }
    call.wait_for(finished).await;
    packets.extend(call.phone.received_so_far());
    let numbers: Vec<_> = packets
        .iter()
        .map(|packet| number(&packet.payload))
        .collect();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    let talkspurts = packets.iter().filter(|packet| packet.marker).count();
    assert_eq!(talkspurts, 4, "each continuation is marked");
}

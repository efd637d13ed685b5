use audio_codec::g722::{G722Decoder, G722Encoder};
use audio_codec::{Decoder, Encoder};
use runtime::media::{
    Codec, Encoding, Leg, MediaEvent, MediaPlane, MediaSettings, OpId, Part, PlayRequest,
    PlaySource, RecordRequest, TapeRequest, Tone,
};
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::phone::{Call, EVENTS, Packet, Phone, assert_continuous, plane, share_at};

/// Payload type of G.722 (RFC 3551 table 4).
const G722: u8 = 9;

/// A phone that speaks G.722, its leg and the events of that.
struct Wide {
    call: Call,
    encoder: G722Encoder,
}

impl Wide {
    async fn settled(call: Call) -> Self {
        let settings = MediaSettings::new(call.phone.address(), Encoding::G722);
        let settings = settings.with_telephone_event(EVENTS);
        call.leg.set_media(settings).expect("accepted");
        call.leg.stats().await.expect("in force by now");
        Self {
            call,
            encoder: G722Encoder::new(),
        }
    }

    async fn new(plane: &MediaPlane) -> Self {
        Self::settled(Call::new(plane, Codec::Pcmu).await).await
    }

    async fn near(plane: &MediaPlane, other: &Call) -> Self {
        Self::settled(Call::near(plane, other, Codec::Pcmu).await).await
    }

    fn leg(&self) -> &Leg {
        &self.call.leg
    }

    fn phone(&self) -> &Phone {
        &self.call.phone
    }

    /// The next frame of a sine, as G.722.
    fn frame(&mut self, hz: f64, index: usize) -> Vec<u8> {
        let samples: Vec<i16> = (index * 320..(index + 1) * 320)
            .map(|n| (8000.0 * (TAU * hz * n as f64 / 16_000.0).sin()) as i16)
            .collect();
        let mut payload = vec![0; 160];
        let length = self.encoder.encode_into(&samples, &mut payload);
        assert_eq!(length.ok(), Some(160));
        payload
    }

    async fn send_tone(&mut self, hz: f64, frames: usize) {
        for index in 0..frames {
            let frame = self.frame(hz, index);
            self.call.phone.send(false, G722, &frame).await;
            self.call.phone.advance();
        }
    }
}

/// What a phone hears of G.722, without every second sample: what `share_at` looks at.
fn decoded(packets: &[Packet]) -> Vec<i16> {
    let mut decoder = G722Decoder::new();
    let mut samples = Vec::new();
    for packet in packets {
        assert_eq!((packet.payload_type, packet.payload.len()), (G722, 160));
        let mut frame = [0; 320];
        let length = decoder.decode_into(&packet.payload, &mut frame);
        assert_eq!(length.ok(), Some(320));
        samples.extend(frame.iter().step_by(2));
    }
    samples
}

fn file(name: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join(name);
    (directory, path)
}

fn read(path: &Path, channel: usize) -> Vec<i16> {
    let mut reader = hound::WavReader::open(path).expect("a file");
    let channels = usize::from(reader.spec().channels);
    let samples = reader.samples().map(|sample| sample.expect("a sample"));
    samples.skip(channel).step_by(channels).collect()
}

async fn recorded(call: &mut Call) {
    let finished =
        |event: &MediaEvent| matches!(event, MediaEvent::RecordFinished { .. }).then_some(());
    call.wait_for(finished).await;
}

#[tokio::test]
async fn wide_band_between_two_phones_is_relayed_as_it_came() {
    let plane = plane(1);
    let mut caller = Wide::new(&plane).await;
    let callee = Wide::near(&plane, &caller.call).await;
    caller.leg().bridge(callee.leg()).expect("accepted");
    caller.leg().stats().await.expect("bridged by now");
    let mut packets = Vec::new();
    for index in 0..25 {
        // Beyond what a telephone carries.
        let frame = caller.frame(5000.0, index);
        caller.call.phone.send(false, G722, &frame).await;
        caller.call.phone.advance();
        let packet = callee.phone().receive().await;
        assert_eq!((packet.payload_type, &packet.payload), (G722, &frame));
        packets.push(packet);
    }
    assert_continuous(&packets);
}

#[tokio::test]
async fn wide_band_phone_and_telephone_hear_each_other() {
    for codec in [Codec::Pcmu, Codec::Pcma] {
        let plane = plane(1);
        let mut wide = Wide::new(&plane).await;
        let mut narrow = Call::near(&plane, &wide.call, codec).await;
        wide.leg().bridge(&narrow.leg).expect("accepted");
        wide.leg().stats().await.expect("bridged by now");
        wide.send_tone(500.0, 25).await;
        let packets = narrow.phone.receive_many(25).await;
        assert_continuous(&packets);
        let types = packets.iter().map(|packet| packet.payload_type);
        assert!(types.eq([codec.payload_type(); 25]));
        assert!(share_at(&narrow.phone.decode(&packets), 500.0) > 0.95);
        narrow.phone.send_tone(900.0, 25).await;
        let packets = wide.phone().receive_many(25).await;
        assert_continuous(&packets);
        assert!(share_at(&decoded(&packets), 900.0) > 0.95);
    }
}

#[tokio::test]
async fn wide_band_phone_hears_prompts_and_is_recorded() {
    let plane = plane(1);
    let mut wide = Wide::new(&plane).await;
    let (_directory, path) = file("message.wav");
    let request = RecordRequest::new(OpId(1), &path, Duration::from_secs(60));
    wide.leg().record(request).expect("accepted");
    let prompt = PlayRequest::new(OpId(2), [PlaySource::tone(Tone::Beep)]);
    wide.leg().play(prompt).expect("accepted");
    let packets = wide.phone().receive_many(25).await;
    assert_continuous(&packets);
    assert!(share_at(&decoded(&packets), 440.0) > 0.9);
    wide.send_tone(500.0, 25).await;
    wide.call
        .stats_when(|stats| stats.packets_received == 25)
        .await;
    wide.leg().cancel(OpId(1)).expect("accepted");
    recorded(&mut wide.call).await;
    assert!(share_at(&loud(&read(&path, 0)), 500.0) > 0.9);
}

#[tokio::test]
async fn tape_of_wide_band_phones_has_both_sides() {
    let plane = plane(1);
    let mut caller = Wide::new(&plane).await;
    let mut callee = Wide::near(&plane, &caller.call).await;
    let (_directory, path) = file("call.wav");
    let max_length = Duration::from_secs(60);
    let op = OpId(1);
    let request = TapeRequest {
        op,
        path: path.clone(),
        max_length,
    };
    caller.leg().tape(request).expect("accepted");
    caller.leg().bridge(callee.leg()).expect("accepted");
    caller.leg().stats().await.expect("bridged by now");
    for index in 0..50 {
        let (one, other) = (caller.frame(500.0, index), callee.frame(900.0, index));
        caller.call.phone.send(false, G722, &one).await;
        caller.call.phone.advance();
        assert_eq!(callee.phone().receive().await.payload, one);
        callee.call.phone.send(false, G722, &other).await;
        callee.call.phone.advance();
        assert_eq!(caller.phone().receive().await.payload, other);
    }
    caller.leg().cancel(op).expect("accepted");
    recorded(&mut caller.call).await;
    // All came at once, and the tape keeps what fits into its time line.
    assert!(share_at(&loud(&read(&path, 0)), 500.0) > 0.5);
    assert!(share_at(&loud(&read(&path, 1)), 900.0) > 0.5);
}

fn loud(samples: &[i16]) -> Vec<i16> {
    let first = samples.iter().position(|sample| sample.abs() > 1000);
    let last = samples.iter().rposition(|sample| sample.abs() > 1000);
    let (first, last) = first.zip(last).expect("a sound");
    samples[first..=last].to_vec()
}

#[tokio::test]
async fn wide_band_phone_takes_part_in_a_room() {
    let plane = plane(1);
    let room = plane.room().expect("a room");
    let mut wide = Wide::new(&plane).await;
    let mut narrow = Call::near(&plane, &wide.call, Codec::Pcma).await;
    let part = Part {
        speaks: true,
        hears: true,
    };
    wide.call.leg.join(&room, part).await.expect("joined");
    narrow.leg.join(&room, part).await.expect("joined");
    // Whoever speaks is heard 20 ms at a time, as long as it lasts.
    let heard = async {
        let mut packets = Vec::new();
        for index in 0.. {
            let frame = narrow.phone.tone_frame(500.0, index);
            narrow.phone.send_frame(&frame).await;
            packets.push(wide.phone().receive().await);
            let last = &packets[packets.len().saturating_sub(25)..];
            if last.len() == 25 && share_at(&decoded(last), 500.0) > 0.7 {
                return;
            }
        }
    };
    let patience = Duration::from_secs(20);
    tokio::time::timeout(patience, heard).await.expect("heard");
    let heard = async {
        let mut packets = Vec::new();
        for index in 0.. {
            let frame = wide.frame(900.0, index);
            wide.call.phone.send(false, G722, &frame).await;
            wide.call.phone.advance();
            packets.push(narrow.phone.receive().await);
            let last = &packets[packets.len().saturating_sub(25)..];
            if last.len() == 25 && share_at(&narrow.phone.decode(last), 900.0) > 0.7 {
                return;
            }
        }
    };
    tokio::time::timeout(patience, heard).await.expect("heard");
}

#[tokio::test]
async fn wide_band_that_was_not_agreed_is_thrown_away() {
    let plane = plane(1);
    let call = Call::new(&plane, Codec::Pcmu).await;
    call.phone.send(false, G722, &[0; 160]).await;
    call.stats_when(|stats| stats.packets_rejected == 1).await;
}

#[tokio::test]
async fn phone_may_change_to_wide_band_and_back_during_a_prompt() {
    let plane = plane(1);
    let call = Call::new(&plane, Codec::Pcmu).await;
    let prompt = PlayRequest::new(OpId(1), [PlaySource::Silence(60_000)]);
    call.leg.play(prompt).expect("accepted");
    let narrow = MediaSettings::new(call.phone.address(), Codec::Pcmu);
    let wide = MediaSettings::new(call.phone.address(), Encoding::G722);
    for (settings, payload_type) in [(narrow, 0), (wide, G722), (narrow, 0)] {
        call.leg.set_media(settings).expect("accepted");
        call.leg.stats().await.expect("in force by now");
        call.phone.received_so_far();
        // One may have been under way.
        let packets = call.phone.receive_many(5).await;
        assert_continuous(&packets);
        assert_eq!(packets[4].payload_type, payload_type);
    }
}

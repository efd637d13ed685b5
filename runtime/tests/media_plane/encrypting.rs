//! Encrypted legs. What stands for an encrypting phone is a leg of its own, with the keys the other way round.

use std::time::Duration;

use runtime::media::{
    Codec, Key, Keys, Leg, MediaEvent, MediaPlane, MediaSettings, OpId, PlayRequest, PlaySource,
    ReportPath, Secret, Suite, Tone,
};
use std::net::SocketAddr;
use tokio::sync::mpsc;

use crate::phone::{Call, EVENTS, Phone, key, plane, share_at};
use crate::reports;

const SUITES: [Suite; 3] = [Suite::HmacSha1_80, Suite::HmacSha1_32, Suite::Gcm];

fn keys(suite: Suite, sends: u8, hears: u8) -> Keys {
    let secret = |byte: u8| Secret::new(&[byte; 16], &[byte; 12]).expect("a key");
    Keys {
        suite,
        sends: secret(sends),
        hears: secret(hears),
    }
}

/// Lets a leg speak encrypted with whoever is there.
fn face(leg: &Leg, there: SocketAddr, keys: Keys) {
    let beside = SocketAddr::new(there.ip(), there.port() + 1);
    let settings = MediaSettings::new(there, Codec::Pcmu)
        .with_telephone_event(EVENTS)
        .with_reports(ReportPath::Beside(beside));
    leg.set_encrypted_media(settings, keys).expect("accepted");
}

/// A leg as another phone.
struct Far {
    leg: Leg,
    events: mpsc::Receiver<MediaEvent>,
}

impl Far {
    fn of(plane: &MediaPlane, other: &Leg, suite: Suite) -> Far {
        let (sender, events) = mpsc::channel(64);
        let leg = plane.allocate(sender).expect("a leg");
        face(other, leg.local_addr(), keys(suite, 1, 2));
        face(&leg, other.local_addr(), keys(suite, 2, 1));
        Far { leg, events }
    }

    async fn pressed(&mut self) -> Key {
        loop {
            let event = tokio::time::timeout(Duration::from_secs(20), self.events.recv()).await;
            if let MediaEvent::Key { key, .. } = event.expect("in time").expect("an event") {
                return key;
            }
        }
    }
}

#[tokio::test]
async fn encrypted_ends_hear_each_others_keys_and_reports() {
    for suite in SUITES {
        let plane = reports::plane();
        let mut call = Call::new(&plane, Codec::Pcmu).await;
        let mut far = Far::of(&plane, &call.leg, suite);
        let digits = vec![key('5'), key('#')];
        call.leg.send_digits(OpId(1), digits).expect("accepted");
        far.leg
            .send_digits(OpId(1), vec![key('7')])
            .expect("accepted");
        assert_eq!(far.pressed().await, key('5'), "{suite:?}");
        assert_eq!(far.pressed().await, key('#'), "{suite:?}");
        let pressed = |event: &MediaEvent| match event {
            MediaEvent::Key { key, .. } => Some(*key),
            _ => None,
        };
        assert_eq!(call.wait_for(pressed).await, key('7'), "{suite:?}");
        let stats = call.stats_when(|stats| stats.far.is_some()).await;
        assert!(stats.round_trip_us.is_some(), "{suite:?} {stats:?}");
    }
}

#[tokio::test]
async fn plain_phone_and_encrypted_one_hear_each_other() {
    let plane = plane(1);
    let mut plain = Call::new(&plane, Codec::Pcma).await;
    let encrypted = Call::near(&plane, &plain, Codec::Pcmu).await;
    let far = Far::of(&plane, &encrypted.leg, Suite::HmacSha1_80);
    far.leg.echo().expect("accepted");
    encrypted.leg.bridge(&plain.leg).expect("accepted");
    plain.leg.stats().await.expect("bridged by now");
    far.leg.stats().await.expect("ready by now");
    plain.phone.sequence = 1;
    plain.phone.send_tone(700.0, 50).await;
    let heard = plain.phone.receive_many(40).await;
    let share = share_at(&plain.phone.decode(&heard), 700.0);
    assert!(share > 0.95, "{share}");
    let stats = encrypted.leg.stats().await.expect("stats");
    assert_eq!(stats.packets_rejected, 0);
}

#[tokio::test]
async fn nothing_leaves_an_encrypted_leg_in_the_clear_and_nothing_plain_is_heard_or_followed() {
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    let before = MediaSettings::new(call.phone.address(), Codec::Pcmu);
    call.leg
        .set_encrypted_media(before, keys(Suite::HmacSha1_80, 1, 2))
        .expect("accepted");
    let mut intruder = Phone::new(Codec::Pcmu).await;
    intruder.peer = call.phone.peer;
    intruder.send_tone(500.0, 5).await;
    call.phone.send_tone(500.0, 5).await;
    let stats = call.stats_when(|stats| stats.packets_rejected == 10).await;
    assert_eq!(stats.packets_received, 0);
    let beep = PlayRequest::new(OpId(1), [PlaySource::tone(Tone::Beep)]);
    call.leg.play(beep).expect("accepted");
    let mut payloads = Vec::new();
    for _ in 0..25 {
        let datagram = call.phone.receive_datagram().await;
        assert_eq!(datagram.len(), 12 + 160 + 10, "a tag behind the sound");
        payloads.extend(
            datagram[12..172]
                .iter()
                .map(|it| call.phone.codec.decode(*it)),
        );
    }
    let loudest = (1..40)
        .map(|n| share_at(&payloads, f64::from(n) * 100.0))
        .fold(0.0, f64::max);
    assert!(loudest < 0.1, "no tone is heard on the way: {loudest}");
    assert!(intruder.received_so_far().is_empty());
}

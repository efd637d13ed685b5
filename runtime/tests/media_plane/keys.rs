use runtime::media::{Codec, MediaEvent, MediaSettings, OpId};

use crate::phone::{Call, EVENTS, Phone, key, plane, share_at};

#[tokio::test]
async fn each_key_is_reported_once_with_its_duration() {
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    for symbol in "1#1".chars() {
        call.phone.send_key(symbol).await;
    }
    let stats = call.stats_when(|stats| stats.packets_received == 21).await;
    assert_eq!((stats.packets_lost, stats.packets_rejected), (0, 0));
    let leg = call.leg.id();
    assert!(matches!(call.event().await, MediaEvent::Connected { .. }));
    for symbol in "1#1".chars() {
        let key = key(symbol);
        assert_eq!(call.event().await, MediaEvent::Key { leg, key });
        let duration_ms = 100;
        let released = MediaEvent::KeyReleased {
            leg,
            key,
            duration_ms,
        };
        assert_eq!(call.event().await, released);
    }
    assert!(call.events.try_recv().is_err());
}

#[tokio::test]
async fn digits_are_sent_as_telephone_events() {
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcma).await;
    let digits = vec![key('9'), key('*')];
    call.leg.send_digits(OpId(4), digits).expect("accepted");
    let sent = |event: &MediaEvent| match event {
        MediaEvent::DigitsSent { op, .. } => Some(*op),
        _ => None,
    };
    assert_eq!(call.wait_for(sent).await, OpId(4));
    let packets = call.phone.received_so_far();
    assert_eq!(packets.len(), 14);
    for (packets, code) in packets.chunks(7).zip([9, 10]) {
        let first = &packets[0];
        assert!(first.marker && packets[1..].iter().all(|packet| !packet.marker));
        for (n, packet) in packets.iter().enumerate() {
            assert_eq!(packet.payload_type, EVENTS);
            assert_eq!(packet.timestamp, first.timestamp);
            assert_eq!(packet.sequence, first.sequence.wrapping_add(n as u16));
            assert_eq!(packet.payload[0], code);
            let duration = u16::from_be_bytes([packet.payload[2], packet.payload[3]]);
            assert_eq!(usize::from(duration), 160 * (n + 1).min(5));
            assert_eq!(packet.payload[1] & 0x80 != 0, n >= 4, "three end packets");
        }
    }
    let gap = packets[7].timestamp.wrapping_sub(packets[0].timestamp);
    assert_eq!(gap, 8 * 160, "100 ms of key and 60 ms of pause");
}

#[tokio::test]
async fn digits_are_sent_as_tones_to_a_phone_without_telephone_events() {
    let plane = plane(1);
    let phone = Phone::new(Codec::Pcmu).await;
    let settings = MediaSettings::new(phone.address(), Codec::Pcmu);
    let mut call = Call::with_settings(&plane, phone, settings).await;
    let digits = vec![key('5')];
    call.leg.send_digits(OpId(4), digits).expect("accepted");
    call.wait_for(|event| matches!(event, MediaEvent::DigitsSent { .. }).then_some(()))
        .await;
    let packets = call.phone.received_so_far();
    assert_eq!(packets.len(), 5);
    let samples = call.phone.decode(&packets);
    let (low, high) = (share_at(&samples, 770.0), share_at(&samples, 1336.0));
    assert!(low > 0.3 && high > 0.3 && low + high > 0.9, "{low} {high}");
}

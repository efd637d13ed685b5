use proptest::prelude::*;

use super::*;

const SUITES: [Suite; 3] = [Suite::HmacSha1_80, Suite::HmacSha1_32, Suite::Gcm];

fn secret(byte: u8) -> Secret {
    Secret::new(&[byte; 16], &[byte; 12]).expect("a key")
}

fn keys(suite: Suite, sends: u8, hears: u8) -> Keys {
    Keys {
        suite,
        sends: secret(sends),
        hears: secret(hears),
    }
}

/// Both ends of a leg.
fn pair(suite: Suite) -> (Box<Shield>, Box<Shield>) {
    let shield = |sends, hears| Shield::renew(None, Some(keys(suite, sends, hears)));
    let (us, peer) = (shield(1, 2), shield(2, 1));
    (us.expect("a shield"), peer.expect("a shield"))
}

fn packet(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 8];
    packet.extend(sequence.to_be_bytes());
    packet.extend([0; 4]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0x55; 160]);
    packet
}

fn sealed(shield: &mut Shield, packet: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + GROWTH, 0);
    let length = shield.seal(&mut buffer, packet.len())?;
    buffer.truncate(length);
    Some(buffer)
}

/// What is understood of a packet.
fn opened(shield: &mut Shield, wire: &[u8]) -> Option<Vec<u8>> {
    let mut wire = wire.to_vec();
    let length = shield.open(&mut wire)?;
    wire.truncate(length);
    Some(wire)
}

/// Whether what one end says is understood at the other.
fn is_heard(from: &mut Shield, to: &mut Shield, sequence: u16) -> bool {
    let sent = packet(7, sequence);
    let wire = sealed(from, &sent).expect("a packet");
    opened(to, &wire).is_some_and(|heard| heard == sent)
}

#[test]
fn what_one_end_says_is_understood_at_the_other_alone() {
    for suite in SUITES {
        let (mut us, mut peer) = pair(suite);
        let sent = packet(7, 1);
        let wire = sealed(&mut us, &sent).expect("a packet");
        assert!(!wire.windows(16).any(|part| part == [0x55; 16]));
        assert_eq!(opened(&mut us, &wire), None, "our own came back");
        assert_eq!(opened(&mut peer, &wire), Some(sent));
    }
}

#[test]
fn packet_is_taken_once_and_unchanged() {
    for suite in SUITES {
        let (mut us, mut peer) = pair(suite);
        let wire = sealed(&mut us, &packet(7, 1)).expect("a packet");
        for at in 0..wire.len() {
            let mut changed = wire.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&mut peer, &changed), None, "{suite:?} {at}");
        }
        assert!(opened(&mut peer, &wire).is_some());
        assert_eq!(opened(&mut peer, &wire), None, "replayed");
        assert!(is_heard(&mut us, &mut peer, 2));
    }
}

#[test]
fn report_is_taken_once_and_unchanged() {
    let report: Vec<u8> = [0x80, 201, 0, 7, 0, 0, 0, 7]
        .into_iter()
        .chain(8..32)
        .collect();
    for suite in SUITES {
        let (mut us, mut peer) = pair(suite);
        let mut wire = report.clone();
        wire.resize(report.len() + GROWTH, 0);
        let length = us.seal_report(&mut wire, report.len()).expect("room");
        wire.truncate(length);
        for at in 0..wire.len() {
            let mut changed = wire.clone();
            changed[at] ^= 1;
            assert_eq!(peer.open_report(&mut changed), None, "{suite:?} {at}");
        }
        let mut heard = wire.clone();
        let length = peer.open_report(&mut heard).expect("a report");
        assert_eq!(heard[..length], report);
        assert_eq!(peer.open_report(&mut wire), None, "replayed");
    }
}

/// Two packets with one number would be encrypted alike.
#[test]
fn no_number_is_sent_twice() {
    let (mut us, _) = pair(Suite::HmacSha1_80);
    assert!(sealed(&mut us, &packet(7, 1)).is_some());
    assert!(sealed(&mut us, &packet(7, 1)).is_none());
    let mut same = Shield::renew(Some(us), Some(keys(Suite::HmacSha1_80, 1, 3))).expect("a shield");
    assert!(sealed(&mut same, &packet(7, 1)).is_none());
    assert!(sealed(&mut same, &packet(7, 2)).is_some());
}

#[test]
fn stream_is_followed_through_many_rounds_of_numbers() {
    let (mut us, mut peer) = pair(Suite::HmacSha1_32);
    let mut sequence = 65_000_u16;
    for _ in 0..20 {
        assert!(is_heard(&mut us, &mut peer, sequence), "{sequence}");
        sequence = sequence.wrapping_add(20_000);
    }
}

#[test]
fn stream_that_began_before_it_was_heard_is_found() {
    let (mut us, mut peer) = pair(Suite::HmacSha1_80);
    for sequence in [65_535, 0] {
        sealed(&mut us, &packet(7, sequence)).expect("a packet");
    }
    assert!(is_heard(&mut us, &mut peer, 1));
}

#[test]
fn packets_under_the_old_keys_are_taken_until_one_comes_under_the_new_ones() {
    let suite = Suite::HmacSha1_80;
    let (us, mut peer) = pair(suite);
    let mut us = us;
    assert!(is_heard(&mut peer, &mut us, 1));
    // The peer has told a new key, but does not use it yet.
    let mut us = Shield::renew(Some(us), Some(keys(suite, 1, 9))).expect("a shield");
    let replayed = sealed(&mut peer, &packet(7, 2)).expect("a packet");
    assert!(opened(&mut us, &replayed).is_some());
    assert_eq!(opened(&mut us, &replayed), None);
    let late = sealed(&mut peer, &packet(7, 3)).expect("a packet");
    let mut peer = Shield::renew(Some(peer), Some(keys(suite, 9, 1))).expect("a shield");
    assert!(is_heard(&mut peer, &mut us, 4));
    assert_eq!(opened(&mut us, &late), None);
    assert!(is_heard(&mut us, &mut peer, 100), "our key has stayed");
}

/// Numbers go on under new keys (RFC 3711 §3.3.1), but many phones begin anew.
#[test]
fn stream_is_found_under_new_keys_whether_its_rounds_go_on_or_not() {
    let suite = Suite::HmacSha1_80;
    for goes_on in [true, false] {
        let (us, mut peer) = pair(suite);
        let mut us = us;
        for sequence in [20_000, 40_000, 60_000, 10_000, 30_000, 50_000, 4_000, 8_000] {
            assert!(is_heard(&mut peer, &mut us, sequence));
        }
        let mut us = Shield::renew(Some(us), Some(keys(suite, 1, 9))).expect("a shield");
        let mut peer = Shield::renew(None, Some(keys(suite, 9, 1))).expect("a shield");
        if goes_on {
            for sequence in [20_000, 40_000, 60_000, 10_000, 30_000, 50_000, 4_000] {
                sealed(&mut peer, &packet(7, sequence)).expect("a packet");
            }
        }
        assert!(is_heard(&mut peer, &mut us, 8_001), "{goes_on}");
    }
}

#[test]
fn plain_sound_has_no_shield() {
    let (us, _) = pair(Suite::Gcm);
    assert!(Shield::renew(Some(us), None).is_none());
}

#[test]
fn keys_are_never_shown() {
    let shown = format!("{:?} {:?}", keys(Suite::Gcm, 77, 78), pair(Suite::Gcm).0);
    assert!(!shown.contains("77") && !shown.contains("78"), "{shown}");
}

proptest! {
    #[test]
    fn nothing_of_a_stranger_is_taken_and_everything_is_survived(
        datagram in prop::collection::vec(any::<u8>(), 0..200), suite in 0..3_usize, first: u8,
    ) {
        let (mut us, mut peer) = pair(SUITES[suite]);
        prop_assert!(is_heard(&mut peer, &mut us, 1));
        let mut datagram = datagram;
        if let Some(byte) = datagram.first_mut() {
            *byte = 0x80 | (first & 0x3f);
        }
        prop_assert_eq!(us.open(&mut datagram.clone()), None);
        prop_assert_eq!(us.open_report(&mut datagram.clone()), None);
        let length = datagram.len();
        us.seal(&mut datagram, length);
        us.seal_report(&mut datagram, length);
        prop_assert!(is_heard(&mut peer, &mut us, 2));
    }
}

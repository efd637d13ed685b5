//! Against what others have published.

use super::*;
use crate::media::rtp::HEADER;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).filter_map(byte).collect()
}

fn secret(key: &str, salt: &str) -> Secret {
    Secret::new(&bytes(key), &bytes(salt)).expect("a key")
}

/// RFC 3711 §B.3.
const KEY: &str = "e1f97a0d3e018be0d64fa32c06de4139";
const SALT_OF_KEY: &str = "0ec675ad498afeebb6960b3aabe6";
/// RFC 6188 §7.2.
const LONG_KEY: &str = "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6";
const SALT_OF_LONG_KEY: &str = "3b04803de51ee7c96423ab5b78d2";

/// Encrypts the packet and decrypts it again; what went over the wire.
fn sealed(transform: &Transform, packet: &[u8], head: usize, (ssrc, index): (u32, u64)) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + GCM_TAG, 0);
    let range = (head, packet.len());
    let length = transform.seal(&mut buffer, range, ssrc, index);
    buffer.truncate(length.expect("room"));
    let wire = buffer.clone();
    let length = transform.open(&mut buffer, head, ssrc, index);
    assert_eq!(length, Some(packet.len()));
    assert_eq!(&buffer[..packet.len()], packet);
    wire
}

/// As [`sealed`], for a report.
fn sealed_report(transform: &Transform, report: &[u8], ssrc: u32, number: u32) -> Vec<u8> {
    let mut buffer = report.to_vec();
    buffer.resize(report.len() + GCM_TAG + NUMBER, 0);
    let length = transform.seal_report(&mut buffer, report.len(), ssrc, number);
    buffer.truncate(length.expect("room"));
    let wire = buffer.clone();
    assert_eq!(transform.number(&buffer), Some(number));
    let length = transform.open_report(&mut buffer, ssrc, number);
    assert_eq!(length, Some(report.len()));
    assert_eq!(&buffer[..report.len()], report);
    wire
}

#[test]
fn session_keys_are_derived_as_the_standards_do() {
    for (key, salt, cipher, mac, session_salt) in [
        (
            KEY,
            SALT_OF_KEY,
            "c61e7a93744f39ee10734afe3ff7a087",
            "cebe321f6ff7716b6fd4ab49af256a156d38baa4",
            "30cbbc08863d8c85d49db34a9ae1",
        ),
        (
            LONG_KEY,
            SALT_OF_LONG_KEY,
            "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
            "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
            "fa31791685ca444a9e07c6c64e93",
        ),
    ] {
        let secret = secret(key, salt);
        let master = Aes::new(&secret.key);
        match secret.key {
            Key::Short(_) => assert_eq!(derived::<16>(&master, &secret, 0)[..], bytes(cipher)),
            Key::Long(_) => assert_eq!(derived::<32>(&master, &secret, 0)[..], bytes(cipher)),
        }
        assert_eq!(derived::<20>(&master, &secret, 1)[..], bytes(mac));
        assert_eq!(derived::<14>(&master, &secret, 2)[..], bytes(session_salt));
    }
}

/// The packets that the tests of libsrtp compare with.
#[test]
fn packets_in_counter_mode_are_those_of_libsrtp() {
    let packet = bytes("800f1234 decafbad cafebabe abababab abababab abababab abababab");
    let place = (0xcafe_babe, 0x1234);
    let short = secret(KEY, SALT_OF_KEY);
    let long = secret(LONG_KEY, SALT_OF_LONG_KEY);
    let whole =
        "800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb";
    let cut = "800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc";
    let of_long =
        "800f1234 decafbad cafebabe f1d9de17 ff251ff1 aa007774 b0b4b40d a08d9d9a 5b3a55d8 873b";
    for (suite, secret, wire) in [
        (Suite::HmacSha1_80, &short, whole),
        (Suite::HmacSha1_32, &short, cut),
        (Suite::HmacSha1_80, &long, of_long),
    ] {
        let transform = Transform::new(suite, secret, Kind::Sound);
        assert_eq!(sealed(&transform, &packet, HEADER, place), bytes(wire));
    }
    // A report's tag is never cut.
    let report = bytes("81c8000b cafebabe abababab abababab abababab abababab");
    let wire =
        "81c8000b cafebabe 7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c123 0798";
    for suite in [Suite::HmacSha1_80, Suite::HmacSha1_32] {
        let transform = Transform::new(suite, &short, Kind::Reports);
        let sealed = sealed_report(&transform, &report, 0xcafe_babe, 1);
        assert_eq!(sealed, bytes(wire), "{suite:?}");
    }
}

/// RFC 7714 §16 and §17 give session keys, not master keys.
#[test]
fn packets_in_galois_mode_are_those_of_the_standard() {
    let salt = secret(
        "00000000000000000000000000000000",
        "517569642070726f2071756f",
    )
    .salt;
    let short = bytes("000102030405060708090a0b0c0d0e0f");
    let long = bytes("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    let short = Aes128Gcm::new_from_slice(&short).expect("a key");
    let long = Aes256Gcm::new_from_slice(&long).expect("a key");
    let short = Transform {
        cipher: Cipher::ShortGcm(Box::new(short)),
        salt,
    };
    let long = Transform {
        cipher: Cipher::LongGcm(Box::new(long)),
        salt,
    };
    let packet = bytes(
        "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 \
         696e2070 61727465 73207472 6573",
    );
    let place = (0x5501_a0b2, 0xf17b);
    for (transform, wire) in [
        (
            &short,
            "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f \
             42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
        ),
        (
            &long,
            "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 \
             b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
        ),
    ] {
        assert_eq!(sealed(transform, &packet, HEADER, place), bytes(wire));
    }
    let report = bytes(
        "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef \
         deadbeef deadbeef deadbeef deadbeef",
    );
    let wire = "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 \
                730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4";
    let sealed = sealed_report(&short, &report, 0x4d61_7273, 0x5d4);
    assert_eq!(sealed, bytes(wire));
}

#[test]
fn report_that_says_it_is_not_encrypted_has_no_number() {
    let secret = secret(KEY, SALT_OF_KEY);
    for suite in [Suite::HmacSha1_80, Suite::Gcm] {
        let transform = Transform::new(suite, &secret, Kind::Reports);
        let mut report = sealed_report(&transform, &[0x80; 28], 1, 1);
        let at = match suite {
            Suite::Gcm => report.len() - NUMBER,
            _ => report.len() - NUMBER - LONG_TAG,
        };
        report[at] &= 0x7f;
        assert_eq!(transform.number(&report), None, "{suite:?}");
        assert_eq!(transform.number(&report[..3]), None);
    }
}

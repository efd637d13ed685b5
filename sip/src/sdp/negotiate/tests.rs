use super::*;
use crate::sdp::Suite;

fn local(codecs: &[Codec]) -> Local {
    Local {
        rtp: "192.0.2.1:20000".parse().unwrap(),
        session_id: 1,
        version: 1,
        codecs: codecs.to_vec(),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        rtcp_mux: false,
        encryption: Encryption::AsOffered,
        keys: Suite::ALL
            .iter()
            .filter_map(|suite| MasterKey::new(*suite, &[7; 46]))
            .collect(),
    }
}

fn phone(tail: &str) -> Session {
    Session::parse(format!("v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\n{tail}").as_bytes()).unwrap()
}

const BOTH: [Codec; 2] = [Codec::Pcma, Codec::Pcmu];

#[test]
fn both_sides_agree_on_the_same_codec_and_events() {
    let ours = local(&BOTH);
    let theirs = Local {
        rtp: "192.0.2.2:4000".parse().unwrap(),
        ..local(&[Codec::Pcmu])
    };
    let (reply, at_them) = answer(&offer(&ours), &theirs).unwrap();
    let reply = Session::parse(reply.to_string().as_bytes()).unwrap();
    let at_us = accept(&reply, &ours).unwrap();
    assert_eq!((at_them.codec, at_us.codec), (Codec::Pcmu, Codec::Pcmu));
    assert_eq!((at_them.events, at_us.events), (Some(101), Some(101)));
    assert_eq!(at_us.remote, Some(theirs.rtp));
    assert_eq!(at_them.remote, Some(ours.rtp));
    assert_eq!(at_us.direction, Direction::SendRecv);
}

#[test]
fn dynamic_payload_types_of_the_peer_are_used() {
    let offer = phone(
        "c=IN IP4 192.0.2.7\r\nm=audio 4000 RTP/AVP 98 97 96\r\na=rtpmap:98 opus/48000/2\r\na=rtpmap:97 pcma/8000\r\na=rtpmap:96 telephone-event/8000\r\n",
    );
    let (reply, agreed) = answer(&offer, &local(&BOTH)).unwrap();
    assert_eq!((agreed.payload_type, agreed.events), (97, Some(96)));
    assert_eq!(reply.media[0].formats[0].id, "97");
}

#[test]
fn wide_band_is_agreed_when_both_speak_it() {
    let ours = local(&[Codec::G722, Codec::Pcma]);
    let text = offer(&ours).to_string();
    assert!(text.contains("RTP/AVP 9 8 101\r\n"), "{text}");
    assert!(text.contains("a=rtpmap:9 G722/8000\r\n"), "{text}");
    let theirs = local(&[Codec::G722]);
    let (reply, agreed) = answer(&offer(&ours), &theirs).unwrap();
    assert_eq!(agreed.codec, Codec::G722);
    assert_eq!(accept(&reply, &ours).unwrap().codec, Codec::G722);
}

#[test]
fn hold_is_understood_in_both_spellings() {
    let cases = [
        (
            "c=IN IP4 192.0.2.7\r\nm=audio 4000 RTP/AVP 0\r\na=sendonly\r\n",
            Direction::RecvOnly,
        ),
        (
            "c=IN IP4 192.0.2.7\r\na=inactive\r\nm=audio 4000 RTP/AVP 0\r\n",
            Direction::Inactive,
        ),
        (
            "c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n",
            Direction::RecvOnly,
        ),
    ];
    for (tail, expected) in cases {
        let (reply, agreed) = answer(&phone(tail), &local(&BOTH)).unwrap();
        assert!(agreed.held);
        assert_eq!(agreed.direction, expected);
        assert_eq!(reply.media[0].direction, Some(expected));
    }
}

#[test]
fn reports_share_the_port_only_when_both_sides_say_so() {
    let shared = "c=IN IP4 192.0.2.7\r\nm=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\n";
    let apart = "c=IN IP4 192.0.2.7\r\nm=audio 4000 RTP/AVP 0\r\n";
    for (tail, mux) in [(shared, true), (apart, false)] {
        let (reply, agreed) = answer(&phone(tail), &local(&BOTH)).unwrap();
        assert_eq!(agreed.rtcp_mux, mux);
        assert_eq!(reply.to_string().contains("a=rtcp-mux"), mux);
    }
    let asking = Local {
        rtcp_mux: true,
        ..local(&BOTH)
    };
    assert!(offer(&asking).to_string().contains("a=rtcp-mux"));
    assert!(accept(&phone(shared), &asking).unwrap().rtcp_mux);
    assert!(!accept(&phone(apart), &asking).unwrap().rtcp_mux);
    assert!(!accept(&phone(shared), &local(&BOTH)).unwrap().rtcp_mux);
}

#[test]
fn reports_go_where_the_peer_says_else_to_the_next_port() {
    for (line, expected) in [
        ("", Some("192.0.2.7:4001")),
        ("a=rtcp:5004\r\n", Some("192.0.2.7:5004")),
        ("a=rtcp:5004 IN IP4 192.0.2.8\r\n", Some("192.0.2.8:5004")),
        ("a=rtcp:0\r\n", None),
        ("a=rtcp:x\r\n", None),
        ("a=rtcp:5004 IN IP4 nowhere\r\n", None),
    ] {
        let tail = format!("c=IN IP4 192.0.2.7\r\nm=audio 4000 RTP/AVP 0\r\n{line}");
        let (_, agreed) = answer(&phone(&tail), &local(&BOTH)).unwrap();
        assert_eq!(
            agreed.rtcp,
            expected.map(|it| it.parse().unwrap()),
            "{line}"
        );
    }
    let last = "c=IN IP4 192.0.2.7\r\nm=audio 65535 RTP/AVP 0\r\n";
    assert_eq!(answer(&phone(last), &local(&BOTH)).unwrap().1.rtcp, None);
}

#[test]
fn media_we_do_not_take_are_refused_in_place() {
    let offer = phone(
        "c=IN IP4 192.0.2.7\r\nm=video 5000 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 8\r\nm=image 6000 udptl t38\r\n",
    );
    let (reply, _) = answer(&offer, &local(&BOTH)).unwrap();
    let ports: Vec<u16> = reply.media.iter().map(|media| media.port).collect();
    assert_eq!(ports, [0, 20000, 0]);
}

/// A line with a key of 30 bytes.
fn crypto_line(tag: u32, suite: &str) -> String {
    let key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
    format!("a=crypto:{tag} {suite} inline:{key}|2^20\r\n")
}

fn phone_with_keys(protocol: &str, lines: &str) -> Session {
    phone(&format!(
        "c=IN IP4 192.0.2.7\r\nm=audio 4000 {protocol} 0\r\n{lines}"
    ))
}

#[test]
fn both_sides_agree_on_the_keys_of_each() {
    let with = |byte, suite| Local {
        encryption: Encryption::Offered,
        keys: vec![MasterKey::new(suite, &[byte; 46]).unwrap()],
        ..local(&BOTH)
    };
    let ours = Local {
        keys: [
            with(1, Suite::AesCm128HmacSha1_80).keys,
            with(2, Suite::AesCm128HmacSha1_32).keys,
        ]
        .concat(),
        ..with(1, Suite::AesCm128HmacSha1_80)
    };
    let theirs = with(3, Suite::AesCm128HmacSha1_32);
    let offer = Session::parse(offer(&ours).to_string().as_bytes()).unwrap();
    assert_eq!(offer.media[0].protocol, "RTP/SAVP");
    let (reply, at_them) = answer(&offer, &theirs).unwrap();
    let text = reply.to_string();
    assert!(
        text.contains("a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:"),
        "{text}"
    );
    let reply = Session::parse(text.as_bytes()).unwrap();
    let at_us = accept(&reply, &ours).unwrap().keys.unwrap();
    let at_them = at_them.keys.unwrap();
    assert_eq!(
        (at_us.ours.key()[0], at_us.theirs.key()[0]),
        (2, 3),
        "{text}"
    );
    assert_eq!(
        (at_us.ours, at_us.theirs),
        (at_them.theirs, at_them.ours),
        "{text}"
    );
}

#[test]
fn offer_is_answered_as_it_comes_unless_encryption_is_enforced() {
    let key = crypto_line(4, "AES_CM_128_HMAC_SHA1_80");
    for (encryption, protocol, lines, encrypted) in [
        (Encryption::AsOffered, "RTP/AVP", "", Ok(false)),
        (Encryption::AsOffered, "RTP/SAVP", &*key, Ok(true)),
        (Encryption::Offered, "RTP/AVP", "", Ok(false)),
        (Encryption::Offered, "RTP/SAVPF", &key, Ok(true)),
        (Encryption::Enforced, "RTP/SAVP", &key, Ok(true)),
        (
            Encryption::Enforced,
            "RTP/AVP",
            "",
            Err(NegotiationError::Unprotected),
        ),
        (
            Encryption::Offered,
            "RTP/SAVP",
            "",
            Err(NegotiationError::Unprotected),
        ),
    ] {
        let local = Local {
            encryption,
            ..local(&BOTH)
        };
        let offer = phone_with_keys(protocol, lines);
        let answered = answer(&offer, &local).map(|(reply, agreed)| {
            let media = &reply.media[0];
            assert_eq!(media.protocol, protocol);
            let text = reply.to_string();
            let line = "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:BwcHBw";
            assert_eq!(text.contains(line), agreed.keys.is_some(), "{text}");
            agreed.keys.is_some()
        });
        assert_eq!(answered, encrypted, "{encryption:?} {protocol}");
    }
}

#[test]
fn of_both_kinds_the_encrypted_one_is_taken_and_of_its_keys_the_first_that_we_know() {
    let keys = crypto_line(1, "F8_128_HMAC_SHA1_80")
        + &crypto_line(2, "AES_CM_128_HMAC_SHA1_32")
        + &crypto_line(3, "AES_CM_128_HMAC_SHA1_80");
    let offer = phone(&format!(
        "c=IN IP4 192.0.2.7\r\nm=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/SAVP 0\r\n{keys}"
    ));
    let (reply, agreed) = answer(&offer, &local(&BOTH)).unwrap();
    let ports: Vec<u16> = reply.media.iter().map(|media| media.port).collect();
    assert_eq!(ports, [0, 20000]);
    let keys = agreed.keys.unwrap();
    assert_eq!(keys.theirs.suite(), Suite::AesCm128HmacSha1_32);
    assert!(reply.to_string().contains("a=crypto:2 "));
}

#[test]
fn answer_in_another_way_than_was_offered_is_none() {
    let encrypting = Local {
        encryption: Encryption::Offered,
        ..local(&BOTH)
    };
    let key = crypto_line(1, "AES_CM_128_HMAC_SHA1_80");
    let good = phone_with_keys("RTP/SAVP", &key);
    assert!(accept(&good, &encrypting).is_ok());
    for (protocol, lines, local) in [
        ("RTP/AVP", String::new(), &encrypting),
        ("RTP/SAVP", String::new(), &encrypting),
        // A number that was not offered, and one of another suite.
        (
            "RTP/SAVP",
            crypto_line(9, "AES_CM_128_HMAC_SHA1_80"),
            &encrypting,
        ),
        (
            "RTP/SAVP",
            crypto_line(2, "AES_CM_128_HMAC_SHA1_80"),
            &encrypting,
        ),
        ("RTP/SAVP", key, &local(&BOTH)),
    ] {
        let answer = phone_with_keys(protocol, &lines);
        let refused = Err(NegotiationError::Unprotected);
        assert_eq!(accept(&answer, local), refused, "{protocol} {lines}");
    }
}

#[test]
fn nothing_in_common_is_an_error() {
    for tail in [
        "c=IN IP4 192.0.2.7\r\nm=audio 4000 RTP/AVP 9\r\n",
        "c=IN IP4 192.0.2.7\r\nm=audio 0 RTP/AVP 0\r\n",
        "c=IN IP4 192.0.2.7\r\nm=audio 4000 RTP/SAVP 0\r\n",
        "c=IN IP4 192.0.2.7\r\n",
    ] {
        assert!(answer(&phone(tail), &local(&BOTH)).is_err(), "{tail}");
    }
}

//! Offer and answer (RFC 3264) for G.711 and G.722 with telephone events (RFC 4733).

use super::{Direction, Format, Media, Session};
use std::net::{IpAddr, SocketAddr};

/// An audio codec we speak, one channel, a clock of 8000; that of G.722 is a mistake that has become the rule
/// (RFC 3551 §4.5.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Codec {
    /// G.711 µ-law
    Pcmu,
    /// G.711 A-law
    Pcma,
    /// G.722 at 64 kbit/s
    G722,
}

impl Codec {
    /// The static payload type (RFC 3551 §6).
    pub fn payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
            Codec::G722 => 9,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
        }
    }

    fn of(format: &Format) -> Option<Codec> {
        [Codec::Pcmu, Codec::Pcma, Codec::G722]
            .into_iter()
            .find(|codec| match &format.encoding {
                Some((name, clock, channels)) => {
                    name.eq_ignore_ascii_case(codec.name()) && *clock == 8000 && *channels == 1
                }
                None => format.id == codec.payload_type().to_string(),
            })
    }
}

/// Our side of a session.
#[derive(Clone, Debug)]
pub struct Local {
    /// Where we receive RTP.
    pub rtp: SocketAddr,
    /// Session id, the same for all descriptions of a call.
    pub session_id: u64,
    /// Grows by one with each changed description of a call.
    pub version: u64,
    /// Codecs, most preferred first.
    pub codecs: Vec<Codec>,
    /// Packet time in milliseconds.
    pub ptime_ms: u16,
    /// What we want: `SendRecv`, or `SendOnly` to put the peer on hold.
    pub direction: Direction,
    /// Whether an offer of ours asks for RTCP on the port of RTP (RFC 5761 §5.1.1). An answer follows the offer.
    pub rtcp_mux: bool,
}

/// What both sides agreed on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agreed {
    /// Where the peer receives RTP; `None` if it gave no usable address (hold by `0.0.0.0`).
    pub remote: Option<SocketAddr>,
    /// Codec.
    pub codec: Codec,
    /// Payload type the peer wants to see for it.
    pub payload_type: u8,
    /// Payload type for telephone events, if the peer takes them.
    pub events: Option<u8>,
    /// Packet time the peer wants, milliseconds.
    pub ptime_ms: u16,
    /// What we may do: `sends()` and `receives()`.
    pub direction: Direction,
    /// Whether the peer has put us on hold.
    pub held: bool,
    /// Whether RTCP shares the port of RTP (RFC 5761).
    pub rtcp_mux: bool,
    /// Where the peer receives RTCP unless it shares the port: as it says (RFC 3605), else the port after that of RTP.
    pub rtcp: Option<SocketAddr>,
}

/// Why there is no session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NegotiationError {
    /// No audio, no common codec or no plain RTP: answer 488.
    NothingInCommon,
}

impl std::fmt::Display for NegotiationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the peer offers no audio over RTP in a codec we speak (PCMU, PCMA, G722)")
    }
}

impl std::error::Error for NegotiationError {}

/// Payload type we offer for telephone events.
const EVENTS: u8 = 101;

/// Our offer.
pub fn offer(local: &Local) -> Session {
    let codecs: Vec<(u8, Codec)> = local
        .codecs
        .iter()
        .map(|codec| (codec.payload_type(), *codec))
        .collect();
    let mut media = audio(local, "RTP/AVP", &codecs, Some(EVENTS), local.direction);
    share_port(&mut media, local.rtcp_mux);
    session(local, vec![media])
}

/// Our answer to an offer. The first usable audio is taken, everything else is refused with port 0.
///
/// # Errors
/// When nothing of the offer can be used.
pub fn answer(offer: &Session, local: &Local) -> Result<(Session, Agreed), NegotiationError> {
    let (chosen, mut agreed) = (0..offer.media.len())
        .find_map(|at| Some((at, agree(offer, offer.media.get(at)?, local)?)))
        .ok_or(NegotiationError::NothingInCommon)?;
    agreed.direction = Direction::new(
        agreed.direction.sends() && local.direction.sends(),
        agreed.direction.receives() && local.direction.receives(),
    );
    let media = offer.media.iter().enumerate().map(|(at, media)| {
        if at == chosen {
            let codecs = [(agreed.payload_type, agreed.codec)];
            let mut media = audio(
                local,
                &media.protocol,
                &codecs,
                agreed.events,
                agreed.direction,
            );
            share_port(&mut media, agreed.rtcp_mux);
            media
        } else {
            Media {
                port: 0,
                connection: None,
                direction: None,
                ptime_ms: None,
                attributes: Vec::new(),
                formats: media.formats.iter().take(1).cloned().collect(),
                ..media.clone()
            }
        }
    });
    Ok((session(local, media.collect()), agreed))
}

/// What the peer's answer to our offer amounts to.
///
/// # Errors
/// When the peer refused the audio or answered with a codec we did not offer.
pub fn accept(answer: &Session, local: &Local) -> Result<Agreed, NegotiationError> {
    let media = answer
        .media
        .first()
        .ok_or(NegotiationError::NothingInCommon)?;
    let mut agreed = agree(answer, media, local).ok_or(NegotiationError::NothingInCommon)?;
    agreed.direction = Direction::new(
        agreed.direction.sends() && local.direction.sends(),
        agreed.direction.receives() && local.direction.receives(),
    );
    agreed.rtcp_mux &= local.rtcp_mux;
    Ok(agreed)
}

/// What could be done with a medium of the peer; `direction` is the mirror of what the peer does.
fn agree(session: &Session, media: &Media, local: &Local) -> Option<Agreed> {
    let plain = matches!(media.protocol.as_str(), "RTP/AVP" | "RTP/AVPF");
    if !media.kind.eq_ignore_ascii_case("audio") || media.port == 0 || !plain {
        return None;
    }
    // The peer's order of preference decides, so that both directions use one codec (RFC 3264 §6.1).
    let (payload_type, codec) = media.formats.iter().find_map(|format| {
        let codec = Codec::of(format).filter(|codec| local.codecs.contains(codec))?;
        Some((type_of(format)?, codec))
    })?;
    let events = media.formats.iter().find_map(|format| {
        let (name, clock, _) = format.encoding.as_ref()?;
        (name.eq_ignore_ascii_case("telephone-event") && *clock == 8000).then(|| type_of(format))?
    });
    let address = session.address_of(media);
    let nowhere = address.is_none_or(|address| address.is_unspecified());
    let theirs = session.direction_of(media);
    let remote = address
        .filter(|address| !address.is_unspecified() && !address.is_multicast())
        .map(|address| SocketAddr::new(address, media.port));
    Some(Agreed {
        remote,
        codec,
        payload_type,
        events,
        ptime_ms: media
            .ptime_ms
            .filter(|ptime| (10..=60).contains(ptime))
            .unwrap_or(20),
        direction: Direction::new(theirs.receives() && !nowhere, theirs.sends()),
        held: !theirs.receives() || nowhere,
        rtcp_mux: media.attributes.iter().any(|(name, _)| name == "rtcp-mux"),
        rtcp: remote.and_then(|rtp| rtcp(media, rtp)),
    })
}

/// Where the peer receives RTCP: `a=rtcp` (RFC 3605 §2.1), else the port after that of RTP (RFC 3550 §11).
fn rtcp(media: &Media, rtp: SocketAddr) -> Option<SocketAddr> {
    let told = media
        .attributes
        .iter()
        .find_map(|(name, value)| (name == "rtcp").then_some(value.as_deref()?));
    let Some(told) = told else {
        return Some(SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?));
    };
    let mut words = told.split_whitespace();
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    let address = match words.nth(2) {
        Some(address) => address.parse().ok()?,
        None => rtp.ip(),
    };
    Some(SocketAddr::new(address, port))
}

fn share_port(media: &mut Media, share: bool) {
    if share {
        media.attributes.push(("rtcp-mux".to_owned(), None));
    }
}

fn type_of(format: &Format) -> Option<u8> {
    format.id.parse().ok().filter(|id| *id < 128)
}

fn audio(
    local: &Local,
    protocol: &str,
    codecs: &[(u8, Codec)],
    events: Option<u8>,
    direction: Direction,
) -> Media {
    let mut formats: Vec<Format> = codecs
        .iter()
        .map(|(id, codec)| Format {
            id: id.to_string(),
            encoding: Some((codec.name().to_owned(), 8000, 1)),
            parameters: None,
        })
        .collect();
    formats.extend(events.map(|id| Format {
        id: id.to_string(),
        encoding: Some(("telephone-event".to_owned(), 8000, 1)),
        parameters: Some("0-16".to_owned()),
    }));
    Media {
        kind: "audio".to_owned(),
        port: local.rtp.port(),
        protocol: protocol.to_owned(),
        formats,
        connection: None,
        direction: Some(direction),
        ptime_ms: Some(local.ptime_ms),
        attributes: Vec::new(),
    }
}

fn session(local: &Local, media: Vec<Media>) -> Session {
    let address: IpAddr = local.rtp.ip();
    Session {
        username: "-".to_owned(),
        id: local.session_id,
        version: local.version,
        origin: address,
        name: "-".to_owned(),
        connection: Some(address),
        direction: None,
        attributes: Vec::new(),
        media,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(codecs: &[Codec]) -> Local {
        Local {
            rtp: "192.0.2.1:20000".parse().unwrap(),
            session_id: 1,
            version: 1,
            codecs: codecs.to_vec(),
            ptime_ms: 20,
            direction: Direction::SendRecv,
            rtcp_mux: false,
        }
    }

    fn phone(tail: &str) -> Session {
        Session::parse(format!("v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\n{tail}").as_bytes())
            .unwrap()
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
}

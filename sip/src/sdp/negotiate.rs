//! Offer and answer (RFC 3264) for G.711 and G.722 with telephone events (RFC 4733).

use super::crypto::{self, Encryption, Keys, MasterKey};
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
    /// What is said about encryption.
    pub encryption: Encryption,
    /// Our keys, one for each suite, in the order of [`Suite::ALL`](super::Suite::ALL) but for the one in use, which
    /// comes first. No key is ever used for two streams.
    pub keys: Vec<MasterKey>,
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
    /// The keys, if the sound is encrypted.
    pub keys: Option<Keys>,
}

/// Why there is no session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NegotiationError {
    /// No audio, no common codec, or no RTP as it is wanted: answer 488.
    NothingInCommon,
    /// There is audio, but it is plain and must not be, or encrypted in no way that we know: answer 488.
    Unprotected,
}

impl std::fmt::Display for NegotiationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NothingInCommon => {
                "the peer offers no audio over RTP in a codec we speak (PCMU, PCMA, G722)"
            }
            Self::Unprotected => {
                "the peer's audio is not encrypted as it must be (RTP/SAVP with a=crypto)"
            }
        })
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
    let encrypted = local.encryption != Encryption::AsOffered;
    let protocol = if encrypted { "RTP/SAVP" } else { "RTP/AVP" };
    let mut media = audio(local, protocol, &codecs, Some(EVENTS), local.direction);
    share_port(&mut media, local.rtcp_mux);
    if encrypted {
        let keys = crypto::offered(&local.keys);
        let lines = keys.map(|(tag, key)| crypto::attribute(tag, key));
        media.attributes.extend(lines);
    }
    session(local, vec![media])
}

/// Our answer to an offer. The first usable audio is taken, encrypted rather than plain; everything else is refused with
/// port 0.
///
/// # Errors
/// When nothing of the offer can be used.
pub fn answer(offer: &Session, local: &Local) -> Result<(Session, Agreed), NegotiationError> {
    let (chosen, tag, mut agreed) = choose(offer, local).ok_or_else(|| {
        let audible = |media| agree(offer, media, local).is_some();
        match offer.media.iter().any(audible) {
            true => NegotiationError::Unprotected,
            false => NegotiationError::NothingInCommon,
        }
    })?;
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
            let key = agreed.keys.as_ref().zip(tag);
            let line = key.map(|(keys, tag)| crypto::attribute(tag, &keys.ours));
            media.attributes.extend(line);
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

/// The medium of an offer that is to be answered, the number of its key, and what could be done with it.
fn choose(offer: &Session, local: &Local) -> Option<(usize, Option<u32>, Agreed)> {
    let choose = |encrypted| {
        let of_kind = |(_, media): &(usize, &Media)| is_encrypted(media) == Some(encrypted);
        let mut media = offer.media.iter().enumerate().filter(of_kind);
        media.find_map(|(at, media)| {
            let agreed = agree(offer, media, local)?;
            if !encrypted {
                return Some((at, None, agreed));
            }
            let (tag, keys) = crypto::read(media).find_map(|(tag, theirs)| {
                let ours = local.keys.iter().find(|it| it.suite() == theirs.suite())?;
                let ours = ours.clone();
                Some((tag, Keys { ours, theirs }))
            })?;
            let keys = Some(keys);
            Some((at, Some(tag), Agreed { keys, ..agreed }))
        })
    };
    let may_be_plain = local.encryption != Encryption::Enforced;
    choose(true).or_else(|| choose(false).filter(|_| may_be_plain))
}

fn is_encrypted(media: &Media) -> Option<bool> {
    crypto::is_encrypted(&media.protocol)
}

/// What the peer's answer to our offer amounts to.
///
/// # Errors
/// When the peer refused the audio, answered with a codec we did not offer, or is not to be heard as it was offered:
/// plain or encrypted.
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
    let encrypted = local.encryption != Encryption::AsOffered;
    if is_encrypted(media) != Some(encrypted) {
        return Err(NegotiationError::Unprotected);
    }
    if encrypted {
        let answered = crypto::read(media).find_map(|(tag, theirs)| {
            let mut offered = crypto::offered(&local.keys);
            let (_, ours) =
                offered.find(|(number, it)| *number == tag && it.suite() == theirs.suite())?;
            let ours = ours.clone();
            Some(Keys { ours, theirs })
        });
        agreed.keys = Some(answered.ok_or(NegotiationError::Unprotected)?);
    }
    Ok(agreed)
}

/// What could be done with a medium of the peer, but for its keys; `direction` is the mirror of what the peer does.
fn agree(session: &Session, media: &Media, local: &Local) -> Option<Agreed> {
    is_encrypted(media)?;
    if !media.kind.eq_ignore_ascii_case("audio") || media.port == 0 {
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
        keys: None,
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
mod tests;

//! The audio of one leg: its RTP session and what was agreed about it.

use crate::media::{self, Leg, MediaError, MediaEvent, MediaPlane, MediaSettings};
use bytes::Bytes;
use sip::sdp::{self, Agreed, Codec, Local, NegotiationError, Session};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tokio::sync::mpsc;

/// Payload type for telephone events in our offers.
const EVENTS: u8 = 101;
/// Packet time of what we send, in milliseconds.
const PTIME_MS: u16 = 20;

/// The audio of one leg. Dropping it closes the RTP session.
#[derive(Debug)]
pub(crate) struct Audio {
    pub(crate) leg: Leg,
    local: Local,
    agreed: Option<Agreed>,
}

impl Audio {
    /// Opens an RTP session that peers reach at `ip`; on the worker of `near`, if it is to be bridged.
    ///
    /// # Errors
    /// When no port is left or the workers are overloaded.
    pub(crate) fn open(
        plane: &MediaPlane,
        near: Option<&Audio>,
        ip: IpAddr,
        events: mpsc::Sender<MediaEvent>,
    ) -> Result<Self, MediaError> {
        let leg = match near {
            Some(near) => plane.allocate_near(&near.leg, events)?,
            None => plane.allocate(events)?,
        };
        // The caller's codec first, so that nothing need be converted.
        let mut codecs = vec![Codec::Pcma, Codec::Pcmu];
        if let Some(agreed) = near.and_then(|near| near.agreed.as_ref()) {
            codecs.sort_by_key(|codec| *codec != agreed.codec);
        }
        let local = Local {
            rtp: SocketAddr::new(ip, leg.local_addr().port()),
            // RFC 8866 §5.2: a number of 63 bits at most, unique for us.
            session_id: rand::random::<u64>() >> 1,
            version: 0,
            codecs,
            ptime_ms: PTIME_MS,
            direction: sdp::Direction::SendRecv,
        };
        Ok(Self {
            leg,
            local,
            agreed: None,
        })
    }

    /// Whether anything has been agreed: audio can flow.
    pub(crate) fn is_agreed(&self) -> bool {
        self.agreed.is_some()
    }

    /// Whether the peer has put us on hold.
    pub(crate) fn is_held(&self) -> bool {
        self.agreed.as_ref().is_some_and(|agreed| agreed.held)
    }

    /// Our offer.
    pub(crate) fn offer(&mut self) -> Bytes {
        self.local.version += 1;
        bytes(&sdp::offer(&self.local))
    }

    /// Our offer that puts the peer on hold, or takes it back.
    pub(crate) fn offer_hold(&mut self, hold: bool) -> Bytes {
        self.local.direction = if hold {
            sdp::Direction::SendOnly
        } else {
            sdp::Direction::SendRecv
        };
        self.offer()
    }

    /// Our answer to an offer.
    ///
    /// # Errors
    /// When nothing in it can be used: 488.
    pub(crate) fn answer(&mut self, offer: &[u8]) -> Result<Bytes, NegotiationError> {
        let offer = Session::parse(offer).ok_or(NegotiationError::NothingInCommon)?;
        self.local.version += 1;
        let (answer, agreed) = sdp::answer(&offer, &self.local)?;
        let receive = agreed.events;
        self.apply(agreed, receive);
        Ok(bytes(&answer))
    }

    /// The peer's answer to our offer.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn accept(&mut self, answer: &[u8]) -> Result<(), NegotiationError> {
        let answer = Session::parse(answer).ok_or(NegotiationError::NothingInCommon)?;
        let agreed = sdp::accept(&answer, &self.local)?;
        self.apply(agreed, Some(EVENTS));
        Ok(())
    }

    fn apply(&mut self, agreed: Agreed, receive: Option<u8>) {
        let telephone_event = agreed
            .events
            .zip(receive)
            .map(|(send, receive)| media::TelephoneEvent { send, receive });
        let settings = MediaSettings {
            remote: agreed
                .remote
                .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))),
            codec: match agreed.codec {
                Codec::Pcmu => media::Codec::Pcmu,
                Codec::Pcma => media::Codec::Pcma,
            },
            telephone_event,
            direction: match (agreed.direction.sends(), agreed.direction.receives()) {
                (true, true) => media::Direction::SendRecv,
                (true, false) => media::Direction::SendOnly,
                (false, true) => media::Direction::RecvOnly,
                (false, false) => media::Direction::Inactive,
            },
        };
        warn(self.leg.set_media(settings));
        self.agreed = Some(agreed);
    }
}

/// A flooded media worker costs this call its audio, not its end.
pub(crate) fn warn(result: Result<(), MediaError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "a media command was not taken");
    }
}

fn bytes(session: &Session) -> Bytes {
    Bytes::from(session.to_string())
}

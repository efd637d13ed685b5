//! The audio of one leg: its RTP session and what was agreed about it.

use crate::media::{self, Leg, MediaError, MediaEvent, MediaPlane, MediaSettings, ReportPath};
use bytes::Bytes;
use callflow::resource;
use rand::RngCore;
use sip::command::Command as SipCommand;
use sip::sdp::{
    self, Agreed, Codec, Encryption, Local, MasterKey, NegotiationError, Session, Suite,
};
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
    agreed: Option<Spoken>,
    /// What was asked for of the leg's encryption, whatever was agreed.
    encryption: Encryption,
    /// The direction the peer was told last; `None` when it is not known what the peer believes.
    told: Option<sdp::Direction>,
    /// An offer of ours waits for its answer.
    waiting: bool,
}

/// What is remembered of what was agreed.
#[derive(Clone, Copy, Debug)]
struct Spoken {
    codec: Codec,
    /// The peer has put us on hold.
    held: bool,
    /// How the sound is encrypted, if it is.
    suite: Option<Suite>,
}

impl Audio {
    /// Opens an RTP session that the peer, which signals from `peer`, reaches at `ip`; on the worker of `near`, if it is to be bridged.
    ///
    /// # Errors
    /// When no port is left or the workers are overloaded.
    pub(crate) fn open(
        plane: &MediaPlane,
        near: Option<&Audio>,
        ip: IpAddr,
        peer: IpAddr,
        encryption: resource::Encryption,
        events: mpsc::Sender<MediaEvent>,
    ) -> Result<Self, MediaError> {
        let encryption = in_descriptions(encryption);
        let leg = match near {
            Some(near) => plane.allocate_near(&near.leg, events)?,
            None => plane.allocate(events)?,
        };
        warn(leg.signals_from(peer));
        // The caller's codec first, so that nothing need be converted. G.722 last: what the exchange itself says has no
        // more than G.711 carries.
        let mut codecs = vec![Codec::Pcma, Codec::Pcmu, Codec::G722];
        if let Some(agreed) = near.and_then(|near| near.agreed) {
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
            rtcp_mux: false,
            encryption,
            keys: Suite::ALL.into_iter().filter_map(new_key).collect(),
        };
        Ok(Self {
            leg,
            local,
            agreed: None,
            encryption,
            told: None,
            waiting: false,
        })
    }

    /// Offers and takes from now on no codec but G.711, which alone carries what modems say. To be offered when
    /// [`Audio::must_offer`] says so: the peer speaks another.
    pub(crate) fn keep_to_g711(&mut self) {
        self.local.codecs.retain(|codec| *codec != Codec::G722);
        if self.agreed.is_some_and(|it| it.codec == Codec::G722) {
            self.told = None;
        }
    }

    /// Whether anything has been agreed: audio can flow.
    pub(crate) fn is_agreed(&self) -> bool {
        self.agreed.is_some()
    }

    /// Whether the peer has put us on hold.
    pub(crate) fn is_held(&self) -> bool {
        self.agreed.is_some_and(|agreed| agreed.held)
    }

    /// Whether the peer need not send: it is on hold, or has put us there.
    pub(crate) fn may_be_silent(&self) -> bool {
        self.is_held() || self.local.direction == sdp::Direction::SendOnly
    }

    /// Our offer.
    pub(crate) fn offer(&mut self) -> Bytes {
        self.local.version += 1;
        self.told = Some(self.local.direction);
        self.waiting = true;
        if let Some(suite) = self.agreed.and_then(|agreed| agreed.suite) {
            self.local.keys.sort_by_key(|key| key.suite() != suite);
        }
        bytes(&sdp::offer(&self.local))
    }

    /// Puts the peer on hold, or takes it back. To be offered when [`Audio::must_offer`] says so.
    pub(crate) fn hold(&mut self, hold: bool) {
        self.local.direction = if hold {
            sdp::Direction::SendOnly
        } else {
            sdp::Direction::SendRecv
        };
    }

    /// Whether the peer is to be offered what it does not know yet. Not while an offer waits for its answer: there is
    /// one at a time (RFC 3261 §14.1).
    pub(crate) fn must_offer(&self) -> bool {
        !self.waiting && self.told != Some(self.local.direction)
    }

    /// Our offer was answered or refused.
    pub(crate) fn offer_settled(&mut self) {
        self.waiting = false;
    }

    /// Our offer could not be sent.
    pub(crate) fn offer_unsent(&mut self) {
        self.waiting = false;
        self.told = None;
    }

    /// Our answer to an offer.
    ///
    /// # Errors
    /// When nothing in it can be used: 488.
    pub(crate) fn answer(&mut self, offer: &[u8]) -> Result<Bytes, NegotiationError> {
        let offer = Session::parse(offer).ok_or(NegotiationError::NothingInCommon)?;
        self.local.version += 1;
        let (answer, agreed) = sdp::answer(&offer, &self.local)?;
        self.told = Some(self.local.direction);
        let receive = agreed.events;
        self.apply(&agreed, receive);
        Ok(bytes(&answer))
    }

    /// What a change that the peer offers in the call is answered with; without an offer it asks for ours.
    pub(crate) fn respond(&mut self, offer: Option<&[u8]>) -> SipCommand {
        let answer = match offer {
            Some(offer) => self.answer(offer),
            None => Ok(self.offer()),
        };
        match answer {
            Ok(sdp) => SipCommand::AcceptOffer { sdp },
            Err(_) => SipCommand::RefuseOffer { code: 488 },
        }
    }

    /// The peer's answer to our offer.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn accept(&mut self, answer: &[u8]) -> Result<(), NegotiationError> {
        self.waiting = false;
        let answer = Session::parse(answer).ok_or(NegotiationError::NothingInCommon)?;
        let agreed = sdp::accept(&answer, &self.local)?;
        self.apply(&agreed, Some(EVENTS));
        Ok(())
    }

    fn apply(&mut self, agreed: &Agreed, receive: Option<u8>) {
        let telephone_event = agreed
            .events
            .zip(receive)
            .map(|(send, receive)| media::TelephoneEvent { send, receive });
        let settings = MediaSettings {
            remote: agreed
                .remote
                .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))),
            encoding: match agreed.codec {
                Codec::Pcmu => media::Codec::Pcmu.into(),
                Codec::Pcma => media::Codec::Pcma.into(),
                Codec::G722 => media::Encoding::G722,
            },
            telephone_event,
            direction: match (agreed.direction.sends(), agreed.direction.receives()) {
                (true, true) => media::Direction::SendRecv,
                (true, false) => media::Direction::SendOnly,
                (false, true) => media::Direction::RecvOnly,
                (false, false) => media::Direction::Inactive,
            },
            reports: if agreed.rtcp_mux {
                Some(ReportPath::Multiplexed)
            } else {
                agreed.rtcp.map(ReportPath::Beside)
            },
        };
        warn(match agreed.keys.as_ref().map(keys) {
            Some(Some(keys)) => self.leg.set_encrypted_media(settings, keys),
            // Keys of a length that none has: rather silence than sound in the clear.
            Some(None) => Err(MediaError::Invalid(
                "the keys are not as long as they must be",
            )),
            None => self.leg.set_media(settings),
        });
        // Later offers name first what is spoken: phones take the first, and not all can change while they talk.
        self.local
            .codecs
            .sort_by_key(|codec| *codec != agreed.codec);
        self.local.rtcp_mux = agreed.rtcp_mux;
        let suite = agreed.keys.as_ref().map(|keys| keys.ours.suite());
        self.follow_encryption(suite);
        self.agreed = Some(Spoken {
            codec: agreed.codec,
            held: agreed.held,
            suite,
        });
    }

    /// Later offers ask for what is spoken. A key that is not used any more is never used again: numbering packets
    /// anew under it would encrypt two of them alike (RFC 3711 §9.1).
    fn follow_encryption(&mut self, suite: Option<Suite>) {
        let left = self.agreed.and_then(|agreed| agreed.suite);
        if let Some(left) = left.filter(|_| left != suite)
            && let Some(key) = self.local.keys.iter_mut().find(|key| key.suite() == left)
            && let Some(new) = new_key(left)
        {
            *key = new;
        }
        self.local.encryption = match (suite, self.encryption) {
            (None, Encryption::Offered) => Encryption::AsOffered,
            (Some(_), Encryption::AsOffered) => Encryption::Offered,
            (_, asked) => asked,
        };
    }
}

fn in_descriptions(encryption: resource::Encryption) -> Encryption {
    match encryption {
        resource::Encryption::AsOffered => Encryption::AsOffered,
        resource::Encryption::Offered => Encryption::Offered,
        resource::Encryption::Enforced => Encryption::Enforced,
    }
}

/// A key that nobody has had.
fn new_key(suite: Suite) -> Option<MasterKey> {
    let mut bytes = [0; 46];
    rand::rng().fill_bytes(&mut bytes);
    MasterKey::new(suite, &bytes)
}

fn keys(keys: &sdp::Keys) -> Option<media::Keys> {
    let secret = |key: &MasterKey| media::Secret::new(key.key(), key.salt());
    Some(media::Keys {
        suite: match keys.ours.suite() {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm256HmacSha1_80 => media::Suite::HmacSha1_80,
            Suite::AesCm128HmacSha1_32 | Suite::AesCm256HmacSha1_32 => media::Suite::HmacSha1_32,
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => media::Suite::Gcm,
        },
        sends: secret(&keys.ours)?,
        hears: secret(&keys.theirs)?,
    })
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

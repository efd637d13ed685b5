//! What a leg sends: relayed packets, keys, and the packets themselves.

use std::time::Instant;

use super::receive::Received;
use super::{Content, SendBuffer, Session};
use crate::media::codec::{Codec, Encoding};
use crate::media::event::MediaEvent;
use crate::media::g722::INSIDE;
use crate::media::jitter::Frame;
use crate::media::request::MediaSettings;
use crate::media::rtp::{HEADER, Header};
use crate::media::tape::Side;
use crate::media::telephone_event::KeyStep;
use crate::media::worker::LegKey;
use crate::media::{FRAME_SAMPLES, mix, tone};

impl Session {
    /// Sends on what the bridged leg received.
    pub(crate) fn relay(&mut self, now: Instant, received: &Received<'_>, buffer: &mut SendBuffer) {
        let Some(settings) = self.settings.filter(MediaSettings::sends) else {
            return;
        };
        if self.player.is_some() || !self.digits.is_idle() {
            return; // what we say ourselves takes precedence
        }
        let packet = received.packet;
        let head = packet.header;
        let length = packet.payload.len();
        let samples = u32::try_from(length).unwrap_or(0);
        let Some(payload) = buffer.get_mut(HEADER..HEADER + length) else {
            return;
        };
        let codec = settings.encoding.inside();
        let header = match (received.content, settings.telephone_event) {
            (Content::Audio(heard), _) => {
                heard.transcode(codec, packet.payload, payload);
                let payload_type = codec.payload_type();
                self.outbound.relay(now, head, payload_type, samples, true)
            }
            (Content::Wide, _) if settings.encoding == Encoding::G722 => {
                payload.copy_from_slice(packet.payload);
                let payload_type = Encoding::G722_TYPE;
                let header = self.outbound.relay(now, head, payload_type, samples, true);
                if let Some((header, inside)) = header.zip(received.inside) {
                    self.tape_sent(header, INSIDE, inside);
                }
                header
            }
            (Content::Wide, _) => {
                INSIDE.transcode(codec, received.inside.unwrap_or_default(), payload);
                let payload_type = codec.payload_type();
                self.outbound.relay(now, head, payload_type, samples, true)
            }
            (Content::Event(_), Some(agreed)) => {
                payload.copy_from_slice(packet.payload);
                self.outbound.relay(now, head, agreed.send, 0, false)
            }
            (Content::Event(pressed), None) => {
                // The far end knows no telephone events: it gets the tone.
                if let Some(key) = pressed {
                    self.digits.push_key(key);
                }
                self.outbound.skip(head);
                None
            }
            (Content::Nothing, _) => {
                self.outbound.skip(head);
                None
            }
        };
        if let Some(header) = header {
            self.send(header, length, buffer);
        }
    }

    /// What the peer said in the last 20 ms, if the room may hear it. False when there is nothing.
    pub(crate) fn hear(&mut self, frame: &mut Frame) -> bool {
        self.seat.as_mut().is_some_and(|seat| {
            seat.heard.take(frame) && seat.part.speaks && mix::is_audible(frame)
        })
    }

    /// The codec in which the room is sent on to the peer, and whether the room is to be heard at all; `None` while the
    /// leg may not send or says something itself.
    pub(crate) fn listens(&self) -> Option<(Codec, bool)> {
        let seat = self.seat.as_ref()?;
        Some((self.may_send_mix()?, seat.part.hears))
    }

    /// What the peer said in the last 20 ms, for a listener. False when there is nothing.
    pub(crate) fn tapped(&mut self, listener: LegKey, frame: &mut Frame) -> bool {
        let mut taps = self.taps.iter_mut();
        let tap = taps.find(|tap| tap.listener == listener);
        tap.is_some_and(|tap| tap.heard.take(frame) && mix::is_audible(frame))
    }

    /// The codec in which others are sent on to the peer; `None` while the leg may not send or says something itself.
    pub(crate) fn may_send_mix(&self) -> Option<Codec> {
        let settings = self.settings.filter(MediaSettings::sends)?;
        let busy = self.player.is_some() || !self.digits.is_idle();
        (!busy).then_some(settings.encoding.inside())
    }

    /// Sends 20 ms of what several others say.
    pub(crate) fn send_mix(
        &mut self,
        now: Instant,
        codec: Codec,
        audio: &[u8; FRAME_SAMPLES],
        buffer: &mut SendBuffer,
    ) {
        let header = self.outbound.audio(now, codec.payload_type());
        buffer[HEADER..HEADER + FRAME_SAMPLES].copy_from_slice(audio);
        self.send(header, FRAME_SAMPLES, buffer);
    }

    /// Sends 20 ms of what a machine says.
    pub(super) fn say(
        &mut self,
        now: Instant,
        codec: Codec,
        frame: &Frame,
        buffer: &mut SendBuffer,
    ) {
        let header = self.outbound.audio(now, codec.payload_type());
        for (byte, sample) in buffer.iter_mut().skip(HEADER).zip(frame) {
            *byte = codec.encode(*sample);
        }
        self.send(header, FRAME_SAMPLES, buffer);
    }

    /// Sends what is next of the keys to be sent.
    pub(super) fn send_key_step(
        &mut self,
        now: Instant,
        settings: &MediaSettings,
        buffer: &mut SendBuffer,
    ) {
        let agreed = settings.telephone_event;
        match self.digits.step() {
            KeyStep::Sound {
                key,
                frame,
                payload,
            } => match agreed {
                Some(agreed) => {
                    if frame == 0 {
                        self.digit_timestamp = self.outbound.begin_local(now);
                    }
                    self.send_event(frame == 0, agreed.send, payload, buffer);
                    self.outbound.advance_frame();
                }
                None => {
                    let codec = settings.encoding.inside();
                    let samples = tone::key_frame(key, u32::from(frame));
                    let bytes = buffer.iter_mut().skip(HEADER);
                    for (byte, sample) in bytes.zip(samples) {
                        *byte = codec.encode(sample);
                    }
                    let header = self.outbound.audio(now, codec.payload_type());
                    self.send(header, FRAME_SAMPLES, buffer);
                }
            },
            KeyStep::EndAgain { payload } => {
                if let Some(agreed) = agreed {
                    self.send_event(false, agreed.send, payload, buffer);
                }
                self.outbound.advance_frame();
            }
            KeyStep::Pause => self.outbound.advance_frame(),
            KeyStep::Done(op) => {
                self.events
                    .send(MediaEvent::DigitsSent { leg: self.id, op });
                self.outbound.pause();
            }
            KeyStep::Idle => {}
        }
    }

    fn send_event(
        &mut self,
        marker: bool,
        payload_type: u8,
        payload: [u8; 4],
        buffer: &mut SendBuffer,
    ) {
        let header = self
            .outbound
            .event(marker, payload_type, self.digit_timestamp);
        buffer[HEADER..HEADER + payload.len()].copy_from_slice(&payload);
        self.send(header, payload.len(), buffer);
    }

    /// Whether what a bridged leg hears as G.722 is needed as G.711: by a peer that does not speak it, or on a tape.
    pub(crate) fn needs_g711(&self) -> bool {
        self.g722.is_none() || !self.tapes.is_empty()
    }

    fn tape_sent(&mut self, header: Header, codec: Codec, audio: &[u8]) {
        for tape in &mut self.tapes {
            tape.on_audio(Side::Sent, header, codec, audio);
        }
    }

    /// Sends a packet whose payload is already in the buffer, G.711 in the encoding of the leg.
    pub(super) fn send(&mut self, mut header: Header, payload: usize, buffer: &mut SendBuffer) {
        if let Some(codec) = Codec::from_payload_type(header.payload_type)
            && let Some(audio) = buffer.get_mut(HEADER..HEADER + payload)
        {
            self.tape_sent(header, codec, audio);
            if let Some(g722) = &mut self.g722 {
                g722.say(audio);
                header.payload_type = Encoding::G722_TYPE;
            }
        }
        let Some(destination) = self.latch.destination() else {
            return;
        };
        buffer[..HEADER].copy_from_slice(&header.to_bytes());
        let length = match &mut self.shield {
            // Never in the clear, not even what cannot be encrypted.
            Some(shield) => shield.seal(buffer, HEADER + payload),
            None => Some(HEADER + payload),
        };
        let Some(packet) = length.and_then(|length| buffer.get(..length)) else {
            return;
        };
        // A full socket buffer or a refusal reported by ICMP loses this packet,
        // as the network may lose any other.
        if self.rtp.send_to(packet, destination).is_ok() {
            self.sent += 1;
            self.sent_octets += payload as u64;
        }
    }
}

//! What a leg does with the packets it receives.

use std::net::SocketAddr;
use std::time::Instant;

use super::{Content, SendBuffer, Session};
use crate::media::codec::{Codec, Encoding};
use crate::media::event::{MediaEvent, PlayEnd, RecordEnd};
use crate::media::g722::INSIDE;
use crate::media::latch::Verdict;
use crate::media::request::MediaSettings;
use crate::media::rtcp;
use crate::media::rtp::Packet;
use crate::media::tape::Side;
use crate::media::telephone_event::KeyChange;
use crate::media::wav_writer::Disk;

/// Payload type of comfort noise (RFC 3389).
const COMFORT_NOISE: u8 = 13;

/// What may be relayed of a datagram.
pub(crate) struct Received<'a> {
    pub(crate) packet: Packet<'a>,
    pub(crate) content: Content,
    /// The payload as G.711, of G.722 that somebody needs so.
    pub(crate) inside: Option<&'a [u8]>,
}

impl Session {
    /// Judges and uses a datagram. `inside` is a place for its sound as G.711, and `needed` says whether whom it is relayed
    /// to needs it so. Returns it when it may be relayed.
    pub(crate) fn receive<'a>(
        &mut self,
        now: Instant,
        source: SocketAddr,
        datagram: &'a mut [u8],
        (inside, needed): (&'a mut SendBuffer, bool),
        disk: &mut Disk,
    ) -> Option<Received<'a>> {
        if self.shares_port() && rtcp::is_rtcp(datagram) {
            self.receive_report(now, source, datagram);
            return None;
        }
        let accepted = self
            .unprotected(datagram)
            .and_then(|datagram| self.accept(now, source, datagram));
        if accepted.is_none() {
            self.rejected += 1;
        }
        let (packet, mut content) = accepted?;
        let head = packet.header;
        let audio = matches!(content, Content::Audio(_) | Content::Wide);
        self.counter
            .on_packet(now, head.ssrc, head.sequence, head.timestamp, audio);
        self.heard = now;
        self.timeout_reported = false;
        if self.received_ssrc.replace(head.ssrc) != Some(head.ssrc) {
            let change = self.keys.restart();
            self.on_key(change, disk);
        }
        if !self.settings?.direction.receives() {
            return None;
        }
        let mut g711 = None;
        match &mut content {
            Content::Audio(codec) => self.hear_audio(now, *codec, packet, disk),
            Content::Wide => {
                let needed = needed || self.is_heard();
                if let Some(g722) = self.g722.as_mut().filter(|_| needed) {
                    let payload = inside.get_mut(..packet.payload.len()).unwrap_or_default();
                    g722.hear(packet.payload, payload);
                    let payload: &[u8] = payload;
                    g711 = Some(payload);
                    self.hear_audio(now, INSIDE, Packet { payload, ..packet }, disk);
                }
            }
            Content::Event(pressed) => {
                let changes = self
                    .keys
                    .on_packet(now, head.timestamp, head.marker, packet.payload);
                for change in changes {
                    if let Some(KeyChange::Down(key)) = change {
                        *pressed = Some(key);
                    }
                    self.on_key(change, disk);
                }
            }
            Content::Nothing => {}
        }
        Some(Received {
            packet,
            content,
            inside: g711,
        })
    }

    /// Whether anybody but a bridged leg hears the peer.
    fn is_heard(&self) -> bool {
        let speaks = self.seat.as_ref().is_some_and(|seat| seat.part.speaks);
        let recorded = !self.recorders.is_empty() || !self.tapes.is_empty();
        speaks || recorded || !self.taps.is_empty() || self.apparatus.is_some()
    }

    fn hear_audio(&mut self, now: Instant, codec: Codec, packet: Packet<'_>, disk: &mut Disk) {
        let head = packet.header;
        self.record_audio(now, codec, packet, disk);
        for tape in &mut self.tapes {
            tape.on_audio(Side::Received, head, codec, packet.payload);
        }
        for tap in &mut self.taps {
            tap.heard.put(head, codec, packet.payload);
        }
        if let Some(apparatus) = &mut self.apparatus {
            apparatus.put(head, codec, packet.payload);
        }
        if let Some(seat) = self.seat.as_mut().filter(|seat| seat.part.speaks) {
            seat.heard.put(head, codec, packet.payload);
        }
    }

    /// What a datagram says. Of encrypted sound only what the peer has encrypted, before anything is learned from it.
    fn unprotected<'a>(&mut self, datagram: &'a mut [u8]) -> Option<&'a [u8]> {
        match &mut self.shield {
            Some(shield) => {
                let length = shield.open(datagram)?;
                datagram.get(..length)
            }
            None => Some(datagram),
        }
    }

    fn accept<'a>(
        &mut self,
        now: Instant,
        source: SocketAddr,
        datagram: &'a [u8],
    ) -> Option<(Packet<'a>, Content)> {
        let packet = Packet::parse(datagram)?;
        let head = packet.header;
        let content = self.content(head.payload_type)?;
        if !self.settings?.direction.receives() {
            // What comes now proves nothing about where audio will come from.
            let known = self.latch.is_locked_to(now, source);
            return known.then_some((packet, content));
        }
        match self.latch.judge(now, source, head.ssrc, head.sequence) {
            Verdict::Reject => return None,
            Verdict::Accept => {}
            Verdict::NewSource => {
                self.reporter.forget_source();
                self.events.send(MediaEvent::Connected {
                    leg: self.id,
                    source,
                });
            }
        }
        Some((packet, content))
    }

    fn content(&self, payload_type: u8) -> Option<Content> {
        let MediaSettings {
            telephone_event: agreed,
            encoding,
            ..
        } = self.settings?;
        if agreed.is_some_and(|agreed| agreed.receive == payload_type) {
            Some(Content::Event(None))
        } else if payload_type == COMFORT_NOISE {
            Some(Content::Nothing)
        } else if payload_type == Encoding::G722_TYPE && encoding == Encoding::G722 {
            Some(Content::Wide)
        } else {
            Codec::from_payload_type(payload_type).map(Content::Audio)
        }
    }

    fn record_audio(&mut self, now: Instant, codec: Codec, packet: Packet<'_>, disk: &mut Disk) {
        let mut index = 0;
        while let Some(recorder) = self.recorders.get_mut(index) {
            match recorder.on_audio(now, codec, packet, disk) {
                Some(reason) => self.end_recording(index, reason, disk),
                None => index += 1,
            }
        }
    }

    pub(super) fn on_key(&mut self, change: Option<KeyChange>, disk: &mut Disk) {
        let leg = self.id;
        match change {
            None => {}
            Some(KeyChange::Up(key, duration_ms)) => self.events.send(MediaEvent::KeyReleased {
                leg,
                key,
                duration_ms,
            }),
            Some(KeyChange::Down(key)) => {
                self.events.send(MediaEvent::Key { leg, key });
                if self.player.as_ref().is_some_and(|it| it.stops_on(key)) {
                    self.end_playback(PlayEnd::Key(key));
                }
                while let Some(index) = self.recorders.iter().position(|it| it.stops_on(key)) {
                    self.end_recording(index, RecordEnd::Key(key), disk);
                }
            }
        }
    }
}

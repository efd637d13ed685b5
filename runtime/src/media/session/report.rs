//! Reports of a leg: to its peer, and from it (RFC 3550 §6).

use std::net::SocketAddr;
use std::time::Instant;

use super::Session;
use crate::media::latch::canonical;
use crate::media::reporter::Sent;
use crate::media::request::ReportPath;
use crate::media::rtcp::{LONGEST, Report};
use crate::media::srtp::GROWTH;

impl Session {
    /// Whether reports come and go on the port of RTP.
    pub(super) fn shares_port(&self) -> bool {
        self.report_path() == Some(ReportPath::Multiplexed)
    }

    fn report_path(&self) -> Option<ReportPath> {
        self.settings?.reports
    }

    /// Uses a report of the peer. One from elsewhere, or of somebody else, is thrown away.
    pub(crate) fn receive_report(&mut self, now: Instant, source: SocketAddr, datagram: &mut [u8]) {
        let source = canonical(source);
        let length = match &mut self.shield {
            Some(shield) => shield.open_report(datagram),
            None => Some(datagram.len()),
        };
        let plain = length.and_then(|length| datagram.get(..length));
        let report = plain.and_then(|plain| Report::read(plain, self.outbound.ssrc()));
        match report.filter(|report| self.believes(source, report.ssrc)) {
            Some(report) => self.reporter.on_report(now, source, &report),
            None => self.rejected += 1,
        }
    }

    /// Whether a report is the peer's: of the stream that is heard, and from where that comes from. On a port of its own
    /// it comes from the same host, for a translator may have chosen any port, or from the announced place of a peer
    /// whose sound comes from the announced place too.
    fn believes(&self, source: SocketAddr, ssrc: u32) -> bool {
        let Some((sound, sound_ssrc)) = self.latch.locked() else {
            return false;
        };
        let place = match self.report_path() {
            None => false,
            Some(ReportPath::Multiplexed) => source == sound,
            Some(ReportPath::Beside(announced)) => {
                source.ip() == sound.ip()
                    || (source == canonical(announced) && self.is_where_announced(sound))
            }
        };
        place && ssrc == sound_ssrc
    }

    fn is_where_announced(&self, sound: SocketAddr) -> bool {
        self.settings
            .is_some_and(|settings| canonical(settings.remote) == sound)
    }

    /// Where reports are sent to: where the peer's come from, before that the announced place; but not while the sound
    /// shows that what was announced is not how the peer is reached.
    fn report_destination(&self) -> Option<SocketAddr> {
        match self.report_path()? {
            ReportPath::Multiplexed => self.latch.destination(),
            ReportPath::Beside(announced) => self.reporter.source().or_else(|| {
                let sound = self.latch.locked().map(|(sound, _)| sound);
                let reached = sound.is_none_or(|sound| self.is_where_announced(sound));
                reached.then_some(announced)
            }),
        }
        .filter(|to| !to.ip().is_unspecified() && to.port() != 0)
    }

    /// Sends a report if one is due.
    pub(super) fn report_when_due(&mut self, now: Instant) {
        if self.reporter.is_due(now) {
            self.send_report(now, false);
        }
    }

    /// Tells the peer that the leg is over, if it knows of it.
    pub(super) fn say_goodbye(&mut self, now: Instant) {
        if self.reporter.is_known(self.sent) {
            self.send_report(now, true);
        }
    }

    fn send_report(&mut self, now: Instant, goodbye: bool) {
        let Some(to) = self.report_destination() else {
            return;
        };
        let sent = Sent {
            ssrc: self.outbound.ssrc(),
            timestamp: self.outbound.timestamp_at(now),
            packets: self.sent,
            octets: self.sent_octets,
        };
        let heard = self.counter.heard();
        let report = self.reporter.report(now, sent, heard, goodbye);
        let plain = report.as_bytes();
        let mut buffer = [0; LONGEST + GROWTH];
        let packet = match &mut self.shield {
            Some(shield) => {
                let Some(place) = buffer.get_mut(..plain.len()) else {
                    return;
                };
                place.copy_from_slice(plain);
                let length = shield.seal_report(&mut buffer, plain.len());
                length.and_then(|length| buffer.get(..length))
            }
            None => Some(plain),
        };
        let Some(packet) = packet else {
            return;
        };
        // Like any other packet it may be lost.
        let _ = if self.shares_port() {
            self.rtp.send_to(packet, to)
        } else {
            self.rtp.send_report_to(packet, to)
        };
    }
}

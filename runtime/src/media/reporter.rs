//! The reports of one leg: when they are due, what they say, and what the peer's tell (RFC 3550 §6).
//!
//! There are two in a session, so that a twentieth of its bandwidth is more than they need, and the interval is always
//! the least that is allowed (§6.2): no membership is counted and no interval recomputed.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use rand::Rng;

use super::rtcp::{CNAME, Reception, Report, Sending, Written};
use super::stats::{FarEnd, Heard, in_us};

/// Seconds from the epoch of NTP, 1900, to that of Unix (RFC 5905 §6).
const NTP_TO_UNIX: u64 = 2_208_988_800;
/// What makes the mean of the varied intervals the intended one: e − 1.5 (RFC 3550 §6.3.1).
const COMPENSATION: f64 = 1.218_28;
/// A round trip beyond this is a mistake of the peer.
const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(10);
/// Digits of base64.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What the leg has sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) ssrc: u32,
    /// The timestamp of this moment.
    pub(crate) timestamp: u32,
    pub(crate) packets: u64,
    pub(crate) octets: u64,
}

#[derive(Debug)]
pub(crate) struct Reporter {
    every: Duration,
    /// Random and of this leg alone, so that it tells nobody who calls (RFC 7022 §4.2).
    cname: [u8; CNAME],
    /// The wall clock when the leg was opened. It is not looked at again: a clock that is set meanwhile would spoil the
    /// round trips.
    opened: (Instant, u64),
    due: Option<Instant>,
    reported: bool,
    /// Packets sent when the last report was made, and the one before.
    sent_before: [u64; 2],
    /// What was heard when the last report was made.
    heard_before: Option<Heard>,
    /// The peer's last sender report: who sent it, the middle of its NTP time, when it came.
    heard_report: Option<(u32, u32, Instant)>,
    /// Where the peer's reports come from.
    source: Option<SocketAddr>,
    round_trips: u32,
    round_trips_sum: Duration,
    far: Option<FarEnd>,
}

impl Reporter {
    pub(crate) fn new(now: Instant, every: Duration) -> Self {
        let mut random = rand::rng();
        let cname = std::array::from_fn(|_| BASE64[random.random_range(0..BASE64.len())]);
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            every,
            cname,
            opened: (
                now,
                ntp(since_1970.unwrap_or_default()).wrapping_add(NTP_TO_UNIX << 32),
            ),
            due: None,
            reported: false,
            sent_before: [0; 2],
            heard_before: None,
            heard_report: None,
            source: None,
            round_trips: 0,
            round_trips_sum: Duration::ZERO,
            far: None,
        }
    }

    /// Sees to it that a first report becomes due.
    pub(crate) fn begin(&mut self, now: Instant) {
        if self.due.is_none() {
            self.due = Some(now + varied(self.every / 2, rand::random()));
        }
    }

    /// Whether a report is to be made now; the next one is then due later.
    pub(crate) fn is_due(&mut self, now: Instant) -> bool {
        let due = self.due.is_some_and(|due| due <= now);
        if due {
            self.due = Some(now + varied(self.every, rand::random()));
        }
        due
    }

    /// The report of this moment.
    pub(crate) fn report(
        &mut self,
        now: Instant,
        sent: Sent,
        heard: Option<Heard>,
        goodbye: bool,
    ) -> Written {
        let [last, before] = self.sent_before;
        // Whoever has sent since the report before last is a sender (RFC 3550 §6.4).
        let sends = sent.packets > before;
        self.sent_before = [sent.packets, last];
        self.reported = true;
        let report = Report {
            ssrc: sent.ssrc,
            // The low 32 bits of the counters.
            sending: sends.then(|| Sending {
                ntp: self.ntp_at(now),
                timestamp: sent.timestamp,
                packets: sent.packets as u32,
                octets: sent.octets as u32,
            }),
            reception: heard.map(|heard| self.reception(now, heard)),
        };
        self.heard_before = heard;
        report.write(&self.cname, goodbye)
    }

    /// Whether anybody knows of the leg, so that it has to say goodbye (RFC 3550 §6.3.7).
    pub(crate) fn is_known(&self, sent: u64) -> bool {
        self.reported || sent > 0
    }

    fn reception(&self, now: Instant, heard: Heard) -> Reception {
        // A source that began anew counts from nothing.
        let before = self
            .heard_before
            .filter(|before| before.ssrc == heard.ssrc && before.expected <= heard.expected)
            .map_or((0, 0), |before| (before.expected, before.received));
        let expected = heard.expected - before.0;
        let lost = expected.saturating_sub(heard.received.saturating_sub(before.1));
        let fraction = (lost * 256).checked_div(expected).unwrap_or(0);
        let report = self.heard_report.filter(|it| it.0 == heard.ssrc);
        let (last_report, delay) = report.map_or((0, 0), |(_, middle, came)| {
            let since = now.saturating_duration_since(came);
            (middle, (ntp(since) >> 16) as u32)
        });
        let lost_in_all = heard.expected.cast_signed() - heard.received.cast_signed();
        Reception {
            ssrc: heard.ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            lost: i32::try_from(lost_in_all).unwrap_or(i32::MAX),
            highest: heard.highest,
            jitter: heard.jitter,
            last_report,
            delay,
        }
    }

    /// Takes note of a report of the peer.
    pub(crate) fn on_report(&mut self, now: Instant, source: SocketAddr, report: &Report) {
        self.source = Some(source);
        if let Some(sending) = report.sending {
            self.heard_report = Some((report.ssrc, (sending.ntp >> 16) as u32, now));
        }
        let Some(reception) = report.reception else {
            return;
        };
        self.far = Some(FarEnd {
            packets_lost: u32::try_from(reception.lost).unwrap_or(0),
            jitter_us: in_us(reception.jitter),
        });
        // Where no report of ours has arrived, none can be answered.
        if reception.last_report != 0 && self.reported {
            self.on_round_trip(now, reception);
        }
    }

    fn on_round_trip(&mut self, now: Instant, reception: Reception) {
        let arrival = (self.ntp_at(now) >> 16) as u32;
        let took = arrival
            .wrapping_sub(reception.last_report)
            .wrapping_sub(reception.delay)
            .cast_signed();
        // Both clocks count coarsely: a short way may seem to take less than no time.
        let took = if (-66..0).contains(&took) { 0 } else { took };
        let Ok(took) = u32::try_from(took) else {
            return;
        };
        let took = Duration::from_nanos(u64::from(took) * 1_000_000_000 / 65_536);
        if took <= LONGEST_ROUND_TRIP {
            self.round_trips = self.round_trips.saturating_add(1);
            self.round_trips_sum = self.round_trips_sum.saturating_add(took);
        }
    }

    /// The mean of the round trips in microseconds.
    pub(crate) fn round_trip_us(&self) -> Option<u32> {
        let mean = self.round_trips_sum.checked_div(self.round_trips)?;
        u32::try_from(mean.as_micros()).ok()
    }

    /// How the peer hears us.
    pub(crate) fn far(&self) -> Option<FarEnd> {
        self.far
    }

    /// Where the peer's reports come from, once one has come.
    pub(crate) fn source(&self) -> Option<SocketAddr> {
        self.source
    }

    /// The peer has moved.
    pub(crate) fn forget_source(&mut self) {
        self.source = None;
    }

    fn ntp_at(&self, now: Instant) -> u64 {
        let (opened, at) = self.opened;
        at.wrapping_add(ntp(now.saturating_duration_since(opened)))
    }
}

/// A length of time as NTP has it: seconds, in 2^32ths.
fn ntp(time: Duration) -> u64 {
    let seconds = time.as_secs() << 32;
    seconds | ((u64::from(time.subsec_nanos()) << 32) / 1_000_000_000)
}

/// An interval between half and one and a half times the intended one, so that reports do not fall into step
/// (RFC 3550 §6.3.1). `random` is from 0 to 1.
fn varied(interval: Duration, random: f64) -> Duration {
    interval.mul_f64((0.5 + random) / COMPENSATION)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PEER: u32 = 7;
    const FROM: &str = "203.0.113.9:4001";

    fn from() -> SocketAddr {
        FROM.parse().expect("an address")
    }

    fn after(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    fn reporter() -> (Reporter, Instant) {
        let start = Instant::now();
        (Reporter::new(start, Duration::from_secs(5)), start)
    }

    fn heard(expected: u64, received: u64) -> Option<Heard> {
        Some(Heard {
            ssrc: PEER,
            expected,
            received,
            highest: 0,
            jitter: 0,
        })
    }

    /// What a report says that is made when so many packets have been sent.
    fn said(reporter: &mut Reporter, now: Instant, packets: u64, heard: Option<Heard>) -> Report {
        let sent = Sent {
            ssrc: 1,
            timestamp: 0,
            packets,
            octets: packets * 160,
        };
        let written = reporter.report(now, sent, heard, false);
        Report::read(written.as_bytes(), PEER).expect("a report")
    }

    /// The peer's answer to a report, made so many milliseconds after it came.
    fn answer(to: Sending, after_ms: u32, lost: i32) -> Report {
        let reception = Reception {
            ssrc: 1,
            fraction_lost: 0,
            lost,
            highest: 0,
            jitter: 80,
            last_report: (to.ntp >> 16) as u32,
            delay: after_ms * 65_536 / 1_000,
        };
        Report {
            ssrc: PEER,
            sending: None,
            reception: Some(reception),
        }
    }

    #[test]
    fn whoever_has_sent_lately_makes_sender_reports() {
        let (mut reporter, now) = reporter();
        let sends = [0, 50, 50, 50].map(|packets| {
            let report = said(&mut reporter, now, packets, None);
            report.sending.is_some()
        });
        assert_eq!(sends, [false, true, true, false]);
    }

    #[test]
    fn loss_is_told_since_the_last_report_and_in_all() {
        let (mut reporter, now) = reporter();
        let told = [(100, 75), (200, 175), (300, 280), (10, 10)].map(|(expected, received)| {
            let report = said(&mut reporter, now, 0, heard(expected, received));
            let reception = report.reception.expect("a block");
            (reception.fraction_lost, reception.lost)
        });
        // In the third interval late ones came as well; then the source began anew.
        assert_eq!(told, [(64, 25), (0, 25), (0, 20), (0, 0)]);
    }

    #[test]
    fn round_trip_is_what_the_peer_did_not_wait() {
        let (mut reporter, start) = reporter();
        assert_eq!(reporter.round_trip_us(), None);
        let sending = said(&mut reporter, after(start, 1_000), 50, None).sending;
        let report = answer(sending.expect("a sender report"), 700, 3);
        reporter.on_report(after(start, 1_780), from(), &report);
        let took = reporter.round_trip_us().expect("a round trip");
        assert!((79_900..=80_100).contains(&took), "{took} µs");
        let far = FarEnd {
            packets_lost: 3,
            jitter_us: 10_000,
        };
        assert_eq!(reporter.far(), Some(far));
        // A second one of 120 ms: the mean is told.
        reporter.on_report(after(start, 1_820), from(), &report);
        let took = reporter.round_trip_us().expect("a round trip");
        assert!((99_900..=100_100).contains(&took), "{took} µs");
    }

    #[test]
    fn impossible_round_trips_do_not_count() {
        let (mut reporter, start) = reporter();
        let sending = said(&mut reporter, start, 50, None).sending;
        let sending = sending.expect("a sender report");
        for (waited, arrives) in [(500, 100), (0, 20_000)] {
            let report = answer(sending, waited, 0);
            reporter.on_report(after(start, arrives), from(), &report);
            assert_eq!(reporter.round_trip_us(), None);
        }
        let none = Sending { ntp: 0, ..sending };
        reporter.on_report(after(start, 10), from(), &answer(none, 0, -1));
        assert_eq!(reporter.round_trip_us(), None);
        assert_eq!(reporter.far().map(|far| far.packets_lost), Some(0));
    }

    #[test]
    fn peer_learns_how_long_its_report_has_been_here() {
        let (mut reporter, start) = reporter();
        let sending = Sending {
            ntp: 0x1234_5678_9abc_def0,
            timestamp: 0,
            packets: 0,
            octets: 0,
        };
        let report = Report {
            ssrc: PEER,
            sending: Some(sending),
            reception: None,
        };
        reporter.on_report(start, from(), &report);
        let now = after(start, 1_500);
        let told = said(&mut reporter, now, 0, heard(1, 1)).reception;
        let told = told.expect("a block");
        assert_eq!((told.last_report, told.delay), (0x5678_9abc, 98_304));
        assert_eq!(reporter.source(), Some(from()));
    }

    #[test]
    fn first_report_is_due_in_half_the_time() {
        let (mut reporter, start) = reporter();
        assert!(!reporter.is_due(after(start, 60_000)), "nothing agreed yet");
        reporter.begin(start);
        assert!(!reporter.is_due(after(start, 1_000)));
        let first = after(start, 3_079);
        assert!(reporter.is_due(first));
        assert!(!reporter.is_due(after(first, 2_000)));
        assert!(reporter.is_due(after(first, 6_157)));
    }

    proptest! {
        #[test]
        fn any_report_is_survived(
            ntp: u64, lost in -0x80_0000..0x80_0000_i32, jitter: u32, last_report: u32, delay: u32,
            waited in 0..100_000_u64, expected in 1..u64::from(u32::MAX), received in 0..u64::from(u32::MAX),
        ) {
            let (mut reporter, start) = reporter();
            said(&mut reporter, start, 1, heard(received.max(1), expected));
            let sending = Some(Sending { ntp, timestamp: 0, packets: 0, octets: 0 });
            let reception =
                Reception { ssrc: 1, fraction_lost: 0, lost, highest: 0, jitter, last_report, delay };
            let report = Report { ssrc: PEER, sending, reception: Some(reception) };
            let now = after(start, waited);
            reporter.on_report(now, from(), &report);
            prop_assert!(reporter.round_trip_us() <= Some(10_000_000));
            said(&mut reporter, now, 2, heard(expected, received));
        }

        #[test]
        fn reports_fall_out_of_step(random in 0.0..1.0_f64) {
            let interval = varied(Duration::from_secs(5), random);
            prop_assert!((2_050..=6_157).contains(&interval.as_millis()));
        }
    }
}

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use rtcp_types::prelude::*;
use rtcp_types::{Compound, Packet, ReceiverReport, ReportBlock};
use runtime::media::{
    Codec, Direction, FarEnd, MediaConfig, MediaPlane, MediaSettings, OpId, PlayRequest,
    PlaySource, PortRange, ReportPath, Tone,
};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::phone::{Call, Phone};

const PATIENCE: Duration = Duration::from_secs(20);

/// A media plane that reports as often as it looks whether to.
pub fn plane() -> MediaPlane {
    plane_of(1)
}

fn plane_of(workers: usize) -> MediaPlane {
    MediaPlane::new(MediaConfig {
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        ports: PortRange { first: 0, last: 0 },
        workers,
        report_every: Duration::from_millis(1),
        ..MediaConfig::default()
    })
    .expect("media plane")
}

/// Where a phone sends and receives reports: a port of its own.
struct Reports {
    socket: UdpSocket,
    /// The leg's port for reports.
    peer: SocketAddr,
}

/// What a phone is told in one compound packet.
#[derive(Debug, Default, Clone, PartialEq)]
struct Told {
    ssrc: u32,
    /// The middle of the NTP time and the number of packets, of a sender.
    sending: Option<(u32, u32)>,
    /// Who is heard, how many packets are lost.
    heard: Option<(u32, u32)>,
    cname: Vec<u8>,
    goodbye: bool,
}

fn told(datagram: &[u8]) -> Told {
    let mut told = Told::default();
    let block = |block: ReportBlock<'_>| (block.ssrc(), block.cumulative_lost());
    for packet in Compound::parse(datagram).expect("a compound packet") {
        match packet.expect("a report") {
            Packet::Sr(report) => {
                told.ssrc = report.ssrc();
                let middle = (report.ntp_timestamp() >> 16) as u32;
                told.sending = Some((middle, report.packet_count()));
                told.heard = report.report_blocks().next().map(block);
            }
            Packet::Rr(report) => {
                told.ssrc = report.ssrc();
                told.heard = report.report_blocks().next().map(block);
            }
            Packet::Sdes(description) => {
                let chunk = description.chunks().next().expect("a chunk");
                let item = chunk.items().next().expect("an item");
                told.cname = item.value().to_vec();
            }
            Packet::Bye(_) => told.goodbye = true,
            other => panic!("{other:?}"),
        }
    }
    told
}

/// A phone's report on what it hears of `ours`.
fn report(from: u32, ours: u32, lost: u32, last_report: u32) -> Vec<u8> {
    let block = ReportBlock::builder(ours)
        .cumulative_lost(lost)
        .interarrival_jitter(80)
        .last_sender_report_timestamp(last_report);
    let mut bytes = vec![0; 100];
    let report = ReceiverReport::builder(from).add_report_block(block);
    let length = report.write_into(&mut bytes).expect("room");
    bytes.truncate(length);
    bytes
}

impl Reports {
    async fn from(host: [u8; 4], call: &Call) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::from(host), 0)).await;
        let mut peer = call.leg.local_addr();
        peer.set_port(peer.port() + 1);
        Self {
            socket: socket.expect("socket"),
            peer,
        }
    }

    /// A call whose phone has a port for reports.
    async fn of_a_call(plane: &MediaPlane) -> (Call, Self) {
        let call = Call::new(plane, Codec::Pcmu).await;
        let reports = Self::from([127, 0, 0, 1], &call).await;
        let path = ReportPath::Beside(reports.socket.local_addr().expect("bound"));
        let settings = MediaSettings::new(call.phone.address(), Codec::Pcmu).with_reports(path);
        call.leg.set_media(settings).expect("accepted");
        (call, reports)
    }

    async fn send(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.peer).await.expect("sent");
    }

    /// The first report that satisfies `wanted`.
    async fn told_when(&self, wanted: impl Fn(&Told) -> bool) -> Told {
        let found = async {
            let mut buffer = [0; 2000];
            loop {
                let received = self.socket.recv_from(&mut buffer).await;
                let (length, source) = received.expect("received");
                assert_eq!(source, self.peer);
                let told = told(&buffer[..length]);
                if wanted(&told) {
                    return told;
                }
            }
        };
        timeout(PATIENCE, found).await.expect("a report in time")
    }
}

fn beep(op: u64) -> PlayRequest {
    PlayRequest::new(OpId(op), [PlaySource::tone(Tone::Beep)])
}

#[tokio::test]
async fn phone_is_told_how_well_it_is_heard() {
    let plane = plane();
    let (mut call, reports) = Reports::of_a_call(&plane).await;
    call.phone.send_tone(500.0, 3).await;
    call.phone.advance();
    call.phone.send_tone(500.0, 2).await;
    let ssrc = call.phone.ssrc;
    let told = reports
        .told_when(|told| told.heard == Some((ssrc, 1)))
        .await;
    assert_eq!(told.sending, None, "nothing was sent");
    assert_eq!(told.cname.len(), 16);
    call.leg.play(beep(1)).expect("accepted");
    let sound = call.phone.receive_many(25).await;
    let sender = |packets| move |told: &Told| told.sending.is_some_and(|it| it.1 == packets);
    let more = reports.told_when(sender(25)).await;
    assert_eq!(more.ssrc, sound[0].ssrc);
    assert_eq!((more.ssrc, &more.cname), (told.ssrc, &told.cname));
}

#[tokio::test]
async fn round_trip_and_loss_at_the_far_end_are_what_the_phone_reports() {
    let plane = plane();
    let (mut call, reports) = Reports::of_a_call(&plane).await;
    call.phone.send_tone(500.0, 1).await;
    call.leg.play(beep(1)).expect("accepted");
    let told = reports.told_when(|told| told.sending.is_some()).await;
    // As if that report had been three seconds under way.
    let (sent, _) = told.sending.expect("a sender report");
    let earlier = sent.wrapping_sub(3 << 16);
    reports
        .send(&report(call.phone.ssrc, told.ssrc, 4, earlier))
        .await;
    let stats = call.stats_when(|stats| stats.far.is_some()).await;
    let far = FarEnd {
        packets_lost: 4,
        jitter_us: 10_000,
    };
    assert_eq!(stats.far, Some(far));
    assert!(stats.round_trip_us >= Some(3_000_000), "{stats:?}");
}

#[tokio::test]
async fn reports_of_strangers_and_rubbish_change_nothing() {
    let plane = plane();
    let (mut call, reports) = Reports::of_a_call(&plane).await;
    call.leg.play(beep(1)).expect("accepted");
    let ours = reports.told_when(|told| told.sending.is_some()).await.ssrc;
    let true_report = report(call.phone.ssrc, ours, 4, 0);
    // Nobody is known by its sound yet.
    reports.send(&true_report).await;
    call.stats_when(|stats| stats.packets_rejected == 1).await;
    call.phone.send_tone(500.0, 1).await;
    call.stats_when(|stats| stats.packets_received == 1).await;
    let stranger = Reports::from([127, 0, 0, 2], &call).await;
    stranger.send(&true_report).await;
    reports.send(&report(99, ours, 4, 0)).await;
    reports.send(&true_report[..20]).await;
    reports.send(&[0xff; 7]).await;
    let stats = call.stats_when(|stats| stats.packets_rejected == 5).await;
    assert_eq!((stats.far, stats.round_trip_us), (None, None));
    // Reports go on to the phone, and its own are taken.
    reports.told_when(|told| told.ssrc == ours).await;
    reports.send(&true_report).await;
    call.stats_when(|stats| stats.far.is_some()).await;
}

#[tokio::test]
async fn phone_behind_nat_is_reported_to_where_its_reports_come_from() {
    let plane = plane();
    let (mut call, announced) = Reports::of_a_call(&plane).await;
    // Its sound comes from elsewhere than announced, and so do its reports.
    let mut phone = Phone::new(Codec::Pcmu).await;
    phone.peer = call.phone.peer;
    phone.send_tone(500.0, 2).await;
    call.stats_when(|stats| stats.packets_received == 1).await;
    let real = Reports::from([127, 0, 0, 1], &call).await;
    real.send(&report(phone.ssrc, 1, 0, 0)).await;
    real.told_when(|told| told.heard == Some((phone.ssrc, 0)))
        .await;
    let mut buffer = [0; 2000];
    while let Ok(length) = announced.socket.try_recv(&mut buffer) {
        assert_eq!(told(&buffer[..length]).heard, None, "told before it spoke");
    }
    call.phone = phone;
}

#[tokio::test]
async fn reports_share_the_port_of_sound_when_agreed() {
    let plane = plane();
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    let settings =
        MediaSettings::new(call.phone.address(), Codec::Pcmu).with_reports(ReportPath::Multiplexed);
    call.leg.set_media(settings).expect("accepted");
    call.phone.send_tone(500.0, 1).await;
    let heard = Some((call.phone.ssrc, 0));
    let told = loop {
        let told = told(&call.phone.receive_datagram().await);
        if told.heard == heard {
            break told;
        }
    };
    let report = report(call.phone.ssrc, told.ssrc, 2, 0);
    call.phone.send_datagram(&report).await;
    let stats = call.stats_when(|stats| stats.far.is_some()).await;
    assert_eq!((stats.packets_received, stats.packets_rejected), (1, 0));
}

#[tokio::test]
async fn reports_go_on_during_hold() {
    let plane = plane();
    let (mut call, reports) = Reports::of_a_call(&plane).await;
    call.phone.send_tone(500.0, 1).await;
    call.stats_when(|stats| stats.packets_received == 1).await;
    let path = ReportPath::Beside(reports.socket.local_addr().expect("bound"));
    let held = MediaSettings::new(call.phone.address(), Codec::Pcmu)
        .with_direction(Direction::Inactive)
        .with_reports(path);
    call.leg.set_media(held).expect("accepted");
    call.leg.stats().await.expect("held by now");
    let ours = reports.told_when(|_| true).await.ssrc;
    reports.send(&report(call.phone.ssrc, ours, 1, 0)).await;
    call.stats_when(|stats| stats.far.is_some()).await;
    reports.told_when(|told| told.ssrc == ours).await;
}

#[tokio::test]
async fn reports_go_on_after_a_move_to_another_worker() {
    let plane = plane_of(2);
    let (mut call, reports) = Reports::of_a_call(&plane).await;
    let elsewhere = Call::new(&plane, Codec::Pcmu).await;
    call.phone.send_tone(500.0, 1).await;
    call.stats_when(|stats| stats.packets_received == 1).await;
    let before = reports.told_when(|told| told.heard.is_some()).await;
    call.leg.move_near(&elsewhere.leg).await.expect("moved");
    let report = report(call.phone.ssrc, before.ssrc, 1, 0);
    reports.send(&report).await;
    call.stats_when(|stats| stats.far.is_some()).await;
    call.phone.send_tone(500.0, 2).await;
    call.stats_when(|stats| stats.packets_received == 3).await;
    let mut buffer = [0; 2000];
    while reports.socket.try_recv(&mut buffer).is_ok() {}
    let after = reports.told_when(|_| true).await;
    assert_eq!((after.ssrc, after.cname), (before.ssrc, before.cname));
}

#[tokio::test]
async fn leg_says_goodbye_at_its_end() {
    let plane = plane();
    let (call, reports) = Reports::of_a_call(&plane).await;
    reports.told_when(|told| !told.goodbye).await;
    let Call { leg, .. } = call;
    drop(leg);
    reports.told_when(|told| told.goodbye).await;
}

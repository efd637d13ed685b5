//! A phone that speaks RTP, and a call that holds its leg.

use std::f64::consts::TAU;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use runtime::media::{
    Codec, Key, Leg, LegStats, MediaConfig, MediaEvent, MediaPlane, MediaSettings, PortRange,
};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Payload type of telephone events unless a test says otherwise.
pub const EVENTS: u8 = 101;
/// How long a test waits for something that must happen before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A media plane on loopback.
pub fn plane(workers: usize) -> MediaPlane {
    MediaPlane::new(MediaConfig {
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        ports: PortRange { first: 0, last: 0 },
        workers,
        ..MediaConfig::default()
    })
    .expect("media plane")
}

/// A leg with the events it sends and the phone at its other end.
pub struct Call {
    pub leg: Leg,
    pub events: mpsc::Receiver<MediaEvent>,
    pub phone: Phone,
}

impl Call {
    /// A call in `codec` with telephone events agreed.
    pub async fn new(plane: &MediaPlane, codec: Codec) -> Self {
        let phone = Phone::new(codec).await;
        let settings = MediaSettings::new(phone.address(), codec).with_telephone_event(EVENTS);
        Self::with_settings(plane, phone, settings).await
    }

    pub async fn with_settings(plane: &MediaPlane, phone: Phone, settings: MediaSettings) -> Self {
        let (sender, events) = mpsc::channel(64);
        let leg = plane.allocate(sender).expect("leg");
        Self::ready(leg, events, phone, settings).await
    }

    /// A second call on the same worker.
    pub async fn near(plane: &MediaPlane, other: &Call, codec: Codec) -> Self {
        let phone = Phone::new(codec).await;
        let settings = MediaSettings::new(phone.address(), codec).with_telephone_event(EVENTS);
        let (sender, events) = mpsc::channel(64);
        let leg = plane.allocate_near(&other.leg, sender).expect("leg");
        Self::ready(leg, events, phone, settings).await
    }

    async fn ready(
        leg: Leg,
        events: mpsc::Receiver<MediaEvent>,
        mut phone: Phone,
        settings: MediaSettings,
    ) -> Self {
        leg.set_media(settings).expect("accepted");
        // Answered in order, so the settings are in force after this.
        leg.stats().await.expect("stats");
        phone.peer = Some(leg.local_addr());
        Self { leg, events, phone }
    }

    /// The next event.
    pub async fn event(&mut self) -> MediaEvent {
        timeout(PATIENCE, self.events.recv())
            .await
            .expect("an event in time")
            .expect("an open channel")
    }

    /// The next event for which `wanted` gives something.
    pub async fn wait_for<T>(&mut self, wanted: impl Fn(&MediaEvent) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(&self.event().await) {
                return found;
            }
        }
    }

    /// Waits until the counters satisfy `wanted`.
    pub async fn stats_when(&self, wanted: impl Fn(&LegStats) -> bool) -> LegStats {
        let found = async {
            loop {
                let stats = self.leg.stats().await.expect("stats");
                if wanted(&stats) {
                    return stats;
                }
            }
        };
        timeout(PATIENCE, found).await.expect("counters in time")
    }
}

/// One received packet.
#[derive(Debug, Clone)]
pub struct Packet {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: Vec<u8>,
}

/// The far end of a leg.
pub struct Phone {
    socket: UdpSocket,
    pub codec: Codec,
    pub peer: Option<SocketAddr>,
    pub ssrc: u32,
    pub sequence: u16,
    pub timestamp: u32,
}

impl Phone {
    pub async fn new(codec: Codec) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("socket");
        Self {
            socket,
            codec,
            peer: None,
            ssrc: 0x1234_5678,
            sequence: 65_530,
            timestamp: u32::MAX - 1000,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("bound")
    }

    /// Sends a packet with the current numbers without advancing them.
    pub async fn send(&self, marker: bool, payload_type: u8, payload: &[u8]) {
        let mut packet = vec![0x80, payload_type | if marker { 0x80 } else { 0 }];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        packet.extend(self.ssrc.to_be_bytes());
        packet.extend(payload);
        let peer = self.peer.expect("a peer");
        self.socket.send_to(&packet, peer).await.expect("sent");
    }

    pub fn advance(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
    }

    /// Sends one frame of audio.
    pub async fn send_frame(&mut self, payload: &[u8]) {
        self.send(false, self.codec.payload_type(), payload).await;
        self.advance();
    }

    /// The `index`th frame of a sine of `hz`, peak 8000.
    pub fn tone_frame(&self, hz: f64, index: usize) -> Vec<u8> {
        (index * 160..(index + 1) * 160)
            .map(|n| (8000.0 * (TAU * hz * n as f64 / 8000.0).sin()) as i16)
            .map(|sample| self.codec.encode(sample))
            .collect()
    }

    pub async fn send_tone(&mut self, hz: f64, frames: usize) {
        for index in 0..frames {
            let frame = self.tone_frame(hz, index);
            self.send_frame(&frame).await;
        }
    }

    /// Presses a key for 100 ms: five packets and two more ends.
    pub async fn send_key(&mut self, symbol: char) {
        let code = key(symbol).event();
        for n in 1..=7u16 {
            let [d0, d1] = (n.min(5) * 160).to_be_bytes();
            let end = if n >= 5 { 0x80 } else { 0 };
            self.send(n == 1, EVENTS, &[code, 10 | end, d0, d1]).await;
            self.sequence = self.sequence.wrapping_add(1);
        }
        self.timestamp = self.timestamp.wrapping_add(800);
    }

    /// The next packet.
    pub async fn receive(&self) -> Packet {
        parse(&self.receive_datagram().await)
    }

    /// The next packet as it came.
    pub async fn receive_datagram(&self) -> Vec<u8> {
        let mut buffer = [0; 2000];
        let (length, source) = timeout(PATIENCE, self.socket.recv_from(&mut buffer))
            .await
            .expect("a packet in time")
            .expect("received");
        assert_eq!(Some(source), self.peer, "packets come from the leg");
        buffer[..length].to_vec()
    }

    /// Sends something of any kind.
    pub async fn send_datagram(&self, datagram: &[u8]) {
        let peer = self.peer.expect("a peer");
        self.socket.send_to(datagram, peer).await.expect("sent");
    }

    pub async fn receive_many(&self, count: usize) -> Vec<Packet> {
        let mut packets = Vec::with_capacity(count);
        while packets.len() < count {
            packets.push(self.receive().await);
        }
        packets
    }

    /// What has arrived so far and was not yet received.
    pub fn received_so_far(&self) -> Vec<Packet> {
        let mut buffer = [0; 2000];
        let mut packets = Vec::new();
        while let Ok(length) = self.socket.try_recv(&mut buffer) {
            packets.push(parse(&buffer[..length]));
        }
        packets
    }

    pub fn decode(&self, packets: &[Packet]) -> Vec<i16> {
        packets
            .iter()
            .flat_map(|packet| &packet.payload)
            .map(|byte| self.codec.decode(*byte))
            .collect()
    }
}

fn parse(datagram: &[u8]) -> Packet {
    assert!(datagram.len() >= 12 && datagram[0] == 0x80, "an RTP packet");
    Packet {
        marker: datagram[1] & 0x80 != 0,
        payload_type: datagram[1] & 0x7f,
        sequence: u16::from_be_bytes([datagram[2], datagram[3]]),
        timestamp: u32::from_be_bytes([datagram[4], datagram[5], datagram[6], datagram[7]]),
        ssrc: u32::from_be_bytes([datagram[8], datagram[9], datagram[10], datagram[11]]),
        payload: datagram[12..].to_vec(),
    }
}

pub fn key(symbol: char) -> Key {
    Key::from_char(symbol).expect("a key")
}

/// Share of the energy of `samples` at `hz` (Goertzel): about 1 for a pure tone
/// of that frequency, about 0 for anything else.
pub fn share_at(samples: &[i16], hz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hz / 8000.0).cos();
    let (mut one, mut two, mut energy) = (0.0, 0.0, 0.0);
    for sample in samples.iter().map(|sample| f64::from(*sample)) {
        (one, two) = (sample + coefficient * one - two, one);
        energy += sample * sample;
    }
    let power = one * one + two * two - coefficient * one * two;
    power * 2.0 / (energy * samples.len() as f64).max(1.0)
}

/// Asserts that packets follow each other without gaps in number and time.
pub fn assert_continuous(packets: &[Packet]) {
    for pair in packets.windows(2) {
        assert_eq!(pair[1].ssrc, pair[0].ssrc);
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(160));
    }
}
